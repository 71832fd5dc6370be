"""Search streams: what was found by which, what became of it, what is muted, and what it costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from app.domain import Kind
from app.rows import Muted
from app.search_stream import Query, SearchStream
from app.store.sql import as_json, keys, table
from app.store.times import from_ms, from_ms_or_none, to_ms, to_ms_or_none

_STREAM = "id, client_id, name, query, accounts, enabled, created_at, narrowed_at"
_IN = "IN (SELECT value FROM json_each(?))"
AUTHOR, WORD = "author", "word"  # kinds of `muted`
JOINED, PASSED, FOLDED = "joined", "passed", "folded"  # states of a hit; "" is not decided yet


def _stream(row: Sequence[object]) -> SearchStream:
    id_, client_id, name, query, accounts, enabled, created, narrowed = row
    return SearchStream(
        str(id_), str(client_id), str(name), msgspec.json.decode(str(query), type=Query),
        tuple(msgspec.json.decode(str(accounts), type=list[str])), bool(enabled),
        from_ms(created), from_ms_or_none(narrowed),  # type: ignore[arg-type]
    )  # fmt: skip


def streams(db: sqlite3.Connection, client_id: str | None = None) -> list[SearchStream]:
    """By name; of one client, or all."""
    where = "" if client_id is None else " WHERE client_id = ?"
    found = db.execute(
        f"SELECT {_STREAM} FROM stream{where} ORDER BY name COLLATE NOCASE, id",
        () if client_id is None else (client_id,),
    )
    return [_stream(row) for row in found]


def stream(db: sqlite3.Connection, id_: str) -> SearchStream | None:
    """One of them."""
    row = db.execute(f"SELECT {_STREAM} FROM stream WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _stream(row)


def save(db: sqlite3.Connection, one: SearchStream) -> None:
    """Insert or replace. A stream that looks for something else begins anew."""
    before = stream(db, one.id)
    row = {
        "id": one.id, "client_id": one.client_id, "name": one.name, "query": as_json(one.query),
        "accounts": as_json(one.accounts), "enabled": int(one.enabled), "created_at": to_ms(one.created_at),
        "narrowed_at": to_ms_or_none(one.narrowed_at),
    }  # fmt: skip
    table(db, "stream").upsert(row, pk="id")
    if before is not None and before.query != one.query:
        db.execute("DELETE FROM stream_mark WHERE stream = ?", (one.id,))


def delete(db: sqlite3.Connection, id_: str) -> None:
    """What it found stays, and is no longer told as its own."""
    for name, column in (("stream_mark", "stream"), ("stream_hit", "stream"), ("stream", "id")):
        db.execute(f"DELETE FROM {name} WHERE {column} = ?", (id_,))


class Mark(NamedTuple):
    """How far a stream was read through one account."""

    mark: str | None = None
    checked_at: datetime | None = None
    why: str = ""


def marks(db: sqlite3.Connection, id_: str) -> dict[str, Mark]:
    """By account id."""
    found = db.execute("SELECT account_id, mark, checked_at, why FROM stream_mark WHERE stream = ?", (id_,))
    return {account: Mark(mark, from_ms_or_none(at), why) for account, mark, at, why in found}


def set_mark(db: sqlite3.Connection, id_: str, account_id: str, mark: str | None) -> None:
    """Up to where it was read."""
    db.execute(
        "INSERT INTO stream_mark (stream, account_id, mark) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET mark = excluded.mark",
        (id_, account_id, mark),
    )


def checked(db: sqlite3.Connection, id_: str, account_id: str, at: datetime, why: str = "") -> None:
    """It was read to the end, or `why` not."""
    db.execute(
        "INSERT INTO stream_mark (stream, account_id, checked_at, why) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET checked_at = excluded.checked_at, why = excluded.why",
        (id_, account_id, to_ms(at), why),
    )


def conversations_of(
    db: sqlite3.Connection, account_id: str, remote_ids: Collection[str]
) -> dict[str, tuple[int, str]]:
    """The conversation and the kind of each of these messages that is stored."""
    found = db.execute(
        f"SELECT remote_id, conversation, kind FROM mention WHERE account_id = ? AND remote_id {_IN}",
        (account_id, keys(remote_ids)),
    )
    return {remote_id: (number, kind) for remote_id, number, kind in found}


def known_elsewhere(db: sqlite3.Connection, account_id: str, remote_ids: Collection[str]) -> set[str]:
    """Those that another account of the same client on the same platform has already, found or addressed to it."""
    found = db.execute(
        "SELECT m.remote_id FROM account a JOIN account b ON b.client_id = a.client_id AND b.platform = a.platform"
        " AND b.server = a.server AND b.id <> a.id JOIN mention m ON m.account_id = b.id"
        f" WHERE a.id = ? AND m.kind <> ? AND m.remote_id {_IN}",
        (account_id, Kind.CONTEXT.value, keys(remote_ids)),
    )
    return {remote_id for (remote_id,) in found}


def hit(db: sqlite3.Connection, id_: str, numbers: Iterable[int], now: datetime) -> None:
    """The stream found these conversations."""
    at = to_ms(now)
    db.executemany(
        "INSERT INTO stream_hit (stream, conversation, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(id_, number, at) for number in numbers],
    )


def became(db: sqlite3.Connection, numbers: Collection[int], state: str, now: datetime) -> None:
    """What a person, or folding, decided about them; "" is undecided again."""
    db.execute(
        f"UPDATE stream_hit SET state = ?, ended_at = ? WHERE conversation {_IN}",
        (state, to_ms(now) if state else None, keys(numbers)),
    )


def joined_by_reply(db: sqlite3.Connection, number: int, now: datetime) -> None:
    """Somebody answered a find without saying first that they join in."""
    db.execute(
        "UPDATE stream_hit SET state = 'joined', ended_at = ? WHERE conversation = ? AND state = ''",
        (to_ms(now), number),
    )


def states(db: sqlite3.Connection, numbers: Collection[int]) -> list[tuple[str, int, str, int | None]]:
    """Stream, conversation, state and when, for `put_states`."""
    return db.execute(
        f"SELECT stream, conversation, state, ended_at FROM stream_hit WHERE conversation {_IN}", (keys(numbers),)
    ).fetchall()


def put_states(db: sqlite3.Connection, before: Iterable[tuple[str, int, str, int | None]]) -> None:
    """Undo `became` exactly."""
    db.executemany(
        "UPDATE stream_hit SET state = ?, ended_at = ? WHERE stream = ? AND conversation = ?",
        [(state, at, id_, number) for id_, number, state, at in before],
    )


def fold(db: sqlite3.Connection, number: int, into: int) -> None:
    """`number` tells what `into` told before. Folding into a copy folds into what that copies."""
    db.execute(
        "UPDATE conversation SET story = coalesce((SELECT story FROM conversation WHERE n = ?), ?) WHERE n = ?",
        (into, into, number),
    )
    db.execute(
        "UPDATE conversation SET copies = (SELECT count(*) FROM conversation c WHERE c.story = conversation.n)"
        " WHERE n = (SELECT story FROM conversation WHERE n = ?)",
        (number,),
    )


def copies(db: sqlite3.Connection, number: int) -> list[int]:
    """The near-copies that were folded into a conversation, newest first."""
    found = db.execute("SELECT n FROM conversation WHERE story = ? ORDER BY newest_at DESC, n DESC", (number,))
    return [n for (n,) in found]


def leads(db: sqlite3.Connection, client_id: str, since: datetime, limit: int) -> list[tuple[int, str]]:
    """The conversations that searches found since then and that lead a story, oldest first: number and whole text."""
    found = db.execute(
        "SELECT c.n, m.text FROM stream_hit h JOIN conversation c ON c.n = h.conversation JOIN mention m ON m.n ="
        " (SELECT min(n) FROM mention WHERE conversation = c.n AND kind = 'search')"
        " WHERE c.client_id = ? AND c.story IS NULL AND h.at >= ? GROUP BY c.n ORDER BY c.n DESC LIMIT ?",
        (client_id, to_ms(since), limit),
    ).fetchall()
    return found[::-1]


class Total(NamedTuple):
    """What a stream brought since a day."""

    found: int = 0
    joined: int = 0
    passed: int = 0
    undecided: int = 0


def totals(db: sqlite3.Connection, since: datetime) -> dict[str, Total]:
    """By stream; near-copies count once, with what they copy."""
    found = db.execute(
        "SELECT stream, count(*), sum(state = 'joined'), sum(state = 'passed'), sum(state = '') FROM stream_hit"
        " WHERE at >= ? AND state <> 'folded' GROUP BY stream",
        (to_ms(since),),
    )
    return {row[0]: Total(*row[1:]) for row in found}


def texts(db: sqlite3.Connection, id_: str, since: datetime) -> list[tuple[str, str, str, str]]:
    """What a stream found since then: state, text, the author's key for muting and their name."""
    return db.execute(
        "SELECT h.state, m.text, a.platform || ':' || k.remote_id, k.name FROM stream_hit h"
        " JOIN mention m ON m.conversation = h.conversation AND m.kind = 'search'"
        " JOIN contact k ON k.n = m.contact JOIN account a ON a.id = m.account_id WHERE h.stream = ? AND h.at >= ?",
        (id_, to_ms(since)),
    ).fetchall()


def streams_of(db: sqlite3.Connection, number: int) -> list[tuple[str, str]]:
    """Id and name of the streams that found a conversation."""
    return db.execute(
        "SELECT s.id, s.name FROM stream_hit h JOIN stream s ON s.id = h.stream WHERE h.conversation = ?"
        " ORDER BY s.name COLLATE NOCASE",
        (number,),
    ).fetchall()


def spend(db: sqlite3.Connection, id_: str, unit: str, amount: float, day: datetime) -> None:
    """What reading a stream took, by the day; `unit` is "reads", or a currency."""
    db.execute(
        "INSERT INTO usage VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
        (f"stream/{id_}", unit, to_ms(day.replace(hour=0, minute=0, second=0, microsecond=0)), amount),
    )


def spent(db: sqlite3.Connection, since: datetime) -> dict[str, dict[str, float]]:
    """By stream and unit."""
    found: dict[str, dict[str, float]] = {}
    for owner, unit, amount in db.execute(
        "SELECT owner, unit, sum(amount) FROM usage WHERE owner LIKE 'stream/%' AND at >= ? GROUP BY owner, unit",
        (to_ms(since),),
    ):
        found.setdefault(owner.removeprefix("stream/"), {})[unit] = amount
    return found


# Muting


def muted(db: sqlite3.Connection, client_id: str) -> list[Muted]:
    """Newest first."""
    found = db.execute("SELECT kind, value, label, at FROM muted WHERE client_id = ? ORDER BY at DESC", (client_id,))
    return [Muted(kind, value, label, from_ms(at)) for kind, value, label, at in found]


def mute(db: sqlite3.Connection, client_id: str, kind: str, value: str, label: str, now: datetime) -> None:
    """From now on."""
    db.execute(
        "INSERT INTO muted VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", (client_id, kind, value, label, to_ms(now))
    )


def unmute(db: sqlite3.Connection, client_id: str, kind: str, value: str) -> None:
    """No longer."""
    db.execute("DELETE FROM muted WHERE client_id = ? AND kind = ? AND value = ?", (client_id, kind, value))


def undecided(db: sqlite3.Connection, client_id: str) -> list[tuple[int, str, str]]:
    """What lies in Listening: number, text, and the author's key for muting."""
    return db.execute(
        "SELECT c.n, m.text, a.platform || ':' || k.remote_id FROM conversation c"
        " JOIN mention m ON m.conversation = c.n JOIN contact k ON k.n = m.contact"
        " JOIN account a ON a.id = c.account_id WHERE c.client_id = ? AND c.lane = 'listening'",
        (client_id,),
    ).fetchall()
