"""One page of each of the streams of Threads; `_meta_pull` says how they become a pull.

What hangs below a post is asked for post by post, newest first, down to the newest that is known of that post
(`Mark.seen`, in seconds). Posts of the last three days are asked at every pull, older ones once an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app.connectors import _meta_graph as graph
from app.connectors import _threads_wire as wire
from app.connectors._meta_graph import Graph
from app.connectors._meta_pull import OVERLAP, Batch, Mark
from app.domain import Kind, Mention, OwnPost
from app.errors import ForbiddenError, GoneError, RefusedError

LIMIT = 50
POSTS_BACK = timedelta(days=30)  # replies to older posts of ours are not read
FRESH = timedelta(days=3)
DEEP = timedelta(hours=1)
FIRST = 1688540400  # "since" may not be before: developers.facebook.com/docs/threads/threads-mentions
_MORE = 100


class Reader:
    """Reads for one profile."""

    def __init__(self, calls: Graph, me: wire.Me) -> None:
        self._calls, self._me = calls, me

    async def mentions(self, mark: Mark) -> Batch:
        """Public posts that name the profile."""
        listing = await self._calls.get(
            "me/mentions", graph.Listing, fields=wire.POST, limit=str(LIMIT), since=_since(mark.floor),
            after=mark.after or None,
        )  # fmt: skip
        return self._listed(listing, mark, Kind.MENTION)

    def _listed(self, listing: graph.Listing, mark: Mark, kind: Kind) -> Batch:
        batch, now = Batch(after=listing.after(LIMIT)), self._calls.now()
        old = bool(listing.data)
        for raw in listing.data:
            post = wire.read(raw)
            if post is None:
                batch.damaged.append(wire.damaged(raw))
                continue
            found = wire.item(post, self._me, kind, now)
            old = old and found.posted_at < mark.floor
            if found.posted_at >= mark.floor and isinstance(found, Mention):
                batch.mentions.append(found)
        if old:
            batch.after = ""
        return batch

    async def replies(self, mark: Mark) -> Batch:
        """What hangs below our posts."""
        listing = await self._calls.get(
            "me/threads", graph.Listing, fields=wire.POST, limit=str(LIMIT), after=mark.after or None
        )
        return await self._below_each(listing, mark, edge="conversation")

    async def own(self, mark: Mark) -> Batch:
        """Our replies, wherever they were written; and, below others' posts, what was said to them."""
        listing = await self.ours(mark.after)
        batch = await self._below_each(listing, mark, edge="replies")
        for raw in listing.data:
            post = wire.read(raw)
            if post is not None:
                found = wire.item(post, self._me, Kind.REPLY, self._calls.now())
                if isinstance(found, OwnPost) and found.posted_at >= mark.floor:
                    batch.own.append(found)
        return batch

    async def _below_each(self, listing: graph.Listing, mark: Mark, *, edge: str) -> Batch:
        batch, now = Batch(after=listing.after(LIMIT)), self._calls.now()
        deep = mark.deep is None or now - mark.deep >= DEEP
        reach = now - (POSTS_BACK if deep else FRESH)
        old = bool(listing.data)
        for raw in listing.data:
            post = wire.read(raw)
            if post is None:
                batch.damaged.append(wire.damaged(raw))
                continue
            posted = wire.when(post, now)
            old = old and posted < reach
            if posted < now - POSTS_BACK:
                continue
            known = mark.seen.get(post.id, 0)
            if known:
                batch.seen[post.id] = known
            if post.has_replies and (deep or now - posted < FRESH or not known):
                await self._below(batch, post, edge, known, mark.since, now)
        if old:
            batch.after = ""
            batch.seen = {**({} if deep else mark.seen), **batch.seen}
        if deep and not batch.after:
            mark.deep = now
        return batch

    async def _below(
        self, batch: Batch, post: wire.Post, edge: str, known: int, since: datetime, now: datetime
    ) -> None:
        floor = max(since, datetime.fromtimestamp(known, UTC) - OVERLAP) if known else since
        try:
            found = await self.under(post.id, edge, floor, batch)
        except (GoneError, RefusedError, ForbiddenError):
            return  # deleted meanwhile, or its author lets nobody read below it
        newest = max([known, *(int(wire.when(each, now).timestamp()) for each in found.values())])
        batch.seen[post.id] = max(newest, int(since.timestamp()))
        mine = {post.id, *(each.id for each in found.values() if wire.ours(each, self._me))}
        for each in found.values():
            if wire.when(each, now) < floor:
                continue
            kind = Kind.REPLY if wire.parent(each) in mine or not wire.parent(each) else Kind.COMMENT
            under = post.id if edge == "conversation" else ""
            one = wire.item(each, self._me, kind, now, under=under, top=_top(each, found, under))
            if isinstance(one, OwnPost):
                batch.own.append(one)
            else:
                batch.mentions.append(one)

    async def under(
        self, remote_id: str, edge: str, floor: datetime | None = None, batch: Batch | None = None
    ) -> dict[str, wire.Post]:
        """Posts below another, newest first, down to `floor`."""
        found: dict[str, wire.Post] = {}
        after = ""
        for _ in range(_MORE):
            listing = await self._calls.get(
                f"{graph.piece(remote_id)}/{edge}", graph.Listing, fields=wire.REPLY, reverse="true", limit=str(LIMIT),
                after=after or None,
            )  # fmt: skip
            oldest, now = None, self._calls.now()
            for raw in listing.data:
                post = wire.read(raw)
                if post is not None:
                    found[post.id] = post
                    oldest = wire.when(post, now)
                elif batch is not None:
                    batch.damaged.append(wire.damaged(raw))
            after = listing.after(LIMIT)
            if not after or (floor is not None and oldest is not None and oldest < floor):
                break
        return found

    async def ours(self, after: str = "") -> graph.Listing:
        """A page of our replies, newest first."""
        return await self._calls.get(
            "me/replies", graph.Listing, fields=wire.REPLY, limit=str(LIMIT), after=after or None
        )

    async def search(self, terms: list[tuple[str, str]], mark: Mark) -> Batch:
        """A page of what was found for one of `terms` (mode and words); the cursor says which is on."""
        number, _, after = mark.after.partition("|")
        at = int(number) if number.isdigit() else 0
        if at >= len(terms):
            return Batch()
        mode, words = terms[at]
        listing = await self._calls.get(
            "keyword_search", graph.Listing, q=words, search_type="RECENT", search_mode=mode, fields=wire.POST,
            limit=str(LIMIT), since=_since(mark.floor), after=after or None,
        )  # fmt: skip
        batch = self._listed(listing, mark, Kind.SEARCH)
        if batch.after:
            batch.after = f"{at}|{batch.after}"
        elif at + 1 < len(terms):
            batch.after = f"{at + 1}|"
        return batch


def _since(floor: datetime) -> str:
    return str(max(FIRST, int(floor.timestamp())))


def _top(post: wire.Post, known: Mapping[str, wire.Post], under: str) -> str:
    """The direct answer to `under` that `post` belongs to; "" where what lies between is not known."""
    for _ in range(len(known) + 1):
        above = wire.parent(post)
        if above == under:
            return post.id if under else ""
        if above not in known:
            return ""
        post = known[above]
    return ""
