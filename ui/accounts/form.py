"""The lines of a platform's sign-in, and what Carelane promises."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from ui import theme
from ui.accounts.cards import Promises
from ui.conversation.links import open_link
from ui.ports import Form
from ui.widgets import Label, LinkButton

LABELS = 120


class Fields(QWidget):
    """Builds itself from a `SignInForm`. `changed` follows every key, `entered` a Return in the last field."""

    changed = Signal()
    entered = Signal()

    def __init__(self, form: Form, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = form
        self._edits: dict[str, QLineEdit] = {}
        grid = self._grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self._labels: list[Label] = []
        row = 0
        for field in form.fields:
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
            grid.addWidget(label, row, 0)
            grid.addWidget(edit, row, 1)
            row += 1
            if field.hint:
                hint = Label(field.hint, self, colour="muted", wrap=True)
                edit.setAccessibleDescription(field.hint)
                grid.addWidget(hint, row, 1)
                row += 1
        if form.help_text:
            grid.addWidget(Label(form.help_text, self, colour="muted", wrap=True), row, 1)
            row += 1
        if form.help_url:
            link = LinkButton(self.tr("Open that page"), self, hint=form.help_url)
            link.clicked.connect(lambda _on=False: open_link(form.help_url))
            grid.addWidget(link, row, 1, Qt.AlignmentFlag.AlignLeft)
            self._link = link
        self._promises = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._promises.setSpacing(16)
        self._promises.addWidget(Promises(self.tr("Carelane can"), form.can, self), 1)
        self._promises.addWidget(Promises(self.tr("Carelane never"), form.never, self), 1)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(20)
        column.addLayout(grid)
        column.addLayout(self._promises)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def edit(self, key: str) -> QLineEdit:
        """The field of this key."""
        return self._edits[key]

    def values(self) -> dict[str, str]:
        """What was typed. A password keeps its blanks, everything else loses those around it."""
        return {
            field.key: self._edits[field.key].text() if field.secret else self._edits[field.key].text().strip()
            for field in self._form.fields
        }

    def complete(self) -> bool:
        """Whether all that is needed was typed."""
        values = self.values()
        return all(values[field.key].strip() or field.optional for field in self._form.fields)

    def forget_secrets(self) -> None:
        """Empty the password fields."""
        for field in self._form.fields:
            if field.secret:
                edit = self._edits[field.key]
                edit.blockSignals(True)
                edit.clear()
                edit.blockSignals(False)

    def set_locked(self, locked: bool) -> None:
        """No typing while a sign-in runs."""
        for edit in self._edits.values():
            edit.setReadOnly(locked)

    def focus_first(self) -> None:
        """To the first field that is still empty."""
        edits = list(self._edits.values())
        next((edit for edit in edits if not edit.text()), edits[0]).setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        wanted = way.LeftToRight if self.width() > theme.px(420) else way.TopToBottom
        if wanted != self._promises.direction():
            self._promises.setDirection(wanted)
            self._column.invalidate()
            self.updateGeometry()

    def _next(self) -> None:
        edits = list(self._edits.values())
        here = next((n for n, edit in enumerate(edits) if edit.hasFocus()), len(edits) - 1)
        if here + 1 < len(edits) and not edits[here + 1].text():
            edits[here + 1].setFocus()
        else:
            self.entered.emit()

    def _restyle(self) -> None:
        for label in self._labels:
            label.setFixedWidth(theme.px(LABELS))
        if self._form.help_url:
            accent = theme.tokens().accent.name()
            self._link.setStyleSheet(f"QPushButton {{ color: {accent}; padding: 1px 0; }}")
