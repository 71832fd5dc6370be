"""Ten thousand due times against a doorman who looks at clock and sign once a minute.

The doorman knows nothing of spans, offsets or UTC. He reads the clock on the wall for each minute of three weeks, reads
what is written on the door, and ticks off minutes. Public holidays he knows from a calendar that was copied by hand.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.timers import OneOff, OpeningHours, add_working, end_of_working_day, is_open, working_minutes_between

SHOPS, CASES = 26, 400
DAYS = 20  # that the doorman stays
CLOCK = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60)]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Bavaria, of the days that can fall into the weeks below
BAVARIA = {
    date(2026, 4, 3), date(2026, 4, 6), date(2026, 10, 3), date(2026, 11, 1), date(2024, 3, 29), date(2024, 4, 1),
    date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), date(2027, 1, 6), date(2026, 5, 1), date(2026, 5, 14),
    date(2026, 5, 25), date(2026, 6, 4),
}  # fmt: skip
# zone, first day: every sort of change of the clock, a leap day, a turn of the year, and plain weeks
PLACES = [
    ("Europe/Berlin", date(2026, 3, 20)),
    ("Europe/Berlin", date(2026, 10, 15)),
    ("Europe/Berlin", date(2026, 12, 15)),
    ("Europe/Berlin", date(2026, 5, 8)),
    ("Europe/Berlin", date(2024, 3, 15)),
    ("America/New_York", date(2026, 2, 25)),
    ("America/New_York", date(2026, 10, 22)),
    ("Australia/Lord_Howe", date(2026, 3, 25)),  # half an hour
    ("Australia/Lord_Howe", date(2026, 9, 25)),
    ("America/Havana", date(2026, 3, 1)),  # at midnight
    ("America/Havana", date(2026, 10, 25)),
    ("Pacific/Apia", date(2011, 12, 20)),  # a date that never was
    ("Asia/Kathmandu", date(2024, 2, 20)),  # a leap day, and an offset of 5:45
]


@dataclass
class Door:
    """What is written on the door, as a person would read it."""

    zone: str
    first: date
    week: dict[str, list[tuple[str, str]]]
    special: dict[date, list[tuple[str, str]]] = field(default_factory=dict)
    bavarian: bool = False

    def on(self, day: date) -> list[tuple[str, str]]:
        if day in self.special:
            return self.special[day]
        if self.bavarian and day in BAVARIA:
            return []
        return self.week[WEEKDAYS[day.weekday()]]

    def open_at(self, day: date, clock: str) -> bool:
        for start, end in self.on(day):
            if start == end:
                continue
            if end < start:
                if clock >= start:
                    return True
            elif start <= clock < end:
                return True
        return any(end < start and clock < end for start, end in self.on(day - timedelta(days=1)))


def some_blocks(dice: random.Random) -> list[tuple[str, str]]:
    def clock() -> str:
        return f"{dice.randrange(24):02}:{dice.choice((0, 0, 0, 15, 30, dice.randrange(60))):02}"

    kind = dice.random()
    if kind < 0.2:
        return []
    if kind < 0.5:
        return [("09:00", "12:00"), ("13:00", "17:00")]
    if kind < 0.65:
        return [("18:00", "02:30")]
    if kind < 0.7:
        return [("00:00", "24:00")]
    return [(clock(), clock()) for _ in range(dice.randrange(1, 4))]


def doors() -> Iterator[Door]:
    dice = random.Random(20261124)
    made = 0
    while made < SHOPS:
        zone, first = PLACES[made % len(PLACES)]
        week = {name: some_blocks(dice) for name in WEEKDAYS}
        if sum(1 for blocks in week.values() if any(a < b for a, b in blocks)) < 3:
            continue
        special = {
            first + timedelta(days=dice.randrange(DAYS)): some_blocks(dice) for _ in range(dice.choice((0, 1, 3)))
        }
        bavarian = zone == "Europe/Berlin" and dice.random() < 0.7
        yield Door(zone, first, week, special, bavarian)
        made += 1


def hours_of(door: Door) -> OpeningHours:
    def minutes(clock: str) -> int:
        return int(clock[:2]) * 60 + int(clock[3:])

    def read(blocks: list[tuple[str, str]]) -> list[tuple[int, int]]:
        return [(minutes(start), minutes(end)) for start, end in blocks]

    days = [OneOff(day, tuple(read(blocks))) for day, blocks in door.special.items()]
    week = [read(door.week[name]) for name in WEEKDAYS]
    place = ("DE", "BY") if door.bavarian else ("", "")
    return OpeningHours(week, (), door.zone, *place, days)


def stand_at(door: Door) -> tuple[int, bytearray, list[date]]:
    """First second, then for each minute whether the door was open, and the date on the wall."""
    zone = ZoneInfo(door.zone)
    begin = datetime(door.first.year, door.first.month, door.first.day, tzinfo=UTC)
    start = int(begin.timestamp())
    seen, dates = bytearray(), []
    for second in range(start, start + DAYS * 86_400, 60):
        wall = datetime.fromtimestamp(second, zone)
        day = wall.date()
        seen.append(door.open_at(day, CLOCK[wall.hour * 60 + wall.minute]))
        dates.append(day)
    return start, seen, dates


def ticked_off(seen: bytearray, minute: int, budget: int) -> int | None:
    """The minute at which `budget` open minutes are over; None when the doorman goes home first."""
    while budget:
        if minute == len(seen):
            return None
        budget -= seen[minute]
        minute += 1
    return minute


def test_ten_thousand_due_times_are_those_of_the_doorman() -> None:
    dice = random.Random(7)
    checked = 0
    for door in doors():
        hours = hours_of(door)
        assert not hours.always
        start, seen, _dates = stand_at(door)
        for _ in range(CASES):
            minute = dice.randrange(len(seen) // 2)
            budget = dice.choice((1, 30, 30, 60, 120, dice.randrange(1, 900)))
            wanted = ticked_off(seen, minute, budget)
            posted = datetime.fromtimestamp(start + minute * 60, UTC)
            due = add_working(posted, budget, hours)
            assert is_open(posted, hours) == seen[minute], (door, posted)
            if wanted is not None:
                assert due == datetime.fromtimestamp(start + wanted * 60, UTC), (door, posted, budget)
                assert working_minutes_between(posted, due, hours) == budget
                checked += 1
    assert checked >= 10_000, "the doorman went home too often"


def test_the_working_day_ends_where_the_doorman_sees_its_last_minute() -> None:
    """Whose minute is it after midnight? That of the day whose block it is; so the sign is asked, not the clock."""
    dice = random.Random(11)
    for door in list(doors())[: len(PLACES)]:
        hours = hours_of(door)
        start, _seen, dates = stand_at(door)
        zone = ZoneInfo(door.zone)
        last: dict[date, int] = {}  # the last minute of each working day
        for minute, day in enumerate(dates):
            wall = datetime.fromtimestamp(start + minute * 60, zone)
            clock = CLOCK[wall.hour * 60 + wall.minute]
            before = day - timedelta(days=1)
            if any((a < b and a <= clock < b) or (b < a <= clock) for a, b in door.on(day)):
                last[day] = minute
            if any(b < a and clock < b for a, b in door.on(before)):
                last[before] = minute
        for _ in range(50):
            minute = dice.randrange(60 * 36, len(dates) // 2)
            day = dates[minute] - timedelta(days=1)
            while day not in last or last[day] < minute:
                day += timedelta(days=1)
            posted = datetime.fromtimestamp(start + minute * 60, UTC)
            ends = datetime.fromtimestamp(start + (last[day] + 1) * 60, UTC)
            assert end_of_working_day(posted, hours) == ends, (door, posted)
