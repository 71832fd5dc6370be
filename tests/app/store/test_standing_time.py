"""Standing where time decides: what sleeps and wakes before its promise breaks, thanks that close themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import WHEN_THEY_ANSWER, ConversationState, Kind, Lane
from app.store.standing import WOKEN, Handled, Incoming, Standing, stand
from app.store.times import to_ms
from app.timers import OpeningHours, Targets

NOW = to_ms(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
MINUTE = 60_000


def message(minutes_ago: float, *tags: str, n: int = 1, mood: str = "neutral", **more: object) -> Incoming:
    known: dict[str, object] = {"kind": Kind.MENTION, "reasons": (), **more}
    return Incoming(n=n, posted_at=int(NOW - minutes_ago * MINUTE), mood=mood, tags=tags, **known)  # type: ignore[arg-type]


def standing(*messages: Incoming, now: int = NOW, **handled: object) -> Standing:
    return stand(messages, Handled(**handled), NOW, OpeningHours(), Targets(), now)  # type: ignore[arg-type]


def test_a_promise_wakes_what_would_sleep_through_it_and_it_says_so() -> None:
    until = NOW + 600 * MINUTE
    asleep = standing(message(60, "question"), snoozed_until=until, snoozed_n=1, snoozed_at=NOW - 10 * MINUTE)
    assert (asleep.state, asleep.sort_at) == (ConversationState.SNOOZED, NOW + 30 * MINUTE)
    assert asleep.snoozed_until == until, "both times are kept"
    assert WOKEN not in asleep.tags
    awake = standing(message(95, "question"), snoozed_until=until, snoozed_n=1, snoozed_at=NOW - 60 * MINUTE)
    assert (awake.state, awake.lane, awake.snoozed_until) == (ConversationState.OPEN, Lane.CARE, until)
    assert awake.tags[0] == WOKEN


def test_what_was_late_when_it_was_put_away_sleeps_on() -> None:
    until = to_ms(WHEN_THEY_ANSWER)
    late = standing(message(300, "question"), snoozed_until=until, snoozed_n=1, snoozed_at=NOW - 60 * MINUTE)
    assert (late.state, late.sort_at) == (ConversationState.SNOOZED, until)


def test_what_was_heard_can_be_put_away_too() -> None:
    found = standing(message(5, kind=Kind.SEARCH), snoozed_until=NOW + MINUTE, snoozed_n=1)
    assert (found.lane, found.snoozed_until, found.due_at) == (Lane.SNOOZED, NOW + MINUTE, None)
    assert standing(message(5, kind=Kind.SEARCH), snoozed_until=NOW, snoozed_n=1).lane == Lane.LISTENING


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 5000), st.sampled_from(["", "question", "praise"]))
def test_no_open_promise_runs_out_while_it_sleeps(ago: int, away: int, sleep: int, tag: str) -> None:
    put_away = NOW - min(ago, away) * MINUTE
    found = standing(
        message(ago, *filter(None, [tag])), snoozed_until=NOW + sleep * MINUTE, snoozed_n=1, snoozed_at=put_away
    )
    assert found.due_at is not None
    if found.state == ConversationState.SNOOZED:
        assert NOW < found.sort_at <= NOW + sleep * MINUTE
        assert found.sort_at <= found.due_at or put_away >= found.due_at
    else:
        assert WOKEN in found.tags


def thanks(*tags: str, **more: object) -> Incoming:
    return message(5, *(tags or ("praise",)), **{"mood": "positive", "brief": True, **more})  # type: ignore[arg-type]


def test_bare_thanks_after_our_answer_get_a_time_that_stays() -> None:
    known = {"last_ours_at": NOW - 30 * MINUTE, "thanks_after": 60 * MINUTE}
    found = standing(thanks(), **known)
    assert (found.lane, found.closes_at) == (Lane.THANKS, NOW + 60 * MINUTE)
    assert standing(thanks(), closes_at=NOW + 9, **known).closes_at == NOW + 9, "working it out again moves it not"
    assert standing(thanks("praise", "lang:de", "followers:2100"), **known).closes_at is not None


@pytest.mark.parametrize(
    ("incoming", "handled"),
    [
        (thanks("praise", "question"), {}),
        (thanks("praise", "refund"), {}),
        (thanks("praise", "a rule's tag"), {}),
        (thanks(brief=False), {}),
        (thanks(mood="negative"), {}),
        (thanks(kind=Kind.REVIEW), {}),
        (thanks(), {"last_ours_at": 0}),
        (thanks(), {"last_ours_at": NOW - 50 * MINUTE, "seen_until": NOW - 40 * MINUTE}),
        (thanks(), {"thanks_after": 0}),
        (thanks(), {"placed": "thanks", "placed_n": 1}),
        (message(5, "noise", brief=True), {}),
    ],
)
def test_everything_else_waits_for_a_person(incoming: Incoming, handled: dict[str, object]) -> None:
    usual: dict[str, object] = {"last_ours_at": NOW - 30 * MINUTE, "thanks_after": 60 * MINUTE}
    assert standing(incoming, **(usual | handled)).closes_at is None


def test_whoever_writes_again_is_heard() -> None:
    again = [thanks(), message(2, "praise", n=2, mood="positive", brief=True)]
    found = standing(*again, last_ours_at=NOW - 30 * MINUTE, thanks_after=60 * MINUTE, closes_at=NOW + MINUTE)
    assert found.closes_at is None
