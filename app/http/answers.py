"""What came back: the response, what its status means, and its JSON as typed values."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

from app.errors import (
    BadAnswerError,
    ForbiddenError,
    GoneError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
    UncertainError,
)

_T = TypeVar("_T")

_THREAD_ABOVE = 16_000  # bytes of JSON that the loop's own thread decodes within a tenth of a frame
log = logging.getLogger(__name__)
_HTML = re.compile(rb"\s*(?:<!doctype|<html|<head|<body|<\?xml|<!--|<[a-z])", re.IGNORECASE)
# a lone half of a surrogate pair, written as an escape; the first branch steps over what is whole
_ESCAPES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_RAW_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read to its end. Its text is never logged."""

    status: int
    headers: Mapping[str, str] = field(repr=False)  # keys in lower case
    content: bytes = field(repr=False)
    url: str = field(repr=False)  # where it came from in the end
    platform: str = ""  # for sentences
    writes: bool = False  # the request may have changed something
    moved: str = field(repr=False, default="")  # where the address leads for good: as far as 301 and 308 alone led

    def ahead(self, known: timedelta = timedelta()) -> timedelta:
        """Our clock minus the server's by its Date header (whole seconds); `known` where it tells none."""
        try:
            return datetime.now(UTC) - parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError, TypeError):
            return known


ErrorMap = Callable[[Response], ServiceError | None]


def speaking(platform: str, host: str = "") -> str:
    """Return the name to start a sentence with."""
    return platform[:1].upper() + platform[1:] or host or "The server"


def default_error(answer: Response, name: str) -> ServiceError:
    """Return what a status from 400 up means where the platform's own code told nothing. Not for 429."""
    status = answer.status
    if status >= 500 or status in (408, 425):
        text = f"{name} did not answer ({status}). Carelane tries again by itself."
        return ServerError(text, status=status)
    if status == 401:
        return SignInError(f"{name} no longer accepts this sign-in. Sign in again.", status=status)
    if status in (403, 451):
        return ForbiddenError(f"{name} does not allow this for this account ({status}).", status=status)
    if status in (404, 410):
        return GoneError(f"{name} no longer has this. It was deleted or moved ({status}).", status=status)
    if status in (413, 422):
        return RefusedError(f"{name} refused this text ({status}). Change it and try again.", status=status)
    return ServiceError(f"{name} could not do this ({status}).", status=status)


def uncertain(name: str, status: int = 0) -> UncertainError:
    """Return the error for a write of which nobody knows whether it was carried out."""
    tail = f" ({status})" if status else ""
    return UncertainError(
        f"{name} did not confirm this{tail}. It may have arrived all the same. Carelane looks before it tries again.",
        status=status,
    )


async def decode(response: Response, type_: type[_T], *, platform: str = "") -> _T:
    """Return the JSON of `response` as `type_`, any type that msgspec knows.

    Large answers are decoded in a worker thread. Bytes that are not UTF-8, NUL
    and lone surrogates become U+FFFD instead of costing the answer. Raises
    `BadAnswerError`; `UncertainError` where the request was a write, since then
    it was carried out and only its answer is lost.
    """
    name = speaking(platform or response.platform)
    try:
        if len(response.content) > _THREAD_ABOVE:
            return await asyncio.to_thread(_decode, response, type_, name)
        return _decode(response, type_, name)
    except BadAnswerError as error:
        if response.writes:
            raise uncertain(name, response.status) from error
        raise


def _decode(response: Response, type_: type[_T], name: str) -> _T:
    import msgspec

    content = response.content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise BadAnswerError(f"{name} gave an empty answer.", status=response.status)
    if _HTML.match(content):
        raise BadAnswerError(
            f"{name} sent a web page instead of data. Check the server's address, and whether this network "
            "wants you to sign in first.",
            status=response.status,
        )
    try:
        try:
            return msgspec.json.decode(content, type=type_)
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(_repaired(content), type=type_)
    except msgspec.ValidationError as error:
        log.info("%s answered in an unknown form: %s", name, error)  # names fields, holds no text of anybody
        raise BadAnswerError(
            f"{name} answered in a form that Carelane does not know. Look for a newer Carelane, or check the "
            "server's address.",
            status=response.status,
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadAnswerError(
            f"The answer of {name} is damaged or was cut off. Try again.", status=response.status
        ) from None


def _repaired(content: bytes) -> bytes:
    content = _RAW_CONTROLS.sub(b" ", content)
    content = _ESCAPES.sub(lambda found: b"\\ufffd" if found[1] else found[0], content)
    return content.decode("utf-8", "replace").encode()
