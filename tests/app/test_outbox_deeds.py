"""What follows once a reply has left: tags, a date to look again, a close, the template's count."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import pytest

from app.domain import Deeds, Lane, OwnPost, Reply, ReplyState, Writing
from app.store import feed, replies
from app.store.conversations import advance, close
from tests.app.outbox_hands import activity, ask, now
from tests.app.platform import Shop, lose_answer


async def test_what_was_to_happen_happens_when_the_whole_step_has_left(shop: Shop) -> None:
    noted: list[tuple[str, datetime]] = []

    def note(db: sqlite3.Connection, reply: Reply, at: datetime) -> None:
        assert db.in_transaction
        noted.append((reply.text, at))

    shop.outbox._sender._after_sent = note
    (id_,) = await ask(shop)
    deeds = Deeds(tags=("oven", "burnt"), close="solved")
    whole = Writing("All is well.", private=True, public_line="See your messages.", template="t1", language="en",
                    variant=2, deeds=deeds)  # fmt: skip
    first = await shop.outbox.answer(id_, whole.text, writing=whole, hold=False)

    async def lose(reply: Reply) -> None:
        if reply.part == 2:
            await lose_answer(reply)

    shop.world.before_send = lose
    await shop.outbox.push()
    db = shop.db.reader()
    assert now(shop, first).state == "sent"
    assert db.execute("SELECT * FROM template_use").fetchall() == []
    shop.world.before_send = None
    await shop.outbox.push()
    await shop.outbox.push()
    last = replies.siblings(db, first)[1]
    assert last.state == "sent"
    assert db.execute("SELECT tag FROM conversation_tag").fetchall() == [("burnt",), ("oven",)]
    used = db.execute("SELECT template, client_id, conversation, reply, language, variant, outcome FROM template_use")
    assert used.fetchall() == [("t1", "c1", int(id_), last.id, "en", 2, "")]
    assert [row.id for row in feed.feed_page(db, Lane.DONE)] == [id_]
    assert activity(shop)[-4:] == ["sent", "tagged", "tagged", "closed"]
    assert noted == [("All is well.", shop.clock())]


async def test_a_snooze_after_a_reply_brings_it_back_although_the_customer_is_silent(shop: Shop) -> None:
    (id_,) = await ask(shop)
    writing = Writing(deeds=Deeds(snooze="tomorrow 9"))
    await shop.outbox.answer(id_, "We look into it.", writing=writing, hold=False)
    await shop.outbox.push()
    assert [row.id for row in feed.feed_page(shop.db.reader(), Lane.SNOOZED)] == [id_]
    assert shop.db.reader().execute("SELECT count(*) FROM promise").fetchone() == (0,), "nobody promised anything"
    await shop.pull()  # our own reply is read back from the platform
    shop.clock.forward(days=1)
    await shop.db.write(lambda db: advance(db, shop.clock()))
    (row,) = feed.feed_page(shop.db.reader(), Lane.CARE)
    assert (row.id, row.state, row.due_at, row.tags[0]) == (id_, "open", None, "again")
    await shop.outbox.answer(id_, "Done.", writing=Writing(deeds=Deeds(snooze="yesterday")), hold=False)
    await shop.outbox.push()
    assert activity(shop)[-1] == "snooze_failed"
    assert shop.states() == ["sent", "sent"]
    assert [row.id for row in feed.feed_page(shop.db.reader(), Lane.WAITING)] == [id_], "answered, it is over"


@pytest.mark.parametrize("end", ["close", "write", "elsewhere"])
async def test_what_is_put_away_behind_an_answer_ends_as_any_other(shop: Shop, end: str) -> None:
    (id_,) = await ask(shop)
    await shop.outbox.answer(id_, "We look into it.", writing=Writing(deeds=Deeds(snooze="tomorrow 9")), hold=False)
    await shop.outbox.push()
    shop.clock.forward(minutes=5)
    if end == "close":
        await shop.db.write(lambda db: close(db, [int(id_)], "done", shop.clock()))
    elif end == "write":
        shop.world.write("again", "And?", reply_to="m1", author=shop.world.mentions[0].author)
    else:
        shop.world.own.append(OwnPost("a1", "phone", "from my phone", shop.clock(), "m1"))
    await shop.pull()
    lane = {"close": Lane.DONE, "write": Lane.TODAY, "elsewhere": Lane.WAITING}[end]
    assert [row.id for row in feed.feed_page(shop.db.reader(), lane)] == [id_]
    shop.clock.forward(days=1)
    await shop.db.write(lambda db: advance(db, shop.clock()))
    if end != "write":
        assert [row.id for row in feed.feed_page(shop.db.reader(), lane)] == [id_]


async def test_what_follows_is_all_or_nothing(shop: Shop) -> None:
    def fail(db: sqlite3.Connection, reply: Reply, at: datetime) -> None:
        raise sqlite3.OperationalError("disk full")

    (id_,) = await ask(shop)
    shop.outbox._sender._after_sent = fail
    reply = await shop.outbox.answer(id_, "Hm.", writing=Writing(deeds=Deeds(tags=("x",))), hold=False)
    with pytest.raises(BaseExceptionGroup):
        await shop.outbox.push()
    assert now(shop, reply).state == ReplyState.CLAIMED
    shop.reopen()
    await shop.outbox.recover()
    await shop.outbox.push()
    assert now(shop, reply).state == "sent"
    assert shop.db.reader().execute("SELECT tag FROM conversation_tag").fetchall() == [("x",)]
    assert len(shop.world.own) == 1
