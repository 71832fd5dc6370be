"""Putting away: words to choose from, a line to type into, and both times told before anything is done."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain import WHEN_THEY_ANSWER
from app.rows import SnoozePlan
from tests.ui.fakes import NOW, FakeInbox, FakeRuntime
from ui.snooze import SnoozePopover, moment, told


@pytest.fixture
def popover(themed: QApplication, runtime: FakeRuntime, qtbot: QtBot) -> SnoozePopover:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    button = QPushButton("Snooze", window)
    button.move(700, 10)
    window.show()
    made = SnoozePopover(runtime.inbox.snooze_plan, window, lambda: NOW)
    with qtbot.waitActive(window):
        window.activateWindow()
    button.setFocus()
    made.open_for(["1"], button)
    return made


def items(popover: SnoozePopover) -> list[str]:
    return [popover.list.item(at).text() for at in range(popover.list.count())]


def test_words_and_their_times(popover: SnoozePopover) -> None:
    assert items(popover) == [
        "In 2 hours", "Tomorrow morning", "In 3 days", "Monday morning", "When they answer", "Choose a time…",
    ], "this evening is over"  # fmt: skip
    assert popover.list.currentRow() == 0
    assert popover.field.hasFocus()
    assert popover.window().rect().contains(popover.geometry())


def test_what_is_typed_is_told_at_once_and_taken_by_enter(popover: SnoozePopover, qtbot: QtBot) -> None:
    qtbot.keyClicks(popover.field, "thursday 9")
    assert popover.preview.text() == ("Comes back Thursday 09:00. Its promise ends 19:11, so it comes back at 19:06.")
    with qtbot.waitSignal(popover.chosen) as caught:
        qtbot.keyClick(popover.field, Qt.Key.Key_Return)
    assert caught.args == [datetime(2026, 11, 26, 9, tzinfo=NOW.tzinfo)]
    assert popover.isHidden()
    assert isinstance(QApplication.focusWidget(), QPushButton), "the focus goes back"


def test_what_is_not_understood_is_said_and_stays(popover: SnoozePopover, qtbot: QtBot) -> None:
    chosen: list[object] = []
    popover.chosen.connect(chosen.append)
    qtbot.keyClicks(popover.field, "blurb")
    assert "“blurb” says no time" in popover.preview.text()
    qtbot.keyClick(popover.field, Qt.Key.Key_Return)
    assert popover.isVisible()
    assert popover.field.text() == "blurb"
    assert chosen == []
    qtbot.keyClick(popover.field, Qt.Key.Key_Escape)
    assert popover.isHidden()


def test_arrows_choose_from_the_list(popover: SnoozePopover, qtbot: QtBot) -> None:
    qtbot.keyClick(popover.field, Qt.Key.Key_Up)
    with qtbot.waitSignal(popover.ask_wanted):
        qtbot.keyClick(popover.field, Qt.Key.Key_Return)
    popover.show()
    popover.list.setCurrentRow(items(popover).index("When they answer"))
    with qtbot.waitSignal(popover.chosen) as caught:
        qtbot.keyClick(popover.field, Qt.Key.Key_Return)
    assert caught.args == [WHEN_THEY_ANSWER]


def test_both_times_in_words() -> None:
    monday = NOW + timedelta(days=6)
    due, back = NOW + timedelta(minutes=40), NOW + timedelta(minutes=30)
    plan = SnoozePlan(monday, monday, None, "UTC")
    assert told(plan, NOW) == "Comes back Monday 18:59."
    assert told(plan, NOW, 3) == "They come back Monday 18:59."
    plan = SnoozePlan(monday, back, due, "UTC")
    assert told(plan, NOW, 3).endswith("The first promise ends 19:39, so that one comes back at 19:29.")
    never = SnoozePlan(WHEN_THEY_ANSWER, back, due, "UTC")
    assert told(never, NOW) == ("Comes back when they answer. Its promise ends 19:39, so it comes back at 19:29.")
    assert told(SnoozePlan(monday, monday, None, "UTC", late=True), NOW).endswith("Its promise has ended already.")


def test_times_are_the_clients_and_name_ours_where_they_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    here = NOW.astimezone()
    told_there = moment(NOW + timedelta(days=1), "Asia/Kathmandu", NOW)
    assert told_there.startswith("tomorrow 00:44")
    assert f"({here:%H:%M} here)" in told_there


def test_planning_for_many_is_bounded(popover: SnoozePopover, runtime: FakeRuntime) -> None:
    assert isinstance(runtime.inbox, FakeInbox)
    popover.open_for([str(number) for number in range(1, 9)], popover.parentWidget())
    assert popover.preview.text().startswith("They come back")
