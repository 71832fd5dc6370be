"""Likes, marks and searches on Mastodon, against the server of the connector test kit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.connectors.mastodon import MastodonConnector
from app.domain import Kind, Mention, Page, Visibility
from app.errors import ForbiddenError, GoneError
from app.http import Http
from app.search_stream import Query
from tests.app.connectors.driver import Kept, read
from tests.app.connectors.fake_mastodon import NOW
from tests.app.connectors.mastodon_world import MastodonWorld

SINCE = NOW - timedelta(days=7)


def shop_of(world: MastodonWorld) -> MastodonConnector:
    async def save(_: dict[str, str]) -> None:
        raise AssertionError

    return MastodonConnector(world.account(), world.secret(), Http(transport=httpx.MockTransport(world)), save)


async def mentions(shop: MastodonConnector) -> dict[str, Mention]:
    kept = Kept()
    await read(shop, kept, since=SINCE)
    return kept.mentions


async def found(shop: MastodonConnector, query: Query, mark: str | None = None) -> list[Page]:
    return [page async for page in shop.search(query, mark, since=SINCE)]


async def test_a_like_and_back() -> None:
    world = MastodonWorld()
    shop = shop_of(world)
    id_ = world.write("Thank you", at=NOW)
    one = (await mentions(shop))[id_]
    await shop.like(one, True)
    await shop.like(one, True)
    assert world.liked == {id_}
    await shop.like(one, False)
    assert not world.liked
    world.remove(id_)
    with pytest.raises(GoneError):
        await shop.like(one, True)


async def test_a_sign_in_without_that_right_says_so() -> None:
    world = MastodonWorld()
    shop = shop_of(world)
    id_ = world.write("Thank you", at=NOW)
    one = (await mentions(shop))[id_]
    error = {"error": "This action is outside the authorized scopes"}
    world.fail = lambda _: httpx.Response(403, json=error)
    with pytest.raises(ForbiddenError, match="Sign in again"):
        await shop.like(one, True)


async def test_the_mark_only_moves_forward() -> None:
    world = MastodonWorld()
    shop = shop_of(world)
    older, newer = world.write("One", at=NOW - timedelta(minutes=2)), world.write("Two", at=NOW)
    kept = await mentions(shop)
    await shop.mark_read(kept[newer])
    first = world.read_up_to
    assert first == world.notes[0]["id"]
    await shop.mark_read(kept[older])
    assert world.read_up_to == first
    assert not world.read_conversations


async def test_a_direct_message_marks_its_conversation() -> None:
    world = MastodonWorld()
    shop = shop_of(world)
    status = world.mention("@maplerye psst", visibility="direct")
    one = (await mentions(shop))[status["id"]]
    assert one.visibility is Visibility.DIRECT
    await shop.mark_read(one)
    assert world.read_conversations == [f"7{status['id']}"]


async def test_a_server_without_marks_is_no_trouble() -> None:
    world = MastodonWorld()
    shop = shop_of(world)
    id_ = world.write("One", at=NOW)
    one = (await mentions(shop))[id_]
    world.fail = lambda request: httpx.Response(404) if "markers" in request.url.path else None
    await shop.mark_read(one)


async def test_hashtags_and_words_come_as_search_and_once() -> None:
    world = MastodonWorld()
    shop = shop_of(world)
    tagged = world.post("bob", "The rolls #maplerye are good", at=NOW - timedelta(hours=2))["id"]
    spoken = world.post("bob", "Maple and Rye closed early", at=NOW - timedelta(hours=1))["id"]
    world.post("maplerye", "Our own #maplerye", at=NOW)
    world.post("bob", "Nothing of interest", at=NOW)
    old = world.post("bob", "#maplerye long ago", at=NOW - timedelta(days=30))["id"]
    query = Query(hashtags=("#maplerye",), phrases=("Maple and Rye",))
    pages = await found(shop, query)
    got = [one for page in pages for one in page.mentions]
    assert {one.remote_id for one in got} == {tagged, spoken}
    assert old not in {one.remote_id for one in got}
    assert {one.kind for one in got} == {Kind.SEARCH}
    assert not [own for page in pages for own in page.own]
    mark = pages[-1].mark
    later = world.post("bob", "#maplerye again", at=datetime.now(UTC))["id"]
    again = [one.remote_id for page in await found(shop, query, mark) for one in page.mentions]
    assert again == [later]


async def test_a_busy_hashtag_is_read_whole() -> None:
    world = MastodonWorld()
    shop = shop_of(world)
    every = [world.post("bob", f"#bread {n}", at=NOW - timedelta(minutes=200 - n))["id"] for n in range(150)]
    pages = await found(shop, Query(hashtags=("bread",)))
    assert {one.remote_id for page in pages for one in page.mentions} == set(every)


async def test_one_list_that_is_missing_does_not_cost_the_others() -> None:
    world = MastodonWorld()
    shop = shop_of(world)
    hit = world.post("bob", "maplerye", at=NOW)["id"]
    world.fail = lambda request: httpx.Response(404) if "/tag/" in request.url.path else None
    pages = await found(shop, Query(words=("maplerye",), hashtags=("maplerye",)))
    assert [one.remote_id for page in pages for one in page.mentions] == [hit]
