"""Tokens and passwords, kept in the system's keyring and nowhere else."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import sys
import threading
import uuid
from typing import Any, Protocol

from app.errors import KeyringError

log = logging.getLogger(__name__)

SERVICE = "Carelane"
_NAMED = {
    "linux": "keyring.backends.SecretService.Keyring",
    "darwin": "keyring.backends.macOS.Keyring",
    "win32": "keyring.backends.Windows.WinVaultKeyring",
}
# Windows takes 2,560 bytes of UTF-16; what is kept is ASCII, so two bytes a character
_CHUNK = 1200
_HEAD = "carelane-chunks:"

_MISSING = (
    "There is no system keychain that Carelane may use. Install gnome-keyring or KeePassXC, then start Carelane again."
)
_LOCKED = "The system keychain is locked. Unlock it, then try again."
_REFUSED = "The system keychain refused to work. Open it, see that Carelane may use it, then try again."


class SecretStore(Protocol):
    """Where the secret of an account lies. Every method may raise a `KeyringError`."""

    def get(self, account_id: str) -> dict[str, str] | None:
        """Return the secret, None where there is none. May block while the system asks the person."""

    def set(self, account_id: str, secret: dict[str, str]) -> None:
        """Keep the secret; a crash leaves the old one or the new one."""

    def delete(self, account_id: str) -> None:
        """Remove the secret; one that is not there is fine."""

    async def aget(self, account_id: str) -> dict[str, str] | None:
        """Do as `get`, in a worker thread."""

    async def aset(self, account_id: str, secret: dict[str, str]) -> None:
        """Do as `set`, in a worker thread."""

    async def adelete(self, account_id: str) -> None:
        """Do as `delete`, in a worker thread."""


class MemorySecrets:
    """Secrets that last as long as the program: practice mode and tests."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def get(self, account_id: str) -> dict[str, str] | None:
        text = self._kept.get(account_id)
        return None if text is None else _read(text)

    def set(self, account_id: str, secret: dict[str, str]) -> None:
        self._kept[account_id] = json.dumps(secret)

    def delete(self, account_id: str) -> None:
        self._kept.pop(account_id, None)

    async def aget(self, account_id: str) -> dict[str, str] | None:
        return self.get(account_id)

    async def aset(self, account_id: str, secret: dict[str, str]) -> None:
        self.set(account_id, secret)

    async def adelete(self, account_id: str) -> None:
        self.delete(account_id)


class Secrets:
    """The system's keyring. Its library is imported at the first use, which takes 90 ms."""

    def __init__(self, scope: str, *, backend: Any = None, chunk: int | None = None) -> None:
        """`scope` tells data folders apart. `chunk`: characters an entry holds, None: as the system needs."""
        self._scope = scope
        self._backend = backend
        self._chunk = chunk if chunk is not None else (_CHUNK if sys.platform == "win32" else 0)
        self._lock = threading.RLock()

    def name(self) -> str:
        """Return what keeps the secrets, for `carelane doctor`."""
        with self._lock:
            return str(getattr(self._ready(), "name", ""))

    def get(self, account_id: str) -> dict[str, str] | None:
        with self._lock:
            user = self._user(account_id)
            text = self._call("get_password", user)
            if text is None:
                return None
            if not text.startswith(_HEAD):
                return _read(text)
            parts = [self._call("get_password", part) for part in self._parts(user, text)]
            if any(part is None for part in parts):
                log.warning("a secret is incomplete; its account must sign in again")
                return None
            return _read("".join(part for part in parts if part))

    def set(self, account_id: str, secret: dict[str, str]) -> None:
        """Long secrets lie in numbered parts under a new name, told by the entry once all are written."""
        with self._lock:
            user, text = self._user(account_id), json.dumps(secret)
            old = self._call("get_password", user) if self._chunk else None
            if self._chunk and len(text) > self._chunk:
                pieces = [text[at : at + self._chunk] for at in range(0, len(text), self._chunk)]
                head = f"{_HEAD}{uuid.uuid4().hex[:12]}:{len(pieces)}"
                for part, piece in zip(self._parts(user, head), pieces, strict=True):
                    self._call("set_password", part, piece)
                text = head
            self._call("set_password", user, text)
            if old is not None and old.startswith(_HEAD):
                self._forget(self._parts(user, old))

    def delete(self, account_id: str) -> None:
        with self._lock:
            user = self._user(account_id)
            text = self._call("get_password", user)
            if text is None:
                return
            self._call("delete_password", user)
            if text.startswith(_HEAD):
                self._forget(self._parts(user, text))

    async def aget(self, account_id: str) -> dict[str, str] | None:
        return await asyncio.to_thread(self.get, account_id)

    async def aset(self, account_id: str, secret: dict[str, str]) -> None:
        await asyncio.to_thread(self.set, account_id, secret)

    async def adelete(self, account_id: str) -> None:
        await asyncio.to_thread(self.delete, account_id)

    def _user(self, account_id: str) -> str:
        return f"{self._scope}/{account_id}"

    @staticmethod
    def _parts(user: str, head: str) -> list[str]:
        name, _, count = head.removeprefix(_HEAD).partition(":")
        return [f"{user}#{name}.{index}" for index in range(int(count) if count.isdecimal() else 0)]

    def _forget(self, parts: list[str]) -> None:
        for part in parts:
            try:
                self._call("delete_password", part)
            except KeyringError:
                log.warning("a part of a former secret could not be removed from the keyring")

    def _ready(self) -> Any:
        if self._backend is None:
            self._backend = _find()
        return self._backend

    def _call(self, method: str, *args: str) -> str | None:
        """Call the backend; what it raises becomes a sentence without its text, which may hold the secret."""
        backend = self._ready()
        try:
            found = getattr(backend, method)(SERVICE, *args)
        except Exception as error:  # noqa: BLE001 - backends let errors of D-Bus and of the system through
            raise _told(error) from None
        return None if found is None else str(found)


def _told(error: Exception) -> KeyringError:
    import keyring.errors

    log.debug("the keyring failed: %s", type(error).__name__)
    if isinstance(error, keyring.errors.NoKeyringError):
        return KeyringError(_MISSING)
    if isinstance(error, keyring.errors.KeyringLocked) or "Locked" in type(error).__name__:
        return KeyringError(_LOCKED)
    if isinstance(error, keyring.errors.InitError) or "NotAvailable" in type(error).__name__:
        return KeyringError(_MISSING)
    return KeyringError(_REFUSED)


def _find() -> Any:
    """Return the backend: the one the person set, else the platform's by name, else a search (70 ms)."""
    core: Any = importlib.import_module("keyring.core")
    try:
        if os.environ.get("PYTHON_KEYRING_BACKEND"):
            return _real(core.load_env())
        if (chosen := core.load_config()) is not None:
            return _real(chosen)
        if sys.platform in _NAMED:
            try:
                return _real(core.load_keyring(_NAMED[sys.platform]))
            except (RuntimeError, ImportError):
                log.debug("%s cannot be used here", _NAMED[sys.platform])
        return _real(core.get_keyring(), searched=True)
    except KeyringError:
        raise
    except Exception as error:  # noqa: BLE001 - as in `_call`; a backend named wrongly raises anything
        log.debug("no keyring: %s", type(error).__name__)
        raise KeyringError(_MISSING) from None


def _real(backend: Any, *, searched: bool = False) -> Any:
    """Return `backend`, or of a chain the first member that keeps secrets; others are refused."""
    module = type(backend).__module__
    if module == "keyring.backends.chainer":
        for member in backend.backends:
            try:
                return _real(member, searched=searched)
            except KeyringError:
                continue
        raise KeyringError(_MISSING)
    if module in ("keyring.backends.fail", "keyring.backends.null"):
        raise KeyringError(_MISSING)
    if searched and module.startswith("keyrings.alt"):  # files that anybody can read: only if asked for
        raise KeyringError(_MISSING)
    return backend


def _read(text: str) -> dict[str, str] | None:
    try:
        secret = json.loads(text)
    except ValueError:
        secret = None
    if not isinstance(secret, dict):
        log.warning("a secret is damaged; its account must sign in again")
        return None
    return {str(key): str(value) for key, value in secret.items()}
