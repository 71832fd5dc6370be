"""Counting in opening time: when a number of minutes is over, when the day ends, who is there now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.timers.hours import MINUTE, ONE_DAY, OpeningHours, Span, day_end, day_spans


def _open_from(start: datetime, hours: OpeningHours) -> Iterator[Span]:
    """Yield the open spans that end after `start`, the first one cut to begin no sooner; endless."""
    day = start.astimezone(hours.tz).toordinal()
    while True:
        for opens, closes in day_spans(day, hours):
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

    Around the clock it is the next midnight of the client's zone. A day whose
    last block goes on after midnight ends with that block.
    """
    local = start.astimezone(hours.tz)
    if hours.always:
        tomorrow = local.date() + ONE_DAY
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=hours.tz)
        return max(midnight.astimezone(UTC), start)
    day = local.toordinal() - 1  # last night's block may still go on
    while True:
        end = day_end(day, hours)
        if end is not None and end > start:
            return end
        day += 1


def working_minutes_between(a: datetime, b: datetime, hours: OpeningHours) -> float:
    """Return the minutes of opening time from `a` to `b`; negative if `b` is the earlier."""
    if b < a:
        return -working_minutes_between(b, a, hours)
    if hours.always:
        return (b - a) / MINUTE
    total = timedelta()
    for opens, closes in _open_from(a, hours):
        if opens >= b:
            break
        total += min(closes, b) - opens
    return total / MINUTE


def is_open(at: datetime, hours: OpeningHours) -> bool:
    """Tell whether the client is there; at the closing minute no longer."""
    if hours.always:
        return True
    spans = day_spans(at.astimezone(hours.tz).toordinal(), hours)
    return any(opens <= at < closes for opens, closes in spans)


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
        if end - at > 7 * ONE_DAY:
            break
    return None


def opens_at(at: datetime, hours: OpeningHours) -> datetime | None:
    """Return when the client is there next; None while open."""
    return None if is_open(at, hours) else next(_open_from(at, hours))[0]
