"""The line over the list while several rows are marked: how many, and what can be done with all of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.feed.marks import Marks
from ui.widgets import Label, LinkButton


class SelectionBar(QWidget):
    """As high as the line that it stands for, so that the list stays where it is. `wanted` is a command's name."""

    wanted = Signal(str)

    def __init__(self, marks: Marks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = Label("", self, weight=700, colour="accent")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._count)
        row.addSpacing(6)
        for name, text, key in (
            ("done", self.tr("Done"), "E"),
            ("snooze", self.tr("Snooze"), "S"),
            ("not_urgent", self.tr("Not urgent"), "U"),
            ("noise", self.tr("Noise"), "N"),
            ("clear", self.tr("Clear"), "Esc"),
        ):
            button = LinkButton(text, self, name=self.tr("{what}, all selected").format(what=text), hint=key)
            button.clicked.connect(lambda _on=False, name=name: self.wanted.emit(name))
            button.setStyleSheet("QPushButton { padding: 0 4px; min-height: 0; }")
            row.addWidget(button)
        row.addStretch(1)
        self.setVisible(False)
        marks.changed.connect(self._show)

    def text(self) -> str:
        """How many, in words; "" while it is hidden."""
        return "" if self.isHidden() else self._count.text()

    def _show(self, count: int) -> None:
        self._count.setText(self.tr("%n selected", "", count))
        self._count.setAccessibleName(self._count.text())
        self.setVisible(count > 0)
