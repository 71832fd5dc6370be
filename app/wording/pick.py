"""Which language of a template, and which of its wordings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain import TemplateText


def base(language: str) -> str:
    """ "pt" of "pt-BR" and "PT_br"."""
    return language.replace("_", "-").partition("-")[0].casefold()


def text_for(texts: Sequence[TemplateText], language: str, usual: str = "") -> int:
    """The place of the text for a message in `language`, for a client that mostly writes in `usual`.

    The message's language, exactly or by its base; a text for any language;
    the client's usual one; English; the first.
    """
    for wanted in (language, "", usual, "en"):
        found = _exact(texts, wanted)
        if found is not None:
            return found
    return 0


def _exact(texts: Sequence[TemplateText], wanted: str) -> int | None:
    whole = wanted.replace("_", "-").casefold()
    for number, text in enumerate(texts):
        if text.language.replace("_", "-").casefold() == whole:
            return number
    if wanted:
        for number, text in enumerate(texts):
            if base(text.language) == base(wanted):
                return number
    return None


def variant(count: int, used: Iterable[int], last_of_contact: int | None = None) -> int:
    """Which of `count` wordings comes next, by those that were `used`, newest first.

    One that was never used, else the one whose use lies back the farthest;
    never the one that this person got last, unless it is the only one.
    """
    if count < 2:
        return 0
    age = dict.fromkeys(range(count), 1 << 60)
    for place, number in enumerate(used):
        if number in age and age[number] == 1 << 60:
            age[number] = place
    allowed = [number for number in age if number != last_of_contact]
    return max(allowed, key=lambda number: (age[number], -number))
