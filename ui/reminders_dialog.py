"""When somebody wants to be reminded, and after how long bare thanks close themselves."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTime
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSpinBox, QTimeEdit, QVBoxLayout, QWidget

from app.reminders import Wishes
from ui import theme
from ui.geometry import Kept
from ui.reminders import KEY
from ui.rules.looks import sheet
from ui.widgets import Heading, Label, PrimaryButton, QuietButton
from ui.widgets.check import TickBox

THANKS, USUAL = "thanks_close_after", 60  # minutes, read by the store


class RemindersDialog(QDialog):
    """Non-modal; nothing changes before Save."""

    def __init__(self, settings: Kept, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle(self.tr("Reminders and quiet hours"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wishes = Wishes.from_kept(settings.get(KEY, None))
        self.on = TickBox(self.tr("Remind me as a promise gets close, and when it is late"), self)
        self.on.setChecked(wishes.on)
        self.quiet_from, self.quiet_to = QTimeEdit(self), QTimeEdit(self)
        for field, at, name in (
            (self.quiet_from, wishes.quiet_from, self.tr("Quiet from")),
            (self.quiet_to, wishes.quiet_to, self.tr("Quiet until")),
        ):
            field.setTime(QTime(at.hour, at.minute))
            field.setDisplayFormat("HH:mm")
            field.setAccessibleName(name)
            field.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.thanks = QSpinBox(self)
        self.thanks.setRange(0, 7 * 1440)
        kept = settings.get(THANKS, USUAL)
        self.thanks.setValue(kept if isinstance(kept, int) else USUAL)
        self.thanks.setSpecialValueText(self.tr("never"))
        self.thanks.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.thanks.setSuffix(self.tr(" min"))
        self.thanks.setAccessibleName(self.tr("Minutes after which thanks close themselves"))
        keep, cancel = PrimaryButton(self.tr("Save"), self), QuietButton(self.tr("Cancel"), self)
        keep.setDefault(True)
        keep.clicked.connect(self._save)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addWidget(Heading(self.tr("Reminders"), self))
        column.addWidget(self.on)
        column.addLayout(self._line(self.tr("Quiet from"), self.quiet_from, self.tr("until"), self.quiet_to))
        note = self.tr("What runs out in quiet hours, or while the computer sleeps, is told once afterwards.")
        column.addWidget(Label(note, self, size=11, colour="muted", wrap=True))
        column.addSpacing(8)
        column.addWidget(Heading(self.tr("Thanks"), self))
        column.addLayout(self._line(self.tr("Thanks after our answer close themselves after"), self.thanks))
        note = self.tr("Only a few kind words that ask for nothing. Each says when it closes, and can be kept open.")
        column.addWidget(Label(note, self, size=11, colour="muted", wrap=True))
        column.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(keep)
        column.addLayout(buttons)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setStyleSheet(sheet())

    def _line(self, *parts: str | QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for part in parts:
            row.addWidget(Label(part, self) if isinstance(part, str) else part)
        row.addStretch(1)
        return row

    def _save(self) -> None:
        start, end = self.quiet_from.time(), self.quiet_to.time()
        wishes = Wishes(self.on.isChecked(), start.toPython(), end.toPython())  # type: ignore[arg-type]
        self._settings.set(KEY, wishes.to_kept())
        self._settings.set(THANKS, self.thanks.value())
        self.accept()
