"""What is used of a limit within its period, when there is room again, and when it will be reached. Pure functions.

Amounts lie in buckets, oldest first: (start, amount). An amount may be negative: a platform told that less is used.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

Rows = Sequence[tuple[datetime, float]]

SLIDING = {"hour": timedelta(hours=1), "24h": timedelta(hours=24)}
RESERVE = 0.1  # of a limit: kept for replies, reading stops before it
LONGEST = timedelta(hours=24)  # between two readings, however little is left
_SLACK = 1e-9
_RECENT = {"day": timedelta(hours=3), "month": timedelta(days=3)}  # what "this pace" is
_ENOUGH = {"day": timedelta(minutes=30), "month": timedelta(hours=6)}  # less than this says nothing of a pace


def bucket_of(period: str) -> timedelta:
    """How finely a period is counted. Every midnight of every zone of today begins a bucket of a quarter."""
    return timedelta(minutes=1 if period == "hour" else 15)


def start_of(period: str, zone: str, now: datetime) -> datetime:
    """Since when it counts, UTC. Sliding windows take in the bucket that has not wholly left them."""
    if (window := SLIDING.get(period)) is not None:
        return now - window - bucket_of(period)
    here = now.astimezone(ZoneInfo(zone))
    day = here.date() if period == "day" else here.date().replace(day=1)
    return datetime.combine(day, time(), here.tzinfo).astimezone(UTC)


def end_of(period: str, zone: str, now: datetime) -> datetime | None:
    """When it begins anew, UTC; None where it slides."""
    if period in SLIDING:
        return None
    here = now.astimezone(ZoneInfo(zone))
    if period == "day":
        day = here.date() + timedelta(days=1)
    else:
        first = here.date().replace(day=1)
        day = (first + timedelta(days=32)).replace(day=1)
    return datetime.combine(day, time(), here.tzinfo).astimezone(UTC)


def used(rows: Rows, since: datetime) -> float:
    """The sum since then, never below nothing."""
    return max(0.0, sum(amount for _, amount in rows[bisect_left(rows, since, key=lambda row: row[0]) :]))


def opens(rows: Rows, period: str, zone: str, now: datetime, room: float, amount: float) -> datetime:
    """When `amount` fits below `room`: the end of the period, or once enough has slid out of it."""
    end = end_of(period, zone, now)
    if end is not None:
        return end
    window, size = SLIDING[period], bucket_of(period)
    left = used(rows, since := start_of(period, zone, now))
    for at, spent in rows:
        if at < since:
            continue
        left -= spent
        if left + amount <= room + _SLACK:
            return max(at + size + window, now + timedelta(seconds=1))
    return now + window


def fits(used_up: float, amount: float, room: float) -> bool:
    """Whether `amount` may still be used."""
    return used_up + amount <= room + _SLACK


def reached(rows: Rows, period: str, zone: str, now: datetime, limit: float) -> datetime | None:
    """When the limit is reached at the pace of the last days; None if not within this period, or not known yet."""
    end = end_of(period, zone, now)
    if end is None:
        return None
    since = start_of(period, zone, now)
    left = limit - used(rows, since)
    if left <= 0:
        return now
    begins = min((at for at, amount in rows if amount > 0), default=now)
    span = min(_RECENT[period], now - begins)
    if span < _ENOUGH[period]:
        return None
    rate = used(rows, now - span) / span.total_seconds()
    if rate <= 0 or left / rate >= (end - now).total_seconds():
        return None
    return now + timedelta(seconds=left / rate)


def interval(seconds: float, each: float, left: float, until: timedelta) -> float:
    """Seconds between two readings, at least `seconds`: so long that `left` lasts for `until` at `each` a reading."""
    if each <= 0:
        return seconds
    if left <= 0:
        return max(seconds, LONGEST.total_seconds())
    return max(seconds, min(each * until.total_seconds() / left, LONGEST.total_seconds()))
