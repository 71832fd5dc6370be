"""Replies of several parts, with pictures, a private continuation, and what they were made from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain import Block, Deeds, Reply, ReplyState, Visibility, Writing
from app.errors import InputError, NetworkError, RefusedError
from app.store import drafts, replies
from tests.app.outbox_hands import PICTURE, now
from tests.app.platform import Shop, lose_answer
from tests.values import replace

LONG = " ".join(f"This is sentence number {n} of a reply that is far too long." for n in range(20))


async def thread(shop: Shop, **more: object) -> list[Reply]:
    await shop.pull()
    more = {"hold": False, "split": True, **more}
    first = await shop.outbox.answer("1", LONG, **more)  # type: ignore[arg-type]
    return replies.siblings(shop.db.reader(), first)


def draft(shop: Shop) -> Writing | None:
    found = drafts.read(shop.db.reader(), 1)
    return None if found is None else found[0]


async def test_a_long_text_leaves_as_a_thread_whose_parts_answer_each_other(ready: Shop) -> None:
    parts = await thread(ready)
    assert [(part.part, part.parts) for part in parts] == [(n, len(parts)) for n in range(1, len(parts) + 1)]
    assert len({part.step for part in parts}) == 1
    await ready.outbox.push()
    assert [post.reply_to for post in ready.world.own] == ["m1", *[post.remote_id for post in ready.world.own[:-1]]]
    assert now(ready, parts[0]).to_extra == "extra of m1"
    assert now(ready, parts[1]).to_extra == f"extra of {ready.world.own[0].remote_id}"
    assert [post.text for post in ready.world.own] == [part.text for part in parts]
    assert all(len(post.text) <= 500 for post in ready.world.own)


async def test_the_screen_lists_the_parts_of_a_thread_in_their_order(ready: Shop) -> None:
    parts = await thread(ready)
    ready.world.write("m2", thread="t2")
    await ready.pull()
    later = await ready.outbox.answer("2", "Six.")
    wanted = [later.id, *[part.id for part in parts]]
    assert [row.reply.id for row in ready.outbox.rows()] == wanted

    async def away(reply: Reply) -> None:
        if reply.part == 2:
            raise NetworkError("No network.")

    ready.world.before_send = away
    await ready.outbox.push()
    assert now(ready, parts[0]).state == "sent"
    assert [row.reply.id for row in ready.outbox.rows()] == wanted, "what left of it stays above what waits"
    ready.world.before_send = None
    ready.clock.forward(minutes=5)
    await ready.outbox.push()
    assert [row.reply.id for row in ready.outbox.rows()] == wanted


async def test_what_fits_is_one_reply_and_a_platform_without_threads_takes_no_more(ready: Shop) -> None:
    await ready.pull()
    reply = await ready.outbox.answer("1", "Short.", split=True)
    assert (reply.step, reply.parts) == ("", 1)
    ready.world.able["threads"] = False
    with pytest.raises(InputError, match="too long"):
        await ready.outbox.answer("1", LONG, split=True)


async def test_the_parts_behind_a_refused_one_wait_and_say_why(ready: Shop) -> None:
    async def refuse(reply: Reply) -> None:
        if reply.part == 2:
            raise RefusedError("Too rude.")

    ready.world.before_send = refuse
    parts = await thread(ready)
    for _ in range(3):
        await ready.outbox.push()
    assert [now(ready, part).state for part in parts] == ["sent", "refused", "held"]
    assert now(ready, parts[2]).why == "It waits for the part before it, which was refused."
    ready.world.before_send = None
    await ready.outbox.send_now(parts[1].id)
    await ready.outbox.push()
    assert [now(ready, part).state for part in parts] == ["sent", "sent", "sent"]


async def test_another_reply_does_not_wait_behind_a_refused_thread(ready: Shop) -> None:
    async def refuse(reply: Reply) -> None:
        if reply.parts > 1:
            raise RefusedError("Too rude.")

    ready.world.before_send = refuse
    parts = await thread(ready)
    other = await ready.outbox.answer("1", "Then so.", hold=False)
    await ready.outbox.push()
    await ready.outbox.push()
    assert [now(ready, part).state for part in parts] == ["refused", "held", "held"]
    assert now(ready, other).state == "sent"


async def test_a_part_whose_answer_was_lost_holds_the_next_until_it_is_found(ready: Shop) -> None:
    parts = await thread(ready)
    ready.world.after_send = lose_answer
    await ready.outbox.push()
    assert [now(ready, part).state for part in parts] == ["unconfirmed", "held", "held"]
    ready.world.after_send = None
    await ready.outbox.push()
    assert [now(ready, part).state for part in parts] == ["sent"] * 3
    assert len(ready.world.own) == 3


async def test_what_has_begun_is_finished_although_the_customer_writes_in_between(ready: Shop) -> None:
    parts = await thread(ready)

    async def write(reply: Reply) -> None:
        ready.world.after_send = None
        ready.clock.forward(seconds=1)
        ready.world.write("m2", "oh, already", reply_to="m1")

    ready.world.after_send = write
    await ready.outbox.push()
    assert [now(ready, part).state for part in parts] == ["sent"] * 3


async def test_taking_back_before_anything_left_gives_back_what_was_written(ready: Shop) -> None:
    whole = Writing(LONG, cursor=7, pictures=(PICTURE,), spoiler="bread", template="t1", deeds=Deeds(tags=("oven",)))
    parts = await thread(ready, hold=True, writing=whole)
    assert draft(ready) is None
    assert await ready.outbox.cancel(parts[1].id) == whole
    assert draft(ready) == whole
    assert {now(ready, part).state for part in parts} == {ReplyState.CANCELLED}
    ready.clock.forward(hours=1)
    await ready.outbox.push()
    assert ready.world.own == []


async def test_taking_back_half_way_gives_back_the_rest(ready: Shop) -> None:
    parts = await thread(ready)

    async def away(reply: Reply) -> None:
        if reply.part == 2:
            raise NetworkError("No network.")

    ready.world.before_send = away
    await ready.outbox.push()
    rest = await ready.outbox.cancel(parts[0].id)
    said = ready.world.own[0].text.removesuffix(" (1/3)")
    assert f"{said} {rest.text}" == LONG
    assert [now(ready, part).state for part in parts] == ["sent", "cancelled", "cancelled"]
    with pytest.raises(InputError, match="already left"):
        await ready.outbox.cancel(parts[0].id)


async def test_a_draft_that_was_begun_meanwhile_goes_to_the_archive(ready: Shop) -> None:
    await ready.pull()
    reply = await ready.outbox.answer("1", "The first reply")
    begun = Writing("another thought", cursor=3)
    await ready.db.write(lambda db: drafts.save(db, 1, begun, ready.clock()))
    assert (await ready.outbox.cancel(reply.id)).text == "The first reply"
    (kept,) = drafts.abandoned(ready.db.reader(), 1)
    assert (kept.writing, kept.why) == (begun, "replaced")


async def test_a_private_answer_is_a_public_line_and_a_direct_message(ready: Shop) -> None:
    await ready.pull()
    whole = Writing("Here is your code.", private=True, public_line="We sent you a message.")
    first = await ready.outbox.answer("1", whole.text, writing=whole)
    assert first.not_before - first.created_at == timedelta(seconds=10), "as long as what everybody reads"
    line, message = replies.siblings(ready.db.reader(), first)
    assert [(line.text, line.visibility), (message.text, message.visibility)] == [
        (whole.public_line, Visibility.PUBLIC), (whole.text, Visibility.DIRECT)
    ]  # fmt: skip
    ready.clock.forward(seconds=11)
    await ready.outbox.push()
    assert [(post.visibility, post.reply_to) for post in ready.world.own] == [("public", "m1"), ("direct", "m1")]


async def test_a_direct_message_has_limits_of_its_own(ready: Shop) -> None:
    ready.world.able = {
        "max_graphemes": 60, "max_bytes": 200, "max_graphemes_direct": 300, "max_bytes_direct": 1000
    }  # fmt: skip
    await ready.pull()
    text = "We are so sorry about the cake. " * 8
    with pytest.raises(InputError, match="too long"):
        await ready.outbox.answer("1", text)
    line = "We sent you a message."
    first = await ready.outbox.answer("1", text, writing=Writing(text, private=True, public_line=line), split=True)
    assert [one.text for one in replies.siblings(ready.db.reader(), first)] == [line, text.strip()]
    await ready.outbox.cancel(first.id)
    with pytest.raises(InputError, match="too long"):  # what everybody reads has the room of a public post
        await ready.outbox.answer("1", text, writing=Writing(text, private=True, public_line="x" * 61))
    long = text * 2
    first = await ready.outbox.answer("1", long, writing=Writing(long, private=True), split=True)
    assert len(replies.siblings(ready.db.reader(), first)) == 2
    await ready.outbox.cancel(first.id)
    bytes_ = "\U0001f950" * 260
    with pytest.raises(InputError, match="too long"):
        await ready.outbox.answer("1", bytes_, writing=Writing(bytes_, private=True))


async def test_the_answer_to_a_direct_message_has_its_limits(ready: Shop) -> None:
    ready.world.able = {"max_graphemes": 60, "max_graphemes_direct": 300}
    ready.world.write("m2", visibility=Visibility.DIRECT, thread="t2")
    await ready.pull()
    (number,) = ready.db.reader().execute("SELECT conversation FROM mention WHERE remote_id = 'm2'").fetchone()
    text = "We are so sorry about the cake. " * 8
    reply = await ready.outbox.answer(str(number), text)
    assert (reply.parts, reply.visibility) == (1, "direct")


async def test_the_direct_message_can_be_taken_back_when_the_public_line_is_out(ready: Shop) -> None:
    await ready.pull()
    whole = Writing("Here is your code.", cursor=4, private=True, public_line="We sent you a message.")
    first = await ready.outbox.answer("1", whole.text, writing=whole, hold=False)

    async def away(reply: Reply) -> None:
        if reply.visibility is Visibility.DIRECT:
            raise NetworkError("No network.")

    ready.world.before_send = away
    await ready.outbox.push()
    assert await ready.outbox.cancel(first.id) == replace(whole, public_line="")


async def test_a_long_direct_message_behind_a_public_line_can_be_taken_back_half_way(ready: Shop) -> None:
    await ready.pull()
    whole = Writing(LONG, private=True, public_line="This is sentence number 3, and a message is there.")
    first = await ready.outbox.answer("1", LONG, writing=whole, hold=False, split=True)

    async def away(reply: Reply) -> None:
        if reply.part == 3:
            raise NetworkError("No network.")

    ready.world.before_send = away
    await ready.outbox.push()
    step = replies.siblings(ready.db.reader(), first)
    assert [part.state for part in step] == ["sent", "sent", "held", "held"]
    assert [post.reply_to for post in ready.world.own] == ["m1", "m1"]
    rest = await ready.outbox.cancel(first.id)
    said = ready.world.own[1].text.removesuffix(" (1/3)")
    assert (f"{said} {rest.text}", rest.public_line, rest.private) == (LONG, "", True)


async def test_without_a_public_line_only_the_direct_message_leaves_and_is_held_shorter(ready: Shop) -> None:
    await ready.pull()
    reply = await ready.outbox.answer("1", "Psst.", writing=Writing("Psst.", private=True))
    assert (reply.visibility, reply.step) == (Visibility.DIRECT, "")
    assert reply.not_before - reply.created_at == timedelta(seconds=3)
    ready.world.able["private_reply"] = False
    with pytest.raises(InputError, match="directly"):
        await ready.outbox.answer("1", "Psst.", writing=Writing("Psst.", private=True))


async def test_the_content_warning_follows_the_message_or_is_chosen(ready: Shop) -> None:
    await ready.pull()
    assert (await ready.outbox.answer("1", "One")).spoiler == "food"
    assert (await ready.outbox.answer("1", "Two", writing=Writing(spoiler=""))).spoiler == ""
    assert (await ready.outbox.answer("1", "Three", writing=Writing(spoiler="bread"))).spoiler == "bread"
    with pytest.raises(InputError, match="4 characters too long"):
        await ready.outbox.answer("1", "x" * 500)  # the warning counts
    ready.world.able["spoilers"] = False
    assert (await ready.outbox.answer("1", "Four")).spoiler == ""
    with pytest.raises(InputError, match="content warnings"):
        await ready.outbox.answer("1", "Five", writing=Writing(spoiler="bread"))


async def test_a_blank_holds_the_reply(ready: Shop) -> None:
    await ready.pull()
    with pytest.raises(InputError, match="blank"):
        await ready.outbox.answer("1", "Hello ___", writing=Writing(stops=((6, 9),)))


async def test_a_text_that_names_another_client_is_asked_about(ready: Shop) -> None:
    ready.outbox._holds = lambda conversation, text: "It names Shop 2." if "Shop 2" in text else ""
    await ready.pull()
    assert (await ready.outbox.answer("1", "From us.")).state == "held"
    assert (await ready.outbox.answer("1", "From Shop 2.", asked=True)).state == "held"
    whole = Writing("From Shop 2.", private=True, public_line="A message is there.")
    reply = await ready.outbox.answer("1", whole.text, writing=whole, hold=False)
    assert (reply.state, reply.block, reply.why) == ("blocked", Block.CLIENT, "It names Shop 2.")
    ready.clock.forward(seconds=11)
    await ready.outbox.push()
    await ready.outbox.push()
    assert [post.text for post in ready.world.own] == ["From us.", "From Shop 2."]
    message = replies.siblings(ready.db.reader(), reply)[1]
    assert message.why == "It waits for the part before it, which is held back."
    await ready.outbox.release(reply.id)
    assert now(ready, reply).block == ""
    await ready.outbox.push()
    assert len(ready.world.own) == 4
