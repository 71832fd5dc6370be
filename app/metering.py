"""Keeps count of what the platforms count or charge, and of the caps that a person sets: see `Capabilities.meters`.

Counts live in memory and go to the table `usage` every few seconds and when the program stops. A crash loses what was
counted since then, a few seconds; the platform's own refusal is then the last word.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from app import amounts, budget, clock, pricing
from app.connectors import connector_class
from app.connectors.base import Capabilities, Meter
from app.domain import Account, Visibility
from app.errors import InputError, RateLimitError, StoreError
from app.events import Bus, Changes, Notice
from app.pool import Pool
from app.rows import MeterRow, ReplyCost
from app.store import accounts, details
from app.store import usage as rows
from app.store.db import Database

log = logging.getLogger(__name__)
CAP = "The cap of "  # how the sentences begin that a higher cap ends
EVERY = 5.0  # seconds until counts are written
LOOK = 60.0  # seconds between two looks ahead
AHEAD = timedelta(days=10)  # from so long before a limit is spoken of
_BACK = timedelta(days=40)  # longer than the longest period
_LEARN = 0.3  # how fast the usual cost of a reading follows the last ones


class _Tally:
    """One count: an owner's use of one unit."""

    def __init__(self, owner: str, meter: Meter, found: Sequence[tuple[datetime, float]]) -> None:
        self.owner, self.meter = owner, meter
        self.rows: list[tuple[datetime, float]] = list(found)
        self.unsaved: dict[datetime, float] = {}
        self.told_until: datetime | None = None  # the platform's own word on when its window ends
        self.writing = 0.0  # was asked for by replies and not spent yet
        self.reading: dict[str, float] = {}  # by account: spent on reading since its pace was asked for
        self.each: dict[str, float] = {}  # by account: the usual cost of one reading

    def add(self, now: datetime, amount: float) -> None:
        size = budget.bucket_of(self.meter.period)
        at = clock.EPOCH + (now.astimezone(UTC) - clock.EPOCH) // size * size
        if self.rows and self.rows[-1][0] == at:
            self.rows[-1] = (at, self.rows[-1][1] + amount)
        else:
            self.rows.append((at, amount))
            if self.rows[0][0] < now - _BACK * 2:
                self.rows = [row for row in self.rows if row[0] >= now - _BACK]
            if len(self.rows) > 1 and self.rows[-2][0] > at:  # the clock was set back
                self.rows.sort()
        self.unsaved[at] = self.unsaved.get(at, 0.0) + amount

    def used(self, now: datetime) -> float:
        return budget.used(self.rows, budget.start_of(self.meter.period, self.meter.zone, now))


class _Bound:
    """The counts of one account."""

    def __init__(self, account: Account, able: Capabilities, tallies: dict[str, _Tally]) -> None:
        self.account, self.able, self.tallies = account, able, tallies


class Metering:
    """The counts of all accounts: one for the program, on the loop's thread. `app.http.Counts` asks it and tells it."""

    def __init__(
        self,
        db: Database,
        pool: Pool,
        bus: Bus,
        *,
        now: clock.Clock = clock.now,
        woken: Callable[[str], object] = lambda _account: None,
    ) -> None:
        """`woken` is told of accounts whose cap was raised."""
        self._db, self._pool, self._bus, self._now, self._woken = db, pool, bus, now, woken
        self._bounds: dict[str, _Bound] = {}
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self._caps = rows.caps(db.reader())
        bus.subscribe(Changes, self._follow)

    # --- what `Http` asks ------------------------------------------------------------------------

    def spend(self, account: str, unit: str, amount: float) -> None:
        """It was used up."""
        tally = self._tally(account, unit)
        if tally is None or not amount:
            return
        for_reply = min(tally.writing, amount)
        tally.writing -= for_reply
        tally.reading[account] = tally.reading.get(account, 0.0) + amount - for_reply
        tally.add(self._now(), amount)

    def afford(self, account: str, unit: str, amount: float, *, writes: bool) -> None:
        """Raise `RateLimitError` where it would go over the limit or the cap; reading leaves a tenth to replies."""
        tally = self._tally(account, unit)
        if tally is None:
            return
        limit, own = self._most(tally)
        now = self._now()
        room = None if limit is None else limit if writes else limit * (1 - budget.RESERVE)
        if room is None or budget.fits(tally.used(now), amount, room):
            if writes:
                tally.writing = amount
            return
        meter = tally.meter
        until = budget.opens(tally.rows, meter.period, meter.zone, now, room, amount)
        if tally.told_until is not None and tally.told_until > now:
            until = min(until, tally.told_until)
        assert limit is not None
        raise RateLimitError(self._sentence(account, tally, limit, until, now, own=own, writes=writes), until=until)

    def level(self, account: str, unit: str, used: float, until: datetime | None) -> None:
        """The platform itself told how much is used: its word counts more than ours."""
        tally = self._tally(account, unit)
        if tally is None:
            return
        tally.told_until = until
        differs = used - tally.used(self._now())
        if abs(differs) > 1e-6:
            tally.reading[account] = tally.reading.get(account, 0.0) + max(0.0, differs)
            tally.add(self._now(), differs)

    # --- what the schedule asks ------------------------------------------------------------------

    def pace(self, account: str, seconds: float) -> float:
        """Seconds until this account is read again, `seconds` at the least: longer where what is left must last.

        Asked once after each reading, which is how the cost of one is learned.
        """
        bound = self._bound(account)
        if bound is None:
            return seconds
        now = self._now()
        for tally in bound.tallies.values():
            cost = tally.reading.pop(account, 0.0)
            usual = tally.each.get(account)
            each = tally.each[account] = cost if usual is None else usual + _LEARN * (cost - usual)
            limit, _ = self._most(tally)
            if limit is None or not each:
                continue
            meter = tally.meter
            end = budget.end_of(meter.period, meter.zone, now)
            rest = budget.SLIDING[meter.period] if end is None else end - now
            left = limit * (1 - budget.RESERVE) - (0.0 if end is None else tally.used(now))
            sharing = max(1, len(self._sharing(tally)))
            seconds = max(seconds, budget.interval(seconds, each * sharing, left, rest))
        return seconds

    def stretch(self, account: str, seconds: float) -> float:
        """Seconds between two looks of a search: longer where a limit would be reached before its period ends."""
        bound = self._bound(account)
        now, longest = self._now(), budget.LONGEST.total_seconds()
        for tally in bound.tallies.values() if bound is not None else ():
            meter, (limit, _) = tally.meter, self._most(tally)
            end = budget.end_of(meter.period, meter.zone, now)
            if limit is None or end is None:
                continue
            at = budget.reached(tally.rows, meter.period, meter.zone, now, limit * (1 - budget.RESERVE))
            if at is not None:
                left = (at - now).total_seconds()
                factor = (end - now).total_seconds() / left if left > 0 else longest
                seconds = max(seconds, min(seconds * factor, longest))
        return seconds

    def note(self, account: str) -> str:
        """What to know about its limits, "" where there is nothing to say."""
        return next((row.note for row in self.meters(account) if row.note), "")

    # --- use cases -------------------------------------------------------------------------------

    def meters(self, account: str) -> list[MeterRow]:
        """What the account's platform counts or charges, and how much of it is used."""
        bound = self._bound(account)
        return [] if bound is None else [self._row(bound, tally) for tally in bound.tallies.values()]

    def metered(self) -> list[Account]:
        """The accounts that have meters, in their order."""
        every = accounts.accounts(self._db.reader())
        return [one for one in every if (bound := self._bound(one.id)) is not None and bound.tallies]

    async def set_cap(self, account: str, unit: str, amount: float | None) -> None:
        """Set the most that may be used in a period, None for no cap. What waited for it goes on at once.

        Raises `InputError`.
        """
        tally = self._tally(account, unit)
        if tally is None or not tally.meter.capped:
            raise InputError("There is no cap to set here.")
        if amount is not None and not 0 <= amount < 1e9:
            raise InputError("A cap is a number from 0 on. Leave it empty for none.")
        sharing, now = self._sharing(tally), self._now()

        def write(db: sqlite3.Connection) -> None:
            rows.set_cap(db, tally.owner, unit, amount)
            rows.let_go(db, sharing, CAP, now)

        await self._db.write(write)
        if amount is None:
            self._caps.pop((tally.owner, unit), None)
        else:
            self._caps[tally.owner, unit] = amount
        self._bus.publish(Changes(accounts=frozenset(sharing)))
        for one in sharing:
            self._woken(one)

    def reply_cost(
        self, conversation_id: str, text: str, *, direct: bool = False, parts: Sequence[str] = ()
    ) -> ReplyCost | None:
        """What `text` would cost as a reply, None where the platform is free. `parts`: the thread that it becomes."""
        db = self._db.reader()
        answered = details.newest_mention(db, int(conversation_id))
        bound = None if answered is None else self._bound(answered.account_id)
        price = bound.able.price if bound is not None else None
        if price is None or answered is None or not text.strip():
            return None
        private = direct or answered.visibility is Visibility.DIRECT
        return pricing.cost_of(price, list(parts) or [text], text, direct=private)

    # --- keeping ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Write counts and look ahead, until cancelled."""
        looked = -LOOK
        pruned = 0.0
        while True:
            await asyncio.sleep(EVERY)
            await self.flush()
            now = asyncio.get_running_loop().time()
            if now - looked >= LOOK:
                looked = now
                await self._tell()
            if not pruned or now - pruned > 24 * 3600:
                pruned = now
                await self._db.write(lambda db: rows.prune(db, self._now()))

    async def flush(self) -> None:
        """Write what is not written yet."""
        batch = [
            (tally.owner, unit, at, amount)
            for (_, unit), tally in self._tallies.items()
            for at, amount in tally.unsaved.items()
        ]
        if not batch:
            return
        for tally in self._tallies.values():
            tally.unsaved = {}
        try:
            await self._db.write(lambda db: rows.add(db, batch))
        except StoreError:  # a full or locked disk: kept for the next time
            for owner, unit, at, amount in batch:
                unsaved = self._tallies[owner, unit].unsaved
                unsaved[at] = unsaved.get(at, 0.0) + amount
            raise
        owners = {owner for owner, *_ in batch}
        touched = [id_ for id_, one in self._bounds.items() if any(t.owner in owners for t in one.tallies.values())]
        self._bus.publish(Changes(accounts=frozenset(touched)))

    async def close(self) -> None:
        """Write what is left as the program ends; a disk that refuses costs some seconds of counts."""
        try:
            await self.flush()
        except StoreError as error:
            log.warning("the last counts could not be kept: %s", error)

    async def _tell(self) -> None:
        """Say once a period that a limit will be reached, days ahead where it is a month's."""
        for account in self.metered():
            for row in self.meters(account.id):
                tally = self._tally(account.id, row.unit)
                if not row.note or tally is None or row.period == "hour":
                    continue
                key = f"told/{tally.owner}/{row.unit}"
                began = budget.start_of(row.period, tally.meter.zone, self._now())
                met = row.most is not None and row.used >= row.most
                day = self._now() if row.ends is None else began
                told = f'"{day:%Y-%m-%d}{"!" if met else ""}"'
                if accounts.setting(self._db.reader(), key) != told:
                    await self._db.write(lambda db, key=key, told=told: accounts.set_setting(db, key, told))  # type: ignore[misc]
                    self._bus.publish(Notice(row.note, account.id, error=False))
                    self._bus.publish(Changes(accounts=frozenset([account.id])))

    # --- parts -----------------------------------------------------------------------------------

    def _follow(self, changes: Changes) -> None:
        """An account may have other limits, or another client, after a sign-in."""
        if changes.everything:
            self._bounds.clear()
            self._caps = rows.caps(self._db.reader())  # another process may have set one
        for account in changes.accounts:
            self._bounds.pop(account, None)

    def _bound(self, account_id: str) -> _Bound | None:
        bound = self._bounds.get(account_id)
        if bound is None:
            account = accounts.account(self._db.reader(), account_id)
            if account is None:
                return None
            try:
                able = self._pool.capabilities(account)
            except KeyError:  # an account that a newer Carelane added
                return None
            owners = {False: f"account/{account.id}", True: _shared_owner(account)}
            tallies = {meter.unit: self._kept(owners[meter.shared], meter) for meter in able.meters}
            bound = self._bounds[account_id] = _Bound(account, able, tallies)
        return bound

    def _kept(self, owner: str, meter: Meter) -> _Tally:
        tally = self._tallies.get((owner, meter.unit))
        if tally is None:
            found = rows.since(self._db.reader(), owner, meter.unit, self._now() - _BACK)
            tally = self._tallies[owner, meter.unit] = _Tally(owner, meter, found)
        tally.meter = meter
        return tally

    def _tally(self, account: str, unit: str) -> _Tally | None:
        bound = self._bound(account)
        return None if bound is None else bound.tallies.get(unit)

    def _most(self, tally: _Tally) -> tuple[float | None, bool]:
        """The lower of limit and cap, and whether it is the person's own."""
        limit, cap = tally.meter.limit, self._caps.get((tally.owner, tally.meter.unit))
        if cap is not None and (limit is None or cap <= limit):
            return cap, True
        return limit, False

    def _sharing(self, tally: _Tally) -> list[str]:
        """The accounts that this count is for."""
        every = accounts.accounts(self._db.reader())
        return [one.id for one in every if tally.owner in (f"account/{one.id}", _shared_owner(one))]

    def _row(self, bound: _Bound, tally: _Tally) -> MeterRow:
        now, meter = self._now(), tally.meter
        most, own = self._most(tally)
        used = tally.used(now)
        reached = None if most is None else budget.reached(tally.rows, meter.period, meter.zone, now, most)
        names = {one.id: one.handle for one in accounts.accounts(self._db.reader())}
        others = [names[id_] for id_ in self._sharing(tally) if id_ != bound.account.id] if meter.shared else []
        note, name = "", bound.able.name
        if most is not None and used >= most - 1e-9:
            until = budget.opens(tally.rows, meter.period, meter.zone, now, most, 0.0)
            note = self._sentence(bound.account.id, tally, most, until, now, own=own, writes=True)
        elif most is not None and reached is not None and reached - now <= AHEAD:
            whole = amounts.amount(most, meter.currency, meter.unit)
            what = f"the cap of {whole} for {name}" if own else f"the limit of {name} ({meter.title}: {whole})"
            note = f"At this pace {what} is reached {amounts.on(reached, now)}."
        return MeterRow(
            bound.account.id, meter.unit, meter.title, used, meter.limit, self._caps.get((tally.owner, meter.unit)),
            meter.capped, meter.currency, meter.period, budget.end_of(meter.period, meter.zone, now), reached,
            tuple(others), note,
        )  # fmt: skip

    def _sentence(
        self, account: str, tally: _Tally, limit: float, until: datetime, now: datetime, *, own: bool, writes: bool
    ) -> str:
        bound, meter = self._bounds[account], tally.meter
        name, when = bound.able.name, amounts.moment(until, now)
        whole = amounts.amount(limit, meter.currency, meter.unit)
        if not writes:
            what = f"{CAP}{whole} for {name}" if own else f"The limit of {name} ({meter.title}: {whole})"
            return f"{what} is nearly used up. Nothing is read until {when}: what is left is kept for replies."
        if own:
            return f"{CAP}{whole} for {name} is used up. Nothing leaves until {when}, or until you raise the cap."
        return f"{name} takes no more until {when} ({meter.title}: {whole} of {whole})."


def _shared_owner(account: Account) -> str:
    """Who counts together: the accounts of one client that sign in through the same app of the person's.

    An app's keys are kept once a client and family (`app.app_keys`), so these two name it, and no key is needed.
    """
    try:
        app = connector_class(account.platform).form.app
    except KeyError:
        app = None
    return f"app/{account.client_id}/{app.family if app is not None else account.platform}"
