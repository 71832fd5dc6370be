"""What a client's person taught by moving messages, as it is kept: one row a client."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from datetime import datetime

from app.store.sql import as_json, keys, table
from app.store.times import to_ms
from app.triage.learning import NOTHING, Learned, read, teach
from app.triage.model import model


def of(db: sqlite3.Connection, client_id: str) -> Learned:
    """What one client taught, `NOTHING` if that is nothing."""
    found = db.execute("SELECT data FROM learned WHERE client_id = ?", (client_id,)).fetchone()
    return read(found[0]) if found else NOTHING


def all_of(db: sqlite3.Connection) -> dict[str, Learned]:
    """By client."""
    return {client: read(data) for client, data in db.execute("SELECT client_id, data FROM learned")}


def set_to(db: sqlite3.Connection, client_id: str, learned: Learned, now: datetime) -> None:
    """Put this in the place of what was known; `NOTHING` forgets."""
    if not learned:
        db.execute("DELETE FROM learned WHERE client_id = ?", (client_id,))
        return
    row = {"client_id": client_id, "data": as_json(learned), "updated_at": to_ms(now)}
    table(db, "learned").upsert(row, pk="client_id")


def teach_from(db: sqlite3.Connection, numbers: Collection[int], place: str, now: datetime) -> dict[str, Learned]:
    """Learn that the newest messages of these conversations belong to `place`.

    Stars are not learned from: they speak for themselves. Returns what each
    client had learned before, for the undo.
    """
    before: dict[str, Learned] = {}
    after: dict[str, Learned] = {}
    for client_id, text in db.execute(
        "SELECT v.client_id, (SELECT m.text FROM mention m WHERE m.conversation = v.n AND m.kind <> 'context'"
        " AND m.deleted_at IS NULL AND m.rating IS NULL ORDER BY m.posted_at DESC, m.n DESC LIMIT 1)"
        " FROM conversation v WHERE v.n IN (SELECT value FROM json_each(?))",
        (keys(list(numbers)),),
    ).fetchall():
        if not text:
            continue
        if client_id not in before:
            before[client_id] = after[client_id] = of(db, client_id)
        after[client_id] = teach(after[client_id], model().scores(text), text, place, model())
    changed = {client for client, learned in after.items() if learned != before[client]}
    put_back(db, {client: after[client] for client in changed}, now)
    return {client: before[client] for client in changed}


def put_back(db: sqlite3.Connection, known: Mapping[str, Learned], now: datetime) -> None:
    """Let this be what the clients taught."""
    for client_id, learned in known.items():
        set_to(db, client_id, learned, now)
