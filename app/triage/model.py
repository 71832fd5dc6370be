"""The linear model behind triage: hashed grams, int8 weights, several heads, no numpy.

A file holds one line of JSON (`Header`), then a table a head with a byte a bucket
(weight times idf, 128 is none), then the idf table, then a bit set of the words
that were seen in training. A text's value for a head is the sum of its grams'
weights over the length of its idf vector; a logistic curve makes a probability.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from math import exp, log, sqrt
from operator import itemgetter
from zlib import crc32

import msgspec

from app.triage.features import BUCKETS, between_grams, bucket, tokens, word_grams

LONGEST = 4_000  # characters that are read; nobody needs more to be heard as angry
IDF_STEP = 20  # the idf table holds idf times 20
KNOWN_BITS = 1 << 19
COMMON = 3.5  # idf up to which a word ("in", "you") explains nothing
DOUBTED = 2.0  # what a text of unknown words alone loses on every special head, in logits
_LANE = 32  # bits; 4,000 characters make some 16,000 grams of at most 255² each
_MASK = (1 << _LANE) - 1
HEADS = ("negative", "neutral", "positive", "complaint", "thanks", "anger", "noise", "question")


class Header(msgspec.Struct, frozen=True):
    """What is needed to turn sums of bytes into probabilities."""

    version: int
    trained: str  # the day
    scales: tuple[float, ...]  # of each head: what one step of a byte weighs
    offsets: tuple[float, ...]
    curves: tuple[tuple[float, float], ...]  # Platt's slope and offset
    blend: dict[str, float]  # how heads are mixed into scores, and where lanes begin


class Scores(msgspec.Struct, frozen=True, gc=False):
    """What the model says of a text: probabilities, and how far its words were known."""

    negative: float
    neutral: float
    positive: float
    complaint: float
    thanks: float
    anger: float
    noise: float
    question: float
    known: float  # share of the words that training knew, 1 if there are none

    @property
    def mood(self) -> str:
        """The likeliest."""
        return max(("neutral", self.neutral), ("negative", self.negative), ("positive", self.positive), key=_second)[0]


NOTHING_SAID = Scores(0.05, 0.9, 0.05, 0.01, 0.01, 0.01, 0.01, 0.01, 1.0)


def _second(pair: tuple[str, float]) -> float:
    return pair[1]


class Model:
    """Weights in memory. Reading takes some 10 ms; a text less, the more of its words were met before."""

    def __init__(self, data: bytes) -> None:
        head, _, rest = data.partition(b"\n")
        self.header = msgspec.json.decode(head, type=Header)
        size = BUCKETS * (len(HEADS) + 1) + KNOWN_BITS // 8
        if self.header.version != 1 or len(rest) != size:
            raise ValueError("the triage model is of another version")
        self._tables = [rest[n * BUCKETS : (n + 1) * BUCKETS] for n in range(len(HEADS))]
        self._idf = rest[len(HEADS) * BUCKETS : (len(HEADS) + 1) * BUCKETS]
        self._squares = tuple(value * value for value in range(256))
        self._known = rest[(len(HEADS) + 1) * BUCKETS :]
        self._of_word = lru_cache(maxsize=8192)(self._word)

    def scores(self, text: str) -> Scores:
        """Judge one text."""
        text = text[:LONGEST]
        found = tokens(text)
        if not any(token[0].isalpha() or ord(token[0]) > 0x2000 for token in found):
            return NOTHING_SAID
        total = self._sum([bucket(gram) for gram, _ in between_grams(found, text)])
        known = words = 0
        for token in dict.fromkeys(found):
            value, letters, familiar = self._of_word(token)
            total += value
            words += letters
            known += familiar
        return self._read(total, known / words if words else 1.0)

    def words(self, text: str, towards: dict[str, float], *, most: int = 4) -> list[str]:
        """Return up to `most` words that moved the mix of heads `towards` the most, as they stand in the text."""
        text = text[:LONGEST]
        found = tokens(text)
        gain = dict.fromkeys(found, 0.0)
        for token in gain:
            gain[token] = self._gain(self._of_word(token)[0], towards)
        for gram, place in between_grams(found, text):
            if place >= 0:
                share = self._gain(self._sum([bucket(gram)]), towards)
                gain[found[place]] += share / (1 if gram[0] == "N" else 2)
                if gram[0] != "N" and place:
                    gain[found[place - 1]] += share / 2
        said = [token for token in gain if gain[token] > 0 and (len(token) > 1 or ord(token) > 0x2000)]
        named = [token for token in said if self.idf(bucket(f"w{token}")) > COMMON] or said
        named.sort(key=gain.__getitem__, reverse=True)
        if not named:
            return []
        least = gain[named[0]] / 5
        return [token for token in named[:most] if gain[token] >= least]

    def _gain(self, value: int, towards: dict[str, float]) -> float:
        count = value >> (_LANE * (len(HEADS) + 1))
        total = 0.0
        for head, share in towards.items():
            at = HEADS.index(head)
            total += share * self.header.scales[at] * ((value >> (_LANE * at) & _MASK) - 128 * count)
        return total

    def _word(self, token: str) -> tuple[int, int, int]:
        """The sum of a word's grams, and whether it is a word and a known one."""
        letters = int(token[0].isalpha())
        return self._sum([bucket(gram) for gram in word_grams(token)]), letters, letters and int(self.knows(token))

    def idf(self, place: int) -> float:
        """How rare the gram in a bucket is; 1 is in every text."""
        return self._idf[place] / IDF_STEP

    def knows(self, token: str) -> bool:
        """Whether training met the word (one in fifty that it did not passes as known)."""
        bit = crc32(b"known" + token.encode("utf-8", "surrogatepass")) & (KNOWN_BITS - 1)
        return bool(self._known[bit >> 3] & (1 << (bit & 7)))

    def _sum(self, places: list[int]) -> int:
        """Every head's sum, the idf's squares and the count in one number, so that sums of sums are one addition."""
        if len(places) < 2:
            return self._one(places[0]) if places else 0
        pick = itemgetter(*places)
        total = len(places) << (_LANE * (len(HEADS) + 1))
        total += sum(map(self._squares.__getitem__, pick(self._idf))) << (_LANE * len(HEADS))
        for at, table in enumerate(self._tables):
            total += sum(pick(table)) << (_LANE * at)
        return total

    def _one(self, place: int) -> int:
        total = 1 << (_LANE * (len(HEADS) + 1))
        total += self._squares[self._idf[place]] << (_LANE * len(HEADS))
        for at, table in enumerate(self._tables):
            total += table[place] << (_LANE * at)
        return total

    def _values(self, total: int) -> list[float]:
        count = total >> (_LANE * (len(HEADS) + 1))
        length = sqrt(total >> (_LANE * len(HEADS)) & _MASK) / IDF_STEP or 1.0
        header = self.header
        return [
            scale * ((total >> (_LANE * at) & _MASK) - 128 * count) / length + offset
            for at, (scale, offset) in enumerate(zip(header.scales, header.offsets, strict=True))
        ]

    def _read(self, total: int, known: float) -> Scores:
        return mixed(self._values(total), self.header, known)


def mixed(values: list[float], header: Header, known: float) -> Scores:
    """Turn the heads' values into scores. What is not understood is drawn towards "nothing special"."""
    trust = 1.0 if known >= 0.6 else known / 0.6
    doubt = DOUBTED * (1.0 - trust)
    curved = [slope * value + offset for value, (slope, offset) in zip(values, header.curves, strict=True)]
    blend = header.blend
    negative, neutral, positive, complaint, thanks, anger, noise, question = curved
    worse = negative + blend["complaint_in_negative"] * max(complaint, -3.0)
    moods = [curve(worse * trust - doubt), curve(neutral * trust), curve(positive * trust - doubt)]
    whole = sum(moods)
    spam = curve(noise) * trust
    heard = 1.0 - min(max((spam - 0.92) / 0.06, 0.0), 0.98)  # what is surely an advertisement complains of nothing
    grief = blend["complaint"] * complaint + blend["negative"] * negative - blend["positive"] * positive
    return Scores(
        moods[0] / whole,
        moods[1] / whole,
        moods[2] / whole,
        curve((grief + blend["grief"]) * trust - doubt) * heard,
        curve(thanks * trust - doubt),
        curve(anger * trust - doubt),
        spam,
        curve(question),
        known,
    )


def curve(value: float) -> float:
    """The logistic curve."""
    return 1.0 / (1.0 + exp(-value)) if value > -30 else 0.0


def logit(share: float) -> float:
    """Undo `curve`, bounded."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return log(share / (1 - share))


@cache
def model() -> Model:
    """The shipped one, read when it is first needed: after the first paint, on the store thread."""
    return Model(files("resources").joinpath("triage", "model.bin").read_bytes())
