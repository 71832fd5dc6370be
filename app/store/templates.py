"""Templates as they are kept, how they were used, and what came after."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from app.domain import Deeds, Picture, Profile, Template, TemplateText, Visibility
from app.errors import GoneError
from app.store.sql import as_json, json_list, keys
from app.store.times import from_ms_or_none, to_ms

SILENT_AFTER = timedelta(days=7)  # no word for so long is silence
_COLUMNS = "id, client_id, folder, name, shortcut, data, uses, used_at, updated_at"


class _Data(msgspec.Struct, frozen=True, omit_defaults=True):
    """What lies in the column `data`."""

    texts: tuple[TemplateText, ...] = ()
    deeds: Deeds = Deeds()
    pictures: tuple[Picture, ...] = ()


_decode = msgspec.json.Decoder(_Data).decode
_profile = msgspec.json.Decoder(Profile).decode
_tags = msgspec.json.Decoder(tuple[str, ...]).decode


class Asked(NamedTuple):
    """What fills a template for one conversation."""

    client_id: str
    client: str
    zone: str
    hours: str
    profile: Profile
    service: str
    contact: int | None
    author: str
    handle: str
    language: str  # of the newest message that addresses us
    texts: tuple[str, ...]  # the customer's messages, newest first
    tags: tuple[str, ...]  # of the newest one
    private: bool  # the newest one is a direct message
    mood: str  # of the newest one


class Answer(NamedTuple):
    """A reply that left, and the message that it answered."""

    n: int
    text: str
    at: int  # ms
    template: str
    asked: str
    author: str
    handle: str
    conversation: int
    private: int  # it left as a direct message


# --- templates -----------------------------------------------------------------------------------


def template_from_row(row: tuple[Any, ...]) -> Template:
    """From `_COLUMNS`."""
    data = _decode(row[5])
    return Template(
        id=row[0], client_id=row[1], folder=row[2], name=row[3], shortcut=row[4], texts=data.texts, deeds=data.deeds,
        pictures=data.pictures, uses=row[6], used_at=from_ms_or_none(row[7]),
    )  # fmt: skip


def all_of(db: sqlite3.Connection, client_id: str | None) -> list[Template]:
    """Exactly this client's templates ("" the shared ones), or everybody's, by folder and name."""
    return [
        template_from_row(row)
        for row in db.execute(
            f"SELECT {_COLUMNS} FROM template WHERE deleted_at IS NULL AND (?1 IS NULL OR client_id = ?1)"
            " ORDER BY folder COLLATE NOCASE, name COLLATE NOCASE, id",
            (client_id,),
        )
    ]


def changed(db: sqlite3.Connection, since: int) -> list[tuple[Template, bool, int]]:
    """Templates that changed after `since` (ms), whether each was deleted, and when it changed."""
    return [
        (template_from_row(row), row[9] is not None, row[8])
        for row in db.execute(f"SELECT {_COLUMNS}, deleted_at FROM template WHERE updated_at > ?", (since,))
    ]


def count(db: sqlite3.Connection) -> int:
    """How many there are."""
    row: tuple[int] = db.execute("SELECT count(*) FROM template WHERE deleted_at IS NULL").fetchone()
    return row[0]


def used_counts(db: sqlite3.Connection) -> dict[str, int]:
    """Uses by template, where there are any; of deleted ones too, since the index of the others is the longer way."""
    return dict(db.execute("SELECT id, uses FROM template WHERE uses > 0"))


def get(db: sqlite3.Connection, id_: str) -> Template:
    """One template. Raises `GoneError`."""
    row = db.execute(f"SELECT {_COLUMNS} FROM template WHERE id = ? AND deleted_at IS NULL", (id_,)).fetchone()
    if row is None:
        raise GoneError("This template is no longer there.")
    return template_from_row(row)


def _stamp(db: sqlite3.Connection, now: datetime) -> int:
    """Later than every change so far, so that whoever read up to there sees this one, whatever the clock did."""
    row: tuple[int | None] = db.execute("SELECT max(updated_at) FROM template").fetchone()
    return max(to_ms(now), (row[0] or 0) + 1)


def put(db: sqlite3.Connection, templates: Sequence[Template], now: datetime) -> None:
    """Write templates, new or changed; their counts stay as they are."""
    stamp = _stamp(db, now)
    db.executemany(
        "INSERT INTO template (id, client_id, folder, name, shortcut, data, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET client_id = excluded.client_id, folder = excluded.folder, name = excluded.name,"
        " shortcut = excluded.shortcut, data = excluded.data, updated_at = excluded.updated_at, deleted_at = NULL",
        [
            (one.id, one.client_id, one.folder, one.name, one.shortcut,
             as_json(_Data(one.texts, one.deeds, one.pictures)), stamp)
            for one in templates
        ],
    )  # fmt: skip


def set_deleted(db: sqlite3.Connection, ids: Collection[str], deleted: bool, now: datetime) -> list[str]:
    """Take templates away, or bring them back. Returns the clients whose templates changed, "" for shared ones."""
    stamp = _stamp(db, now)
    rows = db.execute(
        "UPDATE template SET deleted_at = ?1, updated_at = ?2 WHERE id IN (SELECT value FROM json_each(?3))"
        " AND (deleted_at IS NULL) = ?4 RETURNING client_id",
        (to_ms(now) if deleted else None, stamp, keys(ids), int(deleted)),
    ).fetchall()
    return sorted({client for (client,) in rows})


def shortcuts(db: sqlite3.Connection, client_id: str, besides: str = "") -> list[str]:
    """Shortcuts that stand beside one of this client's: its own and the shared ones; beside a shared one, all."""
    return [
        shortcut
        for (shortcut,) in db.execute(
            "SELECT shortcut FROM template WHERE deleted_at IS NULL AND shortcut <> '' AND id <> ?2"
            " AND (?1 = '' OR client_id IN ('', ?1))",
            (client_id, besides),
        )
    ]


# --- what fills them -----------------------------------------------------------------------------


def asked(db: sqlite3.Connection, number: int) -> Asked:
    """What is known of a conversation. Raises `GoneError`."""
    row = db.execute(
        "SELECT v.client_id, c.name, c.zone, c.hours, c.profile, a.service, a.platform, v.contact, v.author, v.handle"
        " FROM conversation v JOIN client c ON c.id = v.client_id JOIN account a ON a.id = v.account_id WHERE v.n = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise GoneError("This conversation is no longer there.")
    said = db.execute(
        "SELECT m.text, m.language, m.tags, m.visibility, m.mood FROM mention m WHERE m.conversation = ?1"
        " AND m.kind <> 'context' AND m.deleted_at IS NULL ORDER BY m.posted_at DESC, m.n DESC LIMIT 10",
        (number,),
    ).fetchall()
    language, tags, visibility, mood = said[0][1:] if said else ("", "[]", "", "neutral")
    return Asked(
        row[0], row[1], row[2], row[3], _profile(row[4] or "{}"), row[5] or row[6].capitalize(), row[7], row[8], row[9],
        language, tuple(text for text, *_ in said), _tags(tags), visibility == Visibility.DIRECT, mood,
    )  # fmt: skip


def reasons(db: sqlite3.Connection, number: int) -> list[str]:
    """Names of what moved a conversation's newest message, rules among it."""
    row = db.execute(
        "SELECT reasons FROM mention WHERE conversation = ? AND kind <> 'context' AND deleted_at IS NULL"
        " ORDER BY posted_at DESC, n DESC LIMIT 1",
        (number,),
    ).fetchone()
    return [] if row is None else [str(name) for name, _ in json_list(row[0])]


def usual_language(db: sqlite3.Connection, client_id: str) -> str:
    """The language that most of a client's messages are in, "" unknown."""
    row = db.execute(
        "SELECT m.language, count(*) FROM (SELECT n FROM conversation WHERE client_id = ? LIMIT 200) v"
        " JOIN mention m ON m.conversation = v.n WHERE m.language <> '' GROUP BY m.language ORDER BY 2 DESC LIMIT 1",
        (client_id,),
    ).fetchone()
    return "" if row is None else str(row[0])


def wordings(db: sqlite3.Connection, template: str, client_id: str, language: str) -> list[int]:
    """Which wordings of a template this client's replies took lately, newest first; those that wait to leave too."""
    found = db.execute(
        "SELECT r.created_at, r.n, coalesce(json_extract(r.writing, '$.variant'), 0) FROM reply r"
        " JOIN account a ON a.id = r.account_id WHERE r.state NOT IN ('sent', 'cancelled') AND r.template = ?1"
        " AND a.client_id = ?2 AND coalesce(json_extract(r.writing, '$.language'), '') = ?3 ORDER BY r.n DESC LIMIT 50",
        (template, client_id, language),
    ).fetchall()
    found += db.execute(
        "SELECT at, n, variant FROM template_use WHERE template = ? AND client_id = ? AND language = ?"
        " ORDER BY at DESC, n DESC LIMIT 50",
        (template, client_id, language),
    )
    return [variant for *_, variant in sorted(found, reverse=True)]


def last_wording(db: sqlite3.Connection, template: str, contact: int | None, language: str) -> int | None:
    """The wording of a template that this person got last."""
    row = db.execute(
        "SELECT u.variant FROM conversation v JOIN template_use u ON u.conversation = v.n WHERE v.contact = ?"
        " AND u.template = ? AND u.language = ? ORDER BY u.at DESC, u.n DESC LIMIT 1",
        (contact, template, language),
    ).fetchone()
    return None if row is None else row[0]


# --- use and outcome -----------------------------------------------------------------------------


def used(
    db: sqlite3.Connection, template: str, *, reply_id: str, conversation: int, client_id: str, language: str,
    variant: int, at: datetime,
) -> None:  # fmt: skip
    """A reply with this template has left. Once for each reply, in the transaction that marks it as sent."""
    stamp = to_ms(at)
    fresh = db.execute(
        "INSERT INTO template_use (template, client_id, conversation, reply, language, variant, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (template, client_id, conversation, reply_id, language, variant, stamp),
    ).rowcount
    if fresh > 0:
        db.execute(
            "UPDATE template SET uses = uses + 1, used_at = max(coalesce(used_at, 0), ?) WHERE id = ?",
            (stamp, template),
        )


# the customer's first word after the reply, within seven days: kind, not kind, or neither
_AFTER = (
    "(SELECT CASE WHEN m.mood = 'negative' THEN 'unhappy' WHEN m.mood = 'positive' OR m.tags LIKE '%\"praise\"%'"
    " OR m.tags LIKE '%\"thanks\"%' THEN 'happy' ELSE 'plain' END FROM mention m WHERE m.conversation = u.conversation"
    " AND m.kind <> 'context' AND m.posted_at > u.at AND m.posted_at <= u.at + :week ORDER BY m.posted_at LIMIT 1)"
)


def settle(db: sqlite3.Connection, now: datetime) -> int:
    """Keep what came after each use, where that is known by now. Returns how many were settled."""
    return db.execute(
        f"UPDATE template_use AS u SET outcome = coalesce({_AFTER}, 'silent')"
        " WHERE outcome = '' AND at <= :now - :week",
        {"now": to_ms(now), "week": SILENT_AFTER // timedelta(milliseconds=1)},
    ).rowcount


def outcomes(db: sqlite3.Connection, template: str, now: datetime) -> dict[str, int]:
    """Uses by what came after: happy, unhappy, plain, silent; "" where nobody knows yet."""
    return dict(
        db.execute(
            f"SELECT CASE WHEN outcome <> '' THEN outcome ELSE coalesce({_AFTER}, CASE WHEN at <= :now - :week"
            " THEN 'silent' ELSE '' END) END AS came, count(*) FROM template_use u WHERE template = :id GROUP BY came",
            {"id": template, "now": to_ms(now), "week": SILENT_AFTER // timedelta(milliseconds=1)},
        )
    )


# --- what was answered ---------------------------------------------------------------------------

_ANSWER = (
    "SELECT r.n, r.text, r.sent_at, coalesce(u.template, r.template), m.text, c.name, c.handle,"
    " r.conversation, r.visibility = 'direct' FROM reply r"
    " JOIN account a ON a.id = r.account_id AND a.client_id = ? JOIN mention m ON m.account_id = r.account_id"
    " AND m.remote_id = r.to_remote_id JOIN contact c ON c.n = m.contact LEFT JOIN template_use u ON u.reply = r.id"
    " WHERE r.state = 'sent' AND r.part = 1 AND m.deleted_at IS NULL"
)


def answers(db: sqlite3.Connection, client_id: str, *, most: int, since: tuple[int, int] | None = None) -> list[Answer]:
    """A client's newest replies that left, with what each answered, oldest first.

    `since` is a reply's number and a time (ms): then only those that came or left after either.
    """
    query, more = _ANSWER, ()
    if since is not None:
        query, more = f"{_ANSWER} AND (r.n > ? OR r.sent_at > ?)", since  # type: ignore[assignment]
    rows = db.execute(f"{query} ORDER BY r.n DESC LIMIT ?", (client_id, *more, most)).fetchall()
    return [Answer(*row) for row in reversed(rows)]


def alike_replies(db: sqlite3.Connection, since: datetime) -> list[tuple[str, str, str, str]]:
    """Client, text, author and handle of replies since then that came from no template, oldest first."""
    return db.execute(
        "SELECT a.client_id, r.text, v.author, r.to_handle FROM reply r JOIN account a ON a.id = r.account_id"
        " JOIN conversation v ON v.n = r.conversation WHERE r.state = 'sent' AND r.sent_at >= ? AND r.part = 1"
        " AND r.template = '' AND NOT EXISTS (SELECT 1 FROM template_use u WHERE u.reply = r.id)"
        " ORDER BY r.sent_at, r.n",
        (to_ms(since),),
    ).fetchall()
