"""Text in the roles that the pictures know. All show plain text: nothing remote is ever read as HTML."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui import theme


class Label(QLabel):
    """Plain text of a size, weight and token colour; follows the theme."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        size: float = 13,
        weight: int = 400,
        colour: str = "text",
        tabular: bool = False,
        wrap: bool = False,
    ) -> None:
        super().__init__(text, parent)
        self._look = (size, weight, tabular)
        self._colour = colour
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self._restyle()
        theme.signals.changed.connect(self._restyle)

    def set_colour(self, colour: str) -> None:
        """A token name: "muted", "danger" …"""
        self._colour = colour
        self._restyle()

    def _restyle(self) -> None:
        size, weight, tabular = self._look
        self.setFont(theme.font(size, weight, tabular))
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, getattr(theme.tokens(), self._colour))
        self.setPalette(palette)


class Heading(Label):
    """Of a page (`level` 1, 20 px), of a pane (2, 15 px), or small and faint over a group (3, 11 px)."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, level: int = 2) -> None:
        size = {1: 20.0, 2: 15.0, 3: 11.0}[level]
        super().__init__(text, parent, size=size, weight=600, colour="faint" if level == 3 else "text", wrap=level == 1)


class ElidedLabel(Label):
    """One line that ends in "…" where it does not fit, and then says the whole in its tool tip."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        size: float = 13,
        weight: int = 400,
        colour: str = "text",
    ) -> None:
        super().__init__("", parent, size=size, weight=weight, colour=colour)
        self._whole = self._lead = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(24)
        self.set_whole(text)

    def set_whole(self, text: str) -> None:
        """Show this; `text()` is what of it fits."""
        self._whole = " ".join(text.split())
        self.setAccessibleName(self._whole)
        self._fit()

    def set_lead(self, lead: str) -> None:
        """Shown before the text, but not part of it (" · ")."""
        if lead != self._lead:
            self._lead = lead
            self._fit()

    def whole(self) -> str:
        """The text before it is cut."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._lead + self._whole) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(24, QFontMetrics(self.font()).height())

    def _restyle(self) -> None:
        super()._restyle()
        if hasattr(self, "_whole"):
            self._fit()

    def _fit(self) -> None:
        shown = QFontMetrics(self.font()).elidedText(
            self._lead + self._whole, Qt.TextElideMode.ElideRight, self.width()
        )
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(self._whole if shown != self._lead + self._whole else "")


class Chip(QWidget):
    """A small word on a soft ground. `tone`: plain, danger, warn, love, info or ok."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, tone: str = "plain") -> None:
        super().__init__(parent)
        self._text, self._tone = text, tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        theme.signals.changed.connect(self._restyle)

    def set_text(self, text: str, tone: str | None = None) -> None:
        """Change word and tone."""
        self._text, self._tone = text, tone or self._tone
        self.setAccessibleName(text)
        self._restyle()

    def text(self) -> str:
        """The word on it."""
        return self._text

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font(11))
        return QSize(metrics.horizontalAdvance(self._text) + theme.px(14), theme.px(18))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_chip(painter, QRectF(self.rect()), self._text, self._tone)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()


def paint_chip(painter: QPainter, box: QRectF, text: str, tone: str) -> None:
    """Draw a chip; the feed's delegate draws its chips the same way."""
    c = theme.tokens()
    ground, ink = {
        "plain": (c.bg, c.muted),
        "ok": (c.accent_soft, c.ok),
    }.get(tone) or (getattr(c, f"{tone}_soft"), getattr(c, tone))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(ink)
    painter.setFont(theme.font(11))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
