"""Signing in: from what is typed to a session on the right server."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from app.connectors._bluesky_session import claims, token_kind
from app.connectors._bluesky_signin import pds_of, server_of
from app.connectors.bluesky import BlueskyConnector
from app.domain import Identity
from app.errors import (
    AddressError,
    BadAnswerError,
    ForbiddenError,
    InputError,
    NetworkError,
    RateLimitError,
    ServerError,
    ServiceError,
    SignInError,
)
from app.http import Http

from .fake_bluesky import (
    ALICE,
    PDS,
    FakeBluesky,
    Json,
    answer_of,
    failure,
    jwt,
)

CREATE = "com.atproto.server.createSession"
DOCUMENT = {
    "id": ALICE,
    "service": [None, {"id": "#other"}, {"id": "#atproto_pds", "serviceEndpoint": f"{PDS}/"}],
}


def signed_in(scope: str = "com.atproto.appPass", **more: Any) -> Json:
    return {"did": ALICE, "handle": "alice.test", "accessJwt": jwt(scope), "refreshJwt": "r0", **more}


def network(**routes: Any) -> FakeBluesky:
    """Resolver, directory and server of alice."""
    return FakeBluesky(
        {
            "com.atproto.identity.resolveHandle": {"did": ALICE},
            f"plc.directory/{ALICE}": DOCUMENT,
            CREATE: signed_in(),
            "app.bsky.actor.getProfile": {"displayName": "Maple & Rye", "avatar": "https://cdn.bsky.app/a.jpg"},
            **routes,
        }
    )


async def sign_in(fake: FakeBluesky, **fields: str) -> Identity:
    return await BlueskyConnector.sign_in(fake.http, {"handle": "@alice.test", "password": "abcd-efgh", **fields})


# --- signing in ------------------------------------------------------------------------------------


async def test_the_server_is_found_from_the_handle_and_the_password_is_not_kept() -> None:
    fake = network()
    who = await sign_in(fake)
    assert (who.remote_id, who.handle, who.name, who.server) == (ALICE, "alice.test", "Maple & Rye", PDS)
    assert set(who.secret) == {"access", "refresh"}
    assert json.loads(who.data) == {"pds": PDS, "did": ALICE, "dm": False, "typed": False}
    assert who.note == "Direct messages need an app password with that permission."
    assert "abcd" not in repr(who) + who.data + json.dumps(who.secret)
    (asked,) = fake.asked(CREATE)
    assert (asked.url.host, json.loads(asked.content)["identifier"]) == ("pds.example.com", ALICE)
    assert fake.asked("com.atproto.identity.resolveHandle")[0].url.host == "public.api.bsky.app"


@pytest.mark.parametrize(
    ("scope", "dm", "note"),
    [
        ("com.atproto.appPass", False, "Direct messages need"),
        ("com.atproto.appPassPrivileged", True, ""),
        ("com.atproto.access", True, "You signed in with the main password"),
        ("something.new", True, ""),
    ],
)
async def test_what_the_password_allows_is_read_from_the_token(scope: str, dm: bool, note: str) -> None:
    who = await sign_in(network(**{CREATE: signed_in(scope)}))
    assert json.loads(who.data)["dm"] is dm
    assert who.note.startswith(note)
    assert bool(who.note) is bool(note)


async def test_the_handles_own_domain_is_asked_where_bluesky_does_not_know_it() -> None:
    fake = network(
        **{
            "com.atproto.identity.resolveHandle": failure(400, "InvalidRequest", "Unable to resolve handle"),
            "alice.test/.well-known/atproto-did": httpx.Response(200, text=f"{ALICE}\n"),
        }
    )
    assert (await sign_in(fake)).remote_id == ALICE
    fake.routes["alice.test/.well-known/atproto-did"] = httpx.Response(200, text="<html>")
    with pytest.raises(SignInError, match="does not know the handle alice"):
        await sign_in(fake)


async def test_without_a_network_the_handle_is_not_called_unknown() -> None:
    fake = network(
        **{
            "com.atproto.identity.resolveHandle": httpx.ConnectError("no"),
            "alice.test/.well-known/atproto-did": httpx.ConnectError("no"),
        }
    )
    with pytest.raises(NetworkError):
        await sign_in(fake)


async def test_a_did_of_the_web() -> None:
    did = "did:web:maplerye.com"
    fake = network(**{"maplerye.com/.well-known/did.json": DOCUMENT, CREATE: signed_in(did=did)})
    assert (await sign_in(fake, handle=did)).remote_id == did


async def test_a_server_that_is_typed_in_is_used_directly() -> None:
    fake = network()
    who = await sign_in(fake, server="http://localhost:2583/")
    assert who.server == "http://localhost:2583"
    assert json.loads(who.data)["typed"] is True
    assert [request.url.host for request in fake.requests] == ["localhost", "localhost"]


async def test_the_entryway_names_the_accounts_own_server() -> None:
    who = await sign_in(network(**{CREATE: signed_in(didDoc=DOCUMENT)}), server="bsky.social")
    assert who.server == PDS
    assert json.loads(who.data)["typed"] is False


@pytest.mark.parametrize("typed", ["http://pds.example.com", "ftp://localhost", "https://", "https://a b", "http://[x"])
async def test_addresses_that_are_not_used(typed: str) -> None:
    fake = network()
    with pytest.raises(AddressError):
        await sign_in(fake, server=typed)
    assert fake.requests == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("pds.example.com", "https://pds.example.com"),
        ("https://PDS.example.com/xrpc/", "https://pds.example.com"),
        ("http://127.0.0.1:2583", "http://127.0.0.1:2583"),
        ("http://[::1]:2583", "http://[::1]:2583"),
    ],
)
def test_addresses_as_people_type_them(typed: str, expected: str) -> None:
    assert server_of(typed) == expected


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (answer_of("badpass"), SignInError, "did not accept this handle and app password"),
        (answer_of("err_login_takendown"), ForbiddenError, "has taken this account down"),
        (answer_of("err_429_createSession"), RateLimitError, "Carelane"),
        (failure(401, "AuthFactorTokenRequired"), SignInError, "Use an app password instead"),
        (httpx.Response(200, text="<html>hello</html>"), AddressError, "does not answer like a Bluesky server"),
        (httpx.Response(404, text="nothing"), AddressError, "does not answer like a Bluesky server"),
        (httpx.Response(405), AddressError, "does not answer like a Bluesky server"),
        (httpx.Response(200, json={"accessJwt": 5}), AddressError, "does not answer like a Bluesky server"),
        (httpx.Response(503), ServerError, "tries again by itself"),
        (signed_in(did="did:plc:other"), BadAnswerError, "another account"),
    ],
)
async def test_sign_ins_that_fail(answer: Any, kind: type[ServiceError], words: str) -> None:
    fake = network(**{CREATE: answer})
    with pytest.raises(kind, match=words):
        await sign_in(fake)
    assert len(fake.asked(CREATE)) == 1


async def test_nothing_typed() -> None:
    with pytest.raises(InputError, match="app password"):
        await sign_in(network(), password=" ")
    with pytest.raises(InputError, match="Bluesky handle"):
        await sign_in(network(), handle="")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"service": "x"},
        {"service": [{"id": "#atproto_pds", "serviceEndpoint": 4}]},
        {"service": [{"id": "#atproto_pds", "serviceEndpoint": "http://10.0.0.1"}]},
    ],
)
async def test_documents_that_name_no_safe_server(document: Json) -> None:
    with pytest.raises(AddressError, match="Type the address under Server"):
        await sign_in(network(**{f"plc.directory/{ALICE}": document}))


async def test_an_account_that_does_not_exist() -> None:
    with pytest.raises(SignInError, match="no longer exists"):
        await sign_in(network(**{f"plc.directory/{ALICE}": httpx.Response(404, json={})}))
    with pytest.raises(AddressError, match="Type its server"):
        await sign_in(network(), handle="did:key:zabc")


async def test_a_server_without_a_view_of_the_network_still_signs_in() -> None:
    who = await sign_in(network(**{"app.bsky.actor.getProfile": failure(502, "UpstreamFailure")}))
    assert (who.name, who.avatar) == ("alice.test", "")


async def test_there_is_no_browser_sign_in() -> None:
    http = Http(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    with pytest.raises(InputError, match="app password"):
        await BlueskyConnector.begin(http, {}, "http://127.0.0.1/")


def test_documents_and_tokens_of_any_shape() -> None:
    assert pds_of(None) == pds_of([]) == ""
    assert [claims(bad) for bad in ("", "a", "a.b", "a.!.c", "a.WzFd.c", "a.é.c")] == [{}] * 6
    assert token_kind("x") == ""
