"""Accounts and signing in, in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.domain import (
    Account,
    Client,
    Identity,
)
from app.errors import ServiceError

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


@dataclass(frozen=True, slots=True)
class Test:
    """What a sign-in found."""

    __test__ = False
    identity: Identity
    note: str = ""
    found: int = 38
    newest_at: datetime | None = None


BLUESKY = Form(
    (Field("handle", "Handle", "maplerye.com"), Field("password", "App password", secret=True)),
    help_text="Not your main password. Make one at Settings, Privacy and security, App passwords.",
    help_url="https://bsky.app/settings/app-passwords",
)
MASTODON = Form((Field("server", "Server", "mastodon.social"),), browser=True)


class Browser:
    """A sign-in that waits until `came` is set."""

    def __init__(self, test: Test) -> None:
        self.url = "https://mastodon.social/oauth/authorize?client_id=1"
        self.test, self.came, self.cancelled = test, asyncio.Event(), False
        self.pasted: list[str] = []
        self.fails: ServiceError | None = None

    async def wait(self) -> Test:
        await self.came.wait()
        return self.test

    async def paste(self, code: str) -> Test:
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
        self.test = Test(
            Identity("did", "maplerye.com", "Maple & Rye", "https://bsky.social", {}),
            note="Direct messages need a password with that permission.",
            newest_at=datetime.now().astimezone().replace(hour=12, minute=58, second=0, microsecond=0).astimezone(UTC),
        )
        self.browser = Browser(self.test)

    def platforms(self) -> list[tuple[str, str]]:
        return [("bluesky", "Bluesky"), ("mastodon", "Mastodon")]

    def form(self, platform: str) -> Form:
        return {"bluesky": BLUESKY, "mastodon": MASTODON}[platform]

    async def sign_in(self, platform: str, fields: Mapping[str, str], client_id: str) -> Test:
        self.calls.append(("sign_in", platform, dict(fields), client_id))
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        return self.test

    async def begin(self, platform: str, fields: Mapping[str, str]) -> Browser:
        self.calls.append(("begin", platform, dict(fields)))
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        return self.browser

    async def add(self, test: Test, client_id: str) -> Account:
        self.calls.append(("add", test, client_id))
        await asyncio.sleep(0)
        return Account("b1", client_id, "bluesky", "https://bsky.social", "did", "maplerye.com", "Maple & Rye")

    async def remove(self, account_id: str) -> None:
        self.calls.append(("remove", account_id))

    async def again(self, account_id: str, test: Test) -> None:
        self.calls.append(("again", account_id, test))

    async def create_client(self, name: str, color: str) -> Client:
        self.calls.append(("create_client", name, color))
        client = Client("new", name, color, "UTC", "", datetime.now(UTC))
        self.inbox.clients_list.append(client)
        return client

    async def practise(self) -> None:
        self.calls.append(("practise",))
