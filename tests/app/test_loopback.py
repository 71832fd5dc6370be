from __future__ import annotations

import asyncio
import urllib.error
import urllib.request

import pytest

from app.errors import SignInError
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
