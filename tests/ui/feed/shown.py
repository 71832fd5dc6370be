"""A feed on the screen, for tests."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import Lane
from app.events import Changes
from tests.ui.fakes import NOW, FakeRuntime, make_row
from ui.feed.model import FeedModel
from ui.feed.view import FeedView


def many(count: int) -> list[object]:
    return [make_row(number, due=10 + number) for number in range(1, count + 1)]


def shown(runtime: FakeRuntime, qtbot: QtBot, *, height: int = 700) -> FeedView:
    model = FeedModel(runtime.inbox, lambda: NOW)
    view = FeedView(model, lambda: NOW)
    model.setParent(view)
    qtbot.addWidget(view)
    runtime.bus.subscribe(Changes, lambda changes: model.follow(changes, view.near()))
    model.show(Lane.CARE, None)
    view.setGeometry(200, 40, 424, height)  # the offscreen pointer rests at 0, 0
    view.show()
    QApplication.processEvents()
    return view


def model_of(view: FeedView) -> FeedModel:
    model = view.model()
    assert isinstance(model, FeedModel)
    return model


def ids(model: FeedModel) -> list[str]:
    return [row.id for at in range(model.rowCount()) if (row := model.row(at)) is not None]


def pixel(view: FeedView, conversation: str) -> int:
    return view.rowViewportPosition(model_of(view).find(conversation))


def paint_frames(view: FeedView, frames: int) -> int:
    """Paint the whole viewport `frames` times, a third of a page further each time. For benchmarks."""
    image = QImage(view.viewport().size(), QImage.Format.Format_ARGB32_Premultiplied)
    bar = view.verticalScrollBar()
    for _ in range(frames):
        bar.setValue(bar.value() + view.viewport().height() // 3)
        painter = QPainter(image)
        view.viewport().render(painter, QPoint())
        painter.end()
    return frames
