"""The frame of the sign-in dialog: a page that scrolls, and a foot with what can be done."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ui import theme
from ui.accounts.browser import Waiting
from ui.accounts.cards import Banner
from ui.widgets import Heading, PrimaryButton, QuietButton

WIDTH, HEIGHT = 720, 640
SIDE = 44


class Shell(QDialog):
    """Holds one page at a time; `banner` and `waiting` are lent to the page that is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(False)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.banner = Banner(self)
        self.waiting = Waiting(self)
        self._back = QuietButton(self.tr("Back"), self)
        self._cancel = QuietButton(self.tr("Cancel"), self)
        self._try = QuietButton("", self)
        self._add = PrimaryButton("", self)
        foot = QHBoxLayout()
        foot.setContentsMargins(SIDE, 12, SIDE, 24)
        foot.setSpacing(10)
        foot.addWidget(self._back)
        foot.addStretch(1)
        for button in (self._cancel, self._try, self._add):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addLayout(foot)
        screen = self.screen().availableSize()
        self.resize(QSize(theme.px(WIDTH), theme.px(HEIGHT)).boundedTo(screen * 0.9))

    def _page(self, title: str) -> tuple[QWidget, QVBoxLayout]:
        self.setWindowTitle(title)
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(SIDE, 36, SIDE, 12)
        column.setSpacing(12)
        column.addWidget(Heading(title, page, level=1))
        return page, column

    def _set_page(self, page: QWidget, column: QVBoxLayout, *, lend: bool) -> None:
        """Show it; `lend` puts what is waited for and what came of it at its end."""
        for part in (self.waiting, self.banner):
            part.setParent(page if lend else self)
            part.hide()
            if lend:
                column.addWidget(part)
        column.addStretch(1)
        self.banner.clear()
        self.waiting.stop()
        old = self._scroll.takeWidget()
        self._scroll.setWidget(page)
        if old is not None:
            old.hide()
            old.deleteLater()

    def _scroll_to(self, widget: QWidget) -> None:
        # after the layout has made room for it
        QTimer.singleShot(0, widget, lambda: self._scroll.ensureWidgetVisible(widget, 0, 12))


def name_button(button: QPushButton, words: str) -> None:
    """What it says, on the screen and to a screen reader."""
    button.setText(words)
    button.setAccessibleName(words)


def weigh_button(button: QPushButton, kind: str) -> None:
    """ "primary" for the one thing to do, else "quiet"."""
    if button.property("kind") != kind:
        button.setProperty("kind", kind)
        button.style().unpolish(button)
        button.style().polish(button)
