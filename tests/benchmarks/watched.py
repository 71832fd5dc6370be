"""Started as a process: the window while twenty accounts sync, or at rest. Prints what it saw.

`sync SERVER`, or `idle`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app import clock
from app.paths import Paths
from app.runtime import Runtime
from tests.benchmarks import data
from tests.benchmarks.measure import percentile, resident_mb
from ui import theme

SECONDS = 10.0


class Secrets:
    """A token for everybody."""

    async def aget(self, account_id: str) -> dict[str, str] | None:
        """The same for all."""
        return {"token": account_id}

    async def aset(self, account_id: str, secret: dict[str, str]) -> None:
        """Nothing is kept."""

    async def adelete(self, account_id: str) -> None:
        """Nothing is there."""


class Watch(QObject):
    """Every 5 ms: what the process, and the window's own thread, worked since the last time."""

    def __init__(self) -> None:
        super().__init__()
        self.all_cpu: list[float] = []
        self.own_cpu: list[float] = []
        self._last = time.process_time(), time.thread_time()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        now = time.process_time(), time.thread_time()
        self.all_cpu.append((now[0] - self._last[0]) * 1000)
        self.own_cpu.append((now[1] - self._last[1]) * 1000)
        self._last = now

    def found(self) -> dict[str, float]:
        """Milliseconds."""
        return {
            "process": max(self.all_cpu), "process99": percentile(self.all_cpu, 0.99),
            "thread": max(self.own_cpu), "thread99": percentile(self.own_cpu, 0.99),
            "rounds": len(self.own_cpu), "all": sum(self.all_cpu),
        }  # fmt: skip


def timers(db: sqlite3.Connection) -> None:
    """A thousand open conversations whose time runs."""
    data.add_accounts(db)
    now = int(clock.now().timestamp() * 1000)
    rows = [
        (n, "a1", "c1", f"r{n}", "Person", "@person", data.words(random.Random(n)), now - 600_000, now - 600_000,
         now + n * 9_000, now + n * 9_000, "open", "care", now + n * 9_000)
        for n in range(1, 1001)
    ]  # fmt: skip
    db.executemany(
        "INSERT INTO conversation (n, account_id, client_id, root, author, handle, text, posted_at, newest_at, due_at,"
        " care_by, state, lane, sort_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


async def sync(runtime: Runtime, window: Any) -> dict[str, float]:
    """Until every account was read."""
    await asyncio.sleep(2)  # what follows the first paint is over
    watch = Watch()
    await runtime.start()
    reader = runtime.db.reader()
    async with asyncio.timeout(300):
        while reader.execute("SELECT count(*) FROM account WHERE checked_at IS NULL").fetchone() != (0,):
            await asyncio.sleep(0.25)
    (count,) = reader.execute("SELECT count(*) FROM mention").fetchone()
    found = watch.found()
    await asyncio.sleep(1)
    return {**found, "mentions": count, "mb": resident_mb()}


async def idle(runtime: Runtime, window: Any) -> dict[str, float]:
    """Ten seconds in sight, ten out of it; the core runs, with its accounts read a moment ago."""
    runtime.schedule._next.update({account.id: time.monotonic() + 1e6 for _, account in data.account_rows()})
    await runtime.start()
    await asyncio.sleep(3)
    shown: dict[str, float] = {}
    for name, change in (("visible", window.show), ("hidden", window.hide)):
        change()
        await asyncio.sleep(2)
        start = time.process_time(), time.thread_time()
        await asyncio.sleep(SECONDS)
        shown[name] = (time.process_time() - start[0]) / SECONDS * 100
        shown[f"{name}_thread"] = (time.thread_time() - start[1]) / SECONDS * 100
    return shown


def main() -> None:
    """Open the window on a fresh folder, do one of them, print."""
    import qasync

    folder = tempfile.TemporaryDirectory()
    base = Path(folder.name)
    app = QApplication(sys.argv[:1])
    theme.apply(app)
    runtime = Runtime(Paths(base, base / "cache", base / "config", base / "logs"), secrets=Secrets())
    if sys.argv[1] == "sync":
        runtime.db.submit(lambda db: data.add_accounts(db, server=sys.argv[2])).result()
    else:
        runtime.db.submit(timers).result()
    from ui.window import MainWindow

    loop = qasync.QEventLoop(app, already_running=False)
    asyncio.set_event_loop(loop)
    app.setQuitOnLastWindowClosed(False)
    window = MainWindow(runtime)
    window.show()
    with loop:
        found = loop.run_until_complete({"sync": sync, "idle": idle}[sys.argv[1]](runtime, window))
        print(json.dumps(found), flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
