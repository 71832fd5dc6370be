"""Answering on X: whom one may answer, what is uncertain, what it costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.connectors._x_wire import Extra
from app.domain import Mention, Visibility
from app.errors import ForbiddenError, GoneError, InputError, RefusedError, SignInError, UncertainError
from tests.values import replace

from .fake_x import ANA, CAT, ME, NOW, FakeX, a_reply, body, connector, problem, world
from .test_x import SINCE, Counted


async def asked(server: FakeX, text: str = "where is it") -> Mention:
    written = server.write(text, at=NOW)
    shop = connector(server)
    found = [one async for page in shop.pull("mentions", None, since=SINCE) for one in page.mentions]
    return next(one for one in found if one.remote_id == written)


async def test_a_reply_and_its_price() -> None:
    server, counts = world(), Counted()
    mention = await asked(server)
    shop = connector(server, counts=counts)
    reply = a_reply(mention.remote_id, "It left today.", to_extra=mention.extra)
    sent = await shop.send(replace(reply, prepared=shop.prepare(reply)))
    assert body(server.requests[-1]) == {
        "text": "It left today.", "reply": {"in_reply_to_tweet_id": mention.remote_id},
    }  # fmt: skip
    assert sent.url == f"https://x.com/maplerye/status/{sent.remote_id}"
    assert counts.spent == {"usd": 0.015, "posts": 1}
    more = replace(reply, text="See https://shop.example", to_remote_id=sent.remote_id, to_extra=sent.extra)
    await shop.send(more)  # a long reply goes on below itself
    assert counts.spent == {"usd": 0.215, "posts": 2}
    assert server.ours() == ["It left today.", "See https://shop.example"]


async def test_an_edited_message_is_answered_in_its_newest_version() -> None:
    server = world()
    mention = await asked(server)
    server.change(mention.remote_id, "where is order 7")
    shop = connector(server)
    (now,) = (await shop.look([mention.remote_id])).mentions
    reply = a_reply(now.remote_id, to_extra=now.extra)
    sent = await shop.send(reply)
    answered = server.posts[sent.remote_id]["parent"]
    assert answered != mention.remote_id
    assert (await shop.find(reply)) is not None


async def test_who_did_not_name_us_is_not_answered() -> None:
    server = world()
    other = server.post(CAT, "rye is great")["id"]
    shop = connector(server)
    closed = Extra(other, CAT, no_reply=True).json()
    with pytest.raises(ForbiddenError, match=r"x\.com"):
        await shop.send(a_reply(other, to_extra=closed))
    assert not server.requests  # nothing left
    with pytest.raises(ForbiddenError, match="named or quoted") as caught:  # X itself says so
        await shop.send(a_reply(other))
    assert caught.value.code == "not-engaged"
    assert shop.capabilities.no_reply in str(caught.value)


async def test_refusals_in_plain_words() -> None:
    server = world()
    mention = await asked(server)
    shop = connector(server)
    reply = a_reply(mention.remote_id, "Twice", to_extra=mention.extra)
    await shop.send(reply)
    with pytest.raises(RefusedError, match="same text twice"):
        await shop.send(reply)
    with pytest.raises(RefusedError, match="empty"):
        await shop.send(replace(reply, text="  "))
    with pytest.raises(RefusedError, match="280"):
        await shop.send(replace(reply, text="ä" * 281))
    with pytest.raises(RefusedError, match="280"):
        await shop.send(replace(reply, text="漢" * 141))  # each counts two
    long = connector(server, data='{"subscription":"Premium","direct":true}')
    assert long.capabilities.max_graphemes == 25_000
    server.remove(mention.remote_id)
    with pytest.raises(ForbiddenError, match="deleted"):
        await shop.send(replace(reply, text="Gone?"))
    server.fail = lambda _: problem(403, "Forbidden", "x", "https://api.x.com/2/problems/oauth1-permissions")
    with pytest.raises(ForbiddenError, match=r"console\.x\.com"):
        await shop.send(reply)


async def test_a_direct_message_and_a_private_answer() -> None:
    server, counts = world(), Counted()
    mention = await asked(server)
    shop = connector(server, counts=counts)
    reply = a_reply(mention.remote_id, "In private.", to_extra=mention.extra, visibility=Visibility.DIRECT)
    sent = await shop.send(reply)
    assert server.requests[-1].url.path == f"/2/dm_conversations/with/{ANA}/messages"
    assert sent.remote_id.startswith("dm:")
    assert counts.spent == {"usd": 0.015, "messages": 1}
    found = await shop.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id
    group = Extra("1", CAT, "123456789012345678").json()
    await shop.send(a_reply("dm:1", "To all", to_extra=group, visibility=Visibility.DIRECT))
    assert server.requests[-1].url.path == "/2/dm_conversations/123456789012345678/messages"
    server.fail = lambda _: problem(403, "Forbidden", "You do not have permission to DM one or more participants.")
    with pytest.raises(ForbiddenError, match="Answer in public"):
        await shop.send(reply)
    with pytest.raises(ForbiddenError, match="who wrote this"):
        await shop.send(replace(reply, to_extra=""))
    with pytest.raises(RefusedError, match="10000"):
        await shop.send(replace(reply, text="a" * 10_001))


async def test_an_older_equal_reply_is_not_ours_nor_one_to_somebody_else() -> None:
    server = world()
    mention = await asked(server)
    server.post(ME, "@ana Thanks", parent=mention.remote_id, at=NOW - timedelta(hours=1))
    other = server.post(CAT, "@maplerye nice")["id"]
    server.post(ME, "@cat Thanks", parent=other, at=datetime.now(UTC))
    shop = connector(server)
    reply = a_reply(mention.remote_id, "Thanks", to_extra=mention.extra)
    assert await shop.find(reply) is None
    server.post(ME, "@ana Thanks ", parent=mention.remote_id, at=datetime.now(UTC))
    found = await shop.find(reply)
    assert found is not None
    server.page_size = 5
    for n in range(60):
        server.post(ME, f"news {n}", at=datetime.now(UTC))
    with pytest.raises(UncertainError):
        await shop.find(a_reply(mention.remote_id, "Never sent", to_extra=mention.extra))


async def test_what_is_unclear_is_uncertain_and_counted() -> None:
    server, counts = world(), Counted()
    mention = await asked(server)
    shop = connector(server, counts=counts)
    reply = a_reply(mention.remote_id, to_extra=mention.extra)
    answers = [httpx.Response(503), httpx.Response(201, json={"data": {}}), httpx.Response(201, text="<html>")]
    server.fail = lambda _: answers.pop()
    for _ in range(3):
        with pytest.raises(UncertainError):
            await shop.send(reply)
    assert counts.spent["posts"] == 3


async def test_hiding_is_for_replies_below_our_own_posts() -> None:
    server = world()
    root = server.post(ME, "Fresh rye", at=NOW - timedelta(hours=1))
    below = server.post(ANA, "@maplerye buy followers", parent=root["id"])["id"]
    elsewhere = server.post(ANA, "@maplerye buy more")["id"]
    shop = connector(server)
    found = {one.remote_id: one async for page in shop.pull("mentions", None, since=SINCE) for one in page.mentions}
    await shop.hide(found[below], True)
    assert server.hidden == {below}
    await shop.hide(found[below], False)
    assert not server.hidden
    with pytest.raises(ForbiddenError, match="began with a post of yours"):
        await shop.hide(found[elsewhere], True)
    server.fail = lambda _: httpx.Response(200, json={"data": {"hidden": False}})
    with pytest.raises(GoneError):
        await shop.hide(found[below], True)
    with pytest.raises(InputError):
        await shop.like(found[below], True)  # X took likes away
    assert not shop.capabilities.likes


async def test_a_dead_token_is_renewed_once_and_kept_before_it_is_used() -> None:
    server = world()
    mention = await asked(server)
    saved: list[dict[str, str]] = []
    shop = connector(server, saved=saved)
    server.end_token()
    await shop.send(a_reply(mention.remote_id, to_extra=mention.extra))
    assert len(server.ours()) == 1
    assert saved[0]["token"] == server.token
    assert saved[0]["refresh_token"] == server.refresh
    assert "expires_at" in saved[0]
    await shop.revoke()
    assert server.revoked == [server.refresh, server.token]
    await shop.close()
    server.end_token()
    server.refresh = "s3cret-other"
    with pytest.raises(SignInError, match="Sign in again"):
        await shop.check()
    lone = connector(server, secret={"token": "s3cret-dead"})
    with pytest.raises(SignInError):
        await lone.check()
