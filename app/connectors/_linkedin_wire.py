"""What LinkedIn's answers say, made into the nouns of the program; URNs and how they stand in addresses.

Shapes are those of learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api and posts-api as
third parties' clients read them in 2026; "unchecked" marks what was not seen there.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from app.domain import Contact, Kind, Mention, OwnPost
from app.errors import ForbiddenError, GoneError, RefusedError, ServiceError, TokenExpiredError
from app.http import Response
from app.text import clean, parse_time

SITE = "https://www.linkedin.com"
_COMMENT = re.compile(r"urn:li:comment:\((?P<thread>[^,()]+),(?P<id>[^,()]+)\)")


class Stamp(msgspec.Struct):
    """When and by whom. Milliseconds."""

    time: Any = None


class Words(msgspec.Struct):
    """The text of a comment."""

    text: str | None = ""


class Summary(msgspec.Struct):
    """How many replies a comment has."""

    aggregatedTotalComments: int | None = 0
    totalFirstLevelComments: int | None = 0


class Comment(msgspec.Struct):
    """One comment."""

    id: str | int = ""
    commentUrn: str | None = ""
    urn: str | None = msgspec.field(name="$URN", default="")
    actor: str | None = ""
    object: str | None = ""
    parentComment: str | None = ""
    message: Words | None = None
    created: Stamp | None = None
    lastModified: Stamp | None = None
    commentsSummary: Summary | None = None

    @property
    def name(self) -> str:
        """Its URN; where it is not told, it is made of what it belongs to and its number."""
        if told := self.commentUrn or self.urn:
            return told
        return f"urn:li:comment:({self.object},{self.id})" if self.object and self.id else ""

    @property
    def replies(self) -> int:
        """How many comments stand below it."""
        summary = self.commentsSummary
        return max(summary.aggregatedTotalComments or 0, summary.totalFirstLevelComments or 0) if summary else 0

    @property
    def print(self) -> str:
        """What it says, as a short text."""
        import zlib

        at = self.lastModified.time if self.lastModified else None
        return format(zlib.crc32(msgspec.json.encode([self.message.text if self.message else "", at])), "x")


class Link(msgspec.Struct):
    """Where another page is."""

    rel: str = ""


class Paging(msgspec.Struct):
    """What a list says of its pages."""

    links: list[Link] = []


class Elements(msgspec.Struct):
    """A list."""

    elements: list[msgspec.Raw] = []
    paging: Paging | None = None

    @property
    def more(self) -> bool:
        """Whether the list itself says that it goes on."""
        return self.paging is not None and any(link.rel == "next" for link in self.paging.links)


class Post(msgspec.Struct):
    """A post of the page."""

    id: str
    createdAt: Any = None
    publishedAt: Any = None


class Acl(msgspec.Struct):
    """A role at an organisation; the field's name differs between versions."""

    organization: str | None = ""
    organizationTarget: str | None = ""
    role: str | None = ""
    state: str | None = ""


class Organization(msgspec.Struct):
    """A company page."""

    localizedName: str | None = ""
    vanityName: str | None = ""


class Fault(msgspec.Struct):
    """An error."""

    message: Any = ""
    code: Any = ""
    serviceErrorCode: Any = ""


def path(urn: str) -> str:
    """Return a URN as it stands in a path: Rest.li 2.0 wants its colons, commas and brackets encoded."""
    return quote(urn, safe="")


def split(urn: str) -> tuple[str, str]:
    """Return what a comment belongs to and its number; ("", "") for what is no comment's URN."""
    found = _COMMENT.fullmatch(urn)
    return (found["thread"], found["id"]) if found else ("", "")


def decoded(raws: list[msgspec.Raw]) -> tuple[list[Comment], int]:
    """Decode one by one; returns how many could not be read."""
    found, damaged = [], 0
    for raw in raws:
        try:
            one = msgspec.json.decode(raw, type=Comment, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            damaged += 1
            continue
        if one.name:
            found.append(one)
        else:
            damaged += 1
    return found, damaged


def moment(stamp: Stamp | None, now: datetime) -> datetime | None:
    """Return a time as aware UTC."""
    return parse_time(stamp.time, now) if stamp is not None and stamp.time else None


def item(comment: Comment, account_id: str, organization: str, post: str) -> Mention | OwnPost:
    """Return a comment as a mention, or as ours where the page itself wrote it."""
    now = datetime.now(UTC)
    name, top = comment.name, comment.parentComment or comment.name
    text = clean(comment.message.text or "" if comment.message else "")
    posted = moment(comment.created, now) or now
    edited = moment(comment.lastModified, now)
    thread = comment.object or split(name)[0]
    extra = msgspec.json.encode({"post": post, "object": thread, "top": top}).decode()
    url = f"{SITE}/feed/update/{path(post or thread)}?commentUrn={path(name)}"
    if comment.actor == organization:
        return OwnPost(account_id, name, text, posted, comment.parentComment or "", top, url, extra=extra)
    actor = comment.actor or ""
    company = actor.startswith("urn:li:organization:")
    return Mention(
        account_id=account_id,
        remote_id=name,
        # names of members are not given to apps without a permission of their own
        author=Contact(actor, "A company" if company else "A LinkedIn member", "",
                       url=f"{SITE}/company/{actor.rpartition(':')[2]}" if company else ""),
        text=text,
        posted_at=posted,
        kind=Kind.COMMENT,
        thread=top,
        reply_to=comment.parentComment or "",
        url=url,
        edited_at=edited if edited and edited > posted else None,
        extra=extra,
    )  # fmt: skip


def essence(text: str) -> str:
    """Return what stays of a text whatever a server does to its spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def error_of(answer: Response) -> ServiceError | None:
    """Return what a status means; None leaves it to `app.http`."""
    status, said, code = answer.status, *_said(answer)
    tail = f": {said.rstrip('.')}." if said else "."
    if status == 401:
        return TokenExpiredError("LinkedIn no longer accepts this sign-in. Sign in again.", code=code, status=status)
    if status == 403:
        return ForbiddenError(
            "LinkedIn does not allow this. Your app must have been approved for the Community Management API, and you "
            "must be an administrator of the page. See docs/platforms/linkedin.md.",
            code=code, status=status,
        )  # fmt: skip
    if status in (404, 410):
        return GoneError("LinkedIn no longer has this. It was deleted.", code=code, status=status)
    if status == 426:
        return ServiceError(
            "LinkedIn no longer speaks the version that this Carelane knows. Look for a newer Carelane.",
            code=code, status=status,
        )  # fmt: skip
    if status in (400, 409, 422):
        return RefusedError(f"LinkedIn refused this{tail}", code=code, status=status)
    return None


def _said(answer: Response) -> tuple[str, str]:
    try:
        fault = msgspec.json.decode(answer.content, type=Fault)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    return clean(str(fault.message or ""))[:300], clean(str(fault.code or fault.serviceErrorCode or ""))[:60]
