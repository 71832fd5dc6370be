"""The row under the draft: what kind of reply, how much room, in which language, and the ways out."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QPoint, QSize, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from app.domain import Visibility
from ui import icons, theme
from ui.composer.editor import RING
from ui.composer.length import Room
from ui.composer.rows import TwoGroups
from ui.composer.times import TimeMenu
from ui.widgets import Chip, Label, LinkButton, PrimaryButton, QuietButton


class Foot(TwoGroups):
    """Chip, count and language on the left; pictures, more, Later and Send on the right."""

    send_wanted = Signal()
    pictures_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setContentsMargins(RING, 0, RING, 0)
        self.chip = Chip("", self)
        self.count = Label("", self, colour="muted", tabular=True)
        self.language = LinkButton("", self)
        self.fill_languages: Callable[[QMenu], object] = lambda _menu: None
        self.language.clicked.connect(lambda _on=False: self._open(self.language, self.fill_languages))
        self.picture = LinkButton("", self, name=self.tr("Add pictures"), hint=self.tr("Add pictures"))
        self.picture.clicked.connect(lambda _on=False: self.pictures_wanted.emit())
        self.more = LinkButton("", self, name=self.tr("More for this reply"), hint=self.tr("More for this reply"))
        self.fill_more: Callable[[QMenu], object] = lambda _menu: None
        self.more.clicked.connect(lambda _on=False: self._open(self.more, self.fill_more))
        self.later = QuietButton(self.tr("Later"), self, name=self.tr("Send later"))
        self.later_menu = TimeMenu(self.tr("Send later"), self)
        self.later.clicked.connect(lambda _on=False: self.later_menu.open_over(self.later))
        keys = "\u2318\u21b5" if sys.platform == "darwin" else "Ctrl+\u21b5"
        self.send = PrimaryButton(f" {self.tr('Send reply')}  {keys}", self)  # the first space is the gap to the icon
        self.send.clicked.connect(lambda _on=False: self.send_wanted.emit())
        self.left.addWidget(self.chip)
        self.left.addSpacing(4)
        self.left.addWidget(self.count)
        self.left.addWidget(self.language)
        self.left.addStretch(1)
        self.right.setSpacing(4)
        for button in (self.picture, self.more):
            self.right.addWidget(button)
        self.right.addSpacing(4)
        self.right.addWidget(self.later)
        self.right.addSpacing(4)
        self.right.addWidget(self.send)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def show_kind(self, visibility: Visibility, *, first: bool) -> None:
        """What the reply is, in two words."""
        if visibility is Visibility.DIRECT:
            self.chip.set_text(self.tr("Private message"), "love")
        elif first:
            self.chip.set_text(self.tr("Public first reply"), "info")
        else:
            self.chip.set_text(self.tr("Follows up"), "plain")

    def show_room(self, left: Room | None, *, sending: bool) -> None:
        """How much fits still."""
        if left is None:
            self.count.setText("")
            return
        number = left.bytes if left.by_bytes and left.bytes is not None else left.graphemes
        colour = "muted"
        if sending:
            said = self.tr("Sending\u2026")
        elif not left.fits:
            shape = self.tr("%1 bytes too long") if left.by_bytes else self.tr("%1 too long")
            said, colour = shape.replace("%1", str(-number)), "danger"
        else:
            shape = self.tr("%1 bytes left") if left.by_bytes else self.tr("%1 left")
            said = shape.replace("%1", str(number))
        if said != self.count.text():
            self.count.setText(said)
        self.count.set_colour(colour)

    def show_language(self, short: str, sentence: str) -> None:
        """Whose spelling is looked up: two letters, and quietly behind them the sentence."""
        self.language.setText(short)
        self.language.setToolTip(sentence)
        self.language.setAccessibleName(sentence)

    def _open(self, button: QPushButton, fill: Callable[[QMenu], object]) -> None:
        menu = QMenu(self)
        menu.setAccessibleName(button.accessibleName())
        fill(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))

    def _restyle(self) -> None:
        for button, glyph in ((self.picture, "image"), (self.more, "ellipsis")):
            button.setIcon(icons.icon(glyph))
            button.setIconSize(QSize(theme.px(16), theme.px(16)))
