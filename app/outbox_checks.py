"""What may be in the way of a reply that is about to leave, in words that a person can decide by."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app import expiry
from app.domain import Block, Mention, Reply, ReplyState
from app.store import accounts, details, replies, sending
from app.text import snippet

SHOWN = 80  # characters of a text that is quoted
BURST = 5  # replies that wait, before anything is worth a warning
EXPIRES = timedelta(days=7)
NEARLY = 0.8  # of a budget
PAUSED = "The account is paused. This leaves when you let it go on."
GONE = "The message was deleted by its author before this left."


class Obstacle(NamedTuple):
    """Why a reply is held back."""

    block: Block
    why: str
    until: datetime | None = None  # it leaves by itself then


def quoted(text: str) -> str:
    """On one line, with its marks."""
    return f"“{snippet(text, SHOWN)}”"


def span(length: timedelta) -> str:
    """ "3 hours", for a sentence."""
    minutes = max(1, round(length / timedelta(minutes=1)))
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("a minute is the least")


def window(db: sqlite3.Connection, reply: Reply, now: datetime) -> Obstacle | None:
    """The platform takes no reply any more."""
    closes = sending.window_of(db, int(reply.conversation_id))
    if closes is None or closes > now:
        return None
    account = accounts.account(db, reply.account_id)
    name = (account.service if account else "") or "The platform"
    return Obstacle(
        Block.WINDOW,
        f"{name} takes replies to this message for a limited time only, which ended {span(now - closes)} ago."
        " Answer in another way, or send it all the same.",
    )


def midnight(zone: str, now: datetime, days: int = 0) -> datetime:
    """The beginning of the day there, or of a later one."""
    here = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime(here.year, here.month, here.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def budget(db: sqlite3.Connection, reply: Reply, now: datetime) -> Obstacle | None:
    """The client's replies of the day are used up. What has begun is finished."""
    if reply.part > 1:
        return None
    client = sending.client_of(db, reply.account_id)
    if client is None or client.profile.sends_a_day is None:
        return None
    most = client.profile.sends_a_day
    if sending.used_since(db, client.id, midnight(client.zone, now)) < most:
        return None
    return Obstacle(
        Block.BUDGET,
        f"{client.name} sends {most} {'reply' if most == 1 else 'replies'} a day, and they are used up for today."
        " It leaves tomorrow, or send it all the same.",
        midnight(client.zone, now, 1),
    )


def stale(db: sqlite3.Connection, reply: Reply, was: Mention) -> Obstacle | None:
    """The thread is no longer the one that was answered. `was` is the message as it was before it was read again."""
    found: list[str] = []
    now = sending.wording_at(db, reply.account_id, reply.to_remote_id, reply.created_at)
    if now is None:
        return None
    then, deleted = now
    if deleted:
        return Obstacle(Block.STALE, GONE)
    number = int(reply.conversation_id)
    newest = details.newest_mention(db, number)
    if newest is not None and newest.remote_id != reply.seen_remote_id and newest.posted_at > was.posted_at:
        who = newest.author.name or newest.author.handle
        texts = " and ".join(quoted(text) for text in sending.newer(db, number, was.posted_at))
        found.append(f"{who} wrote again before this left: {texts}")
    after = details.mention_by_remote(db, reply.account_id, reply.to_remote_id)
    if after is not None and (after.text != then or after.text != was.text):
        then = then if after.text != then else was.text
        found.append(f"The message was edited before this left, from {quoted(then)} to {quoted(after.text)}")
    elsewhere = replies.elsewhere_since(db, number, reply.created_at - timedelta(seconds=1))
    if elsewhere:
        found.append(f"Somebody answered from elsewhere meanwhile: {quoted(elsewhere)}")
    return Obstacle(Block.STALE, " ".join(f"{sentence}." for sentence in found)) if found else None


_WAITS = {
    ReplyState.BLOCKED: "is held back",
    ReplyState.REFUSED: "was refused",
    ReplyState.UNCONFIRMED: "is not confirmed yet",
    ReplyState.CANCELLED: "was taken back",
    ReplyState.CLAIMED: "is being sent",
    ReplyState.HELD: "has not left yet",
}


def waits(reply: Reply, first: Reply) -> str:
    """Why `reply` does not leave: `first` must leave before it."""
    same = bool(reply.step) and reply.step == first.step
    what = "the part before it" if same else "the earlier reply to this conversation"
    return f"It waits for {what}, which {_WAITS[first.state]}."


def warnings(db: sqlite3.Connection, now: datetime) -> list[tuple[str, str]]:
    """Account and sentence: what to know before many replies leave."""
    found: list[tuple[str, str]] = []
    held = {id_: count for id_, count in sending.held_by_account(db).items() if count >= BURST}
    for account in accounts.accounts(db):
        count = held.get(account.id)
        if count is None:
            continue
        left = expiry.left(account.data, now)
        if left is not None and left <= timedelta(0):
            found.append((account.id, f"The sign-in of {account.handle} has ended, and {count} replies wait for it."
                          " Sign in again."))  # fmt: skip
        elif left is not None and left <= EXPIRES:
            found.append((account.id, f"The sign-in of {account.handle} ends in {span(left)}, and {count} replies"
                          " wait for it. Sign in again before they leave."))  # fmt: skip
        pause = sending.pause_of(db, account.id, now)
        if account.state == "paused":
            found.append((account.id, f"{account.handle} is paused, and {count} replies wait for it."
                          " Let it go on to send them."))  # fmt: skip
        elif pause is not None:
            found.append((account.id, f"{count} replies from {account.handle} wait. {pause.why}"))
        client = sending.client_of(db, account.id)
        most = client.profile.sends_a_day if client is not None else None
        if client is None or most is None:
            continue
        used = sending.used_since(db, client.id, midnight(client.zone, now))
        if used >= NEARLY * most or used + count > most:
            found.append((account.id, f"{client.name} has {max(0, most - used)} of {most} replies left today, and"
                          f" {count} wait for {account.handle}."))  # fmt: skip
    return found
