"""Whether a post is what a search stream looks for: for what a platform's own search cannot be asked.

Case and marks count for nothing ("Café" is "cafe"). In scripts that put spaces between words a term is a whole
word; in the others it may stand anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from app.rules import fold
from app.search_stream import Query

ANY = ("words", "phrases", "handles", "hashtags")  # one of these must be there
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_GAP = re.compile(r"\s+")


def _term(text: str) -> str:
    """A pattern that finds `text` as words in their order, in what `fold` returns."""
    words = [re.escape(word) for word in _GAP.split(fold(text).strip()) if word]
    pattern = r"\W+".join(words)
    if not words or _UNSPACED.search(text):
        return pattern
    before = r"(?<!\w)" if re.match(r"\w", words[0]) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", words[-1]) else ""
    return before + pattern + after


def _handle(text: str) -> str:
    return rf"(?<![\w@.])@{re.escape(fold(text).strip().lstrip('@'))}(?![\w-])"


def _hashtag(text: str) -> str:
    return rf"[#\uff03]{re.escape(fold(text).strip().lstrip('#'))}(?!\w)"


def _either(patterns: Iterable[str]) -> re.Pattern[str] | None:
    found = [pattern for pattern in patterns if pattern]
    return re.compile("|".join(f"(?:{pattern})" for pattern in found)) if found else None


@lru_cache(maxsize=256)
def _compiled(query: Query) -> dict[str, re.Pattern[str] | None]:
    places = [place for place in query.places if "/" not in place]  # "r/baking" is a place of the platform's own
    return {
        "any": _either(
            [
                *map(_term, (*query.words, *query.phrases)),
                *map(_handle, query.handles),
                *map(_hashtag, query.hashtags),
            ]
        ),
        "without": _either(map(_term, query.without)),
        "places": _either(map(_term, places)),
    }


def matches(query: Query, text: str, language: str = "", asked: Collection[str] = ()) -> bool:
    """Whether `text` is looked for. `asked` are the fields that the platform itself looked at.

    What is left out counts as much as on the platform; a language that is not known fits. `without` is always
    looked at, since platforms read exclusions loosely.
    """
    compiled, plain = _compiled(query), fold(text)
    used = [name for name in ANY if getattr(query, name)]
    if any(name not in asked for name in used) and (wanted := compiled["any"]) is not None and not wanted.search(plain):
        return False
    if (without := compiled["without"]) is not None and without.search(plain):
        return False
    places = compiled["places"]
    if "places" not in asked and places is not None and not places.search(plain):
        return False
    if query.languages and "languages" not in asked and language:
        return language.partition("-")[0].lower() in {one.partition("-")[0].lower() for one in query.languages}
    return True


def holds(term: str, text: str) -> bool:
    """Whether a muted word or phrase is in `text`."""
    pattern = _term(term)
    return bool(pattern) and re.search(pattern, fold(text)) is not None
