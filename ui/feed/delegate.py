"""Paints a row of the feed. Text is laid out once per row and width, then only drawn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime
from unicodedata import bidirectional

from msgspec import Struct
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QStaticText, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.rows import FeedRow
from ui import theme
from ui.feed import ring, words

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
KEPT = 96  # layouts; some five screens


def row_height() -> int:
    """The height of every row, hairline included."""
    return 12 + theme.px(18) + 2 + 2 * theme.px(18) + 7 + theme.px(18) + 12 + 1


class _Chip(Struct, frozen=True):
    x: float
    width: float
    text: QStaticText
    tone: str


class _Laid(Struct):
    """A row's texts, ready to draw at a width."""

    row: FeedRow
    width: int
    turn: int
    name: QStaticText
    platform: QStaticText
    platform_x: float
    body: QTextLayout
    chips: list[_Chip]


def static(text: str, font: QFont) -> QStaticText:
    """Plain text whose glyphs are placed once."""
    made = QStaticText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setPerformanceHint(QStaticText.PerformanceHint.ModerateCaching)
    made.prepare(font=font)
    return made


class FeedDelegate(QStyledItemDelegate):
    """One row: ring, name, platform, age, two lines, chips. `now` is asked at each paint."""

    def __init__(self, now: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._laid: OrderedDict[str, _Laid] = OrderedDict()
        self._ages: dict[str, tuple[QStaticText, float]] = {}
        self._turn = 0
        self.marked: Collection[str] = ()
        self.rings_only = False  # the view sets it while it paints a tick
        self.show_focus = False  # the keyboard is at work
        self._measure()
        theme.signals.changed.connect(self._restyle)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(320, row_height())

    def _restyle(self) -> None:
        self._turn += 1
        self._laid.clear()
        self._ages.clear()
        self._measure()

    def _measure(self) -> None:
        self._name_font, self._plain_font = theme.font(13, 600), theme.font(13)
        self._age_font, self._chip_font = theme.font(13, tabular=True), theme.font(11)
        self._line = theme.px(18)
        plain = QFontMetricsF(self._plain_font)
        self._plain_metrics, self._name_metrics = plain, QFontMetricsF(self._name_font)
        self._chip_metrics, self._age_metrics = QFontMetricsF(self._chip_font), QFontMetricsF(self._age_font)
        self._lead = (self._line - plain.height()) / 2
        self._chip_lead = (theme.px(18) - self._chip_metrics.height()) / 2
        self._ring = theme.px(ring.SIZE)
        self._x = 16 + self._ring + 14

    def ring_box(self, top: int) -> QRectF:
        """Where the ring of the row that begins at `top` is."""
        return QRectF(16, top + 12, self._ring, self._ring)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: FeedRow | None = index.data(ROW_ROLE)
        if row is None:
            return
        c = theme.tokens()
        box = option.rect
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        marked = row.id in self.marked
        selected = marked if self.marked else chosen
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = c.sel if selected else _between(c.panel, c.bg) if hovered else c.panel
        now = self._now()
        top = box.top()
        if self.rings_only:
            target = self.ring_box(top)
            painter.fillRect(target, ground)
            self._paint_ring(painter, target, row, now, marked)
            return
        painter.fillRect(box, ground)
        painter.fillRect(box.left(), box.bottom(), box.width(), 1, c.line)
        if chosen:
            painter.fillRect(box.left(), top, 3, box.height() - 1, c.accent)
        laid = self._layout(row, box.width(), now)
        self._paint_ring(painter, self.ring_box(top), row, now, marked)
        x, y = float(self._x), top + 12.0
        line = y + self._lead
        painter.setPen(c.text)
        painter.setFont(self._name_font)
        painter.drawStaticText(QPointF(x, line), laid.name)
        laid.body.draw(painter, QPointF(x, y + self._line + 2))
        painter.setPen(c.faint if not selected else c.muted)
        painter.setFont(self._plain_font)
        painter.drawStaticText(QPointF(x + laid.platform_x, line), laid.platform)
        age, width = self._age(words.age(row.newest_at, now))
        painter.setFont(self._age_font)
        painter.drawStaticText(QPointF(box.width() - 16 - width, line), age)
        self._paint_chips(painter, laid, x, y + self._line + 2 + min(2, laid.body.lineCount()) * self._line + 7)
        if self.show_focus and bool(state & QStyle.StateFlag.State_HasFocus):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(c.accent, 1))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawRect(box.adjusted(0, 0, -1, -2))

    def _paint_ring(self, painter: QPainter, box: QRectF, row: FeedRow, now: datetime, marked: bool) -> None:
        """The ring; a marked row has a tick at its foot, since colour alone says nothing."""
        ring.paint_ring(painter, box, ring.face(row, now))
        if not marked:
            return
        c = theme.tokens()
        side, out = box.width() * 0.36, box.width() * 0.1  # a little outside, so that the number stays free
        badge = QRectF(box.right() - side + out, box.bottom() - side + out, side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(c.accent)
        painter.drawEllipse(badge)
        painter.setPen(QPen(c.on_accent, side / 8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        left, low, right = (
            badge.topLeft() + QPointF(side * x, side * y) for x, y in ((0.28, 0.52), (0.44, 0.68), (0.73, 0.34))
        )
        painter.drawPolyline([left, low, right])

    def _paint_chips(self, painter: QPainter, laid: _Laid, x: float, y: float) -> None:
        c = theme.tokens()
        painter.setFont(self._chip_font)
        height = theme.px(18)
        for chip in laid.chips:
            ground, ink = chip_colours(c, chip.tone)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(QRectF(x + chip.x, y, chip.width, height), 5, 5)
            painter.setPen(ink)
            painter.drawStaticText(QPointF(x + chip.x + 7, y + self._chip_lead), chip.text)

    def _age(self, text: str) -> tuple[QStaticText, float]:
        found = self._ages.get(text)
        if found is None:
            if len(self._ages) > 256:
                self._ages.clear()
            found = static(text, self._age_font), self._age_metrics.horizontalAdvance(text)
            self._ages[text] = found
        return found

    def _layout(self, row: FeedRow, width: int, now: datetime) -> _Laid:
        found = self._laid.get(row.id)
        if found is not None and found.row is row and found.width == width and found.turn == self._turn:
            self._laid.move_to_end(row.id)
            return found
        found = self._lay_out(row, width, now)
        self._laid[row.id] = found
        if len(self._laid) > KEPT:
            self._laid.popitem(last=False)
        return found

    def _lay_out(self, row: FeedRow, width: int, now: datetime) -> _Laid:
        room = max(40.0, width - self._x - 16.0)
        age_room = self._age_metrics.horizontalAdvance("00 Mmm") + 8
        head = room - age_room
        right = Qt.TextElideMode.ElideRight
        author = " ".join(row.author.split()) or row.handle
        name = self._name_metrics.elidedText(author, right, head)
        used = self._name_metrics.horizontalAdvance(name) + self._plain_metrics.horizontalAdvance(" ") + 1
        place = words.platform_words(row.platform, row.kind, row.service)
        platform = self._plain_metrics.elidedText(place, right, head - used) if head - used > 24 else ""
        laid_chips: list[_Chip] = []
        at = 0.0
        for chip in words.chips(row, now):
            wide = self._chip_metrics.horizontalAdvance(chip.text) + 14
            if at + wide > room:
                break
            laid_chips.append(_Chip(at, wide, static(chip.text, self._chip_font), chip.tone))
            at += wide + 6
        return _Laid(
            row, width, self._turn, static(name, self._name_font), static(platform, self._plain_font), used,
            self._body(row.text, room), laid_chips,
        )  # fmt: skip

    def _body(self, text: str, room: float) -> QTextLayout:
        """`text` on at most two lines, the second cut with "…". Right-to-left text is set from the right."""
        text = " ".join(text.split())
        made = self._lines(text, room)
        if made.lineCount() > 2:
            first = made.lineAt(0).textLength()
            rest = self._plain_metrics.elidedText(text[first:].lstrip(), Qt.TextElideMode.ElideRight, room)
            made = self._lines(f"{text[:first].rstrip()}\u2028{rest}", room)
        return made

    def _lines(self, text: str, room: float) -> QTextLayout:
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if right_to_left(text):
            option.setTextDirection(Qt.LayoutDirection.RightToLeft)
            option.setAlignment(Qt.AlignmentFlag.AlignRight)
        made = QTextLayout(text, self._plain_font)
        made.setTextOption(option)
        made.setCacheEnabled(True)
        made.beginLayout()
        while made.lineCount() < 3:
            line = made.createLine()
            if not line.isValid():
                break
            line.setLineWidth(room)
            line.setPosition(QPointF(0, (made.lineCount() - 1) * self._line + self._lead))
        made.endLayout()
        return made


def chip_colours(c: theme.Tokens, tone: str) -> tuple[QColor, QColor]:
    """Ground and ink of a chip's tone."""
    if tone == "plain":
        return c.bg, c.muted
    if tone == "ok":
        return c.accent_soft, c.ok
    ground: QColor = getattr(c, f"{tone}_soft")
    ink: QColor = getattr(c, tone)
    return ground, ink


def right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left."""
    for letter in text:
        direction = bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def _between(a: QColor, b: QColor) -> QColor:
    return QColor((a.red() + b.red()) // 2, (a.green() + b.green()) // 2, (a.blue() + b.blue()) // 2)
