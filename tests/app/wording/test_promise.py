"""Promises that are noticed by their words, what is none, and by when they are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.timers import OpeningHours
from app.wording import due
from app.wording.promise import all_noticed, fold, noticed
from app.wording.promise_words import KINDS, RULES
from tests.app.wording.promise_sentences import MADE
from tests.app.wording.quiet_sentences import NONE

SHOP = OpeningHours.from_json(
    '{"zone": "Europe/Berlin", "week": {"mon": ["09:00-18:00"], "tue": ["09:00-18:00"], "wed": ["09:00-18:00"],'
    ' "thu": ["09:00-18:00"], "fri": ["09:00-17:00"]}}'
)
BAR = OpeningHours.from_json('{"zone": "Europe/Madrid", "week": {"fri": ["18:00-02:00"], "sat": ["18:00-02:00"]}}')
ALWAYS = OpeningHours(zone="America/New_York")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Berlin
EACH = [(language, text, kind) for language, lines in MADE.items() for text, kind in lines]
QUIET = [(language, text) for language, lines in NONE.items() for text in lines]


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHOP.tz).astimezone(UTC)


def test_every_language_has_its_sentences() -> None:
    for language in RULES:
        assert len(MADE[language]) >= 25
        assert len(NONE[language]) >= 25
        assert {kind for _, kind in MADE[language]} == set(KINDS)


@pytest.mark.parametrize(("language", "text", "kind"), EACH)
def test_a_promise_is_noticed_whether_its_language_is_known_or_not(language: str, text: str, kind: str) -> None:
    for told in (language, "", f"{language}-XX"):
        found = noticed(text, told)
        assert found is not None
        assert found.kind == kind
        assert 0 <= found.start < found.end <= len(text)
        assert text[found.when_start : found.when_end] == found.when


@pytest.mark.parametrize(("language", "text"), QUIET)
def test_questions_refusals_the_past_and_quotes_promise_nothing(language: str, text: str) -> None:
    assert noticed(text, language) is None
    assert noticed(text) is None


def test_what_a_text_promises_beside_something_else() -> None:
    both = all_noticed("We will refund you by Friday. And I'll call you tomorrow to explain.")
    assert [(one.kind, one.when) for one in both] == [("refund", "by Friday"), ("call", "tomorrow")]
    one = all_noticed("We will refund you and let you know.")
    assert [found.kind for found in one] == ["refund"], "telling them is part of it"


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert len(fold(text)) == len(text)
    for found in all_noticed(text):
        assert found.kind in KINDS
        assert 0 <= found.start < found.end <= len(text)


@given(st.sampled_from(EACH), st.sampled_from(["Thanks for writing.", "Danke!", "Hola.", "Ciao,", "\n", "🙂"]))
def test_what_stands_around_a_promise_does_not_hide_it(one: tuple[str, str, str], around: str) -> None:
    language, text, kind = one
    found = noticed(f"{around}\n{text}\n{around}", language)
    assert found is not None
    assert found.kind == kind
    assert found.start >= len(around) + 1


@given(st.sampled_from(EACH))
def test_a_promise_that_is_quoted_or_asked_is_none(one: tuple[str, str, str]) -> None:
    language, text, _ = one
    whole = text.replace("\n", " ")
    assert noticed(f"> {whole}", language) is None
    assert noticed(f"\u201c{whole}\u201d", language) is None
    last = whole.rstrip(".")
    if "." not in last:
        assert noticed(f"{last}?", language) is None


@pytest.mark.parametrize(
    ("when", "at"),
    [
        ("today", "2026-11-24T18:00"),
        ("heute noch", "2026-11-24T18:00"),
        ("aujourd\u2019hui", "2026-11-24T18:00"),
        ("tomorrow", "2026-11-25T18:00"),
        ("ma\u00f1ana", "2026-11-25T18:00"),
        ("tomorrow morning", "2026-11-25T12:00"),
        ("tomorrow at 11:30", "2026-11-25T11:30"),
        ("morgen um 14 Uhr", "2026-11-25T14:00"),
        ("demain \u00e0 15h30", "2026-11-25T15:30"),
        ("\u00fcbermorgen", "2026-11-26T18:00"),
        ("apr\u00e8s-demain", "2026-11-26T18:00"),
        ("depois de amanh\u00e3", "2026-11-26T18:00"),
        ("by Friday", "2026-11-27T17:00"),
        ("bis Freitag", "2026-11-27T17:00"),
        ("before Friday", "2026-11-26T18:00"),
        ("until Sunday", "2026-11-30T00:00"),
        ("on Tuesday", "2026-12-01T18:00"),
        ("within 3 days", "2026-11-27T17:00"),
        ("within 24 hours", "2026-11-25T10:00"),
        ("in two hours", "2026-11-24T12:00"),
        ("in einer Stunde", "2026-11-24T11:00"),
        ("within 3-5 business days", "2026-12-01T18:00"),
        ("innerhalb von f\u00fcnf Werktagen", "2026-12-01T18:00"),
        ("sous 5 jours ouvr\u00e9s", "2026-12-01T18:00"),
        ("entro due settimane", "2026-12-08T18:00"),
        ("by 5 pm", "2026-11-24T17:00"),
        ("this week", "2026-11-27T17:00"),
        ("n\u00e4chste Woche", "2026-12-04T17:00"),
        ("la pr\u00f3xima semana", "2026-12-04T17:00"),
        ("by 3 December", "2026-12-03T18:00"),
        ("bis zum 24. Dezember", "2026-12-24T18:00"),
        ("am 30.11.", "2026-11-30T18:00"),
        ("right away", "2026-11-24T18:00"),
    ],
)
def test_a_time_in_words_is_one_by_the_clients_clock(when: str, at: str) -> None:
    assert due.named(when, NOW, SHOP) == berlin(at)


@pytest.mark.parametrize("when", ["", "soon", "as soon as possible", "99 days after never", "at 9:00 pm yesterday"])
def test_words_without_a_time_to_come_name_none(when: str) -> None:
    assert due.named(when, NOW, SHOP) in (None, berlin("2026-11-24T21:00"))


def test_today_after_closing_is_until_midnight() -> None:
    late = berlin("2026-11-24T20:00")
    assert due.named("today", late, SHOP) == berlin("2026-11-25T00:00")


def test_usual_times() -> None:
    assert due.usual("call", NOW, SHOP) == berlin("2026-11-25T18:00")
    assert due.usual("answer", berlin("2026-11-27T16:00"), SHOP) == berlin("2026-11-30T18:00")
    assert due.usual("refund", NOW, SHOP) == berlin("2026-12-01T18:00")
    assert due.usual("voucher", NOW, SHOP) == due.usual("replacement", NOW, SHOP) == berlin("2026-11-27T17:00")
    assert due.usual("call", NOW, BAR) == datetime(2026, 11, 28, 1, 0, tzinfo=UTC), "Friday's night is Friday's"
    assert due.usual("call", NOW, ALWAYS) == datetime(2026, 11, 26, 5, 0, tzinfo=UTC)


_MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))


@given(_MOMENTS, st.sampled_from([SHOP, BAR, ALWAYS]), st.sampled_from(KINDS))
def test_a_usual_time_lies_ahead_and_in_reach(now: datetime, hours: OpeningHours, kind: str) -> None:
    assert now < due.usual(kind, now, hours) <= now + timedelta(days=40)


@given(_MOMENTS, st.sampled_from([SHOP, BAR, ALWAYS]), st.sampled_from([text for _, text, _ in EACH]))
def test_a_named_time_lies_ahead(now: datetime, hours: OpeningHours, text: str) -> None:
    found = noticed(text)
    at = due.named(found.when, now, hours) if found and found.when else None
    assert at is None or now < at <= now + due.FARTHEST
