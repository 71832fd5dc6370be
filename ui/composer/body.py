"""What stands over the foot of the composer: as high as it needs, and scrolled where the window is too low for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

LEAST = 96  # px: two lines of the draft can be seen however low the window is


class Body(QScrollArea):
    """`room` says how high it may be; `first` are the widgets to be seen before others where not all are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.room: Callable[[], int] = lambda: 10_000
        self.first: Sequence[QWidget] = ()
        self.inside = QWidget(self)
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.setWidget(self.inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.inside.installEventFilter(self)

    def fit(self) -> None:
        """Take the height that is needed now."""
        wide, column = self.viewport().width(), self.column
        needed = column.totalHeightForWidth(wide) if column.hasHeightForWidth() else column.totalSizeHint().height()
        high = min(needed, max(LEAST, self.room()))
        if high != self.height() or self.minimumHeight() != high:
            self.setFixedHeight(high)
        if high < needed:
            self.inside.resize(wide, needed)
            shown = next((one for one in self.first if one.isVisibleTo(self.inside)), None)
            if shown is not None:
                self.ensureWidgetVisible(shown, 0, 4)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.fit()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()
