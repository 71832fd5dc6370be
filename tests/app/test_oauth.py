"""OAuth: the page's address, what comes back, trading and renewing."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import oauth
from app.errors import (
    BadAnswerError,
    ForbiddenError,
    InputError,
    NetworkError,
    ServerError,
    ServiceError,
    SignInError,
)
from app.oauth import Server, Token
from tests.app.http.answering import answering

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BACK = "http://localhost:47623/callback"
APP = ("app-1", "pLaNtEd-app-secret")
SERVER = Server(
    "Example", "https://example.com/authorize", "https://example.com/token", ("read", "write"),
    revoke="https://example.com/revoke", extra={"access_type": "offline"},
)  # fmt: skip
CODES = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/+=*", min_size=8, max_size=80)


def server(**changes: Any) -> Server:
    return Server(**{name: changes.get(name, getattr(SERVER, name)) for name in SERVER.__dataclass_fields__})


def page(made: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(made).query).items()}


# The page


def test_the_page_asks_with_a_challenge_and_a_state() -> None:
    made, state, verifier = oauth.begin(SERVER, " app-1 ", BACK, prompt="consent")
    found = page(made)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert made.startswith("https://example.com/authorize?")
    assert found == {
        "response_type": "code", "client_id": "app-1", "redirect_uri": BACK, "scope": "read write", "state": state,
        "access_type": "offline", "prompt": "consent", "code_challenge": digest, "code_challenge_method": "S256",
    }  # fmt: skip
    assert 43 <= len(verifier) <= 128
    assert len(state) >= 22
    assert verifier not in made, "RFC 7636: it is shown when the code is traded, not before"


def test_no_two_sign_ins_share_a_state_or_a_verifier() -> None:
    made = [oauth.begin(SERVER, "app-1", BACK) for _ in range(50)]
    assert len({state for _, state, _ in made}) == len({verifier for *_, verifier in made}) == 50


def test_a_platform_without_pkce_and_with_commas() -> None:
    made, _, verifier = oauth.begin(server(pkce=False, separator=","), "app-1", BACK)
    assert verifier == ""
    assert "code_challenge" not in page(made)
    assert page(made)["scope"] == "read,write"


def test_an_app_without_an_id_is_asked_for() -> None:
    with pytest.raises(InputError, match="id of your Example app"):
        oauth.begin(SERVER, "  ", BACK)


@pytest.mark.parametrize("text", ["two words", "line\nbreak", "kéy", "nul\x00"])
def test_keys_hold_what_keys_hold(text: str) -> None:
    with pytest.raises(InputError, match="Copy them again"):
        oauth.app_of({"client_id": "a", "client_secret": text})
    assert oauth.app_of({"client_id": " a ", "client_secret": "b\n"}) == ("a", "b")
    assert oauth.app_of({}) == ("", "")


# What comes back


@given(CODES)
def test_a_code_is_found_however_it_is_pasted(code: str) -> None:
    encoded = quote(code, safe="")
    for pasted in (
        f"{BACK}?code={encoded}&state=s1",
        f"  {BACK}?state=s1&code={encoded}#_=_\n",
        f"localhost:47623/callback?code={encoded}&state=s1",
        f"code={encoded}&state=s1",
        f"?state=s1&code={encoded}",
        encoded,
        f"{encoded}#_=_",
        f"{encoded}#_",
        f"{encoded}&state=s1",
    ):
        assert oauth.code_of(pasted) == code
        oauth.check_state(pasted, "s1")


@pytest.mark.parametrize("pasted", ["", " ", "two words", "https://example.com/", "http://x/?foo=1", "what?"])
def test_what_is_no_code_is_told(pasted: str) -> None:
    with pytest.raises(InputError, match="not a sign-in code"):
        oauth.code_of(pasted)


def test_a_refusal_is_told_in_its_own_words() -> None:
    with pytest.raises(SignInError, match=r"\(The user said no\)") as caught:
        oauth.code_of(f"{BACK}?error=access_denied&error_description=The+user+said+no&state=s")
    assert caught.value.code == "access_denied"


@pytest.mark.parametrize(
    "pasted",
    [f"{BACK}?code=abc&state=other", f"{BACK}?code=abc", f"{BACK}?payload=abc", "code=abc&state=other", "abc&state=x"],
)
def test_the_address_of_another_sign_in_is_refused(pasted: str) -> None:
    with pytest.raises(SignInError, match="another sign-in"):
        oauth.check_state(pasted, "mine")
    oauth.check_state(pasted, "")  # a platform that has none


def test_a_bare_code_has_no_state_to_check() -> None:
    oauth.check_state("abc-123", "mine")


@given(st.text(max_size=200))
def test_whatever_is_pasted_is_a_code_or_a_sentence(pasted: str) -> None:
    with contextlib.suppress(ServiceError):  # nothing else may come out
        oauth.check_state(pasted, "mine")
        assert oauth.code_of(pasted)


# Trading


def token_server(answer: Callable[[dict[str, str]], httpx.Response], asked: list[httpx.Request]) -> Any:
    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer({key: values[0] for key, values in parse_qs(request.content.decode()).items()})

    return answering(handle)


GOOD = {"access_token": "at-1", "refresh_token": "rt-1", "expires_in": 3600, "scope": "read write", "token_type": "b"}


async def test_a_code_is_traded_with_its_verifier() -> None:
    forms: list[dict[str, str]] = []

    def answer(form: dict[str, str]) -> httpx.Response:
        forms.append(form)
        return httpx.Response(200, json=GOOD)

    asked: list[httpx.Request] = []
    token = await oauth.trade(token_server(answer, asked), SERVER, APP, f"{BACK}?code=c%2F1&state=s", BACK, "v-1")
    assert (token.access_token, token.refresh_token, token.scopes) == ("at-1", "rt-1", {"read", "write"})
    assert forms == [
        {
            "grant_type": "authorization_code", "code": "c/1", "redirect_uri": BACK, "code_verifier": "v-1",
            "client_id": "app-1", "client_secret": APP[1],
        }
    ]  # fmt: skip
    assert "planted" not in f"{token!r}{SERVER!r}".lower()


async def test_some_want_the_app_in_a_header() -> None:
    asked: list[httpx.Request] = []
    http = token_server(lambda form: httpx.Response(200, json=GOOD), asked)
    await oauth.trade(http, server(basic=True), APP, "c1", BACK, "")
    known = base64.b64encode(f"{APP[0]}:{APP[1]}".encode()).decode()
    assert asked[0].headers["Authorization"] == f"Basic {known}"
    assert b"client_secret" not in asked[0].content
    assert b"code_verifier" not in asked[0].content
    await oauth.renew(http, server(basic=True), ("app-1", ""), "rt")
    assert "Authorization" not in asked[1].headers
    assert b"client_id=app-1" in asked[1].content


REFUSALS = [
    httpx.Response(400, json={"error": "invalid_grant", "error_description": "old"}),
    httpx.Response(401, json={"error": "invalid_client"}),
    httpx.Response(403, json={"error": "unauthorized_client"}),
    httpx.Response(200, json={"error": "invalid_grant"}),
]


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_refused_code_says_what_to_do(refusal: httpx.Response) -> None:
    with pytest.raises(SignInError, match="start the sign-in again") as caught:
        await oauth.trade(token_server(lambda form: refusal, []), SERVER, APP, "c1", BACK, "v")
    assert caught.value.code.startswith(("invalid", "unauthorized"))


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_dead_refresh_token_asks_for_a_sign_in(refusal: httpx.Response) -> None:
    with pytest.raises(SignInError, match=r"Sign in again\."):
        await oauth.renew(token_server(lambda form: refusal, []), SERVER, APP, "rt-dead")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(503), ServerError),
        (httpx.Response(400, json={"error": "temporarily_unavailable"}), ServerError),
        (httpx.Response(403, text="<html>The proxy of this hotel</html>"), ForbiddenError),
        (httpx.Response(400, text="<html>"), ServiceError),
        (httpx.Response(200, text="<html>"), BadAnswerError),
        (httpx.Response(200, json={"token": "?"}), BadAnswerError),
        (httpx.Response(200, json=["?"]), BadAnswerError),
    ],
)
async def test_trouble_on_the_way_does_not_end_a_sign_in(answer: httpx.Response, kind: type[ServiceError]) -> None:
    with pytest.raises(ServiceError) as caught:
        await oauth.renew(token_server(lambda form: answer, []), SERVER, APP, "rt")
    assert type(caught.value) is kind


async def test_no_network_is_no_refusal() -> None:
    for call in (oauth.trade(answering(httpx.ConnectError("no")), SERVER, APP, "c", BACK, ""),
                 oauth.renew(answering(httpx.ConnectError("no")), SERVER, APP, "rt")):  # fmt: skip
        with pytest.raises(NetworkError):
            await call


async def test_a_platform_reads_its_own_errors() -> None:
    def read(answer: Any) -> ServiceError | None:
        return SignInError("Code 190.", code="190", status=answer.status)

    http = token_server(lambda form: httpx.Response(400, json={"error": {"code": 190}}), [])
    with pytest.raises(SignInError, match="Sign in again") as caught:
        await oauth.renew(http, SERVER, APP, "rt", errors=read)
    assert caught.value.code == "190"


# What is kept


def told(**more: Any) -> Token:
    return msgspec.convert({"access_token": "at", **more}, Token)


def test_the_secret_tells_when_each_part_ends() -> None:
    token = told(refresh_token="rt", expires_in="3600", refresh_token_expires_in=86_400)
    kept = oauth.secret_of(token, APP, NOW)
    assert kept == {
        "token": "at", "client_id": APP[0], "client_secret": APP[1], "refresh_token": "rt",
        "expires_at": (NOW + timedelta(hours=1)).isoformat(), "sign_in_ends": (NOW + timedelta(days=1)).isoformat(),
    }  # fmt: skip
    known = oauth.secret_of(told(refresh_token="rt"), APP, NOW, refresh_lives=timedelta(days=60))
    assert known["sign_in_ends"] == (NOW + timedelta(days=60)).isoformat()
    assert "sign_in_ends" not in oauth.secret_of(told(refresh_token="rt", expires_in=60), APP, NOW), "it renews itself"


def test_a_token_that_cannot_be_renewed_ends_the_sign_in() -> None:
    kept = oauth.secret_of(told(expires_in=5_184_000, refresh_token=None), APP, NOW)
    assert kept["sign_in_ends"] == kept["expires_at"] == (NOW + timedelta(days=60)).isoformat()
    assert "sign_in_ends" not in oauth.secret_of(told(), APP, NOW), "it never ends"


def test_a_refresh_token_that_is_not_told_again_stays() -> None:
    before = {"refresh_token": "rt-1", "sign_in_ends": "2026-12-24T00:00:00+00:00"}
    kept = oauth.secret_of(told(expires_in=60), APP, NOW, before=before)
    assert (kept["refresh_token"], kept["sign_in_ends"]) == ("rt-1", before["sign_in_ends"])


@given(st.one_of(st.floats(), st.integers(), st.text(max_size=9), st.none()))
def test_whatever_time_is_told_nothing_breaks(seconds: Any) -> None:
    kept = oauth.secret_of(Token("at", expires_in=seconds), APP, NOW)
    if "expires_at" in kept:
        assert datetime.fromisoformat(kept["expires_at"]) >= NOW


# Ending


async def test_all_tokens_are_revoked_and_trouble_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    forms: list[dict[str, str]] = []

    def answer(form: dict[str, str]) -> httpx.Response:
        forms.append(form)
        return httpx.Response(503 if len(forms) == 1 else 200)

    http = token_server(answer, [])
    await oauth.revoke(http, SERVER, APP, ["pLaNtEd-at", "", "pLaNtEd-rt"])
    assert [form["token"] for form in forms if form["token"]][-1] == "pLaNtEd-rt"
    assert {form["client_secret"] for form in forms} == {APP[1]}
    asked: list[httpx.Request] = []
    await oauth.revoke(token_server(lambda form: httpx.Response(200), asked), server(basic=True), APP, ["at"])
    assert b"client_secret" not in asked[0].content
    await oauth.revoke(answering(httpx.ConnectError("no")), SERVER, APP, ["at"])
    await oauth.revoke(token_server(lambda form: httpx.Response(200), asked), server(revoke=""), APP, ["at"])
    assert len(asked) == 1
    assert "planted" not in caplog.text.lower()
