"""One message in the thread: theirs, ours, or a third person's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QCursor, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QWidget

from app.domain import Kind, Mention, Reply, ReplyState, Visibility
from app.rows import ThreadItem
from ui import theme
from ui.conversation import links, words
from ui.conversation.pictures import PictureView
from ui.conversation.replies import Action, actions
from ui.images import Images
from ui.widgets import Card, Label, LinkButton

WIDEST = 440
NARROWEST = 132
SIDE_PADDING, TOP_PADDING, SPACING = 14, 10, 3
PICTURES_AT_ONCE = 4


class Message(Label):
    """Text from outside that can be selected; its links show their real host and open only on a click."""

    def __init__(self, text: str, parent: QWidget | None = None, *, colour: str = "text") -> None:
        self._source = words.body(text)
        self._linked = bool(links.find(self._source))
        super().__init__(self._source, parent, colour=colour, wrap=True)
        self.setAccessibleName(self._source)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse
        # rich for the leading and the links; `links.rich` escapes every letter of it
        self.setTextFormat(Qt.TextFormat.RichText)
        if self._linked:
            flags |= Qt.TextInteractionFlag.LinksAccessibleByMouse
            flags |= Qt.TextInteractionFlag.LinksAccessibleByKeyboard
            self.linkActivated.connect(links.open_link)
            self.linkHovered.connect(self._hovered)
        self._restyle()
        self.setTextInteractionFlags(flags)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # the bubble has one for the whole message
        self.setCursor(Qt.CursorShape.IBeamCursor)

    def ideal_width(self) -> int:
        """How wide it is when no line has to be broken."""
        metrics = QFontMetrics(self.font())
        return max((metrics.horizontalAdvance(line) for line in self._source.split("\n")), default=0) + 4

    def _hovered(self, address: str) -> None:
        if address:
            opens = self.tr("Opens %1").replace("%1", links.host(address))
            QToolTip.showText(QCursor.pos() + QPoint(0, 16), opens, self)
        else:
            QToolTip.hideText()

    def _restyle(self) -> None:
        super()._restyle()
        if self.textFormat() == Qt.TextFormat.RichText:
            self.setText(links.rich(self._source, theme.tokens().accent.name()))


class Bubble(Card):
    """A rounded message. `acted` carries what was pressed on a reply of ours."""

    acted = Signal(str, str)  # reply id, action key
    menu_wanted = Signal(object, QPoint)  # item and where, on the screen
    resized = Signal()

    def __init__(
        self, item: ThreadItem, parent: QWidget | None, *, images: Images | None, main_author: str, first: bool
    ) -> None:
        super().__init__(parent, padding=0)
        self.item = item
        self.ours = item.reply is not None
        self._images = images
        self._online = True
        self._old: QWidget | None = None
        self._keys: tuple[str, ...] = ()
        self._pictures: list[PictureView] = []
        self._texts: list[Message] = []
        self._meta = Label("", self, size=11, colour="faint", wrap=True)
        self._buttons: _Buttons | None = None  # most bubbles have none
        self._parts: list[QWidget] = []  # top to bottom, over the small line
        self._fitted: tuple[int, QSize] | None = None
        if item.mention is not None:
            self._fill_mention(item.mention, main_author, first)
        elif item.reply is not None:
            self._fill_reply(item.reply)
        if item.history:
            self._offer_history()
        self.setAccessibleDescription(self._meta.text())
        theme.signals.changed.connect(self.refit)

    def fit(self, room: int) -> QSize:
        """Take the width that the text needs of `room`, place what is in it, and return the size.

        Placed by hand: a layout asks each wrapped label for its size hint,
        which sets the text several times over, and a thread holds many.
        """
        if self._fitted is not None and self._fitted[0] == room:
            return self._fitted[1]
        widest = min(theme.px(WIDEST), room)
        line, row = self._line_width(), self._row_width()
        aside = not row or line + row + 24 <= widest - 2 * SIDE_PADDING
        foot = line + row + (24 if row else 0) if aside else max(line, row)
        inner = max([text.ideal_width() for text in self._texts] + [foot])
        if self._pictures:
            inner = widest
        width = max(min(theme.px(NARROWEST), widest), min(widest, inner + 2 * SIDE_PADDING))
        self.setFixedWidth(width)
        height = self._place(width - 2 * SIDE_PADDING, aside)
        self.setFixedHeight(height)
        self._fitted = (room, QSize(width, height))
        return self._fitted[1]

    @property
    def fitted(self) -> bool:
        """Whether it is as large as what is in it."""
        return self._fitted is not None

    def refit(self) -> None:
        """What is in it changed its size."""
        self._fitted = None
        self.resized.emit()

    def _place(self, inner: int, aside: bool) -> int:
        y = TOP_PADDING
        for part in self._parts:
            if part.isHidden():
                continue
            high = part.heightForWidth(inner) if part.hasHeightForWidth() else part.sizeHint().height()
            part.setGeometry(SIDE_PADDING, y, inner, high)
            y += high + SPACING
        row = self._buttons
        buttons = QSize(0, 0) if row is None or row.isHidden() else row.sizeHint()
        beside = buttons.width() + 24 if aside and buttons.width() else 0
        high = self._meta.heightForWidth(inner - beside)
        if aside:
            line = max(high, buttons.height())
            self._meta.setGeometry(SIDE_PADDING, y + (line - high) // 2, inner - beside, high)
            at = (SIDE_PADDING + inner - buttons.width(), y + (line - buttons.height()) // 2)
            y += line
        else:
            self._meta.setGeometry(SIDE_PADDING, y, inner, high)
            at = (SIDE_PADDING, y + high + 2)
            y += high + 2 + buttons.height()
        if row is not None:
            row.setGeometry(*at, buttons.width(), buttons.height())
        return y + TOP_PADDING

    def tell_state(self, online: bool) -> bool:
        """Say again where our reply stands. True while that changes by itself."""
        reply = self.item.reply
        if reply is None:
            return False
        self._online = online
        state = words.reply_state(reply, online=online)
        if state != self._meta.text():
            self._fitted = None
            self._meta.setText(state)
        bad = reply.state in (ReplyState.REFUSED, ReplyState.UNCONFIRMED, ReplyState.BLOCKED)
        self._meta.set_colour("danger" if reply.state is ReplyState.REFUSED else "warn" if bad else "faint")
        self.setAccessibleDescription(self._meta.text())
        offered = [action for action in actions(reply, online=online) if action.key != "see"]
        keys = tuple(action.key for action in offered)
        if keys != self._keys:
            self._keys = keys
            self._show_actions(offered, reply.id)
        return reply.state is ReplyState.HELD

    def show_pictures(self) -> None:
        """Load the pictures; called when the bubble comes into view."""
        for view in self._pictures:
            view.load()

    def meta(self) -> str:
        """The small line under the text."""
        return self._meta.text()

    def buttons(self) -> list[LinkButton]:
        """What can be pressed."""
        return [] if self._buttons is None else list(self._buttons.shown)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.item.mention is None:
            super().contextMenuEvent(event)
        else:
            self.menu_wanted.emit(self.item, event.globalPos())

    def _fill_mention(self, mention: Mention, main_author: str, first: bool) -> None:
        quiet = mention.kind is Kind.CONTEXT
        name = words.one_line(mention.author.name or mention.author.handle)
        if quiet:
            self.set_look("bg", "line")
        if mention.author.remote_id != main_author:
            self._parts.append(Label(name, self, size=11, weight=600, colour="muted", wrap=True))
        if mention.rating is not None:
            stars = "\u2605" * mention.rating + "\u2606" * (5 - mention.rating)
            label = Label(f"{stars}  {self.tr('%1 of 5').replace('%1', str(mention.rating))}", self, colour="warn")
            self._parts.append(label)
        if mention.spoiler:
            warning = self.tr("Content warning: %1").replace("%1", words.one_line(mention.spoiler))
            self._parts.append(Label(warning, self, size=11, weight=600, colour="warn", wrap=True))
        self._add_text(mention.text, "faint" if self.item.deleted else "muted" if quiet else "text")
        for media in mention.media[:PICTURES_AT_ONCE]:
            picture = PictureView(media, self._images, self)
            picture.resized.connect(self.refit)
            self._pictures.append(picture)
            self._parts.append(picture)
        parts = [words.clock(mention.posted_at)]
        if mention.visibility is Visibility.DIRECT:
            parts.append(self.tr("direct message"))
        elif first and mention.author.followers and mention.visibility is not Visibility.FOLLOWERS:
            parts.append(words.followers(mention.author.followers))
        hidden = len(mention.media) - PICTURES_AT_ONCE
        if hidden > 0:
            parts.append(self.tr("%n more attachments", None, hidden))
        if mention.edited_at is not None or self.item.history:
            parts.append(self.tr("edited"))
        if self.item.deleted:
            parts.append(self.tr("deleted by its author"))
        if self.item.liked:
            parts.append(self.tr("liked by you"))
        if self.item.hidden:
            parts.append(self.tr("hidden from others by you"))
        self._meta.setText(" \u00b7 ".join(parts))
        self.setAccessibleName(f"{name}: {words.body(mention.text)}")

    def _fill_reply(self, reply: Reply) -> None:
        self.set_look("accent_soft", "")
        self._add_text(reply.text, "text")
        self.setAccessibleName(self.tr("Our reply: %1").replace("%1", words.body(reply.text)))
        self.tell_state(True)

    def _add_text(self, text: str, colour: str) -> None:
        if not text.strip():
            return
        message = Message(text, self, colour=colour)
        self._texts.append(message)
        self._parts.append(message)

    def _show_actions(self, offered: list[Action], reply_id: str) -> None:
        if offered or self._buttons is not None:
            row = self._row()
            row.clear()
            for action in offered:
                row.add(action.label, partial(self.acted.emit, reply_id, action.key))
            row.setVisible(bool(offered))
            self.refit()

    def _row(self) -> _Buttons:
        if self._buttons is None:
            self._buttons = _Buttons(self)
            self._buttons.show()
        return self._buttons

    def _offer_history(self) -> None:
        self._old_button = self._row().add(self.tr("Show earlier wording"), self._toggle_history)

    def _toggle_history(self) -> None:
        if self._old is None:
            self._old = QWidget(self)
            column = Card(self._old, ground="bg", edge="line", radius=8, padding=8)
            for until, text in self.item.history:
                until_words = self.tr("until %1").replace("%1", words.moment(until))
                column.body.addWidget(Label(until_words, column, size=11, weight=600, colour="faint"))
                column.body.addWidget(Message(text, column, colour="muted"))
            row = QHBoxLayout(self._old)
            row.setContentsMargins(0, 4, 0, 4)
            row.addWidget(column)
            self._parts.append(self._old)
            shown = True
        else:
            shown = self._old.isHidden()
        self._old.setVisible(shown)
        self._old_button.setText(self.tr("Hide earlier wording") if shown else self.tr("Show earlier wording"))
        self._old_button.setAccessibleName(self._old_button.text())
        self.refit()

    def _line_width(self) -> int:
        return QFontMetrics(self._meta.font()).horizontalAdvance(self._meta.text()) + 6

    def _row_width(self) -> int:
        row = self._buttons
        return 0 if row is None or row.isHidden() else row.sizeHint().width()


class _Buttons(QWidget):
    """Small actions in a row."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown: list[LinkButton] = []
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(14)

    def clear(self) -> None:
        """Take all away."""
        for old in self.shown:
            self._line.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.shown = []

    def add(self, label: str, pressed: Callable[[], object]) -> LinkButton:
        """One more, at the end."""
        button = LinkButton(label, self)
        accent = theme.tokens().accent.name()
        button.setStyleSheet(f"QPushButton {{ color: {accent}; padding: 1px 0; font-weight: 600; }}")
        button.setFont(theme.font(11, 600))
        button.clicked.connect(lambda _on=False: pressed())
        self._line.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        button.show()
        self.shown.append(button)
        return button
