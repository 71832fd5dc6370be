"""Targets, opening hours and holidays: when an answer is due. Pure functions."""

from app.timers.hours import DAY, DAY_NAMES, Block, OneOff, OpeningHours, blocks_from_text, blocks_text
from app.timers.targets import PLATFORM, TARGETS, USUAL, Target, Targets, due_at, due_by, target_for
from app.timers.working import (
    add_working,
    closes_at,
    end_of_working_day,
    is_open,
    opens_at,
    working_minutes_between,
)

__all__ = [
    "DAY",
    "DAY_NAMES",
    "PLATFORM",
    "TARGETS",
    "USUAL",
    "Block",
    "OneOff",
    "OpeningHours",
    "Target",
    "Targets",
    "add_working",
    "blocks_from_text",
    "blocks_text",
    "closes_at",
    "due_at",
    "due_by",
    "end_of_working_day",
    "is_open",
    "opens_at",
    "target_for",
    "working_minutes_between",
]
