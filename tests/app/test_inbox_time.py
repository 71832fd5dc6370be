"""The inbox and time: what is put away comes back before its promise breaks, and bare thanks close themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain import WHEN_THEY_ANSWER, Lane
from app.errors import InputError
from app.store import accounts as rows
from app.store.conversations import advance, restand
from tests.app.desk import Desk

HOURS = '{"week": {"mon": ["09:00-12:00", "13:00-18:00"]}}'


# Snoozing


async def test_snoozing_hides_and_the_deadline_still_holds(desk: Desk) -> None:
    await desk.write("m1")
    due = desk.row().due_at
    until = desk.shop.clock() + timedelta(hours=1)
    await desk.inbox.snooze("1", until)
    row = desk.row()
    assert (row.lane, row.snoozed_until, row.due_at) == (Lane.SNOOZED, until, due)
    desk.shop.clock.forward(minutes=5)
    await desk.write("m2", "Hello?", reply_to="m1")
    assert desk.row().lane in (Lane.CARE, Lane.TODAY), "the customer wrote: it is back"


async def test_a_snooze_needs_a_time_to_come(desk: Desk) -> None:
    await desk.write("m1")
    for until in (desk.shop.clock(), desk.shop.clock() - timedelta(days=1)):
        with pytest.raises(InputError, match="later"):
            await desk.inbox.snooze("1", until)
    assert desk.row().snoozed_until is None


async def test_a_promise_brings_back_what_would_sleep_through_it(desk: Desk) -> None:
    await desk.write("m1", "Is it open?")  # two hours
    start, due = desk.shop.clock(), desk.row().due_at
    assert due == start + timedelta(hours=2)
    plan = desk.inbox.snooze_plan("1", "tomorrow 9")
    assert (plan.back, plan.due) == (start + timedelta(minutes=90), due), "it is told before it is done"
    await desk.inbox.snooze("1", plan.until)
    assert (desk.row().lane, desk.row().snoozed_until) == (Lane.SNOOZED, plan.until)
    desk.shop.clock.forward(minutes=89)
    assert not await desk.shop.db.write(lambda db: advance(db, desk.shop.clock()))
    desk.shop.clock.forward(minutes=1)
    assert await desk.shop.db.write(lambda db: advance(db, desk.shop.clock())) == {1}
    row = desk.row()
    assert (row.lane, row.state) == (Lane.CARE, "open")
    assert "promise_ends" in row.tags


async def test_what_is_late_may_sleep_as_long_as_it_is_told_to(desk: Desk) -> None:
    await desk.write("m1", "Is it open?")
    desk.shop.clock.forward(hours=3)
    plan = desk.inbox.snooze_plan("1", "in 2 days")
    assert (plan.back, plan.due, plan.late) == (plan.until, None, True)
    await desk.inbox.snooze("1", plan.until)
    desk.shop.clock.forward(hours=30)
    await desk.shop.db.write(lambda db: (advance(db, desk.shop.clock()), restand(db, [1], desk.shop.clock())))
    assert desk.row().lane is Lane.SNOOZED
    desk.shop.clock.forward(hours=19)
    await desk.shop.db.write(lambda db: advance(db, desk.shop.clock()))
    assert desk.row().state == "open"


async def test_put_away_until_they_answer(desk: Desk) -> None:
    await desk.write("m1", "Is it open?")
    desk.shop.clock.forward(hours=3)  # late: no promise left to bring it back
    plan = desk.inbox.snooze_plan("1", "when they answer")
    assert plan.until == WHEN_THEY_ANSWER
    await desk.inbox.snooze("1", plan.until)
    desk.shop.clock.forward(days=40)
    await desk.shop.db.write(lambda db: advance(db, desk.shop.clock()))
    assert desk.row().lane is Lane.SNOOZED
    await desk.write("m2", "Hello?", reply_to="m1")
    assert desk.row().state == "open"


async def test_nothing_is_put_away_where_nobody_waits(desk: Desk) -> None:
    await desk.write("m1")
    await desk.inbox.close("1", "A joke")
    with pytest.raises(InputError, match="Nobody waits"):
        await desk.inbox.snooze("1", desk.shop.clock() + timedelta(hours=1))


# Thanks that close themselves


async def thanked(desk: Desk, text: str = "Thanks a lot!", **more: object) -> None:
    await desk.write("m1", "Is it open?")
    desk.shop.clock.forward(minutes=5)
    await desk.shop.outbox.answer("1", "Until six.", hold=False)
    await desk.shop.outbox.push()
    desk.shop.clock.forward(minutes=5)
    await desk.write("m2", text, reply_to="own-1", **more)


async def pass_time(desk: Desk, **span: float) -> None:
    desk.shop.clock.forward(**span)
    await desk.shop.db.write(lambda db: advance(db, desk.shop.clock()))


async def test_thanks_after_our_answer_close_themselves_and_say_when(desk: Desk) -> None:
    await thanked(desk)
    assert desk.row().closes_at == desk.shop.clock() + timedelta(minutes=60)
    await pass_time(desk, minutes=59)
    assert desk.row().state == "open"
    await pass_time(desk, minutes=1)
    assert (desk.row().lane, desk.row().closes_at) == (Lane.DONE, None)
    assert desk.activity()[-1] == "closed_by_itself"
    await desk.inbox.reopen("1")
    assert (desk.row().lane, desk.row().closes_at) == (Lane.THANKS, None), "a person brought it back: it stays"
    await pass_time(desk, hours=5)
    assert desk.row().state == "open"


async def test_thanks_are_kept_open_by_one_step_and_that_can_be_undone(desk: Desk) -> None:
    await thanked(desk)
    closes = desk.row().closes_at
    desk.shop.clock.forward(minutes=10)
    await desk.inbox.keep_open("1")
    assert desk.row().closes_at is None
    await desk.inbox.undo()
    assert desk.row().closes_at == closes
    await desk.inbox.close("1", "answered")
    await desk.inbox.undo()
    assert desk.row().closes_at == closes


async def test_whoever_writes_again_is_not_closed_away(desk: Desk) -> None:
    await thanked(desk)
    await desk.write("m3", "And you are lovely!", reply_to="own-1")
    assert (desk.row().unanswered, desk.row().closes_at) == (2, None)


@pytest.mark.parametrize(
    "text",
    ["Thanks! And until when on Sunday?", "Thanks for nothing, I want a refund", "Thanks " + "so much " * 30, "OK."],
)
async def test_only_a_few_kind_words_close_themselves(desk: Desk, text: str) -> None:
    await thanked(desk, text)
    assert desk.row().closes_at is None


async def test_thanks_that_come_first_wait_for_an_answer(desk: Desk) -> None:
    await desk.write("m1", "Thanks a lot!")
    assert (desk.row().lane, desk.row().closes_at) == (Lane.THANKS, None)


@pytest.mark.parametrize(("minutes", "closes"), [(5, 5), (0, None)])
async def test_the_delay_is_a_setting(desk: Desk, minutes: int, closes: int | None) -> None:
    await desk.shop.db.write(lambda db: rows.set_setting(db, "thanks_close_after", str(minutes)))
    await thanked(desk)
    assert desk.row().closes_at == (closes and desk.shop.clock() + timedelta(minutes=closes))


async def test_what_somebody_is_answering_is_not_closed(desk: Desk) -> None:
    await thanked(desk)
    await desk.inbox.save_draft("1", "You are wel")
    await pass_time(desk, minutes=70)
    assert desk.row().state == "open"
    await desk.inbox.save_draft("1", "")
    await pass_time(desk, minutes=1)
    assert desk.row().state == "closed"
