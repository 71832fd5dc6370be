"""Whose inbox it is: square, name and opening hours."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui import theme
from ui.widgets.avatar import ClientSquare
from ui.widgets.labels import ElidedLabel


class ClientButton(QWidget):
    """Square, name and opening hours; opens the list of clients."""

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.square = ClientSquare("", "", self)
        self.name = ElidedLabel("", self, weight=600)
        self.line = ElidedLabel("", self, size=11, colour="muted")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.name)
        words.addWidget(self.line)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 6, 8, 6)
        self._row.setSpacing(10)
        self._row.addWidget(self.square)
        self._row.addLayout(words, 1)

    def set_compact(self, compact: bool) -> None:
        """The square alone."""
        self.name.setVisible(not compact)
        self.line.setVisible(not compact)
        side = theme.px(6 if compact else 8)
        self._row.setContentsMargins(side, 6, side, 6)
        for label in (self.name, self.line):
            label.setFixedHeight(theme.px(18))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, _event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, _event: QFocusEvent) -> None:
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(theme.tokens().accent)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
