"""Quiet lines around the draft, and the one bar that asks something."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ui import theme
from ui.composer.rows import TwoGroups
from ui.widgets import Label, LinkButton, PrimaryButton, QuietButton

Action = tuple[str, str, Callable[[], object]]  # words on the button, what a screen reader says, what it does


MOST = 2  # things that can be done about one line


class NoteLine(QWidget):
    """A sentence with what can be done about it; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None, *, colour: str = "muted", name: str = "", inset: int = 0) -> None:
        super().__init__(parent)
        self._name = name
        self._words = Label("", self, size=12, colour=colour, wrap=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        # made once: what is made later would come last for Tab, behind everything in the window
        self._buttons = [LinkButton("", self) for _ in range(MOST)]
        self._actions: Sequence[Action] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(inset, 0, inset, 0)
        self._row.setSpacing(2)
        self._row.addWidget(self._words, 1)
        for number, button in enumerate(self._buttons):
            button.hide()
            button.clicked.connect(lambda _on=False, number=number: self._actions[number][2]())
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_line(self, text: str, actions: Sequence[Action] = ()) -> None:
        """Say `text`; "" hides it."""
        self._actions = tuple(actions)
        if text != self._words.text():
            self._words.setText(text)
            self._words.setAccessibleName(f"{self._name}: {text}" if self._name else text)
        for number, button in enumerate(self._buttons):
            shown = number < len(actions)
            if shown:
                button.setText(actions[number][0])
                button.setAccessibleName(actions[number][1])
            button.setVisible(shown)
        self.setVisible(bool(text))

    def text(self) -> str:
        """What it says, "" while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    def buttons(self) -> list[QPushButton]:
        """What can be done about it."""
        return list(self._buttons[: len(self._actions)])

    def tab_stops(self) -> list[QWidget]:
        """All that it may ever have, in the order of Tab."""
        return list(self._buttons)


class AskBar(QWidget):
    """Asks once, inline. Nothing is blocked by it but the reply that it is about."""

    yes = Signal()
    no = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = Label("", self, wrap=True, weight=500)
        self._yes, self._no = PrimaryButton("", self), QuietButton(self.tr("Go back"), self)
        self._no.setToolTip(self.tr("Esc"))
        self._yes.clicked.connect(lambda _on=False: self.yes.emit())
        self._no.clicked.connect(lambda _on=False: self.no.emit())
        self._inside = QVBoxLayout()
        row = TwoGroups(self)
        row.left.addStretch(1)
        row.right.addWidget(self._no)
        row.right.addWidget(self._yes)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self._words)
        column.addLayout(self._inside)
        column.addWidget(row)
        self.hide()

    def ask(self, text: str, yes: str) -> None:
        """Show the question; the focus stays where it is, since the keys that answer work there too."""
        self._words.setText(text)
        self._yes.setText(yes)
        self._yes.setAccessibleName(yes)
        self.setAccessibleName(text)
        self.show()
        told(self, text)

    def text(self) -> str:
        """The question, "" while none is asked."""
        return "" if self.isHidden() else self._words.text()

    def buttons(self) -> tuple[QPushButton, QPushButton]:
        """Yes, and back."""
        return self._yes, self._no

    def tab_stops(self) -> list[QWidget]:
        """Its buttons, in the order of Tab."""
        return [self._no, self._yes]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.no.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(c.warn)
        painter.setBrush(c.warn_soft)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)


def told(widget: QWidget, text: str) -> None:
    """Have a screen reader say `text`, which came without the focus."""
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))


class FieldLine(QWidget):
    """A label before a field of one line, above it where there is little room."""

    def __init__(self, label: str, field: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = Label(label, self, size=12, colour="muted")
        self._label.setBuddy(field)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)
        self._box.addWidget(self._label)
        self._box.addWidget(field, 1)
        self.hide()

    def add(self, widget: QWidget) -> None:
        """Something behind the field."""
        self._box.addWidget(widget)
