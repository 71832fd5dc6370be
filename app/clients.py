"""A client's hours and promises: read, tried and changed; its open conversations follow."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from msgspec import Struct

from app import clock
from app.domain import Client, Profile
from app.errors import InputError, ServiceError
from app.events import Bus, Changes
from app.store import activity, ranking
from app.store import clients as rows
from app.store.db import Database
from app.timers import OpeningHours, Targets, holidays

if TYPE_CHECKING:
    from app.ranking import Ranking

log = logging.getLogger(__name__)
LOOK_AGAIN = 24 * 3600.0  # seconds; a year ends while the program runs


class Promises(Struct, frozen=True):
    """What a client's due times rest on."""

    client: Client
    hours: OpeningHours
    targets: Targets
    platforms: tuple[tuple[str, str], ...]  # key and name of those with accounts


class HolidayPlace(Struct, frozen=True):
    """A country's regions with holidays of their own, and the next holidays of the chosen one."""

    regions: tuple[tuple[str, str], ...]  # code and name
    next: tuple[tuple[date, str], ...]


def _have(country: str, region: str, year: int) -> None:
    """Look the holidays up on this thread, so that nobody waits for them later."""
    for near in (year - 1, year, year + 1):
        holidays.named(country, region, near)


class Clients:
    """The use cases around a client's promises."""

    def __init__(self, db: Database, bus: Bus, ranking: Ranking, *, now: clock.Clock = clock.now) -> None:
        self._db, self._bus, self._ranking, self._now = db, bus, ranking, now

    def promises(self, client_id: str) -> Promises:
        """Hours and targets as they are kept. Raises `GoneError`."""
        db = self._db.reader()
        client = rows.client(db, client_id)
        hours = OpeningHours.from_json(client.hours, zone=client.zone)
        return Promises(client, hours, rows.targets(db, client_id), tuple(rows.platforms(db, client_id)))

    async def places(self) -> tuple[list[str], list[str]]:
        """All time zones, and ISO codes of the countries whose public holidays are known."""

        def look() -> tuple[list[str], list[str]]:
            return sorted(available_timezones()), holidays.countries()

        return await asyncio.to_thread(look)

    async def place(self, country: str, region: str, today: date, language: str = "") -> HolidayPlace:
        """What the screen shows of a place; holidays from `today` on, named in `language` if that is known."""

        def look() -> HolidayPlace:
            regions = holidays.regions(country)
            there = region if region in dict(regions) else ""
            _have(country, there, today.year)
            return HolidayPlace(tuple(regions), tuple(holidays.upcoming(country, there, today, language=language)))

        return await asyncio.to_thread(look)

    async def set_hours(self, client_id: str, hours: OpeningHours) -> int:
        """See `set_promises`."""
        return await self.set_promises(client_id, hours=hours)

    async def set_targets(self, client_id: str, targets: Targets) -> int:
        """See `set_promises`."""
        return await self.set_promises(client_id, targets=targets)

    async def set_promises(
        self, client_id: str, *, hours: OpeningHours | None = None, targets: Targets | None = None
    ) -> int:
        """Keep what is given and work out the due times of the client's open conversations again.

        Returns how many those are; `RankingProgress` tells of every batch. What is interrupted goes on in
        `Ranking.run`, after a crash too. Raises `InputError` for a place without known holidays, `GoneError`.
        """
        from app.ranking import PROMISES, ask

        if hours is not None and hours.country:
            await asyncio.to_thread(self._check_place, hours)

        def keep(db: sqlite3.Connection) -> int:
            rows.client(db, client_id)
            if hours is not None:
                rows.set_hours(db, client_id, hours.zone, hours.to_json())
                activity.record(db, self._now(), "hours_set", client_id=client_id)
            if targets is not None:
                rows.set_targets(db, client_id, targets.changed())
                activity.record(db, self._now(), "targets_set", client_id=client_id)
            ask(db, [client_id], [PROMISES])
            return len(ranking.open_numbers(db, client_id, timed=False))

        count = await self._db.write(keep)
        self._bus.publish(Changes(clients=frozenset([client_id])))
        await self._ranking.finish(client_id)
        return count

    async def set_profile(self, client_id: str, profile: Profile) -> None:
        """Keep what a client is called and what its replies need. Raises `InputError`, `GoneError`."""
        from app import profiles

        checked = profiles.checked(profile)

        def keep(db: sqlite3.Connection) -> None:
            rows.set_profile(db, client_id, checked)
            activity.record(db, self._now(), "profile_set", client_id=client_id)

        await self._db.write(keep)
        self._bus.publish(Changes(clients=frozenset([client_id])))

    def _check_place(self, hours: OpeningHours) -> None:
        if not holidays.is_known(hours.country, hours.region):
            raise InputError("No public holidays are known for this place. Choose another country or region.")
        _have(hours.country, hours.region, self._now().year)

    async def run(self) -> None:
        """Have holidays at hand, until cancelled."""
        while True:
            await self.warm()
            await asyncio.sleep(LOOK_AGAIN)

    async def warm(self) -> None:
        """Have the holidays of this year and the next at hand, off the window's thread."""

        def look(places: list[tuple[str, str]], now: datetime) -> None:
            for country, region in places:
                _have(country, region, now.year)

        found: dict[str, tuple[str, str]] = {}
        for client_id, text, zone in rows.hours(self._db.reader()):
            try:
                hours = OpeningHours.from_json(text, zone=zone)
            except ServiceError as error:
                log.warning("the hours of client %s cannot be read: %s", client_id, error)
                continue
            if hours.country and not hours.always:
                found[client_id] = hours.country, hours.region
        if found:
            await asyncio.to_thread(look, sorted(set(found.values())), self._now())
            self._bus.publish(Changes(clients=frozenset(found)))
