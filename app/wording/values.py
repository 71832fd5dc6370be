"""What is filled into a template: read out of a name, a message and a client's hours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from app.timers import DAY, OpeningHours

_TITLE_WORDS = "mr mrs ms miss dr prof herr frau mme mlle sr sra srta dra don dona doña sig sigra dott ing"
_TITLES = frozenset(_TITLE_WORDS.split())
# a name that begins like this is a shop's or a joke's, not a person's
_NO_PERSON_WORDS = "the der die das le la les el los las il lo gli o os as your dein official team"
_NO_PERSON = frozenset(_NO_PERSON_WORDS.split())
_ADDRESS = re.compile(r"[@/#_0-9]|www\.|\.(?:com|de|fr|es|it|pt|net|org|io|social)\b", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_EDGES = re.compile(r"^[^\w]+|[^\w.]+$")

# number words in the six languages; between the word and the number stand at most two of the fillers
_ORDER = re.compile(
    r"(?:\border|\bbestell(?:ung|nummer|nr)|\bauftrag(?:snummer|snr)?|\bcommande|\bpedido|\bordine|\bencomenda"
    r"|\bpurchase|\binvoice|\brechnung(?:snummer)?|\bfacture|\bfactura|\bfattura|\bfatura)"
    r"(?P<filler>(?:[\s:.,()\u00a0-]{0,3}(?:#|n[°º]|no\b|nr\b|num\b|num[eé]ro|n[uú]mero|number|nummer|id\b|is\b|ist\b"
    r"|est\b|es\b|[eéè]\b|with\b|mit\b|der\b|del\b|di\b|de\b|da\b|do\b|the\b)){0,3})"
    r"[\s:.,()\u00a0-]{0,3}(?P<number>[a-z]{0,4}-?\d[\d-]{0,18}\d)(?![\d\w])",
    re.IGNORECASE,
)
_HASH = re.compile(r"(?<![\w&/])#\s?(?P<number>[A-Z]{0,4}-?\d{3,16})(?![\d\w])")
_DATE = re.compile(r"(?:19|20)\d\d-\d{1,2}(?:-\d{1,2})?|\d{1,2}-\d{1,2}-(?:19|20)?\d\d")
_PRICE = re.compile(r"\s{0,2}(?:[.,]\d\d\b|€|\$|£|eur\b|euro|usd\b|gbp\b|dollar|pound)", re.IGNORECASE)
_MARKED = re.compile(r"#|n[°º]|no\b|nr\b|num|number|nummer|id\b", re.IGNORECASE)
_READ = 4000  # characters of a message that are looked through

_WORDS: dict[str, tuple[str, str, str, str, str]] = {  # today, tomorrow, closed, and, around the clock
    "en": ("today", "tomorrow", "closed", "and", "around the clock"),
    "de": ("heute", "morgen", "geschlossen", "und", "rund um die Uhr"),
    "fr": ("aujourd\u2019hui", "demain", "fermé", "et", "24 heures sur 24"),
    "es": ("hoy", "mañana", "cerrado", "y", "las 24 horas"),
    "pt": ("hoje", "amanhã", "fechado", "e", "24 horas por dia"),
    "it": ("oggi", "domani", "chiuso", "e", "24 ore su 24"),
}


def first_name(name: str) -> str:
    """The first name in a display name; "" where there is surely none, so that a default can stand in."""
    if _ADDRESS.search(name):
        return ""
    words = [word for word in (_EDGES.sub("", part) for part in name.split()) if _LETTER.search(word)]
    if not words or words[0].casefold() in _NO_PERSON:
        return ""
    while len(words) > 1 and words[0].casefold().rstrip(".") in _TITLES:
        words.pop(0)
    first = words[0].rstrip(".")
    if len(first) < 2 and first.isascii():  # an initial
        return ""
    return first.capitalize() if len(first) > 2 and first.isupper() else first


def short_name(name: str, handle: str = "") -> str:
    """ "Dev P." of "Dev Patel"; the handle where there is no name."""
    words = [word for word in (_EDGES.sub("", part) for part in name.split()) if _LETTER.search(word)]
    if not words:
        return handle or "a customer"
    return words[0] if len(words) == 1 else f"{words[0]} {words[-1][0]}."


def order_number(texts: Iterable[str]) -> str:
    """The first order number in these texts, "" for none. No year, date, price or count."""
    for text in texts:
        text = unicodedata.normalize("NFC", text[:_READ])
        for found in _ORDER.finditer(text):
            number = found["number"]
            digits = sum(sign.isdigit() for sign in number)
            enough = 2 if _MARKED.search(found["filler"]) else 3 if number[0].isalpha() else 4
            if digits >= enough and not _DATE.fullmatch(number) and not _PRICE.match(text, found.end()):
                return number
        for found in _HASH.finditer(text):
            return found["number"]
    return ""


def _blocks(blocks: Iterable[tuple[int, int]], closed: str, and_: str) -> str:
    spans = [f"{_clock(start)}\u2013{_clock(end)}" for start, end in blocks]
    return f" {and_} ".join([", ".join(spans[:-1]), spans[-1]]) if len(spans) > 1 else spans[0] if spans else closed


def _clock(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    return "24:00" if minute == DAY else f"{hour % 24}:{rest:02}"


def opening_hours(hours: OpeningHours, at: datetime, language: str) -> str:
    """Today's and tomorrow's blocks by the client's calendar, in words of one of six languages, else English.

    "" where nothing is known: no hours were set, or holidays would have to be looked up, which takes too long here.
    """
    today, tomorrow, closed, and_, always = _WORDS.get(language.split("-")[0].casefold(), _WORDS["en"])
    if hours.around:
        return always
    if not any(hours.week) or not hours.at_hand(at):
        return ""
    if hours.always:
        return always
    day = at.astimezone(hours.tz).date()
    told = [_blocks(hours.blocks_on(one), closed, and_) for one in (day, day + timedelta(days=1))]
    return f"{today} {told[0]}, {tomorrow} {told[1]}"
