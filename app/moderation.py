"""What a person does to a message on the platform besides answering: like it, hide it and show it again, mark it read.

Nobody's words are deleted, and criticism is never hidden: see `app.wording.improper`.
"""

from __future__ import annotations

import logging
import sqlite3

from app import clock
from app.domain import Lane, Mention
from app.errors import GoneError, InputError, ServiceError
from app.events import Bus, Changes
from app.pool import Pool
from app.rows import Able
from app.store import accounts, activity, details
from app.store.db import Database
from app.store.times import to_ms
from app.wording.improper import REASONS, may_hide

log = logging.getLogger(__name__)
CRITICISM = "This is criticism. It is answered, and not hidden: others judge by the answer."


class Moderation:
    """What is awaited asks the platform first, and is stored once it did it."""

    def __init__(self, db: Database, pool: Pool, bus: Bus, *, now: clock.Clock = clock.now) -> None:
        self._db, self._pool, self._bus, self._now = db, pool, bus, now

    def able(self, mention_id: str) -> Able:
        """What can be done to a message, and why it cannot be hidden where the platform would take it."""
        row = self._row(mention_id)
        account = accounts.account(self._db.reader(), row.mention.account_id)
        if account is None or row.deleted:
            return Able()
        can = self._pool.capabilities(account)
        reasons = may_hide(row.mention.text, row.mood, row.noise) if can.hides and not row.direct else ()
        why = CRITICISM if can.hides and not row.direct and not reasons else ""
        return Able(can.likes, row.liked, reasons, row.hidden, why, can.marks_read)

    async def like(self, mention_id: str, liked: bool) -> None:
        """Like a message, or take it back. Raises `ServiceError`; then nothing is stored."""
        row = self._row(mention_id)
        connector = await self._pool.get(row.mention.account_id)
        await connector.like(row.mention, liked)
        await self._keep(row, "liked" if liked else "unliked", {"liked_at": to_ms(self._now()) if liked else None})

    async def hide(self, mention_id: str, reason: str) -> None:
        """Hide a comment from others, for one of the three reasons. Logged; `show` takes it back.

        Raises `InputError` for criticism.
        """
        row = self._row(mention_id)
        if reason not in REASONS:
            raise InputError("Choose why this is hidden: spam, abuse, or somebody's personal data.")
        if reason not in self.able(mention_id).hide_reasons:
            raise InputError(CRITICISM)
        connector = await self._pool.get(row.mention.account_id)
        await connector.hide(row.mention, True)
        await self._keep(row, "hidden", {"hidden_at": to_ms(self._now()), "hidden_why": reason}, why=reason)

    async def show(self, mention_id: str) -> None:
        """Show a hidden comment again."""
        row = self._row(mention_id)
        connector = await self._pool.get(row.mention.account_id)
        await connector.hide(row.mention, False)
        await self._keep(row, "shown_again", {"hidden_at": None, "hidden_why": ""})

    async def mark_read(self, conversation_id: str) -> bool:
        """Tell the platform that a conversation was read, where it can be told. Never in the way of anything."""
        mention = details.newest_mention(self._db.reader(), int(conversation_id))
        if mention is None:
            return False
        account = accounts.account(self._db.reader(), mention.account_id)
        if account is None or not self._pool.capabilities(account).marks_read:
            return False
        try:
            connector = await self._pool.get(account.id)
            await connector.mark_read(mention)
        except ServiceError as error:
            log.info("could not mark as read: %s", type(error).__name__)
            return False
        return True

    def _row(self, mention_id: str) -> _Row:
        account_id, _, remote_id = mention_id.partition("/")
        found = details.mention_by_remote(self._db.reader(), account_id, remote_id)
        if found is None:
            raise GoneError("This message is no longer there.")
        return _Row(self._db.reader(), found)

    async def _keep(self, row: _Row, what: str, columns: dict[str, object], **data: str) -> None:
        mention = row.mention

        def write(db: sqlite3.Connection) -> None:
            db.execute(
                f"UPDATE mention SET {', '.join(f'{name} = ?' for name in columns)}"
                " WHERE account_id = ? AND remote_id = ?",
                (*columns.values(), mention.account_id, mention.remote_id),
            )
            activity.record(
                db, self._now(), what, account_id=mention.account_id, conversation=row.conversation,
                message=mention.remote_id, **data,
            )  # fmt: skip

        await self._db.write(write)
        self._bus.publish(Changes(frozenset([str(row.conversation)])))


class _Row:
    """A message with what is known and was done about it."""

    def __init__(self, db: sqlite3.Connection, mention: Mention) -> None:
        self.mention = mention
        head = db.execute(
            "SELECT m.conversation, m.mood, m.tags LIKE '%\"noise\"%' OR c.lane = ?, m.deleted_at, m.liked_at,"
            " m.hidden_why, m.visibility = 'direct' FROM mention m JOIN conversation c ON c.n = m.conversation"
            " WHERE m.account_id = ? AND m.remote_id = ?",
            (Lane.NOISE.value, mention.account_id, mention.remote_id),
        ).fetchone()
        self.conversation: int = head[0]
        self.mood: str = head[1]
        self.noise, self.deleted, self.liked = bool(head[2]), head[3] is not None, head[4] is not None
        self.hidden: str = head[5]
        self.direct = bool(head[6])
