"""What happens to a conversation once a reply has left: tags, a date to look again, a close, and the template's count.

All of it in the transaction that marks the reply as sent, so that a crash does both or neither.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from app import snooze
from app.domain import WHEN_THEY_ANSWER, Reply, Writing
from app.errors import InputError
from app.store import activity, conversations, templates
from app.store.times import to_ms


def apply(db: sqlite3.Connection, reply: Reply, whole: Writing, now: datetime) -> None:
    """`reply` has just left. What cannot be done any more is written down and holds nothing up."""
    number, deeds = int(reply.conversation_id), reply.deeds
    for tag in deeds.tags:
        db.execute("INSERT INTO conversation_tag VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (number, tag, to_ms(now)))
        activity.record(db, now, "tagged", account_id=reply.account_id, conversation=number, tag=tag, reply=reply.id)
    if deeds.snooze and not deeds.close:  # what is done is done
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
    """Put it away until then, as a person would. It comes back, even when the customer is silent."""
    number = int(reply.conversation_id)
    try:
        until = snooze.read(words, now, conversations.zone_of(db, [number]))
    except InputError:  # "today 9", and it left at ten
        activity.record(db, now, "snooze_failed", account_id=reply.account_id, conversation=number, reply=reply.id)
        return
    if until == WHEN_THEY_ANSWER:  # an answered conversation is put away until then anyway
        return
    # by the platform's clock it may have left a moment later than by ours
    conversations.snooze(db, [number], until, max(now, reply.sent_at or now))
    activity.record(
        db, now, "snoozed", account_id=reply.account_id, conversation=number, until=to_ms(until), reply=reply.id
    )
