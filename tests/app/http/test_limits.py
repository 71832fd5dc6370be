"""Rate limits and the breaker, per host and account."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from app.errors import (
    BreakerOpenError,
    GoneError,
    NetworkError,
    RateLimitError,
    ServerError,
)
from app.http import Http
from tests.app.http.answering import SITE, START, Clock, answering, fails, status


async def test_an_exhausted_account_waits_without_network() -> None:
    calls = 0
    clock = Clock()

    def handle(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        left = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2025-03-14T11:05:00Z"}
        return httpx.Response(200, headers=left)

    http = answering(handle, clock=clock)
    await http.send("GET", SITE, account="a")
    error = await fails(http, RateLimitError, account="a")
    assert error.until.timestamp() == START + 300
    assert "5 minutes" in str(error)
    await fails(http, RateLimitError, "POST", account="a", writes=True)
    assert calls == 1
    await http.send("GET", SITE, account="b")
    await http.send("GET", "https://other.example", account="a")
    clock.now += 301
    await http.send("GET", SITE, account="a")
    assert calls == 4


async def test_the_last_calls_are_kept_for_replies() -> None:
    left = {"ratelimit-limit": "100", "ratelimit-remaining": "5", "ratelimit-reset": str(int(START) + 60)}
    http = answering(status(200, headers=left), clock=Clock())
    await http.send("GET", SITE)
    await fails(http, RateLimitError)
    await http.send("POST", SITE, writes=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "90"}, 90),
        ({"Retry-After": "Fri, 14 Mar 2025 11:02:00 GMT"}, 120),
        ({"Retry-After": "999999"}, 3600),
        ({"X-RateLimit-Limit": "3", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2025-03-14T11:00:40.5Z"}, 40.5),
        ({"ratelimit-limit": "3", "ratelimit-remaining": "0", "ratelimit-reset": str(int(START + 30))}, 30),
        ({}, None),
        ({"Retry-After": "soon"}, None),
    ],
)
async def test_429_says_until_when(headers: dict[str, str], seconds: float | None) -> None:
    clock = Clock()
    http = answering(status(429, headers=headers), clock=clock)
    error = await fails(http, RateLimitError, account="a")
    wait = error.until.timestamp() - START
    assert 60 <= wait <= 90 if seconds is None else wait == pytest.approx(seconds)
    again = await fails(http, RateLimitError, account="a")
    assert again.until == error.until


async def test_the_breaker_opens_probes_and_closes() -> None:
    clock, calls, up = Clock(), 0, False

    def handle(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(200 if up else 503)

    http = answering(handle, clock=clock)
    for _ in range(5):
        await fails(http, ServerError, account="a")
    error = await fails(http, BreakerOpenError, account="a")
    assert 2.5 <= error.until.timestamp() - START <= 5
    assert calls == 5
    clock.now += 5
    await fails(http, ServerError, account="a")  # the probe
    await fails(http, BreakerOpenError, account="a")
    clock.now += 10
    up = True
    await http.send("GET", SITE, account="a")
    await http.send("GET", SITE, account="a")
    assert calls == 8


async def test_only_one_probe_and_a_cancelled_one_gives_its_place_back() -> None:
    clock, hold = Clock(), asyncio.Event()
    down = True

    async def handle(_: httpx.Request) -> httpx.Response:
        if down:
            raise httpx.ConnectError("down")
        await hold.wait()
        return httpx.Response(200)

    http = Http(transport=httpx.MockTransport(handle), clock=clock)
    for _ in range(5):
        await fails(http, NetworkError)
    down = False
    clock.now += 6
    probe = asyncio.create_task(http.send("GET", SITE))
    await asyncio.sleep(0.01)
    await fails(http, BreakerOpenError)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    hold.set()
    assert (await http.send("GET", SITE)).status == 200


async def test_trip_and_reset() -> None:
    clock = Clock()
    http = answering(status(200), clock=clock)
    http.trip(f"{SITE}/api/v1/statuses", "a", 900, "Mastodon blocks this account.")
    error = await fails(http, BreakerOpenError, account="a")
    assert str(error) == "Mastodon blocks this account."
    assert error.until.timestamp() == START + 900
    await http.send("GET", SITE, account="b")
    http.reset("b")
    await fails(http, BreakerOpenError, account="a")
    http.reset("a")
    await http.send("GET", SITE, account="a")
    http.trip("m.example", "a", 900, "No.")
    http.reset()
    await http.send("GET", SITE, account="a")


async def test_answers_that_are_no_failures_of_the_server_leave_the_breaker_closed() -> None:
    http = answering(status(404))
    for _ in range(8):
        await fails(http, GoneError)
