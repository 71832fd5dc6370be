"""What sending has to heed: pauses of accounts, budgets of clients, and who waits for what."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import NamedTuple

from app.domain import Client
from app.store.accounts import CLIENT_COLUMNS, client_from_row
from app.store.times import from_ms, to_ms

_PAUSE = "local/pause/"
_PAUSES = "key >= 'local/pause/' AND key < 'local/pause0'"  # a range, which the key's index knows


class Pause(NamedTuple):
    """Nothing leaves from an account until then."""

    since: datetime
    until: datetime
    why: str  # a sentence

    def holds(self, now: datetime) -> bool:
        """Not where it was written by a clock that was ahead: that one is no reason to wait for years."""
        return self.since <= now < self.until


def _read(value: str) -> Pause:
    since, until, why = json.loads(value)
    return Pause(from_ms(since), from_ms(until), why)


def pause(db: sqlite3.Connection, account_id: str, now: datetime, until: datetime, why: str) -> None:
    """The longer of two pauses holds. It survives a restart: trying on is how accounts get disabled."""
    known = pause_of(db, account_id, now)
    if known is None or known.until < until:
        db.execute(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (_PAUSE + account_id, json.dumps([to_ms(now), to_ms(until), why])),
        )


def pause_of(db: sqlite3.Connection, account_id: str, now: datetime) -> Pause | None:
    """The account's pause, None if there is none or it is over."""
    row = db.execute("SELECT value FROM setting WHERE key = ?", (_PAUSE + account_id,)).fetchone()
    known = None if row is None else _read(row[0])
    return known if known is not None and known.holds(now) else None


def next_end(db: sqlite3.Connection, now: datetime) -> datetime | None:
    """When the first pause ends."""
    pauses = [_read(value) for (value,) in db.execute(f"SELECT value FROM setting WHERE {_PAUSES}")]
    return min((one.until for one in pauses if one.holds(now)), default=None)


def paused(db: sqlite3.Connection, account_id: str) -> bool:
    """Whether a person paused the account, until they let it go on."""
    row = db.execute("SELECT state FROM account WHERE id = ?", (account_id,)).fetchone()
    return row is not None and row[0] == "paused"


def go_on(db: sqlite3.Connection, account_id: str, why: str) -> dict[str, str]:
    """What is held for `why` alone waits for nothing any more. Returns conversations by reply id."""
    return {
        id_: str(number)
        for id_, number in db.execute(
            "UPDATE reply SET why = '' WHERE account_id = ? AND state = 'held' AND state NOT IN ('sent', 'cancelled')"
            " AND why = ? RETURNING id, conversation",
            (account_id, why),
        ).fetchall()
    }


def client_of(db: sqlite3.Connection, account_id: str) -> Client | None:
    """Whose account it is."""
    row = db.execute(
        f"SELECT {CLIENT_COLUMNS} FROM client WHERE id = (SELECT client_id FROM account WHERE id = ?)", (account_id,)
    ).fetchone()
    return None if row is None else client_from_row(row)


def used_since(db: sqlite3.Connection, client_id: str, since: datetime) -> int:
    """How many replies of a client left since then, with those that may have."""
    row: tuple[int] = db.execute(
        "SELECT (SELECT count(*) FROM reply WHERE sent_at >= ?2 AND origin = 'carelane' AND state = 'sent' AND"
        " account_id IN (SELECT id FROM account WHERE client_id = ?1)) + (SELECT count(*) FROM reply WHERE state IN"
        " ('claimed', 'unconfirmed') AND state NOT IN ('sent', 'cancelled') AND account_id IN"
        " (SELECT id FROM account WHERE client_id = ?1))",
        (client_id, to_ms(since)),
    ).fetchone()
    return row[0]


def held_by_account(db: sqlite3.Connection) -> dict[str, int]:
    """How many replies of each account wait to leave."""
    return dict(
        db.execute(
            "SELECT account_id, count(*) FROM reply WHERE state = 'held' AND state NOT IN ('sent', 'cancelled')"
            " GROUP BY account_id"
        ).fetchall()
    )


def window_of(db: sqlite3.Connection, number: int) -> datetime | None:
    """Until when the platform takes replies to this conversation: each message of the customer opens it anew."""
    row: tuple[int | None] = db.execute(
        "SELECT max(window_closes_at) FROM mention WHERE conversation = ? AND kind <> 'context' AND deleted_at IS NULL",
        (number,),
    ).fetchone()
    return None if row[0] is None else from_ms(row[0])


def newer(db: sqlite3.Connection, number: int, than: datetime, limit: int = 3) -> list[str]:
    """What others wrote in a conversation after `than`, oldest first."""
    return [
        text
        for (text,) in db.execute(
            "SELECT text FROM mention WHERE conversation = ? AND kind <> 'context' AND deleted_at IS NULL"
            " AND posted_at > ? ORDER BY posted_at, n LIMIT ?",
            (number, to_ms(than), limit),
        )
    ]


def wording_at(db: sqlite3.Connection, account_id: str, remote_id: str, at: datetime) -> tuple[str, bool] | None:
    """A message's text as it was known at `at`, and whether its author took it away. None if it is not there."""
    row = db.execute(
        "SELECT text, history, deleted_at FROM mention WHERE account_id = ? AND remote_id = ?", (account_id, remote_id)
    ).fetchone()
    if row is None:
        return None
    then = next((text for until, text in json.loads(row[1]) if until > to_ms(at)), row[0])
    return then, row[2] is not None


def posting_times(db: sqlite3.Connection, number: int, limit: int = 300) -> list[datetime]:
    """When the person of this conversation wrote to us, newest first."""
    return [
        from_ms(ms)
        for (ms,) in db.execute(  # by way of the conversations, whose index knows the contact
            "SELECT m.posted_at FROM (SELECT v.n, v.contact FROM conversation v WHERE v.contact ="
            " (SELECT contact FROM conversation WHERE n = ?) ORDER BY v.newest_at DESC LIMIT 100) recent"
            " JOIN mention m ON m.conversation = recent.n AND m.contact = recent.contact"
            " ORDER BY m.posted_at DESC LIMIT ?",
            (number, limit),
        )
    ]
