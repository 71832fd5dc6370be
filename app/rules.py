"""A person's own rules: when a message is like this, do that. Pure functions over plain values.

All conditions of a rule must hold, and all rules that hold are applied, in
order. Words are looked up, not searched for: one pass over the message finds
the words of every rule, so fifty rules cost hardly more than one, and nothing
that a person types is ever a pattern.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.domain import Kind, Mention, Place, Reason, Triage
from app.errors import InputError

REASON = "rule:"  # a reason of this name, with the rule's id behind it
LANE, TAG, TEMPLATE = "lane:", "tag:", "template:"  # what else a rule leaves on a message, as tags
LANES = (Place.CARE, Place.NORMAL, Place.THANKS, Place.NOISE)
MOODS = ("negative", "neutral", "positive")
DAY = 1440
UTC = ZoneInfo("UTC")
LONGEST = 10_000  # characters of a message that are read
MOST_RULES, MOST_WORDS, LONGEST_WORDS, LONGEST_TAG = 200, 200, 100, 30
MOST_MINUTES = 7 * DAY

_WORD = re.compile(r"\w+")
# left out by writers in a hurry; the dots of German and of Finnish make other words and stay
_ACCENTS = dict.fromkeys(map(ord, "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u030a\u030b\u030c\u0327\u0328"))
# scripts that put no blanks between words: there a word is looked for wherever it stands
_RUN_ON = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class When(Struct, frozen=True, omit_defaults=True):
    """The conditions; one that is empty asks nothing."""

    words: tuple[str, ...] = ()  # whole words or phrases, any of them
    platforms: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # "de"
    followers: int | None = None  # at least
    contacts: tuple[str, ...] = ()  # handles; any of them, or a VIP if `vip`
    vip: bool = False
    days: tuple[int, ...] = ()  # Monday is 0
    start: int | None = None  # minutes after midnight in the client's zone; the end may be on the next day
    end: int | None = None


class Then(Struct, frozen=True, omit_defaults=True):
    """What is done."""

    lane: str = ""  # a `Place`; of several rules the last one holds
    minutes: int = 0  # negative: sooner
    tag: str = ""
    template: str = ""  # the id of the one that is suggested


class Rule(Struct, frozen=True):
    """One rule. `client_id` "" holds for all clients."""

    id: str
    name: str
    when: When = When()
    then: Then = Then()
    enabled: bool = True
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may ask and a mention does not tell."""

    platform: str = ""
    zone: ZoneInfo = UTC
    vip: bool = False


def fold(text: str) -> str:
    """Small letters without the accents that people leave out."""
    text = text.casefold()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(_ACCENTS))


def handle_key(handle: str) -> str:
    """A handle as it is compared: with or without its @, in any case."""
    return handle.strip().removeprefix("@").casefold()


def checked(rule: Rule) -> Rule:
    """Return `rule` as it is kept: blanks and doubles gone. Raises `InputError` for one that makes no sense."""
    when, then, name = rule.when, rule.then, " ".join(rule.name.split())
    if not name:
        raise InputError("Give the rule a name.")
    days = tuple(sorted(set(when.days)))
    tidy = When(
        words=_tidy(when.words), platforms=_tidy(when.platforms), kinds=_tidy(when.kinds), moods=_tidy(when.moods),
        languages=_tidy(when.languages), followers=when.followers, contacts=_tidy(when.contacts), vip=when.vip,
        days=() if len(days) == 7 else days, start=when.start, end=when.end,
    )  # fmt: skip
    if len(tidy.words) > MOST_WORDS or any(len(word) > LONGEST_WORDS for word in tidy.words):
        raise InputError(f"“{name}” may hold {MOST_WORDS} words or phrases of {LONGEST_WORDS} letters each.")
    times = (when.start, when.end)
    if (None in times and times != (None, None)) or any(at is not None and not 0 <= at <= DAY for at in times):
        raise InputError(f"“{name}” needs a time to begin and a time to end.")
    if any(not 0 <= day <= 6 for day in days) or (when.followers is not None and when.followers < 0):
        raise InputError(f"“{name}” asks for something that cannot be.")
    if tidy == When():
        raise InputError(f"Say when “{name}” applies. It has no condition yet.")
    done = Then(then.lane, then.minutes, " ".join(then.tag.split()), then.template)
    if done == Then():
        raise InputError(f"Say what “{name}” does. It does nothing yet.")
    if done.lane and done.lane not in LANES:
        raise InputError(f"“{name}” names a lane that does not exist.")
    if abs(done.minutes) > MOST_MINUTES:
        raise InputError(f"“{name}” can move a message by a week at most.")
    if len(done.tag) > LONGEST_TAG:
        raise InputError(f"The tag of “{name}” is longer than {LONGEST_TAG} letters.")
    return Rule(rule.id, name, tidy, done, rule.enabled, rule.client_id)


def _tidy(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(value.split()) for value in values if value.strip()))


def without_rules(judged: Triage) -> Triage:
    """What triage said before any rule was applied."""
    if not any(reason.name.startswith(REASON) for reason in judged.reasons):
        return judged  # a rule that applied left its name
    reasons = tuple(reason for reason in judged.reasons if not reason.name.startswith(REASON))
    tags = tuple(tag for tag in judged.tags if not tag.startswith((LANE, TAG, TEMPLATE)))
    return Triage(judged.mood, reasons, tags, judged.language)


class Rules:
    """Rules made ready to be applied: those of all clients first, then the client's own, in their order."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rule for rule in rules if rule.enabled)
        self._first: dict[str, list[tuple[tuple[str, ...], int]]] = {}  # by a phrase's first word
        self._anywhere: list[tuple[str, int]] = []
        for number, rule in enumerate(self._rules):
            for phrase in rule.when.words:
                folded = fold(phrase)
                parts = tuple(_WORD.findall(folded))
                if parts and not _RUN_ON.search(folded):
                    self._first.setdefault(parts[0], []).append((parts, number))
                elif folded.strip():
                    self._anywhere.append((folded.strip(), number))
        self._asks = tuple(_Asks(rule.when) for rule in self._rules)
        self._timed = any(ask.timed for ask in self._asks)

    def __bool__(self) -> bool:
        return bool(self._rules)

    @cached_property
    def needs_vip(self) -> bool:
        """Whether any of them asks for a VIP."""
        return any(rule.when.vip for rule in self._rules)

    def apply(self, mention: Mention, judged: Triage, facts: Facts) -> Triage:
        """Return `judged` with what the rules add. Rules judge what triage said, never what another rule did."""
        holding = self.matching(mention, judged, facts)
        if not holding:
            return judged
        reasons, tags, lane = list(judged.reasons), dict.fromkeys(judged.tags), ""
        for rule in holding:
            then = rule.then
            reasons.append(Reason(REASON + rule.id, then.minutes))
            lane = then.lane or lane
            if then.tag:
                tags[TAG + then.tag] = None
            if then.template:
                tags[TEMPLATE + then.template] = None
        if lane:
            tags[LANE + lane] = None
        return Triage(judged.mood, tuple(reasons), tuple(tags), judged.language)

    def matching(self, mention: Mention, judged: Triage, facts: Facts) -> list[Rule]:
        """The rules that hold for a message, in order."""
        if not self._rules or mention.kind == Kind.CONTEXT:
            return []
        said = self._said(mention)
        local = mention.posted_at.astimezone(facts.zone) if self._timed else None
        language = (mention.language or judged.language).replace("_", "-").partition("-")[0].casefold()
        handle = handle_key(mention.author.handle)
        return [
            rule
            for number, (rule, ask) in enumerate(zip(self._rules, self._asks, strict=True))
            if (not ask.words or number in said) and ask.hold(mention, judged, facts, local, language, handle)
        ]

    def _said(self, mention: Mention) -> set[int]:
        """Numbers of the rules of which the message holds a word or a phrase."""
        found: set[int] = set()
        if not self._first and not self._anywhere:
            return found
        text = mention.text if not mention.spoiler else f"{mention.spoiler}\n{mention.text}"
        folded = fold(text[:LONGEST])
        if self._first:
            words = _WORD.findall(folded)
            first = self._first
            for at, word in enumerate(words):
                if word in first:
                    for parts, number in first[word]:
                        if len(parts) == 1 or tuple(words[at : at + len(parts)]) == parts:
                            found.add(number)
        for phrase, number in self._anywhere:
            if number not in found and phrase in folded:
                found.add(number)
        return found


class _Asks:
    """A rule's conditions, ready to be held against a message."""

    __slots__ = (
        "contacts", "days", "end", "followers", "kinds", "languages", "moods", "platforms", "someone", "start", "timed",
        "vip", "words",
    )  # fmt: skip

    def __init__(self, when: When) -> None:
        self.words = bool(when.words)
        self.platforms, self.kinds, self.moods = frozenset(when.platforms), frozenset(when.kinds), frozenset(when.moods)
        self.languages = frozenset(language.partition("-")[0].casefold() for language in when.languages)
        self.followers, self.vip = when.followers, when.vip
        self.contacts = frozenset(map(handle_key, when.contacts)) - {""}
        self.someone = when.vip or bool(when.contacts)
        self.days, self.start, self.end = frozenset(when.days), when.start, when.end
        self.timed = bool(when.days) or when.start is not None

    def hold(
        self, mention: Mention, judged: Triage, facts: Facts, local: datetime | None, language: str, handle: str
    ) -> bool:
        """All but the words."""
        if self.platforms and facts.platform not in self.platforms:
            return False
        if self.kinds and mention.kind not in self.kinds:
            return False
        if self.moods and judged.mood not in self.moods:
            return False
        if self.languages and language not in self.languages:
            return False
        if self.followers is not None and (mention.author.followers or 0) < self.followers:
            return False
        if self.someone and not (self.vip and facts.vip) and handle not in self.contacts:
            return False
        return not self.timed or (local is not None and self._now(local))

    def _now(self, local: datetime) -> bool:
        day, minute = local.weekday(), local.hour * 60 + local.minute
        if self.start is not None and self.end is not None and self.start != self.end:
            if self.start < self.end:
                if not self.start <= minute < self.end:
                    return False
            elif minute < self.end:
                day = (day - 1) % 7  # the small hours belong to the evening before
            elif minute < self.start:
                return False
        return not self.days or day in self.days
