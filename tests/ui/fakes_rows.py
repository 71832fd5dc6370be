"""Rows, clients and accounts of the design pictures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain import Account, Client, ConversationState, Kind, Lane
from app.rows import FeedKey, FeedRow, LaneCount
from tests.values import replace

NOW = datetime(2026, 11, 24, 18, 59, 30, tzinfo=UTC)


def make_row(number: int, *, due: float | None = 60.0, age: float = 5.0, now: datetime = NOW, **more: Any) -> FeedRow:
    """A row whose promise ends in `due` minutes and whose newest message is `age` minutes old."""
    due_at = None if due is None else now + timedelta(minutes=due)
    row = FeedRow(
        id=str(number),
        key=FeedKey(round(((due_at or now).timestamp()) * 1000), str(number)),
        client_id="maple",
        account_id="m1",
        platform="mastodon",
        kind=Kind.MENTION,
        author=f"Person {number}",
        handle=f"@person{number}@mastodon.social",
        avatar="",
        text=f"Message {number}: is there anything left of the rye bread today, and until when are you open?",
        posted_at=now - timedelta(minutes=age),
        newest_at=now - timedelta(minutes=age),
        due_at=due_at,
        care_by=due_at,
        mood="neutral",
        tags=("question",),
        unanswered=1,
        state=ConversationState.OPEN,
        lane=Lane.CARE,
        has_draft=False,
        sending=None,
    )
    return replace(row, **more)


def picture_rows(now: datetime = NOW) -> list[FeedRow]:
    """The eight rows of the design pictures."""
    made = (
        ("Jana Whitfield", "mastodon", 2, 11.6, 49, ("anger", "second_message", "refund"),
         "hello? Party starts at 2. This is the second time this happened. I want my money back."),
        ("Dev Patel", "google", 14, 16.5, 26, ("stars:1",),
         "One star. Waited 25 minutes for a coffee while staff chatted. Not coming back."),
        ("Sofia Marín", "bluesky", 22, 21.5, 18, ("question", "lang:es"),
         "¿Tienen mesa para seis el domingo? Necesitamos una trona también."),
        ("coffeewithkit", "instagram", 31, 75, 25, ("question", "followers:18000"),
         "is the almond croissant vegan?? asking before I drive over"),
        ("Arun S.", "facebook", 48, 84, 36, ("order",),
         "My online order 4471 still says preparing since yesterday evening."),
        ("Lena Brandt", "mastodon", 63, 380, 52, ("praise",), "Absolutely love the new sourdough, you made my Sunday"),
        ("Tomás Reyes", "x", 125, 500, 50, ("question",), "@maplerye are you hiring for the weekend?"),
        ("hungryhippo", "bluesky", 130, 510, 45, ("praise", "not_tagged"),
         "queue out the door again at Maple & Rye, worth it though"),
    )  # fmt: skip
    return [
        make_row(
            number, now=now, age=age, due=due, author=author, platform=platform, tags=tags, text=text,
            posted_at=now - timedelta(minutes=waited), kind=Kind.REVIEW if platform == "google" else Kind.MENTION,
            mood="positive" if "praise" in tags else "neutral", handle="@janaw@mastodon.social",
        )
        for number, (author, platform, age, due, waited, tags, text) in enumerate(made, start=1)
    ]  # fmt: skip


CLIENTS = [
    Client("maple", "Maple & Rye", "#d9a441", "America/Chicago", "", NOW),
    Client("northline", "Northline Cycles", "#3f6fb5", "Europe/London", "", NOW),
    Client("okafor", "Dr. Okafor Dental", "#7d5ba6", "Europe/Berlin", "", NOW),
]
ACCOUNTS = [
    Account("m1", "maple", "mastodon", "https://mastodon.social", "1", "@maplerye@mastodon.social", "Maple & Rye",
            checked_at=NOW - timedelta(seconds=12)),
    Account("b1", "maple", "bluesky", "https://bsky.social", "2", "maplerye.com", "Maple & Rye",
            checked_at=NOW - timedelta(seconds=20)),
    Account("f1", "maple", "facebook", "", "3", "Maple & Rye", "Maple & Rye", checked_at=NOW - timedelta(seconds=20)),
    Account("g1", "maple", "google", "", "4", "Google reviews", "Maple & Rye", state="sign_in",
            why="The sign-in has expired. Sign in again."),
]  # fmt: skip


def picture_counts() -> dict[Lane, LaneCount]:
    """The numbers of the design pictures."""
    numbers = {
        Lane.CARE: 7,
        Lane.TODAY: 12,
        Lane.THANKS: 9,
        Lane.WAITING: 4,
        Lane.SNOOZED: 3,
        Lane.LISTENING: 21,
    }
    return {lane: LaneCount(numbers.get(lane, 0), 3 if lane is Lane.CARE else 0) for lane in Lane}
