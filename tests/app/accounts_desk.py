"""A desk to connect accounts at: a platform of which each test says how it behaves, and a keyring that is watched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from app import accounts as use_cases
from app import app_keys, signing_in
from app import pool as pools
from app.accounts import Accounts, SignInTest
from app.connectors.base import (
    AppKeys,
    Authorization,
    Basics,
    Capabilities,
    Idempotency,
    SignedIn,
    SignInField,
    SignInForm,
)
from app.connectors.practice import PracticeConnector
from app.domain import Account, Identity, Page
from app.errors import KeyringError, SignInError
from app.events import Bus, Changes
from app.http import Http
from app.oauth import code_of
from app.pool import Pool
from app.secrets import MemorySecrets
from app.store import accounts as rows
from app.store.db import Database
from tests.app.platform import FakeClock

SHOP = Identity(
    "me", "@maplerye", "Maple & Rye", "https://example.social", {"token": "planted-7c1"}, note="Listed only."
)


class Connector(Basics):
    """A platform of which each test says how it behaves."""

    platform: ClassVar[str] = "fake"
    title: ClassVar[str] = "Fake"
    form: ClassVar[SignInForm] = SignInForm((), (), ())
    identity: ClassVar[SignedIn] = SHOP
    fails_for: ClassVar[dict[str, Exception]] = {}  # by remote id
    revoked: ClassVar[list[str]] = []
    begun: ClassVar[list[dict[str, str]]] = []
    slow: ClassVar[bool] = False
    pages: ClassVar[list[Page]] = []
    trouble: ClassVar[Exception | None] = None
    rotates: ClassVar[bool] = False
    closed: ClassVar[int] = 0

    def __init__(self, account: Account, secret: dict[str, str], http: Http, save_secret: Any) -> None:
        self.account, self.secret, self.save = account, secret, save_secret
        self.capabilities = Capabilities("Fake", ("notifications", "own"), Idempotency.LOOK, 500)

    @classmethod
    async def sign_in(cls, http: Http, fields: Mapping[str, str]) -> SignedIn:
        cls.begun.append(dict(fields))
        return cls.identity

    @classmethod
    async def begin(cls, http: Http, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        cls.begun.append(dict(fields))
        if cls.trouble:
            raise cls.trouble
        return Authorization("https://example.social/allow", "state-1", {"redirect": redirect_uri})

    @classmethod
    async def finish(cls, http: Http, authorization: Authorization, code: str) -> SignedIn:
        if code_of(code) != "good":
            raise SignInError("The code was not accepted. Start the sign-in again.")
        return cls.identity

    async def check(self) -> str:
        if self.rotates:
            await self.save({"token": "second"})
        if self.account.remote_id in self.fails_for:
            raise self.fails_for[self.account.remote_id]
        return ""

    async def revoke(self) -> None:
        if self.slow:
            await asyncio.sleep(60)
        if type(self).trouble:
            raise type(self).trouble  # type: ignore[misc]
        type(self).revoked.append(self.account.remote_id)

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        for page in type(self).pages:
            yield page
        if type(self).trouble:
            raise type(self).trouble  # type: ignore[misc]

    async def close(self) -> None:
        type(self).closed += 1


class Secrets(MemorySecrets):
    """Watches when each secret comes and goes, and can be locked."""

    def __init__(self, db: Database) -> None:
        super().__init__()
        self.db, self.locked, self.rows_when_set = db, False, -1

    async def aset(self, account_id: str, secret: dict[str, str]) -> None:
        if self.locked:
            raise KeyringError("The system keychain is locked.")
        self.rows_when_set = len(rows.accounts(self.db.reader()))
        await super().aset(account_id, secret)


class Desk:
    """Accounts on a store, with a keyring in memory."""

    def __init__(self, db: Database) -> None:
        self.db, self.bus, self.clock = db, Bus(), FakeClock()
        self.secrets = Secrets(db)
        self.http = Http()
        self.pool = Pool(db, self.secrets, lambda: self.http)
        self.accounts = Accounts(db, self.pool, self.bus, lambda: self.http, now=self.clock)
        self.checked: list[str | None] = []
        self.accounts.check = self.checked.append
        self.changes: list[Changes] = []
        self.bus.subscribe(Changes, self.changes.append)

    def known(self) -> list[Account]:
        return rows.accounts(self.db.reader())

    def count(self, table: str) -> int:
        found: tuple[int] = self.db.reader().execute(f"SELECT count(*) FROM {table}").fetchone()
        return found[0]

    async def add(self, identity: Identity = SHOP, client: str = "Maple & Rye") -> Account:
        owner = await self.accounts.client_named(client)
        return await self.accounts.add(SignInTest("fake", identity, "", 0, None), owner.id)


APP = AppKeys(
    "meta", (SignInField("client_id", "App ID"), SignInField("client_secret", "App secret", secret=True)),
    help_url="https://developers.example/",
)  # fmt: skip
KEYS = {"client_id": "planted-app-1", "client_secret": "planted-app-secret-1"}


class Sister(Connector):
    """Another platform of the same family, which has something to revoke."""

    platform: ClassVar[str] = "sister"
    title: ClassVar[str] = "Sister"
    form: ClassVar[SignInForm] = SignInForm((), (), (), app=APP)


def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """For a fixture: the desk, with the platforms as new."""
    kinds = {"fake": Connector, "sister": Sister, "practice": PracticeConnector}
    for module in (use_cases, pools, app_keys, signing_in):
        monkeypatch.setattr(module, "connector_class", kinds.__getitem__)
    for module in (use_cases, app_keys, signing_in):
        monkeypatch.setattr(module, "platforms", lambda: list(kinds))
    for name, value in (
        ("pages", []), ("trouble", None), ("rotates", False), ("closed", 0), ("identity", SHOP), ("fails_for", {}),
        ("revoked", []), ("begun", []), ("form", SignInForm((), (), ())), ("slow", False),
    ):  # fmt: skip
        monkeypatch.setattr(Connector, name, value)
    desk = Desk(Database(tmp_path / "carelane.db"))
    yield desk
    desk.db.close()
