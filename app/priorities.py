"""A person's own order: minutes for what moves a message, rules, and VIPs; tried on the last year before they hold."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from app import clock
from app.domain import Client
from app.errors import InputError
from app.events import Bus, Changes
from app.rules import MOST_RULES, Rule, Rules, checked
from app.store import accounts, activity, learned
from app.store import priorities as rows
from app.store.db import Database
from app.triage.learning import NOTHING

if TYPE_CHECKING:  # "Why this is first" asks for a rule's name, long before anything is judged
    from app.judging import Judge
    from app.outlook import Outlook
    from app.ranking import Ranking

MOST_MINUTES = 24 * 60
ALL = ""  # the client id that stands for all clients


class Draft(Struct, frozen=True):
    """What a person set for one client, or for all: minutes that differ, and rules in their order."""

    minutes: Mapping[str, int] = {}
    rules: tuple[Rule, ...] = ()


class Vip(Struct, frozen=True):
    """A person whose messages may count for more."""

    contact: int
    name: str
    handle: str


class Priorities:
    """The use cases of "Priorities and rules"."""

    def __init__(self, db: Database, bus: Bus, judge: Judge, ranking: Ranking, *, now: clock.Clock = clock.now) -> None:
        self._db, self._bus, self._judge, self._ranking, self._now = db, bus, judge, ranking, now

    # Reading

    def draft(self, client_id: str) -> Draft:
        """What holds for exactly this client; `ALL` for all."""
        db = self._db.reader()
        return Draft(rows.weights(db, client_id), rows.rules(db, client_id))

    def inherited(self, client_id: str) -> dict[str, int]:
        """The minutes of every reason where a client has none of its own, in the order of the screen."""
        db = self._db.reader()
        return {**rows.DEFAULTS, **(rows.weights(db, ALL) if client_id != ALL else {})}

    def rule(self, id_: str) -> Rule | None:
        """A rule by its id, None for one that was deleted."""
        return next((rule for rule in self._all_rules() if rule.id == id_), None)

    def platforms(self, client_id: str) -> list[tuple[str, str]]:
        """Key and name of the platforms on which a client, or any, has an account."""
        from app.judging import platform

        found = {}
        for account in accounts.accounts(self._db.reader()):
            if client_id in (ALL, account.client_id):
                key = platform(account.platform, account.data)
                found[key] = account.service or account.name if key != account.platform else account.service
        return [(key, name or key.capitalize()) for key, name in sorted(found.items())]

    def templates(self, client_id: str) -> list[tuple[str, str]]:
        """Id and name of the saved replies that a rule may suggest."""
        return rows.templates(self._db.reader(), client_id)

    def vips(self, client_id: str) -> list[Vip]:
        """The VIPs of a client, or of all."""
        return [Vip(n, name, handle) for n, name, handle, _, _ in rows.vips(self._db.reader(), client_id)]

    def contact(self, conversation_id: str) -> tuple[int, bool] | None:
        """Who wrote in a conversation, and whether they are a VIP."""
        return rows.contact_of(self._db.reader(), int(conversation_id))

    def taught(self, client_id: str) -> int:
        """How many moved messages a client's judgement has learned from."""
        return learned.of(self._db.reader(), client_id).corrections

    # Changing

    @staticmethod
    def new_rule(client_id: str, name: str = "") -> Rule:
        """An empty rule with an id of its own."""
        return Rule(uuid.uuid4().hex[:8], name, client_id=client_id)

    @staticmethod
    def checked(rule: Rule) -> Rule:
        """The rule as it would be kept. Raises `InputError`, whose sentence says what is missing."""
        return checked(rule)

    async def save(self, client_id: str, draft: Draft) -> None:
        """Keep minutes and rules; what is open is put in order again meanwhile. Raises `InputError`."""
        from app.ranking import RULES, WEIGHTS, ask

        new = self._tidy(client_id, draft)

        def write(db: sqlite3.Connection) -> bool:
            old = Draft(rows.weights(db, client_id), rows.rules(db, client_id))
            depths = [WEIGHTS] * (old.minutes != new.minutes) + [RULES] * (old.rules != new.rules)
            if not depths:
                return False
            rows.set_weights(db, client_id, new.minutes)
            rows.set_rules(db, client_id, new.rules)
            touched = [client_id] if client_id != ALL else [client.id for client in accounts.clients(db)]
            ask(db, touched, depths)
            activity.record(db, self._now(), "priorities", client_id=client_id, changed=depths)
            return True

        if await self._db.write(write):
            self._judge.refresh()
            self._ranking.wake()

    async def set_vip(self, contact: int, vip: bool) -> None:
        """Make somebody a VIP, or no longer; their open conversations move at once. Raises `GoneError`."""
        client_id = await self._db.write(lambda db: rows.set_vip(db, contact, vip))
        self._judge.refresh()
        await self._ranking.these(rows.open_of_contact(self._db.reader(), contact))
        self._bus.publish(Changes(clients=frozenset([client_id])))

    async def forget(self, client_id: str) -> None:
        """Judge this client's messages as if nothing had ever been moved; what a person placed stays there."""
        from app.ranking import WORDS, ask

        def write(db: sqlite3.Connection) -> None:
            learned.set_to(db, client_id, NOTHING, self._now())
            ask(db, [client_id], [WORDS])
            activity.record(db, self._now(), "forgot", client_id=client_id)

        await self._db.write(write)
        self._judge.refresh()
        self._ranking.wake()

    def stop_ranking(self) -> None:
        """Leave the rest of what is being put in order as it is."""
        self._ranking.stop()

    async def outlook(
        self, client_id: str, draft: Draft, *, progress: Callable[[int, int], object] = lambda done, total: None
    ) -> Outlook:
        """What the last twelve months would have looked like. Cancel it to stop. Raises `InputError`."""
        new = self._tidy(client_id, draft)
        stop = threading.Event()
        loop = asyncio.get_running_loop()

        def told(done: int, total: int) -> None:
            if not stop.is_set():
                loop.call_soon_threadsafe(progress, done, total)

        try:
            return await self._db.aside(self._look, client_id, new, stop, told)
        finally:
            stop.set()  # the thread sees it at the next batch

    def _look(self, client_id: str, draft: Draft, stop: threading.Event, told: Callable[[int, int], None]) -> Outlook:
        from app.outlook import Outlook, Way, look

        db, snapshot = self._db.reader(), self._judge.snapshot()
        for_all = draft if client_id == ALL else Draft(rows.weights(db, ALL), rows.rules(db, ALL))
        found = Outlook(0, 0, 0, 0)
        chosen: list[Client] = [one for one in accounts.clients(db) if client_id in (ALL, one.id)]
        for number, client in enumerate(chosen):
            own = Draft(rows.weights(db, client.id), rows.rules(db, client.id)) if client_id == ALL else draft
            before = Way(rows.minutes(db, client.id), Rules((*rows.rules(db, ALL), *rows.rules(db, client.id))))
            minutes = {**rows.DEFAULTS, **for_all.minutes, **own.minutes}
            after = Way(minutes, Rules((*for_all.rules, *own.rules)))
            seen, total = found.seen, found.total
            found += look(
                self._db, snapshot, client.id, before, after, self._now(), stop=stop,
                progress=lambda done, of, seen=seen, total=total: told(seen + done, total + of),  # type: ignore[misc]
                share=1 / (len(chosen) - number),
            )  # fmt: skip
        return found

    def _tidy(self, client_id: str, draft: Draft) -> Draft:
        usual = self.inherited(client_id)
        for name, minutes in draft.minutes.items():
            if name not in usual or abs(minutes) > MOST_MINUTES:
                raise InputError("Minutes lie between a day sooner and a day later.")
        if len(draft.rules) > MOST_RULES:
            raise InputError(f"There may be {MOST_RULES} rules. Join some of them.")
        kept = {name: minutes for name, minutes in draft.minutes.items() if minutes != usual[name]}
        return Draft(kept, tuple(structs.replace(checked(rule), client_id=client_id) for rule in draft.rules))

    def _all_rules(self) -> Sequence[Rule]:
        db = self._db.reader()
        return [rule for client in ("", *[one.id for one in accounts.clients(db)]) for rule in rows.rules(db, client)]


__all__ = ["ALL", "Draft", "Priorities", "Vip"]
