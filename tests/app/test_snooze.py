"""Words for times, in six languages, and a promise that is never lost by putting it away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InputError
from app.snooze import FARTHEST, WHEN_THEY_ANSWER, read

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 11, 24, 10, 40, tzinfo=BERLIN)  # a Tuesday

TIMES = {
    "11-24 11:10": "in 30 min, 30 minutes, half an hour, in einer halben Stunde, dans une demi-heure, en media hora,"
    " em meia hora, tra mezz'ora, dentro de 30 minutos, 30m, in half an hour",
    "11-24 11:40": "in an hour, in 1 hour, 1h, in einer Stunde, dans une heure, dentro de una hora, daqui a uma hora,"
    " tra un'ora, en 1 hora, in one hour, 11:40, 60 minutes",
    "11-24 12:40": "in 2 hours, 2h, IN TWO HOURS, in zwei Stunden, dans deux heures, en dos horas, em duas horas,"
    " tra due ore, fra 2 ore, 2 hrs, 2 Std., 120 min",
    "11-24 13:10": "in 2h30, 2h30, in 2 hours 30 minutes, in 2 hours and a half hour, in 2,5 Stunden, dans 2h30,"
    " 2 hours half an hour, 2.5 hours, in 2.5 hours",
    "11-24 12:00": "noon, today noon, heute mittag, midi, mediodía, meio-dia, mezzogiorno, 12:00, 12pm, um 12, 12 uhr",
    "11-24 14:00": "this afternoon, afternoon, heute nachmittag, cet après-midi, esta tarde, oggi pomeriggio, 2pm, 14,"
    " hoje à tarde, today 2 pm, at 2, 14:00, heute 14 Uhr, à 14h00, alle 14",
    "11-24 17:00": "at 5, um 5, 5pm, 5 p.m, a las 5 de la tarde, às 17, alle 5, heute um 17 uhr, today 5, 17.00",
    "11-24 18:00": "this evening, heute Abend, ce soir, questa sera, stasera, 6pm",
    "11-24 20:00": "tonight, heute nacht, esta noche, esta noite, hoje à noite, stanotte, cette nuit",
    "11-25 09:00": "tomorrow, tomorrow 9, tomorrow at 9, tomorrow morning, 9, at nine, 9am, um 9, morgen, morgen früh,"
    " morgen um 9, morgen um 9 Uhr, demain, demain matin, demain 9h, demain à 9h, mañana, mañana por la mañana,"
    " amanhã, amanhã de manhã, amanhã às 9, domani, domani mattina, domani alle 9, Wednesday, mi, mercredi,"
    " miércoles, quarta-feira, mercoledì, 25.11., 2026-11-25, 25 nov, Nov 25, 25 de noviembre, 11/25, tmrw, 9h00,"
    " tomorrow 09:00, wed 9",
    "11-25 14:30": "tomorrow 14:30, tomorrow 2:30 pm, morgen 14.30 Uhr, demain à 14h30, mañana a las 14:30,"
    " amanhã às 14h30, domani alle 14:30, wed 14:30, tomorrow 2:30",
    "11-26 09:00": "thursday, day after tomorrow, the day after tomorrow, übermorgen, uebermorgen, après-demain,"
    " pasado mañana, depois de amanhã, dopodomani, Donnerstag, do, jueves, quinta, giovedì, jeudi",
    "11-27 10:40": "in 3 days, 3 days, in drei Tagen, dans trois jours, en tres días, em 3 dias, tra tre giorni",
    "11-27 14:30": "fri 14:30, friday 2:30pm, Freitag 14:30, fr 14.30, vendredi 14h30, ven 14:30, viernes a las 14:30,"
    " sexta às 14:30, venerdì alle 14:30, next friday 14:30, friday at 14:30, in 3 days at 14:30",
    "11-30 09:00": "monday, Montag, am Montag, lundi, lunes, el lunes, segunda, segunda-feira, lunedì, next week,"
    " nächste Woche, naechste Woche, la semaine prochaine, la semana que viene, semana que vem, próxima semana,"
    " la prossima settimana, settimana prossima, monday morning, Montag Morgen, next monday, kommenden Montag, mon",
    "12-01 09:00": "tuesday, mar, Dienstag, mardi, next month, nächsten Monat, le mois prochain, el mes que viene,"
    " il mese prossimo, 1.12., December, 1 dec, tuesday next week",
    "12-08 10:40": "in 2 weeks, in zwei Wochen, dans deux semaines, en dos semanas, em duas semanas, tra due settimane",
    "12-24 10:40": "in a month, in einem Monat, dans un mois, en un mes, em um mês, tra un mese",
    "12-24 09:00": "24 december, December 24, 24.12, 24. Dezember, 24 décembre, 24 de diciembre, 24 dicembre, 24/12",
    "11-28 09:00": "weekend, Wochenende, saturday, sábado, sabato, samedi, Samstag, on the weekend",
}
ANSWERS = (
    "when they answer, until they reply, when she writes back, once they respond, wenn sie antworten, sobald er"
    " antwortet, bis sie sich melden, quand ils répondent, quand elle répond, cuando contesten, cuando responda,"
    " quando responderem, quando rispondono, when the customer answers, wenn der Kunde schreibt, quando eles respondam"
)


@pytest.mark.parametrize(
    ("words", "expected"), [(one.strip(), at) for at, line in TIMES.items() for one in line.split(", ")]
)
def test_words_in_six_languages(words: str, expected: str) -> None:
    found = read(words, TUESDAY, "Europe/Berlin")
    assert found.tzinfo is UTC
    assert f"{found.astimezone(BERLIN):%m-%d %H:%M}" == expected


@pytest.mark.parametrize("words", [one.strip() for one in ANSWERS.split(",")])
def test_when_they_answer(words: str) -> None:
    assert read(words, TUESDAY, "Europe/Berlin") == WHEN_THEY_ANSWER


def test_a_time_wins_over_an_answer_that_always_brings_it_back() -> None:
    assert read("when they answer or friday", TUESDAY, "Europe/Berlin") == read("friday", TUESDAY, "Europe/Berlin")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Write when"), ("   ", "Write when"), ("soonish", "“soonish”"), ("x" * 200, "too long"),
        ("30.2.", "no such date"), ("2026-13-01", "no such date"), ("today 9", "is over"), ("this morning", "is over"),
        ("2026-11-23", "is over"),
        ("in 9999 months", "two years"), ("in 9999 weeks", "two years"), ("25", "There is no 25"),
        ("tomorrow 31", "no 31"), ("13pm", "no 13 pm"), ("9 10", "Two times"), ("1,5", "says no time"),
        ("at", "says no time"),
        ("0 min", "is over"), ("€", "“€” says"), ("2032-01-01", "two years"), ("when", "says no time"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said_in_a_sentence(words: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read(words, TUESDAY, "Europe/Berlin")
    assert str(caught.value).endswith(".")


@given(st.text(max_size=90), st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1)))
def test_any_text_is_a_time_to_come_or_a_sentence(words: str, at: datetime) -> None:
    now = at.replace(tzinfo=UTC)
    try:
        found = read(words, now, "America/Chicago")
    except InputError:
        return
    assert found == WHEN_THEY_ANSWER or now < found <= now + FARTHEST


_SOME = (
    "in 2 3 9 14:30 half an hour hours days week next monday fr tomorrow morgen de la mañana noon 5pm dec 24.12. mar"
    " when they answer at a um ein h 2h30 après demain semana que viene"
)
_PARTS = st.sampled_from(_SOME.split())


@given(st.lists(_PARTS, max_size=6).map(" ".join), st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1)))
def test_any_order_of_known_words_is_a_time_to_come_or_a_sentence(words: str, at: datetime) -> None:
    test_any_text_is_a_time_to_come_or_a_sentence.hypothesis.inner_test(words, at)  # type: ignore[attr-defined]


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
    st.integers(1, 600),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Chicago", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_spans_of_minutes_are_exact_in_every_zone_and_over_changes_of_the_clock(
    at: datetime, minutes: int, zone: str
) -> None:
    now = at.replace(tzinfo=UTC)
    assert read(f"in {minutes} minutes", now, zone) == now + timedelta(minutes=minutes)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), st.integers(0, 6), st.integers(7, 23))
def test_a_weekday_is_the_next_one_at_that_hour_of_the_clients_clock(at: datetime, weekday: int, hour: int) -> None:
    now = at.replace(tzinfo=UTC)
    name = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[weekday]
    found = read(f"{name} {hour}:30", now, "Europe/Berlin").astimezone(BERLIN)
    assert (found.weekday(), found.hour, found.minute) == (weekday, hour, 30)
    assert timedelta() < found - now <= timedelta(days=7, hours=1)
