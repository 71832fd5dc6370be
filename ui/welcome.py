"""The first start: practise, or add an account."""

from __future__ import annotations

import html

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from ui import theme
from ui.accounts.cards import ChoiceCard
from ui.widgets import Heading, Label

SIDE = 64


class Welcome(QScrollArea):
    """Two ways in, and what to expect."""

    practise = Signal()
    add_account = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setAccessibleName(self.tr("Welcome"))
        body = self._body = _Ground("bg", self)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight, body)
        self._halves.setContentsMargins(0, 0, 0, 0)
        self._halves.setSpacing(0)
        self._halves.addWidget(self._start(body), 1)
        self._halves.addWidget(self._expect(body), 1)
        self.setWidget(body)
        theme.signals.changed.connect(self._turn)

    def _start(self, parent: QWidget) -> QWidget:
        half = QWidget(parent)
        column = QVBoxLayout(half)
        column.setContentsMargins(SIDE, 72, SIDE, 40)
        column.setSpacing(12)
        column.addWidget(_Mark(half), 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(20)
        column.addWidget(Heading(self.tr("Answer the right person next"), half, level=1))
        words = self.tr(
            "Carelane gathers what people write to your business, puts the most pressing message on top, and keeps"
            " time. Everything stays on this computer. Your passwords stay in its keychain."
        )
        about = Label("", half, size=14, colour="muted", wrap=True)
        about.setTextFormat(Qt.TextFormat.RichText)
        about.setText(f'<div style="line-height:130%">{html.escape(words)}</div>')
        about.setAccessibleName(words)
        column.addWidget(about)
        column.addSpacing(16)
        self.practise_card = ChoiceCard(
            self.tr("Practise first"),
            self.tr("A bakery that does not exist, with 120 messages. Nothing leaves this computer. 5 minutes."),
            half,
            primary=True,
        )
        self.practise_card.clicked.connect(self.practise)
        self.account_card = ChoiceCard(
            self.tr("Add an account"), self.tr("The account where people write to your business."), half
        )
        self.account_card.clicked.connect(self.add_account)
        column.addWidget(self.practise_card)
        column.addWidget(self.account_card)
        column.addStretch(1)
        return half

    def set_platforms(self, names: list[str]) -> None:
        """Name the platforms on the second card."""
        if not names:
            return
        listed = names[0] if len(names) == 1 else self.tr("%1 or %2")
        if len(names) > 1:
            listed = listed.replace("%1", ", ".join(names[:-1])).replace("%2", names[-1])
        for label in self.account_card.findChildren(Label)[1:]:
            label.setText(listed + ".")
        self.account_card.setAccessibleDescription(listed)

    def set_busy(self, busy: bool) -> None:
        """No second press while the first is carried out."""
        self.practise_card.setEnabled(not busy)
        self.account_card.setEnabled(not busy)

    def _expect(self, parent: QWidget) -> QWidget:
        half = _Ground("side", parent, edge=True)
        column = QVBoxLayout(half)
        column.setContentsMargins(SIDE - 16, 72, SIDE, 40)
        column.setSpacing(2)
        column.addWidget(Heading(self.tr("What to expect"), half))
        for time, words in (
            (self.tr("30 minutes"), self.tr("what a quarter of people expect after they write")),
            (self.tr("2 hours"), self.tr("another fifth")),
            (
                self.tr("The same day"),
                self.tr("another third. You set the targets for your business, in your opening hours."),
            ),
        ):
            column.addSpacing(14)
            column.addWidget(Label(time, half, weight=600))
            column.addWidget(Label(words, half, colour="muted", wrap=True))
        column.addSpacing(40)
        column.addWidget(Label(self.tr("The first three keys to know"), half, colour="muted", wrap=True))
        column.addSpacing(8)
        keys = QGridLayout()
        keys.setHorizontalSpacing(16)
        keys.setVerticalSpacing(8)
        keys.setColumnStretch(1, 1)
        for row, (key, what) in enumerate(
            (("J  K", self.tr("next and previous")), ("R", self.tr("reply")), ("Ctrl K", self.tr("everything else")))
        ):
            keys.addWidget(_Key(key, half), row, 0)
            label = Label(what, half, wrap=True)
            label.setAccessibleName(f"{key}: {what}")
            keys.addWidget(label, row, 1)
        column.addLayout(keys)
        column.addStretch(1)
        return half

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        way = QBoxLayout.Direction
        wide = self.width() >= theme.px(760)
        wanted = way.LeftToRight if wide else way.TopToBottom
        if wanted != self._halves.direction():
            self._halves.setDirection(wanted)
            self._body.updateGeometry()


class _Ground(QWidget):
    def __init__(self, ground: str, parent: QWidget, *, edge: bool = False) -> None:
        super().__init__(parent)
        self._ground, self._edge = ground, edge
        theme.signals.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), getattr(c, self._ground))
        if self._edge:
            painter.fillRect(0, 0, 1, self.height(), c.line)


class _Mark(QWidget):
    """The program's square."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setFixedSize(theme.px(44), theme.px(44))

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(c.accent)
        painter.drawRoundedRect(QRectF(self.rect()), theme.px(12), theme.px(12))
        painter.setPen(c.on_accent)
        painter.setFont(theme.font(20, 700))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "C")


class _Key(QWidget):
    """A key cap."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = text
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setFixedSize(theme.px(50), theme.px(18))

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(c.bg)
        painter.drawRoundedRect(QRectF(self.rect()), 5, 5)
        painter.setPen(c.muted)
        painter.setFont(theme.font(11))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
