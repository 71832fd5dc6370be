"""The side bar: whose inbox, which lane, how the accounts are, what waits to leave, when we last looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Protocol

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QVBoxLayout, QWidget

from app import expiry
from app.domain import Account, Client, Lane
from app.events import NetworkState, SyncProgress
from app.rows import LaneCount
from ui import theme
from ui.feed.words import LANES, clock, lane_words, platform_words, tr
from ui.widgets.client_button import ClientButton
from ui.widgets.labels import Heading
from ui.widgets.side_item import SideItem

WIDE, NARROW = 224, 56


class SideSource(Protocol):
    """What the side bar asks of the inbox; each call takes less than a millisecond."""

    def gaps(self, account_id: str) -> list[str]:
        """What of an account's history could not be read, in sentences."""

    def counts(self, client: str | None = None) -> Mapping[Lane, LaneCount]:
        """Kept counts of every lane."""

    def clients(self) -> list[Client]:
        """All clients, by name."""

    def accounts(self) -> list[Account]:
        """All accounts."""

    def opening(self, client_id: str, now: datetime) -> str:
        """ "Open until 18:00"."""


class WaitingSource(Protocol):
    """What the side bar asks of the outbox."""

    def count(self) -> int:
        """Replies that wait, or need a person."""


class SideBar(QWidget):
    """Emits what was chosen; the window shows it and calls `set_lane` and `set_client` back."""

    lane_chosen = Signal(object)  # Lane
    client_chosen = Signal(object)  # str, or None for all clients
    account_chosen = Signal(str)
    menu_wanted = Signal(str, object)  # an account's id, and where on the screen (QPoint)
    outbox_chosen = Signal()
    add_account = Signal()
    check_chosen = Signal()
    wanted = Signal(str)  # a command of `ui.actions`

    def __init__(
        self,
        inbox: SideSource,
        outbox: WaitingSource,
        now: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._inbox, self._outbox, self._now = inbox, outbox, now
        self._client: str | None = None
        self._lane = Lane.CARE
        self._compact = False
        self._offline: NetworkState | None = None
        self._reading: set[str] = set()
        self._checked: datetime | None = None
        self._clients: list[Client] = []
        self._accounts: list[Account] = []
        self.setAccessibleName(self.tr("Side bar"))
        self._head = ClientButton(self)
        self._head.pressed.connect(self._pop_clients)
        self.lanes = {lane: SideItem(lane_words(lane), LANES[lane][1], self) for lane in Lane}
        self._accounts_head = Heading(self.tr("Accounts"), self, level=3)
        self._clients_head = Heading(self.tr("Clients"), self, level=3)
        self.accounts: dict[str, SideItem] = {}
        self.clients: dict[str | None, SideItem] = {}
        self._add = SideItem(self.tr("Add account"), "plus", self)
        self._add.setCheckable(False)
        self._add.clicked.connect(self.add_account)
        self.outbox = SideItem(self.tr("Outbox"), "send", self)
        self.outbox.clicked.connect(self._choose_outbox)
        self.status = SideItem("", "", self)
        self.status.small = True
        self.status.setCheckable(False)
        self.status.clicked.connect(self.check_chosen)
        self._build()
        self._set_widths()
        theme.signals.changed.connect(self._set_widths)
        self.refresh()

    def _build(self) -> None:
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for lane, item in self.lanes.items():
            column.addWidget(item)
            item.clicked.connect(lambda _on=False, lane=lane: self._choose_lane(lane))
        self._account_lines, self._client_lines = QVBoxLayout(), QVBoxLayout()
        for head, lines in (
            (self._accounts_head, self._account_lines),
            (self._clients_head, self._client_lines),
        ):
            head.setContentsMargins(8, 16, 8, 4)
            lines.setSpacing(2)
            column.addWidget(head)
            column.addLayout(lines)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area = area
        self._column = QVBoxLayout(self)
        self._column.setSpacing(2)
        self._column.addWidget(self._head)
        self._column.addSpacing(12)
        self._column.addWidget(area, 1)
        self._column.addWidget(self.outbox)
        self._column.addWidget(self.status)

    # what the window tells

    def set_lane(self, lane: Lane | None) -> None:
        """Mark this lane as shown; None while the outbox is."""
        if lane is not None:
            self._lane = lane
        for key, item in self.lanes.items():
            item.setChecked(key == lane)
        self.outbox.setChecked(lane is None)

    def set_client(self, client: str | None) -> None:
        """Show this client's lanes and accounts; None is all clients."""
        self._client = client
        self.refresh()

    def set_compact(self, compact: bool) -> None:
        """Glyphs only."""
        if compact == self._compact:
            return
        self._compact = compact
        self._set_widths()
        self.refresh()

    def set_network(self, state: NetworkState) -> None:
        """The network came or went."""
        self._offline = None if state.online else state
        self.tick()

    def set_progress(self, progress: SyncProgress) -> None:
        """An account is being read."""
        (self._reading.add if progress.running else self._reading.discard)(progress.account_id)
        self.tick()

    def refresh(self) -> None:
        """Read clients, accounts and counts again."""
        clients, accounts = list(self._inbox.clients()), list(self._inbox.accounts())
        shown = [one for one in accounts if self._client in (None, one.client_id)]
        if [c.id for c in clients] != [c.id for c in self._clients] or [a.id for a in shown] != list(self.accounts):
            self._clients = clients
            self._rebuild(clients, shown)
        self._clients, self._accounts = clients, accounts
        self._show_head(clients)
        for account in shown:
            self._show_account(self.accounts[account.id], account)
        self._checked = max((one.checked_at for one in shown if one.checked_at is not None), default=None)
        self._show_visible()
        self.refresh_counts()
        self.tick()

    def refresh_counts(self) -> None:
        """Read the counts again; they are kept by the store, so this reads a handful of numbers."""
        counts = self._inbox.counts(self._client)
        for lane, item in self.lanes.items():
            count = counts.get(lane, LaneCount(0, 0))
            quiet = lane is Lane.DONE or (not count.total and lane is not Lane.CARE)
            spoken = self.tr("{lane}, {n}").format(lane=item.text(), n=count.total)
            if count.hot:
                spoken += ", " + self.tr("{n} due within 30 minutes").format(n=count.hot)
            item.show_state(value="" if quiet else str(count.total), tone="danger" if count.hot else "", spoken=spoken)
        for client, item in self.clients.items():
            if item.isVisibleTo(self) or client is None:
                care = self._inbox.counts(client).get(Lane.CARE, LaneCount(0, 0))
                item.show_state(value=str(care.total), tone="danger" if care.hot else "")
        waiting = self._outbox.count()
        self.outbox.show_state(value=str(waiting) if waiting else "", spoken=self.tr("Outbox, %n waiting", "", waiting))

    def tick(self) -> None:
        """Once a second: how long ago we looked."""
        dot, tone = "ok", ""
        if self._offline is not None:
            text, dot = self.tr("No network since {time}").format(time=clock(self._offline.since)), "warn"
        elif self._reading:
            text, dot = self.tr("Checking for new messages"), "info"
        elif self._checked is None:
            text, dot = self.tr("Not checked yet"), "faint"
        else:
            seconds = max(0, int((self._now() - self._checked).total_seconds()))
            dot = "ok" if seconds < 1800 else "warn"
            text = _since(seconds)
        if not self._accounts and self._offline is None:
            text, dot = self.tr("No account yet"), "faint"
        if text != self.status.text():
            self.status.setText(text)
            self.status.update()
        self.status.show_state(
            tone=tone, dot=dot, spoken=text, hint=self.tr("{text}. Click to check now").format(text=text)
        )

    # parts

    def _rebuild(self, clients: list[Client], accounts: list[Account]) -> None:
        for item in (*self.accounts.values(), *self.clients.values()):
            item.deleteLater()
            item.setParent(None)
        self._account_lines.removeWidget(self._add)
        self.accounts, self.clients = {}, {}
        for account in accounts:
            item = SideItem(_account_words(account), "at-sign", self)
            item.setCheckable(False)
            item.clicked.connect(lambda _on=False, one=account.id: self.account_chosen.emit(one))
            item.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            item.customContextMenuRequested.connect(partial(self._account_menu, account.id))
            self.accounts[account.id] = item
            self._account_lines.addWidget(item)
        self._account_lines.addWidget(self._add)
        for key, name in [(None, self.tr("All clients")), *((client.id, client.name) for client in clients)]:
            item = SideItem(name, "users", self)
            item.clicked.connect(lambda _on=False, one=key: self.client_chosen.emit(one))
            self.clients[key] = item
            self._client_lines.addWidget(item)

    def _show_visible(self) -> None:
        several = len(self._clients) > 1
        wide = not self._compact
        self._accounts_head.setVisible(wide)
        self._clients_head.setVisible(wide and several)
        self._add.setVisible(wide)
        for key, item in self.clients.items():
            item.setVisible(wide and several and (key is None or key != self._client))
            item.setChecked(key is None and self._client is None)
        for item in self.accounts.values():
            item.setVisible(wide)
        for item in (*self.lanes.values(), self.outbox, self.status, self._add):
            item.set_compact(self._compact)
        self._head.set_compact(self._compact)

    def _show_head(self, clients: list[Client]) -> None:
        client = next((one for one in clients if one.id == self._client), None)
        if client is None and len(clients) == 1:
            client = clients[0]
        if client is None:
            name = self.tr("All clients") if clients else self.tr("Carelane")
            line = self.tr("%n clients", "", len(clients)) if clients else self.tr("No account yet")
            self._head.square.set_person(name, None, theme.tokens().accent.name())
        else:
            name, line = client.name, self._inbox.opening(client.id, self._now())
            self._head.square.set_person(name, None, client.color)
        self._head.name.set_whole(name)
        self._head.line.set_whole(line)
        self._head.setAccessibleName(self.tr("Client: {name}, {line}").format(name=name, line=line))
        self._head.setToolTip(f"{name}\n{line}" if self._compact else "")

    def _show_account(self, item: SideItem, account: Account) -> None:
        value, dot = {
            "sign_in": (self.tr("Sign in"), "warn"),
            "paused": (self.tr("Paused"), "faint"),
            "offline": (self.tr("Offline"), "warn"),
            "trouble": (self.tr("Trouble"), "warn"),
        }.get(account.state, ("", "ok"))
        if not value and account.checked_at is not None and (self._now() - account.checked_at).total_seconds() > 1800:
            value, dot = self.tr("Not checked"), "warn"
        days = expiry.days_left(account.data, self._now()) if account.state != "sign_in" else None
        if not value and days is not None:
            value, dot = (self.tr("Sign in") if days < 0 else self.tr("{n} days").format(n=days)), "warn"
            if days in (0, 1):
                value = self.tr("Today") if days == 0 else self.tr("1 day")
        gaps = self._inbox.gaps(account.id)
        if not value and gaps:
            value, dot = self.tr("Gap"), "warn"
        known = [account.why] if account.why else []
        if days is not None:
            known.append(expiry.sentence(account.data, self._now()))
        if account.checked_at is not None:
            known.append(self.tr("Nothing missing up to {time}.").format(time=clock(account.checked_at)))
        state = " ".join([*known, *gaps]) or value or self.tr("connected")
        item.show_state(
            value=value,
            tone="warn" if dot == "warn" else "",
            dot=dot,
            spoken=f"{item.text()}: {state}",
            hint="\n".join([*known, *gaps]),
        )

    def _set_widths(self) -> None:
        side = theme.px(7 if self._compact else 12)
        self._column.setContentsMargins(side, 16, side + 1, 16)
        self._head.set_compact(self._compact)
        self.setFixedWidth(theme.px(NARROW) if self._compact else theme.px(WIDE))

    def _choose_lane(self, lane: Lane) -> None:
        self.set_lane(lane)
        self.lane_chosen.emit(lane)

    def _choose_outbox(self) -> None:
        self.set_lane(None)
        self.outbox_chosen.emit()

    def _pop_clients(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if len(self._clients) > 1:
            menu.addAction(self.tr("All clients"), lambda: self.client_chosen.emit(None))
        for client in self._clients:
            menu.addAction(client.name.replace("&", "&&"), partial(self.client_chosen.emit, client.id))
        menu.addSeparator()
        if self._compact:
            for account in self._accounts:
                if account.state == "sign_in" or expiry.days_left(account.data, self._now()) is not None:
                    words = self.tr("Sign in: {account}").format(account=_account_words(account))
                    menu.addAction(words.replace("&", "&&"), partial(self.account_chosen.emit, account.id))
        menu.addAction(self.tr("Accounts"), lambda: self.wanted.emit("accounts"))
        menu.addAction(self.tr("Add account"), self.add_account.emit)
        menu.popup(self._head.mapToGlobal(QPoint(0, self._head.height())))

    def _account_menu(self, account: str, at: QPoint) -> None:
        self.menu_wanted.emit(account, self.accounts[account].mapToGlobal(at))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk the lines, as in a list."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), c.side)
        painter.fillRect(self.width() - 1, 0, 1, self.height(), c.line)


def _account_words(account: Account) -> str:
    handle = account.handle
    if handle.startswith("@") and handle.count("@") == 2:  # the server is said by the platform's name
        handle = handle.rsplit("@", 1)[0]
    platform = platform_words(account.platform, service=account.service)
    return handle if platform.lower() in handle.lower() else f"{handle} · {platform}"


def _since(seconds: int) -> str:
    if seconds < 60:
        return tr("Synced {n} s ago").format(n=seconds)
    if seconds < 3600:
        return tr("Synced {n} min ago").format(n=seconds // 60)
    return tr("Synced {n} h ago").format(n=seconds // 3600)
