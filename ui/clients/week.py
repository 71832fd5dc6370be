"""The weekly hours as they are typed, a line a day."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.timers import Block, OpeningHours, blocks_from_text, blocks_text
from ui import theme
from ui.clients.fields import Checked
from ui.widgets import Label
from ui.widgets.check import TickBox

LABELS = 132


def day_name(number: int) -> str:
    """The weekday in words; 0 is Monday."""
    return QLocale().dayName(number + 1, QLocale.FormatType.LongFormat)


class WeekEditor(QWidget):
    """ "Around the clock", or blocks for each day."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.around = TickBox(self.tr("Around the clock, on holidays too"), self)
        self.days: list[Checked[tuple[Block, ...]]] = []
        self._labels: list[Label] = []
        self._lines = QWidget(self)
        grid = QGridLayout(self._lines)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for number in range(7):
            name = day_name(number)
            label = Label(name, self._lines, colour="muted")
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            label.setContentsMargins(0, 8, 0, 0)
            field = Checked(
                self.tr("Hours on %1").replace("%1", name), blocks_from_text, self._lines, hint=self.tr("closed")
            )
            field.changed.connect(self.changed)
            label.setBuddy(field.edit)
            self._labels.append(label)
            self.days.append(field)
            grid.addWidget(label, number, 0)
            grid.addWidget(field, number, 1)
        self._empty = Label("", self, size=12, colour="danger", wrap=True)
        self._empty.setText(self.tr("Give at least one day hours, or choose around the clock."))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.around)
        column.addWidget(self._lines)
        column.addWidget(self._empty)
        self.around.toggled.connect(self._switch)
        self.changed.connect(self._tell_empty)
        theme.signals.changed.connect(self._restyle)
        self._restyle()
        self._switch()

    def show_hours(self, hours: OpeningHours) -> None:
        """Fill in what is kept."""
        for field, blocks in zip(self.days, hours.week, strict=True):
            field.set_text(blocks_text(blocks))
        self.around.setChecked(hours.around or not any(hours.week))

    def week(self) -> Sequence[tuple[Block, ...]]:
        """Blocks of each day; days that cannot be read are empty."""
        return [field.value() or () for field in self.days]

    def valid(self) -> bool:
        """Whether it can be kept."""
        return self.around.isChecked() or (all(field.valid() for field in self.days) and any(self.week()))

    def _switch(self) -> None:
        self._lines.setVisible(not self.around.isChecked())
        self.changed.emit()

    def _tell_empty(self) -> None:
        typed = any(field.edit.text().strip() for field in self.days)
        self._empty.setVisible(not self.around.isChecked() and not typed)

    def _restyle(self) -> None:
        for label in self._labels:
            label.setFixedWidth(theme.px(LABELS))
