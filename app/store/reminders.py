"""The promises that somebody may be reminded of, and what was said of them: kept, so that nothing is said twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.deadline import warns_at
from app.domain import Lane
from app.reminders import LATE, WARN, Given, Open
from app.store.conversations import hours_of
from app.store.times import from_ms, to_ms

EACH_WAY = 250  # rows of a lane before and after now; what lies farther was said long ago, or is far off
KEPT = timedelta(days=60)
_LANES = (Lane.CARE, Lane.TODAY, Lane.THANKS)  # what sleeps wakes by itself, and noise reminds nobody
_FROM = (
    "SELECT v.n, v.author, v.posted_at, v.due_at, v.client_id, (SELECT group_concat(r.kind) FROM reminder r"
    " WHERE r.conversation = v.n AND r.due_at = v.due_at) FROM conversation v WHERE v.lane = ? AND v.sort_at"
)
_OPEN = " AND v.due_at IS NOT NULL AND v.closes_at IS NULL AND coalesce(v.sending, '') NOT IN ('held', 'claimed')"


def open_promises(db: sqlite3.Connection, now: datetime) -> list[Open]:
    """Promises around now of which something may be said; a bounded walk along the feed's index."""
    found = []
    for lane in _LANES:
        for side in ("<= ?{} ORDER BY v.sort_at DESC, v.n DESC", "> ?{} ORDER BY v.sort_at, v.n"):
            found += db.execute(f"{_FROM} {side.format(_OPEN)} LIMIT ?", (lane.value, to_ms(now), EACH_WAY)).fetchall()
    hours = hours_of(db)
    made = []
    for n, name, posted, due, client_id, told in found:
        kinds = frozenset(told.split(",")) if told else frozenset()
        due_at = from_ms(due)
        if LATE in kinds or (due_at > now and WARN in kinds) or client_id not in hours:
            continue
        warns = warns_at(from_ms(posted), due_at, hours[client_id]) if due_at > now else due_at
        made.append(Open(n, name, warns, due_at, kinds))
    return made


def record(db: sqlite3.Connection, given: Sequence[Given], now: datetime) -> None:
    """Keep what was said. What was said of conversations that are long over is let go."""
    db.executemany(
        "INSERT INTO reminder VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(one.conversation, one.kind, to_ms(one.due_at), to_ms(now)) for one in given],
    )
    db.execute(
        "DELETE FROM reminder WHERE at < ? AND NOT EXISTS (SELECT 1 FROM conversation v"
        " WHERE v.n = reminder.conversation AND v.due_at IS NOT NULL)",
        (to_ms(now - KEPT),),
    )
