"""The line that says what becomes of the promises: "At your pace, 3 promises break by 17:30. Take Jana first."."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from ui import theme
from ui.feed.words import clock
from ui.widgets import LinkButton

if TYPE_CHECKING:
    from app.pace import Outlook

SELDOM = 10_000  # ms between two looks after changes
HALVES = 12  # half hours that the menu offers


class PaceSource(Protocol):
    """What the line asks of the inbox."""

    async def outlook(self, client: str | None = None, stop: str = "") -> Outlook:
        """What becomes of the open promises."""


class PaceLine(QWidget):
    """Looks once a minute, and at most every ten seconds while things change. `start` it when the loop runs."""

    chosen = Signal(str)  # the conversation to take first
    stop_changed = Signal(str)  # "17:30", "" for closing time

    def __init__(self, source: PaceSource, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source, self._now = source, now
        self.client: str | None = None
        self.stop = ""
        self._started = self._stale = False
        self._minute = -1
        self._found: Outlook | None = None
        self._words = _Elided("", self, hint=self.tr("Choose until when you go on"))
        self._first = LinkButton("", self, hint=self.tr("Open it"))
        self._words.clicked.connect(self._offer)
        self._first.clicked.connect(self._take)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._words, 1)
        row.addWidget(self._first)
        self._first.hide()
        self._pause = QTimer(self, singleShot=True, interval=SELDOM)
        self._pause.timeout.connect(self._again)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def text(self) -> str:
        """The whole line."""
        parts = (self._words.whole(), "" if self._first.isHidden() else self._first.text())
        return " ".join(part for part in parts if part)

    def start(self) -> None:
        """Begin to look."""
        self._started = True
        self.look()

    def show_client(self, client: str | None) -> None:
        """One client's promises; None is all clients'."""
        if client != self.client:
            self.client = client
            self._pause.stop()
        self.look()

    def tick(self) -> None:
        """Called once a second while the window is looked at."""
        minute = self._now().minute
        if minute != self._minute:
            self._minute = minute
            self.look()

    def look(self) -> None:
        """Look now, or as soon as that is not too often."""
        if not self._started:
            return
        if self._pause.isActive():
            self._stale = True
            return
        from ui import ops  # brings asyncio, which the first paint does not need

        if not ops.ready():
            return
        self._pause.start()
        ops.run(self, self._source.outlook(self.client, self.stop), done=self._show, quiet=True)

    def _again(self) -> None:
        if self._stale:
            self._stale = False
            self.look()

    def _show(self, found: Outlook) -> None:
        self._found = found
        until = self._clock(found.until)
        if found.breaks:
            text = self.tr("At your pace, %n promises break by {time}.", "", found.breaks)
        elif found.late:
            text = self.tr("%n are late, the others hold until {time}.", "", found.late)
        else:
            text = self.tr("You will keep every promise until {time}.")
        if found.more:
            text = f"{text} {self.tr('Only the next %n were looked at.', '', 500)}"
        self._words.set_whole(text.format(time=until))
        take = bool(found.first) and bool(found.breaks or found.late)
        name = next(iter(found.name.split()), "")
        self._first.setText(self.tr("Take {name} first.").format(name=name.replace("&", "&&")))
        self._first.setAccessibleName(self._first.text())
        self._first.setVisible(take)

    def _clock(self, at: datetime) -> str:
        here = at.astimezone()
        return self.tr("midnight") if (here.hour, here.minute) == (0, 0) else clock(at)

    def _take(self) -> None:
        if self._found is not None:
            self.chosen.emit(self._found.first)

    def _offer(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setAccessibleName(self.tr("Until when you go on"))
        here = self._now().astimezone()
        half = here.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=30 if here.minute < 30 else 60)
        choices = [(self.tr("Closing time"), "")]
        for number in range(HALVES):
            at = half + timedelta(minutes=30 * number)
            if at.date() == here.date():
                choices.append((clock(at), f"{at:%H:%M}"))
        for words, stop in choices:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(stop == self.stop)
            action.triggered.connect(lambda _on=False, stop=stop: self._choose(stop))
        menu.popup(self._words.mapToGlobal(QPoint(0, self._words.height())))

    def _choose(self, stop: str) -> None:
        self.stop = stop
        self.stop_changed.emit(stop)
        self._pause.stop()
        self.look()

    def _restyle(self) -> None:
        high = theme.px(18)
        self.setFixedHeight(high)
        for button in (self._words, self._first):
            button.setFixedHeight(high)
            button.setStyleSheet(
                "QPushButton { padding: 0; border: 0; min-height: 0; text-align: left; }"
                "QPushButton:focus { border: 0; text-decoration: underline; }"
                + (f"QPushButton {{ color: {theme.tokens().accent.name()}; }}" if button is self._first else "")
            )


class _Elided(LinkButton):
    """A link that ends in "…" where it does not fit, and then says the whole in its tool tip."""

    def __init__(self, text: str, parent: QWidget, *, hint: str) -> None:
        super().__init__(text, parent, hint=hint)
        self._whole, self._hint = text, hint
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(24)

    def set_whole(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def whole(self) -> str:
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(0, self.width() - 4)
        shown = QFontMetrics(self.font()).elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        self.setText(shown.replace("&", "&&"))
        self.setToolTip(self._hint if shown == self._whole else self._whole)
