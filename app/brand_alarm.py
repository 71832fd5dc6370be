"""Brand alarms: three times as many unhappy messages in an hour as usual, told once, with what they share."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.events import BrandAlarm
from app.store.sql import as_json
from app.store.times import to_ms
from app.stories import print_of
from app.wording.similar import telling

HOUR = timedelta(hours=1)
BEFORE = timedelta(days=28)  # what is usual is taken from these
LEAST_KNOWN = timedelta(days=1)  # with less history nothing is usual yet
TIMES = 3
FEWEST = 5  # below, three times almost nothing is nothing
QUIET = timedelta(hours=6)  # after an alarm, while it goes on
MOST = 0.5  # share of the messages that a thing must be in to be what they share
WORDS = 3


class Unhappy(NamedTuple):
    """One unhappy message."""

    conversation: int
    text: str
    platform: str  # as people call it
    author: int
    thread: str


def rises(recent: int, before: int, known: timedelta) -> bool:
    """Whether `recent` in an hour is three times what is usual, with `before` in the time that is `known`."""
    if known < LEAST_KNOWN or recent < FEWEST:
        return False
    return recent >= TIMES * before / (known / HOUR)


def look(db: sqlite3.Connection, client_id: str, name: str, now: datetime) -> BrandAlarm | None:
    """The alarm of this hour, kept so that it is raised once. None is the usual answer, in under a millisecond."""
    last = db.execute("SELECT max(at) FROM alarm WHERE client_id = ?", (client_id,)).fetchone()[0]
    if last is not None and to_ms(now) - last < QUIET // timedelta(milliseconds=1):
        return None
    recent = _unhappy(db, client_id, now)
    if len(recent) < FEWEST:
        return None
    begin = max(to_ms(now - BEFORE), _first(db, client_id, now))
    before, known = _count(db, client_id, begin, to_ms(now - HOUR)), timedelta(milliseconds=to_ms(now - HOUR) - begin)
    if not rises(len(recent), before, known):
        return None
    text = sentence(name, recent, before / (known / HOUR), _earlier_words(db, client_id, now))
    conversations = tuple(dict.fromkeys(str(one.conversation) for one in recent))
    db.execute(
        "INSERT INTO alarm (client_id, at, data) VALUES (?, ?, ?)",
        (client_id, to_ms(now), as_json({"text": text, "conversations": conversations})),
    )
    return BrandAlarm(client_id, text, conversations)


_FROM = (
    " FROM mention m INDEXED BY mention_bad_news JOIN account a ON a.id = m.account_id WHERE m.mood = 'negative'"
    " AND a.client_id = ? AND m.posted_at > ? AND m.posted_at <= ? AND m.kind <> 'context' AND m.deleted_at IS NULL"
)


def _unhappy(db: sqlite3.Connection, client_id: str, now: datetime) -> list[Unhappy]:
    query = f"SELECT m.conversation, m.text, a.service, m.contact, m.thread {_FROM} ORDER BY m.posted_at DESC LIMIT 500"
    return [Unhappy(*row) for row in db.execute(query, (client_id, to_ms(now - HOUR), to_ms(now)))]


def _count(db: sqlite3.Connection, client_id: str, since: int, until: int) -> int:
    row: tuple[int] = db.execute(f"SELECT count(*) {_FROM}", (client_id, since, until)).fetchone()
    return row[0]


def _first(db: sqlite3.Connection, client_id: str, now: datetime) -> int:
    """When the client's messages begin, in ms."""
    row = db.execute(
        "SELECT min((SELECT min(posted_at) FROM mention WHERE account_id = a.id)) FROM account a WHERE client_id = ?",
        (client_id,),
    ).fetchone()
    return to_ms(now) if row[0] is None else int(row[0])


def _earlier_words(db: sqlite3.Connection, client_id: str, now: datetime) -> Counter[str]:
    query = f"SELECT m.text {_FROM} ORDER BY m.posted_at DESC LIMIT 500"
    words: Counter[str] = Counter()
    for (text,) in db.execute(query, (client_id, to_ms(now - BEFORE), to_ms(now - HOUR))):
        words.update(telling(text))
    return words


def shared_words(recent: Sequence[Unhappy], earlier: Counter[str], names: Collection[str] = ()) -> list[str]:
    """Words in half of the messages that they did not have before, the commonest first."""
    found: Counter[str] = Counter()
    for one in recent:
        found.update(telling(one.text))
    total = max(1, sum(earlier.values()))
    told = [
        (count, word)
        for word, count in found.items()
        if count >= MOST * len(recent) and word not in names and count > TIMES * len(recent) * earlier[word] / total
    ]
    return [word for _, word in sorted(told, key=lambda one: (-one[0], one[1]))[:WORDS]]


def sentence(name: str, recent: Sequence[Unhappy], an_hour: float, earlier: Counter[str]) -> str:
    """What is told."""
    people = len({one.author for one in recent})
    who = "1 person" if people == 1 else f"{people} people"
    parts = [f"{name}: {len(recent)} unhappy messages from {who} within an hour, usually {_rate(an_hour)}."]
    words = shared_words(recent, earlier, telling(name))
    if words:
        parts.append(f"They speak of {_listed([f'“{word}”' for word in words])}.")
    where, count = Counter(one.platform for one in recent).most_common(1)[0]
    if count > MOST * len(recent) and where:
        parts.append(f"{count} of them came on {where}.")
    links = Counter(link for one in recent for link in print_of(one.text).links).most_common(1)
    if links and links[0][1] >= MOST * len(recent):
        parts.append(f"They point to {links[0][0]}.")
    threads = Counter(one.thread for one in recent if one.thread).most_common(1)
    if threads and threads[0][1] > MOST * len(recent):
        parts.append("Most are in one thread.")
    return " ".join(parts)


def _rate(an_hour: float) -> str:
    if not an_hour:
        return "none"
    return f"{an_hour:.0f}" if an_hour >= 1 else f"1 in {max(2, round(1 / an_hour))} hours"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
