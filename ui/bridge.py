"""The one place where the core's events become Qt signals."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.events import BrandAlarm, Bus, Changes, NetworkState, Notice, RaiseWindow, RankingProgress, SyncProgress

APART = 100  # milliseconds between two signals of new conversations


class Bridge(QObject):
    """Carries the bus to the window.

    A burst of `Changes` arrives as one signal in the next turn of the event loop. New conversations wait until
    `APART` after the last signal, since each makes the window read and paint, which in a large sync adds up.
    """

    changes = Signal(object)  # Changes
    progress = Signal(object)  # SyncProgress
    network = Signal(object)  # NetworkState
    notice = Signal(object)  # Notice
    raise_window = Signal()
    ranking = Signal(object)  # RankingProgress
    alarm = Signal(object)  # BrandAlarm

    def __init__(self, bus: Bus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.online = True  # as last heard, for views that are built later
        self._waiting = Changes()
        self._since = QElapsedTimer()
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.timeout.connect(self.flush)
        self._ends = [
            bus.subscribe(Changes, self._on_changes),
            bus.subscribe(SyncProgress, self.progress.emit),
            bus.subscribe(NetworkState, self._on_network),
            bus.subscribe(Notice, self.notice.emit),
            bus.subscribe(RankingProgress, self.ranking.emit),
            bus.subscribe(BrandAlarm, self.alarm.emit),
            bus.subscribe(RaiseWindow, lambda _event: self.raise_window.emit()),
        ]

    def close(self) -> None:
        """Leave the bus; call it before the window is destroyed."""
        self._turn.stop()
        for end in self._ends:
            end()
        self._ends.clear()

    def flush(self) -> None:
        """Hand out what has gathered."""
        gathered, self._waiting = self._waiting, Changes()
        if gathered:
            self.changes.emit(gathered)
            self._since.start()

    def _on_changes(self, event: Changes) -> None:
        self._waiting = self._waiting | event
        wait = max(0, APART - self._since.elapsed()) if event.new and self._since.isValid() else 0
        if not self._turn.isActive() or wait < self._turn.remainingTime():
            self._turn.start(wait)

    def _on_network(self, event: NetworkState) -> None:
        self.online = event.online
        self.network.emit(event)
