"""Signing in: what people type, what servers are, and what comes back from the browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.connectors._mastodon_sign_in import SCOPES, base_address
from app.connectors.base import Authorization
from app.connectors.mastodon import MastodonConnector
from app.errors import AddressError, InputError, NetworkError, ServiceError, SignInError
from app.http import Http
from tests.values import replace

from .fake_mastodon import BASE, SNAC, FakeServer, Handler, account, form, recorded, reply

LOOPBACK = "http://127.0.0.1:43117/callback"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


def http(handler: Handler) -> Http:
    return Http(transport=httpx.MockTransport(handler))


class Server(FakeServer):
    """A server with OAuth; `pkce` is what its metadata says, None for none."""

    pkce: list[str] | None = ["S256"]  # noqa: RUF012
    fine_scopes = True
    forms: list[dict[str, str]]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/.well-known/oauth-authorization-server":
            methods = {"code_challenge_methods_supported": self.pkce}
            return httpx.Response(404, text="<html>") if self.pkce is None else reply(methods)
        if path == "/api/v1/apps":
            self.forms = [form(request)]
            if not self.fine_scopes and ":" in self.forms[0]["scopes"]:
                return reply({"error": "Validation failed: Scopes is invalid"}, 422)
            return reply({"id": "7", "client_id": "cid", "client_secret": "csec", "vapid_key": "v"})
        if path == "/oauth/token":
            self.forms.append(form(request))
            if self.forms[-1]["code"] != "good":
                error = {"error": "invalid_grant", "error_description": "The code is invalid."}
                return reply(error, 400)
            return reply({"access_token": "t", "token_type": "Bearer", "scope": "read", "created_at": 1})
        return super().__call__(request)


async def begin(server: Handler, typed: str = "shop.example", redirect: str = LOOPBACK) -> Authorization:
    return await MastodonConnector.begin(http(server), {"server": typed}, redirect)


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("mastodon.social", "https://mastodon.social"),
        ("  Mastodon.Social/ ", "https://mastodon.social"),
        ("https://mastodon.social/@me/110", "https://mastodon.social"),
        ("HTTPS://mastodon.social", "https://mastodon.social"),
        ("@me@mastodon.social", "https://mastodon.social"),
        ("me@mastodon.social", "https://mastodon.social"),
        ("acct:me@mastodon.social", "https://mastodon.social"),
        ("mastodon.social.", "https://mastodon.social"),
        ("social.example:8443", "https://social.example:8443"),
        ("bäckerei.example", "https://bäckerei.example"),
        ("http://127.0.0.1:3117", "http://127.0.0.1:3117"),
        ("http://localhost:3117/", "http://localhost:3117"),
        ("http://[::1]:3117", "http://[::1]:3117"),
    ],
)
def test_addresses_that_people_type(typed: str, base: str) -> None:
    assert base_address(typed) == base


@pytest.mark.parametrize(
    "typed",
    ["", " ", "@", "my shop", "http://mastodon.social", "ftp://a.example", "https://", "a.example:99999",
     "https://me:pw@a.example", "javascript:alert(1)", "https://a.example\\@b.example", "[::1", "\x00"],
)  # fmt: skip
def test_addresses_that_are_none(typed: str) -> None:
    with pytest.raises(AddressError) as caught:
        base_address(typed)
    assert str(caught.value).endswith(".")


async def test_the_whole_way_with_pkce() -> None:
    server = Server()
    waiting = await begin(server, "@maplerye@shop.example")
    page = urlsplit(waiting.url)
    asked = {key: value[0] for key, value in parse_qs(page.query).items()}
    assert f"{page.scheme}://{page.netloc}{page.path}" == f"{BASE}/oauth/authorize"
    assert asked["redirect_uri"] == LOOPBACK
    assert asked["client_id"] == "cid"
    assert asked["response_type"] == "code"
    assert asked["state"] == waiting.state
    assert len(waiting.state) >= 32
    assert asked["scope"] == SCOPES
    assert server.forms[0] == {"client_name": "Carelane", "redirect_uris": LOOPBACK, "scopes": SCOPES}
    assert "csec" not in repr(waiting)
    who = await MastodonConnector.finish(http(server), waiting, "good")
    sent = server.forms[-1]
    assert sent["grant_type"] == "authorization_code"
    assert sent["redirect_uri"] == LOOPBACK
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert asked["code_challenge_method"] == "S256"
    assert (who.remote_id, who.handle, who.server) == ("1", "@maplerye@shop.example", BASE)
    assert who.secret == {"token": "t", "client_id": "cid", "client_secret": "csec"}
    assert "csec" not in repr(who)
    shop = MastodonConnector(account(data=who.data), who.secret, http(server), no_save)
    assert (shop.capabilities.max_graphemes, shop.capabilities.url_length) == (500, 23)
    assert await shop.check() == ""


async def no_save(_: dict[str, str]) -> None: ...


@pytest.mark.parametrize("pkce", [None, [], ["plain"]])
async def test_without_pkce(pkce: list[str] | None) -> None:
    server = Server()
    server.pkce = pkce
    waiting = await begin(server)
    assert "code_challenge" not in waiting.url
    await MastodonConnector.finish(http(server), waiting, "good")
    assert "code_verifier" not in server.forms[-1]


async def test_wide_scopes_where_the_fine_ones_are_refused() -> None:
    server = Server()
    server.fine_scopes = False
    waiting = await begin(server)
    assert parse_qs(urlsplit(waiting.url).query)["scope"] == ["read write"]


@pytest.mark.parametrize(
    "pasted",
    ["good", " good\n", "good&state=s1", f"{LOOPBACK}?code=good&state=s1", "code=good&state=s1"],
)
async def test_a_pasted_code(pasted: str) -> None:
    server = Server()
    waiting = await begin(server, redirect=OUT_OF_BAND)
    assert (await MastodonConnector.finish(http(server), waiting, pasted)).remote_id == "1"
    assert server.forms[-1]["redirect_uri"] == OUT_OF_BAND


@pytest.mark.parametrize(
    ("pasted", "error", "sentence"),
    [
        ("", InputError, "Copy the whole code"),
        ("the code is abc", InputError, "Copy the whole code"),
        ("https://shop.example/oauth", InputError, "Copy the whole code"),
        ("used", SignInError, "Start the sign-in again"),
        (f"{LOOPBACK}?error=access_denied&error_description=The+owner+denied", SignInError, "The owner denied"),
    ],
)
async def test_a_bad_code(pasted: str, error: type[ServiceError], sentence: str) -> None:
    server = Server()
    waiting = await begin(server)
    with pytest.raises(error, match=sentence):
        await MastodonConnector.finish(http(server), waiting, pasted)


@pytest.mark.parametrize("name", ["snac", "mock", "documented"])
async def test_servers_as_recorded(name: str) -> None:
    answers = recorded(name)

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        known = {"/api/v2/instance": "instance_v2", "/api/v1/instance": "instance_v1"}
        found = answers.get(known.get(path, "me"), {"status": 404, "body": ""})
        if isinstance(found["body"], str):
            return httpx.Response(found["status"], text=found["body"])
        return reply(found["body"], found["status"])

    who = await MastodonConnector.sign_in(http(answer), {"server": "shop.example", "token": " abc "})
    assert who.handle.endswith("@shop.example")
    assert who.secret == {"token": "abc"}
    assert ("snac" in who.data) == (name == "snac")
    shop = MastodonConnector(account(data=who.data), who.secret, http(answer), no_save)
    assert shop.capabilities.max_graphemes == (100_000 if name == "snac" else 500)


async def test_the_api_may_live_at_another_name() -> None:
    server = Server()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "example.org":
            return httpx.Response(301, headers={"location": f"https://shop.example{request.url.path}"})
        return server(request)

    who = await MastodonConnector.sign_in(http(answer), {"server": "@me@example.org", "token": "t"})
    assert who.server == BASE


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(200, text="<html>A blog</html>"),
        lambda _: httpx.Response(404, text="<html>"),
        lambda _: httpx.Response(403, json={"error": "no"}),
        lambda _: httpx.Response(200, json={"hello": "world"}),
        lambda _: httpx.Response(200, json=[]),
        lambda _: httpx.Response(200, json={"version": "4.4.3"}),
        lambda _: httpx.Response(200, text='{"version":'),
    ],
)
async def test_a_server_that_is_no_mastodon(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    with pytest.raises(AddressError, match="That address is not a Mastodon server"):
        await begin(answer)


async def test_no_network_is_not_a_wrong_address() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    with pytest.raises(NetworkError):
        await begin(answer)


@pytest.mark.parametrize("token", ["", "  ", "two words", "naïve", "a\nb"])
async def test_a_token_that_is_none(token: str) -> None:
    with pytest.raises(InputError):
        await MastodonConnector.sign_in(http(Server()), {"server": "shop.example", "token": token})


async def test_a_wrong_token() -> None:
    server = Server(replace(SNAC))
    with pytest.raises(SignInError):
        await MastodonConnector.sign_in(http(server), {"server": "shop.example", "token": "wrong"})


def test_the_form_speaks_plainly() -> None:
    sign_in = MastodonConnector.form
    words = " ".join([*sign_in.can, *sign_in.never, *(each.label + each.hint for each in sign_in.fields)])
    assert sign_in.browser
    assert [each.key for each in sign_in.fields if not each.optional] == ["server"]
    assert not [word for word in ("OAuth", "API", "scope", "instance", "!") if word in words]
