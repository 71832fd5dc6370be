"""The ledger's rows: how they are found, and what of a step comes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Deeds, Picture, Reply, ReplyState, Visibility, Writing
from app.store import replies, sending, steps
from app.store.migrations import migrate
from app.wording import split
from tests.app.platform import START
from tests.app.store.test_speed_shape import plans, scans
from tests.values import replace

PICTURE = Picture("ab" * 32, "image/png", 100, 80, 2000, alt="An oven")


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    yield db
    db.close()


def row(id_: str, **more: object) -> Reply:
    return replace(
        Reply(id_, "1", "a1", "m1", "Hello", Visibility.PUBLIC, ReplyState.HELD, START, START, to_extra="x"), **more
    )


def test_a_reply_is_read_as_it_was_written(db: sqlite3.Connection) -> None:
    whole = Writing("Hello there", cursor=4, pictures=(PICTURE,), promise="refund", promise_at=START, stops=((1, 2),))
    first = row("r1", step="s", part=1, parts=2, pictures=(PICTURE,), spoiler="food", why="", seen_remote_id="m1")
    last = row("r2", step="s", part=2, parts=2, follows="r1", template="t", deeds=Deeds(("a",), "tomorrow", "solved"))
    replies.add(db, [first, last], whole)
    assert replies.siblings(db, last) == [first, last]
    assert replies.writing(db, "r1") == replies.writing(db, "r2") == whole
    assert replies.writing(db, "nobody") == Writing()


def test_a_reply_of_before_gives_back_its_text(db: sqlite3.Connection) -> None:
    replies.add(db, [row("r1")], Writing("Hello"))
    db.execute("UPDATE reply SET writing = '{}'")
    assert replies.writing(db, "r1") == Writing("Hello")


QUESTIONS: list[Callable[[sqlite3.Connection], object]] = [
    lambda db: replies.siblings(db, row("r1", step="s")),
    lambda db: replies.writing(db, "r1"),
    lambda db: replies.before(db, row("r1", step="s")),
    lambda db: replies.frozen(db, START),
    lambda db: replies.next_due(db, START),
    lambda db: replies.due(db, START),
    lambda db: replies.in_state(db, ReplyState.UNCONFIRMED),
    lambda db: replies.taken(db, row("r1"), "own-1"),
    lambda db: sending.held_by_account(db),
    lambda db: sending.window_of(db, 1),
    lambda db: sending.newer(db, 1, START),
    lambda db: sending.posting_times(db, 1),
    lambda db: sending.pause_of(db, "a1", START),
    lambda db: sending.next_end(db, START),
    lambda db: sending.wording_at(db, "a1", "m1", START),
]


@pytest.mark.parametrize("ask", QUESTIONS, ids=range(len(QUESTIONS)))
def test_a_round_of_the_outbox_reads_no_table_whole(
    db: sqlite3.Connection, ask: Callable[[sqlite3.Connection], object]
) -> None:
    replies.add(db, [row("r1", step="s")], Writing("Hello"))
    assert scans(plans(db, lambda: ask(db))) == []


def test_the_budget_is_counted_along_the_days_replies(db: sqlite3.Connection) -> None:
    lines = plans(db, lambda: sending.used_since(db, "c1", START))
    assert [line for line in scans(lines) if line != "SCAN account"] == [], "a client has a handful of accounts"


def test_the_longer_pause_holds_and_one_by_a_wrong_clock_does_not(db: sqlite3.Connection) -> None:
    hour = timedelta(hours=1)
    sending.pause(db, "a1", START, START + 2 * hour, "long")
    sending.pause(db, "a1", START, START + hour, "short")
    found = sending.pause_of(db, "a1", START + hour)
    assert found is not None
    assert found.why == "long"
    assert sending.next_end(db, START) == START + 2 * hour
    assert sending.pause_of(db, "a1", START + 2 * hour) is None
    ahead = datetime(2090, 1, 1, tzinfo=START.tzinfo)
    sending.pause(db, "a1", ahead, ahead + hour, "ahead")
    assert sending.pause_of(db, "a1", START) is None
    assert sending.next_end(db, START) is None


WORDS = st.one_of(
    st.lists(st.sampled_from(["bread", "is", "späť", "ready.", "Come", "at 9!", "🥖", "1/3", "(2/2)", "\n\n"]),
             min_size=20, max_size=80),
    st.lists(st.just("bread, bread."), min_size=5, max_size=30),
).map(" ".join)  # fmt: skip


@given(WORDS, st.data())
def test_what_comes_back_is_the_end_of_what_was_written(text: str, data: st.DataObject) -> None:
    parts = split.parts(text, limit=60)
    left = data.draw(st.integers(0, len(parts) - 1))
    step = [row(f"r{n}", text=part, step="s", part=n, parts=len(parts)) for n, part in enumerate(parts, 1)]
    step = [replace(one, follows=f"r{at}" if at else "") for at, one in enumerate(step)]
    step = [replace(one, state=ReplyState.SENT) if at < left else one for at, one in enumerate(step)]
    whole = Writing(text, cursor=5)
    back = {one.id for one in step[left:]}
    rest = steps.rest(whole, step, back)
    if left == 0:
        assert rest == whole
        return
    said = [part.removesuffix(f" ({n}/{len(parts)})") for n, part in enumerate(parts[:left], 1)]
    assert "".join("".join(said).split()) + "".join(rest.text.split()) == "".join(text.split())
