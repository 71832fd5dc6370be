"""Pictures of a reply: brought in three ways, described, ordered, kept with the draft."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from app.errors import NetworkError
from tests.ui.composer.hands import CONTROL, edit, rest, send, type_in
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime, jana
from tests.values import replace
from ui.composer.pictures import PictureStrip
from ui.conversation.pane import ConversationPane


def an_image(colour: str = "#d9a441") -> QImage:
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def a_file(folder: Path, name: str = "cake.png", colour: str = "#d9a441") -> Path:
    an_image(colour).save(str(folder / name))
    return folder / name


def strip(pane: ConversationPane) -> PictureStrip:
    return pane.composer.pictures


async def come(settle: Settle) -> None:
    for _ in range(5):
        await asyncio.sleep(0.03)
        await settle()


async def test_pasted_pictures_are_made_ready_and_shown(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    data = QMimeData()
    data.setImageData(an_image())
    assert edit(pane).canInsertFromMimeData(data)
    edit(pane).insertFromMimeData(data)
    await come(settle)
    (row,) = strip(pane).rows()
    assert not strip(pane).isHidden()
    assert not row.thumb.pixmap().isNull()
    assert row.alt.hasFocus()
    assert row.alt.accessibleName() == "Description of picture 1"
    assert edit(pane).toPlainText() == ""


async def test_files_are_dropped_and_text_is_never_a_picture(
    pane: ConversationPane, core: Runtime, settle: Settle, tmp_path: Path
) -> None:
    files, both = QMimeData(), QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(a_file(tmp_path)))])
    both.setImageData(an_image("#3f6fb5"))
    both.setText("words with a picture of them")
    edit(pane).insertFromMimeData(files)
    edit(pane).insertFromMimeData(both)
    await come(settle)
    assert len(strip(pane).pictures()) == 1
    assert edit(pane).toPlainText() == "words with a picture of them"


async def test_description_is_asked_for_before_it_leaves(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    type_in(pane, "Here is your cake.")
    strip(pane).bring([an_image()])
    await come(settle)
    row = strip(pane).rows()[0]
    edit(pane).setFocus()
    send(pane)
    await settle()
    assert core.outbox.calls == []
    assert pane.composer.held.text() == "Describe the picture first, or send it without a description."
    assert row.alt.hasFocus()
    QTest.keyClicks(row.alt, "A cake")
    assert pane.composer.held.text() == ""
    assert row.count.text() == "6 of 1000"
    assert row.waive.isHidden()
    QTest.keyClick(row.alt, Qt.Key.Key_Return, CONTROL)
    await settle()
    assert [picture.alt for picture in core.outbox.answered[-1][0].pictures] == ["A cake"]
    assert strip(pane).isHidden()


async def test_description_can_be_waived(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    strip(pane).bring([an_image()])
    await come(settle)
    row = strip(pane).rows()[0]
    assert row.waive.text() == "Send without a description"
    row.waive.click()
    assert row.waive.text() == "Sent without, describe it"
    edit(pane).setFocus()
    send(pane)  # an answer has words
    await settle()
    assert core.outbox.calls == []
    type_in(pane, "Here it is.")
    send(pane)
    await settle()
    (picture,) = core.outbox.answered[-1][0].pictures
    assert picture.waived


async def test_at_most_as_many_as_the_platform_takes(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    strip(pane).bring([an_image("#111111"), an_image("#222222"), an_image("#333333")])
    await come(settle)
    assert len(strip(pane).pictures()) == 2
    strip(pane).bring([an_image("#333333")])
    assert strip(pane).note.text() == "At most 2 pictures fit here."
    core.inbox.details["1"] = replace(core.inbox.details["1"], max_pictures=0)
    pane.refresh()
    assert pane.composer.foot.picture.isHidden()
    strip(pane).bring([an_image("#444444")])
    assert strip(pane).note.text() == "This platform takes no pictures in replies."


async def test_order_and_removal(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    for colour in ("#111111", "#222222"):
        strip(pane).bring([an_image(colour)])
        await come(settle)
    first, second = strip(pane).pictures()
    assert strip(pane).rows()[0].up.isHidden()
    strip(pane).rows()[1].up.click()
    assert strip(pane).pictures() == (second, first)
    strip(pane).rows()[0].down.click()
    assert strip(pane).pictures() == (first, second)
    assert strip(pane).rows()[0].drop.accessibleName() == "Remove picture 1"
    strip(pane).rows()[0].drop.click()
    assert strip(pane).pictures() == (second,)
    assert strip(pane).rows()[0].alt.hasFocus()


async def test_what_is_no_picture_is_told(
    pane: ConversationPane, core: Runtime, settle: Settle, tmp_path: Path
) -> None:
    (tmp_path / "list.pdf").write_bytes(b"%PDF")
    strip(pane).bring([str(tmp_path / "list.pdf")])
    await come(settle)
    assert strip(pane).note.text().startswith("list.pdf is not a picture.")
    strip(pane).note.buttons()[0].click()
    assert strip(pane).isHidden()
    strip(pane).bring([str(tmp_path / "gone.png")])
    await come(settle)
    assert strip(pane).note.text().startswith("gone.png could not be read.")
    core.composing.fails = NetworkError("The disk is full.")
    strip(pane).bring([an_image()])
    await come(settle)
    assert strip(pane).note.text() == "The disk is full."


async def test_a_picture_on_its_way_is_told_holds_the_reply_and_can_be_stopped(
    pane: ConversationPane, core: Runtime, settle: Settle, tmp_path: Path
) -> None:
    core.composing.gate = asyncio.Event()
    type_in(pane, "Look.")
    strip(pane).bring([str(a_file(tmp_path))])
    await come(settle)
    assert strip(pane).note.text() == "Making cake.png ready\u2026"
    send(pane)
    assert pane.composer.held.text() == "A picture is still being made ready."
    strip(pane).note.buttons()[0].click()
    core.composing.gate.set()
    await come(settle)
    assert strip(pane).pictures() == ()
    assert core.outbox.calls == []


async def test_a_picture_belongs_to_the_conversation_it_was_added_in(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.composing.gate = asyncio.Event()
    strip(pane).bring([an_image()])
    await come(settle)
    pane.show_conversation("2")
    core.composing.gate.set()
    await come(settle)
    assert strip(pane).pictures() == ()
    assert core.outbox.calls == []


async def test_pictures_are_kept_with_the_draft_and_come_back_with_undo(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.inbox.details["3"] = jana("3", max_pictures=4)
    type_in(pane, "Look.")
    strip(pane).bring([an_image()])
    await come(settle)
    strip(pane).rows()[0].alt.setText("A cake")
    await rest(settle)
    assert [picture.alt for picture in core.inbox.written[-1][1].pictures] == ["A cake"]
    pane.show_conversation("3")
    assert strip(pane).isHidden()
    pane.show_conversation("1")
    assert [picture.alt for picture in strip(pane).pictures()] == ["A cake"]
    pane.reply()
    send(pane)
    await settle()
    assert strip(pane).pictures() == ()
    pane.undo()
    await come(settle)
    assert [picture.alt for picture in strip(pane).pictures()] == ["A cake"]
    assert not strip(pane).rows()[0].thumb.pixmap().isNull()
