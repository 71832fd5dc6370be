"""What a person teaches by moving messages: a small linear correction per client, on top of the model.

Each correction is a step of logistic regression on the words of one message
(idf weights, unit length). It works at once, is bounded, and is plain data that
can be read, exported with the client, or thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import msgspec

from app.triage.features import bucket, tokens
from app.triage.model import LONGEST, Model, Scores, curve, logit

HEADS = ("complaint", "thanks", "noise")
STEP = 4.0  # a message that is met again changes sides
BOUND = 3.0  # of one word's weight, either way
SHIFT = 4.0  # of all words together
WORDS = 2_000  # a head; the lightest are forgotten
# what a place says of each head
_WANTED: dict[str, dict[str, float]] = {
    "care": {"complaint": 1.0, "noise": 0.0, "thanks": 0.0},
    "normal": {"complaint": 0.0, "noise": 0.0, "thanks": 0.0},
    "thanks": {"complaint": 0.0, "noise": 0.0, "thanks": 1.0},
    "noise": {"noise": 1.0, "complaint": 0.0, "thanks": 0.0},
}


class Learned(msgspec.Struct, frozen=True, omit_defaults=True):
    """Weights of words by head, and how many corrections they come from."""

    complaint: dict[str, float] = {}
    thanks: dict[str, float] = {}
    noise: dict[str, float] = {}
    corrections: int = 0

    def __bool__(self) -> bool:
        return self.corrections > 0


NOTHING = Learned()


def read(text: str) -> Learned:
    """From the store's JSON; what cannot be read counts as nothing learned."""
    try:
        return msgspec.json.decode(text, type=Learned)
    except msgspec.DecodeError:
        return NOTHING


def corrected(scores: Scores, text: str, learned: Learned, model: Model) -> Scores:
    """Scores as this client's person would give them."""
    if not learned:
        return scores
    values = _values(text, model)
    moved = {head: _moved(getattr(scores, head), getattr(learned, head), values) for head in HEADS}
    return msgspec.structs.replace(scores, **moved)


def teach(learned: Learned, scores: Scores, text: str, place: str, model: Model) -> Learned:
    """One correction: this text belongs to `place` ("care", "normal", "thanks" or "noise"); others change nothing."""
    wanted = _WANTED.get(place)
    values = _values(text, model)
    if wanted is None or not values:
        return learned
    made: dict[str, dict[str, float]] = {}
    for head, truth in wanted.items():
        weights = dict(getattr(learned, head))
        error = truth - _moved(getattr(scores, head), weights, values)
        for word, value in values.items():
            weights[word] = max(-BOUND, min(BOUND, weights.get(word, 0.0) + STEP * error * value))
        made[head] = _heaviest(weights)
    return Learned(**made, corrections=learned.corrections + 1)


def _values(text: str, model: Model) -> dict[str, float]:
    words = {token for token in tokens(text[:LONGEST]) if token[0].isalpha() or ord(token[0]) > 0x2000}
    idf = {word: model.idf(bucket(f"w{word}")) for word in words}
    length = sqrt(sum(value * value for value in idf.values()))
    return {word: value / length for word, value in idf.items()} if length else {}


def _moved(score: float, weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    shift = sum(weights.get(word, 0.0) * value for word, value in values.items())
    return curve(logit(score) + max(-SHIFT, min(SHIFT, shift)))


def _heaviest(weights: dict[str, float]) -> dict[str, float]:
    kept = sorted(weights.items(), key=lambda pair: -abs(pair[1]))[:WORDS]
    return {word: round(weight, 3) for word, weight in kept if abs(weight) >= 0.005}
