"""All promises that were made and all kind words that may be quoted, of one client or of all."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.domain import Promise
from app.events import Changes
from app.rows import Quote
from ui import ops, saving, theme
from ui.bridge import Bridge
from ui.conversation import words as said
from ui.followups import words
from ui.ports import Runtime
from ui.widgets import EmptyState, Heading, Label, Line, LinkButton, QuietButton

STEP = 40  # lines of each kind that are built at once


class FollowUpsDialog(QDialog):
    """Non-modal, follows the core. `chosen` asks for a conversation."""

    chosen = Signal(str)

    def __init__(
        self, runtime: Runtime, client_id: str | None, parent: QWidget | None = None, *, bridge: Bridge | None = None
    ) -> None:
        super().__init__(parent)
        self._runtime, self._client_id = runtime, client_id
        self._shown: object = None
        self._promises_shown = self._quotes_shown = STEP
        self._links: list[LinkButton | QuietButton] = []
        self._body: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Promises and quotes"))
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        self.resize(QSize(theme.px(720), theme.px(640)).boundedTo(self.screen().availableSize() * 0.9))
        if bridge is not None:
            bridge.changes.connect(self.on_changes)
        self.refresh()

    def show_client(self, client_id: str | None) -> None:
        """Those of one client; None is all."""
        self._client_id = client_id
        self.refresh()

    def on_changes(self, changes: Changes) -> None:
        """Read again where conversations were touched."""
        if changes.conversations or changes.clients or changes.everything:
            self.refresh()

    def refresh(self) -> None:
        """Read everything again; what is on the screen is built anew only where something of it changed."""
        promises = list(self._runtime.followups.promises(self._client_id, open_only=False))
        quotes = list(self._runtime.followups.quotes(self._client_id))
        names = {one.id: said.one_line(one.name) for one in self._runtime.inbox.clients()}
        waiting = sorted((one for one in promises if one.state == "open"), key=lambda one: one.due_at)
        rows = self._runtime.inbox.feed_rows({one.conversation_id for one in waiting[: self._promises_shown]})
        people = {row.id: said.one_line(row.author or row.handle) for row in rows.values()}
        now = datetime.now(UTC)
        late = sum(1 for one in promises if words.late(one, now))
        day, steps = now.astimezone().date(), (self._promises_shown, self._quotes_shown)
        heard = [self._heard(one) for one in quotes[: self._quotes_shown]]
        shown = (promises, quotes, heard, names, people, late, day, steps)
        if shown == self._shown:
            return
        self._shown = shown
        focus = next((place for place, link in enumerate(self._links) if link.hasFocus()), None)
        at = self._scroll.verticalScrollBar().value()
        self._links = []
        body = self._body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(8)
        if promises or quotes:
            kept, broken = (sum(1 for one in promises if one.state == state) for state in ("kept", "broken"))
            column.addWidget(Heading(self.tr("Promises"), body))
            sums = self.tr("%1 open \u00b7 %2 kept \u00b7 %3 not kept").replace("%1", str(len(waiting)))
            sums = sums.replace("%2", str(kept)).replace("%3", str(broken))
            column.addWidget(Label(sums, body, colour="muted"))
            column.addSpacing(4)
            for promise in waiting[: self._promises_shown]:
                who = (people.get(promise.conversation_id, ""), names.get(promise.client_id, ""))
                self._add_promise(body, column, promise, who, now)
            if len(waiting) > self._promises_shown:
                self._button(body, column, self.tr("Show more promises"), self._more_promises)
            column.addSpacing(20)
            self._add_quotes(body, column, quotes, names)
            column.addStretch(1)
        else:
            empty = EmptyState(body)
            empty.set_words(
                self.tr("Nothing promised yet"),
                self.tr("What a reply promises is noted here, and its conversation comes back in time."),
            )
            column.addWidget(empty, 1)
        self._scroll.setWidget(body)
        self._scroll.verticalScrollBar().setValue(at)
        if focus is not None and self._links:
            self._links[min(focus, len(self._links) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)

    def texts(self) -> list[str]:
        """All that is said, top to bottom."""
        body = self._body
        labels = body.findChildren(Label) if body is not None else []
        return [label.text() for label in labels if label.isVisibleTo(self)]

    def links(self) -> list[LinkButton | QuietButton]:
        """Everything that can be pressed, top to bottom."""
        return list(self._links)

    def _add_quotes(self, body: QWidget, column: QVBoxLayout, quotes: list[Quote], names: dict[str, str]) -> None:
        column.addWidget(Heading(self.tr("Kind words"), body))
        if not quotes:
            text = self.tr("Where somebody left happy, the panel beside the conversation lets you ask for leave.")
            column.addWidget(Label(text, body, colour="muted", wrap=True))
        for quote in quotes[: self._quotes_shown]:
            self._add_quote(body, column, quote, names.get(quote.client_id, ""))
        if len(quotes) > self._quotes_shown:
            self._button(body, column, self.tr("Show more kind words"), self._more_quotes)
        for client in sorted({one.client_id for one in quotes if one.leave == "yes"}):
            text = self.tr("Save the quotes of %1\u2026").replace("%1", names.get(client, ""))
            column.addSpacing(4)
            self._button(body, column, text, partial(self._save, client))

    def _button(self, body: QWidget, column: QVBoxLayout, text: str, then: Callable[[], object]) -> None:
        button = QuietButton(text.replace("&", "&&"), body, name=text)
        button.clicked.connect(lambda _on=False: then())
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._links.append(button)

    def _more_promises(self) -> None:
        self._promises_shown += STEP
        self.refresh()

    def _more_quotes(self) -> None:
        self._quotes_shown += STEP
        self.refresh()

    def _add_promise(
        self, body: QWidget, column: QVBoxLayout, promise: Promise, who: tuple[str, ...], now: datetime
    ) -> None:
        end, quote = self._runtime.followups.end, said.one_line(promise.text)[:240]
        self._line(
            body, column, words.promised(promise, now), _joined(*who, f"\u201c{quote}\u201d" if quote else ""),
            (
                (self.tr("Open"), lambda: self.chosen.emit(promise.conversation_id)),
                (self.tr("Kept"), lambda: self._run(end(promise.id, "kept"), words.ended(promise, "kept"))),
                (self.tr("Not kept"), lambda: self._run(end(promise.id, "broken"), words.ended(promise, "broken"))),
            ),
            danger=words.late(promise, now),
        )  # fmt: skip

    def _heard(self, quote: Quote) -> str:
        return "" if quote.leave else self._runtime.followups.heard_leave(quote.id)

    def _add_quote(self, body: QWidget, column: QVBoxLayout, quote: Quote, client: str) -> None:
        leave = self._runtime.followups.set_leave
        state = words.leave_state(quote.leave, self._heard(quote))
        buttons: list[tuple[str, Callable[[], object]]] = [
            (self.tr("Open"), lambda: self.chosen.emit(quote.conversation_id))
        ]
        if quote.leave != "yes":
            buttons.append((self.tr("They said yes"), lambda: self._run(leave(quote.id, "yes"))))
        if quote.leave != "no":
            buttons.append((self.tr("They said no"), lambda: self._run(leave(quote.id, "no"))))
        author = said.one_line(quote.author or quote.handle)
        text, below = f"\u201c{said.one_line(quote.text)[:240]}\u201d", _joined(author, client, state)
        self._line(body, column, text, below, buttons)

    def _line(
        self,
        body: QWidget,
        column: QVBoxLayout,
        text: str,
        below: str,
        buttons: tuple[tuple[str, Callable[[], object]], ...] | list[tuple[str, Callable[[], object]]],
        *,
        danger: bool = False,
    ) -> None:
        line = QWidget(body)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(12)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(Label(text, line, colour="danger" if danger else "text", wrap=True))
        texts.addWidget(Label(below, line, size=12, colour="muted", wrap=True))
        row.addLayout(texts, 1)
        for label, then in buttons:
            button = LinkButton(label, line, name=f"{label}: {text}")
            button.clicked.connect(lambda _on=False, then=then: then())
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            self._links.append(button)
        column.addWidget(line)
        column.addWidget(Line(body))

    def _run(self, change: Coroutine[Any, Any, object], text: str = "") -> None:
        def done(_none: object) -> None:
            self.refresh()
            if text:
                words.tell_undo(self, self._runtime, text)

        ops.run(self, change, done=done)

    def _save(self, client_id: str) -> None:
        kinds = self.tr("Table (*.csv);;Text (*.txt)")
        path, chosen = QFileDialog.getSaveFileName(self, self.tr("Save the quotes"), "quotes.csv", kinds)
        if path:
            form = "txt" if path.lower().endswith(".txt") or "*.txt" in chosen else "csv"
            self.write(client_id, Path(path), form)

    def write(self, client_id: str, path: Path, form: str) -> None:
        """The quotes with leave of one client into a file; `form` is csv or txt."""
        job = self._runtime.followups.write_quotes(client_id, form)
        ops.run(self, job, done=lambda data: saving.write(self, path, data))


def _joined(*parts: str) -> str:
    return " \u00b7 ".join(part for part in parts if part)
