"""A line of the side bar: words and a number, or, in the narrow bar, a glyph."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui import icons, theme


class SideItem(QAbstractButton):
    """A checkable line. `value` is shown right; `tone` colours it ("danger", "warn"); `dot` is a state's colour."""

    def __init__(self, words: str, glyph: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(words)
        self._glyph, self._value, self._tone, self._dot = glyph, "", "", ""
        self._spoken = words
        self.compact = False
        self.small = False
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(words)
        theme.signals.changed.connect(self._restyle)

    def show_state(self, *, value: str = "", tone: str = "", dot: str = "", spoken: str = "", hint: str = "") -> None:
        """Number or word at the right, its tone, and what a screen reader says instead of both."""
        self._spoken = spoken or f"{self.text()} {value}".strip()
        self._hint = hint
        self.setToolTip(hint or (self._spoken if self.compact else ""))
        if (value, tone, dot) != (self._value, self._tone, self._dot):
            self._value, self._tone, self._dot = value, tone, dot
            self.update()
        if self.accessibleName() != self._spoken:
            self.setAccessibleName(self._spoken)

    def value(self) -> str:
        """What stands at the right."""
        return self._value

    def tone(self) -> str:
        """The token that colours the value, "" for none."""
        return self._tone

    def set_compact(self, compact: bool) -> None:
        """Glyph only."""
        self.compact = compact
        self.setToolTip(self._spoken if compact else getattr(self, "_hint", ""))
        self._restyle()

    def sizeHint(self) -> QSize:
        if self.compact:
            return QSize(theme.px(40), theme.px(38))
        return QSize(theme.px(180), theme.px(30))

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height())

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        on = self.isChecked()
        if on or self.underMouse() or self.hasFocus():
            painter.setPen(QPen(c.accent, 2) if self.hasFocus() else QPen(c.line) if on else Qt.PenStyle.NoPen)
            painter.setBrush(c.panel if on else _over(c.side, c.panel) if self.underMouse() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5) if self.hasFocus() else box, 6, 6)
        ink = c.text if on else c.muted
        if self.compact:
            self._paint_glyph(painter, ink)
        else:
            self._paint_words(painter, ink, on)

    def _paint_words(self, painter: QPainter, ink: QColor, on: bool) -> None:
        c = theme.tokens()
        size = 11 if self.small else 13
        right = self.width() - 8
        if self._value:
            hot = self._tone == "danger"
            font = theme.font(size, 600 if on or hot else 400, tabular=True)
            wide = QFontMetrics(font).horizontalAdvance(self._value)
            painter.setFont(font)
            painter.setPen(getattr(c, self._tone) if self._tone else ink)
            painter.drawText(QRectF(right - wide - 2, 0, wide + 4, self.height()), _MIDDLE, self._value)
            right -= wide + 8
        left = 8
        if self._dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(getattr(c, self._dot))
            across = theme.px(7)
            painter.drawEllipse(QRectF(left, (self.height() - across) / 2, across, across))
            left += across + 8
        elif self._glyph and not self.isCheckable():
            picture = icons.pixmap(self._glyph, 14, ink, self.devicePixelRatioF())
            side = theme.px(14)
            painter.drawPixmap(left - 1, (self.height() - side) // 2, picture)
            left += side + 6
        font = theme.font(size, 600 if on else 400)
        painter.setFont(font)
        painter.setPen(ink)
        words = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, max(8, right - left))
        painter.drawText(QRectF(left, 0, max(8, right - left), self.height()), _MIDDLE, words)

    def _paint_glyph(self, painter: QPainter, ink: QColor) -> None:
        c = theme.tokens()
        side = theme.px(17)
        x, y = (self.width() - side) // 2, (self.height() - side) // 2
        if self._glyph:
            painter.drawPixmap(x, y, icons.pixmap(self._glyph, 17, ink, self.devicePixelRatioF()))
        elif self._dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(getattr(c, self._dot))
            size = theme.px(8)
            painter.drawEllipse(QRectF((self.width() - size) / 2, (self.height() - size) / 2, size, size))
        if self._glyph and (self._tone or self._dot in ("warn", "danger")) and len(self._value) < 4:
            tone = self._tone or self._dot
            text = self._value if self._value.isdecimal() else "!"
            font = theme.font(9, 700, tabular=True)
            wide = max(theme.px(14), QFontMetrics(font).horizontalAdvance(text) + 6)
            badge = QRectF(min(self.width() - wide - 1, x + side - 5), y - 6, wide, theme.px(14))
            painter.setPen(QPen(c.side, 1))
            painter.setBrush(getattr(c, tone))
            painter.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2)
            painter.setPen(c.panel)
            painter.setFont(font)
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


_MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine


def _over(a: QColor, b: QColor) -> QColor:
    return QColor((a.red() + b.red()) // 2, (a.green() + b.green()) // 2, (a.blue() + b.blue()) // 2)
