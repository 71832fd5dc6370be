"""When each account is read: often while the person looks and people write, seldom on battery."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import random
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from app import clock
from app.connectors import connector_class
from app.errors import BreakerOpenError, NetworkError, RateLimitError, ServiceError, SignInError
from app.events import Bus, Changes, NetworkState
from app.presence import Presence
from app.store import accounts
from app.store.conversations import advance
from app.store.db import Database, data_version
from app.sync.pull import Puller

log = logging.getLogger(__name__)
BUSY, USUAL, SAVING = 30.0, 120.0, 600.0  # seconds
SLEPT = 60.0  # a jump of the clock by this much means that the lid was shut
TICK = 1.0
SIDE_BY_SIDE = 8
LOOK_SECONDS = 5.0


def on_battery() -> bool:
    """False where the system does not tell."""
    import psutil  # after the first paint

    try:
        battery = psutil.sensors_battery()
    except (OSError, RuntimeError, AttributeError):  # FreeBSD and some containers lack the call
        return False
    return battery is not None and battery.power_plugged is False


def _import(platforms: Collection[str]) -> None:
    """Import what the first pull needs, off the window's thread, which it would hold up for 70 ms."""
    for platform in platforms:
        with contextlib.suppress(KeyError):  # an account that a newer Carelane added; its pull says so
            connector_class(platform)
    with contextlib.suppress(ImportError):
        importlib.import_module("psutil")


def interval(presence: Presence, newest: datetime | None, now: datetime, battery: bool) -> float:
    """Seconds until an account is read again."""
    if battery and presence.idle():
        return SAVING
    busy = newest is not None and now - newest < timedelta(hours=1)
    return BUSY if presence.in_front and busy else USUAL


class Schedule:
    """Reads every account in turn, and moves what time alone moves."""

    def __init__(
        self,
        db: Database,
        puller: Puller,
        bus: Bus,
        presence: Presence,
        *,
        now: clock.Clock = clock.now,
        back_online: Callable[[], None] = lambda: None,
        battery: Callable[[], bool] = on_battery,
        pace: Callable[[str, float], float] = lambda _account, seconds: seconds,
        note: Callable[[str], str] = lambda _account: "",
    ) -> None:
        """`pace` draws the time to an account's next reading out where a limit must last; `note` says why."""
        self._db, self._puller, self._bus, self._presence, self._now = db, puller, bus, presence, now
        self._back_online = back_online
        self._battery = battery
        self._pace, self._note = pace, note
        self._next: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._running: set[str] = set()
        self._again: set[str] = set()  # was asked for while it was being read
        self._gate = asyncio.Semaphore(SIDE_BY_SIDE)
        self._wake = asyncio.Event()
        self._online: bool | None = None
        self._version: int | None = None
        self.paused = False

    def check_now(self, account_id: str | None = None) -> None:
        """Read this account, or all, at once; what is being read just now is read once more."""
        self._again |= self._running if account_id is None else self._running & {account_id}
        if account_id is None:
            self._next.clear()
        else:
            self._next.pop(account_id, None)
        self._failures.clear()
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        await asyncio.to_thread(_import, {account.platform for account in accounts.accounts(self._db.reader())})
        wall, steady = self._now(), time.monotonic()
        async with asyncio.TaskGroup() as group:
            moved_at = looked_at = 0.0
            while True:
                if (self._now() - wall).total_seconds() - (time.monotonic() - steady) > SLEPT:
                    log.info("woke from sleep: all accounts are read once")
                    self.check_now()
                wall, steady = self._now(), time.monotonic()
                if steady - looked_at > LOOK_SECONDS:
                    looked_at = steady
                    await self._look_at_others()
                if steady - moved_at > 20:
                    moved_at = steady
                    await self._advance()
                if not self.paused:
                    self._start_due(group, steady)
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._wake.wait()

    def _pause(self) -> float:
        """Seconds to sleep: out of sight nobody waits for the second, and each waking costs a battery."""
        if not self._next:
            return TICK / 2
        return TICK if self._presence.in_front else LOOK_SECONDS

    async def _look_at_others(self) -> None:
        """The `carelane` command may have written beside us: then everything on the screen is read again."""
        try:
            version = await self._db.write(data_version)
        except ServiceError:
            return  # a locked or full disk is told by those who must write
        if self._version is not None and version != self._version:
            self._bus.publish(Changes(everything=True, counts=True))
        self._version = version

    async def _advance(self) -> None:
        try:
            moved = await self._db.write(lambda db: advance(db, self._now()))
        except ServiceError as error:
            log.warning("could not move what became due: %s", error)
            return
        if moved:
            self._bus.publish(Changes(frozenset(map(str, moved)), counts=True))

    def _start_due(self, group: asyncio.TaskGroup, steady: float) -> None:
        for account in accounts.accounts(self._db.reader()):
            due = self._next.get(account.id, 0.0)
            if account.id in self._running or steady < due or account.state == "paused":
                continue
            self._running.add(account.id)
            group.create_task(self._one(account.id))

    async def _one(self, account_id: str) -> None:
        """Read one account; what a platform does wrong is told and never ends the others."""
        pause = USUAL
        try:
            async with self._gate:
                await self._puller.pull(account_id)
        except ServiceError as error:
            pause = self._after(account_id, error)
            await self.report(account_id, error)
        except Exception:
            log.exception("reading an account failed in a way that nobody foresaw")
            pause = SAVING
            await self.report(account_id, ServiceError("Carelane made a mistake while reading this account."))
        else:
            self._failures.pop(account_id, None)
            newest = self._newest(account_id)
            pause = self._pace(account_id, interval(self._presence, newest, self._now(), self._battery()))
            await self.report(account_id, None)
        finally:
            self._running.discard(account_id)
            if account_id in self._again:
                self._again.discard(account_id)
                self._wake.set()
            else:
                self._next[account_id] = time.monotonic() + pause

    def _newest(self, account_id: str) -> datetime | None:
        row = (
            self._db.reader()
            .execute(
                "SELECT max(newest_at) FROM conversation INDEXED BY conversation_open WHERE account_id = ?"
                " AND state IN ('open', 'snoozed')",
                (account_id,),
            )
            .fetchone()
        )
        return None if row[0] is None else clock.EPOCH + timedelta(milliseconds=row[0])

    def _after(self, account_id: str, error: ServiceError) -> float:
        """Seconds to wait after a failure: what the platform asks for, or longer each time, with jitter."""
        failures = self._failures[account_id] = self._failures.get(account_id, 0) + 1
        if isinstance(error, RateLimitError | BreakerOpenError):
            return max((error.until - self._now()).total_seconds(), 1.0) + random.uniform(0, 3)
        if isinstance(error, SignInError):
            return SAVING
        base = 5.0 if isinstance(error, NetworkError) else BUSY
        return float(min(base * 2 ** min(failures - 1, 7), SAVING) * random.uniform(0.7, 1.3))

    async def report(self, account_id: str, error: ServiceError | None) -> None:
        """Write an account's state in words, and tell when the network went or came back."""
        state, why = "ok", "" if error is not None else self._note(account_id)
        if isinstance(error, SignInError):
            state, why = "sign_in", str(error)
        elif isinstance(error, NetworkError):
            state, why = "offline", str(error)
        elif error is not None:
            state, why = "trouble", str(error)
        account = accounts.account(self._db.reader(), account_id)
        if account is not None and (account.state, account.why) != (state, why) and account.state != "paused":
            await self._db.write(lambda db: accounts.set_state(db, account_id, state, why))
        self._bus.publish(Changes(accounts=frozenset([account_id])))
        online = not isinstance(error, NetworkError)
        if not online:
            online = any(other.state != "offline" for other in accounts.accounts(self._db.reader()))
        if online != self._online:
            came_back = self._online is False and online
            self._online = online
            self._bus.publish(NetworkState(online, self._now()))
            if came_back:
                self._back_online()
