"""The countdown ring: what share of a promise's time is left."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.domain import WHEN_THEY_ANSWER, ConversationState
from app.rows import FeedRow
from ui import icons, theme
from ui.feed.words import back_at, left_words, ring_words, urgency

SIZE = 40
STEPS = 180  # an arc moves in steps of 2 degrees, so that most ticks have nothing to paint

_GLYPHS = {
    ConversationState.WAITING: "ellipsis",
    ConversationState.CLOSED: "check",
    ConversationState.SEEN: "check",
    ConversationState.SNOOZED: "moon",
}


_RESTING = (ConversationState.WAITING, ConversationState.CLOSED, ConversationState.SNOOZED)


class RingFace(Struct, frozen=True):
    """All that a ring shows. Two equal faces need no repaint."""

    text: str
    colour: str  # token
    step: int  # of STEPS, how much of the circle is drawn
    glyph: str = ""


def face(row: FeedRow, now: datetime) -> RingFace:
    """What the ring of `row` shows at `now`. Without a timer it shows the state as a glyph."""
    back = back_at(row)
    if back is not None and now < back < WHEN_THEY_ANSWER:
        return RingFace(left_words(back - now), "muted", 0)
    if row.due_at is None or row.state in _RESTING:
        return RingFace("", "faint", 0, _GLYPHS.get(row.state, "eye"))
    whole = (row.due_at - row.posted_at).total_seconds()
    left = (row.due_at - now).total_seconds()
    share = min(1.0, left / whole) if whole > 0 else 0.0
    step = STEPS if left <= 0 else max(2, round(share * STEPS))
    return RingFace(ring_words(row.due_at, now), urgency(row, now), step)


def paint_ring(painter: QPainter, box: QRectF, shown: RingFace) -> None:
    """Draw a ring. One that is late is full, and says so."""
    c = theme.tokens()
    ink: QColor = getattr(c, shown.colour)
    unit = box.width() / SIZE
    circle = box.adjusted(3 * unit, 3 * unit, -3 * unit, -3 * unit)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if shown.step < STEPS:
        painter.setPen(QPen(c.line, 3 * unit))
        painter.drawEllipse(circle)
    if shown.step:
        pen = QPen(ink, 3 * unit)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(circle, 90 * 16, -round(shown.step * 360 * 16 / STEPS))
    if shown.glyph:
        device = painter.device()
        ratio = device.devicePixelRatio() if device is not None else 1.0
        picture = icons.pixmap(shown.glyph, 16, ink, ratio)
        side = theme.px(16)
        painter.drawPixmap(round(box.center().x() - side / 2), round(box.center().y() - side / 2), picture)
        return
    painter.setFont(theme.font(11 if len(shown.text) < 5 else 10, 600, tabular=True))
    painter.setPen(ink)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown.text)
