"""How soon a client answers: a line for each promise."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.errors import InputError
from app.timers import PLATFORM, USUAL, Target, Targets
from app.timers.targets import KINDS, LONGEST
from ui import theme
from ui.clients.fields import Box
from ui.widgets import Label

PRESETS = (10, 15, 30, 60, 120, 240, 480)
LABELS = 220
_TYPED = re.compile(r"(\d{1,5})\s*(h|hours?|m|min|minutes?)?\.?", re.IGNORECASE)


class TargetBox(Box):
    """ "30 min", "2 h", "same day", or minutes that somebody types; `optional` ones may be no promise at all."""

    changed = Signal()

    def __init__(self, name: str, optional: bool, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._optional = optional
        if optional:
            self.addItem(self.none_words())
        for minutes in PRESETS:
            self.addItem(self.words(Target(minutes)))
        self.addItem(self.words(Target()))
        self.error = Label("", parent, size=12, colour="danger", wrap=True)
        self.error.hide()
        self.editTextChanged.connect(self._typed)

    def words(self, target: Target) -> str:
        """The promise as it is shown."""
        if target.minutes is None:
            return self.tr("same day")
        if target.minutes >= 60 and target.minutes % 60 == 0:
            return self.tr("%1 h").replace("%1", str(target.minutes // 60))
        return self.tr("%1 min").replace("%1", str(target.minutes))

    def none_words(self) -> str:
        """No promise of its own."""
        return self.tr("as everything else")

    def show_target(self, target: Target | None) -> None:
        """Fill in what is kept."""
        self.setEditText(self.none_words() if target is None else self.words(target))

    def read(self) -> Target | None:
        """The promise, None for none. Raises `InputError`."""
        text = self.currentText().strip().casefold()
        if self._optional and text in ("", self.none_words().casefold()):
            return None
        if text in (self.tr("same day").casefold(), self.tr("today").casefold()):
            return Target()
        found = _TYPED.fullmatch(text)
        minutes = int(found[1]) * (60 if found[2] and found[2].startswith("h") else 1) if found else 0
        if not 0 < minutes <= LONGEST:
            raise InputError(self.tr("Write minutes, like 45 min or 2 h, at most 30 days; or same day."))
        return Target(minutes)

    def valid(self) -> bool:
        """Whether it can be read."""
        try:
            self.read()
        except InputError:
            return False
        return True

    def _typed(self) -> None:
        why = ""
        try:
            self.read()
        except InputError as error:
            why = str(error)
        self.error.setText(why)
        self.error.setVisible(bool(why))
        self.setAccessibleDescription(why)
        self.changed.emit()


class TargetsEditor(QWidget):
    """Every promise of a client. What fits a message is shown by name; the shortest that fits holds."""

    changed = Signal()

    def __init__(self, platforms: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept: dict[str, Target] = {}
        self.boxes: dict[str, TargetBox] = {}
        self._labels: list[Label] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        names = [*USUAL, *KINDS, *(PLATFORM + key for key, _ in platforms)]
        services = dict(platforms)
        for number, name in enumerate(names):
            words = self._words(name, services)
            label = Label(words, self, colour="muted", wrap=True)
            box = TargetBox(self.tr("Answer within: %1").replace("%1", words), name not in USUAL, self)
            box.changed.connect(self.changed)
            label.setBuddy(box)
            self.boxes[name] = box
            self._labels.append(label)
            grid.addWidget(label, number * 2, 0)
            grid.addWidget(box, number * 2, 1)
            grid.addWidget(box.error, number * 2 + 1, 0, 1, 3, Qt.AlignmentFlag.AlignTop)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def show_targets(self, targets: Targets) -> None:
        """Fill in what is kept."""
        self._kept = targets.all()
        for name, box in self.boxes.items():
            box.show_target(self._kept.get(name))

    def targets(self) -> Targets:
        """What is typed. Raises `InputError`. Promises for platforms without an account stay as they are."""
        chosen = {name: target for name, target in self._kept.items() if name not in self.boxes}
        for name, box in self.boxes.items():
            target = box.read()
            if target is not None:
                chosen[name] = target
        return Targets(chosen)

    def valid(self) -> bool:
        """Whether all of it can be read."""
        return all(box.valid() for box in self.boxes.values())

    def _words(self, name: str, services: dict[str, str]) -> str:
        known = {
            "negative": self.tr("Complaints"),
            "message": self.tr("Direct messages"),
            "question": self.tr("Questions"),
            "vip": self.tr("VIPs, whatever they write"),
            "review": self.tr("Reviews"),
            "praise": self.tr("Praise"),
            "other": self.tr("Everything else"),
            "mention": self.tr("Mentions"),
            "reply": self.tr("Replies to your posts"),
            "quote": self.tr("Quotes of your posts"),
            "comment": self.tr("Comments"),
        }
        key = name.removeprefix(PLATFORM)
        return known.get(name) or self.tr("Everything on %1").replace("%1", services.get(key) or key.capitalize())

    def _restyle(self) -> None:
        for label in self._labels:
            label.setFixedWidth(theme.px(LABELS))
        for box in self.boxes.values():
            box.setFixedWidth(theme.px(190))
