"""The outbox: every reply that waits or needs somebody, and what left today."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.domain import Reply, ReplyState
from app.errors import ServiceError
from app.events import Changes, NetworkState
from app.rows import OutboxRow
from ui import ops, theme
from ui.bridge import Bridge
from ui.conversation import words
from ui.conversation.links import open_link
from ui.conversation.replies import UNDO_WINDOW, actions
from ui.feed.words import platform_words
from ui.ports import Runtime
from ui.widgets import (
    Card,
    Chip,
    ElidedLabel,
    EmptyState,
    Heading,
    Label,
    Line,
    LinkButton,
    PrimaryButton,
    QuietButton,
)

_T = TypeVar("_T")
SIDE = 36
LOOK_AFTER = 50  # rows that are built at once
CHIPS, WHY = 120, 270
NEEDS_YOU = (ReplyState.BLOCKED, ReplyState.UNCONFIRMED, ReplyState.REFUSED)


def chip(reply: Reply, online: bool, now: datetime) -> tuple[str, str]:
    """The word and tone in front of a line."""
    match reply.state:
        case ReplyState.SENT:
            return words.say("Sent"), "ok"
        case ReplyState.CLAIMED:
            return words.say("Sending"), "info"
        case ReplyState.BLOCKED:
            return words.say("Held"), "warn"
        case ReplyState.UNCONFIRMED:
            return words.say("Not confirmed"), "warn"
        case ReplyState.REFUSED:
            return words.say("Refused"), "danger"
        case ReplyState.HELD if reply.why or reply.tries or (not online and reply.not_before <= now):
            return words.say("Waiting"), "plain"
        case ReplyState.HELD if reply.not_before - now > UNDO_WINDOW:
            return words.say("Later"), "plain"
        case ReplyState.HELD:
            return words.say("Undo"), "info"
        case _:
            return words.say("Taken back"), "plain"


def told(reply: Reply, online: bool, now: datetime) -> str:
    """The sentence of a line: the chip has said the state already."""
    match reply.state:
        case ReplyState.SENT:
            return words.say("%1, on the platform").replace("%1", words.moment(reply.sent_at or reply.created_at, now))
        case ReplyState.BLOCKED:
            return reply.why or words.say("The conversation changed since this was written.")
        case ReplyState.UNCONFIRMED:
            return reply.why or words.say("The line broke after sending. Please look whether it is there.")
        case ReplyState.REFUSED:
            return reply.why or words.say("The platform gave no reason.")
        case ReplyState.HELD if reply.why:
            return reply.why
        case _:
            return words.reply_state(reply, online=online, now=now)


class OutboxLine(QWidget):
    """One reply with what can be done about it."""

    acted = Signal(str, str, str)  # reply id, conversation id, action

    def __init__(self, row: OutboxRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = row
        reply = row.reply
        self._chip_box = QWidget(self)
        self._chip = Chip("", self._chip_box)
        chips = QHBoxLayout(self._chip_box)
        chips.setContentsMargins(0, 0, 0, 0)
        chips.addWidget(self._chip)
        chips.addStretch(1)
        who = words.one_line(row.author or row.handle)
        self._who = LinkButton(who.replace("&", "&&"), self, name=self.tr("Open %1").replace("%1", who))
        self._who.clicked.connect(lambda _on=False: self.acted.emit(reply.id, reply.conversation_id, "open"))
        where = f"{words.one_line(row.client_name)} \u00b7 {platform_words(row.platform)}"
        self._where = ElidedLabel(where, self, colour="muted")
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self._who)
        top.addWidget(self._where, 1)
        self._text = ElidedLabel(words.one_line(reply.text), self, colour="muted")
        self._middle = QWidget(self)
        column = QVBoxLayout(self._middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addLayout(top)
        column.addWidget(self._text)
        self._why = Label("", self, colour="muted", wrap=True)
        self._buttons = QWidget(self)
        self._button_row = QHBoxLayout(self._buttons)
        self._button_row.setContentsMargins(0, 0, 0, 0)
        self._button_row.setSpacing(8)
        self._keys: tuple[str, ...] = ()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(18, 14, 18, 14)
        self._box.setSpacing(14)
        self._box.addWidget(self._chip_box)
        self._box.addWidget(self._middle, 5)
        self._box.addWidget(self._why, 4)
        self._box.addWidget(self._buttons)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def tell(self, online: bool, now: datetime) -> bool:
        """Say where it stands; True while that changes by itself."""
        reply = self.row.reply
        word, tone = chip(reply, online, now)
        if self._chip.text() != word:
            self._chip.set_text(word, tone)
        why = told(reply, online, now)
        if self._why.text() != why:
            self._why.setText(why)
        offered = actions(reply, online=online, now=now)
        keys = tuple(action.key for action in offered)
        if keys != self._keys:
            self._keys = keys
            while (item := self._button_row.takeAt(0)) is not None:
                old = item.widget()
                if old is not None:
                    old.hide()
                    old.deleteLater()
            self._button_row.addStretch(1)
            for action in reversed(offered):
                first = action is offered[0]
                kind = PrimaryButton if first and reply.state in NEEDS_YOU else QuietButton
                button = kind(action.label, self._buttons)
                button.clicked.connect(
                    lambda _on=False, key=action.key: self.acted.emit(reply.id, reply.conversation_id, key)
                )
                self._button_row.addWidget(button)
            self._arrange()
        self.setAccessibleName(f"{word}: {words.one_line(self.row.author)}, {why}")
        return reply.state is ReplyState.HELD and reply.not_before > now

    def said(self) -> tuple[str, str]:
        """Chip and sentence."""
        return self._chip.text(), self._why.text()

    def button(self, key: str) -> QPushButton:
        """The button of this action."""
        label = {action.key: action.label for action in actions(self.row.reply)}[key]
        found = self._buttons.findChildren(QPushButton)
        return next(button for button in found if not button.isHidden() and button.text() == label)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        needed = theme.px(CHIPS + 220 + 180) + self._buttons.sizeHint().width() + 90
        way = QBoxLayout.Direction
        narrow = self.width() < needed
        self._box.setDirection(way.TopToBottom if narrow else way.LeftToRight)
        self._box.setSpacing(6 if narrow else 14)

    def _restyle(self) -> None:
        c = theme.tokens()
        self._chip_box.setFixedWidth(theme.px(CHIPS))
        self._who.setStyleSheet(
            f"QPushButton {{ color: {c.text.name()}; font-weight: 600; padding: 0; text-align: left; }}"
            "QPushButton:hover { text-decoration: underline; }"
        )
        self._arrange()


class OutboxView(QScrollArea):
    """Follows the ledger. `chosen` asks for a conversation: to look, to edit, to decide."""

    chosen = Signal(str)

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
        head.addWidget(self._need)
        head.addWidget(self._rest)
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
        return f"{self._need.text()}{self._rest.text()}"

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
        waiting = sum(1 for reply in replies if reply.state in (ReplyState.HELD, ReplyState.CLAIMED))
        day = now.astimezone().date()
        sent = sum(
            1 for r in replies if r.state is ReplyState.SENT and r.sent_at and r.sent_at.astimezone().date() == day
        )
        rest = []
        if waiting:
            rest.append(self.tr("1 waits") if waiting == 1 else self.tr("%n wait", None, waiting))
        if sent:
            rest.append(self.tr("%n sent today", None, sent))
        needs = ""
        if need:
            needs = self.tr("1 needs you") if need == 1 else self.tr("%n need you", None, need)
        self._need.setText(needs)
        self._rest.setText((" \u00b7 " if need and rest else "") + " \u00b7 ".join(rest))

    def _tell(self) -> None:
        now = datetime.now(UTC)
        moving = [line for line in self._lines.values() if line.tell(self._online, now)]
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
