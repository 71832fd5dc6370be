"""About a client: shown, changed, kept by Save alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QWidget

from app.domain import Profile
from app.errors import InputError
from tests.ui.conftest import Settle
from tests.ui.fakes import FakeRuntime
from tests.values import replace
from ui import late_pages
from ui.clients.profile import ProfileDialog, open_profile
from ui.widgets import Label, Toast

KEPT = Profile(
    "Tom", ("Rye Loaf", "Maple Bun"), ("maplerye.com",), "https://maplerye.com/review", "help@maplerye.com", "EUR", 50
)


@pytest.fixture
def dialog(themed: QApplication, runtime: FakeRuntime) -> Iterator[ProfileDialog]:
    clients = runtime.inbox.clients_list
    clients[0] = replace(clients[0], profile=KEPT)
    dialog = ProfileDialog(runtime, "maple")  # type: ignore[arg-type]
    dialog.show()
    dialog.activateWindow()
    yield dialog
    if shiboken6.isValid(dialog):
        shiboken6.delete(dialog)


def gone(dialog: QWidget) -> bool:
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    return not shiboken6.isValid(dialog)


def test_it_shows_what_is_kept_and_tab_goes_as_the_eye_does(dialog: ProfileDialog) -> None:
    assert dialog.windowTitle() == "About Maple & Rye"
    assert not dialog.isModal()
    assert dialog.words.toPlainText() == "Rye Loaf\nMaple Bun"
    assert dialog.profile() == KEPT
    fields = (
        dialog.agent, dialog.words, dialog.domains, dialog.review, dialog.private, dialog.currency, dialog.budget,
        dialog.cancel, dialog.save,
    )  # fmt: skip
    for field in fields:
        assert dialog.focusWidget() is field
        assert field.accessibleName()
        QTest.keyClick(field, Qt.Key.Key_Tab)
    assert "{agent}" in dialog.agent.accessibleDescription()


async def test_lines_become_words_and_save_keeps_them(
    dialog: ProfileDialog, runtime: FakeRuntime, settle: Settle
) -> None:
    dialog.words.setPlainText(" Rye Loaf \n\n\nPlum Tart\n")
    dialog.domains.clear()
    dialog.currency.setText("chf")
    dialog.budget.setValue(0)
    assert dialog.budget.text() == "as many as the platforms take"
    assert runtime.clients.profiles == []
    QTest.keyClick(dialog.currency, Qt.Key.Key_Return)
    await settle()
    kept = replace(KEPT, words=("Rye Loaf", "Plum Tart"), domains=(), currency="CHF", sends_a_day=None)
    assert runtime.clients.profiles == [("maple", kept)]
    assert gone(dialog)


async def test_what_is_wrong_is_said_and_nothing_is_closed(
    dialog: ProfileDialog, runtime: FakeRuntime, settle: Settle
) -> None:
    runtime.clients.fails = InputError("\u201cmaple rye\u201d is no website. Write it as maplerye.com.")
    dialog.domains.setPlainText("maple rye")
    dialog.save.click()
    await settle()
    assert dialog.isVisible()
    assert dialog.banner.text() == "\u201cmaple rye\u201d is no website. Write it as maplerye.com."
    assert dialog.domains.toPlainText() == "maple rye"
    runtime.clients.fails = None
    dialog.save.click()
    await settle()
    assert runtime.clients.profiles[0][1].domains == ("maple rye",)


def test_changes_are_not_lost_unsaid(dialog: ProfileDialog) -> None:
    dialog.agent.setText("Ana")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert "not saved" in dialog.banner.text()
    dialog.cancel.click()
    assert gone(dialog)


def test_untouched_it_closes_at_once(dialog: ProfileDialog) -> None:
    dialog.close()
    assert gone(dialog)


def test_long_words_on_a_small_screen_are_all_reached(dialog: ProfileDialog) -> None:
    dialog.resize(420, 380)
    dialog.words.setPlainText("\n".join(f"Product {n} with a long name that goes on" for n in range(200)))
    QApplication.processEvents()
    for field in (dialog.agent, dialog.budget):
        field.setFocus()
        assert field.width() <= dialog.width() - 48
    assert dialog.rect().contains(dialog.save.geometry())
    titles = [label for label in dialog.findChildren(Label) if label.isVisibleTo(dialog)]
    assert all(label.width() <= dialog.width() for label in titles)
    assert all(box.tabChangesFocus() for box in dialog.findChildren(QPlainTextEdit))


async def test_one_dialog_a_client(themed: QApplication, runtime: FakeRuntime) -> None:
    window = QWidget()
    window.show()
    first = open_profile(window, runtime, "maple")  # type: ignore[arg-type]
    assert open_profile(window, runtime, "maple") is first  # type: ignore[arg-type]
    assert open_profile(window, runtime, "okafor") is not first  # type: ignore[arg-type]
    assert open_profile(window, runtime, "nobody") is None  # type: ignore[arg-type]
    assert window.findChild(Toast).text() == "This client is no longer there."
    late_pages.profile(window, runtime, None, "")  # type: ignore[arg-type]
    assert window.findChild(Toast).text() == "Choose a client in the side bar first."
    shiboken6.delete(window)
