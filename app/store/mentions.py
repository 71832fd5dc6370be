"""Saving what a platform told: a page with its mark in one transaction, or a whole thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from app.domain import Contact, Kind, Mention, OwnPost, Page, ReplyState, Triage
from app.events import Changes
from app.store import activity
from app.store.conversations import SNIPPET, STANDING, Rules, restand, rules, standing_columns
from app.store.sql import as_json, insert_many, keys, next_n, tuple_json
from app.store.standing import Handled, Incoming, stand
from app.store.times import to_ms, to_ms_or_none

Judge = Callable[[Mention], Triage]

_MENTION = (
    "n", "account_id", "remote_id", "conversation", "contact", "kind", "visibility", "text", "posted_at", "reply_to",
    "thread", "url", "language", "rating", "spoiler", "media", "edited_at", "window_closes_at", "extra", "mood", "tags",
    "reasons", "indexed_author",
)  # fmt: skip
_CONVERSATION = (
    "n", "account_id", "client_id", "root", "contact", "kind", "visibility", "author", "handle", "avatar", "text",
    "newest_at", "last_ours_at", *STANDING,
)  # fmt: skip
_REPLY = (
    "id", "conversation", "account_id", "to_remote_id", "text", "visibility", "state", "created_at", "not_before",
    "remote_id", "url", "sent_at", "origin", "to_extra",
)  # fmt: skip


def save_page(db: sqlite3.Connection, account_id: str, stream: str, page: Page, judge: Judge, now: datetime) -> Changes:
    """Save `page` and its mark. Known items are met again without harm; changed ones keep their earlier wording."""
    changes = save_messages(db, account_id, page.mentions, page.own, judge, now)
    if page.gone:
        changes |= mark_gone(db, account_id, page.gone, now)
    if page.mark is not None:
        db.execute(
            "INSERT INTO mark VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET mark = excluded.mark,"
            " updated_at = excluded.updated_at",
            (account_id, stream, page.mark, to_ms(now)),
        )
    if page.gap is not None:
        gap = page.gap
        db.execute(
            "INSERT INTO gap (account_id, stream, since, until, why, found_at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET since = excluded.since, until = excluded.until, found_at = excluded.found_at",
            (account_id, gap.stream, to_ms_or_none(gap.since), to_ms_or_none(gap.until), gap.why, to_ms(now)),
        )
        changes |= Changes(accounts=frozenset([account_id]))
    return changes


def save_messages(
    db: sqlite3.Connection,
    account_id: str,
    mentions: Sequence[Mention],
    own: Sequence[OwnPost],
    judge: Judge,
    now: datetime,
    *,
    into: int | None = None,
) -> Changes:
    """Save messages of one account. `into` puts new ones into that conversation (a thread that was read whole)."""
    rule = rules(db, account_id)
    unique = {mention.remote_id: mention for mention in mentions}
    known = {
        row[0]: row[1:]
        for row in db.execute(
            "SELECT remote_id, n, conversation, kind, text, posted_at, deleted_at FROM mention"
            " WHERE account_id = ? AND remote_id IN (SELECT value FROM json_each(?))",
            (account_id, keys(unique)),
        )
    }
    touched: set[int] = set()
    for remote_id, (n, conversation, kind, text, _posted, deleted) in known.items():
        mention = unique[remote_id]
        joins = _weight(mention.kind) > _weight(kind)
        if mention.text != text or joins or (deleted is not None and into is not None):
            _rewrite(db, n, text, kind, mention, judge, now)
            if joins and kind == Kind.SEARCH:  # it addresses us after all: whoever let it pass did not know that
                db.execute(
                    "UPDATE conversation SET handled_n = 0, closed_why = '', story = NULL WHERE n = ?", (conversation,)
                )
            touched.add(conversation)
    fresh = sorted((m for key, m in unique.items() if key not in known), key=lambda m: m.posted_at)
    new, more = _insert_fresh(db, account_id, fresh, judge, rule, now, into) if fresh else (set(), set())
    touched = (touched | more) - new
    if own:  # what is new may be answered already
        touched |= _save_own(db, account_id, own, into, now)
    if touched:
        restand(db, touched, now)
    if not (new or touched):
        return Changes()
    return Changes(frozenset(map(str, new | touched)), new=frozenset(map(str, new)), counts=True)


def _rewrite(
    db: sqlite3.Connection, n: int, text: str, kind: str, mention: Mention, judge: Judge, now: datetime
) -> None:
    judged = judge(mention)
    db.execute(
        "INSERT INTO search (search, rowid, text, author) SELECT 'delete', n * 2, text, indexed_author FROM mention"
        " WHERE n = ?",
        (n,),
    )
    if text != mention.text:
        earlier = as_json([to_ms(now), text])
        db.execute("UPDATE mention SET history = json_insert(history, '$[#]', json(?)) WHERE n = ?", (earlier, n))
    db.execute(
        "UPDATE mention SET text = ?, edited_at = ?, mood = ?, tags = ?, reasons = ?, extra = ?, media = ?, kind = ?,"
        " deleted_at = NULL WHERE n = ?",
        (mention.text, to_ms_or_none(mention.edited_at), judged.mood, tuple_json(judged.tags),
         tuple_json(_pairs(judged)), mention.extra, as_json(mention.media),
         max(str(mention.kind), kind, key=_weight), n),
    )  # fmt: skip
    db.execute(
        "INSERT INTO search (rowid, text, author) SELECT n * 2, text, indexed_author FROM mention WHERE n = ?",
        (n,),
    )


def _weight(kind: str) -> int:
    """What a message is known as only ever grows: part of a thread, found by a search, addressed to us."""
    return 0 if kind == Kind.CONTEXT else 1 if kind == Kind.SEARCH else 2


def _pairs(judged: Triage) -> tuple[tuple[str, int], ...]:
    return tuple([(reason.name, reason.minutes) for reason in judged.reasons])


def _contacts(
    db: sqlite3.Connection, account_id: str, mentions: Iterable[Mention], now: datetime
) -> tuple[dict[str, int], set[int]]:
    """Numbers of the authors by remote id, and those of VIPs; new ones are added, changed ones brought up to date."""
    authors = {mention.author.remote_id: mention.author for mention in mentions}
    first: dict[str, datetime] = {}
    for mention in mentions:
        first.setdefault(mention.author.remote_id, mention.posted_at)
    numbers: dict[str, int] = {}
    vips: set[int] = set()
    stale: list[tuple[object, ...]] = []
    for row in db.execute(
        "SELECT n, remote_id, name, handle, avatar, followers, url, vip FROM contact"
        " WHERE account_id = ? AND remote_id IN (SELECT value FROM json_each(?))",
        (account_id, keys(authors)),
    ):
        numbers[row[1]] = row[0]
        if row[7]:
            vips.add(row[0])
        author = authors[row[1]]
        followers = row[5] if author.followers is None else author.followers
        if (author.name, author.handle, author.avatar or row[4], followers, author.url or row[6]) != row[2:7]:
            stale.append((author.name, author.handle, author.avatar or row[4], followers, author.url or row[6], row[0]))
    if stale:
        db.executemany("UPDATE contact SET name=?, handle=?, avatar=?, followers=?, url=? WHERE n=?", stale)
    rows: list[tuple[object, ...]] = []
    n = next_n(db, "contact")
    for key, author in authors.items():
        if key not in numbers:
            numbers[key] = n
            rows.append((n, account_id, *_contact_columns(author), to_ms(first[key])))
            n += 1
    insert_many(
        db,
        "contact",
        ("n", "account_id", "remote_id", "name", "handle", "avatar", "followers", "url", "first_at"),
        rows,
    )
    return numbers, vips


def _contact_columns(author: Contact) -> tuple[object, ...]:
    return author.remote_id, author.name, author.handle, author.avatar, author.followers, author.url


def _homes(db: sqlite3.Connection, account_id: str, mentions: Sequence[Mention]) -> dict[str, int]:
    """Conversations that hold, or are rooted at, any parent or root of `mentions`, by that remote id."""
    asked = {key for mention in mentions for key in (mention.reply_to, mention.thread, mention.remote_id) if key}
    wanted = keys(asked)
    homes: dict[str, int] = {}
    for query in (
        "SELECT root, n FROM conversation WHERE account_id = ? AND root IN (SELECT value FROM json_each(?))",
        "SELECT remote_id, conversation FROM reply WHERE account_id = ? AND remote_id <> '' AND conversation <> 0"
        " AND remote_id IN (SELECT value FROM json_each(?))",
        "SELECT remote_id, conversation FROM mention WHERE account_id = ? AND remote_id IN"
        " (SELECT value FROM json_each(?))",
    ):
        homes.update(db.execute(query, (account_id, wanted)))
    return homes


def _insert_fresh(
    db: sqlite3.Connection,
    account_id: str,
    fresh: Sequence[Mention],
    judge: Judge,
    rule: Rules,
    now: datetime,
    into: int | None,
) -> tuple[set[int], set[int]]:
    """Insert unknown mentions. Returns the new conversations and the older ones that got more."""
    contacts, vips = _contacts(db, account_id, fresh, now)
    homes = _homes(db, account_id, fresh) if into is None else {}
    first_new = free = next_n(db, "conversation")
    roots: dict[int, str] = {}
    n = next_n(db, "mention")
    rows: list[tuple[object, ...]] = []
    texts: list[tuple[object, ...]] = []
    members: dict[int, list[tuple[Incoming, Mention]]] = {}
    older: set[int] = set()
    for mention in fresh:
        judged = judge(mention)
        home = into or homes.get(mention.reply_to) or homes.get(mention.thread) or homes.get(mention.remote_id)
        if home is None:
            home, free = free, free + 1
            roots[home] = root = mention.thread or mention.reply_to or mention.remote_id
            homes[root] = home
        homes[mention.remote_id] = home
        author = mention.author
        contact = contacts[author.remote_id]
        posted = to_ms(mention.posted_at)
        closes = to_ms_or_none(mention.window_closes_at)
        pairs = _pairs(judged)
        named = f"{author.name} {author.handle}"
        rows.append(
            (n, account_id, mention.remote_id, home, contact, str(mention.kind), str(mention.visibility), mention.text,
             posted, mention.reply_to, mention.thread, mention.url, mention.language or judged.language, mention.rating,
             mention.spoiler, as_json(mention.media) if mention.media else "[]", to_ms_or_none(mention.edited_at),
             closes, mention.extra, judged.mood, tuple_json(judged.tags), tuple_json(pairs), named)
        )  # fmt: skip
        texts.append((n * 2, mention.text, named))
        if home >= first_new:
            incoming = Incoming(n, mention.kind, posted, judged.mood, judged.tags, pairs, closes, contact in vips)
            members.setdefault(home, []).append((incoming, mention))
        else:
            older.add(home)
        n += 1
    insert_many(db, "mention", _MENTION, rows)
    insert_many(db, "search", ("rowid", "text", "author"), texts)
    stamp = to_ms(now)
    handled = Handled(seen_until=rule.seen_until)
    created: list[tuple[object, ...]] = []
    for home, found in members.items():
        addressed = [incoming for incoming, mention in found if mention.kind != Kind.CONTEXT]
        last = found[-1][1]
        newest = found[-1][0].posted_at
        standing = stand(
            addressed, handled, newest, rule.hours, rule.targets, stamp, rule.weights["second_message"]
        )  # fmt: skip
        created.append(
            (home, account_id, rule.client_id, roots[home], contacts[last.author.remote_id], str(last.kind),
             str(last.visibility), last.author.name, last.author.handle, last.author.avatar, last.text[:SNIPPET],
             newest, 0, *standing_columns(standing))
        )  # fmt: skip
    insert_many(db, "conversation", _CONVERSATION, created)
    return set(members), older | _adopt(db, account_id, fresh, homes, now)


def _adopt(
    db: sqlite3.Connection, account_id: str, fresh: Sequence[Mention], homes: dict[str, int], now: datetime
) -> set[int]:
    """Our replies from elsewhere may be read before the mention that they answer; they join it now."""
    adopted = db.execute(
        "SELECT n, to_remote_id, sent_at FROM reply WHERE account_id = ? AND conversation = 0"
        " AND to_remote_id IN (SELECT value FROM json_each(?))",
        (account_id, keys(mention.remote_id for mention in fresh)),
    ).fetchall()
    for n, parent, sent_at in adopted:
        db.execute("UPDATE reply SET conversation = ? WHERE n = ?", (homes[parent], n))
        db.execute(
            "UPDATE conversation SET last_ours_at = max(last_ours_at, ?) WHERE n = ?",
            (sent_at, homes[parent]),
        )
    found = {homes[parent] for _, parent, _ in adopted}
    if found:
        restand(db, found, now)
    return found


def _save_own(
    db: sqlite3.Connection, account_id: str, own: Sequence[OwnPost], into: int | None, now: datetime
) -> set[int]:
    """Our posts as the platform shows them. New ones were written elsewhere; they stop the clock as ours do."""
    posts = {post.remote_id: post for post in own if post.reply_to or into is not None}
    wanted = keys(posts)
    for (remote_id,) in db.execute(
        "SELECT remote_id FROM reply WHERE account_id = ? AND remote_id <> ''"
        " AND remote_id IN (SELECT value FROM json_each(?))",
        (account_id, wanted),
    ).fetchall():
        del posts[remote_id]
    if not posts:
        return set()
    asked = keys({key for post in posts.values() for key in (post.reply_to, post.thread) if key})
    homes: dict[str, int] = {}
    for query in (
        "SELECT root, n FROM conversation WHERE account_id = ? AND root IN (SELECT value FROM json_each(?))",
        "SELECT remote_id, conversation FROM reply WHERE account_id = ? AND remote_id <> '' AND conversation <> 0"
        " AND remote_id IN (SELECT value FROM json_each(?))",
        "SELECT remote_id, conversation FROM mention WHERE account_id = ? AND remote_id IN"
        " (SELECT value FROM json_each(?))",
    ):
        homes.update(db.execute(query, (account_id, asked)))
    touched: set[int] = set()
    rows: list[tuple[object, ...]] = []
    for post in sorted(posts.values(), key=lambda post: post.posted_at):
        home = into or homes.get(post.reply_to) or homes.get(post.thread) or 0
        homes[post.remote_id] = home
        at = to_ms(post.posted_at)
        rows.append(
            (f"{account_id}/{post.remote_id}", home, account_id, post.reply_to, post.text, post.visibility,
             ReplyState.SENT, at, at, post.remote_id, post.url, at, "elsewhere", post.extra)
        )  # fmt: skip
        if home:
            touched.add(home)
            db.execute("UPDATE conversation SET last_ours_at = max(last_ours_at, ?) WHERE n = ?", (at, home))
    start = next_n(db, "reply")
    numbered = [(start + i, *row) for i, row in enumerate(rows)]
    insert_many(db, "reply", ("n", *_REPLY), numbered)
    insert_many(db, "search", ("rowid", "text", "author"), [(row[0] * 2 + 1, row[5], "") for row in numbered])  # type: ignore[operator]
    for home in touched:
        activity.record(db, now, "answered_elsewhere", account_id=account_id, conversation=home)
    return touched


def mark_gone(db: sqlite3.Connection, account_id: str, remote_ids: Sequence[str], now: datetime) -> Changes:
    """Deleted by their authors: kept as they were read, marked, and without a clock."""
    touched = {
        row[0]
        for row in db.execute(
            "UPDATE mention SET deleted_at = ? WHERE account_id = ? AND deleted_at IS NULL"
            " AND remote_id IN (SELECT value FROM json_each(?)) RETURNING conversation",
            (to_ms(now), account_id, keys(remote_ids)),
        ).fetchall()
    }
    for conversation in touched:
        activity.record(db, now, "deleted_by_author", account_id=account_id, conversation=conversation)
    if touched:
        restand(db, touched, now)
    return Changes(frozenset(map(str, touched)), counts=bool(touched))
