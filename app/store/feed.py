"""Reading the feed: keyset pages, single rows, counts and search. Each call is cheap enough for the GUI thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from app.domain import ConversationState, Kind, Lane, ReplyState
from app.rows import FeedKey, FeedRow, LaneCount, Summary
from app.store.sql import json_list, keys
from app.store.times import from_ms, from_ms_or_none, to_ms

SOON = timedelta(minutes=30)
_COLUMNS = (
    "v.n, v.client_id, v.account_id, a.platform, v.kind, v.author, v.handle, v.avatar, v.text, v.posted_at,"
    " v.newest_at, v.due_at, v.care_by, v.mood, v.tags, v.unanswered, v.state, v.lane, v.sort_at, v.has_draft,"
    " v.sending, v.snoozed_until, v.window_closes_at, a.service, v.closes_at"
)
# CROSS keeps SQLite from walking accounts first and sorting what it finds.
_FROM = "FROM conversation v CROSS JOIN account a ON a.id = v.account_id"
_STATES: dict[str, ConversationState] = {str(state): state for state in ConversationState}
_LANES: dict[str, Lane] = {str(lane): lane for lane in Lane}


@lru_cache(maxsize=4096)
def _tags(text: str) -> tuple[str, ...]:
    return tuple(json_list(text))


def _row(row: tuple[Any, ...]) -> FeedRow:
    """From `_COLUMNS`. The hundred rows of a page are made on the window's thread, so this is kept short."""
    (n, client_id, account_id, platform, kind, author, handle, avatar, text, posted, newest, due, by, mood, tags,
     unanswered, state, lane, sort_at, has_draft, sending, snoozed, closes, service, closing) = row  # fmt: skip
    number = str(n)
    posted_at = from_ms(posted)
    due_at = None if due is None else from_ms(due)
    return FeedRow(  # in the order of its fields, since names cost a sixth more
        number, FeedKey(sort_at, number), client_id, account_id, platform, kind, author, handle, avatar, text,
        posted_at, posted_at if newest == posted else from_ms(newest),
        due_at, due_at if by == due else from_ms_or_none(by), mood, _tags(tags), unanswered, _STATES[state],
        _LANES[lane], has_draft != 0, ReplyState(sending) if sending else None,
        None if snoozed is None else from_ms(snoozed), None if closes is None else from_ms(closes), service,
        None if closing is None else from_ms(closing),
    )  # fmt: skip


def feed_page(
    db: sqlite3.Connection,
    lane: Lane,
    *,
    client: str | None = None,
    after: FeedKey | None = None,
    before: FeedKey | None = None,
    limit: int = 100,
) -> list[FeedRow]:
    """Return up to `limit` rows of `lane` in the lane's order, following `after` or leading up to `before`.

    Keyset, not OFFSET: page 1 and page 2000 cost the same, and an item that
    arrives meanwhile neither repeats a row nor hides one.
    """
    where, values = "v.lane = ?", [lane.value]
    if client is not None:
        where, values = f"v.client_id = ? AND {where}", [client, *values]
    key = after or before
    numbers: list[int] = []
    if key is not None:
        where += f" AND (v.sort_at, v.n) {'>' if after else '<'} (?, ?)"
        numbers = [key.at, int(key.id or 0)]
    order = "v.sort_at, v.n" if before is None else "v.sort_at DESC, v.n DESC"
    found = db.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY {order} LIMIT ?", (*values, *numbers, limit)
    ).fetchall()
    if before is not None:
        found.reverse()
    return [_row(row) for row in found]


def feed_rows(db: sqlite3.Connection, ids: Collection[str]) -> dict[str, FeedRow]:
    """Read these conversations again; those that no longer exist are left out."""
    wanted = keys([int(number) for number in ids if number.isdecimal()])
    found = db.execute(f"SELECT {_COLUMNS} {_FROM} WHERE v.n IN (SELECT value FROM json_each(?))", (wanted,)).fetchall()
    return {str(row[0]): _row(row) for row in found}


def counts(db: sqlite3.Connection, client: str | None, now: datetime) -> dict[Lane, LaneCount]:
    """Kept totals for every lane; "hot" is counted up to 999 only."""
    totals = dict.fromkeys(Lane, 0)
    where, values = ("WHERE client_id = ?", [client]) if client else ("", [])
    for lane, total in db.execute(f"SELECT lane, sum(total) FROM lane_count {where} GROUP BY lane", values):
        totals[Lane(lane)] = total
    return {
        lane: LaneCount(total, hot(db, lane, client, now) if total and lane in (Lane.CARE, Lane.THANKS) else 0)
        for lane, total in totals.items()
    }


def hot(db: sqlite3.Connection, lane: Lane, client: str | None, now: datetime) -> int:
    """How many of a lane are late or due within 30 minutes, up to 999."""
    where, values = ("client_id = ? AND ", [client]) if client else ("", [])
    row: tuple[int] = db.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM conversation WHERE {where}lane = ? AND sort_at <= ? LIMIT 999)",
        (*values, lane, to_ms(now + SOON)),
    ).fetchone()
    return row[0]


def summary(db: sqlite3.Connection, client: str | None, now: datetime) -> Summary:
    """Due soon, due later today, and the share of the last 30 days that was answered the same day."""
    lanes = counts(db, client, now)
    soon = lanes[Lane.CARE].hot
    rest = lanes[Lane.CARE].total + lanes[Lane.TODAY].total - soon
    where, values = ("AND v.client_id = ?", [client]) if client else ("", [])
    within, all_ = db.execute(
        "SELECT sum(waited < 86400000), count(*) FROM (SELECT min(r.sent_at) - (SELECT max(m.posted_at) FROM mention m"
        " WHERE m.conversation = r.conversation AND m.kind <> 'context' AND m.posted_at <= r.sent_at) AS waited"
        f" FROM reply r JOIN conversation v ON v.n = r.conversation WHERE r.sent_at > ? {where}"
        " GROUP BY r.conversation LIMIT 2000) WHERE waited IS NOT NULL",
        (to_ms(now - timedelta(days=30)), *values),
    ).fetchone()
    return Summary(soon, max(rest, 0), round(100 * within / all_) if all_ else None)


def words_query(words: str) -> str:
    """An FTS5 query from what a person typed: every word must be there, the last may be unfinished."""
    # NUL ends a query, and half of a surrogate pair cannot be sent at all
    whole = words.replace("\0", " ").encode("utf-8", "replace").decode()
    parts = [part.replace('"', "") for part in whole.split()]
    quoted = [f'"{part}"' for part in parts if any(letter.isalnum() for letter in part)]
    return " ".join([*quoted[:-1], f"{quoted[-1]}*"]) if quoted else ""


def search(db: sqlite3.Connection, words: str, *, client: str | None = None, limit: int = 50) -> list[FeedRow]:
    """Conversations with a message, author or reply of ours that has all `words`, newest first."""
    query = words_query(words)
    if not query:
        return []
    order: dict[int, None] = {}
    for (rowid,) in db.execute(
        "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT 2000", (query,)
    ):
        table = "reply" if rowid % 2 else "mention"
        found = db.execute(
            f"SELECT v.n FROM {table} t JOIN conversation v ON v.n = t.conversation WHERE t.n = ?"
            + (" AND v.client_id = ?" if client else ""),
            (rowid // 2, client) if client else (rowid // 2,),
        ).fetchone()
        if found:
            order[found[0]] = None
            if len(order) >= limit:
                break
    rows = feed_rows(db, [str(number) for number in order])
    return [rows[str(number)] for number in order if str(number) in rows]


def partial(db: sqlite3.Connection, ids: Collection[str], limit: int) -> list[tuple[int, int]]:
    """The (sort time, number) of those open conversations whose newest message answers another, soonest first."""
    return db.execute(
        "SELECT v.sort_at, v.n FROM conversation v WHERE v.n IN (SELECT value FROM json_each(?)) AND v.state = 'open'"
        " AND (SELECT m.reply_to FROM mention m WHERE m.conversation = v.n AND m.kind <> 'context'"
        " AND m.deleted_at IS NULL ORDER BY m.posted_at DESC, m.n DESC LIMIT 1) <> '' ORDER BY 1, 2 LIMIT ?",
        (keys([int(number) for number in ids]), limit),
    ).fetchall()


def open_remote_ids(db: sqlite3.Connection, account_id: str, limit: int) -> list[str]:
    """Messages of open conversations that are due next: those whose edits and deletions matter most."""
    return [
        row[0]
        for row in db.execute(
            "SELECT m.remote_id FROM (SELECT n FROM conversation WHERE account_id = ? AND state IN ('open', 'snoozed')"
            " ORDER BY newest_at DESC LIMIT ?) v JOIN mention m ON m.conversation = v.n"
            " WHERE m.deleted_at IS NULL AND m.kind <> ? ORDER BY m.posted_at DESC LIMIT ?",
            (account_id, limit, Kind.CONTEXT, limit),
        )
    ]


def outbox_count(db: sqlite3.Connection) -> int:
    """How many replies wait or need a person."""
    row: tuple[int] = db.execute("SELECT count(*) FROM reply WHERE state NOT IN ('sent', 'cancelled')").fetchone()
    return row[0]
