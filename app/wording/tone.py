"""The tone mirror: what a reply may sound like to the person who reads it. Advice only; quiet, local, no network.

Pure functions over word lists in six languages (`tone_words`). What they cannot be sure of, they leave alone: a
note that is wrong costs more than one that is missing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import cache

from app.rows import Concern
from app.triage.lexicon import base, guess_language
from app.wording import tone_words as words

LONGEST = 4000  # characters that are looked at
BEGUN = 20  # characters after which a text is more than a greeting
MOST = 3  # promises without a time that are pointed out
TOLD = 600  # characters that tell what language a text is in
SURE = 80  # characters whose words tell their language
SHOWN = 40  # characters of what is quoted in a note

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_SENTENCE = re.compile(r"[.!?\n]")
_BLANK = re.compile(
    r"\[(?!sic\])[^\[\]\n]{2,40}\](?!\()|\{[^{}\n]{1,60}\}|(?<![\w.@#])X{3,}(?!\w)|(?<![\w@/])_{3,}(?!\w)"
)
_UPPER = re.compile(r"(?<![\w@#/&.-])[A-ZÀ-ÖØ-ÞΑ-ΡΣ-ΩА-ЯЁ]{2,}(?![\w@/&]|[.'-]\w)")
_QUOTES = "\"'“„«‘"  # noqa: RUF001
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def _loose(pattern: str) -> str:
    return pattern.replace(" ", r"\s+")


@cache
def _any(kind: str, language: str) -> re.Pattern[str]:
    lists = {"blame": words.BLAME, "vague": words.VAGUE}[kind]
    return re.compile(rf"\b(?:{_loose('|'.join(lists[language]))})")


@cache
def _pattern(name: str, language: str = "") -> re.Pattern[str]:
    found = getattr(words, name)
    return re.compile(_loose(found[language] if language else found))


@cache
def _greeting() -> re.Pattern[str]:
    return re.compile(
        rf"^\s*(?:{_loose(words.GREETINGS)})\b[ ,]+(?:(?:{words.TITLES})\b\.? +)?(?P<name>{_NAME_WORD.pattern})",
        re.IGNORECASE | re.MULTILINE,
    )


def notes(
    text: str,
    *,
    language: str = "",
    author: str = "",
    mood: str = "neutral",
    tags: Collection[str] = (),
    first: bool = True,
    known: Iterable[str] = (),
    stops: Sequence[tuple[int, int]] = (),
) -> list[Concern]:
    """Return what may be said better in `text`, in its order; what is about the whole of it comes last.

    `language` is the customer's and counts where the text does not tell its own. `author` is their name, `mood` and
    `tags` those of their message, `first` whether nothing of ours came before. `known` are texts whose words in
    capitals are names: the client's and the customer's. `stops` are blanks that are marked already.
    """
    text = text[:LONGEST]
    if not text.strip():
        return []
    lowered = lower(text)
    found = [*_blanks(text, stops), *_name(_straight(text), author), *_capitals(text, known)]
    for spoken in _languages(text, base(language)):
        found += [*_blame(text, lowered, spoken), *_no_time(text, lowered, spoken)]
    found.sort(key=lambda concern: concern.start)
    angry = mood == "negative" or "anger" in tags
    if first and angry and len(text.strip()) >= BEGUN and not _pattern("APOLOGY").search(lowered):
        found.append(Concern("no_apology", "They sound upset, and nothing in this says that you are sorry yet."))
    return found


def _languages(text: str, customers: str) -> list[str]:
    """What the text is written in; while it is short, perhaps in the customer's language all the same."""
    guessed = guess_language(text[:TOLD])
    likely = [guessed, customers] if len(text) < SURE else [guessed or customers]
    return [language for language in dict.fromkeys(likely) if language in words.BLAME] or ["en"]


def lower(text: str) -> str:
    """Small letters and straight apostrophes, each character where it was."""
    straight = _straight(text)
    small = straight.lower()
    if len(small) == len(text):
        return small
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in straight)


def _straight(text: str) -> str:
    if text.isascii():
        return text
    # one by one: a tenth of what `str.translate` takes
    return text.replace("\u2019", "'").replace("\u2018", "'").replace("\u02bc", "'").replace("\u00a0", " ")


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1].rstrip() + "…"


def _blame(text: str, lowered: str, language: str) -> Iterable[Concern]:
    for hit in _any("blame", language).finditer(lowered):
        start, end = hit.span()
        yield Concern(
            "blame", f"“{_shown(text[start:end])}” can read as blame. Say what happens next instead.", start, end
        )


def _no_time(text: str, lowered: str, language: str) -> Iterable[Concern]:
    timed: bool | None = None
    told = said = 0  # notes, and the end of the sentence that the last one is about
    for hit in _any("vague", language).finditer(lowered):
        start, end = hit.span()
        if start < said:
            continue
        begins = max((mark.end() for mark in _SENTENCE.finditer(lowered, max(0, start - 400), start)), default=0)
        stop = _SENTENCE.search(lowered, end)
        said = stop.start() if stop else len(lowered)
        sentence = lowered[begins:said]
        if not _pattern("PROMISING", language).search(sentence) or _pattern("WISHES", language).search(sentence):
            continue
        if timed is None:
            timed = _pattern("TIME").search(lowered) is not None
        if timed or told == MOST:
            return
        told += 1
        yield Concern("no_time", f"“{_shown(text[start:end])}” leaves them to guess. Say by when.", start, end)


def _blanks(text: str, stops: Sequence[tuple[int, int]]) -> Iterable[Concern]:
    if not any(sign in text for sign in ("[", "{", "XXX", "___")):
        return
    for hit in _BLANK.finditer(text):
        start, end = hit.span()
        if any(start < to and end > at for at, to in stops) or (hit[0][0] == "[" and not any(map(str.isalpha, hit[0]))):
            continue
        yield Concern("blank", f"“{_shown(hit[0])}” is still a blank. Fill it in, or take it out.", start, end)


# --- capitals --------------------------------------------------------------------------------------


def _capitals(text: str, known: Iterable[str]) -> Iterable[Concern]:
    runs: list[list[re.Match[str]]] = []
    for hit in _UPPER.finditer(text):
        if runs and not text[runs[-1][-1].end() : hit.start()].strip(" ,!'"):
            runs[-1].append(hit)
        else:
            runs.append([hit])
    if not runs:
        return
    names = {word for each in known for word in _UPPER.findall(each)} | {
        word.upper() for each in known for word in _NAME_WORD.findall(each) if len(each) <= 80
    }
    for run in runs:
        loud = [hit[0] for hit in run if hit[0] not in words.ACRONYMS and hit[0] not in names]
        if not loud or not _shouts(loud, run, text):
            continue
        start, end = run[0].start(), run[-1].end()
        shown = _shown(text[start:end])
        yield Concern("capitals", f"“{shown}” reads as shouting. Small letters sound calmer.", start, end)


def _shouts(loud: Sequence[str], run: Sequence[re.Match[str]], text: str) -> bool:
    start = run[0].start()
    before = text[max(0, start - 30) : start]
    if (before and before[-1] in _QUOTES) or _pattern("CODES").search(before.lower()):
        return False
    if len(run) > 1:
        letters = [len(word) for word in loud]
        return max(letters) >= 4 or (len(loud) > 2 and sum(letters) >= 6) or any(_is_loud(word) for word in loud)
    return len(loud[0]) >= 6 or _is_loud(loud[0])


def _is_loud(word: str) -> bool:
    return word.lower() in words.SHOUTED


# --- names -----------------------------------------------------------------------------------------


def _name(text: str, author: str) -> Iterable[Concern]:
    theirs = _NAME_WORD.findall(_straight(unicodedata.normalize("NFC", author)))
    hit = _greeting().search(text, 0, 300) if theirs else None
    if hit is None:
        return
    written = unicodedata.normalize("NFC", hit["name"])
    if not written[0].isupper() or written.casefold() in words.NO_NAMES:
        return
    right = misspelt(written, theirs)
    if right:
        start, end = hit.span("name")
        yield Concern("name", f"They write their name “{right}”, not “{hit['name']}”.", start, end)


def misspelt(written: str, theirs: Sequence[str]) -> str:
    """The name that was surely meant by `written`, "" where it is one of theirs, its short form, or another."""
    small = written.casefold()
    best, near = "", 3
    for name in theirs:
        other = name.casefold()
        if small == other or small.translate(_UMLAUTS) == other.translate(_UMLAUTS):
            return ""
        if len(small) > 1 and other.startswith(small):  # "Alex" to Alexander
            return ""
        if len(other) < 3 or abs(len(other) - len(small)) > 2:
            continue
        distance = _distance(small.replace("ph", "f"), other.replace("ph", "f"))
        if distance < near and distance <= (1 if min(len(other), len(small)) < 6 else 2):
            best, near = name, distance
    if best.islower():
        return best.capitalize()
    return best.capitalize() if best.isupper() and len(best) > 2 else best


def _distance(one: str, two: str) -> int:
    """Letters to add, drop, change or swap with their neighbour."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i, *[0] * len(two)]
        for j, b in enumerate(two, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and b == one[i - 2]:
                row[j] = min(row[j], last[j - 2] + 1)
    return row[-1]
