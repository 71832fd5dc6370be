"""YouTube: comments and replies, what is held, units, answers, hiding, signing in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest

from app.connectors import youtube
from app.connectors._google_session import midnight
from app.connectors._youtube_wire import Extra, essence
from app.connectors.youtube import SCOPE, YouTubeConnector
from app.domain import Identity, Kind, Mention, Page
from app.errors import (
    ForbiddenError,
    GoneError,
    InputError,
    RateLimitError,
    RefusedError,
    ServiceError,
    SignInError,
    UncertainError,
)
from app.http import Http

from .fake_youtube import ANA, CAT, ME, NOW, FakeYouTube, a_reply, connector, world
from .google_oauth import problem

SINCE = NOW - timedelta(days=30)
DATA = Path(__file__).parents[2] / "data/youtube"
APP = {"client_id": "app", "client_secret": "s3cret-app"}
LOOPBACK = "http://127.0.0.1:5000/callback"


class Counted:
    """What counts; `left` units."""

    def __init__(self, left: float = 10_000) -> None:
        self.spent, self.left = 0.0, left

    def spend(self, account: str, unit: str, amount: float) -> None:
        assert (account, unit) == ("a", "units")
        self.spent += amount

    def afford(self, account: str, unit: str, amount: float, *, writes: bool) -> None:
        if self.spent + amount > self.left:
            raise RateLimitError("Used up.", until=NOW + timedelta(hours=1))

    def level(self, account: str, unit: str, used: float, until: datetime | None) -> None:
        raise AssertionError("Google does not tell")


async def pages(shop: Any, mark: str | None = None, *, stream: str = "comments", since: datetime = SINCE) -> list[Page]:
    return [page async for page in shop.pull(stream, mark, since=since)]


def mentions(found: list[Page]) -> dict[str, Mention]:
    return {one.remote_id: one for page in found for one in page.mentions}


# --- reading -------------------------------------------------------------------------------------


async def test_threads_as_documented() -> None:
    body = json.loads((DATA / "threads.json").read_text("utf-8"))
    found = await pages(connector(lambda _: httpx.Response(200, json=body)), since=datetime(2026, 1, 1, tzinfo=UTC))
    both = mentions(found)
    first, thanks = both["Ugx1"], both["Ugx1.r3"]
    assert (first.kind, first.thread, first.reply_to) == (Kind.COMMENT, "Ugx1", "")
    assert (first.author.remote_id, first.author.handle) == ("UCana", "@ana")
    assert first.edited_at == datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
    assert first.url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc=Ugx1"
    assert (thanks.reply_to, thanks.text, thanks.author.name, thanks.author.handle) == ("Ugx1", "Thanks", "Ana K.", "")
    (own,) = found[0].own
    assert (own.remote_id, own.reply_to) == ("Ugx1.r2", "Ugx1")


async def test_replies_that_did_not_come_along_are_read_when_there_are_new_ones() -> None:
    server = world()
    root = server.comment(ANA, "hello", at=NOW - timedelta(days=2))["id"]
    for n in range(9):
        server.comment(CAT, f"reply {n}", parent=root, at=NOW - timedelta(days=1, minutes=n))
    shop = connector(server)
    first = await pages(shop)
    assert len(mentions(first)) == 10
    assert [one.url.path for one in server.requests] == ["/youtube/v3/commentThreads", "/youtube/v3/comments"]
    await pages(shop, first[-1].mark)
    assert len(server.requests) == 3  # the count is the same
    new = server.comment(CAT, "one more", parent=root, at=NOW)["id"]
    again = await pages(shop, first[-1].mark)
    assert new in mentions(again)
    assert server.requests[-1].url.params["parentId"] == root


async def test_new_replies_on_old_threads_are_found_by_the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    server = world()
    old = server.comment(ANA, "old", at=NOW - timedelta(days=20))["id"]
    for n in range(150):
        server.comment(ANA, f"n {n}", at=NOW - timedelta(hours=2, minutes=n))
    shop = connector(server)
    first = await pages(shop)
    late = server.comment(ANA, "and now?", parent=old, at=NOW)["id"]
    again = await pages(shop, first[-1].mark)
    assert late not in mentions(again)
    mark = json.loads(again[-1].mark or "")
    mark["deep_at"] = (NOW - timedelta(hours=2)).isoformat()
    assert late in mentions(await pages(shop, json.dumps(mark)))


async def test_what_is_held_for_review() -> None:
    server = world()
    held = server.comment(ANA, "see my shop", status="heldForReview")["id"]
    root = server.comment(ANA, "fine", at=NOW - timedelta(minutes=1))["id"]
    reply = server.comment(CAT, "odd", parent=root, status="heldForReview")["id"]
    counts = Counted()
    shop = connector(server, counts=counts)
    assert set(mentions(await pages(shop))) == {root}
    found = mentions(await pages(shop, stream="held"))
    assert {one: json.loads(found[one].extra)["held"] for one in found} == {held: True, root: False, reply: True}
    assert counts.spent == 2
    assert await pages(shop, stream="held") == []  # not at each pull: it costs
    assert counts.spent == 2
    with pytest.raises(InputError):
        await pages(shop, stream="likelySpam")


async def test_the_day_s_units() -> None:
    server, counts = world(), Counted(left=51)
    asked = server.write("hello", at=NOW)
    shop = connector(server, counts=counts)
    await pages(shop)
    await shop.send(a_reply(asked))
    assert counts.spent == 51
    with pytest.raises(RateLimitError):
        await pages(shop)
    (meter,) = shop.capabilities.meters
    assert (meter.limit, meter.zone, meter.shared, meter.period) == (10_000, "America/Los_Angeles", True, "day")
    assert not shop.capabilities.searches  # one would cost 100


@pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded"])
async def test_an_empty_day_ends_at_midnight_in_california(reason: str) -> None:
    server = world()
    server.fail = lambda _: problem(403, reason)
    with pytest.raises(RateLimitError) as caught:
        await pages(connector(server))
    assert caught.value.until == midnight()
    there = caught.value.until.astimezone(ZoneInfo("America/Los_Angeles"))
    assert (there.hour, there.minute) == (0, 0)
    server.fail = lambda _: problem(403, "rateLimitExceeded")
    with pytest.raises(RateLimitError) as caught:
        await pages(connector(server))
    assert caught.value.until - datetime.now(UTC) < timedelta(seconds=61)


async def test_damaged_threads_are_said_once() -> None:
    server = world()
    good = server.write("good", at=NOW)
    whole = server._thread(server.comments[good], "published")
    odd = {"id": "odd", "snippet": {"topLevelComment": {"snippet": {"publishedAt": 5}}}}
    server.fail = lambda _: httpx.Response(200, json={"items": [None, odd, whole]})
    shop = connector(server)
    first = await pages(shop)
    assert set(mentions(first)) == {good}
    assert "2 entries" in first[0].gap.why  # type: ignore[union-attr]
    assert (await pages(shop, first[-1].mark))[0].gap is None


async def test_look_and_thread() -> None:
    server = world()
    root = server.comment(ANA, "hello", at=NOW - timedelta(hours=3))["id"]
    reply = server.comment(CAT, "me too", parent=root, at=NOW - timedelta(hours=2))["id"]
    server.answer(root, "Hi", at=NOW - timedelta(hours=1))
    shop = connector(server)
    found = mentions(await pages(shop))
    thread = await shop.thread(found[reply])
    assert [one.remote_id for one in thread.mentions] == [root, reply]
    assert [one.text for one in thread.own] == ["Hi"]
    server.change(reply, "me three")
    looked = await shop.look([root, reply, "Ugx-none"])
    assert looked.gone == ("Ugx-none",)
    assert next(one for one in looked.mentions if one.remote_id == reply).edited_at is not None
    server.remove(reply)
    assert (await shop.thread(found[reply])).gone == (reply,)


# --- answering -----------------------------------------------------------------------------------


async def test_answers_hang_on_the_first_comment_and_name_whom_they_answer() -> None:
    server = world()
    root = server.comment(ANA, "hello")["id"]
    reply = server.comment(CAT, "me too", parent=root)["id"]
    shop = connector(server)
    first = await shop.send(a_reply(root, "Hi", to_handle="@ana"))
    second = await shop.send(a_reply(reply, "Hi too", to_handle="@cat", to_extra=Extra(root).json()))
    assert server.ours() == ["Hi", "@cat Hi too"]
    assert first.url.endswith(f"lc={first.remote_id}")
    found = await shop.find(a_reply(reply, "Hi too", to_extra=Extra(root).json()))
    assert found is not None
    assert found.remote_id == second.remote_id
    assert essence("@cat  Hi too") == essence("Hi too")
    assert await shop.find(a_reply(root, "Never")) is None
    server.comments[first.remote_id]["snippet"]["publishedAt"] = "2026-01-01T00:00:00Z"
    assert await shop.find(a_reply(root, "Hi")) is None  # an older one of the same words
    server.remove(root)
    assert await shop.find(a_reply(root, "Hi")) is None
    with pytest.raises(GoneError):
        await shop.send(a_reply(root, "Hi"))


async def test_answering_what_is_held_publishes_it_first() -> None:
    server = world()
    held = server.comment(ANA, "see my shop", status="heldForReview")["id"]
    shop = connector(server)
    with pytest.raises(ForbiddenError, match="not public"):
        await shop.send(a_reply(held))
    await shop.send(a_reply(held, to_extra=Extra(held, held=True).json()))
    assert server.comments[held]["snippet"]["moderationStatus"] == "published"
    assert server.ours() == ["Thank you."]


async def test_refusals_in_plain_words() -> None:
    server = world()
    asked = server.write("hello", at=NOW)
    shop = connector(server)
    with pytest.raises(RefusedError, match="empty"):
        await shop.send(a_reply(asked, " "))
    with pytest.raises(RefusedError, match="10000"):
        await shop.send(a_reply(asked, "x" * 10_001))
    server.comments[asked]["canReply"] = False
    closed = mentions(await pages(shop))[asked]
    with pytest.raises(ForbiddenError, match="takes no answers"):
        await shop.send(a_reply(asked, to_extra=closed.extra))
    server.fail = lambda _: problem(403, "commentsDisabled")
    with pytest.raises(ForbiddenError, match="switched off"):
        await shop.send(a_reply(asked))
    answers = [httpx.Response(503), httpx.Response(200, json={})]
    server.fail = lambda _: answers.pop()
    for _ in range(2):
        with pytest.raises(UncertainError):
            await shop.send(a_reply(asked))


async def test_hiding_holds_for_review_and_is_taken_back() -> None:
    server = world()
    asked = server.write("buy followers", at=NOW)
    shop = connector(server)
    mention = mentions(await pages(shop))[asked]
    await shop.hide(mention, True)
    assert server.comments[asked]["snippet"]["moderationStatus"] == "heldForReview"
    assert not mentions(await pages(shop))
    await shop.hide(mention, False)
    assert set(mentions(await pages(shop))) == {asked}
    assert all(one.url.params.get("moderationStatus") != "rejected" for one in server.requests)
    server.fail = lambda _: httpx.Response(502)
    with pytest.raises(ServiceError, match="try again"):
        await shop.hide(mention, True)
    with pytest.raises(InputError):
        await shop.like(mention, True)


# --- signing in ----------------------------------------------------------------------------------


async def sign_in(google: FakeYouTube, **more: str) -> tuple[Identity, ...]:
    http = Http(transport=httpx.MockTransport(google))
    begun = await YouTubeConnector.begin(http, {**APP, **more}, LOOPBACK)
    return await YouTubeConnector.finish(http, begun, f"{LOOPBACK}?state={begun.state}&code=good")


async def test_every_channel_is_one_identity() -> None:
    server = world()
    (one,) = await sign_in(server)
    assert (one.remote_id, one.handle, one.name, one.server) == (ME, "@maplerye", f"Channel {ME}", youtube.API)
    assert json.loads(one.data) == {"shared": False}
    server.channels = [ME, CAT]
    both = await sign_in(server)
    assert [each.remote_id for each in both] == [ME, CAT]
    assert json.loads(both[0].data) == {"shared": True}
    assert "s3cret" not in repr(both) + both[0].data
    await connector(server, data=both[0].data).revoke()
    assert server.tokens.revoked == []
    await connector(server).revoke()
    assert server.tokens.revoked == [server.tokens.refresh]
    begun = await YouTubeConnector.begin(Http(transport=httpx.MockTransport(server)), APP, LOOPBACK)
    assert parse_qs(urlsplit(begun.url).query)["scope"] == [SCOPE]


async def test_what_can_go_wrong() -> None:
    server = world()
    server.channels = []
    with pytest.raises(SignInError, match="no YouTube channel"):
        await sign_in(server)
    server.channels = [CAT]
    shop = connector(server)
    with pytest.raises(SignInError, match="another channel"):
        await shop.check()
    server.channels = [ME]
    assert await shop.check() == ""
    (one,) = await sign_in(server, server="http://127.0.0.1:4010/")
    assert one.server == "http://127.0.0.1:4010"
    with pytest.raises(InputError):
        await YouTubeConnector.sign_in(Http(transport=httpx.MockTransport(server)), {})
    await shop.close()
