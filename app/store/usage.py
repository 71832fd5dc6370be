"""What the platforms count or charge: amounts by owner, unit and time, and the caps that a person sets.

An owner is "account/<id>", "app/<client>/<family>" where all accounts that sign in through an app share one count,
or "stream/<id>" (see `app.store.streams`). Never a secret.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.store.times import from_ms, to_ms

KEPT = timedelta(days=400)


def add(db: sqlite3.Connection, amounts: Iterable[tuple[str, str, datetime, float]]) -> None:
    """Add to what is there: owner, unit, start of the bucket, amount."""
    db.executemany(
        "INSERT INTO usage VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
        [(owner, unit, to_ms(at), amount) for owner, unit, at, amount in amounts],
    )


def since(db: sqlite3.Connection, owner: str, unit: str, begin: datetime) -> list[tuple[datetime, float]]:
    """Buckets from then on, oldest first."""
    found = db.execute(
        "SELECT at, amount FROM usage WHERE owner = ? AND unit = ? AND at >= ? ORDER BY at", (owner, unit, to_ms(begin))
    )
    return [(from_ms(at), amount) for at, amount in found]


def caps(db: sqlite3.Connection) -> dict[tuple[str, str], float]:
    """By owner and unit."""
    return {(owner, unit): amount for owner, unit, amount in db.execute("SELECT owner, unit, amount FROM cap")}


def set_cap(db: sqlite3.Connection, owner: str, unit: str, amount: float | None) -> None:
    """None takes it away."""
    db.execute("DELETE FROM cap WHERE owner = ? AND unit = ?", (owner, unit))
    if amount is not None:
        db.execute("INSERT INTO cap VALUES (?, ?, ?)", (owner, unit, amount))


def prune(db: sqlite3.Connection, now: datetime) -> None:
    """Drop what is long past, and what belonged to accounts and clients that are gone."""
    db.execute("DELETE FROM usage WHERE at < ?", (to_ms(now - KEPT),))
    for table in ("usage", "cap"):
        db.execute(
            f"DELETE FROM {table} WHERE owner LIKE 'account/%' AND substr(owner, 9) NOT IN (SELECT id FROM account)"
        )
        db.execute(
            f"DELETE FROM {table} WHERE owner LIKE 'app/%'"
            " AND substr(owner, 5, instr(substr(owner, 5), '/') - 1) NOT IN (SELECT id FROM client)"
        )


def let_go(db: sqlite3.Connection, accounts: Sequence[str], begins: str, now: datetime) -> None:
    """Replies and pauses of these accounts that wait for a sentence which `begins` so wait no longer."""
    for account in accounts:
        db.execute(
            "UPDATE reply SET not_before = ?, why = '' WHERE account_id = ? AND state = 'held'"
            " AND state NOT IN ('sent', 'cancelled') AND substr(why, 1, ?) = ?",
            (to_ms(now), account, len(begins), begins),
        )
        db.execute(
            "DELETE FROM setting WHERE key = ? AND substr(json_extract(value, '$[2]'), 1, ?) = ?",
            (f"local/pause/{account}", len(begins), begins),
        )
