"""Conversations: working out their standing again after anything about them changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from app.domain import ConversationState, Lane
from app.errors import GoneError
from app.store.sql import json_list, keys, tuple_json
from app.store.standing import WARNING, Handled, Incoming, Standing, stand
from app.store.times import to_ms
from app.timers import OpeningHours, Target, Targets

SNIPPET = 280
GRACE = 120_000  # ms: clocks differ, and some platforms tell whole seconds only


@dataclass(frozen=True, slots=True)
class Rules:
    """What a client's promises rest on."""

    client_id: str
    hours: OpeningHours
    targets: Targets
    seen_until: int  # ms


@lru_cache(maxsize=256)
def _hours(text: str, zone: str) -> OpeningHours:
    return OpeningHours.from_json(text, zone=zone)


def rules(db: sqlite3.Connection, account_id: str) -> Rules:
    """The rules that hold for an account's conversations."""
    found = db.execute(
        "SELECT c.id, c.hours, c.zone, a.connected_at FROM account a JOIN client c ON c.id = a.client_id"
        " WHERE a.id = ?",
        (account_id,),
    ).fetchone()
    if found is None:
        raise GoneError("This account is no longer connected.")
    client_id, hours, zone, connected_at = found
    chosen = {
        name: Target(minutes)
        for name, minutes in db.execute("SELECT name, minutes FROM target WHERE client_id = ?", (client_id,))
    }
    return Rules(client_id, _hours(hours, zone), Targets(**chosen), connected_at - GRACE)


def standing_columns(standing: Standing) -> tuple[object, ...]:
    """In the order of `STANDING`."""
    return (
        # as plain text: sqlite3 takes a micro-second more for each value of an enum
        str(standing.state), str(standing.lane), standing.sort_at, standing.posted_at, standing.due_at,
        standing.care_by, standing.target, standing.mood, tuple_json(standing.tags), tuple_json(standing.reasons),
        standing.unanswered, standing.window_closes_at, standing.snoozed_until,
    )  # fmt: skip


STANDING = (
    "state", "lane", "sort_at", "posted_at", "due_at", "care_by", "target", "mood", "tags", "reasons", "unanswered",
    "window_closes_at", "snoozed_until",
)  # fmt: skip
_UPDATE = (
    "UPDATE conversation SET contact=?, kind=?, visibility=?, author=?, handle=?, avatar=?, text=?, newest_at=?, "
    + ", ".join(f"{name}=?" for name in STANDING)
    + " WHERE n=?"
)


def restand(db: sqlite3.Connection, numbers: Iterable[int], now: datetime) -> set[int]:
    """Work out the standing of these conversations again from what is stored. Returns those that still exist."""
    wanted = keys(set(numbers))
    heads = db.execute(
        "SELECT n, account_id, last_ours_at, handled_n, closed_why, snoozed_until, snoozed_n, placed, placed_n,"
        " newest_at, contact, kind,"
        " visibility, author, handle, avatar, text FROM conversation WHERE n IN (SELECT value FROM json_each(?))",
        (wanted,),
    ).fetchall()
    messages: dict[int, list[tuple[Incoming, tuple[object, ...]]]] = {}
    for row in db.execute(
        "SELECT m.conversation, m.n, m.kind, m.posted_at, m.mood, m.tags, m.reasons, m.window_closes_at,"
        " m.contact, m.visibility, c.name, c.handle, c.avatar, m.text"
        " FROM mention m JOIN contact c ON c.n = m.contact"
        " WHERE m.conversation IN (SELECT value FROM json_each(?)) AND m.kind <> 'context' AND m.deleted_at IS NULL"
        " ORDER BY m.posted_at, m.n",
        (wanted,),
    ):
        tags, reasons = (
            tuple(json_list(row[5])),
            tuple((name, minutes) for name, minutes in json_list(row[6])),
        )
        incoming = Incoming(row[1], row[2], row[3], row[4], tags, reasons, row[7])
        messages.setdefault(row[0], []).append((incoming, (row[8], row[2], row[9], row[10], row[11], row[12], row[13])))
    cache: dict[str, Rules] = {}
    updates: list[tuple[object, ...]] = []
    for n, account_id, ours, closed_n, why, until, snoozed_n, placed, placed_n, newest_at, *shown in heads:
        rule = cache.get(account_id) or cache.setdefault(account_id, rules(db, account_id))
        found = messages.get(n, [])
        handled = Handled(ours, closed_n, why, until, snoozed_n, rule.seen_until, placed, placed_n)
        newest = max([ours, *(incoming.posted_at for incoming, _ in found)]) or newest_at
        standing = stand([incoming for incoming, _ in found], handled, newest, rule.hours, rule.targets, to_ms(now))
        last = found[-1][1] if found else tuple(shown)
        contact, kind, visibility, author, handle, avatar, text = last
        updates.append(
            (contact, kind, visibility, author, handle, avatar, str(text)[:SNIPPET], newest,
             *standing_columns(standing), n)
        )  # fmt: skip
    db.executemany(_UPDATE, updates)
    return {head[0] for head in heads}


def advance(db: sqlite3.Connection, now: datetime) -> set[int]:
    """Move what time alone moves: Due today into Care now, and snoozed items back. Returns the moved ones."""
    moved = set()
    border = to_ms(now + WARNING)
    for (n,) in db.execute(
        "UPDATE conversation SET lane = ? WHERE lane = ? AND sort_at <= ? RETURNING n",
        (Lane.CARE, Lane.TODAY, border),
    ).fetchall():
        moved.add(n)
    back = [
        n
        for (n,) in db.execute(
            "SELECT n FROM conversation WHERE lane = ? AND sort_at <= ? LIMIT 1000",
            (Lane.SNOOZED, to_ms(now)),
        )
    ]
    return moved | (restand(db, back, now) if back else set())


def newest_n(db: sqlite3.Connection, number: int) -> int:
    """The newest message of a conversation, 0 if it has none."""
    row: tuple[int | None] = db.execute("SELECT max(n) FROM mention WHERE conversation = ?", (number,)).fetchone()
    return row[0] or 0


def close(db: sqlite3.Connection, number: int, why: str, now: datetime) -> None:
    """Close with a reason; a later message opens it again."""
    db.execute(
        "UPDATE conversation SET handled_n = ?, closed_why = ?, snoozed_until = NULL, snoozed_n = 0 WHERE n = ?",
        (newest_n(db, number), why, number),
    )
    restand(db, [number], now)


def snooze(db: sqlite3.Connection, number: int, until: datetime, now: datetime) -> None:
    """Out of sight until then, or until the customer writes; the deadline still holds."""
    db.execute(
        "UPDATE conversation SET snoozed_until = ?, snoozed_n = ? WHERE n = ?",
        (to_ms(until), newest_n(db, number), number),
    )
    restand(db, [number], now)


def reopen(db: sqlite3.Connection, number: int, now: datetime) -> None:
    """Take closing or snoozing back. What came as history stays history: it never gets a timer."""
    db.execute(
        "UPDATE conversation SET handled_n = 0, closed_why = '', snoozed_until = NULL, snoozed_n = 0 WHERE n = ?",
        (number,),
    )
    restand(db, [number], now)


def place(db: sqlite3.Connection, number: int, where: str, now: datetime) -> None:
    """Put a conversation where a person wants it; `Place.AUTO` leaves it to its words again."""
    db.execute(
        "UPDATE conversation SET placed = ?, placed_n = ? WHERE n = ?", (str(where), newest_n(db, number), number)
    )
    restand(db, [number], now)


Before = tuple[int, str, int | None, int, str, int]


def was(db: sqlite3.Connection, number: int) -> Before | None:
    """What `put_back` needs to undo a close, a snooze or a place."""
    row: Before | None = db.execute(
        "SELECT handled_n, closed_why, snoozed_until, snoozed_n, placed, placed_n FROM conversation WHERE n = ?",
        (number,),
    ).fetchone()
    return row


def put_back(db: sqlite3.Connection, number: int, before: Before, now: datetime) -> None:
    """Undo a close, a snooze or a place exactly."""
    db.execute(
        "UPDATE conversation SET handled_n = ?, closed_why = ?, snoozed_until = ?, snoozed_n = ?, placed = ?,"
        " placed_n = ? WHERE n = ?",
        (*before, number),
    )
    restand(db, [number], now)


def is_open(state: str) -> bool:
    """Whether a conversation in this state has a running clock."""
    return state in (ConversationState.OPEN, ConversationState.SNOOZED)
