"""A client's hours and promises: read, tried and changed; its open conversations follow."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import available_timezones

from msgspec import Struct

from app import clock
from app.domain import Client
from app.errors import InputError, ServiceError
from app.events import Bus, Changes
from app.store import activity
from app.store import clients as rows
from app.store.conversations import restand
from app.store.db import Database
from app.timers import OpeningHours, Targets, holidays

log = logging.getLogger(__name__)
BATCH = 500  # conversations in one transaction: some 50 ms, after which a sync may save in between
NAMED = 1000  # up to so many changed conversations are named one by one
Progress = Callable[[int, int], object]  # done, all


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

    def __init__(self, db: Database, bus: Bus, *, now: clock.Clock = clock.now) -> None:
        self._db, self._bus, self._now = db, bus, now
        self._one = asyncio.Lock()  # one client's conversations at a time
        self._wanted = asyncio.Event()

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

    async def set_hours(self, client_id: str, hours: OpeningHours, *, progress: Progress | None = None) -> int:
        """See `set_promises`."""
        return await self.set_promises(client_id, hours=hours, progress=progress)

    async def set_targets(self, client_id: str, targets: Targets, *, progress: Progress | None = None) -> int:
        """See `set_promises`."""
        return await self.set_promises(client_id, targets=targets, progress=progress)

    async def set_promises(
        self,
        client_id: str,
        *,
        hours: OpeningHours | None = None,
        targets: Targets | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Keep what is given and work out the due times of the client's open conversations again.

        Returns how many those were; `progress` hears of every batch. What is interrupted goes on in `run`, after a
        crash too. Raises `InputError` for a place without known holidays, `GoneError`.
        """
        if hours is not None and hours.country:
            await asyncio.to_thread(self._check_place, hours)

        def keep(db: sqlite3.Connection) -> None:
            rows.client(db, client_id)
            if hours is not None:
                rows.set_hours(db, client_id, hours.zone, hours.to_json())
                activity.record(db, self._now(), "hours_set", client_id=client_id)
            if targets is not None:
                rows.set_targets(db, client_id, targets.changed())
                activity.record(db, self._now(), "targets_set", client_id=client_id)
            rows.set_pending(db, client_id, True)

        await self._db.write(keep)
        self._bus.publish(Changes(clients=frozenset([client_id])))
        try:
            async with self._one:
                return await self._follow(client_id, progress)
        except BaseException:
            self._wanted.set()
            raise

    def _check_place(self, hours: OpeningHours) -> None:
        if not holidays.is_known(hours.country, hours.region):
            raise InputError("No public holidays are known for this place. Choose another country or region.")
        _have(hours.country, hours.region, self._now().year)

    async def _follow(self, client_id: str, progress: Progress | None = None) -> int:
        numbers = await asyncio.to_thread(lambda: rows.open_numbers(self._db.reader(), client_id))
        for start in range(0, len(numbers), BATCH):
            part = numbers[start : start + BATCH]
            await self._db.write(lambda db, part=part: restand(db, part, self._now()))  # type: ignore[misc]
            if progress is not None:
                progress(start + len(part), len(numbers))
        await self._db.write(lambda db: rows.set_pending(db, client_id, False))
        few = len(numbers) <= NAMED
        named = frozenset(map(str, numbers)) if few else frozenset()
        self._bus.publish(Changes(named, clients=frozenset([client_id]), counts=True, everything=not few))
        return len(numbers)

    async def run(self) -> None:
        """Look up holidays in the background, then finish what was interrupted, until it is cancelled."""
        await self.warm()
        while True:
            self._wanted.clear()
            for client_id in rows.pending(self._db.reader()):
                async with self._one:
                    await self._follow(client_id)
            await self._wanted.wait()

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
