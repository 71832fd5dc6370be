"""Money and counts in words."""

from __future__ import annotations

from datetime import datetime

from app.errors import InputError

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def money(amount: float, currency: str) -> str:
    """ "$0.20", "$0.015", "$1,240.00": two places, a third where the amount is that small and has one."""
    places = 3 if 0 < abs(amount) < 1 and round(amount * 1000) % 10 else 2
    sign, minus = _SIGNS.get(currency), "-" if amount < 0 else ""
    number = f"{abs(amount):,.{places}f}"
    return f"{minus}{sign}{number}" if sign else f"{minus}{number} {currency}"


def count(amount: float) -> str:
    """ "10,000", "12.5"."""
    return f"{amount:,.0f}" if abs(amount - round(amount)) < 0.05 else f"{amount:,.1f}"


def amount(value: float, currency: str, unit: str = "") -> str:
    """Money where there is a currency, per cent where that is the unit, a count otherwise."""
    if unit.startswith("percent"):
        return f"{count(value)} %"
    return money(value, currency) if currency else count(value)


def parse(text: str) -> float | None:
    """An amount as a person types it, "$10", "10,50", "1,200"; None for nothing. Raises `InputError`."""
    plain = "".join(sign for sign in text if sign in "0123456789.,")
    if not text.strip():
        return None
    if plain.count(",") == 1 and "." not in plain and len(plain.partition(",")[2]) != 3:
        plain = plain.replace(",", ".")
    try:
        value = float(plain.replace(",", ""))
    except ValueError:
        value = -1.0
    if value < 0 or "-" in text or any(sign.isalpha() for sign in text.replace("USD", "").replace("EUR", "")):
        raise InputError("Type the cap as a number, for example 10 or 12.50. Leave it empty for none.")
    return value


def moment(at: datetime, now: datetime) -> str:
    """ "14:30" today, "27 November" later, by this computer's clock."""
    here, today = at.astimezone(), now.astimezone()
    return f"{here:%H:%M}" if here.date() == today.date() else f"{here.day} {here:%B}"


def on(at: datetime, now: datetime) -> str:
    """ "at 14:30", "on 27 November"."""
    return f"{'at' if at.astimezone().date() == now.astimezone().date() else 'on'} {moment(at, now)}"
