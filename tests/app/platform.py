"""A platform in memory for tests of the core: it can lose answers, refuse, limit, edit, delete and go away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import msgspec

from app.connectors.base import Authorization, Capabilities, Idempotency, SignInForm, Thread
from app.domain import (
    Account,
    Client,
    Contact,
    Identity,
    Kind,
    Mention,
    OwnPost,
    Page,
    Picture,
    Profile,
    Reply,
    Sent,
    Visibility,
)
from app.errors import GoneError, RateLimitError, UncertainError
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
        self.able: dict[str, object] = {}  # what is not as `Capabilities` have it
        self.uploads: list[tuple[str, str]] = []  # account and picture
        self.before_upload: Callable[[Picture], Awaitable[None]] | None = None
        self.limit: tuple[int, timedelta] | None = None  # so many posts of an account in that time
        self.refused = 0  # for the limit
        self.echo = False  # shows every post of ours twice
        self.while_reading: Callable[[Reply | None], Awaitable[None]] | None = None  # a thread

    def root(self, remote_id: str) -> str:
        """Where a message's thread begins, as far as the platform still knows."""
        parents = {m.remote_id: m.reply_to for m in self.mentions} | {p.remote_id: p.reply_to for p in self.own}
        seen: set[str] = set()
        while parents.get(remote_id) and remote_id not in seen:
            seen.add(remote_id)
            remote_id = parents[remote_id]
        return remote_id

    def heed_limit(self, account_id: str) -> None:
        """Raise `RateLimitError` where an account has posted too much."""
        if self.limit is None:
            return
        most, span = self.limit
        lately = [post for post in self.own if post.account_id == account_id and post.posted_at > self.clock() - span]
        if len(lately) >= most:
            self.refused += 1
            raise RateLimitError("Too many.", until=lately[-most].posted_at + span)

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

    def __init__(self, world: Platform, account_id: str = "a1") -> None:
        self.world, self.account_id = world, account_id

    @property
    def capabilities(self) -> Capabilities:
        able: dict[str, object] = {"max_graphemes": 500, "private_reply": True, **self.world.able}
        return Capabilities("Fake", ("notifications", "own"), self.world.idempotency, **able)  # type: ignore[arg-type]

    def _mine(self) -> tuple[list[Mention], list[OwnPost]]:
        """What the account sees of the world."""
        mine = self.account_id
        return (
            [m for m in self.world.mentions if m.account_id == mine],
            [post for post in self.world.own if post.account_id == mine],
        )

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
        mentions, own = self._mine()
        if stream == "own":
            yield Page(own=tuple(own), mark=str(len(own)))
            return
        start = max(int(mark or 0) - 2, 0)
        yield Page(mentions=tuple(mentions[start:]), mark=str(len(mentions)))

    async def thread(self, mention: Mention) -> Thread:
        if self.world.trouble:
            raise self.world.trouble
        if mention.remote_id in self.world.gone:
            raise GoneError("The message is no longer there.")
        mentions, own = self._mine()
        root = self.world.root(mention.remote_id)
        return Thread(
            tuple(m for m in mentions if self.world.root(m.remote_id) == root),
            tuple(post for post in own if self.world.root(post.reply_to) == root),
            tuple(self.world.gone),
        )

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        found = tuple(m for m in self.world.mentions if m.remote_id in remote_ids)
        return Thread(found, (), tuple(self.world.gone & set(remote_ids)))

    def prepare(self, reply: Reply) -> str:
        return reply.id

    async def upload(self, picture: Picture, data: bytes, *, direct: bool) -> str:
        if self.world.before_upload:
            await self.world.before_upload(picture)
        self.world.uploads.append((self.account_id, picture.id))
        return f'{{"media": {len(self.world.uploads)}}}'

    async def send(self, reply: Reply) -> Sent:
        self.world.sends += 1
        assert reply.account_id == self.account_id, "from another account"
        assert all(picture.remote for picture in reply.pictures), "a picture that was not uploaded"
        self.world.heed_limit(self.account_id)
        if self.world.before_send:
            await self.world.before_send(reply)
        post = OwnPost(
            self.account_id, f"own-{len(self.world.own) + 1}", reply.text, self.world.clock(), reply.to_remote_id,
            visibility=reply.visibility, extra=reply.id,
        )  # fmt: skip
        self.world.own.append(post)
        if self.world.after_send:
            await self.world.after_send(reply)
        return _sent(post)

    async def find(self, reply: Reply) -> Sent | None:
        if self.world.find_trouble:
            raise self.world.find_trouble
        if self.world.idempotency == Idempotency.ASK:
            return None
        for post in self.world.own:
            if post.extra == reply.id:
                return _sent(post)
        return None

    async def close(self) -> None:
        return


def _sent(post: OwnPost) -> Sent:
    return Sent(post.remote_id, post.posted_at, extra=f"extra of {post.remote_id}")


class FakePool:
    """Hands out one connector an account."""

    def __init__(self, world: Platform, make: type[FakeConnector] = FakeConnector) -> None:
        self._world, self._make, self._live = world, make, dict[str, FakeConnector]()

    async def get(self, account_id: str) -> FakeConnector:
        return self.of(account_id)

    def of(self, account_id: str) -> FakeConnector:
        """The account's connector."""
        if account_id not in self._live:
            self._live[account_id] = self._make(self._world, account_id)
        return self._live[account_id]

    def capabilities(self, account: Account) -> Capabilities:
        return self.of(account.id).capabilities


class Shop:
    """A store, a platform and the parts that join them: each account has a client of its own."""

    def __init__(
        self, folder: Path, accounts: int = 1, *, make: type[FakeConnector] = FakeConnector, **outbox: object
    ) -> None:
        """`outbox`: more for `Outbox`."""
        self.clock = FakeClock()
        self.world = Platform(self.clock)
        self.path = folder / "carelane.db"
        self.changes: list[Changes] = []
        self.pictures: dict[str, bytes] = {}
        self._make, self._more = make, {"picture_bytes": self.picture_bytes, **outbox}
        self.open()
        self.db.submit(lambda db: self._fill(db, accounts)).result()

    def picture_bytes(self, id_: str) -> bytes:
        """As it was put into `pictures`."""
        if id_ not in self.pictures:
            raise FileNotFoundError(id_)
        return self.pictures[id_]

    def open(self) -> None:
        """Open the file as a fresh process would."""
        self.db = Database(self.path)
        self.bus = Bus()
        self.bus.subscribe(Changes, self.changes.append)
        self.pool = pool = FakePool(self.world, self._make)
        self.puller = Puller(self.db, pool, self.bus, judge, now=self.clock)  # type: ignore[arg-type]
        self.outbox = Outbox(
            self.db, pool, self.bus, judge, now=self.clock, look_again=0.0, **self._more,  # type: ignore[arg-type]
        )  # fmt: skip

    def reopen(self) -> None:
        """A crash and a new start: nothing in memory survives."""
        self.db.close()
        self.open()

    def _fill(self, db: object, accounts: int) -> None:
        for number in range(1, accounts + 1):
            name = "Maple & Rye" if number == 1 else f"Shop {number}"
            handle = "@maplerye" if number == 1 else f"@shop{number}"
            rows.add_client(db, Client(f"c{number}", name, "#d9a441", "UTC", "", START))  # type: ignore[arg-type]
            account = Account(f"a{number}", f"c{number}", "fake", "https://example.social", f"me{number}", handle, name)
            rows.add_account(db, account, START - timedelta(days=1))  # type: ignore[arg-type]

    def set_profile(self, profile: Profile, client_id: str = "c1") -> None:
        """What a client is called, and its budget."""
        text = msgspec.json.encode(profile).decode()
        self.db.submit(lambda db: db.execute("UPDATE client SET profile = ? WHERE id = ?", (text, client_id))).result()

    async def pull(self) -> None:
        """Read the platform once, with every account."""
        for account in rows.accounts(self.db.reader()):
            await self.puller.pull(account.id)

    def states(self) -> list[str]:
        """States of all replies that were written here, oldest first."""
        query = "SELECT state FROM reply WHERE origin = 'carelane' ORDER BY n"
        return [state for (state,) in self.db.reader().execute(query)]


async def lose_answer(reply: Reply) -> None:
    """The platform did it, and the line broke before its answer came."""
    raise UncertainError("The line broke after sending.")


__all__ = ["JANA", "START", "FakeClock", "Kind", "Platform", "Shop", "Visibility", "lose_answer", "mention"]
