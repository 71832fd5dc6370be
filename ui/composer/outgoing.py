"""What Send hands to the pane, and how a draft is compared with what was saved of it."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication

from app.domain import Picture, ReplyState, Visibility, Writing
from app.rows import ConversationDetail
from ui.conversation import words


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What Send asks for."""

    conversation_id: str
    text: str
    visibility: Visibility
    writing: Writing
    split: bool = False
    asked: bool = False


def writing_of(detail: ConversationDetail | None) -> Writing:
    """The draft of a conversation, with all that belongs to it."""
    if detail is None:
        return Writing()
    if detail.writing.text != detail.draft:  # saved by something that knows the text alone
        return Writing(text=detail.draft)
    return detail.writing


def same(one: Writing, other: Writing) -> bool:
    """Whether nothing is to be saved: the cursor alone is not worth it, nor is what an upload left behind."""

    def plain(writing: Writing) -> Writing:
        pictures: list[Picture] = [replace(picture, remote="") for picture in writing.pictures]
        return replace(writing, cursor=None, pictures=tuple(pictures))

    return plain(one) == plain(other)


def can_go_private(detail: ConversationDetail) -> bool:
    """Whether there is a choice between public and private."""
    return detail.can_direct and detail.visibility is not Visibility.DIRECT


def limits(detail: ConversationDetail, visibility: Visibility) -> tuple[int, int | None]:
    """Characters and bytes that a reply of that visibility may have."""
    most, size = detail.max_graphemes, detail.max_bytes
    if visibility is Visibility.DIRECT:
        most = most if detail.max_graphemes_direct is None else detail.max_graphemes_direct
        size = size if detail.max_bytes_direct is None else detail.max_bytes_direct
    return most, size


def is_first(detail: ConversationDetail | None) -> bool:
    """Whether nothing of ours is there yet."""
    if detail is None:
        return False
    replies = (item.reply for item in detail.items if item.reply is not None)
    return not any(reply.state is ReplyState.SENT for reply in replies)


def no_way_private(detail: ConversationDetail) -> str:
    """What can be set up where, when the platform has no direct messages."""
    said = QCoreApplication.translate(
        "Composer",
        "%1 has no direct messages here. Set a link or address for %2 under About this client, and it is offered"
        " instead.",
    )
    service = words.one_line(detail.row.service or detail.row.platform.capitalize())
    return said.replace("%1", service).replace("%2", words.one_line(detail.client_name))
