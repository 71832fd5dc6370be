"""Reading a Mastodon list to its end: marks with overlap, and holes that outlive a break.

docs.joinmastodon.org/api/guidelines#pagination. `min_id` gives what follows next, oldest first, so the mark
can move with each page. Two things cannot be trusted: snac2's `min_id` acts like `since_id` on notifications
(the newest come, and what lies between them and the mark is left out), and it ignores all cursors on an
account's statuses. So a page counts as joined to what we have only when it shows something that we have;
otherwise a hole is noted in the mark, and read downwards by `max_id`. A first pull is one large hole below
the newest page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from app.connectors._mastodon_wire import Item
from app.domain import Gap, Page
from app.errors import InputError

OVERLAP = 20  # entries read again each time: some arrive late with an older id
LIMIT = 40  # a page; docs.joinmastodon.org/methods/notifications: default 40, max 80
FULL = 15  # a page shorter than the smallest limit that servers impose was not cut off
MAX_UP = 100  # pages in one pull; the next goes on
MAX_DOWN = 100  # pages of one hole; what lies beyond is said as a gap

Fetch = Callable[[dict[str, str]], Awaitable[list[Item]]]


class Hole(msgspec.Struct):
    """A stretch that was not read yet: from `below` down to one of `stops`, or to `since`."""

    below: str
    since: datetime
    stops: list[str] = []
    after: datetime | None = None  # time of the newest of `stops`
    before: datetime | None = None  # time of `below` when the hole was found
    pages: int = 0


class Mark(msgspec.Struct):
    """`recent` holds the newest entries that were saved, newest first; the last one is the overlap."""

    since: datetime  # how far back the first pull went
    recent: list[str] = []
    at: datetime | None = None  # time of the newest entry
    holes: list[Hole] = []


def read_mark(text: str | None) -> Mark | None:
    """Return None for no mark, and for one that is not ours: then all is read anew."""
    try:
        return msgspec.json.decode(text, type=Mark) if text else None
    except msgspec.DecodeError:
        return None


def _page(stream: str, items: list[Item], mark: Mark, gap: Gap | None = None) -> Page:
    damaged = sum(item.damaged for item in items)
    if damaged and gap is None:
        times = [item.at for item in items if item.at is not None]
        entries = "1 entry" if damaged == 1 else f"{damaged} entries"
        why = f"{entries} could not be read: the server sent them damaged. Look at your server's web page."
        gap = Gap(stream, min(times, default=None), max(times, default=None), why)
    return Page(
        mentions=tuple({i.mention.remote_id: i.mention for i in items if i.mention is not None}.values()),
        own=tuple({i.own.remote_id: i.own for i in items if i.own is not None}.values()),
        mark=msgspec.json.encode(mark).decode(),
        gap=gap,
    )


def _merged(mark: Mark, fresh: list[Item]) -> None:
    """Put `fresh`, newest first, on top of what the mark knows."""
    mark.recent = list(dict.fromkeys([*(item.id for item in fresh), *mark.recent]))[:OVERLAP]
    now = datetime.now(UTC)
    times = [min(item.at, now) for item in fresh if item.at is not None]
    mark.at = max([*times, *([mark.at] if mark.at else [])], default=None)


def _oldest(items: list[Item]) -> datetime | None:
    """Return the time of the last entry that has one; lists are newest first, single dates may be wrong."""
    return next((item.at for item in reversed(items) if item.at is not None), None)


async def pull(fetch: Fetch, stream: str, text: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield what is new, then what is missing further down. A page's mark is true once the page is saved."""
    mark = read_mark(text)
    if mark is None:
        items = await fetch({})
        mark = Mark(since=since)
        _merged(mark, items)
        oldest = _oldest(items)
        if items and (oldest is None or oldest >= since):
            mark.holes.append(Hole(items[-1].id, since, before=oldest))
        yield _page(stream, [item for item in items if item.at is None or item.at >= since], mark)
    else:
        async for page in _up(fetch, stream, mark):
            yield page
    while mark.holes:
        yield await _down(fetch, stream, mark)


async def _up(fetch: Fetch, stream: str, mark: Mark) -> AsyncIterator[Page]:
    cursor = mark.recent[-1] if len(mark.recent) >= OVERLAP else ""
    seen = set(mark.recent)
    for _ in range(MAX_UP):
        items = await fetch({"min_id": cursor} if cursor else {})
        shared = [n for n, item in enumerate(items) if item.id in seen]
        # what lies below the oldest entry that we know is history, which some servers send every time
        fresh = [item for item in items[: shared[-1] if shared else None] if item.id not in seen]
        if not fresh:
            return
        if not shared and len(items) >= FULL and (not cursor or cursor != mark.recent[0]):
            since = max(mark.since, mark.at - timedelta(days=1)) if mark.at and mark.recent else mark.since
            mark.holes.insert(0, Hole(items[-1].id, since, list(mark.recent), mark.at, _oldest(items)))
        _merged(mark, fresh)
        seen.update(item.id for item in fresh)
        yield _page(stream, fresh, mark)
        cursor = mark.recent[0]


async def _down(fetch: Fetch, stream: str, mark: Mark) -> Page:
    """Read one page of the newest hole; the hole leaves the mark when its end is found."""
    hole = mark.holes[0]
    items = await fetch({"max_id": hole.below})
    hole.pages += 1
    met = next((n for n, item in enumerate(items) if item.id in hole.stops), None)
    # where `max_id` is ignored, all that was read comes again
    start = next((n for n, item in enumerate(items, 1) if item.id == hole.below), 0)
    fresh = items[start:met]
    wanted = [item for item in fresh if item.at is None or item.at >= hole.since]
    oldest = _oldest(fresh)
    gap = None
    ends = not items or items[-1].id == hole.below or met is not None or (oldest is not None and oldest < hole.since)
    if not ends and hole.pages >= MAX_DOWN:
        ends = True
        gap = Gap(stream, hole.since, oldest, "There are too many to read them all. The older ones are left out.")
    elif ends and not items and hole.stops:
        why = "The server shows nothing older, so it is not certain that this stretch is complete."
        gap = Gap(stream, hole.after, hole.before, why)
    if ends:
        mark.holes.pop(0)
    else:
        hole.below = items[-1].id
    return _page(stream, wanted, mark, gap)


def check_stream(stream: str, streams: tuple[str, ...]) -> None:
    """Raise for a stream that the platform does not have."""
    if stream not in streams:
        raise InputError(f"Mastodon has no stream named {stream}.")
