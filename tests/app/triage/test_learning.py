"""What a person teaches: at once, bounded, one client's alone, and worth the while."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.triage.learning import BOUND, HEADS, NOTHING, WORDS, Learned, read, teach
from app.triage.model import model
from app.triage.verdict import judge

# a shop whose customers tell of trouble in words that no public text has for trouble
WHAT = ("the oven light", "the blue lamp", "the green lamp", "the dough lift", "the small mixer", "the left tap")
DOES = ("blinks", "hums", "glows", "ticks", "turns warm", "makes its sound")
WHEN = ("again", "since noon", "this morning", "at the back", "in the hall", "by the door")
CALM = ("is on the photo", "looks fine", "was on the poster", "came with us", "stands in the window", "is in the film")


def texts(count: int, seed: int) -> list[tuple[str, bool]]:
    """Sentences, and whether they tell of trouble."""
    dice = random.Random(seed)
    made = []
    for _ in range(count):
        urgent = dice.random() < 0.5
        verb = dice.choice(DOES) if urgent else dice.choice(CALM)
        made.append((f"{dice.choice(WHAT)} {verb} {dice.choice(WHEN)}", urgent))
    return made


def ranking(learned: Learned, found: list[tuple[str, bool]]) -> float:
    """The share of pairs that stand in the right order (ROC-AUC)."""
    scored = [(judge(text, learned=learned).scores.complaint, urgent) for text, urgent in found]
    high = [score for score, urgent in scored if urgent]
    low = [score for score, urgent in scored if not urgent]
    return sum((a > b) + (a == b) / 2 for a in high for b in low) / (len(high) * len(low))


def test_twenty_corrections_lift_the_ranking_of_the_next_two_hundred() -> None:
    learned = NOTHING
    for text, urgent in texts(20, seed=1):
        learned = teach(learned, model().scores(text), text, "care" if urgent else "normal", model())
    following = texts(200, seed=2)
    before, after = ranking(NOTHING, following), ranking(learned, following)
    assert learned.corrections == 20
    assert after >= before + 0.2, f"{before:.3f} -> {after:.3f}"
    assert after >= 0.75


def test_one_correction_moves_that_message_at_once() -> None:
    text = "the blue lamp blinks again"
    before = judge(text)
    learned = teach(NOTHING, model().scores(text), text, "care", model())
    assert before.lane == "normal"
    assert judge(text, learned=learned).scores.complaint > before.scores.complaint + 0.2
    noise = teach(NOTHING, model().scores(text), text, "noise", model())
    noise = teach(noise, model().scores(text), text, "noise", model())
    assert judge(text, learned=noise).scores.noise > before.scores.noise


def test_others_are_hardly_touched() -> None:
    learned = NOTHING
    for text, urgent in texts(20, seed=1):
        learned = teach(learned, model().scores(text), text, "care" if urgent else "normal", model())
    for text in ("Thank you so much, wonderful team", "My parcel never arrived and nobody answers"):
        assert judge(text, learned=learned).lane == judge(text).lane


places = st.sampled_from(["care", "normal", "thanks", "noise", "elsewhere"])


@settings(max_examples=50)
@given(st.lists(st.tuples(st.text(max_size=80), places), max_size=30))
def test_whatever_is_taught_stays_in_bounds_and_can_be_read_back(steps: list[tuple[str, str]]) -> None:
    import msgspec

    learned = NOTHING
    for text, place in steps:
        learned = teach(learned, model().scores(text), text, place, model())
    for head in HEADS:
        kept = getattr(learned, head)
        assert len(kept) <= WORDS
        assert all(abs(weight) <= BOUND for weight in kept.values())
    assert read(msgspec.json.encode(learned).decode()) == learned
    scores = judge("the blue lamp", learned=learned).scores
    assert 0 <= scores.complaint <= 1


def test_what_cannot_be_read_is_nothing() -> None:
    assert read("{") == NOTHING
    assert read("[]") == NOTHING
