"""Record keys, addresses and rich text of Bluesky; pure functions.

Sources: atproto.com/specs/tid, atproto.com/specs/at-uri-scheme, atproto.com/specs/handle, and for what counts as
a link, mention or tag the platform's own `packages/api/src/rich-text/detection.ts` (bluesky-social/atproto).
"""

from __future__ import annotations

import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from app.errors import InputError

TID_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]", re.ASCII)
_POST = "app.bsky.feed.post"

# Bare domains are links under these endings, and under any other where "www." or a path leaves no doubt,
# since "thanks.it" is a missing space more often than a site.
_ENDINGS = "com|net|org|info|shop|store|app|dev|social|bakery|cafe|restaurant|eu|uk|de|fr|nl|es|at|ch|ca|au|nz|br|pl"
_LABELS = r"(?:[^\W_](?:[^\W_]|-)*\.)+"  # bäckerei.de is one too
_BEFORE = r"(?<![^\s(\[{<\"'“„‚‘«‹¿¡])"  # noqa: RUF001
_LINK = re.compile(
    rf"{_BEFORE}(?P<link>https?://\S+"
    rf"|www\.{_LABELS}[^\W\d_]{{2,}}(?![\w.-]*@)(?:[/?#:]\S*|(?![\w-]))"
    rf"|{_LABELS}(?:{_ENDINGS})(?![\w.-]*@)(?:[/?#:]\S*|\b(?![\w-]))"
    rf"|{_LABELS}[^\W\d_]{{2,24}}/\S*)",
    re.IGNORECASE,
)
_CLOSING = ".,;:!?…\"'’”“»›>]}，。、；：！？」』）"  # noqa: RUF001 - ends a sentence or a quotation, never a link
_MENTION = re.compile(rf"{_BEFORE}@(?P<handle>[a-zA-Z0-9.-]+)")
_TAG = re.compile(r"(?<!\S)[#＃](?!\ufe0f)(?P<tag>[^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")  # noqa: RUF001


# --- record keys -----------------------------------------------------------------------------------

_last = 0
_lock = threading.Lock()


def new_tid() -> str:
    """Return a record key: 13 characters that sort by time; later calls of this process give greater ones.

    53 bits are microseconds, 10 a random clock id, so that two computers do not meet. A clock set
    back does not set the keys back.
    """
    global _last
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1000)
        return tid_of(_last, secrets.randbelow(1024))


def tid_of(microseconds: int, clock: int = 0) -> str:
    """Write a number of microseconds since 1970 as a TID."""
    number = (microseconds & (1 << 53) - 1) << 10 | clock
    return "".join(TID_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def tid_time(tid: str) -> datetime | None:
    """Return the time in a TID, None for any other key."""
    if len(tid) != 13 or tid[0] not in TID_DIGITS[:16] or any(digit not in TID_DIGITS for digit in tid):
        return None
    number = 0
    for digit in tid:
        number = number << 5 | TID_DIGITS.index(digit)
    try:
        return _EPOCH + timedelta(microseconds=number >> 10)
    except OverflowError:
        return None


def stamp(at: datetime) -> str:
    """Write a time as records hold it: milliseconds, UTC, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- addresses -------------------------------------------------------------------------------------


class AtUri(NamedTuple):
    """`at://<did>/<collection>/<rkey>`."""

    did: str
    collection: str
    rkey: str


def at_uri(text: object) -> AtUri | None:
    """Split the address of a record, None for anything else."""
    if not isinstance(text, str) or not text.startswith("at://"):
        return None
    parts = text[5:].split("/")
    return AtUri(*parts) if len(parts) == 3 and all(parts) else None


def post_uri(did: str, rkey: str) -> str:
    """Return the address of a post."""
    return f"at://{did}/{_POST}/{rkey}"


def web_url(uri: str, handle: str) -> str:
    """Return where a browser shows the post; by DID where its author has no valid handle."""
    place = at_uri(uri)
    if place is None or place.collection != _POST:
        return ""
    who = handle if handle and handle != "handle.invalid" else place.did
    return f"https://bsky.app/profile/{who}/post/{place.rkey}"


def handle_of(typed: str) -> str:
    """Return the handle or DID that somebody meant; raises `InputError`.

    Taken are `@maplerye.com`, `maplerye` (of bsky.social), a DID, and the address of the profile page.
    """
    text = "".join(c for c in typed if unicodedata.category(c) not in ("Cf", "Cc")).strip()
    if "://" in text or text.lower().startswith("bsky.app/"):
        parts = urlsplit(text if "://" in text else f"https://{text}")
        path = parts.path.strip("/").split("/")
        if parts.scheme == "at":
            text = parts.netloc
        elif len(path) > 1 and path[0] == "profile":
            text = path[1]
        elif not parts.path.strip("/"):
            text = parts.hostname or ""
    text = text.removeprefix("@").removeprefix("＠").rstrip(".")  # noqa: RUF001
    if _DID.fullmatch(text):
        return text
    if not text:
        raise InputError("Type your Bluesky handle, for example maplerye.bsky.social.")
    if "@" in text:
        raise InputError("Type your Bluesky handle, for example maplerye.bsky.social, not an e-mail address.")
    name = text.lower()
    if "." not in name:
        name += ".bsky.social"
    if len(name) > 253 or not _HANDLE.fullmatch(name):
        raise InputError(f"“{text[:60]}” is not a Bluesky handle. One looks like maplerye.bsky.social.")
    return name


# --- rich text -------------------------------------------------------------------------------------


class Span(NamedTuple):
    """A part of a text that means more than its words; offsets count UTF-8 bytes."""

    start: int
    end: int
    kind: str  # link | mention | tag
    value: str  # address, handle in lower case, tag without #


def spans(text: str) -> list[Span]:
    """Find links, mentions and tags, in order and without overlap."""
    found = [*_links(text), *_mentions(text), *_tags(text)]
    found.sort(key=lambda span: (span[0], -span[1]))
    result: list[Span] = []
    done, at, size = 0, 0, 0  # `size` bytes lie before character `at`
    for start, end, kind, value in found:
        if start < done:
            continue
        size += len(text[at:start].encode())
        begins = size
        size += len(text[start:end].encode())
        result.append(Span(begins, size, kind, value))
        done = at = end
    return result


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the facets of `text`; `dids` are those of the handles that could be resolved, the rest stays plain."""
    result = []
    for span in spans(text):
        feature: dict[str, str] = {"$type": f"app.bsky.richtext.facet#{span.kind}"}
        if span.kind == "mention":
            if span.value not in dids:
                continue
            feature["did"] = dids[span.value]
        else:
            feature["uri" if span.kind == "link" else "tag"] = span.value
        result.append({"index": {"byteStart": span.start, "byteEnd": span.end}, "features": [feature]})
    return result


def _links(text: str) -> Iterable[tuple[int, int, str, str]]:
    for match in _LINK.finditer(text):
        link = match["link"].rstrip(_CLOSING)
        while link.endswith(")") and link.count("(") < link.count(")"):
            link = link[:-1].rstrip(_CLOSING)
        if len(link) <= len("https://"):
            continue
        target = link if link.lower().startswith(("http://", "https://")) else f"https://{link}"
        try:
            host = urlsplit(target).hostname
        except ValueError:
            continue
        if host:
            yield match.start("link"), match.start("link") + len(link), "link", target


def _mentions(text: str) -> Iterable[tuple[int, int, str, str]]:
    for match in _MENTION.finditer(text):
        handle = match["handle"].rstrip(".-")
        if _HANDLE.fullmatch(handle.lower()):
            yield match.start(), match.start("handle") + len(handle), "mention", handle.lower()


def _tags(text: str) -> Iterable[tuple[int, int, str, str]]:
    for match in _TAG.finditer(text):
        tag = match["tag"]
        while tag and unicodedata.category(tag[-1]).startswith("P"):
            tag = tag[:-1]
        if 0 < len(tag) <= 64 and any(not c.isdigit() and unicodedata.category(c)[0] != "P" for c in tag):
            yield match.start(), match.start("tag") + len(tag), "tag", tag
