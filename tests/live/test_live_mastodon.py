"""The Mastodon connector against two real servers, chosen because they differ: snac2 and mastodon-mock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from msgspec import structs

from app.connectors import _mastodon_pull as reading
from app.connectors.mastodon import MastodonConnector
from app.domain import Account, Identity, Kind, Mention, Page, Reply, ReplyState, Visibility
from app.errors import AddressError, GoneError, NetworkError, RefusedError, SignInError, UncertainError
from app.http import Http

from .servers import FaultProxy, MakeProxy, MastodonMock, MastodonPerson, SnacServer, wait_until

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


@dataclass
class Shop:
    """Our account on a server, a customer there, and what the store would keep."""

    connector: MastodonConnector
    http: Http
    who: Identity
    owner: MastodonPerson
    customer: MastodonPerson
    name: str
    mark: str | None = None

    async def pull(self, stream: str = "notifications") -> list[Page]:
        pages = []
        since = datetime.now(UTC) - timedelta(days=30)
        async for page in self.connector.pull(stream, self.mark, since=since):
            self.mark = page.mark or self.mark
            pages.append(page)
        return pages

    async def receive(self, text: str = "where is my order?", **more: Any) -> Mention:
        """The customer writes; return it as the connector reads it."""
        asked = self.customer.post(f"{self.owner.mention} {text}", **more)
        self.owner.wait_notification(asked["id"])
        found = {m.remote_id: m for page in await self.pull() for m in page.mentions}
        return found[self.id(asked)]

    def id(self, status: dict[str, Any]) -> str:
        """The id that the connector gives it: of snac2's, the part that an edit does not change."""
        name: str = status["id"]
        return "0" * 10 + name[10:] if len(name) == 42 else name

    def replies(self, mention: Mention) -> list[dict[str, Any]]:
        """Our replies, as our server has them."""
        return self.owner.replies(mention.remote_id, by="owner")

    def sent(self, mention: Mention) -> list[str]:
        return [self.id(each) for each in self.replies(mention)]


async def _no_save(_: dict[str, str]) -> None:
    raise AssertionError("nothing to save")


async def connect(http: Http, base: str, token: str) -> tuple[MastodonConnector, Identity]:
    who = await MastodonConnector.sign_in(http, {"server": base, "token": token})
    account = Account("a1", "c1", "mastodon", who.server, who.remote_id, who.handle, who.name, data=who.data)
    return MastodonConnector(account, who.secret, http, _no_save), who


@pytest.fixture(params=["snac", "mastodon_mock"])
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    server: SnacServer | MastodonMock = request.getfixturevalue(request.param)
    http = Http()
    connector, who = await connect(http, server.base, server.owner.token)
    yield Shop(connector, http, who, server.owner, server.visitor, request.param)
    await http.close()


def answer(mention: Mention, text: str = "It leaves today.", **more: Any) -> Reply:
    now = datetime.now(UTC)
    fields: dict[str, Any] = {"visibility": mention.visibility, "state": ReplyState.CLAIMED, "created_at": now}
    return Reply(uuid4().hex, "v1", "a1", mention.remote_id, text, not_before=now, **{**fields, **more})


async def test_a_mention_is_read_answered_and_found(shop: Shop) -> None:
    assert await shop.connector.check() == ""
    mention = await shop.receive("is the <b>rye</b> ready? https://visitor.example/orders/17")
    assert mention.kind is Kind.MENTION
    assert mention.visibility is Visibility.PUBLIC
    assert "https://visitor.example/orders/17" in mention.text
    assert mention.author.handle.startswith("@visitor")
    reply = answer(mention, "Yes, **now**: https://shop.example/pick-up *bring a bag* 🥖")
    assert await shop.connector.find(reply) is None
    sent = await shop.connector.send(reply)
    assert shop.sent(mention) == [sent.remote_id]
    shop.customer.wait_notification(shop.replies(mention)[0]["id"])
    found = await shop.connector.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id
    assert await shop.connector.find(structs.replace(reply, created_at=reply.created_at + timedelta(minutes=9))) is None
    thread = await shop.connector.thread(mention)
    assert [each.remote_id for each in thread.mentions] == [mention.remote_id]
    assert [(each.remote_id, each.reply_to) for each in thread.own] == [(sent.remote_id, mention.remote_id)]
    assert {each.thread for each in (*thread.mentions, *thread.own)} == {mention.remote_id}
    own = replace_mark(shop)
    assert sent.remote_id in [each.remote_id for page in await own.pull("own") for each in page.own]


def replace_mark(shop: Shop) -> Shop:
    return replace(shop, mark=None)


async def test_a_reply_from_elsewhere_and_the_customers_answer(shop: Shop) -> None:
    mention = await shop.receive()
    own = replace_mark(shop)
    await own.pull("own")
    elsewhere = shop.owner.post(f"{shop.customer.mention} by hand", in_reply_to_id=mention.remote_id)
    seen = [each for page in await own.pull("own") for each in page.own]
    assert shop.id(elsewhere) in [each.remote_id for each in seen]
    thanks = await shop.receive("thank you", in_reply_to_id=elsewhere["id"])
    assert thanks.kind is Kind.REPLY
    assert thanks.reply_to == shop.id(elsewhere)


async def test_a_direct_message_stays_between_two(shop: Shop) -> None:
    mention = await shop.receive("my number is 555 0199", visibility="direct")
    assert mention.kind is Kind.MESSAGE
    reply = answer(mention, "We call you.", visibility=Visibility.PUBLIC)
    sent = await shop.connector.send(reply)
    assert shop.replies(mention)[0]["visibility"] in ("direct", "private")  # snac2 knows one word for both
    found = await shop.connector.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id


async def test_public_criticism_is_continued_in_private(shop: Shop) -> None:
    mention = await shop.receive("this was cold")
    await shop.connector.send(answer(mention, "What is your number?", visibility=Visibility.DIRECT))
    assert shop.replies(mention)[0]["visibility"] in ("direct", "private")


@pytest.mark.parametrize("server", ["snac", "mastodon_mock"])
@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_a_line_that_breaks_makes_neither_two_nor_none(
    server: str, lost: str, request: pytest.FixtureRequest, fault_proxy: MakeProxy
) -> None:
    real: SnacServer | MastodonMock = request.getfixturevalue(server)
    proxy: FaultProxy = fault_proxy(real.base, rewrite=False)
    http = Http()
    connector, who = await connect(http, proxy.base, real.owner.token)
    shop = Shop(connector, http, who, real.owner, real.visitor, server)
    mention = await shop.receive(f"lost {lost}")
    reply = answer(mention)
    if lost == "request":
        proxy.drop_request("POST", "/api/v1/statuses")
    else:
        proxy.drop_answer("POST", "/api/v1/statuses")
    with pytest.raises(UncertainError):
        await connector.send(reply)
    found = await connector.find(reply)
    assert (found is None) == (lost == "request")
    if found is None:
        found = await connector.send(reply)
    assert shop.sent(mention) == [found.remote_id]
    await http.close()


async def test_a_deleted_post_is_gone_and_gets_no_reply(shop: Shop) -> None:
    mention = await shop.receive("never mind")
    shop.customer.delete(mention.remote_id)
    wait_until(lambda: shop.owner.status(mention.remote_id) is None, "the post to go", timeout=30)
    assert (await shop.connector.look([mention.remote_id])).gone == (mention.remote_id,)
    assert (await shop.connector.thread(mention)).gone == (mention.remote_id,)
    before = len(shop.owner.call("GET", f"/api/v1/accounts/{shop.who.remote_id}/statuses").ok())
    with pytest.raises(GoneError):
        await shop.connector.send(answer(mention))
    assert len(shop.owner.call("GET", f"/api/v1/accounts/{shop.who.remote_id}/statuses").ok()) == before


async def test_an_edit_is_followed(shop: Shop) -> None:
    mention = await shop.receive("two loafs")
    shop.customer.edit(mention.remote_id, f"{shop.owner.mention} three loaves")
    seen = (await shop.connector.look([mention.remote_id, mention.remote_id])).mentions
    assert "three loaves" in seen[0].text
    assert seen[0].edited_at is not None


async def test_empty_and_too_long_do_not_leave(shop: Shop) -> None:
    """snac2 would publish both."""
    mention = await shop.receive("hm")
    for text in ("  ", "x" * (shop.connector.capabilities.max_graphemes + 1)):
        with pytest.raises(RefusedError):
            await shop.connector.send(answer(mention, text))
    assert not shop.replies(mention)


async def test_many_that_wait(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a page; on snac2 the newest come first whatever is asked."""
    await shop.receive("the first of many")
    monkeypatch.setattr(reading, "LIMIT", 4)
    monkeypatch.setattr(reading, "FULL", 3)
    monkeypatch.setattr(reading, "OVERLAP", 2)
    shop.mark = None
    await shop.pull()
    written = {shop.id(shop.customer.post(f"{shop.owner.mention} number {n}")) for n in range(11)}

    def arrived() -> bool:
        notes = shop.owner.notifications(limit="40")
        return written <= {shop.id(note["status"]) for note in notes if note.get("status")}

    wait_until(arrived, "11 mentions", timeout=60, every=0.5)
    pages = await shop.pull()
    assert written <= {mention.remote_id for page in pages for mention in page.mentions}
    assert not [page.gap for page in pages if page.gap]
    assert not [mention for page in await shop.pull() for mention in page.mentions]


async def test_one_call_after_another_on_a_server_that_hangs_up(shop: Shop) -> None:
    """snac2 closes every connection after its answer, without saying so."""
    for _ in range(30):
        assert await shop.connector.check() == ""
    await asyncio.gather(*(shop.connector.check() for _ in range(20)))


# --- signing in -----------------------------------------------------------------------------------


async def test_oauth_with_a_loopback_redirect(snac: SnacServer) -> None:
    http = Http()
    redirect = "http://127.0.0.1:9/callback"
    waiting = await MastodonConnector.begin(http, {"server": snac.base}, redirect)
    assert waiting.url.startswith(f"{snac.base}/oauth/authorize?")
    back = snac.sign_in("owner", waiting.data["client_id"], redirect_uri=redirect, state=waiting.state)
    location = back.headers["Location"]
    assert waiting.state in location
    who = await MastodonConnector.finish(http, waiting, location)
    assert who.handle == f"@owner@{urlsplit(snac.base).netloc}"
    await http.close()


async def test_oauth_with_a_pasted_code(snac: SnacServer) -> None:
    http = Http()
    waiting = await MastodonConnector.begin(http, {"server": snac.base}, OUT_OF_BAND)
    page = snac.sign_in("owner", waiting.data["client_id"], redirect_uri=OUT_OF_BAND, state=waiting.state)
    who = await MastodonConnector.finish(http, waiting, page.text)
    assert who.handle == f"@owner@{urlsplit(snac.base).netloc}"
    await http.close()


async def test_a_revoked_token(snac: SnacServer) -> None:
    http = Http()
    token = snac.token("owner")
    connector, _ = await connect(http, snac.base, token)
    snac.revoke(token)
    for _ in range(2):
        with pytest.raises(SignInError):
            await connector.check()
    with pytest.raises(SignInError):
        [page async for page in connector.pull("notifications", None, since=datetime.now(UTC))]
    await http.close()


async def test_a_wrong_token(mastodon_mock: MastodonMock) -> None:
    http = Http()
    with pytest.raises(SignInError):
        await connect(http, mastodon_mock.base, "wrong")
    await http.close()


async def test_what_is_no_mastodon_and_what_is_not_there(mastodon_mock: MastodonMock, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(mastodon_mock.base)
    proxy.answer(200, "<!doctype html><title>A blog</title>", times=None)
    http = Http()
    with pytest.raises(AddressError, match="not a Mastodon server"):
        await MastodonConnector.begin(http, {"server": proxy.base}, OUT_OF_BAND)
    with pytest.raises(NetworkError):
        await MastodonConnector.begin(http, {"server": "http://127.0.0.1:9"}, OUT_OF_BAND)
    await http.close()
