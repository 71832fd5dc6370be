"""What Carelane needs, looked at piece by piece. Nothing is changed; each finding says what to do."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app import clock
from app.errors import DamagedStoreError, InUseError, ServiceError
from app.http import Http
from app.instance import Instance
from app.paths import Paths
from app.store import transfer
from app.store.db import backups
from app.store.times import from_ms

if TYPE_CHECKING:
    from app.domain import Account
    from app.pool import SecretStore
    from app.runtime import Runtime

LITTLE, TOO_LITTLE = 1_000_000_000, 200_000_000  # bytes free on the disk
CLOCK_OFF = timedelta(minutes=2)
SET_BACK = timedelta(minutes=5)
QT_BREAKS_BELOW = (3, 12)  # PySide6 6.12 loses a reference to None at each call there and aborts


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `state` is ok, note (works, but look) or bad."""

    check: str
    state: str
    text: str


async def examine(paths: Paths, *, secrets: SecretStore | None = None, http: Http | None = None) -> list[Finding]:
    """Look at everything; the network is asked once an account."""
    found = [python_and_qt(), *folders(paths), disk(paths)]
    running = is_running(paths)
    broken = damage(paths)
    if broken:
        copy = last_good_copy(paths)
        advice = f"“carelane restore” puts {copy.name} in its place" if copy else "there is no good copy of it"
        found += [Finding("Database", "bad", f"{broken}: {advice}."), await keyring(secrets)]
        return found
    if not (paths.data / "carelane.db").exists():
        found += [Finding("Database", "ok", "none yet; it is made at the first start"), await keyring(secrets)]
        return found
    from app.runtime import Runtime

    try:
        runtime = Runtime(paths, secrets=secrets, http=http, locked=False)
    except ServiceError as error:
        return [*found, Finding("Database", "bad", str(error)), await keyring(secrets)]
    try:
        found += [database(runtime, paths), await keyring(runtime.secrets())]
        found += set_back(runtime)
        accounts = [account for account in runtime.inbox.accounts()]
        found += await server_clock(runtime, accounts)
        for account in accounts:
            found.append(await token(runtime, account, running))
    finally:
        await runtime.stop()
    return found


def python_and_qt() -> Finding:
    """The pair that aborts is named; so is a window that is not there."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    version = ""
    for name in ("PySide6-Essentials", "PySide6"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            version = version or importlib.metadata.version(name)
    return pair(sys.version_info[:2], python, version)


def pair(running: tuple[int, ...], python: str, version: str) -> Finding:
    """Whether this Python and this PySide6 work together."""
    both = f"Python {python}, PySide6 {version}"
    if not version:
        return Finding(
            "Python and Qt", "note", f"Python {python}; PySide6 is not installed, so there is no window. "
            "Install Carelane again to have one.",
        )  # fmt: skip
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if tuple(running) < QT_BREAKS_BELOW and numbers >= (6, 12):
        return Finding(
            "Python and Qt", "bad", f"{both}: this pair makes the window end without warning. "
            "Install PySide6-Essentials 6.11, or use Python 3.12 or newer.",
        )  # fmt: skip
    return Finding("Python and Qt", "ok", both)


def folders(paths: Paths) -> list[Finding]:
    """Whether others can read what is private, and whether we can write."""
    found = []
    wrong = []
    for folder in dict.fromkeys((paths.data, paths.cache, paths.config, paths.logs)):
        if folder.exists() and not (folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
            found.append(Finding("Folder", "bad", f"{folder} cannot be written to. Change its rights or its owner."))
        elif folder.exists() and _open_to_others(folder):
            wrong.append(folder)
    wrong += [file for file in _files(paths) if _open_to_others(file)]
    if wrong:
        names = ", ".join(str(path) for path in wrong[:4]) + (" …" if len(wrong) > 4 else "")
        advice = "Start Carelane once: it takes these rights back; or use chmod go-rwx."
        found.append(Finding("Folder", "bad", f"other people on this computer may read {names}. {advice}"))
    return found or [Finding("Folder", "ok", f"{paths.data}, for you alone")]


def _files(paths: Paths) -> Iterator[Path]:
    for folder, pattern in (
        (paths.data, "*.db*"), (paths.data, "lock"), (paths.data / "backups", "*"), (paths.logs, "*.log*"),
    ):  # fmt: skip
        with contextlib.suppress(OSError):
            yield from sorted(folder.glob(pattern))


def _open_to_others(path: Path) -> bool:
    try:
        return os.name == "posix" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except OSError:
        return False


def disk(paths: Paths) -> Finding:
    """Room for what comes."""
    place = paths.data
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError as error:
        return Finding("Disk", "bad", f"{place} cannot be looked at: {error.strerror}.")
    shown = f"{free / 1e9:.1f} GB free"
    if free < TOO_LITTLE:
        return Finding("Disk", "bad", f"{shown}. Make room, or new messages cannot be saved.")
    return Finding("Disk", "note", f"{shown}. Make room soon.") if free < LITTLE else Finding("Disk", "ok", shown)


def is_running(paths: Paths) -> bool:
    """Whether another Carelane has this folder."""
    if not (paths.data / "lock").exists():
        return False
    try:
        Instance(paths.data).release()
    except InUseError:
        return True
    except ServiceError:
        return False
    return False


def damage(paths: Paths) -> str:
    """What is wrong with the database file, "" if it is in order or not there. Reads alone."""
    return _damage_of(paths.data / "carelane.db")


def _damage_of(path: Path) -> str:
    if not path.exists() or path.stat().st_size == 0:
        return ""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            rows = [str(row[0]) for row in db.execute("PRAGMA quick_check(3)")]
            db.execute("SELECT count(*) FROM lane_count").fetchone()
    except sqlite3.DatabaseError as error:
        text = str(error)
        missing = "no such table" in text and path.name == "carelane.db"
        busy = any(word in text for word in ("locked", "busy", "unable to open", "readonly"))
        return "" if missing or busy else text
    return "" if rows == ["ok"] else rows[0].splitlines()[0]


def last_good_copy(paths: Paths) -> Path | None:
    """The newest copy that SQLite finds in order."""
    for copy in reversed(backups(paths.data / "carelane.db")):
        if copy.stat().st_size and not _damage_of(copy):
            return copy
    return None


def database(runtime: Runtime, paths: Paths) -> Finding:
    """In order, and copied lately."""
    wrong = runtime.db.check()
    if wrong:
        return Finding("Database", "bad", f"{wrong[0]}. “carelane restore” puts the last good copy in its place.")
    size = (paths.data / "carelane.db").stat().st_size / 1e6
    copies = backups(paths.data / "carelane.db")
    made = f"last copy {copies[-1].name}" if copies else "no copy yet; the window makes one a day"
    return Finding("Database", "ok", f"in order, {size:.1f} MB, {made}")


async def keyring(secrets: SecretStore | None) -> Finding:
    """Asks for a secret that is not there: a locked or missing keychain shows at once."""
    from app.secrets import Secrets

    store = secrets if secrets is not None else Secrets(scope="doctor")
    try:
        await store.aget("doctor")
        name = await asyncio.to_thread(store.name) if isinstance(store, Secrets) else "of this run alone"
    except ServiceError as error:
        return Finding("Keychain", "bad", str(error))
    return Finding("Keychain", "ok", name)


def set_back(runtime: Runtime) -> list[Finding]:
    """The clock cannot show a time before the last thing that was written."""
    newest = transfer.newest_time(runtime.db.reader())
    now = clock.now()
    if newest is not None and from_ms(newest) - now > SET_BACK:
        saved = f"{from_ms(newest):%Y-%m-%d %H:%M} UTC"
        text = f"it shows {now:%Y-%m-%d %H:%M} UTC, but something was saved at {saved}."
        return [Finding("Clock", "bad", f"{text} Set the clock, or timers are wrong.")]
    return []


async def server_clock(runtime: Runtime, accounts: list[Account]) -> list[Finding]:
    """Compare with the Date header of one account's server."""
    servers = list(dict.fromkeys(a.server for a in accounts if a.server.startswith(("https://", "http://"))))
    for server in servers[:3]:
        try:
            answer = await runtime.http().send("GET", server, home=server, max_bytes=2_000_000, timeout=8.0)
            told = parsedate_to_datetime(answer.headers.get("date", ""))
        except (ServiceError, ValueError, TypeError):
            continue
        if told.tzinfo is not None:
            return [compare(told, clock.now(), server)]
    return [] if not servers else [Finding("Clock", "note", "no server told its time, so it could not be compared")]


def compare(told: datetime, now: datetime, server: str) -> Finding:
    """Our clock against a server's."""
    off = now - told
    if abs(off) <= CLOCK_OFF:
        return Finding("Clock", "ok", f"agrees with {server}")
    side = "ahead of" if off > timedelta() else "behind"
    minutes = round(abs(off).total_seconds() / 60)
    return Finding("Clock", "bad", f"{minutes} min {side} {server}. Set the clock, or timers are wrong.")


async def token(runtime: Runtime, account: Account, running: bool) -> Finding:
    """Use the token once. While the window runs, its own word counts: two programs must not renew one session."""
    name = f"{runtime.inbox.platform_name(account)} {account.handle}"
    if account.state == "paused":
        return Finding(name, "note", account.why or account.state)
    if running:
        if account.state == "ok":
            return Finding(name, "ok", "works, says the Carelane that is running")
        return Finding(name, "bad", account.why or account.state)
    try:
        said = await (await runtime.pool.get(account.id)).check()
    except DamagedStoreError:
        raise
    except ServiceError as error:
        return Finding(name, "bad", str(error))
    return Finding(name, "note" if said else "ok", said or "signed in")
