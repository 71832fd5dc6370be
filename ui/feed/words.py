"""The feed in words: chips, ages, what is left of a promise, and a row as a screen reader says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from msgspec import Struct
from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QLocale

from app.domain import WHEN_THEY_ANSWER, ConversationState, Kind, Lane, ReplyState
from app.rows import FeedRow

CONTEXT = "feed"
URGENT = timedelta(minutes=12)
SOON = timedelta(minutes=30)


class ChipWords(Struct, frozen=True):
    """A chip on a row: its words and its tone (a token's name, or "plain")."""

    text: str
    tone: str


# stable tag key: (tone, English words); `n` tags carry a number after a colon
_TAGS: dict[str, tuple[str, object]] = {
    "promise": ("warn", QT_TRANSLATE_NOOP("feed", "Promised")),
    "again": ("plain", QT_TRANSLATE_NOOP("feed", "Back")),
    "promise_ends": ("warn", QT_TRANSLATE_NOOP("feed", "Back, promise ends")),
    "anger": ("danger", QT_TRANSLATE_NOOP("feed", "Angry")),
    "safety": ("danger", QT_TRANSLATE_NOOP("feed", "Safety")),
    "threat": ("danger", QT_TRANSLATE_NOOP("feed", "Threat")),
    "second_message": ("warn", QT_TRANSLATE_NOOP("feed", "2nd message")),
    "order": ("warn", QT_TRANSLATE_NOOP("feed", "Order problem")),
    "order_problem": ("warn", QT_TRANSLATE_NOOP("feed", "Order problem")),
    "urgent": ("warn", QT_TRANSLATE_NOOP("feed", "Urgent")),
    "question": ("info", QT_TRANSLATE_NOOP("feed", "Question")),
    "praise": ("love", QT_TRANSLATE_NOOP("feed", "Praise")),
    "refund": ("plain", QT_TRANSLATE_NOOP("feed", "Refund")),
    "complaint": ("plain", QT_TRANSLATE_NOOP("feed", "Complaint")),
    "spam": ("plain", QT_TRANSLATE_NOOP("feed", "Spam")),
    "job": ("plain", QT_TRANSLATE_NOOP("feed", "Job")),
    "press": ("plain", QT_TRANSLATE_NOOP("feed", "Press")),
    "not_tagged": ("plain", QT_TRANSLATE_NOOP("feed", "Not tagged")),
    "untagged": ("plain", QT_TRANSLATE_NOOP("feed", "Not tagged")),
    "review": ("plain", QT_TRANSLATE_NOOP("feed", "Public review")),
    "public_review": ("plain", QT_TRANSLATE_NOOP("feed", "Public review")),
}
_SENDING: dict[ReplyState, tuple[str, object]] = {
    ReplyState.HELD: ("info", QT_TRANSLATE_NOOP("feed", "Waiting to leave")),
    ReplyState.CLAIMED: ("info", QT_TRANSLATE_NOOP("feed", "Sending")),
    ReplyState.UNCONFIRMED: ("warn", QT_TRANSLATE_NOOP("feed", "Not confirmed")),
    ReplyState.REFUSED: ("danger", QT_TRANSLATE_NOOP("feed", "Refused")),
    ReplyState.BLOCKED: ("warn", QT_TRANSLATE_NOOP("feed", "Held")),
}
_PLATFORMS = {
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "google": "Google",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "linkedin": "LinkedIn",
    "x": "X",
}
# what people call a platform's direct messages, where that is another name
_MESSENGERS = {"facebook": "Messenger"}
LANES: dict[Lane, tuple[object, str]] = {  # words, glyph
    Lane.CARE: (QT_TRANSLATE_NOOP("feed", "Care now"), "clock"),
    Lane.TODAY: (QT_TRANSLATE_NOOP("feed", "Due today"), "sun"),
    Lane.THANKS: (QT_TRANSLATE_NOOP("feed", "Thank-yous"), "heart"),
    Lane.WAITING: (QT_TRANSLATE_NOOP("feed", "Waiting on customer"), "ellipsis"),
    Lane.SNOOZED: (QT_TRANSLATE_NOOP("feed", "Snoozed"), "moon"),
    Lane.LISTENING: (QT_TRANSLATE_NOOP("feed", "Listening"), "radar"),
    Lane.NOISE: (QT_TRANSLATE_NOOP("feed", "Noise"), "volume-x"),
    Lane.DONE: (QT_TRANSLATE_NOOP("feed", "Done"), "check"),
}


def tr(text: object, note: str = "", n: int = -1) -> str:
    """Translate in the feed's context."""
    return QCoreApplication.translate(CONTEXT, str(text), note, n)


def lane_words(lane: Lane) -> str:
    """The lane's name on the screen."""
    return tr(LANES[lane][0])


def platform_words(platform: str, kind: str = "", service: str = "") -> str:
    """ "Mastodon", "Google review"."""
    if kind == Kind.REVIEW and service.endswith(" reviews"):
        return service.removesuffix("s")
    name = service or _PLATFORMS.get(platform, platform.replace("_", " ").capitalize())
    return tr("{platform} review").format(platform=name) if kind == Kind.REVIEW else name


@lru_cache(maxsize=512)
def tag_chip(tag: str) -> ChipWords | None:
    """The chip of a tag; None for a tag that the screen does not show."""
    name, _, value = tag.partition(":")
    if name in _TAGS:
        tone, words = _TAGS[name]
        return ChipWords(tr(words), tone)
    if name == "stars" and value.isdecimal():
        stars = int(value)
        tone = "danger" if stars <= 2 else "warn" if stars == 3 else "love"
        return ChipWords(tr("1 star") if stars == 1 else tr("{n} stars").format(n=stars), tone)
    if name == "followers" and value.isdecimal():
        return ChipWords(tr("{n} followers").format(n=short_count(int(value))), "plain")
    if name == "tag" and value:  # a rule's own
        return ChipWords(value, "info")
    if name == "lang" and value:
        return ChipWords(language_words(value), "plain")
    return None


def language_words(code: str) -> str:
    """ "Spanish" for "es"; the code where Qt knows no such language."""
    language = QLocale.codeToLanguage(code.split("-")[0].lower())
    return code if language == QLocale.Language.AnyLanguage else tr(QLocale.languageToString(language))


def short_count(n: int) -> str:
    """18000 as "18k"."""
    if n < 1_000:
        return str(n)
    if n < 1_000_000:
        return f"{n / 1000:.1f}k".replace(".0k", "k") if n < 10_000 else f"{n // 1000}k"
    return f"{n / 1_000_000:.1f}M".replace(".0M", "M")


def chips(row: FeedRow, now: datetime) -> list[ChipWords]:
    """All chips of a row, the most pressing first; as many are shown as fit."""
    made = []
    if row.sending is not None and row.sending in _SENDING:
        tone, words = _SENDING[row.sending]
        made.append(ChipWords(tr(words), tone))
    if row.closes_at is not None and not row.has_draft:
        made.append(ChipWords(tr("Closes by itself"), "plain"))
    made += [chip for tag in row.tags if (chip := tag_chip(tag)) is not None]
    if row.kind == Kind.REVIEW and not {"review", "public_review"} & set(row.tags):
        made.append(ChipWords(tr("Public review"), "plain"))
    if row.kind == Kind.MESSAGE:
        made.append(ChipWords(tr("Direct message"), "plain"))
    if row.kind == Kind.SEARCH and not {"not_tagged", "untagged"} & set(row.tags):
        made.append(ChipWords(tr("Not tagged"), "plain"))
    if row.window_closes_at is not None and row.window_closes_at - now < timedelta(hours=24):
        left = row.window_closes_at - now
        text = window_words(row, left)
        made.append(ChipWords(text, "warn" if left < timedelta(hours=2) else "plain"))
    if row.has_draft and row.sending is None:
        made.append(ChipWords(tr("Draft"), "ok"))
    return made


def window_name(row: FeedRow) -> str:
    """Whose reply window it is: "Messenger", "Instagram"."""
    name = _MESSENGERS.get(row.platform, "") if row.kind == Kind.MESSAGE else ""
    return name or platform_words(row.platform, "", row.service)


def window_words(row: FeedRow, left: timedelta) -> str:
    """The platform's own clock: "Messenger closes in 3 h", or that it is over."""
    name, minutes = window_name(row), int(left.total_seconds() // 60)
    if left <= timedelta():
        return tr("{platform} takes no more replies").format(platform=name)
    if minutes < 60:
        return tr("{platform} closes in {n} min").format(platform=name, n=max(1, minutes))
    return tr("{platform} closes in {n} h").format(platform=name, n=minutes // 60)


def age(then: datetime, now: datetime) -> str:
    """How long ago, as short as a column needs: "2 m", "1 h", "3 d", "12 May"."""
    seconds = (now - then).total_seconds()
    if seconds < 60:
        return tr("now")
    if seconds < 3600:
        return tr("{n} m").format(n=int(seconds // 60))
    if seconds < 86400:
        return tr("{n} h").format(n=int(seconds // 3600))
    if seconds < 7 * 86400:
        return tr("{n} d").format(n=int(seconds // 86400))
    local = then.astimezone()
    return QLocale().toString(local.date(), "d MMM" if local.year == now.year else "MMM yyyy")  # type: ignore[call-overload,no-any-return]


def left_words(left: timedelta) -> str:
    """What is left, rounded down so that it never promises more: "11m", "6h", "2d"."""
    minutes = int(left.total_seconds() // 60)
    if minutes < 60:
        return tr("{n}m").format(n=max(1, minutes))
    if minutes < 24 * 60:
        return tr("{n}h").format(n=minutes // 60)
    return tr("{n}d").format(n=minutes // (24 * 60))


def ring_words(due: datetime, now: datetime) -> str:
    """What stands in the ring: "late", "11m", "6h", "today", "2d"."""
    left = due - now
    if left <= timedelta():
        return tr("late")
    if left > timedelta(hours=7) and due.astimezone().date() == now.astimezone().date():
        return tr("today")
    return left_words(left)


def urgency(row: FeedRow, now: datetime) -> str:
    """The token that colours a row's ring."""
    if row.due_at is None:
        return "faint"
    left = row.due_at - now
    if left <= timedelta():
        return "danger"
    if "praise" in row.tags and "question" not in row.tags:
        return "love"
    return "danger" if left <= URGENT else "warn" if left <= SOON else "ok"


def back_at(row: FeedRow) -> datetime | None:
    """When a snoozed conversation is back, which may be before the time that was chosen; None if it is not snoozed."""
    if row.state is not ConversationState.SNOOZED:
        return None
    return datetime.fromtimestamp(row.key.at / 1000, UTC)


def due_words(row: FeedRow, now: datetime) -> str:
    """The promise in a sentence's words, "" without a timer."""
    back = back_at(row)
    if back is not None and back > now:
        if back >= WHEN_THEY_ANSWER:
            return tr("snoozed until they answer")
        return tr("snoozed until {time}").format(time=clock(back))
    if row.due_at is None:
        return ""
    minutes = int((row.due_at - now).total_seconds() // 60)
    if minutes < 0:
        return (
            tr("late by {n} minutes").format(n=-minutes)
            if minutes > -60
            else tr("late since {time}").format(time=clock(row.due_at))
        )
    if minutes < 60:
        return tr("due in {n} minutes").format(n=minutes)
    return tr("due at {time}").format(time=clock(row.due_at))


def clock(at: datetime) -> str:
    """Hours and minutes where the person sits."""
    return at.astimezone().strftime("%H:%M")


def spoken(row: FeedRow, now: datetime) -> str:
    """A row as a screen reader says it."""
    head = [row.author, platform_words(row.platform, row.kind, row.service), due_words(row, now)]
    marks = [chip.text.lower() for chip in chips(row, now)]
    return f"{', '.join(part for part in head + marks if part)}: {row.text}"
