"""The outbox: a ledger, not a queue (HOUSE section 6).

Nothing is sent twice and nothing is lost: the row is written before the
network call that it describes, only a platform's id makes a reply sent, and
what is uncertain is settled by looking, never by sending again blindly.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from app import clock
from app.answering import check_text, never_more_public
from app.connectors.base import Connector, Idempotency
from app.domain import Reply, ReplyState, Visibility
from app.errors import (
    BreakerOpenError,
    ForbiddenError,
    GoneError,
    InputError,
    KeyringError,
    NetworkError,
    RateLimitError,
    RefusedError,
    ServiceError,
    SignInError,
    UncertainError,
)
from app.events import Bus, Changes
from app.pool import Pool
from app.rows import OutboxRow
from app.store import accounts, activity, details, feed, mentions, replies
from app.store.db import Database
from app.store.mentions import Judge

log = logging.getLogger(__name__)
RETRY = timedelta(seconds=30)
POLL_SECONDS = 5.0
POLICY_PAUSE = timedelta(minutes=15)


class Outbox:
    """Writes, holds, sends and settles replies."""

    def __init__(
        self,
        db: Database,
        pool: Pool,
        bus: Bus,
        judge: Judge,
        *,
        now: clock.Clock = clock.now,
        look_again: float = 20.0,
        report: Callable[[str, ServiceError | None], Awaitable[None]] | None = None,
    ) -> None:
        """`look_again`: seconds for which a reply must be missing on the platform before it may leave again."""
        self._db, self._pool, self._bus, self._judge, self._now = db, pool, bus, judge, now
        self._look_again = look_again
        self._report = report
        self._missing: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._busy: set[str] = set()

    # Reading

    def rows(self, limit: int = 200) -> list[OutboxRow]:
        """What waits or needs a person, then what left today."""
        midnight = self._now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        return replies.outbox(self._db.reader(), midnight, limit)

    def count(self) -> int:
        """How many wait or need a person."""
        return feed.outbox_count(self._db.reader())

    # Writing

    async def answer(
        self,
        conversation_id: str,
        text: str,
        *,
        visibility: Visibility | None = None,
        hold: bool = True,
        not_before: datetime | None = None,
    ) -> Reply:
        """Put a reply into the ledger. It leaves after the undo window, or at `not_before`.

        Raises `InputError` for an empty or over-long text; then nothing is written.
        """
        reader = self._db.reader()
        number = int(conversation_id)
        mention = details.newest_mention(reader, number)
        if mention is None:
            raise InputError("There is nothing left to answer here: the message was deleted by its author.")
        account = accounts.account(reader, mention.account_id)
        assert account is not None, "a mention belongs to an account"
        able = self._pool.capabilities(account)
        check_text(text, able)
        now = self._now()
        leave = not_before or (now + timedelta(seconds=able.undo_seconds) if hold else now)
        reply = Reply(
            id=uuid.uuid4().hex, conversation_id=conversation_id, account_id=account.id, to_remote_id=mention.remote_id,
            text=text.strip(), visibility=never_more_public(visibility or mention.visibility, mention.visibility),
            state=ReplyState.HELD, created_at=now, not_before=leave, seen_remote_id=mention.remote_id,
            to_extra=mention.extra, to_handle=mention.author.handle,
        )  # fmt: skip
        await self._db.write(lambda db: replies.add(db, reply))
        self._tell(reply)
        self.wake()
        return reply

    async def cancel(self, reply_id: str) -> str:
        """Take a reply back into the draft. Raises `InputError` once it may have left."""
        text = await self._db.write(lambda db: replies.cancel(db, reply_id, self._now()))
        reply = replies.get(self._db.reader(), reply_id)
        if text is None or reply is None:
            raise InputError("This reply has already left, so it cannot be taken back.")
        self._tell(reply)
        return text

    async def discard(self, reply_id: str) -> str:
        """Give up a blocked or refused reply; its text stays as the draft."""
        return await self.cancel(reply_id)

    async def send_now(self, reply_id: str) -> None:
        """End the undo window, or try a refused one once more."""
        await self._move(reply_id, ReplyState.HELD, not_before=self._now(), only=(ReplyState.HELD, ReplyState.REFUSED))

    async def release(self, reply_id: str) -> None:
        """Send although the thread changed: the person has looked at the difference."""
        await self._move(reply_id, ReplyState.HELD, not_before=self._now(), only=(ReplyState.BLOCKED,), looked=True)

    async def confirm(self, reply_id: str, there: bool) -> None:
        """A person looked on the platform: it is there, or it surely is not and shall leave again."""
        reply = replies.get(self._db.reader(), reply_id)
        if reply is None or reply.state != ReplyState.UNCONFIRMED:
            raise InputError("This reply is not waiting to be confirmed.")
        if not there:
            await self._move(reply_id, ReplyState.HELD, not_before=self._now(), only=(ReplyState.UNCONFIRMED,))
            return
        found = await self._find(reply)
        if not found:
            raise InputError("Carelane cannot see it there yet. Look again in a minute.")

    async def _move(
        self,
        reply_id: str,
        state: ReplyState,
        *,
        only: tuple[ReplyState, ...],
        not_before: datetime | None = None,
        looked: bool = False,
    ) -> None:
        def move(db: sqlite3.Connection) -> bool:
            """Asked within the write: the sender may claim it between a look and the write."""
            moved = replies.set_state(db, reply_id, state, not_before=not_before, only=only)
            if moved and looked:
                replies.skip_check(db, reply_id)
            return moved

        reply = replies.get(self._db.reader(), reply_id)
        if reply is None or not await self._db.write(move):
            raise InputError("That is no longer possible: the reply moved on meanwhile.")
        self._tell(reply)
        self.wake()

    def _tell(self, reply: Reply) -> None:
        self._bus.publish(Changes(frozenset([reply.conversation_id]), frozenset([reply.id]), counts=True))

    # Sending

    def wake(self) -> None:
        """Look at the ledger now."""
        self._wake.set()

    def network_back(self) -> None:
        """What waits for the network leaves now, not at its next turn."""
        now = self._now()
        self._db.submit(lambda db: replies.hurry(db, now))
        self.wake()

    async def recover(self) -> None:
        """After a crash: what was being sent may have arrived. Only the holder of the instance lock may call this."""
        for reply in replies.in_state(self._db.reader(), ReplyState.CLAIMED):
            await self._set(reply, ReplyState.UNCONFIRMED, "Carelane stopped while this was being sent.")

    async def run(self) -> None:
        """Send what is due until cancelled. A slow platform holds up its own account alone.

        May be started again after it failed; what it was sending then is settled first.
        """
        self._busy.clear()
        await self.recover()
        async with asyncio.TaskGroup() as group:
            while True:
                self._wake.clear()
                self._round(group)
                upcoming = replies.next_due(self._db.reader())
                pause = POLL_SECONDS
                if upcoming is not None:
                    pause = min(max((upcoming - self._now()).total_seconds(), 0.25), POLL_SECONDS)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()

    async def push(self) -> None:
        """One round, to its end."""
        async with asyncio.TaskGroup() as group:
            self._round(group)

    def _round(self, group: asyncio.TaskGroup) -> None:
        """Settle what is uncertain, then send what is due: accounts side by side, each in care-by order."""
        reader = self._db.reader()
        by_account: dict[str, list[Reply]] = {}
        for reply in replies.in_state(reader, ReplyState.UNCONFIRMED) + replies.due(reader, self._now()):
            by_account.setdefault(reply.account_id, []).append(reply)
        for account_id, waiting in by_account.items():
            if account_id not in self._busy:
                self._busy.add(account_id)
                group.create_task(self._push_account(account_id, waiting))

    async def _push_account(self, account_id: str, waiting: list[Reply]) -> None:
        held_up: set[str] = set()
        try:
            for listed in waiting:
                reply = replies.get(self._db.reader(), listed.id)  # it may have moved on since the round began
                if reply is None or reply.state != listed.state or reply.not_before > self._now():
                    continue
                if reply.conversation_id in held_up or replies.earlier_waits(self._db.reader(), reply):
                    continue
                if reply.state == ReplyState.UNCONFIRMED:
                    await self._settle(reply)
                else:
                    await self._send(reply)
                after = replies.get(self._db.reader(), reply.id)
                if after is not None and after.state not in (ReplyState.SENT, ReplyState.CANCELLED):
                    held_up.add(reply.conversation_id)
        finally:
            self._busy.discard(account_id)

    async def _set(self, reply: Reply, state: ReplyState, why: str = "", *, not_before: datetime | None = None) -> None:
        await self._db.write(lambda db: replies.set_state(db, reply.id, state, why=why, not_before=not_before))
        self._tell(reply)

    async def _connector(self, reply: Reply) -> Connector | None:
        try:
            return await self._pool.get(reply.account_id)
        except (SignInError, KeyringError, GoneError) as error:
            await self._wait(reply, error)
            return None

    async def _wait(self, reply: Reply, error: ServiceError) -> None:
        """Keep it for later: surely nothing has left."""
        until = self._now() + RETRY
        if isinstance(error, RateLimitError | BreakerOpenError):
            until = max(error.until, self._now() + timedelta(seconds=1))
        await self._set(reply, ReplyState.HELD, str(error), not_before=until)
        if self._report is not None:
            await self._report(reply.account_id, error)

    async def _send(self, reply: Reply) -> None:
        connector = await self._connector(reply)
        if connector is None:
            return
        try:
            stale = await self._stale(reply, connector)
        except GoneError:
            await self._set(reply, ReplyState.BLOCKED, "The message was deleted by its author before this left.")
            return
        except ServiceError as error:
            await self._wait(reply, error)
            return
        if stale:
            await self._set(reply, ReplyState.BLOCKED, stale)
            return
        prepared = reply.prepared or connector.prepare(reply)
        if not await self._db.write(lambda db: replies.claim(db, reply.id, prepared)):
            return  # cancelled meanwhile
        self._tell(reply)
        claimed = replies.get(self._db.reader(), reply.id)
        assert claimed is not None, "it was just claimed"
        try:
            sent = await connector.send(claimed)
        except (RefusedError, ForbiddenError, GoneError) as error:
            await self._set(reply, ReplyState.REFUSED, str(error))
            if isinstance(error, ForbiddenError):
                await self._pause(reply.account_id, error)
        except (SignInError, RateLimitError, BreakerOpenError, KeyringError) as error:
            await self._wait(reply, error)
        except UncertainError as error:
            await self._set(reply, ReplyState.UNCONFIRMED, str(error))
            self.wake()
        except NetworkError as error:
            await self._wait(reply, error)
        except ServiceError as error:  # an answer that cannot be read, 5xx: it may have arrived all the same
            await self._set(reply, ReplyState.UNCONFIRMED, str(error))
            self.wake()
        except Exception:
            log.exception("sending failed in a way that nobody foresaw")
            await self._set(reply, ReplyState.UNCONFIRMED, "Carelane made a mistake while this was being sent.")
        else:
            await self._db.write(lambda db: replies.mark_sent(db, reply.id, sent, self._now()))
            self._missing.pop(reply.id, None)
            self._tell(reply)
            if self._report is not None:
                await self._report(reply.account_id, None)

    async def _pause(self, account_id: str, error: ForbiddenError) -> None:
        """A policy said no: the account's other replies wait, since trying on is how accounts get disabled."""
        until = self._now() + POLICY_PAUSE
        why = f"Sending from this account is paused for {POLICY_PAUSE // timedelta(minutes=1)} minutes: {error}"
        held = await self._db.write(lambda db: replies.pause_account(db, account_id, until, why))
        if held:
            self._bus.publish(Changes(frozenset(held.values()), frozenset(held)))
        if self._report is not None:
            await self._report(account_id, error)

    async def _stale(self, reply: Reply, connector: Connector) -> str:
        """Read the thread again; a sentence if it is no longer the one that was answered."""
        if not reply.seen_remote_id:
            return ""
        number = int(reply.conversation_id)
        mention = details.mention_by_remote(self._db.reader(), reply.account_id, reply.to_remote_id)
        if mention is None:
            return ""
        thread = await connector.thread(mention)
        gone = thread.gone
        changes = await self._db.write(
            lambda db: mentions.save_thread(db, number, thread.mentions, thread.own, gone, self._judge, self._now())
        )
        if changes:
            self._bus.publish(changes)
        if mention.remote_id in gone:
            return "The message was deleted by its author before this left."
        newest = details.newest_mention(self._db.reader(), number)
        if newest is not None and newest.remote_id != reply.seen_remote_id and newest.posted_at > mention.posted_at:
            return f"{newest.author.name or newest.author.handle} wrote again before this left: “{newest.text[:80]}”"
        after = details.mention_by_remote(self._db.reader(), reply.account_id, reply.to_remote_id)
        if after is not None and after.text != mention.text:
            return f"The message was edited before this left. It now says: “{after.text[:80]}”"
        elsewhere = replies.elsewhere_since(self._db.reader(), number, reply.created_at - timedelta(seconds=1))
        return f"Somebody answered from elsewhere meanwhile: “{elsewhere[:80]}”" if elsewhere else ""

    async def _settle(self, reply: Reply) -> None:
        """Look on the platform for a reply that may have left."""
        connector = await self._pool_or_none(reply)
        if connector is None or connector.capabilities.idempotency == Idempotency.ASK:
            return
        try:
            found = await self._find(reply)
        except ServiceError as error:
            log.info("could not look for reply %s: %s", reply.id, type(error).__name__)
            return
        if found:
            return
        first = self._missing.setdefault(reply.id, time.monotonic())
        sure = connector.capabilities.idempotency == Idempotency.RECORD
        if sure or time.monotonic() - first >= self._look_again:
            self._missing.pop(reply.id, None)
            await self._db.write(lambda db: activity.record(
                db, self._now(), "not_there", account_id=reply.account_id, conversation=int(reply.conversation_id)
            ))  # fmt: skip
            await self._set(
                reply, ReplyState.HELD, "It did not arrive, so it leaves once more.", not_before=self._now()
            )
            self.wake()

    async def _pool_or_none(self, reply: Reply) -> Connector | None:
        try:
            return await self._pool.get(reply.account_id)
        except ServiceError:
            return None  # the account's own line says why; the reply stays not confirmed

    async def _find(self, reply: Reply) -> bool:
        connector = await self._pool.get(reply.account_id)
        sent = await connector.find(reply)
        if sent is None:
            return False
        await self._db.write(lambda db: replies.mark_sent(db, reply.id, sent, self._now()))
        self._missing.pop(reply.id, None)
        self._tell(reply)
        return True
