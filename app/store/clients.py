"""A client's hours and targets."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from app.domain import Client, Profile
from app.errors import GoneError
from app.store.accounts import CLIENT_COLUMNS, client_from_row
from app.store.sql import as_json
from app.timers import Target, Targets
from app.timers.targets import known


def client(db: sqlite3.Connection, client_id: str) -> Client:
    """One client. Raises `GoneError`."""
    row = db.execute(f"SELECT {CLIENT_COLUMNS} FROM client WHERE id = ?", (client_id,)).fetchone()
    if row is None:
        raise GoneError("This client is no longer there.")
    return client_from_row(row)


def set_profile(db: sqlite3.Connection, client_id: str, profile: Profile) -> None:
    """Raises `GoneError`."""
    if not db.execute("UPDATE client SET profile = ? WHERE id = ?", (as_json(profile), client_id)).rowcount:
        raise GoneError("This client is no longer there.")


def hours(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Id, hours and zone of every client that is not there around the clock."""
    return db.execute("SELECT id, hours, zone FROM client WHERE hours <> ''").fetchall()


def targets(db: sqlite3.Connection, client_id: str) -> Targets:
    """What a client promises, on no platform in particular."""
    return Targets(known(db.execute("SELECT name, minutes FROM target WHERE client_id = ?", (client_id,))))


def set_hours(db: sqlite3.Connection, client_id: str, zone: str, hours: str) -> None:
    """`hours` is the text of `OpeningHours.to_json`, `zone` the zone that it names. Raises `GoneError`."""
    if not db.execute("UPDATE client SET zone = ?, hours = ? WHERE id = ?", (zone, hours, client_id)).rowcount:
        raise GoneError("This client is no longer there.")


def set_targets(db: sqlite3.Connection, client_id: str, chosen: Mapping[str, Target]) -> None:
    """Put these in the place of the client's targets."""
    db.execute("DELETE FROM target WHERE client_id = ?", (client_id,))
    rows = [(client_id, name, target.minutes) for name, target in chosen.items()]
    db.executemany("INSERT INTO target (client_id, name, minutes) VALUES (?, ?, ?)", rows)


def platforms(db: sqlite3.Connection, client_id: str) -> list[tuple[str, str]]:
    """Key and name of the platforms that a client has accounts on, by name."""
    return db.execute(
        "SELECT platform, max(service) FROM account WHERE client_id = ? GROUP BY platform ORDER BY 2, 1", (client_id,)
    ).fetchall()
