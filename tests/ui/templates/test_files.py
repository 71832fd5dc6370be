"""Templates of other tools taken in, and all of them given out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.errors import InputError, ServiceError
from tests.ui.conftest import Settle
from tests.ui.fakes import FakeRuntime
from tests.ui.fakes_answering import Preview, TemplateShelf, a_template
from tests.ui.templates.hands import press, toast
from ui.templates.importing import ImportDialog
from ui.templates.window import TemplatesWindow


async def test_a_file_is_shown_before_it_is_taken_and_can_be_given_back(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, tmp_path: Path
) -> None:
    file = tmp_path / "macros.csv"
    file.write_bytes(b"a,b")
    new = [a_template(f"n{n}", f"New {n}", f"Text {n}\nand more") for n in range(3)]
    shelf.preview = Preview(new, 2, [(4, "The text is empty."), (9, "There is no name.")])
    page.read_file(file)
    await settle()
    assert shelf.called("read") == [(b"a,b", "macros.csv", "maple")]
    dialog = page.findChild(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    assert not dialog.isModal()
    assert dialog.found.text() == "3 new templates. 2 are here already, word for word."
    assert dialog.list.item(0).text() == "New 0\nText 0 and more"
    assert [dialog.bad.item(n).text() for n in range(2)] == ["Line 4: The text is empty.", "Line 9: There is no name."]
    assert dialog.bad_title.text() == "2 lines are left out:"
    assert len(shelf.kept) == 3
    shelf.fails = ServiceError("The disk is full.")
    dialog.keep.click()
    await settle()
    assert dialog.isVisible()
    shelf.fails = None
    QTest.keyClick(dialog.keep, Qt.Key.Key_Space)
    await settle()
    assert len(shelf.kept) == 6
    assert "New 0" in page.tree.names()
    assert toast(page).text() == "3 templates were taken in."
    press(page)
    await settle()
    assert len(shelf.kept) == 3
    assert "New 0" not in page.tree.names()


async def test_files_that_hold_nothing_or_cannot_be_read(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, tmp_path: Path
) -> None:
    page.read_file(tmp_path / "gone.csv")
    assert toast(page).text() == "The file could not be read: No such file or directory"
    file = tmp_path / "x.csv"
    file.write_bytes(b"")
    shelf.preview = Preview((), 1)
    page.read_file(file)
    await settle()
    dialog = page.findChild(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    assert dialog.found.text() == "No new template. One is here already, word for word."
    assert not dialog.keep.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await settle()
    shelf.fails = InputError("This is no file of templates.")
    page.read_file(file)
    await settle()
    assert toast(page).text() == "This is no file of templates."


async def test_a_large_file_is_shown_in_part(themed: QApplication, runtime: FakeRuntime, shelf: TemplateShelf) -> None:
    many = [a_template(f"n{n}", f"New {n}") for n in range(5000)]
    dialog = ImportDialog(runtime, Preview(many), "m.csv", "all clients", lambda: None)  # type: ignore[arg-type]
    dialog.show()
    assert dialog.list.count() == 501
    assert dialog.list.item(500).text() == "and 4500 more"
    dialog.close()


async def test_all_are_written_into_a_file(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, tmp_path: Path
) -> None:
    page.write_file(tmp_path / "t.json", "json")
    await settle()
    assert (tmp_path / "t.json").read_bytes() == b"json of maple"
    assert toast(page).text() == "Saved as t.json."
    page.write_file(tmp_path / "none" / "t.csv", "csv")
    await settle()
    assert toast(page).text() == "The file could not be written: No such file or directory"
