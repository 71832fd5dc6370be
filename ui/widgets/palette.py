"""All commands at Ctrl+K: type a word, press Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ui import actions, theme

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


class CommandPalette(QWidget):
    """Over the window, non-modal; Esc or a click elsewhere closes it. `picked` is a command's name."""

    picked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self._before: QWidget | None = None
        self.setAccessibleName(self.tr("All commands"))
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("Type a command"))
        self.field.setAccessibleName(self.tr("Command"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(WithEnd(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._pick)
        self.list.itemClicked.connect(lambda _item: self._pick())
        self.field.installEventFilter(self)
        self.hide()

    def pop_up(self) -> None:
        """Show every command."""
        self._before = self._over.focusWidget()
        self.field.clear()
        self._fill("")
        width = min(theme.px(560), self._over.width() - 48)
        height = min(theme.px(420), self._over.height() - 96)
        self.setGeometry((self._over.width() - width) // 2, 56, width, height)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                count = self.list.count()
                self.list.setCurrentRow((self.list.currentRow() + step) % count if count else -1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return True
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(c.line)
        painter.setBrush(c.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12)

    def _fill(self, typed: str) -> None:
        self.list.clear()
        for command in actions.matching(typed):
            key = QKeySequence(command.key).toString(QKeySequence.SequenceFormat.NativeText)
            item = QListWidgetItem(actions.words(command), self.list)
            item.setData(END, key)
            item.setData(Qt.ItemDataRole.UserRole, command.name)
            item.setToolTip(actions.help_words(command))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{actions.words(command)}: {actions.help_words(command)}")
        self.list.setCurrentRow(0)

    def _pick(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            name = str(item.data(Qt.ItemDataRole.UserRole))
            self._leave()
            self.picked.emit(name)

    def _leave(self) -> None:
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None
