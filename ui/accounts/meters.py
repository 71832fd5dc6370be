"""What the platforms count or charge: how much is used, until when, and the cap that a person sets."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app import amounts
from app.domain import Account
from app.errors import InputError
from app.events import Changes
from app.rows import MeterRow
from ui import ops, theme
from ui.bridge import Bridge
from ui.conversation import words as said
from ui.feed.words import platform_words
from ui.ports import Metering, Runtime
from ui.widgets import Card, EmptyState, Heading, Label, QuietButton


class Bar(QWidget):
    """How much of a limit is used. What it shows stands in words beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._part, self._colour = 0.0, "accent"
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def show_part(self, part: float, colour: str) -> None:
        """From 0 to 1, in a token colour."""
        self._part, self._colour = min(1.0, max(0.0, part)), colour
        self.update()

    def _restyle(self) -> None:
        self.setFixedHeight(theme.px(6))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole, round_ = QRectF(self.rect()), self.height() / 2
        painter.setBrush(c.line)
        painter.drawRoundedRect(whole, round_, round_)
        if self._part > 0:
            whole.setWidth(max(whole.height(), whole.width() * self._part))
            painter.setBrush(getattr(c, self._colour))
            painter.drawRoundedRect(whole, round_, round_)


class MeterLine(QWidget):
    """One meter: its words, its bar, what will be, and the field for a cap where there can be one."""

    def __init__(self, metering: Metering, row: MeterRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._metering, self._row = metering, row
        self._title = Label(row.title, self, weight=500, wrap=True)
        self._words = Label("", self, tabular=True)
        self._bar = Bar(self)
        self._when = Label("", self, size=12, colour="muted", wrap=True)
        self._note = Label("", self, size=12, colour="warn", weight=500, wrap=True)
        self.field = QLineEdit(self)
        self.set = QuietButton(self.tr("Set cap"), self)
        self._cap = QWidget(self)
        self._wrong = Label("", self, size=12, colour="danger", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title, 1)
        head.addWidget(self._words, 0, Qt.AlignmentFlag.AlignTop)
        cap = QHBoxLayout(self._cap)
        cap.setContentsMargins(0, 4, 0, 0)
        cap.setSpacing(8)
        label = Label(self.tr("Your cap"), self, colour="muted")
        label.setBuddy(self.field)
        cap.addWidget(label)
        cap.addWidget(self.field)
        cap.addWidget(self.set)
        cap.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(5)
        column.addLayout(head)
        for widget in (self._bar, self._note, self._when, self._cap, self._wrong):
            column.addWidget(widget)
        self.field.setAccessibleName(self.tr("Your cap for %1").replace("%1", row.title))
        self.field.setPlaceholderText(self.tr("none"))
        self.field.setMaxLength(16)
        self.field.returnPressed.connect(self.keep)
        self.field.textEdited.connect(lambda _text: self._wrong.hide())
        self.set.clicked.connect(lambda _on=False: self.keep())
        self._wrong.hide()
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self.show_row(row)
        self._put_cap(row)

    def show_row(self, row: MeterRow) -> None:
        """The same meter, as it is now. What is being typed stays."""
        before, self._row = self._row, row
        if before.cap != row.cap and not self.field.isModified():
            self._put_cap(row)
        used = amounts.amount(row.used, row.currency, row.unit)
        whole = None if row.most is None else amounts.amount(row.most, row.currency, row.unit)
        words = self.tr("%1 used").replace("%1", used)
        if whole is not None:
            words = self.tr("%1 of %2 used").replace("%1", used).replace("%2", whole)
        self._words.setText(words)
        self._bar.setVisible(row.most is not None)
        if row.most is not None:
            part = row.used / row.most if row.most else 1.0
            self._bar.show_part(part, "danger" if part >= 1 else "warn" if row.note else "accent")
        self._note.setText(row.note)
        self._note.setVisible(bool(row.note))
        self._when.setText(self._period(row))
        self._cap.setVisible(row.capped)
        self.setAccessibleName(" ".join(part for part in (f"{row.title}: {words}.", row.note) if part))

    def texts(self) -> list[str]:
        """What it says."""
        return [one.text() for one in (self._title, self._words, self._note, self._when, self._wrong) if one.text()]

    def keep(self) -> None:
        """Set what was typed as the cap."""
        try:
            cap = amounts.parse(self.field.text())
        except InputError as error:
            self._wrong.setText(str(error))
            self._wrong.show()
            self.field.setFocus()
            return
        self._wrong.setText("")
        self._wrong.hide()
        self.field.setModified(False)
        ops.run(self, self._metering.set_cap(self._row.account_id, self._row.unit, cap), busy=self.set)

    def _put_cap(self, row: MeterRow) -> None:
        self.field.setText("" if row.cap is None else amounts.amount(row.cap, row.currency))
        self.field.setModified(False)

    def _period(self, row: MeterRow) -> str:
        if row.ends is None:
            text = self.tr("Over the last hour.") if row.period == "hour" else self.tr("Over the last 24 hours.")
        else:
            text = self.tr("Begins anew %1.").replace("%1", amounts.on(row.ends, datetime.now(UTC)))
        if row.shared:
            others = said.one_line(", ".join(row.shared))
            text = f"{text} {self.tr('Counted together with %1.').replace('%1', others)}"
        return text

    def _restyle(self) -> None:
        self.field.setFixedWidth(theme.px(110))


class MetersDialog(QDialog):
    """All accounts that have meters, of one client or of all. Non-modal, follows the core."""

    def __init__(
        self, runtime: Runtime, client_id: str | None, parent: QWidget | None = None, *, bridge: Bridge | None = None
    ) -> None:
        super().__init__(parent)
        self._runtime, self._client_id = runtime, client_id
        self._shown: list[tuple[str, str]] = []
        self.lines: dict[tuple[str, str], MeterLine] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Limits and costs"))
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll)
        self.resize(QSize(theme.px(560), theme.px(600)).boundedTo(self.screen().availableSize() * 0.9))
        if bridge is not None:
            bridge.changes.connect(self.on_changes)
        self.refresh()

    def show_client(self, client_id: str | None) -> None:
        """Those of one client; None is all."""
        self._client_id = client_id
        self.refresh()

    def on_changes(self, changes: Changes) -> None:
        """Read again where something was counted."""
        if changes.accounts or changes.clients or changes.everything:
            self.refresh()

    def refresh(self) -> None:
        """Read every meter again; the lines stay where they are."""
        metering = self._runtime.metering
        accounts = [one for one in metering.metered() if self._client_id in (None, one.client_id)]
        rows = {(one.id, row.unit): row for one in accounts for row in metering.meters(one.id)}
        if list(rows) != self._shown or (not rows and self._scroll.widget() is None):
            self._shown = list(rows)
            self._build(accounts, rows)
        for key, row in rows.items():
            self.lines[key].show_row(row)

    def _build(self, accounts: list[Account], rows: dict[tuple[str, str], MeterRow]) -> None:
        self.lines = {}
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(12)
        if not rows:
            empty = EmptyState(body)
            empty.set_words(
                self.tr("Nothing is counted here"),
                self.tr("Some platforms charge for reading and answering, or take only so many replies a day."
                        " What is used of that will stand here."),
            )  # fmt: skip
            column.addWidget(empty, 1)
            self._scroll.setWidget(body)
            return
        column.addWidget(Heading(self.tr("Limits and costs"), body, level=1))
        lead = self.tr(
            "What the platforms count or charge. Before a limit is met, reading slows down: replies go first."
        )
        column.addWidget(Label(lead, body, colour="muted", wrap=True))
        for account in accounts:
            card = Card(body)
            name = said.one_line(account.handle)
            platform = platform_words(account.platform, service=account.service)
            heading = Heading(f"{name} \u00b7 {platform}", card)
            heading.setWordWrap(True)
            card.body.addWidget(heading)
            for key in (key for key in rows if key[0] == account.id):
                self.lines[key] = MeterLine(self._runtime.metering, rows[key], card)
                card.body.addWidget(self.lines[key])
            column.addWidget(card)
        column.addStretch(1)
        self._scroll.setWidget(body)
