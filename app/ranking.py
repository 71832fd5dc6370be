"""Putting a client's open conversations in order again after promises, weights, rules or what was taught changed."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app import clock
from app.domain import Triage
from app.events import Bus, Changes, RankingProgress
from app.judging import Judge
from app.rules import without_rules
from app.store import priorities, ranking
from app.store.conversations import restand
from app.store.db import Database

# how deep it goes; each is a pass of its own, in this order
PROMISES = "promises"  # due times, after other hours or targets
WEIGHTS = "weights"  # minutes alone: nothing is judged
RULES = "rules"  # rules are applied again to what triage said
WORDS = "words"  # everything is judged anew: the model, or what the person taught it, is another
DEPTHS = (PROMISES, WEIGHTS, WORDS, RULES)
BEGUN = "begun"  # stands before the depths that are being worked on
# Conversations a transaction: some 40 ms. Where they lie wild on the disk, each transaction writes most pages of both
# indexes, however few it changes: with half as many, all of them take half as long again.
WEIGHED_AT_ONCE = 4_000
JUDGED_AT_ONCE = 500
PROMISED_AT_ONCE = 500  # some 50 ms
TOLD_EVERY = 0.5  # seconds between two signs to the feed


def ask(db: sqlite3.Connection, clients: Iterable[str], depths: Iterable[str]) -> None:
    """Note what is to be ranked again, in the transaction that changed it: a crash in between loses nothing."""
    wanted = dict(priorities.pending(db))
    for client in clients:
        known = set(wanted.get(client, "").split()) | set(depths)
        # without BEGUN: what was done before this change is done again
        wanted[client] = " ".join(
            depth for depth in DEPTHS if depth in known and (depth != RULES or WORDS not in known)
        )
    priorities.set_pending(db, wanted)


class Ranking:
    """Works on the store thread in short transactions, so that everything else is written in between."""

    def __init__(self, db: Database, bus: Bus, judge: Judge, *, now: clock.Clock = clock.now) -> None:
        self._db, self._bus, self._judge, self._now = db, bus, judge, now
        self._wake = asyncio.Event()
        self._one = asyncio.Lock()  # one client at a time
        self._stopped = False
        self._told_at = 0.0

    async def run(self) -> None:
        """Rank what is asked for, until cancelled. What a closed program left comes first."""
        if priorities.has_old_pending(self._db.reader()):
            await self._db.write(lambda db: ask(db, priorities.take_old_pending(db), [PROMISES]))
        while True:
            self._wake.clear()
            await self.settle()
            await self._wake.wait()

    def wake(self) -> None:
        """Something was asked for."""
        self._wake.set()

    def follow(self, changes: Changes) -> None:
        """`wake` where the bus tells of clients: what a person taught may have changed."""
        if changes.clients:
            self._wake.set()

    def stop(self) -> None:
        """Leave the rest as it is; each conversation takes the new order when something happens in it.

        Promises are kept all the same.
        """
        self._stopped = True

    async def settle(self) -> None:
        """Do all that is asked for."""
        while wanted := priorities.pending(self._db.reader()):
            async with self._one:
                await self._work_off(next(iter(wanted)))

    async def finish(self, client_id: str) -> None:
        """Do what is asked for of one client. Whoever is cancelled leaves the rest to `run`."""
        try:
            async with self._one:
                await self._work_off(client_id)
        except BaseException:
            self._wake.set()
            raise

    async def _work_off(self, client_id: str) -> None:
        depths = await self._db.write(lambda db: _begin(db, client_id))
        if depths:
            await self._rank(client_id, depths)
        await self._db.write(lambda db: _done(db, client_id, depths))

    async def again(self, client_id: str, depths: Sequence[str]) -> int:
        """Rank one client's open conversations. Returns how many changed; ends early after `stop`."""
        return await self._rank(client_id, depths)

    async def these(self, numbers: Sequence[int]) -> Changes:
        """Rank a few conversations, by the rules that hold now."""
        found = await self._db.aside(self._judged, numbers, RULES)
        now = self._now()
        await self._db.write(lambda db: ranking.rejudge(db, found, now))
        changes = Changes(frozenset(map(str, numbers)), counts=True)
        self._bus.publish(changes)
        return changes

    async def _rank(self, client_id: str, depths: Sequence[str]) -> int:
        self._stopped = False
        changed = done = 0
        passes = [depth for depth in DEPTHS if depth in depths]
        parts: Mapping[str, list[int]] = {depth: await self._db.aside(self._open, client_id, depth) for depth in passes}
        total = sum(map(len, parts.values()))
        if not total:
            return 0
        try:
            await self._db.write(lambda db: ranking.roomy(db, True))
            for depth in passes:
                numbers = parts[depth]
                step = {PROMISES: PROMISED_AT_ONCE, WEIGHTS: WEIGHED_AT_ONCE}.get(depth, JUDGED_AT_ONCE)
                for start in range(0, len(numbers), step):
                    if self._stopped and depth != PROMISES:
                        break
                    part = numbers[start : start + step]
                    changed += await self._pass(client_id, part, depth)
                    done += len(part)
                    self._bus.publish(RankingProgress(client_id, done, total, True))
                    self._tell(changed)
            return changed
        finally:
            self._db.submit(lambda db: ranking.roomy(db, False))
            self._told_at = 0.0
            self._tell(changed)
            self._bus.publish(RankingProgress(client_id, done, total, False))

    def _open(self, client_id: str, depth: str) -> list[int]:
        return ranking.open_numbers(self._db.reader(), client_id, timed=depth == WEIGHTS)

    async def _pass(self, client_id: str, numbers: Sequence[int], depth: str) -> int:
        def write(db: sqlite3.Connection) -> int:
            if depth == PROMISES:
                return len(restand(db, numbers, self._now()))
            return ranking.reweigh(db, numbers, priorities.minutes(db, client_id), self._now())

        return await (self._db.write(write) if depth in (PROMISES, WEIGHTS) else self._rule(numbers, depth))

    async def _rule(self, numbers: Sequence[int], depth: str) -> int:
        found = await self._db.aside(self._judged, numbers, depth)
        if not found:
            return 0
        now: datetime = self._now()
        return len(await self._db.write(lambda db: ranking.rejudge(db, found, now)))

    def _judged(self, numbers: Sequence[int], depth: str) -> list[tuple[ranking.Judged, Triage]]:
        """The messages whose verdict is another now. On a thread of its own: the store thread only saves."""
        found = []
        for old in ranking.stored(self._db.reader(), numbers):
            if depth == WORDS:
                new = self._judge(old.mention)
            else:
                new = self._judge.with_rules(old.mention, without_rules(old.triage))
            if (new.mood, new.tags, new.reasons) != (old.triage.mood, old.triage.tags, old.triage.reasons):
                found.append((old, new))
        return found

    def _tell(self, changed: int) -> None:
        if changed and time.monotonic() - self._told_at > TOLD_EVERY:
            self._told_at = time.monotonic()
            self._bus.publish(Changes(counts=True, everything=True))


def _begin(db: sqlite3.Connection, client: str) -> list[str]:
    """Mark what is asked for of a client as under way, and return it."""
    wanted = priorities.pending(db)
    if client not in wanted:
        return []
    depths = [depth for depth in wanted[client].split() if depth in DEPTHS]
    wanted[client] = " ".join([BEGUN, *depths])
    priorities.set_pending(db, wanted)
    return depths


def _done(db: sqlite3.Connection, client: str, depths: Sequence[str]) -> None:
    """Take a client off the list, unless anything was asked for meanwhile, be it the same again."""
    wanted = priorities.pending(db)
    if wanted.get(client) == " ".join([BEGUN, *depths]):
        del wanted[client]
        priorities.set_pending(db, wanted)
