"""Saved replies: found, filled, suggested, kept, and brought in from elsewhere."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from app import clock, filling
from app.domain import Picture, Template
from app.errors import GoneError, InputError
from app.events import Bus, Changes
from app.rows import Filled, Outcome, Repeated, Suggestion, TemplateHit
from app.store import accounts, activity
from app.store import templates as rows
from app.store.db import Database, data_version
from app.suggesting import Suggesting, repeated_groups
from app.text import snippet
from app.wording import check, fields, memory, order, pick
from app.wording.shelf import Shelf

if TYPE_CHECKING:
    from app.attachments import Attachments
    from app.template_files import Preview, ToTake

STARTED = "local/starter_templates"  # setting: they were added once
DECLINED = "local/templates_declined"  # setting: fingerprints of what was declined, by client
HOUR = 3600.0
LINE = 160  # characters of a line in a list
KEPT_DECLINED = 200


class Templates:
    """The use cases around saved replies. `client_id` "" stands for those that all clients share."""

    most_pictures = check.MOST_PICTURES  # of one template

    def __init__(self, db: Database, bus: Bus, attachments: Attachments, *, now: clock.Clock = clock.now) -> None:
        self._db, self._bus, self._attachments, self._now = db, bus, attachments, now
        self._shelf = Shelf()
        self._upto, self._lock = -1, threading.RLock()
        self._seen = threading.local()  # the data version that each thread's connection saw last
        self._usual: dict[str, tuple[datetime, str]] = {}
        self._suggesting = Suggesting(db, now)
        bus.subscribe(Changes, self._suggesting.follow)

    # Finding

    def search(self, query: str, conversation_id: str = "", limit: int = 20) -> list[TemplateHit]:
        """By shortcut, name and text, best first; for a conversation its client's and the shared ones alone.

        Without a conversation those of all clients: that is for the screen that manages them.
        """
        shelf, asked = self._fresh(), None
        if conversation_id:
            asked = rows.asked(self._db.reader(), int(conversation_id))
        found = shelf.search(query, None if asked is None else asked.client_id, limit)
        return [self._hit(one, asked) for one in found]

    def _hit(self, template: Template, asked: rows.Asked | None) -> TemplateHit:
        language = asked.language if asked else ""
        usual = self._usual_language(asked.client_id) if asked else ""
        text = template.texts[pick.text_for(template.texts, language, usual)]
        line = text.variants[0]
        if asked is not None:
            line = fields.fill(
                filling.read(line).parts, filling.Values(asked, self._now(), text.language or language)
            ).text
        return TemplateHit(
            template.id, template.name, template.folder, template.shortcut, snippet(line, LINE), template.client_id,
            self._shelf.uses(template.id),
        )  # fmt: skip

    def fill(self, template_id: str, conversation_id: str) -> Filled:
        """A template made ready: the message's language, the next wording, everything known filled in.

        Raises `GoneError` for one that is gone or belongs to another client.
        """
        db = self._db.reader()
        template = self._fresh().get(template_id)
        asked = rows.asked(db, int(conversation_id))
        if template is None:
            raise GoneError("This template is no longer there.")
        if template.client_id not in ("", asked.client_id):
            raise GoneError("This template belongs to another client.")
        return self._filled(db, template, asked)

    def _filled(self, db: sqlite3.Connection, template: Template, asked: rows.Asked) -> Filled:
        place = pick.text_for(template.texts, asked.language, self._usual_language(asked.client_id))
        text = template.texts[place]
        variant = 0
        if len(text.variants) > 1:
            used = rows.wordings(db, template.id, asked.client_id, text.language)
            last = rows.last_wording(db, template.id, asked.contact, text.language)
            variant = pick.variant(len(text.variants), used, last)
        result = fields.fill(
            filling.read(text.variants[variant]).parts,
            filling.Values(asked, self._now(), text.language or asked.language),
        )
        return Filled(template.id, result.text, result.stops, text.language, variant, template.deeds, template.pictures)

    def _usual_language(self, client_id: str) -> str:
        known = self._usual.get(client_id)
        if known is None or self._now() - known[0] > timedelta(hours=1):
            known = self._usual[client_id] = self._now(), rows.usual_language(self._db.reader(), client_id)
        return known[1]

    async def suggest(self, conversation_id: str, limit: int = 3) -> list[Suggestion]:
        """What may answer the newest message, best first, each with the reason. Worked out beside the window."""

        def look() -> list[Suggestion]:
            db = self._db.reader()
            asked = rows.asked(db, int(conversation_id))
            shelf = self._fresh()
            return self._suggesting.look(
                db, conversation_id, asked, shelf.of(asked.client_id), limit,
                lambda template: snippet(self._filled(db, template, asked).text, LINE),
            )  # fmt: skip

        return await self._db.aside(look)

    def _fresh(self) -> Shelf:
        """The shelf with what was written since, by whomever; reads only what changed."""
        db = self._db.reader()
        version = data_version(db)
        if getattr(self._seen, "version", None) != version:
            with self._lock:
                changed = rows.changed(db, self._upto)
                gone = {one.id for one, deleted, _ in changed if deleted or not one.texts}
                put = [one for one, _, _ in changed if one.id not in gone]
                uses = rows.used_counts(db)
                self._shelf.change(put, gone, uses)
                self._upto = max((at for _, _, at in changed), default=self._upto)
                if len(self._shelf) != rows.count(db):  # rows that went without a trace, with their client
                    fresh = Shelf()
                    fresh.change([one for one in rows.all_of(db, None) if one.texts], (), uses)
                    self._shelf = fresh
            self._seen.version = version
        return self._shelf

    # Reading

    def all(self, client_id: str | None = None) -> list[Template]:
        """Exactly this client's ("" the shared ones), or everybody's, by folder and name."""
        return sorted(rows.all_of(self._db.reader(), client_id), key=order.by_folder)

    def outcome(self, template_id: str) -> Outcome:
        """How customers answered after it."""
        found = rows.outcomes(self._db.reader(), template_id, self._now())
        return Outcome(sum(found.values()), found.get("happy", 0), found.get("unhappy", 0), found.get("silent", 0))

    @staticmethod
    def fields() -> list[tuple[str, str]]:
        """Name and what it stands for."""
        return list(fields.FIELDS.items())

    def check(self, template: Template) -> list[str]:
        """What is wrong with it, as sentences."""
        taken = rows.shortcuts(self._db.reader(), template.client_id, template.id)
        return check.problems(template, check.folded(taken))

    # Keeping

    async def save(self, template: Template) -> Template:
        """Keep it; an id of "" makes a new one.

        Raises `InputError` without name or text, for a bad shortcut, and for pictures without words or file.
        """
        made = check.tidy(template)
        if made.pictures:
            from app import template_files

            await asyncio.to_thread(template_files.check_there, self._attachments, [made])
        if not made.id:
            made = structs.replace(made, id=uuid.uuid4().hex[:12])

        def write(db: sqlite3.Connection) -> None:
            wrong = check.hindrances(made, check.folded(rows.shortcuts(db, made.client_id, made.id)))
            if wrong:
                raise InputError(wrong[0])
            rows.put(db, [made], self._now())
            activity.record(db, self._now(), "template_saved", client_id=made.client_id, template=made.id)

        await self._db.write(write)
        self._tell([made.client_id])
        return made

    async def delete(self, ids: Collection[str]) -> None:
        """Take templates away; `restore` brings them back."""
        await self._set_deleted(ids, True)

    async def restore(self, ids: Collection[str]) -> None:
        """Bring deleted templates back."""
        await self._set_deleted(ids, False)

    async def _set_deleted(self, ids: Collection[str], deleted: bool) -> None:
        def write(db: sqlite3.Connection) -> list[str]:
            touched = rows.set_deleted(db, ids, deleted, self._now())
            for client_id in touched:
                what = "templates_deleted" if deleted else "templates_restored"
                activity.record(db, self._now(), what, client_id=client_id, templates=sorted(ids))
            return touched

        self._tell(await self._db.write(write))

    def _tell(self, clients: Sequence[str]) -> None:
        if "" in clients:
            clients = [client.id for client in accounts.clients(self._db.reader())]
        if clients:
            self._bus.publish(Changes(clients=frozenset(clients)))

    # Pictures

    async def add_picture(self, data: bytes, name: str) -> Picture:
        """Make the file `data` fit for every platform and keep it. Raises `InputError`."""
        from app.template_files import FITS

        return await asyncio.to_thread(self._attachments.add, data, name, FITS)

    async def picture(self, id_: str) -> bytes:
        """The bytes of a picture as they will be sent. Raises `GoneError`."""
        return await asyncio.to_thread(self._attachments.read, id_)

    # Files

    async def read(self, data: bytes, name: str, client_id: str) -> Preview:
        """Look into a file of templates for this client. No template is kept. Raises `InputError`."""
        from app.template_files import look

        return await self._db.aside(lambda: look(self._db.reader(), self._attachments, data, name, client_id))

    async def take(self, preview: ToTake) -> list[str]:
        """Keep what is new of it; returns the ids. A shortcut that another has already gets a number."""
        from app import template_files
        from app.template_files import key

        await asyncio.to_thread(template_files.check_there, self._attachments, preview.templates)
        made: list[Template] = []
        client_id = preview.templates[0].client_id if preview.templates else ""

        def write(db: sqlite3.Connection) -> None:
            there = {key(one) for one in rows.all_of(db, client_id)}
            taken = check.folded(rows.shortcuts(db, client_id))
            for one in preview.templates:
                if key(one) in there:
                    continue
                there.add(key(one))
                shortcut = check.free_shortcut("-".join(one.shortcut.split()), taken)
                taken.add(shortcut.casefold())
                made.append(structs.replace(one, id=uuid.uuid4().hex[:12], shortcut=shortcut, uses=0, used_at=None))
            rows.put(db, made, self._now())
            activity.record(
                db, self._now(), "templates_imported", client_id=client_id, count=len(made), source=preview.source,
            )  # fmt: skip

        await self._db.write(write)
        self._tell([client_id])
        return [one.id for one in made]

    async def write(self, client_id: str | None, form: str) -> bytes:
        """Exactly this client's templates, or all, as "csv", without pictures, or "json". Raises `InputError`."""
        from app.template_files import write

        return await self._db.aside(lambda: write(self.all(client_id), self._attachments, form))

    # Out of what is written every day

    async def repeated(self) -> list[Repeated]:
        """Answers of the last 30 days that are so alike that they may as well be templates; none that was declined.

        `Repeated.text` is a template already: the customer's first name is a field.
        """

        def look() -> list[Repeated]:
            db = self._db.reader()
            declined = _declined(db)
            shelf = self._fresh()
            return [
                one
                for one in repeated_groups(rows.alike_replies(db, self._now() - timedelta(days=30)))
                if not memory.like_any(one.text, declined.get(one.client_id, ()))
                and not any(
                    memory.alike(one.text, variant)
                    for template in shelf.of(one.client_id)
                    for text in template.texts
                    for variant in text.variants
                )
            ]

        return await self._db.aside(look)

    async def decline(self, repeated: Repeated) -> None:
        """Do not offer this again, nor what is nearly the same. Only a fingerprint is kept."""

        def write(db: sqlite3.Connection) -> None:
            declined = _declined(db)
            kept = [*declined.get(repeated.client_id, ()), tuple(sorted(memory.fingerprint(repeated.text)))][
                -KEPT_DECLINED:
            ]
            declined[repeated.client_id] = kept
            accounts.set_setting(db, DECLINED, msgspec.json.encode(declined).decode())

        await self._db.write(write)

    async def add_starters(self) -> int:
        """Put the templates that come with the program in, once. Returns how many."""
        from app.wording.starters import starters

        def write(db: sqlite3.Connection) -> int:
            if accounts.setting(db, STARTED) is not None:
                return 0
            accounts.set_setting(db, STARTED, "true")
            taken = check.folded(rows.shortcuts(db, ""))
            made = [structs.replace(one, shortcut=check.free_shortcut(one.shortcut, taken)) for one in found]
            rows.put(db, made, self._now())
            return len(made)

        if accounts.setting(self._db.reader(), STARTED) is not None:
            return 0
        found = await asyncio.to_thread(starters)
        added = await self._db.write(write)
        if added:
            self._tell([""])
        return added

    async def run(self) -> None:
        """Put the starters in, have the search ready, and settle what came after each use, until it is cancelled."""
        await self.add_starters()
        await self._db.aside(self._fresh)
        while True:
            await self._db.write(lambda db: rows.settle(db, self._now()))
            await asyncio.sleep(6 * HOUR)


def _declined(db: sqlite3.Connection) -> dict[str, list[tuple[int, ...]]]:
    text = accounts.setting(db, DECLINED)
    return {} if text is None else msgspec.json.decode(text, type=dict[str, list[tuple[int, ...]]])
