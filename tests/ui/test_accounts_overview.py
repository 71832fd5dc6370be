"""The accounts window: how each is and how far it is read, in words, and what can be done from there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.domain import Account
from app.errors import ServiceError
from app.events import Changes, SyncProgress
from app.rows import AccountContents
from tests.ui.conftest import Settle
from tests.ui.fakes import FakeRuntime
from tests.ui.fakes_conversation import Runtime
from tests.ui.fakes_rows import ACCOUNTS, CLIENTS, NOW
from tests.values import replace
from ui.accounts.line import AccountLine
from ui.accounts.overview import AccountsDialog
from ui.accounts.removing import RemoveDialog, goes, stays, waits
from ui.accounts.states import account_words
from ui.bridge import Bridge
from ui.conversation.words import clock, moment
from ui.widgets import EmptyState, Toast
from ui.widgets.flow import Flow
from ui.window import MainWindow

SHOP = ACCOUNTS[0]


@pytest.fixture
def core() -> Runtime:
    core = Runtime()
    core.inbox.clients_list, core.inbox.accounts_list = list(CLIENTS), list(ACCOUNTS)
    core.accounts.told_notes = ["Quotes are not told."]
    return core


@pytest.fixture
def page(themed: QApplication, core: Runtime) -> Iterator[AccountsDialog]:
    page = AccountsDialog(core, None, None, bridge=Bridge(core.bus), now=lambda: NOW)  # type: ignore[arg-type]
    page.show()
    page.activateWindow()
    yield page
    if shiboken6.isValid(page):
        shiboken6.delete(page)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def change(core: Runtime, id_: str, **more: object) -> None:
    """As the core would: another row, and word of it."""
    accounts = core.inbox.accounts_list
    core.inbox.accounts_list = [replace(one, **more) if one.id == id_ else one for one in accounts]
    core.bus.publish(Changes(accounts=frozenset([id_])))
    QApplication.processEvents()


def told(page: AccountsDialog) -> str:
    toast = page.findChild(Toast)
    assert toast is not None
    return toast.text()


def asked(page: AccountsDialog) -> RemoveDialog:
    (dialog,) = [one for one in page.findChildren(RemoveDialog) if one.isVisible()]
    return dialog


# What is said


def test_each_account_says_how_it_is(page: AccountsDialog) -> None:
    assert list(page.lines) == ["m1", "b1", "f1", "g1"]
    assert page.lines["m1"].texts() == [
        "@maplerye@mastodon.social", "Connected", "Mastodon \u00b7 Maple & Rye",
        f"Complete up to {moment(NOW - timedelta(seconds=12), NOW)}.", "Quotes are not told.",
    ]  # fmt: skip
    assert page.lines["g1"].texts()[1:4] == [
        "Sign in again", "Google \u00b7 Maple & Rye", "The sign-in has expired. Sign in again.",
    ]  # fmt: skip
    assert page.lines["f1"].texts()[2] == "Facebook", "a name that is the handle is said once"
    assert page.lines["g1"].accessibleName().startswith("Google reviews, Google")
    assert "The sign-in has expired" in page.lines["g1"].accessibleName()
    texts = page.texts()
    assert {client.name for client in CLIENTS} <= set(texts), "those without an account, too"
    assert "No account is connected yet. Add one, and its messages come in here." in texts


@pytest.mark.parametrize(
    ("more", "state", "tone"),
    [
        ({"state": "paused", "why": "Nothing is read."}, "Paused", "plain"),
        ({"state": "offline"}, "Offline", "warn"),
        ({"state": "trouble", "why": "The server is in trouble."}, "Trouble", "warn"),
        ({"checked_at": None}, "Not read yet", "plain"),
        ({"checked_at": NOW - timedelta(hours=1)}, "Not read lately", "warn"),
        ({"data": '{"token_expires_at": "2026-11-20T00:00:00+00:00"}'}, "Sign in again", "warn"),
    ],
)
def test_states_are_words(more: dict[str, object], state: str, tone: str) -> None:
    words = account_words(replace(SHOP, **more), NOW)
    assert (words.state, words.tone) == (state, tone)


def test_gaps_and_the_end_of_a_sign_in_are_sentences() -> None:
    words = account_words(SHOP, NOW, gaps=["The oldest 40 are left out.", "Two were damaged."])
    assert words.complete == f"Complete up to {clock(NOW)}, but for what could not be read:"
    assert words.gaps == "The oldest 40 are left out.\nTwo were damaged."
    near = account_words(replace(SHOP, data='{"token_expires_at": "2026-11-28T20:00:00+00:00"}'), NOW)
    assert near.ends == "The sign-in ends in 4 days. Sign in again before that: everything is kept."
    assert near.soon
    far = account_words(replace(SHOP, data='{"token_expires_at": "2027-01-24T20:00:00+00:00"}'), NOW)
    assert (far.ends, far.soon, far.state) == ("The sign-in lasts 61 more days.", False, "Connected")
    assert account_words(replace(SHOP, checked_at=None), NOW).complete == ""


@pytest.mark.parametrize(
    ("platform", "service", "glyph"),
    [
        ("mastodon", "Mastodon", "mastodon"), ("practice", "Google reviews", "google_reviews"),
        ("practice", "", "practice"), ("unheard", "Of", "at-sign"), ("practice", "../../etc", "practice"),
    ],
)  # fmt: skip
def test_its_icon(platform: str, service: str, glyph: str) -> None:
    assert account_words(replace(SHOP, platform=platform, service=service), NOW).glyph == glyph


def test_hostile_names_stay_on_their_line(core: Runtime, page: AccountsDialog) -> None:
    change(core, "m1", handle="@evil\nhandle\u202e", name="<b>Bold</b>")
    assert page.lines["m1"].texts()[0].count("\n") == 0
    assert page.lines["m1"].texts()[2] == "Mastodon \u00b7 <b>Bold</b>"


def test_one_client_or_all(page: AccountsDialog) -> None:
    page.show_client("northline")
    assert page.lines == {}
    assert "Maple & Rye" not in page.texts()
    page.show_client(None)
    assert len(page.lines) == 4


def test_without_any_it_says_what_to_do(themed: QApplication) -> None:
    page = AccountsDialog(Runtime(), None, None)  # type: ignore[arg-type]
    wanted: list[tuple[str, str]] = []
    page.sign_in_wanted.connect(lambda account, client: wanted.append((account, client)))
    page.show()
    empty = page.findChild(EmptyState)
    assert empty is not None
    assert empty.heading() == "No account is connected yet"
    empty.chosen.emit()
    assert wanted == [("", "")]
    shiboken6.delete(page)


def test_what_a_platform_cannot_do_is_shown_when_it_is_asked_for(page: AccountsDialog, core: Runtime) -> None:
    line = page.lines["m1"]
    notes = line.buttons["notes"]
    assert notes.isHidden(), "a short one stands there"
    core.accounts.told_notes = ["Posts older than 90 days are not read." * 3, "Quotes are not told."]
    page.refresh()
    assert (notes.text(), notes.isHidden()) == ("Good to know", False)
    assert "Quotes are not told." not in line.texts()[-1]
    notes.click()
    assert line.texts()[-1].splitlines() == core.accounts.told_notes
    assert notes.accessibleName() == "Show less: @maplerye@mastodon.social"
    change(core, "m1", state="offline")
    assert line.texts()[-1].splitlines() == core.accounts.told_notes, "it stays open"
    notes.click()
    assert "Quotes" not in line.texts()[-1]


# Following the core


def test_it_follows_in_place_and_keeps_the_focus(page: AccountsDialog, core: Runtime) -> None:
    line = page.lines["m1"]
    line.buttons["pause"].setFocus()
    change(core, "m1", state="paused", why="Nothing is read or sent until you let it go on.")
    assert page.lines["m1"] is line
    assert line.texts()[1] == "Paused"
    assert line.buttons["pause"].hasFocus()
    assert line.buttons["pause"].accessibleName() == "Go on: @maplerye@mastodon.social"
    assert not line.buttons["read"].isEnabled()
    core.bus.publish(Changes(conversations=frozenset(["1"])))
    QApplication.processEvents()
    assert page.lines["m1"] is line


def test_the_focus_stays_where_it_was_when_one_goes(page: AccountsDialog, core: Runtime) -> None:
    page.lines["b1"].buttons["remove"].setFocus()
    core.inbox.accounts_list = [one for one in core.inbox.accounts_list if one.id != "b1"]
    core.bus.publish(Changes(accounts=frozenset(["b1"]), everything=True))
    QApplication.processEvents()
    assert list(page.lines) == ["m1", "f1", "g1"]
    assert page.lines["f1"].buttons["remove"].hasFocus()


def test_what_is_being_read_says_so(page: AccountsDialog, core: Runtime) -> None:
    core.bus.publish(SyncProgress("m1", 0, True))
    assert page.lines["m1"].texts()[1] == "Being read"
    page.refresh()
    assert page.lines["m1"].texts()[1] == "Being read"
    core.bus.publish(SyncProgress("m1", 3, False))
    assert page.lines["m1"].texts()[1] == "Connected"


# What can be done


def test_buttons_have_names_and_stand_only_where_they_do_something(page: AccountsDialog, core: Runtime) -> None:
    core.metering.accounts = [ACCOUNTS[1]]
    core.inbox.accounts_list = [*ACCOUNTS, Account("p1", "maple", "practice", "", "9", "@p", "P", service="Mastodon")]
    page.refresh()
    shown = {id_: [b.text() for b in line.buttons.values() if not b.isHidden()] for id_, line in page.lines.items()}
    assert shown["m1"] == ["Read now", "Sign in again", "Pause", "Remove\u2026"]
    assert shown["b1"] == ["Read now", "Sign in again", "Limits and costs", "Pause", "Remove\u2026"]
    assert shown["p1"] == ["Read now", "Pause", "Remove\u2026"], "practice has nobody to sign in to"
    names = [b.accessibleName() for line in page.lines.values() for b in line.buttons.values() if not b.isHidden()]
    assert len(set(names)) == len(names)
    assert "Read now: @maplerye@mastodon.social" in names


async def test_read_sign_in_limits_and_add(page: AccountsDialog, core: Runtime) -> None:
    signed: list[tuple[str, str]] = []
    limits: list[str] = []
    page.sign_in_wanted.connect(lambda account, client: signed.append((account, client)))
    page.limits_wanted.connect(limits.append)
    for what in ("read", "sign_in", "limits"):
        page.lines["b1"].buttons[what].click()
    page.adding["northline"].click()
    assert core.accounts.calls == [("check", "b1")]
    assert (signed, limits) == ([("b1", "maple"), ("", "northline")], ["maple"])
    assert page.adding["northline"].accessibleName() == "Add an account: Northline Cycles"


async def test_pause_is_told_and_taken_back(page: AccountsDialog, core: Runtime, settle: Settle) -> None:
    page.lines["m1"].buttons["pause"].click()
    await settle()
    assert core.accounts.calls == [("pause", "m1", True)]
    assert told(page) == "@maplerye@mastodon.social is paused. Nothing is read or sent until it goes on."
    change(core, "m1", state="paused")
    page.lines["m1"].buttons["pause"].click()
    await settle()
    assert core.accounts.calls[-1] == ("pause", "m1", False)
    assert told(page) == "@maplerye@mastodon.social goes on."


async def test_remove_asks_tells_and_says_what_came_of_it(page: AccountsDialog, core: Runtime, settle: Settle) -> None:
    page.lines["m1"].buttons["remove"].click()
    await settle()
    dialog = asked(page)
    assert dialog.keep.hasFocus(), "Return keeps it"
    assert dialog.texts() == [
        "Remove @maplerye@mastodon.social?",
        "3 replies wait to leave from it. They go, too, and nobody gets them.",
        "1,204 messages and 2 drafts that belong to it are taken off this computer, with its answers, promises and"
        " its sign-in.",
        "The account itself stays at Mastodon, with all that was posted there. The client Maple & Rye stays, with its"
        " templates, rules and hours.",
        "This cannot be undone. To stop for a while, pause it.",
    ]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await settle()
    assert core.accounts.calls == []
    core.accounts.gate = asyncio.Event()
    page.lines["m1"].buttons["remove"].click()
    await settle()
    asked(page).remove.click()
    await settle()
    assert page.lines["m1"].texts()[1] == "Being removed"
    assert not any(button.isEnabled() for button in page.lines["m1"].buttons.values())
    core.accounts.gate.set()
    await settle()
    assert core.accounts.calls == [("remove", "m1")]
    assert told(page) == "@maplerye@mastodon.social was removed. Nothing was changed on its platform."


async def test_a_removal_that_fails_leaves_the_line_as_it_was(
    page: AccountsDialog, core: Runtime, settle: Settle
) -> None:
    core.accounts.fails = ServiceError("The system keychain is locked.")
    page.lines["m1"].buttons["remove"].click()
    await settle()
    asked(page).remove.click()
    await settle()
    assert told(page) == "The system keychain is locked."
    assert page.lines["m1"].texts()[1] == "Connected"
    assert page.lines["m1"].buttons["remove"].isEnabled()


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (AccountContents(0, 0, 0), "Nothing was read through it yet. Its sign-in is taken off this computer."),
        (AccountContents(1, 0, 0), "1 message that belongs to it is taken off"),
        (AccountContents(0, 1, 0), "0 messages and 1 draft that belong to it are taken off"),
    ],
)
def test_counts_in_words(contents: AccountContents, says: str) -> None:
    assert goes(contents).startswith(says)
    assert waits(0) == ""
    assert waits(1) == "1 reply waits to leave from it. It goes, too, and nobody gets it."
    practice = account_words(SHOP, NOW, signs_in=False)
    assert stays(practice, "M") == "The client M stays, with its templates, rules and hours."


def test_buttons_go_on_in_the_next_line_where_it_is_narrow(page: AccountsDialog) -> None:
    flow = page.lines["m1"].findChild(Flow)
    assert flow is not None
    one = flow.heightForWidth(2000)
    assert flow.heightForWidth(200) > one
    assert flow.heightForWidth(1) >= 4 * one, "each in a line of its own"
    page.resize(360, 500)
    QApplication.processEvents()
    right = max(button.mapTo(page, QPoint(button.width(), 0)).x() for button in page.lines["m1"].buttons.values())
    assert right <= page.width()


# From the window


@pytest.fixture
def window(themed: QApplication, runtime: FakeRuntime) -> Iterator[MainWindow]:
    window = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    window.show()
    yield window
    window.close()
    shiboken6.delete(window)


def chosen(window: MainWindow, text: str) -> None:
    menu = window.side.findChild(QMenu)
    assert menu is not None
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.close()
    shiboken6.delete(menu)


def test_the_command_opens_one_window(window: MainWindow) -> None:
    window.do("accounts")
    (first,) = window.findChildren(AccountsDialog)
    window.side.wanted.emit("accounts")
    assert window.findChildren(AccountsDialog) == [first]
    assert list(first.lines) == ["m1", "b1", "f1", "g1"]


async def test_the_menu_of_an_account_by_mouse_and_by_key(
    window: MainWindow, runtime: FakeRuntime, settle: Settle
) -> None:
    item = window.side.accounts["m1"]
    item.setFocus()
    for reason in (QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard):
        middle = item.rect().center()
        QApplication.sendEvent(item, QContextMenuEvent(reason, middle, item.mapToGlobal(middle)))
        menu = window.side.findChild(QMenu)
        assert menu is not None
        texts = [action.text() for action in menu.actions() if action.text()]
        assert texts == ["Read now", "Sign in again", "Pause", "All accounts", "Remove\u2026"]
        assert menu.activeAction().text() == "Read now"
        chosen(window, "Read now")
    assert runtime.accounts.checked == ["m1", "m1"]
    item.customContextMenuRequested.emit(QPoint(2, 2))
    chosen(window, "Pause")
    await settle()
    assert runtime.accounts.checked[-1] == "pause m1 True"
    item.customContextMenuRequested.emit(QPoint(2, 2))
    chosen(window, "Remove\u2026")
    await settle()
    (page,) = window.findChildren(AccountsDialog)
    assert asked(page).texts()[0] == "Remove @maplerye@mastodon.social?"
    await settle()


def test_a_press_on_a_paused_account_shows_it(window: MainWindow, runtime: FakeRuntime) -> None:
    runtime.inbox.accounts_list = [replace(ACCOUNTS[0], state="paused"), *ACCOUNTS[1:]]
    window.side.refresh()
    window.side.accounts["m1"].click()
    (page,) = window.findChildren(AccountsDialog)
    assert runtime.accounts.checked == []
    assert isinstance(page.lines["m1"], AccountLine)
    assert page.focusWidget() is page.lines["m1"].buttons["pause"]
    item = window.side.accounts["m1"]
    item.customContextMenuRequested.emit(QPoint(2, 2))
    menu = window.side.findChild(QMenu)
    assert menu is not None
    assert [action.text() for action in menu.actions() if action.isEnabled() and action.text()][:2] == [
        "Sign in again", "Go on",
    ]  # fmt: skip
    menu.close()
