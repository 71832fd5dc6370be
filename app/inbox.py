"""The inbox: what the window and the command line read and do about conversations."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING

from app import clock
from app.domain import Account, Client, Lane, Place
from app.errors import InputError
from app.events import Bus, Changes
from app.rows import ConversationDetail, FeedKey, FeedRow, LaneCount, Summary
from app.store import accounts, feed
from app.store.db import Database

if TYPE_CHECKING:
    from app.pool import Pool
    from app.sync.pull import Puller

UNDO_STEPS = 50
Undo = Callable[[sqlite3.Connection], set[str]]


class Inbox:
    """Reads are synchronous and quick; writes are awaited, and tell the bus what they changed.

    What only a write or an opened conversation needs is imported there: the first paint needs the feed alone.
    """

    def __init__(self, db: Database, pool: Pool, puller: Puller, bus: Bus, *, now: clock.Clock = clock.now) -> None:
        self._db, self._pool, self._puller, self._bus, self._now = db, pool, puller, bus, now
        self._undo: list[Undo] = []

    # Reading

    def feed_page(
        self,
        lane: Lane,
        *,
        client: str | None = None,
        after: FeedKey | None = None,
        before: FeedKey | None = None,
        limit: int = 100,
    ) -> list[FeedRow]:
        """See `app.store.feed.feed_page`."""
        return feed.feed_page(self._db.reader(), lane, client=client, after=after, before=before, limit=limit)

    def feed_rows(self, ids: Collection[str]) -> dict[str, FeedRow]:
        """Rows by id; those that no longer exist are left out."""
        return feed.feed_rows(self._db.reader(), ids)

    def counts(self, client: str | None = None) -> dict[Lane, LaneCount]:
        """How many conversations each lane holds."""
        return feed.counts(self._db.reader(), client, self._now())

    def summary(self, client: str | None = None) -> Summary:
        """The line under the search field."""
        return feed.summary(self._db.reader(), client, self._now())

    def search(self, words: str, *, client: str | None = None, limit: int = 50) -> list[FeedRow]:
        """Conversations that hold all `words`, newest first."""
        return feed.search(self._db.reader(), words, client=client, limit=limit)

    def conversation(self, id_: str) -> ConversationDetail | None:
        """One conversation whole, None if it is gone."""
        row = feed.feed_rows(self._db.reader(), [id_]).get(id_)
        account = accounts.account(self._db.reader(), row.account_id) if row else None
        if account is None:
            return None
        from app.store import details

        able = self._pool.capabilities(account)
        return details.detail(
            self._db.reader(), id_, max_graphemes=able.max_graphemes, max_bytes=able.max_bytes,
            url_length=able.url_length, can_direct=able.private_reply,
        )  # fmt: skip

    def clients(self) -> list[Client]:
        """By name."""
        return accounts.clients(self._db.reader())

    def accounts(self) -> list[Account]:
        """In the order in which they were added."""
        return accounts.accounts(self._db.reader())

    def gaps(self, account_id: str) -> list[str]:
        """What of an account's history could not be read, in sentences, newest first."""
        return [gap.why for gap in accounts.gaps(self._db.reader(), account_id)]

    def platform_name(self, account: Account) -> str:
        """The platform as people call it."""
        return self._pool.capabilities(account).name

    def opening(self, client_id: str, now: datetime | None = None) -> str:
        """ "Open until 18:00", "Closed", or "" around the clock."""
        for client in self.clients():
            if client.id == client_id and client.hours:
                from zoneinfo import ZoneInfo

                from app.timers import OpeningHours, closes_at, is_open

                hours = OpeningHours.from_json(client.hours, zone=client.zone)
                at = now or self._now()
                end = closes_at(at, hours)
                if not is_open(at, hours) or end is None:
                    return "Closed"
                return f"Open until {end.astimezone(ZoneInfo(client.zone)):%H:%M}"
        return ""

    # Doing

    async def open(self, id_: str) -> None:
        """Read the thread again from the platform. Raises `ServiceError`; what is stored stays on the screen."""
        await self._puller.refresh(id_)

    async def close(self, id_: str, reason: str) -> Changes:
        """Done, with a reason. Nothing is deleted."""
        from app.store import conversations

        if not reason.strip():
            raise InputError("Choose why this is done.")
        return await self._do(id_, "closed", lambda db, n: conversations.close(db, n, reason, self._now()), why=reason)

    async def reopen(self, id_: str) -> Changes:
        """Take closing or snoozing back."""
        from app.store import conversations

        return await self._do(id_, "reopened", lambda db, n: conversations.reopen(db, n, self._now()))

    async def snooze(self, id_: str, until: datetime) -> Changes:
        """Out of sight until `until`; the deadline still holds."""
        from app.store import conversations

        if until <= self._now():
            raise InputError("That time is over. Choose a later one.")
        return await self._do(id_, "snoozed", lambda db, n: conversations.snooze(db, n, until, self._now()))

    async def place(self, id_: str, where: Place) -> Changes:
        """Put a conversation into a lane against what its words say. Raises `InputError`."""
        from app.store import conversations

        return await self._do(
            id_, "placed", lambda db, n: conversations.place(db, n, where, self._now()), where=where.value
        )

    async def _do(self, id_: str, what: str, change: Callable[[sqlite3.Connection, int], None], **data: str) -> Changes:
        from app.store import activity, conversations

        number = int(id_)

        def write(db: sqlite3.Connection) -> conversations.Before:
            before = conversations.was(db, number)
            if before is None:
                raise InputError("This conversation is no longer there.")
            change(db, number)
            activity.record(db, self._now(), what, conversation=number, **data)
            return before

        before = await self._db.write(write)

        def back(db: sqlite3.Connection) -> set[str]:
            conversations.put_back(db, number, before, self._now())
            activity.record(db, self._now(), "undone", conversation=number, step=what)
            return {id_}

        self._undo = [*self._undo[-UNDO_STEPS + 1 :], back]
        return self._publish({id_})

    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return bool(self._undo)

    async def undo(self) -> Changes:
        """Take the last step back. Raises `InputError` when there is none."""
        if not self._undo:
            raise InputError("There is nothing to undo.")
        return self._publish(await self._db.write(self._undo.pop()))

    async def save_draft(self, id_: str, text: str) -> Changes:
        """Keep what is being written."""
        from app.store import replies

        await self._db.write(lambda db: replies.save_draft(db, int(id_), text, self._now()))
        changes = Changes(frozenset([id_]))
        self._bus.publish(changes)
        return changes

    async def set_note(self, id_: str, text: str) -> Changes:
        """A note on the person, for our eyes only."""
        from app.store import details

        await self._db.write(lambda db: details.set_note(db, int(id_), text))
        return Changes(frozenset([id_]))

    def _publish(self, ids: set[str]) -> Changes:
        changes = Changes(frozenset(ids), counts=True)
        self._bus.publish(changes)
        return changes
