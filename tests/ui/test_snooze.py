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
from tests.values import replace
from ui.snooze import SnoozePopover, brought_back, moment, told
from ui.widgets.popover import END


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


def lines(popover: SnoozePopover) -> list[tuple[str, str]]:
    """What each line says, and the time at its end."""
    found = [popover.list.item(at) for at in range(popover.list.count())]
    return [(item.text(), item.data(END) or "") for item in found]


def test_words_and_their_times(popover: SnoozePopover) -> None:
    assert lines(popover) == [
        ("Back at 19:06 for the promise", ""), ("In 2 hours", "20:59"), ("Tomorrow morning", "tomorrow 09:00"),
        ("In 3 days", "Friday 09:00"), ("Monday morning", "Monday 09:00"), ("When they answer", ""),
        ("Choose a time…", ""),
    ], "this evening is over"  # fmt: skip
    assert popover.list.currentRow() == 1
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


def test_what_comes_before_the_promise_stands_first(popover: SnoozePopover, runtime: FakeRuntime, qtbot: QtBot) -> None:
    row = runtime.inbox.rows["1"]
    runtime.inbox.rows["1"] = replace(row, due_at=NOW + timedelta(hours=5))
    popover.open_for(["1"], popover.parentWidget())
    assert lines(popover)[:3] == [
        ("In 2 hours", "20:59"), ("Back at 23:54 for the promise", ""), ("Tomorrow morning", "tomorrow 09:00"),
    ]  # fmt: skip
    assert popover.preview.text() == "Comes back 20:59."
    qtbot.keyClick(popover.field, Qt.Key.Key_Down)
    assert popover.list.currentItem().text() == "Tomorrow morning", "a heading is passed over"
    popover.list.itemClicked.emit(popover.list.item(1))
    assert popover.isVisible(), "a heading is not chosen"
    runtime.inbox.rows["1"] = replace(row, due_at=None)
    popover.open_for(["1"], popover.parentWidget())
    assert not [line for line, _end in lines(popover) if "promise" in line]


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


def test_what_stands_over_the_times_that_a_promise_comes_before() -> None:
    monday, tomorrow = NOW + timedelta(days=6), NOW + timedelta(hours=20)
    today = SnoozePlan(monday, NOW + timedelta(minutes=30), NOW + timedelta(minutes=40), "UTC")
    later = SnoozePlan(monday, tomorrow, tomorrow, "UTC")
    assert brought_back(today, NOW) == "Back at 19:29 for the promise"
    assert brought_back(today, NOW, 3) == "The first is back at 19:29 for its promise"
    assert brought_back(later, NOW) == "Back tomorrow 14:59 for the promise"
    assert brought_back(later, NOW, 3) == "The first is back tomorrow 14:59 for its promise"


def test_times_are_the_clients_and_name_ours_where_they_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    here = NOW.astimezone()
    told_there = moment(NOW + timedelta(days=1), "Asia/Kathmandu", NOW)
    assert told_there.startswith("tomorrow 00:44")
    assert f"({here:%H:%M} here)" in told_there


def test_planning_for_many_is_bounded(popover: SnoozePopover, runtime: FakeRuntime) -> None:
    assert isinstance(runtime.inbox, FakeInbox)
    popover.open_for([str(number) for number in range(1, 9)], popover.parentWidget())
    assert popover.preview.text().startswith("They come back")
