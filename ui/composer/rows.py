"""A row with a left and a right group that becomes two rows when there is no room for one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

from ui import theme


class TwoGroups(QWidget):
    """Add widgets to `left` and `right`; `stretch_left` lets the left group fill the row."""

    def __init__(self, parent: QWidget | None = None, *, stretch_left: bool = False) -> None:
        super().__init__(parent)
        self._first, self._second = QWidget(self), QWidget(self)
        self.left, self.right = QHBoxLayout(self._first), QHBoxLayout(self._second)
        for group in (self.left, self.right):
            group.setContentsMargins(0, 0, 0, 0)
            group.setSpacing(8)
        self._stretch_left = stretch_left
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(8)
        self._box.addWidget(self._first, 1)
        self._box.addWidget(self._second, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    @property
    def stacked(self) -> bool:
        """Whether it is two rows now."""
        return self._box.direction() == QBoxLayout.Direction.TopToBottom

    def check(self) -> None:
        """Choose one row or two."""
        if self._stretch_left:
            needed = self._first.minimumSizeHint().width() + self._second.sizeHint().width()
            stack = needed + theme.px(110) > self.width()
        else:
            stack = self._first.sizeHint().width() + self._second.sizeHint().width() + 8 > self.width()
        if stack != self.stacked:
            way = QBoxLayout.Direction
            self._box.setDirection(way.TopToBottom if stack else way.LeftToRight)
            self._box.setAlignment(self._second, Qt.AlignmentFlag.AlignRight if stack else Qt.AlignmentFlag(0))
            self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        high = self._box.minimumSize().height()
        wide = max(self._first.minimumSizeHint().width(), self._second.minimumSizeHint().width())
        return QSize(wide, high)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.check()

    def event(self, event: QEvent) -> bool:
        answer = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.check()
        return answer
