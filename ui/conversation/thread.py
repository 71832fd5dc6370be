"""The messages of a conversation, newest at the bottom; old ones are built only when asked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.domain import Kind
from app.rows import ConversationDetail, ThreadItem
from ui import theme
from ui.conversation import words
from ui.conversation.bubbles import Bubble
from ui.images import Images
from ui.widgets import Label, QuietButton

STEP = 60
FIRST, CHUNK = 16, 8  # built at once, and per turn until there are STEP: no turn takes long
MARGIN = 20
GAP = 12


class Note(Label):
    """A quiet line in the middle: a day, a saved draft, a gap."""

    def __init__(self, text: str, parent: QWidget | None = None, *, colour: str = "faint") -> None:
        super().__init__(text, parent, size=11, colour=colour, wrap=True)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)

    def wanted(self, room: int) -> tuple[int, int]:
        """Width and height within `room`."""
        self.setWordWrap(False)
        width = min(room, self.sizeHint().width())
        self.setWordWrap(True)
        return width, self.heightForWidth(width)


class Thread(QScrollArea):
    """Shows `ConversationDetail.items`. `acted` carries a press on one of our replies."""

    acted = Signal(str, str)
    menu_wanted = Signal(object, QPoint)  # a message of somebody's and where, on the screen

    def __init__(self, images: Images | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._detail: ConversationDetail | None = None
        self._shown = FIRST
        self._online = True
        self._bubbles: dict[str, Bubble] = {}
        self._order: list[QWidget] = []
        self._draft_note = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(False)
        self.setAccessibleName(self.tr("Messages"))
        self._column = QWidget(self)
        self._column.setAutoFillBackground(False)
        self.setWidget(self._column)
        self._earlier = QuietButton("", self._column)
        self._earlier.hide()
        self._earlier.clicked.connect(self._show_earlier)
        self._draft = Note("", self._column)
        self._draft.hide()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._lay_out)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._tell_states)
        self._more = QTimer(self)
        self._more.setSingleShot(True)
        self._more.setInterval(5)
        self._more.timeout.connect(self._fill_up)
        self._look = QTimer(self)  # only when scrolling rests: what flies past is not fetched
        self._look.setSingleShot(True)
        self._look.setInterval(30)
        self._look.timeout.connect(self._load_visible)
        self.verticalScrollBar().valueChanged.connect(self._look.start)
        theme.signals.changed.connect(self._soon.start)

    def set_detail(self, detail: ConversationDetail | None) -> None:
        """Show this conversation. The same one again keeps its place; what did not change is not rebuilt."""
        same = detail is not None and self._detail is not None and detail.row.id == self._detail.row.id
        at_end = not same or self._at_end()
        if not same:
            self._shown = FIRST
        self._detail = detail
        self._build(keep=same)
        if at_end:
            self._to_end()
        if self._shown < STEP:
            self._more.start()

    def set_draft_note(self, text: str) -> None:
        """The line under the last message, "" for none."""
        if text == self._draft_note:
            return
        at_end = self._at_end()
        self._draft_note = text
        self._draft.setText(text)
        self._draft.setVisible(bool(text))
        self._lay_out()
        if at_end:
            self._to_end()

    def set_online(self, online: bool) -> None:
        """Waiting replies say whether they wait for the network."""
        self._online = online
        self._tell_states()

    def bubbles(self) -> list[Bubble]:
        """Oldest first."""
        return [widget for widget in self._order if isinstance(widget, Bubble)]

    def newest_message(self) -> Bubble | None:
        """The newest one of theirs that is shown."""
        return next((bubble for bubble in reversed(self.bubbles()) if not bubble.ours), None)

    def notes(self) -> list[str]:
        """The quiet lines, top to bottom."""
        return [widget.text() for widget in self._order if isinstance(widget, Note)]

    def _build(self, *, keep: bool) -> None:
        items: Sequence[ThreadItem] = () if self._detail is None else self._detail.items
        recent = items[-self._shown :]
        hidden = len(items) - len(recent)
        old, self._bubbles = self._bubbles if keep else {}, {}
        dropped = [w for w in self._order if not isinstance(w, Bubble) or not keep]
        main = _main_author(items)
        firsts = _first_of_each(items)
        order: list[QWidget] = []
        day = ""
        if self._detail is not None and self._detail.gap:
            order.append(Note(self._detail.gap, self._column, colour="warn"))
        for item in recent:
            today = words.day(item.at)
            if today != day:
                day = today
                order.append(Note(day, self._column))
            key = _key(item)
            bubble = old.pop(key, None)
            if bubble is None or bubble.item != item:
                if bubble is not None:
                    dropped.append(bubble)
                bubble = Bubble(item, self._column, images=self._images, main_author=main, first=key in firsts)
                bubble.acted.connect(self.acted)
                bubble.menu_wanted.connect(self.menu_wanted)
                bubble.resized.connect(self._soon.start)
            self._bubbles[key] = bubble
            order.append(bubble)
        dropped += old.values()
        for widget in dropped:
            widget.hide()
            widget.deleteLater()
        self._order = order
        more = self.tr("Show %n earlier messages", None, min(hidden, STEP))
        self._earlier.setText(more)
        self._earlier.setAccessibleName(more)
        self._earlier.setVisible(hidden > 0 and self._shown >= STEP)
        self._tell_states()
        self._lay_out()
        for widget in order:
            widget.show()

    def _lay_out(self) -> None:
        self._soon.stop()
        # as if the scroll bar were there: its coming and going must not lay everything out again
        width = self.contentsRect().width() - self.verticalScrollBar().sizeHint().width()
        margin = min(theme.px(MARGIN), 28)
        room = max(120, width - 2 * margin)
        y = margin
        if not self._earlier.isHidden():
            hint = self._earlier.sizeHint()
            self._earlier.setGeometry((width - hint.width()) // 2, y, hint.width(), hint.height())
            y += hint.height() + GAP
        for widget in [*self._order, self._draft]:
            if isinstance(widget, Bubble):
                size = widget.fit(room)
                x = width - margin - size.width() if widget.ours else margin
                widget.move(x, y)
                y += size.height() + GAP
            elif isinstance(widget, Note) and (widget is not self._draft or self._draft_note):
                wide, high = widget.wanted(room)
                widget.setGeometry((width - wide) // 2, y, wide, high)
                y += high + GAP
        self._column.resize(self.viewport().width(), max(y - GAP + margin, self.viewport().height()))
        self._look.start()

    def _show_earlier(self) -> None:
        self._grow(STEP)
        if self._earlier.isHidden():
            self.setFocus()

    def _fill_up(self) -> None:
        if self._detail is not None and self._shown < min(STEP, len(self._detail.items)):
            self._grow(CHUNK)
            self._more.start()

    def _grow(self, by: int) -> None:
        """Older messages above; what is read now stays where it is."""
        from_end = self._column.height() - self.verticalScrollBar().value()
        self._shown = min(STEP, self._shown + by) if self._shown < STEP else self._shown + by
        self._build(keep=True)
        self.verticalScrollBar().setValue(self._column.height() - from_end)

    def _tell_states(self) -> None:
        moving = [bubble for bubble in self.bubbles() if bubble.tell_state(self._online)]
        if any(not bubble.fitted for bubble in self.bubbles()):
            self._soon.start()
        if moving and self.isVisible():
            if not self._tick.isActive():
                self._tick.start()
        else:
            self._tick.stop()

    def _load_visible(self) -> None:
        top = self.verticalScrollBar().value()
        bottom = top + self.viewport().height()
        for bubble in self.bubbles():
            if bubble.y() < bottom and bubble.y() + bubble.height() > top:
                bubble.show_pictures()

    def _at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 8

    def _to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def resizeEvent(self, event: QResizeEvent) -> None:
        at_end = self._at_end()
        super().resizeEvent(event)
        self._lay_out()
        if at_end:
            self._to_end()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell_states()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()


def _key(item: ThreadItem) -> str:
    if item.mention is not None:
        return "m:" + item.mention.id
    assert item.reply is not None
    return "r:" + item.reply.id


def _main_author(items: Sequence[ThreadItem]) -> str:
    """The person we talk with: who last wrote to us."""
    for item in reversed(items):
        if item.mention is not None and item.mention.kind is not Kind.CONTEXT:
            return item.mention.author.remote_id
    return ""


def _first_of_each(items: Sequence[ThreadItem]) -> set[str]:
    """Keys of each author's first message: followers are named once."""
    seen: set[str] = set()
    firsts: set[str] = set()
    for item in items:
        if item.mention is not None and item.mention.author.remote_id not in seen:
            seen.add(item.mention.author.remote_id)
            firsts.add(_key(item))
    return firsts
