"""The language of templates: fields, defaults, conditions and blanks.

    {first_name}             a field; without a value, a blank that holds Send
    {first_name|there}       with a default
    {amount?}                a blank that is always filled by hand
    {?order}…{/order}        only where there is an order; {!order}…{/order} only where there is none
    {{ and }}                braces

Reading never fails: what makes no sense stays as it was written, and
`problems` says so. Values are data. They are put in last and never read as a
template, so that nobody's name or message can bring in a field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from app.text import clean, snippet

FIELDS: dict[str, str] = {
    "first_name": "the customer's first name",
    "name": "the customer's whole name",
    "handle": "the customer's handle, such as @jana",
    "order": "the order number that the customer wrote",
    "opening_hours": "today's and tomorrow's opening hours",
    "agent": "who signs, from the client's settings",
    "client": "the client's name",
    "platform": "where the customer wrote, such as Mastodon",
    "review_link": "where a review can be left, from the client's settings",
    "private_contact": "link or address for what is private, from the client's settings",
}
LONGEST = 10_000  # characters of a template
LONGEST_VALUE = 300  # of what is filled in
DEEPEST = 8  # conditions within conditions

_NAME = r"[^\W\d_][\w -]{0,39}"
_TOKEN = re.compile(
    r"\{\{|\}\}"
    rf"|\{{(?P<mark>[?!/])(?P<block>{_NAME})\}}"
    rf"|\{{(?P<blank>{_NAME})\?\}}"
    rf"|\{{(?P<field>{_NAME})(?:\|(?P<default>[^{{}}\n]{{0,200}}))?\}}"
)
_BLANKS = re.compile(r"[\s_]+")


class Field(NamedTuple):
    """A place where a value goes."""

    name: str
    default: str | None = None
    blank: bool = False  # always by hand


class Block(NamedTuple):
    """A part that stands only where `name` has a value, or has none."""

    name: str
    without: bool
    parts: tuple[Part, ...]


Part = str | Field | Block


class Whole(NamedTuple):
    """A template that was read, and what is wrong with it."""

    parts: tuple[Part, ...]
    problems: tuple[str, ...] = ()


class Result(NamedTuple):
    """A text with the places that are still to be filled: start, end and name, in characters."""

    text: str
    stops: tuple[tuple[int, int, str], ...]


class _Open:
    """A condition that was begun."""

    def __init__(self, name: str, without: bool) -> None:
        self.name, self.without = name, without
        self.parts: list[Part] = []


def key(name: str) -> str:
    """A field's name as it is kept: "First name" and "first_name" are one."""
    return _BLANKS.sub("_", name.strip().casefold())


def parse(text: str) -> Whole:
    """Read a template. Never raises."""
    open_: list[_Open] = [_Open("", False)]
    problems: dict[str, None] = {}
    at = 0
    for found in _TOKEN.finditer(text):
        _add(open_[-1].parts, text[at : found.start()])
        at = found.end()
        if found["mark"] is not None:
            _condition(open_, found["mark"], key(found["block"]), found[0], problems)
        elif found["blank"] is not None:
            open_[-1].parts.append(Field(key(found["blank"]), blank=True))
        elif found["field"] is not None:
            open_[-1].parts.append(Field(key(found["field"]), found["default"]))
        else:
            _add(open_[-1].parts, found[0][0])
    _add(open_[-1].parts, text[at:])
    while len(open_) > 1:
        _close(open_, problems)
    return Whole(tuple(open_[0].parts), tuple(problems))


def _add(parts: list[Part], text: str) -> None:
    if text and parts and isinstance(parts[-1], str):
        parts[-1] += text
    elif text:
        parts.append(text)


def _condition(open_: list[_Open], mark: str, name: str, written: str, problems: dict[str, None]) -> None:
    if mark != "/":
        if len(open_) > DEEPEST:
            problems[f"Conditions may lie {DEEPEST} deep. Take some of them out."] = None
            _add(open_[-1].parts, written)
            return
        open_.append(_Open(name, mark == "!"))
        return
    if all(one.name != name for one in open_[1:]):
        problems[f"{written} ends a condition that was never begun. Put {{?{name}}} before it, or take it out."] = None
        _add(open_[-1].parts, written)
        return
    while open_[-1].name != name:
        _close(open_, problems)
    done = open_.pop()
    open_[-1].parts.append(Block(done.name, done.without, tuple(done.parts)))


def _close(open_: list[_Open], problems: dict[str, None]) -> None:
    done = open_.pop()
    mark = "!" if done.without else "?"
    problems[f"{{{mark}{done.name}}} is never ended. Put {{/{done.name}}} where it ends."] = None
    open_[-1].parts.append(Block(done.name, done.without, tuple(done.parts)))


def names(parts: Sequence[Part]) -> Iterator[Field]:
    """Every field of a template, those of conditions too (as fields with a default), in order."""
    for part in parts:
        if isinstance(part, Field):
            yield part
        elif isinstance(part, Block):
            yield Field(part.name, "")
            yield from names(part.parts)


def problems(text: str) -> list[str]:
    """What is wrong with one wording, as sentences."""
    if not text.strip():
        return ["There is no text yet. Write one, or take this wording out."]
    found = parse(text)
    told = list(found.problems)
    if len(text) > LONGEST:
        told.append(f"The text is longer than {LONGEST:,} characters. Shorten it.")
    for field in dict.fromkeys(one.name for one in names(found.parts) if not one.blank and one.name not in FIELDS):
        told.append(
            f"{{{field}}} is not a field. Choose one from the list, or write {{{field}?}} for a blank to fill by hand."
        )
    return told


def escape(text: str) -> str:
    """A template that reads as exactly this text."""
    return text.replace("{", "{{").replace("}", "}}")


def write(parts: Sequence[Part]) -> str:
    """A template's parts as they are typed; reads as the same parts."""
    made = []
    for part in parts:
        if isinstance(part, str):
            made.append(escape(part))
        elif isinstance(part, Field):
            default = "" if part.default is None else f"|{part.default}"
            made.append(f"{{{part.name}{'?' if part.blank else default}}}")
        else:
            made.append(f"{{{'!' if part.without else '?'}{part.name}}}{write(part.parts)}{{/{part.name}}}")
    return "".join(made)


def value(text: str) -> str:
    """What is filled in, made harmless: clean, one line, bounded."""
    return snippet(clean(text, LONGEST_VALUE * 4), LONGEST_VALUE)


def placeholder(name: str) -> str:
    """How a blank shows: "[order]"."""
    return f"[{name.replace('_', ' ')}]"


def fill(parts: Sequence[Part], values: Mapping[str, str]) -> Result:
    """Put the values in. A field without one takes its default; without either it becomes a blank."""
    writer = _Writer(values)
    writer.put(parts)
    return Result("".join(writer.made), tuple(writer.stops))


class _Writer:
    def __init__(self, values: Mapping[str, str]) -> None:
        self._given = values
        self._known: dict[str, str] = {}
        self.made: list[str] = []
        self.stops: list[tuple[int, int, str]] = []
        self._length = 0
        self._left_out = False  # a part was left out right before: one of the two spaces around it goes too

    def put(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if isinstance(part, str):
                self._text(part)
            elif isinstance(part, Field):
                self._field(part)
            elif bool(self._value(part.name)) is part.without:
                self._left_out = True
            else:
                self.put(part.parts)

    def _value(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = value(self._given.get(name, ""))
        return self._known[name]

    def _field(self, field: Field) -> None:
        known = "" if field.blank else self._value(field.name)
        if known:
            self._add(known)
        elif field.default is not None and not field.blank:
            self._add(field.default)
            self._left_out = self._left_out or not field.default
        else:
            shown = placeholder(field.name)
            self.stops.append((self._length, self._length + len(shown), field.name))
            self._add(shown)

    def _text(self, text: str) -> None:
        if self._left_out and text[0] in " \n" and (not self.made or self.made[-1][-1] in " \n"):
            text = text[1:]
        self._add(text)

    def _add(self, text: str) -> None:
        if text:
            self.made.append(text)
            self._length += len(text)
            self._left_out = False
