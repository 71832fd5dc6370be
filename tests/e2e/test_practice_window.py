"""A newcomer practises: the real program on a real screen, by keyboard alone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xvfb
ROOT = Path(__file__).parents[2]


class Program:
    """`python -m ui` with a data folder of its own."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data / "practice" if "--practice" in arguments else data
        self.log = data.with_suffix(".log")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ui", "--data", str(data), *arguments], cwd=ROOT, stdout=log, stderr=log,
                env={**os.environ, "QT_QPA_PLATFORM": "xcb", "PYTHONWARNINGS": "error::ResourceWarning"},
            )  # fmt: skip

    def xdotool(self, *arguments: str) -> str:
        return subprocess.run(["xdotool", *arguments], capture_output=True, text=True, check=False).stdout

    def window(self) -> str:
        found = self.xdotool("search", "--onlyvisible", "--pid", str(self.process.pid), "--name", "Carelane").split()
        return found[-1] if found else ""

    def press(self, *keys: str) -> None:
        self.xdotool("windowfocus", "--sync", self.window())
        self.xdotool("key", "--delay", "60", *keys)

    def rows(self, query: str) -> list[Any]:
        try:
            db = sqlite3.connect(f"file:{self.data / 'carelane.db'}?mode=ro", uri=True)
        except sqlite3.OperationalError:
            return []
        try:
            return db.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            db.close()


def wait(check: Callable[[], Any], what: str, seconds: float = 60, every: float = 0.2) -> Any:
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(every)
    return found


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    started: list[Program] = []

    def start(*arguments: str) -> Program:
        program = Program(tmp_path / "data", *arguments)
        started.append(program)
        wait(program.window, "the window")
        return program

    yield start
    for program in started:
        program.process.kill()
        program.process.wait(10)


def test_the_angry_one_is_answered_taken_back_and_answered_again(start: Callable[..., Program]) -> None:
    program = start("--practice")
    wait(lambda: program.rows("SELECT count(*) > 100 FROM mention WHERE kind <> 'context'") == [(1,)], "120 messages")
    wait(lambda: program.rows("SELECT count(*) FROM account WHERE checked_at IS NOT NULL") == [(3,)], "all accounts")
    first = program.rows("SELECT author FROM conversation WHERE lane = 'care' ORDER BY sort_at, n LIMIT 1")
    assert first == [("Jana Whitfield",)], "the angriest is first"
    text = "I am so sorry. Your cake is being finished now."

    def drafted() -> bool:
        if not program.rows("SELECT 1 FROM draft"):
            program.press("Escape", "j", "r")
            program.xdotool("type", "--delay", "15", text)
        return program.rows("SELECT text FROM draft") == [(text,)]

    wait(drafted, "the draft", every=1.0)
    program.press("ctrl+Return")
    wait(lambda: program.rows("SELECT 1 FROM reply WHERE state = 'held' AND origin = 'carelane'"), "the undo window", 9)
    program.press("ctrl+z")
    wait(lambda: program.rows("SELECT text FROM draft") == [(text,)], "the draft again", 9)
    assert program.rows("SELECT count(*) FROM reply WHERE state = 'sent' AND origin = 'carelane'") == [(0,)]
    program.press("ctrl+Return")
    sent = "SELECT remote_id FROM reply WHERE state = 'sent' AND origin = 'carelane'"
    ((remote_id,),) = wait(lambda: program.rows(sent), "the sent reply", 90)
    assert remote_id
    assert program.log.read_text() == ""


def test_closing_ends_the_program_and_keeps_everything(start: Callable[..., Program]) -> None:
    program = start("--practice")
    wait(lambda: program.rows("SELECT count(*) > 100 FROM mention") == [(1,)], "messages")
    program.press("Escape", "ctrl+q")
    assert program.process.wait(20) == 0
    assert program.log.read_text() == ""
    assert program.rows("PRAGMA quick_check") == [("ok",)]


def test_a_second_start_raises_the_first_and_ends(start: Callable[..., Program], tmp_path: Path) -> None:
    first = start()
    second = Program(tmp_path / "data")
    assert second.process.wait(30) == 1
    assert first.process.poll() is None


def test_a_damaged_database_is_not_touched_and_said(start: Callable[..., Program], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    file = tmp_path / "data" / "carelane.db"
    file.write_bytes(b"not a database at all" * 500)
    program = start()
    program.press("Return")
    assert program.process.wait(20) == 1
    assert file.read_bytes() == b"not a database at all" * 500
