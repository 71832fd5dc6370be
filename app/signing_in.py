"""Signing in: with what was typed or through the browser, tried before anything is kept; one identity or several."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace as changed

from app import clock
from app.app_keys import AppKeyring, title
from app.connectors import connector_class, platforms
from app.connectors.base import Authorization, Capabilities, SignedIn, SignInForm
from app.domain import Account, Identity, Kind
from app.errors import InputError
from app.http import Http
from app.loopback import Loopback
from app.oauth import check_state, query_of
from app.pool import Pool
from app.store import accounts as rows
from app.store.db import Database

PAGES_OF_A_TEST = 3
GROUPS = ("Social networks", "Reviews", "Comments", "Messages", "Reading along")


@dataclass(frozen=True, slots=True)
class Offer:
    """A platform that can be signed in to."""

    key: str
    name: str
    group: str  # one of `GROUPS`, as on screen
    can: tuple[str, ...]
    browser: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several identities that a sign-in manages: a page, a location."""

    identity: Identity = field(repr=False)
    what: str = ""  # "Facebook Page", "Bakery in Leeds": from "what" of the identity's data, where its connector says
    account_id: str = ""  # the account as which it is connected already
    client_id: str = ""  # whose that is


@dataclass(frozen=True, slots=True)
class Choices:
    """A sign-in that manages several identities, of which the person chooses. Nothing is tried or stored yet."""

    platform: str
    found: tuple[Choice, ...]
    app: Mapping[str, str] = field(repr=False, default_factory=dict)  # keys of the person's own app
    app_of: str = ""  # the client that the keys are for, "" for one that is not there yet
    group: str = ""  # the same for all accounts of this sign-in


@dataclass(frozen=True, slots=True)
class SignInTest:
    """What a sign-in turned out to be. Nothing is stored before `Accounts.add`."""

    platform: str
    identity: Identity = field(repr=False)
    note: str
    found: int  # mentions of the last 30 days, as far as three pages tell
    newest_at: datetime | None
    app: Mapping[str, str] = field(repr=False, default_factory=dict)
    app_of: str = ""
    also: tuple[Choice, ...] = ()  # other accounts of this sign-in, connected already: `again` renews them too
    group: str = ""


class BrowserSignIn:
    """A sign-in that goes on in the browser: wait for it to come back, or paste the code."""

    def __init__(
        self, owner: SigningIn, platform: str, authorization: Authorization, loopback: Loopback,
        app: Mapping[str, str], client_id: str, account_id: str,
    ) -> None:  # fmt: skip
        self._owner, self._platform = owner, platform
        self._app, self._client, self._account = app, client_id, account_id
        self._authorization, self._loopback = authorization, loopback
        self.url = authorization.url
        self.trouble = loopback.trouble  # why the browser cannot come back by itself, and what to do

    def __repr__(self) -> str:
        return f"BrowserSignIn({self._platform!r})"

    async def wait(self) -> SignInTest | Choices:
        """Done when the browser came back. Raises `SignInError`."""
        try:
            return await self._finish(await self._loopback.code())
        finally:
            await self._loopback.close()

    async def paste(self, code: str) -> SignInTest | Choices:
        """Go on with a code, or the whole address, that the person copied. Refuses another sign-in's address."""
        if not code.strip():
            raise InputError("There is no code yet. Copy it from the page in your browser.")
        check_state(code, self._authorization.state)
        return await self._finish(code.strip())

    async def _finish(self, code: str) -> SignInTest | Choices:
        signed = await connector_class(self._platform).finish(self._owner.http(), self._authorization, code)
        return await self._owner.outcome(self._platform, signed, self._app, self._client, self._account)

    async def cancel(self) -> None:
        """Stop waiting."""
        await self._loopback.close()


class SigningIn:
    """What comes before an account is there."""

    def __init__(self, db: Database, pool: Pool, http: Callable[[], Http], *, now: clock.Clock = clock.now) -> None:
        self._db, self._pool, self._now = db, pool, now
        self.http = http
        self.apps = AppKeyring(db, pool)
        self._offers: list[Offer] = []

    @property
    def loaded(self) -> bool:
        """Whether `offers` costs nothing."""
        return bool(self._offers)

    async def load(self) -> None:
        """Import every platform in a worker thread: 20 ms each, which a window should not wait for."""
        for key in platforms():
            await asyncio.to_thread(connector_class, key)
        self.offers()

    def platform_name(self, platform: str) -> str:
        """As on screen; imports this one alone."""
        return str(getattr(connector_class(platform), "title", "")) or self._capabilities(platform).name

    def platforms(self) -> list[tuple[str, str]]:
        """Key and name of the platforms that can be signed in to."""
        return [(offer.key, offer.name) for offer in self.offers()]

    def offers(self) -> Sequence[Offer]:
        """The platforms that can be signed in to, by group and name. The first call imports them all."""
        if not self._offers:
            found = []
            for key in platforms():
                kind = connector_class(key)
                if not getattr(kind, "local", False):
                    known = self._capabilities(key)
                    name = str(getattr(kind, "title", "")) or known.name
                    found.append(Offer(key, name, _group(known), tuple(kind.form.can), kind.form.browser))
            self._offers = sorted(found, key=lambda offer: (GROUPS.index(offer.group), offer.name.casefold()))
        return self._offers

    def signs_in(self, platform: str) -> bool:
        """Not practice or files, which have nobody to sign in to."""
        return platform in platforms() and not getattr(connector_class(platform), "local", False)

    def form(self, platform: str) -> SignInForm:
        """What the sign-in dialog asks and promises."""
        return connector_class(platform).form

    def notes(self, platform: str) -> Sequence[str]:
        """What the platform's API cannot do, in sentences."""
        return self._capabilities(platform).notes

    def app_title(self, platform: str) -> str:
        """Whose developer keys are asked for: "Meta"."""
        return title(platform)

    async def app_known(self, platform: str, client_id: str) -> bool:
        """Whether the client's developer keys are in the keyring."""
        return await self.apps.known(platform, client_id)

    async def forget_app(self, platform: str, client_id: str) -> None:
        """Take the client's developer keys out of the keyring."""
        await self.apps.forget(platform, client_id)

    def _capabilities(self, platform: str) -> Capabilities:
        return self._pool.make(Account("", "", platform, "", "", "", ""), {}).capabilities

    async def sign_in(
        self, platform: str, fields: Mapping[str, str], client_id: str = "", *, account_id: str = ""
    ) -> SignInTest | Choices:
        """Sign in with what was typed and read one page. Nothing is stored. `account_id`: signs in to it again."""
        app = await self.apps.of(platform, fields, client_id)
        signed = await connector_class(platform).sign_in(self.http(), {**fields, **app})
        return await self.outcome(platform, signed, app, client_id, account_id)

    async def begin(
        self, platform: str, fields: Mapping[str, str], client_id: str = "", *, account_id: str = ""
    ) -> BrowserSignIn:
        """Start a sign-in in the browser. `account_id`: signs in to it again."""
        kind = connector_class(platform)
        app = await self.apps.of(platform, fields, client_id)
        given = {**fields, **app}
        loopback = Loopback()
        # a person's own app may know another address than the usual one
        uri = await loopback.start(given.get("redirect_uri", "").strip() or kind.form.redirect)
        try:
            authorization = await kind.begin(self.http(), given, uri)
        except BaseException:
            await loopback.close()
            raise
        loopback.state = authorization.state
        if query_of(authorization.url).get("redirect_uri", uri) != uri:
            await loopback.leave()
        return BrowserSignIn(self, platform, authorization, loopback, app, client_id, account_id)

    async def outcome(
        self, platform: str, signed: SignedIn, app: Mapping[str, str], client_id: str = "", account_id: str = ""
    ) -> SignInTest | Choices:
        """Try what a sign-in brought, or tell what can be chosen. Raises `InputError` where that is nothing."""
        several = signed if isinstance(signed, tuple) else (signed,)
        found = self._choices(platform, several)
        if not found:
            raise InputError(
                f"The sign-in works, but it manages nothing on {self.platform_name(platform)} that can be connected."
                " Sign in there as somebody who does, then try again."
            )
        group = uuid.uuid4().hex[:12] if isinstance(signed, tuple) else ""
        account = rows.account(self._db.reader(), account_id) if account_id else None
        if account is not None and isinstance(signed, tuple):
            mine = next((one for one in found if same(account, platform, one.identity)), None)
            if mine is None:
                raise InputError(f"This sign-in does not manage {account.handle}. Nothing was changed.")
            others = [one for one in found if one.account_id not in ("", account_id)]
            also = [one for one in others if await self._through(platform, one.client_id, account.client_id, app)]
            test = await self.test(platform, mine.identity)
            return replace(test, app=app, app_of=client_id, also=tuple(also), group=group)
        if len(found) == 1:
            return replace(await self.test(platform, found[0].identity), app=app, app_of=client_id, group=group)
        return Choices(platform, found, app, client_id, group)

    async def _through(self, platform: str, client_id: str, mine: str, app: Mapping[str, str]) -> bool:
        """Whether an account of that client signs in through this app: a client's own app stays its own."""
        return client_id == mine or not app or await self.apps.kept(platform, client_id) == app

    def _choices(self, platform: str, identities: Sequence[Identity]) -> tuple[Choice, ...]:
        accounts = rows.accounts(self._db.reader())
        found: dict[tuple[str, str], Choice] = {}
        for identity in identities:
            known = next((account for account in accounts if same(account, platform, identity)), None)
            there = (known.id, known.client_id) if known is not None else ("", "")
            found.setdefault((identity.server, identity.remote_id), Choice(identity, _what(identity.data), *there))
        return tuple(found.values())

    async def test(self, platform: str, identity: Identity) -> SignInTest:
        """Read a little with a fresh identity, to show that it works."""
        account = self._account("test", "", platform, identity)
        latest: dict[str, str] = {}

        async def keep(renewed: dict[str, str]) -> None:
            latest.clear()
            latest.update(renewed)

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
            identity = changed(identity, secret=latest)
        return SignInTest(platform, identity, note, found, newest)

    def _account(self, id_: str, client_id: str, platform: str, identity: Identity) -> Account:
        account = Account(
            id_, client_id, platform, identity.server, identity.remote_id, identity.handle, identity.name,
            data=identity.data,
        )  # fmt: skip
        return changed(account, service=self._pool.capabilities(account).name)


def same(account: Account, platform: str, identity: Identity) -> bool:
    """Whether an identity is this account's. Numbers are a server's own; a DID is one person wherever it moves."""
    here = identity.server == account.server or identity.remote_id.startswith("did:")
    return (platform, identity.remote_id) == (account.platform, account.remote_id) and here


def _what(data: str) -> str:
    try:
        told: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.MsgspecError:
        return ""
    what = told.get("what")
    return what if isinstance(what, str) else ""


def _group(known: Capabilities) -> str:
    """Where people look for it, by what it brings."""
    kinds = set(known.kinds)
    if not known.replies:
        return "Reading along"
    if not kinds or kinds & {Kind.MENTION, Kind.REPLY, Kind.QUOTE} or kinds >= {Kind.COMMENT, Kind.MESSAGE}:
        return "Social networks"
    if Kind.REVIEW in kinds:
        return "Reviews"
    return "Comments" if Kind.COMMENT in kinds else "Messages" if Kind.MESSAGE in kinds else "Social networks"
