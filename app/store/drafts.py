"""What is being written, one draft a conversation, and what was given up while it was written."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from app.domain import Writing
from app.rows import Abandoned
from app.store.sql import as_json, keys
from app.store.times import from_ms, to_ms

WORTH = 20  # characters of a text that is kept when it is emptied
STOOD = timedelta(seconds=3)  # a template that is put in and taken out again at once was not written
KEPT = 20  # a conversation
KEPT_FOR = timedelta(days=90)
_THESE = "conversation IN (SELECT value FROM json_each(?))"


class _Held(Writing, frozen=True, gc=False, omit_defaults=True):
    """A draft as it is stored. Read as `Writing` it is what somebody writes, without these two."""

    since: int = 0  # ms: when there was nothing yet
    longest: str = ""  # what it was before somebody began to take it away from the end


_decode = msgspec.json.Decoder(_Held).decode
_decode_writing = msgspec.json.Decoder(Writing).decode


def writing_of(text: str, data: str) -> Writing:
    """From a draft's columns. What cannot be read costs all but the text."""
    if data == "{}":
        return Writing(text)
    try:
        found = _decode_writing(data)
    except msgspec.MsgspecError:
        return Writing(text)
    return found if found.text == text else replace(found, text=text, stops=(), cursor=None)


def whole(data: str) -> Writing:
    """From the column alone; nothing where it cannot be read."""
    try:
        return _decode_writing(data)
    except msgspec.MsgspecError:
        return Writing()


def _held(text: str, data: str) -> _Held:
    try:
        found = _decode(data)
    except msgspec.MsgspecError:
        return _Held(text)
    return found if found.text == text else _Held(text, since=found.since)


def _row(db: sqlite3.Connection, number: int) -> tuple[str, str, int] | None:
    found: tuple[str, str, int] | None = db.execute(
        "SELECT text, data, updated_at FROM draft WHERE conversation = ?", (number,)
    ).fetchone()
    return found


def read(db: sqlite3.Connection, number: int) -> tuple[Writing, datetime] | None:
    """The draft and when it was last changed, None if there is none."""
    row = _row(db, number)
    return None if row is None else (writing_of(row[0], row[1]), from_ms(row[2]))


def save(db: sqlite3.Connection, number: int, writing: Writing, now: datetime) -> None:
    """Keep what is being written. No text and no picture take the draft away; a longer one goes to the archive."""
    row = _row(db, number)
    before = None if row is None else _held(row[0], row[1])
    there = bool(writing.text.strip() or writing.pictures)
    if there:
        since = before.since if before is not None and before.since else to_ms(now)
        held = _Held(**_fields(writing), since=since, longest=_longest(before, writing.text))
        db.execute(
            "INSERT INTO draft (conversation, text, updated_at, data) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " text = excluded.text, updated_at = excluded.updated_at, data = excluded.data",
            (number, writing.text, to_ms(now), as_json(held)),
        )
    elif before is not None:
        lost = _worth_keeping(before)
        if lost is not None and to_ms(now) - before.since >= STOOD // timedelta(milliseconds=1):
            _keep(db, number, lost, "emptied", now)
        db.execute("DELETE FROM draft WHERE conversation = ?", (number,))
    db.execute("UPDATE conversation SET has_draft = ? WHERE n = ?", (int(there), number))


def _fields(writing: Writing) -> dict[str, Any]:
    fields = asdict(writing)
    fields.pop("since", None)
    fields.pop("longest", None)
    return fields


def _longest(before: _Held | None, text: str) -> str:
    """The text whose start is left over while somebody takes it away key by key; "" otherwise."""
    if before is None:
        return ""
    longest = max(before.longest, before.text, key=len)
    rest = text.rstrip()
    return longest if len(rest) < len(longest) and longest.startswith(rest) else ""


def _worth_keeping(draft: _Held) -> Writing | None:
    text = max(draft.longest, draft.text, key=len)
    if len(text.strip()) < WORTH:
        return None
    plain = Writing(**_fields(draft))
    return plain if text == draft.text else replace(plain, text=text, stops=(), cursor=None)


def archive(db: sqlite3.Connection, number: int, why: str, now: datetime) -> int | None:
    """Move the draft to the archive, as `emptied`, `closed` or `replaced`. Returns its number there."""
    row = _row(db, number)
    if row is None:
        return None
    kept = _keep(db, number, writing_of(row[0], row[1]), why, now)
    db.execute("DELETE FROM draft WHERE conversation = ?", (number,))
    db.execute("UPDATE conversation SET has_draft = 0 WHERE n = ?", (number,))
    return kept


def _keep(db: sqlite3.Connection, number: int, writing: Writing, why: str, now: datetime) -> int:
    """The same text is kept once, however often it is given up."""
    db.execute("DELETE FROM draft_archive WHERE conversation = ? AND text = ?", (number, writing.text))
    kept: tuple[int] = db.execute(
        "INSERT INTO draft_archive (conversation, text, data, at, why) VALUES (?, ?, ?, ?, ?) RETURNING n",
        (number, writing.text, as_json(writing), to_ms(now), why),
    ).fetchone()
    db.execute("DELETE FROM draft_archive WHERE at < ?", (to_ms(now - KEPT_FOR),))
    db.execute(
        "DELETE FROM draft_archive WHERE conversation = ?1 AND n NOT IN"
        " (SELECT n FROM draft_archive WHERE conversation = ?1 ORDER BY at DESC, n DESC LIMIT ?2)",
        (number, KEPT),
    )
    return kept[0]


def leave(db: sqlite3.Connection, numbers: Collection[int], now: datetime) -> dict[int, int]:
    """Archive the drafts of conversations that are being closed. Returns what `take_up` needs to undo it."""
    found = db.execute(f"SELECT conversation FROM draft WHERE {_THESE}", (keys(numbers),)).fetchall()
    left = {number: archive(db, number, "closed", now) for (number,) in found}
    return {number: kept for number, kept in left.items() if kept is not None}


def take_up(db: sqlite3.Connection, left: Mapping[int, int], now: datetime) -> None:
    """Put archived drafts back where nobody has begun another one."""
    for number, kept in left.items():
        row = db.execute("SELECT text, data FROM draft_archive WHERE n = ?", (kept,)).fetchone()
        if row is None or _row(db, number) is not None:
            continue
        save(db, number, writing_of(*row), now)
        db.execute("DELETE FROM draft_archive WHERE n = ?", (kept,))


def abandoned(db: sqlite3.Connection, number: int, since: datetime | None = None) -> list[Abandoned]:
    """What was given up in a conversation, newest first."""
    return [
        Abandoned(n, writing_of(text, data), from_ms(at), why)
        for n, text, data, at, why in db.execute(
            "SELECT n, text, data, at, why FROM draft_archive WHERE conversation = ? AND at >= ?"
            " ORDER BY at DESC, n DESC LIMIT ?",
            (number, to_ms(since) if since is not None else 0, KEPT),
        )
    ]
