"""Words for a time: "in 2 hours", "tomorrow 9", "fri 14:30", "when they answer", in six languages. Pure functions.

English, German, French, Spanish, Portuguese and Italian are read side by side, without asking which one it is:
the few words that two of them share are settled by what stands beside them. Accents and capitals do not matter.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain import WHEN_THEY_ANSWER
from app.errors import InputError
from app.snooze_words import WORDS

__all__ = ["FARTHEST", "WHEN_THEY_ANSWER", "read"]

LONGEST = 80  # characters; nobody needs more to name a time
FARTHEST = timedelta(days=2 * 366)
MORNING, NOON, AFTERNOON, EVENING, NIGHT = 9, 12, 14, 18, 20
EARLIEST = 7  # a bare "5" is five in the afternoon; "05:00" and "5 am" are what they say
_OVER = "That time is over. Choose a later one."
_EXAMPLES = "Try “tomorrow 9”, “in 2 hours”, “Monday” or “when they answer”."

_VERBS = re.compile(r"answer|repl|respond|writ|wrote|antwort|schreib|meld|repon|ecri|contest|escri|escre|rispon|scriv")
_FIRST_ONLY = {"di": 1, "do": 3, "so": 6}  # short German days that are small words elsewhere
_ONES = frozenset(("a", "an", "un", "um"))  # "an hour", "un'ora"; elsewhere small words
_TOKENS = re.compile(
    r"(?P<iso>\d{4}-\d{1,2}-\d{1,2})(?!\d)"
    r"|(?P<day>\d{1,2})(?P<mark>[./])(?P<month>\d{1,2})(?:(?P=mark)(?P<year>\d{4}|\d{2})?)?(?!\d)(?<!\.\d\d)"
    r"|(?P<hour>\d{1,2})(?:[:.]|\s?h\s?)(?P<minute>[0-5]\d)(?!\d)\s?(?P<half>[ap]\.?m\b|uhr\b|h\b)?"
    r"|(?P<bare>\d{1,2})\s?(?P<bare_half>[ap]\.?m\b|uhr\b)(?!\s?[a-z])"
    r"|(?P<number>\d{1,4}(?:[.,]\d)?)(?!\d)"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<space>[\s,;.\-'\u2019\u00b7]+)"
    r"|(?P<other>.)"
)


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, tuple[str, float]]:
    """Word to kind and value; made at the first use and not at start-up. Earlier lines win."""
    found: dict[str, tuple[str, float]] = {}
    for meaning, words in WORDS.items():
        kind, _, value = meaning.partition(" ")
        units = {"minute": 1, "hour": 60, "day": 1440, "week": 7 * 1440, "month": 0}
        number = float(units[value]) if kind == "unit" else float(value)
        for word in words.split():
            found.setdefault(word, (kind, number))
    return found


def _fold(text: str) -> str:
    """Small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


@dataclass(slots=True)
class _Heard:
    """What of a time was said so far."""

    minutes: float = 0.0  # of hours and minutes
    days: int = 0
    months: int = 0
    spans: bool = False  # any of the three
    day: date | None = None
    offset: int | None = None
    weekday: int | None = None
    part: int | None = None
    clock: tuple[int, int] | None = None
    coming: bool = False  # "next"
    coming_unit: float | None = None  # "next week", "next month"
    number: float | None = None  # said, and not yet known of what
    strict: bool = False  # the clock is as it was said
    after: bool = False  # "in"
    later: bool = False
    this: bool = False
    answer: list[str] = field(default_factory=list)

    def dated(self) -> bool:
        """Whether it is known which day is meant."""
        return self.day is not None or self.offset is not None or self.weekday is not None


def read(text: str, now: datetime, zone: str = "UTC") -> datetime:
    """Return when it comes back (aware, UTC), or `WHEN_THEY_ANSWER`. Raises `InputError`.

    Days and clock times are those of `zone`. Without a time of day it is nine in the morning; a bare time is
    its next occurrence.
    """
    folded = " ".join(_fold(text[: LONGEST + 1]).split())
    if not folded:
        raise InputError(f"Write when it shall come back. {_EXAMPLES}")
    if len(folded) > LONGEST:
        raise InputError(f"That is too long for a time. {_EXAMPLES}")
    heard = _hear(folded, now.astimezone(ZoneInfo(zone)).date())
    at = _settle(heard, now, ZoneInfo(zone))
    if at <= now:
        raise InputError(_OVER)
    if at - now > FARTHEST and at != WHEN_THEY_ANSWER:
        raise InputError("That is more than two years away. Choose a time that is nearer.")
    return at


def _hear(folded: str, today: date) -> _Heard:
    heard = _Heard()
    tokens = [match for match in _TOKENS.finditer(folded) if match.lastgroup != "space"]
    for at, token in enumerate(tokens):
        follow = tokens[at + 1]["word"] if at + 1 < len(tokens) else None
        if token["iso"]:
            heard.day = _date(*map(int, token["iso"].split("-")))
        elif (
            token["day"]
            and token["mark"] == "."
            and token[0][-1] != "."
            and _lexicon().get(follow or "", "?")[0] == "unit"
        ):
            heard.number = float(token[0])  # "1.5 hours"
        elif token["day"]:
            heard.day = _written_date(token, today)
        elif token["hour"] is not None:
            _hear_clock(heard, token, at == 0, today)
        elif token["bare"]:
            _set_clock(heard, int(token["bare"]), 0, token["bare_half"])
        elif token["number"]:
            _put_number(heard)
            heard.number = float(token["number"].replace(",", "."))
        elif token["word"]:
            _hear_word(heard, token["word"], follow, at == 0, today)
        else:
            raise InputError(f"“{token[0]}” says no time. {_EXAMPLES}")
    _put_number(heard)
    return heard


def _hear_clock(heard: _Heard, token: re.Match[str], first: bool, today: date) -> None:
    hour, minute = int(token["hour"]), int(token["minute"])
    if hour > 23 and minute and "." in token[0]:  # "25.12" without its last point
        heard.day = _coming_date(today, minute, hour)
        return
    if "h" in token[0][:4] and (heard.after or (first and hour <= 6)) and not heard.dated():  # "2h30", "in 9h30"
        heard.minutes, heard.spans = heard.minutes + 60 * hour + minute, True
        return
    _set_clock(heard, hour, minute, token["half"] or "", strict=token["hour"].startswith("0"))


def _hear_word(heard: _Heard, word: str, follow: str | None, first: bool, today: date) -> None:
    known = _lexicon()
    kind, value = known.get(word, ("", 0.0))
    if first and word in _FIRST_ONLY:
        kind, value = "weekday", float(_FIRST_ONLY[word])
    next_kind = known.get(follow or "", ("", 0.0))[0]
    if word in _ONES and (next_kind == "unit" or follow in ("half", "demi", "demie")):
        kind, value = "number", 1.0
    if word == "mar" and heard.number is not None:  # "3 mar" is March, "mar 15:00" a Tuesday
        kind, value = "month", 3.0
    if word == "meio" and follow == "dia":  # "meio-dia"
        kind, value = "part", float(NOON)
    if word == "dia" and heard.part == NOON:
        return
    if not kind and _VERBS.match(word):
        kind = "answer"
    if word == "day" and follow == "after":  # "the day after tomorrow"
        heard.later = True
        return
    if word == "after" and heard.later:
        return
    match kind:
        case "unit":
            _hear_unit(heard, word, value, first)
        case "number":
            halves = heard.number is not None and value == 0.5 and heard.number == 1  # "une demi-heure"
            heard.number = 0.5 if halves or (heard.number == 0.5 and value == 1) else value
        case "in":
            heard.after = True
        case "offset" | "tomorrow":
            _put_number(heard)
            if kind == "tomorrow" and heard.dated():
                heard.part = MORNING
            else:
                heard.offset = int(value) + (1 if heard.later else 0)
                heard.later = False
        case "later":
            heard.later = True
        case "this":
            heard.this = True
        case "part":
            _hear_part(heard, word, int(value))
        case "weekday":
            _put_number(heard)
            heard.weekday = int(value)
        case "next":
            heard.coming = True
            if heard.number is None and heard.spans and heard.days in (7, 0):  # "la semana que viene"
                heard.coming_unit, heard.spans = (7 * 1440 if heard.days else 0), False
                heard.days = heard.months = 0
        case "month":
            _hear_month(heard, int(value), today)
        case "answer":
            heard.answer.append(word)
        case "filler":
            pass
        case _:
            raise InputError(f"“{word}” says no time that Carelane knows. {_EXAMPLES}")


def _hear_unit(heard: _Heard, word: str, value: float, first: bool) -> None:
    if heard.coming and heard.number is None:
        heard.coming_unit = value
        return
    if word in ("h", "hora", "horas", "heure", "heures") and heard.number is not None and heard.dated():
        _put_number(heard)  # "demain 9h"
        return
    amount, heard.number = heard.number if heard.number is not None else 1.0, None
    heard.spans = True
    if value == 0:
        heard.months += round(amount)
    elif value >= 1440 and amount == int(amount):
        heard.days += int(amount) * round(value) // 1440
    else:
        heard.minutes += amount * value


def _hear_part(heard: _Heard, word: str, hour: int) -> None:
    if heard.later and word in ("midi", "mediodia", "meio"):  # "après-midi"
        hour, heard.later = AFTERNOON, False
    if heard.number is not None:
        _put_number(heard, afternoon=hour >= AFTERNOON)
    elif heard.clock is not None and hour >= AFTERNOON and heard.clock[0] < NOON:
        heard.clock = (heard.clock[0] + 12, heard.clock[1])
    heard.part = hour
    if (heard.this or word in ("tonight", "stasera", "stanotte")) and not heard.dated():
        heard.offset = 0


def _hear_month(heard: _Heard, month: int, today: date) -> None:
    number, heard.number = heard.number, None
    if number is not None:
        heard.day = _coming_date(today, month, int(number))
    else:
        heard.day = _coming_date(today, month, 1)  # "December"; "December 24" is mended by the number that follows
        heard.coming_unit = -float(month)


def _put_number(heard: _Heard, afternoon: bool = False) -> None:
    """A number that no unit followed is an hour, or the day of a month that was named before."""
    number, heard.number = heard.number, None
    if number is None:
        return
    if number != int(number):
        raise InputError(f"“{number:g}” says no time. {_EXAMPLES}")
    if heard.coming_unit is not None and heard.coming_unit < 0 and heard.day is not None:
        heard.day = _coming_date(heard.day, round(-heard.coming_unit), int(number))
        heard.coming_unit = None
        return
    _set_clock(heard, int(number), 0, "pm" if afternoon and number < NOON else "")


def _set_clock(heard: _Heard, hour: int, minute: int, half: str, strict: bool = False) -> None:
    half = half.replace(".", "")
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise InputError(f"There is no {hour} {half}. {_EXAMPLES}")
        hour, strict = hour % 12 + (12 if half == "pm" else 0), True
    if hour == 24 and minute == 0:
        hour, minute, strict = 23, 59, True
    if hour > 23:
        raise InputError(f"There is no {hour} o'clock. {_EXAMPLES}")
    if heard.clock is not None:
        raise InputError(f"Two times of day are one too many. {_EXAMPLES}")
    heard.clock, heard.strict = (hour, minute), strict


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise InputError("There is no such date.") from error


def _written_date(token: re.Match[str], today: date) -> date:
    day, month = int(token["day"]), int(token["month"])
    if token["mark"] == "/" and month > 12:
        day, month = month, day
    if token["year"]:
        year = int(token["year"])
        return _date(year + 2000 if year < 100 else year, month, day)
    return _coming_date(today, month, day)


def _coming_date(today: date, month: int, day: int) -> date:
    """The next such date; 29 February waits for its year."""
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise InputError("There is no such date.")


def _settle(heard: _Heard, now: datetime, zone: ZoneInfo) -> datetime:
    """Put together what was heard."""
    here = now.astimezone(zone)
    today = here.date()
    clock = heard.clock
    if clock is not None and not heard.strict and 1 <= clock[0] < EARLIEST and heard.part != MORNING:
        clock = (clock[0] + 12, clock[1])
    timed = clock is not None or heard.part is not None
    at = time(*clock) if clock is not None else time(heard.part if heard.part is not None else MORNING)
    if heard.spans:
        day = _plus_months(today, heard.months) + timedelta(days=heard.days)
        if heard.minutes or (day == today and not timed):
            return _moment(day, here.time(), zone) + timedelta(minutes=heard.minutes)
        return _moment(day, at if timed else here.time(), zone)
    named = _named_day(heard, today, here.time(), at if timed else None)
    if named is not None:
        return _moment(named, at, zone)
    if timed:
        found = _moment(today, at, zone)
        return found if found > now else _moment(today + timedelta(days=1), at, zone)
    if any(_VERBS.match(word) for word in heard.answer):
        return WHEN_THEY_ANSWER
    raise InputError(f"That says no time. {_EXAMPLES}")


def _named_day(heard: _Heard, today: date, this_time: time, at: time | None) -> date | None:
    if heard.day is not None:
        return heard.day
    if heard.offset is not None:
        return today + timedelta(days=heard.offset)
    week, month = heard.coming_unit == 7 * 1440, heard.coming_unit == 0
    if heard.weekday is not None:
        if week:  # "Tuesday next week"
            return today + timedelta(days=7 - today.weekday() + heard.weekday)
        ahead = (heard.weekday - today.weekday()) % 7
        later_today = ahead == 0 and at is not None and at > this_time and not heard.coming
        return today + timedelta(days=ahead if ahead or later_today else 7)
    if week:
        return today + timedelta(days=7 - today.weekday())
    if month:
        return _plus_months(today, 1).replace(day=1)
    return None


def _plus_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    if not months:
        return day
    if months > 60:
        raise InputError("That is more than two years away. Choose a time that is nearer.")
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    try:
        return datetime.combine(day, at, zone).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise InputError("That is more than two years away. Choose a time that is nearer.") from error
