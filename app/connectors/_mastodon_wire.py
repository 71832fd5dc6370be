"""What the Mastodon API sends, and what it means in Carelane's words.

Names and types of the fields: docs.joinmastodon.org/entities (Status, Account, Notification,
MediaAttachment, V1 and V2 Instance). Only what is read is declared, and hardly anything is required, since
GoToSocial, snac2 and others leave fields out or send null.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from app.domain import Contact, Kind, Media, Mention, OwnPost, Visibility
from app.errors import ForbiddenError, GoneError, RefusedError, ServiceError, SignInError
from app.http import Response
from app.text import clean, html_to_text, parse_time

log = logging.getLogger(__name__)
T = TypeVar("T")
NULL = msgspec.Raw(b"null")

VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}
WORDS = {value: word for word, value in VISIBILITIES.items()}
_MEDIA = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


class Person(msgspec.Struct):
    """docs.joinmastodon.org/entities/Account."""

    id: str | int = ""
    acct: str | None = ""
    username: str | None = ""
    display_name: str | None = ""
    avatar: str | None = ""
    followers_count: int | None = None
    url: str | None = ""


class Attachment(msgspec.Struct):
    """docs.joinmastodon.org/entities/MediaAttachment."""

    type: str = "unknown"
    url: str | None = ""
    preview_url: str | None = ""
    remote_url: str | None = ""
    description: str | None = ""


class Status(msgspec.Struct):
    """docs.joinmastodon.org/entities/Status. What may be odd without harm is kept raw."""

    id: str | int
    created_at: Any = None
    content: str | None = ""
    visibility: str = "public"
    account: msgspec.Raw = NULL
    in_reply_to_id: str | int | None = None
    in_reply_to_account_id: str | int | None = None
    spoiler_text: str | None = ""
    language: str | None = ""
    url: str | None = ""
    uri: str | None = ""
    edited_at: Any = None
    media_attachments: msgspec.Raw = NULL
    mentions: msgspec.Raw = NULL
    quote: msgspec.Raw = NULL
    reblog: msgspec.Raw = NULL


class Quote(msgspec.Struct):
    """docs.joinmastodon.org/entities/Quote (4.4)."""

    quoted_status: Status | None = None


class Notification(msgspec.Struct):
    """docs.joinmastodon.org/entities/Notification."""

    id: str | int
    type: str = ""
    created_at: Any = None
    status: Status | None = None


class _Whole(Status):
    """A status without oddities, decoded at once: nearly every one, in half of the time."""

    account: Person | None = None  # type: ignore[assignment]
    media_attachments: list[Attachment] | None = None  # type: ignore[assignment]
    mentions: list[Person] | None = None  # type: ignore[assignment]
    quote: Quote | None = None  # type: ignore[assignment]


class _WholeNotification(Notification):
    status: _Whole | None = None


_AT_ONCE: dict[type, type] = {Status: _Whole, Notification: _WholeNotification}


class Context(msgspec.Struct):
    """docs.joinmastodon.org/entities/Context."""

    ancestors: list[msgspec.Raw] = []
    descendants: list[msgspec.Raw] = []


class Fault(msgspec.Struct):
    """docs.joinmastodon.org/entities/Error."""

    error: str | None = ""
    error_description: str | None = ""


class _Id(msgspec.Struct):
    id: str | int


class _StatusLimits(msgspec.Struct):
    max_characters: int | None = None
    characters_reserved_per_url: int | None = None
    max_media_attachments: int | None = None


class _Configuration(msgspec.Struct):
    statuses: _StatusLimits | None = None
    media_attachments: msgspec.Raw = NULL


class Instance(msgspec.Struct):
    """What v1 and v2 of docs.joinmastodon.org/entities/Instance have in common, as far as it is read."""

    version: str
    domain: str = ""  # v2
    uri: str = ""  # v1; a bare domain, at Pleroma an address
    max_toot_chars: int | None = None  # Pleroma and glitch
    configuration: _Configuration | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """The account that reads, as far as it decides what a status is to it."""

    account_id: str
    remote_id: str
    handle: str  # "shop@mastodon.social"
    snac: bool = False

    @property
    def username(self) -> str:
        """The part before the server."""
        return self.handle.split("@")[0]


class Item(msgspec.Struct, frozen=True, gc=False):
    """One entry of a list, in the server's order. Neither mention nor own: not for us, or damaged."""

    id: str
    at: datetime | None = None
    mention: Mention | None = None
    own: OwnPost | None = None
    damaged: bool = False


def lenient(raw: object, type_: type[T]) -> T | None:
    """Return `raw` as `type_`, or None where it is null, absent or of another form. What is decoded stays."""
    if not isinstance(raw, msgspec.Raw):
        return cast("T | None", raw)
    try:
        found: T | None = _decoder(cast(Any, type_)).decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found


@cache
def _decoder(type_: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_ | None, strict=False)


def decoded(raws: Iterable[msgspec.Raw], type_: type[T], where: str) -> list[tuple[str, T | None]]:
    """Decode one by one: (id, None) is an entry that cannot be read. Without even an id it is only logged."""
    found: list[tuple[str, T | None]] = []
    at_once = cast("type[T]", _AT_ONCE.get(type_, type_))
    for number, raw in enumerate(raws, 1):
        whole: Any = lenient(raw, at_once)
        if whole is not None:
            found.append((str(whole.id), whole))
            continue
        name = lenient(raw, _Id)
        value = lenient(raw, type_)
        if value is None:
            log.warning("Mastodon: entry %d of %s is damaged and was left out.", number, where)
        if name is not None:
            found.append((str(name.id), value))
    return found


def status_id(value: str | int | None, me: Me) -> str:
    """Return a status's id, "" for none.

    snac2 2.75 puts the time of the last edit before the part that stays (mastoapi.c, `mastoapi_status`),
    so an edited post would be another one; it looks at the rest alone (`MID_TO_MD5`).
    """
    name = "" if value is None else str(value)
    return f"{0:010}{name[10:]}" if me.snac and len(name) > 10 else name


def moment(value: Any) -> datetime | None:
    """Return a date of the server as aware UTC; None for none and for nonsense."""
    return None if value is None else parse_time(value, datetime.now(UTC))


def contact(raw: msgspec.Raw) -> Contact:
    """Return who wrote; an author that is missing or unreadable is "Unknown", with no handle."""
    person = lenient(raw, Person)
    if person is None or not (person.acct or person.username):
        return Contact(remote_id=str(person.id) if person else "", name="Unknown", handle="")
    handle = clean(person.acct or person.username or "")
    return Contact(
        remote_id=str(person.id),
        name=clean(person.display_name or "") or handle,
        handle=f"@{handle}",
        avatar=person.avatar or "",
        followers=count if (count := person.followers_count) is not None and count >= 0 else None,
        url=person.url or "",
    )


def media(raw: msgspec.Raw) -> tuple[Media, ...]:
    """Return the attachments that have an address."""
    found = []
    for each in lenient(raw, list[msgspec.Raw]) or ():
        one = lenient(each, Attachment)
        if one is not None and (address := one.url or one.remote_url):
            kind = _MEDIA.get(one.type, "other")
            found.append(Media(address, one.preview_url or "", kind, clean(one.description or "")))
    return tuple(found)


def visibility(status: Status, me: Me) -> Visibility:
    """Return who can read `status`; a word that we do not know is taken for followers only.

    snac2 2.75 says "private" for whatever is not public, and such a post reaches
    none but those it names (mastoapi.c, `is_msg_public`): direct.
    """
    known = VISIBILITIES.get(status.visibility, Visibility.FOLLOWERS)
    return Visibility.DIRECT if me.snac and known is Visibility.FOLLOWERS else known


def _addresses(status: Status, text: str, me: Me) -> bool:
    """Tell whether `status` names us. snac2 may leave `mentions` empty, then the text decides, or give id 0."""
    named = [lenient(raw, Person) for raw in lenient(status.mentions, list[msgspec.Raw]) or ()]
    for person in named:
        if person is not None and str(person.id) == me.remote_id:
            return True
        if person is not None and (person.acct or "").lower() in (me.handle.lower(), me.username.lower()):
            return True
    return not named and re.search(rf"(?<![\w@])@{re.escape(me.username)}(?!\w)", text, re.I) is not None


def _kind(status: Status, text: str, me: Me, why: str) -> Kind:
    """`why` is the type of the notification that brought the status, "" for a thread."""
    quoted = quote.quoted_status if (quote := lenient(status.quote, Quote)) else None
    if visibility(status, me) is Visibility.DIRECT:
        return Kind.MESSAGE
    if status.in_reply_to_account_id is not None and str(status.in_reply_to_account_id) == me.remote_id:
        return Kind.REPLY
    if why == "quote" or (quoted is not None and contact(quoted.account).remote_id == me.remote_id):
        return Kind.QUOTE
    if why == "mention" or _addresses(status, text, me):
        return Kind.MENTION
    return Kind.SEARCH if why else Kind.CONTEXT  # "status": somebody we asked to hear of, who did not name us


def item(status: Status, me: Me, *, why: str = "", at: datetime | None = None, thread: str = "") -> Item:
    """Return `status` as a mention or as a post of ours; `at` is the time of its notification."""
    text = clean(html_to_text(status.content or ""))
    author = contact(status.account)
    posted = moment(status.created_at) or at or datetime.now(UTC)
    reply_to = status_id(status.in_reply_to_id, me)
    seen = visibility(status, me)
    spoiler = clean(status.spoiler_text or "")
    language = status.language or ""
    extra = {"acct": author.handle, "visibility": seen, "spoiler": spoiler, "language": language}
    same: dict[str, Any] = {
        "account_id": me.account_id,
        "remote_id": status_id(status.id, me),
        "text": text,
        "posted_at": posted,
    }
    link, kept = status.url or status.uri or "", msgspec.json.encode(extra).decode()
    if author.remote_id and author.remote_id == me.remote_id:
        own = OwnPost(**same, reply_to=reply_to, thread=thread, url=link, visibility=seen, extra=kept)
        return Item(own.remote_id, at or posted, own=own)
    mention = Mention(
        **same,
        author=author,
        kind=_kind(status, text, me, why),
        visibility=seen,
        thread=thread,
        reply_to=reply_to,
        url=link,
        language=language,
        spoiler=spoiler,
        media=media(status.media_attachments),
        edited_at=moment(status.edited_at),
        extra=kept,
    )
    return Item(mention.remote_id, at or posted, mention=mention)


def notifications(raws: list[msgspec.Raw], me: Me) -> list[Item]:
    """Return a page of notifications; ids and times are those of the notifications."""
    found = []
    for name, note in decoded(raws, Notification, "notifications"):
        if note is None:
            found.append(Item(name, damaged=True))
            continue
        at = moment(note.created_at)
        if note.type not in ("mention", "quote", "status"):  # snac2 ignores `types[]`
            found.append(Item(name, at))
        elif note.status is None:
            found.append(Item(name, at, damaged=True))
        else:
            inner = item(note.status, me, why=note.type, at=at)
            found.append(Item(name, at, mention=inner.mention))
    return found


def posts(raws: list[msgspec.Raw], me: Me) -> list[Item]:
    """Return a page of our own statuses; reblogs and others' posts are passed over."""
    found = []
    for name, status in decoded(raws, Status, "own posts"):
        if status is None:
            found.append(Item(name, damaged=True))
            continue
        inner, name = item(status, me), status_id(name, me)
        reblog = bytes(status.reblog) != b"null"
        found.append(Item(name, inner.at, own=None if reblog else inner.own))
    return found


def handle_of(extra: str) -> str:
    """Return the "@acct" of the author that `extra` belongs to, "" where it is unknown."""
    return known_extra(extra).get("acct", "")


def known_extra(extra: str) -> dict[str, str]:
    """Read `Mention.extra` back; {} where it is empty or not ours."""
    try:
        return msgspec.json.decode(extra or "{}", type=dict[str, str])
    except msgspec.DecodeError:
        return {}


def error_of(response: Response) -> ServiceError | None:
    """Return what a Mastodon error means: by its status, and by its own words where they differ.

    docs.joinmastodon.org/entities/Error; snac2 sends no body, or a web page. None leaves it to `app.http`.
    """
    status = response.status
    said = _said(response)
    if status == 401:
        return SignInError("Mastodon no longer accepts this sign-in. Sign in again.", code=said, status=status)
    if status == 403:
        if "outside the authorized scopes" in said.lower():
            sentence = "This sign-in does not allow that. Sign in again, and allow all that Carelane asks for."
            return ForbiddenError(sentence, code="scope", status=status)
        return ForbiddenError(f"Mastodon does not allow this for this account{_colon(said)}", code=said, status=status)
    if status in (404, 410):
        return GoneError("Mastodon no longer has this. It was deleted, or hidden from you.", code=said, status=status)
    if status in (400, 422):  # GoToSocial says 400 where Mastodon says 422
        return RefusedError(f"Mastodon refused this{_colon(said)}", code=said, status=status)
    return None


def _said(response: Response) -> str:
    fault = lenient(msgspec.Raw(response.content or b"null"), Fault)
    return clean(fault.error_description or fault.error or "")[:300].strip() if fault else ""


def _colon(said: str) -> str:
    return f": {said.rstrip('.')}." if said else "."
