"""Lines under words of the draft: spelling, advice, what holds it, and blanks. They move with the text."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from ui import theme

# drawn in this order: what comes later lies over what comes before
LAYERS = ("stop", "advice", "spelling", "holds")


def look(layer: str) -> QTextCharFormat:
    """How a layer's words are marked. Told apart by shape, not by colour alone."""
    made, c, line = QTextCharFormat(), theme.tokens(), QTextCharFormat.UnderlineStyle
    if layer == "stop":
        made.setBackground(c.warn_soft)
        made.setForeground(c.warn)
    elif layer == "advice":
        made.setUnderlineStyle(line.DotLine)
        made.setUnderlineColor(c.muted)
    elif layer == "spelling":
        made.setUnderlineStyle(line.WaveUnderline)
        made.setUnderlineColor(c.danger)
    else:
        made.setUnderlineStyle(line.SingleUnderline)
        made.setUnderlineColor(c.danger)
        made.setBackground(c.danger_soft)
    return made


class Marks(QObject):
    """Not part of the document: marking never lands in its undo, and never reports a change of text."""

    def __init__(self, edit: QPlainTextEdit) -> None:
        super().__init__(edit)
        self._edit = edit
        self._layers: dict[str, list[QTextCursor]] = {layer: [] for layer in LAYERS}
        theme.signals.changed.connect(self._apply)

    def show_layer(self, layer: str, places: Iterable[tuple[int, int]]) -> None:
        """Mark these, in UTF-16 units, instead of what the layer marked before."""
        last = self._edit.document().characterCount() - 1
        made: list[QTextCursor] = []
        for start, end in places:
            if 0 <= start < end <= last:
                cursor = QTextCursor(self._edit.document())
                cursor.setPosition(start)
                cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                made.append(cursor)
        if made or self._layers[layer]:
            before = self.places(layer)
            self._layers[layer] = made
            if before != self.places(layer):
                self._apply()

    def places(self, layer: str) -> list[tuple[int, int]]:
        """Where the layer's marks are now."""
        return [(one.selectionStart(), one.selectionEnd()) for one in self._layers[layer] if one.hasSelection()]

    def at(self, layer: str, place: int) -> QTextCursor | None:
        """The mark that holds this place."""
        for one in self._layers[layer]:
            if one.hasSelection() and one.selectionStart() <= place <= one.selectionEnd():
                return QTextCursor(one)
        return None

    def _apply(self) -> None:
        made: list[QTextEdit.ExtraSelection] = []
        for layer in LAYERS:
            shape = look(layer)
            for cursor in self._layers[layer]:
                selection = QTextEdit.ExtraSelection()
                selection.cursor = cursor
                selection.format = shape
                made.append(selection)
        self._edit.setExtraSelections(made)
        self._edit.viewport().setCursor(Qt.CursorShape.IBeamCursor)
