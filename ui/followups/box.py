"""The part of the panel beside a conversation that tells what was promised, what was offered and what may be asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from app.domain import Amends, Promise
from app.errors import ServiceError
from app.rows import ConversationDetail
from ui import ops
from ui.conversation import words as said
from ui.followups import words
from ui.followups.dialogs import OfferDialog, PromiseDialog
from ui.ports import Runtime
from ui.widgets import Heading, Label, LinkButton, QuietButton

T = TypeVar("T")
LEFT = "QPushButton { text-align: left; padding: 1px 0; }"


class FollowUpsBox(QWidget):
    """Follows `show_detail`. `insert_wanted` carries a text for the reply, and what it asks for: "review", "quote"."""

    insert_wanted = Signal(str, str)

    def __init__(self, runtime: Runtime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runtime = runtime
        self._detail: ConversationDetail | None = None
        self._shown: object = None
        self._links: list[QPushButton] = []
        self._questions: list[QPushButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_detail(self, detail: ConversationDetail | None) -> None:
        """Show what belongs to this conversation; built again only where something that it says changed."""
        self._detail = detail
        shown: object = None
        may: tuple[str, ...] = ()
        heard: list[tuple[str, str]] = []
        now = datetime.now(UTC)
        if detail is not None:
            may = tuple(self._runtime.followups.may_ask(detail.row.id))
            heard = self._heard(detail)
            shown = (may, heard, tuple((one, words.promised(one, now)) for one in detail.promises), detail.amends)
        if shown == self._shown:
            return
        self._shown = shown
        focus = next((place for place, link in enumerate(self._links) if link.hasFocus()), None)
        self._clear()
        if detail is None:
            return
        for quote_id, answer in heard:
            self._add_answer(quote_id, answer)
        if may:
            self._add_question(may)
        if detail.promises:
            self._column.addWidget(Heading(self.tr("Promised"), self, level=3))
        for promise in detail.promises:
            self._add_promise(promise, now)
        if detail.amends:
            self._column.addWidget(Heading(self.tr("Made right"), self, level=3))
        for offered in detail.amends:
            self._add_offer(offered)
        self._column.addWidget(self.link(self.tr("Add a promise\u2026"), self.ask_promise), 0, _LEFT)
        self._column.addWidget(self.link(self.tr("Record what was offered\u2026"), self.ask_offer), 0, _LEFT)
        for place in range(self._column.count()):
            item = self._column.itemAt(place)
            widget = item.widget() if item is not None else None
            if widget is not None and self.isVisible():
                widget.show()  # now, so that it can take the focus
        before: QWidget = self
        for link in self._links:  # they were made later than what stands below
            QWidget.setTabOrder(before, link)
            before = link
        if focus is not None:  # the pressed link is gone: stay near it
            self._links[min(focus, len(self._links) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)

    def links(self) -> list[QPushButton]:
        """Everything that can be pressed, top to bottom."""
        return list(self._links)

    def ask_promise(self) -> None:
        """The little window for a promise that was made."""
        if self._detail is None:
            return
        id_ = self._detail.row.id
        due = self._runtime.followups.usual_due(id_, "answer")
        PromiseDialog(
            self.tr("Add a promise"), self._who(), "answer", due,
            lambda kind, at: self._told(self._runtime.followups.promise(id_, kind, at), words.made), self,
        ).show()  # fmt: skip

    def ask_offer(self) -> None:
        """The little window for an offer."""
        if self._detail is None:
            return
        row = self._detail.row
        client = next((one for one in self._runtime.inbox.clients() if one.id == row.client_id), None)
        currency = client.profile.currency if client is not None else ""

        def save(kind: str, amount: str, currency: str, note: str) -> Coroutine[Any, Any, object]:
            return self._told(self._runtime.followups.offer(row.id, kind, amount, currency, note), words.recorded)

        OfferDialog(self._who(), currency, save, self).show()

    def ask_time(self, promise: Promise) -> None:
        """The little window for another time."""
        use, due = self._runtime.followups, promise.due_at
        if words.late(promise, datetime.now(UTC)):
            due = use.usual_due(promise.conversation_id, promise.kind)
        dialog = PromiseDialog(
            self.tr("Another time"), self._who(), promise.kind, due,
            lambda _kind, at: self._told(use.move(promise.id, at), lambda _none: words.moved(promise, at)), self,
        )  # fmt: skip
        dialog.kind.setEnabled(False)
        dialog.show()
        dialog.until.setFocus()

    def end(self, promise: Promise, state: str) -> None:
        """Kept, broken, dropped or open again."""
        self._run(self._told(self._runtime.followups.end(promise.id, state), lambda _none: words.ended(promise, state)))

    def take_out(self, offered: Amends) -> None:
        """An offer that was not made after all; one press brings it back."""
        text = self.tr("Taken out: %1").replace("%1", words.offer(offered))
        self._run(self._told(self._runtime.followups.take_back_offer(offered.id), lambda _none: text))

    def link(self, text: str, then: Callable[[], object], *, of: str = "") -> LinkButton:
        """A link that does `then`; `of` is what it is about, for a screen reader."""
        made = LinkButton(text, self, name=f"{text}: {of}" if of else "")
        made.setStyleSheet(LEFT)
        made.clicked.connect(lambda _on=False: then())
        self._links.append(made)
        return made

    async def _told(self, change: Coroutine[Any, Any, T], text: Callable[[T], str]) -> T:
        """Say what was done, once it is, with a way to take it back."""
        result = await change
        words.tell_undo(self, self._runtime, text(result))
        return result

    def _run(self, change: Coroutine[Any, Any, object]) -> None:
        ops.run(self, change)

    def _who(self) -> str:
        detail = self._detail
        return words.about(detail.row.author or detail.row.handle, detail.client_name) if detail is not None else ""

    def _clear(self) -> None:
        self._links, self._questions = [], []
        while (item := self._column.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()

    def _add_promise(self, promise: Promise, now: datetime) -> None:
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 2)
        column.setSpacing(0)
        text = words.promised(promise, now)
        colour = "danger" if words.late(promise, now) else "text"
        column.addWidget(Label(text, holder, colour=colour, wrap=True))
        if promise.text:
            quote = said.one_line(promise.text)
            short = quote if len(quote) <= 90 else quote[:89].rstrip() + "\u2026"
            column.addWidget(Label(f"\u201c{short}\u201d", holder, size=12, colour="muted", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        if promise.state == "open":
            row.addWidget(self.link(self.tr("Kept"), lambda: self.end(promise, "kept"), of=text))
            row.addWidget(self.link(self.tr("Not kept"), lambda: self.end(promise, "broken"), of=text))
            more = self.link(self.tr("Change\u2026"), lambda: self._offer_change(promise, more), of=text)
            row.addWidget(more)
        else:
            row.addWidget(self.link(self.tr("Open again"), lambda: self.end(promise, "open"), of=text))
        row.addStretch(1)
        column.addLayout(row)
        self._column.addWidget(holder)

    def _offer_change(self, promise: Promise, under: QWidget) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Another time\u2026")).triggered.connect(lambda: self.ask_time(promise))
        menu.addAction(self.tr("No longer needed")).triggered.connect(lambda: self.end(promise, "dropped"))
        menu.popup(under.mapToGlobal(QPoint(0, under.height())))
        menu.setActiveAction(menu.actions()[0])

    def _add_offer(self, offered: Amends) -> None:
        holder = QWidget(self)
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        text = words.offer(offered)
        line.addWidget(Label(text, holder, wrap=True), 1)
        away = self.link(self.tr("Take out"), lambda: self.take_out(offered), of=text)
        line.addWidget(away, 0, Qt.AlignmentFlag.AlignTop)
        self._column.addWidget(holder)

    def _heard(self, detail: ConversationDetail) -> list[tuple[str, str]]:
        """Quotes that were asked for here and are not decided, with what the customer seems to have answered."""
        use = self._runtime.followups
        open_ = [
            one.id for one in use.quotes(detail.row.client_id)
            if one.conversation_id == detail.row.id and not one.leave
        ]  # fmt: skip
        return [(id_, answer) for id_ in open_ if (answer := use.heard_leave(id_))]

    def _add_answer(self, quote_id: str, answer: str) -> None:
        self._column.addWidget(Heading(self.tr("May we quote them?"), self, level=3))
        text = self.tr("They seem to have said yes.") if answer == "yes" else self.tr("They seem to have said no.")
        self._column.addWidget(Label(text, self, colour="muted", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        for leave, label in (("yes", self.tr("They said yes")), ("no", self.tr("They said no"))):
            row.addWidget(self.link(label, partial(self._set_leave, quote_id, leave)))
        row.addStretch(1)
        holder = QWidget(self)
        row.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(row)
        self._column.addWidget(holder)
        self._column.addSpacing(8)

    def _set_leave(self, quote_id: str, leave: str) -> None:
        self._run(self._runtime.followups.set_leave(quote_id, leave))

    def _add_question(self, may: tuple[str, ...]) -> None:
        self._column.addWidget(Heading(self.tr("A happy ending"), self, level=3))
        text = self.tr("They left happy. You may ask once; nobody is asked again for six months.")
        self._column.addWidget(Label(text, self, colour="muted", wrap=True))
        shown = {"review": self.tr("Ask for a review"), "quote": self.tr("Ask for leave to quote")}
        for kind in may:
            ask = QuietButton(shown[kind], self)
            ask.clicked.connect(partial(self._ask, kind))
            self._links.append(ask)
            self._questions.append(ask)
            self._column.addWidget(ask, 0, _LEFT)
        self._column.addWidget(self.link(self.tr("Not now"), self._not_now), 0, _LEFT)
        self._column.addSpacing(8)

    def _ask(self, kind: str, _on: bool = False) -> None:
        if self._detail is None:
            return
        try:
            text = self._runtime.followups.ask_text(self._detail.row.id, kind)
        except ServiceError as error:
            ops.tell(self, str(error))
            return
        for ask in self._questions:  # until the draft is saved, which tells that they are being asked
            ask.setEnabled(False)
        self._shown = None
        self.insert_wanted.emit(text, kind)

    def _not_now(self) -> None:
        if self._detail is not None:
            self._run(self._runtime.followups.not_now(self._detail.row.id))


_LEFT = Qt.AlignmentFlag.AlignLeft
