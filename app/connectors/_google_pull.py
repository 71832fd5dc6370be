"""Reading a list of Google's down to what is known; newest first, with page tokens.

Such a list cannot be asked for what is new: it is read from the top until it is older than the mark. The mark's `top`
moves only when a walk has ended and nothing was deleted meanwhile, since a deletion may push an entry over the edge
between two pages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from app.domain import Gap, Mention, OwnPost, Page
from app.errors import RefusedError

MAX_PAGES = 200  # of one walk
_MOST_KEPT = 500  # notes


class Mark(msgspec.Struct, omit_defaults=True):
    """All that is newer than `since` and not newer than `top` is saved. The rest is of a walk under way."""

    since: datetime
    top: datetime | None = None
    newest: datetime | None = None
    floor: datetime | None = None
    token: str = ""
    pages: int = 0
    total: int | None = None
    shrank: bool = False
    deep_at: datetime | None = None
    notes: dict[str, int] = {}  # what the platform's reader keeps from one pull to the next


@dataclass(slots=True)
class Batch:
    """One page as it was read."""

    mentions: list[Mention] = field(default_factory=list)
    own: list[OwnPost] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)  # of the entries, in the list's order: newest first
    token: str = ""  # of the next page
    total: int | None = None  # how many the whole list has
    damaged: list[str] = field(default_factory=list)  # their ids, "" where not even that could be read


@dataclass(frozen=True, slots=True)
class List:
    """How one list is read. `fetch` gets the page's token and the notes, which it may change."""

    stream: str
    fetch: Callable[[str, dict[str, int]], Awaitable[Batch]]
    overlap: timedelta
    where: str  # "Look at …"
    deep_every: timedelta | None = None  # so often all since `since` is read again


def _mark(text: str | None, since: datetime) -> Mark:
    try:
        return msgspec.json.decode(text or "", type=Mark)
    except msgspec.DecodeError:
        return Mark(since)


async def pull(told: List, text: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield page by page; `since` is how far back the list is read where it is read whole."""
    mark = _mark(text, since)
    again = bool(mark.token)
    async for page in _walk(told, mark, since):
        yield page
    if again:
        async for page in _walk(told, mark, since):
            yield page


async def _walk(told: List, mark: Mark, since: datetime) -> AsyncIterator[Page]:
    if not mark.token:
        now, mark.deep_at = datetime.now(UTC), mark.deep_at
        deep = told.deep_every is not None and (mark.deep_at is None or abs(now - mark.deep_at) >= told.deep_every)
        mark.floor = since if mark.top is None or deep else mark.top - told.overlap
        mark.floor = max(mark.floor, min(since, mark.since))
        mark.pages, mark.total, mark.shrank = 0, None, False
        if deep or mark.top is None:
            mark.deep_at = now
    floor, saved = mark.floor or since, mark.token
    while True:
        try:
            batch = await told.fetch(mark.token, mark.notes)
        except RefusedError:
            if not saved or mark.token != saved:
                raise
            mark.token = saved = ""  # it is too old: from the top again, what was read comes twice
            continue
        mark.pages += 1
        mark.newest = max([*batch.times, *([mark.newest] if mark.newest else [])], default=None)
        if batch.total is not None:
            mark.shrank = mark.shrank or (mark.total is not None and batch.total < mark.total)
            mark.total = batch.total
        ends = not batch.token or batch.token == mark.token or (bool(batch.times) and batch.times[-1] < floor)
        gap = None
        if not ends and mark.pages >= MAX_PAGES:
            why = "There are too many to read them all. The older ones are left out."
            gap, ends = Gap(told.stream, floor, min(batch.times, default=None), why), True
        mark.token = "" if ends else batch.token
        if ends:
            mark.top = mark.top if mark.shrank else mark.newest or mark.top
        yield _page(told, batch, mark, floor, gap)
        if ends:
            return


def _page(told: List, batch: Batch, mark: Mark, floor: datetime, gap: Gap | None) -> Page:
    fresh = [one for one in batch.damaged if f"!{one}" not in mark.notes]  # each is said once
    mark.notes |= {f"!{one}": 1 for one in fresh}
    while len(mark.notes) > _MOST_KEPT:
        del mark.notes[next(iter(mark.notes))]
    if fresh and gap is None:
        what = "1 entry" if len(fresh) == 1 else f"{len(fresh)} entries"
        why = f"{what} could not be read: Google sent them damaged. {told.where}"
        gap = Gap(told.stream, min(batch.times, default=None), max(batch.times, default=None), why)
    return Page(
        _wanted(batch.mentions, floor), tuple(batch.own), mark=msgspec.json.encode(mark).decode(), gap=gap
    )  # fmt: skip


def _wanted(mentions: Sequence[Mention], floor: datetime) -> tuple[Mention, ...]:
    found = {one.remote_id: one for one in mentions if max(one.posted_at, one.edited_at or one.posted_at) >= floor}
    return tuple(found.values())
