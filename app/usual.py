"""When somebody is usually online, told by when they wrote before. A pure function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LEAST = 6  # messages
DAYS = 3  # on as many days, since an evening's quarrel is no habit
_HOUR = timedelta(hours=1)
_AHEAD = 7 * 24 + 2  # hours that are looked at: a week, and one that a change of the clocks may take away
_SAME_HOUR = 3  # what a message in that very hour of the week counts, against one on another day at that hour


def usual(times: Iterable[datetime], now: datetime, zone: str) -> datetime | None:
    """Return the next full hour (aware, UTC) in which they usually are there; None if too little is known.

    It is an hour of the day at which they wrote before, in `zone`: the first within a week that is at least half
    as usual as the most usual one. Sooner is better than best, since somebody waits.
    """
    here = ZoneInfo(zone)
    local = [at.astimezone(here) for at in times]
    if len(local) < LEAST or len({at.date() for at in local}) < DAYS:
        return None
    weekly = Counter((at.weekday(), at.hour) for at in local)
    daily = Counter(at.hour for at in local)

    def score(at: datetime) -> int:
        there = at.astimezone(here)
        if not daily[there.hour]:
            return 0
        return _SAME_HOUR * weekly[there.weekday(), there.hour] + daily[there.hour]

    hours = [_next_hour(now, here) + _HOUR * ahead for ahead in range(_AHEAD)]
    hours = [at for at in hours if at <= now + timedelta(days=7, hours=1)]
    best = max(map(score, hours), default=0)
    return next((at for at in hours if best and 2 * score(at) >= best), None)


def _next_hour(now: datetime, zone: ZoneInfo) -> datetime:
    """The next full hour by the clocks there, which in some places is half an hour off."""
    there = now.astimezone(zone)
    into = timedelta(minutes=there.minute, seconds=there.second, microseconds=there.microsecond)
    return (now + _HOUR - into).astimezone(UTC)
