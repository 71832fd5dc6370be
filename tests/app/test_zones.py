"""This computer's zone is always a name that the zone database knows."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import zones

REAL = Path


def system(monkeypatch: pytest.MonkeyPatch, folder: Path, offset: float = 0.0) -> None:
    """A system whose /etc is `folder` and whose clock is `offset` hours off UTC."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls(2026, 11, 24, tzinfo=timezone(timedelta(hours=offset)))

        def astimezone(self, tz: Any = None) -> Any:
            return self

    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(zones, "Path", lambda path: folder / REAL(path).name)
    monkeypatch.setattr(zones, "datetime", Clock)


@pytest.mark.parametrize(
    ("value", "zone"), [("Europe/Prague", "Europe/Prague"), (":Asia/Kolkata", "Asia/Kolkata"), ("UTC", "UTC")]
)
def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch, value: str, zone: str) -> None:
    monkeypatch.setenv("TZ", value)
    assert zones.local_zone() == zone


@pytest.mark.parametrize("value", ["Nowhere/Atall", "../../etc/passwd", "/etc/localtime", "CET-1CEST", "\x00"])
def test_nonsense_in_the_environment_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    system(monkeypatch, tmp_path)
    monkeypatch.setattr(zones.os, "environ", {"TZ": value})
    assert zones.local_zone() == "UTC"


def test_the_link_tells_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    system(monkeypatch, tmp_path)
    (tmp_path / "localtime").symlink_to(tmp_path / "zoneinfo" / "America" / "New_York")
    assert zones.local_zone() == "America/New_York"


def test_debians_file_tells_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    system(monkeypatch, tmp_path)
    (tmp_path / "timezone").write_text("Asia/Tokyo\n")
    assert zones.local_zone() == "Asia/Tokyo"


@pytest.mark.parametrize("written", ["", "Nonsense\n"])
@pytest.mark.parametrize(("offset", "zone"), [(0, "UTC"), (1, "Etc/GMT-1"), (-5, "Etc/GMT+5"), (13, "Etc/GMT-13")])
def test_else_the_offset_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str, offset: float, zone: str
) -> None:
    system(monkeypatch, tmp_path, offset)
    (tmp_path / "timezone").write_text(written)
    assert zones.local_zone() == zone
    assert datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).utcoffset() == timedelta(hours=offset)
