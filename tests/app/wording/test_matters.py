"""What a message is about, and which templates are for it."""

from __future__ import annotations

import pytest

from app.domain import Deeds, Template, TemplateText
from app.wording import matters
from app.wording.memory import Memory
from app.wording.starters import starters


@pytest.mark.parametrize(
    ("text", "mood", "tags", "about"),
    [
        ("I want my money back", "negative", ("refund",), {"refund", "apology"}),
        ("lovely bread", "positive", ("praise",), {"praise"}),
        ("lovely bread", "positive", ("praise", "stars:5"), {"praise", "review"}),
        ("bad bread", "negative", ("stars:1",), {"apology"}),
        ("Habt ihr heute offen?", "neutral", ("question",), {"hours"}),
        ("À quelle heure ouvrez-vous ?", "neutral", ("question",), {"hours"}),
        ("¿Cuándo abren?", "neutral", ("question",), {"hours"}),
        ("I keep an open mind", "neutral", (), set()),
        ("is it vegan?", "neutral", ("question", "lang:de"), set()),
    ],
)
def test_what_a_message_is_about(text: str, mood: str, tags: tuple[str, ...], about: set[str]) -> None:
    assert matters.of_message(text, mood, tags) == about


def test_what_a_template_is_for() -> None:
    for_ = {one.name: matters.of_template(one) for one in starters()}
    assert for_["Thanks for praise"] == {"praise"}
    assert for_["Thanks for a review"] == {"review"}
    assert for_["Refund promised"] == {"refund"}
    assert for_["Allergy or safety"] == {"safety"}
    assert for_["Apology, public"] == for_["Apology, private"] == {"apology"}
    assert for_["Opening hours"] == {"hours"}
    assert for_["Price"] == set()
    assert matters.of_template(Template("", "Geld", (TemplateText("", ("x",)),), deeds=Deeds(("refund",)))) == {
        "refund"
    }
    assert all(matters.of_template(one) <= matters.WORDS.keys() for one in starters())


@pytest.mark.parametrize(
    ("about", "private", "first"),
    [
        ({"refund", "apology"}, False, "Refund promised"),
        ({"apology"}, False, "Apology, public"),
        ({"apology"}, True, "Apology, private"),
        ({"praise", "review"}, False, "Thanks for a review"),
        ({"safety", "apology"}, False, "Allergy or safety"),
        ({"hours"}, False, "Opening hours"),
    ],
)
def test_the_starters_are_suggested_before_anything_was_answered(about: set[str], private: bool, first: str) -> None:
    known = Memory()
    made = starters()
    known.offer(made)
    ideas = known.ideas("zzz", 3, private=private, about=frozenset(about))
    assert next(one.name for one in made if one.id == ideas[0].template) == first
    assert ideas[0].about in about
    known.offer([one for one in made if one.id != ideas[0].template])
    again = known.ideas("zzz", 3, private=private, about=frozenset(about))
    assert ideas[0].template not in [one.template for one in again]


def test_what_is_about_nothing_plain_gets_no_guess() -> None:
    known = Memory()
    known.offer(starters())
    assert known.ideas("zzz", 3) == []
