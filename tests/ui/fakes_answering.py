"""Templates and follow-ups in memory; `calls` tells what was asked, `fails` what goes wrong with every change."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain import Amends, Promise, Template, TemplateText
from app.errors import ServiceError
from app.events import Bus, Changes
from app.rows import Outcome, Quote
from tests.ui.fakes_composing import FakeFollowUps, FakeTemplates
from tests.values import replace


def a_template(id_: str, name: str, text: str = "Hi {first_name}", **more: Any) -> Template:
    """One wording in any language."""
    return Template(id_, name, more.pop("texts", (TemplateText("", (text,)),)), **more)


def a_promise(id_: str = "p1", state: str = "open", hours: float = 5, **more: Any) -> Promise:
    """Made yesterday, due in `hours`."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {
        "conversation_id": "1", "client_id": "maple", "reply_id": "r1", "kind": "refund",
        "text": "We will send your money back", "made_at": now - timedelta(days=1),
        "due_at": now + timedelta(hours=hours),
    }  # fmt: skip
    return Promise(id_, state=state, **(known | more))


def a_quote(id_: str = "q1", leave: str = "", **more: Any) -> Quote:
    """Kind words of a customer."""
    known: dict[str, Any] = {
        "client_id": "maple", "conversation_id": "2", "author": "Lena Brandt", "handle": "@lena",
        "platform": "mastodon", "text": "You made my Sunday", "url": "", "at": datetime.now(UTC),
    }  # fmt: skip
    return Quote(id_, leave=leave, **(known | more))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file held."""

    templates: Sequence[Template] = ()
    known: int = 0
    bad: Sequence[tuple[int, str]] = ()
    source: str = "Zendesk macros"


class _Called:
    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.calls: list[tuple[Any, ...]] = []
        self.fails: ServiceError | None = None

    async def _call(self, *call: Any) -> None:
        self.calls.append(call)
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails

    def called(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of each call of `name`."""
        return [call[1:] for call in self.calls if call[0] == name]


class TemplateShelf(_Called, FakeTemplates):
    """Kept by id; what is deleted can be brought back."""

    def __init__(self, bus: Bus) -> None:
        FakeTemplates.__init__(self)
        _Called.__init__(self, bus)
        self.kept: dict[str, Template] = {}
        self.gone: dict[str, Template] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.preview = Preview()
        self.starters: list[Template] = []

    def put(self, *templates: Template) -> None:
        """Have these."""
        self.kept.update((one.id, one) for one in templates)

    def all(self, client_id: str | None = None) -> Sequence[Template]:
        return [one for one in self.kept.values() if client_id in (None, one.client_id)]

    def outcome(self, template_id: str) -> Outcome:
        return self.outcomes.get(template_id, Outcome(0, 0, 0, 0))

    def fields(self) -> Sequence[tuple[str, str]]:
        return [("first_name", "Their first name"), ("order", "The order number"), ("agent", "Who signs")]

    def check(self, template: Template) -> Sequence[str]:
        found = [] if template.name else ["Give the template a name."]
        if not template.texts:
            found.append("Write a text.")
        if any(variant.count("{") != variant.count("}") for text in template.texts for variant in text.variants):
            found.append("A field is not closed.")
        return found

    async def save(self, template: Template) -> Template:
        await self._call("save", template)
        made = template if template.id else replace(template, id=f"new{len(self.kept)}")
        self.kept[made.id] = made
        return made

    async def delete(self, ids: Collection[str]) -> None:
        await self._call("delete", tuple(ids))
        self.gone.update((one, self.kept.pop(one)) for one in ids)

    async def restore(self, ids: Collection[str]) -> None:
        await self._call("restore", tuple(ids))
        self.kept.update((one, self.gone.pop(one)) for one in ids)

    async def read(self, data: bytes, name: str, client_id: str) -> Preview:
        await self._call("read", data, name, client_id)
        return self.preview

    async def take(self, preview: Preview) -> Sequence[str]:
        await self._call("take", preview)
        self.put(*preview.templates)
        return [one.id for one in preview.templates]

    async def write(self, client_id: str | None, form: str) -> bytes:
        await self._call("write", client_id, form)
        return f"{form} of {client_id}".encode()

    async def add_starters(self) -> int:
        await self._call("add_starters")
        new = [one for one in self.starters if one.id not in self.kept]
        self.put(*new)
        return len(new)


class FollowUpBook(_Called, FakeFollowUps):
    """Promises and quotes as they are put in; a change is told on the bus, as the core does."""

    def __init__(self, bus: Bus) -> None:
        FakeFollowUps.__init__(self)
        _Called.__init__(self, bus)
        self.listed: list[Promise] = []
        self.quoted: list[Quote] = []
        self.may: dict[str, tuple[str, ...]] = {}
        self.heard: dict[str, str] = {}

    def promises(self, client_id: str | None = None, *, open_only: bool = True) -> Sequence[Promise]:
        return [
            one for one in self.listed
            if client_id in (None, one.client_id) and (one.state == "open" or not open_only)
        ]  # fmt: skip

    async def promise(self, conversation_id: str, kind: str, due_at: datetime, text: str = "") -> Promise:
        await self._call("promise", conversation_id, kind, due_at, text)
        made = a_promise(f"p{len(self.listed) + 1}", conversation_id=conversation_id, kind=kind, text=text)
        self.listed.append(replace(made, due_at=due_at))
        self._tell(conversation_id)
        return self.listed[-1]

    async def move(self, promise_id: str, due_at: datetime) -> None:
        await self._call("move", promise_id, due_at)
        self._change(promise_id, due_at=due_at)

    async def end(self, promise_id: str, state: str) -> None:
        await self._call("end", promise_id, state)
        self._change(promise_id, state=state)

    async def offer(self, conversation_id: str, kind: str, amount: str, currency: str, note: str) -> Amends:
        await self._call("offer", conversation_id, kind, amount, currency, note)
        self._tell(conversation_id)
        return Amends("a1", conversation_id, kind, amount, currency, note, datetime.now(UTC))

    async def take_back_offer(self, amends_id: str) -> None:
        await self._call("take_back_offer", amends_id)

    def may_ask(self, conversation_id: str) -> Sequence[str]:
        return self.may.get(conversation_id, ())

    def ask_text(self, conversation_id: str, kind: str) -> str:
        if self.fails is not None:
            raise self.fails
        return f"May we ask for a {kind}?"

    async def not_now(self, conversation_id: str) -> None:
        await self._call("not_now", conversation_id)
        self.may.pop(conversation_id, None)
        self._tell(conversation_id)

    def quotes(self, client_id: str | None = None) -> Sequence[Quote]:
        return [one for one in self.quoted if client_id in (None, one.client_id)]

    def heard_leave(self, quote_id: str) -> str:
        return self.heard.get(quote_id, "")

    async def set_leave(self, quote_id: str, leave: str) -> None:
        await self._call("set_leave", quote_id, leave)
        self.quoted = [replace(one, leave=leave) if one.id == quote_id else one for one in self.quoted]

    async def write_quotes(self, client_id: str, form: str) -> bytes:
        await self._call("write_quotes", client_id, form)
        return f"quotes of {client_id}".encode()

    def _change(self, promise_id: str, **changes: Any) -> None:
        self.listed = [replace(one, **changes) if one.id == promise_id else one for one in self.listed]
        self._tell(*(one.conversation_id for one in self.listed if one.id == promise_id))

    def _tell(self, *conversations: str) -> None:
        self.bus.publish(Changes(conversations=frozenset(conversations)))
