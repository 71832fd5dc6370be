"""The tokens, and what the server's errors mean."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.connectors._bluesky_session import pair
from app.errors import (
    ForbiddenError,
    KeyringError,
    ServerError,
    ServiceError,
    SignInError,
)

from .fake_bluesky import (
    ALICE,
    FakeBluesky,
    answer_of,
    connector,
    failure,
    jwt,
    pulled,
    recorded,
)

SESSION = "com.atproto.server.getSession"
RENEW = "com.atproto.server.refreshSession"
CREATE = "com.atproto.server.createSession"
CONVOS = "chat.bsky.convo.listConvos"


# --- the session -----------------------------------------------------------------------------------


def renewing(*, fails: Any = None) -> tuple[FakeBluesky, list[str]]:
    """A server whose valid access token is the newest; expired ones get the recorded 400."""
    valid: list[str] = []

    def session(request: httpx.Request) -> Any:
        known = request.headers["Authorization"].removeprefix("Bearer ")
        return {"did": ALICE, "active": True} if known in valid else answer_of("err_expired_access")

    def renew(_: httpx.Request) -> Any:
        if fails is not None:
            return fails
        valid.append(jwt(number=len(valid) + 1))
        return {"accessJwt": valid[-1], "refreshJwt": f"r{len(valid)}", "did": ALICE}

    return FakeBluesky({SESSION: session, RENEW: renew}), valid


async def test_an_expired_token_is_renewed_and_kept_before_it_is_used() -> None:
    fake, valid = renewing()
    order: list[str] = []

    async def save(secret: dict[str, str]) -> None:
        await asyncio.sleep(0)
        order.append(secret["refresh"])
        assert fake.asked(SESSION)[-1].headers["Authorization"] != f"Bearer {secret['access']}"

    one = connector(fake, dm=False)
    one._session._save = save
    await one.check()
    assert order == ["r1"]
    assert [request.headers["Authorization"] for request in fake.asked(SESSION)][-1] == f"Bearer {valid[0]}"
    assert fake.asked(RENEW)[0].headers["Authorization"] == "Bearer r0"
    await one.check()
    assert len(fake.asked(RENEW)) == 1


async def test_many_calls_at_once_renew_once() -> None:
    fake, _ = renewing()
    saved: list[dict[str, str]] = []
    one = connector(fake, saved=saved, dm=False)
    await asyncio.gather(*(one.check() for _ in range(8)))
    assert len(fake.asked(RENEW)) == len(saved) == 1


async def test_a_token_is_renewed_before_it_ends() -> None:
    fake, _ = renewing()
    one = connector(fake, secret={"access": jwt(ago=7190), "refresh": "r0"}, dm=False)
    await one.check()
    assert [request.url.path.rpartition(".")[2] for request in fake.requests] == ["refreshSession", "getSession"]


async def test_a_wrong_clock_does_not_renew_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    fake, _ = renewing()
    real = time.time
    monkeypatch.setattr("app.connectors._bluesky_session.time.time", lambda: real() + 86_400)
    one = connector(fake, dm=False)
    for _ in range(3):
        await one.check()
    assert len(fake.asked(RENEW)) == 1


async def test_trouble_while_renewing_ahead_is_left_for_later() -> None:
    token = jwt(ago=7190)
    fake, valid = renewing(fails=httpx.ConnectError("no"))
    valid.append(token)
    await connector(fake, secret={"access": token, "refresh": "r0"}, dm=False).check()


async def test_a_dead_session_says_so_and_never_signs_in_again() -> None:
    fake, _ = renewing(fails=answer_of("err_expired_refresh"))
    one = connector(fake)
    for _ in range(3):
        with pytest.raises(SignInError, match=r"Sign in again\.$"):
            await one.check()
    assert len(fake.asked(RENEW)) == 1
    assert fake.asked(CREATE) == []


async def test_a_server_in_trouble_is_no_dead_session() -> None:
    fake, valid = renewing(fails=failure(500, "InternalServerError"))
    one = connector(fake, dm=False)
    with pytest.raises(ServerError):
        await one.check()
    valid.append(jwt(number=9))
    fake.routes[RENEW] = {"accessJwt": valid[-1], "refreshJwt": "r9"}
    await one.check()


async def test_a_taken_down_account_is_told_apart_when_it_renews() -> None:
    fake, _ = renewing(fails=answer_of("err_login_takendown"))
    with pytest.raises(ForbiddenError, match="taken this account down"):
        await connector(fake).check()


async def test_a_pair_that_cannot_be_kept_is_not_used() -> None:
    fake, _ = renewing()
    one = connector(fake, dm=False)

    async def locked(_: dict[str, str]) -> None:
        await asyncio.sleep(0)
        raise KeyringError("The keyring is locked.")

    one._session._save = locked
    with pytest.raises(KeyringError):
        await one.check()
    assert one._session._secret["refresh"] == "r0"


async def test_an_answer_without_tokens_is_trouble_of_the_server() -> None:
    fake, _ = renewing(fails={"accessJwt": None})
    with pytest.raises(ServerError):
        await connector(fake).check()


async def test_no_secret_is_a_sentence_and_no_request() -> None:
    fake = FakeBluesky()
    one = connector(fake)
    one._session._secret = {}
    with pytest.raises(SignInError, match="Sign in again"):
        await one.check()
    assert fake.requests == []


async def test_a_garbled_token_is_renewed_too() -> None:
    fake, _ = renewing()
    fake.routes[SESSION] = [answer_of("garbage_token"), {"did": ALICE}]
    await connector(fake, dm=False).check()


# --- check -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"convos": []}, ""),
        (answer_of("listConvos"), "Direct messages cannot be read at the moment"),
        (failure(502, "UpstreamFailure"), "Direct messages cannot be read at the moment"),
        (failure(400, "InvalidToken", "Bad token method"), "Direct messages need an app password"),
    ],
)
async def test_check_tells_about_direct_messages(answer: Any, said: str) -> None:
    told = await connector(FakeBluesky({SESSION: {"active": True}, CONVOS: answer})).check()
    assert told.startswith(said)
    assert bool(told) is bool(said)


async def test_check_needs_an_active_account() -> None:
    fake = FakeBluesky({SESSION: {"active": False, "status": "takendown"}})
    with pytest.raises(ForbiddenError, match="taken this account down"):
        await connector(fake).check()
    fake.routes[SESSION] = {"active": False, "status": "deactivated"}
    with pytest.raises(ForbiddenError, match="not active"):
        await connector(fake).check()


async def test_an_error_that_is_no_json_goes_by_its_status() -> None:
    fake = FakeBluesky({SESSION: httpx.Response(400, text="nope")})
    with pytest.raises(ServiceError) as caught:
        await connector(fake).check()
    assert type(caught.value) is ServiceError


async def test_requests_carry_the_token_to_the_accounts_server_alone() -> None:
    fake = FakeBluesky({"app.bsky.notification.listNotifications": recorded("listNotifications")})
    await pulled(connector(fake), "notifications")
    assert {request.url.host for request in fake.requests} == {"pds.example.com"}


def test_the_end_of_a_session_is_that_of_its_refresh_token() -> None:
    kept = pair("access", jwt(lives=90 * 86_400))
    assert 89 <= (datetime.fromisoformat(kept["sign_in_ends"]) - datetime.now(UTC)).days <= 90
    for untold in ("r0", "a.b.c", jwt(lives=1e300)):
        assert pair("access", untold) == {"access": "access", "refresh": untold}
