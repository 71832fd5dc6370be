"""The outbox: every reply that waits or needs somebody, and what left today."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
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
EVERY_SECOND, EVERY_AGE = 1000, 30_000  # ms; a countdown, and how old the others are
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
        self.warning = _Warnings(body)
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
        column.addWidget(self.warning)
        column.addWidget(self._card)
        column.addWidget(self._more)
        column.addWidget(self._foot)
        column.addWidget(self._empty, 1)
        column.addStretch(1)
        self.setWidget(body)
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._tell)
        if bridge is not None:
            bridge.changes.connect(self.on_changes)
            bridge.network.connect(self.on_network)

    def refresh(self, focus: int | None = None) -> None:
        """Read the ledger again; lines that did not change stay. `focus`: the place of the line that had it."""
        rows = self._runtime.outbox.rows()
        shown = rows[: self._shown]
        focus = next((n for n, line in enumerate(self._lines.values()) if line.holds_focus()), focus)
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
        self.warning.show_texts([one.text for one in self._runtime.outbox.warnings()])
        self._tell()
        self._order(focus)

    def _order(self, focus: int | None) -> None:
        """Tab goes from line to line, whichever was made last; a line that held the focus hands it on."""
        lines = self.lines()
        stops: list[QWidget] = [self._card, *(stop for line in lines for stop in line.stops())]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)
        if focus is not None and lines and not any(line.holds_focus() for line in lines):
            lines[min(focus, len(lines) - 1)].stops()[0].setFocus(Qt.FocusReason.OtherFocusReason)

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
        aging = any(line.row.reply.state is not ReplyState.SENT for line in lines)
        if not (moving or aging) or not self.isVisible():
            self._tick.stop()
        elif not self._tick.isActive() or self._tick.interval() != (EVERY_SECOND if moving else EVERY_AGE):
            self._tick.start(EVERY_SECOND if moving else EVERY_AGE)

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
                self._run(line, outbox.cancel(reply_id), lambda _writing: self.chosen.emit(conversation_id))
            case "cancel":
                self._run(line, outbox.cancel(reply_id), self._tell_kept)
            case "send_now":
                self._run(line, outbox.send_now(reply_id))
            case "there" | "not_there":
                self._run(line, outbox.confirm(reply_id, key == "there"))
            case "release":
                self._run(line, outbox.release(reply_id))

    def _tell_kept(self, _writing: object) -> None:
        ops.tell(self, self.tr("Taken back. The text is kept as a draft in its conversation."))

    def _run(
        self,
        line: OutboxLine,
        change: Coroutine[Any, Any, _T],
        then: Callable[[_T], object] | None = None,
    ) -> None:
        place = self.lines().index(line) if line.holds_focus() else None

        def done(result: _T) -> None:
            self.refresh(place)
            if then is not None:
                then(result)

        def failed(error: ServiceError) -> None:
            self.refresh(place)
            ops.tell(self, str(error))

        ops.run(self, change, busy=line, done=done, failed=failed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()


class _Warnings(Card):
    """What to know before many replies leave, a line each; nothing where there is nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, ground="warn_soft", edge="", padding=14)
        self._lines: list[Label] = []
        self.hide()

    def show_texts(self, texts: list[str]) -> None:
        """Show these."""
        if texts != self.texts():
            for old in self._lines:
                old.hide()
                old.deleteLater()
            self._lines = [Label(text, self, colour="warn", wrap=True) for text in texts]
            for line in self._lines:
                self.body.addWidget(line)
            self.setAccessibleName(" ".join(texts))
        self.setVisible(bool(texts))

    def texts(self) -> list[str]:
        """What is shown."""
        return [line.text() for line in self._lines]


class _Ground(QWidget):
    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.tokens().bg)
