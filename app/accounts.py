"""Connecting accounts: add what a sign-in found, sign in again, remove; clients; and the practice shop."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from app import clock, expiry, outbox_checks
from app.connectors import connector_class, platforms
from app.connectors.base import Basics
from app.domain import Account, Client, Identity
from app.errors import InputError, ServiceError
from app.events import Bus, Changes
from app.http import Http
from app.pool import Pool
from app.rows import AccountContents
from app.signing_in import BrowserSignIn, Choice, Choices, SigningIn, SignInTest, same
from app.store import accounts as rows
from app.store import activity, sending
from app.store.db import Database
from app.zones import local_zone

COLORS = ("#d9a441", "#5b8def", "#c65b7c", "#4f9d69", "#8a63c9", "#d0743c", "#3d9aa8", "#7a7f87")
REVOKE_SECONDS = 10.0
SHORTEST = 12  # characters; what is shorter is no token
PAUSED = "Nothing is read or sent until you let it go on."
PRACTICE = "practice"
PRACTICE_CLIENT = "Maple & Rye"
PRACTICE_PLATFORMS = ("Mastodon", "Bluesky", "Google reviews")


__all__ = ["Accounts", "BrowserSignIn", "Choice", "Choices", "Connected", "SignInTest"]


@dataclass(frozen=True, slots=True)
class Connected:
    """What became of one choice: an account, or why not."""

    number: int  # in `Choices.found`
    account: Account | None
    note: str = ""  # what it cannot do
    why: str = ""


class Accounts(SigningIn):
    """The use cases around accounts and clients."""

    def __init__(
        self, db: Database, pool: Pool, bus: Bus, http: Callable[[], Http], *, now: clock.Clock = clock.now
    ) -> None:
        super().__init__(db, pool, http, now=now)
        self._bus = bus
        self._opening = asyncio.Lock()
        self.check: Callable[[str | None], None] = lambda account_id: None  # the schedule puts itself here
        self.wake_outbox: Callable[[], None] = lambda: None  # the runtime puts it here

    async def connect(
        self, choices: Choices, picked: Mapping[int, str], *, told: Callable[[Connected], object] = lambda _: None
    ) -> list[Connected]:
        """Try and add what was chosen, each for its client (number in `choices.found` to client id).

        One after the other, since they may share one token. `told` hears of each when it is done. One that fails
        keeps no other out; being cancelled keeps what was added until then.
        """
        results: list[Connected] = []
        for number, client_id in picked.items():
            try:
                test = await self.test(choices.platform, choices.found[number].identity)
                test = dataclasses.replace(test, app=choices.app, app_of=choices.app_of, group=choices.group)
                results.append(Connected(number, await self.add(test, client_id), test.note))
            except ServiceError as error:
                results.append(Connected(number, None, why=str(error)))
            told(results[-1])
        return results

    async def add(self, test: SignInTest, client_id: str) -> Account:
        """Keep the secret in the keyring first, then the account. Its history is read at once.

        A caller that is cancelled gets it whole or not at all: a secret without its row would be lost.
        """
        adding = asyncio.create_task(self._add(test, client_id))
        try:
            return await asyncio.shield(adding)
        except asyncio.CancelledError:
            await asyncio.wait({adding})
            if not adding.cancelled():
                adding.exception()
            raise

    async def _add(self, test: SignInTest, client_id: str) -> Account:
        account = self._account(uuid.uuid4().hex[:12], client_id, test.platform, test.identity)
        account = replace(account, data=rows.merged(account.data, _noted(test.identity, test.group)))
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
            # a client with an app of its own keeps it, whoever's app this sign-in went through
            if test.app_of in ("", client_id) or not await self.apps.known(test.platform, client_id):
                await self.apps.keep(test.platform, client_id, test.app)
            await self._db.write(lambda db: self._insert(db, account))
        except BaseException as error:
            await store.adelete(account.id)
            if test.app:
                with contextlib.suppress(ServiceError):
                    await self.apps.forget_unused(test.platform, client_id)
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
        """Sign in again: everything is kept. Raises `InputError` for another identity.

        Other connected accounts that came with the same sign-in are renewed with it.
        """
        account = rows.account(self._db.reader(), account_id)
        if account is None or not same(account, test.platform, test.identity):
            raise InputError(f"That is {test.identity.handle}, another account. Nothing was changed.")
        await self._renew(account, test.identity, test.group)
        await self.apps.keep(account.platform, account.client_id, test.app)
        for choice in test.also:
            other = rows.account(self._db.reader(), choice.account_id)
            if other is not None and same(other, test.platform, choice.identity):
                await self._renew(other, choice.identity, test.group)

    async def _renew(self, account: Account, identity: Identity, group: str) -> None:
        store = self._pool.store_for(account.platform)

        def write(db: sqlite3.Connection) -> None:
            kept = rows.account(db, account.id)
            data = rows.merged(
                rows.merged(kept.data if kept else "{}", _object(identity.data)), _noted(identity, group)
            )
            rows.update_account(
                db, account.id, data=data, handle=identity.handle, name=identity.name, server=identity.server
            )
            rows.set_state(db, account.id, "ok", "")  # what is paused stays so, and can be signed in to

        async with self._pool.saving(account.id):
            await store.aset(account.id, identity.secret)
            await self._db.write(write)
        await self._pool.drop(account.id)
        self.http().reset(account.id)
        self._bus.publish(Changes(accounts=frozenset([account.id])))
        self.check(account.id)

    async def pause(self, account_id: str, paused: bool) -> None:
        """Read and send nothing until it goes on; what waits to leave says so. Survives a restart and a sign-in.

        What is being sent at this moment arrives. Once it goes on, it is read from where it was.
        """
        touched: dict[str, str] = {}

        def write(db: sqlite3.Connection) -> bool:
            account = rows.account(db, account_id)
            if account is None:
                raise InputError("There is no such account.")
            if (account.state == "paused") == paused:
                return False
            state, why = ("paused", PAUSED) if paused else ("ok", "")
            rows.update_account(db, account_id, state=state, why=why)
            touched.update({} if paused else sending.go_on(db, account_id, outbox_checks.PAUSED))
            what = "account_paused" if paused else "account_went_on"
            activity.record(db, self._now(), what, client_id=account.client_id, account_id=account_id)
            return True

        if not await self._db.write(write):
            return
        self._bus.publish(
            Changes(frozenset(touched.values()), frozenset(touched), accounts=frozenset([account_id]), counts=True)
        )
        self.wake_outbox()  # what is due leaves, or says why it stays
        if not paused:
            self.check(account_id)

    async def contents(self, account_id: str) -> AccountContents:
        """What `remove` would take away from this computer."""
        return await self._db.aside(lambda: rows.contents(self._db.reader(), account_id))

    async def remove(self, account_id: str) -> str:
        """Forget the account, its secret, and everything read through it on this computer.

        Its platform is told to end the sign-in, if it can be told within 10 seconds. Returns what came of that, in a
        sentence.
        """
        account = rows.account(self._db.reader(), account_id)
        if account is None:
            raise InputError("There is no such account.")
        said = await self._revoke(account)
        await self._pool.drop(account_id)

        def remove(db: sqlite3.Connection) -> None:
            rows.remove_account(db, account_id)
            activity.record(db, self._now(), "account_removed", client_id=account.client_id)

        async with self._pool.saving(account_id):
            await self._pool.store_for(account.platform).adelete(account_id)
            await self.apps.forget_unused(account.platform, account.client_id, without=account_id)
            await self._db.write(remove)
        self._bus.publish(Changes(accounts=frozenset([account_id]), counts=True, everything=True))
        return said

    async def _revoke(self, account: Account) -> str:
        if getattr(connector_class(account.platform), "revoke", Basics.revoke) is Basics.revoke:
            return "Nothing was changed on its platform."
        name = account.service or account.platform
        try:
            async with asyncio.timeout(REVOKE_SECONDS):
                if await self._shared(account):
                    return f"Other accounts use the same sign-in, so it was not ended on {name}."
                await (await self._pool.get(account.id, even_paused=True)).revoke()
        except (ServiceError, TimeoutError):
            return f"{name} could not be told to end this sign-in. You can end it there, among the connected apps."
        return f"{name} was told to end this sign-in."

    async def _shared(self, account: Account) -> bool:
        """Whether another account would lose its sign-in too: it came with the same one, or holds the same token."""
        group = expiry.sign_in(account.data)
        mine: frozenset[str] | None = None
        for other in rows.accounts(self._db.reader()):
            if other.id == account.id or other.platform not in platforms():
                continue
            if group and expiry.sign_in(other.data) == group:
                return True
            store = self._pool.store_for(other.platform)
            if mine is None:
                mine = _tokens(await self._pool.store_for(account.platform).aget(account.id))
            if mine and mine & _tokens(await store.aget(other.id)):
                return True
        return False

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
            assert isinstance(identity, Identity), "practice signs in to one at a time"
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


def _noted(identity: Identity, group: str) -> dict[str, str | None]:
    """What the row keeps of a sign-in: when it ends, and a name that all accounts share which came with it."""
    return {expiry.KEY: identity.secret.get("sign_in_ends") or None, "sign_in": group or uuid.uuid4().hex[:12]}


def _object(data: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _tokens(secret: Mapping[str, str] | None) -> frozenset[str]:
    """What gives access; the keys of the person's app are shared by nature."""
    return frozenset(
        value
        for key, value in (secret or {}).items()
        if len(value) >= SHORTEST and any(word in key for word in ("token", "access", "refresh", "user"))
    )
