"""The log file: what the program did and what failed, without secrets and without anybody's words."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from app.http.redact import RedactingFilter

FILE_BYTES = 1_000_000
FILES = 3
_QUIET = ("httpx", "httpcore", "asyncio", "keyring", "urllib3")  # they log addresses, which may hold words


class _PrivateFile(RotatingFileHandler):
    """Rotates; its files are for their owner alone, and a full disk or a second program ends no command."""

    def _open(self) -> Any:
        def private(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        file = open(self.baseFilename, self.mode, encoding="utf-8", errors="backslashreplace", opener=private)  # noqa: SIM115
        if os.name == "posix":
            os.fchmod(file.fileno(), 0o600)
        return file

    def doRollover(self) -> None:
        try:
            super().doRollover()
        except OSError:  # Windows: another process has the file open; it is rotated another time
            if self.stream is None:
                self.stream = self._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing: what cannot be logged must not end what is being done, nor write to a terminal."""


def start(folder: Path, name: str = "carelane") -> logging.Handler:
    """Log to `folder`/`name`.log from now on. Returns the handler, for `stop`."""
    handler = _PrivateFile(folder / f"{name}.log", maxBytes=FILE_BYTES, backupCount=FILES, delay=True)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    if root.level in (logging.NOTSET, logging.WARNING):
        root.setLevel(logging.INFO)
    for quiet in _QUIET:
        logging.getLogger(quiet).setLevel(logging.WARNING)
    return handler


def stop(handler: logging.Handler) -> None:
    """Write what is left and close the file."""
    logging.getLogger().removeHandler(handler)
    handler.close()
