"""Standing with something that we promised: it is in Care now on its day, whatever else holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.deadline import DAYS_OFF, WARNING, follow_up
from app.domain import ConversationState, Kind, Lane, Place
from app.store.standing import PROMISE, Handled, Incoming, Standing, stand
from app.store.times import to_ms
from app.timers import OpeningHours, Targets

NOW = to_ms(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
MINUTE = 60_000
SHOP = OpeningHours.from_json(
    '{"zone": "Europe/Berlin", "week": {"mon": ["09:00-12:00", "13:00-18:00"], "tue": ["09:00-18:00"],'
    ' "thu": ["09:00-18:00"], "fri": ["18:00-02:00"]}}'
)
HOURS = [OpeningHours(), OpeningHours(zone="America/New_York"), SHOP]


def message(n: int, minutes_ago: float, mood: str = "neutral", *tags: str, kind: str = Kind.MENTION) -> Incoming:
    return Incoming(n, kind, int(NOW - minutes_ago * MINUTE), mood, tags, ())


def standing(messages: list[Incoming], **handled: object) -> Standing:
    newest = max((m.posted_at for m in messages), default=NOW)
    return stand(messages, Handled(**handled), newest, OpeningHours(), Targets(), NOW)  # type: ignore[arg-type]


def test_a_silent_conversation_comes_back_with_the_promises_time() -> None:
    known = {"last_ours_at": NOW - 60 * MINUTE, "promise_due": NOW + 300 * MINUTE}
    before = standing([message(1, 90)], **known, promise_back=NOW + MINUTE)
    assert (before.state, before.lane, before.due_at) == (ConversationState.WAITING, Lane.WAITING, None)
    back = standing([message(1, 90)], **known, promise_back=NOW)
    assert (back.state, back.lane, back.target) == (ConversationState.OPEN, Lane.CARE, PROMISE)
    assert back.due_at == back.care_by == back.sort_at == NOW + 300 * MINUTE
    assert back.tags[0] == PROMISE
    assert back.unanswered == 0


def test_a_question_that_is_due_sooner_keeps_its_own_time() -> None:
    found = standing([message(1, 5, "negative")], promise_due=NOW + 300 * MINUTE, promise_back=NOW)
    assert (found.target, found.lane, found.due_at) == ("30 min", Lane.CARE, NOW + 25 * MINUTE)
    assert found.tags[0] == PROMISE


def test_what_was_put_away_sleeps_on_when_the_promise_is_over() -> None:
    away = {"snoozed_until": NOW + 600 * MINUTE, "snoozed_n": 1, "snoozed_at": NOW - MINUTE}
    held = standing([message(1, 5)], **away, promise_due=NOW + 60 * MINUTE, promise_back=NOW)
    assert (held.lane, held.snoozed_until) == (Lane.CARE, NOW + 600 * MINUTE)
    assert standing([message(1, 5)], **away).lane == Lane.SNOOZED


messages = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.sampled_from(["negative", "neutral", "positive"]),
        st.sampled_from([(), ("praise",), ("noise",), ("question",)]),
        st.sampled_from([Kind.MENTION, Kind.MESSAGE, Kind.SEARCH]),
    ),
    max_size=5,
)


@given(
    messages,
    st.integers(0, 10_000),
    st.integers(0, 6),
    st.integers(0, 10_000),
    st.integers(-100, 100),
    st.sampled_from(["", *Place]),
    st.integers(-20_000, 20_000),
    st.integers(-100, 100),
)
def test_a_promise_whose_day_has_come_is_never_lost(
    drawn: list[tuple[int, str, tuple[str, ...], str]],
    ours_ago: int,
    closed_n: int,
    seen_ago: int,
    snooze: int,
    placed: str,
    due: int,
    back: int,
) -> None:
    ordered = sorted(drawn, key=lambda item: -item[0])
    found = [message(n, ago, mood, *tags, kind=kind) for n, (ago, mood, tags, kind) in enumerate(ordered, 1)]
    rest: dict[str, object] = {
        "last_ours_at": NOW - ours_ago * MINUTE, "closed_n": closed_n, "closed_why": "other" if closed_n else "",
        "snoozed_until": NOW + snooze * MINUTE, "snoozed_n": 3, "snoozed_at": NOW - 200 * MINUTE, "placed": str(placed),
        "placed_n": 9, "seen_until": NOW - seen_ago * MINUTE, "thanks_after": 60 * MINUTE,
    }  # fmt: skip
    without = standing(found, **rest)
    result = standing(found, **rest, promise_due=NOW + due * MINUTE, promise_back=NOW + back * MINUTE)
    if back > 0:
        assert result == without, "before its day it changes nothing"
        return
    assert (result.state, result.lane) == (ConversationState.OPEN, Lane.CARE)
    assert PROMISE in result.tags
    assert result.due_at is not None
    assert result.care_by is not None
    assert result.care_by == result.sort_at <= result.due_at <= NOW + due * MINUTE
    assert without.due_at is None or result.due_at <= without.due_at
    assert without.care_by is None or result.care_by <= without.care_by, "nobody who waits is put behind it"
    assert result.closes_at is None
    assert result.unanswered == without.unanswered


_MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))


@given(_MOMENTS, st.integers(0, 60 * 24 * 40), st.sampled_from(HOURS))
def test_it_is_in_sight_on_its_day_and_in_time(made: datetime, minutes: int, hours: OpeningHours) -> None:
    due = made + timedelta(minutes=minutes)
    back = follow_up(made, due, hours)
    assert made <= back <= due
    assert back == made or back <= due - WARNING
    assert due - back <= timedelta(days=DAYS_OFF, hours=26), "not weeks before"


def test_it_comes_back_as_the_client_opens() -> None:
    def berlin(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=SHOP.tz).astimezone(UTC)

    made = berlin("2026-11-20T15:00")
    assert follow_up(made, berlin("2026-11-24T18:00"), SHOP) == berlin("2026-11-24T09:00")
    assert follow_up(made, berlin("2026-11-24T09:30"), SHOP) == berlin("2026-11-24T08:30"), "an hour before, at most"
    assert follow_up(made, berlin("2026-11-26T00:00"), SHOP) == berlin("2026-11-24T09:00"), "closed all Wednesday"
    assert follow_up(made, berlin("2026-11-28T02:00"), SHOP) == berlin("2026-11-28T00:00"), "Friday's night"
    today = berlin("2026-11-24T14:00")
    assert follow_up(today, berlin("2026-11-24T18:00"), SHOP) == berlin("2026-11-24T17:00")
    assert follow_up(today, berlin("2026-11-24T14:30"), SHOP) == today
    always = OpeningHours(zone="Europe/Berlin")
    assert follow_up(made, berlin("2026-11-25T00:00"), always) == berlin("2026-11-24T00:00"), "midnight ends its day"
