"""The runtime: what it starts it ends, what fails is told, and a crash is put in order at the next start."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import tasks
from app.domain import Account, Client, Lane, Reply
from app.errors import InUseError, NetworkError, StoreError
from app.events import Changes, Notice, RaiseWindow
from app.instance import ask_to_front
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from app.store import accounts as rows
from app.store import replies
from tests.app.platform import FakeClock, FakePool, Platform, mention


class House:
    """A data folder, a platform, and runtimes on them."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths.find(folder)
        self.world = Platform(FakeClock(datetime.now(UTC)))
        self.notices: list[str] = []
        self.open: list[Runtime] = []

    def core(self, **more: bool) -> Runtime:
        core = Runtime(self.paths, secrets=MemorySecrets(), look_again=0.0, **more)
        pool = FakePool(self.world)
        core.pool.get, core.pool.capabilities = pool.get, pool.capabilities  # type: ignore[assignment, method-assign]
        core.bus.subscribe(Notice, lambda notice: self.notices.append(notice.text))
        self.open.append(core)
        return core

    def fill(self, core: Runtime) -> None:
        """A client with an account on which somebody wrote."""
        now = datetime.now(UTC)
        self.world.mentions.append(mention("m1", "Is it open today?", now))

        def add(db: object) -> None:
            rows.add_client(db, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", now))  # type: ignore[arg-type]
            account = Account("a1", "c1", "fake", "https://example.social", "me", "@maplerye", "Maple & Rye")
            rows.add_account(db, account, now - timedelta(days=1))  # type: ignore[arg-type]

        core.db.submit(add).result()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "data")
    yield house
    for core in house.open:
        await core.stop()


async def until(true: Callable[[], object], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def told(core: Runtime, true: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something that the bus tells of makes it so; `seconds` only end a test that hangs."""
    changed = asyncio.Event()
    unsubscribe = core.bus.subscribe(Changes, lambda _: changed.set())
    try:
        async with asyncio.timeout(seconds):
            while not true():
                await changed.wait()
                changed.clear()
    finally:
        unsubscribe()


def waiting(core: Runtime) -> list[str]:
    return [row.text for lane in (Lane.CARE, Lane.TODAY) for row in core.inbox.feed_page(lane)]


async def test_it_reads_and_sends_by_itself(house: House) -> None:
    core = house.core()
    house.fill(core)
    await core.start()
    await until(lambda: waiting(core))
    await core.outbox.answer("1", "Until six.", hold=False)
    await until(lambda: house.world.own)
    await until(lambda: core.outbox.count() == 0)
    assert [row.reply.state for row in core.outbox.rows()] == ["sent"]
    assert house.notices == []


def test_the_end_leaves_no_task_and_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())

    async def live(times: int) -> None:
        house = House(tmp_path)
        for _ in range(times):
            core = house.core()
            if not core.inbox.accounts():
                house.fill(core)
            await core.start()
            await until(lambda core=core: waiting(core))
            await core.stop()
            await core.stop()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(live(2))
    assert set(threading.enumerate()) <= before


async def test_a_runtime_that_was_never_started_ends_too(house: House) -> None:
    await house.core().stop()


async def test_one_at_a_time(house: House) -> None:
    core = house.core()
    with pytest.raises(InUseError, match="already running"):
        house.core()
    reader = house.core(locked=False)
    assert reader.inbox.accounts() == [], "reading is for everybody"
    with pytest.raises(AssertionError):
        await reader.start()
    await core.stop()
    await house.core().start()


async def test_a_second_start_raises_the_first_window(house: House) -> None:
    core = house.core()
    raised: list[RaiseWindow] = []
    core.bus.subscribe(RaiseWindow, raised.append)
    await core.start()
    assert await asyncio.to_thread(ask_to_front, house.paths.data)
    await until(lambda: raised)
    await core.stop()
    assert not await asyncio.to_thread(ask_to_front, house.paths.data)


async def test_a_damaged_store_gives_the_folder_back(house: House) -> None:
    house.paths.ensure()
    (house.paths.data / "carelane.db").write_bytes(b"no database at all" * 1000)
    for _ in range(2):  # not InUseError the second time
        with pytest.raises(StoreError, match="damaged"):
            house.core()
    assert (house.paths.data / "carelane.db").read_bytes().startswith(b"no database")


async def test_a_store_that_fails_for_a_while_is_told_and_the_loop_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "RESTART_SECONDS", 0.05)
    next_due, failures = replies.next_due, [StoreError("The disk is full."), StoreError("The disk is full.")]

    def sometimes(*arguments: object) -> datetime | None:
        if failures:
            raise failures.pop()
        return next_due(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(replies, "next_due", sometimes)
    core = house.core()
    house.fill(core)
    await core.start()
    await until(lambda: waiting(core))
    await core.outbox.answer("1", "Until six.", hold=False)
    await until(lambda: house.world.own)
    assert house.notices == ["The disk is full.", "The disk is full."]


async def test_what_is_being_sent_when_the_store_fails_is_settled_and_never_sent_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "RESTART_SECONDS", 0.05)
    mark_sent, failures = replies.mark_sent, [StoreError("The disk is full.")]

    def sometimes(*arguments: object) -> None:
        if failures:
            raise failures.pop()
        mark_sent(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(replies, "mark_sent", sometimes)
    core = house.core()
    house.fill(core)
    await core.start()
    await until(lambda: waiting(core))
    await core.outbox.answer("1", "Until six.", hold=False)
    await until(lambda: [row.reply.state for row in core.outbox.rows()] == ["sent"])
    assert len(house.world.own) == 1
    assert house.notices == ["The disk is full."]


async def test_a_mistake_of_ours_is_loud_and_the_loop_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "RESTART_SECONDS", 0.05)
    loud: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: loud.append(error))
    core = house.core()
    house.fill(core)
    run, mistakes = core.outbox.run, [KeyError("a mistake")]

    async def sometimes() -> None:
        if mistakes:
            raise mistakes.pop()
        await run()

    core.outbox.run = sometimes  # type: ignore[method-assign]
    await core.start()
    await until(lambda: waiting(core))
    await core.outbox.answer("1", "Until six.", hold=False)
    await until(lambda: house.world.own)
    assert [type(error) for error in loud] == [KeyError]


async def test_one_account_that_fails_stops_nobody(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    core = house.core()
    house.fill(core)
    house.world.trouble = NetworkError("No network.")
    await core.start()
    await told(core, lambda: core.inbox.accounts()[0].state == "offline")
    house.world.trouble = None
    core.schedule.check_now()  # the reading that failed may not have come to its end yet
    await told(core, lambda: waiting(core) and core.inbox.accounts()[0].state == "ok")


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_a_stop_cut_off_is_settled_at_the_next_start(house: House, arrived: bool) -> None:
    core = house.core()
    house.fill(core)
    await core.start()
    await until(lambda: waiting(core))
    sending = asyncio.Event()

    async def stall(reply: Reply) -> None:
        sending.set()
        await asyncio.Event().wait()

    if arrived:
        house.world.after_send = stall
    else:
        house.world.before_send = stall
    await core.outbox.answer("1", "Until six.", hold=False)
    await asyncio.wait_for(sending.wait(), 10)
    await core.stop()
    house.world.before_send = house.world.after_send = None
    again = house.core()
    (row,) = again.outbox.rows()
    assert row.reply.state == "claimed", "what the stop left"
    await again.start()
    await until(lambda: [row.reply.state for row in again.outbox.rows()] == ["sent"])
    assert len(house.world.own) == 1


async def test_neither_network_nor_keyring_before_they_are_needed(tmp_path: Path) -> None:
    core = Runtime(Paths.find(tmp_path))
    await core.start()
    core.inbox.counts()
    await asyncio.sleep(0.1)
    assert (core._http, core._secrets) == (None, None)
    await core.stop()
