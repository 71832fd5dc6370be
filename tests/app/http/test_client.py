"""One way to send a request: what goes out, what comes back, and which error every failure is."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import httpx
import pytest

from app.errors import (
    ForbiddenError,
    GoneError,
    NetworkError,
    RateLimitError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
    UncertainError,
)
from app.http import Http, Response
from tests.app.http.answering import SITE, answering, fails, status


async def test_a_request_goes_out_as_asked_and_comes_back() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"ok": True}, headers={"X-Thing": "1", "Set-Cookie": "a=b"})

    http = answering(handle)
    params = {"types[]": ["mention", "poll"], "limit": 40, "min_id": None}
    answer = await http.send("get", f"{SITE}/api?x=1", params=params, headers={"Authorization": "Bearer t"})
    assert (answer.status, answer.headers["x-thing"], json.loads(answer.content)) == (200, "1", {"ok": True})
    assert str(seen[0].url) == f"{SITE}/api?x=1&types%5B%5D=mention&types%5B%5D=poll&limit=40"
    assert seen[0].headers["authorization"] == "Bearer t"
    await http.send("POST", SITE, json={"a": "ü"}, writes=True)
    await http.send("POST", SITE, data={"a": "ü&"})
    await http.send("POST", SITE, content=b"raw", headers={"content-type": "image/png"})
    assert seen[1].content == '{"a":"ü"}'.encode()
    assert seen[1].headers["content-type"] == "application/json"
    assert seen[2].content == b"a=%C3%BC%26"
    assert seen[3].headers["content-type"] == "image/png"
    assert all("cookie" not in request.headers for request in seen)  # two accounts would share them
    await http.close()


async def test_at_most_eight_at_once_and_a_reply_does_not_queue_behind_reads() -> None:
    now, most, replied = 0, 0, asyncio.Event()
    hold = asyncio.Event()

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if request.method == "POST":
            replied.set()
        else:
            await hold.wait()
        now -= 1
        return httpx.Response(200)

    http = Http(transport=httpx.MockTransport(handle))
    reads = [asyncio.create_task(http.send("GET", SITE)) for _ in range(30)]
    await asyncio.sleep(0.01)
    assert most == 7
    await asyncio.wait_for(http.send("POST", SITE, writes=True), 1)
    assert replied.is_set()
    assert most == 8
    hold.set()
    await asyncio.gather(*reads)
    assert most <= 8


# --- what a status means ---------------------------------------------------------------------------

KINDS = {
    401: SignInError, 403: ForbiddenError, 451: ForbiddenError, 404: GoneError, 410: GoneError,
    408: ServerError, 425: ServerError, 413: RefusedError, 422: RefusedError, 429: RateLimitError,
}  # fmt: skip


@pytest.mark.parametrize("code", range(400, 504))
async def test_every_status_has_its_error_and_a_plain_sentence(code: int) -> None:
    kind = KINDS.get(code, ServerError if code >= 500 else ServiceError)
    error = await fails(answering(status(code, html="<h1>no</h1>")), kind)
    assert error.status == code
    assert "Mastodon" in str(error)
    assert "<" not in str(error)
    unsure = code >= 500 or code in (408, 425)
    await fails(answering(status(code)), UncertainError if unsure else kind, "POST", writes=True)


async def test_the_connector_is_asked_first() -> None:
    def own(answer: Response) -> ServiceError | None:
        code = json.loads(answer.content)["code"]
        return ForbiddenError("Taken down.", code=code) if code == "down" else None

    error = await fails(answering(status(400, json={"code": "down"})), ForbiddenError, errors=own)
    assert error.code == "down"
    await fails(answering(status(422, json={"code": ""})), RefusedError, errors=own)


async def test_a_connectors_server_error_does_not_make_a_write_certain() -> None:
    error = await fails(
        answering(status(502)), UncertainError, "POST", writes=True, errors=lambda _: ServerError("x.", code="Upstream")
    )
    assert error.code == "Upstream"


@pytest.mark.parametrize(
    ("failure", "read", "write"),
    [
        (httpx.ConnectError("refused"), NetworkError, NetworkError),
        (httpx.ConnectTimeout("slow"), NetworkError, NetworkError),
        (httpx.ReadTimeout("slow"), NetworkError, UncertainError),
        (httpx.WriteError("gone"), NetworkError, UncertainError),
        (httpx.ReadError("gone"), NetworkError, UncertainError),
        (httpx.RemoteProtocolError("closed"), NetworkError, UncertainError),
        (httpx.LocalProtocolError("bad header"), SignInError, SignInError),
    ],
)
async def test_a_line_that_breaks(failure: Exception, read: type[ServiceError], write: type[ServiceError]) -> None:
    await fails(answering(failure), read)
    await fails(answering(failure), write, "POST", writes=True)


async def test_a_bad_certificate_is_named() -> None:
    http = answering(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] expired"))
    assert "certificate" in str(await fails(http, NetworkError))


async def test_a_token_with_strange_characters_is_a_sign_in_problem() -> None:
    await fails(answering(status(200)), SignInError, headers={"Authorization": "Bearer “x”"})


def test_importing_does_not_import_httpx() -> None:
    code = "import sys, app.http; sys.exit(any(m in sys.modules for m in ('httpx', 'httpcore', 'anyio', 'msgspec')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
