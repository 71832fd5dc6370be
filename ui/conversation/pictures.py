"""An attached picture: its words first, the picture when it comes into view."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain import Media
from ui import theme
from ui.conversation.words import body, one_line
from ui.images import Images

TALLEST = 240
WIDEST = 412
EMPTY = 56


class PictureView(QWidget):
    """Shows `media`'s preview with its description as tool tip and accessible name; other kinds as words."""

    resized = Signal()

    def __init__(self, media: Media, images: Images | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._media, self._images = media, images
        self._picture: QPixmap | None = None
        self._asked = False
        alt = one_line(media.alt)
        kinds = {
            "image": self.tr("Picture"),
            "video": self.tr("Video"),
            "audio": self.tr("Sound"),
            "link": self.tr("Link"),
        }
        kind = kinds.get(media.kind, self.tr("Attachment"))
        self._words = f"{kind}: {alt}" if alt else self.tr("%1 without a description").replace("%1", kind)
        self.setAccessibleName(self._words)
        self.setToolTip(body(self._words).replace("<", "\u2039"))  # a tool tip that looks like HTML is read as HTML
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._resize()
        theme.signals.changed.connect(self._resize)

    def load(self) -> None:
        """Fetch it, once."""
        address = self._media.preview or (self._media.url if self._media.kind == "image" else "")
        if self._asked or self._images is None or not address:
            return
        self._asked = True
        box = QSize(theme.px(WIDEST), theme.px(TALLEST))
        self._images.load(self, address, box, self._shown, self._failed)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(WIDEST), self.height())

    def has_picture(self) -> bool:
        """Whether it is there."""
        return self._picture is not None

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        if self._picture is None:
            path.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
            painter.setPen(c.line)
            painter.fillPath(path, c.bg)
            painter.drawPath(path)
            painter.setPen(c.muted)
            painter.setFont(theme.font(11))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(8, 4, -8, -4), int(flags), self._words)
            return
        size = self._picture.deviceIndependentSize()
        scale = min(1.0, self.width() / max(1.0, size.width()), self.height() / max(1.0, size.height()))
        box = QRectF(0, 0, size.width() * scale, size.height() * scale)
        path.addRoundedRect(box, 8, 8)
        painter.setClipPath(path)
        painter.drawPixmap(box, self._picture, QRectF(self._picture.rect()))

    def _shown(self, picture: QPixmap) -> None:
        self._picture = picture
        self._resize()
        self.resized.emit()

    def _failed(self, why: str) -> None:
        self._words = f"{self._words}\n{why}"
        self.setAccessibleName(self._words)
        self.update()

    def _resize(self) -> None:
        height = theme.px(EMPTY)
        if self._picture is not None:
            height = round(min(theme.px(TALLEST), self._picture.deviceIndependentSize().height()))
        self.setFixedHeight(height)
        self.update()
