"""Near-copies: the same text, or the same story, posted again and elsewhere.

Two posts tell the same where half of their runs of three words are the same (Broder, "On the resemblance and
containment of documents", 1997), where nearly all of the shorter one is in the longer one, or where they point to
the same page and share half of their words. Counted exactly: a brand has thousands of posts in a week and not
millions, so that nothing has to be estimated.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit
from zlib import crc32

from app.rules import fold

RUN = 3  # words
ALIKE = 0.5  # Jaccard of the runs
WITHIN = 0.8  # of the shorter one, which must be long enough to say something
FEWEST = 6  # words
KEPT = 4000  # posts that a new one is compared with
_LINK = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_NAMES = re.compile(r"(?:^\s*(?:rt|via)\s+)?[@#]")
_WORD = re.compile(r"\w+")


class Print(NamedTuple):
    """What is compared of a post."""

    words: frozenset[int]
    runs: frozenset[int]
    links: frozenset[str]

    @property
    def parts(self) -> list[int | str]:
        """By which posts that may be alike are found."""
        return [*self.runs, *self.links]


def link_key(url: str) -> str:
    """The page that a link points to: without scheme, www, query, fragment and a closing slash. "" for a home page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    path = parts.path.rstrip("/.,;:!?)")
    return f"{(parts.hostname or '').removeprefix('www.')}{path}".casefold() if path else ""


def print_of(text: str) -> Print:
    """What is compared of `text`; links and the signs of names and tags count for nothing."""
    links = frozenset(filter(None, map(link_key, _LINK.findall(text))))
    words = _WORD.findall(fold(_NAMES.sub(" ", _LINK.sub(" ", text))))
    hashed = [crc32(word.encode()) for word in words]
    runs = frozenset(hash(tuple(hashed[n : n + RUN])) for n in range(max(1, len(hashed) - RUN + 1)) if hashed)
    return Print(frozenset(hashed), runs, links)


def same(one: Print, other: Print) -> bool:
    """Whether two posts tell the same. It does not matter which is first."""
    shared = len(one.runs & other.runs)
    together = len(one.runs) + len(other.runs) - shared
    if min(len(one.words), len(other.words)) >= FEWEST:
        if together and shared >= ALIKE * together:
            return True
        if shared and shared >= WITHIN * min(len(one.runs), len(other.runs)):
            return True
    elif one.runs and one.runs == other.runs and one.words == other.words:
        return len(one.words) >= RUN
    if one.links & other.links:
        words = len(one.words & other.words)
        return words > 0 and words >= ALIKE * min(len(one.words), len(other.words))
    return False


class Stories:
    """Remembers the newest posts, each by its key, and finds the one that a new post repeats."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._prints: OrderedDict[int, Print] = OrderedDict()
        self._by: dict[int | str, set[int]] = {}

    def add(self, key: int, text: str) -> None:
        """Remember a post that leads a story."""
        self.forget(key)
        found = print_of(text)
        self._prints[key] = found
        for part in found.parts:
            self._by.setdefault(part, set()).add(key)
        while len(self._prints) > self._kept:
            self.forget(next(iter(self._prints)))

    def forget(self, key: int) -> None:
        """It is gone, or no longer leads."""
        found = self._prints.pop(key, None)
        for part in found.parts if found is not None else ():
            holders = self._by.get(part)
            if holders is not None:
                holders.discard(key)
                if not holders:
                    del self._by[part]

    def lead_of(self, text: str, but: Iterable[int] = ()) -> int | None:
        """The oldest post that tells the same, None for a new story."""
        found = print_of(text)
        votes = Counter(key for part in found.parts for key in self._by.get(part, ()))
        left_out = set(but)
        alike = [key for key in votes if key not in left_out and same(found, self._prints[key])]
        return min(alike, default=None)
