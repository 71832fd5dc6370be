"""Whose account it will be: a client that is there, or a new one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain import Client
from ui import theme
from ui.widgets import Label, LinkButton
from ui.widgets.combo import Combo

COLOURS = ("#d9a441", "#3f6fb5", "#7d5ba6", "#b3563c", "#2f8f83", "#a3416f", "#5f7a2f", "#4a5568")


class ClientChoice(QWidget):
    """ "for Maple & Rye · change client"; opens into a list and a name for a new one."""

    changed = Signal()

    def __init__(self, clients: Sequence[Client], chosen: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clients = list(clients)
        self._line = QWidget(self)
        self._for = Label("", self._line, colour="muted")
        self._who = Label("", self._line, weight=600, wrap=True)
        change = self._change = LinkButton(self.tr("change client"), self._line)
        change.clicked.connect(self.open)
        row = QHBoxLayout(self._line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        self._for.setText(self.tr("for"))
        self._dot = Label("\u00b7", self._line, colour="muted")
        for widget in (self._for, self._who, self._dot, change):
            row.addWidget(widget)
        row.addStretch(1)
        self._who.setWordWrap(False)
        self._fields = QWidget(self)
        column = QVBoxLayout(self._fields)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.box = Combo(self._fields)
        self.box.setAccessibleName(self.tr("Client"))
        for client in self._clients:
            self.box.addItem(client.name, client.id)
        self.box.addItem(self.tr("A new client\u2026"), "")
        self.name = QLineEdit(self._fields)
        self.name.setAccessibleName(self.tr("Name of the business"))
        self.name.setPlaceholderText(self.tr("Name of the business, as customers know it"))
        self.name.setMaxLength(80)
        column.addWidget(self.box)
        column.addWidget(self.name)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._line)
        whole.addWidget(self._fields)
        number = next((n for n, client in enumerate(self._clients) if client.id == chosen), 0)
        self.box.setCurrentIndex(number)
        self._show_box(not self._clients)
        self.box.currentIndexChanged.connect(self._chosen)
        self.name.textChanged.connect(self.changed)
        self._chosen()
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def client_id(self) -> str:
        """The client that is there; "" for a new one."""
        return str(self.box.currentData() or "")

    def new_name(self) -> str:
        """The new client's name."""
        return " ".join(self.name.text().split())

    def new_colour(self) -> str:
        """A colour that no client has yet, as long as there are any."""
        taken = {client.color for client in self._clients}
        free = [colour for colour in COLOURS if colour not in taken]
        return free[0] if free else COLOURS[len(self._clients) % len(COLOURS)]

    def complete(self) -> bool:
        """Whether there is a client to add to."""
        return bool(self.client_id() or self.new_name())

    def added(self, client: Client) -> None:
        """The new client was made: from now on it is one that is there."""
        self._clients.append(client)
        self.box.insertItem(0, client.name, client.id)
        self.box.setCurrentIndex(0)

    def start_new(self, name: str) -> None:
        """A new client, called this so far."""
        self.box.setCurrentIndex(self.box.count() - 1)
        self.name.setText(name)
        self._show_box(True)

    def freeze(self) -> None:
        """Whose it is stays: the line without the link."""
        self._change.hide()
        self._dot.hide()
        self._show_box(False)

    def open(self) -> None:
        """Offer the list."""
        self._show_box(True)
        (self.box if self._clients else self.name).setFocus()

    def _restyle(self) -> None:
        self._change.setStyleSheet(f"QPushButton {{ color: {theme.tokens().accent.name()}; padding: 1px 0; }}")

    def _show_box(self, shown: bool) -> None:
        self._fields.setVisible(shown)
        self._line.setVisible(not shown)

    def _chosen(self) -> None:
        new = not self.client_id()
        self.name.setVisible(new)
        self.box.setVisible(bool(self._clients))
        self._who.setText(self.box.currentText())
        self.changed.emit()
