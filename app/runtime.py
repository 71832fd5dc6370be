"""Builds the core and owns its tasks. The window and the command line both start here."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from app import clock
from app.domain import Mention, Reply, Triage
from app.events import Bus, Changes, RaiseWindow
from app.inbox import Inbox
from app.instance import Instance
from app.paths import Paths
from app.presence import Presence
from app.settings import Settings
from app.store import accounts, feed
from app.store.db import Database

if TYPE_CHECKING:  # each is imported when it is first needed: together they cost more than the first paint
    from app.accounts import Accounts
    from app.attachments import Attachments
    from app.clients import Clients
    from app.composing import Composing
    from app.followups import FollowUps
    from app.http import Http
    from app.judging import Judge
    from app.listening import Listening
    from app.metering import Metering
    from app.moderation import Moderation
    from app.outbox import Outbox
    from app.pictures import Pictures
    from app.pool import Pool, SecretStore
    from app.priorities import Priorities
    from app.ranking import Ranking
    from app.spelling import Spelling
    from app.stream_reading import StreamReader
    from app.sync.pull import Puller
    from app.sync.schedule import Schedule
    from app.tasks import Tasks
    from app.templates import Templates

log = logging.getLogger(__name__)


def judge(mention: Mention) -> Triage:
    """Triage of one message without its client's context, which `Runtime.judge` has."""
    from app.triage import triage

    return triage(mention, unanswered=1)


class Ledger:
    """How many replies wait; all that the first paint needs of the outbox."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def count(self) -> int:
        """Waiting, or in need of a person."""
        return feed.outbox_count(self._db.reader())


class Runtime:
    """Everything below the window. Making it opens the store alone; `start` and `stop` own one TaskGroup."""

    def __init__(
        self,
        paths: Paths,
        *,
        secrets: SecretStore | None = None,
        http: Http | None = None,
        now: clock.Clock = clock.now,
        look_again: float = 20.0,
        locked: bool = True,
    ) -> None:
        """`locked` takes the folder for this process alone; raises `InUseError` if another has it."""
        paths.ensure()
        self.paths = paths
        self.instance = Instance(paths.data) if locked else None
        try:
            self.db = Database(paths.data / "carelane.db")
        except BaseException:
            if self.instance is not None:
                self.instance.release()
            raise
        self.bus = Bus()
        self.settings = Settings(self.db)
        self._http, self._secrets, self._now, self._look_again = http, secrets, now, look_again
        self.presence = Presence()
        self.ledger = Ledger(self.db)
        pool, puller = cast("Pool", _Late(lambda: self.pool)), cast("Puller", _Late(lambda: self.puller))
        self.inbox = Inbox(self.db, pool, puller, self.bus, now=now)
        self._tasks: Tasks | None = None

    @cached_property
    def pool(self) -> Pool:
        """The live connectors."""
        from app.pool import Pool

        return Pool(self.db, cast("SecretStore", _Late(self.secrets)), self.http)

    @cached_property
    def judge(self) -> Judge:
        """What a message is, by its words and by its client's own rules."""
        from app.judging import Judge

        judge = Judge(self.db)
        self.bus.subscribe(Changes, judge.follow)
        return judge

    @cached_property
    def ranking(self) -> Ranking:
        """Puts what is open in order again."""
        from app.ranking import Ranking

        ranking = Ranking(self.db, self.bus, self.judge, now=self._now)
        self.bus.subscribe(Changes, ranking.follow)
        return ranking

    @cached_property
    def priorities(self) -> Priorities:
        """Use cases around weights, rules and VIPs."""
        from app.priorities import Priorities

        judge, ranking = cast("Judge", _Late(lambda: self.judge)), cast("Ranking", _Late(lambda: self.ranking))
        return Priorities(self.db, self.bus, judge, ranking, now=self._now)

    @cached_property
    def puller(self) -> Puller:
        """Reads accounts."""
        from app.sync.pull import Puller

        return Puller(self.db, self.pool, self.bus, self.judge, now=self._now)

    @cached_property
    def schedule(self) -> Schedule:
        """When each account is read."""
        from app.sync.schedule import Schedule

        return Schedule(
            self.db, self.puller, self.bus, self.presence, now=self._now, back_online=self._back_online,
            pace=lambda id_, seconds: self.metering.pace(id_, seconds), note=lambda id_: self.metering.note(id_),
        )  # fmt: skip

    @cached_property
    def accounts(self) -> Accounts:
        """Use cases around accounts and clients."""
        from app.accounts import Accounts

        accounts = Accounts(self.db, self.pool, self.bus, self.http, now=self._now)
        accounts.check = self.schedule.check_now
        accounts.wake_outbox = lambda: self.outbox.wake()
        return accounts

    @cached_property
    def clients(self) -> Clients:
        """Use cases around hours and promises."""
        from app.clients import Clients

        return Clients(self.db, self.bus, cast("Ranking", _Late(lambda: self.ranking)), now=self._now)

    @cached_property
    def outbox(self) -> Outbox:
        """Use cases around replies."""
        from app.outbox import Outbox
        from app.store.endings import note_asked
        from app.store.followups import note_promise
        from app.store.streams import joined_by_reply

        def after_sent(db: sqlite3.Connection, reply: Reply, now: datetime) -> None:
            note_promise(db, reply, now)
            note_asked(db, reply, now)
            joined_by_reply(db, int(reply.conversation_id), now)

        return Outbox(
            self.db, self.pool, self.bus, self.judge, now=self._now, look_again=self._look_again,
            report=self.schedule.report, holds=lambda id_, text: self.composing.holds(id_, text),
            picture_bytes=lambda id_: self.attachments.read(id_),
            after_sent=after_sent,
        )  # fmt: skip

    @cached_property
    def composing(self) -> Composing:
        """What helps while a reply is being written."""
        from app.composing import Composing

        attachments = cast("Attachments", _Late(lambda: self.attachments))
        pool, spelling = cast("Pool", _Late(lambda: self.pool)), cast("Spelling", _Late(lambda: self.spelling))
        return Composing(self.db, pool, attachments, spelling)

    @cached_property
    def attachments(self) -> Attachments:
        """Pictures that go out."""
        from app.attachments import Attachments

        return Attachments(self.paths.data / "outgoing")

    @cached_property
    def spelling(self) -> Spelling:
        """Marks and corrections by the dictionaries of this computer."""
        from app.spelling import Spelling

        return Spelling(self.paths.data, names=self._own_names)

    @cached_property
    def templates(self) -> Templates:
        """Use cases around saved replies."""
        from app.templates import Templates

        attachments = cast("Attachments", _Late(lambda: self.attachments))
        return Templates(self.db, self.bus, attachments, now=self._now)

    @cached_property
    def followups(self) -> FollowUps:
        """Use cases around promises, offers and happy endings."""
        from app.followups import FollowUps

        return FollowUps(self.db, self.bus, remember=self.inbox.remember, now=self._now)

    @cached_property
    def stream_reader(self) -> StreamReader:
        """Reads search streams."""
        from app.stream_reading import StreamReader

        return StreamReader(
            self.db, self.pool, self.bus, self.judge, now=self._now,
            stretch=lambda id_, seconds: self.metering.stretch(id_, seconds),
        )  # fmt: skip

    @cached_property
    def listening(self) -> Listening:
        """Use cases around search streams."""
        from app.listening import Listening

        return Listening(self.db, self.stream_reader, self.bus, remember=self.inbox.remember, now=self._now)

    @cached_property
    def moderation(self) -> Moderation:
        """Likes, hiding, marking as read."""
        from app.moderation import Moderation

        return Moderation(self.db, self.pool, self.bus, now=self._now)

    @cached_property
    def metering(self) -> Metering:
        """What the platforms count or charge."""
        from app.metering import Metering

        return Metering(
            self.db, cast("Pool", _Late(lambda: self.pool)), self.bus, now=self._now, woken=self._cap_raised
        )  # fmt: skip

    def _cap_raised(self, account_id: str) -> None:
        self.schedule.check_now(account_id)
        self.outbox.wake()

    @cached_property
    def pictures(self) -> Pictures:
        """Avatars and attached pictures."""
        from app.pictures import Pictures

        return Pictures(self.paths.cache / "pictures", self.http)

    def http(self) -> Http:
        """Made when first needed: it costs 160 ms, which the first paint does not have."""
        if self._http is None:
            from app.http import Http

            self._http = Http()
        if self._http.counts is None:
            self._http.counts = self.metering
        return self._http

    def secrets(self) -> SecretStore:
        """The system keyring, imported when first needed."""
        if self._secrets is None:
            import uuid

            from app.secrets import Secrets

            # A name of its own, so that a moved folder finds its secrets and two folders never share.
            # One transaction: the window and a command may both be the first to need it.
            made = f'"{uuid.uuid4().hex[:12]}"'
            self.db.submit(lambda db: accounts.add_setting(db, "keyring_scope", made)).result()
            self._secrets = Secrets(scope=self.settings.get("keyring_scope"))
        return self._secrets

    async def _tidy(self) -> None:
        """Throw away, once a day, the pictures that nothing names any more."""
        import asyncio

        from app.store import outgoing

        while True:
            await asyncio.sleep(300)
            kept = await self.db.aside(lambda: outgoing.pictures(self.db.reader(), self._now()))
            await asyncio.to_thread(self.attachments.drop_unused, kept)
            await asyncio.sleep(24 * 3600)

    def _own_names(self) -> list[str]:
        """What no dictionary knows and everybody writes here: clients, and what they sell."""
        found: list[str] = []
        for client in accounts.clients(self.db.reader()):
            found += [client.name, client.profile.agent, *client.profile.words, *client.profile.domains]
        return [*found, *(account.handle for account in accounts.accounts(self.db.reader()))]

    def _back_online(self) -> None:
        self.http().reset()
        self.outbox.network_back()

    async def start(self) -> None:
        """Recover what a crash left uncertain, then sync and send until `stop`. Needs the lock."""
        import asyncio
        import importlib

        assert self.instance is not None, "only the holder of the folder may sync and send"
        # 30 ms, which would hold up the window
        for part in (
            "app.outbox",
            "app.tasks",
            "app.sync.schedule",
            "app.clients",
            "app.ranking",
            "app.templates",
            "app.followups",
            "app.stream_reading",
            "app.metering",
        ):
            await asyncio.to_thread(importlib.import_module, part)
        from app.tasks import Loop, Tasks

        await self.outbox.recover()
        await self.instance.listen(lambda: self.bus.publish(RaiseWindow()))
        loops: dict[str, Loop] = {
            "sync": self.schedule.run,
            "outbox": self.outbox.run,
            "holidays": self.clients.run,
            "ranking": self.ranking.run,
            "templates": self.templates.run,
            "composing": self.composing.run,
            "followups": self.followups.run,
            "listening": self.stream_reader.run,
            "metering": self.metering.run,
            "pictures": self._tidy,
        }
        self._tasks = Tasks(self.db, self.bus, loops)

    async def stop(self) -> None:
        """End every task, then finish what is being written."""
        import asyncio

        if self._tasks is not None:
            await self._tasks.stop()
            self._tasks = None
        await self.pool.close()
        if "spelling" in self.__dict__:
            await self.spelling.close()
        if self._http is not None:
            await self._http.close()
        if "metering" in self.__dict__:
            await self.metering.close()
        await asyncio.to_thread(self.db.close)
        if self.instance is not None:
            await self.instance.close()


class _Late:
    """Stands for something that is made when it is first used."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)
