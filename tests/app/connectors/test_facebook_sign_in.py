"""Signing in through Facebook Login with the person's own app, and what comes of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.connectors.facebook import SCOPES, FacebookConnector
from app.domain import Identity
from app.errors import InputError, SignInError
from tests.values import replace

from .fake_facebook import APP, PAGE, FacebookWorld
from .meta_desk import no_save, over

TYPED = {"client_id": APP[0], "client_secret": APP[1]}
REDIRECT = "http://localhost:47623/callback"


async def sign_in(world: FacebookWorld, code: str = "good", **more: str) -> tuple[Identity, ...]:
    http = over(world)
    begun = await FacebookConnector.begin(http, {**TYPED, **more}, REDIRECT)
    return await FacebookConnector.finish(http, begun, code)


async def test_signing_in_gives_one_identity_for_each_page() -> None:
    world = FacebookWorld()
    first, second = await sign_in(world, f"{REDIRECT}?code=good&state=x#_=_")
    assert (first.remote_id, first.handle, first.name) == (PAGE, "@maplerye", "Maple & Rye")
    assert first.server == "https://graph.facebook.com"
    assert first.avatar == "https://img.example/1.jpg"
    assert (second.handle, second.secret["token"]) == ("Maple & Rye Leeds", "s3cret-leeds")
    ends = datetime.fromisoformat(first.secret["sign_in_ends"])
    assert timedelta(days=88) < ends - datetime.now(UTC) < timedelta(days=90)  # data access, not the token
    assert "s3cret" not in first.data
    assert "s3cret" not in repr(first)
    assert first.note == ""
    assert "s3cret" not in "".join(str(request.url) for request in world.requests if "debug" not in request.url.path)
    assert await FacebookConnector(
        replace(world.account(), data=first.data), first.secret, over(world), no_save
    ).check() == ""  # fmt: skip


async def test_the_page_that_is_opened() -> None:
    http = over(FacebookWorld())
    begun = await FacebookConnector.begin(http, TYPED, REDIRECT)
    address = urlsplit(begun.url)
    query = parse_qs(address.query)
    assert (address.netloc, address.path) == ("www.facebook.com", "/v25.0/dialog/oauth")
    assert query["scope"] == [",".join(SCOPES)]
    assert query["redirect_uri"] == [REDIRECT]
    assert query["state"] == [begun.state]
    assert APP[1] not in begun.url
    live = await FacebookConnector.begin(
        http,
        {**TYPED, "redirect_uri": "https://www.facebook.com/connect/login_success.html", "config_id": "5"},
        REDIRECT,
    )
    query = parse_qs(urlsplit(live.url).query)
    assert query["redirect_uri"] == ["https://www.facebook.com/connect/login_success.html"]
    assert (query["config_id"], "scope" in query) == (["5"], False)
    with pytest.raises(InputError, match="App ID"):
        await FacebookConnector.begin(http, {}, REDIRECT)


async def test_a_stand_in_is_believed_on_this_computer_alone() -> None:
    world = FacebookWorld()
    http = over(world)
    for server, host in (("http://127.0.0.1:4010", "127.0.0.1:4010"), ("https://evil.example", "www.facebook.com"),
                         ("http://localhost.evil.example", "www.facebook.com")):  # fmt: skip
        begun = await FacebookConnector.begin(http, {**TYPED, "server": server}, REDIRECT)
        assert urlsplit(begun.url).netloc == host
    found = await sign_in(world, server="http://127.0.0.1:4010")
    assert found[0].server == "http://127.0.0.1:4010"
    assert {request.url.host for request in world.requests} == {"127.0.0.1"}


async def test_what_goes_wrong_in_signing_in() -> None:
    world = FacebookWorld()
    with pytest.raises(SignInError, match="did not accept the code"):
        await sign_in(world, "used")
    with pytest.raises(SignInError, match="keys"):
        await sign_in(world, client_secret="wrong")
    with pytest.raises(SignInError, match="not allowed"):
        await sign_in(world, f"{REDIRECT}?error=access_denied&error_description=Permissions+error")
    world.scopes.remove("pages_messaging")
    first, *_ = await sign_in(world)
    assert "Messenger" in first.note
    world.pages.clear()
    with pytest.raises(SignInError, match="no Page"):
        await sign_in(world)


async def test_a_pasted_token() -> None:
    world = FacebookWorld()
    http = over(world)
    found = await FacebookConnector.sign_in(http, {**TYPED, "token": "s3cret-short", "human_agent": "Yes"})
    assert [each.remote_id for each in found] == [PAGE, "1002"]
    assert json.loads(found[0].data)["human_agent"] == "yes"
    assert len(await FacebookConnector.sign_in(http, {"token": "s3cret-long"})) == 2
    for token in ("", "two words", "wrong"):
        with pytest.raises((InputError, SignInError)):
            await FacebookConnector.sign_in(http, {"token": token})


async def test_many_pages_are_all_listed() -> None:
    world = FacebookWorld()
    world.pages = [{"id": f"{n:04}", "name": f"Page {n}", "access_token": f"s3cret{n}"} for n in range(230)]
    assert len(await sign_in(world)) == 230
