"""The type family that is shipped: Inter."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtGui import QFontDatabase

log = logging.getLogger(__name__)

FAMILY = "Inter"
FONTS = Path(__file__).resolve().parent.parent / "resources" / "fonts"
_loaded: list[bool] = []


def load() -> bool:
    """Make Inter known to Qt, once. False when the files are missing; the system's font is used then."""
    if not _loaded:
        found = [QFontDatabase.addApplicationFont(str(path)) for path in sorted(FONTS.glob("*.ttf"))]
        _loaded.append(bool(found) and min(found) >= 0)
        if not _loaded[0]:
            log.info("Inter could not be loaded, the system's font is used")
    return _loaded[0]
