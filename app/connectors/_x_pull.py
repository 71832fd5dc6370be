"""Reading X's lists to their end, newest first, with marks that outlive a break.

Ids hold their time, so a mark is an id, and our clock plays no part in it. A list is read above `since_id`, page by
page with `pagination_token`; a walk that broke goes on below the oldest id that was saved (`until_id`). Messages know
neither: there the token itself is kept.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from app.connectors._x_session import Json, texts
from app.connectors._x_wire import Item, id_at, time_of
from app.domain import Gap, Page
from app.errors import RefusedError

OVERLAP = 60_000 << 22  # a minute, in ids: some posts are told a little late
MAX_PAGES = 100  # of one walk; what lies beyond is said as a gap
_DAMAGED = "1 entry could not be read: X sent it damaged. Look at x.com."

Fetch = Callable[[Mapping[str, str]], Awaitable[Json]]
Read = Callable[[Json], list[Item]]


class Mark(msgspec.Struct):
    """Everything up to `top` is saved, but for what lies between `below` and `floor` while a walk is under way."""

    since: datetime
    top: str = ""
    below: str = ""
    floor: str = ""
    token: str = ""  # of messages
    seen: int = 0  # items of the walk
    pages: int = 0


@dataclass(frozen=True, slots=True)
class List:
    """How one list is read."""

    stream: str
    fetch: Fetch
    read: Read
    size: int
    most: int = MAX_PAGES
    holds: int = 0  # items that X shows at all, 0 for all
    too_many: str = "There are too many to read them all. The older ones are left out."


def _mark(text: str | None, since: datetime) -> Mark:
    """A mark that is none of ours is as good as none: all is read anew."""
    try:
        return msgspec.json.decode(text or "", type=Mark)
    except msgspec.DecodeError:
        return Mark(since)


def _number(id_: str) -> int:
    return int(id_) if id_.isascii() and id_.isdigit() else 0


def _page(told: List, items: Sequence[Item], mark: Mark, gap: Gap | None, known: str) -> Page:
    # what lies at or below `known` was told before: a damaged entry is said once
    fresh = [one for one in items if _number(one.id) > _number(known)]
    damaged = sum(one.damaged for one in items if not one.id) if fresh else 0
    damaged += sum(one.damaged for one in fresh)
    if damaged and gap is None:
        times = [at for one in items if (at := time_of(one.id))]
        why = _DAMAGED if damaged == 1 else f"{damaged} entries could not be read: X sent them damaged. Look at x.com."
        gap = Gap(told.stream, min(times, default=None), max(times, default=None), why)
    return Page(
        tuple(one.mention for one in _latest(items) if one.mention),
        tuple(one.own for one in items if one.own),
        mark=msgspec.json.encode(mark).decode(), gap=gap,
    )  # fmt: skip


def _latest(items: Sequence[Item]) -> list[Item]:
    """Of several versions of one post the newest alone."""
    found: dict[str, Item] = {}
    for one in items:
        if one.mention is None:
            continue
        before = found.get(one.mention.remote_id)
        if before is None or _number(one.id) > _number(before.id):
            found[one.mention.remote_id] = one
    return list(found.values())


async def pull(told: List, text: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield what is new since the mark; a walk that broke is ended first."""
    mark = _mark(text, since)
    again = bool(mark.below)
    async for page in _walk(told, mark):
        yield page
    if again:
        async for page in _walk(told, mark):
            yield page


async def _walk(told: List, mark: Mark) -> AsyncIterator[Page]:
    """Read from the top, or from `mark.below`, down to the floor. `mark` is true once the page is saved."""
    floor = mark.floor or (str(max(1, _number(mark.top) - OVERLAP)) if mark.top else id_at(mark.since))
    known = "" if mark.below else mark.top
    start = {"since_id": floor} | ({"until_id": mark.below} if mark.below else {})
    token = ""
    while True:
        params = {**start, "max_results": str(told.size)} | ({"pagination_token": token} if token else {})
        answer = await told.fetch(params)
        items, token = told.read(answer), texts(answer, "meta", "next_token")
        ids = [one.id for one in items if _number(one.id)]
        mark.top = max([mark.top, *ids], key=_number)
        mark.seen, mark.pages, mark.floor = mark.seen + len(items), mark.pages + 1, floor
        mark.below = min([*ids, *([mark.below] if mark.below else [])], key=_number, default=mark.top)
        gap = None
        if token and mark.pages >= told.most:
            gap, token = Gap(told.stream, time_of(floor), time_of(mark.below), told.too_many), ""
        elif not token and told.holds and mark.seen >= told.holds:
            why = f"X shows no more than the newest {told.holds}. What is older could not be read."
            gap = Gap(told.stream, time_of(floor), time_of(mark.below), why)
        if not token:
            mark.below, mark.floor, mark.seen, mark.pages = "", "", 0, 0
            mark.top = mark.top or floor
        yield _page(told, items, mark, gap, known)
        if not token:
            return


async def messages(told: List, text: str | None, since: datetime) -> AsyncIterator[Page]:
    """Messages have no `since_id`: the newest are read until one comes that is known."""
    mark = _mark(text, since)
    again = bool(mark.token)
    async for page in _messages(told, mark):
        yield page
    if again:
        async for page in _messages(told, mark):
            yield page


async def _messages(told: List, mark: Mark) -> AsyncIterator[Page]:
    """`mark.below` is the newest id of the walk, which becomes the top once the walk has met what is known."""
    floor, token = mark.top or id_at(mark.since), mark.token
    low = _number(floor) - (OVERLAP if mark.top else 0)
    while True:
        params = {"max_results": str(told.size)} | ({"pagination_token": token} if token else {})
        try:
            answer = await told.fetch(params)
        except RefusedError:
            if not mark.token or token != mark.token:
                raise
            mark.token = token = ""  # it is too old: from the top again, what was read comes twice
            continue
        items, token = told.read(answer), texts(answer, "meta", "next_token")
        ids = [one.id for one in items if _number(one.id)]
        mark.below, mark.pages = max([mark.below, *ids], key=_number), mark.pages + 1
        if ids and min(map(_number, ids)) <= low:
            token = ""
        gap = None
        if token and mark.pages >= told.most:
            oldest = min(ids, key=_number, default="")
            gap, token = Gap(told.stream, time_of(floor), time_of(oldest), told.too_many), ""
        mark.token = token
        if not token:
            mark.top, mark.below, mark.pages = max(mark.top or floor, mark.below, key=_number), "", 0
        wanted = [one for one in items if _number(one.id) > low or not one.id]
        yield _page(told, wanted, mark, gap, floor)
        if not token:
            return
