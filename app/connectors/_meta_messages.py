"""Messenger and Instagram messages, which Meta keeps behind the Page: reading, answering, finding an answer again.

developers.facebook.com/documentation/business-messaging/messenger-platform/conversations (11 February 2026; a
conversation's 20 newest messages are told in detail), /docs/messenger-platform/reference/send-api (messages),
/documentation/business-messaging/messenger-platform/discovery/private-replies (16 April 2026) and, for Instagram,
/documentation/instagram-platform/private-replies (30 June 2026).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from app.connectors import _meta_graph as graph
from app.connectors._meta_pull import Batch, Mark
from app.domain import Contact, Gap, Kind, Media, Mention, OwnPost, Reply, Sent, Visibility
from app.errors import ForbiddenError, GoneError, RefusedError, UncertainError
from app.text import clean

WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)  # with the feature Human Agent: /messenger-platform/send-messages/message-tags
PRIVATE_FOR = timedelta(days=7)  # a comment can be answered in private
SLACK = timedelta(minutes=2)
MESSAGE = "id,created_time,from,to,message,attachments,sticker"
CONVERSATIONS, MESSAGES = 25, 20
_MORE = 100  # pages of one conversation, or of conversations in which an answer is looked for


class Who(msgspec.Struct):
    """`from` of anything; absent where Meta may not tell."""

    id: str = ""
    name: str | None = ""
    username: str | None = ""


class _Image(msgspec.Struct):
    url: str | None = ""
    preview_url: str | None = ""


class _Several(msgspec.Struct):
    data: list[msgspec.Raw] = []


class _File(msgspec.Struct):
    mime_type: str | None = ""
    image_data: _Image | None = None
    video_data: _Image | None = None
    file_url: str | None = ""


class Message(msgspec.Struct, rename={"from_": "from"}):
    """A message of a conversation."""

    id: str
    created_time: Any = None
    message: str | None = ""
    from_: Who | None = None
    to: _Several | None = None
    attachments: _Several | None = None
    sticker: str | None = ""


class Conversation(msgspec.Struct):
    """A conversation with its newest messages."""

    id: str
    updated_time: Any = None
    link: str | None = ""
    messages: graph.Listing | None = None


class Delivered(msgspec.Struct):
    """What the Send API answers."""

    message_id: str | None = ""


@dataclass(frozen=True, slots=True)
class Me:
    """The Page or the Instagram account that reads."""

    account_id: str
    remote_id: str
    page: str  # id of the Page behind which the messages are
    username: str = ""  # Instagram
    window: timedelta = WINDOW


def damaged(raw: msgspec.Raw) -> str:
    """What stands for an entry that cannot be read: its id, or the hash of it."""
    name = graph.lenient(raw, graph.Named)
    return name.id if name and name.id else hashlib.sha256(bytes(raw)).hexdigest()[:16]


def contact(who: Who | None) -> Contact:
    """Who wrote; "Unknown" where Meta does not tell (people who did not let the app know them)."""
    if who is None or not (who.name or who.username):
        return Contact(remote_id=who.id if who else "", name="Unknown", handle="")
    handle = clean(who.username or "")
    return Contact(remote_id=who.id, name=clean(who.name or "") or handle, handle=f"@{handle}" if handle else "")


def mine(who: Who | None, me: Me) -> bool:
    """Whether we wrote it. Instagram may give us another id in messages: there the name decides too."""
    return who is not None and (who.id == me.remote_id or (bool(me.username) and who.username == me.username))


def message_item(one: Message, me: Me, conversation: str, link: str, at: datetime) -> Mention | OwnPost:
    """A message; a customer's opens the window for answers."""
    posted = graph.moment(one.created_time, at) or at
    text = clean(one.message or "")
    own = mine(one.from_, me)
    them = addressee(one) if own else one.from_
    extra = graph.packed(
        type="message", conversation=conversation, to=them.id if them else "", at=posted.isoformat()
    )  # fmt: skip
    url = link if link.startswith("https://") else f"https://www.facebook.com{link}" if link.startswith("/") else ""
    if own:
        return OwnPost(
            me.account_id, one.id, text, posted, reply_to=conversation, thread=conversation, url=url,
            visibility=Visibility.DIRECT, extra=extra,
        )  # fmt: skip
    return Mention(
        me.account_id, one.id, contact(one.from_), text, posted, Kind.MESSAGE, Visibility.DIRECT,
        thread=conversation, url=url, media=tuple(_files(one)), window_closes_at=posted + me.window, extra=extra,
    )  # fmt: skip


def addressee(one: Message) -> Who | None:
    """To whom it went."""
    people = (graph.lenient(raw, Who) for raw in (one.to.data if one.to else ()))
    return next((who for who in people if who is not None), None)


def _files(one: Message) -> Iterable[Media]:
    if one.sticker:
        yield Media(one.sticker, one.sticker)
    for raw in one.attachments.data if one.attachments else ():
        found = graph.lenient(raw, _File)
        if found is None:
            continue
        for kind, image in (("image", found.image_data), ("video", found.video_data)):
            if image and image.url:
                yield Media(image.url, image.preview_url or "", kind)
        if found.file_url:
            yield Media(found.file_url, kind="audio" if "audio" in (found.mime_type or "") else "other")


class Inbox:
    """The messages of one account."""

    def __init__(self, calls: graph.Graph, me: Me, platform: str, *, human: bool) -> None:
        """`platform` is "MESSENGER" or "INSTAGRAM"; `human`: Meta gave the app the feature Human Agent."""
        self._calls, self._me, self._platform, self._human = calls, me, platform, human

    async def pull(self, mark: Mark) -> Batch:
        """Conversations, the newest first, down to those in which nothing happened."""
        listing = await self._conversations(mark.after)
        batch = Batch(after=listing.after(CONVERSATIONS))
        now = self._calls.now()
        for raw in listing.data:
            one = graph.lenient(raw, Conversation)
            if one is None:
                batch.damaged.append(damaged(raw))
                continue
            updated = graph.moment(one.updated_time, now)
            if updated is not None and updated < mark.floor:
                batch.after = ""
                break
            await self._conversation(batch, one, mark.floor, now)
        return batch

    async def _conversations(self, after: str) -> graph.Listing:
        fields = f"id,updated_time,link,messages.limit({MESSAGES}){{{MESSAGE}}}"
        return await self._calls.get(
            f"{graph.piece(self._me.page)}/conversations", graph.Listing, platform=self._platform, fields=fields,
            limit=str(CONVERSATIONS), after=after or None,
        )  # fmt: skip

    async def _conversation(self, batch: Batch, one: Conversation, floor: datetime, now: datetime) -> None:
        listing = one.messages
        for number in range(_MORE):
            if listing is None:
                return
            oldest = self._some(batch, listing.data, one.id, one.link or "", floor, now)
            after = listing.after(MESSAGES)
            if not after or (oldest is not None and oldest < floor):
                return
            try:
                listing = await self._older(one.id, after)
            except (GoneError, RefusedError, ForbiddenError):
                listing = None
            if number == 0 and not any(graph.lenient(raw, Message) for raw in (listing.data if listing else ())):
                why = (
                    "Of a conversation the 20 newest messages can be read. Older ones are in the platform's own inbox."
                )
                batch.gap = Gap("messages", floor, oldest, why)
                return

    def _some(
        self, batch: Batch, raws: Sequence[msgspec.Raw], conversation: str, link: str, floor: datetime, now: datetime
    ) -> datetime | None:
        """Take messages, newest first. Returns the time of the oldest."""
        oldest = None
        for raw in raws:
            one = graph.lenient(raw, Message)
            if one is None or (one.created_time is None and one.from_ is None):
                batch.damaged.append(damaged(raw))
                continue
            item = message_item(one, self._me, conversation, link, now)
            oldest = item.posted_at
            if item.posted_at >= floor:
                batch.put(item)
        return oldest

    async def _older(self, conversation: str, after: str = "") -> graph.Listing:
        return await self._calls.get(
            f"{graph.piece(conversation)}/messages", graph.Listing, fields=MESSAGE, limit=str(MESSAGES),
            after=after or None,
        )  # fmt: skip

    async def latest(self, conversation: str) -> Batch:
        """A conversation's newest messages, oldest first."""
        batch, listing = Batch(), await self._older(conversation)
        now = self._calls.now()
        self._some(batch, listing.data, conversation, "", datetime.min.replace(tzinfo=UTC), now)
        batch.mentions.reverse()
        batch.own.reverse()
        return batch

    async def one(self, remote_id: str) -> Mention | OwnPost:
        """A message by its id."""
        found = await self._calls.get(graph.piece(remote_id), Message, fields=MESSAGE)
        return message_item(found, self._me, "", "", self._calls.now())

    # --- answering -----------------------------------------------------------------------------

    async def answer(self, text: str, known: dict[str, str]) -> Sent:
        """Answer in a conversation; `known` is what the message carries in `extra`."""
        name = self._calls.name
        if not known.get("to"):
            raise RefusedError(f"{name} did not say who wrote this message. Answer it in {name}'s own inbox.")
        body: dict[str, Any] = {"recipient": {"id": known["to"]}, "messaging_type": "RESPONSE"}
        if self._human and age(known, self._calls.now()) > WINDOW:
            body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}  # a person typed it: that is what it is for
        return await self._deliver(body, text, graph.packed(**known))

    async def privately(self, text: str, known: dict[str, str], recipient: dict[str, str]) -> Sent:
        """Answer a comment or a post in private: one message, within seven days."""
        if age(known, self._calls.now()) > PRIVATE_FOR:
            raise RefusedError("A comment can be answered in private for seven days, which have passed.")
        return await self._deliver({"recipient": recipient, "messaging_type": "RESPONSE"}, text, "")

    async def _deliver(self, body: dict[str, Any], text: str, extra: str) -> Sent:
        body["message"] = {"text": text}
        done = await self._calls.post(f"{graph.piece(self._me.page)}/messages", Delivered, json=body)
        if not done.message_id:
            name = self._calls.name
            raise UncertainError(f"{name} did not say where the message is. Carelane looks before it tries again.")
        return Sent(done.message_id, self._calls.now(), extra=extra)

    async def find(self, reply: Reply, conversation: str) -> Sent | None:
        """Look for an answer in a conversation."""
        return ours((await self.latest(conversation)).own, reply, self._calls)

    async def find_to(self, reply: Reply, handle: str) -> Sent | None:
        """Look for an answer to `handle` in all conversations in which something happened since it was written."""
        since, after = reply.created_at - SLACK, ""
        for _ in range(_MORE):
            listing = await self._conversations(after)
            now = self._calls.now()
            for raw in listing.data:
                one = graph.lenient(raw, Conversation)
                updated = graph.moment(one.updated_time, now) if one else None
                if updated is not None and self._calls.by_our_clock(updated) < since:
                    return None
                found = [graph.lenient(each, Message) for each in (one.messages.data if one and one.messages else ())]
                to_them = [each for each in found if each and (who := addressee(each)) and who.username == handle]
                items = [message_item(each, self._me, one.id if one else "", "", now) for each in to_them]
                if sent := ours([each for each in items if isinstance(each, OwnPost)], reply, self._calls):
                    return sent
            after = listing.after(CONVERSATIONS)
            if not after:
                return None
        raise UncertainError("There are too many newer messages to be sure that this one is not among them.")


def ours(own: Iterable[OwnPost], reply: Reply, calls: graph.Graph) -> Sent | None:
    """The one with the words of `reply`; an equal one from before it was written is not ours."""
    wanted = clean(reply.text)
    for each in own:
        if clean(each.text) == wanted and calls.by_our_clock(each.posted_at) >= reply.created_at - SLACK:
            return Sent(each.remote_id, each.posted_at, each.url, each.extra)
    return None


def age(known: dict[str, str], now: datetime) -> timedelta:
    """How old what is answered is, as its `extra` says."""
    try:
        return now - datetime.fromisoformat(known.get("at", "")).astimezone(UTC)
    except ValueError:
        return timedelta()
