"""Reminders: once as a promise gets close, once when it is late, grouped, never at night, never twice."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inbox import Inbox
from app.reminders import AWAKE, AWAY, LATE, WARN, Note, Open, Wishes, choose
from tests.app.platform import JANA, START, Shop
from tests.values import replace

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def promise(number: int, due: float, *told: str, warns: float = 30) -> Open:
    at = NOW + due * MINUTE
    return Open(number, f"Person {number}", at - warns * MINUTE, at, frozenset(told))


def test_one_note_as_it_gets_close_and_one_when_it_is_late() -> None:
    notes, given_ = choose([promise(1, 20)], NOW, NOW - MINUTE)
    assert notes == [Note(WARN, "1", ("Person 1",), 1, NOW + 20 * MINUTE)]
    assert [(one.conversation, one.kind) for one in given_] == [(1, WARN)]
    assert choose([promise(1, 20, WARN)], NOW, NOW - MINUTE) == ([], [])
    (note,), _ = choose([promise(1, 0, WARN)], NOW, NOW - MINUTE)
    assert note.kind == LATE
    assert choose([promise(1, -9, WARN, LATE)], NOW, NOW - MINUTE) == ([], [])
    assert choose([promise(1, 31)], NOW, NOW - MINUTE) == ([], [])


def test_what_falls_together_is_said_together() -> None:
    several = [promise(number, 30 - number) for number in range(1, 6)]
    (note,), given_ = choose(several, NOW, NOW - MINUTE)
    assert (note.count, note.conversation, note.names) == (5, "5", ("Person 5", "Person 4", "Person 3"))
    assert len(given_) == 5
    notes, _ = choose([*several, promise(9, -0.5)], NOW, NOW - MINUTE)
    assert [note.kind for note in notes] == [LATE, WARN], "what is late is said first"


@pytest.mark.parametrize("looked_at", [None, NOW - AWAKE - MINUTE, NOW - timedelta(days=3)])
def test_what_became_late_while_the_lid_was_shut_is_one_summary(looked_at: datetime | None) -> None:
    notes, given_ = choose([promise(n, -60 * n) for n in range(1, 8)], NOW, looked_at)
    assert [(note.kind, note.count, note.conversation) for note in notes] == [(AWAY, 7, "7")]
    assert {one.kind for one in given_} == {LATE}
    assert len(given_) == 7


def test_quiet_hours_over_midnight_and_within_a_day() -> None:
    night = Wishes(quiet_from=time(20), quiet_to=time(7))
    day = Wishes(quiet_from=time(12), quiet_to=time(13))
    never = Wishes(quiet_from=time(7), quiet_to=time(7))
    at = {hour: NOW.replace(hour=hour, minute=30) for hour in range(24)}
    assert [hour for hour in at if night.silent(at[hour])] == [*range(7), *range(20, 24)]
    assert [hour for hour in at if day.silent(at[hour])] == [12]
    assert not any(never.silent(one) for one in at.values())
    assert all(replace(day, on=False).silent(one) for one in at.values())


@pytest.mark.parametrize("odd", [None, 5, {}, {"on": True}, {"on": True, "quiet": ["x", "y"]}, {"on": 1, "quiet": []}])
def test_odd_settings_are_as_usual(odd: object) -> None:
    assert Wishes.from_kept(odd) == Wishes()


@given(st.booleans(), st.times(), st.times())
def test_wishes_are_kept(on: bool, start: time, end: time) -> None:
    wishes = Wishes(on, start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
    assert Wishes.from_kept(wishes.to_kept()) == wishes


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 120)), max_size=8), st.sets(st.integers(0, 400)))
def test_however_it_is_looked_at_nothing_is_said_twice_and_nothing_late_is_left_unsaid(
    drawn: list[tuple[int, int]], looks: set[int]
) -> None:
    said: dict[tuple[int, str], int] = {}
    told: dict[int, set[str]] = {number: set() for number in range(len(drawn))}
    looked_at: datetime | None = None
    for minute in [*sorted(looks), 401]:
        now = NOW + minute * MINUTE
        every = [
            Open(n, "x", NOW + (due - warns) * MINUTE, NOW + due * MINUTE, frozenset(told[n]))
            for n, (due, warns) in enumerate(drawn)
        ]
        notes, given_ = choose(every, now, looked_at)
        assert len(notes) <= 2
        assert sum(note.count for note in notes) == len(given_)
        for one in given_:
            told[one.conversation].add(one.kind)
            said[one.conversation, one.kind] = said.get((one.conversation, one.kind), 0) + 1
        looked_at = now
    assert set(said.values()) <= {1}
    assert all("late" in kinds for kinds in told.values())


# With a store


async def look(shop: Shop, looked_at: datetime | None) -> list[Note]:
    inbox = Inbox(shop.db, shop.puller._pool, shop.puller, shop.bus, now=shop.clock)
    return await inbox.remind(looked_at)


async def test_each_is_given_once_also_across_restarts(shop: Shop) -> None:
    shop.world.write("m1", "Is it open?")  # two hours, so close from 90 minutes on
    await shop.pull()
    assert await look(shop, START) == []
    shop.clock.forward(minutes=91)
    before = shop.clock() - MINUTE
    (note,) = await look(shop, before)
    assert (note.kind, note.conversation, note.names) == (WARN, "1", ("Jana Whitfield",))
    shop.reopen()
    assert await look(shop, before) == []
    shop.clock.forward(minutes=30)
    (note,) = await look(shop, None)
    assert note.kind == AWAY
    shop.reopen()
    assert await look(shop, None) == []


async def test_another_promise_is_another_reminder(shop: Shop) -> None:
    shop.world.write("m1", "Is it open?")
    await shop.pull()
    shop.clock.forward(minutes=125)
    assert len(await look(shop, None)) == 1
    await shop.outbox.answer("1", "Until six.", hold=False)
    await shop.outbox.push()
    assert await look(shop, shop.clock()) == [], "who was answered is not reminded of"
    shop.clock.forward(minutes=1)
    shop.world.write("m2", "And on Sunday?", reply_to="m1")
    await shop.pull()
    shop.clock.forward(minutes=100)
    assert [note.kind for note in await look(shop, shop.clock())] == [WARN]


async def test_what_sleeps_is_noise_or_is_on_its_way_reminds_nobody(shop: Shop) -> None:
    for number in range(3):
        shop.world.write(f"m{number}", "Is it open?", author=replace(JANA, remote_id=f"p{number}"))
    await shop.pull()
    inbox = Inbox(shop.db, shop.puller._pool, shop.puller, shop.bus, now=shop.clock)
    await inbox.toggle_noise("1")
    await inbox.snooze("2", shop.clock() + timedelta(hours=9))
    await shop.outbox.answer("3", "Until six.")
    shop.clock.forward(minutes=121)
    assert await look(shop, None) == []


def test_the_walk_along_the_open_promises_is_bounded_and_indexed(tmp_path: Path) -> None:
    from app.store.reminders import EACH_WAY, open_promises

    shop = Shop(tmp_path)
    plan = shop.db.reader().execute(
        "EXPLAIN QUERY PLAN SELECT v.n FROM conversation v WHERE v.lane = 'care' AND v.sort_at <= 5"
        " ORDER BY v.sort_at DESC, v.n DESC LIMIT 9"
    )
    assert "conversation_feed" in str(plan.fetchall())
    assert EACH_WAY < 1000
    assert open_promises(shop.db.reader(), START) == []
    shop.db.close()
