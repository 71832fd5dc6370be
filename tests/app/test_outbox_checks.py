"""What may be in the way of a reply."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.connectors.base import Idempotency
from app.domain import Lane, OwnPost, Profile, Reply
from app.errors import ForbiddenError, InputError, RateLimitError
from app.outbox_checks import span
from app.runtime import judge
from app.store import accounts as rows
from app.store import feed
from app.store.threads import save_thread
from tests.app.outbox_hands import ask, now
from tests.app.platform import START, Shop, lose_answer
from tests.values import replace

# What changed meanwhile


async def test_the_difference_is_told_in_words(shop: Shop) -> None:
    (id_,) = await ask(shop)
    reply = await shop.outbox.answer(id_, "Coming.", hold=False)
    shop.clock.forward(minutes=1)
    shop.world.edit("m1", "never mind")
    await shop.pull()  # read before the outbox looks: it must be seen all the same
    shop.world.write("m2", "got it", reply_to="m1")
    shop.world.write("m3", "thanks", reply_to="m1")
    shop.world.own.append(OwnPost("a1", "phone", "from my phone", shop.clock(), "m1"))
    await shop.outbox.push()
    held = now(shop, reply)
    assert (held.state, held.block) == ("blocked", "stale")
    assert "wrote again before this left: “got it” and “thanks”." in held.why
    assert "was edited before this left, from “hello?” to “never mind”." in held.why
    assert "answered from elsewhere meanwhile: “from my phone”." in held.why


async def test_a_message_that_was_deleted_before_the_outbox_looks_is_told(shop: Shop) -> None:
    (id_,) = await ask(shop)
    reply = await shop.outbox.answer(id_, "Coming.", hold=False)
    shop.world.delete("m1")
    await shop.outbox.push()
    assert (now(shop, reply).block, "deleted by its author" in now(shop, reply).why) == ("stale", True)


# The platform's window


async def test_a_closed_window_leaves_it_to_a_person(shop: Shop) -> None:
    shop.world.write("m1", window_closes_at=START + timedelta(hours=24))
    await shop.pull()
    with pytest.raises(InputError, match="at that time any more"):
        await shop.outbox.answer("1", "Later.", not_before=START + timedelta(hours=25))
    reply = await shop.outbox.answer("1", "Sorry for the wait.", hold=False)
    shop.clock.forward(hours=27)
    await shop.outbox.push()
    held = now(shop, reply)
    assert (held.state, held.block, shop.world.sends) == ("blocked", "window", 0)
    assert "ended 3 hours ago" in held.why
    await shop.outbox.release(reply.id)
    await shop.outbox.push()
    assert now(shop, reply).state == "sent"


async def test_a_later_message_opens_the_window_anew(shop: Shop) -> None:
    shop.world.write("m1", window_closes_at=START + timedelta(hours=24))
    shop.clock.forward(hours=20)
    shop.world.write("m2", reply_to="m1", window_closes_at=START + timedelta(hours=44))
    await shop.pull()
    reply = await shop.outbox.answer("1", "Here we are.", hold=False)
    shop.clock.forward(hours=10)
    await shop.outbox.push()
    assert now(shop, reply).state == "sent"


# Budgets


async def test_a_used_budget_holds_until_the_next_day_or_until_a_person_decides(shop: Shop) -> None:
    shop.set_profile(Profile(sends_a_day=2))
    made = [await shop.outbox.answer(id_, f"Reply {id_}", hold=False) for id_ in await ask(shop, 4)]
    await shop.outbox.push()
    states = sorted((now(shop, reply).state, now(shop, reply).block) for reply in made)
    assert states == [("blocked", "budget"), ("blocked", "budget"), ("sent", ""), ("sent", "")]
    blocked = [reply for reply in made if now(shop, reply).state == "blocked"]
    assert "sends 2 replies a day, and they are used up for today." in now(shop, blocked[0]).why
    assert now(shop, blocked[0]).not_before == datetime(2026, 11, 25, tzinfo=START.tzinfo)
    await shop.outbox.release(blocked[0].id)
    await shop.outbox.push()
    assert [now(shop, reply).state for reply in blocked] == ["sent", "blocked"]
    shop.clock.at = datetime(2026, 11, 25, 0, 0, 1, tzinfo=START.tzinfo)
    await shop.outbox.push()
    assert [now(shop, reply).state for reply in blocked] == ["sent", "sent"]


async def test_a_budget_is_of_the_clients_day_and_of_all_its_accounts(shop: Shop) -> None:
    shop.set_profile(Profile(sends_a_day=1))
    shop.db.submit(lambda db: db.execute("UPDATE client SET zone = 'America/New_York'") and None).result()
    first, second = await ask(shop, 2)
    await shop.outbox.answer(first, "One", hold=False)
    await shop.outbox.push()
    held = await shop.outbox.answer(second, "Two", hold=False)
    shop.clock.at = datetime(2026, 11, 25, 4, 30, tzinfo=START.tzinfo)  # 23:30 there
    await shop.outbox.push()
    assert now(shop, held).state == "blocked"
    shop.clock.at = datetime(2026, 11, 25, 5, 1, tzinfo=START.tzinfo)
    await shop.outbox.push()
    assert now(shop, held).state == "sent"


# Pauses, order and time


async def test_a_limit_holds_the_whole_account_without_another_try(shop: Shop) -> None:
    made = [await shop.outbox.answer(id_, f"Reply {id_}", hold=False) for id_ in await ask(shop, 3)]
    until = shop.clock() + timedelta(minutes=7)

    async def limited(reply: Reply) -> None:
        raise RateLimitError("Too many. Carelane goes on in 7 minutes.", until=until)

    shop.world.before_send = limited
    for _ in range(3):
        await shop.outbox.push()
    assert shop.world.sends == 1
    assert {now(shop, reply).why for reply in made} == {"Too many. Carelane goes on in 7 minutes."}
    shop.outbox.network_back()
    shop.reopen()
    shop.world.before_send = None
    await shop.outbox.push()
    assert shop.world.sends == 1, "neither the network nor a restart ends a pause"
    shop.clock.forward(minutes=8)
    await shop.outbox.push()
    assert {now(shop, reply).state for reply in made} == {"sent"}


async def test_a_pause_does_not_touch_a_time_that_was_chosen(shop: Shop) -> None:
    async def forbid(reply: Reply) -> None:
        raise ForbiddenError("You may not post.")

    first, second, third = await ask(shop, 3)
    later = shop.clock() + timedelta(minutes=20)
    await shop.outbox.answer(first, "Now", hold=False)
    chosen = await shop.outbox.answer(second, "Later", not_before=later)
    undo = await shop.outbox.answer(third, "Undo me")
    shop.world.before_send = forbid
    await shop.outbox.push()
    shop.world.before_send = None
    shop.outbox.network_back()
    await shop.outbox.push()
    assert (now(shop, chosen).not_before, now(shop, undo).not_before) == (later, undo.not_before)
    shop.clock.forward(minutes=16)
    await shop.outbox.push()
    assert [now(shop, one).state for one in (chosen, undo)] == ["held", "sent"]
    shop.clock.forward(minutes=5)
    await shop.outbox.push()
    assert now(shop, chosen).state == "sent"


async def test_what_waits_for_an_earlier_reply_says_so(shop: Shop) -> None:
    (id_,) = await ask(shop)
    await shop.outbox.answer(id_, "Tomorrow", not_before=shop.clock() + timedelta(days=1))
    second = await shop.outbox.answer(id_, "Today", hold=False)
    await shop.outbox.push()
    assert now(shop, second).why == "It waits for the earlier reply to this conversation, which has not left yet."


async def test_a_burst_leaves_in_care_by_order_within_the_limits_each_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path, accounts=10)
    try:
        most, span_ = 7, timedelta(minutes=5)
        shop.world.limit = (most, span_)
        for account in [*range(1, 11)] * 20:
            shop.clock.forward(seconds=7)
            await ask(shop, 1, account)
        order: dict[str, list[tuple[int, int]]] = {}
        for n, account_id, due in shop.db.reader().execute("SELECT n, account_id, care_by FROM conversation"):
            order.setdefault(account_id, []).append((due, n))
        ids = [n for rows_ in order.values() for _, n in rows_]
        random.Random(7).shuffle(ids)  # written in another order
        made = {n: (await shop.outbox.answer(str(n), f"Reply {n}", hold=False)).id for n in ids}
        assert len(made) == 200
        for _ in range(40):
            await shop.outbox.push()
            shop.clock.forward(minutes=1)
        assert set(shop.states()) == {"sent"}
        assert len(shop.world.own) == len({post.extra for post in shop.world.own}) == 200
        for account_id, found in order.items():
            left = [post for post in shop.world.own if post.account_id == account_id]
            assert [post.extra for post in left] == [made[n] for _, n in sorted(found)], "in care-by order"
            for post in left:
                near = [o for o in left if post.posted_at <= o.posted_at < post.posted_at + span_]
                assert len(near) <= most
        assert shop.world.refused <= 10 * 3, "the platform had to say so once a pause"
    finally:
        shop.db.close()


async def test_a_reply_moves_with_its_conversation_into_another(shop: Shop) -> None:
    shop.world.write("m1")
    shop.world.write("m3", reply_to="m2")
    await shop.pull()
    reply = await shop.outbox.answer("2", "Coming.")
    shop.world.write("m2", reply_to="m1")  # the piece in between
    await shop.db.write(lambda db: save_thread(db, 1, tuple(shop.world.mentions), (), (), judge, shop.clock()))
    rows_ = shop.db.reader().execute("SELECT n, sending FROM conversation").fetchall()
    assert (rows_, now(shop, reply).conversation_id) == ([(1, "held")], "1")


# Settling


async def test_where_the_platform_cannot_be_asked_a_person_says_that_it_is_there(shop: Shop) -> None:
    shop.world.idempotency = Idempotency.ASK
    (id_,) = await ask(shop)
    reply = await shop.outbox.answer(id_, "Coming.", hold=False)
    shop.world.after_send = lose_answer
    await shop.outbox.push()
    await shop.outbox.confirm(reply.id, there=True)
    assert now(shop, reply).state == "sent"
    assert [row.id for row in feed.feed_page(shop.db.reader(), Lane.WAITING)] == [id_]


async def test_two_replies_with_the_same_words_are_never_taken_for_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id_,) = await ask(shop)
    first = await shop.outbox.answer(id_, "Thanks.", hold=False)
    await shop.outbox.push()
    second = await shop.outbox.answer(id_, "Thanks.", hold=False)
    shop.world.before_send = lose_answer
    await shop.outbox.push()
    connector = shop.pool.of("a1")
    find = connector.find

    async def by_words(reply: Reply):  # type: ignore[no-untyped-def]
        return await find(replace(reply, id=first.id))

    monkeypatch.setattr(connector, "find", by_words)
    await shop.outbox.push()
    await shop.outbox.push()
    assert (now(shop, first).state, now(shop, second).state) == ("sent", "unconfirmed")
    assert "the same words" in now(shop, second).why
    shop.world.before_send = None
    await shop.outbox.confirm(second.id, there=False)
    await shop.outbox.push()
    assert now(shop, second).state == "sent"


# Warnings


async def test_before_a_burst_it_is_told_what_is_in_its_way(shop: Shop) -> None:
    def set_account(**columns: str) -> None:
        shop.db.submit(lambda db: rows.update_account(db, "a1", **columns)).result()

    ids = await ask(shop, 6)
    for id_ in ids[:4]:
        await shop.outbox.answer(id_, "Hm.", not_before=shop.clock() + timedelta(hours=1))
    set_account(data='{"token_expires_at": "2026-11-27T09:00:00+00:00"}')
    shop.set_profile(Profile(sends_a_day=5))
    assert shop.outbox.warnings() == [], "four are no burst"
    for id_ in ids[4:]:
        await shop.outbox.answer(id_, "Hm.", not_before=shop.clock() + timedelta(hours=1))
    ends, budget = shop.outbox.warnings()
    assert "@maplerye ends in 3 days, and 6 replies wait for it" in ends.text
    assert budget.text == "Maple & Rye has 5 of 5 replies left today, and 6 wait for @maplerye."
    set_account(data='{"token_expires_at": "2026-11-20T09:00:00"}', state="paused")
    shop.set_profile(Profile())
    ended, paused = shop.outbox.warnings()
    assert ("has ended" in ended.text, "is paused" in paused.text) == (True, True)
    for bad in ("nonsense", '{"token_expires_at": 7}', '{"token_expires_at": "soon"}', "[]"):
        set_account(data=bad, state="ok")
        assert shop.outbox.warnings() == []


@pytest.mark.parametrize(
    ("length", "says"),
    [
        (timedelta(seconds=3), "1 minute"), (timedelta(minutes=59), "59 minutes"), (timedelta(minutes=61), "1 hour"),
        (timedelta(hours=47), "1 day"), (timedelta(days=3), "3 days"),
    ],
)  # fmt: skip
def test_spans_in_words(length: timedelta, says: str) -> None:
    assert span(length) == says
