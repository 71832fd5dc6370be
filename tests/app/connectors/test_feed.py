"""News feeds: what is read, what is left out, what is said; and how a feed is found."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.connectors import _feed_parse as reading
from app.connectors.feed import FeedConnector
from app.domain import Kind, Page
from app.errors import AddressError, BadAnswerError, GoneError, InputError, RefusedError, ServiceError, SignInError
from app.http import Http, Response

from .fake_feed import BASE, KEY, FakeFeed, connector
from .fake_mastodon import a_reply

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)
DATA = Path(__file__).parents[2] / "data" / "feed"


async def pull(feed: Any, mark: str | None = None, *, shop: FeedConnector | None = None) -> list[Page]:
    return [page async for page in (shop or connector(feed)).pull("feed", mark, since=SINCE)]


def texts(pages: list[Page]) -> list[str]:
    return [mention.text for page in pages for mention in page.mentions]


def last(pages: list[Page], before: str | None = None) -> str | None:
    return next((page.mark for page in reversed(pages) if page.mark), before)


def document(body: str, **headers: str) -> reading.Document:
    return reading.parse(Response(200, headers, body.encode(), f"{BASE}/feed"), "a", NOW)


async def test_entries_come_once_and_changed_ones_again() -> None:
    feed = FakeFeed()
    feed.write("too old", at=NOW - timedelta(days=60))
    first = feed.write("Maple & Rye <opens>", at=NOW - timedelta(hours=2))
    pages = await pull(feed)
    (mention,) = pages[0].mentions
    assert (mention.kind, mention.remote_id, mention.url) == (Kind.SEARCH, first, f"{BASE}/2")
    assert mention.posted_at == NOW - timedelta(hours=2)
    mark = last(pages)
    assert await pull(feed, mark) == []
    assert feed.requests[-1].headers["if-none-match"]
    feed.change(first, "Maple & Rye closes")
    feed.write("second", at=NOW)
    pages = await pull(feed, mark)
    assert texts(pages) == ["second", "Maple & Rye closes"]
    assert pages[0].mentions[1].edited_at is not None
    feed.conditional = False
    assert await pull(feed, last(pages)) != []  # the mark forgets the ETag
    assert texts(await pull(feed, last(pages))) == []


async def test_entries_without_dates_and_ids() -> None:
    body = """<rss version="2.0"><channel><title>T</title>
    <item><title>no id</title><link>/one</link></item><item><title>nothing at all</title></item>
    <item><guid>same</guid><title>a</title></item><item><guid>same</guid><title>b</title></item><item></item>
    </channel></rss>"""
    found = document(body)
    assert {entry.mention.text for entry in found.entries} == {"no id", "nothing at all", "a", "b"}
    assert len({entry.mention.remote_id for entry in found.entries}) == 4
    assert not any(entry.dated for entry in found.entries)
    assert found.damaged == 1
    assert f"{BASE}/one" in {entry.mention.url for entry in found.entries}
    assert {entry.mention.remote_id for entry in document(body).entries} == {
        entry.mention.remote_id for entry in found.entries
    }
    feed = FakeFeed()
    name = feed.write("undated", at=None)
    pages = await pull(feed)
    assert texts(pages) == ["undated"]
    assert await pull(feed, last(pages)) == []
    assert (await connector(feed).look([name])).mentions == ()


async def test_google_alerts() -> None:
    found = document((DATA / "alerts.xml").read_text("utf-8"))
    mention = found.entries[0].mention
    assert mention.url == "https://daily.example/town/maple?page=2"
    assert mention.text == "Maple and Rye opens again\n\nThe bakery Maple and Rye opens again on Monday."
    assert (mention.author.name, mention.author.handle) == ("daily.example", "daily.example")
    assert reading.unwrapped("https://www.google.com/url?q=javascript:alert(1)").startswith("https://www.google.com")
    assert reading.unwrapped("https://shop.example/url?url=https://a.example") == (
        "https://shop.example/url?url=https://a.example"
    )


async def test_hostile_feeds() -> None:
    found = document(
        """<rss version="2.0"><channel><title>T</title><item><guid>1</guid><title>x &amp;lt;3 &#x202e;y</title>
        <link>javascript:alert(1)</link><pubDate>Mon, 01 Jan 2199 00:00:00 GMT</pubDate>
<description>&lt;p&gt;fine&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=y&gt;</description>
        </item></channel></rss>"""
    ).entries[0]
    assert found.mention.url == ""
    assert found.mention.posted_at <= NOW
    assert "alert" not in found.mention.text
    assert "\u202e" not in found.mention.text
    opened = Response(200, {}, b"/etc/passwd", BASE)
    with pytest.raises(BadAnswerError):
        reading.parse(opened, "a", NOW)


async def test_a_damaged_feed_gives_what_it_has_and_says_so_once() -> None:
    feed = FakeFeed(conditional=False)
    feed.write("whole", at=NOW)
    body = feed.rss().replace("</channel></rss>", "<item><guid>z</guid><title>cut")

    def cut(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=body)

    pages = await pull(cut)
    assert "whole" in texts(pages)
    assert [page.gap.why for page in pages if page.gap] == [
        "The feed is damaged. What could be read is shown, other entries may be missing."
    ]
    assert not [page.gap for page in await pull(cut, last(pages)) if page.gap]
    assert "damaged" in await connector(cut).check()


async def test_a_feed_that_forgets_leaves_a_gap() -> None:
    feed = FakeFeed(size=5)
    for n in range(5):
        feed.write(f"old {n}", at=NOW - timedelta(hours=20 - n))
    mark = last(await pull(feed))
    for n in range(7):
        feed.write(f"new {n}", at=NOW - timedelta(hours=8 - n))
    pages = await pull(feed, mark)
    assert len(texts(pages)) == 5
    assert next(page.gap for page in pages if page.gap).until == NOW - timedelta(hours=6)


@pytest.mark.parametrize("trouble", ["none", "insert", "delete"])
async def test_older_pages(trouble: str) -> None:
    feed = FakeFeed(size=3, paged=True)
    names = [feed.write(f"n{n}", at=NOW - timedelta(hours=40 - n)) for n in range(30)]
    seen: set[str] = set()
    shop = connector(feed)
    count = 0
    async for page in shop.pull("feed", None, since=SINCE):
        seen |= {mention.remote_id for mention in page.mentions}
        count += 1
        if count == 4 and trouble == "insert":
            feed.write("between", at=NOW)
        if count == 4 and trouble == "delete":
            feed.remove(names[29])
    assert set(names) <= seen


async def test_a_pull_that_breaks_between_pages_goes_on() -> None:
    feed = FakeFeed(size=3, paged=True)
    names = [feed.write(f"n{n}", at=NOW - timedelta(hours=40 - n)) for n in range(12)]
    seen, mark, count = set(), None, 0
    async for page in connector(feed).pull("feed", None, since=SINCE):
        seen |= {mention.remote_id for mention in page.mentions}
        mark, count = page.mark, count + 1
        if count == 2:
            break
    assert seen < set(names)
    pages = await pull(feed, mark)
    again = [mention.remote_id for page in pages for mention in page.mentions]
    assert seen | set(again) == set(names)
    assert await pull(feed, last(pages)) == []


async def test_moved_for_good_is_kept_and_gone_is_told() -> None:
    feed = FakeFeed()
    feed.write("here", at=NOW)
    status = 301

    def moving(request: httpx.Request) -> httpx.Response:
        if request.url.host == "news.example":
            return httpx.Response(status, headers={"location": f"https://new.example/feed?key={KEY}"})
        return feed(request)

    saved: list[dict[str, str]] = []
    shop = connector(moving, saved)
    assert texts(await pull(None, shop=shop)) == ["here"]
    assert saved == [{"url": f"{BASE}/feed?key={KEY}", "moved": f"https://new.example/feed?key={KEY}"}]
    feed.requests.clear()
    await pull(None, shop=connector(moving, saved, **saved[0]))
    assert len(feed.requests) == 1
    status = 302
    assert texts(await pull(None, shop=connector(moving))) == ["here"]  # nothing is kept: `save` would fail
    with pytest.raises(GoneError, match="ended for good"):
        await pull(lambda _: httpx.Response(410))
    with pytest.raises(GoneError, match="no feed at this address"):
        await pull(lambda _: httpx.Response(404))
    with pytest.raises(BadAnswerError):
        await pull(lambda _: httpx.Response(200, text="<html><body>Domain for sale</body></html>"))
    with pytest.raises(BadAnswerError):
        await pull(lambda _: httpx.Response(200, text=""))
    with pytest.raises(BadAnswerError):
        await pull(lambda _: httpx.Response(200, content=b"x" * 4_100_000))


async def test_a_move_for_now_behind_one_for_good() -> None:
    """Only the first part of the way is kept: what lies behind a 302 is not promised to stay."""
    feed = FakeFeed()
    feed.write("here", at=NOW)
    ways = {
        "news.example": (308, "https://new.example/feed"),
        "new.example": (302, "https://cdn.example/feed"),
        "cdn.example": (301, f"https://last.example/feed?key={KEY}"),
    }

    def moving(request: httpx.Request) -> httpx.Response:
        status, place = ways.get(request.url.host, (0, ""))
        return httpx.Response(status, headers={"location": place}) if status else feed(request)

    saved: list[dict[str, str]] = []
    assert texts(await pull(None, shop=connector(moving, saved))) == ["here"]
    assert [each["moved"] for each in saved] == ["https://new.example/feed"]


async def test_signing_in() -> None:
    feed = FakeFeed()
    feed.write("here", at=NOW)

    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/":
            return httpx.Response(
                200,
                text="<html><head><link rel=alternate type='application/rss+xml' title='Comments' href='/comments'>"
                f"<link rel='alternate' type='application/rss+xml' href='/feed?key={KEY}'></head>",
            )
        if request.url.path == "/evil":
            return httpx.Response(
                200, text="<link rel=alternate type='application/atom+xml' href='https://127.0.0.1/feed'>"
            )
        return feed(request) if request.url.path == "/feed" else httpx.Response(200, text="<html>nothing</html>")

    http = Http(transport=httpx.MockTransport(site))
    for typed in ("news.example", f"feed://news.example/feed?key={KEY}", f"https://news.example/feed?key={KEY}#top"):
        who = await FeedConnector.sign_in(http, {"address": typed})
        assert (who.name, who.handle, who.server) == ("Town news", "news.example", BASE)
        assert who.secret == {"url": f"{BASE}/feed?key={KEY}"}
        assert KEY not in who.remote_id + who.data + who.handle + repr(who)
    with pytest.raises(InputError, match="no feed"):
        await FeedConnector.sign_in(http, {"address": "news.example/about"})
    with pytest.raises(AddressError):
        await FeedConnector.sign_in(http, {"address": "news.example/evil"})
    for typed in ("", "ftp://a.example", "https://", "https://[bad"):
        with pytest.raises(ServiceError):
            await FeedConnector.sign_in(http, {"address": typed})


async def test_it_listens_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    feed = FakeFeed()
    name = feed.write("here", at=NOW)
    shop = connector(feed)
    able = shop.capabilities
    assert (able.replies, able.kinds) == (False, (Kind.SEARCH,))
    assert able.no_reply
    with pytest.raises(RefusedError):
        await shop.send(a_reply(name))
    assert await shop.find(a_reply(name)) is None
    thread = await shop.thread((await pull(feed))[0].mentions[0])
    assert [mention.remote_id for mention in thread.mentions] == [name]
    assert (await shop.look(["other"])).gone == ()
    assert await shop.check() == ""
    feed.end_token()
    with pytest.raises(SignInError):
        await shop.check()
    assert KEY not in caplog.text
    with pytest.raises(SignInError):
        await pull(None, shop=FeedConnector(feed.account(), {}, Http(transport=httpx.MockTransport(feed)), None))  # type: ignore[arg-type]
    with pytest.raises(InputError):
        await anext(shop.pull("other", None, since=SINCE))
