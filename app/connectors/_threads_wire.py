"""What Threads sends, and what it means in Carelane's words.

Fields as in Meta's own collection of calls for the Threads API (fields of posts, and of replies).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from app.connectors import _meta_graph as graph
from app.domain import Contact, Kind, Media, Mention, OwnPost
from app.text import clean

POST = (
    "id,text,timestamp,media_type,media_url,permalink,username,thumbnail_url,has_replies,alt_text,is_quote_post,"
    "profile_picture_url"
)
REPLY = f"{POST},is_reply,is_reply_owned_by_me,root_post,replied_to,hide_status"
MOST = (
    500  # "Text posts are limited to 500 characters", emoji by their bytes: developers.facebook.com/docs/threads/posts
)
_KINDS = {"IMAGE": "image", "VIDEO": "video", "AUDIO": "audio", "CAROUSEL_ALBUM": "image"}


class _Ref(msgspec.Struct):
    id: str = ""


class Post(msgspec.Struct):
    """A post or a reply."""

    id: str
    text: str | None = ""
    timestamp: Any = None
    media_type: str | None = ""
    media_url: str | None = ""
    thumbnail_url: str | None = ""
    permalink: str | None = ""
    username: str | None = ""
    alt_text: str | None = ""
    has_replies: bool | None = False
    is_quote_post: bool | None = False
    profile_picture_url: str | None = ""
    is_reply_owned_by_me: bool | None = False
    root_post: _Ref | None = None
    replied_to: _Ref | None = None


class Profile(msgspec.Struct):
    """Whose token it is."""

    id: str = ""
    username: str | None = ""
    name: str | None = ""
    threads_profile_picture_url: str | None = ""


class Container(msgspec.Struct):
    """A post on its way. `status` is IN_PROGRESS, FINISHED (not published yet), PUBLISHED, ERROR or EXPIRED."""

    id: str = ""
    status: str | None = ""
    error_message: str | None = ""


class _Config(msgspec.Struct):
    quota_total: float = 0


class Quota(msgspec.Struct):
    """How much was published in the last 24 hours."""

    reply_quota_usage: float = 0
    reply_config: _Config | None = None


class Quotas(msgspec.Struct):
    """The list that holds it."""

    data: list[Quota] = []


@dataclass(frozen=True, slots=True)
class Me:
    """The profile that reads."""

    account_id: str
    username: str


def read(raw: msgspec.Raw) -> Post | None:
    """A post, or None for what cannot be read."""
    return graph.lenient(raw, Post)


def damaged(raw: msgspec.Raw) -> str:
    """What stands for an entry that cannot be read."""
    found = graph.lenient(raw, _Ref)
    return found.id if found and found.id else hashlib.sha256(bytes(raw)).hexdigest()[:16]


def ours(post: Post, me: Me) -> bool:
    """Whether we wrote it."""
    return bool(post.is_reply_owned_by_me) or (post.username or "").lower() == me.username.lower() != ""


def parent(post: Post) -> str:
    """Id of what it answers, "" for none."""
    return post.replied_to.id if post.replied_to else ""


def root(post: Post) -> str:
    """Id of the post at the top, "" where it is not told."""
    return post.root_post.id if post.root_post else ""


def when(post: Post, now: datetime) -> datetime:
    """When it was written."""
    return graph.moment(post.timestamp, now) or now


def item(post: Post, me: Me, kind: Kind, now: datetime, *, top: str = "", under: str = "") -> Mention | OwnPost:
    """A post as a mention or as ours. `under` is the post of ours that it hangs below, `top` the answer to that.

    Below a post of ours each direct answer is a conversation of its own; the post itself is no message to us.
    """
    above = parent(post)
    if above == under:
        above = ""
    text, url = clean(post.text or ""), post.permalink or ""
    extra = graph.packed(root=under or root(post), parent=parent(post))
    if ours(post, me):
        return OwnPost(me.account_id, post.id, text, when(post, now), parent(post), top, url, extra=extra)
    handle = clean(post.username or "")
    author = Contact(handle, handle or "Unknown", f"@{handle}" if handle else "", post.profile_picture_url or "",
                     url=f"https://www.threads.net/@{handle}" if handle else "")  # fmt: skip
    return Mention(
        me.account_id, post.id, author, text, when(post, now), kind, thread=top or ("" if above else post.id),
        reply_to=above, url=url, media=_media(post), extra=extra,
    )  # fmt: skip


def _media(post: Post) -> tuple[Media, ...]:
    kind = _KINDS.get(post.media_type or "", "")
    if not kind or not post.media_url:
        return ()
    return (Media(post.media_url, post.thumbnail_url or "", kind, clean(post.alt_text or "")),)


def counted(text: str) -> int:
    """The characters that Threads counts: one each, emoji by the bytes they take."""
    return sum(len(sign.encode()) if _is_emoji(ord(sign)) else 1 for sign in text)


def _is_emoji(code: int) -> bool:
    return code >= 0x1F000 or 0x2600 <= code <= 0x27BF or 0x2B00 <= code <= 0x2BFF or code in (0x200D, 0xFE0F)


def same(found: Mention, asked: Mention) -> Mention:
    """`found` with the kind and the place of the one that was asked for."""
    return replace(
        found, kind=asked.kind, thread=asked.thread or found.thread, reply_to=asked.reply_to, extra=asked.extra
    )
