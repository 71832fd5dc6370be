"""LinkedIn pages: comments, replies, likes, sign-in with several pages, and refusals in words."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from app.connectors import _linkedin_wire as wire
from app.connectors.linkedin import LinkedinConnector
from app.domain import Kind, Mention, OwnPost, Page
from app.errors import ForbiddenError, GoneError, InputError, RefusedError, ServiceError, SignInError, UncertainError
from app.http import Http

from .fake_linkedin import ACTIVITY, APP, PAGE, POST, FakeLinkedIn, connector
from .fake_mastodon import a_reply

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)
DATA = Path(__file__).parents[2] / "data" / "linkedin"
REDIRECT = "http://localhost:47623/callback"
FIELDS = {"client_id": APP[0], "client_secret": APP[1]}


async def pull(server: FakeLinkedIn, mark: str | None = None) -> list[Page]:
    return [page async for page in connector(server).pull("comments", mark, since=SINCE)]


def mentions(pages: list[Page]) -> list[Mention]:
    return [mention for page in pages for mention in page.mentions]


def test_a_comment_as_documented() -> None:
    body = msgspec.json.decode((DATA / "comments.json").read_bytes(), type=wire.Elements)
    (comment,), damaged = wire.decoded(body.elements)
    mention = wire.item(comment, "a", PAGE, POST)
    assert isinstance(mention, Mention)
    assert (damaged, mention.kind, mention.text) == (0, Kind.COMMENT, "Do you ship to Ghent?")
    assert mention.remote_id == "urn:li:comment:(urn:li:activity:684478552,684479111)"
    assert mention.posted_at == datetime(2025, 11, 20, 10, tzinfo=UTC)
    assert mention.edited_at == datetime(2025, 11, 20, 11, tzinfo=UTC)
    assert comment.replies == 1
    ours = wire.item(comment, "a", "urn:li:person:A8xe03Qt10", POST)
    assert isinstance(ours, OwnPost)
    assert wire.decoded([msgspec.Raw(b'{"id":1}'), msgspec.Raw(b'{"id":{}}')]) == ([], 2)
    assert wire.path("urn:li:comment:(a,1)") == "urn%3Ali%3Acomment%3A%28a%2C1%29"


async def test_comments_replies_edits_and_deletions() -> None:
    server = FakeLinkedIn()
    server.write("too old", at=NOW - timedelta(days=60))
    first = server.write("Do you ship?", at=NOW - timedelta(hours=2))
    pages = await pull(server)
    assert [one.remote_id for one in mentions(pages)] == [first]
    assert pages[0].mark
    pages = await pull(server, pages[-1].mark)
    assert mentions(pages) == []
    server.answer(first, "We do.", at=NOW)
    nested = server.write("Thanks", at=NOW, below=first)
    pages = await pull(server, pages[-1].mark)
    assert [(own.text, own.reply_to) for page in pages for own in page.own] == [("We do.", first)]
    assert [(one.remote_id, one.thread) for one in mentions(pages)] == [(nested, first)]
    server.change(first, "Do you ship to Ghent?")
    server.remove(nested)
    pages = await pull(server, pages[-1].mark)
    assert [one.text for one in mentions(pages)] == ["Do you ship to Ghent?"]
    assert mentions(pages)[0].edited_at is not None
    assert pages[0].gone == (nested,)
    thread = await connector(server).thread(mentions(pages)[0])
    assert [len(thread.mentions), len(thread.own)] == [1, 1]
    looked = await connector(server).look([first, nested, "odd"])
    assert (len(looked.mentions), set(looked.gone)) == (1, {nested, "odd"})


async def test_older_posts_are_read_in_turns() -> None:
    server = FakeLinkedIn()
    for n in range(25):
        server.post(f"urn:li:share:{n}", NOW - timedelta(days=20))
    pages = await pull(server)
    assert len(pages) == 26
    late = server.write("late", at=NOW, post="urn:li:share:3")
    found: list[str] = []
    mark = pages[-1].mark
    for _ in range(3):
        server.requests.clear()
        pages = await pull(server, mark)
        mark = pages[-1].mark
        assert len(server.requests) <= 13
        found += [one.remote_id for one in mentions(pages)]
    assert found == [late]


async def test_replying_liking_and_looking() -> None:
    server = FakeLinkedIn()
    top = server.write("Do you ship?", at=NOW)
    nested = server.write("Me too", at=NOW, below=top)
    pages = await pull(server)
    by_id = {one.remote_id: one for one in mentions(pages)}
    shop = connector(server)
    sent = await shop.send(a_reply(nested, to_extra=by_id[nested].extra))
    assert server.ours() == ["It is on its way."]
    assert sent.remote_id in server.comments
    body = json.loads(next(each for each in server.requests if server.is_send(each)).content)
    assert body == {"actor": PAGE, "object": ACTIVITY, "parentComment": top, "message": {"text": "It is on its way."}}
    found = await shop.find(a_reply(nested, to_extra=by_id[nested].extra))
    assert found is not None
    assert found.remote_id == sent.remote_id
    assert await shop.find(a_reply(top, "other words")) is None
    assert await shop.find(a_reply(top, created_at=NOW + timedelta(hours=1))) is None
    assert await shop.find(a_reply(f"urn:li:comment:({ACTIVITY},1)")) is None
    await shop.like(by_id[top], True)
    assert server.liked == {top}
    await shop.like(by_id[top], False)
    assert not server.liked
    for bad in (a_reply(top, " "), a_reply("odd")):
        with pytest.raises(RefusedError):
            await shop.send(bad)
    with pytest.raises(GoneError):
        await shop.send(a_reply(f"urn:li:comment:({ACTIVITY},1)"))
    server.fail = lambda r: httpx.Response(504) if server.is_send(r) else None  # type: ignore[method-assign]
    with pytest.raises(UncertainError):
        await shop.send(a_reply(top))
    server.fail = lambda r: httpx.Response(201) if server.is_send(r) else None  # type: ignore[method-assign]
    with pytest.raises(UncertainError):
        await shop.send(a_reply(top))


async def test_refusals_in_words() -> None:
    server = FakeLinkedIn()
    for status, kind, words in (
        (403, ForbiddenError, "approved for the Community Management API"),
        (426, ServiceError, "newer Carelane"),
        (400, RefusedError, "Because"),
    ):
        server.fail = lambda _, status=status: httpx.Response(status, json={"message": "Because"})  # type: ignore[method-assign,misc]
        with pytest.raises(kind, match=words):
            await connector(server).check()


async def test_a_post_that_goes_meanwhile_costs_nothing_else() -> None:
    server = FakeLinkedIn()
    server.post("urn:li:share:9")
    first = server.write("here", at=NOW)
    gone = wire.path("urn:li:share:9").encode()
    server.fail = lambda r: httpx.Response(404) if gone in r.url.raw_path else None  # type: ignore[method-assign]
    pages = await pull(server)
    assert [one.remote_id for one in mentions(pages)] == [first]
    assert not any(page.gone for page in pages)


async def test_signing_in_lists_the_pages(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = FakeLinkedIn()
    http = Http(transport=httpx.MockTransport(server))
    begun = await LinkedinConnector.begin(http, FIELDS, REDIRECT)
    query = parse_qs(urlsplit(begun.url).query)
    assert begun.url.startswith("https://www.linkedin.com/oauth/v2/authorization?")
    assert query["redirect_uri"] == [REDIRECT]
    assert "w_organization_social_feed" in query["scope"][0]
    found = await LinkedinConnector.finish(http, begun, f"{REDIRECT}?code=good&state={begun.state}")
    assert isinstance(found, tuple)
    assert [(one.remote_id, one.name) for one in found] == [(PAGE, "Shop 77"), ("urn:li:organization:78", "Shop 78")]
    assert found[0].secret["sign_in_ends"] > (NOW + timedelta(days=300)).isoformat()
    server.refreshes = False
    again = await LinkedinConnector.finish(http, begun, "good")
    assert isinstance(again, tuple)
    assert again[0].secret["sign_in_ends"] == again[0].secret["expires_at"]
    with pytest.raises(SignInError):
        await LinkedinConnector.finish(http, begun, "bad")
    with pytest.raises(InputError):
        await LinkedinConnector.begin(http, {"client_id": "", "client_secret": ""}, REDIRECT)
    with pytest.raises(InputError):
        await LinkedinConnector.sign_in(http, {})
    local = await LinkedinConnector.begin(http, {**FIELDS, "server": "https://127.0.0.1:9"}, REDIRECT)
    assert local.url.startswith("https://127.0.0.1:9/oauth")
    other = await LinkedinConnector.begin(http, {**FIELDS, "server": "https://evil.example"}, REDIRECT)
    assert other.url.startswith("https://www.linkedin.com/")
    assert "s3cret" not in caplog.text


async def test_a_dead_token() -> None:
    server = FakeLinkedIn()
    saved: list[dict[str, str]] = []
    shop = connector(server, saved)
    server.end_token()
    assert await shop.check() == ""
    assert saved[0]["token"] == server.token
    await shop.revoke()
    assert server.requests[-1].url.host == "www.linkedin.com"
    with pytest.raises(InputError):
        await anext(shop.pull("other", None, since=SINCE))
