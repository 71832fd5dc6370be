"""A list to choose from, with a mark of its own."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from ui import theme


def paint_chevron(field: QWidget) -> None:
    """The mark of a field that opens; the style's own has a bevel."""
    painter = QPainter(field)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.tokens().muted, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    right, middle, wide = field.width() - theme.px(12), field.height() / 2, theme.px(4)
    painter.drawPolyline(
        [QPointF(right - 2 * wide, middle - wide / 2), QPointF(right - wide, middle + wide / 2),
         QPointF(right, middle - wide / 2)]
    )  # fmt: skip
    painter.end()


class Combo(QComboBox):
    """A list whose choice does not change when somebody scrolls past it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("chevron", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_chevron(self)
