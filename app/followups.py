"""After the reply: what was promised and offered, and the happy endings. The use cases around them."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from app import clock
from app.domain import Amends, Kind, Profile, Promise
from app.errors import GoneError, InputError
from app.events import Bus, Changes
from app.rows import Quote
from app.store import activity, clients, details, endings
from app.store import followups as rows
from app.store.db import Database
from app.wording import asking, due
from app.wording.promise_words import KINDS

PROMISES = KINDS
OFFERS = ("refund", "voucher", "replacement", "discount", "gift", "apology", "other")
ENDS = (rows.KEPT, rows.BROKEN, rows.DROPPED, rows.OPEN)
LEAVES = ("yes", "no", "")
NOTE = 500  # characters
_AMOUNT = re.compile(r"\d{1,9}(?:[.,]\d{1,3})?")
_CURRENCIES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG
    HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
    RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""  # ISO 4217
_COMPUTED = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the wide ones too
_T = TypeVar("_T")
Undo = Callable[[sqlite3.Connection], set[str]]


class FollowUps:
    """Reads are synchronous and quick; writes are awaited, and tell the bus what they changed."""

    def __init__(
        self, db: Database, bus: Bus, *, remember: Callable[[Undo], object], now: clock.Clock = clock.now
    ) -> None:
        """`remember` is handed every step that a person can take back."""
        self._db, self._bus, self._remember, self._now = db, bus, remember, now

    async def run(self) -> None:
        """Have the patterns of promises at hand before the first key, off the window's thread; until cancelled."""
        from app.wording import promise
        from app.wording.promise_words import RULES

        for language in RULES:
            await asyncio.to_thread(promise.warm, language)
        await asyncio.to_thread(due.phrases, "")
        await asyncio.Event().wait()

    # Promises

    def promises(self, client_id: str | None = None, *, open_only: bool = True) -> list[Promise]:
        """See `app.store.followups.promises`."""
        return rows.promises(self._db.reader(), client_id, open_only=open_only)

    def counts(self, client_id: str | None, since: datetime) -> tuple[int, int, int]:
        """How many promises that were made since then were kept, broken, and are open."""
        return rows.counts(self._db.reader(), client_id, since)

    def noticed(self, text: str) -> str:
        """Kind of the promise that a text makes, "" for none."""
        from app.wording import promise

        found = promise.noticed(text)
        return found.kind if found else ""

    def usual_due(self, conversation_id: str, kind: str) -> datetime:
        """When a promise of this kind is due that names no time. Raises `GoneError`."""
        return due.usual(kind, self._now(), rows.hours(self._db.reader(), _number(conversation_id)))

    def due_of(self, conversation_id: str, text: str) -> datetime | None:
        """The time that a text's promise names, None where it makes none or names none. Raises `GoneError`."""
        from app.wording import promise

        found = promise.noticed(text)
        if found is None or not found.when:
            return None
        return due.named(found.when, self._now(), rows.hours(self._db.reader(), _number(conversation_id)))

    async def promise(self, conversation_id: str, kind: str, due_at: datetime, text: str = "") -> Promise:
        """Keep what a person says is promised here. Raises `InputError`, `GoneError`."""
        if kind not in PROMISES:
            raise InputError("Choose what was promised.")
        self._check_due(due_at)
        number, words = _number(conversation_id), " ".join(text.split())
        return await self._promised(
            "promised", lambda db: number, lambda db: rows.add(db, number, kind, due_at, words, self._now())
        )

    async def move(self, promise_id: str, due_at: datetime) -> None:
        """Give an open promise another time. Raises `InputError`, `GoneError`."""
        self._check_due(due_at)

        def move(db: sqlite3.Connection) -> None:
            old = _promise(db, promise_id)
            if old.state != rows.OPEN:
                raise InputError("This promise has ended. Open it again to give it another time.")
            rows.move(db, old, due_at, self._now())

        await self._promised("promise_moved", lambda db: int(_promise(db, promise_id).conversation_id), move)

    async def end(self, promise_id: str, state: str) -> None:
        """Kept, broken, dropped, or open again. Raises `InputError`, `GoneError`."""
        if state not in ENDS:
            raise InputError("Say whether the promise was kept, was broken, or is no longer needed.")

        def end(db: sqlite3.Connection) -> None:
            old = _promise(db, promise_id)
            if old.state != state:
                rows.end(db, old, state, self._now())

        await self._promised("promise_ended", lambda db: int(_promise(db, promise_id).conversation_id), end)

    async def _promised(
        self, what: str, of: Callable[[sqlite3.Connection], int], change: Callable[[sqlite3.Connection], _T]
    ) -> _T:
        """One transaction and one step to undo, for all that it did to the promises of a conversation."""

        def write(db: sqlite3.Connection) -> tuple[_T, int, tuple[Promise, ...], tuple[Promise, ...]]:
            number = of(db)
            before = rows.of_conversation(db, number)
            return change(db), number, before, rows.of_conversation(db, number)

        result, number, before, after = await self._db.write(write)

        def back(db: sqlite3.Connection) -> set[str]:
            touched = rows.put_back(db, before, after, self._now())
            _undone(db, touched, what, self._now())
            return touched

        if before != after:
            self._remember(back)
        self._tell(number)
        return result

    def _check_due(self, due_at: datetime) -> None:
        now = self._now()
        if due_at <= now:
            raise InputError("That time is over. Choose a later one.")
        if due_at - now > due.FARTHEST:
            raise InputError("That is more than a year away. Choose a time that is nearer.")

    # Amends

    async def offer(self, conversation_id: str, kind: str, amount: str, currency: str, note: str) -> Amends:
        """Record what was offered to make it right. `currency` "" is the client's own.

        Raises `InputError`, `GoneError`.
        """
        if kind not in OFFERS:
            raise InputError("Choose what was offered.")
        number, said = _number(conversation_id), " ".join(note.split())
        if len(said) > NOTE:
            raise InputError(f"The note has more than {NOTE} characters. Shorten it.")
        exact = amount_of(amount)

        def write(db: sqlite3.Connection) -> Amends:
            code = currency.strip().upper() or _profile(db, number).currency.upper()
            if not exact:
                code = ""
            elif not code:
                raise InputError("Name the currency, like EUR. The client's settings keep it for the next time.")
            elif code not in _CURRENCIES.split():
                raise InputError(f"“{code}” is no currency. Use a code of three letters, like EUR.")
            return rows.offer(db, number, kind, exact, code, said, self._now())

        made = await self._write(number, write)

        def back(db: sqlite3.Connection) -> set[str]:
            gone = rows.take_back_offer(db, made.id, self._now())
            return {gone.conversation_id} if gone is not None else set()

        self._remember(back)
        return made

    async def take_back_offer(self, amends_id: str) -> None:
        """Take a record of an offer out again. Raises `GoneError`."""
        gone = await self._db.write(lambda db: rows.take_back_offer(db, amends_id, self._now()))
        if gone is None:
            raise GoneError("This offer is no longer there.")

        def back(db: sqlite3.Connection) -> set[str]:
            rows.restore_offer(db, gone)
            _undone(db, {gone.conversation_id}, "offer_taken_back", self._now())
            return {gone.conversation_id}

        self._remember(back)
        self._tell(int(gone.conversation_id))

    # Happy endings

    def may_ask(self, conversation_id: str) -> tuple[str, ...]:
        """What the customer may be asked for here: of "review" and "quote". () where asking would be wrong.

        Only where it ended well; not while something is promised, not twice in six months, not while a reply that asks
        them is being written or sent, and never of somebody who complained in them and has not been happy since.
        """
        if not conversation_id.isdecimal():
            return ()
        return _may_ask(self._db.reader(), int(conversation_id), self._now())

    def ask_text(self, conversation_id: str, kind: str) -> str:
        """The text that asks, in the language of the customer's message, for a reply with `Writing.asks`.

        They count as asked once that reply has left. Raises `InputError` where they may not be asked, `GoneError`.
        """
        _check_kind(kind)
        db, number = self._db.reader(), _number(conversation_id)
        said = details.newest_mention(db, number)
        link = _review_link(_profile(db, number))
        if kind == endings.REVIEW and not link:
            raise InputError("This client has no review address yet. Add it in the client's settings.")
        if kind not in _may_ask(db, number, self._now()):
            raise InputError("This customer is not to be asked now.")
        return asking.ask(kind, said.language if said else "", link)

    async def not_now(self, conversation_id: str) -> None:
        """Do not offer to ask this customer for six months. Raises `GoneError`."""
        number = _number(conversation_id)
        await self._write(
            number,
            lambda db: endings.record(db, number, _ending(db, number), "", endings.NOT_NOW, self._now()),
        )

    # Quotes

    def quotes(self, client_id: str | None = None) -> list[Quote]:
        """Kind words that leave was asked for, newest first."""
        return endings.quotes(self._db.reader(), client_id)

    def heard_leave(self, quote_id: str) -> str:
        """What the customer seems to have answered: "yes", "no", or "". A person decides, see `set_leave`."""
        db = self._db.reader()
        found = endings.quote(db, quote_id)
        if found is None:
            return ""
        words = endings.words_since(db, int(found.conversation_id), found.at)
        return next((heard for text in words if (heard := asking.answer(text))), "")

    async def set_leave(self, quote_id: str, leave: str) -> None:
        """ "yes", "no", or "" for no word yet. Raises `InputError`, `GoneError`."""
        if leave not in LEAVES:
            raise InputError("Say yes or no.")

        def write(db: sqlite3.Connection) -> int:
            old = endings.quote(db, quote_id)
            if old is None:
                raise GoneError("This quote is no longer there.")
            endings.set_leave(db, old, leave, self._now())
            return int(old.conversation_id)

        self._tell(await self._db.write(write))

    async def write_quotes(self, client_id: str, form: str) -> bytes:
        """A client's quotes with leave, as "csv" or "txt". Raises `InputError`, `GoneError`."""
        if form not in ("csv", "txt"):
            raise InputError("Quotes are written as csv or txt.")
        db = self._db.reader()
        clients.client(db, client_id)
        found = [one for one in endings.quotes(db, client_id) if one.leave == "yes"]
        return as_csv(found) if form == "csv" else as_text(found)

    async def _write(self, number: int, change: Callable[[sqlite3.Connection], _T]) -> _T:
        result = await self._db.write(change)
        self._tell(number)
        return result

    def _tell(self, number: int) -> None:
        self._bus.publish(Changes(conversations=frozenset([str(number)]), counts=True))


def amount_of(text: str) -> str:
    """An amount as it is kept: "12,5" is "12.50", "" is none. Raises `InputError`."""
    typed = text.strip()
    if not typed:
        return ""
    if _AMOUNT.fullmatch(typed) is None or not typed.isascii():
        raise InputError(f"“{typed[:20]}” is no amount. Write it like 12.50.")
    whole, _, part = typed.replace(",", ".").partition(".")
    if len(part) == 3:  # 1.500 is a thousand and a half to some, and one and a half to others
        raise InputError(f"“{typed}” can be read in two ways. Write it like 1500 or 1.50.")
    exact = str(int(whole)) + (f".{part:0<2}" if part else "")
    if not exact.strip("0."):
        raise InputError("An offer of nothing needs no amount. Leave it empty.")
    return exact


def as_csv(quotes: list[Quote]) -> bytes:
    """A table for spreadsheets; what these would take for a formula is told to be text."""
    import csv
    import io

    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(("date", "author", "handle", "platform", "text", "url"))
    for one in quotes:
        cells = (f"{one.at:%Y-%m-%d}", one.author, one.handle, one.platform, one.text, one.url)
        table.writerow([harmless_cell(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def harmless_cell(cell: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{cell}" if cell.lstrip().startswith(_COMPUTED) or cell.startswith(("\t", "\r")) else cell


def as_text(quotes: list[Quote]) -> bytes:
    """One quote after the other, for people."""
    parts = []
    for one in quotes:
        who = " ".join(part for part in (" ".join(one.author.split()), one.handle and f"({one.handle})") if part)
        parts.append(f"“{one.text}”\n{who}, {one.platform}, {one.at:%Y-%m-%d}\n")
    return "\n".join(parts).encode()


def _number(conversation_id: str) -> int:
    if not conversation_id.isdecimal():
        raise GoneError("This conversation is no longer there.")
    return int(conversation_id)


def _undone(db: sqlite3.Connection, ids: set[str], step: str, now: datetime) -> None:
    for id_ in sorted(ids):
        activity.record(db, now, "undone", conversation=int(id_), step=step)


def _promise(db: sqlite3.Connection, id_: str) -> Promise:
    found = rows.promise(db, id_)
    if found is None:
        raise GoneError("This promise is no longer there.")
    return found


def _profile(db: sqlite3.Connection, number: int) -> Profile:
    return clients.client(db, rows.client_of(db, number)).profile


def _ending(db: sqlite3.Connection, number: int) -> endings.Ending:
    found = endings.ending(db, number)
    if found is None:
        raise GoneError("There is nobody to ask in this conversation.")
    return found


def _check_kind(kind: str) -> None:
    if kind not in (endings.REVIEW, endings.QUOTE):
        raise InputError("A customer can be asked for a review or for a quote.")


def _review_link(profile: Profile) -> str:
    link = profile.review_url.strip()
    return link if link.lower().startswith(("https://", "http://")) else ""


def _may_ask(db: sqlite3.Connection, number: int, now: datetime) -> tuple[str, ...]:
    found = endings.ending(db, number)
    if found is None or found.last is None or found.promised:
        return ()
    mood, tags = found.last
    if mood != "positive" or "question" in tags or found.praise is None:
        return ()
    since = now - endings.REST
    if endings.asked_since(db, found.contacts, since) or endings.unhappy_since(db, found.contacts, since):
        return ()
    if endings.is_asking(db, found.contacts):
        return ()
    may = []
    reviewed = found.kind == Kind.REVIEW or endings.left_review(db, found.contacts)
    if not reviewed and _review_link(_profile(db, number)):
        may.append(endings.REVIEW)
    if not endings.quoted(db, found.client_id, found.praise):
        may.append(endings.QUOTE)
    return tuple(may)
