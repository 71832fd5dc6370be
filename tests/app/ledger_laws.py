"""What may never be in the ledger, whatever happened before."""

from __future__ import annotations

from collections import Counter

from hypothesis.stateful import invariant

from app.connectors.base import Idempotency
from app.domain import OwnPost, Reply, ReplyState, Visibility
from app.store import replies
from tests.app.ledger_world import EXPLAINED, FINAL, PARTS
from tests.app.platform import Shop


class Laws:
    """Never two, never none without a reason, never from another account, never after a cancel, never out of order."""

    shop: Shop
    replies: dict[str, str]  # id to the account that it was written for, as written
    cancelled: set[str]
    retried: set[str]
    kills: int

    def ledger(self) -> dict[str, Reply]:
        columns = replies.REPLY_COLUMNS
        rows = self.shop.db.reader().execute(f"SELECT {columns} FROM reply WHERE origin = 'carelane' ORDER BY n")
        return {row[0]: replies.reply_from_row(row) for row in rows}

    @invariant()
    def the_ledger_holds(self) -> None:
        ledger = self.ledger()
        assert list(ledger) == list(self.replies), "a reply never leaves the ledger, and none comes by itself"
        posts: dict[str, OwnPost] = {}
        for post in self.shop.world.own:
            if post.extra:
                assert post.extra not in posts, f"{post.extra} is there twice"
                posts[post.extra] = post
        self._truth(ledger, posts)
        self._shown(ledger)
        self._order(ledger)
        self._steps(ledger, posts)

    def _truth(self, ledger: dict[str, Reply], posts: dict[str, OwnPost]) -> None:
        asks = self.shop.world.idempotency == Idempotency.ASK
        for id_, reply in ledger.items():
            post = posts.get(id_)
            if reply.state == ReplyState.SENT:
                assert post is not None, "sent, and not there"
                assert post.remote_id == reply.remote_id or (asks and not reply.remote_id)
                assert reply.sent_at is not None
            assert (reply.state == ReplyState.CANCELLED) == (id_ in self.cancelled), f"{reply.state}, and taken back?"
            if post is not None:
                assert id_ not in self.cancelled, "it was taken back, and left all the same"
                assert post.account_id == self.replies[id_], "from another account"
                assert post.text == reply.text
                assert post.visibility == reply.visibility
                assert reply.state in (ReplyState.SENT, ReplyState.UNCONFIRMED), f"{reply.state}, and there"

    def _shown(self, ledger: dict[str, Reply]) -> None:
        shown = {row.reply.id: row.reply for row in self.shop.outbox.rows(limit=10_000)}
        waiting = [reply for reply in ledger.values() if reply.state not in FINAL]
        assert self.shop.outbox.count() == len(waiting)
        newest: dict[str, str] = {}
        for reply in waiting:
            newest[reply.conversation_id] = reply.state
            assert shown[reply.id].state == reply.state
            assert reply.state != ReplyState.CLAIMED, "nothing is being sent between the steps"
            assert reply.why or reply.state not in EXPLAINED, f"{reply.state} without a reason"
            assert bool(reply.block) == (reply.state == ReplyState.BLOCKED)
        for number, sending_ in self.shop.db.reader().execute("SELECT n, sending FROM conversation"):
            assert sending_ == newest.get(str(number)), f"conversation {number} in the feed"
        query = "SELECT remote_id FROM reply WHERE remote_id <> '' GROUP BY remote_id HAVING count(*) > 1"
        assert self.shop.db.reader().execute(query).fetchall() == [], "a post of ours is kept twice"

    def _order(self, ledger: dict[str, Reply]) -> None:
        places = {id_: place for place, id_ in enumerate(self.replies)}
        last: dict[str, int] = {}
        for post in self.shop.world.own:
            if post.extra in ledger and post.extra not in self.retried:
                conversation, place = ledger[post.extra].conversation_id, places[post.extra]
                assert last.get(conversation, -1) < place, "a later reply left first"
                last[conversation] = place

    def _steps(self, ledger: dict[str, Reply], posts: dict[str, OwnPost]) -> None:
        steps: dict[str, list[Reply]] = {}
        for reply in ledger.values():
            if reply.step:
                steps.setdefault(reply.step, []).append(reply)
        for step in steps.values():
            there = [reply.id in posts for reply in step]
            assert there == sorted(there, reverse=True), "a part left before the one in front of it"
            for reply in step:
                if reply.visibility is Visibility.DIRECT and reply.part == 1:
                    assert len(step) == PARTS, "the public line goes first"
                if reply.id in posts and reply.follows and ledger[reply.follows].remote_id:
                    assert posts[reply.id].reply_to == posts[reply.follows].remote_id, "not under the part before"
        uploads = Counter(picture for _, picture in self.shop.world.uploads)
        again = sum(count - 1 for count in uploads.values())
        assert again <= self.kills + len(self.retried), "a picture was uploaded again"
