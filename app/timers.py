"""Targets, opening hours and holidays: when an answer is due. Pure functions.

A shop is open when the clock on its wall shows a minute inside one of the
day's blocks. So a block of one hour lasts two on the night when that hour
comes twice, and none on the night when it is skipped.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain import Kind
from app.errors import InputError

Block = tuple[int, int]  # minutes after midnight, start and end; 1440 is 24:00
Span = tuple[datetime, datetime]  # UTC, from start up to end

DAY = 1440
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE = timedelta(minutes=1)
_MESSAGE = Kind.MESSAGE.value
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a client is there: blocks per weekday in the client's own zone.

    `week` may be given untidy: a block of length zero is dropped, one that
    ends before it starts or after 24:00 goes on after midnight, and blocks
    that touch are joined. Without any block the client is there around the
    clock, so a deadline can always be found. Raises `InputError` for a zone
    that does not exist.
    """

    week: Sequence[Sequence[Block]] = ()  # Monday first; missing days are closed
    closed: Collection[date] = frozenset()  # holidays, by the client's calendar
    zone: str = "UTC"
    always: bool = field(init=False, default=True)
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _spans: dict[int, tuple[Span, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        try:
            zone = ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            why = f"There is no time zone “{self.zone}”. Choose one like Europe/Berlin."
            raise InputError(why) from error
        week = _tidy(self.week)
        object.__setattr__(self, "week", week)
        object.__setattr__(self, "closed", frozenset(self.closed))
        round_the_clock = all(blocks == ((0, DAY),) for blocks in week) and not self.closed
        object.__setattr__(self, "always", round_the_clock or not any(week))
        object.__setattr__(self, "_zone", zone)

    @classmethod
    def from_json(cls, text: str, *, zone: str = "UTC") -> OpeningHours:
        """Read `to_json`'s form; "" is around the clock. `zone` holds where the text names none.

        `{"zone": "Europe/Berlin", "week": {"mon": ["09:00-12:00", "13:00-17:00"]}, "closed": ["2026-12-25"]}`
        Raises `InputError` for anything else.
        """
        if not text.strip():
            return cls(zone=zone)
        try:
            data = json.loads(text)
            week = [[_block(item) for item in data.get("week", {}).get(day, ())] for day in DAY_NAMES]
            closed = frozenset(date.fromisoformat(day) for day in data.get("closed", ()))
            return cls(week, closed, str(data.get("zone", zone)))
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError("The opening hours cannot be read. Write them like 09:00-17:00.") from error

    def to_json(self) -> str:
        """Return these hours as the text that `from_json` reads."""
        week = {
            name: [f"{_clock(start)}-{_clock(end)}" for start, end in blocks]
            for name, blocks in zip(DAY_NAMES, self.week, strict=True)
            if blocks
        }
        closed = sorted(day.isoformat() for day in self.closed)
        return json.dumps({"zone": self.zone, "week": week, "closed": closed})


def _block(text: str) -> Block:
    start, end = text.split("-")
    return _minutes(start), _minutes(end)


def _minutes(text: str) -> int:
    hour, minute = (int(part) for part in text.strip().split(":"))
    if not (0 <= hour <= 24 and 0 <= minute < 60 and hour * 60 + minute <= DAY):
        raise ValueError(text)
    return hour * 60 + minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _tidy(week: Sequence[Sequence[Block]]) -> tuple[tuple[Block, ...], ...]:
    days: list[list[Block]] = [[] for _ in DAY_NAMES]
    for number, blocks in enumerate(week[:7]):
        for start, end in blocks:
            if not (0 <= start <= DAY and 0 <= end <= 2 * DAY):
                raise InputError("Opening hours lie between 00:00 and 24:00.")
            last = end + DAY if end < start else min(end, start + DAY)
            days[number].append((start, min(last, DAY)))
            days[(number + 1) % 7].append((0, max(last - DAY, 0)))
    return tuple(_joined(blocks) for blocks in days)


def _joined(blocks: list[Block]) -> tuple[Block, ...]:
    joined: list[Block] = []
    for start, end in sorted(blocks):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _day_spans(day: int, hours: OpeningHours) -> tuple[Span, ...]:
    """Return when the client is open on the local date with this ordinal, in order."""
    spans = hours._spans.get(day)
    if spans is None:
        spans = hours._spans[day] = tuple(_find_spans(date.fromordinal(day), hours))
    return spans


def _find_spans(day: date, hours: OpeningHours) -> list[Span]:
    blocks = hours.week[day.weekday()]
    if not blocks or day in hours.closed:
        return []
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    # all instants that this date can have in any zone, cut where the offset changes
    first, last = midnight - timedelta(hours=15), midnight + timedelta(hours=39)
    before, after = _offset(first, hours), _offset(last, hours)
    pieces = [(first, last, before)]
    if before != after:
        change = _change(first, last, before, hours)
        pieces = [(first, change, before), (change, last, after)]
    spans = []
    for piece_start, piece_end, offset in pieces:
        for start, end in blocks:
            opens = max(midnight + start * _MINUTE - offset, piece_start)
            closes = min(midnight + end * _MINUTE - offset, piece_end)
            if opens < closes:
                spans.append((opens, closes))
    return spans


def _offset(at: datetime, hours: OpeningHours) -> timedelta:
    return at.astimezone(hours._zone).utcoffset() or timedelta()


def _change(low: datetime, high: datetime, before: timedelta, hours: OpeningHours) -> datetime:
    """Return the instant, to the second, between `low` and `high` from which the offset is another."""
    first, last = int(low.timestamp()), int(high.timestamp())
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), hours) == before:
            first = middle
        else:
            last = middle
    return datetime.fromtimestamp(last, UTC)


def _open_from(start: datetime, hours: OpeningHours) -> Iterator[Span]:
    """Yield the open spans that end after `start`, the first one cut to begin no sooner; endless."""
    day = start.astimezone(hours._zone).toordinal()
    while True:
        for opens, closes in _day_spans(day, hours):
            if closes > start:
                yield max(opens, start), closes
        day += 1


def add_working(start: datetime, minutes: float, hours: OpeningHours) -> datetime:
    """Return the instant at which `minutes` of opening time have passed since `start`.

    Time that ends with a block is due at its end, not when the next one
    opens. With no minutes to add the answer is `start`, open or not.
    """
    left = timedelta(minutes=minutes)
    if hours.always or minutes <= 0:
        return start + max(left, timedelta())
    for opens, closes in _open_from(start, hours):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("the spans are endless")


def end_of_working_day(start: datetime, hours: OpeningHours) -> datetime:
    """Return when the working day that holds or follows `start` ends.

    Around the clock it is the next midnight of the client's zone. A day ends
    at 24:00 even if its last block goes on after midnight.
    """
    local = start.astimezone(hours._zone)
    if hours.always:
        tomorrow = local.date() + _ONE_DAY
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=hours._zone)
        return max(midnight.astimezone(UTC), start)
    day = local.toordinal()
    while True:
        spans = _day_spans(day, hours)
        if spans and spans[-1][1] > start:
            return spans[-1][1]
        day += 1


def working_minutes_between(a: datetime, b: datetime, hours: OpeningHours) -> float:
    """Return the minutes of opening time from `a` to `b`; negative if `b` is the earlier."""
    if b < a:
        return -working_minutes_between(b, a, hours)
    if hours.always:
        return (b - a) / _MINUTE
    total = timedelta()
    for opens, closes in _open_from(a, hours):
        if opens >= b:
            break
        total += min(closes, b) - opens
    return total / _MINUTE


def is_open(at: datetime, hours: OpeningHours) -> bool:
    """Tell whether the client is there; at the closing minute no longer."""
    if hours.always:
        return True
    local = at.astimezone(hours._zone)
    if local.date() in hours.closed:
        return False
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in hours.week[local.weekday()])


def closes_at(at: datetime, hours: OpeningHours) -> datetime | None:
    """Return when the block that holds `at` ends, through midnight where the next one adjoins.

    None when closed, around the clock, or open for the next seven days.
    """
    if hours.always or not is_open(at, hours):
        return None
    end = at
    for opens, closes in _open_from(at, hours):
        if opens > end:
            return end
        end = closes
        if end - at > 7 * _ONE_DAY:
            break
    return None


def opens_at(at: datetime, hours: OpeningHours) -> datetime | None:
    """Return when the client is there next; None while open."""
    return None if is_open(at, hours) else next(_open_from(at, hours))[0]


@dataclass(frozen=True, slots=True)
class Target:
    """A promise to answer within some minutes of opening time."""

    minutes: int | None = None  # None: the same day

    @property
    def name(self) -> str:
        """The words for it as they are stored and reported: "30 min", "2 h" or "same day"."""
        if self.minutes is None:
            return "same day"
        if self.minutes >= 60 and self.minutes % 60 == 0:
            return f"{self.minutes // 60} h"
        return f"{self.minutes} min"


@dataclass(frozen=True, slots=True)
class Targets:
    """What a client promises, by what the message is. The first line that fits holds."""

    negative: Target = Target(30)
    message: Target = Target(30)
    question: Target = Target(120)
    other: Target = Target()

    @classmethod
    def from_json(cls, text: str) -> Targets:
        """Read `to_json`'s form; "" and what is left out are the usual targets. Raises `InputError`."""
        try:
            data = json.loads(text) if text.strip() else {}
            return cls(**{name: _target(value) for name, value in data.items()})
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError("A target is a number of minutes up to 30 days, or the same day.") from error

    def to_json(self) -> str:
        """Return these targets as `{"negative": 30, …}`, null for the same day."""
        names = ("negative", "message", "question", "other")
        return json.dumps({name: getattr(self, name).minutes for name in names})


def _target(value: object) -> Target:
    if value is None:
        return Target()
    if not isinstance(value, int) or not 0 < value <= 30 * DAY:
        raise ValueError(value)
    return Target(value)


TARGETS = Targets()


def target_for(kind: str, mood: str, tags: Collection[str], targets: Targets = TARGETS) -> Target:
    """Return the promise that holds for such a message."""
    if mood == "negative":
        return targets.negative
    if kind == _MESSAGE:
        return targets.message
    return targets.question if "question" in tags else targets.other


def due_at(
    kind: str,
    mood: str,
    tags: Collection[str],
    posted_at: datetime,
    hours: OpeningHours,
    targets: Targets = TARGETS,
) -> tuple[datetime, str]:
    """Return when an answer is due, and the name of the promise: "30 min", "2 h", "same day"."""
    target = target_for(kind, mood, tags, targets)
    if target.minutes is None:
        return end_of_working_day(posted_at, hours), target.name
    return add_working(posted_at, target.minutes, hours), target.name
