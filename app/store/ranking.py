"""Ranking open conversations again, a batch a transaction: by new minutes alone, or by what their messages say."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.deadline import WARNING
from app.domain import Lane, Mention, Reason, Triage
from app.rules import LANE
from app.store.conversations import restand
from app.store.details import MENTION_COLUMNS, mention_from_row
from app.store.priorities import pairs
from app.store.sql import json_list, keys, tuple_json
from app.store.standing import lane_of, ruled_one
from app.store.times import to_ms

_TIMED = (Lane.CARE, Lane.TODAY, Lane.THANKS, Lane.NOISE, Lane.SNOOZED)
_IN = "IN (SELECT value FROM json_each(?))"


class Judged(NamedTuple):
    """A stored message and what is stored of its triage."""

    n: int
    conversation: int
    mention: Mention
    triage: Triage


def open_numbers(db: sqlite3.Connection, client_id: str, *, timed: bool) -> list[int]:
    """A client's open conversations, in the order in which they lie on the disk; `timed` leaves out Listening."""
    lanes = _TIMED if timed else (*_TIMED, Lane.LISTENING)
    found = db.execute(
        f"SELECT n FROM conversation WHERE client_id = ? AND lane IN ({','.join('?' * len(lanes))})",
        (client_id, *lanes),
    )
    return sorted([n for (n,) in found])


def roomy(db: sqlite3.Connection, wanted: bool) -> None:
    """More memory and rarer copying into the file while all of a client is ranked: half of the time, if it lies wild.

    Both are SQLite's own usual values before and after.
    """
    db.execute(f"PRAGMA cache_size = {-32_000 if wanted else -2_000}")
    db.execute(f"PRAGMA wal_autocheckpoint = {10_000 if wanted else 1_000}")
    if not wanted:
        db.execute("PRAGMA shrink_memory")


def reweigh(db: sqlite3.Connection, numbers: Sequence[int], minutes: Mapping[str, int], now: datetime) -> int:
    """Give these conversations the minutes that hold now. Returns how many changed.

    Nothing is judged: what moved a conversation is stored by name, and few
    different sums of reasons occur, so SQLite does the work by a small table.
    Only where a person, a snooze, or several messages with rules decide about
    the lane is the standing worked out from the messages.
    """
    wanted = keys(numbers)
    db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS weighed (old TEXT PRIMARY KEY, new TEXT NOT NULL, ms INTEGER NOT NULL)"
        " WITHOUT ROWID"
    )
    db.execute("DELETE FROM temp.weighed")
    for (old,) in db.execute(f"SELECT DISTINCT reasons FROM conversation WHERE n {_IN}", (wanted,)).fetchall():
        new = tuple([(name, minutes.get(name, was)) for name, was in pairs(old)])
        if (text := tuple_json(new)) != old:
            span = sum([number for _, number in new]) * 60_000
            db.execute("INSERT INTO temp.weighed VALUES (?, ?, ?)", (old, text, span))
    # the lane is left alone: a column that is named runs the trigger that keeps the counts, changed or not
    changed = db.execute(
        "UPDATE conversation SET reasons = w.new, care_by = max(due_at + w.ms, posted_at),"
        " sort_at = iif(lane = 'snoozed', sort_at, max(due_at + w.ms, posted_at)) FROM temp.weighed w"
        f" WHERE w.old = conversation.reasons AND due_at IS NOT NULL AND conversation.n {_IN}",
        (wanted,),
    ).rowcount
    _relane(db, wanted, to_ms(now))
    again = db.execute(
        f"SELECT n FROM conversation WHERE n {_IN} AND (placed <> '' OR snoozed_until IS NOT NULL"
        " OR promise_at IS NOT NULL"
        " OR (unanswered > 1 AND instr(tags, ?)))",
        (wanted, f'"{LANE}'),
    ).fetchall()
    if again:
        restand(db, [n for (n,) in again], now)
    return changed


def _relane(db: sqlite3.Connection, wanted: str, now: int) -> None:
    """Between Care now and Due today, by the new times."""
    border = now + WARNING // timedelta(milliseconds=1)
    db.execute(
        f"UPDATE conversation SET lane = 'care' WHERE lane = 'today' AND sort_at <= ? AND n {_IN}", (border, wanted)
    )
    tags_of: dict[str, tuple[str, ...]] = {}
    later = []
    for n, by, mood, tags in db.execute(
        f"SELECT n, sort_at, mood, tags FROM conversation WHERE lane = 'care' AND sort_at > ? AND n {_IN}",
        (border, wanted),
    ):
        told = tags_of.get(tags)
        if told is None:
            told = tags_of[tags] = tuple(json_list(tags))
        if lane_of(ruled_one(told), by, mood, told, now) is Lane.TODAY:
            later.append((n,))
    db.executemany("UPDATE conversation SET lane = 'today' WHERE n = ?", later)


def stored(db: sqlite3.Connection, numbers: Sequence[int]) -> list[Judged]:
    """The messages of these conversations that address us, with what is stored of their triage."""
    return [
        Judged(
            n,
            conversation,
            mention_from_row(row),
            Triage(mood, tuple(Reason(*pair) for pair in pairs(reasons)), tuple(json_list(tags)), row[15]),
        )
        for n, conversation, mood, tags, reasons, *row in db.execute(
            f"SELECT m.n, m.conversation, m.mood, m.tags, m.reasons, {MENTION_COLUMNS} FROM mention m"
            " JOIN contact c ON c.n = m.contact WHERE m.kind <> 'context' AND m.deleted_at IS NULL"
            f" AND m.conversation {_IN} ORDER BY m.posted_at, m.n",
            (keys(numbers),),
        )
    ]


def rejudge(db: sqlite3.Connection, judged: Sequence[tuple[Judged, Triage]], now: datetime) -> set[int]:
    """Keep new verdicts and work out the standing of their conversations. Returns those conversations.

    A message that was edited since it was read has been judged anew already, and is left as it is.
    """
    db.executemany(
        "UPDATE mention SET mood = ?, tags = ?, reasons = ? WHERE n = ? AND text = ?",
        [
            (new.mood, tuple_json(new.tags), tuple_json(tuple((one.name, one.minutes) for one in new.reasons)),
             old.n, old.mention.text)
            for old, new in judged
        ],
    )  # fmt: skip
    return restand(db, {old.conversation for old, _ in judged}, now) if judged else set()


def past(db: sqlite3.Connection, client_id: str, since: datetime, limit: int) -> list[int]:
    """A client's conversations with something new since then, newest first; at most `limit`."""
    return [
        n
        for (n,) in db.execute(
            "SELECT n FROM conversation WHERE client_id = ? AND newest_at >= ? ORDER BY newest_at DESC LIMIT ?",
            (client_id, to_ms(since), limit),
        )
    ]


def answers(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, list[int]]:
    """When we answered in these conversations, in ms, oldest first."""
    found: dict[int, list[int]] = {}
    for conversation, at in db.execute(
        f"SELECT conversation, sent_at FROM reply WHERE state = 'sent' AND sent_at IS NOT NULL AND conversation {_IN}"
        " ORDER BY sent_at",
        (keys(numbers),),
    ):
        found.setdefault(conversation, []).append(at)
    return found
