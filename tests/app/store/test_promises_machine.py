"""Promises against everything else that happens to a conversation: a machine that looks for one that is lost."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.deadline import follow_up
from app.domain import Account, Client, Lane, Place, Promise
from app.errors import InputError
from app.runtime import judge
from app.store import accounts, clients, conversations, followups, priorities, ranking
from app.store.db import Database
from app.store.mentions import save_messages
from app.timers import OpeningHours
from tests.app.platform import START, mention

SHOP = '{"zone": "Europe/Berlin", "week": {"mon": ["09:00-18:00"], "tue": ["09:00-18:00"], "fri": ["18:00-02:00"]}}'
HOURS = OpeningHours.from_json(SHOP)
TEXTS = ("When do you open?", "Terrible, I am furious.", "Thank you, wonderful!", "ok")


class Promises(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.db = Database(Path(self.folder.name) / "carelane.db")
        self.now: datetime = START
        self.written = 0
        self.do(self._fill)
        self.write("When do you open?")

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    def do(self, change: object) -> None:
        with suppress(InputError):
            self.db.submit(change).result()  # type: ignore[arg-type]

    def _fill(self, db: object) -> None:
        accounts.add_client(db, Client("c1", "Maple", "#d9a441", "Europe/Berlin", SHOP, START))  # type: ignore[arg-type]
        account = Account("a1", "c1", "fake", "https://example.social", "me", "@maple", "Maple")
        accounts.add_account(db, account, START - timedelta(days=9))  # type: ignore[arg-type]

    @property
    def open(self) -> list[Promise]:
        return followups.promises(self.db.reader(), None, open_only=True)

    @rule(text=st.sampled_from(TEXTS))
    def write(self, text: str) -> None:
        self.written += 1
        said = mention(f"m{self.written}", text, self.now, thread="t1")
        self.do(lambda db: save_messages(db, "a1", [said], (), judge, self.now))

    @rule(kind=st.sampled_from(["call", "refund", "answer"]), hours=st.integers(1, 400))
    def promise(self, kind: str, hours: int) -> None:
        self.do(lambda db: followups.add(db, 1, kind, self.now + timedelta(hours=hours), "", self.now))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), state=st.sampled_from(["kept", "broken", "dropped"]))
    def end(self, data: st.DataObject, state: str) -> None:
        one = data.draw(st.sampled_from(self.open))
        self.do(lambda db: followups.end(db, one, state, self.now))

    @rule(data=st.data())
    def open_again(self, data: st.DataObject) -> None:
        ended = [one for one in followups.promises(self.db.reader(), "c1", open_only=False) if one.state != "open"]
        if ended:
            one = data.draw(st.sampled_from(ended))
            self.do(lambda db: followups.end(db, one, "open", self.now))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), hours=st.integers(1, 200))
    def move(self, data: st.DataObject, hours: int) -> None:
        one = data.draw(st.sampled_from(self.open))
        self.do(lambda db: followups.move(db, one, self.now + timedelta(hours=hours), self.now))

    @rule()
    def answer(self) -> None:
        def left(db: object) -> None:
            db.execute("UPDATE conversation SET last_ours_at = ?", (int(self.now.timestamp() * 1000),))  # type: ignore[attr-defined]
            conversations.restand(db, [1], self.now)  # type: ignore[arg-type]

        self.do(left)

    @rule()
    def close(self) -> None:
        self.do(lambda db: conversations.close(db, [1], "done", self.now))

    @rule()
    def reopen(self) -> None:
        self.do(lambda db: conversations.reopen(db, [1], self.now))

    @rule(hours=st.integers(1, 500))
    def put_away(self, hours: int) -> None:
        self.do(lambda db: conversations.snooze(db, [1], self.now + timedelta(hours=hours), self.now))

    @rule(where=st.sampled_from(list(Place)))
    def place(self, where: Place) -> None:
        self.do(lambda db: conversations.place(db, [1], where, self.now))

    @rule(minutes=st.integers(-60, 60))
    def weigh(self, minutes: int) -> None:
        def change(db: object) -> None:
            known = dict(priorities.minutes(db, "c1")) | {"anger": minutes, "second_message": minutes}  # type: ignore[arg-type]
            ranking.reweigh(db, [1], known, self.now)  # type: ignore[arg-type]

        self.do(change)

    @rule(days=st.sampled_from([1, 4]))
    def keep_longer_promises_to_answer(self, days: int) -> None:
        from app.timers import Target

        self.do(lambda db: clients.set_targets(db, "c1", {"question": Target(days * 1440)}))

    @rule(hours=st.integers(0, 60))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours, minutes=7)
        self.do(lambda db: conversations.advance(db, self.now))

    @invariant()
    def nothing_that_we_promised_is_lost(self) -> None:
        db = self.db.reader()
        open_ = self.open
        state, lane, due, tags, promise_at = db.execute(
            "SELECT state, lane, due_at, tags, promise_at FROM conversation"
        ).fetchone()
        first = min((int(one.due_at.timestamp() * 1000) for one in open_), default=None)
        assert promise_at == first
        in_sight = any(follow_up(one.made_at, one.due_at, HOURS) <= self.now for one in open_)
        assert ('"promise"' in tags) == in_sight
        if in_sight:
            assert (state, lane) == ("open", Lane.CARE)
            assert due is not None
            assert due <= first
        totals = db.execute("SELECT lane, total FROM lane_count WHERE total > 0").fetchall()
        assert totals == [(lane, 1)], "the counts follow"


TestPromises = Promises.TestCase
TestPromises.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
