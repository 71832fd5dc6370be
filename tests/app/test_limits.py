from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BreakerOpenError, RateLimitError
from app.http.addresses import is_public, netloc, numeric
from app.http.limits import Breakers, RateLimits, backoff, budget, reset_time, retry_after, waiting

NOW = 1_741_950_000.0
KEY = ("m.example", "a")
HEADER = st.text(max_size=30) | st.integers().map(str) | st.floats().map(str) | st.datetimes().map(datetime.isoformat)


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


@given(HEADER, HEADER)
def test_retry_after_is_within_the_hour_or_none(value: str, date: str) -> None:
    until = retry_after({"retry-after": value, "date": date}, NOW)
    assert until is None or NOW <= until <= NOW + 3600


@given(st.integers(0, 3600))
def test_retry_after_as_seconds_and_as_date_agree(seconds: int) -> None:
    at = format_datetime(datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=seconds), usegmt=True)
    assert retry_after({"retry-after": str(seconds)}, NOW) == retry_after({"retry-after": at}, NOW) == NOW + seconds


@given(st.integers(-100_000, 100_000), st.integers(0, 3600))
def test_a_servers_own_clock_does_not_matter(skew: int, seconds: int) -> None:
    theirs = datetime.fromtimestamp(NOW + skew, UTC)
    headers = {
        "retry-after": format_datetime(theirs + timedelta(seconds=seconds), usegmt=True),
        "date": format_datetime(theirs, usegmt=True),
    }
    until = retry_after(headers, NOW)
    assert until is not None
    assert abs(until - (NOW + seconds)) <= 2


@given(HEADER, HEADER, HEADER)
def test_a_budget_makes_sense_or_is_none(limit: str, remaining: str, reset: str) -> None:
    left = budget({"x-ratelimit-limit": limit, "x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset}, NOW)
    if left is not None:
        assert left.limit >= 1
        assert left.remaining >= 0
        assert NOW < left.until <= NOW + 3600


def test_forms_of_a_reset() -> None:
    assert reset_time("2025-03-14T11:05:00.123456Z", NOW) == pytest.approx(NOW + 300.123456)
    assert reset_time("1741950060", NOW) == NOW + 60
    assert reset_time("1741950060000", NOW) == NOW + 60
    assert reset_time("60", NOW) == NOW + 60
    for nonsense in ("", "x", "-1", "nan", "inf", "9999-99-99"):
        assert reset_time(nonsense, NOW) is None


def headers(limit: int, remaining: int, seconds: float) -> dict[str, str]:
    return {
        "ratelimit-limit": str(limit), "ratelimit-remaining": str(remaining), "ratelimit-reset": str(int(NOW + seconds))
    }  # fmt: skip


def test_nothing_of_nothing_and_a_past_reset_are_ignored() -> None:
    assert budget(headers(0, 0, 60), NOW) is None
    assert budget(headers(300, 0, -60), NOW) is None


def test_two_limits_of_one_platform_do_not_mix() -> None:
    limits = RateLimits(Clock())
    limits.learn(KEY, "/api/v1/notifications", headers(300, 200, 60))
    limits.learn(KEY, "/api/v1/statuses/123", headers(30, 0, 1800))
    limits.admit(KEY, "/api/v1/notifications", writes=False, name="M")
    for path in ("/api/v1/statuses/456", "/api/v1/never/seen"):
        with pytest.raises(RateLimitError):
            limits.admit(KEY, path, writes=True, name="M")


def test_answers_that_overtake_each_other() -> None:
    limits = RateLimits(Clock())
    limits.learn(KEY, "/x", headers(300, 0, 60))
    limits.learn(KEY, "/x", headers(300, 3, 60))
    with pytest.raises(RateLimitError):
        limits.admit(KEY, "/x", writes=True, name="M")


def test_a_clock_set_back_does_not_lock_out() -> None:
    clock = Clock()
    limits, breakers = RateLimits(clock), Breakers(clock)
    limits.learn(KEY, "/x", headers(300, 0, 60))
    limits.block(KEY, NOW + 60)
    breakers.trip(KEY, 900, "No.")
    clock.now -= 86_400
    limits.admit(KEY, "/x", writes=True, name="M")
    breakers.check(KEY, "M")


@given(st.integers(0, 2000), st.integers())
def test_backoff_grows_with_jitter_within_bounds(attempt: int, seed: int) -> None:
    wait = backoff(attempt, random.Random(seed))
    whole = min(600.0, 5 * 2.0 ** min(attempt, 60))
    assert whole / 2 <= wait <= whole


@given(st.lists(st.sampled_from(["ok", "fail", "cancel", "wait"]), max_size=60))
def test_a_breaker_never_stays_shut_for_good(steps: list[str]) -> None:
    clock = Clock()
    breakers, waits = Breakers(clock, random.Random(1)), []
    for step in steps:
        if step == "wait":
            clock.now += 7
            continue
        try:
            breakers.enter(KEY, "M")
        except BreakerOpenError as error:
            waits.append(error.until.timestamp() - clock.now)
            continue
        {"ok": breakers.succeeded, "fail": breakers.failed, "cancel": breakers.left}[step](KEY)
    assert all(0 < wait <= 600 for wait in waits)
    clock.now += 600
    breakers.left(KEY)
    breakers.enter(KEY, "M")


def test_a_failing_probe_waits_longer_each_time() -> None:
    clock = Clock()
    breakers = Breakers(clock, random.Random(1))
    for _ in range(5):
        breakers.failed(KEY)
    waits = []
    for _ in range(9):
        with pytest.raises(BreakerOpenError) as caught:
            breakers.check(KEY, "M")
        waits.append(caught.value.until.timestamp() - clock.now)
        clock.now += waits[-1] + 0.01
        assert breakers.enter(KEY, "M")
        breakers.failed(KEY)
    assert waits[0] <= 5
    assert waits == sorted(waits[:7]) + waits[7:]
    assert max(waits) <= 600


def test_a_trip_outlasts_a_success_that_was_under_way() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    breakers.trip(KEY, 900, "No.")
    breakers.succeeded(KEY)
    with pytest.raises(BreakerOpenError, match="No"):
        breakers.check(KEY, "M")
    clock.now += 901
    breakers.enter(KEY, "M")
    breakers.succeeded(KEY)
    breakers.check(KEY, "M")


def test_a_pause_that_is_asked_for_opens_at_once() -> None:
    breakers = Breakers(Clock())
    breakers.failed(KEY, pause=120)
    with pytest.raises(BreakerOpenError) as caught:
        breakers.check(KEY, "M")
    assert math.isclose(caught.value.until.timestamp(), NOW + 120)


def test_waiting_in_words() -> None:
    words = ["1 second", "1 second", "90 seconds", "2 minutes", "60 minutes"]
    assert [waiting(seconds) for seconds in (0, 1, 89.5, 90, 3600)] == words


@pytest.mark.parametrize(
    ("address", "public"),
    [("1.1.1.1", True), ("2606:4700::1111", True), ("::ffff:1.1.1.1", True), ("64:ff9b::101:101", True),
     ("127.0.0.1", False), ("10.1.2.3", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False),
     ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False), ("64:ff9b::a00:1", False), ("224.0.0.1", False),
     ("255.255.255.255", False), ("0.0.0.0", False), ("169.254.1.1", False), ("nonsense", False)],
)  # fmt: skip
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_ways_to_write_an_address() -> None:
    for text in ("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"):
        assert str(numeric(text)) == "127.0.0.1"
    assert numeric("1and1.example") is None
    assert netloc("https://M.Example:443/x") == netloc("m.example") == "m.example"
    assert netloc("http://m.example:8080") == "m.example:8080"
    assert netloc("https://[::1]:8443/") == "[::1]:8443"
