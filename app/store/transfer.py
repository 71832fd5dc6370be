"""Everything that is stored, row by row, for an export: a client's data leaves whole, and without a secret."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from app.store.times import from_ms

Row = dict[str, Any]
_TIMES = frozenset(
    (
        "created_at", "connected_at", "checked_at", "first_at", "posted_at", "newest_at", "due_at", "care_by",
        "edited_at", "deleted_at", "window_closes_at", "snoozed_until", "not_before", "sent_at", "updated_at",
        "found_at", "since", "until", "at",
    )
)  # fmt: skip
_JSON = frozenset(("data", "tags", "reasons", "media", "history", "hours", "extra", "value"))
_NUMBER = frozenset(("conversation", "contact"))  # ours, shown as text: the command line takes them so
# Names the keyring's entries; no secret, but of no use elsewhere. What connectors remember is not for people.
_NO_SETTINGS = ("keyring_scope", "local/%")

_OF = "account_id IN (SELECT id FROM account WHERE client_id = :client)"
# type, query, condition for one client
_PARTS: tuple[tuple[str, str, str], ...] = (
    ("client", "SELECT id, name, color, zone, hours, created_at FROM client t", "t.id = :client"),
    ("target", "SELECT client_id, name, minutes FROM target t", "t.client_id = :client"),
    ("weight", "SELECT client_id, name, minutes FROM weight t", "t.client_id = :client"),
    ("learned", "SELECT client_id, data, updated_at FROM learned t", "t.client_id = :client"),
    ("rule", "SELECT id, client_id, position, name, enabled, data FROM rule t", "t.client_id = :client"),
    ("template", "SELECT id, client_id, name, text, language, updated_at FROM template t", "t.client_id = :client"),
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
        " target, mood, tags, unanswered, closed_why, snoozed_until, gap FROM conversation t",
        "t.client_id = :client",
    ),
    # The keys that `carelane import` reads, and more.
    (
        "mention",
        "SELECT t.remote_id AS id, t.text, c.name AS author, c.handle, t.posted_at,"
        " coalesce(CASE a.platform WHEN 'archive' THEN json_extract(a.data, '$.platform') END, a.platform) AS platform,"
        " t.kind, t.visibility, t.url, t.reply_to, t.language, c.followers, t.account_id, t.conversation, t.contact,"
        " t.thread, t.rating, t.spoiler, t.media, t.edited_at, t.deleted_at, t.window_closes_at, t.mood, t.tags,"
        " t.reasons, t.history FROM mention t JOIN contact c ON c.n = t.contact JOIN account a ON a.id = t.account_id",
        f"t.{_OF}",
    ),
    (
        "reply",
        "SELECT id, conversation, account_id, to_remote_id, text, visibility, state, created_at, not_before, why,"
        " remote_id, url, sent_at, tries, to_handle, origin FROM reply t",
        f"t.{_OF}",
    ),
    (
        "draft",
        "SELECT t.conversation, t.text, t.updated_at FROM draft t",
        "t.conversation IN (SELECT n FROM conversation WHERE client_id = :client)",
    ),
    (
        "activity",
        "SELECT at, client_id, account_id, conversation, what, data FROM activity t",
        f"(t.client_id = :client OR t.{_OF}"
        " OR t.conversation IN (SELECT n FROM conversation WHERE client_id = :client))",
    ),
)  # fmt: skip


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
