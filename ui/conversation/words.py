"""Times, names and states in words, as the conversation, the composer and the outbox show them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from app.domain import Kind, Reply, ReplyState, Visibility

# Isolates and overrides that could make a name swallow the words after it.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def say(text: str, n: int = -1) -> str:
    """Translate `text` in the context "Words"; `%n` is the number `n`."""
    return QCoreApplication.translate("Words", text, None, n)


def _now() -> datetime:
    return datetime.now(UTC)


def one_line(text: str) -> str:
    """A name, handle or quote from outside as it may stand in a sentence of ours."""
    return " ".join(_CONTROL.sub(" ", _BIDI.sub("", text)).split())


def body(text: str) -> str:
    """A message from outside: direction overrides and control characters go, line breaks stay."""
    return _CONTROL.sub("", _BIDI.sub("", text))


def cleaned(text: str) -> str:
    """What a person typed or pasted, without control characters that no platform takes; the rest as it is."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def clock(at: datetime) -> str:
    """The time of day on this computer's clock, as its country writes it: 13:11."""
    local = at.astimezone()
    locale = QLocale()
    if locale.language() == QLocale.Language.C:
        return f"{local:%H:%M}"
    return locale.toString(_qt(local).time(), QLocale.FormatType.ShortFormat)


def day(at: datetime, now: datetime | None = None) -> str:
    """Today, Yesterday, Monday 3 March, 3 March 2024."""
    here, today = at.astimezone(), (now or _now()).astimezone()
    apart = (today.date() - here.date()).days
    if apart == 0:
        return say("Today")
    if apart == 1:
        return say("Yesterday")
    if apart == -1:
        return say("Tomorrow")
    pattern = say("dddd d MMMM") if here.year == today.year else say("d MMMM yyyy")
    return QLocale().toString(_qt(here), pattern)


def short_day(at: datetime, now: datetime | None = None) -> str:
    """12 May, or 12 May 2024 in another year."""
    here, today = at.astimezone(), (now or _now()).astimezone()
    return QLocale().toString(_qt(here), say("d MMM") if here.year == today.year else say("d MMM yyyy"))


def month(at: datetime) -> str:
    """Mar 2025."""
    return QLocale().toString(_qt(at.astimezone()), say("MMM yyyy"))


def moment(at: datetime, now: datetime | None = None) -> str:
    """13:11 today, else with its day: "tomorrow 09:00", "12 May 09:00"."""
    here, today = at.astimezone(), (now or _now()).astimezone()
    apart = (here.date() - today.date()).days
    if apart == 0:
        return clock(at)
    if apart == 1:
        return say("tomorrow %1").replace("%1", clock(at))
    if apart == -1:
        return say("yesterday %1").replace("%1", clock(at))
    return f"{short_day(at, now)} {clock(at)}"


def _qt(at: datetime) -> QDateTime:
    return QDateTime.fromMSecsSinceEpoch(int(at.timestamp() * 1000))


def span(seconds: float) -> str:
    """9 min, 3 h, 2 days; never 0."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return say("%n min", minutes)
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return say("%n h", hours) if not rest or hours >= 10 else f"{say('%n h', hours)} {say('%n min', rest)}"
    return say("%n days", round(minutes / 1440))


def minutes(number: int) -> str:
    """Minutes with their sign; a real minus, not a hyphen."""
    sign = "\u2212" if number < 0 else "+"
    return say("%1 min").replace("%1", f"{sign}{abs(number)}")


def many(number: int) -> str:
    """2.1k, 18k, 1.2M."""
    if number < 1000:
        return str(number)
    value, unit = (number / 1000, "k") if number < 999_500 else (number / 1_000_000, "M")
    text = f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
    return text.removesuffix(".0").replace(".", QLocale().decimalPoint()) + unit


def followers(number: int) -> str:
    """The words under a public post."""
    if number == 1:
        return say("seen by 1 follower")
    return say("seen by %1 followers").replace("%1", many(number))


def reason(name: str) -> str:
    """A triage reason, as "Why this is first" names it."""
    known = {
        "anger": say("Angry tone"),
        "second_message": say("Second message"),
        "refund": say("Asks for a refund"),
        "safety": say("Safety or health"),
        "legal": say("Speaks of lawyers"),
        "outage": say("Something is down"),
        "urgent": say("Needs it soon"),
        "low_rating": say("One or two stars"),
        "order": say("Problem with an order"),
        "followers": say("Many people read along"),
        "question": say("Asks a question"),
        "praise": say("Praise"),
    }
    return known.get(name) or name.replace("_", " ").capitalize()


def mood(name: str) -> str:
    """How somebody usually writes."""
    return {"negative": say("Unhappy"), "positive": say("Friendly"), "neutral": say("Neutral")}.get(name, "")


def kind(name: str, visibility: Visibility) -> str:
    """ "public post", "direct message": what is answered, in the header."""
    if visibility is Visibility.DIRECT or name == Kind.MESSAGE:
        return say("direct message")
    if name == Kind.REVIEW:
        return say("public review")
    if name == Kind.COMMENT:
        return say("public comment")
    if visibility is Visibility.FOLLOWERS:
        return say("post for followers")
    if name == Kind.SEARCH:
        return say("public post, found by a search")
    return say("public post")


def who_sees(visibility: Visibility, author: str) -> str:
    """Who can read the reply, in the line over the composer."""
    if visibility is Visibility.DIRECT:
        return say("only %1 can see this").replace("%1", author)
    if visibility is Visibility.FOLLOWERS:
        return say("your followers and %1 can see this").replace("%1", author)
    return say("everyone can see this")


def reply_state(reply: Reply, *, online: bool, now: datetime | None = None) -> str:
    """What became of a reply, in words."""
    now = now or _now()
    match reply.state:
        case ReplyState.HELD:
            left = (reply.not_before - now).total_seconds()
            if not online and (left <= 0 or reply.tries or reply.why):
                return say("Waiting for the network")
            if reply.why:
                return reply.why
            if left > 120:
                return say("leaves %1").replace("%1", moment(reply.not_before, now))
            if left > 0:
                return say("leaves in %n s", max(1, round(left)))
            return say("leaving now")
        case ReplyState.CLAIMED:
            return say("sending\u2026")
        case ReplyState.SENT:
            at = moment(reply.sent_at or reply.created_at, now)
            if reply.origin == "elsewhere":
                return say("sent %1 from another app").replace("%1", at)
            return say("sent %1").replace("%1", at)
        case ReplyState.UNCONFIRMED:
            why = reply.why or say("the line broke after sending")
            return say("Not confirmed: %1").replace("%1", why)
        case ReplyState.REFUSED:
            return say("Refused: %1").replace("%1", reply.why or say("the platform gave no reason"))
        case ReplyState.BLOCKED:
            return say("Held: %1").replace("%1", reply.why or say("the conversation changed"))
        case ReplyState.CANCELLED:
            return say("taken back")
