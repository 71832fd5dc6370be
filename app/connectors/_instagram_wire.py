"""What Instagram sends about a professional account, and what it means in Carelane's words.

Fields: the references of IG Media and IG Comment, developers.facebook.com/docs/instagram-platform.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from app.connectors import _meta_graph as graph
from app.connectors._meta_messages import Me, Who
from app.domain import Contact, Kind, Media, Mention, OwnPost
from app.text import clean

TAG = "tag_"  # before the id of a post that tags us: it is read in another way than a comment, and looks the same
REPLIES = 50  # of a comment, in a list of comments
_COMMENT = "id,text,timestamp,username,from"
COMMENT = f"{_COMMENT},parent_id,media"
NESTED = f"{_COMMENT},replies.limit({REPLIES}){{{_COMMENT},parent_id}}"
MEDIA = "id,caption,timestamp,permalink,username,comments_count"
TAGGED = "id,caption,timestamp,permalink,username,media_type,media_url,thumbnail_url"


class _Ref(msgspec.Struct):
    id: str = ""


class Comment(msgspec.Struct, rename={"from_": "from"}):
    """A comment, or an answer to one: Instagram has these two levels."""

    id: str
    text: str | None = ""
    timestamp: Any = None
    username: str | None = ""
    from_: Who | None = None
    parent_id: str | None = ""
    media: _Ref | None = None
    replies: graph.Listing | None = None


class Post(msgspec.Struct):
    """A post of ours, or one that tags us."""

    id: str
    caption: str | None = ""
    timestamp: Any = None
    permalink: str | None = ""
    username: str | None = ""
    comments_count: int | None = None
    media_type: str | None = ""
    media_url: str | None = ""
    thumbnail_url: str | None = ""
    comments: graph.Listing | None = None


def contact(username: str, who: Who | None) -> Contact:
    """Who wrote; the id is told only where the app may know it, the name always."""
    handle = clean(username or (who.username if who else "") or "")
    remote_id = who.id if who and who.id else handle
    url = f"https://www.instagram.com/{handle}/" if handle else ""
    return Contact(remote_id, handle or "Unknown", f"@{handle}" if handle else "", url=url)


def same_name(one: str | None, me: Me) -> bool:
    """Whether a name is ours."""
    return bool(one) and (one or "").lower() == me.username.lower()


def comment_item(one: Comment, me: Me, post: str, url: str, top: str, at: datetime) -> Mention | OwnPost:
    """A comment below a post of ours; `top` is the comment that it answers, "" for one that answers the post.

    Each top-level comment is a conversation of its own: its customers do not know each other.
    """
    posted = graph.moment(one.timestamp, at) or at
    thread = top or one.id
    author = contact(one.username or "", one.from_)
    extra = graph.packed(type="comment", post=post, parent=top, name=author.handle.strip("@"), at=posted.isoformat())
    text = clean(one.text or "")
    if same_name(one.username, me) or (one.from_ is not None and one.from_.id == me.remote_id):
        return OwnPost(me.account_id, one.id, text, posted, top, thread, url, extra=extra)
    kind = Kind.REPLY if top and names(text, me.username) else Kind.COMMENT
    return Mention(me.account_id, one.id, author, text, posted, kind, thread=thread, reply_to=top, url=url, extra=extra)


def tag_item(one: Post, me: Me, at: datetime) -> Mention | OwnPost:
    """A post of somebody else that tags us. It can be answered only where its caption names us."""
    posted = graph.moment(one.timestamp, at) or at
    text, url = clean(one.caption or ""), one.permalink or ""
    if same_name(one.username, me):
        return OwnPost(me.account_id, TAG + one.id, text, posted, thread=TAG + one.id, url=url)
    named = "1" if names(text, me.username) else ""
    picture = one.thumbnail_url or one.media_url or ""
    kind = "video" if one.media_type == "VIDEO" else "image"
    media = (Media(one.media_url or picture, picture, kind),) if picture else ()
    return Mention(
        me.account_id, TAG + one.id, contact(one.username or "", None), text, posted, Kind.MENTION,
        thread=TAG + one.id, url=url, media=media, extra=graph.packed(type="tag", named=named, at=posted.isoformat()),
    )  # fmt: skip


def names(text: str, username: str) -> bool:
    """Whether a text names an account."""
    return bool(username) and re.search(rf"@{re.escape(username)}(?![\w.]*\w)", text, re.IGNORECASE) is not None
