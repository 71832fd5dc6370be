"""This computer's time zone, as a name that the zone database knows."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def _known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def local_zone() -> str:
    """An IANA name, "UTC" where the system tells none. Windows has other names: its offset is used then."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named and _known(named):
        return named
    link = Path("/etc/localtime")
    if link.is_symlink():
        name = str(link.resolve()).rpartition("zoneinfo/")[2]
        if name and _known(name):
            return name
    written = Path("/etc/timezone")
    if written.is_file() and _known(name := written.read_text(encoding="utf-8").strip()):
        return name
    offset = datetime.now().astimezone().utcoffset()
    hours = round(offset.total_seconds() / 3600) if offset else 0
    fixed = f"Etc/GMT{-hours:+d}" if hours else "UTC"
    return fixed if _known(fixed) else "UTC"
