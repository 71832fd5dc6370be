from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.usual import LEAST, usual
from tests.app.platform import Shop

NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)  # a Tuesday
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
TIMES = st.lists(
    st.integers(0, 400 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)), min_size=0, max_size=60
)
NOWS = st.integers(0, 500 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


def test_whoever_writes_in_the_evening_is_answered_in_the_evening() -> None:
    evenings = [datetime(2026, 11, day, 19, 12, tzinfo=UTC) for day in range(2, 12)]
    assert usual(evenings, NOW, "UTC") == datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
    assert usual(evenings, NOW, "Europe/Berlin") == datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


def test_a_weekly_habit_is_waited_for() -> None:
    sundays = [datetime(2026, 11, 22, 10, 5, tzinfo=UTC) - timedelta(weeks=week) for week in range(8)]
    assert usual(sundays, NOW, "UTC") == datetime(2026, 11, 29, 10, 0, tzinfo=UTC)


def test_too_little_is_no_habit() -> None:
    one_night = [datetime(2026, 11, 20, 22, minute, tzinfo=UTC) for minute in range(30)]
    assert usual(one_night, NOW, "UTC") is None, "a quarrel on one evening"
    assert usual([NOW - timedelta(days=day) for day in range(LEAST - 1)], NOW, "UTC") is None


@given(TIMES, NOWS, ZONES)
def test_it_is_soon_on_the_hour_and_at_an_hour_at_which_they_wrote(
    times: list[datetime], now: datetime, zone: str
) -> None:
    found = usual(times, now, zone)
    if found is None:
        few = len(times) < LEAST or len({at.astimezone(ZoneInfo(zone)).date() for at in times}) < 3
        assert few, "nothing was found in a whole week"
        return
    assert now < found <= now + timedelta(days=7, hours=1)
    there = found.astimezone(ZoneInfo(zone))
    assert found.tzinfo is UTC
    assert (there.second, there.microsecond) == (0, 0)
    if zone != "Australia/Lord_Howe":  # its clocks change by half an hour
        assert there.minute == 0
    assert there.hour in {at.astimezone(ZoneInfo(zone)).hour for at in times}


@given(TIMES, NOWS, ZONES, st.randoms(use_true_random=False))
def test_the_order_in_which_they_wrote_does_not_matter(times: list[datetime], now: datetime, zone: str, rng) -> None:  # type: ignore[no-untyped-def]
    mixed = list(times)
    rng.shuffle(mixed)
    assert usual(mixed, now, zone) == usual(times, now, zone)


@given(TIMES, NOWS, st.integers(1, 50))
def test_weeks_later_it_is_the_same_hour_of_the_week(times: list[datetime], now: datetime, weeks: int) -> None:
    later = timedelta(weeks=weeks)
    found = usual(times, now, "UTC")
    again = usual([at + later for at in times], now + later, "UTC")
    assert again == (None if found is None else found + later)


@given(TIMES, NOWS, ZONES)
def test_once_it_has_come_there_is_a_next_time(times: list[datetime], now: datetime, zone: str) -> None:
    found = usual(times, now, zone)
    if found is not None:
        after = usual(times, found, zone)
        assert after is not None
        assert after > found


async def test_it_is_asked_of_the_contact_in_all_conversations(shop: Shop) -> None:
    shop.clock.at -= timedelta(days=20)
    for day in range(8):
        shop.clock.at = datetime(2026, 11, 5 + day, 17, 30, tzinfo=UTC)
        shop.world.write(f"m{day}")
        await shop.pull()
    shop.clock.at = NOW
    assert shop.outbox.usual_time("3") == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert shop.outbox.usual_time("99") is None
