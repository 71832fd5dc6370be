"""When a client is there: weekly blocks, one-off days, public holidays, in the client's own zone.

A shop is open when the clock on its wall shows a minute inside one of the
day's blocks. So a block of one hour lasts two on the night when that hour
comes twice, and none on the night when it is skipped.

A block belongs to the day on which it starts: a bar that closes at 02:00 on
Saturday keeps Friday's hours until then, even if Saturday is a holiday.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.errors import InputError
from app.timers import holidays

Block = tuple[int, int]  # minutes after the day's midnight, start and end; 1440 is 24:00, 1560 is 02:00 the next day
Span = tuple[datetime, datetime]  # UTC, from start up to end

DAY = 1440
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)
ONE_DAY = timedelta(days=1)
_BLOCK = re.compile(r"\s*(\d{1,2})(?:[:.](\d\d))?\s*(?:-|\u2013|\u2014)\s*(\d{1,2})(?:[:.](\d\d))?\s*")
_HOW = "Write opening hours like 09:00-12:00, 13:00-17:00."


class OneOff(NamedTuple):
    """A date that is unlike its weekday. Without blocks it is closed."""

    day: date  # by the client's calendar
    blocks: tuple[Block, ...] = ()
    name: str = ""  # "Stocktaking", "" for none


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When a client is there.

    For each date the first of these holds: a one-off day, a public holiday
    (closed), the weekday's blocks. Blocks may be given untidy: one of length
    zero is dropped, one that ends before it starts or after 24:00 goes on
    after midnight, and blocks that touch are joined. With `around`, or
    without any weekly block, the client is there around the clock and nothing
    else counts, so a deadline can always be found. Raises `InputError` for a
    zone that does not exist.
    """

    week: Sequence[Sequence[Block]] = ()  # Monday first; missing days are closed
    closed: Collection[date] = frozenset()  # one-off days without hours and names, by the client's calendar
    zone: str = "UTC"
    country: str = ""  # whose public holidays are closed, ISO 3166; "" for none
    region: str = ""
    days: Sequence[OneOff] = ()  # these hold against `closed`
    around: bool = False
    always: bool = field(init=False, default=True)
    tz: ZoneInfo = field(init=False, repr=False, compare=False)
    _one_off: dict[date, OneOff] = field(init=False, repr=False, compare=False)
    _spans: dict[int, tuple[Span, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _ends: dict[int, datetime | None] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        try:
            zone = ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            why = f"There is no time zone “{self.zone}”. Choose one like Europe/Berlin."
            raise InputError(why) from error
        week = tuple(tidy(blocks) for blocks in [*self.week, *([()] * 7)][:7])
        days = {one.day: OneOff(one.day, tidy(one.blocks), one.name.strip()) for one in self.days}
        ordered = tuple(days[day] for day in sorted(days))
        exceptions = bool(self.closed or days or self.country)
        full = all(_on_date(week[number], week[number - 1]) == ((0, DAY),) for number in range(7))
        for name, value in (
            ("week", week),
            ("closed", frozenset(self.closed)),
            ("days", ordered),
            ("always", self.around or not any(week) or (full and not exceptions)),
            ("tz", zone),
            ("_one_off", {day: OneOff(day) for day in self.closed} | days),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def from_json(cls, text: str, *, zone: str = "UTC") -> OpeningHours:
        """Read `to_json`'s form; "" is around the clock. `zone` holds where the text names none.

        `{"zone": "Europe/Berlin", "week": {"mon": ["09:00-12:00", "13:00-17:00"], "fri": ["18:00-02:00"]},
        "country": "DE", "region": "BY", "days": [{"date": "2026-12-24", "hours": ["09:00-13:00"], "name": "…"}],
        "closed": ["2026-12-28"], "always": true}`; all of it may be left out. Raises `InputError` for anything else.
        """
        if not text.strip():
            return cls(zone=zone)
        try:
            data = json.loads(text)
            week = [[_block(item) for item in data.get("week", {}).get(day, ())] for day in DAY_NAMES]
            closed = frozenset(date.fromisoformat(day) for day in data.get("closed", ()))
            days = [
                OneOff(
                    date.fromisoformat(one["date"]),
                    tuple(_block(item) for item in one.get("hours", ())),
                    str(one.get("name", "")),
                )
                for one in data.get("days", ())
            ]
            country, region = str(data.get("country", "")), str(data.get("region", ""))
            return cls(week, closed, str(data.get("zone", zone)), country, region, days, data.get("always") is True)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise InputError("The opening hours cannot be read. Write them like 09:00-17:00.") from error

    def to_json(self) -> str:
        """Return these hours as the text that `from_json` reads."""
        week = {
            name: [_block_text(block) for block in blocks]
            for name, blocks in zip(DAY_NAMES, self.week, strict=True)
            if blocks
        }
        data: dict[str, object] = {
            "zone": self.zone,
            "week": week,
            "closed": sorted(day.isoformat() for day in self.closed),
        }
        if self.days:
            data["days"] = [
                {"date": one.day.isoformat(), "hours": [_block_text(block) for block in one.blocks], "name": one.name}
                for one in self.days
            ]
        if self.country:
            data |= {"country": self.country, "region": self.region}
        if self.around:
            data["always"] = True
        return json.dumps(data, ensure_ascii=False)

    def one_off_days(self) -> list[OneOff]:
        """Every date that is unlike its weekday by hand, in order."""
        return [self._one_off[day] for day in sorted(self._one_off)]

    def blocks_on(self, day: date) -> tuple[Block, ...]:
        """The blocks that start on this date; () when it is closed. Not for hours around the clock."""
        one = self._one_off.get(day)
        if one is not None:
            return one.blocks
        blocks: tuple[Block, ...] = self.week[day.weekday()]  # type: ignore[assignment]  # tidied into tuples above
        if blocks and self.country and day in holidays.named(self.country, self.region, day.year):
            return ()
        return blocks

    def why_closed(self, day: date, language: str = "") -> str | None:
        """The name of what closes this date, "" for a usual day off or one without a name; None when it is open."""
        if self.always or self.blocks_on(day):
            return None
        one = self._one_off.get(day)
        if one is not None:
            return one.name
        return holidays.named(self.country, self.region, day.year, language).get(day, "") if self.country else ""

    def at_hand(self, at: datetime) -> bool:
        """Whether questions about the days around `at` are answered without looking holidays up (70 ms and more)."""
        if not self.country or self.always:
            return True
        years = {(at - 2 * ONE_DAY).year, (at + 2 * ONE_DAY).year}
        return all(holidays.at_hand(self.country, self.region, year) for year in years)


# Blocks


def blocks_from_text(text: str) -> tuple[Block, ...]:
    """Read what a person types for a day: "09:00-12:00, 13:00-17:00", "9-17", "18:00-02:00"; "" is closed.

    Raises `InputError` with a sentence that says what to mend.
    """
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    read = [_typed(part) for part in parts]
    for number, (start, end) in enumerate(sorted(read)):
        if start == end:
            raise InputError(f"{_clock(start)} to {_clock(end)} is no time at all. {_HOW}")
        following = sorted(read)[number + 1 :]
        last = end + DAY if end < start else end
        if following and following[0][0] < last:
            raise InputError(f"{_clock(following[0][0])} lies in the block before it. {_HOW}")
    return tidy(read)


def _typed(text: str) -> Block:
    found = _BLOCK.fullmatch(text)
    if found is None:
        raise InputError(f"“{text}” is not understood. {_HOW}")
    hour, minute, hour_2, minute_2 = (int(part or 0) for part in found.groups())
    if minute > 59 or minute_2 > 59 or hour * 60 + minute >= DAY or hour_2 * 60 + minute_2 > DAY:
        raise InputError(f"“{text}” is no time of day. The hours run from 00:00 to 24:00.")
    return hour * 60 + minute, hour_2 * 60 + minute_2


def blocks_text(blocks: Sequence[Block]) -> str:
    """Blocks as `blocks_from_text` reads them, "" for none."""
    return ", ".join(_block_text(block) for block in blocks)


def tidy(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Blocks of one day in order, joined where they touch, none of length zero; an end after 1440 is the next day's.

    Raises `InputError` for minutes that no day has.
    """
    made: list[Block] = []
    for start, end in blocks:
        if not (0 <= start <= DAY and 0 <= end <= 2 * DAY):
            raise InputError("Opening hours lie between 00:00 and 24:00.")
        made.append((start, end + DAY if end < start else end))
    return _joined(made)


def _block(text: str) -> Block:
    start, end = (_minutes(part) for part in text.split("-"))
    if start > DAY or DAY < end < start + DAY:
        raise ValueError(text)
    return start, end


def _block_text(block: Block) -> str:
    start, end = block
    # a block of a whole day that starts at 09:00 ends at 33:00, since 09:00-09:00 is none
    return f"{_clock(start)}-{_clock(end - DAY if DAY < end < start + DAY else end)}"


def _minutes(text: str) -> int:
    hour, minute = (int(part) for part in text.strip().split(":"))
    if not (hour >= 0 and 0 <= minute < 60 and hour * 60 + minute <= 2 * DAY):
        raise ValueError(text)
    return hour * 60 + minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _joined(blocks: Sequence[Block]) -> tuple[Block, ...]:
    joined: list[Block] = []
    for start, end in sorted(blocks):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _on_date(own: Sequence[Block], before: Sequence[Block]) -> tuple[Block, ...]:
    """What the clock on the wall shows on a date: its own blocks up to midnight, and the evening before's after it."""
    cut = [(start, min(end, DAY)) for start, end in own]
    return _joined([*cut, *((max(start - DAY, 0), end - DAY) for start, end in before if end > DAY)])


# Spans: the same in UTC


def day_spans(day: int, hours: OpeningHours) -> tuple[Span, ...]:
    """When the client is open on the local date with this ordinal, in order."""
    spans = hours._spans.get(day)
    if spans is None:
        at = date.fromordinal(day)
        blocks = _on_date(hours.blocks_on(at), hours.blocks_on(at - ONE_DAY))
        spans = hours._spans[day] = tuple(_find_spans(at, blocks, hours))
    return spans


def day_end(day: int, hours: OpeningHours) -> datetime | None:
    """When the last block that starts on the local date with this ordinal ends; None if none does."""
    if day not in hours._ends:
        at = date.fromordinal(day)
        own = hours.blocks_on(at)
        spans = _find_spans(at + ONE_DAY, _on_date((), own), hours) or _find_spans(at, _on_date(own, ()), hours)
        hours._ends[day] = spans[-1][1] if spans else None
    return hours._ends[day]


def _find_spans(day: date, blocks: Sequence[Block], hours: OpeningHours) -> list[Span]:
    if not blocks:
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
            opens = max(midnight + start * MINUTE - offset, piece_start)
            closes = min(midnight + end * MINUTE - offset, piece_end)
            if opens < closes:
                spans.append((opens, closes))
    return spans


def _offset(at: datetime, hours: OpeningHours) -> timedelta:
    return at.astimezone(hours.tz).utcoffset() or timedelta()


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
