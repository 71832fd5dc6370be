"""What is written into a file that somebody chose."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from ui import ops


def write(over: QWidget, path: Path, data: bytes, more: str = "") -> None:
    """Write it, and say over the window of `over` that it is there, and `more`, or why not."""
    try:
        path.write_bytes(data)
    except OSError as error:
        said = QCoreApplication.translate("Saving", "The file could not be written: %1")
        ops.tell(over, said.replace("%1", error.strerror or ""))
    else:
        said = QCoreApplication.translate("Saving", "Saved as %1.").replace("%1", path.name)
        ops.tell(over, f"{said} {more}".strip())
