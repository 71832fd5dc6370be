"""A platform's sign-in: what is needed, where it is got, what Carelane will do and what it never does."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui import theme
from ui.accounts.app_keys import AppKeysBox
from ui.accounts.cards import Promises
from ui.accounts.lines import Lines
from ui.sign_in_ports import Form


class Fields(QWidget):
    """Builds itself from a `SignInForm`. `changed` follows every key, `entered` a Return in the last field."""

    changed = Signal()
    entered = Signal()

    def __init__(
        self, form: Form, parent: QWidget | None = None, *, notes: Sequence[str] = (), app_title: str = ""
    ) -> None:
        super().__init__(parent)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(20)
        self.app: AppKeysBox | None = None
        if form.app is not None:
            self.app = AppKeysBox(form.app, app_title, self)
            self.app.changed.connect(self.changed)
            self.app.entered.connect(self._after_app)
            column.addWidget(self.app)
        self.lines = Lines(form.fields, form.help_text, form.help_url, self)
        self.lines.changed.connect(self.changed)
        self.lines.entered.connect(self.entered)
        if form.fields or form.help_text or form.help_url:
            column.addWidget(self.lines)
        else:
            self.lines.hide()
        self._promises = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._promises.setSpacing(16)
        self._promises.addWidget(Promises(self.tr("Carelane can"), form.can, self), 1)
        self._promises.addWidget(Promises(self.tr("Carelane never"), form.never, self), 1)
        column.addLayout(self._promises)
        if notes:
            column.addWidget(Promises(self.tr("Good to know"), notes, self))

    def edit(self, key: str) -> QLineEdit:
        """The field of this key."""
        if self.app is not None and self.app.lines.has(key):
            return self.app.lines.edit(key)
        return self.lines.edit(key)

    def has(self, key: str) -> bool:
        """Whether the sign-in asks for this."""
        return self.lines.has(key)

    def values(self) -> dict[str, str]:
        """What was typed. A password keeps its blanks, everything else loses those around it."""
        return {**self.lines.values(), **(self.app.values() if self.app is not None else {})}

    def complete(self) -> bool:
        """Whether all that is needed was typed."""
        return self.lines.complete() and (self.app is None or self.app.complete())

    def forget_secrets(self) -> None:
        """Empty the password fields and the keys of the app."""
        self.lines.forget()
        if self.app is not None:
            self.app.lines.forget(secrets_only=False)

    def set_locked(self, locked: bool) -> None:
        """No typing while a sign-in runs."""
        self.lines.set_locked(locked)
        if self.app is not None:
            self.app.lines.set_locked(locked)

    def focus_first(self) -> bool:
        """To the first field that is still empty; False where there is none at all."""
        edits = self.lines.edits()
        if self.app is not None and not self.app.kept():
            edits = self.app.lines.edits() + edits
        if edits:
            next((edit for edit in edits if not edit.text()), edits[0]).setFocus()
        return bool(edits)

    def _after_app(self) -> None:
        empty = next((edit for edit in self.lines.edits() if not edit.text()), None)
        if empty is not None:
            empty.setFocus()
        else:
            self.entered.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        wanted = way.LeftToRight if self.width() > theme.px(420) else way.TopToBottom
        if wanted != self._promises.direction():
            self._promises.setDirection(wanted)
            self._column.invalidate()
            self.updateGeometry()
