"""Priorities in memory, as the dialog and "Why this is first" use them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from app.errors import ServiceError
from app.outlook import Outlook
from app.priorities import Draft, Priorities, Vip
from app.rules import Rule
from app.triage.weights import DEFAULT


class FakePriorities:
    """Holds drafts by client. `answer` is what the last twelve months say; `gate` holds the answer back."""

    def __init__(self) -> None:
        self.learned: dict[str, int] = {}
        self.drafts: dict[str, Draft] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.answer = Outlook(41, 2, 900, 900, 40, 1)
        self.gate: asyncio.Event | None = None
        self.trouble: ServiceError | None = None
        self.contacts: dict[str, tuple[int, bool]] = {}
        self.people = {7: Vip(7, "Jana Whitfield", "@janaw@mastodon.social")}
        self.template_names: list[tuple[str, str]] = []

    def draft(self, client_id: str) -> Draft:
        return self.drafts.get(client_id, Draft())

    def inherited(self, client_id: str) -> Mapping[str, int]:
        usual = {name: getattr(DEFAULT, name) for name in DEFAULT.__dataclass_fields__}
        return {**usual, **(self.draft("").minutes if client_id else {})}

    def rule(self, id_: str) -> Rule | None:
        return next((rule for draft in self.drafts.values() for rule in draft.rules if rule.id == id_), None)

    def platforms(self, client_id: str) -> list[tuple[str, str]]:
        return [("bluesky", "Bluesky"), ("mastodon", "Mastodon")]

    def templates(self, client_id: str) -> list[tuple[str, str]]:
        return self.template_names

    def vips(self, client_id: str) -> list[Vip]:
        return list(self.people.values())

    def contact(self, conversation_id: str) -> tuple[int, bool] | None:
        return self.contacts.get(conversation_id)

    new_rule = staticmethod(Priorities.new_rule)
    checked = staticmethod(Priorities.checked)

    def taught(self, client_id: str) -> int:
        return self.learned.get(client_id, 0)

    async def forget(self, client_id: str) -> None:
        self.learned.pop(client_id, None)

    async def save(self, client_id: str, draft: Draft) -> None:
        self.calls.append(("save", client_id, draft))
        if self.trouble is not None:
            raise self.trouble
        self.drafts[client_id] = draft

    async def set_vip(self, contact: int, vip: bool) -> None:
        self.calls.append(("set_vip", contact, vip))
        if self.trouble is not None:
            raise self.trouble
        if vip:
            self.people[contact] = Vip(contact, "Jana Whitfield", "@janaw@mastodon.social")
        else:
            self.people.pop(contact, None)

    def stop_ranking(self) -> None:
        self.calls.append(("stop_ranking",))

    async def outlook(
        self, client_id: str, draft: Draft, *, progress: Callable[[int, int], object] = lambda done, total: None
    ) -> Outlook:
        self.calls.append(("outlook", client_id, draft))
        progress(300, 900)
        if self.gate is not None:
            await self.gate.wait()
        return self.answer
