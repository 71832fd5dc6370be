"""The tasks of a running core: sync, outbox and the daily copy, in one TaskGroup."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from app import clock
from app.errors import ServiceError, StoreError
from app.events import Bus, Notice
from app.store.db import Database

log = logging.getLogger(__name__)
BACKUP_EVERY = 24 * 3600.0
RESTART_SECONDS = 10.0
Loop = Callable[[], Awaitable[None]]


class Tasks:
    """Runs loops that must not end, until `stop`."""

    def __init__(self, db: Database, bus: Bus, loops: dict[str, Loop]) -> None:
        self.db, self.bus = db, bus
        self._loops: dict[str, Loop] = {**loops, "backup": self._backups}
        self._stop = asyncio.Event()
        self._main = asyncio.create_task(self._run(), name="carelane")

    async def stop(self) -> None:
        """End every task."""
        self._stop.set()
        with contextlib.suppress(asyncio.CancelledError):
            await self._main

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._kept(name, loop)) for name, loop in self._loops.items()]
            await self._stop.wait()
            for task in tasks:
                task.cancel()

    async def _kept(self, name: str, loop: Loop) -> None:
        """A loop that must not end: what fails for a while is told, a bug is loud, and the loop starts again."""
        while True:
            try:
                await loop()
            except ServiceError as error:
                self._tell_failure(name, error)
            except ExceptionGroup as group:
                told, bugs = group.split(ServiceError)
                for failure in _leaves(told) if told is not None else ():
                    self._tell_failure(name, failure)
                if bugs is not None:
                    sys.excepthook(type(bugs), bugs, bugs.__traceback__)
            except Exception:  # noqa: BLE001 - handed on to where bugs belong; syncing and sending go on
                sys.excepthook(*sys.exc_info())
            await asyncio.sleep(RESTART_SECONDS)

    def _tell_failure(self, name: str, error: ServiceError) -> None:
        log.warning("%s stopped for a while: %s", name, error)
        self.bus.publish(Notice(str(error)))

    async def _backups(self) -> None:
        """A copy of the database once a day, so that a damaged file can be replaced."""
        while True:
            await asyncio.sleep(60)
            newest = max((copy.stat().st_mtime for copy in self._copies()), default=0.0)
            if clock.now().timestamp() - newest > BACKUP_EVERY:
                try:
                    await self.db.aside(self.db.copy, "daily")
                except (OSError, StoreError) as error:  # a full disk, or damage: told, and tried again later
                    log.warning("the daily copy could not be written: %s", error)
                    self.bus.publish(Notice(f"The daily copy could not be written. {error}"))
            await asyncio.sleep(3600)

    def _copies(self) -> list[Path]:
        return list((self.db.path.parent / "backups").glob("daily-*.db"))


def _leaves(group: ExceptionGroup[ServiceError]) -> list[ServiceError]:
    found: list[ServiceError] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, ExceptionGroup) else [error]
    return found
