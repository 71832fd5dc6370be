"""Several conversations at once: one step, one undo, and a list that stands still meanwhile."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.domain import ConversationState, Lane, Place
from tests.ui.conftest import Settle
from tests.ui.fakes import NOW, FakeRuntime, make_row
from tests.values import replace
from ui.feed.delegate import row_height
from ui.widgets import Toast
from ui.window import MainWindow

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
async def window(themed: QApplication, runtime: FakeRuntime, settle: Settle, qtbot: QtBot) -> AsyncIterator[MainWindow]:
    made = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.resize(1440, 900)
    made.show()
    for _ in range(100):  # what is built after the first paint takes its time on a busy machine
        await settle()
        if made.pane is not None:
            break
    with qtbot.waitActive(made):
        made.activateWindow()
    made.feed.view.setFocus()
    yield made
    made.close()
    await settle()


def press(window: MainWindow, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)


def click(window: MainWindow, qtbot: QtBot, at: int, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    view = window.feed.view
    y = at * row_height() + 20 - view.verticalScrollBar().value()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, QPoint(120, y))


def marked(window: MainWindow) -> list[str]:
    return window.feed.view.marks.acted() if window.feed.view.marks else []


async def test_shift_and_the_arrows_of_letters_select_a_range(window: MainWindow, qtbot: QtBot) -> None:
    for _ in range(3):
        press(window, qtbot, Qt.Key.Key_J, SHIFT)
    assert marked(window) == ["1", "2", "3", "4"]
    press(window, qtbot, Qt.Key.Key_K, SHIFT)
    assert marked(window) == ["1", "2", "3"]
    assert window.feed.view.conversation() == "1", "the conversation that is read stays"
    assert window.feed.bar.text() == "3 selected"
    press(window, qtbot, Qt.Key.Key_Down, SHIFT)
    assert len(marked(window)) == 4
    press(window, qtbot, Qt.Key.Key_Escape)
    assert marked(window) == []
    assert window.feed.bar.text() == ""
    press(window, qtbot, Qt.Key.Key_J, SHIFT)
    press(window, qtbot, Qt.Key.Key_J)
    assert (marked(window), window.feed.view.conversation()) == ([], "2"), "a plain step chooses one"


async def test_the_mouse_selects_as_everywhere(window: MainWindow, qtbot: QtBot) -> None:
    click(window, qtbot, 1)
    click(window, qtbot, 4, SHIFT)
    assert marked(window) == ["2", "3", "4", "5"]
    click(window, qtbot, 2, CTRL)
    assert marked(window) == ["2", "4", "5"]
    click(window, qtbot, 7, CTRL)
    assert marked(window) == ["2", "4", "5", "8"]
    click(window, qtbot, 3)
    assert (marked(window), window.feed.view.conversation()) == ([], "4")
    press(window, qtbot, Qt.Key.Key_A, CTRL)
    assert len(marked(window)) == 8


async def test_done_for_all_is_one_call_and_one_undo(
    window: MainWindow, runtime: FakeRuntime, qtbot: QtBot, settle: Settle
) -> None:
    for _ in range(2):
        press(window, qtbot, Qt.Key.Key_J, SHIFT)
    window.do("done")
    menu = window.bulk._reasons
    assert menu is not None
    assert menu.isVisible()
    menu.actions()[0].trigger()
    menu.hide()
    await settle()
    assert [call for call in runtime.inbox.calls if call[0] == "close"] == [("close", ["1", "2", "3"], "answered")]
    assert window.feed.view.conversation() == "4", "on with the first that is left"
    assert window.findChild(Toast).text() == "Done: 3 conversations"
    window.findChild(Toast)._act()
    await settle()
    assert ("undo",) in runtime.inbox.calls


async def test_snooze_for_all(window: MainWindow, runtime: FakeRuntime, qtbot: QtBot, settle: Settle) -> None:
    press(window, qtbot, Qt.Key.Key_J, SHIFT)
    press(window, qtbot, Qt.Key.Key_S)
    popover = window.bulk._snoozer
    assert popover is not None
    qtbot.keyClicks(popover.field, "in 5 minutes")
    assert popover.preview.text().startswith("They come back 19:04")
    qtbot.keyClick(popover.field, Qt.Key.Key_Return)
    await settle()
    assert {row.lane for row in runtime.inbox.feed_rows(["1", "2"]).values()} == {Lane.SNOOZED}
    assert window.feed.view.conversation() == "3"
    assert window.findChild(Toast).text() == "Snoozed: 2 conversations"


async def test_noise_and_back_by_the_same_key(
    window: MainWindow, runtime: FakeRuntime, qtbot: QtBot, settle: Settle
) -> None:
    press(window, qtbot, Qt.Key.Key_N)
    await settle()
    assert runtime.inbox.rows["1"].lane is Lane.NOISE
    assert window.feed.view.conversation() == "2"
    window.show_lane(Lane.NOISE)
    press(window, qtbot, Qt.Key.Key_N)
    await settle()
    assert runtime.inbox.rows["1"].lane is Lane.CARE
    window.show_lane(Lane.CARE)
    window.feed.view.choose_conversation("4")
    press(window, qtbot, Qt.Key.Key_U)
    await settle()
    assert ("place", ["4"], Place.NORMAL) in runtime.inbox.calls
    assert window.findChild(Toast).text() == "Not urgent: coffeewithkit"


async def test_bring_back_reopens_or_keeps_open(
    window: MainWindow, runtime: FakeRuntime, qtbot: QtBot, settle: Settle
) -> None:
    runtime.inbox.put(replace(runtime.inbox.rows["2"], closes_at=NOW), new=False)
    window.feed.view.choose_conversation("2")
    press(window, qtbot, Qt.Key.Key_E, SHIFT)
    await settle()
    assert ("keep_open", "2") in runtime.inbox.calls
    closed = [make_row(60 + n, lane=Lane.DONE, state=ConversationState.CLOSED) for n in range(3)]
    runtime.inbox.put(*closed)
    window.show_lane(Lane.DONE)
    press(window, qtbot, Qt.Key.Key_A, CTRL)
    press(window, qtbot, Qt.Key.Key_E, SHIFT)
    await settle()
    assert ("reopen", ["60", "61", "62"]) in runtime.inbox.calls


async def test_the_menu_is_about_what_is_under_the_pointer(window: MainWindow, qtbot: QtBot) -> None:
    view = window.feed.view
    view.customContextMenuRequested.emit(QPoint(100, row_height() + 10))
    assert view.conversation() == "2"
    menu = next(menu for menu in window.findChildren(QMenu) if menu.isVisible())
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Reply", "Done", "Snooze", "Bring back", "Not urgent", "Noise or not", "Undo",
    ]  # fmt: skip
    menu.close()
    press(window, qtbot, Qt.Key.Key_J, SHIFT)
    view.customContextMenuRequested.emit(QPoint(100, row_height() + 10))
    menu = next(menu for menu in window.findChildren(QMenu) if menu.isVisible())
    assert menu.actions()[0].text() == "2 selected"
    assert len(marked(window)) == 2
    menu.close()


async def test_what_others_take_away_is_not_acted_upon(
    window: MainWindow, runtime: FakeRuntime, qtbot: QtBot, settle: Settle
) -> None:
    press(window, qtbot, Qt.Key.Key_A, CTRL)
    runtime.inbox.put(replace(runtime.inbox.rows["3"], lane=Lane.WAITING), new=False)
    await settle()
    assert "3" not in marked(window)
    assert window.feed.bar.text() == "7 selected"


async def test_letters_of_the_new_keys_do_not_fire_while_somebody_writes(
    window: MainWindow, runtime: FakeRuntime, qtbot: QtBot, settle: Settle
) -> None:
    window.do("search")
    qtbot.keyClicks(window.feed.field, "nuNJ")
    assert window.feed.field.text() == "nuNJ"
    await settle()
    assert not [call for call in runtime.inbox.calls if call[0] == "place"]


async def test_marks_do_not_move_the_list_and_cost_next_to_nothing(
    themed: QApplication, qtbot: QtBot, settle: Settle
) -> None:
    runtime = FakeRuntime([make_row(number, due=10 + number) for number in range(1, 2000)])
    window = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    await settle()
    view = window.feed.view
    while view._feed.rowCount() < 1000:
        view._feed.fetch_after()
    view.choose(400)
    value = view.verticalScrollBar().value()
    head = view.mapTo(window, QPoint(0, 0))
    view.marks.mark_all()
    await settle()
    assert (view.verticalScrollBar().value(), view.mapTo(window, QPoint(0, 0))) == (value, head)
    y = view.rowViewportPosition(400)
    runtime.inbox.put(*(make_row(5000 + n, due=5) for n in range(20)))
    await settle()
    assert view.rowViewportPosition(view._feed.find("401")) == y
    assert len(view.marks) == 1000, "what is new is not selected"
    image = QImage(view.size(), QImage.Format.Format_ARGB32)
    best = {False: 1.0, True: 1.0}
    for round_ in range(40):
        on = bool(round_ % 2)
        view.marks.mark_all() if on else view.marks.clear()
        painter = QPainter(image)
        start = time.perf_counter()
        view.viewport().render(painter, QPoint())
        best[on] = min(best[on], time.perf_counter() - start)
        painter.end()
    assert best[True] < best[False] + 0.004
    window.close()
    await settle()
