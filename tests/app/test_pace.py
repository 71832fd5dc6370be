"""Whether the promises can be kept: a person's own pace, the order of the deadlines, and words that follow from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from app.pace import ENOUGH, LEAST, MOST, USUAL, Due, closing_time, finished, in_order, outlook, pace
from app.timers import OpeningHours

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UNTIL = NOW + timedelta(hours=2, minutes=30)


def due(number: int, minutes: float) -> Due:
    return Due(str(number), f"Person {number}", NOW + minutes * MINUTE)


def test_until_ten_replies_a_usual_pace_is_taken() -> None:
    assert pace([]) == USUAL
    assert pace([NOW + number * MINUTE for number in range(ENOUGH - 1)]) == USUAL
    assert pace([NOW + 2 * number * MINUTE for number in range(ENOUGH)]) == 2 * MINUTE


def test_a_lunch_break_is_no_work() -> None:
    morning = [NOW + 3 * number * MINUTE for number in range(8)]
    evening = [at + timedelta(hours=5) for at in morning]
    assert pace(evening + morning) == 3 * MINUTE
    alone = [NOW + timedelta(days=number) for number in range(30)]
    assert pace(alone) == USUAL, "one reply a day says nothing about how long it took"


@given(st.lists(st.integers(0, 10_000_000), max_size=60))
def test_a_pace_is_always_one_that_a_person_can_have(seconds: list[int]) -> None:
    assert LEAST <= pace([NOW + timedelta(seconds=one) for one in seconds]) <= MOST


def test_what_breaks_is_counted_and_who_comes_first_is_told() -> None:
    found = outlook([due(3, 9), due(1, 3), due(2, 4), due(4, 400)], NOW, UNTIL, 5 * MINUTE)
    assert (found.breaks, found.late, found.first) == (3, 0, "1")
    kept = outlook([due(1, 10), due(2, 11)], NOW, UNTIL, 5 * MINUTE)
    assert (kept.breaks, kept.late) == (0, 0)
    late = outlook([due(1, -10), due(2, 11)], NOW, UNTIL, 5 * MINUTE)
    assert (late.breaks, late.late, late.first) == (0, 1, "1")
    assert outlook([], NOW, UNTIL, MINUTE).first == ""


def test_what_ends_after_work_breaks_no_promise_by_then() -> None:
    dues = [due(number, 151) for number in range(60)]
    assert outlook(dues, NOW, UNTIL, 5 * MINUTE).breaks == 0


_instances = st.lists(st.integers(-60, 240), min_size=1, max_size=6)


@given(_instances, st.integers(1, 30))
def test_no_other_order_makes_the_latest_less_late(minutes: list[int], each: int) -> None:
    dues = [due(number, one) for number, one in enumerate(minutes)]

    def latest(order: list[Due]) -> timedelta:
        return max(end - one.at for one, end in zip(order, finished(order, NOW, each * MINUTE), strict=True))

    assert latest(in_order(dues)) == min(latest(list(order)) for order in permutations(dues))


@given(_instances, st.integers(1, 30))
def test_if_any_order_keeps_every_promise_this_one_does(minutes: list[int], each: int) -> None:
    dues = [due(number, one) for number, one in enumerate(minutes)]
    end = NOW + timedelta(hours=5)
    found = outlook(dues, NOW, end, each * MINUTE)
    possible = any(
        all(done <= one.at for one, done in zip(order, finished(order, NOW, each * MINUTE), strict=True))
        for order in permutations(dues)
    )
    assert (found.breaks + found.late == 0) == possible


def test_until_when() -> None:
    shop = OpeningHours([[(540, 1080)]] * 7, zone="UTC")  # to 18:00
    early = OpeningHours([[(540, 960)]] * 7, zone="UTC")
    assert closing_time(NOW, [shop, early], "UTC") == NOW.replace(hour=18)
    lunch = OpeningHours([[(540, 720), (960, 1140)]] * 7, zone="UTC")
    assert closing_time(NOW.replace(hour=11), [lunch], "UTC") == NOW.replace(hour=19), "a break is not the end"
    assert closing_time(NOW, [], "UTC") == NOW.replace(hour=17, minute=30)
    assert closing_time(NOW, [shop], "UTC", "16:15") == NOW.replace(hour=16, minute=15)
    assert closing_time(NOW, [shop], "UTC", "14:00") == NOW.replace(day=25, hour=0)
    assert closing_time(NOW.replace(hour=20), [shop], "UTC") == NOW.replace(day=25, hour=0)
    assert closing_time(NOW, [], "UTC", "rubbish") == NOW.replace(hour=17, minute=30)
    assert closing_time(NOW, [OpeningHours()], "Europe/Berlin") == NOW.replace(hour=16, minute=30)
