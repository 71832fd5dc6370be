"""The person's own developer keys: asked once, then a line that says where they are."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui import theme
from ui.accounts.lines import Lines
from ui.sign_in_ports import AppForm
from ui.widgets import Card, Label, LinkButton


class AppKeysBox(Card):
    """Asks for the keys, or says that they are kept. `forget_wanted` asks to take them away."""

    changed = Signal()
    entered = Signal()
    forget_wanted = Signal()

    def __init__(self, form: AppForm, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = False
        self._title = title
        self.body.setSpacing(8)
        self._line = QWidget(self)
        self._words = Label("", self._line, wrap=True)
        self._words.setText(self.tr("Your %1 app: kept on this computer.").replace("%1", title))
        self._change = LinkButton(
            self.tr("Change"), self._line, name=self.tr("Change the keys of your %1 app").replace("%1", title)
        )
        self._change.clicked.connect(self.ask)
        self._forget = LinkButton(
            self.tr("Forget"), self._line, name=self.tr("Forget the keys of your %1 app").replace("%1", title),
            hint=self.tr("Takes the keys out of the system's keychain. Accounts that are connected go on."),
        )  # fmt: skip
        self._forget.clicked.connect(self.forget_wanted)
        row = QHBoxLayout(self._line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._words, 1)
        row.addWidget(self._change)
        row.addWidget(self._forget)
        self._asking = QWidget(self)
        column = QVBoxLayout(self._asking)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = self.tr("Your %1 app").replace("%1", title)
        why = self.tr(
            "%1 gives access to apps that people register themselves. Its keys are asked for once and kept in this"
            " computer's keychain, nowhere else."
        ).replace("%1", title)
        column.addWidget(Label(head, self._asking, weight=600, wrap=True))
        column.addWidget(Label(why, self._asking, colour="muted", wrap=True))
        self.lines = Lines(form.fields, form.help_text, form.help_url, self._asking)
        self.lines.changed.connect(self.changed)
        self.lines.entered.connect(self.entered)
        column.addWidget(self.lines)
        self.body.addWidget(self._line)
        self.body.addWidget(self._asking)
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self.show_kept(False)

    def show_kept(self, kept: bool) -> None:
        """Whether the keys are in the keychain; then nothing is asked."""
        self._kept = kept
        self._line.setVisible(kept)
        self._asking.setVisible(not kept)
        if kept:
            self.lines.forget(secrets_only=False)
        self.changed.emit()

    def ask(self) -> None:
        """Type others in the place of those that are kept."""
        self.show_kept(False)
        self.lines.edits()[0].setFocus()

    def kept(self) -> bool:
        """Whether what is in the keychain will be used."""
        return self._kept

    def complete(self) -> bool:
        """Whether there are keys."""
        return self._kept or self.lines.complete()

    def values(self) -> dict[str, str]:
        """What was typed, nothing where the kept ones are used."""
        return {} if self._kept else self.lines.values()

    def _restyle(self) -> None:
        accent = theme.tokens().accent.name()
        for link in (self._change, self._forget):
            link.setStyleSheet(f"QPushButton {{ color: {accent}; padding: 1px 0; }}")
