"""The time between two readings where a limit must last, and the sentence about it at the account."""

from __future__ import annotations

import asyncio
import time

from app.presence import Presence
from app.store import accounts
from app.sync.schedule import Schedule
from tests.app.platform import Shop


async def one_round(shop: Shop, schedule: Schedule) -> None:
    running = asyncio.create_task(schedule.run())
    for _ in range(200):
        await asyncio.sleep(0.005)
        if "a1" in schedule._next:
            break
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_pace_draws_out_the_time_and_the_note_stands_at_the_account(shop: Shop) -> None:
    asked: list[tuple[str, float]] = []

    def pace(account: str, seconds: float) -> float:
        asked.append((account, seconds))
        return seconds * 10

    told = ["At this pace the cap is reached on 27 November."]
    schedule = Schedule(
        shop.db, shop.puller, shop.bus, Presence(), now=shop.clock, battery=lambda: False, pace=pace,
        note=lambda _account: told[0],
    )  # fmt: skip
    await one_round(shop, schedule)
    (account, seconds), *_ = asked
    assert account == "a1"
    assert schedule._next["a1"] - time.monotonic() > seconds * 9
    found = accounts.account(shop.db.reader(), "a1")
    assert found is not None
    assert (found.state, found.why) == ("ok", told[0])
    told[0] = ""
    await schedule.report("a1", None)
    found = accounts.account(shop.db.reader(), "a1")
    assert found is not None
    assert found.why == ""
