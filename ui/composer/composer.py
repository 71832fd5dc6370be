"""The composer: as whom, to whom, how long, and the text that is never lost.

It holds no platform rules: who may see a reply and how long it may be come
with the `ConversationDetail`. The pane carries out what it asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QWidget

from app.domain import Visibility, Writing
from app.rows import Abandoned, ConversationDetail, Filled, Suggestion
from ui import theme
from ui.composer.gate import Gate
from ui.composer.length import room
from ui.composer.more import fill_more
from ui.composer.outgoing import Outgoing, can_go_private, is_first, limits, no_way_private, same, writing_of
from ui.conversation import words
from ui.ports import Composing, FollowUps, Templates

SAVE_AFTER = 300  # ms without a key
SAVE_AT_LEAST = 3000  # ms, however steadily somebody types


class Composer(Gate):
    """Writes one reply for the conversation that `set_detail` named last.

    `send_wanted` carries an `Outgoing` and, for Later, a time. Until `sent` or
    `not_sent` is called the button stays disabled, so that nothing leaves twice.
    """

    send_wanted = Signal(object, object)  # Outgoing, datetime | None
    draft_changed = Signal(str, object)  # conversation id, Writing: save it now
    draft_state = Signal(bool)  # whether there is text
    undo_wanted = Signal()

    def __init__(
        self, composing: Composing, templates: Templates, followups: FollowUps, parent: QWidget | None = None
    ) -> None:
        super().__init__(composing, templates, followups, parent)
        self._private = False
        self._asks = ""
        self._saved = Writing()
        self._at: object = None  # when the reply that is asked about is to leave
        self._cursors: dict[str, int] = {}
        self._loading = False
        self.abandoned: Callable[[str], Sequence[Abandoned]] = lambda _id: ()
        self._rest = QTimer(self, singleShot=True, interval=200)
        self._rest.timeout.connect(self._keys_rest)
        self._connect()
        self._save_timer = QTimer(self, singleShot=True, interval=SAVE_AFTER)
        self._save_timer.timeout.connect(self.flush)
        self._steady = QTimer(self, singleShot=True, interval=SAVE_AT_LEAST)
        self._steady.timeout.connect(self.flush)
        theme.signals.changed.connect(self._refresh)
        self._refresh()

    def _connect(self) -> None:
        edit = self.editor.edit
        edit.textChanged.connect(self._changed)
        edit.sent.connect(self.send)
        edit.left.connect(self._escape)
        edit.undo_wanted.connect(self.undo_wanted)
        edit.focused.connect(lambda on: None if on else self.flush())
        edit.brought.connect(self.pictures.bring)
        edit.keys.append(self._key)
        for changed in (self.warning.changed, self.public.changed, self.pictures.changed, self.promise.changed):
            changed.connect(self._touched)
        self._who.wanted.connect(self.toggle_private)
        self.saved.put_in.connect(self._put_in)
        self.spelling.changed.connect(lambda: self.foot.show_language(*self.spelling.label()))
        self.asking.yes.connect(lambda: self.send(self._at))
        self.split.yes.connect(lambda: self.send(self._at))
        self.asking.no.connect(self._escape)
        self.split.no.connect(self._escape)
        self.later_menu.chosen.connect(lambda at: self.send(at))
        self.foot.send_wanted.connect(lambda: self.send())
        self.foot.pictures_wanted.connect(self.pictures.choose)
        self.foot.fill_languages = self.spelling.fill
        self.foot.fill_more = lambda menu: fill_more(menu, self, self.abandoned(self.conversation_id()))

    # What the pane calls

    def set_detail(self, detail: ConversationDetail | None) -> None:
        """Write for this conversation. For the same one again, the text under the cursor stays as it is."""
        before, shown = self.conversation_id(), self._detail
        after = detail.row.id if detail is not None else ""
        if before != after:
            self.flush()
            if before:
                self._cursors[before] = self.editor.edit.textCursor().position()
            self._detail = detail
            self.asking.looked_at(detail)
            self._put(writing_of(detail), self._cursors.get(after))
            self.saved.show_suggestions(())
            self.spelling.start(detail.language if detail is not None else "")
        self._detail = detail
        if detail is not None and (before != after or (shown is not None and shown.items != detail.items)):
            self.saved.start_suggesting()
        self.pictures.set_most(detail.max_pictures if detail is not None else 0)
        most = detail.max_graphemes if detail is not None else 500
        if most != self.public.field.maxLength():  # setting it anew moves the cursor to the end
            self.public.field.setMaxLength(most)
        self.setEnabled(detail is not None)
        self._refresh()

    def writing(self) -> Writing:
        """The draft with all that belongs to it."""
        saved = self.saved
        return Writing(
            text=self.text(), cursor=self.editor.edit.textCursor().position(), private=self._private,
            public_line=self.public.text() if self._private else "", spoiler=self.warning.value(),
            pictures=self.pictures.pictures(), template=saved.template, language=saved.language,
            variant=saved.variant, stops=self.stops.places(), deeds=saved.deeds, promise=self.promise.kind,
            promise_at=self.promise.at, asks=self._asks,
        )  # fmt: skip

    def restore(self, writing: Writing) -> None:
        """Bring a taken-back reply or an earlier draft into the field, as it was written, with the focus in it."""
        self._put(writing, writing.cursor)
        self._refresh()
        self.editor.setFocus()

    def insert(self, text: str, asks: str = "") -> None:
        """Put a text where the cursor is; one undo takes it away again. `asks`: see `Writing`."""
        self._asks = asks or self._asks
        self.editor.edit.textCursor().insertText(text)
        self.editor.setFocus()

    def sent(self, outgoing: Outgoing) -> None:
        """The outbox has it: the field is free again."""
        if self._sending == outgoing:
            self._sending = None
        self._cursors.pop(outgoing.conversation_id, None)
        if self.conversation_id() == outgoing.conversation_id and self.text() == outgoing.text:
            self._put(Writing(), None)
            self.saved.start_suggesting()
        self._refresh()

    def not_sent(self, outgoing: Outgoing) -> None:
        """The outbox refused: the text stays where it is."""
        if self._sending == outgoing:
            self._sending = None
        self._refresh()
        if self.conversation_id() == outgoing.conversation_id:
            self._save_timer.start()
            self.editor.setFocus()

    def set_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """The row of saved replies; hidden while there are none."""
        self.saved.show_suggestions(suggestions)

    def choose_template(self) -> None:
        """Open the list of saved replies where the cursor is."""
        if self._detail is not None and not self.editor.edit.isReadOnly():
            self.editor.setFocus()
            self.saved.summon()

    def toggle_private(self) -> None:
        """Continue in a direct message, or go back to public."""
        detail = self._detail
        if detail is None or self._sending is not None or detail.visibility is Visibility.DIRECT:
            return
        if self._can_choose():
            self._set_private(not self._private)
            self._touched()
        elif detail.private_contact:
            cursor, before = self.editor.edit.textCursor(), self.text()
            gap = " " if before and not before[-1:].isspace() and cursor.atEnd() else ""
            cursor.insertText(f"{gap}{words.one_line(detail.private_contact)}")
        else:
            self.held.show_line(no_way_private(detail))
        self.editor.setFocus()

    def visibility(self) -> Visibility:
        """Who will be able to read what is sent now."""
        if self._private or self._detail is None:
            return Visibility.DIRECT
        return self._detail.visibility

    def flush(self) -> None:
        """Hand the draft over for saving, if it changed since."""
        self._save_timer.stop()
        self._steady.stop()
        conversation = self.conversation_id()
        if not conversation or (self._sending is not None and self._sending.conversation_id == conversation):
            return  # the outbox clears a draft that is sent; saving it now would bring it back
        writing = self.writing()
        if not same(writing, self._saved):
            self._saved = writing
            self.draft_changed.emit(conversation, writing)

    def unsaved(self) -> bool:
        """Whether something changed that no `draft_changed` carried yet."""
        return bool(self.conversation_id()) and not same(self.writing(), self._saved)

    def send(self, at: object = None) -> None:
        """Ask the pane to send. What is missing is said, what must be asked is asked, and nothing leaves before."""
        detail = self._detail
        if why := self._cut():
            self.held.show_line(why)
        if detail is None or not self._ready():
            return
        if at is None and self.asks():
            at = self._at  # the time that was chosen is not forgotten over a question
        self._at = at
        split = not self._room.fits
        if not self._complete() or (split and not self._split_shown()) or not self.asking.pass_all(self._questions()):
            return
        self._save_timer.stop()
        self.split.hide()
        asked = self.asking.answered("holds")
        self._sending = Outgoing(detail.row.id, self.text(), self.visibility(), self.writing(), split, asked)
        self._refresh()
        self.send_wanted.emit(self._sending, at)

    def _key(self, event: QKeyEvent) -> bool:
        key, held = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == Qt.Key.Key_Tab and held == Qt.KeyboardModifier.NoModifier:
            return self.stops.go(1) or self.stops.leave()
        return key == Qt.Key.Key_Backtab and self.stops.go(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # from a field beside the text: the same keys
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and control and not event.isAutoRepeat():
            self.send()
        elif event.key() == Qt.Key.Key_Escape:
            self._escape()
        else:
            super().keyPressEvent(event)

    # What happens inside

    def _put(self, writing: Writing, cursor: int | None) -> None:
        edit = self.editor.edit
        self._loading = True
        edit.setPlainText(writing.text)
        place = edit.textCursor()
        if cursor is None:
            cursor = writing.cursor
        if cursor is None or not 0 <= cursor < edit.document().characterCount():
            place.movePosition(QTextCursor.MoveOperation.End)
        else:
            place.setPosition(cursor)
        edit.setTextCursor(place)
        detail = self._detail
        self.stops.clear()
        self.stops.add((start, end, "") for start, end in writing.stops)
        self._set_private(writing.private and self._can_choose(), writing.public_line)
        self.warning.start(detail.spoiler if detail is not None else "", writing.spoiler)
        if detail is not None:
            self.pictures.start(detail.row.id, writing.pictures, detail.max_pictures, detail.max_alt)
        else:
            self.pictures.start("", (), 0)
        self.saved.start(writing)
        self.promise.start(writing)
        self._asks = writing.asks
        self.advice.start()
        self.held.show_line("")
        self.split.hide()
        self.asking.forget()
        self._loading = False
        self._parts = ()
        self.spelling.touch()
        self._rest.start()
        self._save_timer.stop()
        self._saved = self.writing()
        self.draft_state.emit(bool(writing.text.strip()))

    def _changed(self) -> None:
        if self._loading:
            return
        self._save_timer.start()
        if not self._steady.isActive():
            self._steady.start()
        self._rest.start()
        self.advice.touch()
        self.spelling.touch()
        self._after_change()

    def _touched(self) -> None:
        """Something besides the text changed."""
        if not self._loading:
            self._save_timer.start()
            self._after_change()
            self._refresh()

    def _after_change(self) -> None:
        for line in (self.held, self.split):
            if not line.isHidden():
                line.hide()
        self.asking.forget()
        self._count_room()
        there = bool(self.text().strip())
        if not there:
            self.saved.clear()
            self._asks = ""
        self.draft_state.emit(there)

    def _keys_rest(self) -> None:
        self.promise.notice(self.text())
        self.marks.show_layer("stop", self.stops.places())
        before = self._parts
        self._cut()
        if before != self._parts:
            self._count_room()

    def _put_in(self, filled: Filled) -> None:
        self.pictures.add(filled.pictures)
        if filled.deeds.private and not self._private and self._can_choose():
            self._set_private(True)
        self.marks.show_layer("stop", self.stops.places())
        self._touched()

    def _set_private(self, private: bool, line: str | None = None) -> None:
        self._private = private
        if private:
            self.public.start(self._composing.public_line(self.conversation_id()) if line is None else line)
        self.public.setVisible(private)

    def _can_choose(self) -> bool:
        return self._detail is not None and can_go_private(self._detail)

    def _refresh(self) -> None:
        detail = self._detail
        self.editor.edit.setReadOnly(self._sending is not None)
        link = ""
        if self._can_choose():
            link = self.tr("Back to public") if self._private else self.tr("Take it private")
        elif detail is not None and detail.private_contact and detail.visibility is not Visibility.DIRECT:
            link = self.tr("Offer private contact")
        self._who.set_link(link, tab=not self._private)
        self.foot.picture.setVisible(detail is not None and detail.max_pictures > 0)
        if detail is not None:
            self._who.tell(detail, self.visibility(), self._send)
            author = words.one_line(detail.row.author)
            self.editor.edit.setPlaceholderText(self.tr("Reply to %1").replace("%1", author))
        self.foot.show_kind(self.visibility(), first=is_first(detail))
        self._count_room()

    def _count_room(self) -> None:
        detail = self._detail
        if detail is not None:
            most, size = limits(detail, self.visibility())
            self._room = room(
                self.text(), most - len(self._spoiler()), size, detail.url_length, weighted=detail.weighted
            )
            if self._room.fits:
                self._parts = ()
        self.cost.touch()
        shown = self._room if detail is not None else None
        self.foot.show_room(shown, sending=self._sending is not None)
        self._tell_parts(len(self._parts) if self._sending is None else 0)
        ready = detail is not None and self._ready()
        self._send.setEnabled(ready)
        self._later.setEnabled(ready)

    def bring_back(self, writing: Writing) -> None:
        """An earlier draft instead of what stands here, which is saved before."""
        self.flush()
        self.restore(writing)
        self._saved = Writing(text="\0")  # nothing like it is saved: this is to be, soon
        self._save_timer.start()
