"""What moves a message, and by how many minutes."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QGridLayout, QSpinBox, QVBoxLayout, QWidget

from ui import theme
from ui.conversation.words import minutes, reason
from ui.rules.looks import padded
from ui.rules.words import say
from ui.widgets import Label, QuietButton

MOST = 24 * 60


class Minutes(QSpinBox):
    """Minutes with their sign. The wheel scrolls the page unless the field has the focus."""

    def __init__(self, parent: QWidget | None = None, *, most: int = MOST) -> None:
        super().__init__(parent)
        self.setRange(-most, most)
        self.setSingleStep(5)
        self.setSuffix(say(" min"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        padded(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Weights(QWidget):
    """A row a reason. `changed` follows every key."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._usual: dict[str, int] = {}
        self._boxes: dict[str, Minutes] = {}
        self._notes: dict[str, Label] = {}
        hint = Label(
            self.tr("Every open message has a time to answer by. What it says moves that time: with \u221220 minutes"
                    " it is due twenty minutes sooner."),
            self, colour="muted", wrap=True,
        )  # fmt: skip
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self._reset = QuietButton(self.tr("Usual minutes"), self, hint=self.tr("Take back every change on this page"))
        self._reset.clicked.connect(self._to_usual)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.px(12), theme.px(8), 0)
        column.setSpacing(theme.px(12))
        column.addWidget(hint)
        column.addLayout(self._grid)
        column.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def show_minutes(self, usual: Mapping[str, int], own: Mapping[str, int]) -> None:
        """`usual` holds every reason; `own` those that are set here."""
        self._usual = dict(usual)
        for row, name in enumerate(usual):
            if name not in self._boxes:
                self._add(row, name)
        for name, box in self._boxes.items():
            box.blockSignals(True)
            box.setValue(own.get(name, usual.get(name, 0)))
            box.blockSignals(False)
        self._tell()

    def own(self) -> dict[str, int]:
        """The minutes that differ from the usual ones."""
        return {name: box.value() for name, box in self._boxes.items() if box.value() != self._usual.get(name)}

    def box(self, name: str) -> Minutes:
        """The field of a reason."""
        return self._boxes[name]

    def _add(self, row: int, name: str) -> None:
        label = Label(reason(name), self)
        box, note = Minutes(self), Label("", self, colour="faint", tabular=True)
        box.setAccessibleName(self.tr("%1, minutes").replace("%1", reason(name)))
        label.setBuddy(box)
        box.setFixedWidth(theme.px(110))
        note.setMinimumWidth(theme.px(110))
        box.valueChanged.connect(self._edited)
        for column, widget in enumerate((label, note, box)):
            self._grid.addWidget(widget, row, column)
        self._boxes[name], self._notes[name] = box, note

    def _to_usual(self) -> None:
        for name, box in self._boxes.items():
            box.setValue(self._usual.get(name, 0))

    def _edited(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        for name, note in self._notes.items():
            usual = self._usual.get(name, 0)
            other = self._boxes[name].value() != usual
            note.setText(
                self.tr("usually %1").replace("%1", minutes(usual) if usual else self.tr("0 min")) if other else ""
            )
        self._reset.setEnabled(bool(self.own()))
