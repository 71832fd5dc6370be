"""What helps while a reply is being written, read in one go: it is asked with every key."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from app.store.sql import json_list

SAID = 5  # of the newest messages that address us


class Asked(NamedTuple):
    """Whom a reply answers."""

    client_id: str
    client: str
    account_id: str
    author: str
    handle: str
    mood: str
    tags: tuple[str, ...]
    first: bool  # nothing of ours came before
    language: str  # of the newest message as the platform says, "" unknown
    said: tuple[str, ...]  # newest first


def asked(db: sqlite3.Connection, number: int) -> Asked | None:
    """None if the conversation is gone."""
    row = db.execute(
        "SELECT v.client_id, c.name, v.account_id, v.author, v.handle, v.mood, v.tags, v.last_ours_at = 0"
        " AND v.sending IS NULL FROM conversation v JOIN client c ON c.id = v.client_id WHERE v.n = ?",
        (number,),
    ).fetchone()
    if row is None:
        return None
    found = db.execute(
        "SELECT text, language, mood, tags FROM mention WHERE conversation = ? AND kind <> 'context'"
        " AND deleted_at IS NULL ORDER BY posted_at DESC, n DESC LIMIT ?",
        (number, SAID),
    ).fetchall()
    # of a conversation that is answered the columns tell nothing any more; its newest message does
    mood, tags = (found[0][2], found[0][3]) if found and row[5] == "neutral" else (row[5], row[6])
    return Asked(
        row[0], row[1], row[2], row[3], row[4], mood, tuple(json_list(tags)), bool(row[7]),
        found[0][1] if found else "", tuple([text for text, *_ in found]),
    )  # fmt: skip


def state(db: sqlite3.Connection) -> int:
    """Another number once anything was written; counts for this connection alone."""
    row: tuple[int] = db.execute("PRAGMA data_version").fetchone()
    return row[0]


def called(db: sqlite3.Connection) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What clients and their accounts are called, as it is stored: to see whether it changed."""
    return (
        db.execute("SELECT id, name, profile FROM client ORDER BY id").fetchall(),
        db.execute("SELECT id, client_id, handle, server FROM account ORDER BY id").fetchall(),
    )
