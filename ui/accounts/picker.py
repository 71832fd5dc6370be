"""What a sign-in manages, to choose from: pages or locations, each for a client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.domain import Client
from ui import theme
from ui.conversation import words
from ui.sign_in_ports import Choice, Connected
from ui.widgets import Card, Label, Line, LinkButton
from ui.widgets.check import TickBox
from ui.widgets.combo import Combo

NARROW = 460
CLIENT_WIDTH = 190


class PickRow(QWidget):
    """One choice: a box to tick, what it is, and whose it becomes."""

    changed = Signal()

    def __init__(self, choice: Choice, clients: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = choice
        self._name = words.one_line(choice.identity.name or choice.identity.handle)
        self.tick = TickBox(self._name, self)
        self.tick.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # its name is cut, not the row
        self.tick.toggled.connect(self.changed)
        facts = [words.one_line(fact) for fact in (choice.what, choice.identity.handle) if fact]
        told = " \u00b7 ".join(fact for fact in dict.fromkeys(facts) if fact != self._name)
        self._what = Label(told, self, colour="muted", wrap=True)
        self._what.setVisible(bool(told))
        self._note = Label("", self, colour="muted", wrap=True)
        self.client = Combo(self)
        self.client.setAccessibleName(self.tr("Client of %1").replace("%1", self._name))
        self.client.addItem(self.tr("The client above"), "")
        for id_, name in clients.items():
            self.client.addItem(name, id_)
        self.client.setVisible(bool(clients) and not choice.account_id)
        self.client.currentIndexChanged.connect(self.changed)
        left = QVBoxLayout()
        left.setSpacing(1)
        left.addWidget(self.tick)
        below = QVBoxLayout()
        below.setSpacing(1)
        below.addWidget(self._what)
        below.addWidget(self._note)
        left.addLayout(below)
        self._below = below
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 6, 0, 6)
        self._row.setSpacing(8)
        self._row.addLayout(left, 1)
        self._row.addWidget(self.client, 0, Qt.AlignmentFlag.AlignTop)
        self._say(choice.identity.note)
        if choice.account_id:
            self._connected(clients.get(choice.client_id, ""))
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def picked(self) -> bool:
        """Whether it is to be added."""
        return self.tick.isChecked() and self.tick.isEnabled()

    def open(self) -> bool:
        """Whether it can still be chosen."""
        return self.tick.isEnabled()

    def outcome(self, done: Connected) -> None:
        """Show what became of it."""
        if done.account is not None:
            self._connected("")
            self._say(done.note)
        else:
            self._say(done.why, bad=True)

    def set_locked(self, locked: bool) -> None:
        """No changes while they are added."""
        self.tick.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, locked)
        self.tick.setFocusPolicy(Qt.FocusPolicy.NoFocus if locked else Qt.FocusPolicy.StrongFocus)
        self.client.setEnabled(not locked)

    def _connected(self, client: str) -> None:
        self.tick.setChecked(True)
        self.tick.setEnabled(False)
        self.client.hide()
        told = self.tr("Connected for %1").replace("%1", client) if client else self.tr("Connected")
        self._what.setText(" \u00b7 ".join(part for part in (told, self._what.text()) if part))
        self._what.show()

    def _say(self, text: str, *, bad: bool = False) -> None:
        self._note.setText(words.one_line(text))
        self._note.set_colour("danger" if bad else "muted")
        self._note.setVisible(bool(text))
        self.tick.setAccessibleDescription(words.one_line(f"{self._what.text()} {text}"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < theme.px(NARROW)
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._row.direction() != way:
            self._row.setDirection(way)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - theme.px(40)
        if self.client.isVisibleTo(self) and self._row.direction() is QBoxLayout.Direction.LeftToRight:
            room -= theme.px(CLIENT_WIDTH)
        shown = QFontMetrics(self.tick.font()).elidedText(self._name, Qt.TextElideMode.ElideRight, max(80, room))
        if shown != self.tick.text():
            self.tick.setText(shown)
            self.tick.setToolTip(self._name if shown != self._name else "")

    def _restyle(self) -> None:
        self.client.setFixedWidth(theme.px(CLIENT_WIDTH))
        self._below.setContentsMargins(theme.px(26), 0, 0, 0)


class Picker(Card):
    """All choices. `changed` follows every tick."""

    changed = Signal()

    def __init__(self, found: Sequence[Choice], clients: Sequence[Client], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = {client.id: client.name for client in clients}
        self.count = Label("", self, colour="muted", tabular=True)
        self.all = LinkButton(self.tr("Choose all"), self)
        self.all.clicked.connect(self._all)
        head = QHBoxLayout()
        head.addWidget(self.count, 1)
        head.addWidget(self.all)
        self.body.addLayout(head)
        self.rows: list[PickRow] = []
        for choice in found:
            self.body.addWidget(Line(self))
            row = PickRow(choice, names, self)
            row.changed.connect(self._told)
            self.rows.append(row)
            self.body.addWidget(row)
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self._told()

    def picked(self, client_id: str) -> dict[int, str]:
        """What is ticked: its number, and the client that it becomes one of, `client_id` where no other was chosen."""
        return {
            number: str(row.client.currentData() or "") or client_id
            for number, row in enumerate(self.rows)
            if row.picked()
        }

    def needs_client(self) -> bool:
        """Whether one of those that are ticked goes to the client above."""
        return any(row.picked() and not row.client.currentData() for row in self.rows)

    def outcome(self, done: Connected) -> None:
        """Show what became of one."""
        self.rows[done.number].outcome(done)
        self._told()

    def set_locked(self, locked: bool) -> None:
        """No changes while they are added."""
        self.all.setEnabled(not locked)
        for row in self.rows:
            row.set_locked(locked)

    def focus_first(self) -> None:
        """To the first that can be ticked."""
        row = next((row for row in self.rows if row.open()), None)
        (row.tick if row is not None else self.all).setFocus()

    def _all(self) -> None:
        still = [row for row in self.rows if row.open()]
        on = not all(row.tick.isChecked() for row in still)
        for row in still:
            row.tick.setChecked(on)

    def _told(self) -> None:
        still = [row for row in self.rows if row.open()]
        ticked = sum(row.tick.isChecked() for row in still)
        self.count.setText(
            self.tr("%1 of %2 chosen").replace("%1", str(ticked)).replace("%2", str(len(still)))
            if still else self.tr("All of them are connected")
        )  # fmt: skip
        self.all.setVisible(len(still) > 1)
        everything = bool(still) and ticked == len(still)
        self.all.setText(self.tr("Choose none") if everything else self.tr("Choose all"))
        self.all.setAccessibleName(self.all.text())
        self.changed.emit()

    def _restyle(self) -> None:
        self.all.setStyleSheet(f"QPushButton {{ color: {theme.tokens().accent.name()}; padding: 1px 0; }}")
