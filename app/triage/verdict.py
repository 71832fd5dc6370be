"""What one text is: the model's scores, the word lists' matters, and the lane that follows from both."""

from __future__ import annotations

import msgspec

from app.triage import lexicon
from app.triage.lanes import lane
from app.triage.learning import NOTHING, Learned, corrected
from app.triage.model import LONGEST, Scores, model

UNSURE = 0.45  # below this no mood stands out
FAMILIAR = 0.5  # share of known words below which a language counts as foreign
CERTAIN = 0.97  # of noise, below which a refund that is asked for is heard all the same
GRAVE = frozenset(("safety", "legal"))
FEWEST = 4  # words that noise must have
# what the words of an explanation moved, by lane
_TOWARDS: dict[str, dict[str, float]] = {
    "care": {"complaint": 0.6, "negative": 0.6, "positive": -0.3},
    "thanks": {"positive": 0.7, "thanks": 0.5, "negative": -0.3},
    "noise": {"noise": 1.0},
    "question": {"question": 1.0},
}


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """A text, judged."""

    scores: Scores
    heard: lexicon.Heard
    lane: str  # care | normal | thanks | noise
    language: str  # two letters, "" unknown
    unsure: bool  # foreign words, or nothing stands out: show it, and hide nothing on it


def judge(text: str, *, rating: int | None = None, language: str = "", learned: Learned = NOTHING) -> Verdict:
    """Judge by words alone; stars, where there are any, count for more than words."""
    text = text[:LONGEST]
    machine = model()
    heard = lexicon.listen(text)
    scores = corrected(_with_stars(machine.scores(text), rating), text, learned, machine)
    torn = max(scores.negative, scores.neutral, scores.positive) < UNSURE and 0.2 < scores.complaint < 0.7
    unsure = scores.known < FAMILIAR or (torn and not (heard.good or heard.bad or heard.angry))
    borders, length = machine.header.blend, said(text)
    place = lane(scores, heard, length, borders)
    if place == "noise" and _must_be_read(length, scores, heard):
        place = lane(msgspec.structs.replace(scores, noise=0.0), heard, length, borders)
    spoken = lexicon.base(language) or heard.language
    return Verdict(scores, heard, place, spoken, unsure and rating is None)


def said(text: str) -> int:
    """How many words a text has, links not counted."""
    return sum(word[0].isalpha() and "://" not in word for word in text.split())


def _must_be_read(length: int, scores: Scores, heard: lexicon.Heard) -> bool:
    """Whether a text stays in sight although it looks like noise: a grave matter, foreign words, or too few."""
    if length < FEWEST or scores.known < FAMILIAR:
        return True
    return bool(GRAVE.intersection(heard.matters)) or (scores.noise < CERTAIN and "refund" in heard.matters)


def words(text: str, verdict: Verdict, *, most: int = 4) -> list[str]:
    """Return the two to four words that moved the verdict the most."""
    listed = lexicon.named(text) if verdict.heard.matters or verdict.lane == "normal" else []
    if verdict.lane == "normal" and not verdict.scores.question > 0.5:
        return listed[:most]  # what makes a text ordinary is no word in it
    towards = "question" if verdict.lane == "normal" else verdict.lane
    moved = model().words(text, _TOWARDS[towards], most=most)
    phrase = listed[:1]
    single = [word for word in moved if not any(word in part.split() for part in phrase)]  # nothing twice
    return [*single[: most - len(phrase)], *(part for part in phrase if part not in single)][:most]


def _with_stars(scores: Scores, rating: int | None) -> Scores:
    if rating is None:
        return scores
    if rating <= 2:
        return msgspec.structs.replace(
            scores, negative=max(scores.negative, 0.9), neutral=0.05, positive=0.05, thanks=0.05,
            complaint=max(scores.complaint, 0.9), noise=0.0,
        )  # fmt: skip
    if rating >= 4:
        return msgspec.structs.replace(
            scores, positive=max(scores.positive, 0.9), neutral=0.05, negative=0.05, complaint=0.05,
            thanks=max(scores.thanks, 0.9), noise=0.0,
        )  # fmt: skip
    return msgspec.structs.replace(scores, noise=0.0)
