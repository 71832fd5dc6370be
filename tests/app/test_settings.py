"""Settings: readable at once, there after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings
from app.store.db import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "carelane.db"


@pytest.mark.parametrize("value", [True, None, 0, 1.5, "Grüße 👋", [1, [2]], {"a": {"b": None}}])
def test_what_is_set_is_read_at_once_and_after_a_restart(path: Path, value: object) -> None:
    db = Database(path)
    settings = Settings(db)
    settings.set("key", value)
    assert settings.get("key", "default") == value
    db.close()
    again = Database(path)
    assert Settings(again).get("key", "default") == value
    again.close()


def test_the_last_one_wins_and_others_are_left_alone(path: Path) -> None:
    db = Database(path)
    settings = Settings(db)
    for number in range(50):
        settings.set("geometry", number)
    settings.set("theme", "dark")
    db.close()
    again = Database(path)
    assert [Settings(again).get(key) for key in ("geometry", "theme", "missing")] == [49, "dark", None]
    assert Settings(again).get("missing", 7) == 7
    again.close()


def test_a_window_that_closes_late_does_not_fail(path: Path) -> None:
    db = Database(path)
    settings = Settings(db)
    db.close()
    settings.set("geometry", 1)
    assert settings.get("geometry") == 1
