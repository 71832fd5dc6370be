"""What answered messages before: one client's past replies and templates, asked for a new message."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from zlib import crc32

from app.domain import Template
from app.wording import fields, matters, similar
from app.wording.similar import Corpus
from app.wording.values import first_name

MOST = 2_000  # replies of a client that are remembered, the newest
LEAST = 0.16  # from here on a message may be like another
LIKE = 0.3  # from here on it surely is; a guess that is wrong costs more than none
GUESS = 0.25  # what it counts that a template is for what the message is about
ALIKE = 0.55  # share of common pieces from which two replies are one
TEXT = 0.6  # what likeness to a template's own words counts against likeness to a message that it answered
NEAREST = 60
NEAR = 0.35  # of the best: from here on a message is called like this one


class Past(NamedTuple):
    """A reply that left and the message that it answered."""

    n: int
    text: str
    at: int  # ms
    template: str
    asked: str
    author: str
    handle: str
    conversation: int = 0
    private: int = 0  # it left as a direct message


class Idea(NamedTuple):
    """A template or a past reply that may answer a message, and what speaks for it."""

    score: float
    template: str  # "" for a past reply
    newest: Past | None  # the newest of those that it answered
    nearest: Past | None  # the one most like the message
    times: int  # messages like this one that it answered
    words: tuple[str, ...]  # that the message and the template's own text share
    about: str = ""  # what both are about


class _Group:
    def __init__(self) -> None:
        self.past: list[tuple[float, Past]] = []


class Memory:
    """One client's. Not for two threads at a time."""

    def __init__(self) -> None:
        self._asked: Corpus[int] = Corpus()
        self._texts: Corpus[tuple[str, str]] = Corpus()  # by template and language
        self._past: dict[int, Past] = {}
        self._pieces: dict[int, frozenset[str]] = {}
        self._wordings: dict[str, tuple[frozenset[str], ...]] = {}
        self._templates: dict[str, Template] = {}
        self._about: dict[str, frozenset[str]] = {}
        self.mark: tuple[int, int] | None = None  # the highest number and the latest time seen

    def __len__(self) -> int:
        return len(self._past)

    def add(self, past: Iterable[Past]) -> None:
        """Remember more replies, oldest first; known ones are passed over and the oldest are forgotten."""
        for one in past:
            number, at = self.mark or (0, 0)
            self.mark = max(number, one.n), max(at, one.at)
            known = self._past.get(one.n)
            if known == one:
                continue
            self._past[one.n] = one
            self._asked.add(one.n, one.asked)
            self._pieces[one.n] = similar.pieces(similar.bare(one.text, (one.author,)))
        while len(self._past) > MOST:
            oldest = min(self._past, key=lambda n: self._past[n].at) if len(self._past) < MOST + 50 else min(self._past)
            del self._past[oldest], self._pieces[oldest]
            self._asked.remove(oldest)

    def offer(self, templates: Sequence[Template]) -> None:
        """These templates, and no others, may be suggested."""
        now = {one.id: one for one in templates}
        for id_ in self._templates.keys() - now.keys():
            self._forget(id_)
        for id_, one in now.items():
            if self._templates.get(id_) is not one:
                if id_ in self._templates:
                    self._forget(id_)
                wordings = []
                for text in one.texts:
                    said = [words(variant) for variant in text.variants]
                    self._texts.add((id_, text.language), " ".join([one.name, *said]))
                    wordings += [similar.pieces(similar.bare(variant)) for variant in said]
                self._wordings[id_] = tuple(wordings)
                self._about[id_] = matters.of_template(one)
        self._templates = now

    def _forget(self, id_: str) -> None:
        for text in self._templates[id_].texts:
            self._texts.remove((id_, text.language))
        del self._wordings[id_], self._about[id_]

    def warm(self) -> None:
        """Have everything worked out before it is asked for."""
        self._asked.warm()
        self._texts.warm()

    def ideas(
        self, message: str, limit: int, *, besides: int = -1, private: bool = True,
        about: frozenset[str] = frozenset(),
    ) -> list[Idea]:  # fmt: skip
        """Up to `limit` ideas for a message, best first; what says the same is one.

        Nothing that was answered in the conversation `besides` itself; and where the answer is not `private`, no text
        that left as a direct message. `about` is what the message is about, see `matters`.
        """
        groups: dict[str, _Group] = {}
        heads: list[tuple[str, frozenset[str]]] = []
        for like in self._asked.like(message, NEAREST, LEAST):
            past = self._past[like.key]
            key = self._key(past, heads)
            if past.conversation == besides or (past.private and not private and key not in self._templates):
                continue
            groups.setdefault(key, _Group()).past.append((like.score, past))
        texts: dict[str, tuple[float, tuple[str, str]]] = {}
        for found in self._texts.like(message, 20, LEAST):
            texts.setdefault(found.key[0], (found.score, found.key))
        ideas: dict[str, Idea] = {}
        for key, group in groups.items():
            template = key if key in self._templates else ""
            best, nearest = max(group.past, key=lambda pair: pair[0])
            near = [past for score, past in group.past if score >= best * NEAR]
            score = best * (1 + 0.15 * math.log(len(near))) + 0.25 * texts.get(template, (0.0, ()))[0]
            if score >= LIKE:
                newest = max(near, key=lambda past: past.at)
                ideas[key] = Idea(score, template, newest, nearest, len(near), ())
        for id_, (likeness, place) in texts.items():
            shared = tuple(self._texts.shared(place, message))
            if id_ not in ideas and shared and likeness >= (LIKE if len(shared) == 1 else LIKE * 0.75):
                ideas[id_] = Idea(TEXT * likeness, id_, None, None, 0, shared)
        for id_, own in self._about.items():
            both = own & about
            if both:
                ideas[id_] = self._guessed(ideas.get(id_), id_, both, private)
        return sorted(
            ideas.values(), key=lambda one: (-one.score, -(one.newest.at if one.newest else 0), one.template)
        )[:limit]

    def _guessed(self, idea: Idea | None, id_: str, both: frozenset[str], private: bool) -> Idea:
        """The idea with what speaks for it beside: both are about the same."""
        template = self._templates[id_]
        foremost = matters.foremost(both)
        fits = GUESS + 0.02 * len(both) - 0.005 * list(matters.WORDS).index(foremost)
        fits += min(template.uses, 50) * 0.0004 - 0.03 * (matters.for_private(template) is not private)
        if idea is None:
            return Idea(fits, id_, None, None, 0, (), foremost)
        return idea._replace(score=idea.score + 0.3 * fits, about=foremost)

    def _key(self, past: Past, heads: list[tuple[str, frozenset[str]]]) -> str:
        """The template that a reply is, or the past reply that says the same; else a key of its own."""
        if past.template in self._templates:
            return past.template
        own = self._pieces[past.n]
        for id_, wordings in self._wordings.items():
            if any(not own.isdisjoint(one) and similar.overlap(own, one) >= ALIKE for one in wordings):
                return id_
        for key, pieces in heads:
            if similar.overlap(own, pieces) >= ALIKE:
                return key
        heads.append((f"reply {past.n}", own))
        return heads[-1][0]


def words(template: str) -> str:
    """What a wording says in any case, without its fields."""

    def said(parts: Sequence[fields.Part]) -> Iterable[str]:
        for part in parts:
            if isinstance(part, str):
                yield part
            elif isinstance(part, fields.Block):
                yield from said(part.parts)

    return " ".join(said(fields.parse(template).parts))


def as_template(text: str, author: str) -> str:
    """A reply as a template: the customer's name becomes a field."""
    made = fields.escape(text)
    name = first_name(author)
    if len(name) > 1:
        made = similar.swap(made, name, "{first_name|there}")
    return made


# --- is this said already ------------------------------------------------------------------------


def _parts(template: str) -> frozenset[str]:
    return similar.pieces(similar.bare(words(template)))


def alike(first: str, second: str) -> bool:
    """Whether two wordings of templates are near-duplicates."""
    return similar.overlap(_parts(first), _parts(second)) >= similar.SAME


def fingerprint(template: str) -> set[int]:
    """What two of them share tells how alike the wordings are, and no word can be read out of one."""
    return {crc32(piece.encode()) for piece in _parts(template)}


def like_any(template: str, prints: Collection[Sequence[int]]) -> bool:
    """Whether a wording is nearly one of which only the fingerprint is known."""
    own = fingerprint(template)
    return any(len(own & set(one)) >= similar.SAME * len(own | set(one)) for one in prints)
