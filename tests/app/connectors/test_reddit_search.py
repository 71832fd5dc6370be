"""Brand search among Reddit's posts."""

from __future__ import annotations

from app.domain import Kind
from app.search_stream import Query

from .fake_reddit import ME, RedditWorld
from .test_reddit import NOW, SINCE, a_reply, connector


async def test_search_among_posts_in_communities() -> None:
    world = RedditWorld()
    hit = world.post("Is Maple & Rye any good?", author="bob", at=NOW, body="Asking for a friend")
    world.post("Our own Maple & Rye post", author=ME, at=NOW)
    shop = connector(world)
    query = Query(words=("rye",), phrases=('Maple & "Rye"',), places=("r/baking", "Leeds"))
    pages = [page async for page in shop.search(query, None, since=SINCE)]
    [found] = [one for page in pages for one in page.mentions if "any good" in one.text]
    assert (found.remote_id, found.kind, found.text) == (
        hit["name"], Kind.SEARCH, "Is Maple & Rye any good?\n\nAsking for a friend",
    )  # fmt: skip
    assert not any(page.own for page in pages)
    asked = dict(world.requests[0].url.params)
    assert asked["q"] == '("rye" OR "Maple & Rye") AND (subreddit:baking)'
    assert (asked["sort"], asked["type"]) == ("new", "link")
    assert [page async for page in shop.search(query, pages[-1].mark, since=SINCE)] == []
    await shop.send(a_reply(hit["name"]))  # joining in


async def test_a_long_search_is_asked_in_parts() -> None:
    world = RedditWorld()
    query = Query(words=tuple(f"a-long-word-number-{n}" for n in range(60)))
    _ = [page async for page in connector(world).search(query, None, since=SINCE)]
    assert len(world.requests) > 2
    assert all(len(request.url.params["q"]) <= 512 for request in world.requests)
