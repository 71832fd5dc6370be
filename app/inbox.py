"""The inbox: what the window and the command line read and do about conversations."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING

from app import clock
from app.domain import Account, Client, Lane, Place, Writing
from app.errors import InputError
from app.events import Bus, Changes
from app.rows import Abandoned, ConversationDetail, Explanation, FeedKey, FeedRow, LaneCount, SnoozePlan, Summary
from app.store import accounts, feed
from app.store.db import Database

if TYPE_CHECKING:
    from app.pace import Outlook
    from app.pool import Pool
    from app.reminders import Note
    from app.sync.pull import Puller
    from app.triage.learning import Learned

UNDO_STEPS = 50
NOT_NOISE = "not_noise"
Undo = Callable[[sqlite3.Connection], set[str]]
Ids = str | Collection[str]  # one conversation, or several


class Inbox:
    """Reads are synchronous and quick; writes are awaited, and tell the bus what they changed.

    What only a write or an opened conversation needs is imported there: the first paint needs the feed alone.
    """

    def __init__(self, db: Database, pool: Pool, puller: Puller, bus: Bus, *, now: clock.Clock = clock.now) -> None:
        self._db, self._pool, self._puller, self._bus, self._now = db, pool, puller, bus, now
        self._undo: list[Undo] = []
        self._taught: set[str] = set()  # clients that something was learned for

    # Reading

    def feed_page(
        self,
        lane: Lane,
        *,
        client: str | None = None,
        after: FeedKey | None = None,
        before: FeedKey | None = None,
        limit: int = 100,
    ) -> list[FeedRow]:
        """See `app.store.feed.feed_page`."""
        return feed.feed_page(self._db.reader(), lane, client=client, after=after, before=before, limit=limit)

    def feed_rows(self, ids: Collection[str]) -> dict[str, FeedRow]:
        """Rows by id; those that no longer exist are left out."""
        return feed.feed_rows(self._db.reader(), ids)

    def counts(self, client: str | None = None) -> dict[Lane, LaneCount]:
        """How many conversations each lane holds."""
        return feed.counts(self._db.reader(), client, self._now())

    def summary(self, client: str | None = None) -> Summary:
        """The line under the search field."""
        return feed.summary(self._db.reader(), client, self._now())

    async def outlook(self, client: str | None = None, stop: str = "") -> Outlook:
        """Which promises break if somebody goes on at their own pace until `stop` ("17:30"), "" for closing time.

        Ten milliseconds of the store's thread: for once a minute and after changes, not for each tick.
        """
        from app import pace
        from app.store import outlook
        from app.timers import OpeningHours
        from app.zones import local_zone

        now = self._now()
        hours = [
            OpeningHours.from_json(one.hours, zone=one.zone)
            for one in self.clients()
            if one.hours and client in (None, one.id)
        ]
        until = pace.closing_time(now, hours, local_zone(), stop)

        def read(db: sqlite3.Connection) -> Outlook:
            dues = outlook.open_dues(db, client, until)
            each = pace.pace(outlook.sent_times(db, now))
            return pace.outlook(dues, now, until, each, more=len(dues) >= outlook.ROWS)

        return await self._db.write(read)

    async def remind(self, looked_at: datetime | None) -> list[Note]:
        """What somebody is to be reminded of now; it counts as said. See `app.reminders.choose`."""
        from app import reminders
        from app.store import reminders as kept

        now = self._now()

        def write(db: sqlite3.Connection) -> list[Note]:
            notes, given = reminders.choose(kept.open_promises(db, now), now, looked_at)
            if given:
                kept.record(db, given, now)
            return notes

        return await self._db.write(write)

    def search(self, words: str, *, client: str | None = None, limit: int = 50) -> list[FeedRow]:
        """Conversations that hold all `words`, newest first."""
        return feed.search(self._db.reader(), words, client=client, limit=limit)

    def conversation(self, id_: str) -> ConversationDetail | None:
        """One conversation whole, None if it is gone."""
        row = feed.feed_rows(self._db.reader(), [id_]).get(id_)
        account = accounts.account(self._db.reader(), row.account_id) if row else None
        if row is None or account is None:
            return None
        from app.store import details

        able = self._pool.capabilities(account).towards(row.handle)
        return details.detail(
            self._db.reader(), id_, max_graphemes=able.max_graphemes, max_bytes=able.max_bytes,
            url_length=able.url_length, can_direct=able.private_reply, weighted=able.weighted,
            max_pictures=able.max_pictures, picture_direct=able.picture_direct, max_alt=able.max_alt,
            spoilers=able.spoilers, replies=able.replies, no_reply=able.no_reply,
            max_graphemes_direct=able.max_graphemes_direct, max_bytes_direct=able.max_bytes_direct,
        )  # fmt: skip

    async def explain(self, id_: str) -> Explanation:
        """The words that moved a conversation's newest message; worked out off the window's thread."""

        def explained() -> Explanation:
            from app.store import details, learned
            from app.triage.verdict import judge, words

            db = self._db.reader()
            mention = details.newest_mention(db, int(id_))
            if mention is None or not mention.text.strip():
                return Explanation()
            account = accounts.account(db, mention.account_id)
            taught = learned.of(db, account.client_id if account else "")
            verdict = judge(mention.text, rating=mention.rating, language=mention.language, learned=taught)
            return Explanation(tuple(words(mention.text, verdict)), verdict.unsure)

        return await self._db.aside(explained)

    def clients(self) -> list[Client]:
        """By name."""
        return accounts.clients(self._db.reader())

    def accounts(self) -> list[Account]:
        """In the order in which they were added."""
        return accounts.accounts(self._db.reader())

    def gaps(self, account_id: str) -> list[str]:
        """What of an account's history could not be read, in sentences, newest first."""
        return [gap.why for gap in accounts.gaps(self._db.reader(), account_id)]

    def platform_name(self, account: Account) -> str:
        """The platform as people call it."""
        return self._pool.capabilities(account).name

    def opening(self, client_id: str, now: datetime | None = None) -> str:
        """ "Open until 18:00", "Closed", or "" around the clock and while holidays are being looked up."""
        for client in self.clients():
            if client.id == client_id and client.hours:
                from zoneinfo import ZoneInfo

                from app.timers import OpeningHours, closes_at, is_open

                hours = OpeningHours.from_json(client.hours, zone=client.zone)
                at = now or self._now()
                if hours.always or not hours.at_hand(at):  # holidays are looked up after the first paint
                    return ""
                end = closes_at(at, hours)
                if not is_open(at, hours) or end is None:
                    return "Closed"
                return f"Open until {end.astimezone(ZoneInfo(client.zone)):%H:%M}"
        return ""

    # Doing

    async def open(self, id_: str) -> None:
        """Read the thread again from the platform. Raises `ServiceError`; what is stored stays on the screen."""
        await self._puller.refresh(id_)

    async def close(self, ids: Ids, reason: str) -> Changes:
        """Done, with a reason. Nothing is deleted; a draft that is left behind goes to the `abandoned` ones.

        What is here since we promised something for today stays. Raises `InputError` where that is all.
        """
        from app.store import conversations, drafts

        if not reason.strip():
            raise InputError("Choose why this is done.")
        left: dict[int, int] = {}

        def write(db: sqlite3.Connection, ns: Collection[int]) -> Collection[int]:
            free = conversations.not_promised(db, ns)
            conversations.close(db, free, reason, self._now())
            left.update(drafts.leave(db, free, self._now()))
            return free

        changes = await self._do(ids, "closed", write, why=reason)
        reopen = self._undo.pop()

        def back(db: sqlite3.Connection) -> set[str]:
            drafts.take_up(db, left, self._now())
            return reopen(db)

        self._undo.append(back)
        return changes

    async def reopen(self, ids: Ids) -> Changes:
        """Take closing or snoozing back."""
        from app.store import conversations

        return await self._do(ids, "reopened", lambda db, ns: conversations.reopen(db, ns, self._now()))

    def snooze_plan(self, ids: Ids, words: str) -> SnoozePlan:
        """What `words` mean for these conversations, by their client's clock. Raises `InputError`."""
        from app.snooze import read
        from app.store import conversations

        db, numbers, now = self._db.reader(), _numbers(ids), self._now()
        return conversations.plan(db, numbers, read(words, now, conversations.zone_of(db, numbers)), now)

    async def snooze(self, ids: Ids, until: datetime) -> Changes:
        """Out of sight until `until`, or until its promise gets close. See `snooze_plan`."""
        from app.store import conversations

        if until <= self._now():
            raise InputError("That time is over. Choose a later one.")

        def change(db: sqlite3.Connection, ns: Collection[int]) -> Collection[int]:
            waiting = conversations.waiting(db, ns)
            if not waiting:
                raise InputError("Nobody waits for an answer here. There is nothing to put away.")
            conversations.snooze(db, waiting, until, self._now())
            return waiting

        return await self._do(ids, "snoozed", change)

    async def place(self, ids: Ids, where: Place) -> Changes:
        """Put conversations into a lane against what their words say. Raises `InputError`."""
        from app.store import conversations

        return await self._placed(ids, where.value, lambda db, ns: conversations.place(db, ns, where, self._now()))

    async def toggle_noise(self, ids: Ids) -> Changes:
        """Into the noise; if all of them are there, out of it."""
        from app.store import conversations

        rows = self.feed_rows([ids] if isinstance(ids, str) else ids).values()
        if not all([row.lane is Lane.NOISE for row in rows]):
            return await self.place(ids, Place.NOISE)
        return await self._placed(ids, NOT_NOISE, lambda db, ns: conversations.not_noise(db, ns, self._now()))

    async def _placed(
        self, ids: Ids, where: str, change: Callable[[sqlite3.Connection, Collection[int]], Collection[int] | None]
    ) -> Changes:
        """Move, and learn from it: like messages of this client are judged so from now on. Undone together."""
        from app.ranking import WORDS, ask
        from app.store import learned

        before: dict[str, Learned] = {}
        place = Place.NORMAL.value if where == NOT_NOISE else where

        def write(db: sqlite3.Connection, ns: Collection[int]) -> Collection[int] | None:
            changed = change(db, ns)
            before.update(learned.teach_from(db, ns if changed is None else changed, place, self._now()))
            ask(db, before, [WORDS])
            return changed

        changes = await self._do(ids, "placed", write, where=where)
        moved_back = self._undo.pop()

        def back(db: sqlite3.Connection) -> set[str]:
            learned.put_back(db, before, self._now())
            ask(db, before, [WORDS])
            return moved_back(db)

        self._undo.append(back)
        self._taught |= before.keys()
        if before:
            self._bus.publish(Changes(clients=frozenset(before)))
        return changes

    async def keep_open(self, ids: Ids) -> Changes:
        """Thanks that would close themselves stay until a person closes them."""
        from app.store import conversations

        return await self._do(ids, "kept_open", lambda db, ns: conversations.keep_open(db, ns, self._now()))

    async def _do(
        self,
        ids: Ids,
        what: str,
        change: Callable[[sqlite3.Connection, Collection[int]], Collection[int] | None],
        **data: str,
    ) -> Changes:
        """One transaction and one step to undo, for one conversation or for many.

        `change` returns those that it changed, if that is not all of them.
        """
        from app.store import activity, conversations

        def write(db: sqlite3.Connection) -> dict[int, conversations.Before]:
            before = conversations.was(db, _numbers(ids))
            if not before:
                raise InputError("This conversation is no longer there.")
            changed = change(db, before.keys())
            if changed is not None:
                before = {number: before[number] for number in changed}
            for number in before:
                activity.record(db, self._now(), what, conversation=number, **data)
            return before

        before = await self._db.write(write)
        touched = set(map(str, before))

        def back(db: sqlite3.Connection) -> set[str]:
            conversations.put_back(db, before, self._now())
            for number in before:
                activity.record(db, self._now(), "undone", conversation=number, step=what)
            return touched

        self.remember(back)
        return self._publish(touched)

    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return bool(self._undo)

    async def undo(self) -> Changes:
        """Take the last step back. Raises `InputError` when there is none."""
        if not self._undo:
            raise InputError("There is nothing to undo.")
        changes = self._publish(await self._db.write(self._undo.pop()))
        if self._taught:  # what was learned may have been taken back
            self._bus.publish(Changes(clients=frozenset(self._taught)))
        return changes

    async def save_draft(self, id_: str, text: str, writing: Writing | None = None) -> Changes:
        """Keep what is being written, with all that belongs to it; `text` is the one that counts."""
        from msgspec.structs import replace

        from app.store import drafts

        whole = Writing(text) if writing is None else replace(writing, text=text)
        await self._db.write(lambda db: drafts.save(db, int(id_), whole, self._now()))
        changes = Changes(frozenset([id_]))
        self._bus.publish(changes)
        return changes

    def abandoned(self, id_: str) -> list[Abandoned]:
        """Drafts that were given up in this conversation, newest first; 90 days, 20 at most."""
        from app.store import drafts

        return drafts.abandoned(self._db.reader(), int(id_), self._now() - drafts.KEPT_FOR)

    async def set_note(self, id_: str, text: str) -> Changes:
        """A note on the person, for our eyes only."""
        from app.store import details

        await self._db.write(lambda db: details.set_note(db, int(id_), text))
        return Changes(frozenset([id_]))

    def remember(self, back: Undo) -> None:
        """Another use case did something that the next undo takes back."""
        self._undo = [*self._undo[-UNDO_STEPS + 1 :], back]

    def _publish(self, ids: set[str]) -> Changes:
        changes = Changes(frozenset(ids), counts=True)
        self._bus.publish(changes)
        return changes


def _numbers(ids: Ids) -> list[int]:
    return [int(one) for one in ([ids] if isinstance(ids, str) else ids)]
