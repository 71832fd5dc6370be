"""What is marked in the draft, the quiet lines under it, and who is never told anything."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QTextCharFormat
from PySide6.QtWidgets import QApplication, QMenu

from app.rows import Concern
from tests.ui.composer.hands import CONTROL, edit, press, rest, send, type_in
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime, jana
from tests.values import replace
from ui.composer.marks import look
from ui.composer.spelling import language_name, nearest
from ui.conversation.pane import ConversationPane

BLAME = Concern("blame", "This blames Jana: \u201cyou should\u201d. Say what you will do.", 3, 13)
NAME = Concern("name", "Their name is Jana, not Jane.", 0, 2)


def wavy(pane: ConversationPane) -> list[str]:
    text = edit(pane).toPlainText().encode("utf-16-le")
    return [text[start * 2 : end * 2].decode("utf-16-le") for start, end in pane.composer.marks.places("spelling")]


async def test_unknown_words_are_underlined_when_the_keys_rest(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    edit(pane).setPlainText("\U0001f382 teh cake\nfine\nwe recieve it ")
    assert wavy(pane) == []
    await rest(settle)
    assert wavy(pane) == ["teh", "recieve"]
    shapes = [one.format.underlineStyle() for one in edit(pane).extraSelections()]
    assert shapes == [QTextCharFormat.UnderlineStyle.WaveUnderline] * 2


async def test_only_paragraphs_that_changed_are_looked_up(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    edit(pane).setPlainText("first line\nsecond line\nthird line")
    await rest(settle)
    assert len(core.composing.looked_up) == 3
    press(pane, Qt.Key.Key_End, CONTROL)
    type_in(pane, "s ")
    await rest(settle)
    assert core.composing.looked_up[3:] == [("third lines ", "en-GB")]


async def test_marks_move_with_the_text_and_stay_out_of_undo(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    type_in(pane, "teh cake")
    await rest(settle)
    press(pane, Qt.Key.Key_Home, CONTROL)
    type_in(pane, "oh ")
    assert wavy(pane) == ["teh"]
    press(pane, Qt.Key.Key_Z, CONTROL)
    assert edit(pane).toPlainText() == "teh cake"
    press(pane, Qt.Key.Key_Z, CONTROL)
    assert edit(pane).toPlainText() == ""


async def test_a_word_is_not_wrong_while_it_is_typed(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    type_in(pane, "it is teh")
    await rest(settle)
    assert wavy(pane) == []
    type_in(pane, " ")
    await rest(settle)
    assert wavy(pane) == ["teh"]


async def test_corrections_and_the_way_into_the_dictionary(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    type_in(pane, "teh cake")
    await rest(settle)
    cursor = edit(pane).textCursor()
    cursor.setPosition(1)
    edit(pane).setTextCursor(cursor)
    QApplication.sendEvent(
        edit(pane).viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(2, 2), QPoint(2, 2))
    )
    await settle()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    said = [action.text() for action in menu.actions()]
    assert said[:4] == ["the", "ten", "", "Add \u201cteh\u201d to the dictionary"]
    menu.actions()[0].trigger()
    menu.close()
    assert edit(pane).toPlainText() == "the cake"
    edit(pane).setPlainText("teh end")
    await rest(settle)
    pane.composer.spelling.learn("teh")
    await rest(settle)
    assert core.composing.learned == [("teh", "en-GB")]
    assert wavy(pane) == []


async def test_the_language_is_the_messages_and_can_be_changed(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    foot = pane.composer.foot
    assert foot.language.text() == "EN"
    assert foot.language.accessibleName() == "Spelling is looked up in English"
    core.inbox.details["3"] = jana("3", language="fr")
    pane.show_conversation("3")
    assert foot.language.text() == "FR"
    assert foot.language.toolTip() == "No dictionary for French on this computer"
    type_in(pane, "teh mot ")
    await rest(settle)
    assert core.composing.looked_up == []
    menu = QMenu(pane)
    pane.composer.spelling.fill(menu)
    assert [action.text() for action in menu.actions()] == [
        "English (GB)", "German (DE)", "", "Do not look up spelling"
    ]  # fmt: skip
    menu.actions()[1].trigger()
    assert foot.language.text() == "DE"
    await rest(settle)
    assert core.composing.looked_up == [("teh mot ", "de-DE")]
    menu.actions()[3].trigger()
    assert foot.language.toolTip() == "Spelling is not looked up for this reply."
    assert wavy(pane) == []


def test_nearest_dictionary() -> None:
    assert nearest("de", ["en-GB", "de-AT"]) == "de-AT"
    assert nearest("en-GB", ["en-US", "en-GB"]) == "en-GB"
    assert nearest("en", ["en-GB", "en-US"]) in ("en-GB", "en-US")
    assert nearest("pt-BR", ["es"]) == ""
    assert language_name("de-DE") == "German"
    assert language_name("xx") == "xx"


async def test_advice_is_one_line_that_matters_most(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.composing.extra = [NAME, BLAME]
    type_in(pane, "Hi, you should have known")
    assert pane.composer.advice.text() == ""
    await rest(settle)
    line = pane.composer.advice
    assert line.text() == BLAME.text
    assert [button.text() for button in line.buttons()] == ["1 more", "\u00d7"]
    assert line.toolTip() == f"{BLAME.text}\n{NAME.text}"
    assert pane.composer.marks.places("advice") == [(3, 13), (0, 2)]
    menu = line.menu()
    assert [action.text() for action in menu.actions()] == [BLAME.text, NAME.text]
    menu.actions()[1].trigger()
    assert edit(pane).textCursor().selectedText() == "Hi"


async def test_advice_never_blocks_and_can_be_dismissed_for_this_draft(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.composing.extra = [BLAME]
    type_in(pane, "Hi, you should have known")
    await rest(settle)
    pane.composer.advice.buttons()[-1].click()
    assert pane.composer.advice.text() == ""
    assert pane.composer.marks.places("advice") == []
    type_in(pane, " that")
    await rest(settle)
    assert pane.composer.advice.text() == ""
    send(pane)
    await settle()
    assert len(core.outbox.calls) == 1
    type_in(pane, "Hi, you should have known")  # another draft
    await rest(settle)
    assert pane.composer.advice.text() == BLAME.text


async def test_hostile_advice_stays_plain(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.composing.extra = [Concern("name", "<b>Their</b>\nname is <img src=x>\u202e.", 0, 2)]
    type_in(pane, "Hi Jane")
    await rest(settle)
    assert pane.composer.advice.text() == "<b>Their</b> name is <img src=x>."
    assert "<" not in pane.composer.advice.toolTip()


async def test_a_promise_is_noticed_and_told_with_its_day(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.followups.due = datetime(2026, 12, 1, 12, tzinfo=UTC)
    core.followups.words = "refund"
    line = pane.composer.promise
    assert line.text() == ""
    type_in(pane, "We will pay you back.")
    await rest(settle)
    assert line.text() == "Promises a refund \u00b7 back on Tue 1 Dec"
    assert (pane.composer.writing().promise, pane.composer.writing().promise_at) == ("", None)
    line.buttons()[1].click()
    assert line.text() == ""
    assert pane.composer.writing().promise == "-"
    type_in(pane, " Soon.")
    await rest(settle)
    assert line.text() == ""


async def test_a_promise_is_set_by_one_key(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.followups.due = datetime(2026, 12, 1, 12, tzinfo=UTC)
    type_in(pane, "I will look into it.")
    pane.commands()["promise"]()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.actions()[0].text() == "Promises a refund"
    menu.actions()[1].trigger()
    menu.close()
    assert pane.composer.promise.text() == "Promises a call \u00b7 back on Tue 1 Dec"
    await rest(settle)
    writing = core.inbox.written[-1][1]
    assert (writing.promise, writing.promise_at) == ("call", core.followups.due)


async def test_one_draft_says_nothing_about_the_next(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.composing.extra = [BLAME]
    core.followups.words = "refund"
    type_in(pane, "teh you should have known")
    await rest(settle)
    core.composing.extra, core.followups.words = [], ""
    pane.show_conversation("2")
    assert pane.composer.advice.text() == pane.composer.promise.text() == ""
    assert wavy(pane) == []
    await rest(settle)
    assert pane.composer.advice.text() == pane.composer.promise.text() == ""


async def test_spelling_that_comes_late_marks_only_its_own_text(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    come = asyncio.Event()
    known = core.composing.misspelt

    async def late(text: str, language: str, conversation: str) -> object:
        await come.wait()
        return await known(text, language, conversation)

    core.composing.misspelt = late  # type: ignore[method-assign, assignment]
    type_in(pane, "teh cake")
    await rest(settle)
    pane.show_conversation("2")
    come.set()
    await rest(settle)
    assert wavy(pane) == []


def test_marks_differ_in_shape_not_in_colour_alone(themed: QApplication) -> None:
    shapes = {look(layer).underlineStyle() for layer in ("advice", "spelling", "holds", "stop")}
    assert len(shapes) == 4


async def test_weighted_characters_count_as_two(pane: ConversationPane, core: Runtime) -> None:
    core.inbox.details["1"] = replace(core.inbox.details["1"], weighted=True, max_graphemes=280)
    pane.refresh()
    edit(pane).setPlainText("\u3042\u3044")
    assert pane.composer.foot.count.text() == "276 left"
