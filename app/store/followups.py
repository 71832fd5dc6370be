"""What replies promised, and what was offered to make it right."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.domain import Amends, Promise, Reply
from app.errors import GoneError
from app.store import activity, replies
from app.store.conversations import hours_of, restand
from app.store.times import from_ms, from_ms_or_none, to_ms
from app.timers import OpeningHours
from app.wording import due
from app.wording.promise_words import KINDS

OPEN, KEPT, BROKEN, DROPPED = "open", "kept", "broken", "dropped"
NO_PROMISE = "-"  # a person's word that a reply promises nothing
ANSWER = "answer"  # kept by answering
TEXT = 500  # characters of a promise's words that are kept
_PROMISE = "id, conversation, client_id, reply, kind, text, made_at, due_at, state, ended_at"
_AMENDS = "id, conversation, kind, amount, currency, note, at"


def _promise(row: tuple[Any, ...]) -> Promise:
    id_, conversation, client_id, reply, kind, text, made, until, state, ended = row
    return Promise(
        id_, str(conversation), client_id, reply, kind, text, from_ms(made), from_ms(until), state,
        from_ms_or_none(ended),
    )  # fmt: skip


def client_of(db: sqlite3.Connection, number: int) -> str:
    """The client that a conversation belongs to. Raises `GoneError`."""
    row = db.execute("SELECT client_id FROM conversation WHERE n = ?", (number,)).fetchone()
    if row is None:
        raise GoneError("This conversation is no longer there.")
    return str(row[0])


def hours(db: sqlite3.Connection, number: int) -> OpeningHours:
    """When the client of a conversation is there."""
    return hours_of(db)[client_of(db, number)]


# Promises


def promise(db: sqlite3.Connection, id_: str) -> Promise | None:
    """One promise."""
    row = db.execute(f"SELECT {_PROMISE} FROM promise WHERE id = ?", (id_,)).fetchone()
    return None if row is None else _promise(row)


def promises(db: sqlite3.Connection, client_id: str | None, *, open_only: bool) -> list[Promise]:
    """Of one client or of all: open ones soonest first, then what has ended, newest first."""
    where, values = "client_id IN (SELECT id FROM client) AND ", []  # so that the index knows it
    if client_id is not None:
        where, values = "client_id = ? AND ", [client_id]
    wanted = "state = 'open'" if open_only else "true"
    found = db.execute(
        f"SELECT {_PROMISE} FROM promise WHERE {where}{wanted}"
        " ORDER BY state <> 'open', CASE state WHEN 'open' THEN due_at ELSE -ended_at END, id",
        values,
    )
    return [_promise(row) for row in found]


def of_conversation(db: sqlite3.Connection, number: int) -> tuple[Promise, ...]:
    """Open ones first, soonest first."""
    found = db.execute(
        f"SELECT {_PROMISE} FROM promise WHERE conversation = ? ORDER BY state <> 'open', due_at, id", (number,)
    )
    return tuple(_promise(row) for row in found)


def counts(db: sqlite3.Connection, client_id: str | None, since: datetime) -> tuple[int, int, int]:
    """How many promises that were made since then were kept, were broken, and are open.

    What was done after it was due is broken, whatever a person called it.
    """
    where, values = ("AND client_id = ?", [client_id]) if client_id is not None else ("", [])
    row = db.execute(
        "SELECT coalesce(sum(state = 'kept' AND ended_at <= due_at), 0),"
        " coalesce(sum(state = 'broken' OR (state = 'kept' AND ended_at > due_at)), 0),"
        " coalesce(sum(state = 'open'), 0)"
        f" FROM promise WHERE made_at >= ? {where}",
        (to_ms(since), *values),
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])


def add(
    db: sqlite3.Connection, number: int, kind: str, due_at: datetime, text: str, now: datetime, reply: str = ""
) -> Promise:
    """Keep a promise. One of the same kind that is open here is taken over by it; a late one was broken."""
    client_id = client_of(db, number)
    for old in of_conversation(db, number):
        if old.state == OPEN and old.kind == kind:
            _end(db, old, DROPPED if old.due_at > now else BROKEN, now)
    made = Promise(uuid.uuid4().hex, str(number), client_id, reply, kind, text[:TEXT], now, due_at)
    db.execute(
        f"INSERT INTO promise ({_PROMISE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', NULL)",
        (made.id, number, client_id, reply, kind, made.text, to_ms(now), to_ms(due_at)),
    )
    activity.record(db, now, "promised", conversation=number, promise=made.id, kind=kind, due_at=to_ms(due_at))
    _stand(db, number, now)
    return made


def move(db: sqlite3.Connection, old: Promise, due_at: datetime, now: datetime) -> None:
    """Give an open promise another time."""
    db.execute("UPDATE promise SET due_at = ? WHERE id = ?", (to_ms(due_at), old.id))
    number = int(old.conversation_id)
    activity.record(
        db, now, "promise_moved", conversation=number, promise=old.id, before=to_ms(old.due_at), due_at=to_ms(due_at)
    )
    _stand(db, number, now)


def end(db: sqlite3.Connection, old: Promise, state: str, now: datetime) -> None:
    """Say what became of a promise, or that it is open again."""
    _end(db, old, state, now)
    _stand(db, int(old.conversation_id), now)


def put_back(db: sqlite3.Connection, before: Sequence[Promise], after: Sequence[Promise], now: datetime) -> set[str]:
    """Undo what made `after` of `before`, the promises of a conversation. Returns the conversations that changed."""
    was, touched = {one.id: one for one in before}, set()
    for one in after:
        old = was.get(one.id)
        if old == one:
            continue
        if old is None:
            done = db.execute("DELETE FROM promise WHERE id = ? RETURNING conversation", (one.id,)).fetchone()
        else:
            ended = None if old.ended_at is None else to_ms(old.ended_at)
            done = db.execute(
                "UPDATE promise SET state = ?, ended_at = ?, due_at = ? WHERE id = ? RETURNING conversation",
                (old.state, ended, to_ms(old.due_at), old.id),
            ).fetchone()
        if done is not None:  # two conversations may have become one meanwhile
            touched.add(done[0])
    for number in touched:
        _stand(db, number, now)
    return {str(number) for number in touched}


def _end(db: sqlite3.Connection, old: Promise, state: str, now: datetime) -> None:
    ended = None if state == OPEN else to_ms(now)
    db.execute("UPDATE promise SET state = ?, ended_at = ? WHERE id = ?", (state, ended, old.id))
    activity.record(
        db, now, "promise_ended", conversation=int(old.conversation_id), promise=old.id, before=old.state, state=state
    )


def _stand(db: sqlite3.Connection, number: int, now: datetime) -> None:
    db.execute(
        "UPDATE conversation SET promise_at = (SELECT min(due_at) FROM promise WHERE conversation = ?1"
        " AND state = 'open') WHERE n = ?1",
        (number,),
    )
    restand(db, [number], now)


def note_promise(db: sqlite3.Connection, reply: Reply, now: datetime) -> None:
    """Keep what a reply that has just left promises: as the person marked it, else by its words.

    Called once for a step, within the transaction that marks it as sent. An open promise to answer is kept by it.
    """
    number = int(reply.conversation_id)
    if db.execute("SELECT 1 FROM promise WHERE reply = ?", (reply.id,)).fetchone():
        return
    written = replies.writing(db, reply.id)
    found: Sequence[tuple[str, str, str]] = ()  # kind, words, the time that they name
    if written.promise in KINDS:
        words = _noticed(reply.text, written.language)
        said = next((one for one in words if one[0] == written.promise), (written.promise, reply.text, ""))
        found = (said,)
    elif written.promise != NO_PROMISE:
        found = _noticed(reply.text, written.language)
    open_ = {one.kind: one for one in of_conversation(db, number) if one.state == OPEN}
    kinds = {kind for kind, _, _ in found}
    if ANSWER in open_ and ANSWER not in kinds:
        end(db, open_[ANSWER], KEPT, now)
    there = hours(db, number) if found else None
    for kind, text, when in found:
        assert there is not None
        at = written.promise_at if written.promise_at and written.promise_at > now else None
        named = at or (due.named(when, now, there) if when else None)
        old = open_.get(kind)
        if named is None and old is not None and old.due_at > now:
            continue  # said once more, with no other time
        add(db, number, kind, named or due.usual(kind, now, there), text, now, reply.id)


def _noticed(text: str, language: str) -> list[tuple[str, str, str]]:
    from app.wording.promise import all_noticed

    return [(one.kind, one.text, one.when) for one in all_noticed(text, language)]


# Amends


def amends_of(db: sqlite3.Connection, number: int) -> tuple[Amends, ...]:
    """Oldest first."""
    found = db.execute(f"SELECT {_AMENDS} FROM amends WHERE conversation = ? ORDER BY at, id", (number,))
    return tuple(_amends(row) for row in found)


def _amends(row: tuple[Any, ...]) -> Amends:
    return Amends(row[0], str(row[1]), row[2], row[3], row[4], row[5], from_ms(row[6]))


def offer(
    db: sqlite3.Connection, number: int, kind: str, amount: str, currency: str, note: str, now: datetime
) -> Amends:
    """Record an offer."""
    client_id = client_of(db, number)
    made = Amends(uuid.uuid4().hex, str(number), kind, amount, currency, note, now)
    db.execute(
        f"INSERT INTO amends ({_AMENDS}, client_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (made.id, number, kind, amount, currency, note, to_ms(now), client_id),
    )
    activity.record(
        db, now, "offered", conversation=number, amends=made.id, kind=kind, amount=amount, currency=currency
    )
    return made


def take_back_offer(db: sqlite3.Connection, id_: str, now: datetime) -> Amends | None:
    """Take an offer out again. Returns it as it was, None if it is not there."""
    row = db.execute(f"DELETE FROM amends WHERE id = ? RETURNING {_AMENDS}", (id_,)).fetchone()
    if row is None:
        return None
    gone = _amends(row)
    activity.record(
        db, now, "offer_taken_back", conversation=int(gone.conversation_id), amends=id_, kind=gone.kind,
        amount=gone.amount, currency=gone.currency,
    )  # fmt: skip
    return gone


def restore_offer(db: sqlite3.Connection, gone: Amends) -> None:
    """Put an offer that was taken out back as it was, where its conversation is still there."""
    number = int(gone.conversation_id)
    db.execute(
        f"INSERT OR IGNORE INTO amends ({_AMENDS}, client_id) SELECT ?, n, ?, ?, ?, ?, ?, client_id FROM conversation"
        " WHERE n = ?",
        (gone.id, gone.kind, gone.amount, gone.currency, gone.note, to_ms(gone.at), number),
    )
