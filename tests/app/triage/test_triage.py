"""What triage hears in short texts, and what it must not hear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain import Contact, Mention, Reason
from app.triage import care_by, guess_language, triage
from app.triage.weights import Weights

AT = datetime(2026, 5, 4, 12, 41, tzinfo=UTC)


def mention(text: str, *, rating: int | None = None, language: str = "", followers: int | None = None) -> Mention:
    author = Contact("1", "Jana", "@jana", followers=followers)
    return Mention("a", "1", author, text, AT, rating=rating, language=language)


def test_the_birthday_cake_comes_first() -> None:
    text = "@maplerye hello? Party starts at 2. This is the second time this happened. I want my money back."
    judged = triage(mention(text), unanswered=2)
    assert judged.mood == "negative"
    assert judged.tags == ("anger", "second_message", "refund")
    assert judged.reasons == (Reason("anger", -20), Reason("second_message", -15), Reason("refund", -10))
    due = AT + timedelta(minutes=30)
    assert care_by(due, AT - timedelta(hours=1), judged.reasons) == due - timedelta(minutes=45)
    assert care_by(due, AT, judged.reasons) == AT, "never before the message itself"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("One star. Waited 25 minutes for a coffee while staff chatted. Not coming back.", {"anger"}),
        ("¿Tienen mesa para seis el domingo? Necesitamos una trona también.", {"question", "lang:es"}),
        ("is the almond croissant vegan?? asking", {"question"}),
        ("My online order 4471 still says preparing since yesterday evening.", {"order"}),
        ("Absolutely love the new sourdough, you made my Sunday", {"praise"}),
        ("WHERE IS MY ORDER!!", {"anger", "order"}),
        ("AMAZING!!! BEST CAKE EVER", {"praise"}),
        ("Meine Tochter ist allergisch, sind da Nüsse drin?", {"safety", "question", "lang:de"}),
        ("Zweimal abgebucht, ich will mein Geld zurück", {"refund", "lang:de"}),
        ("C'est une honte, je veux un remboursement tout de suite", {"anger", "refund", "urgent", "lang:fr"}),
        ("Quiero la devolución y una hoja de reclamaciones", {"refund", "legal", "lang:es"}),
        ("O pão estava ótimo, obrigada!", {"praise", "lang:pt"}),
        ("Il mio ordine non è arrivato, vi mando l'avvocato", {"order", "legal", "lang:it"}),
        ("the website is down, I need this today", {"outage", "urgent"}),
        ("bit into a roll and there is a piece of plastic in it", {"safety"}),
        ("Haben Sie glutenfreies Brot", {"question", "lang:de"}),
        ("https://shop.example/?item=3", set()),
        ("hello?", set()),
        ("", set()),
    ],
)
def test_tags(text: str, tags: set[str]) -> None:
    assert set(triage(mention(text)).tags) == tags


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("not a good start", "negative"),
        ("Nicht schlecht, wirklich lecker", "positive"),
        ("no, the best bread in town", "positive"),
        ("Das war nicht lecker", "negative"),
        ("Could I get two loaves? Thanks", "neutral"),
        ("Thanks, see you soon", "positive"),
        ("bit into a roll and there is a piece of plastic in it", "negative"),
        ("cold brew on the menu for the bake sale", "neutral"),
        ("Das Gericht für mein Kind", "neutral"),
        ("Zweimal abgebucht. Bekomme ich das Geld zurück?", "negative"),
        ("😡", "negative"),
        ("😍", "positive"),
    ],
)
def test_moods(text: str, mood: str) -> None:
    assert triage(mention(text)).mood == mood


def test_stars_outweigh_words() -> None:
    assert triage(mention("Good.", rating=2)).mood == "negative"
    assert triage(mention("Parking is terrible", rating=5)).mood == "positive"
    assert triage(mention("fine", rating=3)).mood == "neutral"
    low = triage(mention("fine", rating=1))
    assert low.tags == ("stars:1",)
    assert low.reasons == (Reason("low_rating", -10),)


def test_those_with_many_readers() -> None:
    assert triage(mention("hi", followers=999)).tags == ()
    assert triage(mention("hi", followers=2100)).tags == ("followers:2100",)
    many = triage(mention("hi"), followers=18_400)
    assert many.tags == ("followers:18400",)
    assert many.reasons == (Reason("followers", -5),)


def test_weights_are_settings() -> None:
    judged = triage(mention("love it"), weights=Weights(praise=-3))
    assert judged.reasons == (Reason("praise", -3),)
    assert triage(mention("love it")).reasons == ()


def test_the_word_of_the_platform_goes_first() -> None:
    assert triage(mention("hi", language="de-AT")).language == "de"
    assert triage(mention("Haben Sie noch Brot und Kuchen", language="en")).language == "en"
    assert triage(mention("Haben Sie noch Brot von gestern", language="und")).language == "de"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the bread was good but you are closed", "en"),
        ("Schade, dass ihr heute zu habt", "de"),
        ("Je n'ai pas trouvé le pain dans votre boutique", "fr"),
        ("¿Dónde está la tienda?", "es"),
        ("Vocês não têm pão hoje", "pt"),
        ("Non ho trovato il pane nel vostro negozio", "it"),
        ("ok", ""),
        ("Croissant", ""),
        ("こんにちは", ""),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    "text",
    ["? " + "a" * 9_999, "?" * 9_999, "! " * 5_000, "not " * 3_000, "http://" * 2_000, "\0\u202e" * 50, "n\u0303" * 99],
)
def test_hostile_text_is_only_text(text: str) -> None:
    judged = triage(mention(text))
    assert judged.reasons == ()
    assert set(judged.tags) <= {"question", "unsure"}
