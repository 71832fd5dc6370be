"""Where Carelane keeps its files."""

from __future__ import annotations

import errno
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.errors import StoreError

_FOLDER, _FILE = 0o700, 0o600


@dataclass(frozen=True, slots=True)
class Paths:
    """The four folders. Nothing is made or changed before `ensure`."""

    data: Path
    cache: Path
    config: Path
    logs: Path

    @classmethod
    def find(cls, override: str | os.PathLike[str] | None = None) -> Self:
        """Return the system's folders, or all below `override` (--data), or below $CARELANE_DATA."""
        chosen = override or os.environ.get("CARELANE_DATA")
        if chosen:
            base = Path(chosen).expanduser().absolute()
            return cls(base, base / "cache", base / "config", base / "logs")
        import platformdirs

        return cls(
            *(
                Path(find("carelane", appauthor=False))
                for find in (
                    platformdirs.user_data_dir,
                    platformdirs.user_cache_dir,
                    platformdirs.user_config_dir,
                    platformdirs.user_log_dir,
                )
            )
        )

    def ensure(self) -> None:
        """Make the folders, for their owner alone, and repair their rights. Raises `StoreError`."""
        for folder in (self.data, self.cache, self.config, self.logs):
            _make(folder)

    def private(self, path: Path) -> Path:
        """Make sure that only the owner can read `path`, and return it.

        A file that is missing is made, empty and with the right rights from the
        start: SQLite gives its -wal and -shm files the rights of the database.
        """
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, _FILE))
            if sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) != _FILE:
                path.chmod(_FILE)
        except OSError as error:
            raise _told(path, error) from error
        return path


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
        if sys.platform != "win32" and stat.S_IMODE(folder.stat().st_mode) != _FOLDER:
            folder.chmod(_FOLDER)
    except FileExistsError as error:
        raise _told(folder, NotADirectoryError()) from error
    except OSError as error:
        raise _told(folder, error) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise _told(folder, PermissionError())


def _told(path: Path, error: OSError) -> StoreError:
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return StoreError(f"Carelane may not write to {path}. Change its rights, or choose another folder.")
    if isinstance(error, NotADirectoryError | IsADirectoryError):
        return StoreError(
            f"Carelane cannot use {path}: a file lies where a folder should be, or the other way round. "
            "Move it away, or choose another folder."
        )
    if error.errno == errno.ENOSPC:
        return StoreError("The disk is full. Make room, then start Carelane again.")
    return StoreError(f"{path} cannot be used ({error.strerror}). Choose another folder.")
