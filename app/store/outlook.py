"""What the outlook of `app.pace` rests on: when replies were sent, and the promises that are open."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from app.domain import Lane
from app.pace import Due
from app.store.times import from_ms, to_ms

DAYS = timedelta(days=30)
REPLIES = 500  # newest ones; more do not change a median
ROWS = 500  # open conversations that are looked at
_LANES = (Lane.CARE, Lane.TODAY, Lane.THANKS, Lane.SNOOZED)


def sent_times(db: sqlite3.Connection, now: datetime) -> list[datetime]:
    """When the newest replies of the last 30 days left from here."""
    return [
        from_ms(at)
        for (at,) in db.execute(
            "SELECT sent_at FROM reply WHERE sent_at > ? AND origin = 'carelane' AND state = 'sent'"
            " ORDER BY sent_at DESC LIMIT ?",
            (to_ms(now - DAYS), REPLIES),
        )
    ]


def open_dues(db: sqlite3.Connection, client: str | None, until: datetime) -> list[Due]:
    """Promises that are open, the first `ROWS` by care-by time; snoozed ones if they are back by `until`.

    What closes itself and what is on its way need nobody.
    """
    where, values = ("client_id = ? AND ", [client]) if client is not None else ("", [])
    found: list[tuple[int, int, str, int]] = []
    for lane in _LANES:
        back, time = (" AND sort_at <= ?", [to_ms(until)]) if lane is Lane.SNOOZED else ("", [])
        found += db.execute(
            f"SELECT care_by, n, author, due_at FROM conversation WHERE {where}lane = ?{back} AND due_at IS NOT NULL"
            " AND closes_at IS NULL AND coalesce(sending, '') NOT IN ('held', 'claimed') ORDER BY sort_at, n LIMIT ?",
            (*values, lane.value, *time, ROWS),
        ).fetchall()
    return [Due(str(n), author, from_ms(due)) for _by, n, author, due in sorted(found)[:ROWS]]
