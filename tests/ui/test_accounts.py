"""Adding an account: test first, then add; a password that does not stay; a browser that may be given up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.domain import Account, Client
from app.errors import AddressError, SignInError
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime
from tests.values import replace
from ui.accounts import AddAccountDialog, open_sign_in
from ui.accounts.cards import ChoiceCard

PASSWORD = "abcd-efgh-ijkl-mnop"
MAPLE = Client("maple", "Maple & Rye", "#d9a441", "UTC", "", datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def core() -> Runtime:
    core = Runtime()
    core.inbox.clients_list = [MAPLE]
    return core


@pytest.fixture
def dialog(themed: QApplication, core: Runtime) -> Iterator[AddAccountDialog]:
    dialog = AddAccountDialog(core)
    dialog.show()
    yield dialog
    if shiboken6.isValid(dialog):
        dialog.close()
        shiboken6.delete(dialog)


def fill(dialog: AddAccountDialog) -> None:
    dialog.choose("bluesky")
    dialog.field("handle").setText(" maplerye.com ")
    dialog.field("password").setText(PASSWORD)


async def test_platform_first(dialog: AddAccountDialog) -> None:
    cards = dialog.findChildren(ChoiceCard)
    assert [card.text() for card in cards] == ["Bluesky", "Mastodon"]
    QTest.keyClick(cards[0], Qt.Key.Key_Return)
    assert dialog.windowTitle() == "Add a Bluesky account"
    assert dialog.field("handle").accessibleName() == "Handle"
    assert not dialog.isModal()


async def test_test_tells_what_was_found_and_add_keeps_it(
    dialog: AddAccountDialog, core: Runtime, settle: Settle
) -> None:
    fill(dialog)
    assert not dialog._add.isVisible()
    dialog._try.click()
    await settle()
    assert core.accounts.calls == [("sign_in", "bluesky", {"handle": "maplerye.com", "password": PASSWORD}, "maple")]
    assert dialog.banner.text() == (
        "It works Signed in as Maple & Rye. Found 38 mentions of the last 30 days, the newest from 12:58."
        " Direct messages need a password with that permission."
    )
    dialog._add.click()
    await settle()
    assert core.accounts.calls[-1] == ("add", core.accounts.test, "maple")
    assert not dialog.isVisible()
    assert dialog.field("password").text() == ""


async def test_return_goes_from_field_to_field_then_tests(
    dialog: AddAccountDialog, core: Runtime, settle: Settle
) -> None:
    dialog.choose("bluesky")
    dialog.activateWindow()
    handle, password = dialog.field("handle"), dialog.field("password")
    handle.setFocus()
    QTest.keyClicks(handle, "maplerye.com")
    QTest.keyClick(handle, Qt.Key.Key_Return)
    assert password.hasFocus()
    QTest.keyClicks(password, PASSWORD)
    QTest.keyClick(password, Qt.Key.Key_Return)
    await settle()
    assert [call[0] for call in core.accounts.calls] == ["sign_in"]
    assert dialog._add.hasFocus()


async def test_error_is_shown_in_its_own_words_and_nothing_is_lost(
    dialog: AddAccountDialog, core: Runtime, settle: Settle
) -> None:
    core.accounts.fails = SignInError("Bluesky does not know this handle and app password. Check both.")
    fill(dialog)
    dialog.test()
    await settle()
    assert dialog.banner.failed()
    assert dialog.banner.text() == "Bluesky does not know this handle and app password. Check both."
    assert dialog.field("password").text() == PASSWORD
    assert dialog._try.text() == "Test again"
    assert not dialog._add.isVisible()


async def test_a_change_after_the_test_asks_for_another(
    dialog: AddAccountDialog, core: Runtime, settle: Settle
) -> None:
    fill(dialog)
    dialog.test()
    await settle()
    dialog.field("handle").setText("someone.else")
    assert not dialog._add.isVisible()
    dialog.add()
    await settle()
    assert [call[0] for call in core.accounts.calls] == ["sign_in"]


async def test_two_presses_test_once_and_add_once(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    fill(dialog)
    dialog.test()
    dialog.test()
    await settle()
    dialog.add()
    dialog.add()
    await settle()
    assert [call[0] for call in core.accounts.calls] == ["sign_in", "add"]


async def test_new_client_is_made_once(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    core.inbox.clients_list = []
    fill(dialog)
    dialog.test()
    await settle()
    assert dialog._client is not None
    assert not dialog._add.isEnabled()
    QTest.keyClicks(dialog._client.name, "  Northline   Cycles ")
    assert dialog._add.isEnabled()
    dialog.add()
    await settle()
    made = [call for call in core.accounts.calls if call[0] == "create_client"]
    assert [call[1] for call in made] == ["Northline Cycles"]
    assert core.accounts.calls[-1] == ("add", core.accounts.test, "new")


async def test_password_is_hidden_never_logged_and_forgotten(
    dialog: AddAccountDialog, core: Runtime, settle: Settle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    core.accounts.fails = SignInError("No.")
    fill(dialog)
    assert dialog.field("password").echoMode() is QLineEdit.EchoMode.Password
    dialog.test()
    await settle()
    assert PASSWORD not in caplog.text
    dialog.close()
    assert dialog.field("password").text() == ""


async def test_browser_comes_back(
    dialog: AddAccountDialog, core: Runtime, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(dialog, "open_browser", lambda url: opened.append(url) or True)
    dialog.choose("mastodon")
    dialog.field("server").setText("mastodon.social")
    assert dialog._try.text() == "Open the browser"
    dialog.test()
    await settle()
    assert opened == [core.accounts.browser.url]
    assert dialog.waiting.isVisible()
    core.accounts.browser.came.set()
    await settle()
    assert dialog.banner.text().startswith("It works")
    assert not dialog.waiting.isVisible()
    assert core.accounts.browser.cancelled


async def test_code_is_pasted(
    dialog: AddAccountDialog, core: Runtime, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialog, "open_browser", lambda url: False)
    dialog.choose("mastodon")
    dialog.field("server").setText("mastodon.social")
    dialog.test()
    await settle()
    assert not dialog.waiting.use.isEnabled()
    core.accounts.browser.fails = SignInError("This code is not right. Copy it again.")
    QTest.keyClicks(dialog.waiting.code, " code-1 ")
    QTest.keyClick(dialog.waiting.code, Qt.Key.Key_Return)
    await settle()
    assert dialog.banner.text() == "This code is not right. Copy it again."
    assert dialog.waiting.isVisible()  # still waiting: it can be tried again
    core.accounts.browser.fails = None
    dialog.waiting.use.click()
    await settle()
    assert core.accounts.browser.pasted == ["code-1", "code-1"]
    assert dialog.banner.text().startswith("It works")


async def test_giving_up_ends_the_waiting(
    dialog: AddAccountDialog, core: Runtime, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialog, "open_browser", lambda url: True)
    dialog.choose("mastodon")
    dialog.field("server").setText("mastodon.social")
    dialog.test()
    await settle()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await settle()
    assert not dialog.isVisible()
    assert core.accounts.browser.cancelled
    core.accounts.browser.came.set()
    await settle()
    assert [call[0] for call in core.accounts.calls] == ["begin"]


async def test_wrong_server_is_told(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    core.accounts.fails = AddressError("example.org is no Mastodon server. Check the address.")
    dialog.choose("mastodon")
    dialog.field("server").setText("example.org")
    dialog.test()
    await settle()
    assert dialog.banner.text() == "example.org is no Mastodon server. Check the address."
    assert dialog._try.isEnabled()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "ftp://x.org", ""])
async def test_only_web_pages_are_opened(dialog: AddAccountDialog, url: str) -> None:
    assert not dialog.open_browser(url)


async def test_signing_in_again_keeps_the_account(
    themed: QApplication, qtbot: QtBot, core: Runtime, settle: Settle
) -> None:
    core.inbox.accounts_list = [
        Account("b1", "maple", "bluesky", "https://bsky.social", "did", "maplerye.com", "Maple & Rye", "sign_in")
    ]
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    dialog = open_sign_in(window, core, "b1")
    assert open_sign_in(window, core, "b1") is dialog
    assert dialog.windowTitle() == "Sign in to Bluesky again"
    assert dialog.field("handle").text() == "maplerye.com"
    dialog.field("password").setText(PASSWORD)
    dialog.test()
    await settle()
    dialog._add.click()
    await settle()
    assert core.accounts.calls[-1] == ("again", "b1", core.accounts.test)


async def test_nothing_found_is_said_kindly(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    core.accounts.test = replace(core.accounts.test, found=0, newest_at=None, note="")
    fill(dialog)
    dialog.test()
    await settle()
    assert dialog.banner.text() == "It works Signed in as Maple & Rye. No mentions in the last 30 days."
