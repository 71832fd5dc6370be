"""What is asked before a reply leaves, the thread it may become, and the way into private."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu

from app.domain import Visibility, Writing
from app.rows import Abandoned
from tests.ui.composer.hands import CONTROL, edit, press, rest, send, type_in
from tests.ui.conftest import Settle
from tests.ui.fakes_composing import OTHER_CLIENT
from tests.ui.fakes_conversation import Runtime, jana
from tests.values import replace
from ui.composer.asking import Asking
from ui.conversation.pane import ConversationPane

Key = Qt.Key
NAMED = f"Thanks from all at {OTHER_CLIENT}."


class Clock:
    """Seconds that pass when told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(pane: ConversationPane) -> Clock:
    made = Clock()
    pane.composer.asking.clock = made
    return made


def with_other_client(core: Runtime) -> None:
    other = jana("3", client_name=OTHER_CLIENT)
    core.inbox.details["3"] = replace(other, row=replace(other.row, client_id="northline"))


async def test_another_clients_name_is_asked_about_once(
    pane: ConversationPane, core: Runtime, settle: Settle, clock: Clock
) -> None:
    edit(pane).setPlainText(NAMED)
    send(pane)
    await settle()
    asking = pane.composer.asking
    assert asking.text() == "This names Northline Cycles, another client. Send it all the same?"
    assert core.outbox.calls == []
    assert pane.composer.marks.places("holds") == [(19, 35)]
    assert [button.text() for button in asking.buttons()] == ["Send it all the same", "Go back"]
    clock.now += 1
    send(pane)
    await settle()
    assert core.outbox.calls[-1][2] == NAMED
    assert core.outbox.answered[-1][2] is True
    assert asking.text() == ""


async def test_a_shaking_hand_answers_no_question(
    pane: ConversationPane, core: Runtime, settle: Settle, clock: Clock
) -> None:
    edit(pane).setPlainText(NAMED)
    send(pane)
    send(pane)
    await settle()
    assert core.outbox.calls == []


async def test_escape_goes_back_to_the_text_and_a_change_asks_again(
    pane: ConversationPane, core: Runtime, settle: Settle, clock: Clock
) -> None:
    left: list[bool] = []
    pane.left.connect(lambda: left.append(True))
    edit(pane).setPlainText(NAMED)
    send(pane)
    press(pane, Key.Key_Escape)
    assert pane.composer.asking.text() == ""
    assert edit(pane).hasFocus()
    assert not left
    send(pane)
    assert pane.composer.asking.text()
    type_in(pane, "x")
    assert pane.composer.asking.text() == ""
    clock.now += 1
    send(pane)
    await settle()
    assert core.outbox.calls == []


async def test_an_answer_by_the_button(pane: ConversationPane, core: Runtime, settle: Settle, clock: Clock) -> None:
    edit(pane).setPlainText(NAMED)
    at = datetime.now(UTC) + timedelta(hours=3)
    pane.composer.later_menu.chosen.emit(at)
    clock.now += 1
    pane.composer.asking.buttons()[0].click()
    await settle()
    assert core.outbox.calls[-1][4] == at  # the time is not forgotten over the question


async def test_after_another_client_send_asks_for_whom(
    pane: ConversationPane, core: Runtime, settle: Settle, clock: Clock
) -> None:
    with_other_client(core)
    pane.show_conversation("3")
    clock.now += 60
    pane.show_conversation("1")
    clock.now += 4
    edit(pane).setPlainText("On its way.")
    send(pane)
    await settle()
    assert core.outbox.calls == []
    assert pane.composer.asking.text() == "You were just with Northline Cycles. Send this for Maple & Rye?"
    clock.now += 5  # however long it takes to answer
    send(pane)
    await settle()
    assert len(core.outbox.calls) == 1
    assert core.outbox.answered[-1][2] is False
    edit(pane).setPlainText("And one more.")
    send(pane)
    await settle()
    assert len(core.outbox.calls) == 2


async def test_after_five_seconds_nothing_is_asked(
    pane: ConversationPane, core: Runtime, settle: Settle, clock: Clock
) -> None:
    with_other_client(core)
    pane.show_conversation("3")
    pane.show_conversation("1")
    clock.now += 5.1
    edit(pane).setPlainText("On its way.")
    send(pane)
    await settle()
    assert len(core.outbox.calls) == 1


async def test_the_same_client_is_no_switch(
    pane: ConversationPane, core: Runtime, settle: Settle, clock: Clock
) -> None:
    pane.show_conversation("2")
    send(pane)
    await settle()
    assert len(core.outbox.calls) == 1


def test_a_look_at_nothing_in_between_is_still_a_switch(themed: QApplication) -> None:
    asking, clock = Asking(), Clock()
    asking.clock = clock
    other = jana("3", client_name=OTHER_CLIENT)
    asking.looked_at(replace(other, row=replace(other.row, client_id="northline")))
    asking.looked_at(None)
    asking.looked_at(jana())
    assert asking.switched("Maple & Rye") is not None


async def test_too_long_offers_a_thread_and_shows_it_first(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.composing.threads = True
    edit(pane).setPlainText("word " * 200)
    await rest(settle)
    assert pane.composer.foot.count.text() == "500 too long"
    assert pane.composer.too_long.text() == "Too long for one post."
    (as_thread,) = pane.composer.too_long.buttons()
    assert as_thread.text() == "Send as a thread of 3"
    as_thread.click()
    split = pane.composer.split
    assert len(split.parts()) == 3
    assert split.parts()[0].endswith("(1/3)")
    assert core.outbox.calls == []
    send(pane)
    await settle()
    assert len(core.outbox.calls) == 1
    assert core.outbox.answered[-1][1] is True
    assert split.isHidden()


async def test_a_change_closes_the_thread_that_was_shown(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.composing.threads = True
    edit(pane).setPlainText("word " * 200)
    await rest(settle)
    send(pane)
    press(pane, Key.Key_Escape)
    assert pane.composer.split.parts() == ()
    send(pane)
    assert pane.composer.split.parts()
    type_in(pane, "more")
    assert pane.composer.split.parts() == ()
    await rest(settle)
    send(pane)
    await settle()
    assert core.outbox.calls == []


async def test_private_has_its_public_line(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.take_private()
    line = pane.composer.public
    assert line.text() == "We have sent you a direct message, Jana."
    assert not line.isHidden()
    line.field.setText("We wrote to you.")
    line.changed.emit()
    edit(pane).setPlainText("Your refund number is 4471.")
    send(pane)
    await settle()
    assert core.outbox.calls[-1][3] is Visibility.DIRECT
    writing = core.outbox.answered[-1][0]
    assert writing.private
    assert writing.public_line == "We wrote to you."
    assert pane.composer.visibility() is Visibility.PUBLIC
    assert line.isHidden()


async def test_the_cursor_stays_in_the_public_line(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.take_private()
    field = pane.composer.public.field
    assert field.cursorPosition() == 0, "its beginning is seen"
    field.setCursorPosition(3)
    pane.refresh()
    await settle()
    assert field.cursorPosition() == 3


async def test_the_public_line_may_be_empty(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.take_private()
    pane.composer.public._clear.click()
    edit(pane).setPlainText("Between us.")
    send(pane)
    await settle()
    assert core.outbox.answered[-1][0].public_line == ""


async def test_where_no_message_can_be_sent_the_contact_is_offered(pane: ConversationPane, core: Runtime) -> None:
    core.inbox.details["1"] = replace(core.inbox.details["1"], can_direct=False, private_contact="help@maplerye.com")
    pane.refresh()
    assert pane.composer._take_private.text() == "Offer private contact \u21e5"
    type_in(pane, "Please write to")
    pane.commands()["private"]()
    assert edit(pane).toPlainText() == "Please write to help@maplerye.com"
    assert pane.composer.visibility() is Visibility.PUBLIC


async def test_without_a_contact_it_is_said_where_to_set_one(pane: ConversationPane, core: Runtime) -> None:
    core.inbox.details["1"] = replace(core.inbox.details["1"], can_direct=False)
    pane.refresh()
    pane.take_private()
    said = pane.composer.held.text()
    assert said.startswith("Mastodon has no direct messages here. Set a link or address for Maple & Rye")


async def test_undo_brings_back_all_of_it(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.take_private()
    edit(pane).setPlainText("One\u00a0two three")
    place = edit(pane).textCursor()
    place.setPosition(3)
    edit(pane).setTextCursor(place)
    pane.composer.promise.set_promise("call", datetime(2026, 12, 2, 9, tzinfo=UTC))
    pane.composer.warning.summon()
    pane.composer.warning.field.setText("Food")
    before = pane.composer.writing()
    pane.reply()
    send(pane)
    await settle()
    assert edit(pane).toPlainText() == ""
    press(pane, Key.Key_Z, CONTROL)
    await settle()
    assert pane.composer.writing() == before
    assert before.text == "One\u00a0two three"  # the space that does not break is kept
    assert before.cursor == 3


async def test_the_content_warning_follows_the_message(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.inbox.details["3"] = replace(jana("3"), spoiler="Food")
    pane.show_conversation("3")
    warning = pane.composer.warning
    assert not warning.isHidden()
    assert warning.field.text() == "Food"
    assert pane.composer.writing().spoiler is None
    warning.field.setText("Food, politics")
    assert pane.composer.writing().spoiler == "Food, politics"
    warning.field.setText("")
    assert pane.composer.writing().spoiler == ""
    pane.show_conversation("2")
    assert warning.isHidden()


async def test_earlier_drafts_come_back(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    at = datetime.now(UTC)
    core.inbox.given_up = [Abandoned(1, Writing(text="We & you, an old thought " * 4, private=True), at, "emptied")]
    type_in(pane, "new")
    menu = QMenu(pane)
    pane.composer.foot.fill_more(menu)
    assert "Content warning" not in [action.text() for action in menu.actions()]  # the platform has none
    earlier = next(action for action in menu.actions() if action.text() == "Earlier drafts").menu()
    assert isinstance(earlier, QMenu)
    earlier.actions()[0].trigger()
    assert pane.composer.text().startswith("We & you")
    assert pane.composer.visibility() is Visibility.DIRECT
    await rest(settle)
    assert [writing.text[:3] for _id, writing in core.inbox.written] == ["new", "We "]


async def test_keys_work_from_the_fields_beside_the_text(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    from PySide6.QtTest import QTest

    pane.take_private()
    edit(pane).setPlainText("Between us.")
    pane.composer.public.field.setFocus()
    QTest.keyClick(pane.composer.public.field, Key.Key_Return, CONTROL)
    await settle()
    assert len(core.outbox.calls) == 1


async def test_later_offers_when_they_are_usually_there(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.outbox.usual = datetime.now(UTC) + timedelta(days=3)
    edit(pane).setPlainText("Good morning.")
    menu = pane.composer.later_menu
    menu._fill()
    usual = next(action for action in menu.actions() if action.text().startswith("When they are usually online ("))
    usual.trigger()
    await settle()
    assert core.outbox.calls[-1][4] == core.outbox.usual


async def test_the_chosen_time_holds_when_the_keys_answer(
    pane: ConversationPane, core: Runtime, settle: Settle, clock: Clock
) -> None:
    edit(pane).setPlainText(NAMED)
    at = datetime.now(UTC) + timedelta(hours=3)
    pane.composer.later_menu.chosen.emit(at)
    clock.now += 1
    send(pane)
    await settle()
    assert core.outbox.calls[-1][4] == at


async def test_a_thread_is_cut_from_the_text_as_it_is_now(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.composing.threads = True
    edit(pane).setPlainText("word " * 200)
    send(pane)  # before the keys have rested
    assert len(pane.composer.split.parts()) == 3
