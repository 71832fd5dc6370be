from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
import threading
from pathlib import Path

import pytest

from app.errors import DamagedStoreError, StoreError
from app.store.db import Database, backups, explain, restore
from app.store.migrations import MIGRATIONS, split, version


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "carelane.db"


def fill(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO setting VALUES ('a', '1')")


async def test_a_write_that_fails_leaves_nothing_behind(path: Path) -> None:
    db = Database(path)

    def half(connection: sqlite3.Connection) -> None:
        fill(connection)
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await db.write(half)
    assert db.reader().execute("SELECT count(*) FROM setting").fetchone() == (0,)
    db.close()


async def test_writes_from_many_tasks_run_one_after_another(path: Path) -> None:
    db = Database(path)
    await asyncio.gather(*(db.write(lambda c, i=i: c.execute("INSERT INTO setting VALUES (?, '')", (str(i),)) and None)
                           for i in range(200)))  # type: ignore[misc]  # fmt: skip
    assert db.reader().execute("SELECT count(*) FROM setting").fetchone() == (200,)
    db.close()


def test_the_reader_cannot_write(path: Path) -> None:
    db = Database(path)
    with pytest.raises(sqlite3.OperationalError, match=r"readonly|query_only"):
        fill(db.reader())
    db.close()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are Windows's own business there")
def test_files_are_for_their_owner_alone(path: Path) -> None:
    db = Database(path)
    db.submit(fill).result()
    for file in path.parent.glob("carelane.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    db.close()


def test_a_damaged_file_is_left_alone_and_the_copy_is_offered(path: Path) -> None:
    db = Database(path)
    db.submit(fill).result()
    copy = db.copy("daily")
    db.close()
    broken = b"this is not a database" * 1000
    path.write_bytes(broken)
    with pytest.raises(DamagedStoreError, match="last good copy") as told:
        Database(path)
    assert path.read_bytes() == broken
    assert told.value.backup == str(copy)
    kept = restore(path, copy)
    assert kept.read_bytes() == broken
    again = Database(path)
    assert again.reader().execute("SELECT key FROM setting").fetchall() == [("a",)]
    assert again.check() == []
    again.close()


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    Database(path).close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 999")
    raw.close()
    with pytest.raises(StoreError, match="newer Carelane"):
        Database(path)
    raw = sqlite3.connect(path)
    assert version(raw) == 999
    raw.close()


def test_a_migration_copies_the_file_first_and_rolls_back_when_it_fails(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(path)
    db.submit(fill).result()
    db.close()

    def bad(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM setting")
        connection.execute("SELECT nonsense")

    monkeypatch.setattr("app.store.migrations.MIGRATIONS", (*MIGRATIONS, bad))
    monkeypatch.setattr("app.store.db.MIGRATIONS", (*MIGRATIONS, bad))
    with pytest.raises(StoreError):
        Database(path)
    monkeypatch.undo()
    (copy,) = backups(path)
    for file in (path, copy):
        raw = sqlite3.connect(file)
        assert raw.execute("SELECT count(*) FROM setting").fetchone() == (1,)
        assert version(raw) == len(MIGRATIONS)
        raw.close()


def test_a_database_locked_by_another_program_is_said_in_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.db.BUSY_SECONDS", 0.05)
    db = Database(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="Another program holds"):
        db.submit(fill).result()
    other.execute("ROLLBACK")
    other.close()
    db.submit(fill).result()
    db.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said_in_words(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StoreError, match=r"cannot use|may not write"):
            Database(path)
    finally:
        path.parent.chmod(0o700)


async def test_a_full_disk_loses_nothing_that_was_saved(path: Path) -> None:
    db = Database(path)
    db.submit(fill).result()
    pages = db._writer.execute("PRAGMA page_count").fetchone()[0]
    db.submit(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 2}") and None).result()
    with pytest.raises(StoreError, match="disk is full"):
        await db.write(lambda c: c.execute("INSERT INTO setting VALUES ('b', ?)", ("x" * 100_000,)) and None)
    assert db.reader().execute("SELECT key FROM setting").fetchall() == [("a",)]
    db.close()


@pytest.mark.parametrize("text", ["database disk image is malformed", "file is not a database"])
def test_damage_is_told_apart(path: Path, text: str) -> None:
    assert isinstance(explain(sqlite3.DatabaseError(text), path), DamagedStoreError)


def test_statements_are_cut_where_they_end() -> None:
    script = "CREATE TABLE a (b);\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM a;\nEND;\n"
    assert len(split(script)) == 2


async def test_nothing_is_taken_after_closing(path: Path) -> None:
    db = Database(path)
    db.close()
    with pytest.raises(StoreError, match="closing"):
        await db.write(fill)


async def test_closing_waits_for_a_read_in_another_thread(tmp_path: Path) -> None:
    """A connection that is closed while another thread reads by it would end the process."""
    db = Database(tmp_path / "carelane.db")
    begun, go_on = threading.Event(), threading.Event()

    def read() -> int:
        reader = db.reader()
        begun.set()
        assert go_on.wait(10)
        found: tuple[int] = reader.execute("SELECT count(*) FROM client").fetchone()
        return found[0]

    reading = asyncio.create_task(db.aside(read))
    await asyncio.to_thread(begun.wait, 10)
    closing = asyncio.create_task(asyncio.to_thread(db.close))
    await asyncio.sleep(0.05)
    assert not closing.done()
    go_on.set()
    assert await reading == 0
    await closing
    with pytest.raises(StoreError, match="closing"):
        await db.aside(read)
