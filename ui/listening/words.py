"""How searches are told."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication, QLocale

from app.rows import StreamRow
from app.search_stream import Query
from ui.conversation import words

# in the order of the editor: field of `Query`, what it is called, what stands in it while it is empty
_SIGNS = {"USD": "$", "EUR": "\u20ac", "GBP": "\u00a3"}
FIELDS = ("words", "phrases", "handles", "hashtags", "without", "places", "languages")


def tr(text: str) -> str:
    """Translate in the context "Listening"."""
    return QCoreApplication.translate("Listening", text)


def label(field: str) -> str:
    """What a field is called."""
    return {
        "words": tr("Any of these words"),
        "phrases": tr("Or these phrases"),
        "handles": tr("Or these handles"),
        "hashtags": tr("Or these hashtags"),
        "without": tr("But none of these"),
        "places": tr("Only with one of these places"),
        "languages": tr("Only in these languages"),
    }[field]


def example(field: str) -> str:
    """What stands in a field while it is empty."""
    return {
        "words": "sourdough, rye",
        "phrases": "maple and rye",
        "handles": "@maplerye",
        "hashtags": "#maplerye",
        "without": "whisky, catcher in the rye",
        "places": "Leeds, r/baking",
        "languages": "en, de",
    }[field]


def split(typed: str) -> tuple[str, ...]:
    """Terms that are divided by commas or lines."""
    return tuple(part for each in typed.replace("\n", ",").replace(";", ",").split(",") if (part := each.strip()))


def told(query: Query) -> str:
    """A search on one line."""
    any_of = [*query.words, *[f"\u201c{one}\u201d" for one in query.phrases], *query.handles]
    any_of += [f"#{one}" for one in query.hashtags]
    text = tr(" or ").join(any_of)
    if query.without:
        text += tr(", without %1").replace("%1", ", ".join(query.without))
    if query.places:
        text += tr(", in %1").replace("%1", tr(" or ").join(query.places))
    if query.languages:
        names = [_language(code) for code in query.languages]
        text += tr(", in %1").replace("%1", tr(" or ").join(names))
    return words.one_line(text)


def _language(code: str) -> str:
    found = QLocale.codeToLanguage(code.split("-")[0].lower())
    return code if found == QLocale.Language.AnyLanguage else QLocale.languageToString(found)


def counted(row: StreamRow) -> str:
    """Its yield of the last 30 days, and what reading it cost."""
    parts = [
        tr("%1 found in 30 days").replace("%1", str(row.found)),
        tr("%1 joined").replace("%1", str(row.joined)),
        tr("%1 let pass").replace("%1", str(row.passed)),
    ]
    if row.undecided:
        parts.append(tr("%1 to look at").replace("%1", str(row.undecided)))
    if row.cost:
        parts.append(tr("reading it cost %1").replace("%1", money(row.cost, row.currency)))
    return " \u00b7 ".join(parts)


def money(amount: float, currency: str) -> str:
    """ "$0.20", with as many digits as a small price needs."""
    digits = 2 if amount >= 0.1 or not amount else 3
    return QLocale().toCurrencyString(amount, _SIGNS.get(currency, currency), digits)


def read(row: StreamRow, now: datetime | None = None) -> str:
    """Through which accounts, and when last."""
    asks = ", ".join(words.one_line(handle) for handle in row.asks)
    if not row.stream.enabled:
        return tr("Paused")
    if row.checked_at is None:
        return asks if row.why else tr("%1 \u00b7 not read yet").replace("%1", asks)
    minutes = int(((now or datetime.now(UTC)) - row.checked_at).total_seconds() // 60)
    ago = tr("read just now") if minutes < 1 else tr("read %1 ago").replace("%1", words.span(minutes * 60))
    return f"{asks} \u00b7 {ago}"
