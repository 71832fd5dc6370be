"""A sentence at the bottom of the window that goes by itself, with one thing that can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui import theme
from ui.widgets.buttons import LinkButton
from ui.widgets.labels import Label


class Toast(QWidget):
    """One at a time, over `parent`. Stays while the pointer or the focus is on it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over_what = parent
        self._then: Callable[[], object] | None = None
        self._words = Label("", self, colour="panel")
        self._button = LinkButton("", self)
        self._button.clicked.connect(self._act)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._words)
        row.addWidget(self._button)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._over)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        parent.installEventFilter(self)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def say(self, text: str, *, action: str = "", then: Callable[[], object] | None = None, seconds: float = 8) -> None:
        """Show `text`; a press on `action` calls `then`."""
        self._words.setText(text)
        self._words.setWordWrap(False)
        room = max(200, self._over_what.width() - 200)
        if self._words.sizeHint().width() > room:
            self._words.setWordWrap(True)
            self._words.setFixedWidth(room)
        else:
            self._words.setMinimumWidth(0)
            self._words.setMaximumWidth(16777215)
        self.setAccessibleName(text)
        self._then = then
        self._button.setText(action)
        self._button.setAccessibleName(action)
        self._button.setVisible(bool(action))
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._timer.start(round(seconds * 1000))

    def text(self) -> str:
        """What it says now, "" while hidden."""
        return "" if self.isHidden() else self._words.text()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.start(8000)
        super().enterEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.tokens().text)
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)

    def _over(self) -> None:
        if self._button.hasFocus() or self.underMouse():
            self._timer.start(4000)
        else:
            self.hide()

    def _act(self) -> None:
        self.hide()
        if self._then is not None:
            self._then()

    def _place(self) -> None:
        over = self._over_what
        self.move((over.width() - self.width()) // 2, over.height() - self.height() - 24)

    def _restyle(self) -> None:
        c = theme.tokens()
        self._button.setStyleSheet(
            f"QPushButton {{ color: {c.panel.name()}; font-weight: 600; text-decoration: underline; }}"
            f"QPushButton:focus {{ border: 1px solid {c.panel.name()}; }}"
        )
        self.update()
