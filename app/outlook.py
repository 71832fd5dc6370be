"""What other weights and rules would have done to the last twelve months, before anybody decides for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain import Kind, Triage
from app.judging import Snapshot
from app.rules import Rules, without_rules
from app.store import conversations, ranking
from app.store.db import Database
from app.store.standing import Handled, Incoming, Standing, stand
from app.store.times import to_ms, to_ms_or_none
from app.timers import OpeningHours

SPAN = timedelta(days=365)
NOTICED = 5 * 60_000  # ms; a place that moves by less is the same place
SECONDS = 6.0  # the person waits no longer; the newest come first
MOST = 100_000  # conversations
AT_ONCE = 250
LATEST = 20  # messages that wait together and are looked at
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many conversations would have stood elsewhere, and how many of those were complaints."""

    moved: int
    complaints: int
    seen: int  # conversations that were looked at, the newest
    total: int  # conversations of the twelve months
    sooner: int = 0  # of those moved
    later: int = 0

    def __add__(self, other: Outlook) -> Outlook:
        return Outlook(
            self.moved + other.moved, self.complaints + other.complaints, self.seen + other.seen,
            self.total + other.total, self.sooner + other.sooner, self.later + other.later,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One way to judge a client's messages."""

    minutes: Mapping[str, int]
    rules: Rules

    def weighed(self, judged: Triage) -> tuple[tuple[str, int], ...]:
        """Reasons with this way's minutes."""
        return tuple([(one.name, self.minutes.get(one.name, one.minutes)) for one in judged.reasons])


def look(
    db: Database, snapshot: Snapshot, client_id: str, before: Way, after: Way, now: datetime, *,
    stop: threading.Event, progress: Progress, share: float = 1.0,
) -> Outlook:  # fmt: skip
    """Compare both ways at each moment at which a customer wrote. Blocks; call it on a thread of its own.

    A conversation counts once. Looks at the newest first and ends after
    `share` of `SECONDS`, or when `stop` is set, with what it has seen by then.
    """
    reader = db.reader()
    numbers = ranking.past(reader, client_id, now - SPAN, MOST)
    rules: dict[str, conversations.Rules] = {}
    found = Outlook(0, 0, 0, len(numbers))
    end = time.monotonic() + SECONDS * share
    for start in range(0, len(numbers), AT_ONCE):
        if stop.is_set() or time.monotonic() > end:
            break
        part = numbers[start : start + AT_ONCE]
        talks: dict[int, list[ranking.Judged]] = {}
        for one in ranking.stored(reader, part):
            talks.setdefault(one.conversation, []).append(one)
        answered = ranking.answers(reader, part)
        for number, said in talks.items():
            account = said[0].mention.account_id
            rule = rules.get(account) or rules.setdefault(account, conversations.rules(reader, account))
            found += _compare(said, answered.get(number, []), snapshot, before, after, rule)
        found += Outlook(0, 0, len(part), 0)
        progress(found.seen, found.total)
        time.sleep(0.001)  # a turn for the window
    return found


def _compare(
    said: list[ranking.Judged], answered: list[int], snapshot: Snapshot, before: Way, after: Way,
    rule: conversations.Rules,
) -> Outlook:  # fmt: skip
    """One conversation under both ways."""
    old: list[Incoming] = []
    new: list[Incoming] = []
    same = True
    for one in said:
        plain, (_, facts) = without_rules(one.triage), snapshot.facts(one.mention)
        pair = [_incoming(one, way, way.rules.apply(one.mention, plain, facts), facts.vip) for way in (before, after)]
        same = same and pair[0] == pair[1]
        old.append(pair[0])
        new.append(pair[1])
    if same and (len(said) == 1 or before.minutes["second_message"] == after.minutes["second_message"]):
        return _SAME
    moved = complaint = False
    shift = 0
    for at, message in enumerate(old):
        if message.kind == Kind.SEARCH:
            continue
        ours = max((when for when in answered if when < message.posted_at), default=0)
        first = max(0, at + 1 - LATEST)
        was = _stood(old[first : at + 1], ours, rule, before)
        becomes = _stood(new[first : at + 1], ours, rule, after)
        apart = (becomes.care_by or 0) - (was.care_by or 0)
        if was.lane != becomes.lane or abs(apart) >= NOTICED:
            moved, shift = True, shift or apart
            complaint = complaint or was.mood == "negative" or "complaint" in was.tags
    if not moved:
        return _SAME
    return Outlook(1, int(complaint), 0, 0, int(shift < 0), int(shift > 0))


def _incoming(one: ranking.Judged, way: Way, judged: Triage, vip: bool) -> Incoming:
    mention = one.mention
    return Incoming(
        one.n, str(mention.kind), to_ms(mention.posted_at), judged.mood, judged.tags, way.weighed(judged),
        to_ms_or_none(mention.window_closes_at), vip,
    )  # fmt: skip


def _stood(messages: list[Incoming], ours: int, rule: conversations.Rules, way: Way) -> Standing:
    at = messages[-1].posted_at
    hours: OpeningHours = rule.hours
    handled = Handled(last_ours_at=ours)
    return stand(messages, handled, at, hours, rule.targets, at, way.minutes["second_message"])


_SAME = Outlook(0, 0, 0, 0)
