"""Menus of times: when a reply shall leave, when a conversation shall come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from PySide6.QtCore import QLocale, QPoint, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from ui.clients.fields import MomentBox
from ui.conversation import words
from ui.widgets import Heading, Label, PrimaryButton, QuietButton


def quick_times(now: datetime) -> list[tuple[str, datetime]]:
    """Times that people choose, with their words, soonest first; UTC."""
    here = now.astimezone()

    def on(days: int, hour: int) -> datetime:
        day = here.date() + timedelta(days=days)
        return datetime.combine(day, time(hour)).astimezone().astimezone(UTC)

    found = [(words.say("In 1 hour"), now + timedelta(hours=1)), (words.say("In 3 hours"), now + timedelta(hours=3))]
    evening = on(0, 18)
    if evening - now > timedelta(hours=1):
        found.append((words.say("This evening"), evening))
    found.append((words.say("Tomorrow morning"), on(1, 9)))
    to_monday = (7 - here.weekday()) % 7 or 7
    if to_monday > 1:
        found.append((words.say("Monday morning"), on(to_monday, 9)))
    return sorted(found, key=lambda pair: pair[1])


def weekday(at: datetime) -> str:
    """ "Tue 18:30"."""
    day = QLocale().dayName(at.astimezone().isoweekday(), QLocale.FormatType.ShortFormat)
    return f"{day} {words.clock(at)}"


class TimeMenu(QMenu):
    """Quick times and "Choose a time…". `chosen` carries an aware datetime in UTC."""

    chosen = Signal(object)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.note: Callable[[], str] = lambda: ""
        self.usual: Callable[[], datetime | None] = lambda: None  # when they are usually online
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.setAccessibleName(title)
        self.aboutToShow.connect(self._fill)

    def open_over(self, button: QWidget) -> None:
        """Show it above `button`, or below where there is no room above."""
        self._fill()
        size = self.sizeHint()
        above = button.mapToGlobal(QPoint(button.width() - size.width(), -size.height() - 4))
        below = button.mapToGlobal(QPoint(button.width() - size.width(), button.height() + 4))
        over_window = above.y() >= button.window().mapToGlobal(QPoint(0, 0)).y()
        self.popup(above if over_window else below)

    def _fill(self) -> None:
        self.clear()
        now = self.clock()
        for label, at in quick_times(now):
            action = self.addAction(f"{label}\t{words.moment(at, now)}")
            action.triggered.connect(lambda _on=False, at=at: self.chosen.emit(at))
        usual = self.usual()
        if usual is not None and usual > now:
            when = self.addAction(self.tr("When they are usually online (%1)").replace("%1", weekday(usual)))
            when.triggered.connect(lambda _on=False, at=usual: self.chosen.emit(at))
        self.addSeparator()
        self.addAction(self.tr("Choose a time\u2026")).triggered.connect(self.ask)
        note = self.note()
        if note:
            self.addSeparator()
            self.addAction(note.replace("&", "&&")).setEnabled(False)

    def ask(self) -> None:
        """Open the little window with date and time."""
        dialog = TimeDialog(self._title, self.clock(), self.parentWidget())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.chosen)
        dialog.show()


class TimeDialog(QDialog):
    """Date and time, on this computer's clock."""

    chosen = Signal(object)

    def __init__(self, title: str, now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._now = now
        start = now.astimezone().replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
        self.field = MomentBox(start, self.tr("Date and time"), self)
        self.field.set_earliest(now)
        here = self.tr("On this computer's clock.")
        keep, cancel = PrimaryButton(self.tr("Choose"), self), QuietButton(self.tr("Cancel"), self)
        keep.setDefault(True)
        keep.clicked.connect(self._choose)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(Heading(title, self))
        column.addWidget(self.field)
        column.addWidget(Label(here, self, size=11, colour="muted"))
        column.addLayout(buttons)

    def _choose(self) -> None:
        self.chosen.emit(self.field.at())
        self.accept()
