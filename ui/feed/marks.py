"""Several rows at once: by Shift and Ctrl with the mouse, by Shift+J and Shift+K, and all of the window.

Marks are ids and not rows, so that nothing moves with them: the list scrolls, takes rows in and lets rows go as it
does without them. A row that leaves the list leaves the marks, since what is not seen is not acted upon.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent

from ui.feed.model import FeedModel

if TYPE_CHECKING:
    from ui.feed.view import FeedView

_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class Marks(QObject):
    """The marked rows of a feed; none is the usual state, and then the chosen row is what is acted upon."""

    changed = Signal(int)  # how many are marked now

    def __init__(self, view: FeedView, feed: FeedModel) -> None:
        super().__init__(view)
        self._view, self._feed = view, feed
        self.ids: set[str] = set()  # the delegate holds this very set
        self._anchor = ""  # where a range begins
        self._end = ""
        feed.marked = self.ids
        feed.changed.connect(self._prune)
        feed.replaced.connect(self.clear)
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)

    def __len__(self) -> int:
        return len(self.ids)

    def acted(self) -> list[str]:
        """What a command acts upon, in the list's order: the marked rows, else the chosen one."""
        if self.ids:
            return sorted(self.ids, key=self._feed.find)
        chosen = self._view.conversation()
        return [chosen] if chosen else []

    def extend(self, by: int) -> None:
        """Move the end of the range that begins at the chosen row."""
        start = self._feed.find(self._begin())
        end = self._feed.find(self._end)
        to = max(0, min((end if end >= 0 else start) + by, self._feed.rowCount() - 1))
        if start >= 0:
            self.mark_to(to)

    def mark_to(self, at: int) -> None:
        """Mark every row from where the range begins up to `at`."""
        row, start = self._feed.row(at), self._feed.find(self._begin())
        if row is None or start < 0:
            return
        low, high = min(start, at), max(start, at)
        self._end = row.id
        self._set(one.id for place in range(low, high + 1) if (one := self._feed.row(place)) is not None)
        self._view.scrollTo(self._feed.index(at, 0))

    def toggle(self, at: int) -> None:
        """Mark a row, or take its mark away. The chosen row counts as the first of them."""
        row = self._feed.row(at)
        if row is None:
            return
        chosen = self._view.conversation()
        ids = set(self.ids) if self.ids or self._feed.find(chosen) < 0 else {chosen}
        self._anchor = self._end = row.id
        self._set(ids ^ {row.id})

    def mark_all(self) -> None:
        """Mark all rows that the window holds."""
        self._set(row.id for at in range(self._feed.rowCount()) if (row := self._feed.row(at)) is not None)

    def clear(self) -> None:
        """Back to the one chosen row."""
        self._anchor = self._end = ""
        self._set(())

    def _begin(self) -> str:
        chosen = self._view.conversation()
        if self._feed.find(self._anchor) < 0:
            self._anchor = chosen if self._feed.find(chosen) >= 0 else ""
        return self._anchor

    def _prune(self) -> None:
        if self.ids:
            self._set([one for one in self.ids if self._feed.find(one) >= 0])

    def _set(self, ids: Iterable[str]) -> None:
        wanted = set(ids)
        if wanted == {self._view.conversation()}:  # that is the usual state
            wanted = set()
        if wanted == self.ids:
            return
        self.ids.clear()
        self.ids.update(wanted)
        self._view.viewport().update()
        self.changed.emit(len(self.ids))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            return self._pressed(event)
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return False

    def _pressed(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return event.button() == Qt.MouseButton.RightButton  # the menu decides what it is about
        held = event.modifiers()
        if not held & (_SHIFT | _CTRL):
            self.clear()
            return False
        at = self._view.rowAt(round(event.position().y()))
        self._view.setFocus(Qt.FocusReason.MouseFocusReason)
        if held & _SHIFT:
            self.mark_to(at)
        else:
            self.toggle(at)
        return True

    def _key(self, event: QKeyEvent) -> bool:
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.mark_all()
            return True
        if event.key() == Qt.Key.Key_Escape and self.ids:
            self.clear()
            return True
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() & _SHIFT:
            self.extend(step)
            return True
        return False
