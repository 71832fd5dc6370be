"""One live connector per account, made when it is first needed."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Protocol

from app import expiry
from app.connectors import connector_class
from app.connectors.base import Capabilities, Connector
from app.domain import Account
from app.errors import GoneError, PausedError, SignInError, StoreError
from app.http import Http
from app.store import accounts as rows
from app.store.db import Database

log = logging.getLogger(__name__)


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
        self._signed_in: dict[str, str] = {}  # the sign-in that each of them was made from
        self._locks: dict[str, asyncio.Lock] = {}
        self._saving: dict[str, asyncio.Lock] = {}

    def store_for(self, platform: str) -> SecretStore:
        """Where that platform's secrets live."""
        return self._local if getattr(connector_class(platform), "local", False) else self._secrets

    def saving(self, account_id: str) -> asyncio.Lock:
        """Held while a secret and its row change together, so that a late save cannot come between."""
        return self._saving.setdefault(account_id, asyncio.Lock())

    async def get(self, account_id: str, *, even_paused: bool = False) -> Connector:
        """The account's connector.

        Raises `SignInError` without a secret, `KeyringError` without a keyring, `PausedError` while it is paused.
        """
        async with self._locks.setdefault(account_id, asyncio.Lock()):
            account = rows.account(self._db.reader(), account_id)
            if account is None:
                await self.drop(account_id)
                raise GoneError("This account is no longer connected.")
            if account.state == "paused" and not even_paused:
                raise PausedError(f"{account.handle} is paused. Let it go on first, among the accounts.")
            sign_in = expiry.sign_in(account.data)
            if (connector := self._live.get(account_id)) is not None:
                if self._signed_in.get(account_id) == sign_in:
                    return connector
                await self.drop(account_id)  # somebody signed in again, perhaps in another process
            secret = await self.store_for(account.platform).aget(account_id)
            if secret is None:
                raise SignInError(f"There is no password for {account.handle} on this computer. Sign in again.")
            connector = self.make(account, secret)
            self._live[account_id], self._signed_in[account_id] = connector, sign_in
            return connector

    def make(self, account: Account, secret: dict[str, str]) -> Connector:
        """A connector that is not kept: for tests of a sign-in."""
        store, sign_in = self.store_for(account.platform), expiry.sign_in(account.data)

        async def save(changed: dict[str, str]) -> None:
            async with self.saving(account.id):
                known = rows.account(self._db.reader(), account.id)
                if known is None or expiry.sign_in(known.data) != sign_in:
                    return  # removed, or signed in again: what belongs to the old sign-in must not come back
                await store.aset(account.id, changed)
                if store is not self._local:
                    await self._note_end(account.id, changed.get("sign_in_ends"))

        return connector_class(account.platform)(account, secret, self._http(), save)

    async def _note_end(self, account_id: str, ends: str | None) -> None:
        """So that it is told days ahead. The secret is kept by now: trouble of the store must not undo that."""
        try:
            await self._db.write(lambda db: rows.set_account_data(db, account_id, **{expiry.KEY: ends}))
        except StoreError as error:
            log.warning("when the sign-in ends could not be noted: %s", error)

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
