"""By when a promise is due: the time that its words name, or what is usual for its kind. Pure functions.

Days are those of the client's calendar, and a day without a time ends as the client closes.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from app.errors import InputError
from app.timers import OpeningHours
from app.timers.hours import MINUTE, ONE_DAY, day_end

# working days after today, at the end of which each kind is due when no time was named
USUAL = {"call": 1, "answer": 1, "refund": 5, "voucher": 3, "replacement": 3, "other": 3}
FARTHEST = timedelta(days=366)
_EARLIER = re.compile(r"(?:before|vor|avant|antes|prima)\b")

_NUMBERS = {
    word: number
    for number, line in enumerate(
        (
            "a an one ein eine einem einer einen un une una uno um uma", "two couple zwei deux dos dois duas due",
            "three drei trois tres tre", "four vier quatre cuatro quatro quattro", "five funf fuenf cinq cinco cinque",
            "six sechs seis sei", "seven sieben sept siete sete sette", "eight acht huit ocho oito otto",
            "nine neun neuf nueve nove", "ten zehn dix diez dez dieci",
        ),
        1,
    )
    for word in line.split()
}  # fmt: skip
_UNITS = {
    "minute": r"min|mins|minutes?|minuten|minutos?|minuti",
    "hour": r"h|hours?|hrs?|stunden?|std|heures?|horas?|or[ae]",
    "day": r"days?|tag(?:e|en)?|werktag(?:e|en)?|arbeitstag(?:e|en)?|jours?|dias?|giorn[oi]",
    "week": r"weeks?|wochen?|semaines?|semanas?|settiman[ae]",
    "month": r"months?|monat(?:e|en)?|mois|mes(?:es)?|mes[ei]",
}
_WORKING = r"working|business|ouvr(?:es?|ables?)|habiles?|uteis|util|laborables?|lavorativ[oi]|werktag\w*|arbeitstag\w*"
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_WITHIN = (
    r"within|in|innerhalb(?: von)?|binnen|sous|d'ici|dans|en menos de|en|dentro de|em ate|em|no prazo de|entro"
    r"|nel giro di|tra|fra|spatestens in|spaetestens in|au plus tard dans|over the next|during the next"
)
_NEXT = r"the|next|den|nachsten|naechsten|kommenden|les|prochaine?s?|l[ao]s|proxim[oa]s|as|os|i|le|prossim[ie]"
_DAY = (
    r"(?:the )?day after tomorrow|ubermorgen|uebermorgen|apres[- ]demain|pasado manana|depois de amanha|dopodomani"
    r"|today|tonight|heute|aujourd'hui|hoy|hoje|oggi|stasera|tomorrow|morgen|demain|manana|amanha|domani"
)
_WEEKDAYS = (
    "monday|montag|lundi|lunes|lunedi|segunda(?:-feira)", "tuesday|dienstag|mardi|martes|martedi|terca(?:-feira)",
    "wednesday|mittwoch|mercredi|miercoles|mercoledi|quarta(?:-feira)",
    "thursday|donnerstag|jeudi|jueves|giovedi|quinta(?:-feira)", "friday|freitag|vendredi|viernes|venerdi"
    "|sexta(?:-feira)",
    "saturday|samstag|sonnabend|samedi|sabado|sabato", "sunday|sonntag|dimanche|domingo|domenica",
)  # fmt: skip
_WEEKDAY = "|".join(_WEEKDAYS)
_FEIRA = r"(?:na|ate|ate a|proxima) (?:segunda|terca|quarta|quinta|sexta)"
_COMING = (
    r"next|nachsten?r?|naechsten?r?|kommenden?r?|diesen|this|ce|este|esta|questo|prochaine?|proxim[oa]|prossim[oa]"
)
_MONTH = (
    r"january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|marz"
    r"|maerz|mai"
    r"|juni|juli|oktober|dezember|janvier|fevrier|mars|avril|juin|juillet|aout|septembre|octobre|novembre|decembre"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|janeiro|fevereiro|marco"
    r"|maio|junho"
    r"|julho|setembro|outubro|novembro|dezembro|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre"
)
_CLOCK = (
    r"\d{1,2}(?::[0-5]\d|h[0-5]\d|\.[0-5]\d(?=\s?(?:uhr|h\b|[ap]\.?m)))?\s?(?:uhr|h\b|heures|o'clock|[ap]\.?m\b)"
    r"|\d{1,2}[:h][0-5]\d"
)
_AT = r"(?:at|by|before|um|gegen|vor|bis|a|vers|avant|a las?|sobre las?|antes de las?|as|pelas|ate as|alle|entro le|,)"
_PART = (
    r"morning|noon|lunch(?:time)?|afternoon|evening|vormittag|mittag|nachmittag|abend|matin|midi|apres-midi|soir"
    r"|por la manana|por la tarde|por la noche|de manha|a tarde|a noite|mattina|pomeriggio|sera|fruh|frueh"
)
_NOON = r"noon|midday|mittags?|midi|mediodia|medio dia|meio[- ]dia|mezzogiorno"
_TO_NOON = (
    r"(?:at|around|by|before|until|um|gegen|vor|bis|a|vers|avant|al|hacia el|antes del|hasta el|ao|pelo|antes do|ate ao"
    r"|ate o|entro|verso|prima di|per|,)"
)
_OF = r"(?:on|of|am|de|del|do|da|di|\s*,)"  # "noon on Friday"
_BEFORE = (
    r"(?:by|until|till|before|on|no later than|latest|am|bis|bis zum|spatestens|vor|noch|avant|d'ici|au plus tard|le"
    r"|antes del?|para el|el|hasta el|a mas tardar|ate|na|no|antes de|entro|per|prima di|il)"
)
_NOW = (
    r"right away|right now|straight away|immediately|at once|sofort|umgehend|unverz(?:u|ue)glich|tout de suite"
    r"|immediatement"
    r"|de inmediato|inmediatamente|enseguida|ahora mismo|imediatamente|de imediato|agora mesmo|immediatamente|subito"
)
_THIS_WEEK = (
    r"this week|end of (?:the|this) week|diese woche|ende der woche|ende dieser woche|cette semaine"
    r"|fin de (?:la )?semaine"
    r"|esta semana|final de (?:la )?semana|finales de (?:la )?semana|fim da semana|questa settimana"
    r"|fine (?:della )?settimana"
)
_NEXT_WEEK = (
    r"next week|nachster? woche|naechster? woche|kommende woche|la semaine prochaine|semaine prochaine"
    r"|la proxima semana"
    r"|proxima semana|la semana que viene|semana que vem|la prossima settimana|la settimana prossima|settimana prossima"
)


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Made at the first use, not at the start."""
    noon = rf"(?:{_TO_NOON}\s+)?(?P<noon%s>{_NOON})"
    unit = "|".join(f"(?P<unit_{name}>{forms})" for name, forms in _UNITS.items())
    parts = (
        rf"(?P<span>(?:{_WITHIN})\s+(?:(?:{_NEXT})\s+){{0,2}}(?P<n>{_NUMBER})(?:\s*(?:-|\u2013|to|bis|ou|or|oder|o"
        rf"|a)\s*(?P<m>{_NUMBER}))?\s*(?P<w1>{_WORKING})?\s*(?:{unit})(?:\s+(?P<w2>{_WORKING}))?)",
        r"(?P<hours>(?:within|innerhalb von|binnen|sous|en|em|entro)\s+\d{1,3}\s?h)",
        rf"(?P<nextweek>{_NEXT_WEEK})",
        rf"(?P<thisweek>{_THIS_WEEK})",
        rf"(?P<date>(?:{_BEFORE}\s+)?(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}\.\s?\d{{1,2}}\.(?:\d{{4}}|\d\d)?"
        rf"|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?"
        rf"|\d{{1,2}}(?:\.|st|nd|rd|th|er)?\s+(?:de |of )?(?:{_MONTH})|(?:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?))"
        rf"(?:\s+(?:(?:{_AT}\s+)?(?P<c1>{_CLOCK})|{noon % 1}))?",
        rf"(?P<day>{_DAY})(?:\s+(?P<p1>{_PART}))?(?:\s+(?:(?:{_AT}\s+)?(?P<c2>{_CLOCK})|{noon % 2}))?(?:\s+noch)?",
        rf"(?:(?:{_COMING})\s+)?(?P<weekday>{_FEIRA}"
        rf"|{_WEEKDAY})(?:\s*(?P<p2>{_PART}))?(?:\s+(?:(?:{_AT}\s+)?(?P<c3>{_CLOCK})|{noon % 3}))?",
        rf"(?P<later>this|diesen|heute|cet|ce|esta|este|questo|questa)\s+(?P<p3>{_PART})",
        rf"{_AT}\s+(?P<c4>{_CLOCK})",
        rf"{noon % 4}(?:\s+(?:{_OF}\s+)?(?:(?P<noon_day>{_DAY})|(?P<noon_weekday>{_WEEKDAY})))?",
        rf"(?P<now>{_NOW})",
    )
    return re.compile(rf"(?<![\w'])(?:(?:{_BEFORE})\s+)?(?:{'|'.join(parts)})(?!\w)".replace(" ", r"\s+"))


def phrases(folded: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Where a text names times; `folded` is `promise.fold`'s."""
    return [match.span() for match in _pattern().finditer(folded, start, len(folded) if end is None else end)]


class _Part(NamedTuple):
    hour: int
    words: tuple[str, ...]


_OVERMORROW = ("dayafter", "thedayafter", "ubermorgen", "uebermorgen", "apresdemain", "pasado", "depois", "dopodomani")
NOON, _LATE = 12, 21
_PARTS = (  # by when each part of the day is over
    _Part(18, ("apres-midi", "afternoon", "nachmittag", "tarde", "pomeriggio")),
    _Part(_LATE, ("evening", "abend", "soir", "noche", "noite", "sera")),
    _Part(
        NOON, ("morning", "noon", "lunch", "vormittag", "mittag", "fruh", "matin", "midi", "manana", "manha", "mattina")
    ),
)


def named(when: str, now: datetime, hours: OpeningHours) -> datetime | None:
    """The time that these words name, as the client's clock and calendar have it; None where they name none.

    Never before `now`, nor more than a year ahead.
    """
    from app.wording.promise import fold

    match = _pattern().search(fold(when))
    if match is None:
        return None
    try:
        at = _time(match, now, hours)
    except (InputError, ValueError, OverflowError):
        return None
    if at is None or at - now > FARTHEST:
        return None
    return at if at > now else None


def _time(match: re.Match[str], now: datetime, hours: OpeningHours) -> datetime | None:
    here = now.astimezone(hours.tz)
    today = here.date()
    if match["span"]:
        return _span(match, now, hours)
    if match["hours"]:
        return now + timedelta(hours=int(re.sub(r"\D", "", match["hours"])))
    if match["now"]:
        return _today(now, hours)
    if match["nextweek"]:
        return _last_of_week(today + timedelta(days=7), now, hours)
    if match["thisweek"]:
        return _last_of_week(today, now, hours)
    part = match["p1"] or match["p2"] or match["p3"]
    clock = match["c1"] or match["c2"] or match["c3"] or match["c4"]
    day = _day(match, now, hours, today)
    if clock:
        from app.snooze import read

        return read(f"{day.isoformat() if day else ''} {clock}".strip(), now, hours.zone)
    if any(match[f"noon{n}"] for n in (1, 2, 3, 4)):
        at = _moment(day or today, NOON, hours)
        return at if day is not None or at > now else _moment(today + ONE_DAY, NOON, hours)
    if day is None:
        return None
    if _EARLIER.match(match[0]) and not part and day - ONE_DAY >= today:
        day -= ONE_DAY  # "before Friday" is over as Friday begins
    if part or match["day"] in ("tonight", "stasera"):
        over = next((one.hour for one in _PARTS if part and any(word in part for word in one.words)), _LATE)
        return _moment(day, over, hours)
    return _today(now, hours) if day == today else _end_of(day, hours)


def _day(match: re.Match[str], now: datetime, hours: OpeningHours, today: date) -> date | None:
    if said := match["day"] or match["noon_day"]:
        text = said.replace(" ", "").replace("-", "")
        if text.startswith(_OVERMORROW):
            return today + timedelta(days=2)
        ahead = text in ("tomorrow", "morgen", "demain", "manana", "amanha", "domani")
        return today + timedelta(days=1 if ahead else 0)
    if said := match["weekday"] or match["noon_weekday"]:
        word = said.split()[-1].removesuffix("-feira")
        number = next(n for n, forms in enumerate(_WEEKDAYS) if word in forms.replace("(?:-feira)", "").split("|"))
        return today + timedelta(days=(number - today.weekday()) % 7 or 7)
    if match["date"]:
        from app.snooze import read

        text = re.sub(rf"^(?:{_BEFORE})\s+", "", match["date"])
        text = re.sub(r"(\d)(?:st|nd|rd|th|er)\b", r"\1", text).replace(". ", ".")
        midnight = datetime(today.year, today.month, today.day, tzinfo=hours.tz) - MINUTE
        return read(text, midnight.astimezone(UTC), hours.zone).astimezone(hours.tz).date()
    return today if match["p3"] else None


def _span(match: re.Match[str], now: datetime, hours: OpeningHours) -> datetime:
    text = match["m"] or match["n"]  # of "three to five days" the longer
    number = int(text) if text.isdecimal() else _NUMBERS[text]
    if match["unit_minute"]:
        return now + timedelta(minutes=number)
    if match["unit_hour"]:
        return now + timedelta(hours=number)
    if match["w1"] or match["w2"] or (match["unit_day"] or "").startswith(("werk", "arbeit")):
        return working_days(number, now, hours)
    each = 7 if match["unit_week"] else 30 if match["unit_month"] else 1
    return _end_of(now.astimezone(hours.tz).date() + timedelta(days=each * number), hours)


def usual(kind: str, now: datetime, hours: OpeningHours) -> datetime:
    """When a promise of this kind is due that names no time."""
    return working_days(USUAL.get(kind, USUAL["other"]), now, hours)


def working_days(number: int, now: datetime, hours: OpeningHours) -> datetime:
    """The end of the working day that many after today."""
    day = now.astimezone(hours.tz).date()
    if hours.always:
        return _midnight_after(day + timedelta(days=number), hours)
    end = None
    while number > 0 or end is None:
        day += ONE_DAY
        end = day_end(day.toordinal(), hours)
        number -= end is not None
    return end


def _today(now: datetime, hours: OpeningHours) -> datetime:
    day = now.astimezone(hours.tz).date()
    end = _end_of(day, hours)
    return end if end > now else _midnight_after(day, hours)


def _end_of(day: date, hours: OpeningHours) -> datetime:
    """As the client closes on that day; on a day off at its midnight, since it was promised for that day."""
    end = None if hours.always else day_end(day.toordinal(), hours)
    return end or _midnight_after(day, hours)


def _last_of_week(day: date, now: datetime, hours: OpeningHours) -> datetime:
    """The end of the last working day of that day's week; around the clock it is Friday."""
    monday = day - timedelta(days=day.weekday())
    for number in (6, 5, 4, 3, 2, 1, 0) if not hours.always else (4,):
        end = _end_of(monday + timedelta(days=number), hours)
        open_ = hours.always or day_end((monday + timedelta(days=number)).toordinal(), hours) is not None
        if open_ and end > now:
            return end
    return _end_of(monday + timedelta(days=6), hours)


def _midnight_after(day: date, hours: OpeningHours) -> datetime:
    return _moment(day + ONE_DAY, 0, hours)


def _moment(day: date, hour: int, hours: OpeningHours) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=hours.tz).astimezone(UTC)
