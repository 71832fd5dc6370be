"""Due times against a clock that is read minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import Kind
from app.errors import InputError
from app.timers import (
    OpeningHours,
    Target,
    Targets,
    add_working,
    closes_at,
    due_at,
    end_of_working_day,
    is_open,
    opens_at,
    working_minutes_between,
)

MINUTE = timedelta(minutes=1)
OFFICE = OpeningHours([[(540, 1020)]] * 5, zone="Europe/Berlin")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "UTC")


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def wall_open(moment: datetime, week: list[list[tuple[int, int]]], closed: set[date], zone: str) -> bool:
    """The independent judge: read the clock on the wall, look at the sign on the door."""
    local = moment.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return local.date() not in closed and any(a <= minute < b for a, b in week[local.weekday()])


def slow_add(start: datetime, minutes: int, *door: object) -> datetime:
    moment, left = start, minutes
    while left:
        left -= wall_open(moment, *door)  # type: ignore[arg-type]
        moment += MINUTE
    return moment


blocks = st.lists(
    st.tuples(st.integers(0, 1440), st.integers(0, 1440)).map(lambda pair: (min(pair), max(pair))), max_size=3
)
weeks = st.lists(blocks, min_size=7, max_size=7).filter(lambda week: sum(b - a for day in week for a, b in day) >= 600)
# days around every change of the clock in 2026, and a plain one
starts = st.builds(
    lambda day, minute: datetime(2026, day[0], day[1], tzinfo=UTC) + minute * MINUTE,
    st.sampled_from([(3, 7), (3, 28), (4, 3), (6, 10), (10, 3), (10, 24), (10, 31), (12, 31)]),
    st.integers(0, 3 * 1440),
)
holidays = st.sets(st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 11)]), max_size=2)


@settings(max_examples=150, deadline=None)
@given(weeks, holidays, st.sampled_from(ZONES), starts, st.integers(1, 700))
def test_add_working_as_the_minute_hand_does(
    week: list[list[tuple[int, int]]], closed: set[date], zone: str, start: datetime, minutes: int
) -> None:
    hours = OpeningHours(week, closed, zone)
    due = add_working(start, minutes, hours)
    if not hours.always:
        assert due == slow_add(start, minutes, week, closed, zone)
    assert working_minutes_between(start, due, hours) == minutes
    assert working_minutes_between(due, start, hours) == -minutes


@settings(max_examples=150, deadline=None)
@given(weeks, holidays, st.sampled_from(ZONES), starts)
def test_open_close_and_day_end_as_the_minute_hand_does(
    week: list[list[tuple[int, int]]], closed: set[date], zone: str, start: datetime
) -> None:
    hours = OpeningHours(week, closed, zone)
    door = (week, closed, zone)
    if hours.always:
        return
    assert is_open(start, hours) == wall_open(start, *door)
    if is_open(start, hours):
        closes = closes_at(start, hours)
        moment = start
        while wall_open(moment, *door):
            moment += MINUTE
        assert closes == moment
        assert opens_at(start, hours) is None
    else:
        moment = start
        while not wall_open(moment, *door):
            moment += MINUTE
        assert opens_at(start, hours) == moment
        assert closes_at(start, hours) is None
    # the last open minute of the first local date that still has one
    moment = start
    while not wall_open(moment, *door):
        moment += MINUTE
    day, last = moment.astimezone(ZoneInfo(zone)).date(), moment
    while moment.astimezone(ZoneInfo(zone)).date() == day:
        last = moment if wall_open(moment, *door) else last
        moment += MINUTE
    assert end_of_working_day(start, hours) == last + MINUTE


def test_a_friday_evening_goes_on_on_monday() -> None:
    assert add_working(at("2026-10-16T16:45"), 30, OFFICE) == at("2026-10-19T09:15")
    assert add_working(at("2026-10-23T16:45"), 30, OFFICE) == at("2026-10-26T09:15")  # clocks go back between


def test_time_that_ends_with_the_day_is_due_at_its_end() -> None:
    assert add_working(at("2026-10-16T16:30"), 30, OFFICE) == at("2026-10-16T17:00")
    assert add_working(at("2026-10-16T16:30"), 0, OFFICE) == at("2026-10-16T16:30")
    assert add_working(at("2026-10-16T16:30"), -5, OFFICE) == at("2026-10-16T16:30")


@pytest.mark.parametrize(
    ("zone", "night", "real"),
    [
        ("Europe/Berlin", "2026-03-29", 180),
        ("Europe/Berlin", "2026-10-25", 300),
        ("America/New_York", "2026-03-08", 180),
        ("America/New_York", "2026-11-01", 300),
        ("Australia/Lord_Howe", "2026-10-04", 210),  # half an hour
        ("Australia/Lord_Howe", "2026-04-05", 270),
    ],
)
def test_a_night_shift_is_as_long_as_the_clock_makes_it(zone: str, night: str, real: int) -> None:
    hours = OpeningHours([[(0, 240)]] * 7, zone=zone)
    start = at(f"{night}T00:00", zone)
    end = at(f"{night}T04:00", zone)
    assert end - start == real * MINUTE
    assert working_minutes_between(start, end, hours) == real
    assert add_working(start, real, hours) == end
    assert end_of_working_day(start, hours) == end


def test_a_lunch_break_a_holiday_and_a_bar() -> None:
    hours = OpeningHours([[(540, 720), (780, 1020)]] * 5, {date(2026, 12, 25)}, "Europe/Berlin")
    assert add_working(at("2026-12-24T11:50"), 30, hours) == at("2026-12-24T13:20")
    assert add_working(at("2026-12-24T16:50"), 30, hours) == at("2026-12-28T09:20")
    assert not is_open(at("2026-12-25T10:00"), hours)
    bar = OpeningHours([[(1080, 120)]] * 7, zone="Europe/Berlin")  # 18:00 to 02:00
    assert bar.week[0] == ((0, 120), (1080, 1440))
    assert closes_at(at("2026-06-10T23:00"), bar) == at("2026-06-11T02:00")


def test_no_block_at_all_is_around_the_clock() -> None:
    empty = OpeningHours([[(600, 600)]] * 7, zone="Europe/Berlin")
    assert empty.always
    assert OpeningHours([[(0, 720), (720, 1440)]] * 7).always
    start = at("2026-10-24T23:00")
    assert add_working(start, 120, empty) == start + 120 * MINUTE
    assert end_of_working_day(at("2026-10-25T01:00"), empty) == at("2026-10-26T00:00")
    assert is_open(start, empty)
    assert closes_at(start, empty) is None
    assert working_minutes_between(start, start + MINUTE, empty) == 1
    full_but_one = OpeningHours([[(0, 1440)]] * 7, {date(2027, 1, 1)}, "Europe/Berlin")
    assert closes_at(at("2026-10-24T23:00"), full_but_one) is None
    assert closes_at(at("2026-12-30T23:00"), full_but_one) == at("2027-01-01T00:00")


def test_hours_survive_json() -> None:
    hours = OpeningHours([[(540, 720), (780, 1440)], [], [(0, 60)]], {date(2026, 12, 25)}, "America/New_York")
    assert OpeningHours.from_json(hours.to_json()) == hours
    assert hash(OpeningHours.from_json(hours.to_json())) == hash(hours)
    assert OpeningHours.from_json("", zone="Europe/Berlin") == OpeningHours(zone="Europe/Berlin")
    assert OpeningHours.from_json('{"week": {"fri": ["18:00-02:00"]}}').week[5] == ((0, 120),)


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"week": []}', '{"week": {"mon": ["9"]}}', '{"week": {"mon": ["09:00-24:30"]}}', '{"closed": [1]}'],
)
def test_unreadable_hours_are_said(text: str) -> None:
    with pytest.raises(InputError, match="opening hours"):
        OpeningHours.from_json(text)


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc", "Europe", ""])
def test_unknown_zones_are_said(zone: str) -> None:
    with pytest.raises(InputError, match="no time zone"):
        OpeningHours(zone=zone)


def test_impossible_minutes_are_said() -> None:
    with pytest.raises(InputError):
        OpeningHours([[(-5, 20)]])


def test_which_promise_holds() -> None:
    posted = at("2026-10-16T10:00")
    assert due_at(Kind.MENTION, "negative", ("question",), posted, OFFICE) == (posted + 30 * MINUTE, "30 min")
    assert due_at(Kind.MESSAGE, "positive", (), posted, OFFICE)[1] == "30 min"
    assert due_at(Kind.MENTION, "neutral", ("question",), posted, OFFICE) == (posted + 120 * MINUTE, "2 h")
    assert due_at(Kind.REVIEW, "positive", (), posted, OFFICE) == (at("2026-10-16T17:00"), "same day")
    assert due_at(Kind.REVIEW, "positive", (), at("2026-10-16T17:00"), OFFICE)[0] == at("2026-10-19T17:00")


def test_targets_survive_json() -> None:
    targets = Targets(negative=Target(15), other=Target(1440))
    assert Targets.from_json(targets.to_json()) == targets
    assert Targets.from_json("") == Targets()
    assert Targets.from_json('{"question": 90}').question.name == "90 min"
    for bad in ("[]", '{"negative": "soon"}', '{"negative": 0}', '{"negative": 1e9}', '{"other": 999999}', '{"x": 1}'):
        with pytest.raises(InputError):
            Targets.from_json(bad)
