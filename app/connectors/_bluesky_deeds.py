"""What is done to somebody's post besides answering it, and the points that writing takes on Bluesky.

Lexicons com.atproto.repo.{putRecord,deleteRecord}, app.bsky.feed.{getPosts,like}, app.bsky.notification.{
listNotifications,updateSeen}, chat.bsky.convo.updateRead.
"""

from __future__ import annotations

from datetime import UTC, datetime

from app.connectors import _bluesky_chat as chat
from app.connectors import _bluesky_pull as reading
from app.connectors._bluesky_items import Json, moment, text_at
from app.connectors._bluesky_session import Session
from app.connectors._bluesky_text import at_uri, new_tid, stamp
from app.connectors.base import Meter
from app.domain import Mention
from app.errors import GoneError, InputError

LIKE = "app.bsky.feed.like"
# docs.bsky.app/docs/advanced-guides/rate-limits, read 2026-11-24: for each account, on the servers of Bluesky itself
METERS = (
    Meter("points", "Points this hour", "hour", 5_000),
    Meter("points_day", "Points in 24 hours", "24h", 35_000),
)
NOTE = "Direct messages take no likes here. Edits are shown, but posts cannot be changed once they are sent."


async def like(session: Session, mention: Mention, did: str, liked: bool) -> None:
    """Like a post, or take the like back; asks first, so that saying it twice makes no second like."""
    place = at_uri(mention.remote_id)
    if place is None:
        raise InputError("Direct messages on Bluesky cannot be liked from here. Answer instead.")
    view = (await reading.posts_by_uri(session, [mention.remote_id])).get(mention.remote_id)
    if view is None:
        raise GoneError("This post is no longer on Bluesky.")
    held = at_uri(text_at(view, "viewer", "like"))
    if liked and held is None:
        record: Json = {
            "$type": LIKE,
            "subject": {"uri": mention.remote_id, "cid": text_at(view, "cid")},
            "createdAt": stamp(datetime.now(UTC)),
        }
        body: Json = {"repo": did, "collection": LIKE, "rkey": new_tid(), "record": record}
        await session.post("com.atproto.repo.putRecord", body)
    elif not liked and held is not None:
        await session.post("com.atproto.repo.deleteRecord", {"repo": did, "collection": LIKE, "rkey": held.rkey})


async def mark_read(session: Session, mention: Mention) -> None:
    """Mark a conversation up to this message, or the notifications up to this post; never set back."""
    convo, message = chat.ids_of(mention.remote_id)
    if convo:
        await session.post("chat.bsky.convo.updateRead", {"convoId": convo, "messageId": message}, chat=True)
        return
    answer = await session.get("app.bsky.notification.listNotifications", [("limit", "1")])
    seen = moment(text_at(answer, "seenAt"))
    if seen is None or seen < mention.posted_at:
        await session.tell("app.bsky.notification.updateSeen", {"seenAt": stamp(mention.posted_at)})
