"""Parts without a store or a window: due times; and opening a long conversation."""

from __future__ import annotations

import random
import sqlite3
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.domain import Contact, Kind, Mention
from app.store import details
from app.timers import TARGETS, OpeningHours, due_at
from app.timers.holidays import named
from tests.benchmarks import data
from tests.benchmarks.measure import Line, cpu

COUNT = 5_000


def _with_holidays(mentions: list[Mention]) -> Line:
    """A month of due times for a client who is new each time: every day is looked up once, the package not again."""
    text = data.HOURS[:-1] + ', "country": "DE", "region": "BY", "days": [{"date": "2026-01-05", "name": "Fair"}]}'
    named("DE", "BY", mentions[0].posted_at.year)

    def work() -> object:
        hours = OpeningHours.from_json(text, zone="Europe/Berlin")
        return [due_at(Kind.MENTION, "neutral", ("question",), m.posted_at, hours, TARGETS, True) for m in mentions]

    taken = statistics.median(cpu(work) for _ in range(5))
    return Line("due times with holidays, a VIP's question, a second", COUNT / taken, "", limit=50_000, least=True)


def run() -> Iterator[Line]:
    """Figures by the second, and the milliseconds of a thread of 500 messages."""
    dice = random.Random(2)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    author = Contact("p", "Person", "@person", followers=2000)
    mentions = [
        Mention("a1", str(n), author, data.words(dice), start + n * timedelta(minutes=7), language=("en", "")[n % 2])
        for n in range(COUNT)
    ]
    hours = OpeningHours.from_json(data.HOURS, zone="Europe/Berlin")
    for kind, tags in ((Kind.MENTION, ("question",)), (Kind.MENTION, ()), (Kind.MESSAGE, ())):
        taken = statistics.median(
            cpu(lambda: [due_at(kind, "neutral", tags, m.posted_at, hours) for m in mentions])  # noqa: B023
            for _ in range(5)
        )
        name = "question" if tags else kind.value
        yield Line(f"due times in opening hours, {name}, a second", COUNT / taken, "", limit=50_000, least=True)
    yield _with_holidays(mentions)
    db = sqlite3.connect(f"{(data.million() / 'carelane.db').as_uri()}?mode=ro", uri=True)

    def opened() -> object:
        return details.detail(db, "1", max_graphemes=500, max_bytes=None, url_length=23, can_direct=True)

    plain = "SELECT * FROM mention m JOIN contact c ON c.n = m.contact WHERE m.conversation = 1 ORDER BY m.posted_at"
    baseline = statistics.median(cpu(lambda: db.execute(plain).fetchall()) for _ in range(9)) * 1000
    subject = statistics.median(cpu(opened) for _ in range(9)) * 1000
    yield Line("a conversation of 500 messages is read", subject, "ms", baseline)
    db.close()
