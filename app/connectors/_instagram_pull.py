"""One page of Instagram's streams; `_meta_pull` says how they become a pull.

A new answer may stand below any comment of any post, and no list shows it. Each post tells how many comments it has
with their answers: where that changed since the last pull all comments are read, elsewhere the newest alone, and once
a day all of all posts, which also catches a comment that came while another one was deleted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.connectors import _instagram_wire as wire
from app.connectors import _meta_graph as graph
from app.connectors._meta_graph import Graph
from app.connectors._meta_messages import Me, damaged
from app.connectors._meta_pull import Batch, Mark
from app.domain import Mention, OwnPost
from app.errors import GoneError

POSTS, COMMENTS, TAGS = 25, 50, 50
POSTS_BACK = timedelta(days=90)  # comments on older posts are not read
DEEP = timedelta(days=1)
KNOWN_TAGS = 1000
_MORE = 400  # pages of one post's comments


class Reader:
    """Reads for one account."""

    def __init__(self, calls: Graph, me: Me) -> None:
        self._calls, self._me = calls, me

    async def comments(self, mark: Mark) -> Batch:
        """Comments on our posts, with their answers."""
        below = f"comments.limit({COMMENTS}){{{wire.NESTED}}}"
        listing = await self._calls.get(
            f"{graph.piece(self._me.remote_id)}/media", graph.Listing, fields=f"{wire.MEDIA},{below}", limit=str(POSTS),
            after=mark.after or None,
        )  # fmt: skip
        batch, now = Batch(after=listing.after(POSTS)), self._calls.now()
        floor, deep = mark.reach(now, DEEP)
        old = bool(listing.data)
        for raw in listing.data:
            post = graph.lenient(raw, wire.Post)
            if post is None:
                batch.damaged.append(damaged(raw))
                continue
            posted = graph.moment(post.timestamp, now) or now
            old = old and posted < now - POSTS_BACK
            if posted < now - POSTS_BACK:
                continue
            count = post.comments_count if post.comments_count is not None else -1
            whole = deep or count < 0 or mark.seen.get(post.id) != count
            await self._below(batch, post, floor, now, whole=whole)
            if count >= 0:
                batch.seen[post.id] = count
        if old:
            batch.after = ""
        if deep and not batch.after:
            mark.deep = now
        return batch

    async def _below(self, batch: Batch, post: wire.Post, floor: datetime, now: datetime, *, whole: bool) -> None:
        listing = post.comments
        for _ in range(_MORE):
            if listing is None:
                return
            for raw in listing.data:
                one = graph.lenient(raw, wire.Comment)
                if one is None:
                    batch.damaged.append(damaged(raw))
                    continue
                for item in await self._with_answers(batch, one, post.id, post.permalink or "", now):
                    if item.posted_at >= floor:
                        batch.put(item)
            after = listing.after(COMMENTS)
            if not after or not whole:
                return
            listing = await self._calls.get(
                f"{graph.piece(post.id)}/comments", graph.Listing, fields=wire.NESTED, limit=str(COMMENTS), after=after
            )

    async def _with_answers(
        self, batch: Batch, one: wire.Comment, post: str, url: str, now: datetime
    ) -> list[Mention | OwnPost]:
        found = [wire.comment_item(one, self._me, post, url, "", now)]
        answers = one.replies
        for _ in range(_MORE):
            if answers is None:
                break
            for raw in answers.data:
                answer = graph.lenient(raw, wire.Comment)
                if answer is None:
                    batch.damaged.append(damaged(raw))
                else:
                    found.append(wire.comment_item(answer, self._me, post, url, one.id, now))
            after = answers.after(wire.REPLIES)
            try:
                answers = await self.answers(one.id, after) if after else None
            except GoneError:
                break  # it was deleted meanwhile, and its answers with it
        return found

    async def answers(self, remote_id: str, after: str = "") -> graph.Listing:
        """A page of the answers to a comment."""
        return await self._calls.get(
            f"{graph.piece(remote_id)}/replies", graph.Listing, fields=wire.COMMENT, limit=str(wire.REPLIES),
            after=after or None,
        )  # fmt: skip

    async def conversation(self, top: str) -> Batch:
        """A top-level comment and all answers to it. Raises `GoneError`."""
        one = await self._calls.get(graph.piece(top), wire.Comment, fields=wire.COMMENT)
        one.replies = await self.answers(top)
        batch, now = Batch(), self._calls.now()
        for item in await self._with_answers(batch, one, one.media.id if one.media else "", "", now):
            batch.put(item)
        return batch

    async def tags(self, mark: Mark) -> Batch:
        """Posts that tag us. One of long ago may be tagged today, so they are known by their ids and not by time."""
        listing = await self._calls.get(
            f"{graph.piece(self._me.remote_id)}/tags", graph.Listing, fields=wire.TAGGED, limit=str(TAGS),
            after=mark.after or None,
        )  # fmt: skip
        batch, now = Batch(after=listing.after(TAGS)), self._calls.now()
        first = mark.deep is None
        fresh = 0
        for raw in listing.data:
            post = graph.lenient(raw, wire.Post)
            if post is None:
                batch.damaged.append(damaged(raw))
                continue
            item = wire.tag_item(post, self._me, now)
            fresh += post.id not in mark.seen
            batch.seen[post.id] = 1
            wanted = item.posted_at >= mark.since or not first
            if isinstance(item, Mention) and wanted and (first or post.id not in mark.seen):
                batch.mentions.append(item)
        if listing.data and not fresh and not first:
            batch.after = ""
        if not batch.after:
            mark.deep = now
            known = [*mark.fresh, *batch.seen, *mark.seen]
            batch.seen = dict.fromkeys(known[:KNOWN_TAGS], 1)
            mark.fresh = {}
        return batch
