"""Pictures of a template: seen, described, ordered, added in three ways, and never lost without a word."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QImage
from PySide6.QtTest import QTest

from app.domain import Picture
from tests.ui.conftest import Settle
from tests.ui.fakes_answering import TemplateShelf
from tests.ui.templates.hands import HOURS, SORRY, THANKS, choose, press, toast
from tests.values import replace
from ui.templates.window import TemplatesWindow


def an_image(colour: str = "#d9a441") -> QImage:
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


async def come(settle: Settle) -> None:
    for _ in range(5):
        await asyncio.sleep(0.03)
        await settle()


@pytest.fixture
async def pair(page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, tmp_path: Path) -> tuple[Picture, Picture]:
    """Two pictures of the template "sorry", which is shown."""
    made = []
    for name in ("#d9a441", "#3f6fb5"):
        an_image(name).save(str(tmp_path / "x.png"))
        made.append(replace(await shelf.add_picture((tmp_path / "x.png").read_bytes(), "x.png"), alt=f"Cake {name}"))
    first, second = made
    shelf.put(replace(SORRY, pictures=(first, second)))
    page.refresh()
    choose(page, "sorry")
    await come(settle)
    return first, second


async def test_they_are_shown_with_words_and_size(page: TemplatesWindow, pair: tuple[Picture, Picture]) -> None:
    first, second = page.editor.pictures.rows()
    assert not first.thumb.pixmap().isNull()
    assert first.alt.text() == "Cake #d9a441"
    assert first.measure.text().startswith("64 \u00d7 48 \u00b7 ")
    assert first.measure.isVisibleTo(page)
    assert first.thumb.accessibleName().startswith("picture 1, 64")
    assert page.editor.template().pictures == pair, "what nobody touched is the same"
    assert not page.save.isEnabled()
    page.editor.add_language.setFocus()
    for widget in (first.alt, first.down, first.drop, second.alt, second.up, second.drop, page.editor.add_pictures):
        QTest.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        assert page.focusWidget() is widget
    choose(page, "hours")
    assert page.editor.pictures.isHidden()


async def test_they_are_described_ordered_and_removed(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, pair: tuple[Picture, Picture]
) -> None:
    page.editor.pictures.rows()[1].up.click()
    page.editor.pictures.rows()[0].alt.setText("A blue cake")
    page.keep()
    await come(settle)
    (kept,) = shelf.called("save")[-1]
    assert kept.pictures == (replace(pair[1], alt="A blue cake"), pair[0])
    assert (kept.name, kept.texts) == (SORRY.name, SORRY.texts)
    page.editor.pictures.rows()[0].drop.click()
    page.keep()
    await come(settle)
    assert shelf.kept["sorry"].pictures == (pair[0],)


async def test_saving_leaves_the_cursor_in_the_words(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, pair: tuple[Picture, Picture]
) -> None:
    alt = page.editor.pictures.rows()[0].alt
    alt.setFocus()
    QTest.keyClick(alt, Qt.Key.Key_End)
    QTest.keyClicks(alt, ", sliced")
    QTest.keyClick(alt, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    await come(settle)
    assert shelf.kept["sorry"].pictures[0].alt == "Cake #d9a441, sliced"
    assert page.focusWidget() is alt


async def test_they_are_pasted_dropped_and_chosen(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, tmp_path: Path
) -> None:
    choose(page, "hours")
    pasted, dropped = QMimeData(), QMimeData()
    pasted.setImageData(an_image("#111111"))
    edit = page.editor.text_edit("")
    assert edit.canInsertFromMimeData(pasted)
    edit.insertFromMimeData(pasted)
    await come(settle)
    (row,) = page.editor.pictures.rows()
    assert page.focusWidget() is row.alt
    assert edit.toPlainText() == "We open at nine."
    an_image("#222222").save(str(tmp_path / "x.png"))
    dropped.setUrls([QUrl.fromLocalFile(str(tmp_path / "x.png"))])
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.editor.dropEvent(QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, dropped, button, none))
    await come(settle)
    assert len(page.editor.template().pictures) == 2
    page.editor.pictures.bring([an_image(colour) for colour in ("#333333", "#444444", "#555555")])
    await come(settle)
    assert len(page.editor.template().pictures) == 4
    page.editor.pictures.bring([an_image("#666666")])
    assert page.editor.pictures.note.text() == "At most 4 pictures fit here."
    assert page.save.isEnabled() or page.problems.text()


async def test_a_picture_that_is_being_made_ready_holds_save_and_is_no_silent_loss(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle
) -> None:
    choose(page, "hours")
    page.editor.name.setText("Hours")
    shelf.pictures.gate = asyncio.Event()
    page.editor.pictures.bring([an_image()])
    await come(settle)
    page.keep()
    assert page.problems.text() == "A picture is still being made ready. Wait for it, or stop it."
    assert shelf.called("save") == []
    shelf.pictures.gate.set()
    await come(settle)
    assert len(page.editor.template().pictures) == 1
    shelf.pictures.gate = asyncio.Event()
    choose(page, "thanks")
    page.editor.pictures.bring([an_image("#777777")])
    await come(settle)
    page.reject()
    assert page.isVisible()
    choose(page, "hours")
    assert toast(page).text() == f"\u201c{THANKS.name}\u201d is not saved."
    shelf.pictures.gate.set()
    await come(settle)
    assert page.editor.template().pictures == HOURS.pictures, "it belongs to the other template"


async def test_going_back_brings_the_pictures_back(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, pair: tuple[Picture, Picture]
) -> None:
    page.editor.pictures.rows()[0].drop.click()
    page.editor.pictures.rows()[0].alt.setText("Another")
    choose(page, "hours")
    assert shelf.kept["sorry"].pictures == pair
    press(page)
    assert [one.alt for one in page.editor.template().pictures] == ["Another"]
    choose(page, "hours")
    choose(page, "sorry")
    assert page.editor.template().pictures == pair
    page.duplicate()
    assert page.editor.template().pictures == pair
