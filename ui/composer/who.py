"""As whom and to whom: the line over the draft, and the client's face on Send."""

from __future__ import annotations

import html

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QPushButton, QWidget

from app.domain import Visibility
from app.rows import ConversationDetail
from ui import theme
from ui.composer.editor import RING
from ui.conversation import words
from ui.widgets import Label, LinkButton
from ui.widgets.avatar import paint_face


class WhoLine(QWidget):
    """ "Reply as @maplerye for Maple & Rye · everyone can see this", and the way into private."""

    wanted = Signal()  # the way into private, or back

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = Label("", self, colour="muted", wrap=True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.link = LinkButton("", self)
        self.link.clicked.connect(lambda _on=False: self.wanted.emit())
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(RING, 0, RING, 0)
        self._box.setSpacing(8)
        self._box.addWidget(self.words, 1)
        self._box.addWidget(self.link, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)

    def set_link(self, text: str, *, tab: bool) -> None:
        """What the link says; `tab`: with the sign of the key that leads to it. "" hides it."""
        self.link.setVisible(bool(text))
        self.link.setText(f"{text} \u21e5" if tab else text)
        self.link.setAccessibleName(text)

    def tell(self, detail: ConversationDetail, seen: Visibility, send: QPushButton) -> None:
        """Say it here, and on the button that sends."""
        c = theme.tokens()
        who = words.who_sees(seen, words.one_line(detail.row.author))
        handle, client = words.one_line(detail.reply_as), words.one_line(detail.client_name)

        def strong(text: str) -> str:
            return f'<span style="font-weight:600;color:{c.text.name()}">{html.escape(text)}</span>'

        shape = self.tr("Reply as %1 for %2")
        left, _first, rest = shape.partition("%1")
        middle, _second, tail = rest.partition("%2")
        said = html.escape(left) + strong(handle) + html.escape(middle) + strong(client) + html.escape(tail)
        self.words.setText(f"{said} \u00b7 {html.escape(who)}")
        plain = shape.replace("%1", handle).replace("%2", client)
        self.words.setAccessibleName(f"{plain}, {who}")
        send.setIcon(self._face(client, detail.client_color, send))
        send.setAccessibleName(self.tr("Send reply for %1").replace("%1", client))
        send.setToolTip(f"{plain} \u00b7 {who}".replace("<", "\u2039"))

    def _face(self, name: str, colour: str, send: QPushButton) -> QIcon:
        size, ratio = theme.px(16), self.devicePixelRatioF()
        pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_face(painter, QRectF(0, 0, size, size), name, colour, None, 0.286)
        painter.end()
        icon = QIcon(pixmap)
        icon.addPixmap(pixmap, QIcon.Mode.Disabled)  # not greyed: whose account it is stays clear
        send.setIconSize(QSize(size, size))
        return icon

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # where the words would stand as a narrow column beside the link, the link goes below
        beside = self.width() - self.link.sizeHint().width() > theme.px(300)
        way = QBoxLayout.Direction
        if beside != (self._box.direction() == way.LeftToRight):
            self._box.setDirection(way.LeftToRight if beside else way.TopToBottom)
            self.updateGeometry()
