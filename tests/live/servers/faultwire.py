"""What `FaultProxy` is made of: a fault, a seen request, and as much of HTTP/1.1 as it needs."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from .processes import wait_until

Kind = Literal["delay", "drop request", "drop answer", "answer", "cut", "hold request", "hold answer"]


@dataclass(slots=True)
class SeenRequest:
    """One request as it arrived, and what became of it."""

    method: str
    path: str  # without the query
    query: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float  # time.monotonic()
    forwarded: bool = False  # the server received it whole
    status: int | None = None  # what the client was told; None if it was told nothing
    fault: Kind | None = None

    def json(self) -> Any:
        return json.loads(self.body)


Match = str | Callable[[SeenRequest], bool]


@dataclass(slots=True, eq=False)
class Fault:
    """A fault that waits for its request; made by the methods of `FaultProxy`."""

    kind: Kind
    method: str
    path: Match
    times: int | None
    seconds: float = 0
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    keep: float = 0.5
    clean: bool = True
    hits: list[SeenRequest] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    reached: int = 0  # requests for which the fault has taken its effect

    def matches(self, request: SeenRequest) -> bool:
        if self.times is not None and len(self.hits) >= self.times:
            return False
        if self.method not in ("*", request.method):
            return False
        return fnmatchcase(request.path, self.path) if isinstance(self.path, str) else self.path(request)

    def wait_hit(self, count: int = 1, *, timeout: float = 20) -> SeenRequest:
        """Wait until the fault took effect `count` times; return the latest request it struck.

        For `hold_answer` and `drop_answer` the server has answered by then.
        """
        wait_until(lambda: self.reached >= count, f"{self.kind} on {self.path}", timeout=timeout, every=0.005)
        return self.hits[-1]

    def release(self) -> None:
        """Let held requests go on, those to come too."""
        self.released.set()


class BadMessage(Exception):
    """Bytes that are no HTTP message."""


@dataclass(slots=True)
class Head:
    """The first line and the header fields, in their order."""

    first: str
    fields: list[tuple[str, str]]

    def get(self, name: str) -> str:
        """Return the first value of a field (`name` in lower case), or an empty string."""
        return next((value for key, value in self.fields if key.lower() == name), "")

    def without(self, *names: str) -> Head:
        """Return a copy that lacks some fields (`names` in lower case)."""
        return Head(self.first, [(key, value) for key, value in self.fields if key.lower() not in names])

    def replaced(self, name: str, value: str) -> Head:
        """Return a copy with one field set anew."""
        head = self.without(name)
        head.fields.append((name.title(), value))
        return head

    def to_bytes(self) -> bytes:
        lines = [self.first, *(f"{key}: {value}" for key, value in self.fields)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


@dataclass(slots=True)
class Message:
    head: Head
    body: bytes


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read up to the empty line; EOFError when the other side closed before or within it."""
    raw = await reader.readuntil(b"\r\n\r\n")
    first, *lines = raw.decode("latin-1").split("\r\n")
    if first.count(" ") < 1:
        raise BadMessage(first)
    fields = []
    for line in filter(None, lines):
        key, _, value = line.partition(":")
        fields.append((key, value.strip()))
    return Head(first, fields)


async def read_message(reader: asyncio.StreamReader, head: Head | None = None, *, no_body: bool = False) -> Message:
    """Read a whole message; give `head` when that part was read already (then it is an answer)."""
    is_answer = head is not None
    head = head or await read_head(reader)
    if no_body or (is_answer and head.first.split(" ", 2)[1] in ("204", "304")):
        return Message(head, b"")
    if head.get("transfer-encoding").lower() == "chunked":
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readline()
        while (await reader.readline()).strip():
            pass  # trailers
    elif head.get("content-length"):
        body = await reader.readexactly(int(head.get("content-length")))
    else:
        body = await reader.read(-1) if is_answer else b""
    return Message(head, body)


async def relay(
    asked: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream: tuple[str, int]
) -> None:
    """Pass bytes both ways until a side closes: web sockets and event streams."""
    far_reader, far_writer = await asyncio.open_connection(*upstream)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()

    try:
        far_writer.write(asked.head.to_bytes() + asked.body)
        ways = [
            asyncio.ensure_future(pump(reader, far_writer)),
            asyncio.ensure_future(pump(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
    finally:
        far_writer.transport.abort()
