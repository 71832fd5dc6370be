"""Direct messages on Bluesky, which a service of its own keeps.

Shapes: lexicons chat.bsky.convo.{listConvos,getMessages,getConvoForMembers,sendMessage}. Group conversations are
left out: an answer there would be read by people whom the screen does not show.
A message's remote id is `chat/<conversation>/<message>`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from app.connectors._bluesky_items import (
    Json,
    Reader,
    contact_of,
    dict_at,
    each,
    list_at,
    moment,
    object_of,
    text_at,
    when,
)
from app.connectors._bluesky_session import Session
from app.connectors._bluesky_text import at_uri
from app.connectors.base import Thread
from app.domain import Gap, Kind, Mention, OwnPost, Page, Reply, Sent, Visibility
from app.errors import ForbiddenError, GoneError, ServerError, ServiceError, UncertainError
from app.text import clean

log = logging.getLogger(__name__)

MAX_GRAPHEMES, MAX_BYTES = 1000, 10_000
PREFIX = "chat/"
_OVERLAP = timedelta(minutes=10)
_CONVO_PAGES, _MESSAGE_PAGES = 10, 10


@dataclass(slots=True)
class _Read:
    """Messages of one conversation, newest first."""

    mentions: list[Mention] = field(default_factory=list)
    own: list[OwnPost] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    whole: bool = True  # False: there was more than we read


def absent(error: ServiceError) -> bool:
    """Tell whether an error means that there are no direct messages here: no service, or no permission.

    A server that cannot reach the service says 501, 502 or, with the proxy header, 500.
    """
    if isinstance(error, ForbiddenError):
        return error.status == 501 or error.code == "BadTokenMethod"
    return isinstance(error, ServerError)


def remote_id(convo: str, message: str) -> str:
    """Return the id under which a message is kept."""
    return f"{PREFIX}{convo}/{message}"


def ids_of(remote: str) -> tuple[str, str]:
    """Split a remote id into conversation and message, ("", "") where it is a post's."""
    parts = remote.split("/")
    return (parts[1], parts[2]) if remote.startswith(PREFIX) and len(parts) == 3 else ("", "")


class Chat:
    """The direct messages of one account."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self._session = session
        self._reader = reader

    async def probe(self) -> None:
        """Raise what stands between us and direct messages."""
        await self._session.get("chat.bsky.convo.listConvos", [("limit", "1")], chat=True)

    async def pull(self, mark: str | None, since: datetime) -> AsyncIterator[Page]:
        """Read every conversation that moved since `mark`. The page of the last one carries the new mark.

        The service lists conversations by their last message, newest first.
        """
        known = moment(text_at(object_of(mark), "at")) if mark else None
        floor = known - _OVERLAP if known else since
        newest = known or since
        moved, whole = await self._moved(floor)
        pages: list[Page] = []
        for convo in moved:
            read = await self._messages(convo, floor)
            newest = max([newest, *(one.posted_at for one in read.mentions), *(one.posted_at for one in read.own)])
            whole = whole and read.whole
            if pages:
                yield pages.pop()
            pages.append(Page(tuple(read.mentions), tuple(read.own), tuple(read.gone)))
        last = pages.pop() if pages else Page()
        gap = None
        if not whole:
            gap = Gap("messages", floor, newest, "There were too many direct messages to read them all.")
        mark = msgspec.json.encode({"at": newest.isoformat()}).decode()
        yield Page(last.mentions, last.own, last.gone, mark, gap)

    async def thread(self, convo: str, back_to: datetime) -> Thread:
        """Return a conversation, oldest first."""
        try:
            answer = await self._session.get("chat.bsky.convo.getConvo", [("convoId", convo)], chat=True)
            read = await self._messages(dict_at(answer, "convo"), back_to)
        except GoneError:
            return Thread()
        return Thread(tuple(reversed(read.mentions)), tuple(reversed(read.own)), tuple(read.gone))

    async def look(self, remote_ids: Sequence[str]) -> Thread:
        """Read the newest page of each conversation again; nothing is said of messages further back."""
        read = _Read()
        for convo in dict.fromkeys(ids_of(one)[0] for one in remote_ids):
            try:
                answer = await self._page(convo, "")
            except GoneError:
                continue
            people = {text_at(one, "did"): one for one in list_at(answer, "relatedProfiles")}
            self._take_all(read, convo, list_at(answer, "messages"), people)
        asked = set(remote_ids)
        return Thread(
            tuple(one for one in read.mentions if one.remote_id in asked),
            tuple(one for one in read.own if one.remote_id in asked),
            tuple(one for one in read.gone if one in asked),
        )

    async def send(self, reply: Reply) -> Sent:
        """Send `reply`. Nothing protects against sending twice: the caller looks before it tries again."""
        convo = await self._convo_for(reply)
        body: Json = {"convoId": convo, "message": {"text": reply.text}}
        answer = await self._session.post("chat.bsky.convo.sendMessage", body, chat=True)
        message = text_at(answer, "id")
        if not message:
            raise UncertainError("Bluesky did not confirm this message. Carelane looks before it tries again.")
        at = when(text_at(answer, "sentAt"), now=datetime.now(UTC))
        return Sent(remote_id(convo, message), at, "https://bsky.app/messages/" + convo)

    async def find(self, reply: Reply) -> Sent | None:
        """Look for `reply` among the messages that are newer than what it answers and than its first try."""
        convo = await self._convo_for(reply)
        begun = moment(text_at(object_of(reply.prepared), "createdAt")) or reply.created_at
        floor = begun - timedelta(minutes=2)  # our clock and the service's may differ a little
        text = clean(reply.text)
        stops = {reply.to_remote_id, reply.seen_remote_id}
        cursor = ""
        for _ in range(_MESSAGE_PAGES):
            answer = await self._page(convo, cursor)
            for item in list_at(answer, "messages"):
                at = moment(text_at(item, "sentAt"))
                if remote_id(convo, text_at(item, "id")) in stops or (at is not None and at < floor):
                    return None
                if text_at(item, "sender", "did") == self._reader.did and clean(text_at(item, "text")) == text:
                    found = remote_id(convo, text_at(item, "id"))
                    return Sent(found, at or begun, "https://bsky.app/messages/" + convo)
            cursor = text_at(answer, "cursor")
            if not cursor:
                return None
        raise UncertainError("There are too many messages to tell whether this one arrived. Look on Bluesky.")

    async def _convo_for(self, reply: Reply) -> str:
        extra = object_of(reply.to_extra)
        if convo := text_at(extra, "convo") or ids_of(reply.to_remote_id)[0]:
            return convo
        place = at_uri(text_at(extra, "uri") or reply.to_remote_id)
        if place is None:
            raise GoneError("The message that this answers cannot be found on Bluesky.")
        answer = await self._session.get("chat.bsky.convo.getConvoForMembers", [("members", place.did)], chat=True)
        if convo := text_at(answer, "convo", "id"):
            return convo
        raise ServerError("Bluesky did not open the conversation. Carelane tries again by itself.")

    async def _moved(self, floor: datetime) -> tuple[list[Json], bool]:
        """Return the direct conversations with a message after `floor`, and whether these are all."""
        moved: list[Json] = []
        cursor = ""
        for _ in range(_CONVO_PAGES):
            more = [("cursor", cursor)] if cursor else []
            answer = await self._session.get("chat.bsky.convo.listConvos", [("limit", "100"), *more], chat=True)
            old = 0
            for convo in list_at(answer, "convos"):
                if not isinstance(convo, dict) or text_at(convo, "kind", "$type").endswith("#groupConvo"):
                    continue
                at = moment(text_at(convo, "lastMessage", "sentAt"))
                if at is not None and at < floor:
                    old += 1
                elif text_at(convo, "id") and convo.get("lastMessage"):
                    moved.append(convo)
            cursor = text_at(answer, "cursor")
            if not cursor or old:
                return moved, True
        return moved, False

    async def _page(self, convo: str, cursor: str) -> Json:
        more = [("cursor", cursor)] if cursor else []
        params = [("convoId", convo), ("limit", "100"), *more]
        return await self._session.get("chat.bsky.convo.getMessages", params, chat=True)

    async def _messages(self, convo: Json, floor: datetime) -> _Read:
        read = _Read()
        name = text_at(convo, "id")
        people = {text_at(one, "did"): one for one in list_at(convo, "members")}
        cursor = ""
        for _ in range(_MESSAGE_PAGES):
            answer = await self._page(name, cursor)
            people |= {text_at(one, "did"): one for one in list_at(answer, "relatedProfiles")}
            messages = list_at(answer, "messages")
            older = [number for number, one in enumerate(messages) if _before(one, floor)]
            self._take_all(read, name, messages[: older[0]] if older else messages, people)
            cursor = text_at(answer, "cursor")
            if older or not cursor:
                return read
        read.whole = False
        return read

    def _take_all(self, read: _Read, convo: str, messages: list[Any], people: dict[str, Json]) -> None:
        each(messages, lambda message: self._take(read, convo, message, people))

    def _take(self, read: _Read, convo: str, message: Json, people: dict[str, Json]) -> bool | None:
        """Add one message to `read`; None where it cannot be used."""
        if text_at(message, "$type").endswith("#systemMessageView"):
            return True
        if not text_at(message, "id"):
            return None
        key = remote_id(convo, text_at(message, "id"))
        if text_at(message, "$type").endswith("#deletedMessageView"):
            read.gone.append(key)
            return True
        did = text_at(message, "sender", "did")
        at = when(text_at(message, "sentAt"), now=datetime.now(UTC))
        answers = text_at(message, "replyTo", "id")
        parent = remote_id(convo, answers) if answers else ""
        url = "https://bsky.app/messages/" + convo
        extra = msgspec.json.encode({"convo": convo, "did": did}).decode()
        text = clean(text_at(message, "text"))
        account = self._reader.account_id
        if did == self._reader.did:
            read.own.append(OwnPost(account, key, text, at, parent, PREFIX + convo, url, Visibility.DIRECT, extra))
            return True
        read.mentions.append(
            Mention(
                account_id=account,
                remote_id=key,
                author=contact_of(people.get(did), did, self._reader.followers),
                text=text,
                posted_at=at,
                kind=Kind.MESSAGE,
                visibility=Visibility.DIRECT,
                thread=PREFIX + convo,
                reply_to=parent,
                url=url,
                extra=extra,
            )
        )
        return True


def _before(message: object, floor: datetime) -> bool:
    at = moment(text_at(message, "sentAt"))
    return at is not None and at < floor
