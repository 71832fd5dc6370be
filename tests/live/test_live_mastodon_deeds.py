"""Likes and read marks on real servers, which take these calls without a body as the API describes them."""

from __future__ import annotations

from app.domain import Visibility

from .test_live_mastodon import Shop, shop

__all__ = ["shop"]


async def test_a_like_is_given_and_taken_back(shop: Shop) -> None:
    mention = await shop.receive()
    await shop.connector.like(mention, True)
    await shop.connector.like(mention, True)  # may be repeated
    assert (shop.owner.status(mention.remote_id) or {})["favourited"] is True
    await shop.connector.like(mention, False)
    assert (shop.owner.status(mention.remote_id) or {})["favourited"] is False


async def test_a_message_is_marked_as_read(shop: Shop) -> None:
    await shop.connector.mark_read(await shop.receive())
    mention = await shop.receive("in private", visibility="direct")
    assert mention.visibility is Visibility.DIRECT
    await shop.connector.mark_read(mention)
