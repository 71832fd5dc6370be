"""Started as a process: says what it cost until the first paint. `bare`, or `carelane DIR`."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable


def tell(**more: object) -> None:
    """Print CPU milliseconds since the process began and megabytes, and end without tidying."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = (used.ru_utime + used.ru_stime) * 1000
    from tests.benchmarks.measure import resident_mb  # not before: importing it costs as well

    print(json.dumps({"cpu": cpu, "mb": resident_mb(), **more}), flush=True)
    os._exit(0)


_waiting: list[object] = []


def after_paint(more: Callable[[], dict[str, object]]) -> None:
    """Tell as soon as the paint that runs now is done: before any timer, so before what is put off until then."""
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt

    class Teller(QObject):
        def event(self, event: QEvent) -> bool:
            tell(**more())
            return True

    teller = Teller()
    _waiting.append(teller)
    QCoreApplication.postEvent(teller, QEvent(QEvent.Type.User), Qt.EventPriority.HighEventPriority.value)


def bare() -> None:
    """A window with a list of twenty rows, and nothing else."""
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QListWidget, QMainWindow

    class List(QListWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            after_paint(dict)

    app = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.resize(1440, 900)
    shown = List(window)
    shown.addItems([f"Row {number}" for number in range(20)])
    window.setCentralWidget(shown)
    window.show()
    app.exec()


def carelane(folder: str) -> None:
    """`python -m ui --data DIR`, watched at the feed's paint: the rest of the window is painted in the same turn."""
    from PySide6.QtGui import QPaintEvent

    import ui.__main__
    from ui.feed.view import FeedView

    paint = FeedView.paintEvent

    def watched(self: FeedView, event: QPaintEvent) -> None:
        paint(self, event)
        rows = self.model().rowCount()
        after_paint(lambda: {"rows": rows, "late": late_imports()})

    FeedView.paintEvent = watched  # type: ignore[method-assign]
    ui.__main__.main(["--data", folder])


def late_imports() -> list[str]:
    """Modules that are in too early, HOUSE section 3."""
    return [
        name for name in ("httpx", "keyring", "sqlite_utils", "authlib", "oauthlib", "numpy") if name in sys.modules
    ]


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare()
    else:
        carelane(sys.argv[2])
