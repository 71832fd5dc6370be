"""Days that are unlike their weekday: other hours, or closed, with a name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from PySide6.QtCore import QDate, QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.timers import Block, OneOff, blocks_from_text, blocks_text
from ui.clients.fields import Checked, DateBox
from ui.widgets import ElidedLabel, Label, LinkButton, QuietButton


def day_words(day: date) -> str:
    """ "Thu 24 Dec 2026"."""
    return QLocale().toString(QDate(day.year, day.month, day.day), "ddd d MMM yyyy")


class DaysEditor(QWidget):
    """The list, and a line to add to it."""

    changed = Signal()

    def __init__(self, today: date, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today = today
        self._days: dict[date, OneOff] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self.date = DateBox(self.tr("Date of a day that is different"), self)
        self.date.setDate(QDate(today.year, today.month, today.day))
        self.date.setMinimumDate(QDate(today.year, today.month, today.day))
        self.hours: Checked[tuple[Block, ...]] = Checked(
            self.tr("Hours on that day"), blocks_from_text, self, hint=self.tr("closed all day")
        )
        self.name = QLineEdit(self)
        self.name.setAccessibleName(self.tr("Name of that day"))
        self.name.setPlaceholderText(self.tr("Name, such as Stocktaking"))
        self.name.setMaxLength(80)
        self.add = QuietButton(self.tr("Add day"), self)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.date)
        row.addWidget(self.hours, 1)
        row.addWidget(self.name, 1)
        row.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._list)
        column.addLayout(row)
        self.add.clicked.connect(self.add_typed)
        self.name.returnPressed.connect(self.add_typed)
        self.hours.edit.returnPressed.connect(self.add_typed)
        self.hours.changed.connect(lambda: self.add.setEnabled(self.hours.valid()))

    def show_days(self, days: Iterable[OneOff]) -> None:
        """Fill in what is kept."""
        self._days = {one.day: one for one in days}
        self._fill()

    def days(self) -> list[OneOff]:
        """All of them, in order."""
        return [self._days[day] for day in sorted(self._days)]

    def add_typed(self) -> None:
        """Put the line into the list; a date that is there already is replaced."""
        blocks = self.hours.value()
        if blocks is None:
            return
        chosen = self.date.date()
        day = date(chosen.year(), chosen.month(), chosen.day())
        self._days[day] = OneOff(day, blocks, " ".join(self.name.text().split()))
        self.hours.set_text("")
        self.name.clear()
        self._fill()
        self.changed.emit()

    def remove(self, day: date) -> None:
        """Take a day out."""
        self._days.pop(day, None)
        self._fill()
        self.add.setFocus()
        self.changed.emit()

    def lines(self) -> list[str]:
        """What is listed, a line a day."""
        return [self._words(one) for one in self.days() if one.day >= self._today]

    def _words(self, one: OneOff) -> str:
        hours = blocks_text(one.blocks) or self.tr("closed")
        return " \u00b7 ".join(part for part in (day_words(one.day), hours, one.name) if part)

    def _fill(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        coming = [one for one in self.days() if one.day >= self._today]  # past ones are kept, but no longer listed
        if not coming:
            self._list.addWidget(Label(self.tr("None are set."), self, colour="muted"))
        for one in coming:
            line = QWidget(self)
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            words = self._words(one)
            remove = LinkButton(self.tr("Remove"), line, name=self.tr("Remove %1").replace("%1", words))
            remove.clicked.connect(lambda _on=False, day=one.day: self.remove(day))
            row.addWidget(ElidedLabel(words, line), 1)
            row.addWidget(remove)
            self._list.addWidget(line)
