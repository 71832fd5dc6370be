"""Clients, accounts, their marks and gaps, and settings."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import asdict

from app.domain import Account, Client, Gap, Profile
from app.rows import AccountContents
from app.store.sql import as_json, table
from app.store.times import from_ms, from_ms_or_none, to_ms

CLIENT_COLUMNS = "id, name, color, zone, hours, created_at, profile"
_ACCOUNT = "id, client_id, platform, server, remote_id, handle, name, state, why, checked_at, data, service"
_OF_CONVERSATION = ("promise", "amends", "asked", "quote", "draft_archive", "conversation_tag", "stream_hit")
_OF_ACCOUNT = ("mention", "reply", "contact", "conversation", "mark", "gap")


def profile_from_json(text: str) -> Profile:
    """What `client.profile` holds."""
    return Profile() if text == "{}" else msgspec.json.decode(text, type=Profile)


def client_from_row(row: tuple[Any, ...]) -> Client:
    """From `CLIENT_COLUMNS`."""
    return Client(row[0], row[1], row[2], row[3], row[4], from_ms(row[5]), profile_from_json(row[6]))


def clients(db: sqlite3.Connection) -> list[Client]:
    """By name."""
    found = db.execute(f"SELECT {CLIENT_COLUMNS} FROM client ORDER BY name COLLATE NOCASE")
    return [client_from_row(row) for row in found]


def add_client(db: sqlite3.Connection, client: Client) -> None:
    """Raises `sqlite3.IntegrityError` for a name that is taken."""
    row = {**asdict(client), "created_at": to_ms(client.created_at), "profile": as_json(client.profile)}
    table(db, "client").insert(row)


def _account(row: tuple[Any, ...]) -> Account:
    return Account(*row[:9], from_ms_or_none(row[9]), row[10], row[11])  # type: ignore[call-arg]


def accounts(db: sqlite3.Connection) -> list[Account]:
    """In the order in which they were added."""
    return [_account(row) for row in db.execute(f"SELECT {_ACCOUNT} FROM account ORDER BY rowid")]


def account(db: sqlite3.Connection, id_: str) -> Account | None:
    """One account."""
    row = db.execute(f"SELECT {_ACCOUNT} FROM account WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _account(row)


def add_account(db: sqlite3.Connection, account: Account, connected_at: datetime) -> None:
    """Raises `sqlite3.IntegrityError` when this identity is connected already. Older mentions get no timer."""
    row = {**asdict(account), "checked_at": None, "connected_at": to_ms(connected_at)}
    table(db, "account").insert(row)


def update_account(db: sqlite3.Connection, id_: str, **columns: str | int | None) -> None:
    """Change `state`, `why`, `checked_at` (ms), `handle`, `name` or `data`."""
    db.execute(
        f"UPDATE account SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?", (*columns.values(), id_)
    )


def set_state(db: sqlite3.Connection, id_: str, state: str, why: str) -> None:
    """How reading it went. A pause stays: it may have begun meanwhile, and only a person ends it."""
    db.execute("UPDATE account SET state = ?, why = ? WHERE id = ? AND state <> 'paused'", (state, why, id_))


def contents(db: sqlite3.Connection, id_: str) -> AccountContents:
    """What would go with the account."""
    of_it = "conversation IN (SELECT n FROM conversation WHERE account_id = ?1)"
    row: tuple[int, int, int] = db.execute(
        "SELECT (SELECT count(*) FROM mention WHERE account_id = ?1),"
        f" (SELECT count(*) FROM draft WHERE {of_it}) + (SELECT count(*) FROM draft_archive WHERE {of_it}),"
        " (SELECT count(*) FROM reply WHERE account_id = ?1 AND state NOT IN ('sent', 'cancelled'))",
        (id_,),
    ).fetchone()
    return AccountContents(*row)


def set_account_data(db: sqlite3.Connection, id_: str, **values: str | None) -> None:
    """Change these keys of `data` and leave all others; None takes one away."""
    row = db.execute("SELECT data FROM account WHERE id = ?", (id_,)).fetchone()
    if row is None:
        return
    data = merged(row[0], values)
    if data != row[0]:
        update_account(db, id_, data=data)


def merged(data: str, values: Mapping[str, Any]) -> str:
    """`data`, a JSON object, with these keys in it; those that are None taken away. Damage counts as empty."""
    try:
        known = msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.MsgspecError:
        known = {}
    whole = {key: value for key, value in {**known, **values}.items() if value is not None}
    return data if whole == known else as_json(whole)


def remove_account(db: sqlite3.Connection, id_: str) -> None:
    """Take an account and everything read through it away. The secret is the caller's business."""
    for query in (
        "SELECT 'delete', n * 2, text, indexed_author FROM mention WHERE account_id = ?",
        "SELECT 'delete', n * 2 + 1, text, '' FROM reply WHERE account_id = ? AND state = 'sent'",
    ):
        db.execute(f"INSERT INTO search (search, rowid, text, author) {query}", (id_,))
    db.execute("DELETE FROM draft WHERE conversation IN (SELECT n FROM conversation WHERE account_id = ?)", (id_,))
    db.execute("DELETE FROM reminder WHERE conversation IN (SELECT n FROM conversation WHERE account_id = ?)", (id_,))
    for name in _OF_CONVERSATION:
        db.execute(
            f"DELETE FROM {name} WHERE conversation IN (SELECT n FROM conversation WHERE account_id = ?)", (id_,)
        )
    for name in _OF_ACCOUNT:
        db.execute(f"DELETE FROM {name} WHERE account_id = ?", (id_,))
    db.execute("DELETE FROM account WHERE id = ?", (id_,))


def remove_client_without_accounts(db: sqlite3.Connection, name: str) -> None:
    """Take a client away that owns nothing any more."""
    db.execute("DELETE FROM client WHERE name = ? AND id NOT IN (SELECT client_id FROM account)", (name,))


def mark(db: sqlite3.Connection, account_id: str, stream: str) -> str | None:
    """The point up to which the stream is known to be complete."""
    row = db.execute("SELECT mark FROM mark WHERE account_id = ? AND stream = ?", (account_id, stream)).fetchone()
    return None if row is None else row[0]


def gaps(db: sqlite3.Connection, account_id: str) -> list[Gap]:
    """What could not be read, newest first."""
    return [
        Gap(stream, from_ms_or_none(since), from_ms_or_none(until), why)
        for stream, since, until, why in db.execute(
            "SELECT stream, since, until, why FROM gap WHERE account_id = ? ORDER BY found_at DESC",
            (account_id,),
        )
    ]


def setting(db: sqlite3.Connection, key: str) -> str | None:
    """A setting's JSON text."""
    row = db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return None if row is None else row[0]


def add_setting(db: sqlite3.Connection, key: str, value: str) -> None:
    """As `set_setting`, but what is there already stays."""
    db.execute("INSERT INTO setting VALUES (?, ?) ON CONFLICT DO NOTHING", (key, value))


def set_setting(db: sqlite3.Connection, key: str, value: str) -> None:
    """`value` is JSON text; never a secret."""
    table(db, "setting").upsert({"key": key, "value": value}, pk="key")
