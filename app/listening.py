"""Listening: search streams, what they find, and joining in or letting it pass."""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from msgspec.structs import replace

from app import clock
from app.domain import Account
from app.errors import GoneError, InputError
from app.events import Bus, Changes
from app.matching import ANY, holds
from app.rows import Found, Muted, Narrowing, StreamRow
from app.search_stream import Query, SearchStream
from app.store import accounts, activity, conversations
from app.store import streams as rows
from app.store.db import Database
from app.stream_reading import StreamReader
from app.text import clean
from app.wording.similar import telling

log = logging.getLogger(__name__)
YIELD = timedelta(days=30)
PASSED_BY = 20  # let past without a single one joined: narrowing is offered
OFFER_AGAIN = timedelta(days=30)
LONGEST_TERM = 100  # characters
MOST_TERMS = 40
FIELDS = ("words", "phrases", "handles", "hashtags", "without", "places", "languages")
_PASSED = "Let it pass"
_NOBODY = "None of this client's accounts can be searched. Connect one that can, as Mastodon or Bluesky."
Undo = Callable[[sqlite3.Connection], set[str]]


class Listening:
    """Reads are synchronous and quick; what is awaited tells the bus what it changed.

    `remember` is handed every step that a person can take back.
    """

    def __init__(
        self,
        db: Database,
        reader: StreamReader,
        bus: Bus,
        *,
        remember: Callable[[Undo], None],
        now: clock.Clock = clock.now,
    ) -> None:
        self._db, self._reader, self._bus, self._now = db, reader, bus, now
        self._remember = remember

    # Streams

    def streams(self, client_id: str | None = None) -> list[StreamRow]:
        """With their yield and their cost of the last 30 days."""
        db, since = self._db.reader(), self._now() - YIELD
        totals, spent = rows.totals(db, since), rows.spent(db, since)
        found = []
        for one in rows.streams(db, client_id):
            total, cost = totals.get(one.id, rows.Total()), dict(spent.get(one.id, {}))
            asked = self._reader.asked(one)
            marks = rows.marks(db, one.id)
            told = [(account.handle, marks[account.id].why) for account in asked if account.id in marks]
            whys = [f"{handle}: {why}" for handle, why in told if why] if asked else [_NOBODY]
            reads = int(cost.pop("reads", 0))
            currency = next(iter(cost), "")
            times = [mark.checked_at for mark in marks.values() if mark.checked_at is not None]
            found.append(
                StreamRow(
                    one, total.found, total.joined, total.passed, total.undecided, reads, cost.get(currency, 0.0),
                    currency, tuple(account.handle for account in asked), max(times, default=None), " ".join(whys),
                    self._worth_narrowing(one, total),
                )
            )  # fmt: skip
        return found

    def checked(self, one: SearchStream) -> SearchStream:
        """As it will be kept. Raises `InputError`."""
        name = clean(" ".join(one.name.split()), LONGEST_TERM)
        query = Query(**{field: _terms(getattr(one.query, field), field) for field in FIELDS})
        if not any(getattr(query, field) for field in ANY):
            raise InputError("Type at least one word, phrase, handle or hashtag to listen for.")
        if not name:
            name = next(term for field in ANY for term in getattr(query, field))
        ours = {account.id for account in accounts.accounts(self._db.reader()) if account.client_id == one.client_id}
        if not set(one.accounts) <= ours:
            raise InputError("An account of another client cannot listen for this one.")
        if any(clash.name.casefold() == name.casefold() and clash.id != one.id
               for clash in rows.streams(self._db.reader(), one.client_id)):  # fmt: skip
            raise InputError(f"There is a search called {name} already.")
        return replace(one, name=name, query=query)

    async def save(self, one: SearchStream) -> SearchStream:
        """Keep it; id "" makes a new one. It is read soon."""
        one = self.checked(one)
        if not one.id:
            one = replace(one, id=uuid.uuid4().hex[:12], created_at=self._now())
        await self._db.write(lambda db: rows.save(db, one))
        self._bus.publish(Changes(clients=frozenset([one.client_id])))
        return one

    async def delete(self, stream_id: str) -> None:
        """What it found stays. Can be undone."""
        one = self._stream(stream_id)

        def write(db: sqlite3.Connection) -> tuple[list[tuple[object, ...]], dict[str, rows.Mark]]:
            hits = db.execute("SELECT conversation, at, state, ended_at FROM stream_hit WHERE stream = ?", (one.id,))
            kept = (hits.fetchall(), rows.marks(db, one.id))
            rows.delete(db, one.id)
            return kept

        hits, marks = await self._db.write(write)

        def back(db: sqlite3.Connection) -> set[str]:
            rows.save(db, one)
            db.executemany("INSERT OR IGNORE INTO stream_hit VALUES (?, ?, ?, ?, ?)", [(one.id, *hit) for hit in hits])
            for account_id, mark in marks.items():
                rows.set_mark(db, one.id, account_id, mark.mark)
            return set()

        self._remember(back)
        self._bus.publish(Changes(clients=frozenset([one.client_id])))

    async def try_out(self, client_id: str, one: SearchStream) -> list[Found]:
        """What it would find now, newest first; nothing is kept. Raises `ServiceError` where nobody answers."""
        return await self._reader.try_out(self.checked(replace(one, client_id=client_id, name=one.name or "?")))

    async def check(self, stream_id: str) -> int:
        """Read it now. Returns how many it found; what a platform refuses is told with it."""
        return await self._reader.check(self._stream(stream_id))

    def able(self, client_id: str) -> list[Account]:
        """The client's accounts that can be searched."""
        return self._reader.able(client_id)

    # Deciding

    async def join(self, ids: str | Collection[str]) -> None:
        """Each becomes a conversation with a timer, which starts now. Raises `InputError` where none can answer."""
        await self._decide(ids, rows.JOINED, "joined_in", lambda db, ns: conversations.join(db, ns, self._now()))

    async def let_pass(self, ids: str | Collection[str]) -> None:
        """Done, and no loss: joining in everywhere is not the aim."""
        await self._decide(
            ids, rows.PASSED, "let_pass", lambda db, ns: conversations.close(db, ns, _PASSED, self._now())
        )

    async def _decide(
        self, ids: str | Collection[str], state: str, what: str, change: Callable[[sqlite3.Connection, list[int]], None]
    ) -> None:
        asked = [int(one) for one in ([ids] if isinstance(ids, str) else ids)]

        def write(db: sqlite3.Connection) -> Undo:
            numbers = [n for n in asked if _was_found(db, n)]
            if not numbers:
                raise InputError("This was not found by a search. Answer it, or close it.")
            before, hits = conversations.was(db, numbers), rows.states(db, numbers)
            change(db, numbers)
            rows.became(db, numbers, state, self._now())
            for number in numbers:
                activity.record(db, self._now(), what, conversation=number)

            def back(db: sqlite3.Connection) -> set[str]:
                conversations.put_back(db, before, self._now())
                rows.put_states(db, hits)
                for number in before:
                    activity.record(db, self._now(), "undone", conversation=number, step=what)
                return set(map(str, before))

            return back

        self._remember(await self._db.write(write))
        self._bus.publish(Changes(frozenset(map(str, asked)), counts=True))

    # Muting

    def muted(self, client_id: str) -> list[Muted]:
        """Newest first."""
        return rows.muted(self._db.reader(), client_id)

    async def mute_author(self, conversation_id: str) -> int:
        """Nothing more of them in Listening, and what lies there is let past. Returns how many that were."""
        head = self._db.reader().execute(
            "SELECT c.client_id, a.platform || ':' || k.remote_id, k.name, k.handle FROM conversation c"
            " JOIN contact k ON k.n = c.contact JOIN account a ON a.id = c.account_id WHERE c.n = ?",
            (int(conversation_id),),
        ).fetchone()  # fmt: skip
        if head is None:
            raise GoneError("This conversation is no longer there.")
        client_id, key, name, handle = head
        return await self._mute(client_id, rows.AUTHOR, key, name or handle, lambda _text, author: author == key)

    async def mute_word(self, client_id: str, word: str) -> int:
        """As `mute_author`, for what holds a word or phrase. Raises `InputError`."""
        word = " ".join(clean(word, LONGEST_TERM).split())
        if not word:
            raise InputError("Type the word that you do not want to hear of.")
        return await self._mute(client_id, rows.WORD, word, word, lambda text, _author: holds(word, text))

    async def _mute(
        self, client_id: str, kind: str, value: str, label: str, hit: Callable[[str, str], bool]
    ) -> int:  # fmt: skip
        now = self._now()

        def write(db: sqlite3.Connection) -> tuple[Undo, set[str]]:
            rows.mute(db, client_id, kind, value, label, now)
            numbers = sorted({n for n, text, author in rows.undecided(db, client_id) if hit(text, author)})
            before, hits = conversations.was(db, numbers), rows.states(db, numbers)
            conversations.close(db, numbers, _PASSED, now)
            rows.became(db, numbers, rows.PASSED, now)

            def back(db: sqlite3.Connection) -> set[str]:
                rows.unmute(db, client_id, kind, value)
                conversations.put_back(db, before, self._now())
                rows.put_states(db, hits)
                return set(map(str, before))

            return back, set(map(str, before))

        back, touched = await self._db.write(write)
        self._remember(back)
        self._bus.publish(Changes(frozenset(touched), clients=frozenset([client_id]), counts=True))
        return len(touched)

    async def unmute(self, client_id: str, kind: str, value: str) -> None:
        """Heard of again from now on."""
        await self._db.write(lambda db: rows.unmute(db, client_id, kind, value))
        self._bus.publish(Changes(clients=frozenset([client_id])))

    # Narrowing

    def _worth_narrowing(self, one: SearchStream, total: rows.Total) -> bool:
        asked = one.narrowed_at is not None and self._now() - one.narrowed_at < OFFER_AGAIN
        return not asked and total.passed >= PASSED_BY and total.joined == 0

    def narrowing(self, stream_id: str, most: int = 5) -> Narrowing:
        """Words and authors that most of what was let past has in common, the most telling first."""
        one = self._stream(stream_id)
        found = rows.texts(self._db.reader(), one.id, self._now() - YIELD)
        words: Counter[str] = Counter()
        authors: Counter[tuple[str, str]] = Counter()
        kept: set[str] = set()
        passed = 0
        for state, text, key, name in found:
            here = telling(text)
            if state == rows.PASSED:
                passed += 1
                words.update(here)
                authors[key, name] += 1
            elif state in ("", rows.JOINED):
                kept |= here
        kept |= telling(" ".join(term for field in ANY for term in getattr(one.query, field)))
        told = [(word, n) for word, n in words.most_common() if n > 1 and word not in kept]
        busy = [(key, name, n) for (key, name), n in authors.most_common() if n > 1]
        return Narrowing(one.id, passed, tuple(told[:most]), tuple(busy[:most]))

    async def narrow(self, stream_id: str, without: Sequence[str] = ()) -> None:
        """Leave these words out from now on; none: not asked again for a month."""
        one = self._stream(stream_id)
        query = replace(one.query, without=tuple(dict.fromkeys([*one.query.without, *without])))
        changed = self.checked(replace(one, query=query, narrowed_at=self._now()))
        await self._db.write(lambda db: rows.save(db, changed))
        self._bus.publish(Changes(clients=frozenset([one.client_id])))

    def copies(self, conversation_id: str) -> list[str]:
        """Conversations that were folded into this one, newest first."""
        return [str(number) for number in rows.copies(self._db.reader(), int(conversation_id))]

    def _stream(self, stream_id: str) -> SearchStream:
        one = rows.stream(self._db.reader(), stream_id)
        if one is None:
            raise GoneError("This search is no longer there.")
        return one


def _was_found(db: sqlite3.Connection, number: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM mention WHERE conversation = ? AND kind = 'search' AND deleted_at IS NULL LIMIT 1", (number,)
    ).fetchone()
    return row is not None


def _terms(found: Sequence[str], field: str) -> tuple[str, ...]:
    sign = {"handles": "@", "hashtags": "#"}.get(field, "")
    terms = []
    for term in found:
        text = " ".join(clean(term, LONGEST_TERM).split()).strip('"“”„')
        text = text.removeprefix(sign) if sign else text
        if sign and " " in text:
            raise InputError(f"“{text}” holds a space. Write it as one word, or as a phrase.")
        if text:
            terms.append("@" + text if sign == "@" else text)
    if len(terms) > MOST_TERMS:
        raise InputError(f"That is more than {MOST_TERMS} terms. Make two searches of them.")
    return tuple(dict.fromkeys(terms))
