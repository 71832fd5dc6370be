"""Connecting accounts: sign in, test, add, sign in again, remove; and the practice shop."""

from __future__ import annotations

import asyncio
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from app import clock
from app.connectors import connector_class, platforms
from app.connectors.base import Authorization, SignInForm
from app.domain import Account, Client, Identity
from app.errors import InputError
from app.events import Bus, Changes
from app.http import Http
from app.loopback import Loopback
from app.pool import Pool
from app.store import accounts as rows
from app.store import activity
from app.store.db import Database
from app.zones import local_zone

COLORS = ("#d9a441", "#5b8def", "#c65b7c", "#4f9d69", "#8a63c9", "#d0743c", "#3d9aa8", "#7a7f87")
PAGES_OF_A_TEST = 3
PRACTICE = "practice"
PRACTICE_CLIENT = "Maple & Rye"
PRACTICE_PLATFORMS = ("Mastodon", "Bluesky", "Google reviews")


@dataclass(frozen=True, slots=True)
class SignInTest:
    """What a sign-in turned out to be. Nothing is stored before `Accounts.add`."""

    platform: str
    identity: Identity = field(repr=False)
    note: str
    found: int  # mentions of the last 30 days, as far as three pages tell
    newest_at: datetime | None


class BrowserSignIn:
    """A sign-in that goes on in the browser: wait for it to come back, or paste the code."""

    def __init__(self, owner: Accounts, platform: str, authorization: Authorization, loopback: Loopback) -> None:
        self._owner, self._platform = owner, platform
        self._authorization, self._loopback = authorization, loopback
        self.url = authorization.url

    async def wait(self) -> SignInTest:
        """Done when the browser came back. Raises `SignInError`."""
        try:
            return await self.paste(await self._loopback.code())
        finally:
            await self._loopback.close()

    async def paste(self, code: str) -> SignInTest:
        """Go on with a code that the person copied from the page."""
        if not code.strip():
            raise InputError("There is no code yet. Copy it from the page in your browser.")
        identity = await connector_class(self._platform).finish(self._owner.http(), self._authorization, code.strip())
        return await self._owner.test(self._platform, identity)

    async def cancel(self) -> None:
        """Stop waiting."""
        await self._loopback.close()


class Accounts:
    """The use cases around accounts and clients."""

    def __init__(
        self, db: Database, pool: Pool, bus: Bus, http: Callable[[], Http], *, now: clock.Clock = clock.now
    ) -> None:
        self._db, self._pool, self._bus, self._now = db, pool, bus, now
        self.http = http
        self._opening = asyncio.Lock()
        self.check: Callable[[str | None], None] = lambda account_id: None  # the schedule puts itself here

    def platforms(self) -> list[tuple[str, str]]:
        """Key and name of the platforms that can be signed in to."""
        found = [(key, connector_class(key)) for key in platforms()]
        return [
            (key, str(getattr(kind, "title", key.title()))) for key, kind in found if not getattr(kind, "local", False)
        ]

    def form(self, platform: str) -> SignInForm:
        """What the sign-in dialog asks and promises."""
        return connector_class(platform).form

    async def sign_in(self, platform: str, fields: Mapping[str, str], client_id: str = "") -> SignInTest:
        """Sign in with what was typed and read one page. Nothing is stored."""
        del client_id  # the client is chosen when the account is added
        return await self.test(platform, await connector_class(platform).sign_in(self.http(), fields))

    async def begin(self, platform: str, fields: Mapping[str, str]) -> BrowserSignIn:
        """Start a sign-in in the browser."""
        loopback = Loopback()
        uri = await loopback.start()
        try:
            authorization = await connector_class(platform).begin(self.http(), fields, uri)
        except BaseException:
            await loopback.close()
            raise
        loopback.state = authorization.state
        return BrowserSignIn(self, platform, authorization, loopback)

    async def test(self, platform: str, identity: Identity) -> SignInTest:
        """Read a little with a fresh identity, to show that it works."""
        account = self._account("test", "", platform, identity)
        latest: dict[str, str] = {}

        async def keep(changed: dict[str, str]) -> None:
            latest.update(changed)

        connector = connector_class(platform)(account, identity.secret, self.http(), keep)
        try:
            note = await connector.check() or identity.note
            since = self._now() - timedelta(days=30)
            found, newest, pages = 0, None, 0
            async for page in connector.pull(connector.capabilities.streams[0], None, since=since):
                found += len(page.mentions)
                newest = max(
                    [*(mention.posted_at for mention in page.mentions), *([newest] if newest else [])],
                    default=None,
                )
                pages += 1
                if pages == PAGES_OF_A_TEST:
                    break
        finally:
            await connector.close()
        if latest:  # a token that was renewed during the test replaces the first one
            identity = Identity(
                identity.remote_id, identity.handle, identity.name, identity.server, latest, identity.avatar,
                identity.data, identity.note,
            )  # fmt: skip
        return SignInTest(platform, identity, note, found, newest)

    def _account(self, id_: str, client_id: str, platform: str, identity: Identity) -> Account:
        account = Account(
            id_, client_id, platform, identity.server, identity.remote_id, identity.handle, identity.name,
            data=identity.data,
        )  # fmt: skip
        return replace(account, service=self._pool.capabilities(account).name)

    async def add(self, test: SignInTest, client_id: str) -> Account:
        """Keep the secret in the keyring first, then the account. Its history is read at once."""
        account = self._account(uuid.uuid4().hex[:12], client_id, test.platform, test.identity)
        for other in rows.accounts(self._db.reader()):
            if (other.platform, other.server, other.remote_id) == (
                account.platform,
                account.server,
                account.remote_id,
            ):
                raise InputError(f"{account.handle} is connected already.")
        store = self._pool.store_for(test.platform)
        await store.aset(account.id, test.identity.secret)
        try:
            await self._db.write(lambda db: self._insert(db, account))
        except BaseException as error:
            await store.adelete(account.id)
            if isinstance(error, sqlite3.IntegrityError):  # it was added twice at once
                raise InputError(f"{account.handle} is connected already.") from error
            raise
        self._bus.publish(Changes(accounts=frozenset([account.id]), clients=frozenset([client_id]), counts=True))
        self.check(account.id)
        return account

    def _insert(self, db: sqlite3.Connection, account: Account, connected_at: datetime | None = None) -> None:
        rows.add_account(db, account, connected_at or self._now())
        activity.record(db, self._now(), "account_added", client_id=account.client_id, account_id=account.id)

    async def again(self, account_id: str, test: SignInTest) -> None:
        """Sign in again: everything is kept. Raises `InputError` for another identity."""
        account = rows.account(self._db.reader(), account_id)
        if account is None or not _same(account, test):
            raise InputError(f"That is {test.identity.handle}, another account. Nothing was changed.")
        await self._pool.store_for(account.platform).aset(account_id, test.identity.secret)
        await self._db.write(
            lambda db: rows.update_account(
                db, account_id, state="ok", why="", data=test.identity.data, handle=test.identity.handle,
                name=test.identity.name, server=test.identity.server,
            )
        )  # fmt: skip
        await self._pool.drop(account_id)
        self.http().reset(account_id)
        self._bus.publish(Changes(accounts=frozenset([account_id])))
        self.check(account_id)

    async def remove(self, account_id: str) -> None:
        """Forget the account, its secret, and everything read through it on this computer."""
        account = rows.account(self._db.reader(), account_id)
        if account is None:
            raise InputError("There is no such account.")
        await self._pool.drop(account_id)
        await self._pool.store_for(account.platform).adelete(account_id)

        def remove(db: sqlite3.Connection) -> None:
            rows.remove_account(db, account_id)
            activity.record(db, self._now(), "account_removed", client_id=account.client_id)

        await self._db.write(remove)
        self._bus.publish(Changes(accounts=frozenset([account_id]), counts=True, everything=True))

    async def create_client(self, name: str, color: str = "") -> Client:
        """A new client in this computer's zone, answered around the clock until hours are set."""
        name = " ".join(name.split())
        known = rows.clients(self._db.reader())
        if not name:
            raise InputError("Type the name of the business first.")
        if any(client.name.casefold() == name.casefold() for client in known):
            raise InputError(f"There is a client called {name} already.")
        client = Client(
            uuid.uuid4().hex[:12],
            name,
            color or COLORS[len(known) % len(COLORS)],
            local_zone(),
            "",
            self._now(),
        )
        try:
            await self._db.write(lambda db: rows.add_client(db, client))
        except sqlite3.IntegrityError as error:  # two at once
            raise InputError(f"There is a client called {name} already.") from error
        self._bus.publish(Changes(clients=frozenset([client.id])))
        return client

    async def client_named(self, name: str) -> Client:
        """The client of that name, made if there is none."""
        for client in rows.clients(self._db.reader()):
            if client.name.casefold() == " ".join(name.split()).casefold():
                return client
        return await self.create_client(name)

    def practising(self) -> list[Account]:
        """The practice accounts, none outside practice."""
        return [account for account in rows.accounts(self._db.reader()) if account.platform == PRACTICE]

    async def practise(self) -> None:
        """Open the bakery that does not exist, an account per pretended platform. Twice changes nothing."""
        async with self._opening:
            if not self.practising():
                await self._practise()

    async def _practise(self) -> None:
        kind = connector_class(PRACTICE)
        client = await self.client_named(PRACTICE_CLIENT)
        seed = str(int(time.time()) % 1000)
        for name in PRACTICE_PLATFORMS:
            identity = await kind.sign_in(self.http(), {"as": name, "seed": seed})
            account = self._account(uuid.uuid4().hex[:12], client.id, PRACTICE, identity)
            await self._pool.store_for(PRACTICE).aset(account.id, identity.secret)

            def insert(db: sqlite3.Connection, account: Account = account) -> None:
                # Yesterday's messages have timers, so that there is something to answer.
                self._insert(db, account, self._now() - timedelta(days=1))

            await self._db.write(insert)
            self._bus.publish(Changes(accounts=frozenset([account.id]), counts=True))
        self.check(None)

    async def end_practice(self) -> None:
        """Take the bakery and everything written in it away."""
        for account in self.practising():
            await self.remove(account.id)

        def forget(db: sqlite3.Connection) -> None:
            rows.remove_client_without_accounts(db, PRACTICE_CLIENT)

        await self._db.write(forget)
        self._bus.publish(Changes(everything=True, counts=True))

    def gaps(self, account_id: str) -> list[str]:
        """What could not be read, in sentences."""
        return [gap.why for gap in rows.gaps(self._db.reader(), account_id)]


def _same(account: Account, test: SignInTest) -> bool:
    """Whether a sign-in is for this account. Numbers are a server's own; a DID is one person wherever it moves."""
    identity = test.identity
    here = identity.server == account.server or identity.remote_id.startswith("did:")
    return (test.platform, identity.remote_id) == (account.platform, account.remote_id) and here
