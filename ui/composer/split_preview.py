"""A text that is too long, as the numbered thread that would leave."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui import theme
from ui.composer.lines import AskBar
from ui.conversation import words
from ui.widgets import Label


class SplitPreview(AskBar):
    """Shows the parts; `yes` sends them, `no` goes back to the text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[str, ...] = ()
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # so that the arrow keys scroll it
        self.area.setAccessibleName(self.tr("Parts of the thread"))
        self.area.setWidget(self._list)
        self._inside.addWidget(self.area)

    def show_parts(self, parts: Sequence[str]) -> None:
        """Each in a paragraph of its own, with its number."""
        self._parts = tuple(parts)
        while (item := self._column.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        count = str(len(parts))
        for number, part in enumerate(parts, start=1):
            said = self.tr("%1 of %2").replace("%1", str(number)).replace("%2", count)
            head = Label(said, self._list, size=11, weight=600, colour="muted", tabular=True)
            text = Label(words.body(part), self._list, size=12, wrap=True)
            text.setAccessibleName(f"{said}: {words.body(part)}")
            self._column.addWidget(head)
            self._column.addWidget(text)
        self._column.addStretch(1)
        self.area.setFixedHeight(theme.px(130) if theme.scale() < 1.5 else theme.px(44))
        self.ask(
            self.tr("This leaves as %1 posts, one under the other.").replace("%1", count),
            self.tr("Send as a thread of %1").replace("%1", count),
        )

    def parts(self) -> tuple[str, ...]:
        """What is shown."""
        return () if self.isHidden() else self._parts
