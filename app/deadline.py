"""Where a promise gets close, and when what was put away is back before it breaks. Pure functions."""

from __future__ import annotations

from datetime import datetime

from app.timers import OpeningHours, add_working, working_minutes_between


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
