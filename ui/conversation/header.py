"""Who we talk with, and what can be done with the conversation as a whole."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app.domain import WHEN_THEY_ANSWER, ConversationState
from app.rows import ConversationDetail, FeedRow
from ui import theme
from ui.composer.rows import TwoGroups
from ui.conversation import words
from ui.feed.words import back_at
from ui.widgets import ElidedLabel, QuietButton


def reasons() -> list[tuple[str, str]]:
    """Why a conversation can be closed: stable key, words."""
    return [
        ("answered", words.say("Answered")),
        ("no_answer", words.say("Needs no answer")),
        ("elsewhere", words.say("Solved elsewhere, by phone or in the shop")),
        ("not_us", words.say("Not about us")),
        ("spam", words.say("Spam")),
    ]


class Header(QWidget):
    """Name, where from, Snooze and Done; Reopen for what is closed."""

    snooze_wanted = Signal(object)  # the button under which the times are offered
    keep_wanted = Signal()
    closed = Signal(str)  # reason
    reopened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._detail: ConversationDetail | None = None
        self._platform = ""
        self._name = ElidedLabel("", self, size=15, weight=600)
        self._where = ElidedLabel("", self, colour="muted")
        self._snooze = QuietButton(self.tr("Snooze"), self, hint=self.tr("Bring it back later (S)"))
        self._keep = QuietButton(self.tr("Keep open"), self, hint=self.tr("Do not let it close itself (Shift+E)"))
        self._done = QuietButton(self.tr("Done"), self, hint=self.tr("Close it with a reason (E)"))
        self._reopen = QuietButton(self.tr("Reopen"), self, hint=self.tr("Back into the list (Shift+E)"))
        self.done_menu = QMenu(self)
        self.done_menu.setAccessibleName(self.tr("Close because"))
        for key, label in reasons():
            self.done_menu.addAction(label).triggered.connect(lambda _on=False, key=key: self.closed.emit(key))
        self._snooze.clicked.connect(self.open_snooze)
        self._done.clicked.connect(self.open_done)
        self._reopen.clicked.connect(self.reopened)
        self._keep.clicked.connect(self.keep_wanted)
        row = TwoGroups(self, stretch_left=True)
        who = QVBoxLayout()
        who.setSpacing(0)
        who.addWidget(self._name)
        who.addWidget(self._where)
        row.left.addLayout(who)
        for button in (self._keep, self._snooze, self._done, self._reopen):
            row.right.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 10, 20, 11)
        column.addWidget(row)
        theme.signals.changed.connect(self.update)

    def set_detail(self, detail: ConversationDetail, platform: str) -> None:
        """Show this conversation; `platform` is the name on screen."""
        self._detail, self._platform = detail, platform
        row = detail.row
        name, handle = words.one_line(row.author), words.one_line(row.handle)
        self._name.set_whole(name or handle)
        parts = [handle, platform, words.kind(row.kind, detail.visibility)]
        state = row.state
        closes = row.closes_at if not row.has_draft else None
        if state is ConversationState.SNOOZED:
            parts.insert(0, self._asleep(row))  # before what a narrow window cuts off
        elif closes is not None:
            parts.insert(0, self.tr("Closes by itself in %1").replace("%1", words.span(self._left(closes))))
        elif state is ConversationState.CLOSED:
            parts.append(self.tr("done"))
        elif state is ConversationState.WAITING:
            parts.append(self.tr("waiting for %1").replace("%1", name or handle))
        self._where.set_whole(" \u00b7 ".join(part for part in parts if part))
        self._keep.setVisible(closes is not None)
        asleep = state in (ConversationState.CLOSED, ConversationState.SNOOZED)
        self._snooze.setVisible(state is not ConversationState.CLOSED)
        self._done.setVisible(state is not ConversationState.CLOSED)
        self._reopen.setVisible(asleep)
        back = self.tr("Reopen") if state is ConversationState.CLOSED else self.tr("Bring back now")
        self._reopen.setText(back)
        self._reopen.setAccessibleName(back)

    def tick(self) -> None:
        """What counts down is told again; called once a second while the window is looked at."""
        detail = self._detail
        if detail is not None and detail.row.closes_at is not None:
            self.set_detail(detail, self._platform)

    def _left(self, at: datetime) -> float:
        return (at - datetime.now(UTC)).total_seconds()

    def _asleep(self, row: FeedRow) -> str:
        back = back_at(row)
        if back is None or back >= WHEN_THEY_ANSWER:
            return self.tr("Snoozed until they answer")
        if row.snoozed_until is not None and back < row.snoozed_until:
            return self.tr("Comes back %1, before its promise ends").replace("%1", words.moment(back))
        return self.tr("Snoozed until %1").replace("%1", words.moment(back))

    def open_snooze(self) -> None:
        """Offer the times."""
        self.snooze_wanted.emit(self._snooze)

    def open_done(self) -> None:
        """Offer the reasons; the first is ready for Enter."""
        size = self.done_menu.sizeHint()
        self.done_menu.setActiveAction(self.done_menu.actions()[0])
        corner = QPoint(self._done.width() - size.width(), self._done.height() + 4)
        self.done_menu.popup(self._done.mapToGlobal(corner))

    def where(self) -> str:
        """The line under the name."""
        return self._where.whole()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), c.panel)
        painter.fillRect(0, self.height() - 1, self.width(), 1, c.line)
