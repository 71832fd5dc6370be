"""One message in the thread: theirs, ours, or a third person's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCursor, QFontMetrics
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QToolTip, QWidget

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
SIDE_PADDING = 14
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
    resized = Signal()

    def __init__(
        self, item: ThreadItem, parent: QWidget | None, *, images: Images | None, main_author: str, first: bool
    ) -> None:
        super().__init__(parent, padding=10)
        self.body.setContentsMargins(SIDE_PADDING, 10, SIDE_PADDING, 10)
        self.item = item
        self.ours = item.reply is not None
        self._images = images
        self._online = True
        self._old: QWidget | None = None
        self._keys: tuple[str, ...] = ()
        self._pictures: list[PictureView] = []
        self._texts: list[Message] = []
        self._meta = Label("", self, size=11, colour="faint", wrap=True)
        self._buttons = QWidget(self)
        self._button_row = QHBoxLayout(self._buttons)
        self._button_row.setContentsMargins(0, 0, 0, 0)
        self._button_row.setSpacing(14)
        self._buttons.hide()
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._foot.setSpacing(2)
        self._foot.addWidget(self._meta, 1)
        self._foot.addWidget(self._buttons, 0)
        if item.mention is not None:
            self._fill_mention(item.mention, main_author, first)
        elif item.reply is not None:
            self._fill_reply(item.reply)
        self.body.addLayout(self._foot)
        if item.history:
            self._offer_history()
        self.setAccessibleDescription(self._meta.text())

    def fit(self, room: int) -> QSize:
        """Take the width that the text needs of `room`, and return the size."""
        widest = min(theme.px(WIDEST), room)
        line, row = self._line_width(), self._row_width()
        aside = not row or line + row + 24 <= widest - 2 * SIDE_PADDING
        way = QBoxLayout.Direction
        self._foot.setDirection(way.LeftToRight if aside else way.TopToBottom)
        foot = line + row + (24 if row else 0) if aside else max(line, row)
        inner = max([text.ideal_width() for text in self._texts] + [foot])
        if self._pictures:
            inner = widest
        width = max(min(theme.px(NARROWEST), widest), min(widest, inner + 2 * SIDE_PADDING))
        self.setFixedWidth(width)
        # a hidden row that was just shown counts only once the layout was told
        self.body.invalidate()
        height = self.body.heightForWidth(width) if self.body.hasHeightForWidth() else self.body.sizeHint().height()
        self.setFixedHeight(height)
        return QSize(width, height)

    def tell_state(self, online: bool) -> bool:
        """Say again where our reply stands. True while that changes by itself."""
        reply = self.item.reply
        if reply is None:
            return False
        self._online = online
        self._meta.setText(words.reply_state(reply, online=online))
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
        return [child for child in self._buttons.findChildren(LinkButton) if not child.isHidden()]

    def _fill_mention(self, mention: Mention, main_author: str, first: bool) -> None:
        quiet = mention.kind is Kind.CONTEXT
        name = words.one_line(mention.author.name or mention.author.handle)
        if quiet:
            self.set_look("bg", "line")
        if mention.author.remote_id != main_author:
            self.body.addWidget(Label(name, self, size=11, weight=600, colour="muted", wrap=True))
        if mention.rating is not None:
            stars = "\u2605" * mention.rating + "\u2606" * (5 - mention.rating)
            label = Label(f"{stars}  {self.tr('%1 of 5').replace('%1', str(mention.rating))}", self, colour="warn")
            self.body.addWidget(label)
        if mention.spoiler:
            warning = self.tr("Content warning: %1").replace("%1", words.one_line(mention.spoiler))
            self.body.addWidget(Label(warning, self, size=11, weight=600, colour="warn", wrap=True))
        self._add_text(mention.text, "faint" if self.item.deleted else "muted" if quiet else "text")
        for media in mention.media[:PICTURES_AT_ONCE]:
            picture = PictureView(media, self._images, self)
            picture.resized.connect(self.resized)
            self._pictures.append(picture)
            self.body.addWidget(picture)
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
        self.body.addWidget(message)

    def _show_actions(self, offered: list[Action], reply_id: str) -> None:
        while (item := self._button_row.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for action in offered:
            self._add_button(action.label, partial(self.acted.emit, reply_id, action.key))
        self._finish_buttons()

    def _add_button(self, label: str, pressed: Callable[[], object]) -> LinkButton:
        button = LinkButton(label, self._buttons)
        button.setStyleSheet(
            f"QPushButton {{ color: {theme.tokens().accent.name()}; padding: 1px 0; font-weight: 600; }}"
        )
        button.setFont(theme.font(11, 600))
        button.clicked.connect(lambda _on=False: pressed())
        self._button_row.addWidget(button)
        return button

    def _finish_buttons(self) -> None:
        self._button_row.addStretch(1)
        self._buttons.setVisible(self._button_row.count() > 1)
        self._meta.setWordWrap(True)
        self.resized.emit()

    def _offer_history(self) -> None:
        self._old_button = self._add_button(self.tr("Show earlier wording"), self._toggle_history)
        self._finish_buttons()

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
            self.body.insertWidget(self.body.indexOf(self._foot), self._old)
            shown = True
        else:
            shown = self._old.isHidden()
        self._old.setVisible(shown)
        self._old_button.setText(self.tr("Hide earlier wording") if shown else self.tr("Show earlier wording"))
        self._old_button.setAccessibleName(self._old_button.text())
        self.resized.emit()

    def _line_width(self) -> int:
        return QFontMetrics(self._meta.font()).horizontalAdvance(self._meta.text()) + 6

    def _row_width(self) -> int:
        return self._buttons.sizeHint().width() if not self._buttons.isHidden() else 0

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.resized.emit()
