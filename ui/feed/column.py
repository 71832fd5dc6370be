"""The feed's column: search, the line that sums up, the list, and what to do when it is empty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from app.domain import Account, Lane
from app.events import Changes
from app.rows import LaneCount, Summary
from ui import theme
from ui.feed.hover import Explains, Hover
from ui.feed.model import FeedModel, FeedSource
from ui.feed.pace_line import PaceLine, PaceSource
from ui.feed.selection import SelectionBar
from ui.feed.view import FeedView
from ui.widgets.empty import EmptyState
from ui.widgets.labels import ElidedLabel, Label
from ui.widgets.surface import Line

SEARCH_AFTER = 120  # ms without a key press


class ColumnSource(FeedSource, PaceSource, Explains, Protocol):
    """What the column asks of the inbox beyond the rows."""

    def summary(self, client: str | None) -> Summary:
        """The numbers of the line under the search field."""

    def counts(self, client: str | None = None) -> dict[Lane, LaneCount]:
        """Kept counts of every lane."""

    def accounts(self) -> list[Account]:
        """All accounts; only whether there are any matters here."""


class FeedColumn(QWidget):
    """`wanted` names a command of `ui.actions` that an empty state offers."""

    chosen = Signal(str)
    opened = Signal(str)
    wanted = Signal(str)

    def __init__(self, inbox: ColumnSource, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inbox = inbox
        self.setMinimumWidth(300)
        self.model = FeedModel(inbox, now, self)
        self.view = FeedView(self.model, now, self)
        self.field = QLineEdit(self)
        self._key = Label("/", self, colour="faint")
        self._soon = Label("", self, weight=700, colour="danger")
        self._rest = ElidedLabel("", self, colour="muted")
        self._pill = QPushButton("", self)
        self.bar = SelectionBar(self.view.marks, self)
        self.empty = EmptyState(self)
        self.pace = PaceLine(inbox, now, self)
        self.hover = Hover(self.view, inbox)
        self._command = ""
        self._typing = QTimer(self, singleShot=True, interval=SEARCH_AFTER)
        self._typing.timeout.connect(self._search)
        self._set_up()
        self.view.chosen.connect(self.chosen)
        self.view.opened.connect(self.opened)
        self.view.ticked.connect(self.pace.tick)
        self.empty.chosen.connect(lambda: self.wanted.emit(self._command))
        self.model.replaced.connect(self._show_empty)
        self.model.changed.connect(self._show_empty)
        self._restyle()
        theme.signals.changed.connect(self._restyle)

    def _set_up(self) -> None:
        self.field.setPlaceholderText(self.tr("Search mentions, people, replies"))
        self.field.setAccessibleName(self.tr("Search"))
        self.field.setProperty("ground", "bg")
        self.field.textEdited.connect(lambda _text: self._typing.start())
        self.field.installEventFilter(self)
        self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._soon.setVisible(False)
        self._pill.setVisible(False)
        self._pill.setProperty("kind", "pill")
        self._pill.setCursor(Qt.CursorShape.PointingHandCursor)
        self._pill.clicked.connect(self.view.show_new)
        self.view.new_changed.connect(self._show_new)
        self.view.marks.changed.connect(self._show_summary)
        self.field.textChanged.connect(self._show_key)
        line = QHBoxLayout()
        line.setSpacing(0)
        line.addWidget(self.bar)
        line.addWidget(self._soon)
        line.addWidget(self._rest, 1)
        line.addWidget(self._pill)
        head = QVBoxLayout()
        head.setContentsMargins(16, 14, 16, 10)
        head.setSpacing(10)
        head.addWidget(self.field)
        head.addLayout(line)
        head.addSpacing(-4)
        head.addWidget(self.pace)
        body = QWidget(self)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(Line(self))
        column.addWidget(body, 1)

    def show_lane(self, lane: Lane, client: str | None) -> None:
        """Show a lane from its top; a search ends."""
        self.field.clear()
        self.view.forget()
        self.model.show(lane, client)
        self.pace.show_client(client)
        self.refresh_summary()

    def follow(self, changes: Changes) -> None:
        """Take in what a write touched."""
        self.model.follow(changes, self.view.near())
        if changes.counts or changes.everything or changes.conversations:
            self.refresh_summary()
            self.pace.look()

    def focus_search(self) -> None:
        """Into the search field, with what it holds selected."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def end_search(self) -> None:
        """Back to the lane and into the list."""
        self._typing.stop()
        self.field.clear()
        if self.model.words:
            self.model.show(self.model.lane, self.model.client)
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh_summary(self) -> None:
        """ "3 due within 30 min · 4 more today · 96% same day"."""
        found = self._inbox.summary(self.model.client)
        parts = []
        if not found.soon:
            parts.append(self.tr("Nothing due within 30 min"))
        if found.today:
            parts.append(
                self.tr("%n more today", "", found.today) if found.soon else self.tr("%n today", "", found.today)
            )
        if found.same_day is not None:
            parts.append(self.tr("{n}% same day").format(n=found.same_day))
        soon = self.tr("%n due within 30 min", "", found.soon) if found.soon else ""
        self._soon.setText(soon)
        self._show_summary(len(self.view.marks))
        self._rest.set_lead(" · " if soon and parts else "")
        self._rest.set_whole(" · ".join(parts))

    def _show_summary(self, marked: int) -> None:
        self._soon.setVisible(bool(self._soon.text()) and not marked)
        self._rest.setVisible(not marked)

    def summary_text(self) -> str:
        """The whole line."""
        lead = " · " if self._soon.text() and self._rest.whole() else ""
        return f"{self._soon.text()}{lead}{self._rest.whole()}"

    def _search(self) -> None:
        words = self.field.text().strip()
        if len(words) >= 2:
            self.view.forget()
            self.model.show_found(words)
        elif self.model.words:
            self.model.show(self.model.lane, self.model.client)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.end_search()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                if self._typing.isActive():
                    self._typing.stop()
                    self._search()
                self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
                if not self.view.conversation():
                    self.view.choose(0)
                return True
        elif event.type() in (QEvent.Type.Resize, QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._place_key()
            self._show_key()
        return False

    def _restyle(self) -> None:
        for label in (self._soon, self._rest, self._pill, self.bar):
            label.setFixedHeight(theme.px(18))
        self.update()

    def _show_new(self, count: int) -> None:
        self._pill.setText(self.tr("↑ %n new", "", count))
        self._pill.setAccessibleName(self.tr("%n new above, go there", "", count))
        self._pill.setVisible(count > 0)

    def _show_key(self, *_text: object) -> None:
        self._key.setVisible(not self.field.hasFocus() and not self.field.text())

    def _place_key(self) -> None:
        hint, box = self._key.sizeHint(), self.field.geometry()
        self._key.setGeometry(
            box.right() - hint.width() - 10,
            box.top() + (box.height() - hint.height()) // 2,
            hint.width(),
            hint.height(),
        )
        self._key.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_key()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        QPainter(self).fillRect(self.rect(), c.panel)

    # empty

    def _show_empty(self, *_ids: object) -> None:
        if self.model.rowCount():
            self._stack.setCurrentWidget(self.view)
            return
        heading, words, action, self._command = self._empty_words()
        self.empty.set_words(heading, words, action)
        self._stack.setCurrentWidget(self.empty)

    def _empty_words(self) -> tuple[str, str, str, str]:
        """Heading, words, the button's words and the command that it gives."""
        if self.model.words:
            return (
                self.tr("Nothing found"),
                self.tr("No message, person or reply holds “{words}”. Try fewer or other words.").format(
                    words=self.model.words
                ),
                self.tr("Back to the list"),
                "end_search",
            )
        if not self._inbox.accounts():
            return (
                self.tr("No account yet"),
                self.tr("Connect an account, and the messages that need an answer appear here."),
                self.tr("Add an account"),
                "add_account",
            )
        match self.model.lane:
            case Lane.CARE:
                return self._care_words()
            case Lane.TODAY:
                return (
                    self.tr("Nothing else is due today"),
                    self.tr("You are ahead of every promise."),
                    "",
                    "",
                )
            case Lane.THANKS:
                return (
                    self.tr("No thank-you is open"),
                    self.tr("Praise appears here, so that it is answered as promptly as a complaint."),
                    "",
                    "",
                )
            case Lane.WAITING:
                return (
                    self.tr("Nobody owes you an answer"),
                    self.tr("Conversations that you answered rest here until the customer writes again."),
                    self.tr("Go to Care now"),
                    "lane.care",
                )
            case Lane.SNOOZED:
                return (
                    self.tr("Nothing is snoozed"),
                    self.tr("Press S on a message to put it away until later. Its promise still holds."),
                    "",
                    "",
                )
            case Lane.LISTENING:
                return (
                    self.tr("Nothing heard"),
                    self.tr("Posts that speak about you without a tag appear here. Join in, or let them pass."),
                    "",
                    "",
                )
            case Lane.NOISE:
                return (
                    self.tr("No noise"),
                    self.tr(
                        "What looks like advertising or a bot lies here. Nothing is deleted, and the clock goes on."
                    ),
                    "",
                    "",
                )
            case _:
                return (
                    self.tr("Nothing is closed yet"),
                    self.tr("Conversations that you answered or closed are kept here."),
                    "",
                    "",
                )

    def _care_words(self) -> tuple[str, str, str, str]:
        counts = self._inbox.counts(self.model.client)
        heading = self.tr("Nobody is waiting")
        for lane, action, command in (
            (Lane.TODAY, self.tr("Go to Due today"), "lane.today"),
            (Lane.THANKS, self.tr("Go to Thank-yous"), "lane.thanks"),
        ):
            more = counts.get(lane, LaneCount(0, 0)).total
            if more:
                words = (
                    self.tr("%n more are due today.", "", more)
                    if lane is Lane.TODAY
                    else self.tr("%n people said something kind.", "", more)
                )
                return heading, words, action, command
        return heading, self.tr("New messages appear here by themselves."), self.tr("Check now"), "check"
