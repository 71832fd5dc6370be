"""Due times against a clock that is read minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InputError
from app.timers import (
    OneOff,
    OpeningHours,
    add_working,
    blocks_from_text,
    blocks_text,
    closes_at,
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
    assert bar.week[0] == ((1080, 1560),)
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
    assert OpeningHours.from_json('{"week": {"fri": ["18:00-02:00"]}}').week[4] == ((1080, 1560),)


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


def test_all_of_the_hours_survive_json() -> None:
    hours = OpeningHours(
        [[(540, 720), (1080, 1560)], [(540, 1980)], [(1440, 1500)]], {date(2026, 12, 28)}, "Europe/Berlin", "DE", "BY",
        [OneOff(date(2026, 12, 24), ((540, 780),), "Christmas Eve"), OneOff(date(2026, 8, 3), (), "Stocktaking")],
        around=True,
    )  # fmt: skip
    again = OpeningHours.from_json(hours.to_json(), zone="UTC")
    assert again == hours
    assert hash(again) == hash(hours)
    assert [one.name for one in again.one_off_days()] == ["Stocktaking", "Christmas Eve", ""]
    assert again.around
    assert again.always


def test_texts_of_earlier_versions_are_read() -> None:
    """They cut a block at midnight, and knew neither names nor countries."""
    old = (
        '{"zone": "Europe/Prague", "week": {"fri": ["18:00-24:00"], "sat": ["00:00-02:00"]}, "closed": ["2026-12-25"]}'
    )
    hours = OpeningHours.from_json(old)
    assert hours.week[4:6] == (((1080, 1440),), ((0, 120),))
    assert is_open(at("2026-06-13T01:00", "Europe/Prague"), hours)
    assert not is_open(at("2026-12-25T19:00", "Europe/Prague"), hours)
    assert hours.why_closed(date(2026, 12, 25)) == ""


@pytest.mark.parametrize(
    "text",
    [
        '{"days": [{"hours": []}]}',
        '{"days": [{"date": "2026-13-01"}]}',
        '{"days": ["2026-12-24"]}',
        '{"days": [{"date": "2026-12-24", "hours": ["9"]}]}',
        '{"week": {"mon": ["25:00-26:00"]}}',
        '{"week": {"mon": ["09:00-49:00"]}}',
    ],
)
def test_unreadable_days_are_said(text: str) -> None:
    with pytest.raises(InputError, match="opening hours"):
        OpeningHours.from_json(text)


def test_one_off_days_hold_against_holidays_and_the_week() -> None:
    hours = OpeningHours(
        [[(540, 1020)]] * 5, {date(2026, 12, 28)}, "Europe/Berlin", "DE", "BY",
        [OneOff(date(2026, 12, 25), ((600, 720),), "Brunch"), OneOff(date(2026, 12, 29), (), " Stocktaking ")],
    )  # fmt: skip
    assert hours.blocks_on(date(2026, 12, 25)) == ((600, 720),)
    assert is_open(at("2026-12-25T11:00"), hours)
    assert [hours.why_closed(date(2026, 12, day)) for day in (24, 25, 26, 28, 29, 30)] == [
        None, None, "Zweiter Weihnachtstag", "", "Stocktaking", None,
    ]  # fmt: skip
    assert hours.why_closed(date(2027, 1, 6), "en_US") == "Epiphany"
    assert hours.why_closed(date(2026, 12, 27)) == "", "a Sunday like every other"
    # the whole of a quiet season: from the brunch to the second of January is a Saturday
    assert add_working(at("2026-12-25T11:30"), 60, hours) == at("2026-12-30T09:30")


def test_a_night_belongs_to_the_day_on_which_it_starts() -> None:
    bar = OpeningHours([[(1080, 120)]] * 7, {date(2026, 6, 12)}, "Europe/Berlin")  # a Friday is closed
    assert is_open(at("2026-06-12T01:59"), bar), "Thursday night goes on"
    assert not is_open(at("2026-06-12T02:00"), bar)
    assert not is_open(at("2026-06-12T19:00"), bar)
    assert not is_open(at("2026-06-13T01:00"), bar), "that would be Friday's"
    assert end_of_working_day(at("2026-06-11T20:00"), bar) == at("2026-06-12T02:00")
    assert end_of_working_day(at("2026-06-12T01:00"), bar) == at("2026-06-12T02:00")
    assert end_of_working_day(at("2026-06-12T03:00"), bar) == at("2026-06-14T02:00")
    party = OpeningHours(
        [[(540, 1020)]] * 5, (), "Europe/Berlin", "DE", "", [OneOff(date(2026, 12, 31), ((1200, 240),))]
    )
    assert working_minutes_between(at("2026-12-31T00:00"), at("2027-01-02T00:00"), party) == 8 * 60
    assert is_open(at("2027-01-01T03:00"), party), "the holiday does not end the party"


def test_around_the_clock_keeps_what_was_set_but_counts_none_of_it() -> None:
    hours = OpeningHours([[(540, 1020)]] * 5, {date(2026, 12, 25)}, "Europe/Berlin", "DE", around=True)
    assert hours.always
    assert is_open(at("2026-12-25T03:00"), hours)
    assert hours.why_closed(date(2026, 12, 25)) is None
    assert hours.week[0] == ((540, 1020),)
    assert OpeningHours([[(0, 1440)]] * 7, country="DE").always is False
    assert OpeningHours([[(540, 1980)]] * 7).always, "from nine to nine, every day"


def test_a_leap_day_is_a_day() -> None:
    hours = OpeningHours([[(540, 1020)]] * 7, {date(2028, 2, 28), date(2028, 3, 1)}, "Europe/Berlin")
    assert add_working(at("2028-02-27T16:45"), 30, hours) == at("2028-02-29T09:15")
    assert end_of_working_day(at("2028-02-28T12:00"), hours) == at("2028-02-29T17:00")


@pytest.mark.parametrize(
    ("typed", "read", "shown"),
    [
        ("", (), ""),
        (" , ", (), ""),
        ("09:00-12:00, 13:00-17:00", ((540, 720), (780, 1020)), "09:00-12:00, 13:00-17:00"),
        ("9-17", ((540, 1020),), "09:00-17:00"),
        ("13 \u2013 17.30; 9:00 \u2013 12", ((540, 720), (780, 1050)), "09:00-12:00, 13:00-17:30"),
        ("18:00-02:00", ((1080, 1560),), "18:00-02:00"),
        ("0-24", ((0, 1440),), "00:00-24:00"),
        ("18-24", ((1080, 1440),), "18:00-24:00"),
        ("18-0", ((1080, 1440),), "18:00-24:00"),
        ("9-12, 12-17", ((540, 1020),), "09:00-17:00"),
    ],
)
def test_hours_as_people_type_them(typed: str, read: tuple[tuple[int, int], ...], shown: str) -> None:
    assert blocks_from_text(typed) == read
    assert blocks_text(read) == shown
    assert blocks_from_text(shown) == read


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("nine", "not understood"),
        ("9", "not understood"),
        ("9-", "not understood"),
        ("9-12-15", "not understood"),
        ("9:60-12", "no time of day"),
        ("24-25", "no time of day"),
        ("9-24:30", "no time of day"),
        ("9-9", "no time at all"),
        ("9-13, 12-17", "12:00 lies in the block before"),
        ("18-2, 23-24", "23:00 lies in the block before"),
    ],
)
def test_hours_that_cannot_be_are_said_while_typing(typed: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        blocks_from_text(typed)


def test_blocks_of_a_whole_day_are_written_so_that_they_can_be_read() -> None:
    assert blocks_text([(540, 1980), (1440, 1500)]) == "09:00-33:00, 24:00-01:00"
    week = OpeningHours([[(540, 1980)]])
    assert OpeningHours.from_json(week.to_json()).week[0] == ((540, 1980),)
