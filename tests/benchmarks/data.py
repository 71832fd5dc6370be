"""What is measured on: a store with a million mentions, and answers as Mastodon gives them."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app import clock
from app.domain import Account, Client, Lane
from app.paths import Paths
from app.store import accounts, migrations
from app.store.sql import insert_many

MILLION = 1_000_000
CLIENTS, ACCOUNTS, PEOPLE = 5, 20, 200_000
LONG = 500  # messages of the first conversation; every other one has one
# the share of a lane in a thousand conversations; what is open is far more than anybody has
LANES = {Lane.CARE: 200, Lane.TODAY: 50, Lane.THANKS: 30, Lane.WAITING: 40, Lane.SNOOZED: 5, Lane.DONE: 675}
_STATES = {Lane.WAITING: "waiting", Lane.SNOOZED: "snoozed", Lane.DONE: "closed"}
HOURS = json.dumps({"week": {day: ["09:00-12:30", "13:30-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}})
_SPOKEN = (
    "the oven cake order is late again and nobody at your shop answers my mail about refund of forty euro for bread"
    " thank you so much lovely team best coffee in town we come back friday when do you open on sunday please help"
    " gracias por todo muy bueno leider war das brot kalt und die lieferung kam zu spät merci beaucoup c'était parfait"
)
_WORDS = _SPOKEN.split()
_MENTION = (
    "n", "account_id", "remote_id", "conversation", "contact", "kind", "visibility", "text", "posted_at", "reply_to",
    "thread", "url", "language", "spoiler", "media", "extra", "mood", "tags", "reasons", "indexed_author",
)  # fmt: skip
_CONVERSATION = (
    "n", "account_id", "client_id", "root", "contact", "kind", "author", "handle", "avatar", "text", "posted_at",
    "newest_at", "due_at", "care_by", "target", "mood", "tags", "reasons", "unanswered", "state", "lane", "sort_at",
)  # fmt: skip


def words(random_: random.Random) -> str:
    """A message of some thirty words."""
    return " ".join(random_.choices(_WORDS, k=random_.randint(8, 40)))


def folder() -> Path:
    """Where the big store lies: the user's cache, or a temporary folder where that cannot be written."""
    try:
        home = Paths.find().cache / "benchmarks"
        home.mkdir(parents=True, exist_ok=True)
        if os.access(home, os.W_OK):
            return home
    except OSError:
        pass
    return Path(tempfile.gettempdir()) / "carelane-benchmarks"


def million() -> Path:
    """A data folder with a million mentions. Made once per form of the tables and of this file: some two minutes."""
    form = "".join([inspect.getsource(part) for part in (migrations, _fill, _fill_rows, words)]) + str(MILLION)
    home = folder() / f"million-{hashlib.sha256(form.encode()).hexdigest()[:12]}"
    if not (home / "carelane.db").exists():
        print("Making a store with a million mentions, once …", flush=True)
        for old in home.parent.glob("million-*"):  # a gigabyte each
            shutil.rmtree(old, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True)
        part = home / "part.db"
        part.unlink(missing_ok=True)
        _fill(part)
        part.replace(home / "carelane.db")
        db = sqlite3.connect(home / "carelane.db")
        db.execute("PRAGMA journal_mode = WAL").fetchone()
        db.close()
    return home


def account_rows() -> Iterator[tuple[Client, Account]]:
    """Twenty accounts of five clients."""
    for number in range(ACCOUNTS):
        client = number % CLIENTS
        yield (
            Client(f"c{client}", f"Client {client}", "#d9a441", "Europe/Berlin", HOURS,
                    datetime(2026, 1, 1, tzinfo=UTC)),
            Account(f"a{number}", f"c{client}", "mastodon", "https://example.social", f"me{number}", f"@shop{number}",
                    f"Shop {number}"),
        )  # fmt: skip


def add_accounts(db: sqlite3.Connection, *, server: str = "https://example.social", state: str = "ok") -> None:
    """Put them into an empty store, connected long ago, so that everything is new."""
    known: set[str] = set()
    for client, one in account_rows():
        if client.id not in known:
            accounts.add_client(db, client)
            known.add(client.id)
        account = Account(one.id, one.client_id, one.platform, server, one.remote_id, one.handle, one.name, state)
        accounts.add_account(db, account, clock.now() - timedelta(days=90))


def _fill(path: Path) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
        db.execute(f"PRAGMA {pragma}")
    migrations.migrate(db)
    later = [  # indexes and triggers cost half of the time while rows come in; they are put back as they were
        (kind, name, sql)
        for kind, name, sql in db.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        if "search" not in name
    ]
    for kind, name, _ in later:
        db.execute(f"DROP {kind} {name}")
    db.execute("BEGIN")
    add_accounts(db, state="paused")  # a start must not go to the network
    _fill_rows(db)
    for _, _, sql in later:
        db.execute(sql)
    db.execute("INSERT INTO lane_count SELECT client_id, lane, count(*) FROM conversation GROUP BY client_id, lane")
    db.execute("COMMIT")
    db.execute("PRAGMA optimize")
    db.close()


def _fill_rows(db: sqlite3.Connection) -> None:
    dice = random.Random(1)
    now = int(clock.now().timestamp() * 1000)
    for start in range(1, PEOPLE + 1, 10_000):
        insert_many(
            db, "contact", ("n", "account_id", "remote_id", "name", "handle", "followers", "first_at"),
            [(n, f"a{n % ACCOUNTS}", f"p{n}", f"Person {n}", f"@person{n}@example.social", n % 3000, now)
             for n in range(start, start + 10_000)],
        )  # fmt: skip
    lanes = [lane for lane, share in LANES.items() for _ in range(share)]
    dice.shuffle(lanes)
    mentions: list[tuple[object, ...]] = []
    conversations: list[tuple[object, ...]] = []
    texts: list[tuple[object, ...]] = []
    for n in range(1, MILLION + 1):
        home = max(1, n - LONG + 1)
        lane = Lane.CARE if home == 1 else lanes[n % 1000]
        person = 1 + (home * 7919) % PEOPLE
        account, text = f"a{person % ACCOUNTS}", words(dice)
        by = now + (n * 7_368_787) % 86_400_000 * 30 if lane not in _STATES else None
        posted = now - (MILLION - n) * 2500 if by is None else by - 7_200_000
        author, handle = f"Person {person}", f"@person{person}@example.social"
        tags = ("[]", '["question"]', '["anger","refund"]')[n % 3]
        mentions.append(
            (n, account, f"r{n}", home, person, "mention", "public", text, posted, "", "",
             f"https://example.social/@p/{n}", "en", "", "[]", "{}", "neutral", tags, "[]", f"{author} {handle}")
        )  # fmt: skip
        texts.append((n * 2, text, f"{author} {handle}"))
        if n >= LONG:
            conversations.append(
                (home, account, f"c{person % ACCOUNTS % CLIENTS}", f"r{n}", person, "mention", author, handle,
                 "https://example.social/a.png", text[:280], posted, posted, by, by, "2 h" if by else "", "neutral",
                 tags, "[]", int(by is not None), _STATES.get(lane, "open"), lane, -posted if by is None else by)
            )  # fmt: skip
        if n % 10_000 == 0:
            insert_many(db, "mention", _MENTION, mentions)
            insert_many(db, "conversation", _CONVERSATION, conversations)
            insert_many(db, "search", ("rowid", "text", "author"), texts)
            mentions, conversations, texts = [], [], []


# --- what Mastodon answers ---------------------------------------------------------------------


def notification(
    number: int, at: datetime, dice: random.Random, *, server: str = "https://example.social"
) -> dict[str, Any]:
    """A notification with all fields that Mastodon 4 sends, some 3.5 kB; every tenth answers another post."""
    person = dice.randint(1, 2000)
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    account = {
        "id": str(10_000 + person), "username": f"person{person}", "acct": f"person{person}@elsewhere.example",
        "display_name": f"Person {person} ☕", "locked": False, "bot": False, "discoverable": True, "group": False,
        "created_at": "2022-11-01T00:00:00.000Z", "note": "<p>Bread, bikes and a dog. Opinions are my own.</p>",
        "url": f"https://elsewhere.example/@person{person}", "uri": f"https://elsewhere.example/users/person{person}",
        "avatar": f"https://files.example/avatars/{person}.png", "header": "https://files.example/h.png",
        "avatar_static": f"https://files.example/avatars/{person}.png", "followers_count": person * 7 % 30_000,
        "following_count": 120, "statuses_count": 4411, "last_status_at": "2026-01-20", "emojis": [],
        "fields": [{"name": "Web", "value": "<a href=\"https://person.example\" rel=\"me\">person.example</a>",
                    "verified_at": None}],
    }  # fmt: skip
    shown = words(dice)
    more = f"<p>{words(dice)} &amp; more</p>" if number % 3 == 0 else ""
    media = {
        "id": str(number), "type": "image", "url": f"https://files.example/{number}.png",
        "preview_url": f"https://files.example/small/{number}.png", "remote_url": None, "description": "A loaf",
        "meta": {"original": {"width": 1200, "height": 900, "size": "1200x900", "aspect": 1.33}},
        "blurhash": "UBL_:rOpGG",
    }  # fmt: skip
    status = {
        "id": str(112_000_000_000_000_000 + number), "created_at": stamp,
        "in_reply_to_id": str(111_000_000_000_000_000 + number) if number % 10 == 0 else None,
        "in_reply_to_account_id": "77" if number % 10 == 0 else None, "sensitive": False, "spoiler_text": "",
        "visibility": "direct" if number % 20 == 3 else "public", "language": ("en", "de", "es", None)[number % 4],
        "uri": f"https://elsewhere.example/users/person{person}/statuses/{number}",
        "url": f"https://elsewhere.example/@person{person}/{number}", "replies_count": 0, "reblogs_count": 1,
        "favourites_count": 2, "edited_at": None, "favourited": False, "reblogged": False, "muted": False,
        "bookmarked": False, "filtered": [], "reblog": None, "account": account,
        "content": '<p><span class="h-card" translate="no"><a href="https://example.social/@shop" class="u-url'
        ' mention">'
        f"@<span>shop</span></a></span> {shown.replace(chr(39), '&#39;')}</p>{more}",
        "media_attachments": [media] if number % 8 == 0 else [],
        "mentions": [{"id": "me", "username": "shop", "url": f"{server}/@shop", "acct": "shop"}],
        "tags": [], "emojis": [], "card": None, "poll": None,
    }  # fmt: skip
    return {"id": str(900_000 + number), "type": "mention", "created_at": stamp, "account": account, "status": status}


def answers(count: int, *, page: int = 40, seed: int = 1) -> list[bytes]:
    """The bytes of as many pages as `count` notifications need, newest first, spread over the last ten days."""
    dice = random.Random(seed)
    now = clock.now()
    step = timedelta(days=10) / count
    all_ = [notification(n, now - (count - n) * step, dice) for n in range(count, 0, -1)]
    return [json.dumps(all_[at : at + page], ensure_ascii=False).encode() for at in range(0, count, page)]
