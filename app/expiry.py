"""What an account's `data` tells of its sign-in: which one it is, and when it ends, which is told days ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

KEY = "token_expires_at"  # in `Account.data`, copied from "sign_in_ends" of the secret
SHOWN = timedelta(days=14)  # from so long before on


class _Data(msgspec.Struct):
    token_expires_at: str = ""
    sign_in: str = ""


def sign_in(data: str) -> str:
    """A name for the sign-in that the account's secret is of; the same for all accounts that came with it."""
    try:
        return msgspec.json.decode(data, type=_Data).sign_in
    except msgspec.MsgspecError:
        return ""


def ends(data: str) -> datetime | None:
    """When, by an account's `data`; None where that is not known."""
    try:
        told = msgspec.json.decode(data, type=_Data).token_expires_at
        at = datetime.fromisoformat(told) if told else None
    except (msgspec.MsgspecError, ValueError):
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def left(data: str, now: datetime) -> timedelta | None:
    """How long the sign-in still lasts, negative once it has ended; None where that is not known."""
    at = ends(data)
    return None if at is None else at - now


def days_left(data: str, now: datetime) -> int | None:
    """Whole days until the sign-in ends, 0 on its last, -1 once it has ended; None while it is far off or not known."""
    rest = left(data, now)
    if rest is None or rest > SHOWN:
        return None
    return -1 if rest <= timedelta(0) else rest.days


def sentence(data: str, now: datetime) -> str:
    """What to know about it, "" while it is far off."""
    days = days_left(data, now)
    if days is None:
        return ""
    if days < 0:
        return "The sign-in has ended. Sign in again: everything is kept."
    when = "today" if days == 0 else "in a day" if days == 1 else f"in {days} days"
    return f"The sign-in ends {when}. Sign in again before that: everything is kept."
