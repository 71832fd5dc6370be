"""What word lists tell of a text: matters, anger, questions, and its language. Six languages.

It knows nothing of irony, and where it is unsure it leaves the language empty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import msgspec

from app.triage import words

LONGEST = 4_000  # characters that are read
NEGATION_REACH = 18  # characters behind "not" in which a word means its opposite
_PLAIN = str.maketrans("áàâãéèêíìîóòôõúùûçñ\u2019", "aaaaeeeiiioooouuucn'")
_QUESTION_MARKS = "?\uff1f\u061f"
MATTERS = ("refund", "order", "safety", "legal", "outage")  # what a word alone gives


@dataclass(frozen=True, slots=True)
class _Lexicon:
    hits: re.Pattern[str]
    categories: dict[str, tuple[str, ...]]  # by the part of an entry that the text must hold
    word: re.Pattern[str]
    languages: dict[str, tuple[tuple[str, int], ...]]
    letters: dict[str, str]
    question: re.Pattern[str]
    not_questions: frozenset[str]
    link: re.Pattern[str]
    shout: re.Pattern[str]
    marks: re.Pattern[str]
    signs: dict[str, str]
    sign: re.Pattern[str]


def _fold(text: str) -> str:
    """Return `text` in small letters without the accents that people leave out."""
    text = text.casefold()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


def _entries(text: str) -> list[str]:
    return [" ".join(entry.split()) for entry in _fold(text).split(",") if entry.strip()]


def _alternation(entries: Iterable[str]) -> str:
    """Return a pattern that shares beginnings, so that one scan is fast for thousands of entries.

    "late", "later*" → "late(?:r|(?!\\w))"; the longest entry wins.
    """
    branches = []
    for first, group in groupby(sorted(entries), key=lambda entry: entry[:1]):
        rest = sorted({entry[1:] for entry in group})
        if first == "":
            continue
        if first == "*":
            branches.append((2, ""))
        elif rest == [""]:
            branches.append((1, re.escape(first) + r"(?!\w)"))
        else:
            ends = [tail for tail in rest if tail]
            inner = _alternation(ends)
            if "" in rest:
                inner = f"(?:{inner}|(?!\\w))"
            branches.append((0, re.escape(first) + inner))
    branches.sort()
    patterns = [pattern for _, pattern in branches]
    return patterns[0] if len(patterns) == 1 else f"(?:{'|'.join(patterns)})"


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    """Compile the word lists, at the first message and not at start-up."""
    categories: dict[str, list[str]] = {}
    entries: set[str] = set()
    for category, text in words.CATEGORIES.items():
        for entry in _entries(text):
            entries.add(entry)
            found = categories.setdefault(entry.rstrip("*"), [])
            if category not in found:
                found.append(category)
    languages: dict[str, set[str]] = {}
    for language, text in words.FUNCTION_WORDS.items():
        for word in _fold(text).split():
            languages.setdefault(word, set()).add(language)
    signs = {
        sign: category
        for category, text in (
            ("praise", words.POSITIVE_SIGNS),
            ("anger", words.ANGRY_SIGNS),
            ("negative", words.NEGATIVE_SIGNS),
        )
        for sign in text
    }
    return _Lexicon(
        hits=re.compile(r"(?<![\w@#])" + _alternation(entries)),
        categories={entry: tuple(found) for entry, found in categories.items()},
        word=re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?"),
        languages={
            word: tuple((language, 6 // len(found)) for language in sorted(found)) for word, found in languages.items()
        },
        letters={letter: language for language, letters in words.LETTERS.items() for letter in letters},
        question=re.compile(r"([^.!?\uff1f\u061f\n]*)([.!?\uff1f\u061f\n]+(?!\w)|[.!?\uff1f\u061f\n]|\Z)"),
        not_questions=frozenset(_entries(words.NOT_QUESTIONS)),
        link=re.compile(r"https?://\S+"),
        shout=re.compile(r"(?<![\w@#])[A-ZÀ-ÖØ-Þ]{4,}(?!\w)"),
        marks=re.compile(r"!!|!\?|\?!"),
        signs=signs,
        sign=re.compile("[" + "".join(signs) + "]"),
    )


class Heard(msgspec.Struct, frozen=True, gc=False):
    """What the lists found in a text."""

    matters: tuple[str, ...]  # refund, order, safety, legal, outage, urgent
    good: int  # words that speak well of us
    bad: int
    thanks: bool
    angry: bool
    asks: bool
    language: str


def listen(text: str) -> Heard:
    """Read a text against the lists. About 30 µs for a short one."""
    lexicon = _lexicon()
    text = text[:LONGEST]
    folded = _fold(text)
    found, good, bad = _count(folded, text, lexicon)
    asks = found["question"] > 0 or _asks(folded, lexicon)
    if not asks:  # behind a question, thanks are a manner of speaking
        good += found["thanks"]
    wants = any(found[name] for name in MATTERS)
    angry = found["anger"] > 0 or (_shouts(text, lexicon) and (bad > good or (wants and not good)))
    matters = [name for name in (*MATTERS, "urgent") if found[name]]
    return Heard(tuple(matters), good, bad, found["thanks"] > 0, angry, asks, _guess(text.casefold(), folded, lexicon))


def named(text: str) -> list[str]:
    """Return what a text says of matters, and what speaks well or ill of us, as the lists have it."""
    wanted = {*MATTERS, "urgent", "anger", "negative", "praise", "thanks"}
    lexicon = _lexicon()
    hits = [hit[0] for hit in lexicon.hits.finditer(_fold(text[:LONGEST]))]
    return list(dict.fromkeys(hit for hit in hits if not wanted.isdisjoint(lexicon.categories[hit])))


def _count(folded: str, text: str, lexicon: _Lexicon) -> tuple[dict[str, int], int, int]:
    """Return the hits by category, and how many words speak well and ill of us."""
    found = dict.fromkeys(words.CATEGORIES, 0)
    good = bad = 0
    negator = len(folded) + 1  # where the last one ended
    for hit in lexicon.hits.finditer(folded):
        for category in lexicon.categories[hit[0]]:
            if category == "negator":
                negator = hit.end()
                continue
            found[category] += 1
            if category in ("praise", "negative"):
                # "not a good start" speaks ill; "no, the best" does not
                near = negator <= hit.start() <= negator + NEGATION_REACH
                negated = near and not _broken(folded, negator, hit.start())
                good += (category == "praise") is not negated
                bad += (category == "praise") is negated
            elif category == "anger":
                bad += 2
            elif category in ("refund", "legal"):
                bad += 1  # nobody who is content speaks of these
    if not text.isascii():
        for sign in lexicon.sign.findall(text):
            category = lexicon.signs[sign]
            found[category] += 1
            good += category == "praise"
            bad += category != "praise"
    return found, good, bad


def _broken(text: str, start: int, end: int) -> bool:
    """Tell whether a sentence or a clause ends in between."""
    return any(mark in text[start:end] for mark in ".,;:!?\n")


def _shouts(text: str, lexicon: _Lexicon) -> bool:
    if len(lexicon.shout.findall(text)) >= 2:
        return True
    return "!" in text and lexicon.marks.search(text) is not None


def _asks(folded: str, lexicon: _Lexicon) -> bool:
    if "¿" in folded:
        return True
    if not any(mark in folded for mark in _QUESTION_MARKS):
        return False
    if "://" in folded:
        folded = lexicon.link.sub("", folded)
    for match in lexicon.question.finditer(folded):
        if not any(mark in match[2] for mark in _QUESTION_MARKS):
            continue
        said = " ".join(word for word in match[1].replace(",", " ").split() if word[0] not in "@#")
        if said and said not in lexicon.not_questions:
            return True
    return False


def base(language: str) -> str:
    """Return "de" for "de-AT"; "" for the tags that say that nothing is known."""
    base = language.replace("_", "-").split("-")[0].casefold()
    return "" if base in ("und", "mul", "zxx", "mis") else base


def guess_language(text: str) -> str:
    """Return one of the six languages, or "" where the words do not tell."""
    text = text[:LONGEST]
    return _guess(text.casefold(), _fold(text), _lexicon())


def _guess(lowered: str, folded: str, lexicon: _Lexicon) -> str:
    scores = dict.fromkeys(words.FUNCTION_WORDS, 0)
    if not lowered.isascii():
        for letter, language in lexicon.letters.items():
            if letter in lowered:
                scores[language] += 6
    known = lexicon.languages
    for word in lexicon.word.findall(folded):
        if word in known:
            for language, weight in known[word]:
                scores[language] += weight
    best, second = sorted(scores.values(), reverse=True)[:2]
    if best < 6 or best - second < 3:
        return ""
    return max(scores, key=scores.__getitem__)
