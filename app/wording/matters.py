"""What a message is about and what a template is for, where both are plain: a guess before anything was answered."""

from __future__ import annotations

import re
from collections.abc import Collection

from app.domain import Template
from app.rules import fold
from app.triage.lexicon import listen
from app.wording.fields import names, parse

# in the order in which they count: what is dangerous first
WORDS = {
    "safety": "about health and safety",
    "legal": "about legal matters",
    "refund": "about a refund",
    "hours": "about opening hours",
    "order": "about an order",
    "review": "that praise you in a review",
    "praise": "that praise you",
    "apology": "that complain",
}
_TAGGED = ("safety", "legal", "refund", "order")
_APOLOGY = frozenset(
    (
        "sorry", "apology", "apologies", "apologise", "apologize", "complaint", "entschuldigung", "beschwerde",
        "excuses", "pardon", "disculpa", "disculpas", "perdon", "desculpa", "desculpas", "scuse", "scusa",
    )
)  # fmt: skip
_REVIEW = frozenset("review reviews bewertung rezension avis resena opinion avaliacao recensione".split())  # noqa: SIM905
_HOURS = re.compile(
    r"\b(?:open(?:ing)?|clos(?:e|ed|ing)|hours|geoffnet|geöffnet|offen|auf|zu|geschlossen|offnungszeiten|öffnungszeiten"
    r"|ouverts?|ouvertes?|ouvrez|fermes?|fermez|horaires?|abren?|abris|abierto|cerrado|cierran?|horarios?|abertos?"
    r"|aberta|fecham?|fechado|aperti|aperto|aprite|chiudete|chiusi|orari)\b"
)
_WORD = re.compile(r"\w+")


def of_message(text: str, mood: str, tags: Collection[str]) -> frozenset[str]:
    """What a message is about, by its judgement and its words."""
    found = {tag for tag in tags if tag in _TAGGED}
    if mood == "negative":
        found.add("apology")
    elif mood == "positive":
        found.add("praise")
        if any(tag.startswith("stars:") for tag in tags):
            found.add("review")
    if "question" in tags and mood != "positive" and _HOURS.search(fold(text[:500])):
        found.add("hours")
    return frozenset(found)


def of_template(template: Template) -> frozenset[str]:
    """What a template is for, by its name, the tags that it gives, and what it tells."""
    heard = listen(template.name)
    found = {tag for tag in (*heard.matters, *template.deeds.tags) if tag in _TAGGED}
    words = set(_WORD.findall(fold(template.name)))
    if heard.thanks:
        found.add("review" if words & _REVIEW else "praise")
    if words & _APOLOGY:
        found.add("apology")
    fields = {
        field.name for text in template.texts for variant in text.variants for field in names(parse(variant).parts)
    }
    if "opening_hours" in fields and not found:
        found.add("hours")
    return frozenset(found)


def for_private(template: Template) -> bool:
    """Whether a template says by its name that it is for direct messages."""
    return "privat" in fold(template.name) and "public" not in fold(template.name)


def foremost(shared: frozenset[str]) -> str:
    """The one that counts most, "" for none."""
    return next((name for name in WORDS if name in shared), "")
