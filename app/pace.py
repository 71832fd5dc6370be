"""Which promises can still be kept by a time, at a person's own pace, and whom to take first. Pure functions.

The answers are given in the order of the deadlines: no other order makes the latest of them less late.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.timers import OpeningHours, end_of_working_day

STRETCH = timedelta(minutes=30)  # a longer pause between two replies is a pause, not work
ENOUGH = 10  # replies before a person's own pace is believed
USUAL = timedelta(minutes=4)
LEAST, MOST = timedelta(seconds=30), timedelta(minutes=20)  # a pace outside of these is an accident of few replies
EVENING = time(17, 30)


class Due(Struct, frozen=True, gc=False):
    """An open conversation and its promise."""

    id: str
    name: str
    at: datetime


class Outlook(Struct, frozen=True, gc=False):
    """What becomes of the open promises if somebody goes on at this pace until `until`."""

    until: datetime
    late: int = 0  # broken already
    breaks: int = 0  # more that will break
    first: str = ""  # conversation to take first, "" where none is open
    name: str = ""
    more: bool = False  # there are more open conversations than were looked at


def pace(sent: Sequence[datetime]) -> timedelta:
    """The usual time from one own reply to the next within a stretch of work. `sent` in any order."""
    ordered = sorted(sent)
    gaps = [(after - before).total_seconds() for before, after in pairwise(ordered) if after - before <= STRETCH]
    if len(ordered) < ENOUGH or not gaps:
        return USUAL
    return min(max(timedelta(seconds=median(gaps)), LEAST), MOST)


def in_order(dues: Sequence[Due]) -> list[Due]:
    """As they are to be taken: the nearest deadline first."""
    return sorted(dues, key=lambda due: (due.at, due.id))


def finished(order: Sequence[Due], now: datetime, each: timedelta) -> list[datetime]:
    """When each of `order` is answered, one after the other."""
    return [now + each * place for place in range(1, len(order) + 1)]


def outlook(dues: Sequence[Due], now: datetime, until: datetime, each: timedelta, *, more: bool = False) -> Outlook:
    """Count the promises that end by `until` and are broken, or will be, in the order of the deadlines."""
    order = in_order(dues)
    if not order:
        return Outlook(until)
    late = sum(due.at <= now for due in order)
    breaks = sum(
        now < due.at <= until and end > due.at for due, end in zip(order, finished(order, now, each), strict=True)
    )
    return Outlook(until, late, breaks, order[0].id, order[0].name, more)


def closing_time(now: datetime, hours: Sequence[OpeningHours], zone: str, chosen: str = "") -> datetime:
    """Until when somebody goes on: the time chosen ("17:30"), else when the last of the shops closes today.

    Where all are closed or open around the clock it is half past five in the afternoon, and after that the end
    of the day. `zone` is where the person sits.
    """
    here = now.astimezone(ZoneInfo(zone))
    wanted = _time(chosen)
    if wanted is not None:
        at = datetime.combine(here.date(), wanted, here.tzinfo)
        if at > now:
            return at
    else:
        ends = [end_of_working_day(now, one) for one in hours if not one.always]
        today = [end for end in ends if end.astimezone(here.tzinfo).date() == here.date()]
        if today:
            return max(today)
        at = datetime.combine(here.date(), EVENING, here.tzinfo)
        if at > now:
            return at
    return datetime.combine(here.date() + timedelta(days=1), time(), here.tzinfo)


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        return None
