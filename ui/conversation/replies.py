"""What a person can do about a reply in each state of the ledger; the thread and the outbox offer the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain import Reply, ReplyState
from ui.conversation.words import say

UNDO_WINDOW = timedelta(minutes=2)  # what leaves later than this was given a time on purpose


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `key`: undo, edit, send_now, there, not_there, release, see."""

    key: str
    label: str
    primary: bool = False


def actions(reply: Reply, *, online: bool = True, now: datetime | None = None) -> list[Action]:
    """The buttons of a reply, the most likely one first."""
    now = now or datetime.now(UTC)
    match reply.state:
        case ReplyState.HELD if reply.why or reply.tries:
            return [Action("edit", say("Edit"))]
        case ReplyState.HELD if reply.not_before - now > UNDO_WINDOW:
            return [Action("edit", say("Edit")), Action("send_now", say("Send now"))]
        case ReplyState.HELD if reply.not_before > now:
            return [Action("undo", say("Undo"))]
        case ReplyState.HELD:
            return [Action("undo", say("Undo")) if online else Action("edit", say("Edit"))]
        case ReplyState.SENT:
            return [Action("see", say("See it"))] if reply.url else []
        case ReplyState.UNCONFIRMED:
            return [
                Action("there", say("I checked, it is there"), primary=True),
                Action("not_there", say("It is not there")),
            ]
        case ReplyState.REFUSED:
            return [Action("edit", say("Edit")), Action("send_now", say("Try again"))]
        case ReplyState.BLOCKED:
            return [Action("edit", say("Edit")), Action("release", say("Send it all the same"))]
        case _:
            return []
