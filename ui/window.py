"""The window: side bar, feed, conversation, context. Shows the feed first; the rest follows the first paint."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QSplitter, QStackedWidget, QWidget

from app.domain import Lane
from app.events import BrandAlarm, Changes, Notice
from ui import actions, geometry, theme
from ui.bridge import Bridge
from ui.bulk import Bulk
from ui.feed.column import FeedColumn
from ui.feed.words import lane_words
from ui.sidebar import SideBar
from ui.widgets.surface import Line

if TYPE_CHECKING:
    from app.runtime import Runtime
    from ui.context import ContextPanel
    from ui.conversation.pane import ConversationPane
    from ui.ports import Runtime as Port

FOUR_COLUMNS = 1320  # from here on the context is a column
WIDE_SIDE = 1200  # from here on the side bar has words
FEED_WIDTH, FEED_NARROW, CONTEXT_WIDTH = 424, 372, 272


def utc_now() -> datetime:
    """Now, aware."""
    return datetime.now(UTC)


class MainWindow(QMainWindow):
    """`gone` says that it was closed and what it held is saved or on its way."""

    gone = Signal()

    def __init__(self, runtime: Runtime, now: Callable[[], datetime] = utc_now, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runtime, self._now = runtime, now
        self.finish_by_itself = True  # the start-up says when, since the pane needs a running loop
        self._bridge = Bridge(runtime.bus, self)
        self.pane: ConversationPane | None = None
        self.context: ContextPanel | None = None
        self._palette: QWidget | None = None
        self._compact: bool | None = None
        self._context_open: bool | None = None  # None: as the width has it
        self._wanted = ""
        self._closed = False
        self._late: dict[str, QWidget] = {}
        self.setWindowTitle(self.tr("Carelane"))
        self.setMinimumSize(geometry.SMALLEST)
        self.side = SideBar(runtime.inbox, runtime.ledger, now, self)
        self.feed = FeedColumn(runtime.inbox, now, self)
        self.actions_by_name = actions.build(self, self.do)
        port = cast("Port", runtime)
        self.bulk = Bulk(self, port.inbox, self.feed, self.actions_by_name, self._show_conversation)
        self._build()
        self._connect()
        self._feed_width = geometry.restore(self, runtime.settings)
        self.show_lane(Lane.CARE)
        theme.signals.changed.connect(self._arrange)
        self._welcome()

    def _build(self) -> None:
        self._middle = QStackedWidget(self)
        self._middle.setMinimumWidth(380)
        self._middle.addWidget(QWidget(self))
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        self._split.addWidget(self.feed)
        self._split.addWidget(self._middle)
        self._split.setStretchFactor(1, 1)
        self._inbox_page = QWidget(self)
        self._columns = QHBoxLayout(self._inbox_page)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(0)
        self._columns.addWidget(self._split, 1)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self._inbox_page)
        whole = QWidget(self)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.side)
        row.addWidget(self.pages, 1)
        self.setCentralWidget(whole)

    def _connect(self) -> None:
        self.side.lane_chosen.connect(self.show_lane)
        self.side.client_chosen.connect(self.show_client)
        self.side.outbox_chosen.connect(self.show_outbox)
        self.side.account_chosen.connect(self.show_account)
        self.side.menu_wanted.connect(lambda account, at: self._look_after("menu", account, at))
        self.side.add_account.connect(self.add_account)
        self.side.check_chosen.connect(lambda: self.do("check"))
        self.side.wanted.connect(self.do)
        self.feed.chosen.connect(self._show_conversation)
        self.feed.opened.connect(lambda _id: self.do("reply"))
        self.feed.wanted.connect(self.do)
        self._split.splitterMoved.connect(self._feed_dragged)
        self.feed.view.ticked.connect(self.side.tick)
        self._bridge.changes.connect(self._follow)
        self._bridge.network.connect(self.side.set_network)
        self._bridge.progress.connect(self.side.set_progress)
        self._bridge.notice.connect(self._tell)
        self._bridge.alarm.connect(self._alarm)
        self._bridge.raise_window.connect(self.to_front)

    def finish(self) -> None:
        """Build what the first paint does without: conversation, composer, context. Done once."""
        if self.pane is not None:
            return
        from ui import timely
        from ui.context import ContextPanel
        from ui.conversation.pane import ConversationPane

        port = cast("Port", self._runtime)
        self.pane = ConversationPane(port, self, bridge=self._bridge)
        self.context = ContextPanel(port, self._inbox_page)
        self._edge = Line(self._inbox_page, vertical=True)
        self.pane.detail_changed.connect(self.context.show_conversation)
        self.pane.left.connect(lambda: self.feed.view.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.pane.finished.connect(self.bulk.finished_one)
        self.feed.view.ticked.connect(self.pane.header.tick)
        self.bulk.pane = self.pane
        self.reminders = timely.begin(self, port.inbox, self._runtime.settings, self.feed, self._now)
        self.gone.connect(self.reminders.stop)
        self.context.chosen.connect(self.open_conversation)
        self.context.insert_wanted.connect(self.pane.composer.insert)
        self._middle.addWidget(self.pane)
        self._middle.setCurrentWidget(self.pane)
        self._arrange()
        if self._wanted:
            self._show_conversation(self._wanted)
        elif not self.feed.view.conversation():
            self.feed.view.choose(0)

    # what is shown

    def show_lane(self, lane: Lane) -> None:
        """Show a lane of the client that is looked at."""
        self.side.set_lane(lane)
        self.pages.setCurrentWidget(self._inbox_page)
        self.feed.show_lane(lane, self.feed.model.client)
        self.setWindowTitle(self.tr("{lane} · Carelane").format(lane=lane_words(lane)))
        if self.pane is not None and not self.feed.view.choose(0):
            self._show_conversation("")

    def show_client(self, client: str | None) -> None:
        """Show one client's inbox; None is all clients'."""
        self.feed.model.client = client
        self.side.set_client(client)
        self.show_lane(self.feed.model.lane)

    def open_conversation(self, conversation: str) -> None:
        """Show a conversation, wherever it is."""
        self.pages.setCurrentWidget(self._inbox_page)
        if not self.feed.view.choose_conversation(conversation):
            self.feed.view.forget()
            self._show_conversation(conversation)

    def _from_outbox(self, conversation: str) -> None:
        self.side.set_lane(self.feed.model.lane)
        self.open_conversation(conversation)

    def show_outbox(self) -> None:
        """Show the ledger of replies."""
        from ui import late_pages

        self.side.set_lane(None)
        page = self._late.get("outbox")
        if page is None:
            port = cast("Port", self._runtime)
            page = late_pages.outbox(self, port, self._bridge, self._from_outbox, self._sign_in)
            self._late["outbox"] = page
            self.pages.addWidget(page)
        self.pages.setCurrentWidget(page)

    def add_account(self) -> None:
        """Open the sign-in."""
        self._sign_in("")

    def show_account(self, account: str) -> None:
        """Sign in again where that is needed, else look for new messages now."""
        self._look_after("press", account)

    def _look_after(self, what: str, account: str, at: QPoint | None = None) -> None:
        from ui import late_pages

        late_pages.look_after(self, cast("Port", self._runtime), self._bridge, what, account, at)

    def _show_conversation(self, conversation: str) -> None:
        self._wanted = conversation
        self._touch()
        if self.pane is not None:
            self.pane.show_conversation(conversation or None)

    # commands

    def do(self, name: str) -> None:
        """Carry out a command of `ui.actions` by its name."""
        if name.startswith("lane."):
            return self.show_lane(Lane(name.removeprefix("lane.")))
        self.finish()
        from ui import late_pages

        pane = self.pane
        assert pane is not None
        view = self.feed.view
        {
            "next": lambda: self._step(1),
            "previous": lambda: self._step(-1),
            **pane.commands(),
            **self.bulk.commands(),
            "why": self.toggle_context,
            "search": self._search,
            "end_search": self.feed.end_search,
            "palette": self.show_palette,
            "undo": pane.undo,
            "first": view.choose_first,
            "new": view.show_new,
            "check": lambda: self._runtime.accounts.check(None),
            "outbox": self.show_outbox,
            "add_account": self.add_account,
            "reminders": self.reminders.ask,
            **late_pages.windows(self, cast("Port", self._runtime), self._bridge, self.feed.model.client, self._wanted),
            "quit": self.close,
        }[name]()

    def _step(self, by: int) -> None:
        self.pages.setCurrentWidget(self._inbox_page)
        self.feed.view.step(by)

    def _search(self) -> None:
        self.pages.setCurrentWidget(self._inbox_page)
        self.feed.focus_search()

    def show_palette(self) -> None:
        """All commands."""
        from ui.widgets.palette import CommandPalette

        if self._palette is None:
            self._palette = CommandPalette(self)
            self._palette.picked.connect(self.do)
        cast(CommandPalette, self._palette).pop_up()

    # following the core

    def _follow(self, changes: Changes) -> None:
        self.feed.follow(changes)
        if changes.accounts or changes.clients or changes.everything:
            self.side.refresh()
            self._welcome()
        else:
            self.side.refresh_counts()

    def _tell(self, notice: Notice) -> None:
        from ui import ops

        account, every = notice.account_id, self._runtime.inbox.accounts()
        needs = any(one.id == account and one.state == "sign_in" for one in every)
        action = self.tr("Sign in") if needs else ""
        ops.tell(self, notice.text, action=action, then=lambda: self._sign_in(account))

    def _alarm(self, alarm: BrandAlarm) -> None:
        from ui import ops

        first = next(iter(alarm.conversations), "")
        ops.tell(self, alarm.text, action=self.tr("Look"), then=lambda: self.open_conversation(first))

    def to_front(self) -> None:
        """Before other windows."""
        self.setWindowState((self.windowState() & ~Qt.WindowState.WindowMinimized) | Qt.WindowState.WindowActive)
        self.show()
        self.raise_()
        self.activateWindow()

    # widths

    def toggle_context(self) -> None:
        """Show or hide "Why this is first"."""
        if self.context is not None:
            self._context_open = self.context.isHidden()
            self._arrange()

    def _arrange(self) -> None:
        """Columns for this width. Larger text needs more of it."""
        width = self.width() / theme.scale()
        compact = width < WIDE_SIDE
        if compact != self._compact:
            self._compact = compact
            self.side.set_compact(compact)
            self._set_feed_width()
        context = self.context
        if context is None:
            return
        column = width >= FOUR_COLUMNS
        shown = column if self._context_open is None else self._context_open
        wide = min(theme.px(CONTEXT_WIDTH), max(240, self._inbox_page.width() - 40))
        left = self._inbox_page.width() - self.feed.width() - wide
        if column or (shown and left >= theme.px(400)):
            if self._columns.indexOf(context) < 0:
                self._columns.addWidget(self._edge)
                self._columns.addWidget(context)
            context.setFixedWidth(wide)
        else:
            self._columns.removeWidget(context)
            self._columns.removeWidget(self._edge)
            context.setFixedWidth(wide)
            context.setGeometry(self._inbox_page.width() - wide, 0, wide, self._inbox_page.height())
            self._edge.setGeometry(self._inbox_page.width() - wide - 1, 0, 1, self._inbox_page.height())
            context.raise_()
            self._edge.raise_()
        context.setVisible(shown)
        self._edge.setVisible(shown)

    def _set_feed_width(self) -> None:
        room = self.width() - self.side.width()
        usual = theme.px(FEED_NARROW if self._compact else FEED_WIDTH)
        width = self._feed_width or min(usual, round(room * 0.45))
        self._split.setSizes([width, max(1, room - width)])

    def _feed_dragged(self, width: int, _handle: int) -> None:
        self._feed_width = width

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        before, after = event.oldSize().width() / theme.scale(), self.width() / theme.scale()
        if (before >= FOUR_COLUMNS) != (after >= FOUR_COLUMNS):
            self._context_open = None  # a panel over the conversation is only ever opened by hand
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._context_open and self.context is not None:
            self.toggle_context()
        else:
            super().keyPressEvent(event)

    # coming and going

    def _welcome(self) -> None:
        """The first start has no accounts and a page of its own; with the first account it goes."""
        first = self._late.get("welcome")
        if self._runtime.inbox.accounts():
            if first is not None and self.pages.currentWidget() is first:
                self.side.show()
                self.show_lane(Lane.CARE)
            return
        if first is None:
            from ui import late_pages

            first = late_pages.welcome(self, cast("Port", self._runtime), self.add_account)
            self._late["welcome"] = first
            self.pages.addWidget(first)
        self.pages.setCurrentWidget(first)
        self.side.hide()

    def _sign_in(self, account: str) -> None:
        from ui import late_pages

        late_pages.sign_in(self, cast("Port", self._runtime), account, self.feed.model.client)

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Paint and self.pane is None and self.finish_by_itself:
            QTimer.singleShot(0, self.finish)
        elif kind in (QEvent.Type.ThemeChange, QEvent.Type.ApplicationFontChange):
            QTimer.singleShot(0, theme.refresh)
        elif kind in (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate):
            self._runtime.presence.in_front = kind == QEvent.Type.WindowActivate
            self._touch()
        return super().event(event)

    def _touch(self) -> None:
        self._runtime.presence.touched_at = time.monotonic()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        if self._closed:
            return
        self._closed = True
        geometry.keep(self, self._runtime.settings, self._feed_width)
        if self.pane is not None:
            self.pane.composer.flush()
        self._bridge.close()
        self.gone.emit()
