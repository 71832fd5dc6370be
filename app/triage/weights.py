"""How many minutes each reason moves an item in the feed. Negative is sooner."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """Minutes by reason; a person may set their own."""

    anger: int = -20
    second_message: int = -15
    refund: int = -10
    safety: int = -10
    legal: int = -10
    outage: int = -10  # a website or service that is down
    urgent: int = -10
    low_rating: int = -10  # one or two stars
    order: int = -5
    followers: int = -5  # ten thousand or more read along
    question: int = 0
    praise: int = 0


DEFAULT = Weights()
