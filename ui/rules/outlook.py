"""The line under the pages: what the last twelve months would have looked like, and how far the order is."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.outlook import Outlook
from ui import theme
from ui.widgets import Card, Label, QuietButton


class OutlookLine(Card):
    """`stopped` when the person has seen enough."""

    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, ground="accent_soft", edge="", padding=14)
        self._words = Label("", self, wrap=True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(theme.px(6))
        self._bar.setFixedWidth(theme.px(120))
        self._bar.setAccessibleName(self.tr("How far it is"))
        self._stop = QuietButton(self.tr("Stop"), self)
        self._stop.clicked.connect(self.stopped)
        line = QHBoxLayout()
        line.setSpacing(theme.px(12))
        line.addWidget(self._words, 1)
        line.addWidget(self._bar)
        line.addWidget(self._stop)
        self.body.addLayout(line)
        self.setMinimumHeight(theme.px(58))
        self.nothing()

    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def nothing(self) -> None:
        """Nothing is changed."""
        self._say(self.tr("Change something, and here stands what the last 12 months would have looked like."))

    def looking(self, done: int, total: int) -> None:
        """The months are being read."""
        self._say(self.tr("Looking at the last 12 months\u2026"), done, total)

    def stopped_looking(self) -> None:
        """The person did not want to wait."""
        self._say(self.tr("Stopped. You can save all the same."))

    def found(self, outlook: Outlook) -> None:
        """The answer."""
        if not outlook.seen:
            self._say(self.tr("There are no messages of the last 12 months to try it on."))
            return
        if not outlook.moved:
            text = self.tr("In the last 12 months, no item would have moved by 5 minutes or to another lane.")
        else:
            text = self.tr("In the last 12 months, this would have moved %1, %2.")
            items = self.tr("1 item") if outlook.moved == 1 else self.tr("%1 items")
            text = text.replace("%1", items.replace("%1", _count(outlook.moved)))
            bad = self.tr("1 of them a complaint") if outlook.complaints == 1 else self.tr("%1 of them complaints")
            none = self.tr("none of them a complaint")
            text = text.replace("%2", bad.replace("%1", _count(outlook.complaints)) if outlook.complaints else none)
            if outlook.sooner and outlook.later:
                way = self.tr("%1 sooner, %2 later.")
                text += " " + way.replace("%1", _count(outlook.sooner)).replace("%2", _count(outlook.later))
        if outlook.seen < outlook.total:
            more = self.tr("Counted in the newest %1 of %2 items.")
            text += " " + more.replace("%1", _count(outlook.seen)).replace("%2", _count(outlook.total))
        self._say(text)

    def saved(self) -> None:
        """Kept."""
        self._say(self.tr("Saved."))

    def ranking(self, done: int, total: int, running: bool) -> None:
        """What is open is put in order again."""
        if running:
            self._say(self.tr("Saved. Putting open items in order\u2026"), done, total)
        elif done < total:
            self._say(self.tr("Stopped. The others take the new order when something happens in them."))
        else:
            self._say(self.tr("Saved. Everything that is open is in its new order."))

    def fails(self, text: str) -> None:
        """Why it could not be done."""
        self._say(text, bad=True)

    def _say(self, text: str, done: int = 0, total: int | None = None, *, bad: bool = False) -> None:
        busy = total is not None
        self._words.setText(text)
        self._words.set_colour("danger" if bad else "text")
        self.set_look("danger_soft" if bad else "accent_soft", "")
        self.setAccessibleName(text)
        self._words.setAccessibleName(text)
        self._bar.setRange(0, total or 0)
        self._bar.setValue(done)
        self._bar.setVisible(busy)
        self._stop.setVisible(busy)


def _count(number: int) -> str:
    locale = QLocale()
    return f"{number:,}" if locale.language() == QLocale.Language.C else locale.toString(number)
