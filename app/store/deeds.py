"""What happens to a conversation once a reply has left: tags, a date to look again, a close, and the template's count.

All of it in the transaction that marks the reply as sent, so that a crash does both or neither.
"""

from __future__ import annotations

import sqlite3
import uuid
from datetime import datetime

from app import snooze
from app.domain import WHEN_THEY_ANSWER, Reply, Writing
from app.errors import InputError
from app.store import activity, conversations, templates
from app.store.times import to_ms
from app.text import snippet

TEXT = 200  # characters of the reply that its date is remembered by


def apply(db: sqlite3.Connection, reply: Reply, whole: Writing, now: datetime) -> None:
    """`reply` has just left. What cannot be done any more is written down and holds nothing up."""
    number, deeds = int(reply.conversation_id), reply.deeds
    for tag in deeds.tags:
        db.execute("INSERT INTO conversation_tag VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (number, tag, to_ms(now)))
        activity.record(db, now, "tagged", account_id=reply.account_id, conversation=number, tag=tag, reply=reply.id)
    if deeds.snooze:
        _look_again(db, reply, deeds.snooze, now)
    if deeds.close:
        conversations.close(db, [number], deeds.close, now)
        activity.record(
            db, now, "closed", account_id=reply.account_id, conversation=number, why=deeds.close, reply=reply.id
        )
    if reply.template:
        templates.used(
            db, reply.template, reply_id=reply.id, conversation=number, client_id=_client(db, number),
            language=whole.language, variant=whole.variant, at=reply.sent_at or now,
        )  # fmt: skip


def _client(db: sqlite3.Connection, number: int) -> str:
    row: tuple[str] = db.execute("SELECT client_id FROM conversation WHERE n = ?", (number,)).fetchone()
    return row[0]


def _look_again(db: sqlite3.Connection, reply: Reply, words: str, now: datetime) -> None:
    """It comes back then, even when the customer is silent. Who has answered waits for nothing else than that day."""
    number = int(reply.conversation_id)
    try:
        until = snooze.read(words, now, conversations.zone_of(db, [number]))
    except InputError:  # "today 9", and it left at ten
        activity.record(db, now, "snooze_failed", account_id=reply.account_id, conversation=number, reply=reply.id)
        return
    if until == WHEN_THEY_ANSWER:  # an answered conversation is put away until then anyway
        return
    waits = db.execute("SELECT 1 FROM conversation WHERE n = ? AND state IN ('open', 'snoozed')", (number,)).fetchone()
    if waits:  # the customer wrote again meanwhile
        conversations.snooze(db, [number], until, now)
    else:
        db.execute(
            "INSERT INTO promise (id, conversation, client_id, reply, kind, text, made_at, due_at)"
            " VALUES (?, ?, ?, '', 'other', ?, ?, ?)",
            (uuid.uuid4().hex, number, _client(db, number), snippet(reply.text, TEXT), to_ms(now), to_ms(until)),
        )
        db.execute(
            "UPDATE conversation SET promise_at = min(coalesce(promise_at, ?1), ?1) WHERE n = ?2",
            (to_ms(until), number),
        )
        conversations.restand(db, [number], now)
    activity.record(
        db, now, "snoozed", account_id=reply.account_id, conversation=number, until=to_ms(until), reply=reply.id
    )
