"""Pictures on their way to a Mastodon server: what it takes, and how they are handed over.

docs.joinmastodon.org/methods/media: since 4.0 a still picture is ready with the answer (200), a moving one is worked
on (202) and may be asked for (206 until it is done). Before 3.1.3, and where a server lacks v2, v1 answers when done.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from app.connectors._mastodon_wire import lenient
from app.domain import Picture, Reply
from app.errors import GoneError, RefusedError, ServerError, ServiceError
from app.http import Response, decode, multipart, upload_time

Call = Callable[..., Awaitable[Response]]

MOST = 4  # statuses.max_media_attachments of Mastodon itself
BYTES = 8_000_000  # where a server does not say; the smallest default of those known is Mastodon's before 4.1, 10 MB
SIDE = 4096
ALT = 1500
TYPES = ("image/jpeg", "image/png", "image/gif")
_PAUSES = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 5.0, 10.0, 10.0, 10.0, 10.0)  # seconds, a minute together


class _Limits(msgspec.Struct):
    """configuration.media_attachments of docs.joinmastodon.org/entities/Instance; odd values are passed over."""

    supported_mime_types: Any = None
    description_limit: Any = None  # 4.4
    image_size_limit: Any = None  # bytes
    image_matrix_limit: Any = None  # pixels


class _Made(msgspec.Struct):
    """docs.joinmastodon.org/entities/MediaAttachment, its id."""

    id: str | int


def limits(raw: msgspec.Raw, most: int | None) -> dict[str, Any]:
    """Return what `Account.data` keeps of the server's limits; what it does not say is left out."""
    kept: dict[str, Any] = {}
    if _is_count(most) or most == 0:
        kept["max_pictures"] = most
    told = lenient(raw, _Limits)
    if told is None:
        return kept
    if _is_count(told.image_size_limit):
        kept["picture_bytes"] = told.image_size_limit
    if _is_count(told.image_matrix_limit):
        kept["picture_side"] = min(SIDE, math.isqrt(told.image_matrix_limit))  # no picture of that side has more
    if _is_count(told.description_limit):
        kept["max_alt"] = told.description_limit
    types = told.supported_mime_types if isinstance(told.supported_mime_types, list) else []
    if known := [one for one in TYPES if one in types]:
        kept["picture_types"] = known
    return kept


def abilities(kept: Mapping[str, Any], *, snac: bool) -> dict[str, Any]:
    """Return the fields of `Capabilities` that are about pictures."""
    most, types = kept.get("max_pictures"), kept.get("picture_types")
    usual = TYPES[:2] if snac else TYPES  # snac2 shows a GIF as it is, but says nothing of it
    known = tuple(one for one in TYPES if one in types) if isinstance(types, list) else usual
    return {
        "max_pictures": most if _is_count(most) or most == 0 else MOST,
        "picture_bytes": _count(kept.get("picture_bytes"), BYTES),
        "picture_side": _count(kept.get("picture_side"), SIDE),
        "picture_types": known,
        "max_alt": _count(kept.get("max_alt"), ALT),
        "picture_direct": True,
    }


async def upload(call: Call, picture: Picture, data: bytes, *, snac: bool) -> str:
    """Hand `data` over with its description, and wait until it can be posted. snac2 2.75 keeps one line of it."""
    alt = " ".join(picture.alt.split()) if snac else picture.alt
    fields = {"description": alt} if alt else {}
    content, kind = multipart(fields, "file", data, picture.mime)
    more: dict[str, Any] = {
        "content": content,
        "headers": {"Content-Type": kind},
        "timeout": 60.0,  # older servers make their previews before they answer
        "whole": upload_time(len(content)),
    }
    try:
        try:
            response = await call("POST", "/api/v2/media", **more)
        except ServiceError as error:
            if error.status not in (404, 405, 501):
                raise
            response = await call("POST", "/api/v1/media", **more)
    except RefusedError as error:
        said = "It is too large for it." if error.status == 413 else f"It says: {error.code.rstrip('.')}."
        said = f" {said}" if error.code or error.status == 413 else ""
        raise RefusedError(
            f"Your server did not take the picture.{said} Try another one, or send the reply without it.",
            code=error.code,
            status=error.status,
        ) from error
    made = await decode(response, _Made, platform="mastodon")
    if response.status == 202:
        await _until_ready(call, str(made.id))
    return msgspec.json.encode({"id": str(made.id)}).decode()


async def _until_ready(call: Call, id_: str) -> None:
    for pause in _PAUSES:
        await asyncio.sleep(pause)
        try:
            if (await call("GET", f"/api/v1/media/{id_}")).status != 206:
                return
        except RefusedError as error:
            raise RefusedError(
                "Your server could not read the picture. Try another one, or send the reply without it.",
                code=error.code,
                status=error.status,
            ) from error
        except GoneError:
            return  # a server that takes v2 but cannot be asked: posting tells
    raise ServerError("Your server is still at work on the picture. Carelane tries again by itself.")


def ids(reply: Reply) -> list[str]:
    """Return the server's ids of the pictures, in their order."""
    found = []
    for picture in reply.pictures:
        try:
            found.append(str(msgspec.json.decode(picture.remote, type=_Made).id))
        except msgspec.DecodeError:
            raise RefusedError("A picture of this reply was not handed over. Take it out and add it again.") from None
    return found


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _count(value: Any, default: int) -> int:
    return int(value) if _is_count(value) else default
