"""The middle of the window: header, thread and composer of one conversation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from app.domain import ConversationState, Reply, ReplyState, Writing
from app.errors import ServiceError
from app.events import Changes, NetworkState
from app.rows import ConversationDetail, ThreadItem
from ui import ops, theme
from ui.bridge import Bridge
from ui.composer import Composer
from ui.composer.outgoing import Outgoing
from ui.composer.repeated import RepeatedOffer
from ui.composer.times import TimeDialog
from ui.conversation import message_menu, words
from ui.conversation.header import Header
from ui.conversation.thread import Thread
from ui.feed.words import platform_words
from ui.images import Images
from ui.listening.hands import Finds
from ui.ports import Runtime
from ui.snooze import SnoozePopover
from ui.widgets import EmptyState

_AWAY = (ConversationState.CLOSED, ConversationState.SNOOZED)


class ConversationPane(QWidget):
    """Shows one conversation and carries out what is done in it.

    `detail_changed` carries the `ConversationDetail`, or None, for the panels
    beside it; `left` asks the window to give the focus to the feed; `finished`
    says that this conversation needs nothing more for now (sent, done, snoozed).
    """

    detail_changed = Signal(object)
    left = Signal()
    finished = Signal(str)

    def __init__(
        self,
        runtime: Runtime,
        parent: QWidget | None = None,
        *,
        bridge: Bridge | None = None,
        images: Images | None = None,
    ) -> None:
        super().__init__(parent)
        self._runtime = runtime
        self._id = ""
        self._detail: ConversationDetail | None = None
        self._opening: ops.Job[object] | None = None
        self._saves: list[ops.Job[object]] = []
        self.snoozer: SnoozePopover | None = None
        self.header = Header(self)
        self.messages = Thread(images or Images(runtime.pictures, self), self)
        self.finds = Finds(runtime, self)
        self.composer = Composer(runtime.composing, runtime.templates, runtime.followups, self)
        self.composer.abandoned = runtime.inbox.abandoned
        self.composer.price = lambda id_, text, **more: runtime.metering.reply_cost(id_, text, **more)
        self.repeated = RepeatedOffer(runtime, self.composer)
        self.composer.add_line(self.repeated)
        self.composer.later_menu.usual = self._usual_time
        self._empty = EmptyState(self)
        self._empty.set_words(
            self.tr("Nobody chosen"), self.tr("Choose a conversation in the list. J and K move through it.")
        )
        full = QWidget(self)
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.finds.bar)
        column.addWidget(self.messages, 1)
        column.addWidget(self.composer)
        self._full = full
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(full)
        self.header.snooze_wanted.connect(self._offer_times)
        self.header.keep_wanted.connect(self.keep_open)
        self.header.closed.connect(self.close_conversation)
        self.header.reopened.connect(self.reopen)
        self.messages.acted.connect(self._act)
        self.messages.menu_wanted.connect(self._message_menu)
        self.finds.joined.connect(self._joined)
        self.finds.ended.connect(self._ended)
        self.composer.send_wanted.connect(self._send)
        self.composer.draft_changed.connect(self._save_draft)
        self.composer.draft_state.connect(self._tell_draft)
        self.composer.undo_wanted.connect(self.undo)
        self.composer.left.connect(self.left)
        if bridge is not None:
            self.messages.set_online(bridge.online)
            bridge.changes.connect(self.on_changes)
            bridge.network.connect(self.on_network)
        theme.signals.changed.connect(self.update)
        theme.signals.changed.connect(self._fit)

    # What the window calls

    @property
    def conversation_id(self) -> str:
        """What is shown; "" for nothing."""
        return self._id

    def show_conversation(self, id: str | None) -> None:
        """Show it from the store at once, and read it again from the platform in the background."""
        if (id or "") == self._id:
            return
        self.composer.flush()
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        self._id = id or ""
        self.refresh()
        if self._detail is not None:
            # quiet: without network the stored thread is what there is, and the side bar says so
            self._opening = ops.run(self, self._runtime.inbox.open(self._id), quiet=True)

    def refresh(self) -> None:
        """Read the conversation again from the store."""
        detail = self._runtime.inbox.conversation(self._id) if self._id else None
        self._detail = detail
        if detail is None:
            self._id = ""
            self.composer.set_detail(None)
            self.messages.set_detail(None)
            self._stack.setCurrentWidget(self._empty)
        else:
            self.header.set_detail(detail, platform_words(detail.row.platform, service=detail.row.service))
            self.finds.set_detail(detail)
            self.messages.set_detail(detail)
            self.composer.setHidden(bool(detail.no_reply))
            self.composer.set_detail(detail)
            self.repeated.for_client(detail.row.client_id)
            self._stack.setCurrentWidget(self._full)
        self.detail_changed.emit(detail)

    def set_empty(self, heading: str, text: str) -> None:
        """What stands here while no conversation is chosen."""
        self._empty.set_words(heading, text)

    def reply(self) -> None:
        """Put the cursor into the reply."""
        if self._detail is not None:
            self.composer.editor.setFocus()

    def take_private(self) -> None:
        """Continue in a direct message."""
        self.composer.toggle_private()

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the composer can be told by a key or from the command palette."""
        composer = self.composer
        return {
            "reply": self.reply,
            "templates": composer.choose_template,
            "private": self.take_private,
            "message_menu": self.open_message_menu,
            **self.finds.commands(),
            "promise": lambda: composer.promise.summon() if self._detail is not None else None,
            "cheaper": composer.cost.take_out,
            **{f"suggestion.{n + 1}": partial(composer.saved.take_suggestion, n) for n in range(3)},
        }

    def open_snooze(self) -> None:
        """Offer the times."""
        if self._detail is not None:
            self.header.open_snooze()

    def open_done(self) -> None:
        """Offer the reasons."""
        if self._detail is not None:
            self.header.open_done()

    def snooze(self, until: datetime) -> None:
        """Away until then; the deadline holds."""
        self._finish(self._runtime.inbox.snooze, until)

    def close_conversation(self, reason: str) -> None:
        """Closed, with a reason."""
        self._finish(self._runtime.inbox.close, reason)

    def reopen(self) -> None:
        """Back into the feed."""
        if self._id:
            ops.run(self, self._runtime.inbox.reopen(self._id), done=lambda _none: self.refresh())

    def keep_open(self) -> None:
        """Thanks that would close themselves stay."""
        if self._id:
            ops.run(self, self._runtime.inbox.keep_open(self._id), done=lambda _none: self.refresh())

    def bring_back(self) -> None:
        """One key for both: what is about to close itself stays, what is closed or snoozed comes back."""
        if self._detail is not None and self._detail.row.closes_at is not None:
            self.keep_open()
        elif self._detail is not None and self._detail.row.state in _AWAY:
            self.reopen()

    def undo(self) -> None:
        """Take back the newest reply that has not left; without one, what was done last."""
        held = self._newest_held()
        if held is not None:
            self._take_back(held.id)
        else:
            ops.run(self, self._runtime.inbox.undo(), done=lambda _none: self.refresh())

    async def close_down(self) -> None:
        """Save what is unsaved; await it before the program ends."""
        self.composer.flush()
        for job in self._saves:
            await job.wait()

    # What comes from the core

    def on_changes(self, changes: Changes) -> None:
        """Read again if this conversation was touched."""
        if self._id and (changes.everything or self._id in changes.conversations or self._ours(changes)):
            self.refresh()

    def on_network(self, state: NetworkState) -> None:
        """Waiting replies say so."""
        self.messages.set_online(state.online)

    # Inside

    def open_message_menu(self) -> None:
        """What can be done to the newest message, by key."""
        bubble = self.messages.newest_message()
        if bubble is not None:
            self._message_menu(bubble.item, bubble.mapToGlobal(bubble.rect().bottomLeft()))

    def _message_menu(self, item: ThreadItem, at: QPoint) -> None:
        message_menu.pop_up(message_menu.build(self._runtime, item, self._id, self), at)

    def _joined(self, id_: str) -> None:
        if self._id == id_:
            self.refresh()
            self.reply()

    def _ended(self, id_: str) -> None:
        if self._id == id_:
            self.refresh()
        self.finished.emit(id_)

    def _offer_times(self, button: QWidget) -> None:
        if self.snoozer is None:
            self.snoozer = SnoozePopover(self._runtime.inbox.snooze_plan, self.window())
            self.snoozer.chosen.connect(self.snooze)
            self.snoozer.ask_wanted.connect(self._ask_time)
        self.snoozer.open_for([self._id], button)

    def _ask_time(self) -> None:
        dialog = TimeDialog(self.tr("Snooze until"), datetime.now(UTC), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.snooze)
        dialog.show()

    def _ours(self, changes: Changes) -> bool:
        if self._detail is None or not changes.replies:
            return False
        return any(item.reply is not None and item.reply.id in changes.replies for item in self._detail.items)

    def _finish(self, change: Callable[..., object], value: object) -> None:
        id_ = self._id
        if not id_:
            return
        self.composer.flush()

        def done(_none: object) -> None:
            if self._id == id_:
                self.refresh()
            self.finished.emit(id_)

        ops.run(self, change(id_, value), done=done)  # type: ignore[arg-type]

    def _send(self, outgoing: Outgoing, at: datetime | None) -> None:
        def done(_reply: Reply) -> None:
            self.composer.sent(outgoing)
            self.repeated.look()
            if self._id == outgoing.conversation_id:
                self.refresh()
                self.reply()
            self.finished.emit(outgoing.conversation_id)

        def failed(error: ServiceError) -> None:
            self.composer.not_sent(outgoing)
            ops.tell(self, str(error))

        answer = self._runtime.outbox.answer(
            outgoing.conversation_id,
            words.cleaned(outgoing.text),
            visibility=outgoing.visibility,
            not_before=at,
            writing=outgoing.writing,
            split=outgoing.split,
            asked=outgoing.asked,
        )
        ops.run(self, answer, done=done, failed=failed)

    def _usual_time(self) -> datetime | None:
        return self._runtime.outbox.usual_time(self._id) if self._id else None

    def _save_draft(self, id_: str, writing: Writing) -> None:
        def failed(error: ServiceError) -> None:
            if self._id == id_:
                self.messages.set_draft_note(self.tr("This draft could not be saved. %1").replace("%1", str(error)))

        job = ops.run(
            self,
            self._runtime.inbox.save_draft(id_, writing.text, writing),
            done=lambda _none: self._tell_draft(),
            failed=failed,
        )
        self._saves = [old for old in self._saves if old.running]
        self._saves.append(job)

    def _tell_draft(self, *_any: object) -> None:
        has = bool(self._id) and bool(self.composer.text().strip())
        if not has:
            self.messages.set_draft_note("")
        elif not self.composer.unsaved() and not any(job.running for job in self._saves):
            self.messages.set_draft_note(self.tr("Draft saved on this computer \u00b7 not sent yet"))

    def _newest_held(self) -> Reply | None:
        items = self._detail.items if self._detail is not None else ()
        replies = [item.reply for item in items if item.reply is not None]
        return next((reply for reply in reversed(replies) if reply.state is ReplyState.HELD), None)

    def _take_back(self, reply_id: str) -> None:
        id_ = self._id
        self.composer.flush()

        def done(writing: Writing) -> None:
            if self._id == id_:
                self.composer.restore(writing)
                self.refresh()

        def failed(error: ServiceError) -> None:
            self.refresh()
            ops.tell(self, str(error))

        ops.run(self, self._runtime.outbox.cancel(reply_id), done=done, failed=failed)

    def _act(self, reply_id: str, key: str) -> None:
        outbox = self._runtime.outbox
        match key:
            case "undo" | "edit":
                self._take_back(reply_id)
                return
            case "send_now":
                job = outbox.send_now(reply_id)
            case "there":
                job = outbox.confirm(reply_id, True)
            case "not_there":
                job = outbox.confirm(reply_id, False)
            case "release":
                job = outbox.release(reply_id)
            case _:
                raise ValueError(f"no such action: {key}")
        ops.run(self, job, done=lambda _none: self.refresh())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # two lines of the conversation are seen, however much stands in the composer
        self.composer.fit(self.height() - self.header.sizeHint().height() - theme.px(48))

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.tokens().bg)
