"""Reading search streams: what the platforms find, told apart from what we have, and near-copies folded."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta

from app import brand_alarm, clock
from app.connectors.base import Connector
from app.domain import Account, Mention, Page
from app.errors import ServiceError
from app.events import BrandAlarm, Bus, Changes
from app.matching import holds, matches
from app.pool import Pool
from app.rows import Found
from app.search_stream import SearchStream
from app.store import accounts, conversations
from app.store import streams as rows
from app.store.db import Database
from app.store.mentions import Judge, save_messages
from app.stories import Stories

EVERY = timedelta(minutes=10)
PAID_EVERY = timedelta(hours=1)  # where each post that is read costs
FIRST = timedelta(days=7)  # how far back a new stream looks
TOGETHER = timedelta(days=7)  # near-copies are looked for among what was found within this
TRIED = 20  # posts that are shown of a search that is being tried
TICK = 15.0  # seconds
_FOLDED = "It tells what another post tells too."


class StreamReader:
    """Reads streams in their turn. What is found lies in Listening, without a clock."""

    def __init__(
        self,
        db: Database,
        pool: Pool,
        bus: Bus,
        judge: Judge,
        *,
        now: clock.Clock = clock.now,
        stretch: Callable[[str, float], float] = lambda _account, seconds: seconds,
    ) -> None:
        """`stretch` draws the time between two looks out where an account's limit must last."""
        self._db, self._pool, self._bus, self._judge, self._now = db, pool, bus, judge, now
        self._stretch = stretch
        self._stories: dict[str, Stories] = {}
        self._running: set[tuple[str, str]] = set()

    def able(self, client_id: str) -> list[Account]:
        """The client's accounts that can be searched."""
        return [
            account
            for account in accounts.accounts(self._db.reader())
            if account.client_id == client_id and self._pool.capabilities(account).searches
        ]

    def asked(self, one: SearchStream) -> list[Account]:
        """The accounts that a stream is read through."""
        able = self.able(one.client_id)
        return [account for account in able if account.id in one.accounts] if one.accounts else able

    async def run(self) -> None:
        """Read every stream in its turn until cancelled."""
        while True:
            for one in rows.streams(self._db.reader()):
                if one.enabled:
                    await self.check(one, only_due=True)
            await self._alarms()
            await asyncio.sleep(TICK)

    async def _alarms(self) -> None:
        def look(db: sqlite3.Connection) -> list[BrandAlarm]:
            every = accounts.clients(db)
            return [alarm for one in every if (alarm := brand_alarm.look(db, one.id, one.name, self._now()))]

        for alarm in await self._db.write(look):
            self._bus.publish(alarm)

    async def check(self, one: SearchStream, *, only_due: bool = False) -> int:
        """Read a stream through its accounts. Returns how many it found; what a platform refuses is told with it."""
        found = 0
        marks = rows.marks(self._db.reader(), one.id)
        for account in self.asked(one):
            mark = marks.get(account.id, rows.Mark())
            if account.state == "paused" or (only_due and not self._due(account, mark)):
                continue
            key = (one.id, account.id)
            if key in self._running:
                continue
            self._running.add(key)
            why = ""
            try:
                found += await self._read(one, account, mark.mark)
            except ServiceError as error:
                why = str(error)
            finally:
                self._running.discard(key)
            await self._db.write(lambda db, a=account.id, why=why: rows.checked(db, one.id, a, self._now(), why))  # type: ignore[misc]
        self._bus.publish(Changes(clients=frozenset([one.client_id])))
        return found

    def _due(self, account: Account, mark: rows.Mark) -> bool:
        price = self._pool.capabilities(account).price
        every = PAID_EVERY if price is not None and price.read else EVERY
        if mark.checked_at is None:
            return True
        passed = self._now() - mark.checked_at
        return passed >= every and passed.total_seconds() >= self._stretch(account.id, every.total_seconds())

    async def _read(self, one: SearchStream, account: Account, mark: str | None) -> int:
        connector = await self._pool.get(account.id)
        price = connector.capabilities.price
        found = 0
        async for page in connector.search(one.query, mark, since=self._now() - FIRST):
            kept = self._wanted(page.mentions, one, account, connector)
            cost = (price.currency, price.read * len(page.mentions)) if price is not None else ("", 0.0)

            def save(
                db: sqlite3.Connection,
                page: Page = page,
                kept: list[Mention] = kept,
                cost: tuple[str, float] = cost,
            ) -> tuple[Changes, int]:
                changes, count = self._save(db, one, account, kept)
                if page.mark is not None:
                    rows.set_mark(db, one.id, account.id, page.mark)
                if page.mentions:
                    rows.spend(db, one.id, "reads", len(page.mentions), self._now())
                if cost[1]:
                    rows.spend(db, one.id, *cost, self._now())
                return changes, count

            changes, count = await self._db.write(save)
            found += count
            if changes:
                self._bus.publish(changes)
        return found

    def _wanted(
        self, found: Sequence[Mention], one: SearchStream, account: Account, connector: Connector
    ) -> list[Mention]:
        """Those that the stream looks for, that others wrote, and that nobody muted."""
        db = self._db.reader()
        ours = {(a.platform, a.remote_id) for a in accounts.accounts(db) if a.client_id == one.client_id}
        muted = rows.muted(db, one.client_id)
        authors = {entry.value for entry in muted if entry.kind == rows.AUTHOR}
        words = [entry.value for entry in muted if entry.kind == rows.WORD]
        asked = connector.capabilities.searches
        return [
            m
            for m in found
            if (account.platform, m.author.remote_id) not in ours
            and f"{account.platform}:{m.author.remote_id}" not in authors
            and matches(one.query, m.text, m.language, asked)
            and not any(holds(word, m.text) for word in words)
        ]

    def _save(
        self, db: sqlite3.Connection, one: SearchStream, account: Account, found: list[Mention]
    ) -> tuple[Changes, int]:
        """In one transaction: the posts, whose they are, and what they repeat."""
        elsewhere = rows.known_elsewhere(db, account.id, [m.remote_id for m in found])
        found = [m for m in found if m.remote_id not in elsewhere]
        if not found:
            return Changes(), 0
        now = self._now()
        stories = self._stories_of(db, one.client_id)  # before these are among them
        changes = save_messages(db, account.id, found, (), self._judge, now)
        homes = rows.conversations_of(db, account.id, [m.remote_id for m in found])
        hits = {number for number, kind in homes.values() if kind == "search"}
        rows.hit(db, one.id, hits, now)
        fresh = {int(number) for number in changes.new}
        for m in sorted(found, key=lambda m: m.posted_at):
            number, kind = homes[m.remote_id]
            if number not in fresh or kind != "search":
                continue
            lead = stories.lead_of(m.text, but=[number])
            if lead is None:
                stories.add(number, m.text)
                continue
            rows.fold(db, number, lead)
            conversations.close(db, [number], _FOLDED, now)
            rows.became(db, [number], rows.FOLDED, now)
            changes |= Changes(frozenset([str(lead)]))
        return changes, len(fresh & hits)

    def _stories_of(self, db: sqlite3.Connection, client_id: str) -> Stories:
        known = self._stories.get(client_id)
        if known is None:
            known = self._stories[client_id] = Stories()
            for number, text in rows.leads(db, client_id, self._now() - TOGETHER, 4000):
                known.add(number, text)
        return known

    async def try_out(self, one: SearchStream) -> list[Found]:
        """What it would find now, newest first; nothing is kept. Raises `ServiceError` where nobody answers."""
        found: list[Found] = []
        failed: list[ServiceError] = []
        for account in self.asked(one):
            try:
                connector = await self._pool.get(account.id)
                async for page in connector.search(one.query, None, since=self._now() - FIRST):
                    kept = self._wanted(page.mentions, one, account, connector)
                    found += [
                        Found(m.author.name, m.author.handle, m.text, m.posted_at, m.url, account.handle) for m in kept
                    ]
                    break
            except ServiceError as error:
                failed.append(error)
        if failed and not found:
            raise failed[0]
        return sorted(found, key=lambda one: one.posted_at, reverse=True)[:TRIED]
