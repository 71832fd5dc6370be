"""A platform in memory for tests of the core: it can lose answers, refuse, limit, edit, delete and go away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from app.connectors.base import Authorization, Capabilities, Idempotency, SignInForm, Thread
from app.domain import Account, Client, Contact, Identity, Kind, Mention, OwnPost, Page, Reply, Sent, Visibility
from app.errors import GoneError, UncertainError
from app.events import Bus, Changes
from app.outbox import Outbox
from app.runtime import judge
from app.store import accounts as rows
from app.store.db import Database
from app.sync.pull import Puller
from tests.values import replace

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
JANA = Contact("p-jana", "Jana Whitfield", "@jana@example.social", followers=2100)


class FakeClock:
    """A clock that tests move."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        """Move on by a timedelta's arguments."""
        self.at += timedelta(**span)


def mention(remote_id: str, text: str = "hello?", at: datetime = START, **more: object) -> Mention:
    """A mention on account "a1"."""
    given: dict[str, object] = {"account_id": "a1", "author": JANA, **more}
    return Mention(remote_id=remote_id, text=text, posted_at=at, **given)  # type: ignore[arg-type]


class Platform:
    """What the platform holds. `before_send` and `after_send` are where tests make it misbehave."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.mentions: list[Mention] = []
        self.own: list[OwnPost] = []
        self.gone: set[str] = set()
        self.sends = 0
        self.before_send: Callable[[Reply], Awaitable[None]] | None = None
        self.after_send: Callable[[Reply], Awaitable[None]] | None = None
        self.trouble: Exception | None = None
        self.find_trouble: Exception | None = None
        self.idempotency = Idempotency.LOOK

    def write(self, remote_id: str, text: str = "hello?", **more: object) -> Mention:
        """The customer writes now."""
        found = mention(remote_id, text, self.clock(), **more)
        self.mentions.append(found)
        return found

    def edit(self, remote_id: str, text: str) -> None:
        """The customer changes a message."""
        self.mentions = [
            replace(m, text=text, edited_at=self.clock()) if m.remote_id == remote_id else m for m in self.mentions
        ]

    def delete(self, remote_id: str) -> None:
        """The customer takes a message away."""
        self.mentions = [m for m in self.mentions if m.remote_id != remote_id]
        self.gone.add(remote_id)


class FakeConnector:
    """A connector on a `Platform`."""

    platform: ClassVar[str] = "fake"
    form: ClassVar[SignInForm] = SignInForm((), (), ())

    def __init__(self, world: Platform) -> None:
        self.world = world

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("Fake", ("notifications", "own"), self.world.idempotency, 500, private_reply=True)

    @classmethod
    async def sign_in(cls, http: object, fields: Mapping[str, str]) -> Identity:
        raise AssertionError("not used")

    @classmethod
    async def begin(cls, http: object, fields: Mapping[str, str], redirect_uri: str) -> Authorization:
        raise AssertionError("not used")

    @classmethod
    async def finish(cls, http: object, authorization: Authorization, code: str) -> Identity:
        raise AssertionError("not used")

    async def check(self) -> str:
        return ""

    async def pull(self, stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        if self.world.trouble:
            raise self.world.trouble
        if stream == "own":
            yield Page(own=tuple(self.world.own), mark=str(len(self.world.own)))
            return
        start = max(int(mark or 0) - 2, 0)
        yield Page(mentions=tuple(self.world.mentions[start:]), mark=str(len(self.world.mentions)))

    async def thread(self, mention: Mention) -> Thread:
        if self.world.trouble:
            raise self.world.trouble
        if mention.remote_id in self.world.gone:
            raise GoneError("The message is no longer there.")
        return Thread(tuple(self.world.mentions), tuple(self.world.own), tuple(self.world.gone))

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        found = tuple(m for m in self.world.mentions if m.remote_id in remote_ids)
        return Thread(found, (), tuple(self.world.gone & set(remote_ids)))

    def prepare(self, reply: Reply) -> str:
        return reply.id

    async def send(self, reply: Reply) -> Sent:
        self.world.sends += 1
        if self.world.before_send:
            await self.world.before_send(reply)
        post = OwnPost(
            "a1", f"own-{len(self.world.own) + 1}", reply.text, self.world.clock(), reply.to_remote_id, extra=reply.id
        )
        self.world.own.append(post)
        if self.world.after_send:
            await self.world.after_send(reply)
        return Sent(post.remote_id, post.posted_at)

    async def find(self, reply: Reply) -> Sent | None:
        if self.world.find_trouble:
            raise self.world.find_trouble
        for post in self.world.own:
            if post.extra == reply.id:
                return Sent(post.remote_id, post.posted_at)
        return None

    async def close(self) -> None:
        return


class FakePool:
    """Hands out the one connector."""

    def __init__(self, world: Platform) -> None:
        self.connector = FakeConnector(world)

    async def get(self, account_id: str) -> FakeConnector:
        return self.connector

    def capabilities(self, account: Account) -> Capabilities:
        return self.connector.capabilities


class Shop:
    """A store, a platform and the parts that join them, for one client and one account."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.world = Platform(self.clock)
        self.path = folder / "carelane.db"
        self.changes: list[Changes] = []
        self.open()
        self.db.submit(self._fill).result()

    def open(self) -> None:
        """Open the file as a fresh process would."""
        self.db = Database(self.path)
        self.bus = Bus()
        self.bus.subscribe(Changes, self.changes.append)
        pool = FakePool(self.world)
        self.puller = Puller(self.db, pool, self.bus, judge, now=self.clock)  # type: ignore[arg-type]
        self.outbox = Outbox(self.db, pool, self.bus, judge, now=self.clock, look_again=0.0)  # type: ignore[arg-type]

    def reopen(self) -> None:
        """A crash and a new start: nothing in memory survives."""
        self.db.close()
        self.open()

    def _fill(self, db: object) -> None:
        rows.add_client(db, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", START))  # type: ignore[arg-type]
        account = Account("a1", "c1", "fake", "https://example.social", "me", "@maplerye", "Maple & Rye")
        rows.add_account(db, account, START - timedelta(days=1))  # type: ignore[arg-type]

    async def pull(self) -> None:
        """Read the platform once."""
        await self.puller.pull("a1")

    def states(self) -> list[str]:
        """States of all replies that were written here, oldest first."""
        query = "SELECT state FROM reply WHERE origin = 'carelane' ORDER BY n"
        return [state for (state,) in self.db.reader().execute(query)]


async def lose_answer(reply: Reply) -> None:
    """The platform did it, and the line broke before its answer came."""
    raise UncertainError("The line broke after sending.")


__all__ = ["JANA", "START", "FakeClock", "Kind", "Platform", "Shop", "Visibility", "lose_answer", "mention"]
