"""What a mention is, as far as its words tell, and how much sooner it must be cared for.

A judge by rules: it reads stars, marks, capitals and word lists in six
languages. It knows nothing of irony, and where it is unsure it says neutral
or leaves the language empty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby

from app.domain import Mention, Reason, Triage
from app.triage import words
from app.triage.weights import DEFAULT, Weights

__all__ = ["care_by", "guess_language", "triage"]

LONGEST = 4_000  # characters that are read; nobody needs more to be heard as angry
NEGATION_REACH = 18  # characters behind "not" in which a word means its opposite
SHOWN_FOLLOWERS = 1_000
MANY_FOLLOWERS = 10_000
_PLAIN = str.maketrans("áàâãéèêíìîóòôõúùûçñ\u2019", "aaaaeeeiiioooouuucn'")
_QUESTION_MARKS = "?\uff1f\u061f"
_MATTERS = ("refund", "order", "safety", "legal")  # tags that a word alone gives


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


def triage(
    mention: Mention, *, unanswered: int = 1, followers: int | None = None, weights: Weights = DEFAULT
) -> Triage:
    """Judge `mention` by its words, its stars and how long its author has been left alone.

    `unanswered` counts this person's messages in the conversation that wait
    for us, this one included. `followers` stands in for the author's own
    number. About 30 µs for a short text.
    """
    lexicon = _lexicon()
    text = mention.text[:LONGEST]
    folded = _fold(text)
    found, good, bad = _count(folded, text, lexicon)
    shouting = _shouts(text, lexicon)
    stars = mention.rating
    asked = found["question"] > 0 or _asks(folded, lexicon)
    if not asked:  # behind a question, thanks are a manner of speaking
        good += found["thanks"]
    wants = any(found[name] for name in _MATTERS)
    angry = found["anger"] > 0 or (shouting and (bad > good or (wants and not good)))
    if stars is not None and stars >= 4:
        angry = angry and bad > good
    mood = _mood(stars, good, bad, angry)
    language = _base(mention.language) or _guess(text.casefold(), folded, lexicon)

    tags: list[str] = ["anger"] if angry else []
    if unanswered >= 2:
        tags.append("second_message")
    tags += [name for name in _MATTERS if found[name] and (name != "order" or mood != "positive")]
    if found["urgent"] and mood != "positive":
        tags.append("urgent")
    if asked:
        tags.append("question")
    if mood == "positive":
        tags.append("praise")
    reasons = [_reason(name, weights) for name in tags]
    if stars is not None:
        tags.append(f"stars:{stars}")
        if stars <= 2:
            reasons.append(_reason("low_rating", weights))
    readers = mention.author.followers if followers is None else followers
    if readers is not None and readers >= SHOWN_FOLLOWERS:
        tags.append(f"followers:{readers}")
        if readers >= MANY_FOLLOWERS:
            reasons.append(_reason("followers", weights))
    if language not in ("", "en"):
        tags.append(f"lang:{language}")
    return Triage(mood, tuple(reason for reason in reasons if reason.minutes), tuple(tags), language)


def _reason(name: str, weights: Weights) -> Reason:
    return Reason(name, getattr(weights, name))


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


def _mood(stars: int | None, good: int, bad: int, angry: bool) -> str:
    if stars is not None:
        return "negative" if stars <= 2 else "positive" if stars >= 4 else _mood(None, good, bad, angry)
    if angry or bad > good:
        return "negative"
    return "positive" if good > bad else "neutral"


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


def _base(language: str) -> str:
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


def care_by(due_at: datetime, posted_at: datetime, reasons: Iterable[Reason]) -> datetime:
    """Return `due_at` moved by the minutes of all reasons, never before the message itself."""
    return max(due_at + timedelta(minutes=sum(reason.minutes for reason in reasons)), posted_at)
