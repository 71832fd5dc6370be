"""The order in which people look for names."""

from __future__ import annotations

import re
import unicodedata

from app.domain import Template

_DIGITS = re.compile(r"\d+")


def natural(text: str) -> str:
    """A key to sort by: "Thanks 2" before "Thanks 10", accents and case left aside, so that "ä" stands with "a"."""
    text = text.casefold()
    if not text.isascii():
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return _DIGITS.sub(_padded, text)


def _padded(found: re.Match[str]) -> str:
    """How many digits there are stands before them, so that numbers compare as numbers."""
    digits = "".join(str(unicodedata.digit(sign)) for sign in found[0]).lstrip("0")
    return f"{len(digits):04}{digits}"


def by_folder(template: Template) -> tuple[str, str, str, str]:
    """By folder, those above before those within them, then by name."""
    return natural(template.folder.replace("/", "\0")), natural(template.name), template.name, template.id
