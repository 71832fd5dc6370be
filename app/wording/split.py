"""A text that is too long for one post, cut into a numbered thread. Pure functions."""

from __future__ import annotations

import importlib
import re
from bisect import bisect_left, bisect_right
from functools import cache
from typing import Any, NamedTuple

from app.errors import InputError
from app.text import all_links, length

MOST = 99  # parts
FILLED = 0.33  # of a part: a sentence that ends before this leaves too much of it empty
# names and tags of up to so many characters are never cut; what is longer is none
_WHOLE = re.compile(
    r"(?<![\w@])@[\w.-]{0,99}\w(?:@[\w.-]{0,99}\w)?|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}"
    r"|(?<![\w#])[#＃]\w{1,100}"  # noqa: RUF001
)
_SENTENCE = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』）]*|(?<=\S)(?=\s*\n)")  # noqa: RUF001
_WORD = re.compile(r"\s?\S+|\s")
_STOP = re.compile("[。！？]")  # noqa: RUF001 - ends a sentence with no space behind it
_SHORT = re.compile(r"(?:^|[\s.(])(?:[^\W\d_]|\d{1,2}|mr|mrs|ms|dr|prof|st|no|nr|sr|sra|mme|approx|ca|bzw|vs)\.$", re.I)


class _Room(NamedTuple):
    limit: int
    max_bytes: int | None
    url_length: int | None
    weighted: bool

    def holds(self, text: str) -> bool:
        if self.max_bytes is not None and len(text.encode()) > self.max_bytes:
            return False
        return length(text, self.url_length, self.weighted) <= self.limit


def parts(
    text: str, *, limit: int, max_bytes: int | None = None, url_length: int | None = None, weighted: bool = False
) -> tuple[str, ...]:
    """Return `text` as it is if it fits, else in parts that end in " (1/3)" and so on, each within both limits.

    Cut behind a sentence where one ends, else between words, else between what a person sees as characters; never
    inside a link, a name or a tag. Nothing but white space is lost. Raises `InputError` for what cannot be cut so.
    """
    text = text.strip()
    room = _Room(limit, max_bytes, url_length, weighted)
    if not text or room.holds(text):
        return (text,)
    atoms = _Atoms(text, room)
    for digits in (1, 2) if atoms.sizes[-1] < 9 * limit else (2,):
        for by_sentence in (True, False):
            found = _cut(text, atoms, room, digits, by_sentence=by_sentence)
            if found is not None and len(found) < 10**digits:
                return tuple([f"{part} ({n}/{len(found)})" for n, part in enumerate(found, 1)])
    raise InputError(f"The reply is too long for a thread of {MOST} parts. Shorten it, then send again.")


class _Atoms:
    """What may not be cut, from end to end, with how much all before it takes."""

    def __init__(self, text: str, room: _Room) -> None:
        self.ends: list[int] = [0]
        self.sizes: list[int] = [0]
        self.bytes: list[int] = [0]
        self._room = room
        self._short = min(room.limit // 2, (room.max_bytes or 8 * room.limit) // 8)  # a word that fits easily
        at = 0
        for start, end, is_link in _unbroken(text):
            self._letters(text, at, start)
            self._add(text[start:end], end, is_link)
            at = end
        self._letters(text, at, len(text))

    def _letters(self, text: str, start: int, end: int) -> None:
        for found in _WORD.finditer(text, start, end):
            word = found[0]
            if len(word) <= self._short and (word.isascii() or not _STOP.search(word)):
                self._add(word, found.end(), False)
            elif word.isascii():
                for at in range(found.start(), found.end()):
                    self._add(text[at], at + 1, False)
            else:
                for letter in _grapheme().finditer(text, found.start(), found.end()):
                    self._add(letter[0], letter.end(), False)

    def _add(self, piece: str, end: int, is_link: bool) -> None:
        room = self._room
        if is_link and room.url_length is not None:
            size = room.url_length
        elif piece.isascii():
            size = len(piece)
        else:
            size = length(piece, None, room.weighted)
        self.ends.append(end)  # white space stands at the front of a word
        self.sizes.append(self.sizes[-1] + size)
        self.bytes.append(self.bytes[-1] + (len(piece) if piece.isascii() else len(piece.encode())))


def _unbroken(text: str) -> list[tuple[int, int, bool]]:
    """Start, end and whether it is a link; in order, and none inside another."""
    found = [(start, end, True) for start, end in all_links(text)]
    for match in _WHOLE.finditer(text):
        start, end = match.span()
        if not any(start < to and end > at for at, to, _ in found):
            found.append((start, end, False))
    return sorted(found)


@cache
def _grapheme() -> Any:
    return importlib.import_module("regex").compile(r"\X")  # 15 ms, and most texts never ask


def _cut(text: str, atoms: _Atoms, room: _Room, digits: int, *, by_sentence: bool) -> list[str] | None:
    """The parts without numbers; None if there are too many."""
    suffix = len(" (/)") + 2 * digits
    found: list[str] = []
    at, number = 0, 0  # the next character and its atom
    while at < len(text):
        if len(found) >= 10**digits - 1:
            return None
        number = _skip_space(text, atoms, number)
        at = atoms.ends[number]
        if at >= len(text):
            break
        last = _last_that_fits(atoms, number, room, suffix)
        if last == number:
            raise InputError(
                "A link or a name in this reply is longer than one post may be. Shorten it, then send again."
            )
        end = last if atoms.ends[last] >= len(text) else _best_end(text, atoms, number, last, by_sentence)
        # counted piece by piece, a text may still come out longer than it is as a whole: then it ends sooner
        while end > number + 1 and not _fits(text[at : atoms.ends[end]].strip(), room, suffix):
            end -= 1
        found.append(text[at : atoms.ends[end]].strip())
        number, at = end, atoms.ends[end]
    return found


def _fits(part: str, room: _Room, suffix: int) -> bool:
    return room.holds(part + " " + "9" * (suffix - 1))


def _skip_space(text: str, atoms: _Atoms, number: int) -> int:
    while number + 1 < len(atoms.ends) and text[atoms.ends[number] : atoms.ends[number + 1]].isspace():
        number += 1
    return number


def _last_that_fits(atoms: _Atoms, number: int, room: _Room, suffix: int) -> int:
    last = bisect_right(atoms.sizes, atoms.sizes[number] + room.limit - suffix) - 1
    if room.max_bytes is not None:
        last = min(last, bisect_right(atoms.bytes, atoms.bytes[number] + room.max_bytes - suffix) - 1)
    return max(last, number)


def _best_end(text: str, atoms: _Atoms, number: int, last: int, by_sentence: bool) -> int:
    """The atom behind which to cut: a sentence's end, else a word's, else the last one that fits."""
    ends = atoms.ends
    at, end = ends[number], ends[last]
    if by_sentence:
        least = at + int((end - at) * FILLED)
        for goal in reversed(_sentence_ends(text, at, end)):
            if goal < least:
                break
            one = bisect_left(ends, goal, number + 1, last + 1)
            if one <= last and ends[one] == goal:
                return one
    return next((one for one in range(last, number, -1) if text[ends[one]].isspace()), last)


def _sentence_ends(text: str, start: int, end: int) -> list[int]:
    found = []
    for match in _SENTENCE.finditer(text, start, min(end + 1, len(text))):
        goal = match.end()
        if goal > end:
            break
        behind = text[goal : goal + 80].lstrip()
        if match[0][:1] == "." and (behind[:1].islower() or _SHORT.search(text[max(start, goal - 12) : goal])):
            continue
        found.append(goal)
    return found
