"""What a row says, in rings, chips and words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.domain import WHEN_THEY_ANSWER, ConversationState, Kind, ReplyState
from app.rows import FeedKey
from tests.ui.fakes import NOW, make_row, picture_rows
from tests.values import replace
from ui.feed import words
from ui.feed.ring import STEPS, face


def test_ring_faces() -> None:
    def of(due: float | None, **more: object) -> tuple[str, str, int]:
        shown = face(make_row(1, due=due, **{"age": 10.0, "tags": (), **more}), NOW)
        return shown.text, shown.colour, shown.step

    assert of(-1) == ("late", "danger", STEPS)
    assert of(10) == ("10m", "danger", STEPS // 2)
    assert of(0.5)[0] == "1m"
    assert of(20)[:2] == ("20m", "warn")
    assert of(89)[:2] == ("1h", "ok")
    assert of(380)[:2] == ("6h", "ok")
    assert of(20, tags=("praise",))[1] == "love"
    assert of(-20, tags=("praise",))[:2] == ("late", "danger")
    assert of(60 * 49)[0] == "2d"
    assert face(make_row(1, due=None, state=ConversationState.WAITING), NOW).glyph == "ellipsis"
    back = FeedKey(round((NOW + timedelta(hours=2)).timestamp() * 1000), "1")
    asleep = make_row(1, state=ConversationState.SNOOZED, key=back, snoozed_until=NOW + timedelta(days=2))
    assert face(asleep, NOW).text == "2h", "when it is back, not when it was told to be"
    never = replace(asleep, key=FeedKey(round(WHEN_THEY_ANSWER.timestamp() * 1000), "1"))
    assert face(never, NOW).glyph == "moon"
    assert words.due_words(never, NOW) == "snoozed until they answer"


# words


def test_chips() -> None:
    row = make_row(1, tags=("anger", "second_message", "stars:1", "lang:es", "followers:18000", "secret_key"))
    assert [(chip.text, chip.tone) for chip in words.chips(row, NOW)] == [
        ("Angry", "danger"), ("2nd message", "warn"), ("1 star", "danger"), ("Spanish", "plain"),
        ("18k followers", "plain"),
    ]  # fmt: skip
    assert words.chips(replace(row, tags=(), has_draft=True), NOW)[0].text == "Draft"
    assert words.chips(replace(row, tags=(), sending=ReplyState.CLAIMED), NOW)[0].text == "Sending"
    closing = words.chips(replace(row, tags=(), window_closes_at=NOW + timedelta(minutes=50)), NOW)[0]
    assert (closing.text, closing.tone) == ("Mastodon closes in 50 min", "warn")


def test_the_platform_window_is_a_clock_of_its_own_in_words() -> None:
    row = make_row(1, platform="facebook", service="Facebook", kind=Kind.MESSAGE, tags=())

    def said(minutes: float, **more: Any) -> tuple[str, str]:
        closes = NOW + timedelta(minutes=minutes)
        found = words.chips(replace(row, window_closes_at=closes, **more), NOW)[-1]
        return found.text, found.tone

    assert said(200) == ("Messenger closes in 3 h", "plain")
    assert said(119) == ("Messenger closes in 1 h", "warn")
    assert said(0.5) == ("Messenger closes in 1 min", "warn")
    assert said(-1) == ("Messenger takes no more replies", "warn")
    assert said(59, platform="instagram", service="Instagram") == ("Instagram closes in 59 min", "warn")
    assert said(59, kind=Kind.COMMENT) == ("Facebook closes in 59 min", "warn")
    assert said(25 * 60) == ("Direct message", "plain"), "a day off is soon enough to be told"


def test_small_numbers() -> None:
    assert [words.short_count(n) for n in (999, 1000, 2100, 18000, 1_200_000)] == [
        "999",
        "1k",
        "2.1k",
        "18k",
        "1.2M",
    ]


def test_a_row_is_spoken() -> None:
    row = replace(picture_rows()[0], tags=("anger", "second_message"))
    assert words.spoken(row, NOW).startswith(
        "Jana Whitfield, Mastodon, due in 11 minutes, angry, 2nd message: hello? Party"
    )
    assert "late by 5 minutes" in words.spoken(make_row(1, due=-5), NOW)
    review = make_row(1, platform="google", kind=Kind.REVIEW)
    assert "Google review" in words.spoken(review, NOW)
