"""The doctor: each finding names what is wrong and what to do, and the patient is left as it is."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app import doctor
from app.doctor import Finding, compare, examine, pair
from app.domain import Account
from app.errors import KeyringError, SignInError
from app.instance import Instance
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from app.store import accounts as rows
from app.store import activity

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
POSIX = pytest.mark.skipif(os.name != "posix", reason="rights are another thing there")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.find(tmp_path / "data")


def look(paths: Paths, secrets: Any = None) -> dict[str, Finding]:
    return {found.check: found for found in asyncio.run(examine(paths, secrets=secrets or MemorySecrets()))}


async def _prepare(paths: Paths, *, account: bool = False) -> None:
    runtime = Runtime(paths, secrets=MemorySecrets())
    client = await runtime.accounts.client_named("C")
    if account:
        made = Account("a1", client.id, "mastodon", "", "7", "@m@social.example", "M")
        await runtime.db.write(lambda db: rows.add_account(db, made, NOW))
    await runtime.stop()


def test_a_fresh_machine(paths: Paths) -> None:
    found = look(paths)
    assert found["Database"].text.startswith("none yet")
    assert {found[name].state for name in ("Folder", "Database", "Keychain", "Disk")} == {"ok"}
    assert not paths.data.exists()


@pytest.mark.parametrize(
    ("python", "qt", "state"),
    [
        ((3, 11), "6.12.0", "bad"), ((3, 11), "6.11.3", "ok"), ((3, 12), "6.12.0", "ok"), ((3, 11), "7.0", "bad"),
        ((3, 12), "", "note"),
    ],
)  # fmt: skip
def test_the_pair_that_aborts(python: tuple[int, int], qt: str, state: str) -> None:
    assert pair(python, "3.x", qt).state == state


def test_a_damaged_database_names_the_copy(paths: Paths) -> None:
    asyncio.run(_prepare(paths))
    copies = paths.data / "backups"
    copies.mkdir(mode=0o700)
    (copies / "daily-1.db").write_bytes((paths.data / "carelane.db").read_bytes())
    (copies / "daily-2.db").write_bytes(b"damaged too " * 500)  # newer, and of no use
    os.utime(copies / "daily-1.db", (1, 1))
    (paths.data / "carelane.db").write_bytes(b"no database " * 500)
    before = (paths.data / "carelane.db").read_bytes()
    found = look(paths)["Database"]
    assert found.state == "bad"
    assert "“carelane restore” puts daily-1.db in its place" in found.text
    assert (paths.data / "carelane.db").read_bytes() == before


@POSIX
def test_files_that_others_can_read(paths: Paths) -> None:
    asyncio.run(_prepare(paths))
    (paths.data / "carelane.db").chmod(0o644)
    found = look(paths)["Folder"]
    assert (found.state, "carelane.db" in found.text, "chmod" in found.text) == ("bad", True, True)


def test_little_room(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, state in ((50_000_000, "bad"), (500_000_000, "note"), (5_000_000_000, "ok")):
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place, free=free: SimpleNamespace(free=free))
        assert doctor.disk(paths).state == state


def test_a_locked_keychain(paths: Paths) -> None:
    class Locked(MemorySecrets):
        async def aget(self, account_id: str) -> dict[str, str] | None:
            raise KeyringError("The system keychain is locked. Unlock it, then try again.")

    found = look(paths, Locked())["Keychain"]
    assert (found.state, found.text) == ("bad", "The system keychain is locked. Unlock it, then try again.")


def test_each_token(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.connectors.mastodon import MastodonConnector

    asyncio.run(_prepare(paths, account=True))
    secrets = MemorySecrets()
    name = "Mastodon @m@social.example"
    assert look(paths, secrets)[name].state == "bad"  # no secret
    secrets.set("a1", {"token": "t"})
    said: list[str | Exception] = ["", "It cannot read messages.", SignInError("The token was revoked. Sign in again.")]

    async def check(self: object) -> str:
        answer = said.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(MastodonConnector, "check", check)
    assert [look(paths, secrets)[name].state for _ in range(3)] == ["ok", "note", "bad"]
    lock = Instance(paths.data)  # while the window runs, its own word counts
    try:
        assert "running" in look(paths, secrets)[name].text
        with sqlite3.connect(paths.data / "carelane.db") as db:
            db.execute("UPDATE account SET state = 'sign_in', why = 'The token was revoked.'")
        db.close()
        assert look(paths, secrets)[name] == Finding(name, "bad", "The token was revoked.")
    finally:
        lock.release()


def test_the_clock(paths: Paths) -> None:
    assert compare(NOW, NOW + timedelta(seconds=30), "x").state == "ok"
    assert "10 min ahead of x" in compare(NOW, NOW + timedelta(minutes=10), "x").text
    assert "10 min behind x" in compare(NOW, NOW - timedelta(minutes=10), "x").text
    asyncio.run(_prepare(paths))
    assert "Clock" not in look(paths)
    with sqlite3.connect(paths.data / "carelane.db") as db:
        activity.record(db, datetime.now(UTC) + timedelta(days=2), "closed")
    db.close()
    found = look(paths)["Clock"]
    assert (found.state, "Set the clock" in found.text) == ("bad", True)
