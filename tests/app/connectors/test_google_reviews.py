"""Google reviews: reading, answers that take each other's place, changes after the answer, signing in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.connectors.google_reviews import SCOPE, GoogleReviewsConnector, essence, original
from app.domain import Identity, Kind, Mention, Page
from app.errors import (
    ForbiddenError,
    InputError,
    RateLimitError,
    RefusedError,
    ServerError,
    SignInError,
    UncertainError,
)
from app.http import Http

from .fake_google_reviews import NOW, FakeReviews, a_reply, connector, place, world
from .google_oauth import problem

SINCE = NOW - timedelta(days=300)
DATA = Path(__file__).parents[2] / "data/google_reviews"
APP = {"client_id": "app", "client_secret": "s3cret-app"}
LOOPBACK = "http://127.0.0.1:5000/callback"


async def pages(shop: Any, mark: str | None = None, since: datetime = SINCE) -> list[Page]:
    return [page async for page in shop.pull("reviews", mark, since=since)]


def mentions(found: list[Page]) -> dict[str, Mention]:
    return {one.remote_id: one for page in found for one in page.mentions}


# --- reading -------------------------------------------------------------------------------------


async def test_reviews_as_documented() -> None:
    body = json.loads((DATA / "reviews.json").read_text("utf-8"))
    found = await pages(connector(lambda _: httpx.Response(200, json=body)), since=datetime(2026, 1, 1, tzinfo=UTC))
    both = mentions(found)
    hard, silent = both["AbC-1"], both["AbC-2"]
    assert (hard.kind, hard.rating, hard.text) == (Kind.REVIEW, 2, "Das Brot war hart.")
    assert (hard.author.name, hard.author.avatar) == ("Ana Kovač", "https://lh3.example/ana.jpg")
    assert hard.posted_at == datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)
    assert hard.url == "https://business.google.com/reviews/AbC-1"
    assert hard.media[0].url == "https://lh3.example/bread.jpg"
    assert hard.edited_at is None
    assert (silent.text, silent.rating, silent.author.name) == ("", 5, "A Google user")
    assert hard.author.remote_id != silent.author.remote_id  # nobody is taken for somebody else of the same name
    (own,) = found[0].own
    assert (own.reply_to, own.text) == ("AbC-1", "Das tut uns leid.")
    assert own.posted_at == datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Gut.\n\n(Translated by Google)\nGood.", "Gut."),
        ("(Translated by Google) Good.\n\n(Original)\nGut.", "Gut."),
        ("(Translated by Google) Good.", "Good."),
        ("Good.", "Good."),
    ],
)
def test_what_google_translated_is_left_out(given: str, kept: str) -> None:
    assert original(given) == kept
    assert essence(given) == essence(kept + " ")


async def test_a_rejected_answer_is_none() -> None:
    server = world()
    asked = server.write("bad", at=NOW - timedelta(days=1))
    server.answer(asked, "Call us", at=NOW)
    server.reviews[asked]["reviewReply"]["reviewReplyState"] = "REJECTED"
    found = await pages(connector(server))
    assert found[0].own == ()
    server.reviews[asked]["reviewReply"]["reviewReplyState"] = "PENDING"
    assert len((await pages(connector(server)))[0].own) == 1


async def test_only_the_top_is_read_again() -> None:
    server = world()
    for n in range(120):
        server.write(f"n {n}", at=NOW - timedelta(days=10 + n))
    shop = connector(server)
    first = await pages(shop)
    assert len(mentions(first)) == 120
    before = len(server.requests)
    new = server.write("new", at=NOW)
    late = server.write("shown late", at=NOW - timedelta(days=11))
    again = await pages(shop, first[-1].mark)
    assert len(server.requests) == before + 1
    assert new in mentions(again)
    assert late in mentions(again)
    await pages(shop, "nonsense")  # a mark that is none of ours: all again


async def test_a_deletion_between_pages_costs_nothing() -> None:
    server = world()
    server.offsets = True
    written = [server.write(f"n {n}", at=NOW - timedelta(days=10 + n)) for n in range(120)]
    shop = connector(server)
    walk = shop.pull("reviews", None, since=SINCE)
    found = [await anext(walk)]
    server.remove(written[3])
    found += [page async for page in walk]
    missed = set(written) - set(mentions(found))
    assert missed == {written[50]}  # pushed over the edge
    again = await pages(shop, found[-1].mark)
    assert missed <= set(mentions(again))
    before = len(server.requests)
    await pages(shop, again[-1].mark)
    assert len(server.requests) == before + 1  # and then it is quiet


async def test_a_walk_that_broke_goes_on_and_survives_a_dead_token() -> None:
    server = world()
    written = {server.write(f"n {n}", at=NOW - timedelta(days=1, hours=n)) for n in range(160)}
    walk = connector(server).pull("reviews", None, since=SINCE)
    first = [await anext(walk), await anext(walk)]
    newer = server.write("newer", at=NOW)
    rest = await pages(connector(server), first[-1].mark)
    assert set(mentions(first + rest)) == written | {newer}
    assert "pageToken" in server.requests[2].url.params
    server.tokens_die = True
    with pytest.raises(RefusedError):
        await pages(connector(server), first[-1].mark)
    server.tokens_die = False
    server.fail = lambda request: problem(400, "x", "Page token") if server.requests[-1] is request and once() else None
    done: list[int] = []

    def once() -> bool:
        done.append(1)
        return len(done) == 1

    assert set(mentions(await pages(connector(server), first[-1].mark))) == written | {newer}


async def test_damaged_reviews_are_said_once() -> None:
    server = world()
    good = server.write("good", at=NOW)
    listed = [None, 5, {"reviewId": "odd", "createTime": "never"}, {"createTime": "2026-01-01T00:00:00Z"}]
    server.fail = lambda _: httpx.Response(200, json={"reviews": [*listed, server.reviews[good]]})
    shop = connector(server)
    first = await pages(shop)
    assert set(mentions(first)) == {good}
    assert "could not be read" in first[0].gap.why  # type: ignore[union-attr]
    assert (await pages(shop, first[-1].mark))[0].gap is None


async def test_a_change_after_our_answer_speaks_again() -> None:
    server = world()
    asked = server.write("Great bread", at=NOW - timedelta(days=5), stars="FIVE")
    shop = connector(server)
    server.change(asked, "Good bread", at=NOW - timedelta(days=4))
    before = mentions(await pages(shop))
    assert set(before) == {asked}
    assert before[asked].edited_at is not None
    server.answer(asked, "Thank you", at=NOW - timedelta(days=3))
    assert set(mentions(await pages(shop))) == {asked}
    server.change(asked, "It was stale today", at=NOW - timedelta(days=1))
    server.reviews[asked]["starRating"] = "ONE"
    found = mentions(await pages(shop))
    again = next(one for one in found.values() if one.remote_id != asked)
    assert (again.text, again.rating, again.thread, again.reply_to) == ("It was stale today", 1, asked, asked)
    assert again.posted_at == NOW - timedelta(days=1)
    sent = await shop.send(a_reply(again.remote_id, "We are sorry"))
    assert server.ours() == ["We are sorry"]
    assert (await shop.find(a_reply(again.remote_id, "We are sorry"))) is not None
    assert set(mentions(await pages(shop))) == {asked}
    server.remove(asked)
    assert set((await shop.look([asked, again.remote_id])).gone) == {asked, again.remote_id}
    assert sent.remote_id.startswith(asked + "/reply/")


# --- answering -----------------------------------------------------------------------------------


async def test_an_answer_is_put_and_seen_again_under_the_same_id() -> None:
    server = world()
    asked = server.write("bad", at=NOW - timedelta(days=1))
    shop = connector(server)
    reply = a_reply(asked, "Sorry, Ana.\nCome by.")
    assert await shop.find(reply) is None
    sent = await shop.send(reply)
    again = await shop.send(reply)
    assert server.ours() == ["Sorry, Ana.\nCome by."]  # there is one a review
    thread = await shop.thread((await shop.look([asked])).mentions[0])
    assert sent.remote_id == again.remote_id == thread.own[0].remote_id
    found = await shop.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id
    assert await shop.find(a_reply(asked, "Something else")) is None
    other = await shop.send(a_reply(asked, "Something else"))
    assert other.remote_id != sent.remote_id  # another one took its place
    assert shop.capabilities.replaces


async def test_refusals_in_plain_words() -> None:
    server = world()
    asked = server.write("bad", at=NOW)
    shop = connector(server)
    with pytest.raises(RefusedError, match="empty"):
        await shop.send(a_reply(asked, " "))
    with pytest.raises(RefusedError, match="4096"):
        await shop.send(a_reply(asked, "ä" * 2049))
    server.rejects = True
    with pytest.raises(RefusedError, match="off topic"):
        await shop.send(a_reply(asked, "Buy one, get one"))
    assert await shop.find(a_reply(asked, "Buy one, get one")) is None
    server.rejects = False
    server.fail = lambda _: httpx.Response(503)
    with pytest.raises(UncertainError):
        await shop.send(a_reply(asked))
    with pytest.raises(ServerError):
        await pages(shop)
    with pytest.raises(InputError):
        await shop.like(None, True)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        await anext(shop.pull("mentions", None, since=SINCE))


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (problem(403, "SERVICE_DISABLED"), ForbiddenError, "switched on"),
        (problem(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), ForbiddenError, "ticked"),
        (problem(403, "forbidden", "Nope"), ForbiddenError, "Nope"),
        (problem(429, "RATE_LIMIT_EXCEEDED", "limit 'x', 'quota_limit_value': '0'"), ForbiddenError, "approved"),
        (problem(429, "RATE_LIMIT_EXCEEDED"), RateLimitError, "minute"),
        (problem(403, "quotaExceeded"), RateLimitError, "California"),
        (problem(400, "badRequest", "Odd"), RefusedError, "Odd"),
    ],
)
async def test_errors_by_googles_words(answer: httpx.Response, kind: type[Exception], words: str) -> None:
    server = world()
    server.fail = lambda _: answer
    with pytest.raises(kind, match=words):
        await pages(connector(server))


async def test_a_dead_token_is_renewed_and_the_refresh_token_stays() -> None:
    server = world()
    server.write("bad", at=NOW)
    saved: list[dict[str, str]] = []
    shop = connector(server, saved=saved)
    server.end_token()
    assert len(mentions(await pages(shop))) == 1
    assert saved[0]["token"] == server.tokens.token
    assert saved[0]["refresh_token"] == server.tokens.refresh
    assert await shop.check() == ""
    await shop.revoke()
    assert server.tokens.revoked == [server.tokens.refresh]
    await connector(server, data='{"shared":true,"verified":false}').revoke()
    assert len(server.tokens.revoked) == 1  # other locations live by it
    assert "verified" in await connector(server, data='{"verified":false}', secret=saved[0]).check()
    await shop.close()
    server.end_token()
    server.tokens.refresh = "s3cret-else"
    with pytest.raises(SignInError, match="Sign in again"):
        await pages(shop)


# --- signing in ----------------------------------------------------------------------------------


async def sign_in(google: FakeReviews, **more: str) -> tuple[Identity, ...]:
    http = Http(transport=httpx.MockTransport(google))
    begun = await GoogleReviewsConnector.begin(http, {**APP, **more}, LOOPBACK)
    return await GoogleReviewsConnector.finish(http, begun, f"{LOOPBACK}?state={begun.state}&code=good&scope={SCOPE}")


async def test_the_page() -> None:
    begun = await GoogleReviewsConnector.begin(Http(transport=httpx.MockTransport(world())), APP, LOOPBACK)
    asked = parse_qs(urlsplit(begun.url).query)
    assert begun.url.startswith("https://accounts.google.com/")
    assert (asked["access_type"], asked["prompt"], asked["scope"]) == (["offline"], ["consent"], [SCOPE])
    assert asked["code_challenge_method"] == ["S256"]
    assert GoogleReviewsConnector.form.redirect == ""  # any port
    assert GoogleReviewsConnector.form.app is not None
    assert GoogleReviewsConnector.form.app.family == "google"
    assert "s3cret" not in begun.url + repr(begun)


async def test_every_location_is_offered_with_its_own_secret() -> None:
    server = world()
    server.accounts = [{"name": f"accounts/{n}"} for n in range(25)]
    server.places = {
        "accounts/1": [place(2), place(3)], "accounts/24": [place(3), place(4, metadata={"hasVoiceOfMerchant": False})],
    }  # fmt: skip
    found = await sign_in(server)
    assert [one.remote_id for one in found] == [
        "accounts/1/locations/2", "accounts/1/locations/3", "accounts/24/locations/4",
    ]  # fmt: skip
    assert found[0].handle == "Maple & Rye, Street 2, Town"
    assert json.loads(found[0].data)["shared"] is True
    assert found[0].secret == found[1].secret
    assert found[0].secret is not found[1].secret
    assert "verified" in found[2].note
    assert "s3cret" not in repr(found) + found[0].data
    assert {one.url.host for one in server.requests} == {
        "oauth2.googleapis.com", "mybusinessaccountmanagement.googleapis.com",
        "mybusinessbusinessinformation.googleapis.com",
    }  # fmt: skip
    server.places = {"accounts/1": [place(2)]}
    (one,) = await sign_in(server)
    assert json.loads(one.data)["shared"] is False
    assert "sign_in_ends" not in one.secret


async def test_an_app_in_testing_ends_after_seven_days() -> None:
    server = world()
    server.places = {"accounts/1": [place(2)]}
    server.tokens.testing = True
    (one,) = await sign_in(server)
    ends = datetime.fromisoformat(one.secret["sign_in_ends"])
    assert timedelta(days=6) < ends - datetime.now(UTC) < timedelta(days=7)


async def test_what_can_go_wrong() -> None:
    server = world()
    with pytest.raises(SignInError, match="no business profile"):
        await sign_in(server)
    server.tokens.scope = "openid"
    with pytest.raises(SignInError, match="ticked"):
        await sign_in(server)
    server.tokens.scope = SCOPE
    server.places = {"accounts/1": [place(2)]}
    (one,) = await sign_in(server, server="http://127.0.0.1:4010")
    assert one.server == "http://127.0.0.1:4010"
    assert server.requests[-1].url.host == "127.0.0.1"
    http = Http(transport=httpx.MockTransport(server))
    begun = await GoogleReviewsConnector.begin(http, {**APP, "server": "https://evil.example"}, LOOPBACK)
    assert begun.data["base"] == "https://mybusiness.googleapis.com"
    with pytest.raises(SignInError, match="did not accept"):
        await GoogleReviewsConnector.finish(http, begun, "bad")
    with pytest.raises(InputError):
        await GoogleReviewsConnector.sign_in(http, {})
