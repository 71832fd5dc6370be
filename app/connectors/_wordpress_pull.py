"""Reading the comments from a time on, oldest first, with marks that outlive a break.

`after` compares the site's own wall clock with `comment_date`, which stands still or goes back an hour when summer
time ends, and a comment that is taken out of the spam keeps its date: so a day is read again each time. Pages are
asked for by `offset`, each with the end of the one before: when comments are deleted meanwhile, the rest moves up, and
what would be skipped is seen by nothing being familiar. Entries that this user may not see are left out of a page and
still counted, so the total decides where it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from app.connectors._wordpress_wire import Comment, Me, comments, mention, moment, own
from app.domain import Gap, Page
from app.errors import InputError
from app.text import parse_time

STREAM = "comments"
PER_PAGE = 100  # the most, rest-api/pagination
OVERLAP = 20  # entries of the page before
BACK = timedelta(days=1)
MAX_PAGES = 200  # in one pull; the next goes on

# (after, offset) -> the page, and how many there are in all where the site says so
Fetch = Callable[[str, int], Awaitable[tuple[list[msgspec.Raw], int | None]]]


class Mark(msgspec.Struct):
    """From `start` on, `offset` entries were read; the last of them are `recent`."""

    start: str  # ISO, UTC
    offset: int = 0
    recent: list[int] = []
    newest: str = ""  # the highest `date_gmt` since `start`
    damaged: list[str] = []  # ids that were told


def _read(text: str | None, since: datetime) -> Mark:
    try:
        if text:
            return msgspec.json.decode(text, type=Mark)
    except msgspec.DecodeError:
        pass
    return Mark(_iso(since))


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def pull(fetch: Fetch, stream: str, text: str | None, since: datetime, me: Me) -> AsyncIterator[Page]:
    """Yield what was written since the mark, and the day before it."""
    if stream != STREAM:
        raise InputError(f"WordPress has no stream named {stream}.")
    mark = _read(text, since)
    for _ in range(MAX_PAGES):
        at = max(0, mark.offset - OVERLAP)
        while True:
            raws, total = await fetch(mark.start, at)
            found, damaged = await asyncio.to_thread(comments, raws)
            if at == 0 or not mark.recent or {one.id for one in found} & set(mark.recent):
                break
            at = max(0, at - PER_PAGE + OVERLAP)
        # a site that does not tell the total has read its last page when it is empty
        ends = at + PER_PAGE >= total if total is not None else not raws
        mark = _moved(mark, at + PER_PAGE, found)
        gap = _gap(mark, damaged)
        if ends:
            mark = _ended(mark)
        yield _page(found, mark, gap, me)
        if ends:
            return


def _moved(mark: Mark, offset: int, found: list[Comment]) -> Mark:
    return Mark(
        mark.start,
        offset,
        [one.id for one in found][-OVERLAP:] or mark.recent,
        max([mark.newest, *(one.date_gmt for one in found)]),
        mark.damaged,
    )


def _ended(mark: Mark) -> Mark:
    newest = parse_time(mark.newest, datetime.max.replace(tzinfo=UTC) - timedelta(days=1)) if mark.newest else None
    start = max(mark.start, _iso(newest - BACK)) if newest else mark.start
    return Mark(start, damaged=mark.damaged[-OVERLAP:])


def _gap(mark: Mark, damaged: list[str]) -> Gap | None:
    """Say once what cannot be read; the mark remembers it."""
    fresh = [name for name in dict.fromkeys(damaged) if name not in mark.damaged]
    mark.damaged = [*mark.damaged, *fresh]
    if not fresh:
        return None
    entries = "1 comment" if len(fresh) == 1 else f"{len(fresh)} comments"
    why = f"{entries} could not be read: the website sent them damaged. Look at Comments in WordPress."
    return Gap(STREAM, None, None, why)


def _page(found: list[Comment], mark: Mark, gap: Gap | None, me: Me) -> Page:
    once = {one.id: one for one in found if one.type in ("comment", "")}
    found = sorted(once.values(), key=lambda one: (moment(one), one.id))
    return Page(
        mentions=tuple(mention(one, me) for one in found if one.author != me.user),
        own=tuple(own(one, me) for one in found if one.author == me.user),
        mark=msgspec.json.encode(mark).decode(),
        gap=gap,
    )
