"""A desk whose replies are followed up, for tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import cast

from app.domain import Profile, Reply, Writing
from app.followups import FollowUps
from app.outbox import Outbox
from app.pool import Pool
from app.runtime import judge
from app.store import clients, endings
from app.store import followups as rows
from app.store.conversations import advance
from tests.app.desk import Desk
from tests.app.platform import FakePool

SHOP = (
    '{"zone": "UTC", "week": {"mon": ["09:00-18:00"], "tue": ["09:00-18:00"], "wed": ["09:00-18:00"],'
    ' "thu": ["09:00-18:00"], "fri": ["09:00-18:00"]}}'
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def _after_sent(db: sqlite3.Connection, reply: Reply, now: datetime) -> None:
    rows.note_promise(db, reply, now)
    endings.note_asked(db, reply, now)


class Counter:
    """A desk whose replies are followed up."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.shop, self.clock = self.desk.shop, self.desk.shop.clock
        shop = self.shop
        pool = cast("Pool", FakePool(shop.world))
        shop.outbox = Outbox(shop.db, pool, shop.bus, judge, now=shop.clock, look_again=0.0, after_sent=_after_sent)
        self.use = FollowUps(shop.db, shop.bus, remember=self.desk.inbox.remember, now=shop.clock)
        self.do(lambda db: clients.set_hours(db, "c1", "UTC", SHOP))
        self.profile(review_url="https://example.com/review", currency="EUR")

    def do(self, change: Callable[[sqlite3.Connection], object]) -> None:
        self.shop.db.submit(change).result()

    def profile(self, **known: object) -> None:
        self.do(lambda db: clients.set_profile(db, "c1", Profile(**known)))  # type: ignore[arg-type]

    async def reply(self, text: str, **writing: object) -> None:
        written = Writing(text=text, **writing)  # type: ignore[arg-type]
        await self.shop.outbox.answer("1", text, hold=False, writing=written)
        await self.shop.outbox.push()
        assert self.shop.states()[-1] == "sent"

    async def ask(self, kind: str, id_: str = "1") -> None:
        """Ask the customer, by a reply that is sent."""
        text = self.use.ask_text(id_, kind)
        await self.shop.outbox.answer(id_, text, hold=False, writing=Writing(text=text, asks=kind))
        await self.shop.outbox.push()
        assert self.shop.states()[-1] == "sent"

    async def later(self, **span: float) -> None:
        self.clock.forward(**span)
        await self.shop.db.write(lambda db: advance(db, self.clock()))

    def at_time(self, at: str) -> None:
        self.clock.at = utc(at)
        self.do(lambda db: advance(db, self.clock()))

    def activity(self) -> list[str]:
        return self.desk.activity()
