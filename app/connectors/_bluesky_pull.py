"""Reading what is new on Bluesky, newest first, until what is known.

A mark is {"at": the newest time, "from": since when all is known, "ids": {short id: time} of the newest known}.
It moves with the last page of a pull, so that a pull which breaks leaves no hole. Reading goes back two hours
beyond "at", and whatever is unknown on the way is taken: notifications are sorted by the lesser of a post's own
time and the time that it was seen, so one that was written offline or sent by a bridge appears further down.
`isRead` is never asked: the server marks unseen ones as read.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec

from app.connectors._bluesky_items import (
    REASONS,
    Json,
    Reader,
    dict_at,
    each,
    list_at,
    moment,
    object_of,
    text_at,
    wants_view,
    when,
)
from app.connectors._bluesky_session import Session
from app.connectors._bluesky_text import at_uri, tid_time
from app.domain import Gap, Page
from app.errors import GoneError, ServiceError

POST = "app.bsky.feed.post"
_PAGES = 30  # of 100 items each; beyond them is a gap
_BATCH = 25  # limit of getPosts and getProfiles
_OVERLAP = timedelta(hours=2)
_KEEP = 200  # ids kept in a mark: the first page and as much again
_DEPTH = "100"  # levels of a thread, above and below
_PEOPLE = 5000  # authors whose number of followers is remembered


class Mark:
    """How far a stream is known; damaged text counts as no mark. `seen` adds to it while a pull reads."""

    def __init__(self, text: str | None, since: datetime) -> None:
        found = object_of(text)
        at = moment(text_at(found, "at"))
        self._newest: datetime = at or since
        self._from: datetime = (moment(text_at(found, "from")) if at else None) or since
        times = dict_at(found, "ids") if at else {}
        self._ids = {key: second for key, second in times.items() if isinstance(second, int)}
        self.floor = at - _OVERLAP if at else since  # reading may stop before this

    def seen(self, view: object, at: datetime) -> bool:
        """Note an item; True if it is new. One with another cid was edited and counts as new."""
        whole = f"{text_at(view, 'uri')}#{text_at(view, 'cid')}"
        key = hashlib.sha256(whole.encode()).hexdigest()[:16]
        if at < self._from:
            return False
        self._newest = max(self._newest, at)
        new = key not in self._ids
        self._ids[key] = int(at.timestamp())
        return new

    def text(self, reached: datetime | None = None) -> str:
        """Return the mark for the last page; `reached` where the pull gave up on the way."""
        since = max(self._from, reached) if reached else self._from
        kept = sorted(self._ids.items(), key=lambda one: one[1], reverse=True)
        if len(kept) > _KEEP:
            since = max(since, datetime.fromtimestamp(kept[_KEEP - 1][1], UTC))
        told = {"at": self._newest.isoformat(), "from": since.isoformat(), "ids": dict(kept[:_KEEP])}
        return msgspec.json.encode(told).decode()


async def notifications(session: Session, reader: Reader, mark: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield mentions, replies and quotes."""
    known = Mark(mark, since)
    cursor, oldest = "", datetime.now(UTC)
    for number in range(1, _PAGES + 1):
        params = [*(("reasons", reason) for reason in REASONS), ("limit", "100")]
        params += [("cursor", cursor)] if cursor else []
        answer = await session.get("app.bsky.notification.listNotifications", params)
        items = [one for one in list_at(answer, "notifications") if isinstance(one, dict)]
        now = datetime.now(UTC)
        times = [when(text_at(one, "indexedAt"), text_at(one, "record", "createdAt"), now=now) for one in items]
        oldest = min([oldest, *times])
        fresh = [one for one, at in zip(items, times, strict=True) if known.seen(one, at)]
        wanted = [one for one in fresh if text_at(one, "reason") in REASONS]
        await add_views(session, wanted)
        await add_followers(session, reader, wanted)
        mentions = await asyncio.to_thread(
            each, wanted, lambda one: reader.mention(one, REASONS[text_at(one, "reason")])
        )
        following = text_at(answer, "cursor")
        if not following or following == cursor or _reaches(known.floor, times):
            yield Page(tuple(mentions), mark=known.text())
            return
        if number == _PAGES:
            gap = Gap("notifications", known.floor, oldest, _too_many("mentions", _PAGES * 100))
            yield Page(tuple(mentions), mark=known.text(oldest), gap=gap)
            return
        yield Page(tuple(mentions))
        cursor = following


async def own_posts(session: Session, reader: Reader, mark: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield what the account itself posted, from anywhere: the records of its repository, newest key first."""
    known = Mark(mark, since)
    cursor, oldest = "", datetime.now(UTC)
    for number in range(1, _PAGES + 1):
        params = [("repo", reader.did), ("collection", POST), ("limit", "100")]
        params += [("cursor", cursor)] if cursor else []
        answer = await session.get("com.atproto.repo.listRecords", params)
        wanted, times, now = [], [], datetime.now(UTC)
        records = list_at(answer, "records")
        for one in records:
            place = at_uri(text_at(one, "uri"))
            at = tid_time(place.rkey) if place else None
            at = min(at, now) if at else when(text_at(one, "value", "createdAt"), now=now)
            times.append(at)
            if known.seen(one, at):
                wanted.append(one)
        oldest = min([oldest, *times])
        posts = tuple(await asyncio.to_thread(each, wanted, reader.own))
        following = text_at(answer, "cursor") if len(records) == 100 else ""  # told on the last page too
        if not following or following == cursor or _reaches(known.floor, times):
            yield Page(own=posts, mark=known.text())
            return
        if number == _PAGES:
            gap = Gap("own", known.floor, oldest, _too_many("posts of your own", _PAGES * 100))
            yield Page(own=posts, mark=known.text(oldest), gap=gap)
            return
        yield Page(own=posts)
        cursor = following


async def posts_by_uri(session: Session, uris: list[str]) -> dict[str, Json]:
    """Read posts again, 25 a call; those that are missing from the answer are no longer there."""
    found: dict[str, Json] = {}
    for start in range(0, len(uris), _BATCH):
        answer = await session.get("app.bsky.feed.getPosts", [("uris", uri) for uri in uris[start : start + _BATCH]])
        for post in list_at(answer, "posts"):
            if isinstance(post, dict) and text_at(post, "uri"):
                found[text_at(post, "uri")] = post
    return found


async def tree(session: Session, uri: str) -> dict[str, Json] | None:
    """Return all readable posts of a thread by address; None where the post itself is gone.

    Deleted and blocked posts are holes in the tree; what hangs on them is kept.
    """
    params = [("uri", uri), ("depth", _DEPTH), ("parentHeight", _DEPTH)]
    try:
        answer = await session.get("app.bsky.feed.getPostThread", params)
    except GoneError:
        return None
    top = dict_at(answer, "thread")
    if top.get("notFound") is True:
        return None
    posts: dict[str, Json] = {}
    above = dict_at(top, "parent")
    while above:
        if uri_above := text_at(above, "post", "uri"):
            posts[uri_above] = dict_at(above, "post")
        above = dict_at(above, "parent")
    below = [top]
    while below:
        node = below.pop()
        if uri_below := text_at(node, "post", "uri"):
            posts[uri_below] = dict_at(node, "post")
        below += [one for one in list_at(node, "replies") if isinstance(one, dict)]
    return posts


async def add_views(session: Session, items: list[Json]) -> None:
    """Give notifications with pictures the view that knows the pictures' addresses; best effort."""
    uris = list(dict.fromkeys(text_at(one, "uri") for one in items if wants_view(one)))
    if not uris:
        return
    try:
        views = await posts_by_uri(session, [uri for uri in uris if at_uri(uri)])
    except ServiceError:
        return  # the words matter more than the pictures
    for one in items:
        if embed := dict_at(views.get(text_at(one, "uri")), "embed"):
            one["embed"] = embed


async def add_followers(session: Session, reader: Reader, items: list[Json]) -> None:
    """Learn how many followers new authors have, which notifications do not say; best effort."""
    dids = dict.fromkeys(text_at(one, "author", "did") for one in items)
    asked = [did for did in dids if did.startswith("did:") and did not in reader.followers]
    if len(reader.followers) + len(asked) > _PEOPLE:
        reader.followers.clear()
    try:
        for start in range(0, len(asked), _BATCH):
            params = [("actors", did) for did in asked[start : start + _BATCH]]
            answer = await session.get("app.bsky.actor.getProfiles", params)
            for person in list_at(answer, "profiles"):
                count = person.get("followersCount") if isinstance(person, dict) else None
                if isinstance(count, int) and not isinstance(count, bool):
                    reader.followers[text_at(person, "did")] = count
    except ServiceError:
        return


def _reaches(floor: datetime, times: list[datetime]) -> bool:
    """Tell whether a page lies before `floor`; one or two items with a wrong date do not end the reading."""
    return sum(at < floor for at in times) >= min(3, len(times) or 1)


def _too_many(what: str, count: int) -> str:
    return f"More than {count} {what} came in at once. The oldest of them could not be read."
