"""The ledger of outgoing replies. Every state is written before the network call that it describes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs

from app.domain import Deeds, Picture, Reply, ReplyState, Sent, Visibility, Writing
from app.rows import OutboxRow
from app.store import activity, deeds, drafts, steps
from app.store.conversations import restand
from app.store.sql import as_json, keys
from app.store.times import from_ms, from_ms_or_none, to_ms

REPLY_COLUMNS = (
    "id, conversation, account_id, to_remote_id, text, visibility, state, created_at, not_before, why, remote_id, url,"
    " sent_at, tries, prepared, seen_remote_id, to_extra, to_handle, origin, pictures, spoiler, step, part, parts,"
    " follows, sent_extra, block, template, deeds"
)
_WIDTH = REPLY_COLUMNS.count(",") + 1
_OF_R = ", ".join("r." + name.strip() for name in REPLY_COLUMNS.split(","))
PENDING = (
    ReplyState.HELD,
    ReplyState.CLAIMED,
    ReplyState.UNCONFIRMED,
    ReplyState.BLOCKED,
    ReplyState.REFUSED,
)
AfterSent = Callable[[sqlite3.Connection, Reply, datetime], None]
_OF_STEP = "step = ? AND step <> ''"  # as its index has it
_BUDGET = "(block || ' ') LIKE 'budget %'"  # `Block.BUDGET` is what holds it back now


def reply_from_row(row: tuple[Any, ...]) -> Reply:
    """From `REPLY_COLUMNS`. What a person let pass stays in the column `block`; the value has what blocks now."""
    return Reply(
        id=row[0], conversation_id=str(row[1]), account_id=row[2], to_remote_id=row[3], text=row[4],
        visibility=Visibility(row[5]), state=ReplyState(row[6]), created_at=from_ms(row[7]), not_before=from_ms(row[8]),
        why=row[9], remote_id=row[10], url=row[11], sent_at=from_ms_or_none(row[12]), tries=row[13], prepared=row[14],
        seen_remote_id=row[15], to_extra=row[16], to_handle=row[17], origin=row[18],
        # most replies have none of these: no decoder for them
        pictures=() if row[19] == "[]" else msgspec.json.decode(row[19], type=tuple[Picture, ...]),
        spoiler=row[20], step=row[21], part=row[22], parts=row[23], follows=row[24], sent_extra=row[25],
        block=row[26].partition(" ")[0] if row[6] == "blocked" else "", template=row[27],
        deeds=_NO_DEEDS if row[28] == "{}" else msgspec.json.decode(row[28], type=Deeds),
    )  # fmt: skip


_NO_DEEDS = Deeds()


def add(db: sqlite3.Connection, rows: Sequence[Reply], writing: Writing) -> None:
    """Write the replies of one step before anything else happens with them, and take the draft away with it.

    `writing` is what `take_back` gives back; it is kept with the last of them.
    """
    number = int(rows[0].conversation_id)
    for reply in rows:
        db.execute(
            "INSERT INTO reply (id, conversation, account_id, to_remote_id, text, visibility, state, created_at,"
            " not_before, why, seen_remote_id, to_extra, to_handle, pictures, spoiler, step, part, parts, follows,"
            " block, template, deeds, writing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " ?, ?)",
            (reply.id, number, reply.account_id, reply.to_remote_id, reply.text, reply.visibility, reply.state,
             to_ms(reply.created_at), to_ms(reply.not_before), reply.why, reply.seen_remote_id, reply.to_extra,
             reply.to_handle, as_json(reply.pictures), reply.spoiler, reply.step, reply.part, reply.parts,
             reply.follows, reply.block, reply.template, as_json(reply.deeds),
             as_json(writing) if reply is rows[-1] else "{}"),
        )  # fmt: skip
    db.execute("DELETE FROM draft WHERE conversation = ?", (number,))
    db.execute("UPDATE conversation SET has_draft = 0, sending = ? WHERE n = ?", (rows[-1].state, number))


def get(db: sqlite3.Connection, id_: str) -> Reply | None:
    """One reply by its id."""
    row = db.execute(f"SELECT {REPLY_COLUMNS} FROM reply WHERE id = ?", (id_,)).fetchone()
    return None if row is None else reply_from_row(row)


def siblings(db: sqlite3.Connection, reply: Reply) -> list[Reply]:
    """All replies of its step in the order in which they leave, itself among them."""
    if not reply.step:
        return [reply]
    rows = db.execute(f"SELECT {REPLY_COLUMNS} FROM reply WHERE {_OF_STEP} ORDER BY part, n", (reply.step,))
    return [reply_from_row(row) for row in rows]


def writing(db: sqlite3.Connection, id_: str) -> Writing:
    """What a reply, or the step that it is part of, was made from."""
    row = db.execute("SELECT writing, text, step FROM reply WHERE id = ?", (id_,)).fetchone()
    if row is not None and row[2]:
        last = f"SELECT writing FROM reply WHERE {_OF_STEP} ORDER BY part DESC LIMIT 1"
        row = (*db.execute(last, (row[2],)).fetchone(), row[1])
    if row is None:
        return Writing()
    return Writing(text=row[1]) if row[0] == "{}" else msgspec.json.decode(row[0], type=Writing)


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
    block: str = "",
) -> bool:
    """Move a reply to `state`, if it is still in one of `only`. False if not; sent and cancelled are final anyway."""
    row = db.execute(
        "UPDATE reply SET state = ?1, why = ?2, prepared = coalesce(?3, prepared), not_before = coalesce(?4,"
        " not_before), tries = tries + ?5, block = trim(?8 || ' ' || block) WHERE id = ?6"
        " AND state NOT IN ('sent', 'cancelled') AND (?7 = '[]' OR state IN (SELECT value FROM json_each(?7)))"
        " RETURNING conversation",
        (state, why, prepared, None if not_before is None else to_ms(not_before), int(tried), id_, keys(only), block),
    ).fetchone()
    if row is None:
        return False
    _show(db, row[0])
    return True


def passed(db: sqlite3.Connection, id_: str) -> frozenset[str]:
    """Which `Block`s of a held reply a person has looked at and let pass."""
    row = db.execute("SELECT block FROM reply WHERE id = ?", (id_,)).fetchone()
    return frozenset(row[0].split()) if row else frozenset()


def hasten(db: sqlite3.Connection, reply: Reply, now: datetime) -> None:
    """The rest of its step leaves with it."""
    if reply.step:
        db.execute(f"UPDATE reply SET not_before = ? WHERE {_OF_STEP} AND state = 'held'", (to_ms(now), reply.step))


def thaw(db: sqlite3.Connection, now: datetime) -> dict[str, str]:
    """What was held back by a used budget may leave on the next day. Returns conversations by reply id."""
    rows = db.execute(
        "UPDATE reply SET state = 'held', why = '', block = trim(substr(block, 7)) WHERE state = 'blocked'"
        f" AND state NOT IN ('sent', 'cancelled') AND not_before <= ? AND {_BUDGET} RETURNING id, conversation",
        (to_ms(now),),
    ).fetchall()
    for _, number in rows:
        _show(db, number)
    return {id_: str(number) for id_, number in rows}


def frozen(db: sqlite3.Connection, now: datetime) -> bool:
    """Whether there is anything for `thaw`."""
    row = db.execute(
        "SELECT 1 FROM reply WHERE state = 'blocked' AND state NOT IN ('sent', 'cancelled') AND not_before <= ?"
        f" AND {_BUDGET} LIMIT 1",
        (to_ms(now),),
    ).fetchone()
    return row is not None


def say_why(db: sqlite3.Connection, ids: Iterable[str], why: str) -> None:
    """What held replies wait for, where it is not their time."""
    db.execute(
        "UPDATE reply SET why = ? WHERE state = 'held' AND id IN (SELECT value FROM json_each(?))", (why, keys(ids))
    )


def set_pictures(db: sqlite3.Connection, id_: str, pictures: tuple[Picture, ...]) -> bool:
    """With what the platform gave for them; False when the reply is no longer held."""
    changed = db.execute(
        "UPDATE reply SET pictures = ? WHERE id = ? AND state = 'held'", (as_json(pictures), id_)
    ).rowcount
    return changed > 0


def upload_again(db: sqlite3.Connection, reply: Reply) -> None:
    """After a refusal the platform may have thrown the pictures away."""
    pictures = tuple(structs.replace(picture, remote="") for picture in reply.pictures)
    db.execute("UPDATE reply SET pictures = ? WHERE id = ?", (as_json(pictures), reply.id))


def _show(db: sqlite3.Connection, number: int) -> None:
    db.execute("UPDATE conversation SET sending = ? WHERE n = ?", (_sending(db, number), number))


def _sending(db: sqlite3.Connection, number: int) -> str | None:
    row = db.execute(
        "SELECT state FROM reply WHERE conversation = ? AND state NOT IN ('sent', 'cancelled') ORDER BY n DESC LIMIT 1",
        (number,),
    ).fetchone()
    return None if row is None else row[0]


def claim(
    db: sqlite3.Connection, id_: str, prepared: str, *, to_remote_id: str | None = None, to_extra: str | None = None
) -> bool:
    """From held to claimed, once: False when somebody cancelled it or claimed it first.

    A part of a thread learns only now what it is posted under.
    """
    row = db.execute(
        "UPDATE reply SET state = 'claimed', why = '', prepared = ?, tries = tries + 1,"
        " to_remote_id = coalesce(?, to_remote_id), to_extra = coalesce(?, to_extra)"
        " WHERE id = ? AND state = 'held' RETURNING conversation",
        (prepared, to_remote_id, to_extra, id_),
    ).fetchone()
    if row is not None:
        _show(db, row[0])
    return row is not None


def taken(db: sqlite3.Connection, reply: Reply, remote_id: str) -> bool:
    """Whether another reply of this ledger is that post already: two with the same words look alike."""
    row = db.execute(
        "SELECT 1 FROM reply WHERE account_id = ? AND remote_id = ? AND remote_id <> '' AND id <> ?"
        " AND origin = 'carelane'",
        (reply.account_id, remote_id, reply.id),
    ).fetchone()
    return row is not None


def mark_sent(db: sqlite3.Connection, id_: str, sent: Sent, now: datetime, after: AfterSent | None = None) -> None:
    """The platform gave it an id. The clock stops at the platform's own time.

    What was to happen with the conversation happens once the whole step has left, in the same transaction;
    `after` is called then too, with a reply that has the whole text as it was written.
    """
    before = get(db, id_)
    assert before is not None, "a reply never leaves the ledger"
    number, account_id = int(before.conversation_id), before.account_id
    # The same post may have been read from the platform before our answer to it came.
    for n, seen in db.execute(
        "SELECT n, text FROM reply WHERE account_id = ? AND remote_id = ? AND remote_id <> '' AND id <> ?"
        " AND origin = 'elsewhere'",
        (account_id, sent.remote_id, id_),
    ).fetchall():
        db.execute("INSERT INTO search (search, rowid, text, author) VALUES ('delete', ?, ?, '')", (n * 2 + 1, seen))
        db.execute("DELETE FROM reply WHERE n = ?", (n,))
    (n,) = db.execute("SELECT n FROM reply WHERE id = ?", (id_,)).fetchone()
    db.execute(
        "UPDATE reply SET state = 'sent', why = '', remote_id = ?, url = ?, sent_at = ?, sent_extra = ? WHERE id = ?",
        (sent.remote_id, sent.url, to_ms(sent.at), sent.extra, id_),
    )
    if before.state != ReplyState.SENT:
        db.execute("INSERT INTO search (rowid, text, author) VALUES (?, ?, '')", (n * 2 + 1, before.text))
        activity.record(db, now, "sent", account_id=account_id, conversation=number, reply=id_)
    db.execute(
        "UPDATE conversation SET last_ours_at = max(last_ours_at, ?), sending = ?, snoozed_until = NULL WHERE n = ?",
        (to_ms(sent.at), _sending(db, number), number),
    )
    if before.state != ReplyState.SENT and before.part == before.parts:
        whole = writing(db, id_)
        left = structs.replace(
            before, state=ReplyState.SENT, remote_id=sent.remote_id, url=sent.url, sent_at=sent.at, text=whole.text
        )
        restand(db, [number], now)
        deeds.apply(db, left, whole, now)
        if after is not None:
            after(db, left, now)
    restand(db, [number], now)


def take_back(db: sqlite3.Connection, id_: str, now: datetime) -> tuple[Writing, list[str]] | None:
    """Take back a reply, and all of its step that has surely not left; it is the draft again. None if it is too late.

    Returns what was written and the ids of what was taken back. Where a part has left, the rest comes back.
    A draft that was begun meanwhile goes to the archive.
    """
    asked = get(db, id_)
    if asked is None:
        return None
    step = siblings(db, asked)
    back = {
        row[0]
        for row in db.execute(
            "UPDATE reply SET state = 'cancelled' WHERE id IN (SELECT value FROM json_each(?))"
            " AND state IN ('held', 'blocked', 'refused') RETURNING id",
            (keys(reply.id for reply in step),),
        ).fetchall()
    }
    if not back:
        return None
    whole, number = steps.rest(writing(db, id_), step, back), int(asked.conversation_id)
    before = drafts.read(db, number)
    if before is not None and before[0].text.strip() != whole.text.strip():
        drafts.archive(db, number, "replaced", now)  # what was begun meanwhile is not lost
    drafts.save(db, number, whole, now)
    _show(db, number)
    for reply in step:
        if reply.id in back:
            activity.record(db, now, "cancelled", account_id=asked.account_id, conversation=number, reply=reply.id)
    return whole, sorted(back)


def due(db: sqlite3.Connection, now: datetime) -> list[Reply]:
    """Held replies whose time has come, in the order of the feed, then as written."""
    return [
        reply_from_row(row)
        for row in db.execute(
            f"SELECT {_OF_R} FROM reply r LEFT JOIN conversation v ON v.n = r.conversation WHERE r.state = 'held'"
            " AND r.state NOT IN ('sent', 'cancelled') AND r.not_before <= ?"
            " ORDER BY coalesce(v.care_by, v.sort_at), v.n, r.n LIMIT 500",
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


def next_due(db: sqlite3.Connection, after: datetime) -> datetime | None:
    """When the next reply leaves by itself. What was due before `after` waits for something else than its time."""
    row: tuple[int | None] = db.execute(
        "SELECT min(not_before) FROM reply WHERE state NOT IN ('sent', 'cancelled') AND not_before > ?"
        f" AND (state = 'held' OR (state = 'blocked' AND {_BUDGET}))",
        (to_ms(after),),
    ).fetchone()
    return from_ms_or_none(row[0])


def outbox(db: sqlite3.Connection, since: datetime, limit: int) -> list[OutboxRow]:
    """What waits or needs a person, and what left since `since`; newest first, the parts of a step in their order."""
    query = (
        f"SELECT {_OF_R}, v.author, v.handle, c.name, a.platform, a.service FROM reply r JOIN conversation v"
        " ON v.n = r.conversation JOIN account a ON a.id = r.account_id JOIN client c ON c.id = v.client_id WHERE "
    )
    pending = db.execute(query + "r.state NOT IN ('sent', 'cancelled') ORDER BY +r.n DESC LIMIT ?", (limit,)).fetchall()
    left = db.execute(
        query + "r.state = 'sent' AND r.origin = 'carelane' AND r.sent_at >= ? ORDER BY r.sent_at DESC LIMIT ?",
        (to_ms(since), limit),
    ).fetchall()
    steps_: dict[str, list[OutboxRow]] = {}
    for row in pending + left:
        reply = reply_from_row(row[:_WIDTH])
        steps_.setdefault(reply.step or reply.id, []).append(OutboxRow(reply, *row[_WIDTH:]))
    found = [one for step in steps_.values() for one in sorted(step, key=lambda one: one.reply.part)]
    return found[:limit]


def before(db: sqlite3.Connection, reply: Reply) -> Reply | None:
    """The reply that must leave first: an older one of the conversation, or the part before it in its own step.

    A refused one holds nothing up but its own step, and neither do the parts that wait behind it.
    """
    row = db.execute(
        f"SELECT {_OF_R} FROM reply r WHERE r.conversation = ?1 AND r.n < (SELECT n FROM reply WHERE id = ?2)"
        " AND (r.state IN ('held', 'claimed', 'unconfirmed', 'blocked')"
        " OR (r.step <> '' AND r.step = ?3 AND r.state IN ('refused', 'cancelled')))"
        " AND NOT (r.state = 'held' AND r.step <> '' AND r.step <> ?3 AND EXISTS (SELECT 1 FROM reply s"
        " WHERE s.step = r.step AND s.step <> '' AND s.state = 'refused')) ORDER BY r.n DESC LIMIT 1",
        (int(reply.conversation_id), reply.id, reply.step),
    ).fetchone()
    return None if row is None else reply_from_row(row)


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
