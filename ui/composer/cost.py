"""What the reply costs on a platform that charges, and the key that makes it cheaper."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from app import amounts
from app.rows import ReplyCost
from ui.composer.editor import TextEdit
from ui.composer.lines import NoteLine
from ui.composer.places import to_qt

AFTER = 200  # ms without a key


class CostLine(NoteLine):
    """ "This reply costs $0.20 because of its link. Without it: $0.015." Hidden where nothing is charged."""

    def __init__(self, edit: TextEdit, look: Callable[[], ReplyCost | None], parent: QWidget | None = None) -> None:
        super().__init__(parent, name=self.tr("Cost"))
        self._edit, self._look = edit, look
        self._found: ReplyCost | None = None
        self._timer = QTimer(self, singleShot=True, interval=AFTER)
        self._timer.timeout.connect(self.look_again)

    def touch(self) -> None:
        """The text changed, or who reads it."""
        self._timer.start()

    def look_again(self) -> None:
        """Ask now."""
        self._timer.stop()
        found = self._found = self._look()
        if found is None:
            self.show_line("")
            return
        cost, without = (amounts.money(each, found.currency) for each in (found.amount, found.without))
        if not found.links:
            self.show_line(self.tr("This reply costs %1.").replace("%1", cost))
            return
        said = self.tr("This reply costs %1 because of its link. Without it: %2.")
        take = self.tr("Take the link out")
        if found.links > 1:
            said = self.tr("This reply costs %1 because of its links. Without them: %2.")
            take = self.tr("Take the links out")
        actions = [(take, take, self.take_out)] if found.plain else []
        self.show_line(said.replace("%1", cost).replace("%2", without), actions)

    def take_out(self) -> None:
        """Take the links out of the text, as one step that undo brings back."""
        self.look_again()
        if self._found is None or not self._found.links or not self._found.plain:
            return
        text, plain = self._edit.whole(), self._found.plain
        shorter = min(len(text), len(plain))
        start = next((n for n in range(shorter) if text[n] != plain[n]), shorter)
        most = shorter - start
        same = next((n for n in range(most) if text[-1 - n] != plain[-1 - n]), most)
        first, last = to_qt(text, [start, len(text) - same])
        cursor = self._edit.textCursor()
        cursor.setPosition(first)
        cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(plain[start : len(plain) - same])
        self._edit.setTextCursor(cursor)
        self._edit.setFocus()
        self.look_again()
