"""Signing in to X with one's own app."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from app.connectors._x_sign_in import REDIRECT
from app.connectors.x import XConnector
from app.domain import Identity
from app.errors import InputError, SignInError
from app.http import Http

from .fake_x import FakeX, world

APP = {"client_id": "app-1", "client_secret": "s3cret-app"}


def http(server: FakeX) -> Http:
    return Http(transport=httpx.MockTransport(server))


async def sign_in(x: FakeX, **fields: str) -> Identity:
    way = http(x)
    begun = await XConnector.begin(way, {**APP, **fields}, REDIRECT)
    return await XConnector.finish(way, begun, f"{REDIRECT}?state={begun.state}&code=good")


async def test_the_page_asks_for_what_is_needed_and_no_more() -> None:
    begun = await XConnector.begin(http(world()), APP, REDIRECT)
    parts, asked = urlsplit(begun.url), parse_qs(urlsplit(begun.url).query)
    assert (parts.hostname, parts.path) == ("x.com", "/i/oauth2/authorize")
    assert asked["redirect_uri"] == [REDIRECT] == [XConnector.form.redirect]
    assert asked["code_challenge_method"] == ["S256"]
    assert "offline.access" in asked["scope"][0]
    assert "follows" not in asked["scope"][0]
    assert "like" not in asked["scope"][0]
    assert "s3cret" not in begun.url + repr(begun)


async def test_who_it_is_and_what_is_kept() -> None:
    server = world()
    identity = await sign_in(server)
    assert (identity.remote_id, identity.handle, identity.name) == ("11", "@maplerye", "Maple & Rye")
    assert identity.server == "https://api.x.com"
    assert identity.secret["refresh_token"] == server.refresh
    assert json.loads(identity.data) == {"subscription": "None", "direct": True}
    assert "s3cret" not in identity.data + repr(identity)
    token = next(one for one in server.requests if one.url.path == "/2/oauth2/token")
    assert token.headers["authorization"] == "Basic " + base64.b64encode(b"app-1:s3cret-app").decode()
    await sign_in(server, client_secret="")
    token = [one for one in server.requests if one.url.path == "/2/oauth2/token"][-1]
    assert "authorization" not in token.headers
    assert dict(parse_qsl(token.content.decode()))["client_id"] == "app-1"


async def test_what_was_not_allowed_is_said() -> None:
    server = world()
    server.scope = "tweet.read tweet.write users.read offline.access"
    identity = await sign_in(server)
    assert "Direct messages" in identity.note
    assert json.loads(identity.data)["direct"] is False

    def short(request: httpx.Request) -> httpx.Response | None:
        token = {"access_token": "s3cret", "expires_in": 7200, "token_type": "bearer"}
        return httpx.Response(200, json=token) if request.url.path == "/2/oauth2/token" else None

    server.fail = short
    with pytest.raises(SignInError, match="two hours"):
        await sign_in(server)


async def test_another_sign_in_a_bad_code_and_no_app() -> None:
    way = http(world())
    begun = await XConnector.begin(way, APP, REDIRECT)
    with pytest.raises(SignInError, match="another sign-in"):
        await XConnector.finish(way, begun, f"{REDIRECT}?state=other&code=good")
    with pytest.raises(SignInError, match="did not accept the code"):
        await XConnector.finish(way, begun, "bad")
    with pytest.raises(InputError, match="id of your X app"):
        await XConnector.begin(way, {}, REDIRECT)
    with pytest.raises(InputError, match="browser"):
        await XConnector.sign_in(way, {})


async def test_only_this_computer_may_stand_in_for_x() -> None:
    server = world()
    identity = await sign_in(server, server="http://127.0.0.1:4010/")
    assert identity.server == "http://127.0.0.1:4010"
    assert {one.url.host for one in server.requests} == {"127.0.0.1"}
    begun = await XConnector.begin(http(server), {**APP, "server": "https://evil.example"}, REDIRECT)
    assert begun.url.startswith("https://x.com/")
