"""Which texts are alike: TF-IDF over words, and near-duplicates, in plain Python.

Small on purpose: some thousands of short messages, asked for one at a time.
Nothing is downloaded and nothing leaves the computer.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

from app.rules import fold

K = TypeVar("K", bound=Hashable)

_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<!\w)@[\w.@-]+")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\w*\d[\w.,:/-]*")
_RUN_ON = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
READ = 1500  # characters of a text that count
STEM = 6  # letters of a word that count: "lieferung" and "lieferungen" are one
PAIR = 0.5  # what a pair of words weighs against a word
SAME = 0.6  # share of common pieces from which two texts are one
RENEW = 1.15  # the weights are worked out anew once the texts have grown or shrunk by so much

# so common that they tell nothing of the matter, in the six languages
_EMPTY_WORDS = """
    the a an and or but of to in on at for with from by as is are was were be been am do does did have has had i you we
    they he she it this that these those my your our me us your yours so just not no if then than there here what which
    who how will would can could should please hi hello hey thanks thank der die das und oder aber ein eine einen einem
    einer ist sind war bin ich du sie wir ihr es mein meine dein euer eure nicht kein mit von zu zum zur im in am an auf
    aus bei den dem des hat habe haben wird werden bitte hallo danke le la les un une des et ou mais de du au aux ce
    cette est sont je tu il elle nous vous mon ma mes votre vos ne pas que qui dans pour avec sur bonjour merci el los
    las una y o pero del al es son yo mi tu su se lo que en por para con hola gracias os as um uma e mas do da dos das
    no na eu meu minha seu sua em com ola obrigado obrigada il gli uno ed ma della dei sono io mio mia tuo non che per
    ciao grazie
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    if word in _EMPTY or len(word) < 2:
        return ""
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:STEM]


def terms(text: str) -> dict[str, float]:
    """The terms of a text and how often they stand in it: stems of words and pairs of them."""
    text = fold(_HANDLE.sub(" ", _LINK.sub(" ", text[:READ])))
    words: list[str] = []
    for word in _WORD.findall(text):
        if _RUN_ON.search(word):  # no blanks between words: pairs of signs
            words.extend(word[at : at + 2] for at in range(max(1, len(word) - 1)))
        else:
            stem = _stem(word)
            if stem:
                words.append(stem)
    found: dict[str, float] = dict(Counter(words))
    for first, second in pairwise(words):
        pair = f"{first} {second}"
        found[pair] = found.get(pair, 0.0) + PAIR
    return found


def telling(text: str) -> set[str]:
    """The whole words of a text that tell something, folded."""
    plain = fold(_HANDLE.sub(" ", _LINK.sub(" ", text[:READ])))
    return {word for word in _WORD.findall(plain) if len(word) > 3 and word not in _EMPTY}


class Like(NamedTuple, Generic[K]):
    """A text that is like the one asked about; 1 is the same words."""

    key: K
    score: float


class Corpus(Generic[K]):
    """Texts by key, to be asked for those that are like another. Adding one costs as much as its words."""

    def __init__(self) -> None:
        self._terms: dict[K, dict[str, float]] = {}
        self._places: dict[str, dict[K, float]] = {}
        self._idf: dict[str, float] = {}
        self._norms: dict[K, float] = {}
        self._weighed = 0  # how many texts there were when the weights were worked out

    def __len__(self) -> int:
        return len(self._terms)

    def __contains__(self, key: K) -> bool:
        return key in self._terms

    def add(self, key: K, text: str) -> None:
        """Put a text in, in the place of one with the same key."""
        self.remove(key)
        found = {term: 1.0 + math.log(count) if count >= 1 else count for term, count in terms(text).items()}
        self._terms[key] = found
        for term, count in found.items():
            self._places.setdefault(term, {})[key] = count
            self._idf.pop(term, None)
        self._norms.pop(key, None)

    def remove(self, key: K) -> None:
        """Take a text out, if it is there."""
        for term in self._terms.pop(key, ()):
            places = self._places[term]
            del places[key]
            if not places:
                del self._places[term]
                self._idf.pop(term, None)
        self._norms.pop(key, None)

    def warm(self) -> None:
        """Work the weights out now, so that the first question does not."""
        self._renew()
        for key in self._terms:
            self._norm(key)

    def _renew(self) -> None:
        count = len(self._terms)
        if not self._weighed or not self._weighed / RENEW <= count <= self._weighed * RENEW:
            self._weighed = count
            self._idf.clear()
            self._norms.clear()

    def _weight(self, term: str) -> float:
        found = self._idf.get(term)
        if found is None:
            seen = len(self._places.get(term, ()))
            found = self._idf[term] = math.log((1 + max(len(self._terms), seen)) / (1 + seen)) + 0.3
        return found

    def _norm(self, key: K) -> float:
        found = self._norms.get(key)
        if found is None:
            weighed = [count * self._weight(term) for term, count in self._terms[key].items()]
            found = self._norms[key] = math.sqrt(sum(one * one for one in weighed)) or 1.0
        return found

    def shared(self, key: K, text: str, most: int = 3) -> list[str]:
        """Words of `text`, as they are written there, that weigh most among those that it shares with another."""
        there = self._terms.get(key, {})
        found: dict[str, str] = {}
        for word in _WORD.findall(_HANDLE.sub(" ", _LINK.sub(" ", text[:READ]))):
            stem = _stem(fold(word))
            if stem and stem in there and len(word) > 2:
                found.setdefault(stem, word)
        heavy = sorted(found, key=lambda stem: -self._weight(stem))[:most]
        return [word for stem, word in found.items() if stem in heavy]

    def like(self, text: str, limit: int = 50, least: float = 0.0) -> list[Like[K]]:
        """Up to `limit` texts that share words with `text`, most alike first."""
        self._renew()
        asked = {term: 1.0 + math.log(count) if count >= 1 else count for term, count in terms(text).items()}
        length = math.sqrt(sum((count * self._weight(term)) ** 2 for term, count in asked.items())) or 1.0
        sums: dict[K, float] = {}
        for term, count in asked.items():
            weight = count * self._weight(term) ** 2
            for key, here in self._places.get(term, {}).items():
                sums[key] = sums.get(key, 0.0) + weight * here
        found = [Like(key, total / (length * self._norm(key))) for key, total in sums.items()]
        found = [one for one in found if one.score >= least]
        found.sort(key=lambda one: -one.score)
        return found[:limit]


# --- near-duplicates -----------------------------------------------------------------------------


def bare(text: str, names: Iterable[str] = ()) -> str:
    """A text without what differs from customer to customer: names, handles, links and numbers."""
    text = fold(_NUMBER.sub(" ", _HANDLE.sub(" ", _LINK.sub(" ", text[:READ]))))
    theirs = {word for name in names for word in _WORD.findall(fold(name)) if len(word) > 1}
    return " ".join([word for word in _WORD.findall(text) if word not in theirs])


def pieces(text: str) -> frozenset[str]:
    """Runs of three words of what `bare` left; what two texts share of them tells how alike they are."""
    words = text.split()
    if len(words) < 3:
        return frozenset([text] if text else [])
    return frozenset(" ".join(words[at : at + 3]) for at in range(len(words) - 2))


def overlap(first: frozenset[str], second: frozenset[str]) -> float:
    """Shared pieces of all pieces, 0 to 1."""
    if not first or not second:
        return 0.0
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared)


def groups(texts: Sequence[str], least: float = SAME) -> list[list[int]]:
    """Places of texts that are near-duplicates of one another's first, largest group first.

    `texts` are `bare`. Each text goes to the first group whose beginning it is like, so that a chain of small
    differences does not join what is not alike.
    """
    heads: list[tuple[frozenset[str], list[int]]] = []
    by_piece: dict[str, list[int]] = {}
    same: dict[str, int] = {}
    for place, text in enumerate(texts):
        known = same.get(text)
        if known is not None:
            heads[known][1].append(place)
            continue
        own = pieces(text)
        shared = Counter(head for piece in own for head in by_piece.get(piece, ()))
        best = max(shared, key=lambda head: (overlap(own, heads[head][0]), -head), default=None)
        if best is not None and overlap(own, heads[best][0]) >= least:
            heads[best][1].append(place)
            same[text] = best
        elif own:
            same[text] = len(heads)
            for piece in own:
                by_piece.setdefault(piece, []).append(len(heads))
            heads.append((own, [place]))
    return sorted((places for _, places in heads), key=len, reverse=True)


# --- using a reply again -------------------------------------------------------------------------

_TOLD = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,100}\w|(?<![\w-])[\w-]{0,30}?\d[\w-]*")


def swap(text: str, name: str, new: str) -> str:
    """Another name in the place of a whole word."""
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _: new, text)


class Again(NamedTuple):
    """A reply made ready for somebody else; the stops are start, end and name of what is still to be filled in."""

    text: str
    stops: tuple[tuple[int, int, str], ...]


def again(
    reply: str, asked: str, old_names: Sequence[str], new_name: str, old_order: str = "", new_order: str = ""
) -> Again:
    """A past reply for another customer: their name in the place of the other's, and nothing that the other told.

    Numbers and addresses that stood in the other's message (`asked`) are theirs: they become blanks, and their order
    number becomes the new one.
    """
    text = _HANDLE.sub("", reply, count=1) if reply.lstrip().startswith("@") else reply
    for name in old_names:
        if len(name) > 1:
            word = rf"(?<!\w){re.escape(name)}(?!\w)"
            text = re.sub(word if new_name else rf"[ \u00a0]?{word}", lambda _: new_name, text)
    text = text.strip()
    told = sorted({one for one in _TOLD.findall(asked) if len(one) > 2}, key=len, reverse=True)
    if not told:
        return Again(text, ())
    made: list[str] = []
    stops: list[tuple[int, int, str]] = []
    length = at = 0
    for found in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, told))})(?!\w)", text):
        name = "order" if found[0] == old_order else "address" if "@" in found[0] else "number"
        shown = new_order if name == "order" and new_order else f"[{name}]"
        before = text[at : found.start()]
        start = length + len(before)
        if shown != new_order:
            stops.append((start, start + len(shown), name))
        made += [before, shown]
        length, at = start + len(shown), found.end()
    return Again("".join(made) + text[at:], tuple(stops))
