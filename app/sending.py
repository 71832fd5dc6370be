"""What leaves the outbox: one round after another, each account by itself, each reply once (HOUSE section 6)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from app import clock, outbox_checks
from app.connectors.base import Connector, Idempotency
from app.domain import Block, Reply, ReplyState, Sent, Visibility
from app.errors import (
    BreakerOpenError,
    ForbiddenError,
    GoneError,
    KeyringError,
    NetworkError,
    RateLimitError,
    RefusedError,
    ServiceError,
    SignInError,
    UncertainError,
)
from app.events import Bus, Changes
from app.outbox_checks import Obstacle
from app.pool import Pool
from app.store import activity, details, replies, sending, threads
from app.store.db import Database
from app.store.mentions import Judge
from app.store.replies import AfterSent

log = logging.getLogger(__name__)
RETRY = timedelta(seconds=30)
POLL_SECONDS = 5.0
POLICY_PAUSE = timedelta(minutes=15)
AGAIN = "It did not arrive, so it leaves once more."
TWINS = (
    "Another reply with the same words is there already. Look on the platform whether this one is there too,"
    " then say so here."
)
Report = Callable[[str, ServiceError | None], Awaitable[None]]
PictureBytes = Callable[[str], bytes]  # by id; raises `OSError` or `GoneError` where there is none


class Sender:
    """Sends what is due and settles what is uncertain."""

    def __init__(
        self,
        db: Database,
        pool: Pool,
        bus: Bus,
        judge: Judge,
        *,
        now: clock.Clock,
        look_again: float,
        report: Report | None,
        picture_bytes: PictureBytes,
        after_sent: AfterSent | None,
    ) -> None:
        """`look_again`: seconds for which a reply must be missing on the platform before it may leave again."""
        self._db, self._pool, self._bus, self._judge, self._now = db, pool, bus, judge, now
        self._look_again, self._report = look_again, report
        self._picture_bytes, self._after_sent = picture_bytes, after_sent
        self._missing: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._busy: set[str] = set()

    def tell(self, replies_: Iterable[Reply]) -> None:
        """The ledger has changed there."""
        told = list(replies_)
        self._bus.publish(
            Changes(frozenset([r.conversation_id for r in told]), frozenset([r.id for r in told]), counts=True)
        )

    def wake(self) -> None:
        """Look at the ledger now."""
        self._wake.set()

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
                now = self._now()
                await self._round(group, now)
                reader = self._db.reader()
                upcoming = [at for at in (replies.next_due(reader, now), sending.next_end(reader, now)) if at]
                pause = POLL_SECONDS
                if upcoming:
                    pause = min(max((min(upcoming) - self._now()).total_seconds(), 0.0), POLL_SECONDS)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()

    async def push(self) -> None:
        """One round, to its end."""
        async with asyncio.TaskGroup() as group:
            await self._round(group, self._now())

    async def _round(self, group: asyncio.TaskGroup, now: datetime) -> None:
        """Settle what is uncertain, then send what is due: accounts side by side, each in care-by order."""
        if replies.frozen(self._db.reader(), now):
            thawed = await self._db.write(lambda db: replies.thaw(db, now))
            self._bus.publish(Changes(frozenset(thawed.values()), frozenset(thawed), counts=True))
        reader = self._db.reader()
        by_account: dict[str, list[Reply]] = {}
        for reply in replies.in_state(reader, ReplyState.UNCONFIRMED) + replies.due(reader, now):
            by_account.setdefault(reply.account_id, []).append(reply)
        for account_id, waiting in by_account.items():
            if account_id not in self._busy:
                self._busy.add(account_id)
                group.create_task(self._push_account(account_id, waiting))

    async def _push_account(self, account_id: str, waiting: list[Reply]) -> None:
        """What waits for another reply, or for the end of a pause, says so."""
        reasons: dict[str, list[Reply]] = {}
        moved = False
        try:
            for listed in waiting:
                await asyncio.sleep(0)  # hundreds may wait for something, and the window is drawn in between
                reader = self._db.reader()
                reply = replies.get(reader, listed.id)  # it may have moved on since the round began
                if reply is None or reply.state != listed.state or reply.not_before > self._now():
                    continue
                if sending.paused(reader, account_id):
                    reasons.setdefault(outbox_checks.PAUSED, []).append(reply)
                    continue
                if reply.state == ReplyState.UNCONFIRMED:
                    await self._settle(reply)
                elif first := replies.before(reader, reply):
                    reasons.setdefault(outbox_checks.waits(reply, first), []).append(reply)
                    continue
                elif pause := sending.pause_of(reader, account_id, self._now()):
                    reasons.setdefault(pause.why, []).append(reply)
                    continue
                else:
                    await self._send(reply)
                after = replies.get(self._db.reader(), reply.id)
                moved = moved or after is None or after.state != reply.state
            await self._say_why(reasons)
        finally:
            self._busy.discard(account_id)
        if moved:  # what became due meanwhile was passed over: the account was busy
            self.wake()

    async def _say_why(self, reasons: dict[str, list[Reply]]) -> None:
        for why, waiting in reasons.items():
            fresh = [reply for reply in waiting if reply.state == ReplyState.HELD and reply.why != why]
            if fresh:
                ids = [reply.id for reply in fresh]
                await self._db.write(lambda db, ids=ids, why=why: replies.say_why(db, ids, why))  # type: ignore[misc]
                self.tell(fresh)

    async def _set(
        self, reply: Reply, state: ReplyState, why: str = "", *, not_before: datetime | None = None, block: str = ""
    ) -> None:
        await self._db.write(
            lambda db: replies.set_state(db, reply.id, state, why=why, not_before=not_before, block=block)
        )
        self.tell([reply])

    async def _hold_back(self, reply: Reply, obstacle: Obstacle) -> None:
        """A person decides; only from held, since it may have been taken back meanwhile."""
        await self._db.write(lambda db: _block(db, reply, obstacle))
        self.tell([reply])

    async def _wait(self, reply: Reply, error: ServiceError) -> None:
        """Keep it for later: surely nothing has left. A limit holds for all replies of its account."""
        until = self._now() + RETRY
        if isinstance(error, RateLimitError | BreakerOpenError):
            now = self._now()
            until = max(error.until, now + timedelta(seconds=1))
            await self._db.write(lambda db: sending.pause(db, reply.account_id, now, until, str(error)))
        await self._set(reply, ReplyState.HELD, str(error), not_before=until)
        if self._report is not None:
            await self._report(reply.account_id, error)

    async def _send(self, reply: Reply) -> None:
        """All that must be so before it may leave; then claim it, and send it."""
        reader, passed = self._db.reader(), replies.passed(self._db.reader(), reply.id)
        for check, block in ((outbox_checks.window, Block.WINDOW), (outbox_checks.budget, Block.BUDGET)):
            if block not in passed and (obstacle := check(reader, reply, self._now())):
                await self._hold_back(reply, obstacle)
                return
        try:
            connector = await self._pool.get(reply.account_id)
            if not reply.follows and Block.STALE not in passed:  # what has begun is finished
                stale = await self._stale(reply, connector)
                if stale is not None:
                    await self._hold_back(reply, stale)
                    return
        except ServiceError as error:
            await self._wait(reply, error)
            return
        ready = await self._upload(reply, connector)
        if ready is not None:
            await self._claim(ready, connector, passed)

    async def _claim(self, reply: Reply, connector: Connector, passed: frozenset[str]) -> None:
        if reply.follows:
            parent = replies.get(self._db.reader(), reply.follows)
            assert parent is not None, "a reply never leaves the ledger"
            if parent.remote_id:  # else a person has seen it there, and its id is not known: under what was answered
                reply = replace(reply, to_remote_id=parent.remote_id, to_extra=parent.sent_extra)
        prepared = reply.prepared or connector.prepare(reply)

        def claim(db: sqlite3.Connection) -> bool:
            if sending.paused(db, reply.account_id):  # while the thread was read again
                return False
            # once more within the write: another account of the client may have used up the budget meanwhile
            used_up = None if Block.BUDGET in passed else outbox_checks.budget(db, reply, self._now())
            if used_up is not None:
                _block(db, reply, used_up)
                return False
            return replies.claim(db, reply.id, prepared, to_remote_id=reply.to_remote_id, to_extra=reply.to_extra)

        claimed = await self._db.write(claim)
        self.tell([reply])
        if claimed:
            found = replies.get(self._db.reader(), reply.id)
            assert found is not None, "it was just claimed"
            await self._post(found, connector)

    async def _post(self, reply: Reply, connector: Connector) -> None:
        try:
            sent = await connector.send(reply)
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
            await self._sent(reply, sent)
            if self._report is not None:
                await self._report(reply.account_id, None)

    async def _sent(self, reply: Reply, sent: Sent) -> None:
        await self._db.write(lambda db: replies.mark_sent(db, reply.id, sent, self._now(), self._after_sent))
        self._missing.pop(reply.id, None)
        self.tell([reply])

    async def _upload(self, reply: Reply, connector: Connector) -> Reply | None:
        """Hand over the pictures that the platform does not have yet; None if that failed, and the reply says why."""
        for at, picture in enumerate(reply.pictures):
            if picture.remote:
                continue
            try:
                data = await asyncio.to_thread(self._picture_bytes, picture.id)
            except (OSError, GoneError):
                gone = "A picture of this reply is no longer on this computer. Take the reply back and add it again."
                await self._set(reply, ReplyState.REFUSED, gone)
                return None
            try:
                direct = reply.visibility is Visibility.DIRECT
                remote = await connector.upload(picture, data, direct=direct)
            except (RefusedError, ForbiddenError, GoneError) as error:
                await self._set(reply, ReplyState.REFUSED, _of_picture(str(error)))
                return None
            except ServiceError as error:
                await self._wait(reply, error)
                return None
            pictures = list(reply.pictures)
            pictures[at] = replace(picture, remote=remote)
            reply = replace(reply, pictures=tuple(pictures))
            kept = reply
            # at once: a try that fails later does not upload it again
            if not await self._db.write(lambda db, kept=kept: replies.set_pictures(db, kept.id, kept.pictures)):  # type: ignore[misc]
                return None  # taken back meanwhile
        return reply

    async def _pause(self, account_id: str, error: ForbiddenError) -> None:
        """A policy said no: the account's other replies wait, since trying on is how accounts get disabled."""
        now = self._now()
        why = f"Sending from this account is paused for {POLICY_PAUSE // timedelta(minutes=1)} minutes: {error}"
        await self._db.write(lambda db: sending.pause(db, account_id, now, now + POLICY_PAUSE, why))
        if self._report is not None:
            await self._report(account_id, error)

    async def _stale(self, reply: Reply, connector: Connector) -> Obstacle | None:
        """Read the thread again; what changed if it is no longer the one that was answered."""
        number = int(reply.conversation_id)
        mention = details.mention_by_remote(self._db.reader(), reply.account_id, reply.to_remote_id)
        if mention is None or not reply.seen_remote_id:
            return None
        try:
            thread = await connector.thread(mention)
        except GoneError:
            return Obstacle(Block.STALE, outbox_checks.GONE)
        gone = thread.gone
        changes = await self._db.write(
            lambda db: threads.save_thread(db, number, thread.mentions, thread.own, gone, self._judge, self._now())
        )
        if changes:
            self._bus.publish(changes)
        if mention.remote_id in gone:
            return Obstacle(Block.STALE, outbox_checks.GONE)
        moved = replies.get(self._db.reader(), reply.id)  # into another conversation, if two turned out to be one
        return outbox_checks.stale(self._db.reader(), moved or reply, mention)

    async def _settle(self, reply: Reply) -> None:
        """Look on the platform for a reply that may have left."""
        try:
            connector = await self._pool.get(reply.account_id)
        except ServiceError:
            return  # the account's own line says why; the reply stays not confirmed
        if connector.capabilities.idempotency == Idempotency.ASK:
            return
        try:
            found = await self.find(reply)
        except ServiceError as error:
            log.info("could not look for reply %s: %s", reply.id, type(error).__name__)
            return
        if found is not None:
            return
        first = self._missing.setdefault(reply.id, time.monotonic())
        sure = connector.capabilities.idempotency == Idempotency.RECORD
        if sure or time.monotonic() - first >= self._look_again:
            self._missing.pop(reply.id, None)
            await self._db.write(lambda db: activity.record(
                db, self._now(), "not_there", account_id=reply.account_id, conversation=int(reply.conversation_id)
            ))  # fmt: skip
            await self._set(reply, ReplyState.HELD, AGAIN, not_before=self._now())
            self.wake()

    async def find(self, reply: Reply) -> bool | None:
        """Look for it: True if it is there and marked as sent, None if not, False if only a person can tell."""
        connector = await self._pool.get(reply.account_id)
        sent = await connector.find(reply)
        if sent is None:
            return None
        if replies.taken(self._db.reader(), reply, sent.remote_id):
            if reply.why != TWINS:
                await self._set(reply, reply.state, TWINS)
            return False
        await self._sent(reply, sent)
        return True

    async def by_word(self, reply: Reply) -> None:
        """A person has seen it on a platform that cannot be asked: there, and without an id."""
        await self._sent(reply, Sent("", self._now()))


def _of_picture(why: str) -> str:
    """Why a picture was refused; a sentence that speaks of the picture says so itself."""
    return why if "picture" in why.casefold() else f"The picture was not taken: {why}"


def _block(db: sqlite3.Connection, reply: Reply, obstacle: Obstacle) -> None:
    replies.set_state(
        db, reply.id, ReplyState.BLOCKED, why=obstacle.why, not_before=obstacle.until, block=obstacle.block,
        only=(ReplyState.HELD,),
    )  # fmt: skip
