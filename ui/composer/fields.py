"""Lines over the draft: the content warning, and the public line of a reply that goes on in private."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from ui.composer.lines import FieldLine
from ui.conversation import words
from ui.widgets import LinkButton


class WarningLine(FieldLine):
    """The content warning: as the message's, until somebody writes another."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.field = QLineEdit()
        super().__init__(self.tr("Content warning"), self.field, parent)
        self.field.setAccessibleName(self.tr("Content warning"))
        self.field.setPlaceholderText(self.tr("None"))
        self.field.setMaxLength(200)
        self.field.textEdited.connect(lambda _text: self.changed.emit())
        self._parents = ""

    def start(self, parents: str, own: str | None) -> None:
        """`parents` is the message's; `own` what this draft has instead, None for the same."""
        self._parents = words.one_line(parents)
        self.field.setText(self._parents if own is None else own)
        self.setVisible(bool(self._parents or own))

    def summon(self) -> None:
        """Show it, ready to write."""
        self.show()
        self.field.setFocus()

    def value(self) -> str | None:
        """None: as the message that is answered."""
        text = self.field.text().strip()
        return None if text == self._parents else text


class PublicLine(FieldLine):
    """What everybody reads when a conversation goes on in private; may be empty, then nothing is said."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.field = QLineEdit()
        super().__init__(self.tr("Said in public first"), self.field, parent)
        self.field.setAccessibleName(self.tr("Public line, sent together with the direct message"))
        self.field.setPlaceholderText(self.tr("Nothing in public"))
        self.field.setMaxLength(500)
        self.field.textEdited.connect(lambda _text: self.changed.emit())
        self._clear = LinkButton("\u00d7", self, name=self.tr("Say nothing in public"))
        self._clear.clicked.connect(self._empty)
        self.add(self._clear)

    def start(self, text: str) -> None:
        """Prefill it."""
        self.field.setText(words.one_line(text))
        self.field.setCursorPosition(0)

    def text(self) -> str:
        """The line, "" for none."""
        return self.field.text().strip()

    def tab_stops(self) -> list[QWidget]:
        """The field and what empties it."""
        return [self.field, self._clear]

    def _empty(self) -> None:
        self.field.clear()
        self.field.setFocus()
        self.changed.emit()
