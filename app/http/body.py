"""Reading a body without trusting its size, and sending a large one piece by piece."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PIECE = 64_000
_SLOWEST = 16_000  # bytes a second: a line that is slower than this sends no pictures


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


def multipart(fields: Mapping[str, str], name: str, data: bytes, mime: str) -> tuple[bytes, str]:
    """Return a form with one file, in the field `name`, and its content type (RFC 7578)."""
    end = secrets.token_hex(16)
    kind = mime.split("/")[-1].replace("jpeg", "jpg")  # some servers go by the ending of the name
    heads = [f'--{end}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}' for key, value in fields.items()]
    heads.append(
        f'--{end}\r\nContent-Disposition: form-data; name="{name}"; filename="picture.{kind}"\r\n'
        f"Content-Type: {mime}\r\n\r\n"
    )
    content = "\r\n".join(heads).encode() + data + f"\r\n--{end}--\r\n".encode()
    return content, f"multipart/form-data; boundary={end}"


def upload_time(size: int) -> float:
    """Return the seconds that sending `size` bytes may take on a slow line, and being answered."""
    return 60.0 + size / _SLOWEST


async def pieces_of(content: bytes) -> AsyncIterator[bytes]:
    """Yield `content` in pieces, so that each has its own time to leave."""
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]


async def _pieces(stream: AsyncIterable[bytes] | Iterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(stream, AsyncIterable):
        async for part in stream:
            yield part
    else:
        for part in stream:
            yield part
