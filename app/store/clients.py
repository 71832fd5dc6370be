"""A client's hours and targets, and what of its open conversations is still to be worked out again."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from app.domain import Client
from app.errors import GoneError
from app.store.accounts import add_setting
from app.store.times import from_ms
from app.timers import Target, Targets
from app.timers.targets import known

_PENDING = "local/promises/"  # setting: this client's open conversations still have due times of earlier promises


def client(db: sqlite3.Connection, client_id: str) -> Client:
    """One client. Raises `GoneError`."""
    row = db.execute(
        "SELECT id, name, color, zone, hours, created_at FROM client WHERE id = ?", (client_id,)
    ).fetchone()
    if row is None:
        raise GoneError("This client is no longer there.")
    return Client(row[0], row[1], row[2], row[3], row[4], from_ms(row[5]))


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


def open_numbers(db: sqlite3.Connection, client_id: str) -> list[int]:
    """The client's conversations with a running clock, by number."""
    return [
        n
        for (n,) in db.execute(
            "SELECT v.n FROM account a JOIN conversation v ON v.account_id = a.id AND v.state IN ('open', 'snoozed')"
            " WHERE a.client_id = ? ORDER BY v.n",
            (client_id,),
        )
    ]


def platforms(db: sqlite3.Connection, client_id: str) -> list[tuple[str, str]]:
    """Key and name of the platforms that a client has accounts on, by name."""
    return db.execute(
        "SELECT platform, max(service) FROM account WHERE client_id = ? GROUP BY platform ORDER BY 2, 1", (client_id,)
    ).fetchall()


def pending(db: sqlite3.Connection) -> list[str]:
    """Clients whose due times are still to be worked out again."""
    found = db.execute("SELECT key FROM setting WHERE key LIKE ? ORDER BY key", (f"{_PENDING}%",))
    return [key.removeprefix(_PENDING) for (key,) in found]


def set_pending(db: sqlite3.Connection, client_id: str, wanted: bool) -> None:
    """Written with the promises themselves, so that a crash in between is made up for."""
    if wanted:
        add_setting(db, _PENDING + client_id, "true")
    else:
        db.execute("DELETE FROM setting WHERE key = ?", (_PENDING + client_id,))
