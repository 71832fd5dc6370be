"""Exported, erased and imported: every conversation stands as it did."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain import Client, Contact, Kind, Lane, OwnPost, Place
from app.exported import Exported
from app.runtime import judge
from app.store import accounts, conversations
from app.store.db import Database
from app.store.mentions import mark_gone
from app.transfer import Importer, export
from tests.app.desk import Desk
from tests.app.platform import START

_COLUMNS = (
    "v.state, v.lane, v.sort_at, v.posted_at, v.due_at, v.care_by, v.target, v.mood, v.tags, v.reasons, v.unanswered,"
    " v.window_closes_at, v.snoozed_until, v.closes_at, v.newest_at, v.closed_why"
)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Database]:
    """A fresh store, with the same client and nothing else."""
    db = Database(tmp_path / "other.db")
    db.submit(lambda one: accounts.add_client(one, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", START))).result()
    yield db
    db.close()


def standings(db: Database) -> dict[str, tuple[Any, ...]]:
    """Where each message's conversation stands, by the message."""
    query = f"SELECT m.remote_id, {_COLUMNS} FROM mention m JOIN conversation v ON v.n = m.conversation"
    return {row[0]: row[1:] for row in db.reader().execute(query)}


def bring(desk: Desk, db: Database) -> tuple[int, int]:
    """Import what the desk exports. Returns what was new, and what could not be used."""
    client = accounts.clients(db.reader())[0]
    file = io.BytesIO(b"\n".join(export(desk.shop.db)))
    done = Importer(db, client, judge, desk.shop.clock).run(file)
    return done.new, done.skipped


def someone(name: str) -> Contact:
    return Contact(name, name.title(), f"@{name}")


def answer(desk: Desk, number: str, to: str) -> None:
    """We answer on the platform itself."""
    desk.shop.world.own.append(OwnPost("a1", number, "We are on it.", desk.shop.clock(), to))


async def work(desk: Desk) -> None:
    """A bit of everything that a conversation can go through."""
    clock, inbox = desk.shop.clock, desk.inbox
    clock.at = START - timedelta(days=3)
    await desk.write("old", "Do you deliver?", author=someone("old"))
    clock.at = START
    for name, text in (
        ("waits", "When do you open?"), ("asleep", "Can I order a cake for June?"), ("soon", "Is there rye bread?"),
        ("long", "Do you take cards?"), ("done", "Where is my order? It never arrived."), ("placed", "hello there"),
        ("quiet", "Do you have a garden?"), ("loud", "win a phone, click here"), ("vip", "Is it vegan?"),
        ("back", "Where are you?"), ("gone", "Oh no"),
    ):  # fmt: skip
        await desk.write(name, text, author=someone(name))
    await desk.write(
        "window", "Hi?", author=someone("window"), kind=Kind.MESSAGE, window_closes_at=START + timedelta(minutes=50)
    )
    await desk.write("stars", "Cold coffee", author=someone("stars"), kind=Kind.REVIEW, rating=1)
    await desk.write("found", "Heard of a new bakery", author=someone("found"), kind=Kind.SEARCH)
    await desk.write("joined", "Where do you buy rye bread?", author=someone("joined"), kind=Kind.SEARCH)
    await desk.write("kind", "My bread was burnt", author=someone("kind"))
    clock.forward(minutes=5)
    answer(desk, "r1", "kind")
    answer(desk, "r2", "waits")
    await desk.shop.pull()
    clock.forward(minutes=5)
    await desk.write("thanks", "Thank you so much!", author=someone("kind"), reply_to="r1", thread="kind")
    numbers = {
        remote: str(n) for remote, n in desk.shop.db.reader().execute("SELECT remote_id, conversation FROM mention")
    }
    await inbox.snooze(numbers["asleep"], START + timedelta(days=9))
    await inbox.snooze(numbers["soon"], START + timedelta(minutes=40))
    clock.forward(minutes=1)
    await inbox.snooze(numbers["long"], START + timedelta(days=2))
    await inbox.close(numbers["done"], "solved")
    await inbox.place(numbers["placed"], Place.CARE)
    await inbox.place(numbers["loud"], Place.NOISE)
    await inbox.place(numbers["back"], Place.THANKS)
    await desk.shop.db.write(lambda db: conversations.join(db, [int(numbers["joined"])], clock()))
    await desk.shop.db.write(lambda db: db.execute("UPDATE contact SET vip = 1 WHERE name = 'Vip'"))
    await desk.shop.db.write(lambda db: conversations.restand(db, [int(numbers["vip"])], clock()))
    clock.forward(minutes=1)
    await desk.write("back2", "Hello?? Nobody here?", author=someone("back"), reply_to="back", thread="back")
    await desk.shop.db.write(lambda db: mark_gone(db, "a1", ["gone"], clock()))


async def test_every_conversation_stands_as_it_did(desk: Desk, other: Database) -> None:
    await work(desk)
    before = standings(desk.shop.db)
    lanes = {Lane(row[1]) for row in before.values()}
    assert {
        Lane.CARE,
        Lane.TODAY,
        Lane.THANKS,
        Lane.SNOOZED,
        Lane.NOISE,
        Lane.WAITING,
        Lane.DONE,
        Lane.LISTENING,
    } <= lanes
    assert before["thanks"][13] is not None, "bare thanks close themselves"
    assert await asyncio.to_thread(bring, desk, other) == (len(before), 0)
    assert standings(other) == before
    later = START + timedelta(hours=3)
    for db in (desk.shop.db, other):
        await db.write(lambda one: conversations.advance(one, later))
    assert standings(other) == standings(desk.shop.db), "and what is put away comes back when it would have"


async def test_a_second_time_nothing_is_put_back(desk: Desk, other: Database) -> None:
    await work(desk)
    await asyncio.to_thread(bring, desk, other)
    [(number,)] = other.reader().execute("SELECT conversation FROM mention WHERE remote_id = 'asleep'").fetchall()
    await other.write(lambda db: conversations.close(db, [number], "solved", desk.shop.clock()))
    there = standings(other)
    assert await asyncio.to_thread(bring, desk, other) == (0, 0)
    assert standings(other) == there


def test_lines_that_no_export_holds_are_passed_over() -> None:
    told = Exported()
    for line in (
        {"type": "conversation"}, {"type": "conversation", "conversation": "1", "state": 5},
        {"type": "conversation", "conversation": "1", "state": "closed", "closes_at": "2026-11-24T09:00:00"},
        {"type": "account", "id": "a1"}, {"type": "contact", "contact": 7, "vip": 1}, {"type": "client"},
        {"type": "reply", "account_id": "a1", "text": "x", "state": "sent", "remote_id": "r", "to_remote_id": "m",
         "sent_at": "2026-11-24T09:00:00Z"},
    ):  # fmt: skip
        assert told.hear(line) is None
    assert told.stood("1") is None
    assert not told.is_vip(7)
    told.hear({"type": "conversation", "conversation": "2", "state": "closed", "closed_why": "solved", "placed": "x"})
    told.hear({"type": "conversation", "conversation": "3", "state": "closed", "closed_why": "solved"})
    assert told.stood("2") is told.stood("3"), "a million are a few"
    assert told.stood(["2"]) is None


async def test_an_export_tells_when_it_was_put_away_and_when_thanks_close(desk: Desk) -> None:
    await work(desk)
    rows = [json.loads(line) for line in export(desk.shop.db, "c1")]
    found = [row for row in rows if row["type"] == "conversation"]
    asleep = [row for row in found if row["snoozed_until"]]
    assert {row["snoozed_at"] for row in asleep} == {"2026-11-24T09:10:00Z", "2026-11-24T09:11:00Z"}
    assert [row["snoozed_at"] for row in found if not row["snoozed_until"]] == [None] * (len(found) - len(asleep))
    assert [row["closes_at"] for row in found if row["closes_at"]] == ["2026-11-24T10:10:00Z"]
    # the customer wrote again after "thank-yous", so that no longer holds
    assert sorted(row["placed"] for row in found if row["placed"]) == ["care", "noise"]
