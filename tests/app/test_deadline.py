"""A promise is never lost by putting a conversation away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.deadline import comes_back, warns_at
from app.timers import OpeningHours

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 11, 24, 10, 40, tzinfo=BERLIN)  # a Tuesday
SHOP = OpeningHours([[(540, 1020)]] * 5, zone="Europe/Berlin")  # Monday to Friday, 9 to 17


def test_the_last_quarter_is_a_quarter_of_opening_time() -> None:
    friday = datetime(2026, 11, 27, 16, 45, tzinfo=BERLIN)
    monday = datetime(2026, 11, 30, 9, 15, tzinfo=BERLIN)
    assert warns_at(friday, monday, SHOP) == datetime(2026, 11, 30, 9, 7, 30, tzinfo=BERLIN)
    always = OpeningHours()
    assert warns_at(TUESDAY, TUESDAY + timedelta(hours=2), always) == TUESDAY + timedelta(minutes=90)
    assert warns_at(TUESDAY, TUESDAY, always) == TUESDAY


def test_what_would_break_its_promise_comes_back_before() -> None:
    due = TUESDAY + timedelta(hours=2)
    monday = TUESDAY + timedelta(days=6)
    hours = OpeningHours()
    assert comes_back(monday, TUESDAY, TUESDAY, due, hours) == due - timedelta(minutes=30)
    assert comes_back(monday, TUESDAY, TUESDAY, None, hours) == monday
    soon = TUESDAY + timedelta(minutes=20)
    assert comes_back(soon, TUESDAY, TUESDAY, due, hours) == soon
    last_minutes = due - timedelta(minutes=8)
    assert comes_back(monday, last_minutes, TUESDAY, due, hours) == due - timedelta(minutes=2)
    late = due + timedelta(minutes=5)
    assert comes_back(monday, late, TUESDAY, due, hours) == monday, "nothing left to break: it sleeps as told"


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
    st.integers(0, 20_000), st.integers(0, 20_000), st.integers(1, 60_000), st.booleans(),
)  # fmt: skip
def test_no_deadline_is_slept_through(start_at: datetime, due_in: int, away: int, sleep: int, always: bool) -> None:
    start = start_at.replace(tzinfo=UTC)
    due, put_away = start + timedelta(minutes=due_in), start + timedelta(minutes=away)
    until = put_away + timedelta(minutes=sleep)
    back = comes_back(until, put_away, start, due, OpeningHours() if always else SHOP)
    assert back <= until
    assert back > put_away
    assert put_away >= due or back < due or (back == until and until <= due)
