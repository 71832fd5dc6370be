"""The column around the list: empty lanes, search, and what the pointer is told."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import Lane
from app.rows import Explanation
from tests.ui.conftest import Settle
from tests.ui.fakes import NOW, FakeRuntime, make_row
from tests.ui.feed.shown import ids, many
from ui.feed.column import FeedColumn


def test_empty_lanes_say_what_to_do(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime([make_row(1, lane=Lane.TODAY)])
    column = FeedColumn(runtime.inbox, lambda: NOW)
    qtbot.addWidget(column)
    column.show()
    heard: list[str] = []
    column.wanted.connect(heard.append)
    for lane in Lane:
        column.show_lane(lane, None)
        if lane is Lane.TODAY:
            assert not column.empty.isVisible()
        else:
            assert column.empty.isVisible()
            assert column.empty.heading()
    column.show_lane(Lane.CARE, None)
    column.empty.chosen.emit()
    assert heard == ["lane.today"]
    runtime.inbox.accounts_list = []
    column.show_lane(Lane.CARE, None)
    column.empty.chosen.emit()
    assert heard == ["lane.today", "add_account"]


def test_search_field(themed: QApplication, qtbot: QtBot, runtime: FakeRuntime) -> None:
    column = FeedColumn(runtime.inbox, lambda: NOW)
    qtbot.addWidget(column)
    column.show()
    column.show_lane(Lane.CARE, None)
    assert column.summary_text() == "3 due within 30 min · 4 more today · 96% same day"
    column.focus_search()
    qtbot.keyClicks(column.field, "almond")
    qtbot.waitUntil(lambda: ids(column.model) == ["4"])
    qtbot.keyClick(column.field, Qt.Key.Key_Return)
    assert column.view.conversation() == "4"
    qtbot.keyClicks(column.field, " nothing")
    qtbot.waitUntil(lambda: column.empty.heading() == "Nothing found")
    qtbot.keyClick(column.field, Qt.Key.Key_Escape)
    assert len(ids(column.model)) == 8
    assert column.field.text() == ""


async def test_the_pointer_over_a_row_is_told_what_weighed(themed: QApplication, qtbot: QtBot, settle: Settle) -> None:
    runtime = FakeRuntime(many(3))
    runtime.inbox.explanations["1"] = Explanation(("refund", "<b>late</b>"), unsure=True)
    column = FeedColumn(runtime.inbox, lambda: NOW)
    qtbot.addWidget(column)
    column.resize(400, 600)
    column.show()
    column.model.show(Lane.CARE, None)
    await settle()
    words = column.hover.words(runtime.inbox.explanations["1"])
    assert "refund" in words
    assert "<" not in words, "what people wrote is no markup"
    assert "Not sure" in words
    assert column.hover.words(Explanation()) == ""
    asked: list[str] = []
    column.hover._ask = lambda conversation, where: asked.append(conversation)  # type: ignore[method-assign]
    point = QPoint(50, 10)
    QApplication.sendEvent(column.view.viewport(), QHelpEvent(QEvent.Type.ToolTip, point, point))
    first = column.model.row(0)
    assert first is not None
    assert asked == [first.id]
    far = QPoint(50, 5_000)
    QApplication.sendEvent(column.view.viewport(), QHelpEvent(QEvent.Type.ToolTip, far, far))
    assert len(asked) == 1
