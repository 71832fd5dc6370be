"""What the Bot API's updates hold, as our own values, and what its errors mean: core.telegram.org/bots/api (10.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from app.domain import Contact, Kind, Mention, OwnPost, Visibility
from app.errors import (
    ForbiddenError,
    GoneError,
    RateLimitError,
    RefusedError,
    ServiceError,
    SignInError,
)
from app.http import Response
from app.text import clean, parse_time

WINDOW = timedelta(hours=24)  # BusinessBotRights.can_reply: chats with a message in the last 24 hours
NULL = msgspec.Raw(b"null")
_WHAT = {  # fields of Message, in the order in which they are looked for
    "photo": "Photo", "video": "Video", "video_note": "Video message", "voice": "Voice message", "audio": "Audio",
    "animation": "Animation", "document": "File", "sticker": "Sticker", "location": "Location", "venue": "Place",
    "contact": "Contact", "poll": "Poll", "dice": "Dice", "story": "Story", "paid_media": "Paid media",
    "checklist": "Checklist", "live_photo": "Live photo", "rich_message": "Message with a layout",
    "invoice": "Invoice", "game": "Game",
}  # fmt: skip


class User(msgspec.Struct):
    """A person or a bot."""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    can_read_all_group_messages: bool = False
    can_connect_to_business: bool = False


class Chat(msgspec.Struct):
    """Where a message is: "private", "group", "supergroup" or "channel"."""

    id: int
    type: str = ""
    title: str = ""
    username: str = ""
    first_name: str = ""


class Entity(msgspec.Struct):
    """A part of a text that means something."""

    type: str = ""
    user: User | None = None


class Parent(msgspec.Struct, rename={"from_": "from"}):
    """The message that was replied to."""

    message_id: int
    from_: User | None = None


class Message(msgspec.Struct, rename={"from_": "from"}):
    """One message. `date` and `edit_date` are epoch seconds."""

    message_id: int
    date: int
    chat: Chat
    from_: User | None = None
    sender_chat: Chat | None = None
    business_connection_id: str = ""
    message_thread_id: int = 0
    is_topic_message: bool = False
    reply_to_message: Parent | None = None
    edit_date: int = 0
    text: str = ""
    caption: str = ""
    entities: list[Entity] = []
    caption_entities: list[Entity] = []


class Deleted(msgspec.Struct):
    """Messages that were deleted from a chat of a connected business account."""

    business_connection_id: str
    chat: Chat
    message_ids: list[int]


class Update(msgspec.Struct):
    """One update; at most one of the others is there."""

    update_id: int
    message: msgspec.Raw = NULL
    edited_message: msgspec.Raw = NULL
    business_message: msgspec.Raw = NULL
    edited_business_message: msgspec.Raw = NULL
    deleted_business_messages: Deleted | None = None


class _Id(msgspec.Struct):
    update_id: int


class _Hints(msgspec.Struct):
    retry_after: float = 0
    migrate_to_chat_id: int = 0


class _Fault(msgspec.Struct):
    description: str = ""
    parameters: _Hints | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """The bot that reads."""

    account_id: str
    bot: int
    username: str


@dataclass(slots=True)
class Read:
    """What a list of updates held. `last` is the highest id, also of what could not be read."""

    mentions: dict[str, Mention]
    own: dict[str, OwnPost]
    gone: list[str]
    damaged: int = 0
    last: int = -1


def updates(raws: list[msgspec.Raw], me: Me) -> Read:
    """Read them in their order, so that an edit replaces what it edits."""
    read = Read({}, {}, [])
    for raw in raws:
        try:
            update = msgspec.json.decode(raw, type=Update)
            read.last = max(read.last, update.update_id)
            _take(read, update, me)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            read.damaged += 1
            try:
                read.last = max(read.last, msgspec.json.decode(raw, type=_Id).update_id)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
    return read


def _take(read: Read, update: Update, me: Me) -> None:
    for raw in (update.message, update.edited_message, update.business_message, update.edited_business_message):
        if bytes(raw) != b"null":
            message = msgspec.json.decode(raw, type=Message)
            whole = msgspec.json.decode(raw, type=dict[str, Any])
            found = item(message, whole, me)
            if isinstance(found, Mention):
                read.mentions[found.remote_id] = found
            elif found is not None:
                read.own[found.remote_id] = found
    if (deleted := update.deleted_business_messages) is not None:
        for number in deleted.message_ids:
            name = _name(deleted.business_connection_id, deleted.chat.id, number)
            read.mentions.pop(name, None)
            read.gone.append(name)


def item(message: Message, whole: dict[str, Any], me: Me) -> Mention | OwnPost | None:
    """A message as a mention or as ours; None where it says nothing, or nothing to us. `whole` is all of it."""
    chat, sender = message.chat, message.from_
    text, connection = _text(message, whole), message.business_connection_id
    if not text or chat.type == "channel":
        return None  # somebody joined, a picture of the group was changed, and the like
    private = chat.type == "private"
    kind = Kind.MESSAGE if private else _kind(message, text, me)
    if kind is None or (sender is not None and sender.id == me.bot):
        return None
    parent = message.reply_to_message
    extra = {"chat": chat.id, "message": message.message_id, "business": connection}
    if message.is_topic_message:
        extra["topic"] = message.message_thread_id
    posted = _moment(message.date)
    visibility = Visibility.DIRECT if private else Visibility.PUBLIC if chat.username else Visibility.FOLLOWERS
    same: dict[str, Any] = {
        "account_id": me.account_id,
        "remote_id": _name(connection, chat.id, message.message_id),
        "text": text,
        "posted_at": posted,
        "visibility": visibility,
        "thread": f"chat:{connection}:{chat.id}" if private else "",
        "reply_to": _name(connection, chat.id, parent.message_id) if parent and not private else "",
        "url": _url(chat, message.message_id),
        "extra": msgspec.json.encode(extra).decode(),
    }
    # in a connected business account the chat is named by the customer: who writes as another is the owner
    if connection and sender is not None and sender.id != chat.id:
        return OwnPost(**same)
    return Mention(
        **same,
        author=_contact(message),
        kind=kind,
        language=sender.language_code if sender else "",
        edited_at=_moment(message.edit_date) if message.edit_date else None,
        window_closes_at=posted + WINDOW if connection else None,
    )


def _kind(message: Message, text: str, me: Me) -> Kind | None:
    """What a group's message is to the bot."""
    parent = message.reply_to_message
    if parent is not None and parent.from_ is not None and parent.from_.id == me.bot:
        return Kind.REPLY
    entities = [*message.entities, *message.caption_entities]
    if any(one.type == "text_mention" and one.user is not None and one.user.id == me.bot for one in entities):
        return Kind.MENTION
    if me.username and re.search(rf"(?<![\w@])(?:/\w+)?@{re.escape(me.username)}(?!\w)", text, re.IGNORECASE):
        return Kind.MENTION
    return None


def _text(message: Message, whole: dict[str, Any]) -> str:
    """The words; for what has none, what it is. The address of a picture would hold the bot's token."""
    words = clean(message.text or message.caption)
    what = next((label for key, label in _WHAT.items() if whole.get(key)), "")
    if not what or message.text:
        return words
    about = whole.get("sticker") or whole.get("document") or whole.get("venue") or {}
    detail = about.get("emoji") or about.get("file_name") or about.get("title") or "" if isinstance(about, dict) else ""
    label = f"[{what}: {clean(str(detail), 200)}]" if detail else f"[{what}]"
    return f"{label}\n{words}" if words else label


def _contact(message: Message) -> Contact:
    sender, chat = message.from_, message.sender_chat
    if chat is not None:  # on behalf of a group or channel: `from` is a stand-in
        name = clean(chat.title or chat.username) or "Unknown"
        handle = clean(chat.username)
        return Contact(str(chat.id), name, f"@{handle}" if handle else "", url=_profile(handle))
    if sender is None:
        return Contact("", "Unknown", "")
    name = clean(f"{sender.first_name} {sender.last_name}".strip())
    handle = clean(sender.username)
    return Contact(str(sender.id), name or handle or "Unknown", f"@{handle}" if handle else "", url=_profile(handle))


def _profile(handle: str) -> str:
    return f"https://t.me/{handle}" if re.fullmatch(r"\w+", handle, re.ASCII) else ""


def _url(chat: Chat, number: int) -> str:
    """Where people see the message; a private chat has no address."""
    if chat.type not in ("group", "supergroup"):
        return ""
    if re.fullmatch(r"\w+", chat.username, re.ASCII):
        return f"https://t.me/{chat.username}/{number}"
    inner = str(chat.id).removeprefix("-100")
    return f"https://t.me/c/{inner}/{number}" if chat.type == "supergroup" and inner.isdigit() else ""


def _name(connection: str, chat: int, number: int) -> str:
    return f"{connection}:{chat}:{number}" if connection else f"{chat}:{number}"


def place(remote_id: str) -> tuple[str, int, int]:
    """The business connection ("" for none), the chat and the message of a remote id. Raises `GoneError`."""
    head, _, number = remote_id.rpartition(":")
    connection, _, chat = head.rpartition(":")
    try:
        return connection, int(chat), int(number)
    except ValueError:
        raise GoneError("This message is not one of Telegram's.") from None


def _moment(seconds: int) -> datetime:
    now = datetime.now(UTC)
    return parse_time(seconds, now) or now


def moved_to(response: Response) -> int:
    """The new id of a group that became a supergroup, 0 where it did not."""
    hints = _fault(response).parameters
    return hints.migrate_to_chat_id if hints else 0


def error_of(response: Response) -> ServiceError | None:
    """What an error means, by its status and description. None leaves it to `app.http`."""
    fault, status = _fault(response), response.status
    said, low = clean(fault.description)[:300], fault.description.lower()
    if status == 401 or (status == 404 and low == "not found"):  # 404: what stands in the path is no token at all
        return SignInError(
            "Telegram no longer accepts this bot's token. Ask @BotFather for the token and sign in again.",
            code=said, status=status,
        )  # fmt: skip
    if status == 409:
        return ForbiddenError(
            "Another program receives this bot's messages"
            + (" through a webhook" if "webhook" in low else "")
            + ", and Telegram gives each to one program alone. End that one, or make a bot of its own for Carelane.",
            code="conflict", status=status,
        )  # fmt: skip
    if status == 429:
        wait = fault.parameters.retry_after if fault.parameters else 0
        if not 0 < wait < 86_400:
            return None
        return RateLimitError(
            f"Telegram asks Carelane to wait {wait:.0f} seconds. It goes on by itself.",
            until=datetime.now(UTC) + timedelta(seconds=wait),
        )
    if status == 403:
        if "blocked by the user" in low or "deactivated" in low or "initiate conversation" in low:
            words = "This person has stopped the bot or closed the account, so Telegram delivers nothing to them."
            return ForbiddenError(words, code=said, status=status)
        return ForbiddenError(f"Telegram does not let this bot do that{_colon(said)}", code=said, status=status)
    if status == 400:
        if fault.parameters and fault.parameters.migrate_to_chat_id:
            return GoneError("The group has moved.", code="moved", status=status)
        if "not found" in low:
            words = "The message or its chat is no longer there. It was deleted, or the bot is out of the group."
            return GoneError(words, code=said, status=status)
        return RefusedError(f"Telegram refused this{_colon(said)}", code=said, status=status)
    return None


def _fault(response: Response) -> _Fault:
    try:
        return msgspec.json.decode(response.content, type=_Fault)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Fault()


def _colon(said: str) -> str:
    words = said.removeprefix("Bad Request: ").removeprefix("Forbidden: ").rstrip(".")
    return f": {words}." if words else "."
