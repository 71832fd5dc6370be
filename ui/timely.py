"""What begins with the loop and goes by the clock: the outlook over the list, and the reminders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from ui.feed.column import FeedColumn
from ui.geometry import Kept
from ui.reminders import Reminders, Source

if TYPE_CHECKING:
    from ui.window import MainWindow

STOP = "stop_at"  # until when somebody goes on, "17:30"; "" is closing time


def begin(
    window: MainWindow,
    inbox: Source,
    settings: Kept,
    feed: FeedColumn,
    now: Callable[[], datetime],
) -> Reminders:
    """Start both."""
    pace = feed.pace
    kept = settings.get(STOP, "")
    pace.stop = kept if isinstance(kept, str) else ""
    pace.stop_changed.connect(lambda stop: settings.set(STOP, stop))
    pace.chosen.connect(window.open_conversation)
    pace.start()

    def show(conversation: str) -> None:
        window.to_front()
        window.open_conversation(conversation)

    reminders = Reminders(window, inbox, settings, now, show)
    reminders.start()
    return reminders
