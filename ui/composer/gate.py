"""What must be there before a reply leaves, and what is asked before."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain import Visibility, Writing
from app.errors import ServiceError
from app.rows import Concern, ConversationDetail, ReplyCost
from ui.composer.asking import Question
from ui.composer.desk import Desk
from ui.composer.length import Room
from ui.composer.outgoing import Outgoing
from ui.conversation import words
from ui.ports import Composing, FollowUps, Templates


class Gate(Desk):
    """Says what is missing, shows what would leave, and asks; sending is the `Composer`'s."""

    left = Signal()

    def __init__(
        self, composing: Composing, templates: Templates, followups: FollowUps, parent: QWidget | None = None
    ) -> None:
        super().__init__(composing, templates, followups, parent)
        self.price: Callable[..., ReplyCost | None] = lambda _id, _text, **_more: None
        self._detail: ConversationDetail | None = None
        self._sending: Outgoing | None = None
        self._room = Room(1, None)
        self._parts: Sequence[str] = ()  # of a text that is too long

    def conversation_id(self) -> str:
        """Whose reply is written; "" while there is none."""
        return self._detail.row.id if self._detail is not None else ""

    def text(self) -> str:
        """What stands in the field."""
        return self.editor.edit.whole()

    def writing(self) -> Writing:
        """The draft with all that belongs to it."""
        raise NotImplementedError

    def visibility(self) -> Visibility:
        """Who will be able to read what is sent now."""
        raise NotImplementedError

    def send(self, at: object = None) -> None:
        """Ask the pane to send."""
        raise NotImplementedError

    def warns(self) -> bool:
        """Whether the platform takes content warnings."""
        return self._detail is not None and (self._detail.spoilers or bool(self._detail.spoiler))

    def _spoiler(self) -> str:
        """The content warning that will go along, which counts towards the platform's limit."""
        if self._detail is None or not self._detail.spoilers:
            return ""
        written = self.writing().spoiler
        return self._detail.spoiler if written is None else written

    def asks(self) -> bool:
        """Whether something is asked now."""
        return not self.split.isHidden() or not self.asking.isHidden()

    def _ready(self) -> bool:
        fits = self._room.fits or len(self._parts) > 1
        return self._sending is None and fits and bool(self.text().strip()) and self.isEnabled()

    def _complete(self) -> bool:
        if blank := self.stops.first():
            self.held.show_line(self.tr("Fill in the %1 first").replace("%1", words.one_line(blank)))
            self.editor.setFocus()
        elif self.pictures.busy():
            self.held.show_line(self.tr("A picture is still being made ready."))
        elif self.pictures.focus_missing():
            self.held.show_line(self.tr("Describe the picture first, or send it without a description."))
        else:
            self.held.show_line("")
            return True
        return False

    def _split_shown(self) -> bool:
        if self.split.parts() == tuple(self._parts):
            return True
        self.split.show_parts(self._parts)
        return False

    def _questions(self) -> list[Question]:
        assert self._detail is not None
        switched = self.asking.switched(self._detail.client_name)
        asked = [switched] if switched is not None else []
        concerns = self._look()
        self.advice.show_concerns(concerns, asked=True)
        for one in concerns:
            if one.holds:
                text = self.tr("%1 Send it all the same?").replace("%1", words.one_line(one.text))
                asked.append(Question(f"holds {one.kind} {one.text}", text, self.tr("Send it all the same")))
        return asked

    def _look(self) -> Sequence[Concern]:
        text = self.text()
        if self._detail is None or not text.strip():
            return ()
        found = self._composing.concerns(self._detail.row.id, text, self.writing())
        # blanks and missing descriptions have ways of their own to be told
        return [one for one in found if not (one.holds and one.kind in ("blank", "alt"))]

    def _cost(self) -> ReplyCost | None:
        if self._detail is None or not self.text().strip():
            return None
        direct = self.visibility() is Visibility.DIRECT
        return self.price(self._detail.row.id, self.text(), direct=direct, parts=self._parts)

    def _cut(self) -> str:
        """Cut the thread from the text as it is now. Returns why it cannot be cut, in a sentence."""
        self._parts = ()
        if self._detail is not None and not self._room.fits:
            try:
                direct = self.visibility() is Visibility.DIRECT
                self._parts = self._composing.parts(self._detail.row.id, self.text(), self._spoiler(), direct=direct)
            except ServiceError as error:
                return str(error)
        return ""

    def _escape(self) -> None:
        if self.asks():
            self.split.hide()
            self.asking.forget()
            self.editor.setFocus()
        else:
            self.left.emit()

    def _tell_parts(self, count: int) -> None:
        if count < 2:
            self.too_long.show_line("")
            return
        as_thread = self.tr("Send as a thread of %1").replace("%1", str(count))
        self.too_long.show_line(self.tr("Too long for one post."), [(as_thread, as_thread, lambda: self.send())])
