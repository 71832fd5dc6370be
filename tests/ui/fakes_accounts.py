"""Accounts and signing in, in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.domain import (
    Account,
    Client,
    Identity,
)
from app.errors import ServiceError
from app.rows import AccountContents

if TYPE_CHECKING:  # which shows these accounts beside its conversations
    from tests.ui.fakes_conversation import Inbox


@dataclass(frozen=True, slots=True)
class Field:
    key: str
    label: str
    placeholder: str = ""
    secret: bool = False
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class App:
    family: str
    fields: tuple[Field, ...]
    help_text: str = ""
    help_url: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    key: str
    name: str
    group: str
    can: tuple[str, ...]
    browser: bool


@dataclass(frozen=True, slots=True)
class Choice:
    identity: Identity
    what: str = ""
    account_id: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    found: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    number: int
    account: Account | None
    note: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    fields: tuple[Field, ...]
    can: tuple[str, ...] = ("read mentions, replies and quotes", "post replies that you send", "mark as seen")
    never: tuple[str, ...] = (
        "posts on its own",
        "follows, likes or deletes unasked",
        "sends your password anywhere else",
    )
    browser: bool = False
    help_text: str = ""
    help_url: str = ""
    app: App | None = None
    paste: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """What a sign-in found."""

    __test__ = False
    identity: Identity
    note: str = ""
    found: int = 38
    newest_at: datetime | None = None
    also: tuple[Choice, ...] = ()


def page(name: str, what: str = "Facebook Page", **more: Any) -> Choice:
    """One of what a sign-in manages."""
    note = more.pop("note", "")
    return Choice(Identity(name, f"@{name.lower()}", name, "https://facebook.example", {}, note=note), what, **more)


BLUESKY = Form(
    (Field("handle", "Handle", "maplerye.com"), Field("password", "App password", secret=True)),
    help_text="Not your main password. Make one at Settings, Privacy and security, App passwords.",
    help_url="https://bsky.app/settings/app-passwords",
)
MASTODON = Form(
    (Field("server", "Server", "mastodon.social"), Field("token", "Access token", secret=True, optional=True)),
    browser=True,
)
FACEBOOK = Form(
    (),
    can=("read comments, recommendations and messages to your Pages", "post replies that you send", "hide spam"),
    browser=True,
    app=App(
        "meta",
        (Field("client_id", "App ID", "1234567890"), Field("client_secret", "App secret", secret=True)),
        "Make an app of the kind “Business” at Meta for Developers. The guide has every click.",
        "https://developers.facebook.com/apps/",
    ),
)
FORMS = {"bluesky": BLUESKY, "mastodon": MASTODON, "facebook": FACEBOOK}


class Browser:
    """A sign-in that waits until `came` is set."""

    def __init__(self, test: Test | Choices) -> None:
        self.url = "https://mastodon.social/oauth/authorize?client_id=1"
        self.trouble = ""
        self.test: Test | Choices = test
        self.came, self.cancelled = asyncio.Event(), False
        self.pasted: list[str] = []
        self.fails: ServiceError | None = None

    async def wait(self) -> Test | Choices:
        await self.came.wait()
        return self.test

    async def paste(self, code: str) -> Test | Choices:
        self.pasted.append(code)
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        return self.test

    async def cancel(self) -> None:
        self.cancelled = True


class Accounts:
    """Two platforms; `fails` is raised by the next sign-in."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.calls: list[tuple[Any, ...]] = []
        self.fails: ServiceError | None = None
        self.test: Test | Choices = Test(
            Identity("did", "maplerye.com", "Maple & Rye", "https://bsky.social", {}),
            note="Direct messages need a password with that permission.",
            newest_at=datetime.now().astimezone().replace(hour=12, minute=58, second=0, microsecond=0).astimezone(UTC),
        )
        self.browser = Browser(self.test)
        self.offered = [
            Offer("bluesky", "Bluesky", "Social networks", BLUESKY.can, False),
            Offer("mastodon", "Mastodon", "Social networks", MASTODON.can, True),
        ]
        self.ready = True
        self.told_notes: list[str] = []
        self.held = AccountContents(1204, 2, 3)
        self.apps: set[str] = set()  # clients whose app is known
        self.refuses: dict[int, str] = {}  # number of a choice, and why it cannot be added
        self.gate: asyncio.Event | None = None  # what takes long waits for it

    def platforms(self) -> list[tuple[str, str]]:
        return [(offer.key, offer.name) for offer in self.offered]

    def platform_name(self, platform: str) -> str:
        return {"facebook": "Facebook"}.get(platform) or dict(self.platforms())[platform]

    @property
    def loaded(self) -> bool:
        return self.ready

    async def load(self) -> None:
        await asyncio.sleep(0)
        self.ready = True

    def offers(self) -> list[Offer]:
        return self.offered

    def form(self, platform: str) -> Form:
        return FORMS[platform]

    def notes(self, platform: str) -> list[str]:
        return self.told_notes

    def app_title(self, platform: str) -> str:
        return "Meta"

    async def app_known(self, platform: str, client_id: str) -> bool:
        await asyncio.sleep(0)
        return client_id in self.apps

    async def forget_app(self, platform: str, client_id: str) -> None:
        self.calls.append(("forget_app", platform, client_id))
        await asyncio.sleep(0)
        self.apps.discard(client_id)

    async def sign_in(
        self, platform: str, fields: Mapping[str, str], client_id: str = "", *, account_id: str = ""
    ) -> Test | Choices:
        self.calls.append(("sign_in", platform, dict(fields), client_id))
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        if self.fails is not None:
            raise self.fails
        return self.test

    async def begin(
        self, platform: str, fields: Mapping[str, str], client_id: str = "", *, account_id: str = ""
    ) -> Browser:
        self.calls.append(("begin", platform, dict(fields)))
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        return self.browser

    async def connect(
        self, choices: Choices, picked: Mapping[int, str], *, told: Callable[[Connected], object] = lambda _: None
    ) -> list[Connected]:
        self.calls.append(("connect", dict(picked)))
        results = []
        for number, client_id in picked.items():
            await asyncio.sleep(0)
            if self.gate is not None and results:
                await self.gate.wait()
            account = Account(f"f{number}", client_id, "facebook", "", str(number), f"@{number}", str(number))
            why = self.refuses.get(number, "")
            results.append(Connected(number, None if why else account, why=why))
            told(results[-1])
        return results

    async def add(self, test: Test, client_id: str) -> Account:
        self.calls.append(("add", test, client_id))
        await asyncio.sleep(0)
        return Account("b1", client_id, "bluesky", "https://bsky.social", "did", "maplerye.com", "Maple & Rye")

    def signs_in(self, platform: str) -> bool:
        return platform != "practice"

    def check(self, account_id: str | None) -> None:
        self.calls.append(("check", account_id))

    async def pause(self, account_id: str, paused: bool) -> None:
        self.calls.append(("pause", account_id, paused))
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails

    async def contents(self, account_id: str) -> AccountContents:
        await asyncio.sleep(0)
        return self.held

    async def remove(self, account_id: str) -> str:
        self.calls.append(("remove", account_id))
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        if self.fails is not None:
            raise self.fails
        return "Nothing was changed on its platform."

    async def again(self, account_id: str, test: Test) -> None:
        self.calls.append(("again", account_id, test))

    async def create_client(self, name: str, color: str) -> Client:
        self.calls.append(("create_client", name, color))
        client = Client("new", name, color, "UTC", "", datetime.now(UTC))
        self.inbox.clients_list.append(client)
        return client

    async def practise(self) -> None:
        self.calls.append(("practise",))
