"""Writing for people and for programs: plain lines that no message can paint over, or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import click

# C0 without tab and newline, DEL and C1: remote text must not move the cursor, colour, or retitle the terminal
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_ESCAPED = {number: f"\\u{number:04x}" for number in [*range(127, 160), 0x2028, 0x2029]}


def harmless(text: str) -> str:
    """Return `text` without what a terminal obeys; lines and tabs stay."""
    return text.translate(_CONTROLS)


def one_line(text: str, limit: int = 100) -> str:
    """Return `text` harmless, on one line, at most `limit` characters."""
    line = " ".join(harmless(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def say(text: str) -> None:
    """A line for the person on stdout."""
    click.echo(harmless(text))


def note(text: str) -> None:
    """A line for the person on stderr: progress, warnings, errors."""
    click.echo(harmless(text), err=True)


def as_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """One JSON array, an object a line, so that it can be read by programs and compared by people."""
    import msgspec

    lines = [safe_json(msgspec.json.encode(row)) for row in rows]
    click.echo("[" + ",".join(f"\n{line}" for line in lines) + ("\n]" if lines else "]"))


def safe_json(line: bytes) -> str:
    """JSON text in which also DEL and C1 controls are written as escapes."""
    return line.decode().translate(_ESCAPED)


def when(at: datetime | None) -> str:
    """A time in this computer's zone, "" for none."""
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"


def until(at: datetime | None, now: datetime) -> str:
    """ "late 2 h 5 min", "in 25 min", "" for none."""
    if at is None:
        return ""
    minutes = round((at - now).total_seconds() / 60)
    return f"late {span(-minutes)}" if minutes < 0 else f"in {span(minutes)}"


def span(minutes: int) -> str:
    """Minutes in words, two units at most."""
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (left, "min")] if days < 3 else [(days, "d")]
    return " ".join([f"{number} {unit}" for number, unit in parts if number][:2]) or "0 min"


def utf8() -> None:
    """UTF-8 on every system, whatever the terminal's or pipe's own idea is."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


def utc_now() -> datetime:
    """Aware, UTC."""
    return datetime.now(UTC)


def from_stamp(seconds: float) -> datetime:
    """A file's time, aware, UTC."""
    return datetime.fromtimestamp(seconds, UTC)
