"""Reading one conversation whole, for the conversation pane and "Why this is first"."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

import msgspec

from app.domain import Amends, Contact, Kind, Media, Mention, Promise, Reason, Visibility, Writing
from app.rows import ConversationDetail, FeedRow, PastConversation, ThreadItem
from app.rules import REASON
from app.store.accounts import profile_from_json
from app.store.drafts import writing_of
from app.store.feed import feed_rows
from app.store.replies import REPLY_COLUMNS, reply_from_row
from app.store.sql import json_list
from app.store.streams import streams_of
from app.store.times import from_ms, from_ms_or_none
from app.timers import OpeningHours, Target, due_by

FEWEST_WORDS = 3  # that tell a language
MENTION_COLUMNS = (
    "m.account_id, m.remote_id, c.remote_id, c.name, c.handle, c.avatar, c.followers, c.url, m.text, m.posted_at,"
    " m.kind, m.visibility, m.thread, m.reply_to, m.url, m.language, m.rating, m.spoiler, m.media, m.edited_at,"
    " m.window_closes_at, m.extra, m.deleted_at, m.history"
)


class _Closed(msgspec.Struct):
    no_reply: bool = False


def mention_from_row(row: tuple[Any, ...]) -> Mention:
    """From `MENTION_COLUMNS` columns."""
    return Mention(
        account_id=row[0], remote_id=row[1], author=Contact(*row[2:8]), text=row[8], posted_at=from_ms(row[9]),
        kind=Kind(row[10]), visibility=Visibility(row[11]), thread=row[12], reply_to=row[13], url=row[14],
        language=row[15], rating=row[16], spoiler=row[17],
        media=msgspec.json.decode(row[18], type=tuple[Media, ...]) if row[18] != "[]" else (),
        edited_at=from_ms_or_none(row[19]), window_closes_at=from_ms_or_none(row[20]), extra=row[21],
    )  # fmt: skip


def items(db: sqlite3.Connection, number: int) -> list[ThreadItem]:
    """Everybody's messages and ours, oldest first."""
    found = [
        ThreadItem(
            mention_from_row(row), None, row[22] is not None,
            tuple((from_ms(at), text) for at, text in json_list(row[23])), row[24] is not None, row[25],
        )
        for row in db.execute(
            f"SELECT {MENTION_COLUMNS}, m.liked_at, m.hidden_why FROM mention m JOIN contact c ON c.n = m.contact"
            " WHERE m.conversation = ?",
            (number,),
        )
    ]  # fmt: skip
    found += [
        ThreadItem(None, reply_from_row(row))
        for row in db.execute(
            f"SELECT {REPLY_COLUMNS} FROM reply WHERE conversation = ? AND state <> 'cancelled'", (number,)
        )
    ]
    return sorted(found, key=lambda item: item.at)


def newest_mention(db: sqlite3.Connection, number: int) -> Mention | None:
    """The message that a reply to this conversation answers: the newest one that addresses us."""
    row = db.execute(
        f"SELECT {MENTION_COLUMNS} FROM mention m JOIN contact c ON c.n = m.contact WHERE m.conversation = ?"
        " AND m.kind <> 'context' AND m.deleted_at IS NULL ORDER BY m.posted_at DESC, m.n DESC LIMIT 1",
        (number,),
    ).fetchone()
    return None if row is None else mention_from_row(row)


def mention_by_remote(db: sqlite3.Connection, account_id: str, remote_id: str) -> Mention | None:
    """One stored mention."""
    row = db.execute(
        f"SELECT {MENTION_COLUMNS} FROM mention m JOIN contact c ON c.n = m.contact"
        " WHERE m.account_id = ? AND m.remote_id = ?",
        (account_id, remote_id),
    ).fetchone()
    return None if row is None else mention_from_row(row)


def _earlier(db: sqlite3.Connection, number: int, contact: int) -> tuple[PastConversation, ...]:
    return tuple(
        PastConversation(str(n), text, from_ms(at), None if answered is None else max(0.0, (answered - at) / 1000))
        for n, text, at, answered in db.execute(
            "SELECT v.n, v.text, v.posted_at, (SELECT min(r.sent_at) FROM reply r WHERE r.conversation = v.n"
            " AND r.sent_at >= v.posted_at) FROM conversation v WHERE v.contact = ? AND v.n <> ?"
            " ORDER BY v.newest_at DESC LIMIT 3",
            (contact, number),
        )
    )


def detail(
    db: sqlite3.Connection,
    id_: str,
    *,
    max_graphemes: int,
    max_bytes: int | None,
    url_length: int | None,
    can_direct: bool,
    weighted: bool = False,
    max_pictures: int = 0,
    picture_direct: bool = False,
    max_alt: int = 1000,
    spoilers: bool = False,
    replies: bool = True,
    no_reply: str = "",
    max_graphemes_direct: int | None = None,
    max_bytes_direct: int | None = None,
) -> ConversationDetail | None:
    """Read a conversation; the platform's limits are the caller's knowledge."""
    row: FeedRow | None = feed_rows(db, [id_]).get(id_)
    if row is None:
        return None
    number = int(id_)
    contact, target, reasons, gap, copies, joined, name, color, handle, hours, zone, profile = db.execute(
        "SELECT v.contact, v.target, v.reasons, v.gap, v.copies, v.joined_at, c.name, c.color, a.handle, c.hours,"
        " c.zone, c.profile"
        " FROM conversation v"
        " JOIN client c ON c.id = v.client_id JOIN account a ON a.id = v.account_id WHERE v.n = ?",
        (number,),
    ).fetchone()
    first, note, followers, talks = (None, "", None, 0)
    if contact is not None:
        first, note, followers, talks = db.execute(
            "SELECT first_at, note, followers, (SELECT count(*) FROM conversation WHERE contact = ?1) FROM contact"
            " WHERE n = ?1",
            (contact,),
        ).fetchone()
    moods = [
        m
        for (m,) in db.execute(  # by way of the conversations, whose index knows the contact
            "SELECT m.mood FROM (SELECT n FROM conversation WHERE contact = ?1 ORDER BY newest_at DESC LIMIT 50) recent"
            " JOIN mention m ON m.conversation = recent.n WHERE m.contact = ?1 LIMIT 50",
            (contact,),
        )
    ]
    answered = newest_mention(db, number)
    draft: tuple[str, int | None, str] = db.execute(
        "SELECT text, updated_at, data FROM draft WHERE conversation = ?", (number,)
    ).fetchone() or ("", None, "{}")
    visibility = answered.visibility if answered else Visibility.PUBLIC
    return ConversationDetail(
        row=row, items=tuple(items(db, number)), draft=draft[0], draft_at=from_ms_or_none(draft[1]), target_name=target,
        due_at=row.due_at, reasons=_told(reasons), care_by=row.care_by,
        visibility=visibility, reply_as=handle, client_name=name,
        client_color=color, max_graphemes=max_graphemes, max_bytes=max_bytes, url_length=url_length,
        can_direct=can_direct, first_contact=from_ms_or_none(first), conversations=talks,
        usual_mood=max(set(moods), key=moods.count) if moods else "neutral",
        earlier=_earlier(db, number, contact) if contact is not None else (), note=note, followers=followers, gap=gap,
        promised_at=_promised(row, target, hours, zone),
        writing=writing_of(draft[0], draft[2]) if draft[1] is not None else Writing(), weighted=weighted,
        spoiler=answered.spoiler if answered else "", language=language_of(db, answered) if answered else "",
        max_alt=max_alt, spoilers=spoilers,
        max_pictures=max_pictures if picture_direct or visibility is not Visibility.DIRECT else 0,
        tags=_tags(db, number), promises=_promises(db, number), amends=_amends(db, number),
        private_contact=profile_from_json(profile).private_contact,
        found_by=tuple(streams_of(db, number)), copies=copies, joined=joined is not None,
        no_reply="" if replies and not (answered and closed(answered)) else no_reply,
        url=answered.url if answered else "", max_graphemes_direct=max_graphemes_direct,
        max_bytes_direct=max_bytes_direct,
    )  # fmt: skip


def closed(mention: Mention) -> bool:
    """Whether its connector says that the platform takes no reply to this one message."""
    if "no_reply" not in mention.extra:
        return False
    try:
        return msgspec.json.decode(mention.extra, type=_Closed).no_reply
    except msgspec.MsgspecError:
        return False


def language_of(db: sqlite3.Connection, mention: Mention) -> str:
    """What the platform says, else what was heard when it came; "" unknown.

    Nothing is worked out here: the word lists take 50 ms when they are first used, and the window waits for this.
    """
    if mention.language:
        return mention.language
    row = db.execute(
        "SELECT tags FROM mention WHERE account_id = ? AND remote_id = ?", (mention.account_id, mention.remote_id)
    ).fetchone()
    tags = json_list(row[0]) if row is not None else ()
    heard = next((tag[5:] for tag in tags if tag.startswith("lang:")), "")
    # triage names every language but English, and says where it knows too few words to tell
    return heard or ("en" if "unsure" not in tags and len(mention.text.split()) >= FEWEST_WORDS else "")


# Each of these is a handful, so they are sorted here and not by a table that SQLite would build for it.


def _tags(db: sqlite3.Connection, number: int) -> tuple[str, ...]:
    found = db.execute("SELECT at, tag FROM conversation_tag WHERE conversation = ?", (number,)).fetchall()
    return tuple(tag for _, tag in sorted(found))


def _promises(db: sqlite3.Connection, number: int) -> tuple[Promise, ...]:
    """Open ones first, the one that is due next before all."""
    found = db.execute(
        "SELECT id, client_id, reply, kind, text, made_at, due_at, state, ended_at FROM promise WHERE conversation = ?",
        (number,),
    ).fetchall()
    found.sort(key=lambda row: (row[7] != "open", row[6] if row[7] == "open" else -row[6], row[0]))
    return tuple(
        Promise(id_, str(number), client, reply, kind, text, from_ms(made), from_ms(due), state, from_ms_or_none(ended))
        for id_, client, reply, kind, text, made, due, state, ended in found
    )


def _amends(db: sqlite3.Connection, number: int) -> tuple[Amends, ...]:
    """Newest first."""
    found = db.execute(
        "SELECT at, id, kind, amount, currency, note FROM amends WHERE conversation = ?", (number,)
    ).fetchall()
    return tuple(
        Amends(id_, str(number), kind, amount, currency, note, from_ms(at))
        for at, id_, kind, amount, currency, note in sorted(found, reverse=True)
    )


def _told(text: str) -> tuple[Reason, ...]:
    """The reasons that moved it, and the rules that applied even if they gave it no minutes."""
    return tuple(Reason(name, minutes) for name, minutes in json_list(text) if minutes or name.startswith(REASON))


def _promised(row: FeedRow, target: str, hours: str, zone: str) -> datetime | None:
    """When our own promise ends, where the platform's window closes sooner and stands as the deadline."""
    promise = Target.from_name(target)
    if promise is None or row.window_closes_at is None or row.due_at != row.window_closes_at:
        return None
    open_hours = OpeningHours.from_json(hours, zone=zone)
    # this is read on the window's thread, which must not wait for holidays to be looked up
    return due_by(promise, row.posted_at, open_hours) if open_hours.at_hand(row.posted_at) else None


def set_note(db: sqlite3.Connection, number: int, text: str) -> None:
    """The note belongs to the person, not to the conversation."""
    db.execute("UPDATE contact SET note = ? WHERE n = (SELECT contact FROM conversation WHERE n = ?)", (text, number))


def conversation_of_mention(db: sqlite3.Connection, account_id: str, remote_id: str) -> int | None:
    """The conversation that holds this message."""
    row = db.execute(
        "SELECT conversation FROM mention WHERE account_id = ? AND remote_id = ?", (account_id, remote_id)
    ).fetchone()
    return None if row is None else row[0]
