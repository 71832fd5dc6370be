"""Rules, weights and VIPs, as they are kept. A client id of "" stands for all clients."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import fields

import msgspec

from app.errors import GoneError
from app.rules import Rule, Then, When
from app.store.sql import as_json, json_list
from app.triage.weights import DEFAULT

PENDING = "local/ranking"  # setting: what is still to be ranked again, by client
_OLD_PENDING = "local/promises/"  # settings of earlier versions: clients whose due times were to be worked out again


class _Data(msgspec.Struct, frozen=True, omit_defaults=True):
    when: When = When()
    then: Then = Then()


_decode = msgspec.json.Decoder(_Data).decode
DEFAULTS: dict[str, int] = {field.name: getattr(DEFAULT, field.name) for field in fields(DEFAULT)}


def rules(db: sqlite3.Connection, client_id: str) -> tuple[Rule, ...]:
    """Exactly this client's rules, in their order; "" those for all clients."""
    found = []
    for id_, name, enabled, data in db.execute(
        "SELECT id, name, enabled, data FROM rule WHERE client_id = ? ORDER BY position, id", (client_id,)
    ):
        content = _decode(data)
        found.append(Rule(id_, name, content.when, content.then, bool(enabled), client_id))
    return tuple(found)


def set_rules(db: sqlite3.Connection, client_id: str, rules: Sequence[Rule]) -> None:
    """Put these in the place of exactly this client's rules."""
    db.execute("DELETE FROM rule WHERE client_id = ?", (client_id,))
    db.executemany(
        "INSERT INTO rule (id, client_id, position, name, enabled, data) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (rule.id, client_id, position, rule.name, int(rule.enabled), as_json(_Data(rule.when, rule.then)))
            for position, rule in enumerate(rules)
        ],
    )


def weights(db: sqlite3.Connection, client_id: str) -> dict[str, int]:
    """The minutes that a person chose for exactly this client; "" those for all."""
    return dict(db.execute("SELECT name, minutes FROM weight WHERE client_id = ?", (client_id,)))


def set_weights(db: sqlite3.Connection, client_id: str, chosen: Mapping[str, int]) -> None:
    """Put these in the place of exactly this client's minutes."""
    db.execute("DELETE FROM weight WHERE client_id = ?", (client_id,))
    db.executemany("INSERT INTO weight VALUES (?, ?, ?)", [(client_id, *pair) for pair in chosen.items()])


def minutes(db: sqlite3.Connection, client_id: str) -> dict[str, int]:
    """The minutes that hold for a client: its own, else those for all, else the usual ones."""
    return {**DEFAULTS, **weights(db, ""), **weights(db, client_id)}


def templates(db: sqlite3.Connection, client_id: str) -> list[tuple[str, str]]:
    """Id and name of the templates that a client may use, by name."""
    return db.execute(
        "SELECT id, name FROM template WHERE client_id IN ('', ?) AND deleted_at IS NULL ORDER BY name COLLATE NOCASE",
        (client_id,),
    ).fetchall()


# VIPs


def vips(db: sqlite3.Connection, client_id: str = "") -> list[tuple[int, str, str, str, str]]:
    """Number, name, handle, account and remote id of the VIPs of a client, or of all, by name."""
    return db.execute(
        "SELECT c.n, c.name, c.handle, c.account_id, c.remote_id FROM contact c JOIN account a ON a.id = c.account_id"
        " WHERE c.vip <> 0 AND (?1 = '' OR a.client_id = ?1) ORDER BY c.name COLLATE NOCASE, c.n",
        (client_id,),
    ).fetchall()


def contact_of(db: sqlite3.Connection, conversation: int) -> tuple[int, bool] | None:
    """The person shown with a conversation, and whether they are a VIP."""
    row = db.execute(
        "SELECT c.n, c.vip FROM conversation v JOIN contact c ON c.n = v.contact WHERE v.n = ?", (conversation,)
    ).fetchone()
    return None if row is None else (row[0], bool(row[1]))


def set_vip(db: sqlite3.Connection, contact: int, vip: bool) -> str:
    """Returns the client of the contact. Raises `GoneError`."""
    row = db.execute(
        "UPDATE contact SET vip = ? WHERE n = ? RETURNING (SELECT client_id FROM account WHERE id = account_id)",
        (int(vip), contact),
    ).fetchone()
    if row is None:
        raise GoneError("This person is no longer there.")
    return str(row[0])


def open_of_contact(db: sqlite3.Connection, contact: int) -> list[int]:
    """The open conversations in which a contact wrote."""
    return [
        n
        for (n,) in db.execute(
            "SELECT n FROM conversation WHERE contact = ?1 AND state IN ('open', 'snoozed')", (contact,)
        )
    ]


# What is still to be ranked again


def pending(db: sqlite3.Connection) -> dict[str, str]:
    """Depth by client."""
    row = db.execute("SELECT value FROM setting WHERE key = ?", (PENDING,)).fetchone()
    return {} if row is None else dict(msgspec.json.decode(row[0]))


def set_pending(db: sqlite3.Connection, wanted: Mapping[str, str]) -> None:
    """Kept over a restart, so that an order half made is made whole."""
    db.execute(
        "INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        (PENDING, as_json(dict(wanted))),
    )


def has_old_pending(db: sqlite3.Connection) -> bool:
    """Whether an earlier version was interrupted while it worked out due times."""
    return db.execute("SELECT 1 FROM setting WHERE key LIKE ? LIMIT 1", (f"{_OLD_PENDING}%",)).fetchone() is not None


def take_old_pending(db: sqlite3.Connection) -> list[str]:
    """Those clients; they are no longer marked."""
    found = db.execute("DELETE FROM setting WHERE key LIKE ? RETURNING key", (f"{_OLD_PENDING}%",)).fetchall()
    return [key.removeprefix(_OLD_PENDING) for (key,) in found]


def pairs(text: str) -> tuple[tuple[str, int], ...]:
    """Reasons as they are stored."""
    return tuple([(name, minutes) for name, minutes in json_list(text)])
