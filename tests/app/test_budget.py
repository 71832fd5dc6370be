"""Periods, room and pace: laws that hold for all amounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import amounts, budget
from app.errors import InputError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PERIODS = st.sampled_from(["hour", "24h", "day", "month"])
ZONES = st.sampled_from(["UTC", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"])
TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(PERIODS, ZONES, TIMES)
def test_now_lies_in_its_period(period: str, zone: str, now: datetime) -> None:
    start, end = budget.start_of(period, zone, now), budget.end_of(period, zone, now)
    assert start <= now
    assert start.tzinfo is UTC
    if end is not None:
        assert now < end
        assert budget.start_of(period, zone, end) == end
        here = end.astimezone(ZoneInfo(zone))
        assert (here.hour, here.minute) == (0, 0) or here.date() != (end - timedelta(minutes=1)).astimezone(
            ZoneInfo(zone)
        ).date()


def test_days_and_months_begin_in_their_zone() -> None:
    """YouTube's units: midnight Pacific, as its page says."""
    pacific = "America/Los_Angeles"
    assert budget.start_of("day", pacific, NOW) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert budget.end_of("day", pacific, NOW) == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert budget.start_of("month", pacific, NOW) == datetime(2026, 11, 1, 7, tzinfo=UTC)  # summer time still
    assert budget.end_of("month", pacific, NOW) == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert budget.end_of("hour", "UTC", NOW) is None


@given(
    st.sampled_from(["hour", "24h"]),
    st.lists(st.tuples(st.integers(0, 200), st.floats(0.1, 50)), max_size=20),
    st.floats(1, 100),
    st.floats(0.1, 20),
)
def test_once_it_opens_there_is_room(period: str, steps: list[tuple[int, float]], room: float, amount: float) -> None:
    size = budget.bucket_of(period)
    start = NOW.replace(minute=0)
    rows = sorted({start - step * size: value for step, value in steps}.items())
    if budget.fits(budget.used(rows, budget.start_of(period, "UTC", NOW)), amount, room) or amount > room:
        return
    at = budget.opens(rows, period, "UTC", NOW, room, amount)
    assert at > NOW
    assert at <= NOW + budget.SLIDING[period] + 2 * size
    assert budget.fits(budget.used(rows, budget.start_of(period, "UTC", at + size)), amount, room + 1e-6)


def test_a_pace_is_that_of_the_last_days() -> None:
    month = datetime(2026, 11, 1, tzinfo=UTC)
    rows = [(month + timedelta(days=day), 0.2) for day in range(23)]
    assert budget.reached(rows, "month", "UTC", NOW, 100.0) is None  # never, at this pace
    at = budget.reached(rows, "month", "UTC", NOW, 5.2)
    assert at is not None
    assert NOW + timedelta(days=2) < at < NOW + timedelta(days=5)
    assert budget.reached(rows, "month", "UTC", NOW, 1.0) == NOW
    assert budget.reached([(NOW - timedelta(minutes=10), 3.0)], "month", "UTC", NOW, 5.0) is None  # too early to tell
    assert budget.reached(rows, "24h", "UTC", NOW, 5.0) is None


@given(st.floats(1, 600), st.floats(0, 10), st.floats(-5, 500), st.integers(1, 60 * 24 * 31))
def test_what_is_left_lasts(base: float, each: float, left: float, minutes: int) -> None:
    rest = timedelta(minutes=minutes)
    seconds = budget.interval(base, each, left, rest)
    assert seconds >= base
    if left > 0 and seconds < budget.LONGEST.total_seconds() and each > 0:
        assert rest.total_seconds() / seconds * each <= left * 1.001 + each


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (0.2, "USD", "$0.20"), (0.015, "USD", "$0.015"), (0.21, "USD", "$0.21"), (12, "USD", "$12.00"),
        (1240.5, "USD", "$1,240.50"), (3.0, "CHF", "3.00 CHF"), (0, "USD", "$0.00"), (-0.5, "EUR", "-€0.50"),
    ],
)  # fmt: skip
def test_money(amount: float, currency: str, words: str) -> None:
    assert amounts.money(amount, currency) == words


def test_counts_and_times() -> None:
    assert amounts.amount(35.0, "", "percent") == "35 %"
    assert (amounts.count(10_000.0), amounts.count(12.5)) == ("10,000", "12.5")
    assert amounts.on(NOW, NOW).startswith("at ")
    assert amounts.on(NOW + timedelta(days=3), NOW) == "on 27 November"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("", None), ("  ", None), ("10", 10.0), ("$10", 10.0), ("12,50", 12.5), ("1,200", 1200.0), ("0.5 USD", 0.5)],
)
def test_a_cap_as_it_is_typed(typed: str, value: float | None) -> None:
    assert amounts.parse(typed) == value


@pytest.mark.parametrize("typed", ["ten", "-5", "1.2.3", "$", "5 apples"])
def test_what_is_no_amount_is_said(typed: str) -> None:
    with pytest.raises(InputError, match="as a number"):
        amounts.parse(typed)
