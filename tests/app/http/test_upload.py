"""Large bodies: a slow line gets the time that it needs, and a form arrives as it was meant."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from email import message_from_bytes
from email.policy import HTTP

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import NetworkError
from app.http import Http, multipart, upload_time
from tests.app.http.answering import SITE, answering, fails

SIZE = 20_000_000


@pytest.fixture
async def slow() -> AsyncIterator[str]:
    """A server that takes a megabyte each tenth of a second and tells how much came."""

    serving = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        with suppress(OSError):
            head = await reader.readuntil(b"\r\n\r\n")
            came = 0
            while b"chunked" not in head.lower() and came < SIZE and (part := await reader.read(1_000_000)):
                came += len(part)
                await asyncio.sleep(len(part) / 10_000_000)
            text = str(came).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64_000)  # or the system takes it all at once
    listening = await asyncio.start_server(serve, sock=listener, limit=70_000)
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    listening.close()
    await asyncio.gather(*(task for task in serving if task))


async def test_a_slow_line_has_time_for_each_piece(slow: str) -> None:
    http = Http()
    data = b"x" * SIZE
    answer = await http.send("POST", slow, home=slow, content=data, timeout=0.6, whole=30)
    assert answer.content == str(SIZE).encode()
    await fails(http, NetworkError, "POST", slow, home=slow, content=data, timeout=0.6)
    await http.close()


async def test_a_large_body_is_whole_and_its_length_told() -> None:
    data = bytes(range(256)) * 1000
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    await answering(handle).send("POST", SITE, content=data)
    await answering(handle).send("POST", SITE, content=data[:100])
    assert [each.content for each in seen] == [data, data[:100]]
    assert [each.headers["content-length"] for each in seen] == ["256000", "100"]
    assert "transfer-encoding" not in seen[0].headers


def test_the_time_for_an_upload() -> None:
    assert upload_time(0) == 60
    assert 600 < upload_time(16_000_000) < 1800


@given(st.binary(max_size=400), st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_a_form_is_read_back_as_it_was_written(data: bytes, words: str) -> None:
    content, kind = multipart({"description": words}, "file", data, "image/png")
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content, policy=HTTP)
    text, file = message.iter_parts()
    assert text.get_payload(decode=True) == words.encode()
    assert file.get_payload(decode=True) == data
    assert (file.get_content_type(), file.get_filename()) == ("image/png", "picture.png")
