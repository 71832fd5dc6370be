"""Judges a message as its client would: triage with the client's own minutes, then the client's rules."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.domain import Mention, Reason, Triage
from app.events import Changes
from app.rules import Facts, Rule, Rules
from app.store import accounts, learned, priorities
from app.store.db import Database, data_version
from app.triage import triage
from app.triage.learning import NOTHING, Learned
from app.triage.weights import DEFAULT, Weights

_NO_RULES = Rules(())
# Triage leaves out what moves nothing. Here every reason is kept by its name: the minutes are looked up by it, now and
# whenever the person changes them, without judging anything again.
_EVERY: Weights = replace(DEFAULT, **{name: minutes or 1 for name, minutes in priorities.DEFAULTS.items()})


@dataclass(frozen=True)
class Context:
    """What a client's messages are judged by."""

    client_id: str
    zone: ZoneInfo
    minutes: Mapping[str, int]  # by reason
    rules: Rules
    learned: Learned = NOTHING


@dataclass(frozen=True)
class Snapshot:
    """Everything that judging needs of the store, read once."""

    accounts: Mapping[str, tuple[Context, str]]  # context and platform, by account
    vips: frozenset[tuple[str, str]]  # account and remote id
    age: int  # the judge's, when it was read
    version: int  # the file's
    nobody: Context

    def facts(self, mention: Mention) -> tuple[Context, Facts]:
        """The context of a message, and what rules may ask about it."""
        context, platform = self.accounts.get(mention.account_id, (self.nobody, ""))
        vip = (mention.account_id, mention.author.remote_id) in self.vips
        return context, Facts(platform, context.zone, vip)

    @cached_property
    def clients(self) -> dict[str, Context]:
        """The contexts by client."""
        return {context.client_id: context for context, _ in self.accounts.values()}


class Judge:
    """Called with a mention, returns its triage. Any thread may call it; the store thread mostly does."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._age = 0
        self._snapshot: Snapshot | None = None

    def __call__(self, mention: Mention) -> Triage:
        """Judge by words, then as the person taught it, then by the person's rules."""
        context, facts = self._facts(mention)
        return context.rules.apply(mention, self._plain(context, mention), facts)

    def plain(self, mention: Mention) -> Triage:
        """What it is before any rule."""
        return self._plain(self._facts(mention)[0], mention)

    def with_rules(self, mention: Mention, plain: Triage) -> Triage:
        """Apply the rules to what is known of a message already."""
        context, facts = self._facts(mention)
        return context.rules.apply(mention, plain, facts)

    def refresh(self) -> None:
        """Rules, weights, VIPs, accounts or zones changed: read them again at the next message."""
        self._age += 1

    def follow(self, changes: Changes) -> None:
        """`refresh` where the bus tells of accounts or clients."""
        if changes.accounts or changes.clients:
            self.refresh()

    def snapshot(self) -> Snapshot:
        """What holds now."""
        found = self._snapshot
        if found is None or found.age != self._age:
            with self._lock:
                found = self._snapshot
                if found is None or found.age != self._age:
                    found = self._snapshot = self._read()
        return found

    def _facts(self, mention: Mention) -> tuple[Context, Facts]:
        found = self.snapshot()
        if mention.account_id not in found.accounts and data_version(self._db.reader()) != found.version:
            self.refresh()  # it was added a moment ago
            found = self.snapshot()
        return found.facts(mention)

    def _plain(self, context: Context, mention: Mention) -> Triage:
        judged = triage(mention, unanswered=1, weights=_EVERY, learned=context.learned)
        reasons = tuple([Reason(one.name, context.minutes.get(one.name, one.minutes)) for one in judged.reasons])
        return Triage(judged.mood, reasons, judged.tags, judged.language)

    def _read(self) -> Snapshot:
        db = self._db.reader()
        age, version = self._age, data_version(db)
        for_all = priorities.rules(db, "")
        made: dict[str, Context] = {}
        for client in accounts.clients(db):
            rules: Sequence[Rule] = (*for_all, *priorities.rules(db, client.id))
            minutes, taught = priorities.minutes(db, client.id), learned.of(db, client.id)
            made[client.id] = Context(client.id, zone(client.zone), minutes, Rules(rules), taught)
        known = {
            account.id: (made[account.client_id], platform(account.platform, account.data))
            for account in accounts.accounts(db)
        }
        vips = frozenset((account_id, remote_id) for _, _, _, account_id, remote_id in priorities.vips(db))
        nobody = Context("", ZoneInfo("UTC"), priorities.minutes(db, ""), _NO_RULES)
        return Snapshot(known, vips, age, version, nobody)


def zone(name: str) -> ZoneInfo:
    """UTC for a zone that this computer does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def platform(name: str, data: str) -> str:
    """Where the messages of an account were written; an archive tells whose messages it holds."""
    if name != "archive":
        return name
    try:
        found = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return name
    return str(found.get("platform", name)) if isinstance(found, dict) else name
