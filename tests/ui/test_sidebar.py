"""The side bar: counts, states in words, and both widths."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.domain import Lane
from app.events import NetworkState, SyncProgress
from app.rows import LaneCount
from tests.ui.fakes import NOW, FakeRuntime, picture_counts
from tests.values import replace
from ui.sidebar import NARROW, WIDE, SideBar


@pytest.fixture
def bar(themed: QApplication, runtime: FakeRuntime, qtbot: QtBot) -> SideBar:
    runtime.inbox.lane_counts = picture_counts()
    made = SideBar(runtime.inbox, runtime.outbox, lambda: NOW)
    qtbot.addWidget(made)
    made.set_client("maple")
    made.resize(WIDE, 900)
    made.show()
    return made


def test_lanes_show_their_counts(bar: SideBar) -> None:
    assert [item.value() for item in bar.lanes.values()] == ["7", "12", "9", "4", "3", "21", "", ""]
    assert [lane for lane, item in bar.lanes.items() if item.tone() == "danger"] == [Lane.CARE]
    assert bar.lanes[Lane.CARE].accessibleName() == "Care now, 7, 3 due within 30 minutes"
    assert bar.outbox.value() == "2"


def test_account_states_are_words(bar: SideBar) -> None:
    assert [item.text() for item in bar.accounts.values()] == [
        "@maplerye · Mastodon", "maplerye.com · Bluesky", "Maple & Rye · Facebook", "Google reviews",
    ]  # fmt: skip
    assert bar.accounts["g1"].value() == "Sign in"
    assert bar.accounts["g1"].toolTip().startswith("The sign-in has expired. Sign in again.")
    assert bar.accounts["m1"].accessibleName().startswith("@maplerye · Mastodon: Nothing missing up to ")


def test_a_gap_is_shown_as_a_gap(bar: SideBar, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.inbox, "gaps", lambda _account: ["40 older ones cannot be read."])
    bar.refresh()
    assert bar.accounts["m1"].value() == "Gap"
    assert "40 older ones cannot be read." in bar.accounts["m1"].toolTip()
    assert "40 older ones cannot be read." in bar.accounts["m1"].accessibleName()


@pytest.mark.parametrize(
    ("left", "value"),
    [
        (timedelta(days=20), ""), (timedelta(days=14), "14 days"), (timedelta(days=1, hours=3), "1 day"),
        (timedelta(hours=3), "Today"), (timedelta(hours=-1), "Sign in"),
    ],
)  # fmt: skip
def test_days_until_a_sign_in_ends(bar: SideBar, runtime: FakeRuntime, left: timedelta, value: str) -> None:
    first, *others = runtime.inbox.accounts_list
    data = f'{{"token_expires_at": "{(NOW + left).isoformat()}"}}'
    runtime.inbox.accounts_list = [replace(first, data=data), *others]
    bar.refresh()
    item = bar.accounts[first.id]
    assert item.value() == value
    assert ("Sign in again" in item.toolTip()) is bool(value)
    assert ("everything is kept" in item.accessibleName()) is bool(value)


def test_silence_is_not_green(bar: SideBar, runtime: FakeRuntime) -> None:
    old = replace(runtime.inbox.accounts_list[0], checked_at=NOW - timedelta(hours=3))
    runtime.inbox.accounts_list[0] = old
    bar.refresh()
    assert bar.accounts["m1"].value() == "Not checked"


def test_clicks_tell_what_was_chosen(bar: SideBar, qtbot: QtBot) -> None:
    heard: list[object] = []
    for signal in (bar.lane_chosen, bar.client_chosen, bar.account_chosen):
        signal.connect(heard.append)
    bar.outbox_chosen.connect(lambda: heard.append("outbox"))
    bar.add_account.connect(lambda: heard.append("add"))
    for item in (
        bar.lanes[Lane.TODAY], bar.clients["northline"], bar.clients[None], bar.accounts["g1"], bar.outbox, bar._add,
    ):  # fmt: skip
        qtbot.mouseClick(item, Qt.MouseButton.LeftButton)
    assert heard == [Lane.TODAY, "northline", None, "g1", "outbox", "add"]


def test_every_line_by_keyboard(bar: SideBar, qtbot: QtBot) -> None:
    with qtbot.waitActive(bar):
        bar.activateWindow()
    bar.lanes[Lane.CARE].setFocus()
    qtbot.keyClick(bar.lanes[Lane.CARE], Qt.Key.Key_Down)
    assert bar.lanes[Lane.TODAY].hasFocus()
    with qtbot.waitSignal(bar.lane_chosen):
        qtbot.keyClick(bar.lanes[Lane.TODAY], Qt.Key.Key_Space)
    qtbot.keyClick(bar.lanes[Lane.TODAY], Qt.Key.Key_Up)
    assert bar.lanes[Lane.CARE].hasFocus()


def test_status_line(bar: SideBar) -> None:
    assert bar.status.text() == "Synced 12 s ago"
    bar.set_progress(SyncProgress("m1", 3, running=True))
    assert bar.status.text() == "Checking for new messages"
    bar.set_progress(SyncProgress("m1", 3, running=False))
    bar.set_network(NetworkState(False, NOW))
    assert bar.status.text().startswith("No network since ")
    bar.set_network(NetworkState(True, NOW))
    assert bar.status.text() == "Synced 12 s ago"


def test_the_chosen_client_heads_the_bar(bar: SideBar) -> None:
    assert bar._head.name.whole() == "Maple & Rye"
    assert bar._head.line.whole() == "Open until 18:00"
    assert [key for key, item in bar.clients.items() if item.isVisibleTo(bar)] == [None, "northline", "okafor"]
    bar.set_client(None)
    assert bar._head.name.whole() == "All clients"
    assert bar.clients[None].isChecked()
    assert len(bar.accounts) == 4


def test_narrow_bar_has_glyphs_with_names(bar: SideBar) -> None:
    bar.set_compact(True)
    assert bar.width() == NARROW
    assert not any(item.isVisible() for item in (*bar.accounts.values(), *bar.clients.values()))
    assert all(item.toolTip() and item.accessibleName() for item in bar.lanes.values())
    assert not bar.grab().isNull()
    bar.set_compact(False)
    assert bar.width() == WIDE


def test_client_menu(bar: SideBar, qtbot: QtBot) -> None:
    bar.set_compact(True)
    qtbot.mouseClick(bar._head, Qt.MouseButton.LeftButton)
    menu = bar.findChild(QMenu)
    words = [action.text() for action in menu.actions()]
    assert words[0] == "All clients"
    assert "Maple && Rye" in words
    assert "Sign in: Google reviews" in words
    assert words[-1] == "Add account"
    with qtbot.waitSignal(bar.client_chosen) as heard:
        menu.actions()[2].trigger()
    assert heard.args == ["northline"]
    menu.close()


def test_nothing_yet(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime([])
    runtime.inbox.clients_list, runtime.inbox.accounts_list = [], []
    runtime.outbox.waiting = 0
    runtime.inbox.lane_counts = {lane: LaneCount(0, 0) for lane in Lane}
    bar = SideBar(runtime.inbox, runtime.outbox, lambda: NOW)
    qtbot.addWidget(bar)
    bar.show()
    assert bar.status.text() == "No account yet"
    assert [item.value() for item in bar.lanes.values()] == ["0", "", "", "", "", "", "", ""]
    assert bar.outbox.value() == ""
