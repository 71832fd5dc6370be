"""What Bluesky's views and records mean in Carelane's words.

Shapes: lexicons app.bsky.feed.{defs,post}, app.bsky.notification.listNotifications, app.bsky.embed.*. Every item
is read by itself and nothing in it is trusted to be there or of its type: a bad one costs itself alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from app.connectors._bluesky_text import at_uri, tid_time, web_url
from app.domain import Contact, Kind, Media, Mention, OwnPost, Visibility
from app.text import clean, parse_time

log = logging.getLogger(__name__)

T = TypeVar("T")
Json = dict[str, Any]

REASONS = {"mention": Kind.MENTION, "reply": Kind.REPLY, "quote": Kind.QUOTE}
# values of self-labels and moderation labels, atproto.com/guides/labels
_WARNINGS = {
    "porn": "Adult content",
    "sexual": "Sexually suggestive",
    "nudity": "Nudity",
    "graphic-media": "Graphic media",
    "gore": "Graphic media",
}
_PICTURED = ("images", "gallery", "video", "external", "recordWithMedia")


def text_at(value: object, *path: str) -> str:
    """Return the string at `path` inside nested objects, "" where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def dict_at(value: object, *path: str) -> Json:
    """Return the object at `path`, {} where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def list_at(value: object, *path: str) -> list[Any]:
    """Return the list at `path`, [] where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def each(items: Iterable[object], read: Callable[[Json], T | None]) -> list[T]:
    """Read item by item; one that cannot be read is left out and counted in the log, without its text."""
    found, lost = [], 0
    for item in items:
        try:
            one = read(item) if isinstance(item, dict) else None
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            one = None
        if one is None:
            lost += 1
        else:
            found.append(one)
    if lost:
        log.warning("Bluesky: %d items could not be read", lost)
    return found


def when(*told: str, now: datetime) -> datetime:
    """Return the first readable time, never one in the future; `now` where there is none."""
    for text in told:
        if (at := parse_time(text, now)) is not None:
            return at
    return now


def moment(text: str) -> datetime | None:
    """Return a time as the platform or a mark writes it, None for nonsense."""
    return parse_time(text, datetime.now(UTC))


def object_of(text: str | None) -> Json:
    """Return a JSON object of ours (a mark, `extra`, `prepared`), {} for anything else."""
    try:
        found = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def contact_of(author: object, did: str, followers: Mapping[str, int]) -> Contact:
    """Return the author; `did` stands in where the answer names none."""
    did = text_at(author, "did") or did
    handle = clean(text_at(author, "handle"))
    if not handle or handle == "handle.invalid":
        handle = did
    avatar = text_at(author, "avatar")
    return Contact(
        remote_id=did,
        name=clean(text_at(author, "displayName")).strip() or handle,
        handle=handle,
        avatar=avatar if avatar.startswith("https://") else "",
        followers=followers.get(did),
        url=f"https://bsky.app/profile/{handle}",
    )


class Reader:
    """Turns posts into mentions and own posts of one account."""

    def __init__(self, account_id: str, did: str, handle: str) -> None:
        self.account_id = account_id
        self.did = did
        self.handle = handle
        self.followers: dict[str, int] = {}

    def is_ours(self, uri: str) -> bool:
        """Tell whether a record's address lies in our repository."""
        return uri.startswith(f"at://{self.did}/")

    def kind_of(self, record: object) -> Kind:
        """Tell whether a post addresses us: it answers, quotes or names us; otherwise it is context."""
        if self.is_ours(text_at(record, "reply", "parent", "uri")):
            return Kind.REPLY
        embed = dict_at(record, "embed")
        quoted = text_at(embed, "record", "uri") or text_at(embed, "record", "record", "uri")
        if self.is_ours(quoted):
            return Kind.QUOTE
        for facet in list_at(record, "facets"):
            if any(text_at(feature, "did") == self.did for feature in list_at(facet, "features")):
                return Kind.MENTION
        return Kind.CONTEXT

    def mention(self, view: Json, kind: Kind | None = None) -> Mention | None:
        """Read a post of somebody else; None where it has no usable address."""
        place = at_uri(text_at(view, "uri"))
        if place is None or place.did == self.did:
            return None
        uri, record = text_at(view, "uri"), dict_at(view, "record")
        author = contact_of(view.get("author"), place.did, self.followers)
        languages = [one for one in list_at(record, "langs") if isinstance(one, str)]
        return Mention(
            account_id=self.account_id,
            remote_id=uri,
            author=author,
            text=clean(text_at(record, "text")),
            posted_at=when(text_at(view, "indexedAt"), text_at(record, "createdAt"), now=datetime.now(UTC)),
            kind=kind or self.kind_of(record),
            visibility=Visibility.PUBLIC,
            thread=text_at(record, "reply", "root", "uri") or uri,
            reply_to=text_at(record, "reply", "parent", "uri"),
            url=web_url(uri, author.handle),
            language=clean(languages[0])[:35] if languages else "",
            spoiler=_warning(view, record),
            media=media_of(view.get("embed"), record.get("embed")),
            extra=extra_of(uri, text_at(view, "cid"), record, languages),
        )

    def own(self, view: Json) -> OwnPost | None:
        """Read a post of ours, as a view or as {uri, cid, value} of our repository."""
        place = at_uri(text_at(view, "uri"))
        if place is None or place.did != self.did:
            return None
        uri, record = text_at(view, "uri"), dict_at(view, "record") or dict_at(view, "value")
        key_time = tid_time(place.rkey)
        return OwnPost(
            account_id=self.account_id,
            remote_id=uri,
            text=clean(text_at(record, "text")),
            posted_at=when(
                text_at(view, "indexedAt"),
                text_at(record, "createdAt"),
                key_time.isoformat() if key_time else "",
                now=datetime.now(UTC),
            ),
            reply_to=text_at(record, "reply", "parent", "uri"),
            thread=text_at(record, "reply", "root", "uri") or uri,
            url=web_url(uri, text_at(view, "author", "handle") or self.handle),
            extra=extra_of(uri, text_at(view, "cid"), record, []),
        )


def extra_of(uri: str, cid: str, record: object, languages: list[str]) -> str:
    """Return what an answer needs: the post's own reference and that of its thread's root."""
    root = {"uri": text_at(record, "reply", "root", "uri"), "cid": text_at(record, "reply", "root", "cid")}
    if not (root["uri"] and root["cid"]):
        root = {"uri": uri, "cid": cid}
    extra: Json = {"uri": uri, "cid": cid, "root": root}
    if languages:
        extra["langs"] = languages[:1]
    return msgspec.json.encode(extra).decode()


def wants_view(view: object) -> bool:
    """Tell whether a notification's post has pictures, of which only the post's own view knows the addresses."""
    return text_at(view, "record", "embed", "$type").removeprefix("app.bsky.embed.") in _PICTURED


def media_of(view: object, record: object = None) -> tuple[Media, ...]:
    """Return pictures, videos and link cards of an embed's view; of the bare record only the link."""
    name = text_at(view, "$type").removeprefix("app.bsky.embed.").removesuffix("#view")
    if name == "recordWithMedia":
        inner = dict_at(view, "media")
        nested = "recordWithMedia" in text_at(inner, "$type")  # not allowed, and could go on for ever
        return () if nested else media_of(inner, dict_at(record, "media"))
    found: list[Media] = []
    if name in ("images", "gallery"):
        for one in list_at(view, "images") or list_at(view, "items"):
            thumb = text_at(one, "thumb") or text_at(one, "thumbnail")
            found.append(Media(text_at(one, "fullsize") or thumb, thumb, "image", clean(text_at(one, "alt"))))
    elif name == "video":
        alt = clean(text_at(view, "alt"))
        found.append(Media(text_at(view, "playlist"), text_at(view, "thumbnail"), "video", alt))
    else:
        card = dict_at(view, "external") or dict_at(record, "external") or dict_at(record, "media", "external")
        thumb = text_at(card, "thumb")  # in a record this is no address but a reference
        found.append(Media(text_at(card, "uri"), thumb, "link", clean(text_at(card, "title"))))
    return tuple(one for one in found if one.url.startswith(("https://", "http://")))


def _warning(view: object, record: object) -> str:
    labels = [*list_at(view, "labels"), *list_at(record, "labels", "values")]
    said = (_WARNINGS.get(text_at(label, "val"), "") for label in labels)
    return ", ".join(dict.fromkeys(word for word in said if word))
