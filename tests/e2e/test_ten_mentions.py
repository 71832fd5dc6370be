"""Ten people answered from templates in a real window, by keyboard alone; the keys are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.test_practice_window import Program, wait

pytestmark = [pytest.mark.xvfb, pytest.mark.slow]
MENTIONS = 10
# J, R, "/sor" and Enter, Ctrl+Enter, Escape back to the list; beside them Tab for each blank and what is typed into it
MOST_KEYS = 14


class Counting(Program):
    """Counts the keys that a person would press."""

    keys = 0

    def tap(self, *keys: str) -> None:
        self.keys += len(keys)
        self.press(*keys)

    def write(self, text: str) -> None:
        self.keys += len(text)
        self.xdotool("windowfocus", "--sync", self.window())
        self.xdotool("type", "--delay", "40", text)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Counting]:
    program = Counting(tmp_path / "data", "--practice")
    try:
        wait(program.window, "the window")
        yield program
    finally:
        program.process.kill()
        program.process.wait(10)


def held(program: Program) -> int:
    """Replies of ours that have not been taken back."""
    found = program.rows("SELECT count(*) FROM reply WHERE origin = 'carelane' AND state <> 'cancelled'")
    return int(found[0][0]) if found else 0


def test_ten_mentions_by_keyboard_alone(program: Counting, record_property: Callable[[str, object], None]) -> None:
    wait(lambda: program.rows("SELECT count(*) > 100 FROM mention WHERE kind <> 'context'") == [(1,)], "120 messages")
    wait(lambda: program.rows("SELECT count(*) FROM account WHERE checked_at IS NOT NULL") == [(3,)], "all accounts")
    wait(lambda: program.rows("SELECT count(*) > 15 FROM template WHERE deleted_at IS NULL") == [(1,)], "templates")
    program.press("Escape", "Home")
    for number in range(MENTIONS):
        if number == MENTIONS // 2:
            program.tap("alt+2")  # Care now holds nine; the others are in Due today
        program.tap("j", "r")
        program.write("/sor")
        program.tap("Return")

        def drafted(number: int = number) -> bool:
            found = program.rows(
                "SELECT json_extract(data, '$.stops') FROM draft WHERE text <> '' AND text NOT LIKE '/%'"
            )
            return len(found) == 1

        wait(drafted, f"the template in draft {number + 1}", 15)
        stops = program.rows("SELECT coalesce(json_array_length(data, '$.stops'), 0) FROM draft")[0][0]
        for _ in range(stops):  # the first blank is chosen already: what is typed fills it
            program.write("cake")
            program.tap("Tab")
        before = held(program)
        program.tap("ctrl+Return")
        wait(lambda before=before: held(program) == before + 1, f"reply {number + 1}", 15)
        if number == 0:  # the first one is taken back and sent again
            program.tap("ctrl+z")
            wait(lambda: held(program) == 0, "the undo", 9)
            wait(lambda: program.rows("SELECT 1 FROM draft WHERE text <> ''"), "the draft again", 9)
            program.tap("ctrl+Return")
            wait(lambda: held(program) == 1, "the reply again", 9)
        program.tap("Escape")
    record_property("keys", program.keys)
    print(f"{program.keys} keys for {MENTIONS} people")  # noqa: T201
    assert program.keys <= MENTIONS * MOST_KEYS
    to = program.rows(
        "SELECT count(DISTINCT conversation), count(*) FROM reply WHERE origin = 'carelane' AND state <> 'cancelled'"
    )
    assert to == [(MENTIONS, MENTIONS)], "ten different people, one reply each"
    sent = "SELECT count(*) FROM reply WHERE origin = 'carelane' AND state = 'sent'"
    wait(lambda: program.rows(sent)[0][0] >= 1, "the platform's word on the first", 90)
    assert "{" not in "".join(text for (text,) in program.rows("SELECT text FROM reply WHERE origin = 'carelane'"))
    assert program.log.read_text() == ""
