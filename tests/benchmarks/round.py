"""Fifty accounts over all platforms, each answer 200 ms away: how long is one full round?

The baseline is the same requests, account by account and one after the other, with nothing but the waiting: eight at a
time. So it is the best that anybody could do; both are measured in the same run, by the clock, since what counts here
is waiting and not work.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from msgspec.structs import replace

from app.connectors.base import Capabilities, Connector
from app.domain import Account, Client
from app.events import Bus
from app.http import Http
from app.presence import Presence
from app.runtime import judge
from app.store import accounts
from app.store.db import Database
from app.sync.pull import Puller
from app.sync.schedule import Schedule
from tests.app.connectors.kit import World
from tests.app.connectors.worlds import WORLDS
from tests.benchmarks.measure import Line

ACCOUNTS, LATENCY, AT_ONCE, LIMIT, STALL_LIMIT = 50, 0.2, 8, 1.5, 32.0
HISTORY, FRESH = 40, 3
_who: ContextVar[str] = ContextVar("account")


class Net:
    """The worlds of all accounts behind one transport; knows by the task whose request it is."""

    def __init__(self, worlds: dict[str, World]) -> None:
        self.worlds = worlds
        self.asked: Counter[str] = Counter()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        account = _who.get()
        self.asked[account] += 1
        await asyncio.sleep(LATENCY)
        return await asyncio.to_thread(self.worlds[account], request)  # their work is not ours


class Pool:
    """One connector an account, made of its world."""

    def __init__(self, worlds: dict[str, World], http: Http) -> None:
        self._worlds, self._http = worlds, http
        self._live: dict[str, Connector] = {}

    async def get(self, account_id: str) -> Connector:
        _who.set(account_id)
        if account_id not in self._live:
            world = self._worlds[account_id]

            async def save(_: dict[str, str]) -> None:
                """Kept nowhere."""

            account = replace(world.account(), id=account_id)
            self._live[account_id] = world.connector(account, world.secret(), self._http, save)
        return self._live[account_id]

    def capabilities(self, account: Account) -> Capabilities:
        return self._live[account.id].capabilities


async def _ideal(asked: Counter[str]) -> float:
    """Seconds for these requests with nothing but the waiting."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def account(requests: int) -> None:
        for _ in range(requests):
            async with slots:
                await asyncio.sleep(LATENCY)

    start = time.monotonic()
    # the longest chains first, as the best plan would have it
    await asyncio.gather(*(account(count) for _, count in asked.most_common()))
    return time.monotonic() - start


async def _watch(stalls: list[float]) -> None:
    """The CPU that the loop's own thread takes between two turns of ours."""
    while True:
        before = time.thread_time()
        await asyncio.sleep(0.002)
        stalls.append(time.thread_time() - before)


async def _round(folder: Path) -> tuple[dict[str, float], dict[str, float], list[float]]:
    names = sorted(WORLDS)
    worlds: dict[str, World] = {f"a{n}": WORLDS[names[n % len(names)]]() for n in range(ACCOUNTS)}
    now = datetime.now(UTC).replace(microsecond=0)
    for world in worlds.values():
        for n in range(HISTORY):
            world.write(f"Message {n}", at=now - timedelta(minutes=HISTORY + 5 - n))
    db, bus = Database(folder / "carelane.db"), Bus()

    def fill(write: object) -> None:
        accounts.add_client(write, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", now))  # type: ignore[arg-type]
        for id_, world in worlds.items():
            row = replace(world.account(), id=id_, client_id="c1", remote_id=id_)  # one of a kind to the store
            accounts.add_account(write, row, now - timedelta(days=1))  # type: ignore[arg-type]

    await db.write(fill)
    net = Net(worlds)
    http = Http(transport=httpx.MockTransport(net))
    pool = Pool(worlds, http)
    puller = Puller(db, pool, bus, judge)  # type: ignore[arg-type]
    took: dict[str, float] = {}
    ideal: dict[str, float] = {}
    stalls: list[float] = []
    troubles: list[str] = []
    for name in ("first", "usual"):
        if name == "usual":
            for world in worlds.values():
                for n in range(FRESH):
                    world.write(
                        f"Fresh {n}", at=datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=FRESH - n)
                    )
        net.asked.clear()
        schedule = Schedule(db, puller, bus, Presence(), battery=lambda: False)
        done: set[str] = set()
        ended = asyncio.Event()
        before = schedule.report

        async def report(id_: str, error: object, before: object = before, done: set[str] = done) -> None:
            if error is not None:
                troubles.append(f"{worlds[id_].connector.platform}: {error}")
            await before(id_, error)  # type: ignore[operator]
            done.add(id_)
            if len(done) == ACCOUNTS:
                ended.set()  # noqa: B023 - of this round

        schedule.report = report  # type: ignore[method-assign]
        watcher = asyncio.create_task(_watch(stalls))
        start = time.monotonic()
        running = asyncio.create_task(schedule.run())
        await ended.wait()
        took[name] = time.monotonic() - start
        for task in (running, watcher):
            task.cancel()
        await asyncio.gather(running, watcher, return_exceptions=True)
        ideal[name] = await _ideal(net.asked)
    await http.close()
    assert not troubles, sorted(set(troubles))
    held: int = db.reader().execute("SELECT count(*) FROM mention").fetchone()[0]
    db.close()
    assert held >= ACCOUNTS * (HISTORY + FRESH), f"{held} messages are there"
    return took, ideal, stalls


def run() -> Iterator[Line]:
    """The first round, which reads the history, and a usual one."""
    with tempfile.TemporaryDirectory() as folder:
        took, ideal, stalls = asyncio.run(_round(Path(folder)))
    count = len(WORLDS)
    what = f"{ACCOUNTS} accounts, {count} platforms, 200 ms"
    yield Line(f"{what}: first round", took["first"], "s", ideal["first"], LIMIT)
    yield Line(f"{what}: usual round", took["usual"], "s", ideal["usual"], LIMIT)
    yield Line(f"{what}: longest stall, CPU", max(stalls) * 1000, "ms", limit=STALL_LIMIT)
