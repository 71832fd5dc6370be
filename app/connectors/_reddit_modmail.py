"""Modmail: what people write to the moderators of a community. www.reddit.com/dev/api#section_new_modmail

The list shows each conversation with the time of its last message, newest first; the messages are read one
conversation at a time, oldest change first, so that the mark never passes over one that was not read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec

from app.connectors._reddit_session import Session, lost
from app.connectors._reddit_wire import Me, essence
from app.domain import Contact, Gap, Kind, Mention, OwnPost, Page, Reply, Sent, Visibility
from app.errors import GoneError
from app.text import clean, html_to_text, parse_time

PREFIX = "modmail"
SLACK = timedelta(minutes=5)
LIMIT = 100
MAX_PAGES = 10
TOGETHER = 5  # conversations of one page


class Author(msgspec.Struct):
    """Who wrote; moderators may hide their name from the user."""

    name: str = ""
    isMod: bool = False


class Message(msgspec.Struct):
    """One message; internal ones are notes among moderators."""

    id: str
    date: str = ""
    body: str = ""
    bodyMarkdown: str = ""
    isInternal: bool = False
    author: Author = msgspec.field(default_factory=Author)


class Owner(msgspec.Struct):
    """The community."""

    displayName: str = ""


class Head(msgspec.Struct):
    """A conversation without its messages."""

    id: str
    subject: str = ""
    lastUpdated: str = ""
    owner: Owner = msgspec.field(default_factory=Owner)
    isInternal: bool = False


class Heads(msgspec.Struct):
    """The list; `conversationIds` gives the order."""

    conversations: dict[str, Head] = {}
    conversationIds: list[str] = []


class Conversation(msgspec.Struct):
    """A conversation and all of its messages."""

    conversation: Head
    messages: dict[str, Message] = {}


def place(remote_id: str) -> tuple[str, str]:
    """The conversation and the message of a remote id; ("", "") where it is no modmail."""
    head, _, rest = remote_id.partition(":")
    conversation, _, message = rest.partition(":")
    return (conversation, message) if head == PREFIX else ("", "")


def read(whole: Conversation, me: Me) -> tuple[list[Mention], list[OwnPost]]:
    """The messages, oldest first. Notes among moderators are left out; what another moderator wrote is ours too."""
    head, now = whole.conversation, datetime.now(UTC)
    mentions: list[Mention] = []
    own: list[OwnPost] = []
    messages = sorted(whole.messages.values(), key=lambda one: (parse_time(one.date, now) or now, one.id))
    for number, one in enumerate(messages):
        if one.isInternal:
            continue
        words = html_to_text(one.body) if one.body else one.bodyMarkdown
        if number == 0 and head.subject:
            words = f"{head.subject}\n\n{words}"
        community = clean(head.owner.displayName)
        same: dict[str, Any] = {
            "account_id": me.account_id,
            "remote_id": f"{PREFIX}:{head.id}:{one.id}",
            "text": clean(words),
            "posted_at": parse_time(one.date, now) or now,
            "thread": f"{PREFIX}:{head.id}",
            "url": f"https://mod.reddit.com/mail/all/{quote(head.id, safe='')}",
            "visibility": Visibility.DIRECT,
            "extra": msgspec.json.encode({"subreddit": community}).decode(),
        }
        name = clean(one.author.name)
        if one.author.isMod or name.lower() == me.name.lower():
            own.append(OwnPost(**same))
        else:
            author = Contact(f"u/{name}", name or "Unknown", f"u/{name}" if name else "")
            mentions.append(Mention(**same, author=author, kind=Kind.MESSAGE))
    return mentions, own


async def fetch(session: Session, conversation: str) -> Conversation:
    """One conversation, without marking it as read."""
    path = f"/api/mod/conversations/{quote(conversation, safe='')}"
    return await session.get(path, Conversation, {"markRead": "false"})


async def pull(session: Session, me: Me, mark: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield what changed since the mark."""
    now = datetime.now(UTC)
    floor = parse_time(mark, now) or since
    changed: list[tuple[datetime, str]] = []
    after, gap = "", None
    for number in range(MAX_PAGES):
        params = {"sort": "recent", "state": "all", "limit": str(LIMIT), **({"after": after} if after else {})}
        heads = await session.get("/api/mod/conversations", Heads, params)
        times = [
            (parse_time(head.lastUpdated, now) or now, id_)
            for id_ in heads.conversationIds
            if (head := heads.conversations.get(id_)) is not None and not head.isInternal
        ]
        changed += [(at, id_) for at, id_ in times if at >= floor - (SLACK if mark else timedelta())]
        if len(heads.conversationIds) < LIMIT or (times and min(times)[0] < floor - SLACK):
            break
        after = heads.conversationIds[-1]
        if number == MAX_PAGES - 1:
            why = "There is more modmail than Carelane reads at once. The older of it is left out: look on reddit.com."
            gap = Gap("modmail", floor, min(changed)[0] if changed else None, why)
    changed = sorted({id_: (at, id_) for at, id_ in changed}.values())
    for start in range(0, len(changed), TOGETHER):
        some = changed[start : start + TOGETHER]
        mentions: list[Mention] = []
        own: list[OwnPost] = []
        for _, id_ in some:
            theirs, ours = read(await fetch(session, id_), me)
            mentions += [one for one in theirs if one.posted_at >= since or mark]
            own += ours
        moved = max(some[-1][0], floor).isoformat()
        if moved != mark or start == 0:
            yield Page(mentions=tuple(mentions), own=tuple(own), mark=moved, gap=gap)
            gap = None


async def send(session: Session, me: Me, reply: Reply, words: str) -> Sent:
    """Answer as the community's moderator, under our own name."""
    conversation, _ = place(reply.to_remote_id)
    form = {"body": words, "isAuthorHidden": "false", "isInternal": "false"}
    path = f"/api/mod/conversations/{quote(conversation, safe='')}"
    answer = await session.call("POST", path, data=form, writes=True)
    try:
        whole = msgspec.json.decode(answer.content, type=Conversation)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise lost() from None
    found = ours(whole, me, reply.text)
    if not found:
        raise lost()
    return found[-1]


def ours(whole: Conversation, me: Me, words: str) -> list[Sent]:
    """Our own messages with these words, oldest first."""
    wanted, now = essence(words), datetime.now(UTC)
    found = [
        Sent(f"{PREFIX}:{whole.conversation.id}:{one.id}", parse_time(one.date, now) or now)
        for one in whole.messages.values()
        if one.author.name.lower() == me.name.lower()
        and not one.isInternal
        and essence(html_to_text(one.body) if one.body else one.bodyMarkdown) == wanted
    ]
    return sorted(found, key=lambda one: one.at)


async def find(session: Session, me: Me, reply: Reply, earliest: datetime) -> Sent | None:
    """Our reply, written since then."""
    try:
        whole = await fetch(session, place(reply.to_remote_id)[0])
    except GoneError:
        return None
    return next((one for one in ours(whole, me, reply.text) if one.at >= earliest), None)
