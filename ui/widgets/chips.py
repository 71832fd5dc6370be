"""Words in small rounded boxes, as many lines as they need."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme

PAD, GAP = 7, 6


class Chips(QWidget):
    """Hidden while there are none. A word that is wider than the widget is cut."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts: tuple[str, ...] = ()
        self._boxes: list[tuple[QRectF, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.signals.changed.connect(self._lay_out)
        self.hide()

    def texts(self) -> tuple[str, ...]:
        """What is shown."""
        return self._texts

    def show_texts(self, texts: Sequence[str], name: str) -> None:
        """Show these; `name` says to a screen reader what they are."""
        self._texts = tuple(texts)
        self.setAccessibleName(f"{name}: {', '.join(texts)}")
        self._lay_out()
        self.setVisible(bool(texts))

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def _lay_out(self) -> None:
        metrics = QFontMetrics(theme.font(11))
        high, room = float(theme.px(18)), float(max(self.width(), 60))
        self._boxes, x, y = [], 0.0, 0.0
        for text in self._texts:
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room - 2 * PAD))
            wide = metrics.horizontalAdvance(shown) + 2.0 * PAD
            if x and x + wide > room:
                x, y = 0.0, y + high + GAP
            self._boxes.append((QRectF(x, y, wide, high), shown))
            x += wide + GAP
        self.setFixedHeight(int(y + high) if self._boxes else 0)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, c = QPainter(self), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(11))
        for box, text in self._boxes:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(c.bg)
            painter.drawRoundedRect(box, 5, 5)
            painter.setPen(c.muted)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
