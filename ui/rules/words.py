"""Rules in plain words, as the list and "Why this is first" show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QCoreApplication, QLocale, QTime

from app.domain import Kind, Place
from app.rules import Rule, Then, When
from ui.conversation.words import many, minutes, one_line
from ui.feed.words import language_words

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "sv", "da", "nb", "fi", "cs", "tr", "ru", "uk", "ar", "hi",
             "ja", "ko", "zh")  # fmt: skip


def say(text: str, n: int = -1) -> str:
    """Translate in the context "Rules"."""
    return QCoreApplication.translate("Rules", text, None, n)


def lane(name: str) -> str:
    """Where a rule puts a message."""
    return {
        Place.CARE.value: say("to Care now"),
        Place.NORMAL.value: say("not urgent, by its time"),
        Place.THANKS.value: say("to Thank-yous"),
        Place.NOISE.value: say("to Noise"),
    }.get(name, "")


def kinds() -> list[tuple[str, str]]:
    """Key and words of the kinds of message."""
    return [
        (Kind.MENTION.value, say("Mention")),
        (Kind.REPLY.value, say("Reply")),
        (Kind.QUOTE.value, say("Quote")),
        (Kind.COMMENT.value, say("Comment")),
        (Kind.REVIEW.value, say("Review")),
        (Kind.MESSAGE.value, say("Direct message")),
        (Kind.SEARCH.value, say("Found by a search")),
    ]


def moods() -> list[tuple[str, str]]:
    """Key and words of the moods."""
    return [("negative", say("Unhappy")), ("neutral", say("Neutral")), ("positive", say("Friendly"))]


def days() -> list[tuple[str, str]]:
    """Number from Monday on and name of the days."""
    return [(str(n), QLocale().standaloneDayName(n + 1)) for n in range(7)]


def languages() -> list[tuple[str, str]]:
    """Code and name, by name."""
    return sorted(((code, language_words(code)) for code in LANGUAGES), key=lambda one: one[1])


def time(minute: int) -> str:
    """Minutes after midnight as the country writes them."""
    at = QTime(minute // 60 % 24, minute % 60)
    return (
        at.toString("HH:mm")
        if QLocale().language() == QLocale.Language.C
        else QLocale().toString(at, QLocale.FormatType.ShortFormat)
    )


def conditions(when: When, platforms: Mapping[str, str]) -> list[str]:
    """Each condition in a few words."""
    made = []
    if when.words:
        made.append(say("it says %1").replace("%1", _any(f"\u201c{one_line(word)}\u201d" for word in when.words)))
    for chosen, known in ((when.kinds, dict(kinds())), (when.platforms, platforms), (when.moods, dict(moods()))):
        if chosen:
            made.append(say("it is %1").replace("%1", _any(known.get(key, key.capitalize()) for key in chosen)))
    if when.languages:
        made.append(say("it is in %1").replace("%1", _any(map(language_words, when.languages))))
    if when.followers is not None:
        made.append(say("%1 or more follow").replace("%1", many(when.followers)))
    who = [*([say("a VIP")] if when.vip else []), *map(one_line, when.contacts)]
    if who:
        made.append(say("it is from %1").replace("%1", _any(who)))
    if when.days:
        names = dict(days())
        made.append(say("it comes on %1").replace("%1", _any(names[str(day)] for day in when.days)))
    if when.start is not None and when.end is not None:
        made.append(say("it comes from %1 to %2").replace("%1", time(when.start)).replace("%2", time(when.end)))
    return made


def _any(values: Iterable[str]) -> str:
    found = list(values)
    shown = found if len(found) <= 4 else [*found[:3], say("%n more", len(found) - 3)]
    return (
        shown[0] if len(shown) == 1 else say("%1 or %2").replace("%1", ", ".join(shown[:-1])).replace("%2", shown[-1])
    )


def deeds(then: Then, templates: Mapping[str, str] | None = None, *, moved: bool = True) -> list[str]:
    """What a rule does, each in a few words; `moved` False leaves the minutes out."""
    made = []
    if then.minutes and moved:
        made.append(minutes(then.minutes))
    if then.lane:
        made.append(lane(then.lane))
    if then.tag:
        made.append(say("tag %1").replace("%1", one_line(then.tag)))
    if then.template:
        name = (templates or {}).get(then.template, "")
        made.append(
            say("suggests %1").replace("%1", f"\u201c{one_line(name)}\u201d") if name else say("suggests a reply")
        )
    return made


def sentence(rule: Rule, platforms: Mapping[str, str], templates: Mapping[str, str]) -> str:
    """ "If it says “refund” and it is from a VIP: to Care now, tag Money" """
    if_ = say(" and ").join(conditions(rule.when, platforms))
    return say("If %1: %2").replace("%1", if_).replace("%2", ", ".join(deeds(rule.then, templates)))
