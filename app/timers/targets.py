"""What a client promises: how soon an answer is due, by what the message is, where it came from and from whom.

Which promise holds: **the shortest of all that fit**. A promise is made to
everybody who may rely on it. Whoever was told "direct messages within 30
minutes" is not served by a rule that says questions may take two hours, so a
question in a direct message is due in 30. No order of names has to be
remembered, and adding a promise can never make anybody wait longer. "Same
day" ranks as 24 hours, whatever the hour of the day, so that the same sort of
message always gets the same promise.

What fits a message: its mood ("negative"), its tags ("question", "praise"),
its kind ("message", "review", "mention" …), its platform ("platform:bluesky")
and whether a contact is a VIP ("vip"). A name that a client has not set has
its usual target (`USUAL`) or none. "other" holds where nothing else fits.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.domain import Kind
from app.errors import InputError
from app.timers.hours import DAY, OpeningHours
from app.timers.working import add_working, end_of_working_day

LONGEST = 30 * DAY  # minutes
PLATFORM = "platform:"


@dataclass(frozen=True, slots=True)
class Target:
    """A promise to answer within some minutes of opening time."""

    minutes: int | None = None  # None: the same day
    name: str = field(init=False, compare=False, default="")  # "30 min", "2 h" or "same day", as stored and reported

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", _name(self.minutes))

    @classmethod
    def from_name(cls, name: str) -> Target | None:
        """The target whose `name` this is; None for other words."""
        number, _, unit = name.partition(" ")
        if name == "same day":
            return cls()
        if unit not in ("min", "h") or not number.isdecimal():
            return None
        return cls(int(number) * (60 if unit == "h" else 1))


def _name(minutes: int | None) -> str:
    if minutes is None:
        return "same day"
    return f"{minutes // 60} h" if minutes >= 60 and minutes % 60 == 0 else f"{minutes} min"


def _rank(target: Target) -> int:
    return DAY if target.minutes is None else target.minutes


USUAL: Mapping[str, Target] = {
    "negative": Target(30),
    "message": Target(30),
    "question": Target(120),
    "vip": Target(30),
    "review": Target(),
    "praise": Target(),
    "other": Target(),
}
# kinds that have a promise of their own only where a client gives one
KINDS = tuple(kind.value for kind in (Kind.MENTION, Kind.REPLY, Kind.QUOTE, Kind.COMMENT))
_FITTING = tuple[str, bool, bool, bool, bool]  # kind, negative, question, praise, vip


class Targets:
    """A client's promises by name; an immutable value. Raises `InputError` for names and numbers that none has."""

    __slots__ = ("_chosen", "_set", "platform")

    def __init__(self, set_: Mapping[str, Target] | None = None, *, platform: str = "", **more: Target) -> None:
        """`set_` and `more` are what differs from `USUAL`. `platform` is the one whose messages are judged."""
        chosen = {**(set_ or {}), **more}
        for name, target in chosen.items():
            check(name, target)
        self._set = {name: chosen[name] for name in sorted(chosen)}
        self.platform = platform
        self._chosen: dict[_FITTING, Target] = {}

    @classmethod
    def from_json(cls, text: str) -> Targets:
        """Read `to_json`'s form; "" and what is left out are the usual targets. Raises `InputError`."""
        try:
            data = json.loads(text) if text.strip() else {}
            return cls({name: _target(value) for name, value in data.items()})
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError("A target is a number of minutes up to 30 days, or the same day.") from error

    def to_json(self) -> str:
        """Return all promises as `{"negative": 30, …}`, null for the same day."""
        return json.dumps({name: target.minutes for name, target in self.all().items()})

    def all(self) -> dict[str, Target]:
        """Every promise that holds by name, the usual ones first."""
        return {**USUAL, **self._set}

    def changed(self) -> dict[str, Target]:
        """What differs from the usual promises, as it is stored."""
        return {name: target for name, target in self._set.items() if USUAL.get(name) != target}

    def on(self, platform: str) -> Targets:
        """The same promises, for messages of this platform."""
        return self if platform == self.platform else Targets(self._set, platform=platform)

    def pick(self, kind: str, mood: str, tags: Collection[str], vip: bool = False) -> Target:
        """The promise that holds for such a message: the shortest that fits."""
        fitting = (kind, mood == "negative", "question" in tags, "praise" in tags, vip)
        found = self._chosen.get(fitting)
        if found is None:
            found = self._chosen[fitting] = self._shortest(fitting)
        return found

    def _shortest(self, fitting: _FITTING) -> Target:
        kind, negative, question, praise, vip = fitting
        held = {"negative": negative, "question": question, "praise": praise, "vip": vip}
        names = [str(kind), PLATFORM + self.platform, *(name for name, holds in held.items() if holds)]
        every = self.all()
        return min((every[name] for name in names if name in every), key=_rank, default=every["other"])

    def __getattr__(self, name: str) -> Target:
        """A promise by name, `targets.question`; `AttributeError` where none holds."""
        if not name.startswith("_"):
            found = self.all().get(name)
            if found is not None:
                return found
        raise AttributeError(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Targets) and (self.all(), self.platform) == (other.all(), other.platform)

    def __hash__(self) -> int:
        return hash((tuple(sorted((name, target.minutes or 0) for name, target in self.all().items())), self.platform))

    def __repr__(self) -> str:
        return f"Targets({self._set!r}, platform={self.platform!r})"


def check(name: str, target: Target) -> None:
    """Raise `InputError` for a name that no promise has, or minutes out of reach."""
    if not (name in USUAL or name in KINDS or (name.startswith(PLATFORM) and len(name) > len(PLATFORM))):
        raise InputError(f"There is no target called “{name}”.")
    if target.minutes is not None and not 0 < target.minutes <= LONGEST:
        raise InputError("A target is a number of minutes up to 30 days, or the same day.")


def _target(value: object) -> Target:
    if value is None:
        return Target()
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(value)
    return Target(value)


def known(rows: Iterable[tuple[str, int | None]]) -> dict[str, Target]:
    """Stored names and minutes as targets. What this version does not know is left out: it came from a newer one."""
    found = {}
    for name, minutes in rows:
        try:
            check(name, Target(minutes))
        except InputError:
            continue
        found[name] = Target(minutes)
    return found


TARGETS = Targets()


def target_for(
    kind: str, mood: str, tags: Collection[str], targets: Targets = TARGETS, *, platform: str = "", vip: bool = False
) -> Target:
    """Return the promise that holds for such a message. `platform` is needed only where `targets` knows none."""
    return (targets.on(platform) if platform else targets).pick(kind, mood, tags, vip)


def due_at(
    kind: str,
    mood: str,
    tags: Collection[str],
    posted_at: datetime,
    hours: OpeningHours,
    targets: Targets = TARGETS,
    vip: bool = False,
) -> tuple[datetime, str]:
    """Return when an answer is due, and the name of the promise: "30 min", "2 h", "same day"."""
    target = targets.pick(kind, mood, tags, vip)
    return due_by(target, posted_at, hours), target.name


def due_by(target: Target, posted_at: datetime, hours: OpeningHours) -> datetime:
    """Return when this promise to somebody who wrote at `posted_at` ends."""
    if target.minutes is None:
        return end_of_working_day(posted_at, hours)
    return add_working(posted_at, target.minutes, hours)
