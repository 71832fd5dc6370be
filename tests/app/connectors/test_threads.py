"""What a Threads profile's connector reads and finds, on a Threads in memory that refuses what is not described."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from app.domain import Kind
from app.search_stream import Query

from .fake_threads import ThreadsWorld, shop
from .meta_desk import NOW, SINCE, found, gaps, mentions, own, pull
from .meta_graph import answer, fault

DATA = Path(__file__).parents[2] / "data" / "threads"


async def test_replies_as_documented() -> None:
    world = ThreadsWorld()
    answers = json.loads((DATA / "documented.json").read_text("utf-8"))

    def serve(request: httpx.Request) -> httpx.Response | None:
        edge = request.url.path.rpartition("/")[2]
        return answer(answers[edge]) if edge in answers else None

    world.fail = serve
    pages = [each async for each in shop(world).pull("replies", None, since=datetime(2026, 11, 1, tzinfo=UTC))]
    seen, ours = mentions(pages), own(pages)
    first, second = seen["1701"], seen["1703"]
    assert (first.kind, first.thread, first.reply_to, first.text) == (Kind.REPLY, "1701", "", "Mine was stale.")
    assert (first.author.handle, first.author.remote_id) == ("@bob", "bob")
    assert first.author.avatar == "https://scontent.example/bob.jpg"
    assert (first.media[0].kind, first.media[0].alt) == ("image", "A dry loaf")
    assert (second.kind, second.thread, second.reply_to) == (Kind.COMMENT, "1701", "1701")
    assert second.text == "I agree with Bob"
    assert (ours["1702"].reply_to, ours["1702"].thread) == ("1701", "1701")
    assert gaps(pages)[0].startswith("1 entry could not be read")


async def test_mentions() -> None:
    world = ThreadsWorld()
    for n in range(120):
        world.mention(f"@maplerye number {n}", at=NOW - timedelta(minutes=200 - n))
    world.mention("@maplerye long ago", at=NOW - timedelta(days=80))
    page = shop(world)
    pages, mark = await pull(page, "mentions")
    assert len(mentions(pages)) == 120
    assert {each.kind for each in mentions(pages).values()} == {Kind.MENTION}
    one = next(iter(mentions(pages).values()))
    assert (one.thread, one.reply_to) == (one.remote_id, "")
    before = len(world.requests)
    late = world.mention("@maplerye and now", at=NOW)
    pages, _ = await pull(page, "mentions", mark)
    assert late["id"] in mentions(pages)
    assert len(world.requests) - before == 2


async def test_older_posts_are_asked_once_an_hour() -> None:
    world = ThreadsWorld()
    old = world.post("maplerye", "Older", at=NOW - timedelta(days=9))["id"]
    world.post("bob", "First", to=old, at=NOW - timedelta(days=8))
    world.post("bob", "Here too", to=world.root, at=NOW - timedelta(hours=3))
    page = shop(world)
    _, mark = await pull(page, "replies")
    late = world.post("ann", "Late", to=old, at=NOW)["id"]
    before = len(world.requests)
    pages, mark = await pull(page, "replies", mark)
    assert late not in mentions(pages)
    assert [request.url.path for request in world.requests[before:]] == [
        "/v1.0/me/threads",
        f"/v1.0/{world.root}/conversation",
    ]
    told = json.loads(mark or "")
    assert old in told["seen"]
    told["deep"] = (NOW - timedelta(hours=2)).isoformat()
    pages, _ = await pull(page, "replies", json.dumps(told))
    assert late in mentions(pages)


async def test_a_conversation_is_read_down_to_what_is_known() -> None:
    world = ThreadsWorld()
    for n in range(130):
        world.write(f"Reply {n}", at=NOW - timedelta(hours=30, minutes=-n))
    page = shop(world)
    pages, mark = await pull(page, "replies")
    assert len(mentions(pages)) == 130
    before = len(world.requests)
    newest = world.write("New", at=NOW)
    pages, _ = await pull(page, "replies", mark)
    assert newest in mentions(pages)
    assert len(world.requests) - before == 3  # the list, and two pages: the second holds what is known


async def test_a_post_below_which_nobody_may_read_costs_only_itself() -> None:
    world = ThreadsWorld()
    closed = world.post("maplerye", "Closed", at=NOW - timedelta(days=1))["id"]
    world.post("bob", "Here", to=closed)
    one = world.write("Hello", at=NOW)
    world.fail = lambda request: fault(10, "no") if request.url.path.startswith(f"/v1.0/{closed}/") else None
    assert set(await found(shop(world), "replies")) == {one}


async def test_our_replies_elsewhere_and_what_was_said_to_them() -> None:
    world = ThreadsWorld()
    asked = world.mention("@maplerye do you bake rye?")
    ours = world.post("maplerye", "We do", to=asked["id"])
    thanks = world.post("ann", "Thanks", to=ours["id"])
    pages, _ = await pull(shop(world), "own")
    assert own(pages)[ours["id"]].reply_to == asked["id"]
    assert mentions(pages)[thanks["id"]].reply_to == ours["id"]
    assert mentions(pages)[thanks["id"]].kind is Kind.REPLY


async def test_thread_below_our_own_post_is_one_customers_branch() -> None:
    world = ThreadsWorld()
    bob = world.post("bob", "Stale", to=world.root, at=NOW - timedelta(hours=5))
    ours = world.post("maplerye", "Sorry", to=bob["id"], at=NOW - timedelta(hours=4))
    again = world.post("bob", "Thanks", to=ours["id"], at=NOW - timedelta(hours=3))
    world.post("ann", "Lovely", to=world.root)
    page = shop(world)
    seen = await found(page, "replies")
    thread = await page.thread(seen[again["id"]])
    assert [each.remote_id for each in thread.mentions] == [bob["id"], again["id"]]
    assert thread.mentions[1].kind is Kind.REPLY
    assert [each.remote_id for each in thread.own] == [world.root, ours["id"]]
    world.remove(again["id"])
    assert (await page.thread(seen[again["id"]])).gone == (again["id"],)


async def test_thread_of_a_mention_elsewhere() -> None:
    world = ThreadsWorld()
    asked = world.mention("@maplerye do you bake rye?", at=NOW - timedelta(minutes=5))
    page = shop(world)
    mention = (await found(page, "mentions"))[asked["id"]]
    ours = world.post("maplerye", "We do", to=asked["id"])
    world.post("maplerye", "Something else", to=world.mention("@maplerye hi")["id"])
    thread = await page.thread(mention)
    assert [each.kind for each in thread.mentions] == [Kind.MENTION]
    assert [each.remote_id for each in thread.own] == [ours["id"]]


async def test_look() -> None:
    world = ThreadsWorld()
    one = world.write("Stale", at=NOW)
    world.change(one, "Stale and dry")
    seen = await shop(world).look([one, "170000", world.root])
    assert [each.text for each in seen.mentions] == ["Stale and dry"]
    assert [each.remote_id for each in seen.own] == [world.root]
    assert seen.gone == ("170000",)


async def test_search() -> None:
    world = ThreadsWorld()
    for n in range(70):
        world.post("ann", f"Maple syrup {n}", at=NOW - timedelta(minutes=100 - n))
    tagged = world.post("cy", "The best #ryebread")
    world.post("maplerye", "Our maple bread")
    page = shop(world)
    query = Query(words=("maple",), phrases=("rye day",), handles=("@bob",), hashtags=("ryebread",))
    pages = [each async for each in page.search(query, None, since=SINCE)]
    seen = mentions(pages)
    assert len(seen) == 71
    assert tagged["id"] in seen
    assert {each.kind for each in seen.values()} == {Kind.SEARCH}
    modes = [(request.url.params["q"], request.url.params["search_mode"]) for request in world.requests]
    assert modes == [("maple", "KEYWORD")] * 2 + [("rye day", "KEYWORD"), ("bob", "KEYWORD"), ("ryebread", "TAG")]
    before = len(world.requests)
    again = [each async for each in page.search(query, pages[-1].mark, since=SINCE)]
    assert len(mentions(again)) < 71
    assert len(world.requests) - before == 4  # an hour of overlap fits a page each
    assert not [each async for each in page.search(Query(), None, since=SINCE)]
