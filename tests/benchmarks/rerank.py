"""Ranking a client's 100,000 open items again, after other minutes and after another rule."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from app import clock
from app.domain import Contact, Lane, Mention, Page
from app.events import Bus
from app.judging import Judge
from app.priorities import Draft, Priorities
from app.ranking import Ranking
from app.rules import Rule, Then, When
from app.store import feed
from app.store.db import Database
from app.store.mentions import save_page
from app.store.times import to_ms
from tests.benchmarks import data
from tests.benchmarks.measure import Line, percentile

COUNT, ROUNDS = 100_000, 3
RULES = 50
CLIENT = "c0"
CLOSINGS = ("", " this is unacceptable", " refund please", " where is my order?", " thank you", " asap")


def fill(db: Database, judge: Judge) -> None:
    """As they come: account after account, the newest page first, over sixty days."""
    dice = random.Random(3)
    mine = [account.id for client, account in data.account_rows() if client.id == CLIENT]
    now, each = clock.now(), COUNT // len(mine)
    for account in mine:
        for start in range(0, each, 500):
            page = Page(mentions=tuple(_mention(account, n, now, dice, each) for n in range(start, start + 500)))
            db.submit(lambda one, account=account, page=page: save_page(one, account, "s", page, judge, now)).result()


def _mention(account: str, n: int, now: datetime, dice: random.Random, each: int) -> Mention:
    author = Contact(f"p{n % 5000}", "Person", f"@p{n % 5000}", followers=n % 20_000)
    text = data.words(dice) + CLOSINGS[n % len(CLOSINGS)]
    return Mention(account, f"{account}-{n}", author, text, now - n * timedelta(days=60) / each, language="en")


def scatter(db: sqlite3.Connection) -> None:
    """Let no two that follow each other in the feed lie beside each other on the disk."""
    numbers = [n for (n,) in db.execute("SELECT n FROM conversation ORDER BY n")]
    places = list(range(numbers[-1] + 1, numbers[-1] + 1 + len(numbers)))
    random.Random(5).shuffle(places)
    moved = list(zip(places, numbers, strict=True))
    db.executemany("UPDATE conversation SET n = ? WHERE n = ?", moved)
    db.executemany("UPDATE mention SET conversation = ? WHERE conversation = ?", moved)


class Watch:
    """What others notice meanwhile: a page of the feed, and a small write that waits for its turn."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.pages: list[float] = []
        self.writes: list[float] = []

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            start = time.thread_time()
            feed.feed_page(self.db.reader(), Lane.CARE, client=CLIENT, limit=100)
            self.pages.append((time.thread_time() - start) * 1000)
            start = time.perf_counter()
            await self.db.write(_touch)
            self.writes.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(0.02)


def _touch(db: sqlite3.Connection) -> None:
    db.execute("UPDATE account SET checked_at = ? WHERE id = 'a0'", (to_ms(clock.now()),))


async def _measure(use: Priorities, ranking: Ranking, draft: Draft, watch: Watch | None = None) -> tuple[float, float]:
    """CPU seconds of the whole process, and of the window's thread."""
    await use.save(CLIENT, draft)
    other = asyncio.create_task(watch.run()) if watch is not None else None
    start, mine = time.process_time(), time.thread_time()
    await ranking.settle()
    taken = time.process_time() - start, time.thread_time() - mine
    if other is not None:
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
    return taken


def _moved(turn: int) -> Draft:
    """Other minutes for everything, each turn."""
    every = {"anger": -20, "refund": -10, "order": -5, "urgent": -10, "question": 0, "praise": 0, "followers": -5}
    return Draft({name: minutes - 7 - turn for name, minutes in every.items()})


def rules(number: int) -> tuple[Rule, ...]:
    """Fifty rules with five words each; the last one is another each time."""
    words = data.words(random.Random(number)).split()
    made = [
        Rule(f"r{n}", f"Rule {n}", When(words=(*(f"nothing{n}{i}" for i in range(5)),), followers=n), Then(minutes=-5))
        for n in range(RULES - 1)
    ]
    return (*made, Rule("last", "Last", When(words=(words[0],)), Then(minutes=-number)))


def run() -> Iterator[Line]:
    """CPU seconds."""
    with tempfile.TemporaryDirectory(dir=data.folder()) as folder:
        db = Database(Path(folder) / "carelane.db")
        try:
            yield from _run(db)
        finally:
            db.close()


def _run(db: Database) -> Iterator[Line]:
    db.submit(data.add_accounts).result()
    judge, bus = Judge(db), Bus()
    ranking = Ranking(db, bus, judge)
    use = Priorities(db, bus, judge, ranking)
    fill(db, judge)
    some, all_ = [], []
    for turn in range(ROUNDS):
        some.append(asyncio.run(_measure(use, ranking, Draft({"anger": -30 - turn}))))
        all_.append(asyncio.run(_measure(use, ranking, _moved(turn))))
    yield Line("rank 100,000 again: one weight", min(some)[0], "s", limit=2.0)
    yield Line("rank 100,000 again: all weights", min(all_)[0], "s", limit=2.0)
    yield Line("  of it on the window's thread", min(all_, key=lambda one: one[1])[1] * 1000, "ms")
    watch = Watch(db)
    asyncio.run(_measure(use, ranking, Draft({"anger": -90}), watch))
    yield Line("  a page of the feed meanwhile, p95", percentile(watch.pages, 0.95), "ms")
    yield Line("  a small write meanwhile, p95 on the clock", percentile(watch.writes, 0.95), "ms")
    asyncio.run(_measure(use, ranking, Draft({}, rules(1))))
    taken = asyncio.run(_measure(use, ranking, Draft({}, rules(2))))
    yield Line("rank 100,000 again: one of 50 rules", taken[0], "s")
    start = time.process_time()
    found = asyncio.run(use.outlook(CLIENT, Draft({"anger": -40}, rules(3))))
    each = (time.process_time() - start) / max(1, found.seen)
    yield Line("the last year tried, conversations a second", 1 / each, "")
    asyncio.run(_measure(use, ranking, Draft()))
    db.submit(scatter).result()
    wild = [asyncio.run(_measure(use, ranking, _moved(turn)))[0] for turn in range(ROUNDS)]
    yield Line("rank 100,000 again: all weights, lying wild", min(wild), "s", limit=2.0)
    yield Line("  against those that lie in order", min(wild), "s", baseline=min(all_)[0])
