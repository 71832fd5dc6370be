"""What helps while a reply is being written: what to look at again, the parts of a thread, the public line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.domain import Picture, Visibility, Writing
from app.errors import GoneError
from app.rows import Concern
from app.store import accounts, details
from app.store import composing as rows
from app.store.db import Database
from app.text import length

if TYPE_CHECKING:
    from app.attachments import Attachments
    from app.pool import Pool
    from app.spelling import Spelling
    from app.wording.others import Watched

# name with what stands before it, or nothing; then the line
_PUBLIC_LINES: dict[str, tuple[str, str]] = {
    "en": ("Hi {}, ", "we have sent you a direct message so that we can sort this out."),
    "de": ("Hallo {}, ", "wir haben gerade eine Direktnachricht geschickt, um das zu klären."),
    "fr": ("Bonjour {}, ", "nous venons d\u2019envoyer un message privé pour régler cela ensemble."),
    "es": ("Hola, {}: ", "acabamos de enviar un mensaje directo para poder resolverlo."),
    "pt": ("Olá, {}, ", "acabámos de enviar uma mensagem direta para podermos resolver isto."),
    "it": ("Buongiorno {}, ", "abbiamo appena inviato un messaggio diretto per risolvere la questione."),
}
_BRAZIL = "acabamos de enviar uma mensagem direta para podermos resolver isso."


class Composing:
    """Quick enough for each key: nothing here waits for the network or for the store's thread.

    The word lists take 100 ms when they are first used, and the first paint does without: see `run`.
    """

    def __init__(self, db: Database, pool: Pool, attachments: Attachments, spelling: Spelling) -> None:
        self._db, self._pool = db, pool
        self._attachments, self._spelling = attachments, spelling
        self._names = Names(db)

    def concerns(self, conversation_id: str, text: str, writing: Writing) -> list[Concern]:
        """What to look at again in `text`, with its blanks and pictures in `writing`; what holds it comes first."""
        from app.wording import tone

        asked = rows.asked(self._db.reader(), int(conversation_id))
        if asked is None:
            return []
        stops = characters(text, writing.stops)
        found = [
            *self._others(asked, text),
            *(Concern("blank", _blank(text[start:end]), start, end, holds=True) for start, end in stops),
        ]
        aside = (writing.public_line, writing.spoiler or "", *(picture.alt for picture in writing.pictures))
        for line in aside:
            if line:
                found += [Concern(one.kind, one.text, holds=True) for one in self._others(asked, line)]
        bare = sum(not picture.alt.strip() and not picture.waived for picture in writing.pictures)
        if bare:
            which = "A picture has" if bare == 1 else f"{bare} pictures have"
            found.append(
                Concern("alt", f"{which} no description for those who cannot see it. Say what it shows.", holds=True)
            )
        found += tone.notes(
            text, language=asked.language or _heard(asked), author=asked.author, mood=asked.mood, tags=asked.tags,
            first=asked.first, known=(asked.client, asked.author, asked.handle, *asked.said), stops=stops,
        )  # fmt: skip
        return found

    def holds(self, conversation_id: str, text: str) -> str:
        """Why `text` may not leave before a person was asked, as a sentence; "" if nothing holds it."""
        asked = rows.asked(self._db.reader(), int(conversation_id))
        found = self._others(asked, text) if asked is not None else []
        return found[0].text if found else ""

    def _others(self, asked: rows.Asked, text: str) -> list[Concern]:
        from app.wording import others

        said = (asked.author, asked.handle, *asked.said)
        return [
            Concern(
                "other_client",
                f"“{text[start:end]}” belongs to {name}, another client of yours. This goes out for {asked.client}.",
                start, end, holds=True,
            )
            for start, end, name in others.named(text, self._names.watched(), own=asked.client_id, said=said)
        ]  # fmt: skip

    def parts(self, conversation_id: str, text: str, spoiler: str = "", *, direct: bool = False) -> Sequence[str]:
        """The numbered thread that a text becomes, or the text alone where it fits or threads are unknown.

        `spoiler` is the content warning that each part carries; `direct`: it goes on in a direct message, as it does
        anyway where one is answered. Raises `InputError` for what cannot be split.
        """
        from app.wording import split

        db = self._db.reader()
        asked = rows.asked(db, int(conversation_id))
        account = accounts.account(db, asked.account_id) if asked is not None else None
        if asked is None or account is None:
            return (text.strip(),)
        able = self._pool.capabilities(account).towards(asked.handle)
        if not able.threads:
            return (text.strip(),)
        if not direct:
            answered = details.newest_mention(db, int(conversation_id))
            direct = answered is not None and answered.visibility is Visibility.DIRECT
        if direct:
            able = able.in_direct()
        return split.parts(
            text, limit=max(1, able.max_graphemes - length(spoiler)), max_bytes=able.max_bytes,
            url_length=able.url_length, weighted=able.weighted,
        )  # fmt: skip

    def public_line(self, conversation_id: str) -> str:
        """What tells everybody that it goes on in a direct message, in the customer's language or in English."""
        from app.triage.lexicon import base
        from app.wording.values import first_name

        asked = rows.asked(self._db.reader(), int(conversation_id))
        if asked is None:
            return ""
        language = asked.language or _heard(asked)
        greeting, line = _PUBLIC_LINES.get(base(language), _PUBLIC_LINES["en"])
        if language.casefold() in ("pt-br", "pt_br"):
            line = _BRAZIL
        name = first_name(asked.author)
        return greeting.format(name) + line if name else line[0].upper() + line[1:]

    async def run(self) -> None:
        """Have the word lists at hand before the first key, off the window's thread; until cancelled."""
        warming = asyncio.get_running_loop().run_in_executor(None, self.warm)
        try:
            await asyncio.shield(warming)
            await asyncio.Event().wait()
        finally:  # it reads the store, which whoever cancels this closes next: SQLite crashes on that
            await asyncio.wait([warming])

    def warm(self) -> None:
        """Read what the first key would otherwise wait for."""
        from app.wording import split, tone, tone_words

        self._names.watched()
        split.parts("é" * 9, limit=8)
        for language in tone_words.BLAME:
            tone.notes("Hi A, we will soon tell XXX", language=language, author="A", mood="negative")

    # --- pictures and spelling -----------------------------------------------------------------

    async def add_picture(self, conversation_id: str, data: bytes, name: str) -> Picture:
        """Make the file `data` fit for the conversation's platform and keep it. Raises `InputError`."""
        db = self._db.reader()
        asked = rows.asked(db, int(conversation_id))
        account = accounts.account(db, asked.account_id) if asked is not None else None
        if account is None:
            raise GoneError("This conversation is no longer here, so nothing can be added to its reply.")
        able = self._pool.capabilities(account)
        return await asyncio.to_thread(self._attachments.add, data, name, able)

    async def picture(self, id_: str) -> bytes:
        """The bytes of a picture as they will be sent. Raises `GoneError`."""
        return await asyncio.to_thread(self._attachments.read, id_)

    def spelling_languages(self) -> Sequence[str]:
        """BCP 47, of the dictionaries on this computer."""
        return self._spelling.languages()

    async def misspelt(self, text: str, language: str, conversation_id: str = "") -> Sequence[tuple[int, int]]:
        """See `Spelling.misspelt`; the names of whom the conversation is with are known."""
        asked = rows.asked(self._db.reader(), int(conversation_id)) if conversation_id else None
        names = (asked.author, asked.handle) if asked is not None else ()
        return await self._spelling.misspelt(text, language, names)

    async def corrections(self, word: str, language: str) -> Sequence[str]:
        """See `Spelling.corrections`."""
        return await self._spelling.corrections(word, language)

    async def learn_word(self, word: str, language: str) -> None:
        """See `Spelling.learn`."""
        await self._spelling.learn(word, language)


def _heard(asked: rows.Asked) -> str:
    for tag in asked.tags:
        if tag.startswith("lang:"):
            return tag[5:]
    from app.triage.lexicon import guess_language

    return guess_language(asked.said[0]) if asked.said else ""


def _blank(text: str) -> str:
    shown = " ".join(text.split())
    return f"“{shown}” is still a blank. Fill it in, or take it out." if shown else "There is still a blank to fill in."


class Names:
    """What clients are called, read again once it changed."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._seen: tuple[int, int] | None = None  # a connection, and the state of the file as it saw it last
        self._called: object = None
        self._watched: Watched | None = None

    def watched(self) -> Watched:
        """See `app.wording.others.named`. Microseconds, unless something was written since."""
        from app.wording.others import watch

        db = self._db.reader()
        seen = id(db), rows.state(db)
        if self._watched is None or seen != self._seen:
            called = rows.called(db)
            if self._watched is None or called != self._called:
                self._watched = watch(accounts.clients(db), accounts.accounts(db))
                self._called = called
            self._seen = seen
        return self._watched


def characters(text: str, stops: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in UTF-16 units, as Qt counts, as places in characters; what lies outside the text is left out."""
    if not stops:
        return []
    places = {0: 0}
    if text.isascii() or max(text) < "\U00010000":
        return [(start, end) for start, end in stops if 0 <= start <= end <= len(text)]
    units = 0
    for at, letter in enumerate(text, 1):
        units += 2 if letter > "\uffff" else 1
        places[units] = at
    return [(places[start], places[end]) for start, end in stops if start in places and end in places and start <= end]
