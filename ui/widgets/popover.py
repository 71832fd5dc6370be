"""A panel over the window: a line to type into, and a list that the arrow keys walk."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui import theme

END = Qt.ItemDataRole.UserRole + 1


class WithEnd(QStyledItemDelegate):
    """A key or a time at the right end of the line."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        painter.setPen(theme.tokens().muted)
        painter.setFont(theme.font(11))
        box = option.rect.adjusted(0, 0, -theme.px(10), 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(index.data(END) or ""))


class Choices(QListWidget):
    """Lines to choose from; a heading among them is passed over."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setItemDelegate(WithEnd(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def head(self, words: str) -> None:
        """Add a heading for the lines that follow."""
        item = QListWidgetItem(words, self)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setForeground(theme.tokens().muted)
        item.setFont(theme.font(11))

    def first(self) -> int:
        """The first row that can be chosen, -1 for none."""
        return next((row for row in range(self.count()) if self._open(row)), -1)

    def step(self, by: int) -> None:
        """Go to the next line that can be chosen or the one before, round the ends."""
        row, count = self.currentRow(), self.count()
        if row < 0:
            row = -1 if by > 0 else 0
        for _ in range(count):
            row = (row + by) % count
            if self._open(row):
                self.setCurrentRow(row)
                return

    def _open(self, row: int) -> bool:
        return bool(self.item(row).flags() & Qt.ItemFlag.ItemIsEnabled)


class Popover(QWidget):
    """Non-modal; Esc or a click elsewhere closes it. The focus stays in the line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self._before: QWidget | None = None
        self.field = QLineEdit(self)
        self.field.installEventFilter(self)
        self.list = Choices(self)
        self.hide()

    def come(self) -> None:
        """Show, and take the focus."""
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def leave(self) -> None:
        """Close; the focus goes back to where it was."""
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None

    def step(self, by: int) -> None:
        """Go to the next line of the list or the one before, round its ends."""
        self.list.step(by)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            by = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if by is not None:
                self.step(by)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(c.line)
        painter.setBrush(c.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)
