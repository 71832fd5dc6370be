"""A full disk, a database that another program holds, no keyring: told in a sentence, and nothing is lost."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.bad_server import BadServer, note
from tests.e2e.conftest import EARLIER, Carelane, sentence

NEW = [note(number, f"{number} " + "words " * 1_500) for number in range(2, 32)]


@pytest.fixture
def small_disk(carelane: Carelane, tmp_path: Path) -> Iterator[Path]:
    """The data folder on a disk of 4 MB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=4m", "carelane-test", str(disk)]
    if (
        sys.platform != "linux"
        or shutil.which("mount") is None
        or subprocess.run(words, capture_output=True).returncode
    ):
        pytest.skip("a small disk can only be made by root on Linux")
    try:
        shutil.copytree(carelane.data, disk / "data")
        shutil.copy(carelane.data.with_suffix(".keyring"), disk / "data.keyring")
        carelane.data = disk / "data"
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(carelane: Carelane, server: BadServer, small_disk: Path) -> None:
    server.notes = [*NEW, note(1, EARLIER)]
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    assert "disk is full" in sentence(carelane.sync())
    assert "disk is full" in sentence(carelane("feed", "--json"))
    filler.unlink()
    assert carelane.mentions() == {"1001": EARLIER}
    done = carelane.sync()
    assert done.returncode == 0, done.stderr
    assert len(carelane.mentions()) == len(NEW) + 1


def test_a_disk_that_fills_up_while_reading(carelane: Carelane, server: BadServer, small_disk: Path) -> None:
    server.notes = [*NEW, note(1, EARLIER)]
    (small_disk / "filler").write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 120_000))
    assert "disk is full" in sentence(carelane.sync())
    (small_disk / "filler").unlink()
    done = carelane.sync()
    assert done.returncode == 0, done.stderr
    assert len(carelane.mentions()) == len(NEW) + 1
    assert carelane("doctor", "--json").stdout.count('"database"') <= 1


def test_a_database_that_another_program_holds(carelane: Carelane, server: BadServer) -> None:
    server.notes = [note(2, "And now?"), note(1, EARLIER)]
    with closing(sqlite3.connect(carelane.data / "carelane.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "Another program holds" in sentence(carelane.sync())
        shown = carelane("feed", "--json")
        assert (shown.returncode, shown.stderr) == (0, ""), "reading goes on"
        other.execute("ROLLBACK")
    done = carelane.sync()
    assert done.returncode == 0, done.stderr
    assert carelane.mentions() == {"1001": EARLIER, "1002": "And now?"}


@pytest.mark.parametrize(
    ("backend", "word"),
    [("keyring.backends.fail.Keyring", "no system keychain"), ("no.such.Backend", "no system keychain"),
     ("tests.e2e.file_keyring.FileKeyring", "locked")],
)  # fmt: skip
def test_no_keyring_or_a_locked_one(
    tmp_path: Path, carelane: Carelane, server: BadServer, backend: str, word: str
) -> None:
    without = {"PYTHON_KEYRING_BACKEND": backend, "TEST_KEYRING_LOCKED": "1"}
    assert word in sentence(carelane.sync(**without))
    assert carelane.mentions() == {"1001": EARLIER}
    fresh = Carelane(tmp_path / "fresh")
    assert word in sentence(fresh.sign_in(server.address, **without))
    assert fresh("account", "list", "--json").stdout.strip() == "[]"
    done = carelane.sync()
    assert done.returncode == 0, "unlocked, all goes on: " + done.stderr
