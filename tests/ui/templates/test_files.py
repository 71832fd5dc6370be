"""Templates of other tools taken in, and all of them given out."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain import Picture
from app.errors import InputError, ServiceError
from tests.ui.conftest import Settle
from tests.ui.fakes import FakeRuntime
from tests.ui.fakes_answering import Preview, TemplateShelf, a_template
from tests.ui.templates.hands import press, toast
from ui import theme
from ui.templates.importing import ImportDialog
from ui.templates.window import TemplatesWindow


async def test_a_file_is_shown_before_it_is_taken_and_can_be_given_back(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, tmp_path: Path
) -> None:
    file = tmp_path / "macros.csv"
    file.write_bytes(b"a,b")
    new = [a_template(f"n{n}", f"New {n}", f"Text {n}\nand more") for n in range(3)]
    shelf.preview = Preview(new, 2, [(4, "The text is empty."), (9, "There is no name.")])
    page.files.read_file(file)
    await settle()
    assert shelf.called("read") == [(b"a,b", "macros.csv", "maple")]
    dialog = page.findChild(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    assert not dialog.isModal()
    assert dialog.found.text() == "3 new templates. 2 are here already, word for word."
    assert dialog.list.item(0).text() == "New 0\nText 0 and more"
    assert [dialog.bad.item(n).text() for n in range(2)] == ["Line 4: The text is empty.", "Line 9: There is no name."]
    assert dialog.bad_title.text() == "2 things cannot be used:"
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
    page.files.read_file(tmp_path / "gone.csv")
    assert toast(page).text() == "The file could not be read: No such file or directory"
    file = tmp_path / "x.csv"
    file.write_bytes(b"")
    shelf.preview = Preview((), 1)
    page.files.read_file(file)
    await settle()
    dialog = page.findChild(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    assert dialog.found.text() == "No new template. One is here already, word for word."
    assert not dialog.keep.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await settle()
    shelf.fails = InputError("This is no file of templates.")
    page.files.read_file(file)
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
    page.files.write_file(tmp_path / "t.json", "json")
    await settle()
    assert (tmp_path / "t.json").read_bytes() == b"json of maple"
    assert toast(page).text() == "Saved as t.json."
    page.files.write_file(tmp_path / "none" / "t.csv", "csv")
    await settle()
    assert toast(page).text() == "The file could not be written: No such file or directory"


async def test_a_table_says_how_many_pictures_it_leaves_out(
    page: TemplatesWindow, shelf: TemplateShelf, settle: Settle, tmp_path: Path
) -> None:
    one, two = (Picture(sign * 64, "image/png", 8, 8, 100, alt="x") for sign in "ab")
    shelf.put(a_template("p1", "Cake", client_id="maple", pictures=(one, two)))
    words = [action.text() for action in page.menu().actions()]
    assert "Save all as CSV, without 2 pictures\u2026" in words
    page.files.write_file(tmp_path / "t.csv", "csv")
    await settle()
    assert toast(page).text() == "Saved as t.csv. 2 pictures are not in it: JSON has them along."
    shelf.put(a_template("p1", "Cake", client_id="maple", pictures=(one,)))
    page.files.write_file(tmp_path / "t.csv", "csv")
    await settle()
    assert toast(page).text() == "Saved as t.csv. One picture is not in it: JSON has it along."
    page.files.write_file(tmp_path / "t.json", "json")
    await settle()
    assert toast(page).text() == "Saved as t.json."


def test_no_name_makes_it_wider_than_a_small_screen(
    themed: QApplication, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scale in (1.0, 2.0):
        monkeypatch.setattr(theme, "scale", lambda scale=scale: scale)
        one = Picture("a" * 64, "image/png", 8, 8, 100)
        preview = Preview([a_template("n", "New", pictures=(one,))], 0, [(1, "x" * 300)])
        dialog = ImportDialog(
            runtime, preview, f"zendesk_macros_{'x' * 200}.json", f"Maple {'y' * 90}", lambda: None  # type: ignore[arg-type]
        )  # fmt: skip
        dialog.show()
        assert dialog.minimumSizeHint().width() <= 500 * scale
        assert "zendesk_macros_" in dialog.source.accessibleName()
        assert dialog.source.accessibleName().count("\u2026") == 2
        assert dialog.list.item(0).text().startswith("New \u00b7 one picture\n")
        dialog.close()
