"""The outbox under everything that a platform, a person and a power cut can do, in any order."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.connectors.base import Idempotency
from app.domain import OwnPost, Reply, ReplyState
from app.errors import (
    InputError,
    NetworkError,
    RateLimitError,
    ServerError,
    ServiceError,
    SignInError,
    UncertainError,
)
from app.store import replies
from tests.app.ledger_world import AFTER, BEFORE, EXPLAINED, FINAL, Connector, Hook, raising
from tests.app.platform import Shop
from tests.values import replace

T = TypeVar("T")


class Ledger(RuleBasedStateMachine):
    """The rules are what may happen; the invariants are what may never be."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.shop = Shop(Path(self.folder.name))
        self.roots: dict[str, str] = {}
        self.written = 0
        self.replies: list[str] = []
        self.cancelled: set[str] = set()
        self.retried: set[str] = set()
        self._connect()

    def _connect(self) -> None:
        self.connector = Connector(self.shop.world)
        self.connector.root = lambda remote_id: self.roots.get(remote_id, remote_id)
        self.shop.outbox._pool.connector = self.connector  # type: ignore[attr-defined]
        self.shop.puller._pool.connector = self.connector  # type: ignore[attr-defined]

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    def teardown(self) -> None:
        try:
            self._heal()
        finally:
            self.shop.db.close()
            self.runner.close()
            self.folder.cleanup()

    # Helpers

    def reply(self, id_: str) -> Reply:
        found = replies.get(self.shop.db.reader(), id_)
        assert found is not None, "a reply never leaves the ledger"
        return found

    def conversations(self) -> list[str]:
        return [str(n) for (n,) in self.shop.db.reader().execute("SELECT n FROM conversation ORDER BY n")]

    def posted(self, id_: str) -> list[OwnPost]:
        return [post for post in self.shop.world.own if post.extra == id_]

    def pick(self, many: list[T], at: int) -> T:
        return many[at % len(many)]

    async def cancel(self, id_: str) -> None:
        with contextlib.suppress(InputError):
            text = await self.shop.outbox.cancel(id_)
            assert text.startswith("reply"), "the text comes back"
            self.cancelled.add(id_)

    # The customer

    @initialize(idempotency=st.sampled_from(Idempotency))
    def begin(self, idempotency: Idempotency) -> None:
        self.shop.world.idempotency = idempotency
        self.customer(0, "anew")
        self.read()

    @rule(at=st.integers(0, 9), what=st.sampled_from(["anew", "again", "edits", "deletes", "is answered elsewhere"]))
    def customer(self, at: int, what: str) -> None:
        self.shop.clock.forward(seconds=1)
        world, known = self.shop.world, [m.remote_id for m in self.shop.world.mentions]
        self.written += 1
        name = f"m{self.written}"
        if not known or what == "anew":
            self.roots[name] = name
            world.write(name)
            return
        parent = self.pick(known, at)
        if what == "edits":
            world.edit(parent, f"edited {self.written}")
        elif what == "deletes":
            world.delete(parent)
        elif what == "is answered elsewhere":
            world.own.append(OwnPost("a1", f"phone-{name}", "from my phone", self.shop.clock(), parent))
        else:
            self.roots[name] = self.roots[parent]
            world.write(name, f"again {name}", reply_to=parent, thread=self.roots[parent])

    @rule()
    def read(self) -> None:
        with contextlib.suppress(ServiceError):
            self.run(self.shop.pull())

    # The person

    @rule(at=st.integers(0, 9), hold=st.booleans(), later=st.sampled_from([*[None] * 6, 5, 90]))
    def answer(self, at: int, hold: bool, later: int | None) -> None:
        not_before = None if later is None else self.shop.clock() + timedelta(minutes=later)
        with contextlib.suppress(InputError):  # everything there was deleted
            text = f"reply {len(self.replies)}"
            made = self.shop.outbox.answer(self.pick(self.conversations(), at), text, hold=hold, not_before=not_before)
            self.replies.append(self.run(made).id)

    @precondition(lambda self: self.replies)
    @rule(at=st.integers(0, 30), what=st.sampled_from(["cancel", "send now", "release", "it is there", "it is not"]))
    def person(self, at: int, what: str) -> None:
        id_ = self.pick([id_ for id_ in self.replies if self.reply(id_).state not in FINAL] or self.replies, at)
        outbox = self.shop.outbox
        if self.reply(id_).state == ReplyState.REFUSED:
            self.retried.add(id_)
        with contextlib.suppress(InputError, ServiceError):
            if what == "cancel":
                self.run(self.cancel(id_))
            elif what == "send now":
                self.run(outbox.send_now(id_))
            elif what == "release":
                self.run(outbox.release(id_))
            elif what == "it is there":
                self.run(outbox.confirm(id_, there=True))
            elif not self.posted(id_):  # whoever says so has looked
                self.run(outbox.confirm(id_, there=False))

    # The world

    @rule(seconds=st.sampled_from([1, 15, 60, 600]))
    def time_passes(self, seconds: int) -> None:
        self.shop.clock.forward(seconds=seconds)

    @rule(
        trouble=st.sampled_from([None, None, None, NetworkError("No network."), SignInError("Sign in.")]),
        blind=st.sampled_from([None, None, NetworkError("No network."), ServerError("No.")]),
    )
    def weather(self, trouble: ServiceError | None, blind: ServiceError | None) -> None:
        """Goes bad for all calls or for looking alone, or clears up."""
        self.shop.world.trouble, self.shop.world.find_trouble = trouble, blind
        if trouble is None:
            self.shop.outbox.network_back()

    @rule()
    def crash(self) -> None:
        self.shop.reopen()
        self._connect()
        self.run(self.shop.outbox.recover())

    # Sending

    @rule()
    def push(self) -> None:
        self.run(self.shop.outbox.push())

    @rule(error=st.sampled_from(sorted(BEFORE)))
    def push_fails_before(self, error: str) -> None:
        self._push_with(before=raising(BEFORE[error]))

    @rule(error=st.sampled_from(sorted(AFTER)))
    def push_fails_after(self, error: str) -> None:
        self._push_with(after=raising(AFTER[error]))

    @rule(minutes=st.integers(0, 20))
    def push_limited(self, minutes: int) -> None:
        until = self.shop.clock() + timedelta(minutes=minutes)
        self._push_with(before=raising(RateLimitError("Too many.", until=until)))

    @rule(at=st.sampled_from(["before", "after", "reading"]))
    def crash_while_sending(self, at: str) -> None:
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

        with self._hooks(**{at: stall}):
            self._ready()
            self.run(die())
        self.crash()

    @rule(
        at=st.integers(0, 30),
        when=st.sampled_from(["before", "after", "reading"]),
        what=st.sampled_from(["cancel", "send now"]),
        lost=st.booleans(),
    )
    def person_while_sending(self, at: int, when: str, what: str, lost: bool) -> None:
        self._ready()
        due = replies.due(self.shop.db.reader(), self.shop.clock())
        other = self.pick(self.replies if when != "reading" else [reply.id for reply in due], at)

        async def act(reply: Reply | None) -> None:
            id_ = other if reply is None or at < 10 else reply.id  # mostly the one that is being sent
            if self.reply(id_).state == ReplyState.REFUSED:
                self.retried.add(id_)
            if what == "cancel":
                await self.cancel(id_)
            else:
                with contextlib.suppress(InputError):
                    await self.shop.outbox.send_now(id_)
            if lost and when != "reading":
                raise UncertainError("The line broke.")

        with self._hooks(**{when: act}):
            self.run(self.shop.outbox.push())

    def _ready(self) -> None:
        """See to it that something can leave, so that what goes wrong has something to hit."""
        self.shop.world.trouble = None
        db, soon = self.shop.db.reader(), replies.next_due(self.shop.db.reader())
        if soon is not None and soon - self.shop.clock() < timedelta(minutes=10):
            self.shop.clock.at = max(soon, self.shop.clock())
        if not any(not replies.earlier_waits(db, reply) for reply in replies.due(db, self.shop.clock())):
            self.customer(0, "anew")
            self.read()
            self.answer(-1, False, None)

    def _push_with(self, **hooks: Hook) -> None:
        self._ready()
        with self._hooks(**hooks):
            self.run(self.shop.outbox.push())

    @contextlib.contextmanager
    def _hooks(self, before: Hook | None = None, after: Hook | None = None, reading: Hook | None = None) -> Any:
        world, connector = self.shop.world, self.connector
        world.before_send, world.after_send, connector.while_reading = before, after, reading
        try:
            yield
        finally:
            world.before_send = world.after_send = connector.while_reading = None

    # What may never be

    @invariant()
    def each_reply_is_posted_at_most_once(self) -> None:
        for id_ in self.replies:
            assert len(self.posted(id_)) <= 1, f"{id_} is there twice"

    @invariant()
    def sent_means_there_and_cancelled_means_never(self) -> None:
        there = {post.remote_id: post for post in self.shop.world.own}
        for id_ in self.replies:
            reply = self.reply(id_)
            if reply.state == ReplyState.SENT:
                assert there[reply.remote_id].extra == id_
                assert reply.sent_at is not None
            assert (reply.state == ReplyState.CANCELLED) == (id_ in self.cancelled), f"{reply.state}, and taken back?"
            if id_ in self.cancelled:
                assert not self.posted(id_), "it was taken back, and left all the same"

    @invariant()
    def what_has_not_left_is_shown_with_a_reason(self) -> None:
        shown = {row.reply.id: row.reply for row in self.shop.outbox.rows()}
        waiting = [reply for id_ in self.replies if (reply := self.reply(id_)).state not in FINAL]
        assert self.shop.outbox.count() == len(waiting)
        for reply in waiting:
            assert shown[reply.id].state == reply.state
            assert reply.state != ReplyState.CLAIMED, "nothing is being sent between the steps"
            assert reply.why or reply.state not in EXPLAINED, f"{reply.state} without a reason"

    @invariant()
    def the_feed_shows_what_the_ledger_holds(self) -> None:
        newest = {r.conversation_id: r.state for id_ in self.replies if (r := self.reply(id_)).state not in FINAL}
        for number, sending in self.shop.db.reader().execute("SELECT n, sending FROM conversation"):
            assert sending == newest.get(str(number)), f"conversation {number}"

    @invariant()
    def no_post_of_ours_is_kept_twice(self) -> None:
        query = "SELECT remote_id FROM reply WHERE remote_id <> '' GROUP BY remote_id HAVING count(*) > 1"
        assert self.shop.db.reader().execute(query).fetchall() == []

    @invariant()
    def order_is_kept_within_a_conversation(self) -> None:
        last: dict[str, int] = {}
        for post in self.shop.world.own:
            if post.extra in self.replies and post.extra not in self.retried:
                conversation, place = self.reply(post.extra).conversation_id, self.replies.index(post.extra)
                assert last.get(conversation, -1) < place, "a later reply left first"
                last[conversation] = place

    def _heal(self) -> None:
        """The world is well again, and a person looks at what needs one: everything leaves."""
        self.shop.world.trouble = self.shop.world.find_trouble = None
        if not self.conversations():
            return
        for _ in range(3 * len(self.replies) + 3):
            self.shop.clock.forward(hours=2)
            self.run(self.shop.outbox.push())
            for id_ in self.replies:
                reply = self.reply(id_)
                if reply.state == ReplyState.BLOCKED:
                    self.run(self.shop.outbox.release(id_))
                if reply.state == ReplyState.UNCONFIRMED and self.shop.world.idempotency == Idempotency.ASK:
                    self.run(self.shop.outbox.confirm(id_, there=bool(self.posted(id_))))
        left = [reply for id_ in self.replies if (reply := self.reply(id_)).state not in FINAL]
        assert all(reply.state == ReplyState.REFUSED for reply in left), "a reply got stuck"
        self.each_reply_is_posted_at_most_once()
        self.sent_means_there_and_cancelled_means_never()
        self.order_is_kept_within_a_conversation()


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
    run_machine(3000, 60)


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
    unchecked = shop.db.reader().execute("SELECT seen_remote_id FROM reply").fetchone()
    assert unchecked == ("m1",), "nobody has looked at a difference"
