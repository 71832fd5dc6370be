"""What is done with whole conversations: with the chosen one, or with all that are marked, in one step."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.domain import ConversationState, Lane, Place
from app.rows import FeedRow
from ui.feed.column import FeedColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.conversation.pane import ConversationPane
    from ui.ports import Inbox
    from ui.snooze import SnoozePopover

_MENU = ("reply", "", "done", "snooze", "bring_back", "", "not_urgent", "noise", "", "undo")  # "" is a line


class Bulk(QObject):
    """Commands on the selection. `show` puts a conversation into the middle, "" for none."""

    def __init__(
        self,
        window: QWidget,
        inbox: Inbox,
        feed: FeedColumn,
        commands: Mapping[str, QAction],
        show: Callable[[str], object],
    ) -> None:
        super().__init__(window)
        self._window, self._inbox, self._feed, self._commands, self._show = window, inbox, feed, commands, show
        self.pane: ConversationPane | None = None
        self._snoozer: SnoozePopover | None = None
        self._reasons: QMenu | None = None
        feed.bar.wanted.connect(self._wanted)
        feed.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        feed.view.customContextMenuRequested.connect(self._menu)

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the window's commands do, by their names."""
        marks = self._feed.view.marks
        return {
            "done": self.done,
            "snooze": self.snooze,
            "bring_back": self.bring_back,
            "noise": self.noise,
            "not_urgent": lambda: self.place(Place.NORMAL, self.tr("Not urgent")),
            "select_next": lambda: self._if_seen(marks.extend, 1),
            "select_previous": lambda: self._if_seen(marks.extend, -1),
            "select_all": lambda: self._if_seen(marks.mark_all),
        }

    def _if_seen(self, select: Callable[..., None], *by: int) -> None:
        """Nothing is selected in a list that another page hides."""
        if self._feed.view.isVisible():
            select(*by)

    def done(self) -> None:
        """Offer the reasons."""
        if self._feed.view.marks:
            if self._reasons is None:
                self._reasons = self._reason_menu()
            self._reasons.setActiveAction(self._reasons.actions()[0])
            self._reasons.popup(self._feed.bar.mapToGlobal(QPoint(0, self._feed.bar.height() + 4)))
        elif self.pane is not None:
            self.pane.open_done()

    def snooze(self) -> None:
        """Offer the times."""
        if self._feed.view.marks:
            if self._snoozer is None:
                from ui.snooze import SnoozePopover

                self._snoozer = SnoozePopover(self._inbox.snooze_plan, self._window)
                self._snoozer.chosen.connect(self._snooze_until)
                self._snoozer.ask_wanted.connect(self._ask_time)
            self._snoozer.open_for(self._feed.view.marks.acted(), self._feed.bar)
        elif self.pane is not None:
            self.pane.open_snooze()

    def bring_back(self) -> None:
        """What is closed or snoozed comes back; thanks that would close themselves stay."""
        if not self._feed.view.marks:
            if self.pane is not None:
                self.pane.bring_back()
            return
        rows = self._inbox.feed_rows(self._feed.view.marks.acted()).values()
        away = [row.id for row in rows if row.state in (ConversationState.CLOSED, ConversationState.SNOOZED)]
        closing = [row.id for row in rows if row.closes_at is not None]
        if away:
            self._run(away, self._inbox.reopen(away), self.tr("Back in the list"))
        elif closing:
            self._run(closing, self._inbox.keep_open(closing), self.tr("Kept open"))

    def noise(self) -> None:
        """Into the noise; if all are there, out of it."""
        ids = self._acted()
        if ids:
            rows = self._inbox.feed_rows(ids).values()
            out = all(row.lane is Lane.NOISE for row in rows)
            self._run(ids, self._inbox.toggle_noise(ids), self.tr("Not noise") if out else self.tr("Noise"))

    def place(self, where: Place, words: str) -> None:
        """Against what its words say."""
        ids = self._acted()
        if ids:
            self._run(ids, self._inbox.place(ids, where), words)

    def finished_one(self, conversation: str) -> None:
        """Done or snoozed: on to the next. A sent reply stays in sight until it has left."""
        row = self._inbox.feed_rows([conversation]).get(conversation)
        if row is not None and row.sending is not None:
            return
        self._go_on([conversation], "")
        if row is not None and row.lane is Lane.DONE:
            self._undoable(self.tr("Done: {name}").format(name=row.author))
        elif row is not None and row.lane is Lane.SNOOZED:
            self._undoable(self._asleep(row))

    # Inside

    def _acted(self) -> list[str]:
        shown = "" if self.pane is None else self.pane.conversation_id
        return self._feed.view.marks.acted() or ([shown] if shown else [])

    def _reason_menu(self) -> QMenu:
        from ui.conversation.header import reasons

        menu = QMenu(self._window)
        menu.setAccessibleName(self.tr("Close because"))
        for key, label in reasons():
            menu.addAction(label).triggered.connect(lambda _on=False, key=key: self._close(key))
        return menu

    def _close(self, reason: str) -> None:
        ids = self._feed.view.marks.acted()
        self._run(ids, self._inbox.close(ids, reason), self.tr("Done"))

    def _snooze_until(self, until: datetime) -> None:
        ids = self._feed.view.marks.acted()
        self._run(ids, self._inbox.snooze(ids, until), self.tr("Snoozed"))

    def _ask_time(self) -> None:
        from ui.composer.times import TimeDialog

        dialog = TimeDialog(self.tr("Snooze until"), datetime.now(UTC), self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._snooze_until)
        dialog.show()

    def _run(self, ids: Sequence[str], job: Coroutine[Any, Any, object], words: str) -> None:
        after = self._next_after(ids)
        rows = self._inbox.feed_rows(ids)
        names = [rows[one].author for one in ids if one in rows]

        def done(_changes: object) -> None:
            self._go_on(ids, after)
            self._feed.view.marks.clear()
            what = names[0] if len(names) == 1 else self.tr("%n conversations", "", len(names))
            self._undoable(f"{words}: {what}")

        from ui import ops  # brings asyncio, which the first paint does not need

        ops.run(self, job, done=done)

    def _next_after(self, ids: Sequence[str]) -> str:
        """The row to go on with when these have left: the first below the chosen one, else the last above."""
        model, view = self._feed.model, self._feed.view
        start, gone = model.find(view.conversation()), set(ids)
        for places in (range(max(start, 0), model.rowCount()), range(start, -1, -1)):
            for at in places:
                row = model.row(at)
                if row is not None and row.id not in gone:
                    return row.id
        return ""

    def _go_on(self, ids: Sequence[str], after: str) -> None:
        """If what is shown has left the list, show the next."""
        view = self._feed.view
        shown = view.conversation()
        row = self._inbox.feed_rows([shown]).get(shown) if shown in ids else None
        if shown not in ids or (row is not None and row.lane == self._feed.model.lane):
            return
        if not (after and view.choose_conversation(after)):
            view.step_off()
        if view.conversation() == shown:
            view.forget()
            self._show("")
        view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _asleep(self, row: FeedRow) -> str:
        from ui.conversation.words import moment
        from ui.feed.words import back_at

        back, words = back_at(row), self.tr("Snoozed: {name}")
        if back is not None and row.snoozed_until is not None and back < row.snoozed_until:
            words = self.tr("Snoozed: {name}. Back at {time}, before the promise ends.")
        return words.format(name=row.author, time="" if back is None else moment(back))

    def _undoable(self, text: str) -> None:
        from ui import ops

        then = lambda: ops.run(self, self._inbox.undo())  # noqa: E731
        ops.tell(self, text, action=self.tr("Undo"), then=then)

    def _wanted(self, name: str) -> None:
        if name == "clear":
            self._feed.view.marks.clear()
        else:
            self.commands()[name]()

    def _menu(self, at: QPoint) -> None:
        view = self._feed.view
        row = self._feed.model.row(view.rowAt(at.y()))
        if row is not None and row.id not in view.marks.ids:
            view.choose_conversation(row.id)
        if not view.marks.acted():
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(self.tr("What to do with it"))
        count = len(view.marks)
        if count:
            menu.addAction(self.tr("%n selected", "", count)).setEnabled(False)
        for name in _MENU:
            if name:
                if not (count and name == "reply"):
                    menu.addAction(self._commands[name])
            elif menu.actions() and not menu.actions()[-1].isSeparator():
                menu.addSeparator()
        menu.popup(view.viewport().mapToGlobal(at))
