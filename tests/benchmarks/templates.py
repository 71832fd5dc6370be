"""Searching five thousand templates, filling one, and suggesting out of two thousand past replies."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from app import clock
from app.attachments import Attachments
from app.domain import Template, TemplateText
from app.events import Bus
from app.store import templates as rows
from app.store.db import Database
from app.store.sql import insert_many
from app.templates import Templates
from tests.benchmarks import data
from tests.benchmarks.measure import Line, cpu

MANY, SOME, REPLIES = 5_000, 200, 2_000
SEARCH_MS, SUGGEST_MS, FILL_MS, CHANGED_MS = 10.0, 30.0, 2.0, 20.0
ASKED = "where is my cake order, it is late and nobody answers my mail about the refund"


def run() -> Iterator[Line]:
    """Milliseconds of CPU each."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _in(Path(folder))


def _in(folder: Path) -> Iterator[Line]:
    dice = random.Random(6)
    many = _store(folder / "many.db", MANY, 1, dice)
    use = Templates(many, Bus(), Attachments(folder / "outgoing"))
    yield Line("5,000 templates are made ready, once", cpu(lambda: use.search("x", "1")) * 1000, "ms")
    for query in ("", "s", "/re", "oven late", "gracias por", "zzzz"):
        taken = statistics.median(cpu(lambda: use.search(query, "1")) for _ in range(9)) * 1000  # noqa: B023
        yield Line(f"5,000 templates, searched for “{query}”", taken, "ms", limit=SEARCH_MS)

    def changed() -> object:
        made = [_template(dice, 1)]
        many.submit(lambda db: rows.put(db, made, clock.now())).result()
        return None

    def noticed() -> object:
        many.submit(lambda db: db.execute("UPDATE account SET checked_at = 1 WHERE id = 'a0'")).result()
        return use.search("late", "1")

    changed()
    after = cpu(lambda: use.search("late", "1")) * 1000
    yield Line("5,000 templates, searched after one was changed", after, "ms", limit=CHANGED_MS)
    after = statistics.median(cpu(noticed) for _ in range(9)) * 1000
    yield Line("5,000 templates, searched after a sync wrote", after, "ms", limit=CHANGED_MS)
    first = use.search("", "1")[0].id
    filled = statistics.median(cpu(lambda: use.fill(first, "1")) for _ in range(21)) * 1000
    yield Line("a template is filled", filled, "ms", limit=FILL_MS)
    many.close()
    few = _store(folder / "few.db", SOME, REPLIES, dice)
    use = Templates(few, Bus(), Attachments(folder / "outgoing"))
    number = str(REPLIES)
    yield Line("2,000 replies are read, once", cpu(lambda: asyncio.run(use.suggest(number))) * 1000, "ms")
    loop = asyncio.new_event_loop()
    taken = statistics.median(cpu(lambda: loop.run_until_complete(use.suggest(number))) for _ in range(15)) * 1000
    yield Line("2,000 replies and 200 templates, suggested", taken, "ms", limit=SUGGEST_MS)
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    few.close()


def _template(dice: random.Random, number: int) -> Template:
    words = [data.words(dice) for _ in range(2)]
    texts = (TemplateText("en", (f"Hi {{first_name|there}}, {words[0]}",)), TemplateText("de", (f"Hallo, {words[1]}",)))
    return Template(f"t{number}", data.words(dice)[:40], texts, folder=f"F{number % 20}", shortcut=f"s{number}")


def _store(path: Path, templates: int, replies: int, dice: random.Random) -> Database:
    db = Database(path)
    now = int((clock.now() - timedelta(days=1)).timestamp() * 1000)

    def fill(rows_: object) -> None:
        connection = db._writer
        data.add_accounts(connection, state="paused")
        made = [_template(dice, number) for number in range(templates)]
        rows.put(connection, made, clock.now())
        insert_many(
            connection, "contact", ("n", "account_id", "remote_id", "name", "handle", "first_at"),
            [(n, "a0", f"p{n}", f"Person {n}", f"@person{n}", now) for n in range(1, replies + 1)],
        )  # fmt: skip
        insert_many(
            connection, "conversation",
            ("n", "account_id", "client_id", "root", "contact", "author", "handle", "posted_at", "newest_at", "state",
             "lane", "sort_at"),
            [(n, "a0", "c0", f"m{n}", n, f"Person {n}", f"@person{n}", now, now, "waiting", "waiting", now)
             for n in range(1, replies + 1)],
        )  # fmt: skip
        insert_many(
            connection, "mention",
            ("n", "account_id", "remote_id", "conversation", "contact", "kind", "visibility", "text", "posted_at",
             "reply_to", "thread", "url", "language", "spoiler", "media", "extra", "mood", "tags", "reasons"),
            [(n, "a0", f"m{n}", n, n, "mention", "public", ASKED if n == replies else data.words(dice), now, "", "", "",
              "en", "", "[]", "{}", "neutral", "[]", "[]") for n in range(1, replies + 1)],
        )  # fmt: skip
        insert_many(
            connection, "reply",
            ("id", "conversation", "account_id", "to_remote_id", "text", "visibility", "state", "created_at",
             "not_before", "sent_at", "template"),
            [(f"r{n}", n, "a0", f"m{n}", data.words(dice), "public", "sent", now, now, now,
              f"t{n % templates}" if n % 3 == 0 else "") for n in range(1, replies)],
        )  # fmt: skip

    db.submit(fill).result()
    return db
