"""What a comment on YouTube becomes: developers.google.com/youtube/v3/docs/comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from app.connectors._google_session import Json, moment, object_at, texts
from app.domain import Contact, Kind, Mention, OwnPost
from app.text import clean

_NAME = re.compile(r"^\s*@[\w.\-·]+\s+")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Me:
    """The channel that reads."""

    account_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class Extra:
    """`Mention.extra`: what answering needs."""

    root: str = ""  # the comment that the thread hangs on: replies hang on nothing else
    held: bool = False  # nobody but the channel sees it yet
    no_reply: bool = False

    def json(self) -> str:
        """As it is kept."""
        return msgspec.json.encode({"root": self.root, "held": self.held, "no_reply": self.no_reply}).decode()


def extra_of(text: str) -> Extra:
    """Read it back; empty where it is not ours."""
    try:
        found: Any = object_at(msgspec.json.decode(text or "{}"))
    except msgspec.DecodeError:
        found = {}
    return Extra(texts(found, "root"), found.get("held") is True, found.get("no_reply") is True)


def root_of(comment: str) -> str:
    """The thread that a comment is in: a reply's id begins with it."""
    return comment.partition(".")[0]


def essence(text: str) -> str:
    """What stays of a reply on its way through YouTube."""
    return "".join(_NAME.sub("", clean(text)).split()).casefold()


def posted_at(entry: Any) -> datetime | None:
    """When a comment was written."""
    return moment(object_at(entry, "snippet").get("publishedAt"))


def comment(
    entry: Any, me: Me, *, video: str = "", held: bool = False, no_reply: bool = False
) -> Mention | OwnPost | None:
    """A comment as a mention or as our own; None where it is damaged."""
    said, id_, at = object_at(entry, "snippet"), texts(entry, "id"), posted_at(entry)
    if not id_ or at is None:
        return None
    root = texts(said, "parentId") or root_of(id_)
    text = clean(texts(said, "textOriginal") or texts(said, "textDisplay"))
    author, url = texts(said, "authorChannelId", "value"), address(texts(said, "videoId") or video, id_, me)
    parent = root if root != id_ else ""
    held = held or texts(said, "moderationStatus") in ("heldForReview", "likelySpam")
    extra = Extra(root, held, no_reply and not held).json()
    if author and author == me.channel:
        return OwnPost(me.account_id, id_, text, at, parent, root, url, extra=extra)
    changed = moment(said.get("updatedAt"))
    return Mention(
        me.account_id, id_, _contact(said, author), text, at, Kind.COMMENT, thread=root, reply_to=parent, url=url,
        edited_at=changed if changed is not None and changed - at > _SECOND else None, extra=extra,
    )  # fmt: skip


def _contact(said: Json, author: str) -> Contact:
    name, picture = clean(texts(said, "authorDisplayName")), texts(said, "authorProfileImageUrl")
    return Contact(
        author, name or "Unknown", name if name.startswith("@") else "",
        picture if picture.startswith("https://") else "",
        url=f"https://www.youtube.com/channel/{author}" if re.fullmatch(r"[\w-]+", author) else "",
    )  # fmt: skip


def address(video: str, comment_id: str, me: Me) -> str:
    """Where a comment is seen."""
    if re.fullmatch(r"[\w-]+", video):
        return f"https://www.youtube.com/watch?v={video}&lc={comment_id}"
    return f"https://www.youtube.com/channel/{me.channel}/community?lc={comment_id}"
