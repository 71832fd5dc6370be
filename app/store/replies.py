"""The ledger of outgoing replies and the drafts. Every state is written before the network call that it describes."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import Any

from app.domain import Reply, ReplyState, Sent, Visibility
from app.rows import OutboxRow
from app.store import activity
from app.store.conversations import restand
from app.store.sql import keys
from app.store.times import from_ms, from_ms_or_none, to_ms

REPLY_COLUMNS = (
    "id, conversation, account_id, to_remote_id, text, visibility, state, created_at, not_before, why, remote_id, url,"
    " sent_at, tries, prepared, seen_remote_id, to_extra, to_handle, origin"
)
PENDING = (
    ReplyState.HELD,
    ReplyState.CLAIMED,
    ReplyState.UNCONFIRMED,
    ReplyState.BLOCKED,
    ReplyState.REFUSED,
)


def reply_from_row(row: tuple[Any, ...]) -> Reply:
    """From `REPLY_COLUMNS`."""
    return Reply(
        id=row[0], conversation_id=str(row[1]), account_id=row[2], to_remote_id=row[3], text=row[4],
        visibility=Visibility(row[5]), state=ReplyState(row[6]), created_at=from_ms(row[7]), not_before=from_ms(row[8]),
        why=row[9], remote_id=row[10], url=row[11], sent_at=from_ms_or_none(row[12]), tries=row[13], prepared=row[14],
        seen_remote_id=row[15], to_extra=row[16], to_handle=row[17], origin=row[18],
    )  # fmt: skip


def add(db: sqlite3.Connection, reply: Reply) -> None:
    """Write a reply before anything else happens with it, and take the draft away in the same transaction."""
    db.execute(
        "INSERT INTO reply (id, conversation, account_id, to_remote_id, text, visibility, state, created_at,"
        " not_before, seen_remote_id, to_extra, to_handle) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (reply.id, int(reply.conversation_id), reply.account_id, reply.to_remote_id, reply.text, reply.visibility,
         reply.state, to_ms(reply.created_at), to_ms(reply.not_before), reply.seen_remote_id, reply.to_extra,
         reply.to_handle),
    )  # fmt: skip
    db.execute("DELETE FROM draft WHERE conversation = ?", (int(reply.conversation_id),))
    db.execute(
        "UPDATE conversation SET has_draft = 0, sending = ? WHERE n = ?",
        (reply.state, int(reply.conversation_id)),
    )


def get(db: sqlite3.Connection, id_: str) -> Reply | None:
    """One reply by its id."""
    row = db.execute(f"SELECT {REPLY_COLUMNS} FROM reply WHERE id = ?", (id_,)).fetchone()
    return None if row is None else reply_from_row(row)


def set_state(
    db: sqlite3.Connection,
    id_: str,
    state: ReplyState,
    *,
    why: str = "",
    prepared: str | None = None,
    not_before: datetime | None = None,
    tried: bool = False,
    only: Collection[ReplyState] = (),
) -> bool:
    """Move a reply to `state`, if it is still in one of `only`. False if not; sent and cancelled are final anyway."""
    row = db.execute(
        "UPDATE reply SET state = ?, why = ?, prepared = coalesce(?, prepared), not_before = coalesce(?, not_before),"
        " tries = tries + ? WHERE id = ? AND state NOT IN ('sent', 'cancelled')"
        " AND (?7 = '[]' OR state IN (SELECT value FROM json_each(?7))) RETURNING conversation",
        (state, why, prepared, None if not_before is None else to_ms(not_before), int(tried), id_, keys(only)),
    ).fetchone()
    if row is None:
        return False
    db.execute("UPDATE conversation SET sending = ? WHERE n = ?", (_sending(db, row[0]), row[0]))
    return True


def _sending(db: sqlite3.Connection, number: int) -> str | None:
    row = db.execute(
        "SELECT state FROM reply WHERE conversation = ? AND state NOT IN ('sent', 'cancelled') ORDER BY n DESC LIMIT 1",
        (number,),
    ).fetchone()
    return None if row is None else row[0]


def claim(db: sqlite3.Connection, id_: str, prepared: str) -> bool:
    """From held to claimed, once: False when somebody cancelled it or claimed it first."""
    row = db.execute(
        "UPDATE reply SET state = 'claimed', why = '', prepared = ?, tries = tries + 1 WHERE id = ? AND state = 'held'"
        " RETURNING conversation",
        (prepared, id_),
    ).fetchone()
    if row is not None:
        db.execute("UPDATE conversation SET sending = 'claimed' WHERE n = ?", (row[0],))
    return row is not None


def mark_sent(db: sqlite3.Connection, id_: str, sent: Sent, now: datetime) -> None:
    """The platform gave it an id. The clock stops at the platform's own time."""
    number, account_id, text = db.execute(
        "SELECT conversation, account_id, text FROM reply WHERE id = ?", (id_,)
    ).fetchone()
    # The same post may have been read from the platform before our answer to it came.
    for n, seen in db.execute(
        "SELECT n, text FROM reply WHERE account_id = ? AND remote_id = ? AND id <> ?",
        (account_id, sent.remote_id, id_),
    ).fetchall():
        db.execute("INSERT INTO search (search, rowid, text, author) VALUES ('delete', ?, ?, '')", (n * 2 + 1, seen))
        db.execute("DELETE FROM reply WHERE n = ?", (n,))
    n, state = db.execute("SELECT n, state FROM reply WHERE id = ?", (id_,)).fetchone()
    db.execute(
        "UPDATE reply SET state = 'sent', why = '', remote_id = ?, url = ?, sent_at = ? WHERE id = ?",
        (sent.remote_id, sent.url, to_ms(sent.at), id_),
    )
    if state != ReplyState.SENT:
        db.execute("INSERT INTO search (rowid, text, author) VALUES (?, ?, '')", (n * 2 + 1, text))
        activity.record(db, now, "sent", account_id=account_id, conversation=number, reply=id_)
    db.execute(
        "UPDATE conversation SET last_ours_at = max(last_ours_at, ?), sending = ?, snoozed_until = NULL WHERE n = ?",
        (to_ms(sent.at), _sending(db, number), number),
    )
    restand(db, [number], now)


def cancel(db: sqlite3.Connection, id_: str, now: datetime) -> str | None:
    """Take back a reply that has surely not left; its text goes back into the draft. None if it is too late."""
    row = db.execute(
        "UPDATE reply SET state = 'cancelled' WHERE id = ? AND (state IN ('held', 'blocked', 'refused'))"
        " RETURNING conversation, text, account_id",
        (id_,),
    ).fetchone()
    if row is None:
        return None
    number, text, account_id = row
    held = db.execute("SELECT text FROM draft WHERE conversation = ?", (number,)).fetchone()
    whole = f"{text}\n\n{held[0]}" if held and held[0].strip() and held[0] != text else text
    save_draft(db, number, whole, now)
    db.execute("UPDATE conversation SET sending = ? WHERE n = ?", (_sending(db, number), number))
    activity.record(db, now, "cancelled", account_id=account_id, conversation=number, reply=id_)
    return str(whole)


def due(db: sqlite3.Connection, now: datetime) -> list[Reply]:
    """Held replies whose time has come, in care-by order of their conversations, then as written."""
    return [
        reply_from_row(row)
        for row in db.execute(
            f"SELECT {', '.join('r.' + name.strip() for name in REPLY_COLUMNS.split(','))} FROM reply r"
            " LEFT JOIN conversation v ON v.n = r.conversation WHERE r.state = 'held' AND r.not_before <= ?"
            " ORDER BY coalesce(v.care_by, v.sort_at), r.n LIMIT 500",
            (to_ms(now),),
        )
    ]


def in_state(db: sqlite3.Connection, state: ReplyState) -> list[Reply]:
    """All replies in a state that is not final."""
    return [
        reply_from_row(row)
        for row in db.execute(
            f"SELECT {REPLY_COLUMNS} FROM reply WHERE state = ? AND state NOT IN ('sent', 'cancelled') ORDER BY n",
            (state,),
        )
    ]


def next_due(db: sqlite3.Connection) -> datetime | None:
    """When the next held reply leaves."""
    row: tuple[int | None] = db.execute(
        "SELECT min(not_before) FROM reply WHERE state = 'held' AND state NOT IN ('sent', 'cancelled')"
    ).fetchone()
    return from_ms_or_none(row[0])


def outbox(db: sqlite3.Connection, since: datetime, limit: int) -> list[OutboxRow]:
    """What waits or needs a person, and what left since `since`; newest first."""
    columns = ", ".join("r." + name.strip() for name in REPLY_COLUMNS.split(","))
    query = (
        f"SELECT {columns}, v.author, v.handle, c.name, a.platform, a.service FROM reply r JOIN conversation v"
        " ON v.n = r.conversation JOIN account a ON a.id = r.account_id JOIN client c ON c.id = v.client_id WHERE "
    )
    pending = db.execute(query + "r.state NOT IN ('sent', 'cancelled') ORDER BY r.n DESC LIMIT ?", (limit,)).fetchall()
    left = db.execute(
        query + "r.state = 'sent' AND r.origin = 'carelane' AND r.sent_at >= ? ORDER BY r.sent_at DESC LIMIT ?",
        (to_ms(since), limit),
    ).fetchall()
    return [OutboxRow(reply_from_row(row[:19]), *row[19:]) for row in pending + left][:limit]


def save_draft(db: sqlite3.Connection, number: int, text: str, now: datetime) -> None:
    """Keep what is being written; an empty text takes the draft away."""
    if text.strip():
        db.execute(
            "INSERT INTO draft VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET text = excluded.text,"
            " updated_at = excluded.updated_at",
            (number, text, to_ms(now)),
        )
    else:
        db.execute("DELETE FROM draft WHERE conversation = ?", (number,))
    db.execute("UPDATE conversation SET has_draft = ? WHERE n = ?", (int(bool(text.strip())), number))


def skip_check(db: sqlite3.Connection, id_: str) -> None:
    """Let a reply leave without reading the thread again: a person has seen the difference."""
    db.execute("UPDATE reply SET seen_remote_id = '' WHERE id = ?", (id_,))


def earlier_waits(db: sqlite3.Connection, reply: Reply) -> bool:
    """Whether an older reply of the same conversation has not left yet; order is kept within a conversation."""
    row = db.execute(
        "SELECT 1 FROM reply WHERE conversation = ? AND state IN ('held', 'claimed', 'unconfirmed', 'blocked')"
        " AND n < (SELECT n FROM reply WHERE id = ?)",
        (int(reply.conversation_id), reply.id),
    ).fetchone()
    return row is not None


def elsewhere_since(db: sqlite3.Connection, number: int, since: datetime) -> str | None:
    """The newest text that was sent in this conversation by another program after `since`."""
    row = db.execute(
        "SELECT text FROM reply WHERE conversation = ? AND origin = 'elsewhere' AND state = 'sent' AND sent_at > ?"
        " ORDER BY sent_at DESC LIMIT 1",
        (number, to_ms(since)),
    ).fetchone()
    return None if row is None else row[0]


def hurry(db: sqlite3.Connection, now: datetime) -> None:
    """Replies that wait because an earlier try failed are due at once; chosen times and undo windows stay."""
    db.execute(
        "UPDATE reply SET not_before = ? WHERE state = 'held' AND why <> '' AND not_before > ?",
        (to_ms(now), to_ms(now)),
    )


def pause_account(db: sqlite3.Connection, account_id: str, until: datetime, why: str) -> dict[str, str]:
    """Nothing of the account leaves before `until`. Returns the conversations of what is held, by reply id."""
    return {
        id_: str(conversation)
        for id_, conversation in db.execute(
            "UPDATE reply SET not_before = max(not_before, ?), why = ? WHERE account_id = ? AND state = 'held'"
            " RETURNING id, conversation",
            (to_ms(until), why, account_id),
        ).fetchall()
    }
