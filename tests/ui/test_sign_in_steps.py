"""Finding a platform, the keys of an app, and stopping at every step."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.domain import Account
from app.errors import KeyringError, NetworkError, SignInError
from tests.ui.conftest import Settle
from tests.ui.fakes_accounts import FORMS, Choice, page
from tests.ui.fakes_conversation import Runtime
from tests.ui.sign_in_desk import SECRET, SOCIAL, made, opened, texts
from tests.values import replace
from ui.accounts import AddAccountDialog
from ui.accounts.platforms import PlatformList


@pytest.fixture
def core() -> Runtime:
    return made()


@pytest.fixture
def dialog(themed: QApplication, core: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[AddAccountDialog]:
    monkeypatch.setattr(AddAccountDialog, "open_browser", lambda self, url: True)
    yield from opened(core)


# Finding a platform


@pytest.mark.parametrize(
    ("name", "title"),
    [("X", "Add an X account"), ("Instagram", "Add an Instagram account"), ("YouTube", "Add a YouTube account")],
)
def test_the_title_has_its_article(
    dialog: AddAccountDialog, monkeypatch: pytest.MonkeyPatch, core: Runtime, name: str, title: str
) -> None:
    monkeypatch.setattr(core.accounts, "platform_name", lambda platform: name)
    dialog.choose("bluesky")
    assert dialog.windowTitle() == title


async def test_a_few_letters_find_a_platform(dialog: AddAccountDialog, settle: Settle) -> None:
    found = dialog.findChild(PlatformList)
    assert isinstance(found, PlatformList)
    dialog.activateWindow()
    await settle()
    assert found.search.hasFocus()
    assert "Reviews" in texts(dialog)
    QTest.keyClicks(found.search, "rev")
    assert found.shown() == ["google", "trustpilot"]
    assert SOCIAL not in texts(dialog)
    QTest.keyClick(found.search, Qt.Key.Key_Escape)
    assert found.search.text() == ""
    assert dialog.isVisible(), "Escape empties the search first"
    QTest.keyClicks(found.search, "zzz")
    assert "No platform fits" in texts(dialog)
    QTest.keyClick(found.search, Qt.Key.Key_Return)
    found.search.setText("below videos")
    assert found.shown() == ["youtube"]
    found.search.setText("blue")
    QTest.keyClick(found.search, Qt.Key.Key_Return)
    assert dialog.windowTitle() == "Add a Bluesky account"


async def test_the_arrow_keys_walk_the_platforms(dialog: AddAccountDialog, settle: Settle) -> None:
    found = dialog.findChild(PlatformList)
    assert isinstance(found, PlatformList)
    dialog.activateWindow()
    await settle()
    QTest.keyClick(found.search, Qt.Key.Key_Down)
    assert found.cards["bluesky"].hasFocus()
    QTest.keyClick(found.cards["bluesky"], Qt.Key.Key_Right)
    assert found.cards["facebook"].hasFocus()
    QTest.keyClick(found.cards["facebook"], Qt.Key.Key_Down)
    QTest.keyClick(found.cards["google"], Qt.Key.Key_Up)
    QTest.keyClick(found.cards["facebook"], Qt.Key.Key_Up)
    assert found.search.hasFocus()
    for _ in range(9):
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Down)
    assert found.cards["youtube"].hasFocus()
    QTest.keyClick(found.cards["youtube"], Qt.Key.Key_Left)
    assert found.cards["trustpilot"].hasFocus()


async def test_the_window_is_there_before_the_platforms_are(
    themed: QApplication, qtbot: QtBot, core: Runtime, settle: Settle
) -> None:
    core.accounts.ready = False
    dialog = AddAccountDialog(core)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.findChild(PlatformList) is None
    await settle()
    assert dialog.findChild(PlatformList) is not None


# The person's own app


async def test_keys_are_asked_for_and_handed_on(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    core.accounts.told_notes = ["Comments of the last 90 days only."]
    dialog.choose("facebook")
    await settle()
    shown = texts(dialog)
    for part in ("Your Meta app", "Carelane can", "Carelane never", "Good to know", "90 days only"):
        assert part in shown
    assert dialog.field("client_secret").echoMode() is QLineEdit.EchoMode.Password
    assert not dialog._try.isEnabled()
    dialog.field("client_id").setText(" 123 ")
    dialog.field("client_secret").setText(SECRET)
    dialog.test()
    await settle()
    assert core.accounts.calls[0] == ("begin", "facebook", {"client_id": "123", "client_secret": SECRET})


async def test_keys_that_are_kept_are_not_asked_for(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    core.accounts.apps = {"maple"}
    dialog.choose("facebook")
    await settle()
    assert "Your Meta app: kept on this computer." in texts(dialog)
    assert dialog._try.isEnabled()
    assert dialog._client is not None
    dialog._client.box.setCurrentIndex(1)
    await settle()
    assert "kept on this computer." not in texts(dialog), "another client has its own"
    assert not dialog._try.isEnabled()
    dialog._client.box.setCurrentIndex(0)
    await settle()
    box = dialog._fields.app if dialog._fields is not None else None
    assert box is not None
    box._change.click()
    assert not dialog._try.isEnabled()
    box.show_kept(True)
    box._forget.click()
    await settle()
    assert ("forget_app", "facebook", "maple") in core.accounts.calls
    assert not box.kept()


async def test_a_locked_keychain_asks_without_noise(
    dialog: AddAccountDialog, core: Runtime, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(platform: str, client_id: str) -> bool:
        raise KeyringError("The system keychain is locked. Unlock it, then try again.")

    monkeypatch.setattr(core.accounts, "app_known", locked)
    dialog.choose("facebook")
    await settle()
    assert "Your Meta app" in texts(dialog)
    assert dialog.banner.text() == ""


async def test_the_keys_go_when_the_window_closes(dialog: AddAccountDialog, settle: Settle) -> None:
    dialog.choose("facebook")
    for key in ("client_id", "client_secret"):
        dialog.field(key).setText(SECRET)
    lines = [dialog.field("client_id"), dialog.field("client_secret")]
    dialog.close()
    assert [line.text() for line in lines] == ["", ""]
    await settle()


async def test_another_client_needs_another_test(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    core.accounts.apps = {"maple", "north"}
    dialog.choose("facebook")
    await settle()
    core.accounts.browser.came.set()
    dialog.test()
    await settle()
    assert dialog._test is not None
    assert dialog._client is not None
    dialog._client.box.setCurrentIndex(1)
    assert dialog._test is None, "it went through the app of the first"


# Stopping, and by hand


async def test_a_test_can_be_stopped(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    core.accounts.gate = asyncio.Event()
    dialog.choose("bluesky")
    dialog.field("handle").setText("maplerye.com")
    dialog.field("password").setText(SECRET)
    dialog.test()
    await settle()
    assert dialog._try.text() == "Signing in\u2026"
    dialog._cancel.click()
    await settle()
    assert dialog.isVisible()
    assert dialog.field("password").text() == SECRET, "what was typed stays"
    assert dialog._try.isEnabled()
    assert dialog._cancel.text() == "Cancel"
    dialog._cancel.click()
    assert not dialog.isVisible()


async def test_waiting_for_the_browser_can_be_stopped(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    dialog.choose("mastodon")
    dialog.field("server").setText("mastodon.social")
    dialog.test()
    await settle()
    assert dialog.waiting.isVisible()
    dialog._cancel.click()
    await settle()
    assert dialog.isVisible()
    assert not dialog.waiting.isVisible()
    assert core.accounts.browser.cancelled
    assert dialog._try.isEnabled()


async def test_a_way_back_that_is_blocked_is_gone_by_hand(
    dialog: AddAccountDialog, core: Runtime, settle: Settle
) -> None:
    core.accounts.browser.trouble = "Another program uses port 47623. Copy the address and paste it here."
    dialog.choose("mastodon")
    dialog.field("server").setText("mastodon.social")
    dialog.test()
    await settle()
    assert "port 47623" in texts(dialog)
    core.accounts.browser.fails = SignInError("This address belongs to another sign-in.")
    QTest.keyClicks(dialog.waiting.code, "http://localhost:47623/callback?code=1&state=x")
    QTest.keyClick(dialog.waiting.code, Qt.Key.Key_Return)
    await settle()
    assert dialog.banner.failed()
    core.accounts.browser.fails = None
    dialog.waiting.use.click()
    await settle()
    assert dialog.banner.text().startswith("It works")


async def test_what_is_pasted_is_named_as_the_platform_names_it(
    dialog: AddAccountDialog, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = "the password that the page shows"
    monkeypatch.setitem(FORMS, "facebook", replace(FORMS["facebook"], app=None, paste=password))
    dialog.choose("facebook")
    dialog.test()
    await settle()
    code = dialog.waiting.code
    assert dialog.focusWidget() is code, "the page is left with the password in the clipboard"
    assert code.placeholderText() == f"Paste {password}, or the whole address of the page"
    assert code.accessibleName() == "The password that the page shows"
    assert f"does not come back here, paste {password}." in texts(dialog)
    dialog._back.click()
    dialog.choose("mastodon")
    dialog.field("server").setText("mastodon.social")
    dialog.test()
    await settle()
    code = dialog.waiting.code
    assert code.placeholderText() == "Paste the code, or the whole address of the page"
    assert code.accessibleName() == "Code from the page"
    assert "Nothing else to do." in texts(dialog)


async def test_a_token_that_was_typed_needs_no_browser(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    dialog.choose("mastodon")
    dialog.field("server").setText("mastodon.social")
    assert dialog._try.text() == "Open the browser"
    dialog.field("token").setText(SECRET)
    assert dialog._try.text() == "Test"
    dialog.test()
    await settle()
    assert core.accounts.calls[0][0] == "sign_in"


async def test_trouble_of_the_network_leaves_everything(
    dialog: AddAccountDialog, core: Runtime, settle: Settle
) -> None:
    core.accounts.apps, core.accounts.fails = {"maple"}, NetworkError("There is no network.")
    dialog.choose("facebook")
    await settle()
    dialog.test()
    await settle()
    assert dialog.banner.text() == "There is no network."
    assert dialog._try.isEnabled()


# Again


async def test_the_days_that_are_left_are_told_and_others_are_renewed_too(
    themed: QApplication, qtbot: QtBot, core: Runtime, settle: Settle
) -> None:
    ends = (datetime.now(UTC) + timedelta(days=9, hours=2)).isoformat()
    account = Account(
        "b1", "maple", "bluesky", "https://bsky.social", "did", "maplerye.com", "Maple & Rye",
        data=f'{{"token_expires_at": "{ends}"}}',
    )  # fmt: skip
    also = tuple(Choice(page(name).identity, account_id=name) for name in ("Leeds", "York"))
    core.accounts.test = replace(core.accounts.test, also=also)
    dialog = AddAccountDialog(core, account=account)
    qtbot.addWidget(dialog)
    dialog.show()
    assert "The sign-in ends in 9 days." in texts(dialog)
    assert not dialog._back.isVisible()
    dialog.field("password").setText(SECRET)
    dialog.test()
    await settle()
    assert dialog.banner.text().endswith("This also renews Leeds and York.")
    dialog.close()
