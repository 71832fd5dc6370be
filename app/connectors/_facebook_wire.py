"""What Facebook sends about a Page, and what it means in Carelane's words.

Names of the fields: the reference of Page Post, Comment and Recommendation at
developers.facebook.com/docs/graph-api/reference. Only what is read is declared.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from app.connectors import _meta_graph as graph
from app.connectors._meta_messages import Me, Who, contact, mine
from app.domain import Kind, Media, Mention, OwnPost
from app.text import clean

COMMENT = "id,message,created_time,from,parent{id,from},attachment,permalink_url"
POST = "id,message,story,created_time,permalink_url,from,full_picture"
RATING = "created_time,has_rating,has_review,rating,recommendation_type,review_text,reviewer,open_graph_story"
REVIEW = "review_"  # before a recommendation's id: it has none of its own, and its story is read in another way


class _Parent(msgspec.Struct, rename={"from_": "from"}):
    id: str = ""
    from_: Who | None = None


class _Image(msgspec.Struct):
    src: str | None = ""
    url: str | None = ""


class _AttachedMedia(msgspec.Struct):
    image: _Image | None = None


class _Attachment(msgspec.Struct):
    type: str | None = ""
    media: _AttachedMedia | None = None
    description: str | None = ""


class Comment(msgspec.Struct, rename={"from_": "from"}):
    """A comment."""

    id: str
    created_time: Any = None
    message: str | None = ""
    from_: Who | None = None
    parent: _Parent | None = None
    attachment: msgspec.Raw = graph.NULL
    permalink_url: str | None = ""


class Post(msgspec.Struct, rename={"from_": "from"}):
    """A post of the Page, by a visitor on it, or one that tags it."""

    id: str
    created_time: Any = None
    message: str | None = ""
    story: str | None = ""
    from_: Who | None = None
    permalink_url: str | None = ""
    full_picture: str | None = ""
    comments: graph.Listing | None = None


class _Story(msgspec.Struct):
    id: str = ""


class Rating(msgspec.Struct):
    """A recommendation."""

    created_time: Any = None
    has_rating: bool | None = False
    rating: int | None = None
    recommendation_type: str | None = ""
    review_text: str | None = ""
    reviewer: Who | None = None
    open_graph_story: _Story | None = None

    @property
    def id(self) -> str:
        """The story's id; where it is not told, what stays the same of the recommendation."""
        if self.open_graph_story and self.open_graph_story.id:
            return REVIEW + self.open_graph_story.id
        who = self.reviewer.id if self.reviewer else ""
        return REVIEW + "x" + hashlib.sha256(f"{who} {self.created_time}".encode()).hexdigest()[:24]


def comment_item(one: Comment, me: Me, post: str, *, theirs: bool, at: datetime) -> Mention | OwnPost:
    """A comment below `post`. Below a visitor's post (`theirs`) all belongs to that conversation.

    Below a post of the Page each top-level comment is a conversation of its own: its customers do not know
    each other, and the post itself is no message to us.
    """
    parent = one.parent.id if one.parent else ""
    posted = graph.moment(one.created_time, at) or at
    thread = post if theirs else parent or one.id
    reply_to = parent or (post if theirs else "")
    extra = graph.packed(type="comment", post=post, parent=parent, at=posted.isoformat(), theirs="1" if theirs else "")
    text = clean(one.message or "")
    url = one.permalink_url or ""
    if mine(one.from_, me):
        return OwnPost(me.account_id, one.id, text, posted, reply_to, thread, url, extra=extra)
    to_us = one.parent is not None and mine(one.parent.from_, me)
    return Mention(
        me.account_id, one.id, contact(one.from_), text, posted, Kind.REPLY if to_us else Kind.COMMENT,
        thread=thread, reply_to=reply_to, url=url, media=_attached(one.attachment), extra=extra,
    )  # fmt: skip


def _attached(raw: msgspec.Raw) -> tuple[Media, ...]:
    found = graph.lenient(raw, _Attachment)
    image = found.media.image if found and found.media else None
    if found is None or image is None or not (image.src or image.url):
        return ()
    kind = "video" if "video" in (found.type or "") else "image"
    return (Media(image.src or image.url or "", image.src or "", kind, clean(found.description or "")),)


def post_item(one: Post, me: Me, at: datetime) -> Mention | OwnPost:
    """A post on the Page or one that tags it."""
    posted = graph.moment(one.created_time, at) or at
    text, url = clean(one.message or one.story or ""), one.permalink_url or ""
    extra = graph.packed(type="post", post=one.id, at=posted.isoformat())
    if mine(one.from_, me):
        return OwnPost(me.account_id, one.id, text, posted, thread=one.id, url=url, extra=extra)
    picture = (Media(one.full_picture, one.full_picture),) if one.full_picture else ()
    return Mention(
        me.account_id, one.id, contact(one.from_), text, posted, Kind.MENTION, thread=one.id, url=url,
        media=picture, extra=extra,
    )  # fmt: skip


def review_item(one: Rating, me: Me, at: datetime) -> Mention:
    """A recommendation: positive and negative are what five stars and one were (changelog of 17 August 2018)."""
    posted = graph.moment(one.created_time, at) or at
    stars = one.rating if one.rating else {"positive": 5, "negative": 1}.get(one.recommendation_type or "")
    story = one.open_graph_story.id if one.open_graph_story else ""
    text = clean(one.review_text or "")
    if not text:
        text = {5: "Recommends this Page.", 1: "Does not recommend this Page."}.get(stars or 0, "")
    return Mention(
        me.account_id, one.id, contact(one.reviewer), text, posted, Kind.REVIEW, thread=one.id,
        rating=stars if stars and 1 <= stars <= 5 else None,
        extra=graph.packed(type="review", story=story, at=posted.isoformat()),
    )  # fmt: skip
