"""What is read from X: both vocabularies, marks, gaps, and what it costs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.connectors._x_wire import Included, Me, essence, id_at, post, time_of
from app.domain import Kind, Page, Visibility
from app.errors import ForbiddenError, InputError, NetworkError, RateLimitError, SignInError
from app.search_stream import Query

from .fake_x import ANA, CAT, ME, NOW, FakeX, connector, problem, world

SINCE = NOW - timedelta(days=6)
DATA = Path(__file__).parents[2] / "data/x"
both = pytest.mark.parametrize("version", ["2.166", "2.167"])


class Counted:
    """What counts; `cap` in dollars."""

    def __init__(self, cap: float = 1e9) -> None:
        self.spent: dict[str, float] = {}
        self.cap = cap

    def spend(self, account: str, unit: str, amount: float) -> None:
        assert account == "a"
        self.spent[unit] = round(self.spent.get(unit, 0) + amount, 6)

    def afford(self, account: str, unit: str, amount: float, *, writes: bool) -> None:
        if unit == "usd" and self.spent.get(unit, 0) + amount > self.cap:
            raise RateLimitError("The cap is reached.", until=NOW + timedelta(days=3))

    def level(self, account: str, unit: str, used: float, until: datetime | None) -> None:
        raise AssertionError("X does not tell")


async def pages(shop: Any, stream: str, mark: str | None = None) -> list[Page]:
    return [page async for page in shop.pull(stream, mark, since=SINCE)]


def ids(found: list[Page]) -> list[str]:
    return [one.remote_id for page in found for one in page.mentions]


def last_mark(found: list[Page]) -> str | None:
    return next((page.mark for page in reversed(found) if page.mark is not None), None)


@pytest.mark.parametrize("names", ["tweets", "posts"])
def test_a_post_in_either_vocabulary(names: str) -> None:
    answer = json.loads((DATA / "mentions.json").read_text("utf-8"))[names]
    item = post(answer["data"][0], Included.of(answer), Me("a", ME, "maplerye"))
    found = item.mention
    assert found is not None
    assert found.text == "@maplerye Where is order 17? See https://shop.example/orders/17 & answer"
    assert (found.kind, found.reply_to, found.thread) == (Kind.REPLY, "2000000000000000100", "2000000000000000100")
    assert (found.author.handle, found.author.name, found.author.followers) == ("@ana", "Ana", 12)
    assert (found.media[0].kind, found.media[0].alt) == ("image", "A broken loaf")
    assert found.url == "https://x.com/ana/status/2000000000000000200"
    assert json.loads(found.extra) == {"current": "2000000000000000200", "author": "21", "no_reply": False}


@both
async def test_either_version_is_understood(version: str) -> None:
    server = FakeX(version=version)
    root = server.post(ME, "Fresh rye")
    reply = server.post(ANA, "@maplerye late again", parent=root["id"])
    server.post(CAT, "@maplerye hello", at=NOW + timedelta(seconds=1))
    shop = connector(server)
    found = {one.remote_id: one for page in await pages(shop, "mentions") for one in page.mentions}
    assert [one.kind for one in found.values()].count(Kind.REPLY) == 1
    assert found[reply["id"]].author.name == "Ana"
    assert found[reply["id"]].reply_to == root["id"]
    await pages(shop, "own")
    refused = [one for one in server.requests if f"{one.url.params}".startswith("x")]
    assert not refused
    assert len(server.requests) == (2 if version == "2.166" else 3)  # the names are found out once


async def test_a_server_that_overlooks_unknown_names_is_noticed() -> None:
    server = FakeX(version="2.167", silent=True)
    server.post(ANA, "@maplerye hello")
    found = [one for page in await pages(connector(server), "mentions") for one in page.mentions]
    assert found[0].author.handle == "@ana"


async def test_only_what_is_new_is_read_again() -> None:
    server = world()
    old = [server.write(f"old {n}", at=NOW - timedelta(hours=2, minutes=2 * n)) for n in range(3)]
    shop = connector(server)
    first = await pages(shop, "mentions")
    assert sorted(ids(first)) == sorted(old)
    late = server.write("told late", at=NOW - timedelta(hours=2, seconds=30))
    new = server.write("new", at=NOW)
    again = await pages(shop, "mentions", last_mark(first))
    assert set(ids(again)) == {late, new, old[0]}
    assert "since_id" in dict(server.requests[-1].url.params)


async def test_a_backlog_of_ten_pages_and_a_break_in_the_middle() -> None:
    server = world()
    server.page_size = 10
    written = {server.write(f"n {n}", at=NOW - timedelta(minutes=n)) for n in range(100)}
    calls = 0

    def cut(_: httpx.Request) -> httpx.Response | None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise httpx.ConnectError("cut")
        return None

    server.fail = cut
    mark, found = None, []
    broken = connector(server).pull("mentions", None, since=SINCE)
    for _ in range(4):
        found.append(await anext(broken))
        mark = found[-1].mark
    with pytest.raises(NetworkError):
        await anext(broken)
    newer = server.write("while we were away", at=NOW + timedelta(minutes=1))
    rest = await pages(connector(server), "mentions", mark)
    assert set(ids(found + rest)) == written | {newer}
    assert len(ids(found + rest)) < 115  # what was read is not bought again


async def test_the_newest_800_are_all_that_x_shows() -> None:
    server = world()
    for n in range(805):
        server.write(f"n {n}", at=NOW - timedelta(minutes=n))
    found = await pages(connector(server), "mentions")
    gap = next(page.gap for page in found if page.gap)
    assert "800" in gap.why
    assert gap.since is not None


async def test_a_damaged_entry_is_said_once() -> None:
    server = world()
    good = server.write("fine", at=NOW - timedelta(minutes=3))
    odd = server.write("odd", at=NOW)
    server.posts[odd]["text"] = ["no", "text"]
    server.posts[odd]["lang"] = {"a": 1}

    def mangle(request: httpx.Request) -> httpx.Response | None:
        answer = FakeX.__call__(inner, request)
        body = json.loads(answer.content)
        if body.get("data") and request.url.path.endswith("/mentions"):
            body["data"] = [None, {"id": {"a": 1}}, *body["data"]]
        return httpx.Response(200, json=body)

    inner = world()
    inner.posts = server.posts
    server.fail = mangle
    shop = connector(server)
    first = await pages(shop, "mentions")
    assert set(ids(first)) == {good, odd}  # a post without words is still somebody's post
    assert "2 entries could not be read" in first[0].gap.why  # type: ignore[union-attr]
    again = await pages(shop, "mentions", last_mark(first))
    assert not any(page.gap for page in again)


async def test_an_edit_is_the_same_message_with_new_words() -> None:
    server = world()
    first = server.write("where is it", at=NOW - timedelta(minutes=9))
    shop = connector(server)
    before = await pages(shop, "mentions")
    server.change(first, "where is order 7")
    after = await pages(shop, "mentions", last_mark(before))
    found = next(one for page in after for one in page.mentions)
    looked = (await shop.look([first])).mentions[0]
    for one in (found, looked):
        assert (one.remote_id, one.text) == (first, "where is order 7")
        assert one.edited_at is not None
        assert one.posted_at == time_of(first)
        assert json.loads(one.extra)["current"] != first
    server.remove(first)
    assert (await shop.look([first])).gone == (first,)


async def test_looking_is_for_the_last_day_alone() -> None:
    server = world()
    old = server.write("old", at=NOW - timedelta(days=2))
    message = server.message(ANA, "hi")["id"]
    assert await connector(server).look([old, f"dm:{message}", "nonsense"]) is not None
    assert not server.requests


async def test_own_posts_stop_timers_and_stay_cheap() -> None:
    server = world()
    asked = server.write("where is it", at=NOW - timedelta(hours=2))
    for n in range(300):
        server.post(ME, f"news {n}", at=NOW - timedelta(hours=1, minutes=n))
    server.post(ME, "@ana on its way", parent=asked, at=NOW)
    counts = Counted()
    shop = connector(server, counts=counts)
    found = await pages(shop, "own")
    own = [one for page in found for one in page.own]
    assert own[0].reply_to == asked
    assert len(own) == 200  # two pages; the rest is told
    assert "costs" in found[-1].gap.why  # type: ignore[union-attr]
    assert counts.spent == {"usd": 0.21, "reads": 200}  # and who we are
    assert "exclude=retweets" in str(server.requests[0].url)
    await pages(shop, "own", last_mark(found))
    assert counts.spent["reads"] == 200


async def test_direct_messages() -> None:
    server = world()
    hers = [server.message(ANA, f"hi {n}", at=NOW - timedelta(minutes=40 - n))["id"] for n in range(25)]
    ours = server.message(ME, "hello", at=NOW)["id"]
    counts = Counted()
    shop = connector(server, counts=counts)
    found = await pages(shop, "messages")
    mentions = {one.remote_id: one for page in found for one in page.mentions}
    assert set(mentions) == {f"dm:{one}" for one in hers}
    one = mentions[f"dm:{hers[0]}"]
    assert (one.kind, one.visibility, one.thread) == (Kind.MESSAGE, Visibility.DIRECT, f"{ME}-{ANA}")
    assert [each.remote_id for page in found for each in page.own] == [f"dm:{ours}"]
    assert counts.spent["messages_read"] == 26
    assert counts.spent["usd"] == pytest.approx(26 * 0.01 + 2 * 0.01)
    before = len(server.requests)
    new = server.message(ANA, "still there?", at=NOW + timedelta(minutes=1))["id"]
    assert await pages(shop, "messages", last_mark(found)) == []  # X takes 15 calls in 15 minutes
    assert len(server.requests) == before
    again = await pages(connector(server), "messages", last_mark(found))
    assert set(ids(again)) == {f"dm:{new}"}
    assert len(server.requests) == before + 1
    thread = await shop.thread(one)
    assert len(thread.mentions) + len(thread.own) == 10


async def test_a_walk_through_messages_that_broke_goes_on_and_survives_a_dead_token() -> None:
    server = world()
    hers = {f"dm:{server.message(ANA, f'hi {n}', at=NOW - timedelta(minutes=n))['id']}" for n in range(35)}
    found, mark = [], None
    async for page in connector(server).pull("messages", None, since=SINCE):
        found.append(page)
        mark = page.mark
        if len(found) == 2:
            break
    newer = f"dm:{server.message(ANA, 'newer', at=NOW + timedelta(minutes=1))['id']}"
    rest = await pages(connector(server), "messages", mark)
    assert set(ids(found + rest)) == hers | {newer}

    def dead(request: httpx.Request) -> httpx.Response | None:
        server.fail = lambda _: None
        assert "pagination_token" in request.url.params
        return problem(400, "Invalid Request", "The pagination_token is not valid")

    server.fail = dead
    assert set(ids(await pages(connector(server), "messages", mark))) == hers | {newer}


async def test_without_the_right_to_messages_none_are_read() -> None:
    able = connector(world(), data='{"direct":false}').capabilities
    assert able.streams == ("mentions", "own")
    assert not able.private_reply
    assert Kind.MESSAGE not in able.kinds


async def test_the_same_item_is_charged_once_a_day_and_the_cap_holds() -> None:
    server = world()
    asked = server.write("where is it", at=NOW)
    counts = Counted(cap=0.05)
    shop = connector(server, counts=counts)
    found = await pages(shop, "mentions")
    assert counts.spent == {"usd": 0.001 + 0.01, "reads": 1}  # the post, and who wrote it
    await shop.look([asked])
    assert counts.spent == {"usd": 0.011, "reads": 1}
    for _ in range(3):
        await shop.thread(found[0].mentions[0])
    assert counts.spent == {"usd": 0.026, "reads": 2}  # with our post that it answers, and ourselves
    counts.cap = 0.026
    with pytest.raises(RateLimitError):
        await pages(shop, "mentions", last_mark(found))


async def test_a_thread_has_what_went_before_and_what_came_since() -> None:
    server = world()
    root = server.post(CAT, "who bakes rye", at=NOW - timedelta(hours=3))
    asked = server.post(ANA, "@maplerye you?", parent=root["id"], at=NOW - timedelta(hours=2))
    server.post(CAT, "@ana me too", parent=asked["id"], at=NOW - timedelta(hours=1))
    server.answer(asked["id"], "Yes", at=NOW)
    server.post(ANA, "great, when?", parent=asked["id"], at=NOW)
    shop = connector(server)
    mention = next(one for page in await pages(shop, "mentions") for one in page.mentions)
    thread = await shop.thread(mention)
    assert [one.text for one in thread.mentions] == ["who bakes rye", "@maplerye you?", "great, when?"]
    assert [one.kind for one in thread.mentions] == [Kind.CONTEXT, Kind.MENTION, Kind.CONTEXT]
    assert json.loads(thread.mentions[0].extra)["no_reply"] is True
    assert thread.own[0].reply_to == asked["id"]
    server.remove(asked["id"])
    assert (await shop.thread(mention)).gone == (asked["id"],)


async def test_search_marks_who_cannot_be_answered() -> None:
    server = world()
    server.post(CAT, "the rye of Maple is great", at=NOW - timedelta(hours=1))
    server.post(ANA, "@maplerye rye please", at=NOW - timedelta(hours=2))
    quote = server.post(ANA, "look, rye: https://t.co/q", at=NOW - timedelta(hours=3))
    shop = connector(server)
    query = Query(words=("rye",), phrases=("maple & rye",), hashtags=("#brot",), without=("whisky",), languages=("de",))
    found = [one async for page in shop.search(query, None, since=NOW - timedelta(days=30)) for one in page.mentions]
    closed = {one.text: json.loads(one.extra)["no_reply"] for one in found}
    assert closed["the rye of Maple is great"] is True
    assert closed["@maplerye rye please"] is False
    assert all(one.kind is Kind.SEARCH for one in found)
    assert len(found) == 3
    asked = server.requests[0].url.params["query"]
    assert asked == '(rye OR "maple & rye" OR #brot) -whisky lang:de -is:retweet -from:maplerye'
    del server.posts[quote["id"]]
    with pytest.raises(InputError):
        await anext(shop.search(Query(words=tuple(f"word{n}" for n in range(80))), None, since=SINCE))


async def test_a_search_buys_a_hundred_at_most() -> None:
    server = world()
    for n in range(180):
        server.post(CAT, f"rye {n}", at=NOW - timedelta(minutes=n))
    counts = Counted()
    found = [page async for page in connector(server, counts=counts).search(Query(words=("rye",)), None, since=SINCE)]
    assert len(ids(found)) == 100
    assert "narrower" in found[-1].gap.why  # type: ignore[union-attr]
    assert counts.spent == {"usd": 0.51, "reads": 100}
    before = counts.spent["reads"]
    new = server.post(CAT, "rye, new", at=NOW + timedelta(minutes=2))["id"]
    again = [page async for page in connector(server, counts=counts).search(
        Query(words=("rye",)), found[-1].mark, since=SINCE)]  # fmt: skip
    assert new in ids(again)
    assert counts.spent["reads"] <= before + 3


def test_a_quote_is_told_by_the_link_to_our_post() -> None:
    entry = {
        "id": id_at(NOW), "text": "look https://t.co/q", "author_id": ANA,
        "referenced_tweets": [{"type": "quoted", "id": "5"}],
        "entities": {"urls": [{"url": "https://t.co/q", "expanded_url": "https://twitter.com/MapleRye/status/5"}]},
    }  # fmt: skip
    me = Me("a", ME, "maplerye")
    assert post(entry, Included(), me).mention.kind is Kind.QUOTE  # type: ignore[union-attr]
    entry["entities"]["urls"][0]["expanded_url"] = "https://x.com/maplerye2/status/5"  # type: ignore[index]
    assert post(entry, Included(), me).mention.kind is Kind.CONTEXT  # type: ignore[union-attr]


def test_ids_hold_their_time() -> None:
    assert time_of(id_at(NOW)) == NOW
    assert time_of("dm:" + id_at(NOW)) == NOW
    for odd in ("", "0", "x", "-5", "9" * 40, "²"):
        assert time_of(odd) is None
    assert essence("@ana @cat Hi,  see https://x.example") == essence("hi see https://t.co/1") == "hisee"


async def test_check_and_errors_that_name_no_secret() -> None:
    server = world()
    shop = connector(server)
    assert await shop.check() == ""
    server.fail = lambda _: httpx.Response(200, json={"data": {"id": "99"}})
    with pytest.raises(SignInError):
        await shop.check()
    with pytest.raises(InputError):
        await pages(shop, "nothing")
    server.fail = lambda _: problem(403, "Forbidden", "Missing scope", "about:blank")
    with pytest.raises(ForbiddenError, match="Sign in again"):
        await shop.check()


@pytest.mark.parametrize(
    ("answer", "words", "hours"),
    [
        (problem(402, "CreditsDepleted", "no credits", "https://api.x.com/2/problems/credits"), "console.x.com", 1),
        (problem(429, "UsageCapExceeded", "cap", "https://api.twitter.com/2/problems/usage-capped"), "limit", 6),
        (world().limited(), "wait", 0),
    ],
)
async def test_limits_say_until_when(answer: httpx.Response, words: str, hours: int) -> None:
    server = world()
    server.fail = lambda _: answer
    with pytest.raises(RateLimitError, match=words) as caught:
        await pages(connector(server), "mentions")
    assert caught.value.until - NOW < timedelta(hours=hours, minutes=3)
    assert caught.value.until - NOW >= timedelta(hours=hours)
