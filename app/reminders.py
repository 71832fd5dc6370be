"""When a person is reminded of a promise: once as it gets close, once when it is late, never in the night.

Pure functions: what is open and what was said before goes in, what is to be said now comes out. A timer may
remind; it never sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from msgspec import Struct

WARN, LATE, AWAY = "warn", "late", "away"
AWAKE = timedelta(minutes=3)  # looked at once a minute: a longer gap means that nobody could be reminded
NAMED = 3  # people that a grouped reminder names


class Open(NamedTuple):
    """A promise that is open, and what was said of it."""

    conversation: int
    name: str
    warns_at: datetime
    due_at: datetime
    told: frozenset[str] = frozenset()


class Given(NamedTuple):
    """A reminder that counts as given."""

    conversation: int
    kind: str  # WARN or LATE
    due_at: datetime


class Note(Struct, frozen=True, gc=False):
    """What is said: one note for all of a kind. `conversation` is the most pressing of them."""

    kind: str  # WARN | LATE | AWAY
    conversation: str
    names: tuple[str, ...]
    count: int
    due_at: datetime


class Wishes(Struct, frozen=True, gc=False):
    """Whether and when somebody wants to be reminded. Times by the person's own clock; equal ones are no quiet."""

    on: bool = True
    quiet_from: time = time(20)
    quiet_to: time = time(7)

    @classmethod
    def from_kept(cls, kept: Any) -> Wishes:
        """From the settings; anything odd is as it usually is."""
        try:
            start, end = (time.fromisoformat(str(one)) for one in kept["quiet"])
            return cls(bool(kept["on"]), start, end)
        except (KeyError, TypeError, ValueError):
            return cls()

    def to_kept(self) -> dict[str, Any]:
        """For the settings."""
        return {"on": self.on, "quiet": [f"{self.quiet_from:%H:%M}", f"{self.quiet_to:%H:%M}"]}

    def silent(self, here: datetime) -> bool:
        """Whether nothing is said at this local time."""
        start, end, at = self.quiet_from, self.quiet_to, here.time()
        if not self.on:
            return True
        return start <= at < end if start <= end else at >= start or at < end


def choose(promises: Sequence[Open], now: datetime, looked_at: datetime | None) -> tuple[list[Note], list[Given]]:
    """What is said now, and what of it is not to be said again.

    `looked_at` is when this was asked before and something could be said; None at the start. What became late
    since, while the lid was shut or in quiet hours, is summed up in one note.
    """
    away = looked_at is None or now - looked_at > AWAKE
    late = [one for one in promises if one.due_at <= now and LATE not in one.told]
    soon = [one for one in promises if one.warns_at <= now < one.due_at and not one.told & {WARN, LATE}]
    notes = [_note(kind, found) for kind, found in ((AWAY if away else LATE, late), (WARN, soon)) if found]
    given = [Given(one.conversation, LATE, one.due_at) for one in late]
    given += [Given(one.conversation, WARN, one.due_at) for one in soon]
    return notes, given


def _note(kind: str, found: Sequence[Open]) -> Note:
    order = sorted(found, key=lambda one: (one.due_at, one.conversation))
    names = tuple(dict.fromkeys(one.name for one in order))
    return Note(kind, str(order[0].conversation), names[:NAMED], len(order), order[0].due_at)
