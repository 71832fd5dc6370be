"""Discourse's posts and notifications as our own values, and what its errors mean.

docs.discourse.org; app/controllers/notifications_controller.rb, app/models/notification.rb and
app/services/post_alerter.rb of Discourse where that page is silent.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from app.domain import Contact, Kind, Mention, OwnPost, Visibility
from app.errors import ForbiddenError, GoneError, RateLimitError, RefusedError, ServiceError, SignInError
from app.http import Response
from app.text import clean, html_to_text, parse_time

MENTIONED, REPLIED, QUOTED, PRIVATE, POSTED, GROUP, FIRST, WATCHED = 1, 2, 3, 6, 9, 15, 17, 36  # Notification.types
TYPES = frozenset({MENTIONED, REPLIED, QUOTED, PRIVATE, POSTED, GROUP, FIRST, WATCHED})
# of these a topic keeps one, at the first post that was not read yet (PostAlerter::COLLAPSED_NOTIFICATION_TYPES)
COLLAPSED = frozenset({REPLIED, PRIVATE, POSTED, WATCHED})
KINDS = {MENTIONED: Kind.MENTION, REPLIED: Kind.REPLY, QUOTED: Kind.QUOTE, PRIVATE: Kind.MESSAGE,
         POSTED: Kind.COMMENT, GROUP: Kind.MENTION, FIRST: Kind.COMMENT, WATCHED: Kind.COMMENT}  # fmt: skip
_DRESS = re.compile(r"[\W_]+")
_BREAK = re.compile(r"(<br ?/?>)\n")
_MARKS = re.compile(r"^(\s{0,3})([#>])", re.MULTILINE)


class Notification(msgspec.Struct):
    """One notification; `data` is told in other forms by plugins and not read."""

    id: int
    notification_type: int
    created_at: str = ""
    topic_id: int | None = None
    post_number: int | None = None


class Notifications(msgspec.Struct):
    """A page of them, newest first."""

    notifications: list[msgspec.Raw]
    total_rows_notifications: int = 0


class Person(msgspec.Struct):
    """Whom a post answers."""

    username: str = ""


class Post(msgspec.Struct):
    """One post, as topics and /posts/{id}.json show it."""

    id: int
    topic_id: int
    post_number: int
    username: str = ""
    name: str | None = ""
    cooked: str = ""
    created_at: str = ""
    updated_at: str = ""
    version: int = 1
    post_type: int = 1  # 1: written by somebody; 2 and 3: what moderators and the system did; 4: whispers
    reply_to_post_number: int | str | None = None
    reply_to_user: Person | None = None
    avatar_template: str = ""
    user_id: int | None = 0
    topic_slug: str = ""
    deleted_at: str | None = None
    user_deleted: bool = False


class Stream(msgspec.Struct):
    """Posts, and the ids of all of the topic's; these come with the topic alone."""

    posts: list[msgspec.Raw] = []
    stream: list[int] = []


class Topic(msgspec.Struct):
    """A topic with its first posts."""

    post_stream: Stream
    id: int = 0
    title: str = ""
    archetype: str = "regular"


class _Fault(msgspec.Struct):
    errors: list[Any] | None = None
    error_type: str | None = ""
    extras: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """The account that reads, and where."""

    account_id: str
    username: str
    base: str  # with the folder that the community is in


def posts(raws: list[msgspec.Raw]) -> tuple[list[Post], int]:
    """The posts, and how many could not be read."""
    found, damaged = [], 0
    for raw in raws:
        try:
            found.append(msgspec.json.decode(raw, type=Post))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            damaged += 1
    return found, damaged


def is_ours(post: Post, me: Me) -> bool:
    """Whether we wrote it; names are told in any case."""
    return post.username.lower() == me.username.lower()


def is_gone(post: Post) -> bool:
    """Whether it was deleted; staff still see it."""
    return bool(post.deleted_at) or post.user_deleted


def own(post: Post, me: Me, *, private: bool, by_number: dict[int, int]) -> OwnPost:
    """A post of ours."""
    return OwnPost(**_same(post, me, private, by_number))


def mention(
    post: Post, me: Me, *, private: bool, by_number: dict[int, int], kind: Kind | None = None, notification: int = 0
) -> Mention:
    """Somebody's post. `kind`: as a notification told; without one its words decide, and `Kind.CONTEXT` is left."""
    now = datetime.now(UTC)
    name = clean(post.username)
    return Mention(
        **_same(post, me, private, by_number, notification=notification),
        author=Contact(
            str(post.user_id) if post.user_id else f"@{name}", clean(post.name or "") or name or "Unknown",
            f"@{name}" if name else "", avatar=_avatar(post.avatar_template, me.base),
            url=f"{me.base}/u/{quote(name, safe='')}" if name else "",
        ),
        kind=kind or (Kind.MESSAGE if private else kind_of(post, me)),
        edited_at=parse_time(post.updated_at, now) if post.version > 1 else None,
    )  # fmt: skip


def kind_of(post: Post, me: Me) -> Kind:
    """What a post of a public topic is to us."""
    ours = me.username.lower()
    if post.reply_to_user is not None and post.reply_to_user.username.lower() == ours:
        return Kind.REPLY
    cooked = post.cooked.lower()
    if re.search(rf'<a class="mention" href="[^"]*/u/{re.escape(quote(ours))}"', cooked):
        return Kind.MENTION
    if f'data-username="{ours}"' in cooked:
        return Kind.QUOTE
    return Kind.CONTEXT


def _same(post: Post, me: Me, private: bool, by_number: dict[int, int], notification: int = 0) -> dict[str, Any]:
    now = datetime.now(UTC)
    parent = by_number.get(_whole(post.reply_to_post_number), 0)
    extra = {"topic": post.topic_id, "number": post.post_number, "private": private}
    if notification:
        extra["notification"] = notification
    return {
        "account_id": me.account_id,
        "remote_id": str(post.id),
        "text": text_of(post),
        "posted_at": parse_time(post.created_at, now) or now,
        "thread": f"topic:{post.topic_id}",
        "reply_to": str(parent) if parent else "",
        "url": f"{me.base}/t/{quote(post.topic_slug or '-', safe='')}/{post.topic_id}/{post.post_number}",
        "visibility": Visibility.DIRECT if private else Visibility.PUBLIC,
        "extra": msgspec.json.encode(extra).decode(),
    }


def _whole(value: int | str | None) -> int:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0


def text_of(post: Post) -> str:
    """The words, without mark-up."""
    return clean(html_to_text(_BREAK.sub(r"\1", post.cooked)))


def _avatar(template: str, base: str) -> str:
    """A template is an address of any site, or a path of this one: "/user_avatar/…/{size}/1.png"."""
    path = template.replace("{size}", "96")
    if path.startswith("//"):
        path = f"https:{path}"
    elif path.startswith("/"):
        parts = urlsplit(base)
        path = f"{parts.scheme}://{parts.netloc}{path}"
    return path if path.startswith("https://") else ""


def markdown(words: str) -> str:
    """Words as they were typed: no line becomes a title or a quote. Discourse keeps lines as lines."""
    return _MARKS.sub(r"\1\\\2", words.strip())


def essence(words: str) -> str:
    """What stays of a text when it is marked up."""
    plain = unicodedata.normalize("NFKC", clean(words))
    return (_DRESS.sub("", plain) or "".join(plain.split())).casefold()


def error_of(answer: Response) -> ServiceError | None:
    """What an error means: {"errors": [sentence], "error_type": name}. None leaves it to `app.http`."""
    status = answer.status
    try:
        fault = msgspec.json.decode(answer.content, type=_Fault)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    kind = fault.error_type or ""
    said = clean(" ".join(each for each in fault.errors or () if isinstance(each, str)))[:300]
    if status == 429:
        wait = (fault.extras or {}).get("wait_seconds")
        if not isinstance(wait, int | float) or not 0 < wait < 86_400:
            return None
        return RateLimitError(
            f"The community asks Carelane to wait {wait:.0f} seconds. It goes on by itself.",
            until=datetime.now(UTC) + timedelta(seconds=wait), code=kind,
        )  # fmt: skip
    if status == 401 or (status == 403 and "api" in said.lower() and "key" in said.lower()):
        return SignInError(
            "The community no longer accepts this API key. Ask its administrator for a new one and sign in again.",
            code=kind, status=status,
        )  # fmt: skip
    if status == 403:
        return ForbiddenError(f"The community does not allow this{_colon(said)}", code=kind, status=status)
    if status in (404, 410):
        return GoneError("The post or topic is no longer there. It was deleted.", code=kind, status=status)
    if status in (400, 422):
        return RefusedError(f"The community refused this{_colon(said)}", code=kind, status=status)
    return None


def _colon(said: str) -> str:
    return f": {said.rstrip('.')}." if said else "."
