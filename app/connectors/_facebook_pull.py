"""One page of each of Facebook's streams; `_meta_pull` says how they become a pull."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.connectors import _facebook_wire as wire
from app.connectors import _meta_graph as graph
from app.connectors._meta_graph import Graph
from app.connectors._meta_messages import Me, damaged
from app.connectors._meta_pull import Batch, Mark
from app.domain import Gap, Kind, Mention, OwnPost
from app.errors import ForbiddenError, GoneError, RefusedError, ServerError, ServiceError

POSTS, FEWER_POSTS = 25, 5  # a page of posts with their comments; fewer where Facebook finds that too much
COMMENTS = 50
REVIEWS = 50
POSTS_BACK = timedelta(days=90)  # comments on older posts are not read
ANSWERS_BACK = timedelta(days=30)  # so long our answer to a recommendation is looked for
DEEP = timedelta(days=1)
CLOSED_FOR = timedelta(days=1)
_MORE = 100  # pages of one post's comments
_GONE_API = "12"  # "deprecated": recommendations, for apps that Facebook no longer lets read them


class Reader:
    """Reads for one Page."""

    def __init__(self, calls: Graph, me: Me) -> None:
        self._calls, self._me = calls, me
        self._posts = POSTS

    # --- posts and their comments --------------------------------------------------------------

    async def feed(self, mark: Mark) -> Batch:
        """What is on the Page: its posts, visitors' posts, and the comments on both."""
        return await self._edge("feed", mark)

    async def tagged(self, mark: Mark) -> Batch:
        """Posts elsewhere that tag the Page; of their comments only ours and the answers to ours."""
        return await self._edge("tagged", mark)

    async def _edge(self, edge: str, mark: Mark) -> Batch:
        floor, deep = mark.reach(self._calls.now(), DEEP)
        # filter=stream: all levels, by time and never by rank (Page Post Comments, "filter" and "order")
        below = f"comments.filter(stream).order(chronological).since({int(floor.timestamp())}).limit({COMMENTS})"
        fields = f"{wire.POST},{below}{{{wire.COMMENT}}}"
        path = f"{graph.piece(self._me.remote_id)}/{edge}"
        try:
            listing = await self._calls.get(
                path, graph.Listing, fields=fields, limit=str(self._posts), after=mark.after or None
            )
        except ServerError as error:
            if error.code != "1" or self._posts == FEWER_POSTS:
                raise
            self._posts = FEWER_POSTS  # "Please reduce the amount of data you're asking for"
            return await self._edge(edge, mark)
        batch = Batch(after=listing.after(self._posts))
        now, oldest = self._calls.now(), None
        for raw in listing.data:
            post = graph.lenient(raw, wire.Post)
            if post is None:
                batch.damaged.append(damaged(raw))
                continue
            item = wire.post_item(post, self._me, now)
            oldest = item.posted_at
            if isinstance(item, Mention) and item.posted_at >= floor:
                batch.mentions.append(item)
            await self._comments(batch, post, item, edge, floor, now)
        if oldest is not None and oldest < now - POSTS_BACK:
            batch.after = ""
        if deep and not batch.after:
            mark.deep = now
        return batch

    async def _comments(
        self, batch: Batch, post: wire.Post, item: Mention | OwnPost, edge: str, floor: datetime, now: datetime
    ) -> None:
        theirs = isinstance(item, Mention)
        listing = post.comments
        for _ in range(_MORE):
            if listing is None:
                return
            for raw in listing.data:
                one = graph.lenient(raw, wire.Comment)
                if one is None:
                    batch.damaged.append(damaged(raw))
                    continue
                found = wire.comment_item(one, self._me, post.id, theirs=theirs, at=now)
                if found.posted_at < floor:
                    continue
                if isinstance(found, OwnPost) or edge == "feed" or found.kind is Kind.REPLY:
                    batch.put(found)
            after = listing.after(COMMENTS)
            listing = await self.comments(post.id, floor, after) if after else None

    async def comments(self, remote_id: str, floor: datetime | None = None, after: str = "") -> graph.Listing:
        """A page of the comments on a post or a comment, by time."""
        return await self._calls.get(
            f"{graph.piece(remote_id)}/comments", graph.Listing, fields=wire.COMMENT, filter="stream",
            order="chronological", since=str(int(floor.timestamp())) if floor else None, limit=str(COMMENTS),
            after=after or None,
        )  # fmt: skip

    async def all_comments(self, remote_id: str, post: str, *, theirs: bool, floor: datetime | None = None) -> Batch:
        """All comments on something."""
        batch, after = Batch(), ""
        for _ in range(_MORE):
            listing = await self.comments(remote_id, floor, after)
            now = self._calls.now()
            for raw in listing.data:
                one = graph.lenient(raw, wire.Comment)
                if one is not None:
                    batch.put(wire.comment_item(one, self._me, post, theirs=theirs, at=now))
            after = listing.after(COMMENTS)
            if not after:
                break
        return batch

    # --- recommendations -----------------------------------------------------------------------

    async def reviews(self, mark: Mark) -> Batch:
        """Recommendations, and our answers to the newer ones. Where Facebook has closed them, that is said once."""
        now = self._calls.now()
        if mark.closed is not None and now - mark.closed < CLOSED_FOR:
            return Batch()
        try:
            listing = await self._calls.get(
                f"{graph.piece(self._me.remote_id)}/ratings", graph.Listing, fields=wire.RATING, limit=str(REVIEWS),
                after=mark.after or None,
            )  # fmt: skip
        except ServiceError as error:
            if error.code != _GONE_API:
                raise
            told, mark.closed = mark.closed, now
            why = "Facebook does not let apps read recommendations any more. Look at the Page's Reviews yourself."
            return Batch(gap=None if told else Gap("reviews", mark.since, None, why))
        mark.closed = None
        batch = Batch(after=listing.after(REVIEWS))
        old = bool(listing.data)
        for raw in listing.data:
            one = graph.lenient(raw, wire.Rating)
            if one is None:
                batch.damaged.append(damaged(raw))
                continue
            review = wire.review_item(one, self._me, now)
            old = old and review.posted_at < min(mark.floor, now - ANSWERS_BACK)
            if review.posted_at >= mark.floor:
                batch.mentions.append(review)
            if review.posted_at >= now - ANSWERS_BACK:
                await self._answers(batch, review, mark.floor)
        if old:
            batch.after = ""
        return batch

    async def _answers(self, batch: Batch, review: Mention, floor: datetime) -> None:
        try:
            found = await self.review_comments(review, floor)
        except (GoneError, RefusedError, ForbiddenError):
            return  # its story is not shown to us: then the answer cannot be seen either
        batch.own += [each for each in found.own if each.posted_at >= floor]
        batch.mentions += [each for each in found.mentions if each.posted_at >= floor]

    async def review_comments(self, review: Mention, floor: datetime | None = None) -> Batch:
        """The comments on a recommendation's story, as parts of its conversation."""
        story = graph.known(review.extra).get("story", "")
        if not story:
            return Batch()
        found = await self.all_comments(story, review.remote_id, theirs=True, floor=floor)
        return Batch([*found.mentions], [*found.own])
