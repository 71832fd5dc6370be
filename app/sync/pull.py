"""Reading what is new on one account and saving it with its mark."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from app import clock
from app.connectors.base import Connector
from app.domain import Page
from app.errors import ServiceError
from app.events import Bus, Changes, SyncProgress
from app.pool import Pool
from app.store import accounts, details, feed, mentions, threads
from app.store.db import Database
from app.store.mentions import Judge
from app.store.times import to_ms

log = logging.getLogger(__name__)
ROWS_A_TRANSACTION = 500
SAVE_AFTER = 0.5  # seconds; what is read within it is saved and shown together
THREADS_A_PULL = 20  # conversations that began elsewhere are read whole, a few at a time
LOOK_AGAIN = 40  # open messages whose edits and deletions are followed


def slices(page: Page) -> Iterator[Page]:
    """Cut a page into transactions; the mark and the gap go with the last one, so a crash repeats and never skips."""
    size = ROWS_A_TRANSACTION
    while len(page.mentions) > size:
        yield Page(mentions=page.mentions[:size])
        page = replace(page, mentions=page.mentions[size:])
    yield page


def joined(pages: Iterable[Page]) -> Iterator[Page]:
    """Small pages of one stream made into larger ones, since a transaction costs as much as saving some ten items.

    A page with a gap stays by itself: each gap is kept.
    """
    held = Page()
    for page in pages:
        if len(held.mentions) + len(page.mentions) > ROWS_A_TRANSACTION or held.gap or page.gap:
            if held != Page():
                yield held
            held = page
        else:
            mark = held.mark if page.mark is None else page.mark
            held = Page(held.mentions + page.mentions, held.own + page.own, held.gone + page.gone, mark)
    if held != Page():
        yield held


class _Gathered:
    """Pages that were read and not saved yet."""

    def __init__(self) -> None:
        self._pages: list[Page] = []
        self._rows = 0
        self._saved_at = float("-inf")  # the first page is shown at once

    def add(self, page: Page) -> bool:
        """Tell whether it is time to save."""
        self._pages.append(page)
        self._rows += len(page.mentions) + len(page.own)
        another = self._rows + len(page.mentions) + len(page.own)  # one more such page would be cut in two
        return another > ROWS_A_TRANSACTION or time.monotonic() - self._saved_at > SAVE_AFTER

    def take(self) -> list[Page]:
        """Hand out what is there."""
        pages, self._pages, self._rows = self._pages, [], 0
        self._saved_at = time.monotonic()
        return pages


class Puller:
    """Pulls one account at a time; several may run side by side."""

    def __init__(self, db: Database, pool: Pool, bus: Bus, judge: Judge, *, now: clock.Clock = clock.now) -> None:
        self._db, self._pool, self._bus, self._judge, self._now = db, pool, bus, judge, now
        self._looked: dict[str, datetime] = {}

    async def pull(self, account_id: str) -> int:
        """Read every stream from its mark on. Returns how many items came. Raises `ServiceError`."""
        connector = await self._pool.get(account_id)
        able = connector.capabilities
        since = self._now() - timedelta(days=able.history_days)
        done = 0
        partial: list[tuple[int, int]] = []
        self._bus.publish(SyncProgress(account_id, 0, True))
        try:
            for stream in able.streams:
                mark = accounts.mark(self._db.reader(), account_id, stream)
                gathered = _Gathered()
                try:
                    async for page in connector.pull(stream, mark, since=since):
                        if self._paused(account_id):  # the page is read again, from its mark on
                            return done
                        done += len(page.mentions) + len(page.own)
                        if gathered.add(page):
                            partial += await self._save(account_id, stream, gathered.take())
                            self._bus.publish(SyncProgress(account_id, done, True))
                finally:  # what came before the line broke is kept
                    partial += await self._save(account_id, stream, gathered.take())
            await self._complete(connector, partial)
            await self._follow(connector, account_id)
        finally:
            self._bus.publish(SyncProgress(account_id, done, False))
        checked = to_ms(self._now())
        await self._db.write(lambda db: accounts.update_account(db, account_id, checked_at=checked))
        return done

    def _paused(self, account_id: str) -> bool:
        account = accounts.account(self._db.reader(), account_id)
        return account is not None and account.state == "paused"

    async def _save(self, account_id: str, stream: str, pages: list[Page]) -> list[tuple[int, int]]:
        """Returns the new conversations of which a part is missing; see `feed.partial`."""
        partial: list[tuple[int, int]] = []
        for page in joined(part for whole in pages for part in slices(whole)):

            def save(db: sqlite3.Connection, page: Page = page) -> tuple[Changes, list[tuple[int, int]]]:
                changes = mentions.save_page(db, account_id, stream, page, self._judge, self._now())
                return changes, feed.partial(db, changes.new, THREADS_A_PULL)

            changes, found = await self._db.write(save)
            if changes:
                self._bus.publish(changes)
                partial += found
        return partial

    async def _complete(self, connector: Connector, partial: list[tuple[int, int]]) -> None:
        """Read the threads of new open conversations that answer something we do not have."""
        for _, number in sorted(partial)[:THREADS_A_PULL]:
            await self.refresh(str(number), connector)

    async def refresh(self, conversation_id: str, connector: Connector | None = None) -> None:
        """Read one conversation whole. Raises `ServiceError`."""
        number = int(conversation_id)
        mention = details.newest_mention(self._db.reader(), number)
        if mention is None:
            return
        connector = connector or await self._pool.get(mention.account_id)
        thread = await connector.thread(mention)
        changes = await self._db.write(
            lambda db: threads.save_thread(
                db, number, thread.mentions, thread.own, thread.gone, self._judge, self._now()
            )
        )
        if changes:
            self._bus.publish(changes)

    async def _follow(self, connector: Connector, account_id: str) -> None:
        """Edits and deletions of what is open, every five minutes at most."""
        last = self._looked.get(account_id)
        if last is not None and self._now() - last < timedelta(minutes=5):
            return
        wanted = feed.open_remote_ids(self._db.reader(), account_id, LOOK_AGAIN)
        if not wanted:
            return
        self._looked[account_id] = self._now()
        try:
            found = await connector.look(wanted)
        except ServiceError as error:
            log.info("could not look again at open messages: %s", type(error).__name__)
            return

        def save(db: sqlite3.Connection) -> Changes:
            page = Page(mentions=found.mentions, gone=found.gone)
            return mentions.save_page(db, account_id, "", page, self._judge, self._now())

        changes = await self._db.write(save)
        if changes:
            self._bus.publish(changes)
