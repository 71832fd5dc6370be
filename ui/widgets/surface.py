"""Grounds: a card and a hairline."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from ui import theme


class Card(QFrame):
    """A rounded panel with a hairline. Lay children into `body`."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        ground: str = "panel",
        edge: str = "line",
        radius: float = 12,
        padding: int = 16,
    ) -> None:
        super().__init__(parent)
        self._ground, self._edge, self._radius = ground, edge, radius
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(4)
        theme.signals.changed.connect(self.update)

    def set_look(self, ground: str, edge: str) -> None:
        """Token names of ground and hairline; an `edge` of "" draws none."""
        self._ground, self._edge = ground, edge
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(getattr(c, self._edge)) if self._edge else Qt.PenStyle.NoPen)
        painter.setBrush(getattr(c, self._ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self._radius, self._radius)


class Line(QWidget):
    """A hairline."""

    def __init__(self, parent: QWidget | None = None, *, vertical: bool = False) -> None:
        super().__init__(parent)
        fixed, grow = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        if vertical:
            self.setFixedWidth(1)
            self.setSizePolicy(fixed, grow)
        else:
            self.setFixedHeight(1)
            self.setSizePolicy(grow, fixed)
        theme.signals.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.tokens().line)
