"""A box to tick. Painted by hand: the style's own frame cannot be seen on a dark ground."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from ui import theme

BOX, GAP = 16, 8


class TickBox(QCheckBox):
    """Words beside a square; the whole of it is pressed."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAccessibleName(text)
        self.setFont(theme.font(13))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.signals.changed.connect(self._restyle)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        wide = theme.px(BOX) + theme.px(GAP) + metrics.horizontalAdvance(self.text()) + 4
        return QSize(wide, max(theme.px(BOX), metrics.height()) + 6)

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = theme.px(BOX)
        box = QRectF(1.5, (self.height() - side) / 2 + 0.5, side - 1, side - 1)
        on = self.isChecked()
        painter.setPen(QPen(c.accent if on or self.hasFocus() else c.muted, 2 if self.hasFocus() else 1))
        painter.setBrush(c.accent if on else c.panel)
        painter.drawRoundedRect(box, 4, 4)
        if on:
            painter.setPen(QPen(c.on_accent, side / 8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            corners = [(0.25, 0.52), (0.43, 0.70), (0.76, 0.32)]
            points = [QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in corners]
            painter.drawPolyline(points)
        painter.setPen(c.text if self.isEnabled() else c.faint)
        painter.setFont(self.font())
        words = QRectF(side + theme.px(GAP) + 2, 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())

    def _restyle(self) -> None:
        self.setFont(theme.font(13))
        self.updateGeometry()
        self.update()
