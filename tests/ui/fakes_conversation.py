"""A runtime for the conversation's screens: one shop, one angry customer, everything in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain import (
    Account,
    Client,
    Contact,
    Kind,
    Media,
    Mention,
    Place,
    Reason,
    Reply,
    ReplyState,
    Visibility,
    Writing,
)
from app.errors import ServiceError
from app.events import Bus, Changes
from app.pace import Outlook
from app.reminders import Note
from app.rows import (
    Abandoned,
    ConversationDetail,
    Explanation,
    FeedRow,
    OutboxRow,
    OutboxWarning,
    PastConversation,
    SnoozePlan,
    ThreadItem,
)
from app.snooze import read
from tests.ui.fakes import make_row
from tests.ui.fakes_accounts import Accounts
from tests.ui.fakes_composing import FakeComposing, FakeFollowUps, FakeTemplates
from tests.ui.fakes_listening import FakeListening, FakeModeration
from tests.ui.fakes_metering import FakeMetering
from tests.ui.fakes_rules import FakePriorities
from tests.values import replace

JANA = Contact("jana", "Jana Whitfield", "@janaw@mastodon.social", followers=2100)
FIRST = (
    "Ordered a birthday cake from @maplerye for pickup at noon. It is 12:40 and nobody at the counter knows about it."
)
SECOND = "@maplerye hello? Party starts at 2. This is the second time this happened. I want my money back."
DRAFT = (
    "Hi Jana, I am so sorry, this is not how your day should go. Your cake is being finished right now. Could you"
    " send us a direct message with your order name so I can fix this before 2?"
)


def today(hour: int, minute: int = 0) -> datetime:
    """Today on this computer's clock, in UTC."""
    return datetime.now().astimezone().replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(UTC)


def mention(number: int, text: str, at: datetime, author: Contact = JANA, **more: Any) -> Mention:
    """One message of the customer."""
    return Mention("m1", str(number), author, text, at, **more)


def said(number: int, text: str, at: datetime, author: Contact = JANA, **more: Any) -> ThreadItem:
    """The same as a bubble."""
    return ThreadItem(mention(number, text, at, author, **more), None)


def a_reply(state: ReplyState = ReplyState.SENT, text: str = "On its way.", **more: Any) -> Reply:
    """A reply of ours."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {
        "id": "r1",
        "conversation_id": "1",
        "account_id": "m1",
        "to_remote_id": "2",
        "visibility": Visibility.PUBLIC,
        "created_at": now,
        "not_before": now,
        "to_handle": JANA.handle,
    }
    return Reply(text=text, state=state, **(known | more))


def jana(id_: str = "1", **more: Any) -> ConversationDetail:
    """The conversation of the design pictures."""
    row: FeedRow = replace(
        make_row(1), id=id_, author=JANA.name, handle=JANA.handle, kind=Kind.MENTION, due_at=today(13, 11)
    )
    known: dict[str, Any] = {
        "row": row,
        "items": (said(1, FIRST, today(12, 41)), said(2, SECOND, today(12, 58))),
        "draft": "",
        "draft_at": None,
        "target_name": "30 min target",
        "due_at": today(13, 11),
        "reasons": (Reason("anger", -20), Reason("second_message", -15), Reason("refund", -10)),
        "care_by": today(12, 26),
        "visibility": Visibility.PUBLIC,
        "reply_as": "@maplerye",
        "client_name": "Maple & Rye",
        "client_color": "#d9a441",
        "max_graphemes": 500,
        "max_bytes": None,
        "url_length": 23,
        "can_direct": True,
        "first_contact": datetime(2025, 3, 4, tzinfo=UTC),
        "conversations": 4,
        "usual_mood": "positive",
        "earlier": (
            PastConversation("90", "Best rye bread in town, thank you!", datetime(2026, 5, 12, tzinfo=UTC), 540.0),
            PastConversation("91", "Do you have gluten free?", datetime(2026, 4, 3, tzinfo=UTC), 1860.0),
        ),
        "note": "Cake orders come in through the shop phone. Ask Tom first.",
        "followers": 2100,
    }
    return ConversationDetail(**(known | more))


@dataclass(slots=True)
class Inbox:
    """Conversations by id; `calls` tells what was asked."""

    bus: Bus
    details: dict[str, ConversationDetail] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    fails: dict[str, ServiceError] = field(default_factory=dict)
    explanations: dict[str, Explanation] = field(default_factory=dict)
    clients_list: list[Client] = field(default_factory=list)
    accounts_list: list[Account] = field(default_factory=list)
    gaps_of: dict[str, list[str]] = field(default_factory=dict)  # sentences by account
    written: list[tuple[str, Writing]] = field(default_factory=list)  # drafts, whole
    given_up: list[Abandoned] = field(default_factory=list)

    def conversation(self, id_: str) -> ConversationDetail | None:
        return self.details.get(id_)

    def feed_rows(self, ids: Collection[str]) -> dict[str, FeedRow]:
        return {id_: self.details[id_].row for id_ in ids if id_ in self.details}

    def clients(self) -> list[Client]:
        return self.clients_list

    def accounts(self) -> list[Account]:
        return self.accounts_list

    def gaps(self, account_id: str) -> list[str]:
        return self.gaps_of.get(account_id, [])

    async def _call(self, *call: Any) -> Changes:
        self.calls.append(call)
        await asyncio.sleep(0)
        if call[0] in self.fails:
            raise self.fails[call[0]]
        changes = Changes(conversations=frozenset([call[1]] if len(call) > 1 else []))
        self.bus.publish(changes)
        return changes

    async def open(self, id_: str) -> None:
        await self._call("open", id_)

    async def explain(self, id_: str) -> Explanation:
        return self.explanations.get(id_, Explanation())

    async def close(self, id_: str, reason: str) -> Changes:
        return await self._call("close", id_, reason)

    async def reopen(self, id_: str) -> Changes:
        return await self._call("reopen", id_)

    async def snooze(self, id_: str, until: datetime) -> Changes:
        return await self._call("snooze", id_, until)

    async def place(self, id_: str, where: Place) -> Changes:
        return await self._call("place", id_, where)

    async def toggle_noise(self, id_: str) -> Changes:
        return await self._call("toggle_noise", id_)

    async def keep_open(self, id_: str) -> Changes:
        return await self._call("keep_open", id_)

    async def outlook(self, client: str | None = None, stop: str = "") -> Outlook:
        return Outlook(datetime.now(UTC))

    async def remind(self, looked_at: datetime | None) -> list[Note]:
        return []

    def snooze_plan(self, ids: Collection[str], words: str) -> SnoozePlan:
        due = self.details[next(iter(ids))].due_at
        now = datetime.now(UTC)
        until = read(words, now)
        sooner = due is not None and now < due < until
        return SnoozePlan(
            until, due - timedelta(minutes=5) if due and sooner else until, due if sooner else None, "UTC"
        )

    def abandoned(self, id_: str) -> list[Abandoned]:
        return self.given_up

    async def save_draft(self, id_: str, text: str, writing: Writing | None = None) -> Changes:
        self.written.append((id_, writing or Writing(text=text)))
        if id_ in self.details and "save_draft" not in self.fails:
            self.details[id_] = replace(self.details[id_], draft=text, writing=writing or Writing(text=text))
        return await self._call("save_draft", id_, text)

    async def set_note(self, id_: str, text: str) -> Changes:
        return await self._call("set_note", id_, text)

    async def undo(self) -> Changes:
        return await self._call("undo")

    def called(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]


class Outbox:
    """A ledger in memory that writes into the fake inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.calls: list[tuple[Any, ...]] = []
        self.listed: list[OutboxRow] = []
        self.warned: list[OutboxWarning] = []
        self.answered: list[tuple[Writing, bool, bool]] = []  # with what each answer was sent: split, asked
        self.handed: dict[str, Writing] = {}
        self.usual: datetime | None = None
        self.fails: ServiceError | None = None
        self.gate: asyncio.Event | None = None

    def rows(self, limit: int = 200) -> list[OutboxRow]:
        return self.listed[:limit]

    def warnings(self) -> list[OutboxWarning]:
        return self.warned

    def count(self) -> int:
        return len(self.listed)

    async def answer(
        self,
        conversation_id: str,
        text: str,
        *,
        visibility: Visibility | None = None,
        hold: bool = True,
        not_before: datetime | None = None,
        writing: Writing | None = None,
        split: bool = False,
        asked: bool = False,
    ) -> Reply:
        self.calls.append(("answer", conversation_id, text, visibility, not_before))
        self.answered.append((writing or Writing(text=text), split, asked))
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        until = not_before or datetime.now(UTC) + timedelta(seconds=10)
        reply = a_reply(ReplyState.HELD, text, id=f"r{len(self.calls)}", not_before=until)
        detail = self.inbox.details[conversation_id]
        items = (*detail.items, ThreadItem(None, reply))
        self.inbox.details[conversation_id] = replace(detail, items=items, draft="", writing=Writing())
        self.handed[reply.id] = writing or Writing(text=text)
        self._tell(conversation_id, reply.id)
        return reply

    def usual_time(self, conversation_id: str) -> datetime | None:
        return self.usual

    async def cancel(self, reply_id: str) -> Writing:
        self.calls.append(("cancel", reply_id))
        for id_, detail in self.inbox.details.items():
            for item in detail.items:
                if item.reply is not None and item.reply.id == reply_id:
                    items = tuple(other for other in detail.items if other is not item)
                    writing = self.handed.get(reply_id, Writing(text=item.reply.text))
                    self.inbox.details[id_] = replace(detail, items=items, draft=writing.text, writing=writing)
                    self._tell(id_, reply_id)
                    return writing
        return Writing(text="a text")

    async def send_now(self, reply_id: str) -> None:
        self.calls.append(("send_now", reply_id))

    async def confirm(self, reply_id: str, there: bool) -> None:
        self.calls.append(("confirm", reply_id, there))

    async def release(self, reply_id: str) -> None:
        self.calls.append(("release", reply_id))

    async def discard(self, reply_id: str) -> str:
        self.calls.append(("discard", reply_id))
        return ""

    def _tell(self, id_: str, reply_id: str) -> None:
        self.inbox.bus.publish(Changes(conversations=frozenset([id_]), replies=frozenset([reply_id])))


class Pictures:
    """Bytes by address; counts what was fetched."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}
        self.asked: list[str] = []

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        await asyncio.sleep(0)
        if url not in self.known:
            raise ServiceError("This picture could not be loaded.")
        return self.known[url]


class Runtime:
    """All of it."""

    def __init__(self, *details: ConversationDetail) -> None:
        self.bus = Bus()
        self.inbox = Inbox(self.bus, {detail.row.id: detail for detail in details or (jana(),)})
        self.outbox = Outbox(self.inbox)
        self.accounts = Accounts(self.inbox)
        self.pictures = Pictures()
        self.priorities = FakePriorities()
        self.composing = FakeComposing()
        self.templates, self.followups = FakeTemplates(), FakeFollowUps()
        self.listening, self.moderation = FakeListening(), FakeModeration()
        self.metering = FakeMetering()


def with_picture(number: int, url: str, alt: str = "A cake") -> ThreadItem:
    """A message with a picture."""
    return said(number, "Look at this.", today(12, 59), media=(Media(url, url, "image", alt),))
