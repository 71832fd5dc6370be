"""What a Threads profile's connector publishes in two steps, and how it signs in and stays so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.connectors import threads
from app.connectors.threads import ThreadsConnector
from app.domain import Identity, Visibility
from app.errors import InputError, NetworkError, RefusedError, SignInError, UncertainError
from app.http import Http

from .fake_threads import APP, BASE, ME, ThreadsWorld, shop
from .meta_desk import NOW, Counted, found, mentions, no_save, over, pull, to
from .meta_graph import answer, fault, given


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "READY_WAIT", 0.0)


async def test_two_steps() -> None:
    world = ThreadsWorld()
    world.slow = 3
    one = world.write("Stale", at=NOW)
    page = shop(world)
    asked = (await found(page, "replies"))[one]
    before = len(world.requests)
    sent = await page.send(to(asked))
    assert world.posts[sent.remote_id]["replied_to"] == {"id": one}
    paths = [(request.method, request.url.path.rpartition("/")[2]) for request in world.requests[before:]]
    container = next(iter(world.containers))
    assert paths == [("POST", "threads"), *[("GET", container)] * 4, ("POST", "threads_publish")]
    assert given(world.requests[before])["reply_to_id"] == one
    pages, _ = await pull(page, "own")
    assert [each.remote_id for page_ in pages for each in page_.own] == [sent.remote_id]


async def test_a_container_that_is_not_ready_or_fails_publishes_nothing() -> None:
    world = ThreadsWorld()
    one = world.write("Stale", at=NOW)
    page = shop(world)
    asked = (await found(page, "replies"))[one]
    world.slow = 99
    with pytest.raises(RefusedError, match="Nothing was published"):
        await page.send(to(asked))
    world.slow, world.refuses = 0, "The text breaks a rule."
    with pytest.raises(RefusedError, match="breaks a rule"):
        await page.send(to(asked))
    assert world.ours() == []


async def test_an_unclear_second_step_is_settled_by_the_container() -> None:
    world = ThreadsWorld()
    one = world.write("Stale", at=NOW)

    def cut(request: httpx.Request) -> httpx.Response | None:
        if not world.is_send(request):
            return None
        raise httpx.ReadError("cut", request=request)

    page = shop(world)
    asked = (await found(page, "replies"))[one]
    world.fail = cut
    with pytest.raises(UncertainError):
        await page.send(to(asked))
    world.fail = lambda _: None
    assert await page.find(to(asked)) is None  # FINISHED: not published
    sent = await page.send(to(asked))
    assert len(world.containers) == 1  # the same one
    assert len(world.ours()) == 1
    again = await page.find(to(asked))
    assert again is not None
    assert again.remote_id == sent.remote_id


async def test_a_refused_text_is_never_published_in_the_place_of_a_new_one() -> None:
    world = ThreadsWorld()
    one = world.write("Stale", at=NOW)
    page = shop(world)
    asked = (await found(page, "replies"))[one]
    world.fail = lambda request: fault(100, "no") if world.is_send(request) else None
    with pytest.raises(RefusedError):
        await page.send(to(asked, "With a mistake"))
    world.fail = lambda request: httpx.Response(502) if world.is_send(request) else None
    with pytest.raises(UncertainError):
        await page.send(to(asked, "With another mistake"))
    world.fail = lambda _: None
    await page.send(to(asked, "Mended"))
    assert world.ours() == ["Mended"]


async def test_a_published_container_whose_reply_is_not_shown_yet_is_not_sent_again() -> None:
    world = ThreadsWorld()
    one = world.write("Stale", at=NOW)
    page = shop(world)
    asked = (await found(page, "replies"))[one]

    def late(request: httpx.Request) -> httpx.Response | None:
        if world.is_send(request):
            world.fail = lambda _: None
            world(request)
            raise httpx.ReadError("cut", request=request)
        return None

    world.fail = late
    with pytest.raises(UncertainError):
        await page.send(to(asked))
    world.fail = lambda request: answer({"data": []}) if request.url.path.endswith("/me/replies") else None
    with pytest.raises(UncertainError, match="does not show it yet"):
        await page.find(to(asked))
    world.fail = lambda _: None
    assert await page.find(to(asked)) is not None


async def test_the_first_step_is_never_uncertain() -> None:
    world = ThreadsWorld()
    one = world.write("Stale", at=NOW)
    page = shop(world)
    asked = (await found(page, "replies"))[one]

    def cut(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise httpx.ReadError("cut", request=request)
        return None

    world.fail = cut
    with pytest.raises(NetworkError) as caught:
        await page.send(to(asked))
    assert not isinstance(caught.value, UncertainError)


async def test_what_threads_would_refuse_does_not_leave() -> None:
    world = ThreadsWorld()
    one = world.write("Stale", at=NOW)
    page = shop(world)
    asked = (await found(page, "replies"))[one]
    before = len(world.requests)
    for text in ("", " \u200b ", "x" * 501, "🍞" * 126):
        with pytest.raises(RefusedError):
            await page.send(to(asked, text))
    with pytest.raises(RefusedError, match="direct messages"):
        await page.send(to(asked, visibility=Visibility.DIRECT))
    assert len(world.requests) == before
    await page.send(to(asked, "ä" * 250 + "x" * 250))


async def test_hide_below_our_own_posts() -> None:
    world = ThreadsWorld()
    one = world.write("Buy followers", at=NOW)
    other = world.mention()
    page = shop(world)
    asked = (await found(page, "replies"))[one]
    await page.hide(asked, True)
    assert world.hidden == {one}
    await page.hide(asked, False)
    assert world.hidden == set()
    with pytest.raises(InputError):
        await page.hide((await found(page, "mentions"))[other["id"]], True)
    with pytest.raises(InputError):
        await page.like(asked, True)


async def test_replies_and_searches_are_counted() -> None:
    world = ThreadsWorld()
    one = world.write("Stale", at=NOW)
    http, counts = over(world), Counted()
    http.counts = counts
    page = ThreadsConnector(world.account(), world.secret(), http, no_save)
    asked = mentions((await pull(page, "replies"))[0])[one]
    await page.send(to(asked))
    assert counts.spent == [("a", "replies", 1.0)]
    await page.check()
    assert counts.levels == [("a", "replies", 1.0)]
    assert {meter.unit: meter.limit for meter in page.capabilities.meters if meter.period == "24h"} == {
        "replies": 1000, "searches": 2200,
    }  # fmt: skip


# --- signing in -----------------------------------------------------------------------------------

TYPED = {"client_id": APP[0], "client_secret": APP[1]}
REDIRECT = "https://localhost:47623/callback"


async def sign_in(world: ThreadsWorld, code: str = "good", **more: str) -> Identity:
    begun = await ThreadsConnector.begin(over(world), {**TYPED, **more}, REDIRECT)
    return await ThreadsConnector.finish(over(world), begun, code)


async def test_signing_in() -> None:
    world = ThreadsWorld()
    who = await sign_in(world, f"{REDIRECT}?code=good&state=x#_")
    assert (who.remote_id, who.handle, who.name, who.server) == (ME, "@maplerye", "Maple & Rye", BASE)
    assert who.avatar == "https://img.example/1.jpg"
    assert who.secret["token"] == "s3cret-long"
    left = datetime.fromisoformat(who.secret["sign_in_ends"]) - datetime.now(UTC)
    assert timedelta(days=59) < left <= timedelta(days=60)
    assert APP[1] not in who.secret.values()  # a renewal needs the token alone
    assert "s3cret" not in repr(who)
    assert await ThreadsConnector(world.account(), who.secret, over(world), no_save).check() == ""


async def test_the_page_that_is_opened() -> None:
    begun = await ThreadsConnector.begin(over(ThreadsWorld()), TYPED, REDIRECT)
    address = urlsplit(begun.url)
    query = parse_qs(address.query)
    assert (address.netloc, address.path) == ("threads.net", "/oauth/authorize")
    assert "threads_manage_replies" in query["scope"][0].split(",")
    assert (query["redirect_uri"], query["state"]) == ([REDIRECT], [begun.state])
    assert APP[1] not in begun.url
    assert ThreadsConnector.form.app is not None
    assert (ThreadsConnector.form.app.family, ThreadsConnector.form.redirect) == ("threads", REDIRECT)
    mock = await ThreadsConnector.begin(over(ThreadsWorld()), {**TYPED, "server": "http://127.0.0.1:4010"}, REDIRECT)
    assert mock.url.startswith("http://127.0.0.1:4010/oauth/authorize?")
    with pytest.raises(InputError):
        await ThreadsConnector.begin(over(ThreadsWorld()), {}, REDIRECT)


async def test_what_goes_wrong_in_signing_in() -> None:
    world = ThreadsWorld()
    with pytest.raises(SignInError, match="did not accept the code"):
        await sign_in(world, "used")
    with pytest.raises(SignInError, match="not allowed"):
        await sign_in(world, f"{REDIRECT}?error=access_denied")
    world.fail = lambda request: httpx.Response(
        400, json={"error": {"message": "secret", "code": 100}}
    ) if request.url.path == "/access_token" else None  # fmt: skip
    with pytest.raises(SignInError, match="Threads App secret"):
        await sign_in(world)


async def test_a_stand_in() -> None:
    world = ThreadsWorld()
    who = await sign_in(world, server="http://127.0.0.1:4010")
    assert who.server == "http://127.0.0.1:4010"
    assert {request.url.host for request in world.requests} == {"127.0.0.1"}


async def test_a_pasted_token() -> None:
    world = ThreadsWorld()
    who = await ThreadsConnector.sign_in(over(world), {"token": "s3cret-long"})
    assert who.remote_id == ME
    again = datetime.fromisoformat(who.secret["renew_after"]) - datetime.now(UTC)
    assert again <= timedelta(days=1)
    with pytest.raises(SignInError):
        await ThreadsConnector.sign_in(over(world), {"token": "wrong"})
    with pytest.raises(InputError):
        await ThreadsConnector.sign_in(over(world), {})


async def test_the_token_is_renewed_half_way_and_kept_before_it_is_used() -> None:
    world = ThreadsWorld()
    kept: list[dict[str, str]] = []

    async def keep(secret: dict[str, str]) -> None:
        assert len(world.requests) == 1
        kept.append(secret)

    secret = {**world.secret(), "renew_after": (NOW - timedelta(days=1)).isoformat()}
    page = ThreadsConnector(world.account(), secret, over(world), keep)
    assert await page.check() == ""
    assert [request.url.path for request in world.requests][:2] == ["/refresh_access_token", "/v1.0/me"]
    assert kept[0]["token"] == kept[0]["refresh_token"] == world.token
    assert datetime.fromisoformat(kept[0]["sign_in_ends"]) > datetime.now(UTC) + timedelta(days=59)
    await page.check()
    assert len(kept) == 1
    await page.close()


async def test_a_renewal_that_fails_leaves_the_token_that_lives() -> None:
    world = ThreadsWorld()
    world.fail = lambda request: httpx.Response(503) if "refresh" in request.url.path else None
    secret = {**world.secret(), "renew_after": (NOW - timedelta(days=1)).isoformat()}
    page = ThreadsConnector(world.account(), secret, over(world), no_save)
    assert await page.check() == ""
    tried = [request for request in world.requests if "refresh" in request.url.path]
    await page.check()
    assert len([request for request in world.requests if "refresh" in request.url.path]) == len(tried)


async def test_another_profile() -> None:
    world = ThreadsWorld()
    world.fail = lambda _: answer({"id": "3002", "username": "other"})
    with pytest.raises(SignInError, match="another profile"):
        await shop(world).check()
    with pytest.raises(SignInError):
        await ThreadsConnector(world.account(), {}, Http(transport=httpx.MockTransport(world)), no_save).check()


def test_nothing_secret_is_shown() -> None:
    page = shop(ThreadsWorld())
    assert "s3cret" not in json.dumps([repr(page), repr(page._signing), repr(page._calls)])
