"""All connected accounts: how each is, how far it is read, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.domain import Client
from app.events import Changes, SyncProgress
from app.rows import AccountContents
from ui import ops, theme
from ui.accounts import doing
from ui.accounts.line import AccountLine
from ui.accounts.removing import RemoveDialog
from ui.accounts.states import AccountWords, account_words
from ui.bridge import Bridge
from ui.conversation import words as said
from ui.ports import Runtime
from ui.widgets import Card, ClientSquare, EmptyState, Heading, Label, Line, QuietButton

TICK = 30_000  # ms; an account that falls silent says so without anything happening


def utc_now() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


class AccountsDialog(QDialog):
    """Non-modal, follows the core. The signals ask for other windows."""

    sign_in_wanted = Signal(str, str)  # account id, "" to add one; client id
    limits_wanted = Signal(str)  # client id

    def __init__(
        self,
        runtime: Runtime,
        client_id: str | None,
        parent: QWidget | None = None,
        *,
        bridge: Bridge | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`client_id` None shows those of all clients."""
        super().__init__(parent)
        self._runtime, self._client_id, self._now = runtime, client_id, now
        self._built: object = None
        self._going: set[str] = set()  # being removed
        self._reading: set[str] = set()
        self._words: dict[str, AccountWords] = {}
        self.lines: dict[str, AccountLine] = {}
        self.adding: dict[str, QuietButton] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Accounts"))
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        self.resize(QSize(theme.px(680), theme.px(640)).boundedTo(self.screen().availableSize() * 0.9))
        if bridge is not None:
            bridge.changes.connect(self.on_changes)
            bridge.progress.connect(self.on_progress)
        timer = QTimer(self)
        timer.timeout.connect(self.refresh)
        timer.start(TICK)
        self.refresh()

    def show_client(self, client_id: str | None) -> None:
        """Those of one client; None is all."""
        self._client_id = client_id
        self.refresh()

    def show_account(self, account_id: str) -> None:
        """Bring this one into view, on what it needs."""
        line, words = self.lines.get(account_id), self._words.get(account_id)
        if line is not None and words is not None:
            need = "pause" if words.paused else "sign_in" if words.soon and words.signs_in else "read"
            line.buttons[need].setFocus(Qt.FocusReason.OtherFocusReason)
            # after the layout has made room for it
            QTimer.singleShot(0, line, lambda: self._scroll.ensureWidgetVisible(line, 0, 12))

    def on_changes(self, changes: Changes) -> None:
        """Read again where an account or a client changed."""
        if changes.accounts or changes.clients or changes.everything:
            self.refresh()

    def on_progress(self, progress: SyncProgress) -> None:
        """An account is being read, or no longer."""
        (self._reading.add if progress.running else self._reading.discard)(progress.account_id)
        if progress.account_id in self.lines:
            self.lines[progress.account_id].set_reading(progress.running)

    def refresh(self) -> None:
        """Read everything again. Lines stay where they are, and are built anew only where one came or went."""
        inbox, now = self._runtime.inbox, self._now()
        accounts = [one for one in inbox.accounts() if self._client_id in (None, one.client_id)]
        clients = [one for one in inbox.clients() if self._client_id in (None, one.id)]
        metered = {one.id for one in self._runtime.metering.metered()}
        self._words = {
            one.id: account_words(
                one, now, gaps=inbox.gaps(one.id), notes=self._runtime.accounts.notes(one.platform),
                meters=one.id in metered, signs_in=self._runtime.accounts.signs_in(one.platform),
                busy=self.tr("Being removed") if one.id in self._going else "",
            )
            for one in accounts
        }  # fmt: skip
        there = ([(one.id, one.name, one.color) for one in clients], [(one.id, one.client_id) for one in accounts])
        if there != self._built:
            self._built = there
            self._build(clients)
        for id_, line in self.lines.items():
            line.show_words(self._words[id_])
            line.set_reading(id_ in self._reading)

    def texts(self) -> list[str]:
        """All that is said, top to bottom."""
        body = self._scroll.widget()
        labels = body.findChildren(Label) if body is not None else []
        return [label.text() for label in labels if label.isVisibleTo(self)]

    # What the buttons do

    def do(self, what: str, account_id: str) -> None:
        """Carry out a button of a line, or what a menu asks for."""
        words = self._words.get(account_id)
        if words is None:
            return
        accounts = self._runtime.accounts
        if what == "read":
            accounts.check(account_id)
        elif what == "sign_in":
            self.sign_in_wanted.emit(account_id, words.client_id)
        elif what == "limits":
            self.limits_wanted.emit(words.client_id)
        elif what == "pause":
            doing.pause(self, accounts, account_id, words.handle, not words.paused)
        elif what == "remove":
            ops.run(self, accounts.contents(account_id), done=lambda contents: self._ask_remove(account_id, contents))

    def _ask_remove(self, account_id: str, contents: AccountContents) -> None:
        words = self._words.get(account_id)
        if words is None or account_id in self._going:
            return
        client = next((one.name for one in self._runtime.inbox.clients() if one.id == words.client_id), "")
        dialog = RemoveDialog(words, said.one_line(client), contents, self)
        dialog.removed.connect(lambda: self._remove(account_id, words.handle))
        dialog.show()

    def _remove(self, account_id: str, handle: str) -> None:
        """Its platform may take seconds to be told; closing this window must not break it off."""

        def over() -> None:
            self._going.discard(account_id)
            self.refresh()

        self._going.add(account_id)
        self.refresh()
        doing.remove(self, self._runtime.accounts, account_id, handle, over)

    # Building

    def _build(self, clients: list[Client]) -> None:
        focus = self._focus()
        at = self._scroll.verticalScrollBar().value()
        self.lines, self.adding = {}, {}
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(12)
        if not clients:
            empty = EmptyState(body)
            empty.set_words(
                self.tr("No account is connected yet"),
                self.tr("Add the accounts to which people write. Their messages come in here, sorted by what is due."),
                self.tr("Add an account"),
            )
            empty.chosen.connect(lambda: self.sign_in_wanted.emit("", ""))
            column.addWidget(empty, 1)
        else:
            column.addWidget(Heading(self.tr("Accounts"), body, level=1))
            lead = self.tr("Where messages come in, how far each account is read, and what its platform cannot do.")
            column.addWidget(Label(lead, body, colour="muted", wrap=True))
            for client in clients:
                self._add_client(body, column, client)
            column.addStretch(1)
        self._scroll.setWidget(body)
        self._scroll.verticalScrollBar().setValue(at)
        self._give_focus(focus)

    def _add_client(self, body: QWidget, column: QVBoxLayout, client: Client) -> None:
        name = said.one_line(client.name)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(ClientSquare(name, client.color, body, size=24))
        heading = Heading(name, body)
        heading.setWordWrap(True)
        head.addWidget(heading, 1)
        column.addSpacing(8)
        column.addLayout(head)
        card = Card(body)
        card.body.setSpacing(0)
        mine = [words for words in self._words.values() if words.client_id == client.id]
        for number, words in enumerate(mine):
            if number:
                card.body.addWidget(Line(card))
            line = self.lines[words.id] = AccountLine(card)
            line.wanted.connect(self.do)
            card.body.addWidget(line)
        if not mine:
            text = self.tr("No account is connected yet. Add one, and its messages come in here.")
            card.body.addWidget(Label(text, card, colour="muted", wrap=True))
            card.body.addSpacing(8)
        text = self.tr("Add an account")
        add = self.adding[client.id] = QuietButton(text, body, name=f"{text}: {name}")
        add.clicked.connect(lambda _on=False, id_=client.id: self.sign_in_wanted.emit("", id_))
        column.addWidget(card)
        column.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)

    def _focus(self) -> tuple[int, str] | None:
        """Which line has it, and on which button."""
        for place, line in enumerate(self.lines.values()):
            for what, button in line.buttons.items():
                if button.hasFocus():
                    return place, what
        return None

    def _give_focus(self, focus: tuple[int, str] | None) -> None:
        lines = list(self.lines.values())
        if focus is None or not lines:
            return
        place, what = focus
        lines[min(place, len(lines) - 1)].buttons[what].setFocus(Qt.FocusReason.OtherFocusReason)
