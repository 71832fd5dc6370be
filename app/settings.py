"""Settings: small JSON values by key, kept in the database."""

from __future__ import annotations

from typing import Any

import msgspec

from app.store import accounts
from app.store.db import Database


class Settings:
    """Reads at once, writes through the store thread."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._pending: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default`."""
        if key in self._pending:
            return self._pending[key]
        text = accounts.setting(self._db.reader(), key)
        return default if text is None else msgspec.json.decode(text)

    def set(self, key: str, value: Any) -> None:
        """Write `value`; readable at once, on disk a moment later. Never a secret."""
        self._pending[key] = value
        text = msgspec.json.encode(value).decode()
        self._db.submit(lambda db: accounts.set_setting(db, key, text))
