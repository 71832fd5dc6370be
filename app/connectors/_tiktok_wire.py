"""What the TikTok API for Business says, and asking it: every answer is {code, message, request_id, data}.

Paths, parameters and fields are those of the python-tiktok client 0.1.12 (v1.3); the numbers of errors are general
knowledge but for 40105, and unchecked: one that is not known is told with TikTok's own words.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from app import oauth
from app.connectors.base import Thread
from app.domain import Contact, Kind, Mention, OwnPost
from app.errors import (
    BadAnswerError,
    ForbiddenError,
    GoneError,
    RateLimitError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
    TokenExpiredError,
    UncertainError,
)
from app.http import Http, Response, decode
from app.text import clean, parse_time

API = "https://business-api.tiktok.com"
PREFIX = "/open_api/v1.3/"
WAIT = timedelta(seconds=60)  # it is not said how long
EXPIRED = (40102, 40104, 40105, 40110)
LIMITED = (40016, 40100, 40133)
FORBIDDEN = (40001, 40003, 40101, 40300)
GONE = (40400, 40404)
T = TypeVar("T")


class Envelope(msgspec.Struct):
    """Around everything, with HTTP 200 for errors too."""

    code: int
    message: str | None = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


class Video(msgspec.Struct):
    """A video of ours."""

    item_id: str
    create_time: Any = None
    share_url: str | None = ""
    comments: int | None = None


class Videos(msgspec.Struct):
    """A page of videos."""

    videos: list[Video] | None = None
    cursor: int | None = None
    has_more: bool | None = False


class Comment(msgspec.Struct):
    """A comment or a reply to one. `owner`: we wrote it."""

    comment_id: str
    video_id: str | None = ""
    parent_comment_id: str | None = ""
    unique_identifier: str | None = ""
    username: str | None = ""
    display_name: str | None = ""
    profile_image: str | None = ""
    create_time: Any = None
    text: str | None = ""
    replies: int | None = 0
    owner: bool | None = False
    reply_list: list[msgspec.Raw] | None = None


class Comments(msgspec.Struct):
    """A page of comments."""

    comments: list[msgspec.Raw] | None = None
    cursor: int | None = None
    has_more: bool | None = False


class Profile(msgspec.Struct):
    """Who the account is."""

    username: str | None = ""
    display_name: str | None = ""


class Granted(msgspec.Struct):
    """A token. `open_id` is what the calls name `business_id`."""

    access_token: str
    open_id: str | None = ""
    refresh_token: str | None = ""
    expires_in: float | None = None
    refresh_token_expires_in: float | None = None

    def __repr__(self) -> str:
        return "Granted()"


async def ask(http: Http, base: str, method: str, path: str, type_: type[T], *, token: str = "", account: str = "",
              params: Mapping[str, str | None] | None = None, body: Mapping[str, Any] | None = None,
              writes: bool = False, heard: Callable[[Response], None] | None = None) -> T:  # fmt: skip
    """Call, open the envelope, and return its data. `heard` is given the answer.

    With `writes`, a fault of theirs may still have been carried out.
    """
    headers = {"Access-Token": token} if token else {}
    answer = await http.send(
        method, f"{base}{PREFIX}{path}", account=account, platform="TikTok", params=params, json=body, headers=headers,
        errors=error_of, writes=writes, home=base,
    )  # fmt: skip
    if heard is not None:
        heard(answer)
    envelope = await decode(answer, Envelope, platform="TikTok")
    if envelope.code != 0:
        raise _meaning(envelope, writes=writes)
    try:
        return msgspec.json.decode(
            envelope.data if bytes(envelope.data) != b"null" else b"{}", type=type_, strict=False
        )
    except (msgspec.DecodeError, UnicodeDecodeError):
        if writes:
            raise UncertainError("TikTok did not confirm this. Carelane looks before it tries again.") from None
        raise BadAnswerError(
            "TikTok answered in a form that Carelane does not know. Look for a newer Carelane."
        ) from None


def _meaning(envelope: Envelope, *, writes: bool) -> ServiceError:
    code, said = str(envelope.code), clean(envelope.message or "")[:300].rstrip(".")
    tail = f": {said}." if said else "."
    if envelope.code in EXPIRED:
        return TokenExpiredError("TikTok no longer accepts this sign-in. Sign in again.", code=code)
    if envelope.code in LIMITED:
        return RateLimitError("TikTok asks Carelane to wait a minute. It goes on by itself.",
                              until=datetime.now(UTC) + WAIT, code=code)  # fmt: skip
    if envelope.code in FORBIDDEN:
        return ForbiddenError(f"TikTok does not allow this for your app or this account{tail}", code=code)
    if envelope.code in GONE:
        return GoneError("TikTok no longer has this. It was deleted.", code=code)
    if envelope.code >= 50000:
        if writes:
            return UncertainError("TikTok had a fault and did not confirm this. Carelane looks before it tries again.",
                                  code=code)  # fmt: skip
        return ServerError(f"TikTok has a fault ({code}). Carelane tries again by itself.", code=code)
    return RefusedError(f"TikTok refused this{tail}", code=code)


def error_of(answer: Response) -> ServiceError | None:
    """Return what a status from 400 up means; None leaves it to `app.http`."""
    if answer.status == 401:
        return TokenExpiredError("TikTok no longer accepts this sign-in. Sign in again.", status=401)
    if answer.status in (400, 422):
        return RefusedError(f"TikTok refused this ({answer.status}).", status=answer.status)
    return None


async def granted(http: Http, base: str, path: str, app: tuple[str, str], **more: str) -> tuple[oauth.Token, str]:
    """Ask for a token; return it with the account's id."""
    body = {"client_id": app[0], "client_secret": app[1], **more}
    try:
        found = await ask(http, base, "POST", f"tt_user/oauth2/{path}/", Granted, body=body)
    except (RefusedError, ForbiddenError, GoneError, SignInError) as error:
        raise SignInError(
            "TikTok did not accept this sign-in. The code is too old, or the app's keys are not right. Sign in again.",
            code=error.code,
        ) from error
    lives = found.refresh_token_expires_in
    return oauth.Token(found.access_token, found.refresh_token or "", found.expires_in, lives), found.open_id or ""


def decoded(raws: list[msgspec.Raw] | None) -> tuple[list[Comment], int]:
    """Decode one by one; returns how many could not be read."""
    found, damaged = [], 0
    for raw in raws or ():
        try:
            found.append(msgspec.json.decode(raw, type=Comment, strict=False))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            damaged += 1
    return [each for each in found if each.comment_id], damaged


def remote_id(video: str, comment: str) -> str:
    """Return what a comment is known by: it can be read again only with its video."""
    return f"{video}:{comment}"


def item(comment: Comment, account_id: str, video: str, url: str, top: str) -> Mention | OwnPost:
    """Return a comment as a mention, or as ours. `top` is the comment above it, or itself."""
    now = datetime.now(UTC)
    at = parse_time(comment.create_time, now) or now
    name, parent = remote_id(video, comment.comment_id), "" if top == comment.comment_id else remote_id(video, top)
    text, thread = clean(comment.text or ""), remote_id(video, top)
    extra = msgspec.json.encode({"video": video, "top": top}).decode()
    if comment.owner:
        return OwnPost(account_id, name, text, at, parent, thread, url, extra=extra)
    handle = clean(comment.username or "", 100)
    image = comment.profile_image or ""
    author = Contact(
        comment.unique_identifier or handle,
        clean(comment.display_name or "", 200) or handle or "Unknown",
        f"@{handle}" if handle else "",
        image if image.startswith("https://") else "",
        url=f"https://www.tiktok.com/@{handle}" if handle else "",
    )
    return Mention(account_id, name, author, text, at, Kind.COMMENT, thread=thread, reply_to=parent, url=url,
                   extra=extra)  # fmt: skip


def sorted_thread(items: list[Mention | OwnPost], gone: tuple[str, ...]) -> Thread:
    """Return items as a thread, oldest first."""
    items = sorted(items, key=lambda each: each.posted_at)
    mentions = tuple(each for each in items if isinstance(each, Mention))
    return Thread(mentions, tuple(each for each in items if isinstance(each, OwnPost)), gone)


def essence(text: str) -> str:
    """Return what stays of a text whatever a server does to its spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def base_of(fields: Mapping[str, str]) -> str:
    """Return the API's base address; another one is taken only where it is this computer."""
    typed = fields.get("server", "").strip().rstrip("/")
    host = (urlsplit(typed).hostname or "") if typed else ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    return typed if loopback else API


def place(remote_id: str, extra: str) -> tuple[str, str]:
    """Return the video, and the comment at the top."""
    video, _, comment = remote_id.partition(":")
    try:
        top = msgspec.json.decode(extra or "{}", type=dict[str, str]).get("top", "")
    except msgspec.DecodeError:
        top = ""
    return video, top or comment
