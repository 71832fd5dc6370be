"""The outbox under everything that a platform, a person and a power cut can do, in any order."""

from __future__ import annotations

import asyncio
import contextlib
import os
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from app.clock import EPOCH
from app.connectors.base import Idempotency
from app.domain import Reply, ReplyState
from app.errors import InputError, NetworkError, RateLimitError, ServerError, ServiceError, SignInError, UncertainError
from app.store import replies, sending
from tests.app.ledger_people import ACCOUNTS, FORMS, People
from tests.app.ledger_world import AFTER, BEFORE, FINAL, Hook, killed_at, raising
from tests.app.platform import Shop
from tests.values import replace

THEN = st.sampled_from(["", "", "cancel", "send now", "release", "it is there", "it is not"])


class Ledger(People):
    """The rules are what may happen; what may never be is in `Laws`."""

    def teardown(self) -> None:
        try:
            self._heal()
        finally:
            self.shop.db.close()
            self.runner.close()
            self.folder.cleanup()

    # The world

    @rule(seconds=st.sampled_from([1, 15, 60, 600, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.shop.clock.forward(seconds=seconds)

    @rule(
        trouble=st.sampled_from([None, None, None, NetworkError("No network."), SignInError("Sign in.")]),
        blind=st.sampled_from([None, None, NetworkError("No network."), ServerError("No.")]),
        echo=st.booleans(),
    )
    def weather(self, trouble: ServiceError | None, blind: ServiceError | None, echo: bool) -> None:
        """Goes bad for all calls or for looking alone, or clears up; and may show all of ours twice."""
        world = self.shop.world
        world.trouble, world.find_trouble, world.echo = trouble, blind, echo
        if trouble is None:
            self.shop.outbox.network_back()

    @rule()
    def crash(self) -> None:
        self.shop.reopen()
        self.run(self.shop.outbox.recover())

    # Sending

    @rule()
    def push(self) -> None:
        self.run(self.shop.outbox.push())

    @rule(error=st.sampled_from(sorted(BEFORE)), form=st.sampled_from(FORMS), then=THEN)
    def push_fails_before(self, error: str, form: str, then: str) -> None:
        self._push_with(form, then, before=raising(BEFORE[error]))

    @rule(error=st.sampled_from(sorted(AFTER)), form=st.sampled_from(FORMS), then=THEN)
    def push_fails_after(self, error: str, form: str, then: str) -> None:
        self._push_with(form, then, after=raising(AFTER[error]))

    @rule(error=st.sampled_from(sorted(BEFORE)))
    def push_fails_at_a_picture(self, error: str) -> None:
        if isinstance(BEFORE[error], ServiceError):
            self.answer(-1, "picture", False, None)
            self._push_with(upload=raising(BEFORE[error]))

    @rule(minutes=st.integers(0, 20))
    def push_limited(self, minutes: int) -> None:
        until = self.shop.clock() + timedelta(minutes=minutes)
        self._push_with(before=raising(RateLimitError("Too many.", until=until)))

    @rule(
        write=st.integers(1, 12),
        committed=st.booleans(),
        form=st.sampled_from(FORMS),
        what=st.sampled_from(["push", "push", "push", "answer", "cancel", "release", "read", "recover"]),
        at=st.integers(0, 30),
        error=st.sampled_from([None, None, "before", "after"]),
    )
    def kill_at_a_write(self, write: int, committed: bool, form: str, what: str, at: int, error: str | None) -> None:
        """The process ends behind or before any write, whatever it was about."""
        self._ready(form)
        lost = raising(UncertainError("The line broke."))
        with self._hooks(**({error: lost} if error else {})):
            if what == "recover":
                self.shop.reopen()
            with killed_at(self.shop.db, write if what in ("push", "read") else 1 + write % 2, committed) as dead:
                if what == "push":
                    self.run(self.shop.outbox.push())
                elif what == "answer":
                    self.run(self.answered(at, form, False, None))
                elif what == "read":
                    self.read()
                elif what == "recover":
                    self.run(self.shop.outbox.recover())
                elif self.replies:
                    self._person(at, what)
        self.kills += dead()
        self.learn()
        self.crash()

    @rule(at=st.sampled_from(["before", "after", "reading", "upload"]), form=st.sampled_from(FORMS))
    def crash_while_sending(self, at: str, form: str) -> None:
        """The process ends between the claim and the answer, or while the thread is read."""
        reached = asyncio.Event()

        async def stall(reply: Reply | None) -> None:
            reached.set()
            await asyncio.Event().wait()

        async def die() -> None:
            pushing = asyncio.ensure_future(self.shop.outbox.push())
            arrived = asyncio.ensure_future(reached.wait())
            await asyncio.wait([pushing, arrived], return_when=asyncio.FIRST_COMPLETED)
            for task in (pushing, arrived):
                task.cancel()
            await asyncio.gather(pushing, arrived, return_exceptions=True)

        self._ready("picture" if at == "upload" else form)
        with self._hooks(**{at: stall}):
            self.run(die())
        self.kills += at == "upload"
        self.crash()

    @rule(
        at=st.integers(0, 30),
        when=st.sampled_from(["before", "after", "reading", "upload"]),
        what=st.sampled_from(["cancel", "send now"]),
        lost=st.booleans(),
        form=st.sampled_from(FORMS),
    )
    def person_while_sending(self, at: int, when: str, what: str, lost: bool, form: str) -> None:
        self._ready("picture" if when == "upload" else form)
        due = [reply.id for reply in replies.due(self.shop.db.reader(), self.shop.clock())]
        other = self.pick(due if when in ("reading", "upload") and due else list(self.replies), at)

        async def act(reply: object) -> None:
            id_ = reply.id if isinstance(reply, Reply) and at >= 10 else other  # mostly the one that is being sent
            self.retry(id_)
            if what == "cancel":
                await self.cancel(id_)
            else:
                with contextlib.suppress(InputError):
                    await self.shop.outbox.send_now(id_)
            if lost and when in ("before", "after"):
                raise UncertainError("The line broke.")

        with self._hooks(**{when: act}):
            self.run(self.shop.outbox.push())

    def _ready(self, form: str = "plain") -> None:
        """See to it that something can leave, so that what goes wrong has something to hit."""
        self.shop.world.trouble = None
        db, clock = self.shop.db.reader(), self.shop.clock
        soon = replies.next_due(db, EPOCH)
        if soon is not None and soon - clock() < timedelta(minutes=10):
            clock.at = max(soon, clock())
        if all(sending.pause_of(db, f"a{n}", clock()) for n in range(1, ACCOUNTS + 1)):
            clock.forward(minutes=21)
        free = [n for n in range(ACCOUNTS) if not sending.pause_of(db, f"a{n + 1}", clock())]
        waiting = replies.due(db, clock())
        if not any(not replies.before(db, r) and int(r.account_id[1:]) - 1 in free for r in waiting):
            self.customer(free[0], "anew", False)
            self.read()
            self.answer(-1, form, False, None)

    def _push_with(self, form: str = "plain", then: str = "", **hooks: Hook) -> None:
        """`then`: what a person does about all that went wrong, before anything else happens."""
        self._ready(form)
        with self._hooks(**hooks):
            self.run(self.shop.outbox.push())
        wrong = [r.id for r in self.ledger().values() if r.state in (ReplyState.UNCONFIRMED, ReplyState.REFUSED)]
        for id_ in wrong if then else []:
            self.decide(id_, then)

    @contextlib.contextmanager
    def _hooks(
        self,
        before: Hook | None = None,
        after: Hook | None = None,
        reading: Hook | None = None,
        upload: Hook | None = None,
    ) -> Any:
        world = self.shop.world
        world.before_send, world.after_send, world.while_reading = before, after, reading
        world.before_upload = upload  # type: ignore[assignment]
        try:
            yield
        finally:
            world.before_send = world.after_send = world.while_reading = world.before_upload = None

    def _heal(self) -> None:
        """The world is well again, and a person looks at what needs one: everything leaves."""
        self.shop.world.trouble = self.shop.world.find_trouble = None
        if not self.conversations():
            return
        for _ in range(3 * len(self.replies) + 3):
            self.shop.clock.forward(hours=2)
            self.run(self.shop.outbox.push())
            open_ = [reply for reply in self.ledger().values() if reply.state not in FINAL]
            for reply in open_:
                if reply.state == ReplyState.BLOCKED:
                    self.run(self.shop.outbox.release(reply.id))
                if reply.state == ReplyState.UNCONFIRMED and self.shop.world.idempotency == Idempotency.ASK:
                    self.run(self.shop.outbox.confirm(reply.id, there=bool(self.posted(reply.id))))
            if not open_:
                break
        self.the_ledger_holds()
        refused = {r.step or r.id for r in self.ledger().values() if r.state == ReplyState.REFUSED}
        left = [reply for reply in self.ledger().values() if reply.state not in FINAL]
        assert all((reply.step or reply.id) in refused for reply in left), "a reply got stuck"
        assert all(reply.why for reply in left), "none stays without a reason"


def run_machine(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.slow
def test_the_ledger_holds() -> None:
    run_machine(60, 30)


@pytest.mark.soak
def test_the_ledger_holds_for_long() -> None:
    """A hundred thousand steps, unless CARELANE_SOAK_STEPS says how many."""
    steps = 60
    run_machine(int(os.environ.get("CARELANE_SOAK_STEPS", "100000")) // steps + 1, steps)


@pytest.mark.parametrize("what", ["send_now", "release"])
async def test_a_person_who_comes_too_late_does_not_take_a_reply_back_from_the_sender(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The state that was read is old by the time it is written: it must hold in the write itself."""
    shop.world.write("m1")
    await shop.pull()
    reply = await shop.outbox.answer("1", "Coming.", hold=False)
    seen = replace(reply, state=ReplyState.BLOCKED) if what == "release" else reply
    assert await shop.db.write(lambda db: replies.claim(db, reply.id, ""))
    monkeypatch.setattr(replies, "get", lambda db, id_: seen)
    with pytest.raises(InputError, match="moved on"):
        await getattr(shop.outbox, what)(reply.id)
    assert shop.states() == ["claimed"], "a crash now would send it a second time"
    assert replies.passed(shop.db.reader(), reply.id) == frozenset(), "nobody has looked at a difference"
