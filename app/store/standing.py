"""Where a conversation stands, worked out from its messages: a pure function, so that it can be tested as one.

HOUSE sections 4 and 5: the clock starts at the oldest unanswered message of
the customer, the reasons move it, and `lane` with `sort_at` place it in the feed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from app.domain import ConversationState, Kind, Lane, Place
from app.store.times import from_ms, to_ms
from app.timers import OpeningHours, Targets, due_at
from app.triage.weights import DEFAULT

WARNING = timedelta(minutes=60)  # an item enters Care now this long before its care-by time
_MOODS = ("negative", "neutral", "positive")
HOT = frozenset(("safety", "legal", "refund", "outage"))  # matters that cannot wait for their turn
_WARNING_MS = WARNING // timedelta(milliseconds=1)
# a member looked up through its class costs a tenth of a microsecond before Python 3.12, and ten thousand stand here
_SEARCH, _MESSAGE = Kind.SEARCH.value, Kind.MESSAGE.value
_OPEN, _CARE, _TODAY, _THANKS = ConversationState.OPEN, Lane.CARE, Lane.TODAY, Lane.THANKS
# "not urgent" is no lane of its own: such an item moves on as its time comes
_PLACES: dict[str, Lane] = {Place.CARE: Lane.CARE, Place.THANKS: Lane.THANKS, Place.NOISE: Lane.NOISE}


class Incoming(NamedTuple):  # a tuple, like the two below: ten thousand are made in a first sync
    """What the standing needs to know of one message. Times in ms."""

    n: int
    kind: str
    posted_at: int
    mood: str
    tags: tuple[str, ...]
    reasons: tuple[tuple[str, int], ...]
    window_closes_at: int | None = None


class Handled(NamedTuple):
    """What was done about the conversation so far. Times in ms."""

    last_ours_at: int = 0  # our newest message, by the platform's time
    closed_n: int = 0  # newest message when it was closed
    closed_why: str = ""
    snoozed_until: int | None = None
    snoozed_n: int = 0  # newest message when it was snoozed
    seen_until: int = 0  # history up to here came with the account: no timer
    placed: str = ""  # a `Place`, chosen by a person
    placed_n: int = 0  # newest message when it was chosen


class Standing(NamedTuple):
    """Columns of a conversation. Times in ms."""

    state: str
    lane: str
    sort_at: int
    posted_at: int
    due_at: int | None = None
    care_by: int | None = None
    target: str = ""
    mood: str = "neutral"
    tags: tuple[str, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()
    unanswered: int = 0
    window_closes_at: int | None = None
    snoozed_until: int | None = None


def stand(
    messages: Sequence[Incoming],
    handled: Handled,
    newest_at: int,
    hours: OpeningHours,
    targets: Targets,
    now: int,
) -> Standing:
    """Return the standing at `now`. `messages` are the addressed, undeleted ones, oldest first; may be empty."""
    waiting = [
        message
        for message in messages
        if message.posted_at > handled.last_ours_at
        and message.posted_at > handled.seen_until
        and message.n > handled.closed_n
    ]
    if not waiting:
        return _resting(messages, handled, newest_at)
    first = waiting[0]
    if first.kind == _SEARCH and all([message.kind == _SEARCH for message in waiting]):
        last = waiting[-1]
        return Standing(_OPEN, Lane.LISTENING, -newest_at, last.posted_at, mood=last.mood, tags=last.tags)
    if len(waiting) == 1:
        mood, tags, weights = first.mood, first.tags, dict(first.reasons)
        kind, closes = first.kind, first.window_closes_at or None
    else:
        mood, tags, weights = _together(waiting)
        kind = _MESSAGE if any([m.kind == _MESSAGE for m in waiting]) else first.kind
        closes = min([m.window_closes_at for m in waiting if m.window_closes_at], default=None)
    if mood == "negative" and "praise" in tags:  # somebody who turned angry does not stay in the thank-you lane
        tags = tuple([tag for tag in tags if tag != "praise"])
    started = from_ms(first.posted_at)
    promised, name = due_at(kind, mood, tags, started, hours, targets)
    due = to_ms(promised)
    if closes is not None:
        due = min(due, closes)
    by = max(due + sum(weights.values()) * 60_000, first.posted_at)  # `triage.care_by`, in ms
    reasons = tuple(weights.items())
    placed = handled.placed
    if placed and placed != Place.NOISE and waiting[-1].n > handled.placed_n:
        placed = ""  # the customer wrote again: judged anew
    elif not placed and "noise" in tags and all(["noise" in message.tags for message in waiting]):
        placed = Place.NOISE
    state, lane, sort_at = _OPEN, _PLACES.get(placed) or open_lane(by, mood, tags, now, placed), by
    until = None
    if handled.snoozed_until is not None and handled.snoozed_until > now and waiting[-1].n <= handled.snoozed_n:
        state, lane, sort_at, until = (
            ConversationState.SNOOZED,
            Lane.SNOOZED,
            handled.snoozed_until,
            handled.snoozed_until,
        )
    return Standing(
        state,
        lane,
        sort_at,
        first.posted_at,
        due,
        by,
        name,
        mood,
        tags,
        reasons,
        len(waiting),
        closes,
        until,
    )


def _together(waiting: Sequence[Incoming]) -> tuple[str, tuple[str, ...], dict[str, int]]:
    """Mood, tags and reasons of several messages that wait together."""
    mood = min((message.mood for message in waiting), key=_MOODS.index)
    tags = tuple(dict.fromkeys(tag for message in reversed(waiting) for tag in message.tags))
    weights: dict[str, int] = {}
    for message in waiting:
        for name, minutes in message.reasons:
            weights[name] = min(minutes, weights.get(name, minutes))
    weights["second_message"] = DEFAULT.second_message
    return mood, ("second_message", *tags), weights


def open_lane(care_by_ms: int, mood: str, tags: Sequence[str], now: int, placed: str = "") -> Lane:
    """The lane of an open item. Praise has its own; the others move from Due today to Care now as time passes."""
    if not placed and mood == "positive" and "praise" in tags and "question" not in tags:
        return _THANKS
    hot = not placed and not HOT.isdisjoint(tags)
    return _CARE if hot or care_by_ms <= now + _WARNING_MS else _TODAY


def _resting(messages: Sequence[Incoming], handled: Handled, newest_at: int) -> Standing:
    last = messages[-1] if messages else None
    mood, tags = (last.mood, last.tags) if last else ("neutral", ())
    at = last.posted_at if last else newest_at
    answered = last is not None and handled.last_ours_at >= last.posted_at
    if last is not None and handled.closed_n >= last.n and handled.closed_why:
        return Standing(ConversationState.CLOSED, Lane.DONE, -newest_at, at, mood=mood, tags=tags)
    if answered and handled.last_ours_at > handled.seen_until:
        return Standing(ConversationState.WAITING, Lane.WAITING, -newest_at, at, mood=mood, tags=tags)
    if last is None:
        return Standing(ConversationState.CLOSED, Lane.DONE, -newest_at, at)
    return Standing(ConversationState.SEEN, Lane.DONE, -newest_at, at, mood=mood, tags=tags)
