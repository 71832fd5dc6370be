"""Noticing that a reply promises something, by its words, in six languages.

Patterns, not a model: what they take for a promise can be read in `promise_words`, and a person says otherwise with
one key. Questions, what was done already, what we cannot do, conditions and the customer's quoted words are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from app.wording import promise_but as but
from app.wording import promise_words as words

LONGEST = 4_000  # characters that are read
_PLAIN = str.maketrans(
    "áàâãäåéèêëíìîïóòôõöúùûüçñýÿ\u2019\u2018\u00b4`\u00a0\u202f", "aaaaaaeeeeiiiiooooouuuucnyy''''  "
)
_END = re.compile(r"(?:(?<!\b[a-z])(?<!\d)\.|[!?\u2026\uff1f]|(?<=\d)\.(?=\s*(?:\Z|\n)))+(?=[\s)\"]|\Z)|\n+")
_QUOTED = re.compile(
    r"^[ \t]*>.*$|\u201c[^\u201d\n]*\u201d|\u201e[^\u201c\u201d\n]*[\u201c\u201d]|\u00ab[^\u00bb\n]*\u00bb"
    r"|\"[^\"\n]*\"",
    re.MULTILINE,
)
_GAP = r"(?:,?\s+[\w'-]+){0,%s}?,?\s+"
_CLAUSE = re.compile(rf"[,;:.!?()\n]|\b(?:{but.JOIN})\b")
_JOIN = re.compile(rf"(?:{but.JOIN})\b")
BEHIND = 30  # characters behind a promise in which a word may take it back


class Found(Struct, frozen=True, gc=False):
    """A promise in a text. `start` and `end` count characters, as do those of `when`."""

    kind: str  # one of `promise_words.KINDS`
    start: int
    end: int
    text: str  # the sentence that promises it
    when: str = ""  # the words that name a time, "" for none; `due.named` tells which
    when_start: int = 0
    when_end: int = 0


def fold(text: str) -> str:
    """Small letters without accents; as many characters as before, so that places stay what they are."""
    if text.isascii():
        return text.lower()
    low = text.lower()
    if len(low) != len(text):
        low = "".join(one if len(one.lower()) != 1 else one.lower() for one in text)
    return low.translate(_PLAIN)


@lru_cache(maxsize=len(words.RULES))
def _rules(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    short = words.SHORT[language]
    token = re.compile("|".join(sorted(short, key=len, reverse=True)))

    def whole(pattern: str) -> str:
        while token.search(pattern):
            pattern = token.sub(lambda found: short[found[0]], pattern)
        pattern = re.sub(r" <(\d)> ", lambda found: _GAP % found[1], pattern)
        return pattern.replace(" ", r"\s+")

    made = []
    for kind in words.KINDS:
        lines = re.sub(r"\n\s*\|", "|", words.RULES[language][kind].strip()).splitlines()
        made.append((kind, re.compile(rf"\b(?:{'|'.join(whole(line.strip()) for line in lines)})(?!\w)")))
    return tuple(made)


@lru_cache(maxsize=32)
def _any_of(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{alternatives})(?!\w)")


def warm(language: str) -> None:
    """Make one language's patterns, which takes 30 ms, before the first text comes."""
    _rules(language)


def noticed(text: str, language: str = "") -> Found | None:
    """The promise that a reply makes, None for none. `language` (BCP 47) only says which is tried first."""
    return next(iter(all_noticed(text, language)), None)


def all_noticed(text: str, language: str = "") -> tuple[Found, ...]:
    """Every promise, one of a kind; to answer or to do something only where nothing else is promised."""
    folded = fold(_without_quotes(text[:LONGEST]))
    sentences = [(start, end) for start, end, asks in _sentences(folded) if not asks]
    if not sentences:
        return ()
    code = language.partition("-")[0].lower()
    best: tuple[Found, ...] = ()
    void: list[tuple[int, int]] = []  # what one language takes for no promise, a sister does not take for one
    for tried in sorted(words.RULES, key=lambda known: known != code):
        found = _in_language(text, folded, sentences, tried, void)
        if found and (not best or words.KINDS.index(found[0].kind) < words.KINDS.index(best[0].kind)):
            best = found
        if best and tried == code:
            break
    return best


def _in_language(
    text: str, folded: str, sentences: list[tuple[int, int]], language: str, void: list[tuple[int, int]]
) -> tuple[Found, ...]:
    read = [(start, end, _read(folded[start:end], language)) for start, end in sentences]
    taken: list[Found] = []
    spans: list[tuple[int, int]] = list(void)
    for kind in words.KINDS:
        if kind in ("answer", "other") and taken:
            break
        for start, end, matches in read:
            free = [
                (start + one.start, start + one.end)
                for one in matches
                if one.kind == kind
                and one.holds
                and not any(a < start + one.end and start + one.start < b for a, b in spans)
            ]
            if free:
                taken.append(_found(text, folded, kind, free[0], start, end))
                spans.append(free[0])
                break
    void += [(start + one.start, start + one.end) for start, _, found in read for one in found if not one.holds]
    return tuple(taken)


class _Match(NamedTuple):
    kind: str
    start: int  # in its sentence
    end: int
    holds: bool  # nothing around it makes it no promise


@lru_cache(maxsize=1024)
def _read(sentence: str, language: str) -> tuple[_Match, ...]:
    """What a sentence says in one language; kept, since of a text that is being written one sentence changes."""
    return tuple(
        _Match(kind, *match.span(), _holds(sentence, *match.span(), language))
        for kind, pattern in _rules(language)
        for match in pattern.finditer(sentence)
    )


def _found(text: str, folded: str, kind: str, at: tuple[int, int], start: int, end: int) -> Found:
    from app.wording.due import phrases

    sentence = " ".join(text[start:end].split())
    times = phrases(folded, start, end)
    if not times:
        return Found(kind, *at, sentence)
    # what stands behind the promise belongs to it before what stands in front
    first, last = min(times, key=lambda span: (span[0] < at[0], abs(span[0] - at[1])))
    return Found(kind, *at, sentence, text[first:last], first, last)


def _holds(sentence: str, first: int, last: int, language: str) -> bool:
    """Whether nothing around these words makes them no promise."""
    refusal, end = _any_of(but.BUT[language]), len(sentence)
    inner = sentence[first:last]
    if refusal.search(inner):
        return False
    before = 0
    for clause in _CLAUSE.finditer(sentence, 0, first):
        before = clause.end()
    if _JOIN.match(sentence, first):  # "and will", "und erstatten": the clause begins here
        before = first
    if refusal.search(sentence, before, first):
        return False
    behind = _CLAUSE.search(sentence, last, min(end, last + BEHIND))
    if _any_of(but.AFTER[language]).search(sentence, last, behind.start() if behind else min(end, last + BEHIND)):
        return False
    opening = _any_of(but.IF[language]).match(sentence)
    if opening and sentence[opening.end() : opening.end() + 1] != ",":
        return False
    past = but.PAST.get(language)
    if past is None or not _any_of(but.PAST_VERB).search(inner):
        return True
    return _any_of(past).search(sentence) is None


def _sentences(folded: str) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it asks."""
    start = 0
    for mark in [*_END.finditer(folded), None]:
        end = len(folded) if mark is None else mark.start()
        first = start + len(folded[start:end]) - len(folded[start:end].lstrip(' \t\r\n-\u2013*\u2022)"'))
        if first < end:
            yield first, end, folded[first] == "\u00bf" or (mark is not None and "?" in mark[0].replace("\uff1f", "?"))
        if mark is not None:
            start = mark.end()


def _without_quotes(text: str) -> str:
    """Blanks in the place of what is quoted: the customer's words promise nothing."""
    return _QUOTED.sub(lambda found: " " * len(found[0]), text)
