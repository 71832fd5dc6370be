"""Buttons of four weights. Their look is in the style sheet, by the `kind` property."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget


class _Button(QPushButton):
    kind = "quiet"

    def __init__(self, text: str, parent: QWidget | None = None, *, name: str = "", hint: str = "") -> None:
        """`name` is what a screen reader says, if the words on the button do not stand alone."""
        super().__init__(text, parent)
        self.setProperty("kind", self.kind)
        self.setAccessibleName(name or text.replace("&", ""))
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if hint:
            self.setToolTip(hint)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return presses the button that has the focus, also where a dialog has no default button."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)


class PrimaryButton(_Button):
    """The one thing to do on a screen."""

    kind = "primary"


class QuietButton(_Button):
    """Everything else that can be done."""


class LinkButton(_Button):
    """An action in running text ("Take it private")."""

    kind = "link"


class DashedButton(_Button):
    """A suggestion that may be taken (a template)."""

    kind = "dashed"
