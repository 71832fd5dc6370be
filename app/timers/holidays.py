"""Public holidays by country and region, from the `holidays` package.

The package takes 70 ms to import and a new country about as long, so it is
imported when somebody asks for a day, never with this module. What is known
stays known: a country's year is worked out once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date

log = logging.getLogger(__name__)
_known: dict[tuple[str, str, int, str], Mapping[date, str]] = {}


def named(country: str, region: str, year: int, language: str = "") -> Mapping[date, str]:
    """The public holidays of a year and their names, those of the whole country and of `region`.

    `country` is an ISO 3166 code such as "DE", `region` the package's code for a part of it, such as "BY". The names
    are in `language` ("en_US", "de") where the package knows it, else in the country's own. A place that the package
    does not know has no holidays: hours that were written elsewhere must not keep messages from being saved.
    """
    key = (country, region, year, language)
    found = _known.get(key)
    if found is None:
        import holidays

        try:
            place = holidays.country_holidays(country, region or None, expand=False)
            if language not in place.supported_languages:
                language = place.default_language or ""  # else the system's own would choose
            place = holidays.country_holidays(country, region or None, year, expand=False, language=language or None)
            found = dict(place)
        except (NotImplementedError, ValueError) as error:
            log.warning("no public holidays are known for %s %s: %s", country, region, error)
            found = {}
        found = _known[key] = {day: name for day, name in found.items() if day.year == year}
    return found


def at_hand(country: str, region: str, year: int) -> bool:
    """Whether `named` answers at once, without importing or working out anything."""
    return not country or (country, region, year, "") in _known


def is_known(country: str, region: str) -> bool:
    """Whether there are holidays for this place."""
    import holidays

    parts = holidays.list_supported_countries(include_aliases=True).get(country)
    return parts is not None and (not region or region in parts)


def countries() -> list[str]:
    """ISO codes of all countries with known holidays. Takes 100 ms the first time."""
    import holidays

    return sorted(holidays.list_supported_countries(include_aliases=False))


def regions(country: str) -> list[tuple[str, str]]:
    """Codes and names of the parts of a country that have holidays of their own, by name."""
    import holidays

    try:
        found = holidays.country_holidays(country)
    except NotImplementedError:
        return []
    names = found.get_subdivision_aliases()
    return sorted(((code, (names.get(code) or [code])[0]) for code in found.subdivisions), key=lambda pair: pair[1])


def upcoming(country: str, region: str, today: date, count: int = 5, language: str = "") -> list[tuple[date, str]]:
    """The next holidays from `today` on, soonest first; fewer than `count` where a year has so few."""
    found = [
        (day, name)
        for year in (today.year, today.year + 1)
        for day, name in named(country, region, year, language).items()
        if day >= today
    ]
    return sorted(found)[:count]
