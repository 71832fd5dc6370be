"""Reddit's things as our own values: t1 comments, t3 posts, t4 private messages, and modmail.

Forms as recorded by praw-dev/praw (tests/integration/cassettes).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.domain import Contact, Kind, Mention, OwnPost, Visibility
from app.text import clean, html_to_text, parse_time

SITE = "https://www.reddit.com"
FAR = datetime(9000, 1, 1, tzinfo=UTC)
GONE = ("[deleted]", "[removed]")
Json = dict[str, Any]
_COMMENTS = re.compile(r"/comments/([a-z0-9]+)")
_DRESS = re.compile(r"[\W_]+")
_MARKS = re.compile(r"^(\s{0,3})([#>])", re.MULTILINE)


class Listing(msgspec.Struct):
    """A page of things; `after` is where the next one begins."""

    data: _Children


class _Children(msgspec.Struct):
    children: list[msgspec.Raw] = []
    after: str | None = None


class Thing(msgspec.Struct):
    """One entry: what it is, and all that is told of it."""

    kind: str
    data: Json


class Item(msgspec.Struct, frozen=True, gc=False):
    """One entry of a listing, in Reddit's order."""

    id: str
    at: datetime | None = None
    mention: Mention | None = None
    own: OwnPost | None = None
    damaged: bool = False
    told: datetime | None = None  # as `at`, and by Reddit's clock even where that is ahead of ours


@dataclass(frozen=True, slots=True)
class Me:
    """The account that reads."""

    account_id: str
    name: str  # "maplerye"


def things(raws: Iterable[msgspec.Raw]) -> Iterator[tuple[str, Thing | None]]:
    """Each entry with its name; (name, None) cannot be read."""
    for number, raw in enumerate(raws):
        try:
            one = msgspec.json.decode(raw, type=Thing)
            yield text(one.data, "name") or f"{one.kind}_{text(one.data, 'id')}", one
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            yield f"?{number}", None


def items(raws: Iterable[msgspec.Raw], me: Me, *, search: bool = False) -> list[Item]:
    """A listing's entries, one by one."""
    return [
        Item(name, damaged=True) if thing is None or not text(thing.data, "id") else item(thing, me, search=search)
        for name, thing in things(raws)
    ]


def item(thing: Thing, me: Me, *, search: bool = False, context: bool = False) -> Item:
    """A thing as a mention or as ours. `context`: as part of a thread, where its listing does not say what it is."""
    data = thing.data
    name = text(data, "name") or f"{thing.kind}_{text(data, 'id')}"
    now = datetime.now(UTC)
    at = parse_time(data.get("created_utc"), now)
    told = parse_time(data.get("created_utc"), FAR)
    author = text(data, "author")
    direct = thing.kind == "t4"
    parent = text(data, "parent_id")
    link = text(data, "link_id") or _link(text(data, "context") or text(data, "permalink"))
    extra = {"link": link, "subreddit": text(data, "subreddit")}
    same: Json = {
        "account_id": me.account_id,
        "remote_id": name,
        "text": _words(thing),
        "posted_at": at or now,
        "reply_to": parent,
        "thread": (text(data, "first_message_name") or name) if direct else "",
        "url": _url(data),
        "visibility": Visibility.DIRECT if direct else Visibility.PUBLIC,
        "extra": msgspec.json.encode(extra).decode(),
    }
    if author.lower() == me.name.lower():
        return Item(name, at, own=OwnPost(**same), told=told)
    kind = Kind.MESSAGE if direct else Kind.SEARCH if search else Kind.CONTEXT if context else _kind(data)
    edited = data.get("edited")
    return Item(name, at, mention=Mention(
        **same,
        author=_contact(data),
        kind=kind,
        edited_at=parse_time(edited, now) if isinstance(edited, int | float) and edited is not True else None,
    ))  # fmt: skip


def _kind(data: Json) -> Kind:
    """What the inbox says it is: `type` today, `subject` in older answers."""
    told = f"{text(data, 'type')} {text(data, 'subject')}".lower()
    if "mention" in told:
        return Kind.MENTION
    return Kind.COMMENT if "post_reply" in told or "post reply" in told else Kind.REPLY


def _words(thing: Thing) -> str:
    data = thing.data
    html = text(data, "body_html") or text(data, "selftext_html")
    body = html_to_text(html) if html else text(data, "body") or text(data, "selftext")
    subject = text(data, "title") if thing.kind == "t3" else ""
    if thing.kind == "t4" and not text(data, "parent_id"):
        subject = text(data, "subject")
    return clean(f"{subject}\n\n{body}" if subject else body)


def is_gone(data: Json) -> bool:
    """Whether a comment or post was deleted by its author, or removed."""
    words = text(data, "body") or text(data, "selftext")
    return words.strip() in GONE or (text(data, "author") == GONE[0] and not words.strip())


def _contact(data: Json) -> Contact:
    author, community = clean(text(data, "author")), clean(text(data, "subreddit"))
    if not author and community:  # a message by a community's moderators
        return Contact(f"r/{community}", f"r/{community}", f"r/{community}", url=f"{SITE}/r/{community}")
    if not author or author in GONE:
        return Contact("", "Unknown", "")
    url = f"{SITE}/user/{author}" if re.fullmatch(r"[\w-]+", author, re.ASCII) else ""
    return Contact(text(data, "author_fullname") or f"u/{author}", author, f"u/{author}", url=url)


def _url(data: Json) -> str:
    path = text(data, "permalink") or text(data, "context").partition("?")[0]
    return f"{SITE}{path}" if path.startswith(("/r/", "/user/")) else ""


def _link(path: str) -> str:
    found = _COMMENTS.search(path)
    return f"t3_{found[1]}" if found else ""


def tree(raws: Iterable[msgspec.Raw]) -> Iterator[Thing]:
    """All comments below, replies and replies to them; "more" stubs are passed over."""
    for _, thing in things(raws):
        if thing is None or thing.kind not in ("t1", "t3", "t4"):
            continue
        yield thing
        replies = thing.data.get("replies")
        if isinstance(replies, dict):
            try:
                below = msgspec.convert(replies, Nested).data.children
            except msgspec.ValidationError:
                continue
            yield from tree(msgspec.Raw(msgspec.json.encode(one)) for one in below)


class Nested(msgspec.Struct):
    """A listing inside a thing."""

    data: _Inner


class _Inner(msgspec.Struct):
    children: list[Any] = []


def text(data: Json, key: str) -> str:
    """A text of `data`, "" where there is none."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def markdown(words: str) -> str:
    """Words as they were typed: lines stay lines, and no line becomes a title or a quote."""
    lines = _MARKS.sub(r"\1\\\2", words.strip()).split("\n")
    return "\n".join(
        line + "  " if line.strip() and following.strip() else line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
    )


def essence(words: str) -> str:
    """What stays of a text when it is marked up."""
    plain = unicodedata.normalize("NFKC", clean(words))
    return (_DRESS.sub("", plain) or "".join(plain.split())).casefold()
