"""Which pictures are still needed, by whatever names them."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from app.store.times import to_ms

SHOWN_FOR = timedelta(days=30)  # after a reply was written

# table, column, where in it, and of which rows; the table's own name is the only one in the condition
_PLACES = (
    ("draft", "data", "$.pictures", "1"),
    ("draft_archive", "data", "$.pictures", "1"),
    ("template", "data", "$.pictures", "1"),
    ("reply", "pictures", "$", "(state NOT IN ('sent', 'cancelled') OR created_at > :since)"),
    ("reply", "writing", "$.pictures", "(state NOT IN ('sent', 'cancelled') OR created_at > :since)"),
)


def pictures(db: sqlite3.Connection, now: datetime) -> set[str]:
    """Return the ids of pictures in drafts, kept or given up, in templates, and in replies that are not long gone."""
    found: set[str] = set()
    for table, column, path, condition in _PLACES:
        rows = db.execute(
            f"SELECT json_extract(p.value, '$.id') FROM {table} t, json_each(t.{column}, '{path}') p"
            f" WHERE length(t.{column}) > 2 AND json_valid(t.{column}) AND {condition}",
            {"since": to_ms(now - SHOWN_FOR)},
        )
        found.update(str(id_) for (id_,) in rows if id_)
    return found
