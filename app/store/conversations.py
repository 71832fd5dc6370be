"""Conversations: working out their standing again after anything about them changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from app.deadline import DAYS_OFF, WARNING, comes_back, follow_up
from app.domain import ConversationState, Lane, Place
from app.errors import GoneError, InputError
from app.rows import SnoozePlan
from app.store import activity, priorities
from app.store.sql import json_list, keys, tuple_json
from app.store.standing import PROMISE, Handled, Incoming, Standing, stand
from app.store.times import from_ms, to_ms
from app.timers import OpeningHours, Targets
from app.timers.targets import known

SNIPPET = 280
BRIEF = 100  # characters; more than that is more than thanks
THANKS_AFTER, USUAL_THANKS = "thanks_close_after", 60  # a setting, in minutes
THANKED = "thanks"  # why a conversation was closed by itself
_IN_SIGHT = timedelta(days=DAYS_OFF, hours=26)  # what is promised for later than this is not back yet
GRACE = 120_000  # ms: clocks differ, and some platforms tell whole seconds only


_THESE = "n IN (SELECT value FROM json_each(?))"
_NEWEST = "coalesce((SELECT max(m.n) FROM mention m WHERE m.conversation = conversation.n), 0)"
_PUT_AWAY = "INSERT INTO reminder VALUES (?, 'snoozed', 0, ?) ON CONFLICT DO UPDATE SET at = excluded.at"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a client's promises rest on."""

    client_id: str
    hours: OpeningHours
    targets: Targets  # on the account's platform
    seen_until: int  # ms
    weights: Mapping[str, int]  # minutes by reason

    def weighed(self, reasons: str) -> tuple[tuple[str, int], ...]:
        """Reasons as they are stored, with the minutes that hold now."""
        return tuple([(name, self.weights.get(name, minutes)) for name, minutes in json_list(reasons)])


@lru_cache(maxsize=256)
def _hours(text: str, zone: str) -> OpeningHours:
    return OpeningHours.from_json(text, zone=zone)


def hours_of(db: sqlite3.Connection) -> dict[str, OpeningHours]:
    """Every client's opening hours, by its id."""
    return {id_: _hours(hours, zone) for id_, hours, zone in db.execute("SELECT id, hours, zone FROM client")}


@lru_cache(maxsize=256)
def _targets(chosen: tuple[tuple[str, int | None], ...], platform: str) -> Targets:
    return Targets(known(chosen), platform=platform)


def rules(db: sqlite3.Connection, account_id: str) -> Rules:
    """The rules that hold for an account's conversations."""
    found = db.execute(
        "SELECT c.id, c.hours, c.zone, a.connected_at, a.platform FROM account a JOIN client c ON c.id = a.client_id"
        " WHERE a.id = ?",
        (account_id,),
    ).fetchone()
    if found is None:
        raise GoneError("This account is no longer connected.")
    client_id, hours, zone, connected_at, platform = found
    chosen = db.execute("SELECT name, minutes FROM target WHERE client_id = ? ORDER BY name", (client_id,))
    targets = _targets(tuple(chosen.fetchall()), platform)
    weights = priorities.minutes(db, client_id)
    return Rules(client_id, _hours(hours, zone), targets, connected_at - GRACE, weights)


def standing_columns(standing: Standing) -> tuple[object, ...]:
    """In the order of `STANDING`."""
    return (
        # as plain text: sqlite3 takes a micro-second more for each value of an enum
        str(standing.state), str(standing.lane), standing.sort_at, standing.posted_at, standing.due_at,
        standing.care_by, standing.target, standing.mood, tuple_json(standing.tags), tuple_json(standing.reasons),
        standing.unanswered, standing.window_closes_at, standing.snoozed_until, standing.closes_at,
    )  # fmt: skip


STANDING = (
    "state", "lane", "sort_at", "posted_at", "due_at", "care_by", "target", "mood", "tags", "reasons", "unanswered",
    "window_closes_at", "snoozed_until", "closes_at",
)  # fmt: skip
_UPDATE = (
    "UPDATE conversation SET contact=?, kind=?, visibility=?, author=?, handle=?, avatar=?, text=?, newest_at=?, "
    + ", ".join(f"{name}=?" for name in STANDING)
    + " WHERE n=?"
)


def restand(db: sqlite3.Connection, numbers: Iterable[int], now: datetime) -> set[int]:
    """Work out the standing of these conversations again from what is stored. Returns those that still exist."""
    wanted = keys(set(numbers))
    heads = db.execute(
        "SELECT n, account_id, last_ours_at, handled_n, closed_why, snoozed_until, snoozed_n, placed, placed_n,"
        " CASE WHEN snoozed_until IS NULL THEN 0 ELSE (SELECT at FROM reminder r WHERE r.conversation = conversation.n"
        " AND r.kind = 'snoozed' AND r.due_at = 0) END, closes_at, promise_at, joined_at, newest_at, contact, kind,"
        " visibility, author, handle, avatar, text FROM conversation WHERE n IN (SELECT value FROM json_each(?))",
        (wanted,),
    ).fetchall()
    cache = {account_id: rules(db, account_id) for account_id in {head[1] for head in heads}}
    rule_of = {head[0]: cache[head[1]] for head in heads}
    messages: dict[int, list[tuple[Incoming, tuple[object, ...]]]] = {}
    for row in db.execute(
        "SELECT m.conversation, m.n, m.kind, m.posted_at, m.mood, m.tags, m.reasons, m.window_closes_at,"
        " m.contact, m.visibility, c.name, c.handle, c.avatar, m.text, c.vip"
        " FROM mention m JOIN contact c ON c.n = m.contact"
        " WHERE m.conversation IN (SELECT value FROM json_each(?)) AND m.kind <> 'context' AND m.deleted_at IS NULL"
        " ORDER BY m.posted_at, m.n",
        (wanted,),
    ):
        tags, reasons = tuple(json_list(row[5])), rule_of[row[0]].weighed(row[6])
        brief = len(row[13]) <= BRIEF
        incoming = Incoming(row[1], row[2], row[3], row[4], tags, reasons, row[7], bool(row[14]), brief)
        messages.setdefault(row[0], []).append((incoming, (row[8], row[2], row[9], row[10], row[11], row[12], row[13])))
    updates: list[tuple[object, ...]] = []
    after = thanks_after(db) if any([head[2] for head in heads]) else 0
    for (
        n,
        account_id,
        ours,
        closed_n,
        why,
        until,
        snoozed_n,
        placed,
        placed_n,
        away,
        closes,
        promised,
        joined,
        newest_at,
        *shown,
    ) in heads:
        rule = cache[account_id]
        found = messages.get(n, [])
        handled = Handled(
            ours, closed_n, why, until, snoozed_n, rule.seen_until, placed, placed_n, away or 0, closes, after,
            promised, promised_back(db, n, rule.hours) if promised is not None else 0, joined or 0,
        )  # fmt: skip
        newest = max([ours, *(incoming.posted_at for incoming, _ in found)]) or newest_at
        standing = stand(
            [incoming for incoming, _ in found], handled, newest, rule.hours, rule.targets, to_ms(now),
            rule.weights["second_message"],
        )  # fmt: skip
        last = found[-1][1] if found else tuple(shown)
        contact, kind, visibility, author, handle, avatar, text = last
        updates.append(
            (contact, kind, visibility, author, handle, avatar, str(text)[:SNIPPET], newest,
             *standing_columns(standing), n)
        )  # fmt: skip
    db.executemany(_UPDATE, updates)
    return {head[0] for head in heads}


def thanks_after(db: sqlite3.Connection) -> int:
    """Milliseconds after which a few words of thanks close themselves, as the settings have it; 0 is never."""
    row = db.execute("SELECT value FROM setting WHERE key = ?", (THANKS_AFTER,)).fetchone()
    if row is None:
        return USUAL_THANKS * 60_000
    return int(row[0]) * 60_000 if str(row[0]).isdecimal() else 0


def promised_back(db: sqlite3.Connection, number: int, hours: OpeningHours) -> int:
    """When the first of what we promised here is to be in sight, in ms."""
    open_ = db.execute("SELECT made_at, due_at FROM promise WHERE conversation = ? AND state = 'open'", (number,))
    return min((to_ms(follow_up(from_ms(made), from_ms(due), hours)) for made, due in open_), default=0)


def _promised_for_now(db: sqlite3.Connection, now: datetime) -> list[int]:
    """Conversations in which something is promised for today that are not back yet."""
    hours = hours_of(db)
    found = db.execute(
        "SELECT n, client_id FROM conversation WHERE promise_at <= ? AND NOT EXISTS"
        " (SELECT 1 FROM json_each(tags) WHERE value = ?) ORDER BY promise_at",
        (to_ms(now + _IN_SIGHT), PROMISE),
    ).fetchall()
    at = to_ms(now)
    return [n for n, client_id in found if client_id in hours and promised_back(db, n, hours[client_id]) <= at]


def advance(db: sqlite3.Connection, now: datetime) -> set[int]:
    """Move what time alone moves. Returns the moved ones.

    Due today goes into Care now, snoozed items and what we promised come back, and thanks that nobody wants to
    answer are closed.
    """
    moved = set()
    border = to_ms(now + WARNING)
    for (n,) in db.execute(
        "UPDATE conversation SET lane = ? WHERE lane = ? AND sort_at <= ? RETURNING n",
        (Lane.CARE, Lane.TODAY, border),
    ).fetchall():
        moved.add(n)
    back = [
        n
        for (n,) in db.execute(
            "SELECT n FROM conversation WHERE lane = ? AND sort_at <= ? LIMIT 1000",
            (Lane.SNOOZED, to_ms(now)),
        )
    ]
    back += _promised_for_now(db, now)
    if back:
        moved |= restand(db, back, now)
    over = [
        n
        for (n,) in db.execute(  # what somebody is answering stays
            "SELECT n FROM conversation WHERE closes_at <= ? AND has_draft = 0 AND sending IS NULL LIMIT 1000",
            (to_ms(now),),
        )
    ]
    if over:
        close(db, over, THANKED, now)
        for n in over:
            activity.record(db, now, "closed_by_itself", conversation=n, why=THANKED)
    return moved | set(over)


def close(db: sqlite3.Connection, numbers: Collection[int], why: str, now: datetime) -> None:
    """Close with a reason; a later message opens it again."""
    db.execute(
        f"UPDATE conversation SET handled_n = {_NEWEST}, closed_why = ?, snoozed_until = NULL, snoozed_n = 0"
        f" WHERE {_THESE}",
        (why, keys(numbers)),
    )
    restand(db, numbers, now)


def snooze(db: sqlite3.Connection, numbers: Collection[int], until: datetime, now: datetime) -> None:
    """Out of sight until then, or until the customer writes; the deadline still holds."""
    db.execute(
        f"UPDATE conversation SET snoozed_until = ?, snoozed_n = {_NEWEST} WHERE {_THESE}",
        (to_ms(until), keys(numbers)),
    )
    db.executemany(_PUT_AWAY, [(n, to_ms(now)) for n in numbers])
    restand(db, numbers, now)


def join(db: sqlite3.Connection, numbers: Collection[int], now: datetime) -> None:
    """Somebody joins in with what a search found: from now on it has a clock, as if it had addressed us."""
    db.execute(
        "UPDATE conversation SET joined_at = ?, handled_n = 0, closed_why = '', snoozed_until = NULL, snoozed_n = 0"
        f" WHERE {_THESE}",
        (to_ms(now), keys(numbers)),
    )
    restand(db, numbers, now)


def zone_of(db: sqlite3.Connection, numbers: Collection[int]) -> str:
    """The zone of the client that the first of these conversations belongs to."""
    row = db.execute(
        f"SELECT c.zone FROM conversation v JOIN client c ON c.id = v.client_id WHERE v.{_THESE} LIMIT 1",
        (keys(list(numbers)[:1]),),
    ).fetchone()
    return "UTC" if row is None else str(row[0])


def plan(db: sqlite3.Connection, numbers: Collection[int], until: datetime, now: datetime) -> SnoozePlan:
    """What it means to put these away until `until`. The nearest promise tells; half a millisecond for a thousand."""
    zone, wanted = zone_of(db, numbers), keys(numbers)
    late = db.execute(
        f"SELECT 1 FROM conversation WHERE {_THESE} AND due_at <= ? LIMIT 1", (wanted, to_ms(now))
    ).fetchone()
    near = db.execute(
        "SELECT v.posted_at, v.due_at, c.hours, c.zone FROM conversation v JOIN client c ON c.id = v.client_id"
        f" WHERE v.{_THESE} AND v.due_at > ? ORDER BY v.due_at LIMIT 1",
        (wanted, to_ms(now)),
    ).fetchone()
    made = SnoozePlan(until, until, None, zone, late is not None)
    if near is not None:
        posted, due, hours, own_zone = near
        back = comes_back(until, now, from_ms(posted), from_ms(due), _hours(hours, own_zone))
        made = SnoozePlan(until, back, from_ms(due) if back < until else None, zone, late is not None)
    promised = db.execute(
        "SELECT v.n, v.promise_at, c.hours, c.zone FROM conversation v JOIN client c ON c.id = v.client_id"
        f" WHERE v.{_THESE} AND v.promise_at IS NOT NULL ORDER BY v.promise_at LIMIT 1",
        (wanted,),
    ).fetchone()
    if promised is not None:
        n, due, hours, own_zone = promised
        back = max(from_ms(promised_back(db, n, _hours(hours, own_zone))), now)
        if back < made.back:
            made = SnoozePlan(until, back, from_ms(due), zone, made.late)
    return made


def waiting(db: sqlite3.Connection, numbers: Collection[int]) -> list[int]:
    """Those of `numbers` in which somebody waits for us; see `not_promised`."""
    found = db.execute(f"SELECT n FROM conversation WHERE {_THESE} AND state IN ('open', 'snoozed')", (keys(numbers),))
    return not_promised(db, [n for (n,) in found.fetchall()])


def not_promised(db: sqlite3.Connection, numbers: Collection[int]) -> list[int]:
    """Those that can be put away or closed: nothing is promised in them for today.

    Raises `InputError` where that is so of none: only what became of the promise takes them out of sight.
    """
    held = {
        n
        for (n,) in db.execute(
            f"SELECT n FROM conversation WHERE {_THESE} AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)",
            (keys(numbers), PROMISE),
        )
    }
    if numbers and len(held) == len(numbers):
        raise InputError("Something is promised here for today. Say whether it was kept, or move the promise.")
    return [n for n in numbers if n not in held]


def reopen(db: sqlite3.Connection, numbers: Collection[int], now: datetime) -> None:
    """Take closing or snoozing back. What came as history stays history: it never gets a timer."""
    keep_open(db, numbers, now, only=THANKED)
    db.execute(
        f"UPDATE conversation SET handled_n = 0, closed_why = '', snoozed_until = NULL, snoozed_n = 0 WHERE {_THESE}",
        (keys(numbers),),
    )
    restand(db, numbers, now)


def place(db: sqlite3.Connection, numbers: Collection[int], where: str, now: datetime) -> None:
    """Put conversations where a person wants them; `Place.AUTO` leaves them to their words again."""
    db.execute(f"UPDATE conversation SET placed = ?, placed_n = {_NEWEST} WHERE {_THESE}", (str(where), keys(numbers)))
    restand(db, numbers, now)


def not_noise(db: sqlite3.Connection, numbers: Collection[int], now: datetime) -> None:
    """Out of the noise again: as the words have it, or against them."""
    place(db, numbers, Place.AUTO, now)
    still = [
        n for (n,) in db.execute(f"SELECT n FROM conversation WHERE {_THESE} AND lane = 'noise'", (keys(numbers),))
    ]
    if still:
        place(db, still, Place.NORMAL, now)


def keep_open(db: sqlite3.Connection, numbers: Collection[int], now: datetime, *, only: str = "") -> None:
    """Thanks that shall not close themselves: a person has looked. `only`: of those closed with this reason."""
    db.execute(
        f"UPDATE conversation SET placed = ?, placed_n = {_NEWEST} WHERE {_THESE} AND closed_why = ?",
        (str(Place.THANKS), keys(numbers), only),
    )
    restand(db, numbers, now)


Before = tuple[int, str, int | None, int, str, int, int | None, int | None, int | None]


def was(db: sqlite3.Connection, numbers: Collection[int]) -> dict[int, Before]:
    """What `put_back` needs to undo a close, a snooze or a place; those that are gone are missing."""
    return {
        row[0]: row[1:]
        for row in db.execute(
            "SELECT n, handled_n, closed_why, snoozed_until, snoozed_n, placed, placed_n, closes_at, joined_at,"
            " (SELECT at FROM reminder r WHERE r.conversation = conversation.n AND r.kind = 'snoozed' AND r.due_at = 0)"
            f" FROM conversation WHERE {_THESE}",
            (keys(numbers),),
        )
    }


def put_back(db: sqlite3.Connection, before: Mapping[int, Before], now: datetime) -> None:
    """Undo a close, a snooze or a place exactly."""
    db.executemany(
        "UPDATE conversation SET handled_n = ?, closed_why = ?, snoozed_until = ?, snoozed_n = ?, placed = ?,"
        " placed_n = ?, closes_at = ?, joined_at = ? WHERE n = ?",
        [(*held[:8], n) for n, held in before.items()],
    )
    db.executemany(_PUT_AWAY, [(n, held[8]) for n, held in before.items() if held[8] is not None])
    restand(db, before, now)


def is_open(state: str) -> bool:
    """Whether a conversation in this state has a running clock."""
    return state in (ConversationState.OPEN, ConversationState.SNOOZED)
