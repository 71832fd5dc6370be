"""After the reply: promises that come back, and offers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Amends, ConversationState, Lane
from app.errors import GoneError, InputError
from app.events import Changes
from app.followups import amount_of
from app.runtime import judge
from app.store import clients, priorities, ranking
from app.store.conversations import restand
from app.store.threads import save_thread
from app.timers import Target
from app.transfer import export
from tests.app.counter import Counter, utc
from tests.app.platform import START

# Promises


async def test_a_promise_comes_back_on_its_day_although_the_customer_is_silent(counter: Counter) -> None:
    await counter.desk.write("m1", "The cake was stale.")
    await counter.reply("So sorry. We will refund you by Thursday.")
    (made,) = counter.use.promises()
    assert (made.kind, made.due_at, made.state) == ("refund", utc("2026-11-26 18:00"), "open")
    assert made.text == "We will refund you by Thursday"
    assert counter.desk.row().state == ConversationState.WAITING
    counter.at_time("2026-11-26 08:59")
    assert counter.desk.row().lane == Lane.WAITING
    counter.at_time("2026-11-26 09:00")
    row = counter.desk.row()
    assert (row.state, row.lane, row.due_at, row.tags[0]) == (
        ConversationState.OPEN, Lane.CARE, utc("2026-11-26 18:00"), "promise"
    )  # fmt: skip
    detail = counter.desk.inbox.conversation("1")
    assert detail is not None
    assert detail.target_name == "promise"
    assert [one.id for one in detail.promises] == [made.id]

    counter.do(lambda db: ranking.reweigh(db, [1], priorities.minutes(db, "c1"), counter.clock()))
    assert counter.desk.row().lane == Lane.CARE, "ranking again leaves it there"

    await counter.use.end(made.id, "kept")
    assert counter.desk.row().state == ConversationState.WAITING
    assert counter.use.promises() == []
    assert counter.use.counts("c1", START) == (1, 0, 0)
    assert counter.shop.changes[-1] == Changes(frozenset(["1"]), counts=True)
    await counter.use.end(made.id, "open")
    assert counter.desk.row().lane == Lane.CARE
    assert counter.use.counts(None, START) == (0, 0, 1)
    assert [what for what in counter.activity() if what.startswith("promise")] == [
        "promised", "promise_ended", "promise_ended"
    ]  # fmt: skip


async def test_closed_and_put_away_it_comes_back_all_the_same(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("I'll call you on Thursday.")
    await counter.desk.inbox.close("1", "done")
    counter.at_time("2026-11-26 09:00")
    assert counter.desk.row().lane == Lane.CARE
    (made,) = counter.use.promises()
    await counter.use.move(made.id, utc("2026-11-30 12:00"))
    assert counter.desk.row().state == ConversationState.CLOSED
    await counter.desk.write("m2", "Thanks for the call. When do you open?", reply_to="m1")
    plan = counter.desk.inbox.snooze_plan("1", "in 2 weeks")
    await counter.desk.inbox.snooze("1", plan.until)
    counter.at_time("2026-11-30 09:00")
    assert counter.desk.row().lane == Lane.CARE
    with pytest.raises(InputError, match="move the promise"):
        await counter.desk.inbox.snooze("1", counter.clock() + timedelta(hours=2))
    with pytest.raises(InputError, match="whether it was kept"):
        await counter.desk.inbox.close("1", "done")
    await counter.desk.write("m3", "Hello?", thread="t3")
    await counter.desk.inbox.close(["1", "2"], "done")
    assert (counter.desk.row("1").lane, counter.desk.row("2").state) == (Lane.CARE, ConversationState.CLOSED)
    await counter.desk.inbox.undo()
    assert counter.desk.row("2").state == ConversationState.OPEN


async def test_the_plan_of_putting_away_tells_of_the_promise(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("I'll call you on Thursday.")
    counter.clock.forward(minutes=5)
    await counter.desk.write("m2", "Great, which number?", reply_to="m1")
    assert counter.desk.inbox.snooze_plan("1", "in 2 weeks").back < utc("2026-11-26 09:00"), "their question is due"
    counter.do(lambda db: clients.set_targets(db, "c1", {"question": Target(40 * 60)}))
    counter.do(lambda db: restand(db, [1], counter.clock()))
    plan = counter.desk.inbox.snooze_plan("1", "in 2 weeks")
    assert (plan.back, plan.due) == (utc("2026-11-26 09:00"), utc("2026-11-26 18:00"))


async def test_the_persons_own_choice_wins(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("We will refund you.", promise="-")
    assert counter.use.promises() == []
    at = utc("2026-12-03 10:00")
    await counter.reply("Leave it to me.", promise="voucher", promise_at=at)
    assert [(one.kind, one.due_at) for one in counter.use.promises()] == [("voucher", at)]
    await counter.reply("We will send a voucher, and I'll call you tomorrow.", promise="call")
    assert [(one.kind, one.due_at) for one in counter.use.promises()] == [
        ("call", utc("2026-11-25 18:00")), ("voucher", at)
    ]  # fmt: skip


async def test_what_is_promised_again_is_one_promise(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("We will refund you.")
    await counter.reply("As I said, we will refund you.")
    assert len(counter.use.promises()) == 1
    await counter.reply("We will refund you by Thursday.")
    assert [one.due_at for one in counter.use.promises()] == [utc("2026-11-26 18:00")]
    assert counter.use.counts("c1", START) == (0, 0, 1), "moved in time, it is neither kept nor broken"
    counter.at_time("2026-11-27 10:00")
    await counter.reply("We will refund you on Monday.")
    assert counter.use.counts("c1", START) == (0, 1, 1), "it was late already"


async def test_an_answer_keeps_the_promise_to_answer(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("I'll get back to you tomorrow.")
    assert [one.kind for one in counter.use.promises()] == ["answer"]
    counter.at_time("2026-11-25 12:00")
    assert counter.desk.row().lane == Lane.CARE
    await counter.reply("Here it is: we open at nine.")
    assert counter.use.promises() == []
    assert counter.use.counts("c1", START) == (1, 0, 0)
    assert counter.desk.row().state == ConversationState.WAITING


async def test_kept_too_late_counts_as_broken(counter: Counter) -> None:
    await counter.desk.write("m1")
    made = await counter.use.promise("1", "call", counter.clock() + timedelta(hours=1))
    await counter.later(hours=2)
    await counter.use.end(made.id, "kept")
    assert counter.use.counts("c1", START) == (0, 1, 0)
    other = await counter.use.promise("1", "call", counter.clock() + timedelta(hours=1))
    await counter.use.end(other.id, "dropped")
    assert counter.use.counts("c1", START) == (0, 1, 0)


async def test_a_promise_by_hand(counter: Counter) -> None:
    await counter.desk.write("m1")
    assert counter.use.usual_due("1", "call") == utc("2026-11-25 18:00")
    assert counter.use.due_of("1", "I'll call you on Friday at 11 am.") == utc("2026-11-27 11:00")
    assert counter.use.due_of("1", "Hello.") is None
    assert (counter.use.noticed("We'll call you."), counter.use.noticed("Hello.")) == ("call", "")
    made = await counter.use.promise("1", "other", utc("2026-11-27 11:00"), "bring  the\ncake")
    assert (made.text, made.client_id, made.reply_id) == ("bring the cake", "c1", "")
    for wrong in (
        counter.use.promise("1", "moon", utc("2026-11-27 11:00")),
        counter.use.promise("1", "call", START),
        counter.use.promise("1", "call", START + timedelta(days=400)),
        counter.use.move(made.id, START),
        counter.use.end(made.id, "lost"),
    ):
        with pytest.raises(InputError):
            await wrong
    for gone in (
        counter.use.promise("77", "call", utc("2026-11-27 11:00")),
        counter.use.promise("x", "call", utc("2026-11-27 11:00")),
        counter.use.move("77", utc("2026-11-27 11:00")),
        counter.use.end("77", "kept"),
    ):
        with pytest.raises(GoneError):
            await gone
    await counter.use.end(made.id, "kept")
    with pytest.raises(InputError, match="Open it again"):
        await counter.use.move(made.id, utc("2026-11-28 11:00"))


async def test_a_promise_survives_when_two_conversations_become_one(counter: Counter) -> None:
    await counter.desk.write("m1", thread="t1")
    await counter.desk.write("m2", thread="t2")
    made = await counter.use.promise("2", "call", counter.clock() + timedelta(hours=5))
    both = tuple(counter.shop.world.mentions)
    await counter.shop.db.write(lambda db: save_thread(db, 1, both, (), (), judge, counter.clock()))
    assert [(one.id, one.conversation_id) for one in counter.use.promises()] == [(made.id, "1")]
    await counter.later(hours=4)
    assert counter.desk.row("1").tags[0] == "promise"


async def test_every_step_of_a_promise_can_be_undone(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("We open at nine.")
    undo = counter.desk.inbox.undo
    first = await counter.use.promise("1", "call", utc("2026-11-26 12:00"))
    second = await counter.use.promise("1", "call", utc("2026-11-27 12:00"))
    assert counter.use.promises() == [second], "the new day holds"
    assert (await undo()).conversations == {"1"}
    assert counter.use.promises(open_only=False) == [first], "as if the second had never been made"
    await counter.use.move(first.id, utc("2026-11-30 12:00"))
    await undo()
    assert counter.use.promises() == [first]
    counter.at_time("2026-11-26 10:00")
    for state in ("kept", "broken", "dropped"):
        await counter.use.end(first.id, state)
        assert counter.desk.row().lane != Lane.CARE
        await undo()
        assert counter.use.promises(open_only=False) == [first]
        assert counter.desk.row().lane == Lane.CARE, "it is back in sight"
    await counter.use.end(first.id, "open")  # as it is
    assert counter.activity()[-1] == "undone"
    await undo()
    assert counter.use.promises(open_only=False) == []
    with pytest.raises(InputError, match="nothing to undo"):
        await undo()


async def test_undoing_a_promise_leaves_what_came_after_it(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.use.promise("1", "call", utc("2026-11-26 12:00"))
    await counter.reply("We will send you a voucher.")
    await counter.desk.inbox.undo()
    assert [one.kind for one in counter.use.promises()] == ["voucher"]


async def test_an_offer_can_be_undone_both_ways(counter: Counter) -> None:
    await counter.desk.write("m1")

    def offers() -> tuple[Amends, ...]:
        detail = counter.desk.inbox.conversation("1")
        assert detail is not None
        return detail.amends

    made = await counter.use.offer("1", "voucher", "12.50", "", "by post")
    await counter.desk.inbox.undo()
    assert offers() == ()
    made = await counter.use.offer("1", "voucher", "12.50", "", "by post")
    await counter.use.take_back_offer(made.id)
    await counter.desk.inbox.undo()
    assert offers() == (made,)
    await counter.desk.inbox.undo()
    assert offers() == ()


# Amends


async def test_what_was_offered_is_recorded_and_leaves_with_an_export(counter: Counter) -> None:
    await counter.desk.write("m1")
    made = await counter.use.offer("1", "voucher", " 12,5 ", "", "by  post")
    assert (made.amount, made.currency, made.note) == ("12.50", "EUR", "by post")
    other = await counter.use.offer("1", "apology", "", "USD", "")
    assert (other.amount, other.currency) == ("", "")
    detail = counter.desk.inbox.conversation("1")
    assert detail is not None
    assert {one.id for one in detail.amends} == {made.id, other.id}
    await counter.use.promise("1", "call", counter.clock() + timedelta(days=1))
    lines = [json.loads(line) for line in export(counter.shop.db, "c1")]
    found = {line["type"]: line for line in lines}
    assert found["amends"]["conversation"] == found["promise"]["conversation"] == "1"
    assert found["promise"]["due_at"].startswith("2026-11-25T09:00")
    assert not [line for line in export(counter.shop.db, "c2") if b'"amends"' in line or b'"promise"' in line]
    await counter.use.take_back_offer(made.id)
    with pytest.raises(GoneError):
        await counter.use.take_back_offer(made.id)
    assert counter.activity()[-1] == "offer_taken_back"
    for kind, amount, currency in (("moon", "", ""), ("refund", "a lot", ""), ("refund", "5", "XXX")):
        with pytest.raises(InputError):
            await counter.use.offer("1", kind, amount, currency, "")
    counter.profile()
    with pytest.raises(InputError, match="Name the currency"):
        await counter.use.offer("1", "refund", "5", "", "")


@pytest.mark.parametrize(("typed", "kept"), [("", ""), ("5", "5"), ("007", "7"), ("1.5", "1.50"), ("1,05", "1.05")])
def test_amounts(typed: str, kept: str) -> None:
    assert amount_of(typed) == kept


@given(st.text(max_size=12))
def test_an_amount_is_a_plain_number_or_refused(typed: str) -> None:
    try:
        kept = amount_of(typed)
    except InputError:
        return
    assert kept == "" or float(kept) > 0
    assert amount_of(kept) == kept
