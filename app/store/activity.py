"""The append-only log of what a person or the program did."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from app.store.sql import as_json
from app.store.times import to_ms


def record(
    db: sqlite3.Connection,
    now: datetime,
    what: str,
    *,
    client_id: str = "",
    account_id: str = "",
    conversation: int | None = None,
    **data: Any,
) -> None:
    """Add a line. `data` holds keys and numbers, never a secret and never a message's text."""
    db.execute(
        "INSERT INTO activity (at, client_id, account_id, conversation, what, data) VALUES (?, ?, ?, ?, ?, ?)",
        (to_ms(now), client_id, account_id, conversation, what, as_json(data)),
    )
