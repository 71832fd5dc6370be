"""What is read out of names, messages and hours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.timers import OneOff, OpeningHours
from app.wording.values import first_name, opening_hours, order_number, short_name

TUESDAY = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("my order number is AB-12345", "AB-12345"),
        ("Where is order 48213?", "48213"),
        ("order #12 please", "12"),
        ("#1234 never came", "1234"),
        ("Wo bleibt Bestellung 4711", "4711"),
        ("Bestellnr. 88123!", "88123"),
        ("Meine Bestellnummer lautet: 5512", ""),
        ("Auftragsnummer 55120", "55120"),
        ("commande n° 123", "123"),
        ("ma commande est la 99812", ""),
        ("pedido número 998877", "998877"),
        ("ordine 5521", "5521"),
        ("encomenda 99871", "99871"),
        ("order 300 rolls for Friday", ""),
        ("I ordered 3000 things", ""),
        ("order 1500 euro", ""),
        ("the order from 2024-11-03", ""),
        ("order 2024-11-03", ""),
        ("order 12,50", ""),
        ("https://x.example/#1234", ""),
        ("call me on 030 123456", ""),
        ("", ""),
    ],
)
def test_order_numbers(text: str, number: str) -> None:
    assert order_number([text]) == number


def test_the_newest_message_with_a_number_counts() -> None:
    assert order_number(["hello?", "order 4812 is late", "order 9999 is late"]) == "4812"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_message_can_be_looked_through(text: str) -> None:
    assert order_number([text]) in text or order_number([text])
    first_name(text)
    short_name(text)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Jana Whitfield", "Jana"), ("JANA WHITFIELD", "Jana"), ("jana", "jana"), ("Dr. Max Muster", "Max"),
        ("O'Brien Pat", "O'Brien"), ("Anne-Marie Duval", "Anne-Marie"), ("jana 🌸", "jana"), ("山田太郎", "山田太郎"),
        ("The Bread Shop", ""), ("J. Smith", ""), ("🔥🔥", ""), ("user_123", ""), ("bread.com", ""), ("@jana", ""),
        ("", ""), ("   ", ""),
    ],
)  # fmt: skip
def test_first_names(name: str, first: str) -> None:
    assert first_name(name) == first


def test_short_names_tell_whom_it_was_without_telling_all() -> None:
    assert short_name("Dev Patel") == "Dev P."
    assert short_name("Dev") == "Dev"
    assert short_name("🔥", "@dev") == "@dev"
    assert short_name("") == "a customer"


def test_hours_of_today_and_tomorrow_in_the_messages_language() -> None:
    week = [((540, 750), (810, 1080)), ((540, 750), (810, 1080)), (), (), (), (), ()]
    hours = OpeningHours(week, zone="UTC")
    assert opening_hours(hours, TUESDAY, "en") == "today 9:00\u201312:30 and 13:30\u201318:00, tomorrow closed"
    assert opening_hours(hours, TUESDAY, "de-AT") == "heute 9:00\u201312:30 und 13:30\u201318:00, morgen geschlossen"
    assert opening_hours(hours, TUESDAY, "xx").startswith("today ")
    for language, word in (("fr", "fermé"), ("es", "cerrado"), ("pt", "fechado"), ("it", "chiuso")):
        assert opening_hours(hours, TUESDAY, language).endswith(word)


def test_hours_follow_the_clients_calendar_and_its_days_off() -> None:
    week = [((540, 1080),)] * 7
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # Wednesday in Berlin
    hours = OpeningHours(week, zone="Europe/Berlin", days=[OneOff(late.date().replace(day=25), (), "Fair")])
    assert opening_hours(hours, late, "en") == "today closed, tomorrow 9:00\u201318:00"


def test_nothing_is_said_of_hours_that_nobody_set() -> None:
    assert opening_hours(OpeningHours(), TUESDAY, "en") == ""
    assert opening_hours(OpeningHours(around=True), TUESDAY, "it") == "24 ore su 24"
    assert (
        opening_hours(OpeningHours([((1080, 1560),)] * 7), TUESDAY, "en")
        == "today 18:00\u20132:00, tomorrow 18:00\u20132:00"
    )
