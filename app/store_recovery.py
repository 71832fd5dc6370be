"""Putting a good copy in the place of a damaged database, for the window and the command line."""

from __future__ import annotations

from pathlib import Path

from app.errors import StoreError
from app.instance import Instance
from app.paths import Paths
from app.store.db import backups, restore


def copies(paths: Paths) -> list[Path]:
    """Copies of the database, oldest first."""
    return backups(paths.data / "carelane.db")


def restore_copy(paths: Paths, backup: Path) -> Path:
    """Use `backup` from now on. The damaged file is kept; returns where. Raises `InUseError`, `StoreError`."""
    instance = Instance(paths.data)
    try:
        return restore(paths.data / "carelane.db", backup)
    except OSError as error:
        raise StoreError(f"The copy could not be put in place: {error.strerror}.") from error
    finally:
        instance.release()
