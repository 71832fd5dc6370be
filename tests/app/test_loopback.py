from __future__ import annotations

import asyncio
import errno
import socket
import urllib.error
import urllib.request

import pytest

from app.errors import InputError, SignInError
from app.loopback import Loopback


async def get(url: str) -> int:
    def call() -> int:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    return await asyncio.to_thread(call)


@pytest.fixture
async def loopback() -> Loopback:
    loopback = Loopback()
    await loopback.start()
    loopback.state = "right"
    return loopback


async def test_the_code_comes_back(loopback: Loopback) -> None:
    assert loopback.uri.startswith("http://127.0.0.1:")
    assert await get(f"{loopback.uri}?code=abc&state=right") == 200
    assert await loopback.code(1) == "abc"
    await loopback.close()


async def test_a_foreign_state_is_turned_away_and_the_wait_goes_on(loopback: Loopback) -> None:
    assert await get(f"{loopback.uri}?code=evil&state=wrong") == 400
    assert await get(f"{loopback.uri}?code=evil") == 400
    assert await get(loopback.uri.replace("callback", "other")) == 404
    assert await get(f"{loopback.uri}?code=good&state=right") == 200
    assert await loopback.code(1) == "good"
    await loopback.close()


async def test_a_refusal_is_told(loopback: Loopback) -> None:
    assert await get(f"{loopback.uri}?error=access_denied&state=right") == 200
    with pytest.raises(SignInError, match="refused"):
        await loopback.code(1)
    await loopback.close()


async def test_nobody_came(loopback: Loopback) -> None:
    with pytest.raises(SignInError, match="did not come back"):
        await loopback.code(0.01)
    await loopback.close()


async def test_garbage_does_not_end_it(loopback: Loopback) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(loopback.uri.split(":")[2].split("/")[0]))
    writer.write(b"\x00\xff nonsense\r\n\r\n")
    await writer.drain()
    assert b"404" in await reader.read(100)
    writer.close()
    assert await get(f"{loopback.uri}?code=ok&state=right") == 200
    await loopback.close()


async def test_an_answer_without_a_code_comes_back_whole(loopback: Loopback) -> None:
    assert await get(f"{loopback.uri}?site_url=https%3A%2F%2Fx&user_login=me&password=a+b&state=right") == 200
    assert await loopback.code(1) == f"{loopback.uri}?site_url=https%3A%2F%2Fx&user_login=me&password=a+b&state=right"
    await loopback.close()


@pytest.mark.parametrize("query", ["error=invalid_scope&error_description=No+such+scope", "success=false", ""])
async def test_a_refusal_in_other_words(loopback: Loopback, query: str) -> None:
    assert await get(f"{loopback.uri}?state=right&{query}") == 200
    with pytest.raises(SignInError, match="No such scope" if "scope" in query else "Nothing was connected"):
        await loopback.code(1)
    await loopback.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_a_fixed_address_is_listened_to_on_both_loopbacks() -> None:
    loopback, port = Loopback(), free_port()
    uri = f"http://localhost:{port}/callback"
    assert await loopback.start(uri) == uri
    loopback.state = "right"
    assert loopback.trouble == ""
    hosts = {server.sockets[0].getsockname()[0] for server in loopback._servers}
    assert "127.0.0.1" in hosts
    assert hosts <= {"127.0.0.1", "::1"}, "nobody else reaches it"
    assert await get(f"http://127.0.0.1:{port}/callback?code=wrong&state=x") == 400
    if "::1" in hosts:
        assert await get(f"http://[::1]:{port}/callback?code=abc&state=right") == 200
    else:
        assert await get(f"{uri}?code=abc&state=right") == 200
    assert await loopback.code(1) == "abc"
    await loopback.close()
    again = Loopback()  # the port is free for the next sign-in
    await again.start(uri)
    assert again.trouble == ""
    await again.close()


async def test_a_computer_without_ipv6_does_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    listen = Loopback._listen

    async def old(self: Loopback, host: str, port: int) -> asyncio.Server:
        if ":" in host:
            raise OSError(errno.EADDRNOTAVAIL, "no such address")
        return await listen(self, host, port)

    monkeypatch.setattr(Loopback, "_listen", old)
    loopback = Loopback()
    await loopback.start(f"http://localhost:{free_port()}/callback")
    assert (loopback.trouble, len(loopback._servers)) == ("", 1)
    await loopback.close()


async def test_a_port_that_is_taken_is_told_in_words() -> None:
    taken = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    loopback = Loopback()
    await loopback.start(f"http://localhost:{port}/callback")
    assert f"uses port {port}" in loopback.trouble
    assert "address bar" in loopback.trouble
    assert loopback._servers == [], "half a way back is none"
    with pytest.raises(SignInError):
        await loopback.code(0.01)
    await loopback.close()
    taken.close()
    await taken.wait_closed()


@pytest.mark.parametrize(
    "redirect",
    [
        "https://localhost:47623/callback",
        "https://pages.example/done",
        "urn:ietf:wg:oauth:2.0:oob",
        "http://10.0.0.1/x",
    ],
)
async def test_what_is_no_loopback_is_pasted(redirect: str) -> None:
    loopback = Loopback()
    assert await loopback.start(redirect) == redirect
    assert "paste it here" in loopback.trouble
    assert loopback._servers == []
    await loopback.close()


@pytest.mark.parametrize("redirect", ["http://localhost:port/", "http://[::", "http://localhost:99999/x"])
async def test_an_address_that_is_none_is_told(redirect: str) -> None:
    loopback = Loopback()
    with pytest.raises(InputError, match="redirect address"):
        await loopback.start(redirect)
    await loopback.close()
