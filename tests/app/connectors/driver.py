"""Drives any connector over a wire that can be cut or slow, and keeps what it brings as the store does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx

from app.connectors.base import Connector
from app.domain import Gap, Mention, OwnPost, Page, Reply, ReplyState
from app.http import Http
from tests.app.connectors.kit import World

NUL, HALF = "nul-goes-here", "half-goes-here"  # the wire puts a NUL and a lone surrogate in their place
Cut = Callable[[httpx.Request], Exception | None]
Between = Callable[[], Awaitable[None] | None]


class Hasty(Http):
    """The real way out, which waits no longer than `patience` seconds for a call."""

    patience = 0.0

    async def send(self, *args: Any, **more: Any) -> Any:
        if self.patience:
            more |= {"timeout": self.patience, "whole": self.patience}
        return await super().send(*args, **more)


@dataclass
class Wire:
    """Between a connector and its world. What is set here holds until it is changed."""

    world: World
    cut_before: Cut = lambda _: None  # the request is lost
    cut_after: Cut = lambda _: None  # it is carried out, and the answer is lost
    delay: float = 0.0  # seconds until an answer comes; it was carried out at once
    ahead: timedelta = timedelta()  # the server's clock minus ours, as its Date header tells
    saved: list[dict[str, str]] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if error := self.cut_before(request):
            raise error
        answer = self.world(request)
        if error := self.cut_after(request):
            raise error
        await asyncio.sleep(self.delay)
        content = answer.content.replace(NUL.encode(), b"\\u0000").replace(HALF.encode(), b"\\ud83d")
        headers = {key: value for key, value in answer.headers.items() if key.lower() != "content-length"}
        headers["date"] = format_datetime((datetime.now(UTC) + self.ahead), usegmt=True)
        return httpx.Response(answer.status_code, headers=headers, content=content)

    def connect(self) -> tuple[Connector, Hasty]:
        """A connector as after a start, with a way out that has no memory of troubles."""
        http = Hasty(transport=httpx.MockTransport(self))

        async def save(secret: dict[str, str]) -> None:
            await asyncio.sleep(0)
            self.saved.append(secret)

        secret = self.saved[-1] if self.saved else self.world.secret()
        return self.world.connector(self.world.account(), secret, http, save), http


class Kept:
    """What the store would hold after the pages."""

    def __init__(self) -> None:
        self.mentions: dict[str, Mention] = {}
        self.own: dict[str, OwnPost] = {}
        self.gone: set[str] = set()
        self.gaps: list[Gap] = []
        self.marks: dict[str, str] = {}
        self.largest = 0  # messages of one page

    def take(self, stream: str, page: Page) -> None:
        """Save a page with its mark, as one transaction does."""
        ids = [one.remote_id for one in page.mentions]
        self.largest = max(self.largest, len(ids))
        assert len(ids) == len(set(ids)), "a page holds a message twice"
        self.mentions |= {one.remote_id: one for one in page.mentions}
        self.own |= {one.remote_id: one for one in page.own}
        self.gone |= set(page.gone)
        if page.gap is not None:
            self.gaps.append(page.gap)
        if page.mark is not None:
            self.marks[stream] = page.mark


async def read(shop: Connector, kept: Kept, *, since: datetime, between: Between | None = None) -> None:
    """Pull every stream once; `between` is called after each page that was saved."""
    for stream in shop.capabilities.streams:
        async for page in shop.pull(stream, kept.marks.get(stream), since=since):
            kept.take(stream, page)
            if between is not None and (waits := between()) is not None:
                await waits


async def settle(shop: Connector, kept: Kept, *, since: datetime, most: int = 6) -> None:
    """Pull until nothing comes that was not there."""
    for _ in range(most):
        before = (len(kept.mentions), len(kept.own), len(kept.gaps))
        await read(shop, kept, since=since)
        if (len(kept.mentions), len(kept.own), len(kept.gaps)) == before:
            return


def answer_to(shop: Connector, mention: Mention, text: str, **more: Any) -> Reply:
    """A reply to `mention` that is about to leave, as the outbox hands it over."""
    import msgspec

    now = datetime.now(UTC)
    made = Reply(
        "r1", "v1", "a", mention.remote_id, text, mention.visibility, ReplyState.CLAIMED, now, now,
        to_extra=mention.extra, to_handle=mention.author.handle, seen_remote_id=mention.remote_id, **more,
    )  # fmt: skip
    return msgspec.structs.replace(made, prepared=shop.prepare(made))
