"""The composer: what is typed is never lost, leaves once, and comes back whole."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain import Picture, ReplyState, Visibility
from app.errors import InputError, StoreError
from app.rows import Concern, Suggestion, ThreadItem
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import DRAFT, Runtime, a_reply, today
from tests.values import replace
from ui.composer.composer import SAVE_AFTER
from ui.composer.editor import TextEdit
from ui.composer.length import room
from ui.composer.times import quick_times
from ui.conversation.pane import ConversationPane
from ui.widgets import Toast

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def edit(pane: ConversationPane) -> TextEdit:
    return pane.composer.editor.edit


async def pause(settle: Settle) -> None:
    await asyncio.sleep(SAVE_AFTER / 1000)
    await settle()


async def send(pane: ConversationPane, settle: Settle, text: str) -> None:
    edit(pane).setPlainText(text)
    QTest.keyClick(edit(pane), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await settle()


async def test_draft_is_saved_when_the_keys_rest(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    QTest.keyClicks(edit(pane), "Hi Jana")
    assert core.inbox.called("save_draft") == []
    await pause(settle)
    assert core.inbox.called("save_draft") == [("1", "Hi Jana")]
    assert pane.messages._draft.text() == "Draft saved on this computer \u00b7 not sent yet"


async def test_switching_saves_at_once_and_coming_back_restores_the_cursor(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    QTest.keyClicks(edit(pane), "Hi Jana")
    place = edit(pane).textCursor()
    place.setPosition(2)
    edit(pane).setTextCursor(place)
    pane.show_conversation("2")
    assert edit(pane).toPlainText() == "Yes, we do."
    assert edit(pane).textCursor().position() == len("Yes, we do.")
    await settle()
    assert core.inbox.called("save_draft") == [("1", "Hi Jana")]
    pane.show_conversation("1")
    assert edit(pane).toPlainText() == "Hi Jana"
    assert edit(pane).textCursor().position() == 2


async def test_losing_the_focus_and_closing_save(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    QTest.keyClicks(edit(pane), "one")
    edit(pane).clearFocus()
    await settle()
    assert core.inbox.called("save_draft") == [("1", "one")]
    edit(pane).setPlainText("two")
    await pane.close_down()
    assert core.inbox.called("save_draft")[-1] == ("1", "two")


async def test_a_refresh_does_not_touch_what_is_typed(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    QTest.keyClicks(edit(pane), "half a sen")
    core.inbox.details["1"] = replace(core.inbox.details["1"], draft="something old")
    pane.refresh()
    assert edit(pane).toPlainText() == "half a sen"


async def test_draft_that_cannot_be_saved_is_told(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.inbox.fails["save_draft"] = StoreError("The disk is full.")
    QTest.keyClicks(edit(pane), "Hi")
    await pause(settle)
    assert pane.messages._draft.text() == "This draft could not be saved. The disk is full."
    assert edit(pane).toPlainText() == "Hi"


async def test_sent_text_becomes_a_bubble_with_its_undo_window(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    await send(pane, settle, DRAFT)
    assert core.outbox.calls == [("answer", "1", DRAFT, Visibility.PUBLIC, None)]
    assert edit(pane).toPlainText() == ""
    assert edit(pane).hasFocus()
    bubble = pane.messages.bubbles()[-1]
    assert bubble.meta() in ("leaves in 10 s", "leaves in 9 s")
    assert [button.text() for button in bubble.buttons()] == ["Undo"]
    await pause(settle)
    assert core.inbox.called("save_draft") == []  # the outbox cleared the draft; nothing may bring it back


async def test_undo_brings_back_the_exact_text(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    text = f"Hi Jana,\n\n  one moment {FAMILY} \u00e9\u0301"
    await send(pane, settle, text)
    QTest.keyClick(edit(pane), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    await settle()
    assert edit(pane).toPlainText() == text
    assert edit(pane).hasFocus()
    assert len(pane.messages.bubbles()) == 2
    assert core.outbox.calls[-1] == ("cancel", "r1")


async def test_undo_by_the_button_in_the_bubble(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    await send(pane, settle, "Sorry!")
    pane.messages.bubbles()[-1].buttons()[0].click()
    await settle()
    assert edit(pane).toPlainText() == "Sorry!"


async def test_control_z_undoes_typing_first(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    await send(pane, settle, "Sorry!")
    QTest.keyClicks(edit(pane), "more")
    QTest.keyClick(edit(pane), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    await settle()
    assert edit(pane).toPlainText() == ""
    assert [call[0] for call in core.outbox.calls] == ["answer"]


async def test_two_presses_send_once(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.outbox.gate = asyncio.Event()
    edit(pane).setPlainText("Once.")
    for _n in range(3):
        QTest.keyClick(edit(pane), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        pane.composer._send.click()
    await settle()
    assert len(core.outbox.calls) == 1
    assert not pane.composer._send.isEnabled()
    assert pane.composer._count.text() == "Sending\u2026"
    QTest.keyClicks(edit(pane), "lost?")  # read only meanwhile
    core.outbox.gate.set()
    await settle()
    assert edit(pane).toPlainText() == ""
    assert len(core.outbox.calls) == 1


async def test_refused_text_stays(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.outbox.fails = InputError("There is nothing left to answer here.")
    await send(pane, settle, "Still here?")
    assert edit(pane).toPlainText() == "Still here?"
    assert pane.composer._send.isEnabled()
    assert pane.window().findChild(Toast).text() == "There is nothing left to answer here."
    await pause(settle)
    assert core.inbox.called("save_draft")[-1] == ("1", "Still here?")


async def test_leaving_while_it_is_sent_keeps_the_other_draft(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.outbox.gate = asyncio.Event()
    await send(pane, settle, "For Jana.")
    pane.show_conversation("2")
    core.outbox.gate.set()
    await settle()
    assert edit(pane).toPlainText() == "Yes, we do."
    assert pane.composer._send.isEnabled()
    assert core.inbox.called("save_draft") == []
    pane.show_conversation("1")
    assert edit(pane).toPlainText() == ""


@pytest.mark.parametrize("text", ["", "   \n "])
async def test_nothing_is_not_sent(pane: ConversationPane, core: Runtime, settle: Settle, text: str) -> None:
    await send(pane, settle, text)
    assert core.outbox.calls == []
    assert not pane.composer._send.isEnabled()


async def test_too_long_is_said_and_not_sent(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    await send(pane, settle, "x" * 512)
    assert pane.composer._count.text() == "12 too long"
    assert not pane.composer._send.isEnabled()
    assert core.outbox.calls == []
    edit(pane).setPlainText("x" * 181)
    assert pane.composer._count.text() == "319 left"
    assert pane.composer._send.isEnabled()


def test_room_counts_as_the_platform_does() -> None:
    assert room(FAMILY * 3, 10, None, None).graphemes == 7
    assert room("see https://example.org/a/very/long/address/indeed/it/is", 500, None, 23).graphemes == 500 - 27
    tight = room(FAMILY * 100, 300, 2000, None)
    assert tight.by_bytes
    assert tight.bytes == 2000 - 2500
    assert not tight.fits


async def test_bytes_are_named_when_they_run_out_first(pane: ConversationPane, core: Runtime) -> None:
    core.inbox.details["1"] = replace(core.inbox.details["1"], max_graphemes=300, max_bytes=400)
    pane.refresh()
    edit(pane).setPlainText(FAMILY * 20)
    assert pane.composer._count.text() == "100 too long".replace("too long", "bytes too long")
    edit(pane).setPlainText(FAMILY * 10)
    assert pane.composer._count.text() == "150 bytes left"


async def test_a_direct_message_has_room_of_its_own(pane: ConversationPane, core: Runtime) -> None:
    core.inbox.details["1"] = replace(
        core.inbox.details["1"], max_graphemes=300, max_bytes=3000, max_graphemes_direct=1000, max_bytes_direct=10_000
    )
    pane.refresh()
    edit(pane).setPlainText("x" * 320)
    assert pane.composer._count.text() == "20 too long"
    pane.composer.toggle_private()
    assert pane.composer._count.text() == "680 left"
    assert pane.composer.public.field.maxLength() == 300, "the public line is read by everybody"
    pane.composer.toggle_private()
    assert pane.composer._count.text() == "20 too long"


async def test_what_is_asked_goes_along_with_the_text_and_goes_with_it(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    composer = pane.composer
    composer.insert("May we quote you?", "quote")
    assert composer.writing().asks == "quote"
    composer.insert(" Thank you.")
    assert composer.writing().asks == "quote"
    edit(pane).setPlainText("")
    assert composer.writing().asks == "", "with the text it is gone"
    composer.insert("May we quote you?", "quote")
    composer.send()
    await settle()
    assert core.outbox.answered[-1][0].asks == "quote"
    assert composer.writing().asks == ""
    composer.restore(core.outbox.answered[-1][0])
    assert composer.writing().asks == "quote", "undo gives it back"


async def test_private_is_one_press_and_says_who_sees_it(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    composer = pane.composer
    assert composer._as.accessibleName() == "Reply as @maplerye for Maple & Rye, everyone can see this"
    assert composer._chip.text() == "Public first reply"
    pane.take_private()
    assert composer._as.accessibleName().endswith("only Jana Whitfield can see this")
    assert composer._chip.text() == "Private message"
    assert composer._take_private.text() == "Back to public"
    await send(pane, settle, "Here it is.")
    assert core.outbox.calls[-1][3] is Visibility.DIRECT
    assert composer.visibility() is Visibility.PUBLIC  # the next one is public again


async def test_no_way_to_private_where_there_is_none(pane: ConversationPane, core: Runtime) -> None:
    core.inbox.details["1"] = replace(core.inbox.details["1"], can_direct=False)
    pane.refresh()
    assert pane.composer._take_private.isHidden()
    pane.take_private()
    assert pane.composer.visibility() is Visibility.PUBLIC
    core.inbox.details["1"] = replace(core.inbox.details["1"], can_direct=True, visibility=Visibility.DIRECT)
    pane.refresh()
    assert pane.composer._take_private.isHidden()
    assert pane.composer._chip.text() == "Private message"


async def test_later_replies_follow_up(pane: ConversationPane, core: Runtime) -> None:
    detail = core.inbox.details["1"]
    core.inbox.details["1"] = replace(detail, items=(*detail.items, ThreadItem(None, a_reply(ReplyState.SENT))))
    pane.refresh()
    assert pane.composer._chip.text() == "Follows up"


async def test_later_takes_a_time(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    at = datetime.now(UTC) + timedelta(hours=3)
    edit(pane).setPlainText("Good morning.")
    pane.composer.later_menu.chosen.emit(at)
    await settle()
    assert core.outbox.calls[-1][4] == at


def test_quick_times_are_in_order_and_ahead() -> None:
    for hour in (0, 8, 16, 18, 23):
        now = today(hour, 30)
        times = [at for _label, at in quick_times(now)]
        assert times == sorted(times)
        assert min(times) > now
        assert all(at.tzinfo is not None for at in times)


async def test_suggestions_are_hidden_until_there_are_any(pane: ConversationPane) -> None:
    assert pane.composer._suggestions.isHidden()
    pane.composer.set_suggestions([Suggestion("Sorry, to DM", "Hi", "", 1), Suggestion("Order & lost", "Oh", "", 1)])
    assert not pane.composer._suggestions.isHidden()
    pane.composer.set_suggestions([])
    assert pane.composer._suggestions.isHidden()


async def test_control_characters_do_not_leave(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    await send(pane, settle, "Hi\x00 Jana\x07")
    assert core.outbox.calls[-1][2] == "Hi Jana"
    assert edit(pane).toPlainText() == ""


async def test_names_for_a_screen_reader(pane: ConversationPane) -> None:
    composer = pane.composer
    assert edit(pane).accessibleName() == "Your reply"
    assert composer._send.accessibleName() == "Send reply for Maple & Rye"
    assert composer._later.accessibleName() == "Send later"


async def test_field_grows_with_the_text_to_a_limit(pane: ConversationPane, settle: Settle) -> None:
    editor = pane.composer.editor
    start = editor.height()
    edit(pane).setPlainText("\n".join("line" for _n in range(7)))
    await settle()
    grown = editor.height()
    assert grown > start
    edit(pane).setPlainText("\n".join("line" for _n in range(70)))
    await settle()
    assert editor.height() < 2 * grown


async def test_steady_typing_is_saved_all_the_same(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.composer._steady.setInterval(150)
    for _ in range(12):
        QTest.keyClicks(edit(pane), "ab")
        await asyncio.sleep(0.04)
        await settle()
    assert core.inbox.called("save_draft")


async def test_tab_goes_through_the_composer_in_the_order_of_the_eyes(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.composing.extra = [Concern("blame", "This blames Jana.", 0, 2), Concern("name", "It is Jana.", 0, 2)]
    core.followups.words = "refund"
    core.templates.suggestions = [Suggestion("Sorry, to DM", "Hi", "", 1)]
    pane.composer.saved.start_suggesting()
    pane.composer.pictures.add([Picture("p" * 64, "image/png", 1, 1, 1)])
    edit(pane).setPlainText("Hi Jane")
    await asyncio.sleep(0.45)
    await settle()
    pane.reply()
    seen: list[str] = []
    for _ in range(15):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget().accessibleName())
    assert seen == [
        "Take it private", "Sorry, to DM", "Description of picture 1", "Send picture 1 without a description",
        "Remove picture 1", "1 more, list all", "No advice for this draft", "Change the promise",
        "This promises nothing", "Spelling is looked up in English", "Add pictures", "More for this reply",
        "Send later", "Send reply for Maple & Rye", seen[-1],
    ]  # fmt: skip
