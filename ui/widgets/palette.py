"""All commands at Ctrl+K: type a word, press Enter."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QListWidgetItem, QVBoxLayout, QWidget

from ui import actions, theme
from ui.widgets.popover import END, Popover


class CommandPalette(Popover):
    """`picked` is a command's name."""

    picked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("All commands"))
        self.field.setPlaceholderText(self.tr("Type a command"))
        self.field.setAccessibleName(self.tr("Command"))
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setUniformItemSizes(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._pick)
        self.list.itemClicked.connect(lambda _item: self._pick())

    def pop_up(self) -> None:
        """Show every command."""
        self._before = self._over.focusWidget()
        self.field.clear()
        self._fill("")
        width = min(theme.px(560), self._over.width() - 48)
        height = min(theme.px(420), self._over.height() - 96)
        self.setGeometry((self._over.width() - width) // 2, 56, width, height)
        self.come()

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
            self.leave()
            self.picked.emit(name)
