"""The blanks of a template: Tab goes from one to the next, and Send waits until all are filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit


@dataclass(slots=True)
class _Stop:
    start: QTextCursor  # stays before what is typed at its place
    end: QTextCursor
    blank: str  # the words that stand there until somebody fills them in
    name: str

    def place(self) -> tuple[int, int] | None:
        """Where the blank still stands, None once it is filled in or taken out."""
        between = QTextCursor(self.start.document())
        between.setPosition(self.start.position())  # not a copy of it: its anchor does not stay behind
        between.setPosition(self.end.position(), QTextCursor.MoveMode.KeepAnchor)
        at = between.selectedText().find(self.blank)  # of Qt's own signs alone: places in UTF-16 follow below
        if at < 0:
            return None
        before = between.selectedText()[:at]
        start = self.start.position() + len(before.encode("utf-16-le", "surrogatepass")) // 2
        return start, start + len(self.blank.encode("utf-16-le", "surrogatepass")) // 2


class Stops(QObject):
    """Follows the blanks through every edit around them, undo and redo among them. Places in UTF-16 units."""

    def __init__(self, edit: QPlainTextEdit) -> None:
        super().__init__(edit)
        self._edit = edit
        self._stops: list[_Stop] = []
        self._over = True

    def clear(self) -> None:
        """There are none."""
        self._stops = []
        self._over = True

    def leave(self) -> bool:
        """Once all are filled in, go behind the text: the Tab after the last blank. False if that was done."""
        if self._over or not self._stops or self.places():
            return False
        self._over = True
        cursor = self._edit.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self._edit.setTextCursor(cursor)
        return True

    def add(self, places: Iterable[tuple[int, int, str]]) -> None:
        """Blanks from start to end; the name "" is read from the blank itself."""
        for start, end, name in places:
            first, second = QTextCursor(self._edit.document()), QTextCursor(self._edit.document())
            if not 0 <= start < end < self._edit.document().characterCount():
                continue
            first.setPosition(start)
            first.setKeepPositionOnInsert(True)
            second.setPosition(start)
            second.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            blank = second.selectedText()
            second.setPosition(end)
            self._over = False
            self._stops.append(_Stop(first, second, blank, name or blank.strip("{}[]<>_ ")))

    def places(self) -> tuple[tuple[int, int], ...]:
        """The blanks that are still to be filled, first one first."""
        return tuple((start, end) for start, end, _name in self.open())

    def open(self) -> list[tuple[int, int, str]]:
        """The same with the names of their fields."""
        found = {(place, stop.name) for stop in self._stops if (place := stop.place()) is not None}
        return sorted((start, end, name.replace("_", " ")) for (start, end), name in found)

    def go(self, step: int) -> bool:
        """Select the next blank, or with -1 the one before; False if none is left."""
        places = self.places()
        if not places:
            return False
        cursor = self._edit.textCursor()
        if step > 0:
            here = cursor.selectionEnd()
            start, end = next((one for one in places if one[0] >= here), places[0])
        else:
            here = cursor.selectionStart()
            start, end = next((one for one in reversed(places) if one[1] <= here), places[-1])
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self._edit.setTextCursor(cursor)
        return True

    def first(self) -> str:
        """Select the first blank and return its name, "" if there is none."""
        left = self.open()
        if not left:
            return ""
        cursor = self._edit.textCursor()
        cursor.setPosition(left[0][0])
        cursor.setPosition(left[0][1], QTextCursor.MoveMode.KeepAnchor)
        self._edit.setTextCursor(cursor)
        return left[0][2]
