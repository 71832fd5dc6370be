"""Where a promise gets close, and when what was put away is back before it breaks. Pure functions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.timers import OpeningHours, add_working, working_minutes_between
from app.timers.hours import MINUTE, day_spans

DAYS_OFF = 3  # a week-end and its Monday
WARNING = timedelta(minutes=60)  # an item enters Care now this long before its time


def warns_at(start: datetime, due: datetime, hours: OpeningHours) -> datetime:
    """Where the last quarter of a promise begins, by the client's opening time; never before `start`.

    A promise that has no opening time in it (a platform's window in the night) is divided by the clock.
    """
    if due <= start:
        return due
    minutes = working_minutes_between(start, due, hours)
    if hours.always or minutes <= 0:
        return due - (due - start) / 4
    return min(add_working(start, minutes * 0.75, hours), due)


def comes_back(
    until: datetime, put_away: datetime, start: datetime, due: datetime | None, hours: OpeningHours
) -> datetime:
    """When a conversation that sleeps until `until` is back: before its promise breaks.

    At the last quarter of the promise; what is put away in that quarter, at the last quarter of what is left of
    it. What is late when it is put away has nothing left to break, and sleeps as long as it was told to.
    """
    if due is None or put_away >= due:
        return until
    back = warns_at(start, due, hours)
    if put_away >= back:
        back = due - (due - put_away) / 4
    return min(until, back)


def follow_up(made: datetime, due: datetime, hours: OpeningHours) -> datetime:
    """When something that we promised is to be in sight: as the client opens on the day it is due, an hour before
    it is due at the latest, and never before it was promised. Around the clock a day opens at midnight.

    What is due on a day off is back on the last day before it, up to three days. A deadline at midnight belongs to
    the day that ends there. What is promised for the same day, while the client is there, is back an hour before it
    is due.
    """
    latest = max(made, due - WARNING)
    if due <= made:
        return made
    local = (due - MINUTE).astimezone(hours.tz)
    if hours.always:
        opens = datetime(local.year, local.month, local.day, tzinfo=hours.tz).astimezone(UTC)
    else:
        days = (day_spans(local.toordinal() - back, hours) for back in range(DAYS_OFF + 1))
        opens = next((spans[0][0] for spans in days if spans), latest)
    return min(latest, opens) if opens > made else latest
