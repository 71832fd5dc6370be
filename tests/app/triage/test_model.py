"""The shipped model: what it hears, what it explains, and what it may not claim."""

from __future__ import annotations

import random
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.triage import triage
from app.triage.features import BUCKETS, between_grams, bucket, buckets, tokens, word_grams
from app.triage.model import HEADS, Model, model
from app.triage.verdict import judge, words
from tests.app.triage.test_triage import mention


def test_the_file_is_small_enough_to_ship() -> None:
    assert len(files("resources").joinpath("triage", "model.bin").read_bytes()) <= 3_000_000


def test_a_file_of_another_version_is_refused() -> None:
    data = files("resources").joinpath("triage", "model.bin").read_bytes()
    with pytest.raises(ValueError, match="another version"):
        Model(data[:-1])


def test_tokens_make_alike_what_people_write_differently() -> None:
    assert tokens("I don\u2019t") == tokens("i don't")
    assert tokens("sooooo") == tokens("soooooooo")
    assert tokens("see https://a.example/x?y=1 and @bob@social.example") == ["see", "http", "and", "@"]
    assert tokens("order 4471, 12:30") == ["order", "0000", ",", "00000"]
    assert tokens("\u0928\u0939\u0940\u0902") == ["\u0928\u0939\u0940\u0902"], "a vowel sign does not end a word"


def test_what_follows_not_is_marked_until_the_clause_ends() -> None:
    found = tokens("not good at all, nice place")
    marked = [gram[1:] for gram, _ in between_grams(found, "") if gram.startswith("N")]
    assert marked == ["good", "at", "all"]


@given(st.text(max_size=300))
def test_scoring_counts_exactly_the_grams_that_training_counts(text: str) -> None:
    found = tokens(text)
    once = [bucket(gram) for token in dict.fromkeys(found) for gram in word_grams(token)]
    once += [bucket(gram) for gram, _ in between_grams(found, text)]
    assert sorted(once) == sorted(buckets(text))
    assert all(0 <= one < BUCKETS for one in once)
    machine = model()
    total = machine._sum(once)
    assert total >> (32 * (len(HEADS) + 1)) == len(once)
    assert machine._sum(once[:5]) + machine._sum(once[5:]) == total, "sums of parts add up, lane by lane"


@given(st.text(max_size=300))
def test_scores_are_shares_for_any_text(text: str) -> None:
    scores = judge(text).scores
    assert abs(scores.negative + scores.neutral + scores.positive - 1) < 1e-6
    for head in ("complaint", "thanks", "anger", "noise", "question", "known"):
        assert 0 <= getattr(scores, head) <= 1


@pytest.mark.parametrize(
    ("text", "lane"),
    [
        ("my order still hasn't arrived, been waiting two weeks and nobody answers", "care"),
        ("I was charged twice and your support ignores me", "care"),
        ("Meine Bestellung ist immer noch nicht da, keiner meldet sich", "care"),
        ("toujours pas reçu ma commande, service client nul", "care"),
        ("Thank you so much, your team was wonderful", "thanks"),
        ("Vielen Dank für die schnelle Hilfe, super Service", "thanks"),
        ("¡Muchas gracias! Son los mejores", "thanks"),
        ("What time do you open on Sunday?", "normal"),
        ("Two loaves for Saturday please, name is Jana", "normal"),
        ("hi", "normal"),
        ("WIN a free iphone now!!! click http://spam.example to claim your prize", "noise"),
        ("Subscribe to my channel and check out my new video", "noise"),
    ],
)
def test_lanes(text: str, lane: str) -> None:
    assert judge(text).lane == lane


def test_words_explain_and_stand_in_the_text() -> None:
    text = "Still waiting for my refund, this is terrible"
    verdict = judge(text)
    named = words(text, verdict)
    assert 1 <= len(named) <= 4
    assert all(word in text.lower() for word in named)
    assert "terrible" in named
    assert words("", judge("")) == []


@pytest.mark.parametrize(
    "text",
    [
        "Dzie\u0144 dobry, czy macie chleb bezglutenowy na sobot\u0119?",
        "\u3053\u3093\u306b\u3061\u306f\u3001\u4eca\u65e5\u306f\u958b\u3044\u3066\u3044\u307e\u3059\u304b",
        "\u0412\u044b \u043e\u0442\u043a\u0440\u044b\u0442\u044b \u0441\u0435\u0433\u043e\u0434\u043d\u044f?",
    ],
)
def test_foreign_words_are_neither_noise_nor_certain(text: str) -> None:
    verdict = judge(text)
    assert verdict.unsure
    assert verdict.lane == "normal"
    assert "unsure" in triage(mention(text)).tags


def test_a_shuffled_text_of_unknown_words_is_never_certain() -> None:
    dice = random.Random(3)
    for _ in range(50):
        made = " ".join("".join(dice.choices("bcdfghjklmnpqrstvwxz", k=9)) for _ in range(8))
        assert judge(made).lane != "noise"


def test_grave_matters_are_not_put_away_as_noise() -> None:
    text = "Click here! My daughter is allergic and got sick after your cake, I want my money back http://a.example"
    assert judge(text).lane != "noise"


def test_stars_are_never_noise_and_decide() -> None:
    spam = "check out my channel http://spam.example free gift"
    assert judge(spam).lane == "noise"
    assert judge(spam, rating=5).lane == "thanks"
    assert judge("ok", rating=1).lane == "care"
