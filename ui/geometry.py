"""Where the window stood, and how wide its columns were."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Protocol

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

SMALLEST = QSize(900, 600)
FIRST = QSize(1440, 900)
KEY = "window"


class Kept(Protocol):
    """The settings."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default`."""

    def set(self, key: str, value: Any) -> None:
        """Keep `value`."""


def restore(window: QWidget, settings: Kept) -> int:
    """Put the window back, or make it as large as the screen lets it. Returns the feed's width, 0 if never chosen."""
    kept = settings.get(KEY, {})
    try:
        place = base64.b64decode(str(kept.get("geometry", "")), validate=True)
        feed = int(kept.get("feed", 0))
    except (binascii.Error, ValueError, TypeError, AttributeError):
        place, feed = b"", 0  # settings of another version are no reason not to start
    if not place or not window.restoreGeometry(place):
        window.resize(FIRST.boundedTo(window.screen().availableSize()).expandedTo(SMALLEST))
    return max(0, feed)


def keep(window: QWidget, settings: Kept, feed: int) -> None:
    """Remember it for the next start."""
    place = base64.b64encode(window.saveGeometry().data()).decode()
    settings.set(KEY, {"geometry": place, "feed": feed})
