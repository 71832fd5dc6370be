"""Saving 10,000 new mentions: from Mastodon's bytes to the tables, against raw inserts of the same rows."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from app.connectors._mastodon_wire import Me, notifications
from app.connectors.base import Capabilities, Idempotency, Thread
from app.domain import Mention, Page, Triage
from app.events import Bus
from app.runtime import judge
from app.store.db import Database
from app.store.mentions import Judge
from app.store.sql import insert_many
from app.sync.pull import Puller
from tests.benchmarks import data
from tests.benchmarks.measure import Line, cpu

COUNT, LIMIT, ROUNDS = 10_000, 3.0, 5
TABLES = ("contact", "mention", "search", "conversation")
ME = Me("a1", "me", "shop@example.social")
Rows = list[tuple[object, ...]]


class Store:
    """A fresh store with the accounts in it."""

    def __init__(self, folder: str) -> None:
        self._folder = tempfile.TemporaryDirectory(dir=folder)
        self.db = Database(Path(self._folder.name) / "carelane.db")
        self.db.submit(data.add_accounts).result()

    def close(self) -> None:
        """Take it away."""
        self.db.close()
        self._folder.cleanup()


class Connector:
    """Mastodon's reading without the network: decodes and cleans in a worker thread, as the real one does."""

    capabilities = Capabilities("Mastodon", ("notifications",), Idempotency.KEY, 500)

    def __init__(self, pages: list[bytes]) -> None:
        self._pages = pages

    async def get(self, account_id: str) -> Connector:
        """The pool is asked for the connector."""
        return self

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        """Every page."""
        for number, content in enumerate(self._pages):
            raws = msgspec.json.decode(content, type=list[msgspec.Raw])
            items = await asyncio.to_thread(notifications, raws, ME)
            yield Page(mentions=tuple(item.mention for item in items if item.mention), mark=str(number))

    async def thread(self, mention: Mention) -> Thread:
        """Nothing more."""
        return Thread()

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Nothing changed."""
        return Thread()


def save(db: Database, pages: list[bytes], by: Judge = judge) -> None:
    """Decode, clean, judge and save, as a sync does."""
    asyncio.run(Puller(db, Connector(pages), Bus(), by).pull("a1"))  # type: ignore[arg-type]


def written(db: Database) -> dict[str, tuple[tuple[str, ...], Rows]]:
    """Columns and rows of the four tables."""
    found: dict[str, tuple[tuple[str, ...], Rows]] = {}
    reader = db.reader()
    for table in TABLES:
        if table == "search":
            rows = reader.execute("SELECT n * 2, text, indexed_author FROM mention").fetchall()
            found[table] = (("rowid", "text", "author"), rows)
            continue
        cursor = reader.execute(f"SELECT * FROM {table} WHERE account_id = 'a1' ORDER BY n")
        found[table] = (tuple(column[0] for column in cursor.description), cursor.fetchall())
    return found


def insert(db: Database, tables: dict[str, tuple[tuple[str, ...], Rows]]) -> None:
    """The same rows raw: 500 mentions a transaction, and their share of the other tables."""
    steps = COUNT // 500

    def part(raw: sqlite3.Connection, step: int) -> None:
        for table, (columns, rows) in tables.items():
            insert_many(raw, table, columns, rows[len(rows) * step // steps : len(rows) * (step + 1) // steps])

    for step in range(steps):
        db.submit(partial(part, step=step)).result()


def run() -> Iterator[Line]:
    """Pages of 40, as Mastodon gives them; then what each step of the way takes."""
    pages = data.answers(COUNT)
    with tempfile.TemporaryDirectory() as folder:
        first = Store(folder)
        verdicts: dict[str, Triage] = {}

        def remembered(mention: Mention) -> Triage:
            return verdicts.setdefault(mention.remote_id, judge(mention))

        save(first.db, pages, remembered)
        tables = written(first.db)
        first.close()
        gc.collect()
        gc.freeze()  # as the program does once it runs: what the measuring holds is not looked through again

        def measured(work: Callable[[Database], None]) -> float:
            store = Store(folder)
            taken = cpu(lambda: work(store.db))
            store.close()
            return taken

        rounds = [
            (
                measured(lambda db: insert(db, tables)),
                measured(lambda db: save(db, pages, lambda mention: verdicts[mention.remote_id])),
                measured(lambda db: save(db, pages)),
            )
            for _ in range(ROUNDS)
        ]
    baseline, unjudged, subject = (min(side) * 1000 for side in zip(*rounds, strict=True))
    yield Line("save 10,000: decode, clean, save, index ÷ raw", unjudged, "ms", baseline, LIMIT)
    yield Line("  the same with judging each text", subject, "ms", baseline)
    items = [notifications(msgspec.json.decode(page, type=list[msgspec.Raw]), ME) for page in pages]
    mentions = [item.mention for page in items for item in page if item.mention]
    steps: list[tuple[str, Callable[[], object]]] = [
        (
            "decode and clean",
            lambda: [notifications(msgspec.json.decode(p, type=list[msgspec.Raw]), ME) for p in pages],
        ),
        ("judge", lambda: [judge(mention) for mention in mentions]),
    ]
    rest = subject
    for name, step in steps:
        taken = min(cpu(step) for _ in range(ROUNDS)) * 1000
        rest -= taken
        yield Line(f"  of which to {name}", taken, "ms")
    yield Line("  of which to save", rest, "ms")
