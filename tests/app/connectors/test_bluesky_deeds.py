"""Likes, marks, searches and points on Bluesky, against the network of the connector test kit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.connectors.bluesky import BlueskyConnector
from app.domain import Kind, Mention, Page
from app.errors import GoneError, RateLimitError, UncertainError
from app.http import Http
from app.search_stream import Query
from tests.app.connectors.bluesky_world import LIKE, BlueskyWorld
from tests.app.connectors.driver import Kept, answer_to, read
from tests.app.connectors.fake_bluesky import nsid

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=7)


class Counted:
    """Keeps what was told; refuses where it is full."""

    def __init__(self) -> None:
        self.spent: list[tuple[str, str, float]] = []
        self.full = False

    def spend(self, account: str, unit: str, amount: float) -> None:
        self.spent.append((account, unit, amount))

    def afford(self, account: str, unit: str, amount: float, *, writes: bool) -> None:
        if self.full:
            raise RateLimitError("Bluesky takes no more for now.", until=NOW)

    def level(self, account: str, unit: str, used: float, until: datetime | None) -> None:
        raise AssertionError


def shop_of(world: BlueskyWorld, counts: Counted | None = None) -> BlueskyConnector:
    async def save(_: dict[str, str]) -> None:
        raise AssertionError

    http = Http(transport=httpx.MockTransport(world))
    http.counts = counts
    return BlueskyConnector(world.account(), world.secret(), http, save)


async def mentions(shop: BlueskyConnector) -> dict[str, Mention]:
    kept = Kept()
    await read(shop, kept, since=SINCE)
    return kept.mentions


async def found(shop: BlueskyConnector, query: Query, mark: str | None = None) -> list[Page]:
    return [page async for page in shop.search(query, mark, since=SINCE)]


def likes(world: BlueskyWorld) -> int:
    return sum(kind == LIKE for kind, _ in world.records)


async def test_a_like_and_back_and_never_two() -> None:
    world = BlueskyWorld()
    shop = shop_of(world)
    id_ = world.write("Thank you", at=NOW)
    one = (await mentions(shop))[id_]
    await shop.like(one, True)
    await shop.like(one, True)
    assert likes(world) == 1
    await shop.like(one, False)
    await shop.like(one, False)
    assert likes(world) == 0
    world.remove(id_)
    with pytest.raises(GoneError):
        await shop.like(one, True)


async def test_seen_only_moves_forward() -> None:
    world = BlueskyWorld()
    shop = shop_of(world)
    older, newer = world.write("One", at=NOW - timedelta(minutes=2)), world.write("Two", at=NOW)
    kept = await mentions(shop)
    await shop.mark_read(kept[newer])
    first = world.seen_at
    assert first
    await shop.mark_read(kept[older])
    assert world.seen_at == first


async def test_a_search_comes_as_search_goes_on_from_its_mark_and_leaves_our_own_out() -> None:
    world = BlueskyWorld()
    shop = shop_of(world)
    hits = [world.write(f"maple rolls {n}", at=NOW - timedelta(minutes=300 - n)) for n in range(150)]
    world.write("nothing", at=NOW)
    world.write("maple long ago", at=NOW - timedelta(days=30))
    query = Query(words=("maple",), phrases=("maple rolls",))
    pages = await found(shop, query)
    got = [one for page in pages for one in page.mentions]
    assert sorted(one.remote_id for one in got) == sorted(hits)  # both terms find them, each comes once
    assert {one.kind for one in got} == {Kind.SEARCH}
    later = world.write("more maple", at=datetime.now(UTC).replace(microsecond=0))
    again = [one.remote_id for page in await found(shop, query, pages[-1].mark) for one in page.mentions]
    assert again == [later]


async def test_writing_takes_points_and_reading_none() -> None:
    world, counts = BlueskyWorld(), Counted()
    shop = shop_of(world, counts)
    id_ = world.write("Thank you", at=NOW)
    one = (await mentions(shop))[id_]
    assert counts.spent == []
    await shop.send(answer_to(shop, one, "You are welcome"))
    assert counts.spent == [("a", "points", 3.0), ("a", "points_day", 3.0)]
    await shop.like(one, True)
    await shop.like(one, False)
    assert [amount for _, unit, amount in counts.spent if unit == "points"] == [3.0, 3.0, 1.0]
    assert {meter.unit for meter in shop.capabilities.meters} == {unit for _, unit, _ in counts.spent}


async def test_what_may_have_arrived_is_counted_and_what_is_refused_is_not() -> None:
    world, counts = BlueskyWorld(), Counted()
    shop = shop_of(world, counts)
    id_ = world.write("Thank you", at=NOW)
    one = (await mentions(shop))[id_]
    world.fail = lambda request: httpx.Response(502) if world.is_send(request) else None
    with pytest.raises(UncertainError):
        await shop.send(answer_to(shop, one, "You are welcome"))
    assert [amount for _, unit, amount in counts.spent if unit == "points"] == [3.0]
    world.fail, counts.full = (lambda _: None), True
    before = len(world.requests)
    with pytest.raises(RateLimitError):
        await shop.send(answer_to(shop, one, "You are welcome"))
    assert not [request for request in world.requests[before:] if nsid(request) == "com.atproto.repo.putRecord"]
