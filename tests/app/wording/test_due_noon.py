"""Noon, in sentences that promise something by it: not the end of the day, and not the morning."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.timers import OpeningHours
from app.wording import due
from app.wording.promise import noticed

SHOP = OpeningHours.from_json(
    '{"zone": "Europe/Berlin", "week": {"mon": ["09:00-18:00"], "tue": ["09:00-18:00"], "wed": ["09:00-18:00"],'
    ' "thu": ["09:00-18:00"], "fri": ["09:00-17:00"]}}'
)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Berlin
TOMORROW, TODAY, FRIDAY = "2026-11-25", "2026-11-24", "2026-11-27"


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=SHOP.tz).astimezone(UTC)


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "We will refund you by tomorrow at noon.", TOMORROW),
        ("en", "We will call you tomorrow noon.", TOMORROW),
        ("en", "You will have your money back by noon tomorrow.", TOMORROW),
        ("en", "I'll get back to you by noon.", TODAY),
        ("en", "I'll call you on Friday before noon.", FRIDAY),
        ("en", "We'll send you a voucher by midday on Friday.", FRIDAY),
        ("de", "Wir erstatten Ihnen den Betrag bis morgen Mittag.", TOMORROW),
        ("de", "Ich melde mich bis morgen mittags.", TOMORROW),
        ("de", "Wir rufen Sie bis heute Mittag an.", TODAY),
        ("de", "Ich melde mich bis Freitagmittag bei Ihnen.", FRIDAY),
        ("de", "Wir melden uns morgen gegen Mittag.", TOMORROW),
        ("fr", "Nous vous rembourserons d'ici demain midi.", TOMORROW),
        ("fr", "Nous vous rappelons demain à midi.", TOMORROW),
        ("fr", "Je vous rappelle vendredi avant midi.", FRIDAY),
        ("fr", "Nous vous répondrons avant midi.", TODAY),
        ("es", "Le devolveremos el dinero mañana al mediodía.", TOMORROW),
        ("es", "Le llamaremos mañana antes del mediodía.", TOMORROW),
        ("es", "Le responderemos el viernes a mediodía.", FRIDAY),
        ("pt", "Vamos reembolsar o valor até amanhã ao meio-dia.", TOMORROW),
        ("pt", "Vamos ligar-lhe amanhã ao meio dia.", TOMORROW),
        ("pt", "Vamos responder até ao meio-dia de sexta-feira.", FRIDAY),
        ("it", "La rimborseremo entro domani a mezzogiorno.", TOMORROW),
        ("it", "La chiameremo domani entro mezzogiorno.", TOMORROW),
        ("it", "Le risponderemo entro mezzogiorno di venerdì.", FRIDAY),
    ],
)
def test_noon_is_noon(language: str, text: str, day: str) -> None:
    found = noticed(text, language)
    assert found is not None
    assert due.named(found.when, NOW, SHOP) == noon(day), found.when


def test_a_noon_that_is_over_is_the_next_one() -> None:
    late = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
    assert due.named("by noon", late, SHOP) == noon(TOMORROW)
    assert due.named("today at noon", late, SHOP) is None


@pytest.mark.parametrize(
    ("when", "at"),
    [
        ("tomorrow afternoon", "2026-11-25T18:00"), ("demain après-midi", "2026-11-25T18:00"),
        ("morgen Nachmittag", "2026-11-25T18:00"), ("tomorrow", "2026-11-25T18:00"),
        ("tomorrow at 11:30", "2026-11-25T11:30"), ("morgen Vormittag", "2026-11-25T12:00"),
    ],
)  # fmt: skip
def test_other_times_of_the_day_stay(when: str, at: str) -> None:
    assert due.named(when, NOW, SHOP) == datetime.fromisoformat(at).replace(tzinfo=SHOP.tz).astimezone(UTC)
