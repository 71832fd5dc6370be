"""The outbox: every reply that waits or needs somebody, and what left today."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.domain import Reply, ReplyState
from app.errors import ServiceError
from app.events import Changes, NetworkState
from ui import ops, theme
from ui.bridge import Bridge
from ui.conversation import words
from ui.conversation.links import open_link
from ui.outbox_line import NEEDS_YOU, OutboxLine, chip
from ui.ports import Runtime
from ui.widgets import (
    Card,
    EmptyState,
    Heading,
    Label,
    Line,
    QuietButton,
)

_T = TypeVar("_T")
SIDE = 36
LOOK_AFTER = 50  # rows that are built at once


class OutboxView(QScrollArea):
    """Follows the ledger. `chosen` asks for a conversation: to look, to edit, to decide."""

    chosen = Signal(str)
    sign_in_wanted = Signal(str)  # account id

    def __init__(self, runtime: Runtime, parent: QWidget | None = None, *, bridge: Bridge | None = None) -> None:
        super().__init__(parent)
        self._runtime = runtime
        self._online = True if bridge is None else bridge.online
        self._shown = LOOK_AFTER
        self._lines: dict[str, OutboxLine] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setAccessibleName(self.tr("Outbox"))
        body = _Ground(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(SIDE, 26, SIDE, 26)
        column.setSpacing(18)
        head = QHBoxLayout()
        head.addWidget(Heading(self.tr("Outbox"), body, level=1))
        head.addStretch(1)
        self._need = Label("", body, weight=600)
        self._rest = Label("", body, colour="muted")
        sums = QHBoxLayout()
        sums.setSpacing(4)
        sums.addWidget(self._need)
        sums.addWidget(self._rest)
        head.addLayout(sums)
        self._card = Card(body, padding=1)
        self._card.body.setSpacing(0)
        self._more = QuietButton(self.tr("Show more"), body)
        self._more.clicked.connect(self._show_more)
        self._foot = Label(
            self.tr("A reply counts as sent only when the platform has given it a number. Nothing is sent twice."),
            body,
            colour="muted",
            wrap=True,
        )
        self._empty = EmptyState(body)
        self._empty.set_words(
            self.tr("Nothing waits to leave"),
            self.tr("Replies stand here from Send until the platform has them, and when something is in their way."),
        )
        column.addLayout(head)
        column.addWidget(self._card)
        column.addWidget(self._more)
        column.addWidget(self._foot)
        column.addWidget(self._empty, 1)
        column.addStretch(1)
        self.setWidget(body)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._tell)
        if bridge is not None:
            bridge.changes.connect(self.on_changes)
            bridge.network.connect(self.on_network)

    def refresh(self) -> None:
        """Read the ledger again; lines that did not change stay."""
        rows = self._runtime.outbox.rows()
        shown = rows[: self._shown]
        old, self._lines = self._lines, {}
        body = self._card.body
        while (item := body.takeAt(0)) is not None:
            widget = item.widget()
            if isinstance(widget, Line):
                widget.hide()
                widget.deleteLater()
        for number, row in enumerate(shown):
            line = old.pop(row.reply.id, None)
            if line is None or line.row != row:
                if line is not None:
                    line.hide()
                    line.deleteLater()
                line = OutboxLine(row, self._card)
                line.acted.connect(self._act)
            if number:
                body.addWidget(Line(self._card))
            body.addWidget(line)
            line.show()
            self._lines[row.reply.id] = line
        for line in old.values():
            line.hide()
            line.deleteLater()
        self._card.setVisible(bool(shown))
        self._foot.setVisible(bool(shown))
        self._more.setVisible(len(rows) > len(shown))
        self._empty.setVisible(not shown)
        self._sum_up([row.reply for row in rows])
        self._tell()

    def lines(self) -> list[OutboxLine]:
        """Top to bottom."""
        return list(self._lines.values())

    def summary(self) -> str:
        """The words beside the heading."""
        return f"{self._need.text()} {self._rest.text()}".strip()

    def on_changes(self, changes: Changes) -> None:
        """Read again if a reply was touched."""
        if self.isVisible() and (changes.replies or changes.everything):
            self.refresh()

    def on_network(self, state: NetworkState) -> None:
        """Waiting lines say what they wait for."""
        self._online = state.online
        self._tell()

    def _sum_up(self, replies: list[Reply]) -> None:
        now = datetime.now(UTC)
        need = sum(1 for reply in replies if reply.state in NEEDS_YOU)
        waiting = sum(1 for reply in replies if chip(reply, self._online, now)[0] == words.say("Waiting"))
        day = now.astimezone().date()
        sent = sum(
            1 for r in replies if r.state is ReplyState.SENT and r.sent_at and r.sent_at.astimezone().date() == day
        )
        rest = []
        if waiting:
            rest.append(
                self.tr("1 waits for the network")
                if waiting == 1
                else self.tr("%n wait for the network", None, waiting)
            )
        if sent:
            rest.append(self.tr("%n sent today", None, sent))
        needs = ""
        if need:
            needs = self.tr("1 needs you") if need == 1 else self.tr("%n need you", None, need)
        self._need.setText(needs)
        self._rest.setText(("\u00b7 " if need and rest else "") + " \u00b7 ".join(rest))

    def _tell(self) -> None:
        now = datetime.now(UTC)
        out = {one.id for one in self._runtime.inbox.accounts() if one.state == "sign_in"}
        lines = self._lines.values()
        moving = [line for line in lines if line.tell(self._online, now, line.row.reply.account_id in out)]
        widest = max((line.buttons_width() for line in lines), default=0)
        for line in lines:
            line.set_buttons_width(widest)
        if moving and self.isVisible():
            if not self._tick.isActive():
                self._tick.start()
        else:
            self._tick.stop()

    def _show_more(self) -> None:
        self._shown += LOOK_AFTER
        self.refresh()

    def _act(self, reply_id: str, conversation_id: str, key: str) -> None:
        outbox = self._runtime.outbox
        line = self._lines.get(reply_id)
        if line is None:
            return
        match key:
            case "open":
                self.chosen.emit(conversation_id)
                return
            case "sign_in":
                self.sign_in_wanted.emit(line.row.reply.account_id)
                return
            case "see":
                open_link(line.row.reply.url)
                return
            case "undo" | "edit":
                self._run(line, outbox.cancel(reply_id), lambda _text: self.chosen.emit(conversation_id))
            case "send_now":
                self._run(line, outbox.send_now(reply_id))
            case "there" | "not_there":
                self._run(line, outbox.confirm(reply_id, key == "there"))
            case "release":
                self._run(line, outbox.release(reply_id))

    def _run(
        self,
        line: OutboxLine,
        change: Coroutine[Any, Any, _T],
        then: Callable[[_T], object] | None = None,
    ) -> None:
        def done(result: _T) -> None:
            self.refresh()
            if then is not None:
                then(result)

        def failed(error: ServiceError) -> None:
            self.refresh()
            ops.tell(self, str(error))

        ops.run(self, change, busy=line, done=done, failed=failed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()


class _Ground(QWidget):
    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.tokens().bg)
