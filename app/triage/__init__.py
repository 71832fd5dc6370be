"""What a mention is, as far as its words tell, and how much sooner it must be cared for.

A trained model (`model.py`) and word lists (`lexicon.py`) make a `Verdict`; here it
becomes the mood, the reasons and the chips that the store keeps. Nothing leaves
this computer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.domain import Mention, Reason, Triage
from app.triage.lanes import asks
from app.triage.learning import NOTHING, Learned
from app.triage.lexicon import guess_language
from app.triage.verdict import Verdict, judge
from app.triage.weights import DEFAULT, Weights

__all__ = ["care_by", "guess_language", "triage"]

SHOWN_FOLLOWERS = 1_000
MANY_FOLLOWERS = 10_000


def triage(
    mention: Mention,
    *,
    unanswered: int = 1,
    followers: int | None = None,
    weights: Weights = DEFAULT,
    learned: Learned = NOTHING,
) -> Triage:
    """Judge `mention` by its words, its stars and how long its author has been left alone.

    `unanswered` counts this person's messages in the conversation that wait
    for us, this one included. `followers` stands in for the author's own
    number; `learned` is what the client's person taught. 0.1 to 0.35 ms for a short text.
    """
    verdict = judge(mention.text, rating=mention.rating, language=mention.language, learned=learned)
    heard, stars = verdict.heard, mention.rating
    mood = mood_of(verdict, stars)
    angry = is_angry(verdict, mood)

    tags: list[str] = ["anger"] if angry else []
    if unanswered >= 2:
        tags.append("second_message")
    tags += [name for name in heard.matters if mood != "positive" or name not in ("order", "urgent", "outage")]
    if asks(verdict.scores, heard):
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
    if verdict.lane == "noise" and verdict.scores.noise >= SURE_NOISE:
        tags.append("noise")
    if verdict.unsure:
        tags.append("unsure")
    if verdict.language not in ("", "en"):
        tags.append(f"lang:{verdict.language}")
    return Triage(mood, tuple([reason for reason in reasons if reason.minutes]), tuple(tags), verdict.language)


CRYING = 0.9  # of a complaint that no kind words hide
PLAIN = 0.8  # of gloom that needs no other sign
SURE_NOISE = 0.9  # what leaves the feed must be surer than what is called noise
OUTRIGHT = 0.5  # of a complaint that needs no other sign
GLOOM = 0.6  # beside a hint of a complaint


def mood_of(verdict: Verdict, stars: int | None = None) -> str:
    """The mood that promises go by: a complaint in calm words is one, and the lists may outvote a weak guess."""
    heard, scores = verdict.heard, verdict.scores
    if stars is not None and stars != 3:
        return "negative" if stars < 3 else "positive"
    if verdict.lane == "noise":
        return scores.mood
    if heard.good - heard.bad > 1 and not heard.angry and scores.complaint < CRYING:
        return "positive" if not heard.asks else "neutral"
    hinted = verdict.lane == "care" and scores.negative >= GLOOM and not heard.good
    if heard.angry or heard.bad > heard.good or scores.complaint >= OUTRIGHT or hinted:
        # kind words outnumber ill ones, and nobody is angry: praise that names a trouble
        return "positive" if scores.mood == "positive" and heard.good > heard.bad and not heard.angry else "negative"
    if verdict.lane == "thanks" or heard.good > heard.bad:
        return "positive" if not heard.asks or scores.positive > 0.6 else "neutral"
    if scores.mood == "negative":  # gloomy words in a text that complains of nothing
        return "negative" if scores.negative >= PLAIN else "neutral"
    return "neutral" if scores.mood == "positive" and heard.asks else scores.mood


def is_angry(verdict: Verdict, mood: str) -> bool:
    """Angry by the lists, or plainly so to the model."""
    return mood == "negative" and (verdict.heard.angry or verdict.scores.anger > 0.85)


def _reason(name: str, weights: Weights) -> Reason:
    return Reason(name, getattr(weights, name))


def care_by(due_at: datetime, posted_at: datetime, reasons: Iterable[Reason]) -> datetime:
    """Return `due_at` moved by the minutes of all reasons, never before the message itself."""
    return max(due_at + timedelta(minutes=sum(reason.minutes for reason in reasons)), posted_at)
