"""What helps while a reply is written, in memory: advice, spelling, pictures, saved replies, promises."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from app.domain import Picture, Promise, Template, Writing
from app.errors import GoneError, InputError, ServiceError
from app.rows import Concern, Filled, Outcome, Quote, Repeated, Suggestion, TemplateHit

OTHER_CLIENT = "Northline Cycles"


class FakeComposing:
    """Knows one other client, the words in `wrong`, and takes whatever begins with "GIF" or a PNG's mark."""

    def __init__(self) -> None:
        self.extra: list[Concern] = []
        self.threads = False
        self.line = "We have sent you a direct message, Jana."
        self.languages: list[str] = ["en-GB", "de-DE"]
        self.wrong = {"teh": ["the", "ten"], "recieve": ["receive"]}
        self.looked_up: list[tuple[str, str]] = []
        self.learned: list[tuple[str, str]] = []
        self.files: dict[str, bytes] = {}
        self.gate: asyncio.Event | None = None
        self.fails: ServiceError | None = None
        self.direct = False  # of the last thread that was asked for

    def concerns(self, conversation_id: str, text: str, writing: Writing) -> Sequence[Concern]:
        found = [one for one in self.extra if one.end <= len(text)]
        at = text.find(OTHER_CLIENT)
        if at >= 0:
            said = f"This names {OTHER_CLIENT}, another client."
            found.append(Concern("other_client", said, at, at + len(OTHER_CLIENT), holds=True))
        return found

    def parts(self, conversation_id: str, text: str, spoiler: str = "", *, direct: bool = False) -> Sequence[str]:
        size = 480
        self.direct = direct
        if not self.threads or len(text) <= 500:
            return [text]
        cut = [text[at : at + size] for at in range(0, len(text), size)]
        return [f"{part} ({number}/{len(cut)})" for number, part in enumerate(cut, start=1)]

    def public_line(self, conversation_id: str) -> str:
        return self.line

    async def add_picture(self, conversation_id: str, data: bytes, name: str) -> Picture:
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        if not data.startswith((b"GIF", b"\x89PNG")):
            raise InputError(f"{name} is not a picture. Choose a PNG, JPEG, GIF or WebP file.")
        id_ = hashlib.sha256(data).hexdigest()
        self.files[id_] = data
        return Picture(id_, "image/png", 64, 48, len(data))

    async def picture(self, id_: str) -> bytes:
        await asyncio.sleep(0)
        if id_ not in self.files:
            raise GoneError("This picture is no longer there.")
        return self.files[id_]

    def spelling_languages(self) -> Sequence[str]:
        return self.languages

    async def misspelt(self, text: str, language: str, conversation_id: str = "") -> Sequence[tuple[int, int]]:
        self.looked_up.append((text, language))
        await asyncio.sleep(0)
        found, at = [], 0
        for word in text.split(" "):
            if word in self.wrong and (word, language) not in self.learned:
                found.append((at, at + len(word)))
            at += len(word) + 1
        return found

    async def corrections(self, word: str, language: str) -> Sequence[str]:
        await asyncio.sleep(0)
        return self.wrong.get(word, [])

    async def learn_word(self, word: str, language: str) -> None:
        await asyncio.sleep(0)
        self.learned.append((word, language))


class FakeTemplates:
    """Hits that are searched by their words, and what each of them puts in by id."""

    def __init__(self) -> None:
        self.hits: list[TemplateHit] = []
        self.filled: dict[str, Filled] = {}
        self.suggestions: list[Suggestion] = []
        self.alike: list[Repeated] = []
        self.saved: list[Template] = []
        self.declined: list[Repeated] = []
        self.pictures = FakeComposing()

    def search(self, query: str, conversation_id: str = "", limit: int = 20) -> Sequence[TemplateHit]:
        wanted = query.lower()
        return [one for one in self.hits if wanted in f"{one.shortcut} {one.name} {one.text}".lower()][:limit]

    def fill(self, template_id: str, conversation_id: str) -> Filled:
        if template_id not in self.filled:
            raise GoneError("This template is no longer there.")
        return self.filled[template_id]

    async def suggest(self, conversation_id: str, limit: int = 3) -> Sequence[Suggestion]:
        await asyncio.sleep(0)
        return self.suggestions[:limit]

    def all(self, client_id: str | None = None) -> Sequence[Template]:
        return self.saved

    def outcome(self, template_id: str) -> Outcome:
        return Outcome(0, 0, 0, 0)

    def fields(self) -> Sequence[tuple[str, str]]:
        return [("first_name", "Their first name")]

    def check(self, template: Template) -> Sequence[str]:
        return []

    async def save(self, template: Template) -> Template:
        self.saved.append(template)
        return template

    most_pictures = 4

    async def add_picture(self, data: bytes, name: str) -> Picture:
        return await self.pictures.add_picture("", data, name)

    async def picture(self, id_: str) -> bytes:
        return await self.pictures.picture(id_)

    async def repeated(self) -> Sequence[Repeated]:
        await asyncio.sleep(0)
        return self.alike

    async def decline(self, repeated: Repeated) -> None:
        self.declined.append(repeated)
        self.alike = [one for one in self.alike if one != repeated]


class FakeFollowUps:
    """Every text makes the promise that `words` says; all are due at the same time."""

    def __init__(self) -> None:
        self.words = ""  # kind
        self.due = datetime.now(UTC) + timedelta(days=1)

    def promises(self, client_id: str | None = None, *, open_only: bool = True) -> Sequence[Promise]:
        return []

    def noticed(self, text: str) -> str:
        return self.words

    def usual_due(self, conversation_id: str, kind: str) -> datetime:
        return self.due

    def due_of(self, conversation_id: str, text: str) -> datetime | None:
        return None

    def may_ask(self, conversation_id: str) -> Sequence[str]:
        return []

    def ask_text(self, conversation_id: str, kind: str) -> str:
        return ""

    def quotes(self, client_id: str | None = None) -> Sequence[Quote]:
        return []

    def heard_leave(self, quote_id: str) -> str:
        return ""
