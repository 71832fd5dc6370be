"""Builds the core and owns its tasks. The window and the command line both start here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

from app import clock
from app.accounts import Accounts
from app.domain import Mention, Triage
from app.errors import ServiceError, StoreError
from app.events import Bus, Notice, RaiseWindow
from app.http import Http
from app.inbox import Inbox
from app.instance import Instance
from app.outbox import Outbox
from app.paths import Paths
from app.pictures import Pictures
from app.pool import Pool, SecretStore
from app.settings import Settings
from app.store import accounts
from app.store.db import Database
from app.sync.pull import Puller
from app.sync.schedule import Presence, Schedule
from app.triage import triage

log = logging.getLogger(__name__)
BACKUP_EVERY = 24 * 3600.0
RESTART_SECONDS = 10.0


def judge(mention: Mention) -> Triage:
    """Triage of one message by itself; a second unanswered one is counted where the conversation is known."""
    return triage(mention, unanswered=1)


class Runtime:
    """Everything below the window. `open` is quick and needs no network; `start` and `stop` own one TaskGroup."""

    def __init__(
        self,
        paths: Paths,
        *,
        secrets: SecretStore | None = None,
        http: Http | None = None,
        now: clock.Clock = clock.now,
        look_again: float = 20.0,
        locked: bool = True,
    ) -> None:
        """`locked` takes the folder for this process alone; raises `InUseError` if another has it."""
        paths.ensure()
        self.paths = paths
        self.instance = Instance(paths.data) if locked else None
        try:
            self.db = Database(paths.data / "carelane.db")
        except BaseException:
            if self.instance is not None:
                self.instance.release()
            raise
        self.bus = Bus()
        self.settings = Settings(self.db)
        self._http = http
        self._secrets = secrets
        self.presence = Presence()
        self.pool = Pool(self.db, _Late(self.secrets), self.http)
        self.puller = Puller(self.db, self.pool, self.bus, judge, now=now)
        self.inbox = Inbox(self.db, self.pool, self.puller, self.bus, now=now)
        self.accounts = Accounts(self.db, self.pool, self.bus, self.http, now=now)
        self.schedule = Schedule(self.db, self.puller, self.bus, self.presence, now=now, back_online=self._back_online)
        self.outbox = Outbox(
            self.db, self.pool, self.bus, judge, now=now, look_again=look_again, report=self.schedule.report
        )
        self.accounts.check = self.schedule.check_now
        self.pictures = Pictures(paths.cache / "pictures", self.http)
        self._stop = asyncio.Event()
        self._main: asyncio.Task[None] | None = None

    def http(self) -> Http:
        """Made when first needed: it costs 160 ms, which the first paint does not have."""
        if self._http is None:
            self._http = Http()
        return self._http

    def secrets(self) -> SecretStore:
        """The system keyring, imported when first needed."""
        if self._secrets is None:
            from app.secrets import Secrets

            # A name of its own, so that a moved folder finds its secrets and two folders never share.
            # One transaction: the window and a command may both be the first to need it.
            made = f'"{uuid.uuid4().hex[:12]}"'
            self.db.submit(lambda db: accounts.add_setting(db, "keyring_scope", made)).result()
            self._secrets = Secrets(scope=self.settings.get("keyring_scope"))
        return self._secrets

    def _back_online(self) -> None:
        self.http().reset()
        self.outbox.network_back()

    async def start(self) -> None:
        """Recover what a crash left uncertain, then sync and send until `stop`. Needs the lock."""
        assert self.instance is not None, "only the holder of the folder may sync and send"
        await self.outbox.recover()
        await self.instance.listen(lambda: self.bus.publish(RaiseWindow()))
        self._stop = asyncio.Event()
        self._main = asyncio.create_task(self._run(), name="carelane")

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._kept("sync", self.schedule.run)),
                group.create_task(self._kept("outbox", self.outbox.run)),
                group.create_task(self._kept("backup", self._backups)),
            ]
            await self._stop.wait()
            for task in tasks:
                task.cancel()

    async def _kept(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
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
                    await asyncio.to_thread(self.db.copy, "daily")
                except (OSError, StoreError) as error:  # a full disk, or damage: told, and tried again later
                    log.warning("the daily copy could not be written: %s", error)
                    self.bus.publish(Notice(f"The daily copy could not be written. {error}"))
            await asyncio.sleep(3600)

    def _copies(self) -> list[Path]:
        return list((self.paths.data / "backups").glob("daily-*.db"))

    async def stop(self) -> None:
        """End every task, then finish what is being written."""
        if self._main is not None:
            self._stop.set()
            with contextlib.suppress(asyncio.CancelledError):
                await self._main
            self._main = None
        await self.pool.close()
        if self._http is not None:
            await self._http.close()
        await asyncio.to_thread(self.db.close)
        if self.instance is not None:
            await self.instance.close()


def _leaves(group: ExceptionGroup[ServiceError]) -> list[ServiceError]:
    found: list[ServiceError] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, ExceptionGroup) else [error]
    return found


class _Late:
    """A secret store that is made when it is first asked."""

    def __init__(self, make: Callable[[], SecretStore]) -> None:
        self._make = make

    async def aget(self, account_id: str) -> dict[str, str] | None:
        """See `SecretStore`."""
        return await self._make().aget(account_id)

    async def aset(self, account_id: str, secret: dict[str, str]) -> None:
        """See `SecretStore`."""
        await self._make().aset(account_id, secret)

    async def adelete(self, account_id: str) -> None:
        """See `SecretStore`."""
        await self._make().adelete(account_id)
