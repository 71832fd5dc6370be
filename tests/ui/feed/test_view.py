"""The list holds still while somebody reads, and answers to keys and clicks."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import Lane
from tests.ui.fakes import NOW, FakeRuntime, make_row
from tests.ui.feed.shown import ids, many, model_of, pixel, shown
from tests.values import replace
from ui import theme
from ui.feed.delegate import row_height
from ui.feed.model import KEPT, PAGE


def test_chosen_row_keeps_its_place_when_others_arrive_above(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(80))
    view = shown(runtime, qtbot)
    view.choose(2)
    before = pixel(view, "3")
    runtime.inbox.put(*(make_row(500 + number, due=number / 10) for number in range(7)))
    QApplication.processEvents()
    assert pixel(view, "3") == before
    assert view.conversation() == "3"
    assert view.new_above() == 7
    view.show_new()
    assert view.verticalScrollBar().value() == 0
    assert view.new_above() == 0


def test_short_list_holds_still_too(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(3))
    view = shown(runtime, qtbot, height=800)
    view.choose(0)
    before = pixel(view, "1")
    runtime.inbox.put(make_row(90, due=1), make_row(91, due=2))
    QApplication.processEvents()
    assert pixel(view, "1") == before
    assert view.new_above() == 2
    view.verticalScrollBar().setValue(0)
    QApplication.processEvents()
    assert view.verticalScrollBar().maximum() == 0
    assert pixel(view, "90") == 0


def test_row_under_the_cursor_holds_in_the_middle_of_a_lane(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(400))
    view = shown(runtime, qtbot)
    view.verticalScrollBar().setValue(40 * row_height() + 37)
    before = pixel(view, "44")
    runtime.inbox.put(*(make_row(600 + number, due=10.5 + number) for number in range(20)))
    runtime.inbox.drop("3", "5", "8")
    QApplication.processEvents()
    assert pixel(view, "44") == before


def test_at_the_top_with_nothing_chosen_the_newest_shows(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(30))
    view = shown(runtime, qtbot)
    runtime.inbox.put(make_row(90, due=1))
    assert pixel(view, "90") == 0
    assert view.new_above() == 0


def test_a_row_that_leaves_by_itself_does_not_choose_another(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(10))
    view = shown(runtime, qtbot)
    view.choose(3)
    heard: list[str] = []
    view.chosen.connect(heard.append)
    runtime.inbox.put(replace(runtime.inbox.rows["4"], lane=Lane.WAITING))
    QApplication.processEvents()
    assert heard == []
    assert view.conversation() == "4"
    view.step(1)
    assert heard == ["5"]


def test_a_row_that_moves_stays_chosen(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(10))
    view = shown(runtime, qtbot)
    view.choose(3)
    heard: list[str] = []
    view.chosen.connect(heard.append)
    runtime.inbox.put(make_row(4, due=0))
    assert heard == []
    assert view.selectionModel().selectedRows()[0].row() == 0


def test_keys_walk_home_and_end(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(3000))
    view = shown(runtime, qtbot)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.conversation() == "3000"
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.conversation() == "1"
    view.step(1)
    assert view.conversation() == "2"
    view.step(-5)
    assert view.conversation() == "1"


def test_end_at_once_stays_at_the_end(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(5000)), qtbot)
    view.choose_last()
    QApplication.processEvents()
    assert view.conversation() == "5000"
    assert ids(model_of(view))[-1] == "5000"
    assert model_of(view).rowCount() <= 3 * PAGE
    view.forget()
    bar = view.verticalScrollBar()
    for _ in range(400):
        bar.setValue(bar.value() - 400)
    assert model_of(view).rowCount() <= KEPT
    assert int(ids(model_of(view))[0]) > 2000


def test_click_chooses_even_the_current_row(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(5)), qtbot)
    view.setFocus()
    heard: list[str] = []
    view.chosen.connect(heard.append)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 20))
    assert heard == ["1"]


def test_scrolling_reads_on_before_the_end_shows(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(1000)), qtbot)
    bar = view.verticalScrollBar()
    for _ in range(200):
        bar.setValue(bar.value() + 500)
        QApplication.processEvents()
        assert bar.value() + view.viewport().height() <= model_of(view).rowCount() * row_height()
    assert ids(model_of(view))[-1] == "1000"


# the tick


def test_only_rings_that_moved_are_painted(themed: QApplication, qtbot: QtBot) -> None:
    rows = [
        make_row(1, due=11, posted_at=NOW - timedelta(minutes=1)),
        make_row(2, due=60 * 24 * 30 + 90, posted_at=NOW - timedelta(days=3)),
    ]
    view = shown(FakeRuntime(rows), qtbot)
    view.stale_rings(NOW)
    assert view.stale_rings(NOW).isEmpty()
    region = view.stale_rings(NOW + timedelta(seconds=30))
    assert not region.isEmpty()
    assert region.boundingRect().bottom() < row_height()
    assert region.boundingRect().width() <= theme.px(40) + 2


def test_hidden_window_has_no_tick(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(5)), qtbot)
    qtbot.waitUntil(view._timer.isActive)
    view.hide()
    view._tick()
    assert not view._timer.isActive()
    view.show()
    QApplication.processEvents()
    qtbot.waitUntil(view._timer.isActive)
