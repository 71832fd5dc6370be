"""What may be sent: the rules that hold for a reply before it enters the outbox."""

from __future__ import annotations

from app.connectors.base import Capabilities
from app.domain import Visibility
from app.errors import InputError
from app.text import length

_ORDER = list(Visibility)


def never_more_public(wanted: Visibility, parent: Visibility) -> Visibility:
    """The narrower of the two: a reply is never more public than the message that it answers."""
    return max(wanted, parent, key=_ORDER.index)


def check_text(text: str, able: Capabilities) -> None:
    """Raise `InputError` for a text that the platform would refuse."""
    if not text.strip():
        raise InputError("There is no text to send yet.")
    over = length(text.strip(), able.url_length) - able.max_graphemes
    if over > 0:
        raise InputError(f"The reply is {over} characters too long for {able.name}. Shorten it, then send again.")
    if able.max_bytes is not None and len(text.strip().encode()) > able.max_bytes:
        raise InputError(f"The reply is too long for {able.name}. Shorten it, then send again.")
