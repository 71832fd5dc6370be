"""A shop with two clients, and somebody who answers with templates."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from app.attachments import Attachments
from app.domain import Account, Client, Contact, Mention, Page, Template, TemplateText, Triage
from app.store import accounts
from app.store import templates as rows
from app.store.mentions import save_page
from app.store.sql import as_json
from app.store.times import to_ms
from app.templates import Templates
from tests.app.platform import START, Shop, mention

T = TypeVar("T")
DEV = Contact("p-dev", "Dev Patel", "@dev@example.social")
JANA = Contact("p-jana", "Jana Whitfield", "@jana@example.social")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


class Bench:
    """A shop with two clients, and somebody who answers."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.attachments = Attachments(shop.path.parent / "outgoing")
        self.use = Templates(shop.db, shop.bus, self.attachments, now=shop.clock)
        self.number = 0
        self.write(self._second)

    def write(self, work: Any) -> Any:
        return self.shop.db.submit(work).result()

    @staticmethod
    def _second(db: Any) -> None:
        accounts.add_client(db, Client("c2", "Fern Cycles", "#445566", "UTC", "", START))
        account = Account("a2", "c2", "fake", "https://example.social", "me2", "@fern", "Fern", service="Fakebook")
        accounts.add_account(db, account, START - timedelta(days=1))

    def hear(
        self, text: str, *, account: str = "a1", author: Contact = JANA, mood: str = "neutral", **more: Any
    ) -> str:
        """A customer writes; returns the conversation."""
        self.number += 1
        tags = more.pop("tags", ())
        found = mention(f"m{self.number}", text, self.shop.clock(), account_id=account, author=author, **more)

        def judged(mention: Mention) -> Triage:
            return Triage(mood, (), tags, "en")

        self.write(lambda db: save_page(db, account, "s", Page(mentions=(found,)), judged, self.shop.clock()))
        query = "SELECT conversation FROM mention WHERE account_id = ? AND remote_id = ?"
        row = self.shop.db.reader().execute(query, (account, found.remote_id)).fetchone()
        return str(row[0])

    def answer(
        self, conversation: str, text: str, *, template: str = "", language: str = "", variant: int = 0,
        state: str = "sent", visibility: str = "public",
    ) -> str:  # fmt: skip
        """A reply leaves, as the outbox writes it."""
        self.number += 1
        id_, at = f"r{self.number}", self.shop.clock()

        def work(db: Any) -> None:
            account, client, to = db.execute(
                "SELECT v.account_id, v.client_id, m.remote_id FROM conversation v"
                " JOIN mention m ON m.conversation = v.n WHERE v.n = ? ORDER BY m.n DESC LIMIT 1",
                (int(conversation),),
            ).fetchone()
            db.execute(
                "INSERT INTO reply (id, conversation, account_id, to_remote_id, text, visibility, state, created_at,"
                " not_before, sent_at, template, writing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (id_, int(conversation), account, to, text, visibility, state, to_ms(at), to_ms(at),
                 to_ms(at) if state == "sent" else None, template,
                 as_json({"template": template, "language": language, "variant": variant})),
            )  # fmt: skip
            if template and state == "sent":
                rows.used(
                    db, template, reply_id=id_, conversation=int(conversation), client_id=client, language=language,
                    variant=variant, at=at,
                )  # fmt: skip

        self.write(work)
        return id_

    def keep(self, text: str = "Sorry", *, name: str = "Late", **more: Any) -> Template:
        texts = more.pop("texts", (TemplateText("en", (text,)),))
        return run(self.use.save(Template("", name, texts, **more)))

    def hits(self, query: str, conversation: str = "") -> list[str]:
        return [hit.name for hit in self.use.search(query, conversation)]
