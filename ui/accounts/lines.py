"""Labelled lines to type into: what a sign-in asks, or the keys of an app."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from ui import theme
from ui.conversation.links import host, open_link
from ui.sign_in_ports import FormField
from ui.widgets import Label, LinkButton

LABELS = 120
NARROW = 420  # below it, a label stands over its line


class Lines(QWidget):
    """`changed` follows every key, `entered` a Return in the last line."""

    changed = Signal()
    entered = Signal()

    def __init__(
        self, fields: Sequence[FormField], help_text: str, help_url: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._fields = list(fields)
        self._edits: dict[str, QLineEdit] = {}
        self._labels: list[Label] = []
        self._rows: list[tuple[Label | None, QWidget]] = []
        self._narrow = False
        for field in self._fields:
            words = self.tr("%1 (if you like)").replace("%1", field.label) if field.optional else field.label
            label = Label(words, self, colour="muted", wrap=True)
            edit = QLineEdit(self)
            edit.setAccessibleName(words)
            edit.setPlaceholderText(field.placeholder)
            if field.secret:
                edit.setEchoMode(QLineEdit.EchoMode.Password)
                edit.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
            label.setBuddy(edit)
            edit.textChanged.connect(self.changed)
            edit.returnPressed.connect(self._next)
            self._edits[field.key] = edit
            self._labels.append(label)
            self._rows.append((label, edit))
            if field.hint:
                edit.setAccessibleDescription(field.hint)
                self._rows.append((None, Label(field.hint, self, colour="muted", wrap=True)))
        if help_text:
            self._rows.append((None, Label(help_text, self, colour="muted", wrap=True)))
        self._link: LinkButton | None = None
        if help_url:
            name = self.tr("Open that page, on %1").replace("%1", host(help_url))
            self._link = LinkButton(self.tr("Open that page"), self, name=name, hint=help_url)
            self._link.clicked.connect(lambda _on=False: open_link(help_url))
            self._rows.append((None, self._link))
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self._place()
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def edit(self, key: str) -> QLineEdit:
        """The line of this key."""
        return self._edits[key]

    def edits(self) -> list[QLineEdit]:
        """All of them, in order."""
        return list(self._edits.values())

    def has(self, key: str) -> bool:
        """Whether there is such a line."""
        return key in self._edits

    def values(self) -> dict[str, str]:
        """What was typed. A password keeps its blanks, everything else loses those around it."""
        return {
            field.key: self._edits[field.key].text() if field.secret else self._edits[field.key].text().strip()
            for field in self._fields
        }

    def complete(self) -> bool:
        """Whether all that is needed was typed."""
        values = self.values()
        return all(values[field.key].strip() or field.optional for field in self._fields)

    def forget(self, *, secrets_only: bool = True) -> None:
        """Empty the password lines, or all; nobody is told."""
        for field in self._fields:
            if field.secret or not secrets_only:
                edit = self._edits[field.key]
                edit.blockSignals(True)
                edit.clear()
                edit.blockSignals(False)

    def set_locked(self, locked: bool) -> None:
        """No typing while a sign-in runs."""
        for edit in self._edits.values():
            edit.setReadOnly(locked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() <= theme.px(NARROW)
        if narrow != self._narrow:
            self._narrow = narrow
            self._place()
            self._restyle()

    def _place(self) -> None:
        while self._grid.takeAt(0) is not None:
            pass
        row = 0
        for label, widget in self._rows:
            if label is not None:
                self._grid.addWidget(label, row, 0, 1, 2 if self._narrow else 1)
                row += 1 if self._narrow else 0
            where = Qt.AlignmentFlag.AlignLeft if isinstance(widget, LinkButton) else Qt.AlignmentFlag(0)
            self._grid.addWidget(widget, row, 0 if self._narrow else 1, 1, 2 if self._narrow else 1, where)
            row += 1
        self.updateGeometry()

    def _next(self) -> None:
        edits = self.edits()
        here = next((n for n, edit in enumerate(edits) if edit.hasFocus()), len(edits) - 1)
        if here + 1 < len(edits) and not edits[here + 1].text():
            edits[here + 1].setFocus()
        else:
            self.entered.emit()

    def _restyle(self) -> None:
        for label in self._labels:
            label.setMinimumWidth(0 if self._narrow else theme.px(LABELS))
            label.setMaximumWidth(16_777_215 if self._narrow else theme.px(LABELS))
        if self._link is not None:
            accent = theme.tokens().accent.name()
            self._link.setStyleSheet(f"QPushButton {{ color: {accent}; padding: 1px 0; }}")
