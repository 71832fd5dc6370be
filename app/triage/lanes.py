"""From scores and what the lists heard to the lane that a text belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from app.triage.lexicon import Heard
from app.triage.model import Scores

SURE_QUESTION = 0.85  # of a question without its mark
BRIEF = 4  # words; fewer say too little to be a complaint on a hint


def asks(scores: Scores, heard: Heard) -> bool:
    """Whether something is asked, with a question mark or without."""
    return heard.asks or scores.question > SURE_QUESTION


def lane(scores: Scores, heard: Heard, length: int, borders: Mapping[str, float]) -> str:
    """Return care, normal, thanks or noise for a text of `length` words.

    A plain question and a greeting need more than a hint to count as a
    complaint; angry words and a refund that is asked for need none.
    """
    if scores.noise >= borders["noise_from"] and scores.noise >= scores.complaint:
        return "noise"
    plain = heard.bad <= heard.good and (asks(scores, heard) or length < BRIEF)
    if scores.complaint >= borders["plain_care_from" if plain else "care_from"] and (
        scores.complaint >= scores.thanks / 2
    ):
        return "care"
    if heard.bad > heard.good and (heard.angry or "refund" in heard.matters):
        return "care"
    if scores.thanks >= borders["thanks_from"] or scores.positive >= borders["thanks_from"]:
        return "thanks"
    return "normal"
