"""The templates window: nothing is kept before Save, nothing is lost without a word, all of it by keyboard."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QMenu, QPlainTextEdit, QWidget

from app.domain import TemplateText
from app.errors import InputError, ServiceError
from app.rows import Outcome
from tests.ui.conftest import Settle
from tests.ui.fakes import FakeRuntime
from tests.ui.fakes_answering import TemplateShelf, a_template
from tests.ui.templates.hands import SORRY, choose, gone, press, toast
from tests.values import replace
from ui import late_pages
from ui.templates.window import TemplatesWindow


def test_every_control_has_a_name_and_tab_goes_as_the_eye_does(page: TemplatesWindow) -> None:
    choose(page, "sorry")
    for kind in (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit):
        for widget in page.findChildren(kind):
            if widget.isVisibleTo(page) and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()), widget
    assert page.tree.accessibleName() == "Templates"
    e = page.editor
    wanted = [
        page.search, page.tree, page.new, page.more, e.name, e.folder, e.shortcut, e.client, e.tabs.tabBar(),
        e.text_edit(""), e.add_field, e.add_language, e.add_pictures, e.tags, e.snooze, e.close_why, e.private,
        page.delete,
    ]  # fmt: skip
    page.search.setFocus()
    for widget in wanted:
        assert page.focusWidget() is widget
        QTest.keyClick(widget, Qt.Key.Key_Tab)


def test_folders_languages_and_what_it_does_are_shown(page: TemplatesWindow, shelf: TemplateShelf) -> None:
    assert page.scope.text() == "Maple & Rye, and those that all share"
    assert page.tree.names() == ["Sorry, to DM", "Thank you", "Opening hours"]
    top = [page.tree.topLevelItem(n).text(0) for n in range(page.tree.topLevelItemCount())]
    assert top == ["Complaints", "Praise", "Opening hours"]
    shelf.outcomes["sorry"] = Outcome(48, 20, 3, 25)
    choose(page, "sorry")
    e = page.editor
    assert (e.name.text(), e.folder.text(), e.shortcut.text()) == ("Sorry, to DM", "Complaints/Refund", "sorry")
    assert [e.tabs.tabText(n) for n in range(e.tabs.count())] == ["Any language", "Deutsch"]
    assert e.text_edit("").toPlainText() == "Hi {first_name}, I am so sorry.\n---\nOh no, {first_name}."
    assert (e.tags.text(), e.snooze.text(), e.close_why.text()) == ("Refund", "tomorrow 9", "answered")
    assert e.private.isChecked()
    assert e.outcome.text() == "Used 48 times. Afterwards 20 wrote kindly, 3 were unhappy, 25 did not write."
    assert e.template() == SORRY, "what nobody touched is the same"
    assert not page.save.isEnabled()
    choose(page, "hours")
    assert e.outcome.text() == "Not used yet."


def test_names_and_folders_stand_by_their_numbers_and_letters(page: TemplatesWindow, shelf: TemplateShelf) -> None:
    shelf.put(*(a_template(name, name) for name in ("Thanks 10", "Zoo", "Thanks 2", "\u00c4rger", "apology")))
    shelf.put(a_template("f10", "Late", folder="Step 10"), a_template("f2", "Soon", folder="Step 2"))
    page.refresh()
    assert page.tree.names() == [
        "Sorry, to DM", "Thank you", "Soon", "Late", "apology", "\u00c4rger", "Opening hours", "Thanks 2", "Thanks 10",
        "Zoo",
    ]  # fmt: skip


def test_search_finds_shortcut_name_folder_and_text(page: TemplatesWindow) -> None:
    for typed, found in (
        ("sorry", ["Sorry, to DM"]),
        ("PRAISE", ["Thank you"]),
        ("nine open", ["Opening hours"]),
        ("leid", ["Sorry, to DM"]),
    ):
        page.search.setText(typed)
        assert page.tree.names() == found
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page.focusWidget() is page.tree
    assert page.editor.name.text() == "Sorry, to DM"
    page.search.setText("zebra")
    assert page.lists.currentWidget() is page.none
    assert page.none.text() == "Nothing has these words."
    assert page.editor.name.text() == "Sorry, to DM", "what is being looked at stays"


async def test_typing_is_not_held_up_by_thousands(page: TemplatesWindow, shelf: TemplateShelf, settle: Settle) -> None:
    shelf.put(*(a_template(f"t{n}", f"Template {n}") for n in range(2000)))
    page.refresh()
    page.search.setText("opening hours")
    assert len(page.tree.names()) == 2003, "the list follows when the keys rest"
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page.tree.names() == ["Opening hours"]
    assert page.editor.name.text() == "Opening hours"
    page.search.clear()
    page._searching.setInterval(0)
    page._searching.start()
    await settle()
    assert len(page.tree.names()) == 2003


def test_arrows_go_through_folders_and_what_is_folded_stays_folded(page: TemplatesWindow) -> None:
    page.tree.setFocus()
    for _ in range(3):
        QTest.keyClick(page.tree, Qt.Key.Key_Down)
    assert page.editor.name.text() == "Sorry, to DM"
    QTest.keyClick(page.tree, Qt.Key.Key_Up)
    QTest.keyClick(page.tree, Qt.Key.Key_Left)
    page.refresh()
    folder = page.tree.topLevelItem(0).child(0)
    assert folder.text(0) == "Refund"
    assert not folder.isExpanded()
    page.search.setText("sorry")
    assert page.tree.topLevelItem(0).child(0).isExpanded(), "what was searched for is seen"


async def test_a_new_one_is_kept_by_save_alone(page: TemplatesWindow, shelf: TemplateShelf, settle: Settle) -> None:
    page.new.click()
    assert page.focusWidget() is page.editor.name
    QTest.keyClicks(page.editor.name, "Refund")
    await settle()
    assert page.problems.text() == "Write a text."
    assert not page.save.isEnabled()
    QTest.keyClicks(page.editor.folder, "/Complaints/")
    QTest.keyClicks(page.editor.shortcut, "/refund")
    QTest.keyClicks(page.editor.tags, " Refund, late,,Refund ")
    text = page.editor.text_edit("")
    text.setPlainText("We send it back.\n---\n\n---\nIt is on its way.\n----\nReally.\n")
    await settle()
    assert page.problems.isHidden()
    assert shelf.called("save") == []
    QTest.keyClick(text, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    await settle()
    (sent,) = shelf.called("save")[0]
    assert (sent.name, sent.folder, sent.shortcut, sent.client_id) == ("Refund", "Complaints", "refund", "maple")
    assert sent.deeds.tags == ("Refund", "late")
    assert sent.texts == (TemplateText("", ("We send it back.", "It is on its way.\n----\nReally.")),)
    assert "Refund" in page.tree.names()
    assert not page.save.isEnabled()


async def test_save_at_once_after_the_last_key_and_the_cursor_stays(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle
) -> None:
    choose(page, "hours")
    page.activateWindow()
    text = page.editor.text_edit("")
    text.setFocus()
    QTest.keyClicks(text, "Now: ")
    page.keep()
    page.keep()
    await settle()
    assert len(shelf.called("save")) == 1, "one press too many saves once"
    assert page.editor.text_edit("") is text
    assert text.textCursor().position() == 5
    assert page.focusWidget() is text


async def test_what_is_typed_while_it_is_saved_stays(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle
) -> None:
    choose(page, "hours")
    page.editor.name.setText("Hours")
    page.keep()
    page.editor.name.setText("Hours today")
    await settle()
    assert shelf.kept["hours"].name == "Hours"
    assert page.editor.name.text() == "Hours today"
    assert page.save.isEnabled()


async def test_problems_are_sentences_and_keep_it_from_being_saved(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle
) -> None:
    choose(page, "hours")
    page.editor.name.clear()
    page.editor.text_edit("").setPlainText("{order")
    await settle()
    assert page.problems.isVisible()
    assert page.problems.text() == "Give the template a name.\nA field is not closed."
    assert not page.save.isEnabled()
    page.keep()
    await settle()
    assert shelf.called("save") == []
    page.editor.name.setText("Hours")
    page.editor.text_edit("").setPlainText("Ten")
    await settle()
    assert page.save.isEnabled()
    shelf.fails = InputError("Another template has the shortcut /hours already. Choose another one.")
    page.save.click()
    await settle()
    assert page.problems.text().startswith("Another template has the shortcut")
    assert page.editor.name.text() == "Hours", "nothing of it is lost"


async def test_going_on_offers_the_way_back(page: TemplatesWindow, shelf: TemplateShelf, settle: Settle) -> None:
    choose(page, "hours")
    page.editor.name.setText("Hours of Sunday")
    choose(page, "thanks")
    assert page.editor.name.text() == "Thank you"
    assert toast(page).text() == "\u201cHours of Sunday\u201d is not saved."
    press(page)
    assert page.editor.name.text() == "Hours of Sunday"
    assert page.save.isEnabled()
    assert page.tree.currentItem().text(0) == "Opening hours"
    page.new.click()
    assert "Hours of Sunday" in toast(page).text()
    press(page)
    page.save.click()
    await settle()
    assert shelf.kept["hours"].name == "Hours of Sunday"
    assert shelf.kept["thanks"].name == "Thank you"


def test_closing_asks_once(page: TemplatesWindow) -> None:
    choose(page, "hours")
    page.editor.name.setText("Other")
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert page.isVisible()
    assert "not saved" in toast(page).text()
    page.editor.name.setText("Other again")
    page.close()
    assert page.isVisible(), "what was changed since is asked about again"
    page.close()
    assert gone(page)


def test_an_untouched_new_one_is_nothing_to_lose(page: TemplatesWindow) -> None:
    page.new.click()
    page.close()
    assert gone(page)


async def test_delete_can_be_undone(page: TemplatesWindow, shelf: TemplateShelf, settle: Settle) -> None:
    choose(page, "thanks")
    page.tree.setFocus()
    QTest.keyClick(page.tree, Qt.Key.Key_Delete)
    await settle()
    assert "thanks" not in shelf.kept
    assert page.pages.currentWidget() is page.empty
    assert page.focusWidget() is page.tree
    assert toast(page).text() == "\u201cThank you\u201d is deleted."
    press(page)
    await settle()
    assert page.editor.name.text() == "Thank you"
    shelf.fails = ServiceError("The disk is full.")
    page.delete.click()
    await settle()
    assert toast(page).text() == "The disk is full."
    assert page.editor.name.text() == "Thank you"


async def test_languages_and_fields_come_from_menus(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle
) -> None:
    choose(page, "sorry")
    page.editor.add_language.click()
    menu = page.editor.findChildren(QMenu)[-1]
    names = [action.text() for action in menu.actions()]
    assert "Deutsch" not in names
    assert "Italiano" in names
    while menu.activeAction().text() != "Italiano":
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    await settle()
    text = page.editor.text_edit("it")
    assert page.editor.tabs.currentWidget() is text
    assert page.editor.template() == SORRY, "a language without a text is left out"
    QTest.keyClicks(text, "Ciao ")
    page.editor.add_field.click()
    menu = page.editor.findChildren(QMenu)[-1]
    assert menu.actions()[0].text() == "{first_name}\tTheir first name"
    QTest.keyClick(menu, Qt.Key.Key_Return)
    await settle()
    assert text.toPlainText() == "Ciao {first_name}"
    page.keep()
    await settle()
    assert shelf.kept["sorry"].texts[-1] == TemplateText("it", ("Ciao {first_name}",))


async def test_a_copy_is_another_template(page: TemplatesWindow, shelf: TemplateShelf, settle: Settle) -> None:
    choose(page, "sorry")
    menu = page.menu()
    menu.actions()[0].trigger()
    menu.close()
    assert page.editor.name.text() == "Sorry, to DM, copy"
    assert page.editor.shortcut.text() == ""
    assert page.save.isEnabled()
    page.save.click()
    await settle()
    (made,) = shelf.called("save")[0]
    assert made == replace(SORRY, id="", name="Sorry, to DM, copy", shortcut="")
    choose(page, "sorry")
    assert page.editor.name.text() == "Sorry, to DM"


async def test_one_for_another_client_is_told(page: TemplatesWindow, shelf: TemplateShelf, settle: Settle) -> None:
    choose(page, "hours")
    page.editor.client.setCurrentIndex(page.editor.client.findText("Northline Cycles"))
    page.keep()
    await settle()
    assert toast(page).text() == "Saved. It stands with the templates of Northline Cycles."
    assert page.tree.names() == ["Sorry, to DM", "Thank you"], "the wall"
    assert page.pages.currentWidget() is page.empty


async def test_starters_are_added_once(page: TemplatesWindow, shelf: TemplateShelf, settle: Settle) -> None:
    shelf.starters = [a_template("s1", "Starter"), a_template("s2", "Second")]
    for told in ("2 templates were added.", "All of them are here already."):
        page.add_starters()
        await settle()
        assert toast(page).text() == told
    assert "Starter" in page.tree.names()


async def test_no_templates_say_what_to_do(page: TemplatesWindow, shelf: TemplateShelf) -> None:
    shelf.kept.clear()
    page.refresh()
    assert page.empty.heading() == "No templates yet"
    assert page.none.text() == "None yet."


async def test_one_window_that_follows_the_client(
    themed: QApplication, runtime: FakeRuntime, shelf: TemplateShelf, settle: Settle
) -> None:
    window = QWidget()
    window.show()
    for client in ("maple", "maple", "north", None):
        late_pages.templates(window, runtime, client)  # type: ignore[arg-type]
    (page,) = window.findChildren(TemplatesWindow)
    assert page.scope.text() == "Of all clients"
    shiboken6.delete(window)


@pytest.mark.parametrize("size", [(900, 600), (980, 700)])
def test_nothing_is_cut_with_hundreds_of_long_names(
    page: TemplatesWindow, shelf: TemplateShelf, size: tuple[int, int]
) -> None:
    folders = ["", "A", "A/B/C with a long name of its own that goes on", "D"]
    shelf.put(*(a_template(f"t{n}", f"Template {n} " + "and so on " * 9, folder=folders[n % 4]) for n in range(300)))
    page.resize(*size)
    page.refresh("t2")
    QApplication.processEvents()
    assert page.width() == size[0]
    assert len(page.tree.names()) == 303
    for widget in (page.new, page.more, page.save, page.delete, page.search, page.editor):
        corner = widget.mapTo(page, QPoint(0, 0))
        assert page.rect().contains(corner)
        assert page.rect().contains(corner + QPoint(widget.width() - 1, widget.height() - 1))
    body = page.editor.widget()
    assert body.width() <= page.editor.viewport().width()
