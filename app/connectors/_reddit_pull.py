"""Reading Reddit's listings: newest first, a hundred at a time, and no more than about a thousand.

Reddit's `before` gives nothing once the thing that it names was deleted, so what is new is read from the top down to
what is known. Where a pull breaks on the way, or more is new than fits a page, the mark holds a hole that the next
call goes on with. `after` names the last thing of a page; where that leads nowhere, the ones above it are tried.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from app.connectors._reddit_wire import Item
from app.domain import Gap, Page

LIMIT = 100
OVERLAP = 50  # newest entries that the mark knows
ANCHORS = 5
MAX_PAGES = 12  # of one hole: a listing ends after about a thousand
SLACK = timedelta(hours=1)  # a comment that was held by a filter may come late

# `after`, "" for the top -> the entries, newest first, and where the next page begins ("" for nowhere)
Fetch = Callable[[str], Awaitable[tuple[list[Item], str]]]


class Hole(msgspec.Struct):
    """A stretch that was not read yet: from the first of `anchors` down to one of `stops`, or to `since`."""

    anchors: list[str]
    since: datetime
    stops: list[str] = []
    pages: int = 0


class Mark(msgspec.Struct):
    """`recent`: what was newest, newest first. `at`: its time."""

    since: datetime
    recent: list[str] = []
    at: datetime | None = None
    holes: list[Hole] = []
    damaged: list[str] = []  # that were told


def _read(text: str | None, since: datetime) -> Mark:
    try:
        if text:
            return msgspec.json.decode(text, type=Mark)
    except msgspec.DecodeError:
        pass
    return Mark(since)


async def pull(fetch: Fetch, stream: str, text: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield the top of the list, then what is missing below."""
    mark = _read(text, since)
    items, after = await fetch("")
    known = set(mark.recent)
    met = next((n for n, item in enumerate(items) if item.id in known), None)
    floor = max(mark.since, mark.at - SLACK) if mark.at is not None else mark.since
    oldest = _oldest(items)
    if after and met is None and (oldest is None or oldest >= floor):
        mark.holes.insert(0, Hole(_anchors(items, after), floor, list(mark.recent)))
    wanted = [item for item in items if item.at is None or item.at >= mark.since]
    mark.recent = list(dict.fromkeys([*(item.id for item in items), *mark.recent]))[:OVERLAP]
    times = [item.at for item in items if item.at is not None]
    mark.at = max([*times, *([mark.at] if mark.at else [])], default=None)
    if page := _page(stream, wanted, mark, None, always=text is None or met != 0):
        yield page
    while mark.holes:
        if page := await _down(fetch, stream, mark):
            yield page


async def _down(fetch: Fetch, stream: str, mark: Mark) -> Page | None:
    """Read one page of the newest hole; the hole leaves the mark when its end is found."""
    hole = mark.holes[0]
    items, after = await fetch(hole.anchors[0])
    if not items and not after and len(hole.anchors) > 1 and hole.stops:
        hole.anchors.pop(0)  # it was deleted, or this is the end: the one above it tells
        return None
    hole.pages += 1
    met = any(item.id in hole.stops for item in items)
    oldest = _oldest(items)
    gap = None
    ends = met or not after or (oldest is not None and oldest < hole.since)
    if not met and (oldest is None or oldest >= hole.since) and ((ends and hole.stops) or hole.pages >= MAX_PAGES):
        ends = True
        why = "Reddit shows only about the newest thousand. What lies before them cannot be read: look on reddit.com."
        gap = Gap(stream, hole.since, oldest, why)
    if ends:
        mark.holes.pop(0)
    else:
        hole.anchors = _anchors(items, after)
    wanted = [item for item in items if item.at is None or item.at >= mark.since]
    return _page(stream, wanted, mark, gap, always=True)


def _anchors(items: list[Item], after: str) -> list[str]:
    return list(dict.fromkeys([after, *(item.id for item in reversed(items))]))[:ANCHORS]


def _oldest(items: list[Item]) -> datetime | None:
    return next((item.at for item in reversed(items) if item.at is not None), None)


def _page(stream: str, items: list[Item], mark: Mark, gap: Gap | None, *, always: bool) -> Page | None:
    fresh = [item.id for item in items if item.damaged and item.id not in mark.damaged]
    if fresh:
        mark.damaged = [*mark.damaged, *fresh][-OVERLAP:]
        count = "1 entry" if len(fresh) == 1 else f"{len(fresh)} entries"
        gap = gap or Gap(stream, None, datetime.now(UTC), f"{count} could not be read: Reddit sent them damaged.")
    if not always and gap is None:
        return None
    return Page(
        mentions=tuple({i.mention.remote_id: i.mention for i in items if i.mention is not None}.values()),
        own=tuple({i.own.remote_id: i.own for i in items if i.own is not None}.values()),
        mark=msgspec.json.encode(mark).decode(),
        gap=gap,
    )
