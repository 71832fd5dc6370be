"""Reading a body without trusting its size."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Body:
    """What was read. `flaw`: "" whole, "large" over the limit, "cut" ended early, "garbled" unreadable."""

    content: bytes
    flaw: str = ""


async def read_body(stream: Any, encoding: str, limit: int) -> Body:
    """Read `stream`, an httpx byte stream, up to `limit` decoded bytes.

    httpx's own decoder unpacks each piece whole, so that 64 kB off the wire may
    become 64 MB; here a piece is unpacked only as far as it still fits.
    """
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):  # we ask for gzip alone
        return Body(b"", "garbled")
    unpacker = zlib.decompressobj(31) if encoding in ("gzip", "x-gzip") else None
    content = bytearray()
    packed = False
    try:
        async for part in _pieces(stream):
            packed = packed or bool(part)
            room = limit + 1 - len(content)
            content += part[:room] if unpacker is None else unpacker.decompress(part, room)
            if len(content) > limit:
                return Body(bytes(content[:limit]), "large")
    except zlib.error:
        return Body(bytes(content), "garbled")
    if unpacker is not None and packed and not unpacker.eof:
        return Body(bytes(content), "cut")
    return Body(bytes(content))


async def _pieces(stream: AsyncIterable[bytes] | Iterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(stream, AsyncIterable):
        async for part in stream:
            yield part
    else:
        for part in stream:
            yield part
