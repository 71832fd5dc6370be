"""How the tests of Meta's platforms read and answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.connectors.base import Connector
from app.domain import Mention, OwnPost, Page, Reply, ReplyState
from app.http import Http

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)


async def no_save(_: dict[str, str]) -> None:
    raise AssertionError("this secret does not change")


def over(world: Callable[[httpx.Request], httpx.Response]) -> Http:
    return Http(transport=httpx.MockTransport(world))


class Counted:
    """Keeps what a connector told of its meters."""

    def __init__(self) -> None:
        self.spent: list[tuple[str, str, float]] = []
        self.levels: list[tuple[str, str, float]] = []

    def spend(self, account: str, unit: str, amount: float) -> None:
        self.spent.append((account, unit, amount))

    def afford(self, account: str, unit: str, amount: float, *, writes: bool) -> None:
        """All fits."""

    def level(self, account: str, unit: str, used: float, until: datetime | None) -> None:
        self.levels.append((account, unit, used))


async def pull(shop: Connector, stream: str, mark: str | None = None) -> tuple[list[Page], str | None]:
    """Read a stream to its end; its pages and the last mark."""
    pages = [each async for each in shop.pull(stream, mark, since=SINCE)]
    return pages, pages[-1].mark if pages else mark


async def found(shop: Connector, stream: str) -> dict[str, Mention]:
    """The mentions of a first reading."""
    return mentions((await pull(shop, stream))[0])


def mentions(pages: list[Page]) -> dict[str, Mention]:
    return {each.remote_id: each for page in pages for each in page.mentions}


def own(pages: list[Page]) -> dict[str, OwnPost]:
    return {each.remote_id: each for page in pages for each in page.own}


def gaps(pages: list[Page]) -> list[str]:
    return [each.gap.why for each in pages if each.gap]


def to(mention: Mention, text: str = "We are sorry.", **more: Any) -> Reply:
    fields: dict[str, Any] = {
        "visibility": mention.visibility, "state": ReplyState.CLAIMED, "created_at": datetime.now(UTC),
        "not_before": NOW, "to_extra": mention.extra,
    }  # fmt: skip
    return Reply("r1", "v1", "a", mention.remote_id, text, **{**fields, **more})
