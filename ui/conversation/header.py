"""Who we talk with, and what can be done with the conversation as a whole."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app.domain import ConversationState
from app.rows import ConversationDetail
from ui import theme
from ui.composer.rows import TwoGroups
from ui.composer.times import TimeMenu
from ui.conversation import words
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

    snoozed = Signal(object)  # datetime, UTC
    closed = Signal(str)  # reason
    reopened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._detail: ConversationDetail | None = None
        self._name = ElidedLabel("", self, size=15, weight=600)
        self._where = ElidedLabel("", self, colour="muted")
        self._snooze = QuietButton(self.tr("Snooze"), self, hint=self.tr("Bring it back later (S)"))
        self._done = QuietButton(self.tr("Done"), self, hint=self.tr("Close it with a reason (E)"))
        self._reopen = QuietButton(self.tr("Reopen"), self)
        self.snooze_menu = TimeMenu(self.tr("Snooze until"), self)
        self.snooze_menu.note = self._deadline
        self.snooze_menu.chosen.connect(self.snoozed)
        self.done_menu = QMenu(self)
        self.done_menu.setAccessibleName(self.tr("Close because"))
        for key, label in reasons():
            self.done_menu.addAction(label).triggered.connect(lambda _on=False, key=key: self.closed.emit(key))
        self._snooze.clicked.connect(self.open_snooze)
        self._done.clicked.connect(self.open_done)
        self._reopen.clicked.connect(self.reopened)
        row = TwoGroups(self, stretch_left=True)
        who = QVBoxLayout()
        who.setSpacing(0)
        who.addWidget(self._name)
        who.addWidget(self._where)
        row.left.addLayout(who)
        for button in (self._snooze, self._done, self._reopen):
            row.right.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 10, 20, 11)
        column.addWidget(row)
        theme.signals.changed.connect(self.update)

    def set_detail(self, detail: ConversationDetail, platform: str) -> None:
        """Show this conversation; `platform` is the name on screen."""
        self._detail = detail
        row = detail.row
        name, handle = words.one_line(row.author), words.one_line(row.handle)
        self._name.set_whole(name or handle)
        parts = [handle, platform, words.kind(row.kind, detail.visibility)]
        state = row.state
        if state is ConversationState.SNOOZED and row.snoozed_until is not None:
            parts.append(self.tr("snoozed until %1").replace("%1", words.moment(row.snoozed_until)))
        elif state is ConversationState.CLOSED:
            parts.append(self.tr("done"))
        elif state is ConversationState.WAITING:
            parts.append(self.tr("waiting for %1").replace("%1", name or handle))
        self._where.set_whole(" \u00b7 ".join(part for part in parts if part))
        asleep = state in (ConversationState.CLOSED, ConversationState.SNOOZED)
        self._snooze.setVisible(state is not ConversationState.CLOSED)
        self._done.setVisible(state is not ConversationState.CLOSED)
        self._reopen.setVisible(asleep)
        back = self.tr("Reopen") if state is ConversationState.CLOSED else self.tr("Bring back now")
        self._reopen.setText(back)
        self._reopen.setAccessibleName(back)

    def open_snooze(self) -> None:
        """Offer the times."""
        self.snooze_menu.open_over(self._snooze)

    def open_done(self) -> None:
        """Offer the reasons; the first is ready for Enter."""
        size = self.done_menu.sizeHint()
        self.done_menu.setActiveAction(self.done_menu.actions()[0])
        corner = QPoint(self._done.width() - size.width(), self._done.height() + 4)
        self.done_menu.popup(self._done.mapToGlobal(corner))

    def where(self) -> str:
        """The line under the name."""
        return self._where.whole()

    def _deadline(self) -> str:
        if self._detail is None or self._detail.due_at is None:
            return ""
        return self.tr("The reply is still due %1").replace("%1", words.moment(self._detail.due_at))

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), c.panel)
        painter.fillRect(0, self.height() - 1, self.width(), 1, c.line)
