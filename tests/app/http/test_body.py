"""Answers that are too large, packed, damaged, slow or not what they say."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from app.errors import (
    AddressError,
    BadAnswerError,
    GoneError,
    NetworkError,
    UncertainError,
)
from app.http import Response, decode
from tests.app.http.answering import SITE, answering, fails, status


class Stream(httpx.AsyncByteStream):
    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self.parts = parts
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self.parts:
            yield part

    async def aclose(self) -> None:
        self.closed = True


async def test_100_mb_are_not_held() -> None:
    given = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(1600):
            given += 65536
            yield b"x" * 65536

    stream = Stream(parts())
    tracemalloc.start()
    error = await fails(answering(status(200, stream=stream)), BadAnswerError, max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "1 MB" in str(error)
    assert given < 2_000_000
    assert peak < 8_000_000
    assert stream.closed


async def test_a_bomb_of_100_mb_in_100_kb_is_not_unpacked() -> None:
    packed = gzip.compress(bytes(100_000_000), 9)

    async def parts() -> AsyncIterator[bytes]:
        yield packed

    tracemalloc.start()
    http = answering(status(200, stream=Stream(parts()), headers={"Content-Encoding": "gzip"}))
    await fails(http, BadAnswerError, max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


async def test_gzip_is_unpacked_and_a_damaged_one_told() -> None:
    async def parts(data: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(data), 10):
            yield data[at : at + 10]

    good = gzip.compress(b'{"a": 1}' * 50)
    for data, encoding, fine in ((good, "gzip", True), (good[:-9], "gzip", False), (b"nope", "gzip", False),
                                 (b"x", "br", False), (b"", "gzip", True)):  # fmt: skip
        options = {"headers": {"Content-Encoding": encoding}}
        http = answering(lambda _, d=data, o=options: httpx.Response(200, stream=Stream(parts(d)), **o))
        if fine:
            assert (await http.send("GET", SITE)).content in (b'{"a": 1}' * 50, b"")
        else:
            await fails(http, BadAnswerError)
            await fails(http, UncertainError, "POST", writes=True)


async def test_a_write_whose_answer_is_too_large_may_have_been_carried_out() -> None:
    await fails(answering(status(200, content=b"x" * 2000)), UncertainError, "POST", writes=True, max_bytes=1000)


async def test_a_large_error_page_is_still_that_error() -> None:
    await fails(answering(status(404, content=b"x" * 200_000)), GoneError, max_bytes=1000)


async def test_an_answer_that_drips_ends() -> None:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b"x"

    await fails(answering(lambda _: httpx.Response(200, stream=Stream(parts()))), NetworkError, timeout=0.03)
    http = answering(lambda _: httpx.Response(200, stream=Stream(parts())))
    await fails(http, UncertainError, "POST", writes=True, timeout=0.03)


class Post(msgspec.Struct):
    id: str
    text: str = ""


def answer(content: bytes, **options: Any) -> Response:
    return Response(200, {}, content, SITE, "mastodon", **options)


async def test_json_becomes_typed() -> None:
    assert await decode(answer(b'[{"id":"1"}]'), list[Post]) == [Post("1")]
    many = json.dumps([{"id": str(n)} for n in range(3000)]).encode()
    assert len(await decode(answer(many), list[Post])) == 3000
    assert await decode(answer(b"\xef\xbb\xbf[]"), list[Post]) == []


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb'{"id":"1","text":"a\u0000b"}', "a\0b"),
        (b'{"id":"1","text":"a\0b"}', "a b"),
        (rb'{"id":"1","text":"a\ud83db"}', "a\ufffdb"),
        (rb'{"id":"1","text":"\ud83d\ude00 \ude00"}', "😀 \ufffd"),
        (rb'{"id":"1","text":"\\ud83d \ud83d"}', "\\ud83d \ufffd"),
        (b'{"id":"1","text":"a\xffb"}', "a\ufffdb"),
    ],
)
async def test_broken_characters_do_not_cost_the_answer(content: bytes, text: str) -> None:
    assert (await decode(answer(content), Post)).text == text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\n <html>", "web page"),
        (b'{"id":"1","te', "cut off"),
        (b"", "empty"),
        (b"  ", "empty"),
        (b'{"id":1}', "does not know"),
        (b"{}", "does not know"),
        (b"null", "does not know"),
        (b"hello", "damaged"),
        (b'{"id":"' + b"x" * 20_000, "cut off"),
    ],
)
async def test_answers_that_are_no_answers(content: bytes, words: str) -> None:
    with pytest.raises(BadAnswerError, match=words) as caught:
        await decode(answer(content), Post)
    assert "Mastodon" in str(caught.value)
    with pytest.raises(UncertainError):
        await decode(answer(content, writes=True), Post)


async def test_deep_json_is_survived() -> None:
    with pytest.raises(BadAnswerError):
        await decode(answer(b"[" * 100_000), list[Any])


# --- pictures, logs, start -------------------------------------------------------------------------


async def test_pictures() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        kind = {"/a.png": "image/png", "/a.svg": "image/svg+xml", "/a": "text/html"}[request.url.path]
        return httpx.Response(200, content=b"x" * 100, headers={"Content-Type": kind})

    http = answering(handle)
    assert len(await http.download(f"{SITE}/a.png", 1000)) == 100
    for url, size, kind in (
        (f"{SITE}/a.svg", 1000, BadAnswerError),
        (f"{SITE}/a", 1000, BadAnswerError),
        (f"{SITE}/a.png", 10, BadAnswerError),
        ("http://m.example/a.png", 1000, AddressError),
        ("https://127.0.0.1/a.png", 1000, AddressError),
    ):
        with pytest.raises(kind):
            await http.download(url, size)
    home = "http://127.0.0.1:3000"
    assert await http.download(f"{home}/a.png", 1000, home=home)
