"""Everything that is stored, row by row, for an export: a client's data leaves whole, and without a secret."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from app.store.conversations import restand
from app.store.sql import keys
from app.store.times import from_ms

Row = dict[str, Any]
_TIMES = frozenset(
    (
        "created_at", "connected_at", "checked_at", "first_at", "posted_at", "newest_at", "due_at", "care_by",
        "edited_at", "deleted_at", "window_closes_at", "snoozed_until", "snoozed_at", "closes_at", "not_before",
        "sent_at", "updated_at", "found_at", "since", "until", "made_at", "ended_at", "at", "used_at", "hidden_at",
        "liked_at", "joined_at", "narrowed_at",
    )
)  # fmt: skip
_JSON = frozenset(
    (
        "data",
        "tags",
        "reasons",
        "media",
        "history",
        "hours",
        "extra",
        "value",
        "profile",
        "pictures",
        "deeds",
        "query",
        "accounts",
    )
)
_NUMBER = frozenset(("conversation", "contact", "story"))  # ours, shown as text: the command line takes them so
# Names the keyring's entries; no secret, but of no use elsewhere. What connectors remember is not for people.
_NO_SETTINGS = ("keyring_scope", "local/%")

_OF = "account_id IN (SELECT id FROM account WHERE client_id = :client)"
# type, query, condition for one client
_PARTS: tuple[tuple[str, str, str], ...] = (
    ("client", "SELECT id, name, color, zone, hours, profile, created_at FROM client t", "t.id = :client"),
    ("target", "SELECT client_id, name, minutes FROM target t", "t.client_id = :client"),
    ("weight", "SELECT client_id, name, minutes FROM weight t", "t.client_id = :client"),
    ("learned", "SELECT client_id, data, updated_at FROM learned t", "t.client_id = :client"),
    ("rule", "SELECT id, client_id, position, name, enabled, data FROM rule t", "t.client_id = :client"),
    (
        "template",
        "SELECT id, client_id, folder, name, shortcut, data, uses, used_at, updated_at FROM template t"
        " WHERE deleted_at IS NULL",
        "t.client_id = :client",
    ),
    (
        "template_use",
        "SELECT template, client_id, conversation, reply, language, variant, at, outcome FROM template_use t",
        "t.client_id = :client",
    ),
    (
        "account",
        "SELECT id, client_id, platform, server, remote_id, handle, name, state, why, checked_at, connected_at, data"
        " FROM account t",
        "t.client_id = :client",
    ),
    ("mark", "SELECT account_id, stream, mark, updated_at FROM mark t", f"t.{_OF}"),
    ("gap", "SELECT account_id, stream, since, until, why, found_at FROM gap t", f"t.{_OF}"),
    (
        "contact",
        "SELECT n AS contact, account_id, remote_id, name, handle, avatar, followers, url, first_at, vip"
        " FROM contact t",
        f"t.{_OF}",
    ),
    ("note", "SELECT n AS contact, account_id, note AS text FROM contact t WHERE note <> ''", f"t.{_OF}"),
    (
        "conversation",
        "SELECT n AS conversation, account_id, client_id, root, contact, state, lane, newest_at, due_at, care_by,"
        " target, mood, tags, unanswered, closed_why, snoozed_until, CASE WHEN snoozed_until IS NOT NULL THEN"
        " (SELECT at FROM reminder r WHERE r.conversation = t.n AND r.kind = 'snoozed' AND r.due_at = 0) END"
        " AS snoozed_at, closes_at, CASE WHEN placed = 'noise' OR (placed <> '' AND placed_n >="
        " (SELECT max(m.n) FROM mention m WHERE m.conversation = t.n)) THEN placed ELSE '' END AS placed, gap,"
        " joined_at, story, copies"
        " FROM conversation t WHERE true",  # of its own: the ones before belong to what is selected
        "t.client_id = :client",
    ),
    # The keys that `carelane import` reads, and more.
    (
        "mention",
        "SELECT t.remote_id AS id, t.text, c.name AS author, c.handle, t.posted_at,"
        " coalesce(CASE a.platform WHEN 'archive' THEN json_extract(a.data, '$.platform') END, a.platform) AS platform,"
        " t.kind, t.visibility, t.url, t.reply_to, t.language, c.followers, t.account_id, t.conversation, t.contact,"
        " t.thread, t.rating, t.spoiler, t.media, t.edited_at, t.deleted_at, t.window_closes_at, t.mood, t.tags,"
        " t.reasons, t.history, t.hidden_at, t.hidden_why, t.liked_at FROM mention t"
        " JOIN contact c ON c.n = t.contact JOIN account a ON a.id = t.account_id",
        f"t.{_OF}",
    ),
    (
        "reply",
        "SELECT id, conversation, account_id, to_remote_id, text, visibility, state, created_at, not_before, why,"
        " remote_id, url, sent_at, tries, to_handle, origin, pictures, spoiler, step, part, parts, follows, block,"
        " template, deeds FROM reply t",
        f"t.{_OF}",
    ),
    (
        "draft",
        "SELECT t.conversation, t.text, t.data, t.updated_at FROM draft t",
        "t.conversation IN (SELECT n FROM conversation WHERE client_id = :client)",
    ),
    (
        "earlier_draft",
        "SELECT t.conversation, t.text, t.data, t.at, t.why FROM draft_archive t",
        "t.conversation IN (SELECT n FROM conversation WHERE client_id = :client)",
    ),
    (
        "conversation_tag",
        "SELECT t.conversation, t.tag, t.at FROM conversation_tag t",
        "t.conversation IN (SELECT n FROM conversation WHERE client_id = :client)",
    ),
    (
        "promise",
        "SELECT id, conversation, client_id, reply, kind, text, made_at, due_at, state, ended_at FROM promise t",
        "t.client_id = :client",
    ),
    (
        "amends",
        "SELECT id, conversation, client_id, kind, amount, currency, note, at FROM amends t",
        "t.client_id = :client",
    ),
    (
        "stream",
        "SELECT id, client_id, name, query, accounts, enabled, created_at, narrowed_at FROM stream t",
        "t.client_id = :client",
    ),
    (
        "stream_hit",
        "SELECT t.stream, t.conversation, t.at, t.state, t.ended_at FROM stream_hit t",
        "t.stream IN (SELECT id FROM stream WHERE client_id = :client)",
    ),
    ("muted", "SELECT client_id, kind, value, label, at FROM muted t", "t.client_id = :client"),
    ("alarm", "SELECT client_id, at, data FROM alarm t", "t.client_id = :client"),
    ("asked", "SELECT id, contact, conversation, client_id, kind, state, at FROM asked t", "t.client_id = :client"),
    (
        "quote",
        "SELECT id, client_id, conversation, author, handle, platform, text, url, leave, at FROM quote t",
        "t.client_id = :client",
    ),
    (
        "activity",
        "SELECT at, client_id, account_id, conversation, what, data FROM activity t",
        f"(t.client_id = :client OR t.{_OF}"
        " OR t.conversation IN (SELECT n FROM conversation WHERE client_id = :client))",
    ),
)  # fmt: skip


class Stood(NamedTuple):
    """Where a conversation stood when it was exported, beyond what its messages tell. Times in ms."""

    handled: bool = False  # closed, or history without a timer
    why: str = ""
    placed: str = ""  # where a person put it, if that still held
    snoozed_until: int | None = None
    snoozed_at: int | None = None
    closes_at: int | None = None
    joined_at: int | None = None


def rows(db: sqlite3.Connection, client_id: str | None) -> Iterator[tuple[str, Row]]:
    """Yield type and content of every row, of one client or of all; memory does not grow with the database."""
    for kind, query, of_client in _PARTS:
        if client_id is not None:
            query += (" AND " if " WHERE " in query else " WHERE ") + of_client
        cursor = db.execute(query, {"client": client_id} if client_id is not None else {})
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield kind, {name: _value(name, value) for name, value in zip(names, row, strict=True)}
    if client_id is None:  # settings are the program's, not a client's
        left_out = " AND ".join("key NOT LIKE ?" for _ in _NO_SETTINGS)
        for key, value in db.execute(f"SELECT key, value FROM setting WHERE {left_out} ORDER BY key", _NO_SETTINGS):
            yield "setting", {"key": key, "value": _value("value", value)}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES:
        return from_ms(value)
    if name in _JSON:
        try:
            return msgspec.json.decode(value) if value else None
        except msgspec.DecodeError:
            return value
    return str(value) if name in _NUMBER else value


def brought(db: sqlite3.Connection, account_id: str, remote_ids: Collection[str], after: int) -> dict[str, int]:
    """Conversation by remote id, of those messages of an account that came after mention number `after`."""
    return dict(
        db.execute(
            "SELECT remote_id, conversation FROM mention WHERE account_id = ? AND n > ?"
            " AND remote_id IN (SELECT value FROM json_each(?))",
            (account_id, after, keys(remote_ids)),
        )
    )


def answered(db: sqlite3.Connection, account_id: str, remote_ids: Collection[str], after: int) -> dict[str, int]:
    """Conversation by remote id, of those replies of ours that came after reply number `after`."""
    return dict(
        db.execute(
            "SELECT remote_id, conversation FROM reply WHERE account_id = ? AND n > ? AND conversation <> 0"
            " AND remote_id IN (SELECT value FROM json_each(?))",
            (account_id, after, keys(remote_ids)),
        )
    )


def stand_as(db: sqlite3.Connection, stood: Mapping[int, Stood], now: datetime) -> None:
    """Let conversations stand as they did, with all of their messages that are here."""
    newest = "(SELECT max(m.n) FROM mention m WHERE m.conversation = conversation.n)"
    db.executemany(
        f"UPDATE conversation SET handled_n = iif(?1, {newest}, 0), closed_why = ?2, placed = ?3, placed_n = {newest},"
        f" snoozed_until = ?4, snoozed_n = {newest}, closes_at = ?5, joined_at = ?6 WHERE n = ?7",
        [
            (one.handled, one.why, one.placed, one.snoozed_until, one.closes_at, one.joined_at, n)
            for n, one in stood.items()
        ],
    )
    db.executemany(
        "INSERT INTO reminder VALUES (?, 'snoozed', 0, ?) ON CONFLICT DO UPDATE SET at = excluded.at",
        [(n, one.snoozed_at) for n, one in stood.items() if one.snoozed_at is not None],
    )
    restand(db, stood, now)


def set_vips(db: sqlite3.Connection, account_id: str, remote_ids: Collection[str], now: datetime) -> None:
    """Make those who wrote these messages VIPs."""
    wanted = (account_id, keys(remote_ids))
    db.execute(
        "UPDATE contact SET vip = 1 WHERE n IN (SELECT contact FROM mention WHERE account_id = ?"
        " AND remote_id IN (SELECT value FROM json_each(?)))",
        wanted,
    )
    found = db.execute(
        "SELECT conversation FROM mention WHERE account_id = ? AND remote_id IN (SELECT value FROM json_each(?))",
        wanted,
    )
    restand(db, [n for (n,) in found], now)


def stored_replies(db: sqlite3.Connection) -> int:
    """The newest reply's number."""
    row: tuple[int | None] = db.execute("SELECT max(n) FROM reply").fetchone()
    return row[0] or 0


def stored_mentions(db: sqlite3.Connection) -> int:
    """The newest mention's number. Within one transaction, the difference is what was added."""
    row: tuple[int | None] = db.execute("SELECT max(n) FROM mention").fetchone()
    return row[0] or 0


def newest_time(db: sqlite3.Connection) -> int | None:
    """The latest moment (ms) at which this computer wrote something: now cannot be before it."""
    row: tuple[int | None] = db.execute(
        "SELECT max(at) FROM (SELECT max(at) AS at FROM activity UNION ALL SELECT max(checked_at) FROM account"
        " UNION ALL SELECT max(updated_at) FROM mark)"
    ).fetchone()
    return row[0]


def mentions_since(db: sqlite3.Connection, account_id: str, number: int) -> int:
    """How many mentions that address us came to an account after that number."""
    row: tuple[int] = db.execute(
        "SELECT count(*) FROM mention WHERE n > ? AND account_id = ? AND kind <> 'context'", (number, account_id)
    ).fetchone()
    return row[0]
