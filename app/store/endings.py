"""Happy endings: who may be asked for a review or for leave to be quoted, and the quotes themselves.

All of it stays within one client: what somebody wrote to another one is neither counted nor shown.
"""

from __future__ import annotations

import sqlite3
import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from msgspec import structs

from app.domain import Kind, Reply, ReplyState
from app.rows import Quote
from app.store import activity, drafts, replies
from app.store.details import MENTION_COLUMNS, mention_from_row
from app.store.sql import json_list, keys
from app.store.times import from_ms, to_ms
from app.wording import asking

REVIEW, QUOTE = "review", "quote"
ASKED, NOT_NOW = "asked", "not_now"
REST = timedelta(days=183)  # for so long nobody is asked twice, and a complaint is remembered
_QUOTE = "id, client_id, conversation, author, handle, platform, text, url, leave, at"
_LINES = 2_000  # characters of a quote


class Ending(NamedTuple):
    """How a conversation stands towards being asked about."""

    client_id: str
    account_id: str
    contacts: tuple[int, ...]  # the same person, as seen by each account of the client on that platform
    kind: str
    last: tuple[str, tuple[str, ...]] | None  # mood and tags of the customer's newest message
    promised: bool  # something is promised and still open
    praise: int | None  # number of their newest message of praise, None for none


def ending(db: sqlite3.Connection, number: int) -> Ending | None:
    """Read it; None without anybody to ask."""
    row = db.execute(
        "SELECT v.client_id, v.account_id, v.contact, c.remote_id, v.promise_at FROM conversation v"
        " JOIN contact c ON c.n = v.contact WHERE v.n = ?",
        (number,),
    ).fetchone()
    if row is None:
        return None
    client_id, account_id, contact, remote_id, promise_at = row
    same = db.execute(
        "SELECT c.n FROM account mine JOIN account a ON a.client_id = mine.client_id AND a.platform = mine.platform"
        " AND a.server = mine.server JOIN contact c ON c.account_id = a.id AND c.remote_id = ? WHERE mine.id = ?",
        (remote_id, account_id),
    )
    contacts = tuple({contact, *(n for (n,) in same)})
    said = db.execute(
        "SELECT n, kind, mood, tags, text FROM mention WHERE conversation = ? AND contact = ? AND kind <> 'context'"
        " AND deleted_at IS NULL ORDER BY posted_at DESC, n DESC",
        (number, contact),
    ).fetchall()
    last = (said[0][2], tuple(json_list(said[0][3]))) if said else None
    kindly = [n for n, _, mood, tags, text in said if mood == "positive" and "praise" in tags and text.strip()]
    praise = kindly[0] if kindly else None
    kind = next((kind for _, kind, *_ in said if kind == Kind.REVIEW), said[0][1] if said else "")
    return Ending(client_id, account_id, contacts, kind, last, promise_at is not None, praise)


def asked_since(db: sqlite3.Connection, contacts: tuple[int, ...], since: datetime) -> bool:
    """Whether this person was asked for anything, or was not to be asked, since then."""
    row = db.execute(
        "SELECT 1 FROM asked WHERE contact IN (SELECT value FROM json_each(?)) AND at > ? LIMIT 1",
        (keys(contacts), to_ms(since)),
    ).fetchone()
    return row is not None


def unhappy_since(db: sqlite3.Connection, contacts: tuple[int, ...], since: datetime) -> bool:
    """Whether they complained since then, and wrote nothing kind afterwards."""
    wanted = keys(contacts)
    worst: tuple[int | None] = db.execute(
        "SELECT max(posted_at) FROM mention WHERE contact IN (SELECT value FROM json_each(?)) AND mood = 'negative'"
        " AND kind <> 'context' AND posted_at > ?",
        (wanted, to_ms(since)),
    ).fetchone()
    angry: tuple[int | None] = db.execute(  # an angry tag counts whatever the mood is
        "SELECT max(m.posted_at) FROM conversation v JOIN mention m ON m.conversation = v.n, json_each(m.tags) t"
        " WHERE v.contact IN (SELECT value FROM json_each(?)) AND m.contact = v.contact AND m.posted_at > ?"
        " AND t.value IN ('anger', 'complaint')",
        (wanted, to_ms(since)),
    ).fetchone()
    at = max((one for one in (worst[0], angry[0]) if one is not None), default=None)
    if at is None:
        return False
    kind = db.execute(
        "SELECT 1 FROM conversation v JOIN mention m ON m.conversation = v.n WHERE v.contact IN"
        " (SELECT value FROM json_each(?)) AND m.contact = v.contact AND m.mood = 'positive' AND m.deleted_at IS NULL"
        " AND m.posted_at > ? LIMIT 1",
        (wanted, at),
    ).fetchone()
    return kind is None


def left_review(db: sqlite3.Connection, contacts: tuple[int, ...]) -> bool:
    """Whether one of their conversations is a review."""
    row = db.execute(
        "SELECT 1 FROM conversation WHERE contact IN (SELECT value FROM json_each(?)) AND kind = ? LIMIT 1",
        (keys(contacts), Kind.REVIEW.value),
    ).fetchone()
    return row is not None


def quoted(db: sqlite3.Connection, client_id: str, mention: int) -> bool:
    """Whether these words were asked for already."""
    row = db.execute("SELECT 1 FROM quote WHERE client_id = ? AND mention = ?", (client_id, mention)).fetchone()
    return row is not None


def is_asking(db: sqlite3.Connection, contacts: tuple[int, ...]) -> bool:
    """Whether a draft, or a reply that has not left yet, asks this person for anything."""
    written = db.execute(
        "WITH theirs AS (SELECT n FROM conversation WHERE contact IN (SELECT value FROM json_each(?)))"
        " SELECT data FROM draft WHERE conversation IN theirs AND instr(data, '\"asks\"')"
        " UNION ALL SELECT writing FROM reply WHERE conversation IN theirs"
        " AND state NOT IN ('sent', 'cancelled') AND instr(writing, '\"asks\"')",
        (keys(contacts),),
    )
    found = [drafts.whole(data) for (data,) in written]
    return any(one.asks and asking.asks(one.asks, one.text) for one in found)


def note_asked(db: sqlite3.Connection, reply: Reply, now: datetime) -> None:
    """Remember what a reply that has just left asks for; see `replies.mark_sent`. Once for a step."""
    kind, number = replies.writing(db, reply.id).asks, int(reply.conversation_id)
    if kind not in (REVIEW, QUOTE) or not asking.asks(kind, reply.text):
        return
    ids = [one.id for one in replies.siblings(db, reply)]
    known = db.execute("SELECT 1 FROM asked WHERE reply IN (SELECT value FROM json_each(?))", (keys(ids),)).fetchone()
    found = ending(db, number)
    if known is None and found is not None:
        record(db, number, found, kind, ASKED, now, reply.id)


def note_part(db: sqlite3.Connection, reply_id: str, now: datetime) -> None:
    """The same for a step of which the rest was taken back: what its parts that have left ask for."""
    reply = replies.get(db, reply_id)
    left = [one for one in replies.siblings(db, reply) if one.state is ReplyState.SENT] if reply is not None else []
    if left:
        note_asked(db, structs.replace(left[-1], text=" ".join([one.text for one in left])), now)


def record(
    db: sqlite3.Connection, number: int, found: Ending, kind: str, state: str, now: datetime, reply: str = ""
) -> None:
    """Remember that somebody was asked, or is not to be asked for a while. Asking for leave keeps their words."""
    contact: tuple[int] = db.execute("SELECT contact FROM conversation WHERE n = ?", (number,)).fetchone()
    db.execute(
        "INSERT INTO asked (id, contact, conversation, client_id, kind, at, reply, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (uuid.uuid4().hex, contact[0], number, found.client_id, kind, to_ms(now), reply, state),
    )
    activity.record(db, now, state, conversation=number, kind=kind)
    if kind != QUOTE or state != ASKED or found.praise is None or quoted(db, found.client_id, found.praise):
        return
    row = db.execute(
        f"SELECT {MENTION_COLUMNS}, a.service, a.platform FROM mention m JOIN contact c ON c.n = m.contact"
        " JOIN account a ON a.id = m.account_id WHERE m.n = ?",
        (found.praise,),
    ).fetchone()
    said = mention_from_row(row[:-2])
    db.execute(
        f"INSERT INTO quote ({_QUOTE}, mention) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)",
        (uuid.uuid4().hex, found.client_id, number, said.author.name, said.author.handle, row[-2] or row[-1],
         said.text[:_LINES], said.url, to_ms(now), found.praise),
    )  # fmt: skip


def _quote(row: tuple[Any, ...]) -> Quote:
    id_, client_id, number, author, handle, platform, text, url, leave, at = row
    return Quote(id_, client_id, str(number), author, handle, platform, text, url, leave, from_ms(at))


def quotes(db: sqlite3.Connection, client_id: str | None) -> list[Quote]:
    """Newest first."""
    where, values = ("WHERE client_id = ?", [client_id]) if client_id is not None else ("", [])
    return [_quote(row) for row in db.execute(f"SELECT {_QUOTE} FROM quote {where} ORDER BY at DESC, id", values)]


def quote(db: sqlite3.Connection, id_: str) -> Quote | None:
    """One quote."""
    row = db.execute(f"SELECT {_QUOTE} FROM quote WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _quote(row)


def set_leave(db: sqlite3.Connection, old: Quote, leave: str, now: datetime) -> None:
    """What the customer said to being quoted, as the person understood it."""
    db.execute("UPDATE quote SET leave = ? WHERE id = ?", (leave, old.id))
    number = int(old.conversation_id)
    activity.record(db, now, "leave_set", conversation=number, quote=old.id, before=old.leave, leave=leave)


def words_since(db: sqlite3.Connection, number: int, since: datetime) -> list[str]:
    """What the customer wrote after that, oldest first."""
    return [
        text
        for (text,) in db.execute(
            "SELECT m.text FROM mention m JOIN conversation v ON v.n = m.conversation WHERE m.conversation = ?"
            " AND m.contact = v.contact AND m.deleted_at IS NULL AND m.posted_at > ? ORDER BY m.posted_at, m.n",
            (number, to_ms(since)),
        )
    ]
