"""The database file: one writer thread that owns the write connection, and a read-only connection per thread."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from app.errors import DamagedStoreError, StoreError
from app.store.migrations import MIGRATIONS, migrate, version

log = logging.getLogger(__name__)
T = TypeVar("T")
Job = tuple[Callable[[sqlite3.Connection], Any], "Future[Any]"]
LONGEST_READ = 30.0  # seconds that closing waits for a read in another thread
BUSY_SECONDS = 5.0
KEPT_COPIES = 3
ROOM = 100_000  # bytes


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """Turn what SQLite says into a sentence for a person."""
    text = str(error).lower()
    if "full" in text or ("i/o error" in text and _no_room(path.parent)):
        return StoreError("The disk is full. Nothing was lost; make room, then try again.")
    if "readonly" in text or "read-only" in text or "unable to open" in text or "permission" in text:
        return StoreError(
            f"Carelane may not write to {path.parent}. Check the rights of that folder, then start again."
        )
    if "locked" in text or "busy" in text:
        return StoreError("Another program holds Carelane's database. Close it, then try again.")
    if "malformed" in text or "not a database" in text or "corrupt" in text:
        return damaged(path)
    return StoreError(f"The database could not be used ({error}). Run “carelane doctor” to find out why.")


def _no_room(folder: Path) -> bool:
    """Beside the database lies memory that is shared between programs; without room for it, SQLite says I/O error."""
    try:
        return shutil.disk_usage(folder).free < ROOM
    except OSError:
        return False


def damaged(path: Path) -> DamagedStoreError:
    """Say that the file is damaged, and name the newest copy."""
    copies = backups(path)
    offer = f" The last good copy is {copies[-1].name}." if copies else " There is no copy of it yet."
    return DamagedStoreError(
        f"The database {path.name} is damaged. It was left as it is.{offer}",
        backup=str(copies[-1]) if copies else "",
    )


def backups(path: Path) -> list[Path]:
    """Copies of the database, oldest first."""
    return sorted((path.parent / "backups").glob("*.db"), key=lambda copy: copy.stat().st_mtime)


class Database:
    """Owns the file. `write` runs jobs in order on the writer thread, each in one transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._closed = False
        self._aside = 0  # reads that run in other threads just now
        self._quiet = threading.Condition()
        self._open()
        self._thread = threading.Thread(target=self._work, name="store", daemon=True)
        self._thread.start()

    def _open(self) -> None:
        fresh = not self.path.exists() or self.path.stat().st_size == 0
        try:
            if fresh:
                self.path.touch(mode=0o600)
            self._writer = sqlite3.connect(
                self.path,
                isolation_level=None,
                check_same_thread=False,
                timeout=BUSY_SECONDS,
                cached_statements=256,
            )
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._writer.execute("PRAGMA synchronous = NORMAL")
            self._writer.execute("PRAGMA foreign_keys = ON")
            done = version(self._writer)
            if done > len(MIGRATIONS):
                raise StoreError("This data was written by a newer Carelane. Install the newer version to open it.")
            if done < len(MIGRATIONS):
                if not fresh:
                    self.copy(f"before-{len(MIGRATIONS)}")
                migrate(self._writer)
            self._writer.execute("SELECT count(*) FROM lane_count").fetchone()
            if os.name == "posix":
                for suffix in ("", "-wal", "-shm"):
                    with contextlib.suppress(FileNotFoundError):
                        os.chmod(f"{self.path}{suffix}", 0o600)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        except OSError as error:
            raise StoreError(
                f"Carelane cannot use {self.path.parent}: {error.strerror}. Choose another folder or mend its rights."
            ) from error

    def copy(self, label: str) -> Path:
        """Write a consistent copy of the file beside it and keep the newest few of that label.

        Raises `StoreError`. A copy of a damaged file is thrown away: it would push the good ones out.
        """
        folder = self.path.parent / "backups"
        folder.mkdir(mode=0o700, exist_ok=True)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        goal, part = folder / f"{label}-{stamp}.db", folder / f".{label}-{stamp}.part"
        try:
            with contextlib.closing(sqlite3.connect(part)) as target:
                if os.name == "posix":
                    os.chmod(part, 0o600)
                self.reader().backup(target)
                if target.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                    raise damaged(self.path)
            part.replace(goal)
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        finally:
            part.unlink(missing_ok=True)
        for old in sorted(folder.glob(f"{label}-*.db"))[:-KEPT_COPIES]:
            old.unlink()
        return goal

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    result = function(self._writer)
                    self._writer.execute("COMMIT")
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        self._writer.execute("ROLLBACK")
                    raise
            except sqlite3.OperationalError as error:
                told = explain(error, self.path)
                told.__cause__ = error
                future.set_exception(told)
            except sqlite3.DatabaseError as error:
                corrupt = not isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError)
                future.set_exception(explain(error, self.path) if corrupt else error)
            except BaseException as error:  # noqa: BLE001 - handed to the caller, who waits for it
                future.set_exception(error)
            else:
                future.set_result(result)

    def submit(self, function: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue `function` for the writer thread; it runs in one transaction."""
        future: Future[T] = Future()
        if self._closed:
            future.set_exception(StoreError("Carelane is closing. Nothing more can be saved."))
            return future
        self._jobs.put((function, future))
        return future

    async def write(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run `function` on the writer thread. A caller that is cancelled does not undo a started write."""
        import asyncio  # 60 ms that the first paint does not have

        return await asyncio.wrap_future(self.submit(function))

    async def aside(self, function: Callable[..., T], *given: object) -> T:
        """Run `function` in a worker thread, where it may read by `reader()`. `close` waits for it.

        A connection that is closed in one thread while another one reads by it ends the whole process.
        """
        import asyncio

        def run() -> T:
            with self._quiet:
                if self._closed:
                    raise StoreError("Carelane is closing. Nothing more can be read.")
                self._aside += 1
            try:
                return function(*given)
            finally:
                with self._quiet:
                    self._aside -= 1
                    self._quiet.notify_all()

        return await asyncio.to_thread(run)

    def reader(self) -> sqlite3.Connection:
        """This thread's read-only connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if connection is None:
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=BUSY_SECONDS,
            )
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA mmap_size = 0")
            self._local.reader = connection
            self._readers.append(connection)
        return connection

    def check(self) -> list[str]:
        """SQLite's own look at the file; an empty list is good."""
        try:
            rows = [row[0] for row in self.reader().execute("PRAGMA quick_check(5)")]
        except sqlite3.Error as error:
            return [str(error)]
        return [] if rows == ["ok"] else rows

    def close(self) -> None:
        """Finish what is queued, then release the file."""
        if self._closed:
            return
        with self._quiet:
            self._closed = True
            self._quiet.wait_for(lambda: self._aside == 0, LONGEST_READ)
        self._jobs.put(None)
        self._thread.join()
        for connection in self._readers:
            connection.close()
        with contextlib.suppress(sqlite3.Error):
            self._writer.execute("PRAGMA optimize")
        self._writer.close()


def data_version(connection: sqlite3.Connection) -> int:
    """A number that changes when another connection wrote; on the writer's, when another process did."""
    row: tuple[int] = connection.execute("PRAGMA data_version").fetchone()
    return row[0]


def restore(path: Path, backup: Path) -> Path:
    """Put `backup` in the place of a damaged file. The damaged one is kept; returns where."""
    kept = path.with_name(f"{path.stem}-damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.db")
    part = path.with_name(f".{path.name}.part")
    try:  # on a full disk, nothing has been moved yet
        shutil.copy2(backup, part)
        path.replace(kept)
        for suffix in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{path}{suffix}").replace(f"{kept}{suffix}")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return kept
