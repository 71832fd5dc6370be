"""The field a reply is written in: grows with the text, shows a focus ring, knows the keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from ui import theme

RING = 3
FEWEST_LINES = 4
MOST_LINES = 9


def lines_of(edit: QPlainTextEdit, most: int) -> int:
    """How many lines the text takes at its present width, counted up to `most`."""
    layout = edit.document().documentLayout()
    block, lines = edit.document().firstBlock(), 0
    while block.isValid() and lines < most:
        layout.blockBoundingRect(block)  # lays the block out; unseen ones count as one line otherwise
        lines += max(1, block.layout().lineCount())
        block = block.next()
    return min(lines, most)


def pictures_of(data: QMimeData) -> list[object]:
    """The pictures that are pasted or dropped: paths of files (str), or one `QImage`. A text is never a picture."""
    files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    if files:
        return list(files)
    if data.hasImage() and not data.hasText():
        return [data.imageData()]
    return []


class TextEdit(QPlainTextEdit):
    """Plain text alone: what is pasted loses its looks. Tab moves on.

    `keys` are asked before a key does what it usually does; the first that
    returns True has taken it. `menu` may show a menu of its own for the place
    in the text and the point on the screen.
    """

    sent = Signal()
    left = Signal()
    undo_wanted = Signal()  # Ctrl+Z with nothing to undo in the text
    focused = Signal(bool)
    resized = Signal()
    brought = Signal(object)  # pictures that were pasted or dropped, as `pictures_of` returns them

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys: list[Callable[[QKeyEvent], bool]] = []
        self.menu: Callable[[QTextCursor, QPoint], bool] = lambda _place, _at: False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet("QPlainTextEdit, QPlainTextEdit:focus { border: 0; background: transparent; padding: 0; }")
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.setUndoRedoEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and control:
            if not event.isAutoRepeat():
                self.sent.emit()
            event.accept()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            event.accept()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Ctrl+Z comes here as a question first; the window's own Undo must not take it from the text
        if (
            isinstance(event, QKeyEvent)
            and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
            and event.key() == Qt.Key.Key_Z
            and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        ):
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                if self.document().isUndoAvailable():
                    self.undo()
                else:
                    self.undo_wanted.emit()
            return True
        # here and not in keyPressEvent, since Tab never gets there
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and any(take(event) for take in self.keys)
        ):
            event.accept()
            return True
        return super().event(event)

    def whole(self) -> str:
        """The text as it is; `toPlainText` would make plain spaces of those that hold words together."""
        return self.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(pictures_of(source)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        pictures = pictures_of(source)
        if pictures:
            self.brought.emit(pictures)
        else:
            super().insertFromMimeData(source)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            place, at = self.cursorForPosition(event.pos()), event.globalPos()
        else:
            place = self.textCursor()
            at = self.viewport().mapToGlobal(self.cursorRect().bottomLeft())
        if not self.menu(place, at):
            super().contextMenuEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)


class Editor(QWidget):
    """`TextEdit` in its ring. Height follows the lines, from four to nine."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = TextEdit(self)
        self.setFocusProxy(self.edit)
        column = QVBoxLayout(self)
        column.addWidget(self.edit)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.edit.document().documentLayout().documentSizeChanged.connect(self._grow)
        self.edit.resized.connect(self._grow)
        self.edit.focused.connect(lambda _on: self.update())
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = self.edit.hasFocus()
        if focus:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(c.accent_soft)
            painter.drawRoundedRect(QRectF(self.rect()), 12, 12)
        painter.setPen(QPen(c.accent if focus else c.line))
        painter.setBrush(c.panel)
        inset = RING + 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 10, 10)

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def _restyle(self) -> None:
        self.edit.setFont(theme.font(13))
        side, top = RING + theme.px(11), RING + theme.px(9)
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(side, top, side, top)
        self._grow()
        self.update()

    def _grow(self) -> None:
        most = MOST_LINES if theme.scale() < 1.5 else 5
        fewest = FEWEST_LINES if theme.scale() < 1.5 else 2
        lines = max(fewest, lines_of(self.edit, most))
        spacing = QFontMetrics(self.edit.font()).lineSpacing()
        height = lines * spacing + 2 * (RING + theme.px(9)) + 4
        if height != self.height():
            self.setFixedHeight(height)
