"""What holds for every shop, zone and moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.timers import (
    OneOff,
    OpeningHours,
    add_working,
    closes_at,
    end_of_working_day,
    is_open,
    opens_at,
    working_minutes_between,
)

MINUTE, DAY = timedelta(minutes=1), 1440
ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu", "Pacific/Apia",
    "Africa/Casablanca", "UTC",
)  # fmt: skip
# two days before every sort of change, a leap day, a date that never was, and the end of a year
EVES = (
    date(2026, 3, 27), date(2026, 10, 23), date(2026, 3, 6), date(2026, 10, 30), date(2026, 4, 3), date(2026, 10, 2),
    date(2024, 2, 27), date(2028, 2, 28), date(2011, 12, 28), date(2026, 12, 30), date(2026, 2, 13),
)  # fmt: skip
block = st.tuples(st.integers(0, DAY - 1), st.integers(0, DAY))  # over midnight and of length zero, too
days = st.lists(block, max_size=3)
weeks = st.lists(days, min_size=7, max_size=7).filter(
    lambda week: sum(max(0, b - a) for day in week for a, b in day) > 300
)
eves = st.sampled_from(EVES)


@st.composite
def shops(draw: st.DrawFn) -> tuple[OpeningHours, datetime]:
    """Hours that are not around the clock, and a moment near a day that is out of the ordinary."""
    eve = draw(eves)
    near = st.integers(0, 8).map(lambda number: eve + timedelta(days=number))
    one_off = draw(st.dictionaries(near, days, max_size=3))
    country = draw(st.sampled_from([("", ""), ("", ""), ("DE", "BY"), ("GB", "SCT")]))
    hours = OpeningHours(
        draw(weeks), draw(st.sets(near, max_size=1)), draw(st.sampled_from(ZONES)), *country,
        [OneOff(day, tuple(blocks), "name") for day, blocks in one_off.items()],
    )  # fmt: skip
    assume(not hours.always)
    seconds = draw(st.integers(0, 6 * 86_400))
    return hours, datetime(eve.year, eve.month, eve.day, tzinfo=UTC) + timedelta(seconds=seconds)


lengths = st.integers(1, 1500)


@settings(max_examples=200, deadline=None)
@given(shops(), lengths, lengths)
def test_a_promise_is_kept_in_parts_as_well_as_whole(shop: tuple[OpeningHours, datetime], a: int, b: int) -> None:
    hours, start = shop
    half, whole = add_working(start, a, hours), add_working(start, a + b, hours)
    assert add_working(half, b, hours) == whole
    assert start < half < whole
    assert working_minutes_between(start, whole, hours) == a + b
    assert working_minutes_between(start, half, hours) + working_minutes_between(half, whole, hours) == a + b
    just_before = half - timedelta(seconds=1)
    assert is_open(just_before, hours), "time runs out only while somebody is there"


@settings(max_examples=200, deadline=None)
@given(shops(), lengths, st.integers(0, 3 * 86_400))
def test_who_wrote_first_is_due_first(shop: tuple[OpeningHours, datetime], minutes: int, later: int) -> None:
    hours, start = shop
    other = start + timedelta(seconds=later)
    assert add_working(start, minutes, hours) <= add_working(other, minutes, hours)


@settings(max_examples=200, deadline=None)
@given(shops())
def test_opening_and_closing_meet(shop: tuple[OpeningHours, datetime]) -> None:
    hours, at = shop
    opens = opens_at(at, hours)
    if opens is None:
        assert is_open(at, hours)
        closes = closes_at(at, hours)
        assert closes is None or (not is_open(closes, hours) and is_open(closes - timedelta(seconds=1), hours))
    else:
        assert opens > at
        assert working_minutes_between(at, opens, hours) == 0
        assert is_open(opens, hours)
        assert opens_at(opens, hours) is None
    end = end_of_working_day(at, hours)
    assert end > at
    assert is_open(end - timedelta(seconds=1), hours)


@settings(max_examples=100, deadline=None)
@given(shops(), lengths, st.integers(0, 6), st.integers(0, DAY - 1))
def test_a_block_of_no_length_changes_nothing(
    shop: tuple[OpeningHours, datetime], minutes: int, day: int, when: int
) -> None:
    hours, start = shop
    week = [list(blocks) for blocks in hours.week]
    week[day].append((when, when))
    other = OpeningHours(week, hours.closed, hours.zone, hours.country, hours.region, hours.days)
    assert other == hours
    assert add_working(start, minutes, other) == add_working(start, minutes, hours)


@settings(max_examples=100, deadline=None)
@given(weeks, st.sampled_from(ZONES), eves, st.integers(0, 6 * DAY), lengths)
def test_a_week_without_exceptions_may_be_cut_at_midnight(
    week: list[list[tuple[int, int]]], zone: str, eve: date, minute: int, minutes: int
) -> None:
    """Texts of earlier versions had a night in two parts; their due times stay as they were."""
    hours = OpeningHours(week, zone=zone)
    cut: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for number, blocks in enumerate(hours.week):
        for start, end in blocks:
            cut[number].append((start, min(end, DAY)))
            if end > DAY:
                cut[(number + 1) % 7].append((0, end - DAY))
    other = OpeningHours(cut, zone=zone)
    at = datetime(eve.year, eve.month, eve.day, tzinfo=UTC) + minute * MINUTE
    assert other.always == hours.always
    assert add_working(at, minutes, other) == add_working(at, minutes, hours)
    assert is_open(at, other) == is_open(at, hours)


@settings(max_examples=100, deadline=None)
@given(shops())
def test_hours_are_the_same_after_they_were_stored(shop: tuple[OpeningHours, datetime]) -> None:
    hours, at = shop
    again = OpeningHours.from_json(hours.to_json(), zone="Asia/Tokyo")
    assert again == hours
    assert again.to_json() == hours.to_json()
    assert add_working(at, 45, again) == add_working(at, 45, hours)


@settings(max_examples=100, deadline=None)
@given(shops(), days)
def test_a_day_with_a_name_is_read_before_holiday_and_week(
    shop: tuple[OpeningHours, datetime], blocks: list[tuple[int, int]]
) -> None:
    hours, at = shop
    day = at.astimezone(hours.tz).date()
    other = OpeningHours(
        hours.week, hours.closed, hours.zone, hours.country, hours.region,
        [*hours.days, OneOff(day, tuple(blocks), "Fair")],
    )  # fmt: skip
    open_then = any(start != end for start, end in blocks)
    assert other.why_closed(day) == (None if open_then else "Fair")
    assert bool(other.blocks_on(day)) == open_then
