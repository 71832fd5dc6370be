"""One live connector per account, made when it is first needed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Protocol

from app.connectors import connector_class
from app.connectors.base import Capabilities, Connector
from app.domain import Account
from app.errors import GoneError, SignInError
from app.http import Http
from app.store import accounts as rows
from app.store.db import Database


class SecretStore(Protocol):
    """What the pool needs of a keyring; keys are account ids."""

    async def aget(self, account_id: str) -> dict[str, str] | None:
        """The secret, None if there is none."""

    async def aset(self, account_id: str, secret: dict[str, str]) -> None:
        """Write it; done once this returns."""

    async def adelete(self, account_id: str) -> None:
        """Take it away; a missing one is no error."""


class StateStore:
    """Keeps what a local connector (practice) remembers: no secret, so it lives with the settings."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def aget(self, account_id: str) -> dict[str, str] | None:
        """What was kept, or nothing yet."""
        text = rows.setting(self._db.reader(), f"local/{account_id}")
        return {} if text is None else json.loads(text)

    async def aset(self, account_id: str, secret: dict[str, str]) -> None:
        """Keep it."""
        await self._db.write(lambda db: rows.set_setting(db, f"local/{account_id}", json.dumps(secret)))

    async def adelete(self, account_id: str) -> None:
        """Forget it."""
        await self._db.write(
            lambda db: db.execute("DELETE FROM setting WHERE key = ?", (f"local/{account_id}",)) and None
        )


class Pool:
    """Hands out connectors. A new sign-in or a removal drops the old one."""

    def __init__(self, db: Database, secrets: SecretStore, http: Callable[[], Http]) -> None:
        self._db = db
        self._secrets = secrets
        self._local = StateStore(db)
        self._http = http
        self._live: dict[str, Connector] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def store_for(self, platform: str) -> SecretStore:
        """Where that platform's secrets live."""
        return self._local if getattr(connector_class(platform), "local", False) else self._secrets

    async def get(self, account_id: str) -> Connector:
        """The account's connector. Raises `SignInError` without a secret, `KeyringError` without a keyring."""
        async with self._locks.setdefault(account_id, asyncio.Lock()):
            if (connector := self._live.get(account_id)) is not None:
                return connector
            account = rows.account(self._db.reader(), account_id)
            if account is None:
                raise GoneError("This account is no longer connected.")
            secret = await self.store_for(account.platform).aget(account_id)
            if secret is None:
                raise SignInError(f"There is no password for {account.handle} on this computer. Sign in again.")
            connector = self.make(account, secret)
            self._live[account_id] = connector
            return connector

    def make(self, account: Account, secret: dict[str, str]) -> Connector:
        """A connector that is not kept: for tests of a sign-in."""
        store = self.store_for(account.platform)

        async def save(changed: dict[str, str]) -> None:
            await store.aset(account.id, changed)

        return connector_class(account.platform)(account, secret, self._http(), save)

    def capabilities(self, account: Account) -> Capabilities:
        """What the account can do, without a network or a secret."""
        live = self._live.get(account.id)
        return live.capabilities if live else self.make(account, {}).capabilities

    async def drop(self, account_id: str) -> None:
        """Forget the live connector; the next `get` makes a new one from the keyring."""
        connector = self._live.pop(account_id, None)
        if connector is not None:
            await connector.close()

    async def close(self) -> None:
        """Release all of them."""
        for account_id in list(self._live):
            await self.drop(account_id)
