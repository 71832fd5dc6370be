"""TikTok: comments by video, two levels, envelopes with errors inside, sign-in through the app's own address."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from app.connectors import _tiktok_wire as wire
from app.connectors.tiktok import TiktokConnector
from app.domain import Identity, Kind, Mention, OwnPost, Page
from app.errors import (
    BadAnswerError,
    ForbiddenError,
    GoneError,
    InputError,
    RateLimitError,
    RefusedError,
    ServerError,
    SignInError,
    UncertainError,
)
from app.http import Http

from .fake_mastodon import a_reply
from .fake_tiktok import APP, BASE, ME, FakeTikTok, connector, envelope

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)
DATA = Path(__file__).parents[2] / "data" / "tiktok"
REDIRECT = "http://localhost:47623/callback"
PAGE = "https://www.tiktok.com/v2/auth/authorize?client_key=k&scope=comment.list&response_type=code"
FIELDS = {"client_id": APP[0], "client_secret": APP[1], "authorize": PAGE}


async def pull(server: Any, mark: str | None = None) -> list[Page]:
    return [page async for page in connector(server).pull("comments", mark, since=SINCE)]


def ids(pages: list[Page]) -> list[str]:
    return [mention.remote_id for page in pages for mention in page.mentions]


def test_a_comment_as_documented() -> None:
    body = json.loads((DATA / "comments.json").read_text("utf-8"))
    raws = [msgspec.Raw(json.dumps(each).encode()) for each in body["data"]["comments"]]
    (top,), damaged = wire.decoded([*raws, msgspec.Raw(b'{"comment_id":{}}')])
    assert damaged == 1
    mention = wire.item(top, "a", "7000000000000000001", "https://t.example", top.comment_id)
    assert isinstance(mention, Mention)
    assert (mention.kind, mention.text, mention.author.handle) == (Kind.COMMENT, "Do you ship to Ghent?", "@ana.blum")
    assert mention.remote_id == "7000000000000000001:7100000000000000001"
    assert mention.posted_at == datetime.fromtimestamp(1795168800, UTC)
    (reply,), _ = wire.decoded(top.reply_list)
    own = wire.item(reply, "a", "7000000000000000001", "", top.comment_id)
    assert isinstance(own, OwnPost)
    assert own.reply_to == mention.remote_id


async def test_comments_replies_and_deletions() -> None:
    server = FakeTikTok(videos=["v1", "v2", "none"])
    server.write("too old", at=NOW - timedelta(days=60))
    first = server.write("Do you ship?", at=NOW - timedelta(hours=3))
    other = server.write("Nice", at=NOW - timedelta(hours=2), video="v2")
    pages = await pull(server)
    assert set(ids(pages)) == {first, other}
    mark = pages[-1].mark
    server.requests.clear()
    assert await pull(server, mark) == []
    assert len(server.requests) == 3  # none for a video without comments
    for n in range(5):
        server.write(f"me too {n}", at=NOW, below=first[3:])
    server.answer(first, "We do.", at=NOW)
    pages = await pull(server, mark)
    assert len(ids(pages)) == 5
    assert [(own.text, own.reply_to) for page in pages for own in page.own] == [("We do.", first)]
    nested = pages[0].mentions[0]
    thread = await connector(server).thread(nested)
    assert [len(thread.mentions), len(thread.own), thread.gone] == [6, 1, ()]
    server.remove(other)
    looked = await connector(server).look([first, nested.remote_id, other])
    assert (len(looked.mentions), looked.gone) == (2, (other,))
    assert {one.remote_id: one.reply_to for one in looked.mentions} == {first: "", nested.remote_id: first}


async def test_replying_liking_hiding_and_looking() -> None:
    server = FakeTikTok()
    top = server.write("Do you ship?", at=NOW)
    nested = server.write("Me too", at=NOW, below=top[3:])
    by_id = {one.remote_id: one for page in await pull(server) for one in page.mentions}
    shop = connector(server)
    sent = await shop.send(a_reply(nested, to_extra=by_id[nested].extra))
    assert server.ours() == ["It is on its way."]
    body = json.loads(server.requests[-1].content)
    assert body == {"business_id": ME, "video_id": "v1", "comment_id": top[3:], "text": "It is on its way."}
    found = await shop.find(a_reply(nested, to_extra=by_id[nested].extra))
    assert found is not None
    assert found.remote_id == sent.remote_id
    assert await shop.find(a_reply(top, "other")) is None
    assert await shop.find(a_reply(top, created_at=NOW + timedelta(hours=1))) is None
    await shop.like(by_id[nested], True)
    await shop.like(by_id[nested], False)
    await shop.hide(by_id[top], True)
    await shop.hide(by_id[top], False)
    assert server.deeds == [("like", nested[3:], "LIKE"), ("like", nested[3:], "UNLIKE"),
                            ("hide", top[3:], "HIDE"), ("hide", top[3:], "UNHIDE")]  # fmt: skip
    for bad in (" ", "x" * 151):
        with pytest.raises(RefusedError):
            await shop.send(a_reply(top, bad))
    for lost in (envelope(code=50000, message="fault"), httpx.Response(502), envelope({"odd": 1})):
        server.fail = lambda r, lost=lost: lost if server.is_send(r) else None  # type: ignore[method-assign,misc]
        with pytest.raises(UncertainError):
            await shop.send(a_reply(top))


@pytest.mark.parametrize(
    ("code", "kind"),
    [(40100, RateLimitError), (40001, ForbiddenError), (40002, RefusedError), (40400, GoneError),
     (50000, ServerError), (99, RefusedError)],
)  # fmt: skip
async def test_errors_inside_a_good_answer(code: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await connector_of(lambda _: envelope(code=code, message="Because")).check()
    with pytest.raises(BadAnswerError):
        await connector_of(lambda _: envelope({"videos": 3})).check()


def connector_of(answer: Any) -> TiktokConnector:
    server = FakeTikTok()
    server.fail = answer  # type: ignore[method-assign]
    return connector(server)


async def test_a_dead_token_is_renewed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = FakeTikTok()
    saved: list[dict[str, str]] = []
    shop = connector(server, saved)
    server.end_token()
    assert await shop.check() == ""
    assert saved[0]["token"] == server.token
    await shop.revoke()
    server.end_token()
    server.refresh += "x"
    with pytest.raises(SignInError):
        await shop.check()
    assert "s3cret" not in caplog.text
    with pytest.raises(InputError):
        await anext(shop.pull("other", None, since=SINCE))


async def test_signing_in() -> None:
    server = FakeTikTok()
    http = Http(transport=httpx.MockTransport(server))
    begun = await TiktokConnector.begin(http, FIELDS, REDIRECT)
    query = parse_qs(urlsplit(begun.url).query)
    assert (query["redirect_uri"], query["state"], query["client_key"]) == ([REDIRECT], [begun.state], ["k"])
    own = await TiktokConnector.begin(
        http, {**FIELDS, "authorize": f"{PAGE}&redirect_uri=https://m.example/x"}, REDIRECT
    )
    assert parse_qs(urlsplit(own.url).query)["redirect_uri"] == ["https://m.example/x"]
    who = await TiktokConnector.finish(http, own, f"https://m.example/x?code=good&state={own.state}")
    assert isinstance(who, Identity)
    assert (who.remote_id, who.handle, who.name, who.server) == (ME, "@maplerye", "Maple & Rye", BASE)
    assert who.secret["sign_in_ends"] > (NOW + timedelta(days=300)).isoformat()
    assert "s3cret" not in repr(who) + repr(own) + who.data
    with pytest.raises(SignInError):
        await TiktokConnector.finish(http, begun, "bad")
    for wrong in ("", "http://www.tiktok.com/v2", "https://tiktok.com.evil.example/", "javascript:alert(1)"):
        with pytest.raises(InputError):
            await TiktokConnector.begin(http, {**FIELDS, "authorize": wrong}, REDIRECT)
    with pytest.raises(InputError):
        await TiktokConnector.begin(http, {**FIELDS, "client_secret": ""}, REDIRECT)
    with pytest.raises(InputError):
        await TiktokConnector.sign_in(http, {})
