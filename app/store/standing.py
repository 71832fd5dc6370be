"""Where a conversation stands, worked out from its messages: a pure function, so that it can be tested as one.

HOUSE sections 4 and 5: the clock starts at the oldest unanswered message of
the customer, the reasons move it, and `lane` with `sort_at` place it in the feed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from app.deadline import WARNING, comes_back
from app.domain import ConversationState, Kind, Lane, Place
from app.rules import LANE, LANES
from app.store.times import from_ms, to_ms
from app.timers import OpeningHours, Targets, due_at
from app.triage.weights import DEFAULT

_MOODS = ("negative", "neutral", "positive")
HOT = frozenset(("safety", "legal", "refund", "outage"))  # matters that cannot wait for their turn
_WARNING_MS = WARNING // timedelta(milliseconds=1)
# a member looked up through its class costs a tenth of a microsecond before Python 3.12, and ten thousand stand here
_SEARCH, _MESSAGE = Kind.SEARCH.value, Kind.MESSAGE.value
_OPEN, _WAITING = ConversationState.OPEN, ConversationState.WAITING
_CARE, _TODAY, _THANKS = Lane.CARE, Lane.TODAY, Lane.THANKS
# "not urgent" is no lane of its own: such an item moves on as its time comes
_PLACES: dict[str, Lane] = {Place.CARE: Lane.CARE, Place.THANKS: Lane.THANKS, Place.NOISE: Lane.NOISE}

_RULED: dict[str, str] = {LANE + place: str(place) for place in LANES}


WOKEN = "promise_ends"  # the tag of what came back before its time, since its promise gets close
AGAIN = "again"  # the tag of what was answered and put away for a while, and is back
PROMISE = "promise"  # the tag and the target of what came back since we promised something for today
_THANKS_TAGS = ("praise", "thanks")
_QUIET_TAGS = ("lang", "followers")  # tags that ask for nothing
_REVIEW = Kind.REVIEW.value


class Incoming(NamedTuple):  # a tuple, like the two below: ten thousand are made in a first sync
    """What the standing needs to know of one message. Times in ms."""

    n: int
    kind: str
    posted_at: int
    mood: str
    tags: tuple[str, ...]
    reasons: tuple[tuple[str, int], ...]
    window_closes_at: int | None = None
    vip: bool = False  # written by a VIP
    brief: bool = False  # a few words


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
    snoozed_at: int = 0
    closes_at: int | None = None  # as it was worked out before
    thanks_after: int = 0  # ms after which bare thanks close themselves; 0: never
    promise_due: int | None = None  # the first of what our replies promised here, and when it is to be in sight
    promise_back: int = 0
    joined_at: int = 0  # when somebody joined in with what a search found: the clock starts there


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
    snoozed_until: int | None = None  # as a person said; a promise may bring it back before, and then it is open
    closes_at: int | None = None


def stand(
    messages: Sequence[Incoming],
    handled: Handled,
    newest_at: int,
    hours: OpeningHours,
    targets: Targets,
    now: int,
    second_message: int = DEFAULT.second_message,
) -> Standing:
    """Return the standing at `now`. `messages` are the addressed, undeleted ones, oldest first; may be empty.

    `second_message` is what the client gives for a person who had to write again, in minutes.
    """
    found = _stand(messages, handled, newest_at, hours, targets, now, second_message)
    if handled.promise_due is None or handled.promise_back > now:
        return found
    return _promised(found, handled.promise_due)


def _promised(found: Standing, due: int) -> Standing:
    """The same with something that we promised for today: in Care now, wherever it rests or was put."""
    first = found.due_at is None or due < found.due_at
    by = due if found.care_by is None else min(found.care_by, due)
    return found._replace(
        state=_OPEN, lane=_CARE, sort_at=by, due_at=due if first else found.due_at, care_by=by,
        target=PROMISE if first else found.target, tags=(PROMISE, *found.tags), closes_at=None,
    )  # fmt: skip


def _stand(
    messages: Sequence[Incoming],
    handled: Handled,
    newest_at: int,
    hours: OpeningHours,
    targets: Targets,
    now: int,
    second_message: int,
) -> Standing:
    waiting = [
        message
        for message in messages
        if message.posted_at > handled.last_ours_at
        # what a search found has no clock, so there is no history that must not get one
        and (message.posted_at > handled.seen_until or message.kind == _SEARCH)
        and message.n > handled.closed_n
    ]
    if not waiting:
        rest = _resting(messages, handled, newest_at)
        return _put_away(messages[-1], handled, rest, now) if rest.state == _WAITING else rest
    first = waiting[0]
    if first.kind == _SEARCH and not handled.joined_at and all([m.kind == _SEARCH for m in waiting]):
        last = waiting[-1]
        lane = Lane.NOISE if ruled(waiting) == Place.NOISE else Lane.LISTENING
        if handled.snoozed_until is not None and _sleeps(handled, last.n, now):
            return Standing(
                ConversationState.SNOOZED, Lane.SNOOZED, handled.snoozed_until, last.posted_at, mood=last.mood,
                tags=last.tags, snoozed_until=handled.snoozed_until,
            )  # fmt: skip
        return Standing(_OPEN, lane, -newest_at, last.posted_at, mood=last.mood, tags=last.tags)
    if len(waiting) == 1:
        mood, tags, weights = first.mood, first.tags, dict(first.reasons)
        kind, closes, vip = first.kind, first.window_closes_at or None, first.vip
    else:
        mood, tags, weights = _together(waiting, second_message)
        kind = _MESSAGE if any([m.kind == _MESSAGE for m in waiting]) else first.kind
        closes = min([m.window_closes_at for m in waiting if m.window_closes_at], default=None)
        vip = any([m.vip for m in waiting])
    if mood == "negative" and "praise" in tags:  # somebody who turned angry does not stay in the thank-you lane
        tags = tuple([tag for tag in tags if tag != "praise"])
    started = from_ms(max(first.posted_at, handled.joined_at))
    promised, name = due_at(kind, mood, tags, started, hours, targets, vip)
    due = to_ms(promised)
    if closes is not None:
        due = min(due, closes)
    by = max(due + sum(weights.values()) * 60_000, first.posted_at)  # `triage.care_by`, in ms
    reasons = tuple(weights.items())
    placed = handled.placed
    if placed and placed != Place.NOISE and waiting[-1].n > handled.placed_n:
        placed = ""  # the customer wrote again: judged anew
    if not placed and not _RULED.keys().isdisjoint(tags):
        placed = ruled(waiting)
    known = handled.last_ours_at > handled.seen_until  # whoever was answered once is somebody
    if not placed and not known and "noise" in tags and all(["noise" in message.tags for message in waiting]):
        placed = Place.NOISE
    state, lane, sort_at = _OPEN, lane_of(placed, by, mood, tags, now), by
    until = closes_at = None
    if handled.snoozed_until is not None and _sleeps(handled, waiting[-1].n, now):
        until = handled.snoozed_until
        back = to_ms(comes_back(from_ms(until), from_ms(handled.snoozed_at), started, from_ms(due), hours))
        if back > now:
            state, lane, sort_at = ConversationState.SNOOZED, Lane.SNOOZED, back
        else:
            lane, tags = _CARE if lane == _TODAY else lane, (WOKEN, *tags)
    elif handled.thanks_after and len(waiting) == 1 and not placed and only_thanks(first, handled):
        closes_at = handled.closes_at or now + handled.thanks_after
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
        closes_at,
    )


def _put_away(last: Incoming, handled: Handled, rest: Standing, now: int) -> Standing:
    """What was answered, and put away behind the answer: out of sight until its time, then here to be looked at.

    Nobody waits, so there is no deadline. Another answer, a close or the customer's next message ends it.
    """
    until = handled.snoozed_until
    if until is None or handled.snoozed_at < handled.last_ours_at or last.n > handled.snoozed_n:
        return rest
    if until > now:
        return rest._replace(
            state=ConversationState.SNOOZED, lane=Lane.SNOOZED, sort_at=until, snoozed_until=until
        )  # fmt: skip
    return rest._replace(
        state=_OPEN, lane=_CARE, sort_at=until, care_by=until, tags=(AGAIN, *rest.tags), snoozed_until=until
    )


def _sleeps(handled: Handled, newest_n: int, now: int) -> bool:
    """Whether it was put away for longer than now, and nobody wrote since."""
    return handled.snoozed_until is not None and handled.snoozed_until > now and newest_n <= handled.snoozed_n


def only_thanks(message: Incoming, handled: Handled) -> bool:
    """Whether this is no more than a few kind words after our answer: nothing asked, nothing the matter."""
    return (
        message.brief
        and handled.last_ours_at > handled.seen_until
        and message.mood != "negative"
        and message.kind != _REVIEW
        and any([tag in _THANKS_TAGS for tag in message.tags])
        and all([tag in _THANKS_TAGS or tag.partition(":")[0] in _QUIET_TAGS for tag in message.tags])
    )


def _together(waiting: Sequence[Incoming], second_message: int) -> tuple[str, tuple[str, ...], dict[str, int]]:
    """Mood, tags and reasons of several messages that wait together."""
    mood = min((message.mood for message in waiting), key=_MOODS.index)
    tags = tuple(dict.fromkeys(tag for message in reversed(waiting) for tag in message.tags))
    weights: dict[str, int] = {}
    for message in waiting:
        for name, minutes in message.reasons:
            weights[name] = min(minutes, weights.get(name, minutes))
    weights["second_message"] = second_message
    return mood, ("second_message", *tags), weights


def ruled(waiting: Sequence[Incoming]) -> str:
    """Where a person's rules put what waits: Care now if they say so of one message, else what they say of each."""
    lanes = {ruled_one(message.tags) for message in waiting}
    if Place.CARE in lanes:
        return Place.CARE
    return lanes.pop() if len(lanes) == 1 else ""


def ruled_one(tags: Sequence[str]) -> str:
    """Where a person's rules put one message, "" where they do not say."""
    return next((_RULED[tag] for tag in tags if tag in _RULED), "")


def lane_of(placed: str, care_by_ms: int, mood: str, tags: Sequence[str], now: int) -> Lane:
    """The lane of an open item that a person or a rule put at `placed`, "" for none."""
    return _PLACES.get(placed) or open_lane(care_by_ms, mood, tags, now, placed)


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
