"""Redirects and addresses: where a request may go, and tokens that stay home."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from app.errors import (
    AddressError,
    BadAnswerError,
    NetworkError,
    UncertainError,
)
from app.http import Http
from tests.app.http.answering import SITE, Handler, answering, fails, status


def to(place: str, code: int = 302) -> Handler:
    return lambda request: (
        httpx.Response(code, headers={"Location": place})
        if request.url.path == "/"
        else (httpx.Response(200, text=str(request.url)))
    )


async def test_redirects_are_followed_and_tokens_stay_home() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        hop = {"/": "/b", "/b": "https://other.example/c"}.get(request.url.path)
        return httpx.Response(307, headers={"Location": hop}) if hop else httpx.Response(200)

    secret = {"Authorization": "Bearer t", "X-Api-Key": "k", "Accept": "a/b"}
    answer = await answering(handle).send("GET", f"{SITE}/", headers=secret)
    assert answer.url == "https://other.example/c"
    for name in ("authorization", "x-api-key"):
        assert [name in request.headers for request in seen] == [True, True, False]
    assert seen[2].headers["accept"] == "a/b"


async def test_a_loop_of_redirects_ends() -> None:
    calls = 0

    def handle(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(301, headers={"Location": "/"})

    await fails(answering(handle), AddressError)
    assert calls == 6


@pytest.mark.parametrize(
    "place",
    ["http://m.example/x", "ftp://m.example/x", "file:///etc/passwd", "javascript:1", "https://127.0.0.1/x",
     "https://localhost/x", "https://10.0.0.7/x", "https://[::1]/x", "https://169.254.169.254/meta",
     "https://2130706433/x", "https://127.1/x", "https://[::ffff:192.168.0.1]/x", "https://[64:ff9b::7f00:1]/x",
     "https://100.64.0.1/", "https://0.0.0.0/", "https://printer.local/x", "https://router/", "https://224.0.0.1/",
     "https://u:p@other.example/x", "https://", "//", "https://exa mple/", "https://[bad/"],
)  # fmt: skip
async def test_redirects_that_are_refused(place: str) -> None:
    await fails(answering(to(place)), AddressError, url=f"{SITE}/", home=SITE)


@pytest.mark.parametrize(
    "url",
    ["http://m.example/", "https://192.168.1.5/", "https://[fe80::1]/", "nonsense", "", "ftp://m.example",
     "https://exa mple.com", "https://a:b@m.example/", "https://m.example:99999/", "https://\ud800/"],
)  # fmt: skip
async def test_first_addresses_that_are_refused(url: str) -> None:
    await fails(answering(status(200)), AddressError, url=url)


async def test_a_server_at_home_may_be_private_and_plain() -> None:
    home = "http://127.0.0.1:8080"
    http = answering(to("http://localhost:9/x"))
    assert (await http.send("GET", f"{home}/", home=home)).content == b"http://localhost:9/x"
    await fails(answering(to("http://x.example/")), AddressError, url="https://nas.lan/", home="https://nas.lan")
    lan = "https://nas.lan"
    assert (await answering(to("https://10.0.0.2/y")).send("GET", f"{lan}/", home=lan)).status == 200


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_post_is_not_repeated_elsewhere(code: int) -> None:
    calls: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        return httpx.Response(code, headers={"Location": "/x"})

    await fails(answering(handle), AddressError, "POST")
    await fails(answering(handle), UncertainError if code in (302, 303) else AddressError, "POST", writes=True)
    assert calls == ["POST", "POST"]


async def test_a_redirect_to_nowhere() -> None:
    await fails(answering(status(302)), BadAnswerError)
    assert (await answering(status(304)).send("GET", SITE)).status == 304


async def test_names_that_lead_into_a_private_network() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        found = {"m.example": ["1.1.1.1"], "evil.example": ["1.1.1.1", "127.0.0.1"], "nas.example": ["10.0.0.2"]}
        if host not in found:
            raise OSError("no such host")
        return found[host]

    http = answering(status(200), resolve=resolve)
    await http.send("GET", SITE)
    await fails(http, AddressError, url="https://evil.example")
    with pytest.raises(NetworkError):
        await http.send("GET", "https://missing.example")
    await http.send("GET", "https://nas.example", home="https://nas.example")
    await http.send("GET", "https://10.0.0.9", home="https://nas.example")
    await fails(http, AddressError, url="https://10.0.0.9", home=SITE)


@pytest.fixture
async def server() -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/break" not in head:
            cut = b"9" if b"/cut" in head else b""
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2" + cut + b"\r\n\r\nhi")
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    listening.close()


async def test_over_a_real_socket(server: str) -> None:
    http = Http()
    answer = await http.send("GET", server, home=server)
    assert answer.content == b"hi"
    await fails(http, NetworkError, url=f"{server}/cut", home=server)
    await fails(http, UncertainError, "POST", url=f"{server}/cut", home=server, writes=True)
    await fails(http, UncertainError, "POST", url=f"{server}/break", home=server, writes=True)
    await fails(http, NetworkError, "POST", url="http://127.0.0.1:9", home="http://127.0.0.1:9", writes=True)
    await http.close()


async def test_the_address_that_is_connected_to_is_the_one_that_was_looked_at(server: str) -> None:
    """A name that resolves inwards is refused at the very moment of connecting."""
    asked = 0

    async def resolve(host: str, port: int) -> Sequence[str]:
        nonlocal asked
        asked += 1
        return ["127.0.0.1"]

    http = Http(resolve=resolve)
    await fails(http, AddressError, url="https://rebound.example/", home="")
    assert asked == 1
    await fails(http, NetworkError, url="https://home.example:9/", home="https://home.example:9")
    await http.close()
