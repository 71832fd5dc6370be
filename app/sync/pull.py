"""Reading what is new on one account and saving it with its mark."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from app import clock
from app.connectors.base import Connector
from app.domain import ConversationState, Page
from app.errors import ServiceError
from app.events import Bus, Changes, SyncProgress
from app.pool import Pool
from app.store import accounts, details, feed, mentions
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


def batches(pages: Iterable[Page]) -> Iterator[list[Page]]:
    """Small pages go together into a transaction, since each one costs as much as saving some ten items."""
    batch: list[Page] = []
    size = 0
    for part in (part for page in pages for part in slices(page)):
        if batch and size + len(part.mentions) > ROWS_A_TRANSACTION:
            yield batch
            batch, size = [], 0
        batch.append(part)
        size += len(part.mentions)
    if batch:
        yield batch


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
        return self._rows >= ROWS_A_TRANSACTION or time.monotonic() - self._saved_at > SAVE_AFTER

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
        fresh: set[str] = set()
        self._bus.publish(SyncProgress(account_id, 0, True))
        try:
            for stream in able.streams:
                mark = accounts.mark(self._db.reader(), account_id, stream)
                gathered = _Gathered()
                try:
                    async for page in connector.pull(stream, mark, since=since):
                        done += len(page.mentions) + len(page.own)
                        if gathered.add(page):
                            fresh |= await self._save(account_id, stream, gathered.take())
                            self._bus.publish(SyncProgress(account_id, done, True))
                finally:  # what came before the line broke is kept
                    fresh |= await self._save(account_id, stream, gathered.take())
            await self._complete(connector, fresh)
            await self._follow(connector, account_id)
        finally:
            self._bus.publish(SyncProgress(account_id, done, False))
        checked = to_ms(self._now())
        await self._db.write(lambda db: accounts.update_account(db, account_id, checked_at=checked))
        return done

    async def _save(self, account_id: str, stream: str, pages: list[Page]) -> set[str]:
        fresh: set[str] = set()
        for parts in batches(pages):

            def save(db: sqlite3.Connection, parts: list[Page] = parts) -> Changes:
                changes = Changes()
                for part in parts:
                    changes |= mentions.save_page(db, account_id, stream, part, self._judge, self._now())
                return changes

            changes = await self._db.write(save)
            if changes:
                self._bus.publish(changes)
                fresh |= changes.new
        return fresh

    async def _complete(self, connector: Connector, fresh: set[str]) -> None:
        """Read the threads of new open conversations that answer something we do not have."""
        rows = feed.feed_rows(self._db.reader(), fresh)
        wanted = [row for row in rows.values() if row.state == ConversationState.OPEN]
        wanted.sort(key=lambda row: row.key.at)
        left = THREADS_A_PULL
        for row in wanted:
            mention = details.newest_mention(self._db.reader(), int(row.id))
            if mention is None or not mention.reply_to or left == 0:
                continue
            left -= 1
            await self.refresh(row.id, connector)

    async def refresh(self, conversation_id: str, connector: Connector | None = None) -> None:
        """Read one conversation whole. Raises `ServiceError`."""
        number = int(conversation_id)
        mention = details.newest_mention(self._db.reader(), number)
        if mention is None:
            return
        connector = connector or await self._pool.get(mention.account_id)
        thread = await connector.thread(mention)
        changes = await self._db.write(
            lambda db: mentions.save_thread(
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
