from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain import ConversationState, Kind, Lane
from app.store.standing import Handled, Incoming, Standing, open_lane, stand
from app.store.times import from_ms, to_ms
from app.timers import OpeningHours, Targets

NOW = to_ms(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
MINUTE = 60_000
HOURS, TARGETS = OpeningHours(), Targets()


def message(n: int = 1, minutes_ago: float = 5, mood: str = "neutral", *tags: str, **more: object) -> Incoming:
    given_: dict[str, object] = {"kind": Kind.MENTION, "reasons": (), **more}
    return Incoming(n=n, posted_at=int(NOW - minutes_ago * MINUTE), mood=mood, tags=tags, **given_)  # type: ignore[arg-type]


def standing(messages: list[Incoming], **handled: object) -> Standing:
    newest = max((m.posted_at for m in messages), default=NOW)
    return stand(messages, Handled(**handled), newest, HOURS, TARGETS, NOW)  # type: ignore[arg-type]


def test_an_angry_message_is_due_in_thirty_minutes_and_pulled_forward() -> None:
    found = standing([message(1, 5, "negative", "anger", reasons=(("anger", -20), ("refund", -10)))])
    assert (found.state, found.lane, found.target) == (ConversationState.OPEN, Lane.CARE, "30 min")
    assert found.due_at == NOW + 25 * MINUTE
    assert found.care_by == NOW - 5 * MINUTE
    assert found.reasons == (("anger", -20), ("refund", -10))


def test_care_by_is_never_before_the_message_itself() -> None:
    found = standing([message(1, 0, "negative", reasons=(("anger", -20), ("refund", -10), ("safety", -10)))])
    assert found.care_by == NOW


def test_the_clock_starts_at_the_oldest_unanswered_message_and_the_second_one_weighs() -> None:
    found = standing([message(1, 20, "negative"), message(2, 3, "negative")])
    assert found.posted_at == NOW - 20 * MINUTE
    assert found.due_at == NOW + 10 * MINUTE
    assert ("second_message", -15) in found.reasons
    assert found.unanswered == 2


def test_praise_has_its_lane_until_it_turns() -> None:
    assert standing([message(1, 5, "positive", "praise")]).lane == Lane.THANKS
    turned = standing([message(1, 5, "positive", "praise"), message(2, 1, "negative", "anger")])
    assert turned.lane == Lane.CARE
    assert "praise" not in turned.tags


def test_our_answer_makes_it_wait_and_the_next_message_opens_it_again() -> None:
    first, second = message(1, 60), message(2, 10)
    assert standing([first], last_ours_at=NOW - 30 * MINUTE).state == ConversationState.WAITING
    again = standing([first, second], last_ours_at=NOW - 30 * MINUTE)
    assert again.state == ConversationState.OPEN
    assert again.posted_at == second.posted_at, "the next-reply clock starts at the customer's next message"


def test_closed_stays_closed_until_somebody_writes() -> None:
    closed = standing([message(1)], closed_n=1, closed_why="spam")
    assert (closed.state, closed.lane) == (ConversationState.CLOSED, Lane.DONE)
    assert standing([message(1), message(2, 1)], closed_n=1, closed_why="spam").state == ConversationState.OPEN


def test_snooze_hides_until_its_time_or_a_new_message_and_keeps_the_deadline() -> None:
    until = NOW + 60 * MINUTE
    asleep = standing([message(1, 5)], snoozed_until=until, snoozed_n=1)
    assert (asleep.state, asleep.lane, asleep.sort_at) == (ConversationState.SNOOZED, Lane.SNOOZED, until)
    assert asleep.due_at is not None
    assert standing([message(1, 5), message(2, 1)], snoozed_until=until, snoozed_n=1).state == ConversationState.OPEN
    assert standing([message(1, 5)], snoozed_until=NOW, snoozed_n=1).state == ConversationState.OPEN


def test_history_has_no_timer() -> None:
    found = standing([message(1, 60 * 24 * 3)], seen_until=NOW - 60 * MINUTE)
    assert (found.state, found.due_at, found.unanswered) == (ConversationState.SEEN, None, 0)


def test_what_was_found_by_listening_goes_to_its_own_lane() -> None:
    assert standing([message(1, 5, kind=Kind.SEARCH)]).lane == Lane.LISTENING
    assert standing([message(1, 5, kind=Kind.SEARCH), message(2, 1)]).lane != Lane.LISTENING


def test_a_platform_window_that_closes_first_is_the_deadline() -> None:
    found = standing([message(1, 5, window_closes_at=NOW + 2 * MINUTE)])
    assert found.due_at == NOW + 2 * MINUTE


messages = st.lists(
    st.builds(
        lambda ago, mood, praise, question: (ago, mood, ("praise",) * praise + ("question",) * question),
        st.integers(0, 10_000),
        st.sampled_from(["negative", "neutral", "positive"]),
        st.integers(0, 1),
        st.integers(0, 1),
    ),
    max_size=6,
)


@given(messages, st.integers(0, 10_000), st.integers(0, 6), st.integers(0, 10_000), st.integers(-100, 100))
def test_nobody_is_ever_lost(
    drawn: list[tuple[int, str, tuple[str, ...]]], ours_ago: int, closed_n: int, seen_ago: int, snooze: int
) -> None:
    ordered = sorted(drawn, key=lambda item: -item[0])
    found = [message(n, ago, mood, *tags) for n, (ago, mood, tags) in enumerate(ordered, 1)]
    handled = Handled(
        last_ours_at=NOW - ours_ago * MINUTE,
        closed_n=closed_n,
        closed_why="other" if closed_n else "",
        snoozed_until=NOW + snooze * MINUTE,
        snoozed_n=3,
        seen_until=NOW - seen_ago * MINUTE,
    )
    result = stand(found, handled, NOW, HOURS, TARGETS, NOW)
    waiting = [
        m for m in found
        if m.posted_at > handled.last_ours_at and m.posted_at > handled.seen_until and m.n > handled.closed_n
    ]  # fmt: skip
    if waiting:
        assert result.state in (ConversationState.OPEN, ConversationState.SNOOZED)
        assert result.unanswered == len(waiting)
        assert result.due_at is not None
        assert result.care_by is not None
        assert waiting[0].posted_at <= result.care_by <= result.due_at
        if result.state == ConversationState.SNOOZED:
            assert result.sort_at > NOW
            assert waiting[-1].n <= handled.snoozed_n
    else:
        assert result.state in (ConversationState.WAITING, ConversationState.CLOSED, ConversationState.SEEN)
        assert result.due_at is None
        assert result.unanswered == 0


@given(st.integers(-5000, 5000))
def test_an_open_item_is_in_care_exactly_when_it_is_due_within_the_hour(minutes: int) -> None:
    lane = open_lane(NOW + minutes * MINUTE, "neutral", (), NOW)
    assert (lane == Lane.CARE) == (minutes <= 60)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)))
def test_times_survive_the_database_to_the_millisecond(at: datetime) -> None:
    aware = at.replace(tzinfo=UTC)
    assert timedelta(0) <= aware - from_ms(to_ms(aware)) < timedelta(milliseconds=1)


def test_noise_has_its_lane_and_its_clock_goes_on() -> None:
    found = standing([message(1, 5, "neutral", "noise")])
    assert (found.state, found.lane) == (ConversationState.OPEN, Lane.NOISE)
    assert found.due_at is not None
    both = standing([message(1, 5, "neutral", "noise"), message(2, 4, "negative", "order")])
    assert both.lane == Lane.CARE, "whoever also writes something real is heard"


def test_whoever_was_answered_is_no_noise() -> None:
    found = standing([message(1, 5, "neutral", "noise")], last_ours_at=NOW - 60 * MINUTE)
    assert found.lane == Lane.TODAY


def test_a_person_decides_against_the_words_until_the_customer_writes_again() -> None:
    noisy = message(1, 5, "negative", "noise")
    assert standing([noisy], placed="normal", placed_n=1).lane == Lane.CARE
    assert standing([message(1, 5, "positive", "praise")], placed="normal", placed_n=1).lane == Lane.TODAY
    assert standing([message(1, 5, "neutral")], placed="thanks", placed_n=1).lane == Lane.THANKS
    again = [message(1, 5, "neutral"), message(2, 4, "negative", "anger")]
    assert standing(again, placed="thanks", placed_n=1).lane == Lane.CARE
    assert standing(again, placed="noise", placed_n=1).lane == Lane.NOISE, "a bot stays one"


def test_hot_matters_do_not_wait_for_their_hour() -> None:
    far = OpeningHours.from_json('{"week": {"mon": ["09:00-10:00"]}}', zone="UTC")
    calm, hot = message(1, 5, "neutral", "question"), message(1, 5, "neutral", "question", "safety")
    lanes = [stand([one], Handled(), NOW, far, TARGETS, NOW).lane for one in (calm, hot)]
    assert lanes == [Lane.TODAY, Lane.CARE]
