"""A runtime without store or network: the use cases' reads and writes over rows in memory."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from app.clients import HolidayPlace, Promises
from app.domain import Account, Client, ConversationState, Lane, Place, Profile, Reason, ReplyState, Visibility, Writing
from app.errors import GoneError, NetworkError, ServiceError
from app.events import Bus, Changes, RankingProgress
from app.pace import USUAL, Due, Outlook, closing_time, outlook
from app.reminders import Note
from app.rows import (
    Abandoned,
    AccountContents,
    ConversationDetail,
    Explanation,
    FeedKey,
    FeedRow,
    LaneCount,
    SnoozePlan,
    Summary,
)
from app.snooze import read
from app.timers import OpeningHours, Targets, holidays
from tests.ui.fakes_composing import FakeComposing, FakeFollowUps, FakeTemplates
from tests.ui.fakes_listening import FakeListening, FakeModeration
from tests.ui.fakes_metering import FakeMetering
from tests.ui.fakes_rows import ACCOUNTS, CLIENTS, NOW, make_row, picture_counts, picture_rows
from tests.ui.fakes_rules import FakePriorities
from tests.values import replace


def _order(row: FeedRow) -> tuple[int, int]:
    return row.key.at, int(row.key.id)


class FakeInbox:
    """Rows by id; a page is cut from the sorted keys, so that big lanes stay quick."""

    def __init__(self, bus: Bus, rows: list[FeedRow], now: datetime = NOW) -> None:
        self.bus, self.now = bus, now
        self.rows: dict[str, FeedRow] = {row.id: row for row in rows}
        self.clients_list, self.accounts_list = list(CLIENTS), list(ACCOUNTS)
        self.lane_counts: dict[Lane, LaneCount] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.explanations: dict[str, Explanation] = {}
        self.drafts: dict[str, str] = {}
        self.notes: list[list[Note]] = []
        self._sorted: dict[tuple[Lane, str | None], list[FeedRow]] = {}

    def _lane(self, lane: Lane, client: str | None) -> list[FeedRow]:
        found = self._sorted.get((lane, client))
        if found is None:
            rows = [row for row in self.rows.values() if row.lane == lane and client in (None, row.client_id)]
            found = self._sorted[lane, client] = sorted(rows, key=_order)
        return found

    def feed_page(
        self,
        lane: Lane,
        *,
        client: str | None = None,
        after: FeedKey | None = None,
        before: FeedKey | None = None,
        limit: int = 100,
    ) -> list[FeedRow]:
        self.calls.append(("feed_page", lane, after, before))
        rows = self._lane(lane, client)
        if before is not None:
            stop = bisect_left(rows, (before.at, int(before.id or 0)), key=_order)
            return rows[max(0, stop - limit) : stop]
        start = 0 if after is None else bisect_right(rows, (after.at, int(after.id or 0)), key=_order)
        return rows[start : start + limit]

    def feed_rows(self, ids: Collection[str]) -> dict[str, FeedRow]:
        self.calls.append(("feed_rows", frozenset(ids)))
        return {one: self.rows[one] for one in ids if one in self.rows}

    def counts(self, client: str | None = None) -> dict[Lane, LaneCount]:
        if self.lane_counts and client in ("maple", None):
            return self.lane_counts
        hot = self.now + timedelta(minutes=30)
        return {
            lane: LaneCount(
                len(self._lane(lane, client)),
                sum(1 for row in self._lane(lane, client)[:1000] if row.due_at is not None and row.due_at <= hot),
            )
            for lane in Lane
        }

    def summary(self, client: str | None = None) -> Summary:
        return Summary(3, 4, 96) if self.rows else Summary(0, 0, None)

    async def remind(self, looked_at: datetime | None) -> list[Note]:
        self.calls.append(("remind", looked_at))
        return self.notes.pop(0) if self.notes else []

    async def outlook(self, client: str | None = None, stop: str = "") -> Outlook:
        self.calls.append(("outlook", client, stop))
        dues = [Due(row.id, row.author, row.due_at) for row in self._lane(Lane.CARE, client) if row.due_at is not None]
        until = closing_time(self.now, [], "UTC", stop)
        return outlook(dues[:500], self.now, until, USUAL)

    def search(self, words: str, *, client: str | None = None, limit: int = 50) -> list[FeedRow]:
        wanted = words.lower()
        found = [row for row in self.rows.values() if wanted in f"{row.author} {row.text}".lower()]
        return sorted(found, key=lambda row: row.newest_at, reverse=True)[:limit]

    def conversation(self, conversation: str) -> ConversationDetail | None:
        row = self.rows.get(conversation)
        if row is None:
            return None
        return ConversationDetail(
            row=row, items=(), draft=self.drafts.get(conversation, ""), draft_at=None, target_name="30 min target",
            due_at=row.due_at, reasons=(Reason("anger", -20), Reason("second_message", -15), Reason("refund", -10)),
            care_by=row.care_by, visibility=Visibility.PUBLIC, reply_as="@maplerye", client_name="Maple & Rye",
            client_color="#d9a441", max_graphemes=500, max_bytes=None, url_length=23, can_direct=True,
            first_contact=None, conversations=4, usual_mood="Friendly", earlier=(), note="",
        )  # fmt: skip

    def clients(self) -> list[Client]:
        return self.clients_list

    def accounts(self) -> list[Account]:
        return self.accounts_list

    def gaps(self, account_id: str) -> list[str]:
        return []

    def opening(self, client_id: str, now: datetime) -> str:
        return "Open until 18:00"

    # writes

    async def open(self, conversation: str) -> None:
        self.calls.append(("open", conversation))

    def put(self, *rows: FeedRow, new: bool = True) -> Changes:
        """What a sync does: save rows and tell the bus."""
        self.rows.update((row.id, row) for row in rows)
        self._sorted.clear()
        ids = frozenset(row.id for row in rows)
        return self._tell(Changes(conversations=ids, new=ids if new else frozenset(), counts=True))

    def drop(self, *ids: str) -> Changes:
        """Take rows out, as erasing does."""
        for one in ids:
            self.rows.pop(one, None)
        self._sorted.clear()
        return self._tell(Changes(conversations=frozenset(ids), counts=True))

    def _tell(self, changes: Changes) -> Changes:
        self.bus.publish(changes)
        return changes

    def _put_all(self, ids: str | Collection[str], **values: Any) -> Changes:
        rows = [replace(self.rows[one], **values) for one in ([ids] if isinstance(ids, str) else ids)]
        return self.put(*rows, new=False)

    async def explain(self, id_: str) -> Explanation:
        return self.explanations.get(id_, Explanation())

    async def close(self, ids: str | Collection[str], reason: str) -> Changes:
        self.calls.append(("close", ids, reason))
        return self._put_all(ids, lane=Lane.DONE, state=ConversationState.CLOSED)

    async def reopen(self, ids: str | Collection[str]) -> Changes:
        self.calls.append(("reopen", ids))
        return self._put_all(ids, lane=Lane.CARE, state=ConversationState.OPEN)

    def snooze_plan(self, ids: str | Collection[str], words: str) -> SnoozePlan:
        rows = [self.rows[one] for one in ([ids] if isinstance(ids, str) else ids)]
        due = min((row.due_at for row in rows if row.due_at is not None), default=None)
        until = read(words, self.now)
        sooner = due is not None and due < until
        return SnoozePlan(
            until, due - timedelta(minutes=5) if due and sooner else until, due if sooner else None, "UTC"
        )

    async def snooze(self, ids: str | Collection[str], until: datetime) -> Changes:
        self.calls.append(("snooze", ids, until))
        key = FeedKey(round(until.timestamp() * 1000), "0")
        return self._put_all(ids, lane=Lane.SNOOZED, state=ConversationState.SNOOZED, snoozed_until=until, key=key)

    async def place(self, ids: str | Collection[str], where: Place) -> Changes:
        self.calls.append(("place", ids, where))
        lanes = {Place.NOISE: Lane.NOISE, Place.THANKS: Lane.THANKS, Place.NORMAL: Lane.TODAY}
        return self._put_all(ids, lane=lanes.get(where, Lane.CARE))

    async def toggle_noise(self, ids: str | Collection[str]) -> Changes:
        out = all(row.lane is Lane.NOISE for row in self.feed_rows([ids] if isinstance(ids, str) else ids).values())
        return await self.place(ids, Place.AUTO if out else Place.NOISE)

    async def keep_open(self, ids: str | Collection[str]) -> Changes:
        self.calls.append(("keep_open", ids))
        return self._put_all(ids, closes_at=None)

    def abandoned(self, conversation: str) -> list[Abandoned]:
        return []

    async def save_draft(self, conversation: str, text: str, writing: Writing | None = None) -> Changes:
        self.drafts[conversation] = text
        return self.put(replace(self.rows[conversation], has_draft=bool(text)), new=False)

    async def set_note(self, conversation: str, text: str) -> Changes:
        return Changes()

    async def undo(self) -> Changes:
        self.calls.append(("undo",))
        return Changes()


class FakeOutbox:
    """A number of replies that wait."""

    waiting = 2

    def usual_time(self, conversation_id: str) -> datetime | None:
        return None

    def count(self) -> int:
        return self.waiting

    def rows(self, limit: int = 200) -> list[Any]:
        return []

    def warnings(self) -> list[Any]:
        return []


class FakeAccounts:
    """Counts how often it was asked to look."""

    def __init__(self) -> None:
        self.checked: list[str | None] = []

    def platforms(self) -> list[tuple[str, str]]:
        return [("mastodon", "Mastodon"), ("bluesky", "Bluesky")]

    loaded = True

    def offers(self) -> list[Any]:
        return []

    async def practise(self) -> None:
        self.checked.append("practise")

    def notes(self, platform: str) -> list[str]:
        return []

    def signs_in(self, platform: str) -> bool:
        return platform != "practice"

    async def pause(self, account_id: str, paused: bool) -> None:
        self.checked.append(f"pause {account_id} {paused}")

    async def contents(self, account_id: str) -> AccountContents:
        return AccountContents(0, 0, 0)

    def check(self, account_id: str | None) -> None:
        self.checked.append(account_id)


class FakeClients:
    """Promises by client; `saved` tells what was kept. Holidays are those of the real package."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        week = [[(540, 1020)]] * 5
        self.kept = {
            client.id: Promises(client, OpeningHours(week, zone=client.zone), Targets(), (("bluesky", "Bluesky"),))
            for client in CLIENTS
        }
        self.saved: list[tuple[str, OpeningHours, Targets]] = []
        self.fails: ServiceError | None = None
        self.gate: asyncio.Event | None = None
        self.profiles: list[tuple[str, Profile]] = []

    async def set_profile(self, client_id: str, profile: Profile) -> None:
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        self.profiles.append((client_id, profile))

    def promises(self, client_id: str) -> Promises:
        if client_id not in self.kept:
            raise GoneError("This client is no longer there.")
        return self.kept[client_id]

    async def places(self) -> tuple[list[str], list[str]]:
        return ["America/Chicago", "Europe/Berlin", "Europe/London", "Europe/Paris"], ["DE", "FR", "GB", "US"]

    async def place(self, country: str, region: str, today: date, language: str = "") -> HolidayPlace:
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        for year in (today.year, today.year + 1):
            holidays.named(country, region, year)
        return HolidayPlace(
            tuple(holidays.regions(country)), tuple(holidays.upcoming(country, region, today, language=language))
        )

    async def set_promises(self, client_id: str, *, hours: OpeningHours, targets: Targets) -> int:
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        self.bus.publish(RankingProgress("another", 1, 2, True))
        self.bus.publish(RankingProgress(client_id, 500, 1200, True))
        if self.gate is not None:
            await self.gate.wait()
        self.saved.append((client_id, hours, targets))
        return 1200


class FakePictures:
    """No picture is ever there."""

    async def fetch(self, url: str) -> bytes:
        raise NetworkError("There is no network.")


class FakePresence:
    """What the window tells the schedule."""

    in_front = False
    touched_at = 0.0


class FakeSettings:
    """In memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str, default: Any) -> Any:
        return self.kept.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self.kept[key] = value


class FakeRuntime:
    """What `MainWindow` is built on."""

    def __init__(self, rows: list[FeedRow] | None = None, now: datetime = NOW) -> None:
        self.bus = Bus()
        self.inbox = FakeInbox(self.bus, picture_rows(now) if rows is None else rows, now)
        self.outbox = self.ledger = FakeOutbox()
        self.accounts = FakeAccounts()
        self.clients = FakeClients(self.bus)
        self.settings = FakeSettings()
        self.pictures = FakePictures()
        self.presence = FakePresence()
        self.priorities = FakePriorities()
        self.composing = FakeComposing()
        self.templates, self.followups = FakeTemplates(), FakeFollowUps()
        self.listening, self.moderation = FakeListening(), FakeModeration()
        self.metering = FakeMetering()


__all__ = ["NOW", "FakeRuntime", "ReplyState", "make_row", "picture_counts", "picture_rows"]
