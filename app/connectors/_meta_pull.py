"""Reading Meta's lists without losing anything: sweeps that can break off and go on.

Meta has no "what is new" list that a program without a web server could read, so a pull goes over posts or
conversations, newest first, and asks each for what came after a time. The mark holds that time (`read_to`), and while
a sweep is under way its start and its cursor. `read_to` moves only when a sweep is through, and never beyond the
sweep's start or the newest entry that was seen, so whatever came meanwhile is met by the next one; an hour's overlap
makes up for what appears late. Entries may come twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from app.domain import Gap, Mention, OwnPost, Page
from app.errors import GoneError, InputError, RefusedError

OVERLAP = timedelta(hours=1)
DEEP_BACK = timedelta(days=30)
MAX_PAGES = 400  # of one sweep; what lies beyond is said as a gap
_TOLD = 50  # damaged entries that are remembered as told


@dataclass(slots=True)
class Batch:
    """What one call, or one with its continuations, brought."""

    mentions: list[Mention] = field(default_factory=list)
    own: list[OwnPost] = field(default_factory=list)
    after: str = ""  # where the sweep goes on, "" at its end
    damaged: list[str] = field(default_factory=list)  # ids, or what stands for one
    gap: Gap | None = None
    seen: dict[str, int] = field(default_factory=dict)  # how much was where, for `Mark.seen`

    def put(self, item: Mention | OwnPost) -> None:
        """Add one."""
        if isinstance(item, OwnPost):
            self.own.append(item)
        else:
            self.mentions.append(item)

    @property
    def times(self) -> list[datetime]:
        """When each of them was written."""
        return [*(each.posted_at for each in self.mentions), *(each.posted_at for each in self.own)]


class Mark(msgspec.Struct, omit_defaults=True):
    """See the module."""

    since: datetime
    read_to: datetime | None = None
    started: datetime | None = None
    newest: datetime | None = None
    after: str = ""
    pages: int = 0
    told: list[str] = []
    seen: dict[str, int] = {}
    fresh: dict[str, int] = {}  # `seen` of the sweep that is under way
    deep: datetime | None = None  # when all was last read without regard to `seen`
    closed: datetime | None = None  # when the platform said that it has no such list

    @property
    def floor(self) -> datetime:
        """What is older need not be read again."""
        return max(self.since, self.read_to - OVERLAP) if self.read_to else self.since

    def reach(self, now: datetime, every: timedelta) -> tuple[datetime, bool]:
        """Down to when this sweep reads; True once in `every`, when it reads again what is known.

        That finds what appeared late under an early time: Meta holds comments back and lets them through days after.
        """
        if self.deep is None:
            return self.since, True
        deep = now - self.deep >= every
        return (max(self.since, now - DEEP_BACK) if deep else self.floor), deep


Fetch = Callable[[Mark], Awaitable[Batch]]


def read_mark(text: str | None, since: datetime) -> Mark:
    """Return the mark; where there is none, or one that is not ours, all from `since` on is read."""
    try:
        return msgspec.json.decode(text, type=Mark) if text else Mark(since)
    except msgspec.DecodeError:
        return Mark(since)


async def sweep(
    fetch: Fetch, stream: str, text: str | None, since: datetime, now: Callable[[], datetime]
) -> AsyncIterator[Page]:
    """Yield what is new; `now` is the server's time. A sweep that broke off is finished, then a new one made."""
    mark = read_mark(text, since)
    again = bool(mark.after)
    while True:
        async for page in _once(fetch, stream, mark, now):
            yield page
        if not again:
            return
        again = False


async def _once(fetch: Fetch, stream: str, mark: Mark, now: Callable[[], datetime]) -> AsyncIterator[Page]:
    while True:
        try:
            batch = await fetch(mark)
        except (RefusedError, GoneError):
            if not mark.after:
                raise
            _begin(mark)  # the cursor is no longer known: from the top
            batch = await fetch(mark)
        if mark.started is None:
            mark.started = now()
        times = batch.times
        mark.newest = max([*times, *([mark.newest] if mark.newest else [])], default=None)
        mark.fresh |= batch.seen
        gap = batch.gap or _damage(stream, mark, batch)
        mark.after, mark.pages = batch.after, mark.pages + 1
        if mark.after and mark.pages >= MAX_PAGES:
            mark.after = ""
            gap = Gap(stream, mark.floor, min(times, default=None),
                      "There are too many to read them all. The older ones are left out.")  # fmt: skip
        if not mark.after:
            _finish(mark)
        yield Page(
            mentions=tuple({each.remote_id: each for each in batch.mentions}.values()),
            own=tuple({each.remote_id: each for each in batch.own}.values()),
            mark=msgspec.json.encode(mark).decode(),
            gap=gap,
        )
        if not mark.after:
            return


def _begin(mark: Mark) -> None:
    mark.started, mark.newest, mark.after, mark.pages, mark.fresh = None, None, "", 0, {}


def _finish(mark: Mark) -> None:
    if mark.newest is not None and mark.started is not None:
        reached = min(mark.newest, mark.started)
        mark.read_to = max(mark.read_to, reached) if mark.read_to else reached
    mark.seen = mark.fresh
    _begin(mark)


def _damage(stream: str, mark: Mark, batch: Batch) -> Gap | None:
    """Say what could not be read, once."""
    fresh = [each for each in batch.damaged if each not in mark.told]
    if not fresh:
        return None
    mark.told = [*fresh, *mark.told][:_TOLD]
    entries = "1 entry" if len(fresh) == 1 else f"{len(fresh)} entries"
    times = batch.times
    why = f"{entries} could not be read: they came damaged. Look at the platform's own page."
    return Gap(stream, min(times, default=None), max(times, default=None), why)


def check_stream(name: str, stream: str, streams: tuple[str, ...]) -> None:
    """Raise for a stream that the account does not have."""
    if stream not in streams:
        raise InputError(f"{name} has no stream named {stream} for this account.")
