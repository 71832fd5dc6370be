from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from app.errors import NetworkError, RateLimitError, SignInError
from app.events import NetworkState
from app.presence import Presence
from app.store import accounts
from app.sync.schedule import BUSY, SAVING, USUAL, Schedule, interval
from tests.app.platform import START, Shop


def schedule(shop: Shop, **more: object) -> Schedule:
    return Schedule(
        shop.db, shop.puller, shop.bus, Presence(in_front=True), now=shop.clock, battery=lambda: False, **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("in_front", "idle", "newest", "battery", "seconds"),
    [
        (True, False, 10, False, BUSY),
        (True, False, 90, False, USUAL),
        (True, False, None, False, USUAL),
        (False, False, 10, False, USUAL),
        (False, True, 10, True, SAVING),
        (False, False, 10, True, USUAL),
        (True, True, 10, True, BUSY),
    ],
)
def test_how_often(in_front: bool, idle: bool, newest: int | None, battery: bool, seconds: float) -> None:
    presence = Presence(in_front, time.monotonic() - (700 if idle else 0))
    at = None if newest is None else START - timedelta(minutes=newest)
    assert interval(presence, at, START, battery) == seconds


async def run_until(work: Schedule, done: object) -> None:
    task = asyncio.create_task(work.run())
    try:
        async with asyncio.timeout(5):
            while not done():  # type: ignore[operator]
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.wait([task])


def state(shop: Shop) -> tuple[str, str]:
    account = accounts.account(shop.db.reader(), "a1")
    assert account is not None
    return account.state, account.why


async def test_it_reads_says_what_is_wrong_and_recovers(shop: Shop) -> None:
    back: list[bool] = []
    states: list[NetworkState] = []
    shop.bus.subscribe(NetworkState, states.append)
    work = schedule(shop, back_online=lambda: back.append(True))
    shop.world.trouble = SignInError("The password was changed. Sign in again.")
    await run_until(work, lambda: state(shop)[0] == "sign_in")
    assert state(shop)[1] == "The password was changed. Sign in again."
    shop.world.trouble = NetworkError("No network.")
    work.check_now()
    await run_until(work, lambda: state(shop)[0] == "offline")
    shop.world.trouble = None
    shop.world.write("m1")
    work.check_now()
    await run_until(work, lambda: state(shop)[0] == "ok")
    assert back == [True]
    assert [found.online for found in states] == [True, False, True]
    assert shop.db.reader().execute("SELECT count(*) FROM mention").fetchone() == (1,)


async def test_a_bug_in_one_account_does_not_end_the_schedule(shop: Shop) -> None:
    work = schedule(shop)
    shop.world.trouble = RuntimeError("a bug")
    await run_until(work, lambda: state(shop)[0] == "trouble")
    shop.world.trouble = None
    work.check_now()
    await run_until(work, lambda: state(shop)[0] == "ok")


async def test_what_is_asked_for_while_it_is_read_is_read_once_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, go_on = schedule(shop), asyncio.Event()
    reading, again = asyncio.Event(), asyncio.Event()

    async def pull(account_id: str) -> None:
        if reading.is_set():
            again.set()
            return
        reading.set()
        await go_on.wait()
        raise NetworkError("No network.")

    monkeypatch.setattr(shop.puller, "pull", pull)
    task = asyncio.create_task(work.run())
    try:
        async with asyncio.timeout(30):
            await reading.wait()
            work.check_now("a1")  # it fails all the same, and would be left alone for seconds
            work.check_now("another")
            go_on.set()
            start = time.monotonic()
            await again.wait()
        assert time.monotonic() - start < 3, "not after the pause of a failure"
    finally:
        task.cancel()
        await asyncio.wait([task])


def test_it_waits_longer_after_each_failure_and_as_long_as_a_limit_says(shop: Shop) -> None:
    work = schedule(shop)
    waits = [work._after("a1", NetworkError("No network.")) for _ in range(12)]
    assert 3 < waits[0] < 7
    assert 400 < waits[-1] < 800
    limited = work._after("a1", RateLimitError("Too many.", until=shop.clock() + timedelta(minutes=5)))
    assert 300 <= limited <= 303


async def test_waking_from_sleep_reads_everything_once(shop: Shop) -> None:
    work = schedule(shop)
    await run_until(work, lambda: state(shop)[0] == "ok" and accounts.mark(shop.db.reader(), "a1", "own") is not None)
    shop.world.write("m1")
    asked = asyncio.create_task(run_until(work, lambda: shop.db.reader().execute("SELECT 1 FROM mention").fetchone()))
    await asyncio.sleep(0.05)
    shop.clock.forward(hours=9)  # the lid was shut: the clock jumps, the process's own time does not
    await asked


async def test_time_alone_moves_items_into_care_now(shop: Shop) -> None:
    shop.world.write("m1", "do you have rye bread?")
    await shop.pull()
    lane = "SELECT lane FROM conversation"
    assert shop.db.reader().execute(lane).fetchone() == ("today",)
    shop.clock.forward(minutes=61)
    await run_until(schedule(shop), lambda: shop.db.reader().execute(lane).fetchone() == ("care",))
    assert any(change.counts and change.conversations == {"1"} for change in shop.changes)
