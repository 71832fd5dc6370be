"""The WordPress connector against a real site: signed in by its own page, a held comment answered, pages, edits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.connectors import _wordpress_pull as reading
from app.connectors.wordpress import WordpressConnector
from app.domain import Account, Identity, Mention, Page, Reply, ReplyState, Visibility
from app.errors import GoneError, RefusedError, SignInError
from app.http import Http
from app.loopback import Loopback

from .servers import WordPressServer, call


@dataclass
class Shop:
    """Our user on the site, and what the store would keep."""

    connector: WordpressConnector
    http: Http
    who: Identity
    site: WordPressServer
    mark: str | None = None

    async def pull(self) -> list[Page]:
        pages = []
        async for page in self.connector.pull("comments", self.mark, since=datetime.now(UTC) - timedelta(days=30)):
            self.mark = page.mark or self.mark
            pages.append(page)
        return pages

    async def receive(self, text: str, **more: Any) -> Mention:
        """A visitor writes; the comment as the connector reads it."""
        name = self.site.comment(text, **more)
        found = {one.remote_id: one for page in await self.pull() for one in page.mentions}
        return found[name]


async def _no_save(_: dict[str, str]) -> None:
    raise AssertionError("nothing to save")


async def sign_in(site: WordPressServer, http: Http, user: str = "owner") -> Identity:
    """The whole way: begin, the site's own page with its form, back to a loopback server of ours, finish."""
    loopback = Loopback()
    uri = await loopback.start()
    asked = await WordpressConnector.begin(http, {"server": site.base, "user": user}, uri)
    loopback.state = asked.state
    try:
        answer = site.browser(user).approve(asked.url)
        assert answer.status == 302
        back = answer.headers["Location"]
        assert back.startswith(uri)
        assert await _fetch(back) == 200
        return await WordpressConnector.finish(http, asked, await loopback.code())
    finally:
        await loopback.close()


async def _fetch(url: str) -> int:
    return (await asyncio.to_thread(call, "GET", url)).status


def connector(who: Identity, http: Http) -> WordpressConnector:
    account = Account("a1", "c1", "wordpress", who.server, who.remote_id, who.handle, who.name, data=who.data)
    return WordpressConnector(account, who.secret, http, _no_save)


@pytest.fixture(scope="module")
def signed_in() -> dict[str, Identity]:
    """WordPress refuses a second password of the same second, so most tests share one."""
    return {}


@pytest.fixture
async def shop(wordpress: WordPressServer, signed_in: dict[str, Identity]) -> AsyncIterator[Shop]:
    http = Http()
    who = signed_in.get("owner") or await sign_in(wordpress, http)
    signed_in["owner"] = who
    yield Shop(connector(who, http), http, who, wordpress)
    await http.close()


def answer(mention: Mention, text: str = "It leaves today.", **more: Any) -> Reply:
    now = datetime.now(UTC)
    fields: dict[str, Any] = {"created_at": now, "not_before": now, **more}
    return Reply(uuid4().hex, "v1", "a1", mention.remote_id, text, Visibility.PUBLIC, ReplyState.CLAIMED, **fields)


async def test_the_sites_own_page_signs_in(shop: Shop) -> None:
    assert shop.who.name == "Maple & Rye"
    assert shop.who.handle == shop.site.base.removeprefix("http://")
    assert shop.who.note == ""
    assert await shop.connector.check() == ""


async def test_refusing_and_a_password_that_is_none(wordpress: WordPressServer) -> None:
    http, loopback = Http(), Loopback()
    uri = await loopback.start()
    try:
        asked = await WordpressConnector.begin(http, {"server": wordpress.base, "user": "owner"}, uri)
        back = wordpress.browser().approve(asked.url, press="reject").headers["Location"]
        assert "success=false" in back
        with pytest.raises(SignInError, match="refused"):
            await WordpressConnector.finish(http, asked, back)
        with pytest.raises(SignInError, match="did not accept"):
            await WordpressConnector.finish(http, asked, "abcd efgh ijkl mnop qrst uvwx")
    finally:
        await loopback.close()
        await http.close()


async def test_a_held_comment_is_answered_and_public(shop: Shop) -> None:
    mention = await shop.receive("My <b>rye</b> loaf wasn't baked through. What now?")
    assert mention.text.startswith("My rye loaf wasn")
    assert mention.author.name == "Bob Baker"
    assert mention.remote_id not in shop.site.public()
    reply = answer(mention, "We're sorry & bake \"another\" - <3\nCome by, it's ready. 🥖")
    assert await shop.connector.find(reply) is None
    sent = await shop.connector.send(reply)
    public = shop.site.public()
    assert public[mention.remote_id]["status"] == "approved"
    assert public[sent.remote_id]["parent"] == int(mention.remote_id)
    found = await shop.connector.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id
    assert (
        await shop.connector.send(reply)
    ).remote_id == sent.remote_id  # WordPress refuses the double, and it is ours
    later = answer(mention, reply.text, created_at=datetime.now(UTC) + timedelta(minutes=9))
    with pytest.raises(RefusedError, match="same words"):
        await shop.connector.send(later)
    [own] = [one for page in await shop.pull() for one in page.own if one.remote_id == sent.remote_id]
    assert own.reply_to == mention.remote_id
    assert "<3" in own.text
    thread = await shop.connector.thread(mention)
    assert [one.remote_id for one in thread.mentions] == [mention.remote_id]
    assert [one.remote_id for one in thread.own] == [sent.remote_id]


async def test_pages_and_marks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PER_PAGE", 4)
    monkeypatch.setattr(reading, "OVERLAP", 1)
    written = [shop.site.comment(f"Number {n} of {uuid4().hex}") for n in range(9)]
    pages = await shop.pull()
    assert len(pages) >= 3
    found = [one.remote_id for page in pages for one in page.mentions]
    assert set(written) <= set(found)
    shop.mark = None
    async for page in shop.connector.pull("comments", None, since=datetime.now(UTC) - timedelta(days=30)):
        shop.mark = page.mark
        break  # as at a crash
    rest = {one.remote_id for page in await shop.pull() for one in page.mentions}
    assert set(written) <= rest | {one.remote_id for one in page.mentions}
    late = shop.site.comment("One more")
    assert late in {one.remote_id for page in await shop.pull() for one in page.mentions}


async def test_two_comments_one_thread_edits_and_the_bin(shop: Shop) -> None:
    top = await shop.receive("Do you bake on Sundays?")
    shop.site.change(top.remote_id, status="approve")
    below = await shop.receive("I wonder too", name="Ann", parent=top.remote_id)
    assert below.reply_to == top.remote_id
    sent = await shop.connector.send(answer(below, "From eight on."))
    thread = await shop.connector.thread(below)
    assert [one.remote_id for one in thread.mentions] == [top.remote_id, below.remote_id]
    assert [one.remote_id for one in thread.own] == [sent.remote_id]
    assert {one.thread for one in (*thread.mentions, *thread.own)} == {top.remote_id}
    shop.site.change(top.remote_id, text="Do you bake on Mondays?")
    shop.site.change(below.remote_id, status="spam")
    seen = await shop.connector.look([top.remote_id, below.remote_id, "999999"])
    assert [one.text for one in seen.mentions] == ["Do you bake on Mondays?"]
    assert seen.gone == (below.remote_id, "999999")
    with pytest.raises(GoneError):
        await shop.connector.send(answer(below, "Anybody there?"))


async def test_hide_and_back(shop: Shop) -> None:
    spam = await shop.receive("Cheap pills")
    await shop.connector.hide(spam, False)
    assert spam.remote_id in shop.site.public()
    for _ in range(2):
        await shop.connector.hide(spam, True)
    assert spam.remote_id not in shop.site.public()
    await shop.connector.hide(spam, False)
    assert spam.remote_id in shop.site.public()


async def test_a_reader_sees_public_comments_only(shop: Shop) -> None:
    who = await sign_in(shop.site, shop.http, "reader")
    assert "may not moderate" in who.note
    reader = connector(who, shop.http)
    held = shop.site.comment("Held back")
    pages = [page async for page in reader.pull("comments", None, since=datetime.now(UTC) - timedelta(days=30))]
    seen = {one.remote_id for page in pages for one in page.mentions}
    assert held not in seen
    assert seen <= set(shop.site.public())


async def test_a_sign_in_that_was_ended(shop: Shop, signed_in: dict[str, Identity]) -> None:
    del signed_in["owner"]
    await shop.connector.revoke()
    for call_ in (shop.connector.check, shop.pull):
        with pytest.raises(SignInError):
            await call_()


async def test_a_site_without_pretty_permalinks() -> None:
    http = Http()
    with WordPressServer(pretty=False) as site:
        who = await sign_in(site, http)
        assert "rest_route" in who.data
        shop = Shop(connector(who, http), http, who, site)
        mention = await shop.receive("Hello there")
        sent = await shop.connector.send(answer(mention))
        assert sent.remote_id in site.public()
    await http.close()
