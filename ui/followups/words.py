"""Kinds of promises and offers in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain import Amends, Promise
from ui.conversation.words import moment, one_line, say

PROMISES = ("refund", "call", "voucher", "replacement", "answer", "other")
OFFERS = ("refund", "voucher", "replacement", "discount", "gift", "apology", "other")


def promise_kind(kind: str) -> str:
    """What was promised, in a word or two."""
    return {
        "refund": say("Refund"),
        "call": say("Call"),
        "voucher": say("Voucher"),
        "replacement": say("Replacement"),
        "answer": say("Answer"),
    }.get(kind, say("Something else"))


def offer_kind(kind: str) -> str:
    """What was offered, in a word."""
    return {
        "refund": say("Refund"),
        "voucher": say("Voucher"),
        "replacement": say("Replacement"),
        "discount": say("Discount"),
        "gift": say("Gift"),
        "apology": say("Apology"),
    }.get(kind, say("Something else"))


def offer(amends: Amends) -> str:
    """An offer on one line: "Voucher, 20.00 EUR, by post"."""
    amount = f"{amends.amount} {amends.currency}".strip() if amends.amount else ""
    return ", ".join(part for part in (offer_kind(amends.kind), amount, one_line(amends.note)) if part)


def offered_title() -> str:
    """Over the window in which an offer is recorded."""
    return say("What was offered to make it right")


def about(name: str, client: str) -> str:
    """Whom it is about: "Jana Whitfield, for Maple & Rye"."""
    who = one_line(name)
    return say("%1, for %2").replace("%1", who).replace("%2", one_line(client)) if client else who


def promised(promise: Promise, now: datetime) -> str:
    """A promise on one line: "Refund by tomorrow 09:00", "Refund: kept"."""
    shape = {
        "kept": say("%1: kept"),
        "broken": say("%1: not kept"),
        "dropped": say("%1: no longer needed"),
    }.get(promise.state, say("%1, late since %2") if late(promise, now) else say("%1 by %2"))
    here = promise.due_at.astimezone()
    midnight = (here.hour, here.minute) == (0, 0)  # the end of a day is read as that day, not as the next one
    until = promise.due_at - timedelta(minutes=1) if midnight else promise.due_at
    return shape.replace("%1", promise_kind(promise.kind)).replace("%2", moment(until, now))


def late(promise: Promise, now: datetime) -> bool:
    """Whether its time has passed and nobody said how it ended."""
    return promise.state == "open" and promise.due_at < now
