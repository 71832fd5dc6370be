"""Writes docs/platforms.md: what works where, from every connector's `Capabilities` and from nothing else.

python3 packaging/dev.py docs           write it
python3 packaging/dev.py docs --check   tell whether it is up to date
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# ruff: noqa: E402 - the script is started by its path, so where the packages lie must be said first
from app import amounts
from app.connectors import connector_class, platforms
from app.connectors.base import Capabilities, Idempotency, Meter, Price
from app.domain import Account
from app.http import Http

PAGE = ROOT / "docs" / "platforms.md"
SETTLED = {
    Idempotency.RECORD: "sent again under the same key",
    Idempotency.KEY: "looked for, then sent with the same key",
    Idempotency.LOOK: "looked for",
    Idempotency.ASK: "you are asked",
}
PERIODS = {"hour": "an hour", "24h": "in 24 hours", "day": "a day", "month": "a month"}
KINDS = {
    "mention": "mentions", "reply": "replies", "quote": "quotes", "comment": "comments", "review": "reviews",
    "message": "direct messages", "search": "posts found",
}  # fmt: skip
INTRO = """\
# What works where

Written by `python3 packaging/dev.py docs` from what each connector says of itself; a test holds it to that. It tells
what the platform lets other programs do with an account that was just connected: a server may allow more, or less.
"""


def able(platform: str) -> Capabilities:
    """What a connector says of an account that nothing is known of."""

    async def save(_: dict[str, str]) -> None:
        """Nothing is kept."""

    account = Account("a", "c", platform, "https://server.example", "1", "@shop", "Shop")
    return connector_class(platform)(account, {}, Http(transport=object()), save).capabilities


def page() -> str:
    """The whole text."""
    every = {platform: able(platform) for platform in platforms()}
    parts = [INTRO, "\n## Reading and answering\n\n"]
    parts += _table(
        ("Platform", "Brings", "Answer", "In private", "Like", "Hide", "Mark read", "Search for"),
        [
            (
                _link(platform, one), _joined(KINDS.get(kind, kind) for kind in one.kinds) or "nothing by itself",
                _answer(one), _private(one), _yes(one.likes), _yes(one.hides), _yes(one.marks_read),
                _joined(sorted(one.searches)) or "no",
            )
            for platform, one in every.items()
        ],
    )  # fmt: skip
    parts.append("\n## Limits\n\n")
    parts += _table(
        ("Platform", "Length", "Pictures", "History", "Takes replies for", "When it is unclear whether a reply left"),
        [
            (
                _name(platform, one), _length(one), str(one.max_pictures or "no"), _days(one.history_days),
                _span(one.window), SETTLED[one.idempotency] if one.replies else "",
            )
            for platform, one in every.items()
        ],
    )  # fmt: skip
    counted = [
        (
            _name(platform, one),
            meter.title,
            _limit(meter),
            "shared by all accounts of one app" if meter.shared else "each account",
        )
        for platform, one in every.items()
        for meter in one.meters
    ]
    parts.append("\n## What is counted\n\nIt stands in **Limits and costs**; a month's limit is told days ahead.\n\n")
    parts += _table(("Platform", "Count", "Limit", "For"), counted)
    priced = [(_name(platform, one), *_prices(one.price)) for platform, one in every.items() if one.price is not None]
    if priced:
        parts.append("\n## What it costs\n\nThe platform's price, paid by the person's own developer account.\n\n")
        parts += _table(("Platform", "A message read", "A reply", "A reply with a link", "A direct message"), priced)
    parts.append("\n## What to know\n")
    for platform, one in every.items():
        said = [*one.notes, *((one.no_reply,) if one.no_reply and one.no_reply not in one.notes else ())]
        if said:
            parts.append(f"\n**{_name(platform, one)}.** {' '.join(dict.fromkeys(said))}\n")
    return "".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |\n" for line in lines]


def _link(platform: str, one: Capabilities) -> str:
    there = (ROOT / "docs" / "platforms" / f"{platform}.md").is_file()
    name = _name(platform, one)
    return f"[{name}](platforms/{platform}.md)" if there else name


def _name(platform: str, one: Capabilities) -> str:
    return {"practice": "Practice", "archive": "Files"}.get(platform, one.name)


def _joined(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _answer(one: Capabilities) -> str:
    if not one.replies:
        return "no"
    return "yes, one, which a new one replaces" if one.replaces else "yes"


def _private(one: Capabilities) -> str:
    if not one.private_reply:
        return "direct messages only" if one.direct_messages else "no"
    within = f" within {_span(one.private_window)}" if one.private_window else ""
    return f"yes{within}{', once' if one.private_once else ''}"


def _length(one: Capabilities) -> str:
    if not one.replies:
        return ""
    direct = one.max_graphemes_direct
    private = f" ({direct:,} in private)" if direct is not None and direct != one.max_graphemes else ""
    return f"{one.max_graphemes:,}{private}"


def _days(days: int) -> str:
    return {0: "", 1: "1 day"}.get(days, f"{days:,} days")


def _span(span: timedelta | None) -> str:
    if span is None:
        return "no end"
    hours = span // timedelta(hours=1)
    return f"{hours} hours" if hours < 72 else f"{span.days} days"


def _limit(meter: Meter) -> str:
    if meter.limit is None:
        return "your own cap" if meter.capped else "none that is known"
    return f"{amounts.amount(meter.limit, meter.currency, meter.unit)} {PERIODS[meter.period]}"


def _prices(price: Price) -> list[str]:
    each = (price.read, price.post, price.post_with_link, price.direct)
    return [amounts.money(one, price.currency) if one else "free" for one in each]


def main(arguments: Sequence[str]) -> int:
    """Write the page, or say that it is old."""
    text = page()
    if "--check" in arguments:
        return 0 if PAGE.is_file() and PAGE.read_text("utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
