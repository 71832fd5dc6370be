from __future__ import annotations

from datetime import timedelta

import pytest

from app.answering import never_more_public
from app.connectors.base import Idempotency
from app.domain import Lane, Reply, Visibility
from app.errors import ForbiddenError, InputError, NetworkError, RateLimitError, RefusedError, ServerError, SignInError
from app.store import feed, replies
from tests.app.platform import Shop, lose_answer


async def answered(shop: Shop, text: str = "On its way.", **more: object) -> Reply:
    shop.world.write("m1")
    await shop.pull()
    return await shop.outbox.answer("1", text, hold=False, **more)  # type: ignore[arg-type]


def reply_of(shop: Shop, reply: Reply) -> Reply:
    found = replies.get(shop.db.reader(), reply.id)
    assert found is not None
    return found


async def test_a_reply_is_sent_only_with_a_platform_id_and_stops_the_clock(shop: Shop) -> None:
    reply = await answered(shop)
    assert reply_of(shop, reply).state == "held"
    await shop.outbox.push()
    sent = reply_of(shop, reply)
    assert (sent.state, sent.remote_id, sent.sent_at) == ("sent", "own-1", shop.clock())
    assert feed.feed_page(shop.db.reader(), Lane.TODAY) == []
    (row,) = feed.feed_page(shop.db.reader(), Lane.WAITING)
    assert row.due_at is None
    await shop.outbox.push()
    assert shop.world.sends == 1


async def test_the_undo_window_holds_and_gives_the_text_back(shop: Shop) -> None:
    shop.world.write("m1")
    await shop.pull()
    reply = await shop.outbox.answer("1", "Too quick")
    await shop.outbox.push()
    assert shop.world.sends == 0
    assert (await shop.outbox.cancel(reply.id)).text == "Too quick"
    shop.clock.forward(minutes=1)
    await shop.outbox.push()
    assert shop.world.sends == 0
    assert shop.db.reader().execute("SELECT text FROM draft").fetchone() == ("Too quick",)


async def test_a_sent_reply_cannot_be_taken_back(shop: Shop) -> None:
    reply = await answered(shop)
    await shop.outbox.push()
    with pytest.raises(InputError, match="already left"):
        await shop.outbox.cancel(reply.id)


async def test_a_lost_answer_is_settled_by_looking_and_never_sent_twice(shop: Shop) -> None:
    reply = await answered(shop)
    shop.world.after_send = lose_answer
    await shop.outbox.push()
    assert reply_of(shop, reply).state == "unconfirmed"
    for _ in range(3):
        await shop.outbox.push()
    assert reply_of(shop, reply).state == "sent"
    assert len(shop.world.own) == 1


async def test_what_never_arrived_leaves_once_more(shop: Shop) -> None:
    reply = await answered(shop)
    shop.world.before_send = lose_answer
    await shop.outbox.push()
    shop.world.before_send = None
    for _ in range(4):
        await shop.outbox.push()
    assert reply_of(shop, reply).state == "sent"
    assert len(shop.world.own) == 1


async def test_a_platform_that_cannot_be_asked_leaves_it_to_the_person(shop: Shop) -> None:
    shop.world.idempotency = Idempotency.ASK
    reply = await answered(shop)
    shop.world.before_send = lose_answer
    await shop.outbox.push()
    shop.world.before_send = None
    for _ in range(5):
        await shop.outbox.push()
    assert reply_of(shop, reply).state == "unconfirmed"
    await shop.outbox.confirm(reply.id, there=False)
    await shop.outbox.push()
    assert reply_of(shop, reply).state == "sent"


async def test_a_crash_while_sending_is_settled_after_the_start(shop: Shop) -> None:
    reply = await answered(shop)
    await shop.db.write(lambda db: replies.claim(db, reply.id, reply.id))
    shop.reopen()
    await shop.outbox.recover()
    assert reply_of(shop, reply).state == "unconfirmed"
    for _ in range(4):
        await shop.outbox.push()
    assert reply_of(shop, reply).state == "sent"
    assert len(shop.world.own) == 1


async def test_an_own_post_that_is_read_before_its_answer_is_not_counted_twice(shop: Shop) -> None:
    reply = await answered(shop)
    shop.world.after_send = lose_answer
    await shop.outbox.push()
    await shop.pull()  # reads our post as one from elsewhere
    await shop.outbox.push()
    rows = shop.db.reader().execute("SELECT id, state FROM reply").fetchall()
    assert rows == [(reply.id, "sent")]


async def test_a_customer_who_wrote_again_holds_the_reply_back(shop: Shop) -> None:
    reply = await answered(shop)
    shop.clock.forward(minutes=1)
    shop.world.write("m2", "got it now, thanks", reply_to="m1")
    await shop.outbox.push()
    held = reply_of(shop, reply)
    assert held.state == "blocked"
    assert "got it now" in held.why
    await shop.outbox.release(reply.id)
    await shop.outbox.push()
    assert reply_of(shop, reply).state == "sent"


async def test_an_edited_or_deleted_message_holds_the_reply_back(shop: Shop) -> None:
    reply = await answered(shop)
    shop.world.edit("m1", "never mind")
    await shop.outbox.push()
    assert "never mind" in reply_of(shop, reply).why
    await shop.outbox.release(reply.id)
    shop.world.delete("m1")
    await shop.outbox.push()
    assert reply_of(shop, reply).state == "sent", "the person decided to send it all the same"


async def test_an_answer_from_elsewhere_holds_the_reply_back(shop: Shop) -> None:
    from app.domain import OwnPost

    reply = await answered(shop)
    shop.clock.forward(seconds=30)
    shop.world.own.append(OwnPost("a1", "phone", "I answered from my phone", shop.clock(), "m1"))
    await shop.outbox.push()
    assert reply_of(shop, reply).state == "blocked"
    assert "from elsewhere" in reply_of(shop, reply).why


@pytest.mark.parametrize(
    "trouble", [NetworkError("No network."), SignInError("Sign in again."), ServerError("It is down.")]
)
async def test_before_anything_left_trouble_only_delays(shop: Shop, trouble: Exception) -> None:
    reply = await answered(shop)
    shop.world.trouble = trouble
    await shop.outbox.push()
    assert reply_of(shop, reply).state == "held"
    assert reply_of(shop, reply).why == str(trouble)
    shop.world.trouble = None
    shop.clock.forward(minutes=2)
    await shop.outbox.push()
    assert reply_of(shop, reply).state == "sent"


async def test_a_limit_waits_until_its_end(shop: Shop) -> None:
    reply = await answered(shop)
    until = shop.clock() + timedelta(minutes=7)

    async def limited(reply: Reply) -> None:
        raise RateLimitError("Too many.", until=until)

    shop.world.before_send = limited
    await shop.outbox.push()
    assert reply_of(shop, reply).not_before == until
    shop.world.before_send = None
    shop.clock.forward(minutes=6)
    await shop.outbox.push()
    assert reply_of(shop, reply).state == "held"
    shop.clock.forward(minutes=2)
    await shop.outbox.push()
    assert reply_of(shop, reply).state == "sent"


async def test_a_refusal_stays_and_says_why(shop: Shop) -> None:
    async def refuse(reply: Reply) -> None:
        raise RefusedError("Too long for this server.")

    reply = await answered(shop)
    shop.world.before_send = refuse
    await shop.outbox.push()
    assert (reply_of(shop, reply).state, reply_of(shop, reply).why) == ("refused", "Too long for this server.")
    shop.clock.forward(hours=5)
    await shop.outbox.push()
    assert shop.world.sends == 1


async def test_order_is_kept_within_a_conversation(shop: Shop) -> None:
    first = await answered(shop, "one")
    second = await shop.outbox.answer(first.conversation_id, "two", hold=False)
    shop.world.after_send = lose_answer
    await shop.outbox.push()
    assert [reply_of(shop, first).state, reply_of(shop, second).state] == ["unconfirmed", "held"]
    shop.world.after_send = None
    for _ in range(4):
        await shop.outbox.push()
        if reply_of(shop, second).state == "blocked":
            await shop.outbox.release(second.id)
    assert [post.text for post in shop.world.own] == ["one", "two"]


async def test_a_text_that_cannot_be_sent_changes_nothing(shop: Shop) -> None:
    shop.world.write("m1")
    await shop.pull()
    for text in ("  \n", "x" * 501):
        with pytest.raises(InputError):
            await shop.outbox.answer("1", text)
    assert shop.states() == []


@pytest.mark.parametrize("wanted", list(Visibility))
@pytest.mark.parametrize("parent", list(Visibility))
def test_a_reply_is_never_more_public_than_its_parent(wanted: Visibility, parent: Visibility) -> None:
    order = list(Visibility)
    assert order.index(never_more_public(wanted, parent)) >= max(order.index(wanted), order.index(parent))


async def test_a_policy_error_pauses_the_whole_account_and_says_so(shop: Shop) -> None:
    async def forbid(reply: Reply) -> None:
        raise ForbiddenError("This account may not post.")

    first = await answered(shop)
    shop.world.write("m9", "and another question?")
    await shop.pull()
    other = await shop.outbox.answer("2", "Yes.", hold=False)
    shop.world.before_send = forbid
    for _ in range(3):
        await shop.outbox.push()
    assert shop.world.sends == 1, "nothing else was tried"
    refused, held = sorted((reply_of(shop, first), reply_of(shop, other)), key=lambda reply: reply.state == "held")
    assert (refused.state, held.state) == ("refused", "held")
    assert "paused for 15 minutes: This account may not post." in held.why
    shop.world.before_send = None
    shop.clock.forward(minutes=16)
    await shop.outbox.push()
    assert reply_of(shop, held).state == "sent"
