"""Reading a community's notifications, and through them the posts.

Notifications come newest first by offset, so what is new moves the rest down and what is deleted moves it up: a page
joins the one before when it begins at or above where that ended. Each names a topic and the first post in it that was
not read; later posts of the topic may have no notification of their own. So the topic is read from there on, up to
where a newer notification of the same topic began.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from app.connectors import _discourse_wire as wire
from app.domain import Gap, Kind, Mention, OwnPost, Page
from app.errors import ForbiddenError, GoneError
from app.text import clean, parse_time

STREAM = "notifications"
LIMIT = 60  # notifications_controller.rb, INDEX_LIMIT
OVERLAP = 10
CHUNK = 20  # topic_view.rb, chunk_size
MAX_CHUNKS = 15  # of one topic for one notification
MAX_PAGES = 60
END = 1_000_000_000


class Mark(msgspec.Struct):
    """`top`: the highest id that was read. A hole goes from `below` down to `stop`, at about `offset`."""

    since: datetime
    top: int = 0
    below: int = 0
    stop: int = 0
    offset: int = 0  # 0: no hole
    bounds: dict[str, int] = {}  # of a hole: where newer notifications of a topic began
    told: int = 0  # damaged ones on the first page that a gap told of


@dataclass(slots=True)
class Asked:
    """What is to be read of one topic."""

    first: int  # number of the first post
    last: int  # and of the last one
    kinds: dict[int, Kind] = field(default_factory=dict)  # as notifications told
    notes: dict[int, int] = field(default_factory=dict)  # number to notification
    all: bool = False  # every post counts: the topic is watched, ours, or private


Fetch = Callable[[int], Awaitable[wire.Notifications]]
TopicOf = Callable[[int], Awaitable[wire.Topic]]
PostsOf = Callable[[int, list[int]], Awaitable[list[msgspec.Raw]]]


@dataclass(frozen=True, slots=True)
class Site:
    """How notifications, topics and posts are asked for."""

    notifications: Fetch
    topic: TopicOf
    posts: PostsOf
    me: wire.Me


def read_mark(text: str | None, since: datetime) -> Mark:
    """What was kept, or a beginning at `since`."""
    try:
        if text:
            return msgspec.json.decode(text, type=Mark)
    except msgspec.DecodeError:
        pass
    return Mark(since)


async def pull(site: Site, text: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield the newest, then what is missing below."""
    mark = read_mark(text, since)
    found, total, damaged = _notes(await site.notifications(0))
    fresh = [note for note in found if note.id > mark.top]
    wanted = [note for note in fresh if _at(note) >= mark.since]
    more = len(fresh) == len(found) and total > LIMIT and len(wanted) == len(fresh)
    if more and fresh and not mark.offset:
        mark.below, mark.stop, mark.offset, mark.bounds = fresh[-1].id, mark.top, LIMIT, {}
    elif more and fresh:  # a second stretch above one that was not read to its end: both are one
        mark.below, mark.offset = fresh[-1].id, LIMIT
    elif not found and total > LIMIT and not mark.offset:  # sixty in a row that we may no longer see
        mark.below, mark.stop, mark.offset, mark.bounds = END, mark.top, LIMIT, {}
    changed = bool(fresh) or text is None
    mark.top = max([mark.top, *(note.id for note in fresh)])
    told, mark.told = mark.told, damaged
    if changed:
        yield await _page(site, wanted, mark, damaged if damaged > told else 0)
    for _ in range(MAX_PAGES):
        if not mark.offset:
            return
        yield await _down(site, mark)


async def _down(site: Site, mark: Mark) -> Page:
    at = max(0, mark.offset - OVERLAP)
    while True:
        found, total, damaged = _notes(await site.notifications(at))
        if at == 0 or (found and found[0].id >= mark.below) or (not found and at < total):
            break
        at = max(0, at - LIMIT + OVERLAP)  # many were deleted above: what follows has moved up
    fresh = [note for note in found if mark.stop < note.id < mark.below]
    wanted = [note for note in fresh if _at(note) >= mark.since]
    ends = at + LIMIT >= total or any(note.id <= mark.stop for note in found) or len(wanted) < len(fresh)
    mark.below = min([mark.below, *(note.id for note in found)])
    mark.top = max([mark.top, *(note.id for note in found)])
    mark.offset = 0 if ends else at + LIMIT
    return await _page(site, wanted, mark, damaged)


def _notes(page: wire.Notifications) -> tuple[list[wire.Notification], int, int]:
    found, damaged = [], 0
    for raw in page.notifications:
        try:
            found.append(msgspec.json.decode(raw, type=wire.Notification))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            damaged += 1
    found.sort(key=lambda note: note.id, reverse=True)
    return found, page.total_rows_notifications, damaged


def _at(note: wire.Notification) -> datetime:
    now = datetime.now(UTC)
    return parse_time(note.created_at, now) or now


def _asked(notes: list[wire.Notification], bounds: dict[str, int]) -> dict[int, Asked]:
    """What to read, topic by topic; `notes` are newest first, `bounds` goes on from page to page."""
    found: dict[int, Asked] = {}
    for note in notes:
        topic, number = note.topic_id or 0, note.post_number or 0
        if note.notification_type not in wire.TYPES or not topic or not number:
            continue
        wide = note.notification_type in wire.COLLAPSED
        last = min(bounds.get(str(topic), END), END) - 1 if wide else number
        asked = found.setdefault(topic, Asked(number, max(number, last)))
        asked.first, asked.last = min(asked.first, number), max(asked.last, last, number)
        kind = wire.KINDS[note.notification_type]
        if number not in asked.kinds or asked.kinds[number] is Kind.COMMENT:
            asked.kinds[number] = kind
        asked.notes.setdefault(number, note.id)
        asked.all = asked.all or note.notification_type in (wire.PRIVATE, wire.POSTED, wire.WATCHED)
        if wide:
            bounds[str(topic)] = min(bounds.get(str(topic), END), number)
    return found


async def _page(site: Site, notes: list[wire.Notification], mark: Mark, damaged: int) -> Page:
    mentions: dict[str, Mention] = {}
    own: dict[str, OwnPost] = {}
    gap = None
    for topic, asked in _asked(notes, mark.bounds).items():
        try:
            short = await _read(site, topic, asked, mentions, own)
        except (GoneError, ForbiddenError) as error:
            if not error.code:
                raise  # not Discourse's own word
            continue  # the topic was deleted, or we were taken out of it
        gap = gap or short
    if damaged:
        count = "1 notification" if damaged == 1 else f"{damaged} notifications"
        why = f"{count} could not be read: the community sent them damaged."
        gap = gap or Gap(STREAM, None, datetime.now(UTC), why)
    if not mark.offset:
        mark.bounds = {}
    return Page(tuple(mentions.values()), tuple(own.values()), mark=msgspec.json.encode(mark).decode(), gap=gap)


async def _read(
    site: Site, topic_id: int, asked: Asked, mentions: dict[str, Mention], own: dict[str, OwnPost]
) -> Gap | None:
    topic = await site.topic(topic_id)
    posts, damaged, whole = await span(site, topic, topic_id, asked.first, asked.last)
    private = topic.archetype == "private_message"
    by_number = {post.post_number: post.id for post in posts}
    for post in posts:
        if wire.is_gone(post) or post.post_type not in (1, 4) or not asked.first <= post.post_number <= asked.last:
            continue
        if wire.is_ours(post, site.me):
            own[str(post.id)] = wire.own(post, site.me, private=private, by_number=by_number)
            continue
        told = asked.kinds.get(post.post_number)
        kind = told or (Kind.MESSAGE if private else wire.kind_of(post, site.me))
        if kind is Kind.CONTEXT and asked.all:
            kind = Kind.COMMENT
        if kind is not Kind.CONTEXT:
            note = asked.notes.get(post.post_number, min(asked.notes.values()))
            mentions[str(post.id)] = wire.mention(
                post, site.me, private=private, by_number=by_number, kind=kind, notification=note
            )
    if whole and not damaged:
        return None
    why = f"Not all posts of “{clean(topic.title)[:80]}” could be read. Look at the topic in your browser."
    return Gap(STREAM, None, datetime.now(UTC), why)


async def span(
    site: Site, topic: wire.Topic, topic_id: int, first: int, last: int
) -> tuple[list[wire.Post], int, bool]:
    """The posts with these numbers; how many were damaged; whether all were read. Numbers have holes, ids do not."""
    known: dict[int, wire.Post] = {}
    damaged = _take(known, topic.post_stream.posts)
    ids = topic.post_stream.stream or list(known)
    asked: set[int] = set()

    async def load(start: int) -> None:
        nonlocal damaged
        some = [id_ for id_ in ids[max(0, start) : max(0, start) + CHUNK] if id_ not in known and id_ not in asked]
        asked.update(some)
        if some:
            damaged += _take(known, await site.posts(topic_id, some))

    # a post's place is its number or less, by as many as were deleted before it
    at, chunks = min(first - 1, len(ids) - 1), 0
    start = max(0, at - CHUNK // 2)
    await load(start)
    while start > 0 and chunks < MAX_CHUNKS and _lowest(known, ids[start : start + CHUNK], first) > first:
        start, chunks = max(0, start - CHUNK), chunks + 1
        await load(start)
    while start + CHUNK < len(ids) and chunks < MAX_CHUNKS and _highest(known, ids[start : start + CHUNK]) < last:
        start, chunks = start + CHUNK, chunks + 1
        await load(start)
    found = sorted(known.values(), key=lambda post: post.post_number)
    return found, damaged, chunks < MAX_CHUNKS


def _take(known: dict[int, wire.Post], raws: list[msgspec.Raw]) -> int:
    found, damaged = wire.posts(raws)
    known.update((post.id, post) for post in found)
    return damaged


def _lowest(known: Mapping[int, wire.Post], ids: list[int], default: int) -> int:
    return min((known[id_].post_number for id_ in ids if id_ in known), default=default)


def _highest(known: Mapping[int, wire.Post], ids: list[int]) -> int:
    return max((known[id_].post_number for id_ in ids if id_ in known), default=0)
