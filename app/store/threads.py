"""Saving a thread that was read whole; conversations that turn out to be parts of it become one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from app.domain import Mention, OwnPost
from app.events import Changes
from app.store.conversations import restand
from app.store.mentions import Judge, mark_gone, save_messages
from app.store.sql import keys

_MOVED = ("mention", "reply", "activity", "promise", "amends", "asked", "quote", "draft_archive", "template_use")


def save_thread(
    db: sqlite3.Connection,
    conversation: int,
    mentions: Sequence[Mention],
    own: Sequence[OwnPost],
    gone: Sequence[str],
    judge: Judge,
    now: datetime,
) -> Changes:
    """Save a thread that was read whole into `conversation`; others that turn out to be parts of it join it."""
    head = db.execute("SELECT account_id FROM conversation WHERE n = ?", (conversation,)).fetchone()
    if head is None:
        return Changes()
    account_id: str = head[0]
    ids = keys([m.remote_id for m in mentions] + [post.remote_id for post in own])
    others = {
        row[0]
        for table in ("mention", "reply")
        for row in db.execute(
            f"SELECT DISTINCT conversation FROM {table} WHERE account_id = ? AND conversation NOT IN (0, ?)"
            " AND remote_id <> '' AND remote_id IN (SELECT value FROM json_each(?))",
            (account_id, conversation, ids),
        )
    }
    for other in others:
        _merge(db, other, conversation)
    changes = save_messages(db, account_id, mentions, own, judge, now, into=conversation)
    if gone:
        changes |= mark_gone(db, account_id, gone, now)
    if others:
        restand(db, [conversation], now)
        changes |= Changes(frozenset([str(conversation), *map(str, others)]), counts=True)
    return changes


def _merge(db: sqlite3.Connection, other: int, into: int) -> None:
    """Move everything of one conversation into another. Two drafts become one; nothing typed is lost."""
    for table in _MOVED:
        db.execute(f"UPDATE {table} SET conversation = ? WHERE conversation = ?", (into, other))
    db.execute(
        "INSERT INTO draft (conversation, text, updated_at, data) SELECT ?, text, updated_at, data FROM draft"
        " WHERE conversation = ?"
        " ON CONFLICT DO UPDATE SET text = draft.text || char(10, 10) || excluded.text",
        (into, other),
    )
    db.execute("UPDATE OR IGNORE conversation_tag SET conversation = ? WHERE conversation = ?", (into, other))
    db.execute("DELETE FROM conversation_tag WHERE conversation = ?", (other,))
    db.execute("UPDATE OR IGNORE stream_hit SET conversation = ? WHERE conversation = ?", (into, other))
    db.execute("DELETE FROM stream_hit WHERE conversation = ?", (other,))
    db.execute("UPDATE conversation SET story = ? WHERE story = ?", (into, other))
    db.execute("DELETE FROM draft WHERE conversation = ?", (other,))
    db.execute("DELETE FROM reminder WHERE conversation = ?", (other,))
    db.execute(
        "UPDATE conversation SET (last_ours_at, handled_n, has_draft, joined_at, promise_at, sending) = (SELECT"
        " max(a.last_ours_at, b.last_ours_at), min(a.handled_n, b.handled_n), max(a.has_draft, b.has_draft),"
        " coalesce(a.joined_at, b.joined_at),"
        " (SELECT min(p.due_at) FROM promise p WHERE p.conversation = a.n AND p.state = 'open'),"
        " (SELECT r.state FROM reply r WHERE r.conversation = a.n AND r.state NOT IN ('sent', 'cancelled')"
        " ORDER BY r.n DESC LIMIT 1) FROM conversation a, conversation b WHERE a.n = ? AND b.n = ?) WHERE n = ?",
        (into, other, into),
    )
    db.execute("DELETE FROM conversation WHERE n = ?", (other,))
