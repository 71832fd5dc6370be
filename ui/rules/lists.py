"""The list of rules, in the order in which they are applied, and the list of VIPs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.priorities import Vip
from app.rules import Rule
from ui import theme
from ui.conversation.words import one_line
from ui.rules.words import sentence
from ui.widgets import Label, LinkButton, QuietButton


class RuleList(QWidget):
    """`changed` when a rule was moved, switched or deleted; `wanted` asks for the editor with an id, or ""."""

    changed = Signal()
    wanted = Signal(str)
    deleted = Signal(str)  # its name

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rules: list[Rule] = []
        self._gone: list[tuple[int, Rule]] = []
        self._names: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})
        self._hint = Label("", self, colour="muted", wrap=True)
        self.list = QListWidget(self)
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setAccessibleName(self.tr("Rules, in the order in which they are applied"))
        self.list.itemChanged.connect(self._switched)
        self.list.itemActivated.connect(lambda _item: self.edit())
        self.list.currentRowChanged.connect(lambda _row: self._check())
        self.add = QuietButton(self.tr("Add a rule"), self)
        self.change = QuietButton(self.tr("Edit"), self)
        self.up = QuietButton(self.tr("Up"), self, name=self.tr("Apply sooner"), hint=self.tr("Alt+Up"))
        self.down = QuietButton(self.tr("Down"), self, name=self.tr("Apply later"), hint=self.tr("Alt+Down"))
        self.remove = QuietButton(self.tr("Delete"), self)
        self.undo = LinkButton("", self)
        self.undo.hide()
        self.add.clicked.connect(lambda: self.wanted.emit(""))
        self.change.clicked.connect(self.edit)
        self.up.clicked.connect(lambda: self.move_by(-1))
        self.down.clicked.connect(lambda: self.move_by(1))
        self.remove.clicked.connect(self.delete)
        self.undo.clicked.connect(self.take_back)
        for key, do in (
            ("Alt+Up", lambda: self.move_by(-1)), ("Alt+Down", lambda: self.move_by(1)), ("Delete", self.delete),
        ):  # fmt: skip
            QShortcut(QKeySequence(key), self.list, do, context=Qt.ShortcutContext.WidgetShortcut)
        line = QHBoxLayout()
        for button in (self.add, self.change, self.up, self.down, self.remove):
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(self.undo)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.px(12), 0, 0)
        column.setSpacing(theme.px(10))
        column.addWidget(self._hint)
        column.addWidget(self.list, 1)
        column.addLayout(line)

    def show_rules(self, rules: Sequence[Rule], platforms: Mapping[str, str], templates: Mapping[str, str]) -> None:
        """Show these, with the names of what they speak of."""
        self._names = (platforms, templates)
        self._gone.clear()
        self.undo.hide()
        self._put(list(rules), 0)

    def rules(self) -> tuple[Rule, ...]:
        """As they are on the screen."""
        return tuple(self._rules)

    def keep(self, rule: Rule) -> None:
        """A rule that was edited, or a new one, which goes to the end."""
        for number, one in enumerate(self._rules):
            if one.id == rule.id:
                self._rules[number] = rule
                break
        else:
            number = len(self._rules)
            self._rules.append(rule)
        self._put(self._rules, number)
        self.changed.emit()

    def edit(self) -> None:
        """Open the chosen one."""
        if 0 <= self.list.currentRow() < len(self._rules):
            self.wanted.emit(self._rules[self.list.currentRow()].id)

    def move_by(self, by: int) -> None:
        """Apply the chosen one sooner or later."""
        row = self.list.currentRow()
        if row >= 0 and 0 <= row + by < len(self._rules):
            self._rules.insert(row + by, self._rules.pop(row))
            self._put(self._rules, row + by)
            self.changed.emit()

    def delete(self) -> None:
        """Take the chosen one out; "Undo" brings it back."""
        row = self.list.currentRow()
        if row < 0:
            return
        rule = self._rules.pop(row)
        self._gone.append((row, rule))
        self._put(self._rules, min(row, len(self._rules) - 1))
        self.undo.setText(self.tr("Undo: bring back \u201c%1\u201d").replace("%1", one_line(rule.name)))
        self.undo.setAccessibleName(self.undo.text())
        self.undo.show()
        self.changed.emit()

    def take_back(self) -> None:
        """Bring back what was deleted last, to its place."""
        if not self._gone:
            return
        row, rule = self._gone.pop()
        self._rules.insert(min(row, len(self._rules)), rule)
        self.undo.setVisible(bool(self._gone))
        if self._gone:
            self.undo.setText(
                self.tr("Undo: bring back \u201c%1\u201d").replace("%1", one_line(self._gone[-1][1].name))
            )
        self._put(self._rules, min(row, len(self._rules) - 1))
        self.changed.emit()

    def _put(self, rules: list[Rule], row: int) -> None:
        self._rules = rules
        self.list.blockSignals(True)
        self.list.clear()
        for rule in rules:
            item = QListWidgetItem(f"{one_line(rule.name)}\n{sentence(rule, *self._names)}", self.list)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if rule.enabled else Qt.CheckState.Unchecked)
            item.setToolTip(self.tr("Space switches it on or off, Enter edits it"))
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        self._check()

    def _switched(self, item: QListWidgetItem) -> None:
        row = self.list.row(item)
        on = item.checkState() == Qt.CheckState.Checked
        if self._rules[row].enabled != on:
            self._rules[row] = structs.replace(self._rules[row], enabled=on)
            self.changed.emit()

    def _check(self) -> None:
        row, count = self.list.currentRow(), len(self._rules)
        self._hint.setText(
            self.tr("All rules that fit are applied, from top to bottom. Where two name a lane, the lower one holds.")
            if count
            else self.tr("No rules yet. A rule can put messages that say certain words into a lane, move them, or tag"
                         " them.")
        )  # fmt: skip
        for button, can in (
            (self.change, row >= 0), (self.remove, row >= 0), (self.up, row > 0), (self.down, 0 <= row < count - 1),
        ):  # fmt: skip
            button.setEnabled(can)


class VipList(QWidget):
    """Who counts for more. `dropped` carries the number of one who does no longer."""

    dropped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vips: list[Vip] = []
        self._hint = Label("", self, colour="muted", wrap=True)
        self.list = QListWidget(self)
        self.list.setSpacing(2)
        self.list.setAccessibleName(self.tr("VIPs"))
        self.remove = QuietButton(self.tr("No longer a VIP"), self)
        self.remove.clicked.connect(self._drop)
        self.list.currentRowChanged.connect(lambda row: self.remove.setEnabled(row >= 0))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.px(12), 0, 0)
        column.setSpacing(theme.px(10))
        column.addWidget(self._hint)
        column.addWidget(self.list, 1)
        column.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignLeft)

    def show_vips(self, vips: Sequence[Vip]) -> None:
        """Show these."""
        self._vips = list(vips)
        self.list.clear()
        for vip in vips:
            item = QListWidgetItem(f"{one_line(vip.name)}   {one_line(vip.handle)}", self.list)
            item.setSizeHint(QSize(0, theme.px(30)))
        self.list.setCurrentRow(0 if vips else -1)
        self.remove.setEnabled(bool(vips))
        self._hint.setText(
            self.tr("Their messages have a promise of their own, and rules can ask for them. This holds at once.")
            if vips
            else self.tr("No VIPs yet. Open a conversation and tick \u201cVIP\u201d in the right column.")
        )

    def _drop(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self.dropped.emit(self._vips[row].contact)
