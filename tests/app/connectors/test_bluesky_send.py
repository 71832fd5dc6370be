"""Sending through a Bluesky server that keeps records as the real one does."""

from __future__ import annotations

import json

import httpx
import pytest

from app.connectors._bluesky_text import tid_time
from app.errors import ForbiddenError, GoneError, RefusedError, UncertainError
from tests.values import replace

from .fake_bluesky import (
    ALICE,
    BOB,
    FakeBluesky,
    connector,
    failure,
    jwt,
    mention,
    post,
    reply,
)

POSTS = "app.bsky.feed.getPosts"
PUT = "com.atproto.repo.putRecord"
RESOLVE = "com.atproto.identity.resolveHandle"


async def test_a_reply_is_a_record_under_its_own_key() -> None:
    fake = FakeBluesky({RESOLVE: {"did": BOB}})
    one = connector(fake)
    to = mention(post(langs=["de-DE", "en"]))
    draft = reply(one, to, "@bob.test 🥐 see https://maplerye.com #brot")
    sent = await one.send(draft)
    key = json.loads(draft.prepared)
    assert sent.remote_id == f"at://{ALICE}/app.bsky.feed.post/{key['rkey']}"
    assert sent.url == f"https://bsky.app/profile/alice.test/post/{key['rkey']}"
    assert sent.at == tid_time("3n2zxaqduik2a")  # of the commit, not of our clock
    (body,) = fake.bodies(PUT)
    reference = {"uri": to.remote_id, "cid": "bafy0"}
    assert body["swapRecord"] is None
    assert body["validate"] is True
    assert body["record"] == {
        "$type": "app.bsky.feed.post",
        "text": draft.text,
        "createdAt": key["createdAt"],
        "langs": ["de-DE"],
        "reply": {"root": reference, "parent": reference},
        "facets": [
            {"index": {"byteStart": 0, "byteEnd": 9},
             "features": [{"$type": "app.bsky.richtext.facet#mention", "did": BOB}]},
            {"index": {"byteStart": 19, "byteEnd": 39},
             "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://maplerye.com"}]},
            {"index": {"byteStart": 40, "byteEnd": 45},
             "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "brot"}]},
        ],
    }  # fmt: skip


async def test_sending_twice_makes_one_post_and_find_tells() -> None:
    fake = FakeBluesky()
    one = connector(fake)
    draft = reply(one, mention())
    assert await one.find(draft) is None
    first, second = await one.send(draft), await one.send(draft)
    found = await one.find(draft)
    assert found is not None
    assert first.remote_id == second.remote_id == found.remote_id
    assert len(fake.records) == 1


async def test_the_next_part_of_a_long_reply_needs_nobody_else() -> None:
    """The AppView hears of a post a little later than its server, so nothing is asked of it in between."""
    fake = FakeBluesky()
    one = connector(fake)
    root = {"uri": post(5)["uri"], "cid": "bafyroot"}
    to = mention(post(reply={"root": root, "parent": root}, langs=["de"]))
    first = reply(one, to, "One (1/2)")
    sent = await one.send(first)
    found = await one.find(first)
    assert found is not None
    assert found.extra == sent.extra
    second = replace(reply(one, to, "Two (2/2)"), to_remote_id=sent.remote_id, to_extra=sent.extra)
    await one.send(second)
    record = fake.bodies(PUT)[-1]["record"]
    assert record["reply"] == {"root": root, "parent": {"uri": sent.remote_id, "cid": "bafy0"}}
    assert record["langs"] == ["de"]
    assert not fake.asked(POSTS)


async def test_an_answer_that_is_lost_is_uncertain_and_the_next_try_safe() -> None:
    fake = FakeBluesky()
    stored = fake._put

    def lose(request: httpx.Request) -> Exception:
        stored(json.loads(request.content))
        return httpx.ReadError("cut")

    fake.routes[PUT] = lose
    one = connector(fake)
    draft = reply(one, mention())
    with pytest.raises(UncertainError):
        await one.send(draft)
    del fake.routes[PUT]
    assert (await one.send(draft)).remote_id.endswith(next(iter(fake.records)))
    assert len(fake.records) == 1


async def test_facets_that_differ_on_a_second_try_do_not_matter() -> None:
    fake = FakeBluesky({RESOLVE: [failure(502, "UpstreamFailure"), {"did": BOB}]})
    one = connector(fake)
    draft = reply(one, mention(), "thanks @bob.test")
    await one.send(draft)
    assert "facets" not in fake.bodies(PUT)[0]["record"]
    sent = await one.send(draft)
    assert "facets" in fake.bodies(PUT)[1]["record"]
    assert sent.remote_id == next(iter(fake.records.values()))["uri"]


async def test_another_record_in_its_place_is_refused() -> None:
    fake = FakeBluesky()
    one = connector(fake)
    draft = reply(one, mention())
    await one.send(draft)
    with pytest.raises(RefusedError, match="another post"):
        await one.send(replace(draft, text="Something else"))


async def test_references_are_fetched_where_they_are_not_kept() -> None:
    root = {"uri": post(5)["uri"], "cid": "bafyroot"}
    fake = FakeBluesky({POSTS: {"posts": [post(reply={"root": root, "parent": root})]}})
    one = connector(fake)
    await one.send(replace(reply(one, mention()), to_extra=""))
    record = fake.bodies(PUT)[0]["record"]
    assert record["reply"] == {"root": root, "parent": {"uri": post()["uri"], "cid": "bafy0"}}
    fake.routes[POSTS] = {"posts": []}
    with pytest.raises(GoneError, match="nothing was sent"):
        await one.send(replace(reply(one, mention()), to_extra="{}"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("é" * 301, "301 characters; Bluesky takes at most 300"),
        ("👩‍👩‍👧‍👦" * 200, "5000 bytes of at most 3000"),
        (" \n", "empty"),
    ],
)
async def test_what_does_not_fit_is_refused_before_it_leaves(text: str, words: str) -> None:
    fake = FakeBluesky()
    one = connector(fake)
    with pytest.raises(RefusedError, match=words):
        await one.send(reply(one, mention(), text))
    assert fake.requests == []


async def test_families_of_emoji_count_as_people_see_them() -> None:
    one = connector(FakeBluesky())
    sent = await one.send(reply(one, mention(), "👩‍👩‍👧‍👦" * 100 + "x" * 200))
    assert sent.remote_id.startswith("at://")


async def test_a_find_that_gets_no_certain_answer_raises() -> None:
    fake = FakeBluesky({"com.atproto.repo.getRecord": failure(400, "InvalidRequest", "Could not find repo: x")})
    fake.routes["com.atproto.server.refreshSession"] = {"accessJwt": jwt(), "refreshJwt": "r1"}
    one = connector(fake)
    with pytest.raises(ForbiddenError, match="no longer shows this account"):
        await one.find(reply(one, mention()))
    fake.routes["com.atproto.repo.getRecord"] = failure(400, "InvalidRequest", "Could not locate record: at://x")
    assert await one.find(reply(one, mention())) is None


async def test_a_server_error_while_writing_is_uncertain() -> None:
    one = connector(FakeBluesky({PUT: failure(502, "UpstreamFailure")}))
    with pytest.raises(UncertainError):
        await one.send(reply(one, mention()))


async def test_what_the_server_refuses_is_said_in_words() -> None:
    words = "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.record.text"
    one = connector(FakeBluesky({PUT: failure(400, "InvalidRequest", words)}))
    with pytest.raises(RefusedError, match="too long for Bluesky"):
        await one.send(reply(one, mention()))


async def test_a_reply_that_was_not_prepared_is_a_bug() -> None:
    one = connector(FakeBluesky())
    with pytest.raises(ValueError, match="prepare"):
        await one.send(replace(reply(one, mention()), prepared=""))
