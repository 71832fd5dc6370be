"""A button that opens a list to choose several things from; nothing chosen means any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from ui.widgets import QuietButton


class Choices(QuietButton):
    """Opens with Space or Enter; arrows and Space choose, Escape closes."""

    kind = "choices"
    changed = Signal()

    def __init__(self, name: str, none: str, choices: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(none, parent)
        self._name, self._none = name, none
        self._menu = _Open(self)
        self._actions: list[tuple[str, QAction]] = []
        for key, words in choices:
            self._add(key, words)
        self.setMenu(self._menu)
        self._tell()

    def chosen(self) -> tuple[str, ...]:
        """The keys, in the order of the list."""
        return tuple(key for key, action in self._actions if action.isChecked())

    def choose(self, keys: Iterable[str]) -> None:
        """Choose these. One that is not in the list is added to it: what was saved is never dropped unseen."""
        wanted = set(keys)
        for key in sorted(wanted - {key for key, _ in self._actions}):
            self._add(key, key.capitalize())
        for key, action in self._actions:
            action.setChecked(key in wanted)

    def _add(self, key: str, words: str) -> None:
        action = self._menu.addAction(words)
        action.setCheckable(True)
        action.toggled.connect(self._toggled)
        self._actions.append((key, action))

    def _toggled(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        names = [action.text() for _, action in self._actions if action.isChecked()]
        shown = ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "")
        self.setText(shown or self._none)
        self.setAccessibleName(f"{self._name}: {', '.join(names) or self._none}")


class _Open(QMenu):
    """Stays open while things are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self.activeAction()
        if event.text() == " " and action is not None and action.isCheckable():
            action.trigger()
        else:
            super().keyPressEvent(event)
