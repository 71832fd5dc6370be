"""All searches of a client with their yield and cost, and what is muted."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.events import Changes
from app.rows import Muted, Narrowing, StreamRow
from app.search_stream import Query, SearchStream
from ui import ops, theme
from ui.bridge import Bridge
from ui.conversation import words as said
from ui.listening import words
from ui.listening.editor import SearchDialog
from ui.ports import Runtime
from ui.widgets import Card, EmptyState, Heading, Label, Line, LinkButton, PrimaryButton, QuietButton


class SearchesDialog(QDialog):
    """Non-modal, follows the core. `client_id` None shows those of all clients."""

    def __init__(
        self, runtime: Runtime, client_id: str | None, parent: QWidget | None = None, *, bridge: Bridge | None = None
    ) -> None:
        super().__init__(parent)
        self._runtime, self._client_id = runtime, client_id
        self._shown: object = None
        self._narrowing: Narrowing | None = None
        self._links: list[LinkButton | QuietButton | PrimaryButton] = []
        self._body: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Searches"))
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        self.resize(QSize(theme.px(760), theme.px(620)).boundedTo(self.screen().availableSize() * 0.9))
        if bridge is not None:
            bridge.changes.connect(self.on_changes)
        self.refresh()

    def show_client(self, client_id: str | None) -> None:
        """Those of one client; None is all."""
        self._client_id = client_id
        self.refresh()

    def on_changes(self, changes: Changes) -> None:
        """Read again where something was found, decided or changed."""
        if changes.conversations or changes.clients or changes.everything or changes.accounts:
            self.refresh()

    def refresh(self) -> None:
        """Read everything again; what is on the screen is built anew only where something of it changed."""
        rows = list(self._runtime.listening.streams(self._client_id))
        clients = [one for one in self._runtime.inbox.clients() if self._client_id in (None, one.id)]
        muted = {one.id: list(self._runtime.listening.muted(one.id)) for one in clients}
        names = {one.id: said.one_line(one.name) for one in clients}
        shown = (rows, muted, names, self._narrowing, [words.read(row) for row in rows])
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
        if rows:
            self._head(body, column, names)
            for row in rows:
                self._add_row(body, column, row, names if len(names) > 1 else {})
        else:
            empty = EmptyState(body)
            empty.set_words(
                self.tr("Nothing is listened for yet"),
                self.tr("A search finds posts that speak of the business without naming its account. Joining in is"
                        " up to you: what is found has no timer."),
            )  # fmt: skip
            column.addWidget(empty, 1)
            for id_, name in names.items():
                self._new(body, column, id_, name if len(names) > 1 else "")
        if any(muted.values()):
            column.addSpacing(20)
            column.addWidget(Heading(self.tr("Muted"), body))
            for id_, found in muted.items():
                for one in found:
                    self._add_muted(body, column, id_, one)
        column.addStretch(1)
        self._scroll.setWidget(body)
        self._scroll.verticalScrollBar().setValue(at)
        if focus is not None and self._links:
            self._links[min(focus, len(self._links) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)

    def texts(self) -> list[str]:
        """All that is said, top to bottom."""
        labels = self._body.findChildren(Label) if self._body is not None else []
        return [label.text() for label in labels if label.isVisibleTo(self)]

    def links(self) -> list[LinkButton | QuietButton | PrimaryButton]:
        """Everything that can be pressed, top to bottom."""
        return list(self._links)

    def edit(self, one: SearchStream) -> SearchDialog:
        """Open its editor."""
        name = next((said.one_line(c.name) for c in self._runtime.inbox.clients() if c.id == one.client_id), "")
        dialog = SearchDialog(self._runtime.listening, one, name, self)
        dialog.kept.connect(lambda _one: self.refresh())
        dialog.show()
        return dialog

    def _head(self, body: QWidget, column: QVBoxLayout, names: dict[str, str]) -> None:
        line = QHBoxLayout()
        line.addWidget(Heading(self.tr("Searches"), body), 1)
        column.addLayout(line)
        for id_, name in names.items():
            self._new(body, column, id_, name if len(names) > 1 else "")
        column.addSpacing(4)

    def _new(self, body: QWidget, column: QVBoxLayout, client_id: str, name: str) -> None:
        text = self.tr("New search for %1").replace("%1", name) if name else self.tr("New search")
        button = QuietButton(text.replace("&", "&&"), body, name=text)
        button.clicked.connect(lambda _on=False: self.edit(SearchStream("", client_id, "", Query())))
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._links.append(button)

    def _add_row(self, body: QWidget, column: QVBoxLayout, row: StreamRow, names: dict[str, str]) -> None:
        one = row.stream
        name = said.one_line(one.name)
        if names.get(one.client_id):
            name = f"{name} \u00b7 {names[one.client_id]}"
        listening = self._runtime.listening
        self._line(
            body, column, name, (words.told(one.query), words.counted(row), words.read(row)), row.why,
            (
                (self.tr("Edit"), lambda: self.edit(one)),
                (self.tr("Read now"), lambda: self._check(one)),
                (self.tr("Delete"), lambda: self._delete(one)),
            ),
        )  # fmt: skip
        if row.narrow:
            self._offer(body, column, listening.narrowing(one.id))
        column.addWidget(Line(body))

    def _offer(self, body: QWidget, column: QVBoxLayout, found: Narrowing) -> None:
        card = Card(body, ground="accent_soft", edge="", radius=10, padding=12)
        text = self.tr("You let all %n of its finds pass. Leave out what they have in common?", None, found.passed)
        card.body.addWidget(Label(text, card, wrap=True))
        for word, count in found.words:
            words_ = self.tr("Leave out \u201c%1\u201d, in %2 of them").replace("%1", word).replace("%2", str(count))
            self._link(card, words_, partial(self._narrow, found.stream_id, [word]))
        self._link(card, self.tr("No, keep it as it is"), partial(self._narrow, found.stream_id, []))
        column.addWidget(card)

    def _narrow(self, stream_id: str, without: list[str]) -> None:
        self._run(self._runtime.listening.narrow(stream_id, without))

    def _link(self, card: Card, text: str, then: Callable[[], object]) -> None:
        link = LinkButton(text.replace("&", "&&"), card, name=text)
        link.clicked.connect(lambda _on=False: then())
        card.body.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        self._links.append(link)

    def _add_muted(self, body: QWidget, column: QVBoxLayout, client_id: str, one: Muted) -> None:
        label = said.one_line(one.label)
        text = self.tr("Everything by %1") if one.kind == "author" else self.tr("Posts with \u201c%1\u201d")
        unmute = self._runtime.listening.unmute

        def again() -> None:
            self._run(unmute(client_id, one.kind, one.value))

        self._line(body, column, text.replace("%1", label), (), "", ((self.tr("Hear of it again"), again),))

    def _line(
        self,
        body: QWidget,
        column: QVBoxLayout,
        text: str,
        below: tuple[str, ...],
        why: str,
        buttons: tuple[tuple[str, Callable[[], object]], ...],
    ) -> None:
        line = QWidget(body)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 6, 0, 2)
        row.setSpacing(14)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(Label(text, line, weight=600 if below else 400, wrap=True))
        for each in filter(None, below):
            texts.addWidget(Label(each, line, size=12, colour="muted", wrap=True))
        if why:
            texts.addWidget(Label(why, line, size=12, colour="warn", wrap=True))
        row.addLayout(texts, 1)
        for label, then in buttons:
            button = LinkButton(label, line, name=f"{label}: {text}")
            button.clicked.connect(lambda _on=False, then=then: then())
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            self._links.append(button)
        column.addWidget(line)

    def _check(self, one: SearchStream) -> None:
        def done(count: int) -> None:
            found = self.tr("Found 1 more post.") if count == 1 else self.tr("Found %n more posts.", None, count)
            ops.tell(self, found if count else self.tr("Nothing new."))
            self.refresh()

        ops.run(self, self._runtime.listening.check(one.id), done=done)

    def _delete(self, one: SearchStream) -> None:
        def done(_none: object) -> None:
            self.refresh()
            text = self.tr("%1 is deleted. What it found stays.").replace("%1", said.one_line(one.name))
            ops.tell(self, text, action=self.tr("Undo"), then=lambda: self._run(self._runtime.inbox.undo()))

        ops.run(self, self._runtime.listening.delete(one.id), done=done)

    def _run(self, change: Coroutine[Any, Any, object]) -> None:
        ops.run(self, change, done=lambda _none: self.refresh())
