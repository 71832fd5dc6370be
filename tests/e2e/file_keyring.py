"""A keyring in a file, for processes that the tests start: $TEST_KEYRING_FILE, or locked with $TEST_KEYRING_LOCKED."""

from __future__ import annotations

import json
import os
from pathlib import Path

import keyring.backend
import keyring.errors


class FileKeyring(keyring.backend.KeyringBackend):
    """Entries as one JSON object."""

    priority = 1  # type: ignore[assignment]

    def _read(self) -> dict[str, str]:
        if os.environ.get("TEST_KEYRING_LOCKED"):
            raise keyring.errors.KeyringLocked("locked")
        path = Path(os.environ["TEST_KEYRING_FILE"])
        return json.loads(path.read_text()) if path.exists() else {}

    def _write(self, kept: dict[str, str]) -> None:
        Path(os.environ["TEST_KEYRING_FILE"]).write_text(json.dumps(kept))

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._read(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        kept = self._read()
        if kept.pop(f"{service}/{username}", None) is None:
            raise keyring.errors.PasswordDeleteError("not there")
        self._write(kept)
