"""Desktop reminders: one timer for all promises, and the system's own way to show a note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from ui import icons, ops
from ui.conversation import words
from ui.geometry import Kept

if TYPE_CHECKING:
    from app.reminders import Note

EVERY = 60_000  # ms; no timer for each promise
SOON = 3_000  # after the start
KEY = "reminders"


class Source(Protocol):
    """What the reminders ask of the inbox."""

    async def remind(self, looked_at: datetime | None) -> list[Note]:
        """What is to be said now."""


class Speaker(Protocol):
    """Shows a note outside of the window."""

    def say(self, title: str, text: str, then: Callable[[], object]) -> bool:
        """Show it; a click calls `then`. False where notes cannot be shown."""


class Tray:
    """The system's tray, asked for when there is something to say."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._icon: QSystemTrayIcon | None = None
        self._then: Callable[[], object] | None = None

    def say(self, title: str, text: str, then: Callable[[], object]) -> bool:
        """See `Speaker`."""
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return False
        if self._icon is None:
            shown = QApplication.windowIcon()
            self._icon = QSystemTrayIcon(icons.icon("clock") if shown.isNull() else shown, self._window)
            self._icon.setToolTip(QApplication.applicationDisplayName())
            self._icon.messageClicked.connect(self._clicked)
            self._icon.activated.connect(lambda _why: self._clicked())
            self._icon.show()
        self._then = then
        self._icon.showMessage(title, text, QSystemTrayIcon.MessageIcon.NoIcon)
        return True

    def _clicked(self) -> None:
        if self._then is not None:
            self._then()


class Reminders(QObject):
    """Looks once a minute whether somebody is to be reminded. A timer may remind; it never sends."""

    def __init__(
        self,
        window: QWidget,
        inbox: Source,
        settings: Kept,
        now: Callable[[], datetime],
        show: Callable[[str], object],
        speaker: Speaker | None = None,
    ) -> None:
        super().__init__(window)
        self._window, self._inbox, self._settings, self._now, self._show = window, inbox, settings, now, show
        self._speaker = speaker or Tray(window)
        self._looked_at: datetime | None = None
        self._stopped = False
        self._timer = QTimer(self, interval=EVERY, timerType=Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Begin; the loop runs."""
        self._timer.start()
        QTimer.singleShot(SOON, self, self.look)

    def stop(self) -> None:
        """Nothing is asked any more."""
        self._timer.stop()
        self._stopped = True

    def ask(self) -> None:
        """Open "Reminders and quiet hours"."""
        from ui.reminders_dialog import RemindersDialog

        RemindersDialog(self._settings, self._window).show()

    def look(self) -> None:
        """Ask once, unless it is quiet: what runs out meanwhile is summed up behind it."""
        from app.reminders import Wishes

        now = self._now()
        if self._stopped:
            return
        if Wishes.from_kept(self._settings.get(KEY, None)).silent(now.astimezone()):
            return
        before, self._looked_at = self._looked_at, now
        if not ops.ready():
            return
        ops.run(self, self._inbox.remind(before), done=self._say, failed=lambda _error: self._back(before), quiet=True)

    def _back(self, before: datetime | None) -> None:
        self._looked_at = before  # nothing was looked at

    def _say(self, notes: Sequence[Note]) -> None:
        for note in notes:
            title, text = self.words(note)
            then: Callable[[], object] = lambda id_=note.conversation: self._show(id_)  # type: ignore[misc] # noqa: E731
            if not self._speaker.say(title, text, then):
                ops.tell(self._window, f"{title}. {text}", action=self.tr("Open"), then=then)

    def words(self, note: Note) -> tuple[str, str]:
        """Title and text of a note. Names and times, never what somebody wrote: others may see the screen."""
        from app.reminders import AWAY, LATE

        due = words.moment(note.due_at, self._now())
        names = ", ".join(words.one_line(name) for name in note.names)
        if note.count > len(note.names):
            names = self.tr("{names} and %n more", "", note.count - len(note.names)).format(names=names)
        if note.kind == AWAY:
            title = self.tr("%n promises ended while nobody looked", "", note.count)
            text = self.tr("{names}. The first ended {time}.")
        elif note.kind == LATE:
            title = self.tr("%n replies are late", "", note.count)
            text = self.tr("{names}. Due {time}.")
        else:
            title = self.tr("%n replies are due soon", "", note.count)
            text = self.tr("{names}. Due {time}.") if note.count == 1 else self.tr("{names}. The first is due {time}.")
        if note.count == 1:
            title = {AWAY: self.tr("A promise ended while nobody looked"), LATE: self.tr("A reply is late")}.get(
                note.kind, self.tr("A reply is due soon")
            )
        return title, text.format(names=names, time=due)
