"""What a place shows while it holds nothing: a sentence, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.buttons import QuietButton
from ui.widgets.labels import Heading, Label


class EmptyState(QWidget):
    """Heading, a line of words and at most one button, in the middle. `chosen` is the button."""

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = Heading("", self, level=2)
        self._words = Label("", self, colour="muted", wrap=True)
        self._button = QuietButton("", self)
        self._button.clicked.connect(self.chosen)
        for label in (self._heading, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self._heading)
        column.addWidget(self._words)
        column.addSpacing(8)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def set_words(self, heading: str, words: str, action: str = "") -> None:
        """Say this; without `action` there is no button."""
        self._heading.setText(heading)
        self._words.setText(words)
        self._button.setText(action)
        self._button.setAccessibleName(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(f"{heading}. {words}")

    def heading(self) -> str:
        """What the heading says."""
        return self._heading.text()
