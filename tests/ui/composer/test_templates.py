"""Saved replies in the composer: found by "/", filled in blank by blank, with what they do besides."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain import Deeds, Picture, Visibility
from app.errors import GoneError
from app.rows import Filled
from tests.ui.composer.conftest import FILLED, SUGGESTIONS
from tests.ui.composer.hands import CONTROL, SHIFT, edit, press, rest, send, type_in
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime
from tests.values import replace
from ui.composer.templates_popover import TemplatesPopover
from ui.conversation.pane import ConversationPane
from ui.widgets import Toast

Key = Qt.Key


def popover(pane: ConversationPane) -> TemplatesPopover:
    return pane.composer.saved.popover()


def names(pane: ConversationPane) -> list[str]:
    return [] if popover(pane).isHidden() else [hit.name for hit in popover(pane).model.hits]


async def test_slash_and_some_letters_and_enter_put_a_template_in(pane: ConversationPane, core: Runtime) -> None:
    type_in(pane, "/")
    assert names(pane) == ["Sorry, to DM", "Order lost", "Thank you"]
    type_in(pane, "tha")
    assert names(pane) == ["Thank you"]
    press(pane, Key.Key_Return)
    assert edit(pane).toPlainText() == "Thank you, Jana."
    assert popover(pane).isHidden()
    assert edit(pane).hasFocus()
    writing = pane.composer.writing()
    assert (writing.template, writing.language, writing.variant) == ("thanks", "en", 0)


async def test_the_query_alone_is_replaced_and_one_undo_takes_it_out(pane: ConversationPane) -> None:
    type_in(pane, "Hello /thank")
    press(pane, Key.Key_Tab)
    assert edit(pane).toPlainText() == "Hello Thank you, Jana."
    press(pane, Key.Key_Z, CONTROL)
    assert edit(pane).toPlainText() == "Hello /thank"


async def test_arrows_walk_round_the_list(pane: ConversationPane) -> None:
    type_in(pane, "/")
    press(pane, Key.Key_Up)
    assert popover(pane).list.currentIndex().row() == 2
    press(pane, Key.Key_Down)
    press(pane, Key.Key_Down)
    assert popover(pane).list.currentIndex().row() == 1
    press(pane, Key.Key_PageDown)
    assert popover(pane).list.currentIndex().row() == 2


async def test_escape_leaves_what_was_typed(pane: ConversationPane) -> None:
    left: list[bool] = []
    pane.left.connect(lambda: left.append(True))
    type_in(pane, "/sor")
    press(pane, Key.Key_Escape)
    assert edit(pane).toPlainText() == "/sor"
    assert popover(pane).isHidden()
    assert not left
    type_in(pane, "ry")  # the list does not come back by itself
    assert popover(pane).isHidden()


async def test_a_slash_within_a_word_opens_nothing(pane: ConversationPane) -> None:
    type_in(pane, "either/or 1/2 https://")
    assert names(pane) == []
    assert edit(pane).toPlainText() == "either/or 1/2 https://"


async def test_words_that_match_nothing_are_a_text(pane: ConversationPane) -> None:
    type_in(pane, "/zzz")
    assert names(pane) == []
    assert not popover(pane).isHidden()
    type_in(pane, " and on")
    assert popover(pane).isHidden()
    assert edit(pane).toPlainText() == "/zzz and on"


async def test_moving_the_cursor_away_closes_the_list(pane: ConversationPane) -> None:
    type_in(pane, "Hi /s")
    press(pane, Key.Key_Home)
    assert popover(pane).isHidden()


async def test_the_command_opens_the_list_and_escape_takes_its_slash_away(pane: ConversationPane) -> None:
    type_in(pane, "Hi")
    pane.commands()["templates"]()
    assert edit(pane).toPlainText() == "Hi /"
    assert len(names(pane)) == 3
    press(pane, Key.Key_Escape)
    assert edit(pane).toPlainText() == "Hi "


async def test_lines_of_the_list_are_told_whole(pane: ConversationPane) -> None:
    type_in(pane, "/lost")
    model = popover(pane).model
    said = model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Order lost, /lost, Order {order} is with {carrier} now."
    assert popover(pane).accessibleName() == popover(pane).list.accessibleName() == "Templates"


async def test_blanks_hold_the_reply_until_each_is_filled(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    type_in(pane, "/lost")
    press(pane, Key.Key_Return)
    assert edit(pane).textCursor().selectedText() == "{order}"
    send(pane)
    await settle()
    assert core.outbox.calls == []
    assert pane.composer.held.text() == "Fill in the order number first"
    type_in(pane, "4471")
    assert pane.composer.held.text() == ""
    press(pane, Key.Key_Tab)
    assert edit(pane).textCursor().selectedText() == "{carrier}"
    press(pane, Key.Key_Backtab, SHIFT)
    assert edit(pane).textCursor().selectedText() == "{carrier}"  # the only one that is left
    send(pane)
    assert pane.composer.held.text() == "Fill in the carrier first"
    type_in(pane, "DHL")
    press(pane, Key.Key_Tab)  # behind the text, not out of it
    assert edit(pane).hasFocus()
    assert edit(pane).textCursor().atEnd()
    send(pane)
    await settle()
    assert core.outbox.calls[-1][2] == "\U0001f4e6 Order 4471 is with DHL now."
    writing = core.outbox.answered[-1][0]
    assert writing.stops == ()
    assert writing.template == "lost"
    assert writing.deeds == Deeds(("refund",), "tomorrow 9", "answered")


async def test_tab_goes_on_as_usual_where_no_blank_is_left(pane: ConversationPane, settle: Settle) -> None:
    type_in(pane, "Hello")
    press(pane, Key.Key_Tab)
    await settle()
    assert pane.composer._take_private.hasFocus()


async def test_blanks_survive_edits_before_them_and_undo(pane: ConversationPane) -> None:
    type_in(pane, "/lost")
    press(pane, Key.Key_Return)
    cursor = edit(pane).textCursor()
    cursor.setPosition(0)
    cursor.insertText("Hi \U0001f44b Jana. ")
    assert [name for _start, _end, name in pane.composer.stops.open()] == ["order number", "carrier"]
    text = edit(pane).toPlainText().encode("utf-16-le")
    found = [text[start * 2 : end * 2].decode("utf-16-le") for start, end in pane.composer.stops.places()]
    assert found == ["{order}", "{carrier}"]
    pane.composer.stops.first()
    type_in(pane, "1")
    assert len(pane.composer.stops.places()) == 1
    press(pane, Key.Key_Z, CONTROL)
    assert len(pane.composer.stops.places()) == 2


async def test_blanks_come_back_with_the_draft(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    type_in(pane, "/lost")
    press(pane, Key.Key_Return)
    pane.show_conversation("2")
    await settle()
    pane.show_conversation("1")
    pane.reply()
    send(pane)
    assert pane.composer.held.text() == "Fill in the order first"
    assert edit(pane).textCursor().selectedText() == "{order}"


async def test_what_a_template_does_is_told_and_can_be_dropped(pane: ConversationPane) -> None:
    type_in(pane, "/lost")
    press(pane, Key.Key_Return)
    line = pane.composer.deeds
    assert line.text() == "Then: closes, tags refund, snoozes until tomorrow 9"
    line.buttons()[0].click()
    assert line.text() == ""
    assert pane.composer.writing().deeds == Deeds()


async def test_an_emptied_text_does_nothing_afterwards(pane: ConversationPane) -> None:
    type_in(pane, "/lost")
    press(pane, Key.Key_Return)
    edit(pane).selectAll()
    press(pane, Key.Key_Delete)
    assert pane.composer.deeds.text() == ""
    assert pane.composer.writing().template == ""


async def test_a_template_may_take_it_private_and_bring_pictures(pane: ConversationPane, core: Runtime) -> None:
    picture = Picture("p" * 64, "image/png", 4, 4, 9, "A map")
    core.templates.filled["sorry"] = replace(FILLED["sorry"], pictures=(picture,))
    type_in(pane, "/sor")
    press(pane, Key.Key_Return)
    assert pane.composer.visibility() is Visibility.DIRECT
    assert pane.composer.public.text() == "We have sent you a direct message, Jana."
    assert pane.composer.writing().pictures == (picture,)


async def test_suggestions_by_number(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.templates.suggestions = SUGGESTIONS
    pane.show_conversation("2")
    await rest(settle)
    edit(pane).clear()
    buttons = pane.composer._suggestions.buttons()
    assert [button.text() for button in buttons] == ["Ctrl+1  Thank you && more", "Ctrl+2  As you wrote to Tom"]
    assert buttons[0].accessibleDescription() == "Nine of ten were happy after it."
    pane.commands()["suggestion.2"]()
    assert edit(pane).toPlainText() == "It is ready."
    pane.commands()["suggestion.3"]()  # there is none
    edit(pane).clear()
    buttons[0].click()
    assert edit(pane).toPlainText() == "Thank you, Jana."


async def test_suggestions_do_not_follow_into_another_conversation(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.templates.suggestions = SUGGESTIONS
    pane.show_conversation("2")
    await rest(settle)
    core.templates.suggestions = []
    pane.show_conversation("1")
    assert pane.composer._suggestions.isHidden()
    pane.commands()["suggestion.1"]()
    assert edit(pane).toPlainText() == ""


async def test_a_template_that_is_gone_is_told(pane: ConversationPane, core: Runtime) -> None:
    def gone(_template: str, _conversation: str) -> Filled:
        raise GoneError("This template is no longer there.")

    core.templates.fill = gone  # type: ignore[method-assign]
    type_in(pane, "/tha")
    press(pane, Key.Key_Return)
    assert edit(pane).toPlainText() == "/tha"
    assert pane.window().findChild(Toast).text() == "This template is no longer there."


async def test_the_list_lies_within_the_window(pane: ConversationPane) -> None:
    type_in(pane, "some words and then /")
    assert pane.window().rect().contains(popover(pane).geometry())
    QTest.mouseClick(
        popover(pane).list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=popover(pane).list.visualRect(popover(pane).model.index(2, 0)).center(),
    )
    assert edit(pane).toPlainText() == "some words and then Thank you, Jana."
