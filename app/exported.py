"""What an export holds beside its mentions: where each conversation stood, what we answered, and who is a VIP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from app.domain import ConversationState, OwnPost, Place, ReplyState, Visibility
from app.store.times import to_ms_or_none
from app.store.transfer import Stood

_T = TypeVar("_T")
_Aware = Annotated[datetime, Meta(tz=True)]
_HANDLED = (ConversationState.CLOSED, ConversationState.SEEN)
PLATFORM = "archive"  # what was read from a file before; `data` tells where it was written


class _Account(Struct):
    id: str
    platform: str
    data: dict[str, Any] | None = None


class _Person(Struct):
    contact: str
    vip: int = 0


class _Conversation(Struct):
    conversation: str
    state: str = ""
    closed_why: str = ""
    placed: str = ""
    snoozed_until: _Aware | None = None
    snoozed_at: _Aware | None = None
    closes_at: _Aware | None = None
    joined_at: _Aware | None = None


class _Reply(Struct):
    account_id: str
    text: str
    state: str
    remote_id: str
    to_remote_id: str
    sent_at: _Aware | None = None
    conversation: str = ""
    visibility: Visibility = Visibility.PUBLIC
    url: str = ""


def _read(found: dict[str, Any], form: type[_T]) -> _T | None:
    """None for what no export of ours holds: such a line is passed over like any other that is no mention."""
    try:
        return msgspec.convert(found, form)
    except msgspec.ValidationError:
        return None


class Exported:
    """Gathers what was told so far. It comes before the mentions in an export, but for the replies."""

    def __init__(self) -> None:
        self._platforms: dict[str, str] = {}
        self._vips: set[str] = set()
        self._stood: dict[str, Stood] = {}
        self._same: dict[Stood, Stood] = {}  # most are closed alike: a million of them are a few objects

    def stood(self, conversation: object) -> Stood | None:
        """Where a conversation of the export stood; None where it has nothing but its messages."""
        return self._stood.get(conversation) if isinstance(conversation, str) else None

    def is_vip(self, contact: object) -> bool:
        """Whether a contact of the export is a VIP."""
        return isinstance(contact, str) and contact in self._vips

    def hear(self, found: dict[str, Any]) -> tuple[str, OwnPost, str] | None:
        """Note a line that is no mention. A reply that was sent is returned with its platform and conversation."""
        match found.get("type"):
            case "account":
                if (account := _read(found, _Account)) is not None:
                    told = (account.data or {}).get("platform") if account.platform == PLATFORM else None
                    self._platforms[account.id] = str(told or account.platform)
            case "contact":
                if (person := _read(found, _Person)) is not None and person.vip:
                    self._vips.add(person.contact)
            case "conversation":
                self._note(_read(found, _Conversation))
            case "reply":
                return self._sent(_read(found, _Reply))
        return None

    def _note(self, told: _Conversation | None) -> None:
        if told is None:
            return
        placed = told.placed if told.placed in set(Place) else ""
        asleep = told.snoozed_until if told.snoozed_at is not None else None
        stood = Stood(
            told.state in _HANDLED, told.closed_why if told.state == ConversationState.CLOSED else "", placed,
            to_ms_or_none(asleep), to_ms_or_none(told.snoozed_at) if asleep else None, to_ms_or_none(told.closes_at),
            to_ms_or_none(told.joined_at),
        )  # fmt: skip
        if stood != Stood():
            self._stood[told.conversation] = self._same.setdefault(stood, stood)

    def _sent(self, told: _Reply | None) -> tuple[str, OwnPost, str] | None:
        if told is None or told.state != ReplyState.SENT or not (told.remote_id and told.to_remote_id and told.sent_at):
            return None
        platform = self._platforms.get(told.account_id)
        if platform is None:
            return None
        post = OwnPost(
            "", told.remote_id, told.text, told.sent_at, told.to_remote_id, url=told.url, visibility=told.visibility
        )
        return platform, post, told.conversation
