"""Mentions from a file, and everything that is stored as lines of JSON."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO, TypeVar

import msgspec

from app.clock import EPOCH
from app.domain import Account, Client, Contact, Kind, Mention, OwnPost, Visibility
from app.errors import InputError
from app.exported import PLATFORM, Exported
from app.store import accounts, activity, mentions, transfer
from app.store.db import Database
from app.store.mentions import Judge
from app.text import clean, parse_time

_T = TypeVar("_T")
LINE_BYTES = 1_000_000  # a longer line is no mention
ROWS = 500  # lines a transaction
_FAR = timedelta(days=3650)  # a window closes in the time to come, which no message is written in
AHEAD = 4  # transactions that may wait for the disk
REMEMBERED = 1_000  # bad lines that are kept; the others are counted
_NAMES = {"twitter": "X", "youtube": "YouTube", "tiktok": "TikTok", "linkedin": "LinkedIn", "file": "File"}
_VISIBILITY = {**{name.value: name for name in Visibility}, "private": Visibility.FOLLOWERS}
_EXPORTED_KINDS = {kind.value: kind for kind in Kind}
_KINDS = {kind.value: kind for kind in Kind if kind != Kind.CONTEXT}


@dataclass(slots=True)
class Imported:
    """What became of a file. `bad` holds (line number, what is wrong) of the first bad lines."""

    lines: int = 0  # that were not empty
    new: int = 0
    known: int = 0  # stored before, or twice in the file
    passed: int = 0  # lines of an export that are no mentions
    skipped: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield number and content of each line that is not empty; None for one that is too long to be kept."""
    number = 0
    while part := file.readline(LINE_BYTES + 1):
        number += 1
        if len(part) > LINE_BYTES and not part.endswith(b"\n"):
            while (rest := file.readline(LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
            continue
        if number == 1:
            part = part.removeprefix(b"\xef\xbb\xbf")
        if part := part.strip():
            yield number, part


@dataclass(frozen=True, slots=True)
class Line:
    """A message of a file, and what an export tells about it."""

    message: Mention | OwnPost
    conversation: object = None  # its number in the export
    deleted_at: datetime | None = None
    vip: bool = False


def read_line(line: bytes, now: datetime, account_of: Callable[[str], str]) -> Mention | None:
    """Return the mention of one line, None for an export's line of another type. Raises `InputError`.

    `account_of` gives the account that messages of a platform belong to; it is asked for good lines alone.
    """
    return _mention(_decoded(line), now, account_of)


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError("is not JSON") from None
    if not isinstance(found, dict):
        raise InputError("is not a JSON object")
    return found


def _mention(found: dict[str, Any], now: datetime, account_of: Callable[[str], str]) -> Mention | None:
    if found.get("type", "mention") != "mention":
        return None
    if "text" not in found:
        raise InputError("has no text")
    if not isinstance(found["text"], str):
        raise InputError("has a text that is no text")
    text = clean(found["text"])
    if not text:
        raise InputError("has an empty text")
    id_ = _short(found, "id", 500) or _id_of(found)
    posted = found.get("posted_at")
    at = now if posted in (None, "") else parse_time(posted, now)
    if at is None:
        raise InputError("has a posted_at that is no time")
    reply_to = _short(found, "reply_to", 500)
    name, handle = _short(found, "author", 200), _short(found, "handle", 200)
    # Two people without a name are not one person.
    author = Contact(handle or name or f"unknown/{id_}", name or handle or "Unknown", handle, followers=_count(found))
    # what is shown with a thread and asks for nothing comes from an export alone
    kinds = _EXPORTED_KINDS if "conversation" in found else _KINDS
    kind = _choice(found, "kind", kinds, Kind.REPLY if reply_to else Kind.MENTION)
    closes = found.get("window_closes_at")
    visibility, url = _choice(found, "visibility", _VISIBILITY, Visibility.PUBLIC), _url(found)
    language, platform = _short(found, "language", 35), _short(found, "platform", 40).lower() or "file"
    return Mention(
        account_id=account_of(platform), remote_id=id_, author=author, text=text, posted_at=at,
        kind=kind, visibility=visibility, reply_to=reply_to, thread=_short(found, "thread", 500), url=url,
        language=language, rating=_count(found, "rating"),
        window_closes_at=parse_time(closes, now + _FAR) if closes else None,
    )  # fmt: skip


def _short(found: dict[str, Any], key: str, limit: int) -> str:
    value = found.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"has a {key} that is no text")
    text = " ".join(clean(str(value), limit + 1).split())
    if len(text) > limit:
        raise InputError(f"has a {key} of more than {limit} characters")
    return text


def _choice(found: dict[str, Any], key: str, choices: dict[str, _T], default: _T) -> _T:
    value = _short(found, key, 40).lower()
    if not value:
        return default
    if value not in choices:
        raise InputError(f"has an unknown {key}: use one of {', '.join(choices)}")
    return choices[value]


def _id_of(found: dict[str, Any]) -> str:
    """The same content has the same id, so that the same file adds nothing a second time."""
    return f"line-{hashlib.sha256(msgspec.json.encode(found, order='deterministic')).hexdigest()[:24]}"


def _count(found: dict[str, Any], key: str = "followers") -> int | None:
    value = found.get(key)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        count = int(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"has a {key} that is no number") from None
    if not 0 <= count < 10**12:
        raise InputError(f"has a {key} that cannot be")
    return count


def _url(found: dict[str, Any]) -> str:
    """An address that may be opened; any other is left out, since the message matters more."""
    url = _short(found, "url", 2_000)
    return url if url.lower().startswith(("https://", "http://")) else ""


class Importer:
    """Saves lines of a file for one client, `ROWS` a transaction, a few of them ahead of the disk."""

    def __init__(self, db: Database, client: Client, judge: Judge, now: Callable[[], datetime]) -> None:
        self._db, self._client, self._judge, self._now = db, client, judge, now
        self._accounts: dict[str, str] = {}
        self._waiting: deque[Future[tuple[int, int]]] = deque()
        self._exported = Exported()
        self.done = Imported()

    def run(
        self,
        file: BinaryIO,
        *,
        bad: Callable[[int, str], None] = lambda number, why: None,
        progress: Callable[[int], None] = lambda done: None,
    ) -> Imported:
        """Read `file` to its end. `bad` hears of each skipped line. Raises `StoreError`; what was saved stays."""
        batch: list[Line] = []
        now = self._now()
        try:
            for number, content in lines(file):
                self.done.lines += 1
                try:
                    if content is None:
                        raise InputError(f"is longer than {LINE_BYTES // 1_000_000} MB")
                    line = self._read(content, now)
                except InputError as error:
                    self._skip(number, str(error), bad)
                    continue
                if line is None:
                    continue
                batch.append(line)
                if len(batch) == ROWS:
                    self._save(batch, now)
                    batch = []
                    progress(self.done.lines)
            if batch:
                self._save(batch, now)
        finally:
            self._settle(0)
        if self.done.new:
            self._db.submit(lambda db: activity.record(
                db, now, "imported", client_id=self._client.id, new=self.done.new
            )).result()  # fmt: skip
        return self.done

    def _read(self, content: bytes, now: datetime) -> Line | None:
        """A message of a line, None for what is noted or passed over. Raises `InputError`."""
        found = _decoded(content)
        if found.get("type", "mention") == "mention":
            mention = _mention(found, now, self._account)
            assert mention is not None
            gone = found.get("deleted_at")
            deleted = parse_time(gone, now) if gone else None
            return Line(mention, found.get("conversation"), deleted, self._exported.is_vip(found.get("contact")))
        self.done.passed += 1
        sent = self._exported.hear(found)
        if sent is None:
            return None
        platform, post, conversation = sent
        return Line(msgspec.structs.replace(post, account_id=self._account(platform)), conversation)

    def _skip(self, number: int, why: str, bad: Callable[[int, str], None]) -> None:
        self.done.skipped += 1
        if len(self.done.bad) < REMEMBERED:
            self.done.bad.append((number, why))
        bad(number, why)

    def _save(self, batch: list[Line], now: datetime) -> None:
        self._waiting.append(self._db.submit(lambda db: self._write(db, batch, now)))
        self._settle(AHEAD)

    def _settle(self, left: int) -> None:
        while len(self._waiting) > left:
            new, known = self._waiting.popleft().result()
            self.done.new += new
            self.done.known += known

    def _write(self, db: sqlite3.Connection, batch: list[Line], now: datetime) -> tuple[int, int]:
        groups: dict[str, list[Line]] = {}
        for line in batch:
            groups.setdefault(line.message.account_id, []).append(line)
        before, answers = transfer.stored_mentions(db), transfer.stored_replies(db)
        for account_id, found in groups.items():
            read = [line.message for line in found if isinstance(line.message, Mention)]
            own = [line.message for line in found if isinstance(line.message, OwnPost)]
            mentions.save_messages(db, account_id, read, own, self._judge, now)
            self._stand(db, account_id, found, before, answers, now)
        new = transfer.stored_mentions(db) - before
        return new, sum(isinstance(line.message, Mention) for line in batch) - new

    def _stand(
        self, db: sqlite3.Connection, account_id: str, found: list[Line], before: int, answers: int, now: datetime
    ) -> None:
        """What an export tells of the messages that are new here; whatever was known already stays as it is."""
        told = [line for line in found if line.conversation is not None]
        if not told:
            return
        ids = [line.message.remote_id for line in told]
        homes = transfer.brought(db, account_id, ids, before)
        homes = transfer.answered(db, account_id, ids, answers) | homes
        told = [line for line in told if line.message.remote_id in homes]
        for line in told:
            if line.deleted_at is not None:
                mentions.mark_gone(db, account_id, [line.message.remote_id], line.deleted_at)
        if vips := [line.message.remote_id for line in told if line.vip]:
            transfer.set_vips(db, account_id, vips, now)
        stood = {homes[line.message.remote_id]: self._exported.stood(line.conversation) for line in told}
        transfer.stand_as(db, {n: one for n, one in stood.items() if one is not None}, now)

    def _account(self, platform: str) -> str:
        if platform not in self._accounts:
            self._accounts[platform] = self._db.submit(lambda db: self._account_for(db, platform)).result()
        return self._accounts[platform]

    def _account_for(self, db: sqlite3.Connection, platform: str) -> str:
        """The account that this client's messages from files of `platform` belong to, made if there is none."""
        for known in accounts.accounts(db):
            if (known.platform, known.server, known.remote_id) == (PLATFORM, self._client.id, platform):
                return known.id
        name = _NAMES.get(platform) or platform[:1].upper() + platform[1:]
        data = msgspec.json.encode({"platform": platform, "name": name}).decode()
        made = Account(
            uuid.uuid4().hex[:12], self._client.id, PLATFORM, self._client.id, platform, f"{name} (file)", name,
            data=data,
        )  # fmt: skip
        # Whatever somebody took the trouble to bring waits for an answer, however old: every line has a timer.
        accounts.add_account(db, made, EPOCH)
        activity.record(db, self._now(), "account_added", client_id=self._client.id, account_id=made.id)
        return made.id


def export(db: Database, client_id: str | None = None) -> Iterator[bytes]:
    """Yield everything that is stored, or one client's part, as lines of JSON; each has a `type`. No secrets."""
    connection = db.reader()
    connection.execute("BEGIN")  # one moment for all of it, whatever is written meanwhile
    try:
        for kind, row in transfer.rows(connection, client_id):
            yield msgspec.json.encode({"type": kind, **row})
    finally:
        connection.execute("COMMIT")
