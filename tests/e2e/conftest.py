from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.bad_server import TOKEN, BadServer, note

ROOT = Path(__file__).parents[2]
JARGON = ("Traceback", "Error:", "JSONDecode", "Exception", "msgspec", "httpx", "sqlite", "errno", "None", "<html")
EARLIER = "Is the oat bread back?"


@dataclass
class Carelane:
    """The command on a data folder, as a process."""

    data: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "CARELANE_DATA": str(self.data),
            "PYTHON_KEYRING_BACKEND": "tests.e2e.file_keyring.FileKeyring",
            "TEST_KEYRING_FILE": str(self.data.with_suffix(".keyring")), **self.environment, **more,
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments], input=stdin, env=environment, capture_output=True, text=True,
            check=False, timeout=120,
        )  # fmt: skip

    def sign_in(self, server: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Connect an account with a token."""
        words = ("account", "add", "mastodon", "--server", server, "--token-stdin", "--client", "Maple & Rye")
        return self(*words, stdin=TOKEN, **more)

    def sync(self, **more: str) -> subprocess.CompletedProcess[str]:
        """Read once."""
        return self("sync", "--once", **more)

    def mentions(self) -> dict[str, str]:
        """Remote id and text of what is stored."""
        with closing(sqlite3.connect(self.data / "carelane.db")) as db:
            return dict(db.execute("SELECT remote_id, text FROM mention ORDER BY n").fetchall())


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The one plain sentence (or two) that a failure ends with."""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(lines) == 1, done.stderr
    assert lines[0].endswith("."), lines[0]
    for word in (*JARGON, TOKEN):
        assert word not in lines[0] + done.stdout
    return lines[0]


@pytest.fixture(scope="session")
def server() -> Iterator[BadServer]:
    server = BadServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def connected(server: BadServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an account that has been read once; copied for each test."""
    carelane = Carelane(tmp_path_factory.mktemp("e2e") / "data")
    server.trouble, server.notes = None, [note(1, EARLIER)]
    done = carelane.sign_in(server.address)
    assert done.returncode == 0, done.stderr
    done = carelane.sync()
    assert done.returncode == 0, done.stderr
    assert carelane.mentions() == {"1001": EARLIER}
    return carelane.data


@pytest.fixture
def carelane(server: BadServer, connected: Path, tmp_path: Path) -> Iterator[Carelane]:
    """A program that was well until now."""
    shutil.copytree(connected, tmp_path / "data")
    shutil.copy(connected.with_suffix(".keyring"), tmp_path / "data.keyring")
    server.trouble, server.where, server.notes = None, "/", [note(1, EARLIER)]
    yield Carelane(tmp_path / "data")
    server.trouble = None
