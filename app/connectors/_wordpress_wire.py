"""What WordPress' REST answers hold, as our own values, and what its errors mean.

developer.wordpress.org/rest-api/reference/comments; class-wp-rest-comments-controller.php of WordPress 6.1.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app.domain import Contact, Kind, Mention, OwnPost
from app.errors import ForbiddenError, GoneError, RateLimitError, RefusedError, ServiceError, SignInError
from app.http import Response
from app.text import clean, html_to_text, parse_time

FLOOD = timedelta(seconds=20)  # comment.php, wp_throttle_comment_flood: one in 15 seconds
APPROVED = ("approved", "approve")
GONE_CODE = "rest_comment_invalid_id"
_BREAK = re.compile(r"(<br ?/?>)\n")  # formatting.php, wpautop: a break is followed by a line's end
_NO_TEXT = re.compile(r"[\W_]+")


class Text(msgspec.Struct):
    """`raw` only where comments may be edited."""

    rendered: str = ""


class Comment(msgspec.Struct):
    """One comment, as "view" shows it. Dates are without a zone: `date_gmt` is UTC."""

    id: int
    post: int = 0
    parent: int = 0
    author: int = 0
    author_name: str = ""
    author_url: str = ""
    date_gmt: str = ""
    content: Text = msgspec.field(default_factory=Text)
    link: str = ""
    status: str = ""
    type: str = "comment"
    author_avatar_urls: dict[str, str] | list[Any] = {}


class User(msgspec.Struct):
    """Who is signed in; `capabilities` only in the context "edit"."""

    id: int
    name: str = ""
    slug: str = ""
    username: str = ""
    capabilities: dict[str, Any] | list[Any] = {}

    @property
    def moderates(self) -> bool:
        """Whether comments on hold are shown, and can be let through and held."""
        return isinstance(self.capabilities, dict) and bool(self.capabilities.get("moderate_comments"))


class _Id(msgspec.Struct):
    id: int


class _Fault(msgspec.Struct):
    code: str | int = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Me:
    """The account that reads."""

    account_id: str
    user: int


def comments(raws: list[msgspec.Raw]) -> tuple[list[Comment], list[str]]:
    """The comments of a page, and the ids ("?" where there is none) of what could not be read."""
    found, damaged = [], []
    for raw in raws:
        try:
            found.append(msgspec.json.decode(raw, type=Comment))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            try:
                damaged.append(str(msgspec.json.decode(raw, type=_Id).id))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                damaged.append("?")
    return found, damaged


def moment(comment: Comment) -> datetime:
    """When it was written. A date that is none is now."""
    now = datetime.now(UTC)
    return parse_time(comment.date_gmt, now) or now


def mention(comment: Comment, me: Me, *, thread: str = "") -> Mention:
    """Somebody's comment."""
    return Mention(
        account_id=me.account_id,
        remote_id=str(comment.id),
        author=_contact(comment),
        text=text_of(comment),
        posted_at=moment(comment),
        kind=Kind.COMMENT,
        thread=thread or ("" if comment.parent else str(comment.id)),
        reply_to=str(comment.parent) if comment.parent else "",
        url=comment.link,
        extra=msgspec.json.encode({"post": comment.post, "status": comment.status}).decode(),
    )


def own(comment: Comment, me: Me, *, thread: str = "") -> OwnPost:
    """A comment of ours."""
    return OwnPost(
        account_id=me.account_id,
        remote_id=str(comment.id),
        text=text_of(comment),
        posted_at=moment(comment),
        reply_to=str(comment.parent) if comment.parent else "",
        thread=thread or ("" if comment.parent else str(comment.id)),
        url=comment.link,
    )


def text_of(comment: Comment) -> str:
    """The words, without mark-up."""
    return clean(html_to_text(_BREAK.sub(r"\1", comment.content.rendered)))


def essence(text: str) -> str:
    """What stays of a text when WordPress has dressed it: it turns quotes and dashes, and links what looks like one."""
    plain = unicodedata.normalize("NFKC", clean(text))
    return (_NO_TEXT.sub("", plain) or "".join(plain.split())).casefold()


def written(text: str) -> str:
    """Words as HTML: an administrator's "<" would be mark-up, anybody else's would be cut out."""
    return html.escape(text.strip(), quote=False)


def _contact(comment: Comment) -> Contact:
    name = clean(html.unescape(comment.author_name)) or "Anonymous"
    avatars = comment.author_avatar_urls if isinstance(comment.author_avatar_urls, dict) else {}
    avatar = next((avatars[size] for size in ("96", "48", "24") if avatars.get(size)), "")
    # the picture's address holds a hash of the guest's email, the one thing that stays the same
    known = urlsplit(avatar).path.rpartition("/")[2]
    return Contact(
        remote_id=str(comment.author) if comment.author else f"guest:{known or name}",
        name=name,
        handle="",
        avatar=avatar if avatar.startswith("https://") else "",
        url=comment.author_url,
    )


def error_of(response: Response) -> ServiceError | None:
    """What an error means by WordPress' own code. None leaves it to `app.http`."""
    code, said, status = *_said(response), response.status
    if status == 401:
        return SignInError("WordPress no longer accepts this sign-in. Sign in again.", code=code, status=status)
    if code == "comment_duplicate":
        return RefusedError(
            "The same words are there already. Change the reply, then send it again.", code=code, status=status
        )
    if code == "comment_flood":
        return RateLimitError(
            "WordPress asks Carelane to wait 20 seconds between comments. It goes on by itself.",
            until=datetime.now(UTC) + FLOOD,
            code=code,
            status=status,
        )
    if code == GONE_CODE or code in ("rest_post_invalid_id", "rest_already_trashed"):
        return GoneError("The comment is no longer there. It was deleted.", code=code, status=status)
    if code == "rest_no_route":
        return ForbiddenError(
            "This website no longer lets programs read its comments. A plugin may have switched that off: look for"
            " “REST API” in the settings of its security plugin.",
            code=code, status=status,
        )  # fmt: skip
    if code in ("rest_comment_closed", "rest_comment_draft_post", "rest_comment_trash_post"):
        return ForbiddenError(
            "Comments are closed below this post. Open them in WordPress, or answer there.", code=code, status=status
        )
    if code.startswith("comment_") or code in ("rest_comment_content_invalid", "rest_invalid_param"):
        return RefusedError(f"WordPress refused this{_colon(said)}", code=code, status=status)
    if status == 403:
        if not code:
            return ForbiddenError(
                "This website's firewall or security plugin turned Carelane away. Ask who runs it to let"
                " programs with an application password through.",
                status=status,
            )
        return ForbiddenError(f"WordPress does not allow this for this user{_colon(said)}", code=code, status=status)
    return None


def _said(response: Response) -> tuple[str, str]:
    try:
        fault = msgspec.json.decode(response.content, type=_Fault)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "", ""
    return str(fault.code), clean(html_to_text(fault.message))[:300]


def _colon(said: str) -> str:
    return f": {said.rstrip('.')}." if said else "."
