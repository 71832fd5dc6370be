"""All promises and all kind words in a window of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app.errors import ServiceError
from app.events import Changes
from tests.ui.conftest import Settle
from tests.ui.fakes_answering import FollowUpBook, a_promise, a_quote
from tests.ui.fakes_conversation import Runtime
from tests.ui.followups.hands import press, toast
from ui import late_pages
from ui.bridge import Bridge
from ui.followups import page as module
from ui.followups.page import FollowUpsDialog


@pytest.fixture
def page(themed: QApplication, core: Runtime, book: FollowUpBook) -> Iterator[FollowUpsDialog]:
    book.listed = [
        a_promise("late", hours=-30), a_promise("soon", kind="call", client_id="north"),
        a_promise("k", "kept"), a_promise("b", "broken"), a_promise("d", "dropped"),
    ]  # fmt: skip
    book.quoted = [a_quote(), a_quote("q2", "yes", text="Best bread in town")]
    page = FollowUpsDialog(core, None, bridge=Bridge(core.bus))  # type: ignore[arg-type]
    page.show()
    page.activateWindow()
    yield page
    if shiboken6.isValid(page):
        shiboken6.delete(page)


def test_it_counts_and_lists_what_is_open_the_latest_first(page: FollowUpsDialog) -> None:
    texts = page.texts()
    assert texts[:2] == ["Promises", "2 open \u00b7 1 kept \u00b7 1 not kept"]
    assert texts[2].startswith("Refund, late since ")
    assert texts[3] == "Jana Whitfield \u00b7 Maple & Rye \u00b7 \u201cWe will send your money back\u201d"
    assert texts[4].startswith("Call by ")
    assert "Northline Cycles" in texts[5]
    assert texts[6] == "Kind words"
    assert texts[7:9] == ["\u201cYou made my Sunday\u201d", "Lena Brandt \u00b7 Maple & Rye \u00b7 asked, no word yet"]
    assert texts[10] == "Lena Brandt \u00b7 Maple & Rye \u00b7 may be quoted"
    assert page.links()[-1].text() == "Save the quotes of Maple && Rye\u2026"
    assert all(link.accessibleName() for link in page.links())


def test_a_quote_tells_what_the_customer_seems_to_have_said(page: FollowUpsDialog, book: FollowUpBook) -> None:
    waiting = next(one for one in book.quoted if not one.leave)
    book.heard = {waiting.id: "yes"}
    page.refresh()
    assert "Lena Brandt \u00b7 Maple & Rye \u00b7 asked, and they seem to have said yes" in page.texts()
    book.heard = {waiting.id: "no"}
    page.refresh()
    assert "Lena Brandt \u00b7 Maple & Rye \u00b7 asked, and they seem to have said no" in page.texts()


async def test_promises_end_and_conversations_open(page: FollowUpsDialog, book: FollowUpBook, settle: Settle) -> None:
    opened: list[str] = []
    page.chosen.connect(opened.append)
    press(page, "Open: Refund")
    assert opened == ["1"]
    press(page, "Kept: Refund")
    await settle()
    assert book.called("end") == [("late", "kept")]
    assert page.texts()[1] == "1 open \u00b7 2 kept \u00b7 1 not kept"
    assert page.focusWidget() in page.links()
    press(page, "Not kept: Call")
    await settle()
    assert page.texts()[1] == "0 open \u00b7 2 kept \u00b7 2 not kept"
    book.fails = ServiceError("The disk is full.")
    press(page, "They said yes")
    await settle()
    assert toast(page).text() == "The disk is full."


async def test_leave_is_noted(page: FollowUpsDialog, book: FollowUpBook, settle: Settle) -> None:
    press(page, "They said yes")
    await settle()
    press(page, "They said no: \u201cBest")
    await settle()
    assert book.called("set_leave") == [("q1", "yes"), ("q2", "no")]
    below = [text for text in page.texts() if text.startswith("Lena")]
    assert [text.rsplit(" \u00b7 ", 1)[1] for text in below] == ["may be quoted", "not to be quoted"]
    press(page, "They said no: \u201cYou")
    await settle()
    assert page.links()[-1].text() == "They said yes", "nothing is left to be saved"


async def test_quotes_are_written_into_a_file(
    page: FollowUpsDialog, book: FollowUpBook, settle: Settle, tmp_path: Path
) -> None:
    page.write("maple", tmp_path / "quotes.txt", "txt")
    await settle()
    assert book.called("write_quotes") == [("maple", "txt")]
    assert (tmp_path / "quotes.txt").read_bytes() == b"quotes of maple"
    assert toast(page).text() == "Saved as quotes.txt."
    page.write("maple", tmp_path / "none" / "quotes.csv", "csv")
    await settle()
    assert toast(page).text() == "The file could not be written: No such file or directory"


async def test_it_follows_the_core_and_stays_where_nothing_changed(
    page: FollowUpsDialog, core: Runtime, book: FollowUpBook, settle: Settle
) -> None:
    before = page.links()
    core.bus.publish(Changes(conversations=frozenset(["9"])))
    await settle()
    assert page.links() == before
    book.listed.append(a_promise("new"))
    core.bus.publish(Changes(conversations=frozenset(["1"])))
    await settle()
    assert page.texts()[1].startswith("3 open")


def test_without_any_it_says_what_will_stand_here(page: FollowUpsDialog, book: FollowUpBook) -> None:
    book.listed, book.quoted = [], []
    page.refresh()
    assert page.texts()[0] == "Nothing promised yet"


def test_the_wall(page: FollowUpsDialog) -> None:
    page.show_client("north")
    assert page.texts()[1].startswith("1 open")
    assert not any("Maple" in text for text in page.texts())


def test_hundreds_are_built_in_steps(page: FollowUpsDialog, book: FollowUpBook) -> None:
    book.listed = [a_promise(f"p{n}", hours=n, text="and so on " * 40) for n in range(200)]
    book.quoted = [a_quote(f"q{n}", text="kind " * 80) for n in range(90)]
    page.resize(620, 500)
    page.refresh()
    QApplication.processEvents()
    assert sum(one.text() == "Kept" for one in page.links()) == module.STEP
    press(page, "Show more promises")
    press(page, "Show more kind words")
    assert sum(one.text() == "Kept" for one in page.links()) == 2 * module.STEP
    assert sum(one.text() == "They said yes" for one in page.links()) == 2 * module.STEP
    QApplication.processEvents()
    body = page._scroll.widget()
    assert body.width() <= page._scroll.viewport().width(), "nothing is cut at the right"


def test_one_window(themed: QApplication, core: Runtime) -> None:
    window, bridge = QWidget(), Bridge(core.bus)
    window.show()
    opened: list[str] = []
    for client in (None, "maple"):
        late_pages.follow_ups(window, core, bridge, client, opened.append)  # type: ignore[arg-type]
    (page,) = window.findChildren(FollowUpsDialog)
    page.chosen.emit("1")
    assert opened == ["1"]
    page.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert window.findChildren(QDialog) == []
    shiboken6.delete(window)
