"""Public holidays: against calendars that were copied by hand, and only when somebody asks."""

from __future__ import annotations

import logging
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.timers import OpeningHours, add_working, holidays

ROOT = Path(__file__).parents[3]
CALENDARS = {
    ("DE", ""): "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26",
    ("DE", "BY"): "01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26",
    ("GB", "SCT"): "01-01 01-02 04-03 05-04 05-25 08-03 11-30 12-25 12-26 12-28",
    ("GB", "ENG"): "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28",
    ("US", ""): "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25",
}


@pytest.mark.parametrize("place", CALENDARS)
def test_the_days_of_2026_are_those_of_the_printed_calendar(place: tuple[str, str]) -> None:
    found = {f"{day:%m-%d}" for day in holidays.named(*place, 2026)}
    printed = set(CALENDARS[place].split())
    if place == ("GB", "SCT"):  # a World Cup holiday was proclaimed for one day
        found.discard("06-15")
    assert found == printed


def test_names_are_in_the_language_that_is_asked_for() -> None:
    christmas = date(2026, 12, 25)
    assert holidays.named("DE", "BY", 2026)[christmas] == "Erster Weihnachtstag"
    assert holidays.named("DE", "BY", 2026, "en_US")[christmas] == "Christmas Day"
    assert holidays.named("DE", "BY", 2026, "xx")[christmas]


def test_the_next_ones_are_listed_across_the_year() -> None:
    found = holidays.upcoming("DE", "BY", date(2026, 12, 26), 3, "en_US")
    assert [f"{day} {name}" for day, name in found] == [
        "2026-12-26 Second Day of Christmas", "2027-01-01 New Year's Day", "2027-01-06 Epiphany",
    ]  # fmt: skip
    assert len(holidays.upcoming("DE", "", date(2026, 11, 24))) == 5


def test_places() -> None:
    assert {"DE", "GB", "US", "JP"} <= set(holidays.countries())
    assert ("BY", "Bayern") in holidays.regions("DE")
    assert ("SCT", "Scotland") in holidays.regions("GB")
    assert holidays.regions("XX") == []
    assert holidays.is_known("DE", "")
    assert holidays.is_known("DE", "BY")
    assert not holidays.is_known("DE", "ZZ")
    assert not holidays.is_known("XX", "")


def test_a_place_that_nobody_knows_has_no_holidays_and_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        hours = OpeningHours([[(540, 1020)]] * 5, zone="Europe/Berlin", country="XX", region="Y")
        start = datetime(2026, 12, 25, 9, tzinfo=UTC)
        assert add_working(start, 30, hours) == datetime(2026, 12, 25, 9, 30, tzinfo=UTC)
        assert not hours.why_closed(date(2026, 12, 25))
    assert "no public holidays are known for XX Y" in caplog.text


LATE = """
import sys
from datetime import UTC, datetime
from app.timers import OpeningHours, Target, add_working, due_at, is_open
week = [[(540, 1020)]] * 5
at = datetime(2026, 12, 25, 10, tzinfo=UTC)
none, some = OpeningHours(week), OpeningHours(week, country="DE", region="BY")
add_working(at, 30, none), is_open(at, none), none.why_closed(at.date()), none.to_json(), some.to_json()
assert none.at_hand(at) and not some.at_hand(at)
assert "holidays" not in sys.modules, "nobody asked for a holiday"
assert not is_open(at, some)
assert add_working(at, 30, some) == datetime(2026, 12, 28, 9, 30, tzinfo=UTC)
assert "holidays" in sys.modules and some.at_hand(at)
"""


def test_the_package_is_imported_when_a_client_has_holidays_and_not_before() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
