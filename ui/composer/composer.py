"""The composer: as whom, to whom, how long, and the text that is never lost.

It holds no platform rules: who may see a reply and how long it may be come
with the `ConversationDetail`. The pane carries out what it asks for.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.domain import ReplyState, Visibility
from app.rows import ConversationDetail
from ui import theme
from ui.composer.editor import RING, Editor
from ui.composer.length import Room, room
from ui.composer.rows import TwoGroups
from ui.composer.times import TimeMenu
from ui.conversation import words
from ui.widgets import Chip, DashedButton, Label, LinkButton, PrimaryButton, QuietButton
from ui.widgets.avatar import paint_face

SAVE_AFTER = 300  # ms without a key


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What Send asks for."""

    conversation_id: str
    text: str
    visibility: Visibility


class Composer(QWidget):
    """Writes one reply for the conversation that `set_detail` named last.

    `send_wanted` carries an `Outgoing` and, for Later, a time. Until `sent` or
    `not_sent` is called the button stays disabled, so that nothing leaves twice.
    """

    send_wanted = Signal(object, object)  # Outgoing, datetime | None
    draft_changed = Signal(str, str)  # conversation id, text: save it now
    draft_state = Signal(bool)  # whether there is text
    undo_wanted = Signal()
    left = Signal()
    suggestion_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._detail: ConversationDetail | None = None
        self._private = False
        self._saved = ""
        self._sending: Outgoing | None = None
        self._cursors: dict[str, int] = {}
        self._room = Room(1, None)
        self._build()
        self._save_timer = QTimer(self)
        self._save_timer.setSingleShot(True)
        self._save_timer.setInterval(SAVE_AFTER)
        self._save_timer.timeout.connect(self.flush)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def _build(self) -> None:
        self._as = Label("", self, colour="muted", wrap=True)
        self._as.setTextFormat(Qt.TextFormat.RichText)
        self._take_private = LinkButton("", self)
        self._take_private.clicked.connect(self.toggle_private)
        top = self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        top.setContentsMargins(RING, 0, RING, 0)
        top.setSpacing(8)
        top.addWidget(self._as, 1)
        top.addWidget(self._take_private, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._suggestions = QWidget(self)
        self._suggestion_row = QHBoxLayout(self._suggestions)
        self._suggestion_row.setContentsMargins(RING, 0, RING, 0)
        self._suggestion_row.setSpacing(8)
        self._suggestions.hide()
        self.editor = Editor(self)
        edit = self.editor.edit
        edit.setAccessibleName(self.tr("Your reply"))
        edit.textChanged.connect(self._changed)
        edit.sent.connect(self.send)
        edit.left.connect(self.left)
        edit.undo_wanted.connect(self.undo_wanted)
        edit.focused.connect(lambda on: None if on else self.flush())
        self._chip = Chip("", self)
        self._count = Label("", self, colour="muted", tabular=True)
        self._later = QuietButton(self.tr("Later"), self, name=self.tr("Send later"))
        self.later_menu = TimeMenu(self.tr("Send later"), self)
        self.later_menu.chosen.connect(lambda at: self.send(at))
        self._later.clicked.connect(self._show_later)
        keys = "\u2318\u21b5" if sys.platform == "darwin" else "Ctrl+\u21b5"
        self._send_words = f" {self.tr('Send reply')}  {keys}"  # the first space is the gap to the icon
        self._send = PrimaryButton(self._send_words, self)
        self._send.clicked.connect(lambda _on=False: self.send())
        foot = TwoGroups(self)
        foot.setContentsMargins(RING, 0, RING, 0)
        foot.left.addWidget(self._chip)
        foot.left.addSpacing(4)
        foot.left.addWidget(self._count, 1)
        foot.right.addWidget(self._later)
        foot.right.addWidget(self._send)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(8)
        self._column.addLayout(top)
        self._column.addWidget(self._suggestions)
        self._column.addWidget(self.editor)
        self._column.addWidget(foot)
        QWidget.setTabOrder(edit, self._send)
        QWidget.setTabOrder(self._send, self._later)
        QWidget.setTabOrder(self._later, self._take_private)

    # What the pane calls

    def set_detail(self, detail: ConversationDetail | None) -> None:
        """Write for this conversation. For the same one again, the text under the cursor stays as it is."""
        before = self.conversation_id()
        after = detail.row.id if detail is not None else ""
        if before != after:
            self.flush()
            if before:
                self._cursors[before] = self.editor.edit.textCursor().position()
            self._detail = detail
            self._private = False
            self._put(detail.draft if detail is not None else "", self._cursors.get(after))
        self._detail = detail
        self.setEnabled(detail is not None)
        self._refresh()

    def conversation_id(self) -> str:
        """Whose reply is written; "" while there is none."""
        return self._detail.row.id if self._detail is not None else ""

    def text(self) -> str:
        """What stands in the field."""
        return self.editor.edit.toPlainText()

    def restore(self, text: str) -> None:
        """Bring a taken-back reply into the field, with the focus behind it."""
        self._put(text, None)
        self._refresh()
        self.editor.setFocus()

    def insert(self, text: str) -> None:
        """Put a suggestion where the cursor is; one undo takes it away again."""
        self.editor.edit.insertPlainText(text)
        self.editor.setFocus()

    def sent(self, outgoing: Outgoing) -> None:
        """The outbox has it: the field is free again."""
        if self._sending == outgoing:
            self._sending = None
        self._cursors.pop(outgoing.conversation_id, None)
        if self.conversation_id() == outgoing.conversation_id:
            self._private = False
            if self.text() == outgoing.text:
                self._put("", None)
        self._refresh()

    def not_sent(self, outgoing: Outgoing) -> None:
        """The outbox refused: the text stays where it is."""
        if self._sending == outgoing:
            self._sending = None
        self._refresh()
        if self.conversation_id() == outgoing.conversation_id:
            self._save_timer.start()
            self.editor.setFocus()

    def set_suggestions(self, names: Sequence[str]) -> None:
        """The row of templates; hidden while there are none."""
        while (item := self._suggestion_row.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for number, name in enumerate(names):
            key = "\u2318" if sys.platform == "darwin" else "Ctrl+"
            button = DashedButton(f"{key}{number + 1}  {name.replace('&', '&&')}", self._suggestions, name=name)
            button.clicked.connect(lambda _on=False, n=number: self.suggestion_chosen.emit(n))
            self._suggestion_row.addWidget(button)
        self._suggestion_row.addStretch(1)
        self._suggestions.setVisible(bool(names))

    def toggle_private(self) -> None:
        """Continue in a direct message, or go back to public."""
        if self._detail is None or not self._can_choose():
            return
        self._private = not self._private
        self._refresh()
        self.editor.setFocus()

    def visibility(self) -> Visibility:
        """Who will be able to read what is sent now."""
        if self._private or self._detail is None:
            return Visibility.DIRECT
        return self._detail.visibility

    def flush(self) -> None:
        """Hand the draft over for saving, if it changed since."""
        self._save_timer.stop()
        text, conversation = self.text(), self.conversation_id()
        if not conversation or text == self._saved:
            return
        if self._sending is not None and self._sending.conversation_id == conversation:
            return  # the outbox clears this draft; saving it now would bring it back
        self._saved = text
        self.draft_changed.emit(conversation, text)

    def unsaved(self) -> bool:
        """Whether keys were pressed that no `draft_changed` carried yet."""
        return bool(self.conversation_id()) and self.text() != self._saved

    def send(self, at: object = None) -> None:
        """Ask the pane to send; nothing happens while the text does not fit or one is on its way."""
        if self._detail is None or not self._ready():
            return
        self._save_timer.stop()
        self._sending = Outgoing(self._detail.row.id, self.text(), self.visibility())
        self._refresh()
        self.send_wanted.emit(self._sending, at)

    # What happens inside

    def _put(self, text: str, cursor: int | None) -> None:
        edit = self.editor.edit
        edit.blockSignals(True)
        edit.setPlainText(text)
        edit.blockSignals(False)
        place = edit.textCursor()
        if cursor is None or cursor > len(edit.toPlainText()):
            place.movePosition(QTextCursor.MoveOperation.End)
        else:
            place.setPosition(cursor)
        edit.setTextCursor(place)
        self._save_timer.stop()
        self._saved = self.text()
        self.draft_state.emit(bool(self.text().strip()))

    def _changed(self) -> None:
        self._save_timer.start()
        self._count_room()
        self.draft_state.emit(bool(self.text().strip()))

    def _ready(self) -> bool:
        return self._sending is None and self._room.fits and bool(self.text().strip()) and self.isEnabled()

    def _can_choose(self) -> bool:
        detail = self._detail
        return detail is not None and detail.can_direct and detail.visibility is not Visibility.DIRECT

    def _first(self) -> bool:
        if self._detail is None:
            return False
        sent = (item.reply for item in self._detail.items if item.reply is not None)
        return not any(reply.state is ReplyState.SENT for reply in sent)

    def _refresh(self) -> None:
        detail = self._detail
        self.editor.edit.setReadOnly(self._sending is not None)
        self._take_private.setVisible(self._can_choose())
        private = self.tr("Back to public") if self._private else self.tr("Take it private") + " \u21e5"
        self._take_private.setText(private)
        self._take_private.setAccessibleName(private.removesuffix(" \u21e5"))
        if detail is not None:
            self._tell_who(detail)
            author = words.one_line(detail.row.author)
            self.editor.edit.setPlaceholderText(self.tr("Reply to %1").replace("%1", author))
        if self.visibility() is Visibility.DIRECT:
            self._chip.set_text(self.tr("Private message"), "love")
        elif self._first():
            self._chip.set_text(self.tr("Public first reply"), "info")
        else:
            self._chip.set_text(self.tr("Follows up"), "plain")
        self._count_room()

    def _tell_who(self, detail: ConversationDetail) -> None:
        c = theme.tokens()
        seen = words.who_sees(self.visibility(), words.one_line(detail.row.author))
        handle, client = words.one_line(detail.reply_as), words.one_line(detail.client_name)

        def strong(text: str) -> str:
            return f'<span style="font-weight:600;color:{c.text.name()}">{html.escape(text)}</span>'

        shape = self.tr("Reply as %1 for %2")
        left, _first, rest = shape.partition("%1")
        middle, _second, tail = rest.partition("%2")
        said = html.escape(left) + strong(handle) + html.escape(middle) + strong(client) + html.escape(tail)
        self._as.setText(f"{said} \u00b7 {html.escape(seen)}")
        plain = shape.replace("%1", handle).replace("%2", client)
        self._as.setAccessibleName(f"{plain}, {seen}")
        self._send.setIcon(self._client_icon(client, detail.client_color))
        self._send.setAccessibleName(self.tr("Send reply for %1").replace("%1", client))
        self._send.setToolTip(f"{plain} \u00b7 {seen}".replace("<", "\u2039"))

    def _client_icon(self, name: str, colour: str) -> QIcon:
        size, ratio = theme.px(16), self.devicePixelRatioF()
        pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_face(painter, QRectF(0, 0, size, size), name, colour, None, 0.286)
        painter.end()
        icon = QIcon(pixmap)
        icon.addPixmap(pixmap, QIcon.Mode.Disabled)  # not greyed: whose account it is stays clear
        self._send.setIconSize(QSize(size, size))
        return icon

    def _count_room(self) -> None:
        detail = self._detail
        if detail is None:
            self._count.setText("")
            self._send.setEnabled(False)
            self._later.setEnabled(False)
            return
        self._room = left = room(self.text(), detail.max_graphemes, detail.max_bytes, detail.url_length)
        number = left.bytes if left.by_bytes and left.bytes is not None else left.graphemes
        if self._sending is not None:
            said, colour = self.tr("Sending\u2026"), "muted"
        elif not left.fits:
            shape = self.tr("%1 bytes too long") if left.by_bytes else self.tr("%1 too long")
            said, colour = shape.replace("%1", str(-number)), "danger"
        else:
            shape = self.tr("%1 bytes left") if left.by_bytes else self.tr("%1 left")
            said, colour = shape.replace("%1", str(number)), "muted"
        self._count.setText(said)
        self._count.set_colour(colour)
        ready = self._ready()
        self._send.setEnabled(ready)
        self._later.setEnabled(ready)

    def _show_later(self) -> None:
        self.later_menu.open_over(self._later)

    def _restyle(self) -> None:
        self._column.setContentsMargins(20 - RING, 12, 20 - RING, 14)
        self._refresh()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # where the words would stand as a narrow column beside the link, the link goes below
        beside = self.width() - self._take_private.sizeHint().width() > theme.px(300)
        way = QBoxLayout.Direction
        if beside != (self._top.direction() == way.LeftToRight):
            self._top.setDirection(way.LeftToRight if beside else way.TopToBottom)
            self._column.invalidate()
            self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), c.panel)
        painter.fillRect(0, 0, self.width(), 1, c.line)
