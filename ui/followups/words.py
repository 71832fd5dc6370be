"""Kinds of promises and offers in words, and what was just done with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from PySide6.QtWidgets import QWidget

from app.domain import Amends, Promise
from ui import ops
from ui.conversation.words import moment, one_line, say
from ui.ports import Runtime

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


def made(promise: Promise) -> str:
    """The same of a new promise: "Promised: Refund by tomorrow 09:00"."""
    return say("Promised: %1").replace("%1", promised(promise, datetime.now(UTC)))


def moved(promise: Promise, at: datetime) -> str:
    """The same of another time."""
    return say("Moved: %1").replace("%1", promised(replace(promise, due_at=at), datetime.now(UTC)))


def recorded(amends: Amends) -> str:
    """The same of an offer."""
    return say("Recorded: %1").replace("%1", offer(amends))


def leave_state(leave: str, heard: str) -> str:
    """Where a quote stands: what a person said, else what the customer seems to have answered."""
    if leave:
        return say("may be quoted") if leave == "yes" else say("not to be quoted")
    return {
        "yes": say("asked, and they seem to have said yes"),
        "no": say("asked, and they seem to have said no"),
    }.get(heard, say("asked, no word yet"))


def ended(promise: Promise, state: str) -> str:
    """What was just said of a promise, for the line that offers to undo it: "Kept: Refund"."""
    shape = {
        "kept": say("Kept: %1"),
        "broken": say("Not kept: %1"),
        "dropped": say("No longer needed: %1"),
    }.get(state, say("Open again: %1"))
    return shape.replace("%1", promise_kind(promise.kind))


def tell_undo(widget: QWidget, runtime: Runtime, text: str) -> None:
    """Say what was done; one press takes it back, as the undo key does."""
    ops.tell(widget, text, action=say("Undo"), then=lambda: ops.run(widget, runtime.inbox.undo()))


def late(promise: Promise, now: datetime) -> bool:
    """Whether its time has passed and nobody said how it ended."""
    return promise.state == "open" and promise.due_at < now
