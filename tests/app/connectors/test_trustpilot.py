"""Trustpilot: reviews by date, the one reply, sign-in and renewal."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.connectors import _trustpilot_wire as wire
from app.connectors.base import Idempotency
from app.connectors.trustpilot import TrustpilotConnector
from app.domain import Kind, Page
from app.errors import (
    ForbiddenError,
    GoneError,
    InputError,
    RateLimitError,
    RefusedError,
    SignInError,
    UncertainError,
)
from app.http import Http

from .fake_mastodon import a_reply
from .fake_trustpilot import APP, BASE, FakeTrustpilot, connector

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)
DATA = Path(__file__).parents[2] / "data" / "trustpilot"
FIELDS = {"client_id": APP[0], "client_secret": APP[1], "domain": "https://www.maplerye.example/cakes",
          "username": "mo@maplerye.example", "password": "pw-s3cret"}  # fmt: skip


async def pull(server: FakeTrustpilot, mark: str | None = None) -> list[Page]:
    return [page async for page in connector(server).pull("reviews", mark, since=SINCE)]


def ids(pages: list[Page]) -> list[str]:
    return [mention.remote_id for page in pages for mention in page.mentions]


def test_a_review_as_documented() -> None:
    review = wire.decoded([wire.msgspec.Raw((DATA / "review.json").read_bytes())])[0][0]
    mention = wire.mention_of(review, "a", NOW)
    assert (mention.kind, mention.rating, mention.author.name) == (Kind.REVIEW, 2, "Ana Blum")
    assert mention.text == "The cake came late, and it was crushed."
    assert mention.posted_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert mention.edited_at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert mention.url == "https://www.trustpilot.com/reviews/507f191e810c19729de860ea"
    own = wire.own_of(review, "a", NOW)
    assert own is not None
    assert (own.text, own.reply_to, own.posted_at.hour) == ("We are sorry, Ana.", mention.remote_id, 11)


async def test_reviews_replies_edits_and_deletions() -> None:
    server = FakeTrustpilot()
    server.write("too old", at=NOW - timedelta(days=40))
    first = server.write("crushed", at=NOW - timedelta(hours=3))
    pages = await pull(server)
    assert ids(pages) == [first]
    mark = pages[-1].mark
    assert await pull(server, mark) == []
    server.answer(first, "sorry", at=NOW)
    pages = await pull(server, mark)
    assert [(own.text, own.reply_to) for page in pages for own in page.own] == [("sorry", first)]
    server.change(first, "crushed, and late")
    pages = await pull(server, pages[-1].mark)
    assert pages[0].mentions[0].edited_at is not None
    second = server.write("fine", at=NOW)
    assert ids(await pull(server, pages[-1].mark)) == [second]
    shop = connector(server)
    assert [own.text for own in (await shop.thread(pages[0].mentions[0])).own] == ["sorry"]
    server.remove(first)
    thread = await shop.look([first, f"{first}/reply", second])
    assert thread.gone == (first, f"{first}/reply")
    assert [mention.remote_id for mention in thread.mentions] == [second]


@pytest.mark.parametrize("size", [100, 7])
@pytest.mark.parametrize("trouble", ["none", "insert", "delete", "break"])
async def test_a_long_backlog_is_read_whole(size: int, trouble: str) -> None:
    server = FakeTrustpilot(per_page=size)
    names = [server.write(f"n{n}", at=NOW - timedelta(minutes=600 - n // 3)) for n in range(10 * size)]
    seen: set[str] = set()
    mark, count = None, 0
    async for page in connector(server).pull("reviews", None, since=SINCE):
        seen |= {mention.remote_id for mention in page.mentions}
        mark, count = page.mark, count + 1
        if count == 3 and trouble == "insert":
            names.append(server.write("between", at=NOW))
        if count == 3 and trouble == "delete":
            server.remove(names[-1])
            server.remove(names[-2])
        if count == 3 and trouble == "break":
            names.append(server.write("meanwhile", at=NOW))
            break
    seen |= set(ids(await pull(server, mark)))
    assert seen == set(names)
    assert len(server.requests) < 60


async def test_many_at_one_second() -> None:
    server = FakeTrustpilot(per_page=5)
    names = [server.write(f"n{n}", at=NOW - timedelta(hours=1)) for n in range(23)]
    assert sorted(ids(await pull(server))) == names


async def test_a_damaged_review_leaves_a_gap() -> None:
    server = FakeTrustpilot()
    good = server.write("fine", at=NOW)
    bad = server.write("odd", at=NOW)
    server.reviews[bad]["title"] = {"no": 1}
    pages = await pull(server)
    assert ids(pages) == [good]
    assert "could not be read" in next(page.gap.why for page in pages if page.gap)


async def test_replying_and_looking() -> None:
    server = FakeTrustpilot()
    name = server.write("crushed", at=NOW)
    shop = connector(server)
    assert (shop.capabilities.replaces, shop.capabilities.idempotency) == (True, Idempotency.LOOK)
    assert shop.prepare(a_reply(name)) == ""
    sent = await shop.send(a_reply(name))
    assert (sent.remote_id, server.ours()) == (f"{name}/reply", ["It is on its way."])
    assert json.loads(server.requests[-1].content) == {"authorBusinessUserId": "b1", "message": "It is on its way."}
    assert (await shop.find(a_reply(name))) is not None
    await shop.send(a_reply(sent.remote_id, "Better words."))
    assert server.ours() == ["Better words."]
    assert await shop.find(a_reply(name)) is None
    server.answer(name, "It is on its way.", at=NOW - timedelta(days=1))
    assert await shop.find(a_reply(name)) is None  # an older equal reply
    assert await shop.find(a_reply("gone")) is None
    with pytest.raises(GoneError):
        await shop.send(a_reply("gone"))
    with pytest.raises(RefusedError, match="empty"):
        await shop.send(a_reply(name, " "))
    server.fail = lambda r: httpx.Response(502) if server.is_send(r) else None  # type: ignore[method-assign]
    with pytest.raises(UncertainError):
        await shop.send(a_reply(name))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, RefusedError), (403, ForbiddenError), (404, GoneError), (409, RefusedError), (429, RateLimitError)],
)
async def test_errors(status: int, kind: type[Exception]) -> None:
    server = FakeTrustpilot()
    server.fail = lambda _: httpx.Response(status, json={"message": "Because"})  # type: ignore[method-assign]
    with pytest.raises(kind):
        await connector(server).send(a_reply("r1"))


async def test_a_dead_token_is_renewed_once_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = FakeTrustpilot()
    server.write("crushed", at=NOW)
    saved: list[dict[str, str]] = []
    shop = connector(server, saved)
    server.end_token()
    assert await shop.check() == ""
    assert [each["token"] for each in saved] == [server.token]
    assert (saved[0]["refresh_token"], saved[0]["user_id"]) == (server.refresh, "b1")
    assert saved[0]["sign_in_ends"] > NOW.isoformat()
    server.end_token()
    server.refresh += "x"
    with pytest.raises(SignInError):
        await shop.check()
    assert "s3cret" not in caplog.text
    await shop.revoke()


async def test_signing_in() -> None:
    server = FakeTrustpilot()
    http = Http(transport=httpx.MockTransport(server))
    who = await TrustpilotConnector.sign_in(http, {**FIELDS, "user_id": "b1"})
    assert (who.remote_id, who.name, who.handle, who.server) == ("u1", "Maple & Rye", "maplerye.example", BASE)
    assert "pw-s3cret" not in str(who.secret)
    assert who.secret["user_id"] == "b1"
    for field, error in (("domain", InputError), ("username", InputError), ("client_id", InputError)):
        with pytest.raises(error):
            await TrustpilotConnector.sign_in(http, {**FIELDS, field: ""})
    with pytest.raises(InputError, match="no business"):
        await TrustpilotConnector.sign_in(http, {**FIELDS, "domain": "other.example"})
    with pytest.raises(SignInError):
        await TrustpilotConnector.sign_in(http, {**FIELDS, "password": "wrong"})
    with pytest.raises(SignInError):
        await TrustpilotConnector.sign_in(http, {**FIELDS, "client_id": "wrong"})
    local = await TrustpilotConnector.sign_in(http, {**FIELDS, "server": "https://127.0.0.1:8443"})
    assert local.server == "https://127.0.0.1:8443"
    assert (await TrustpilotConnector.sign_in(http, {**FIELDS, "server": "https://evil.example"})).server == BASE
