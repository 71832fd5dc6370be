"""Places in a text: the core counts characters, Qt counts UTF-16 units."""

from __future__ import annotations

from collections.abc import Iterable


def to_qt(text: str, places: Iterable[int]) -> list[int]:
    """Where these characters of `text` are for a `QTextCursor`; `places` in any order."""
    wanted = list(places)
    if text.isascii() or max(text) <= "\uffff":
        return wanted
    return [place + sum(1 for sign in text[:place] if sign > "\uffff") for place in wanted]


def from_qt(text: str, place: int) -> int:
    """The character of `text` at a `QTextCursor`'s place."""
    if text.isascii() or max(text) <= "\uffff":
        return place
    units = 0
    for number, sign in enumerate(text):
        if units >= place:
            return number
        units += 2 if sign > "\uffff" else 1
    return len(text)


def qt_length(text: str) -> int:
    """How long `text` is for Qt."""
    return to_qt(text, [len(text)])[0]
