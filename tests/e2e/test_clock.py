"""A clock that is set back, or was wrong from the start: order and timers stay sane, and nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain import ConversationState, Lane, Mention
from app.inbox import Inbox
from app.store import feed
from tests.app.platform import START, Shop

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.db.close()


def inbox(shop: Shop) -> Inbox:
    return Inbox(shop.db, shop.puller._pool, shop.puller, shop.bus, now=shop.clock)


def queue(shop: Shop) -> list[str]:
    rows = feed.feed_page(shop.db.reader(), Lane.CARE) + feed.feed_page(shop.db.reader(), Lane.TODAY)
    return [row.text for row in rows]


async def asked(shop: Shop, count: int) -> None:
    for number in range(1, count + 1):
        shop.world.write(f"m{number}", f"question {number}?")
        shop.clock.forward(minutes=5)
    await shop.pull()


async def test_the_order_does_not_depend_on_this_computers_clock(shop: Shop) -> None:
    await asked(shop, 3)
    before = {row.id: row.due_at for lane in Lane for row in feed.feed_page(shop.db.reader(), lane)}
    shop.clock.at = LONG_AGO
    shop.world.mentions.append(
        Mention("a1", "m4", shop.world.mentions[0].author, "question 4?", START + timedelta(hours=1))
    )
    await shop.pull()
    assert queue(shop) == ["question 1?", "question 2?", "question 3?", "question 4?"]
    after = {row.id: row.due_at for lane in Lane for row in feed.feed_page(shop.db.reader(), lane)}
    assert before.items() <= after.items(), "a promise is counted from the customer's message"


async def test_a_reply_that_leaves_with_the_clock_set_back_is_sent_once_and_stops_the_timer(shop: Shop) -> None:
    await asked(shop, 1)
    held = await shop.outbox.answer("1", "Coming.")
    shop.clock.at = LONG_AGO
    await shop.outbox.push()
    assert shop.world.sends == 0, "the undo window is not over by this clock"
    await shop.outbox.send_now(held.id)
    await shop.outbox.push()
    await shop.outbox.push()
    assert (shop.states(), shop.world.sends) == (["sent"], 1)
    shop.clock.at = START + timedelta(hours=1)
    await shop.pull()
    await shop.outbox.push()
    assert (shop.states(), shop.world.sends) == (["sent"], 1)


async def test_a_held_reply_leaves_once_the_clock_is_right_again(shop: Shop) -> None:
    await asked(shop, 1)
    shop.clock.at = datetime(2090, 1, 1, tzinfo=UTC)
    reply = await shop.outbox.answer("1", "Coming.")
    shop.clock.at = START + timedelta(hours=1)
    await shop.outbox.push()
    (row,) = shop.outbox.rows()
    assert (row.reply.id, row.reply.state) == (reply.id, "held"), "it is shown, with the time at which it would leave"
    await shop.outbox.send_now(reply.id)
    await shop.outbox.push()
    assert shop.states() == ["sent"]


async def test_snoozing_and_closing_work_by_a_wrong_clock(shop: Shop) -> None:
    await asked(shop, 3)
    shop.clock.at = LONG_AGO
    box = inbox(shop)
    await box.snooze("1", LONG_AGO + timedelta(hours=1))
    await box.close("2", "no answer needed")
    assert [row.id for row in box.feed_page(Lane.SNOOZED)] == ["1"]
    shop.clock.at = START + timedelta(hours=1)
    await box.reopen("1")
    await box.undo()
    assert box.feed_rows(["2"])["2"].state == ConversationState.CLOSED
    await box.undo()
    await box.undo()
    assert queue(shop) == ["question 1?", "question 2?", "question 3?"]
    summary = box.summary()
    assert min(summary.soon, summary.today) >= 0
