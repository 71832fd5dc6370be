"""Pictures on Bluesky: blobs that a post names, with their words and their shape."""

from __future__ import annotations

import json

import httpx
import pytest

from app.domain import Picture, Visibility
from app.errors import BadAnswerError, NetworkError, RefusedError, UncertainError
from tests.values import replace

from .fake_bluesky import FakeBluesky, Json, connector, failure, jwt, mention, post, reply

UPLOAD = "com.atproto.repo.uploadBlob"
PUT = "com.atproto.repo.putRecord"
DATA = b"\xff\xd8 a picture" * 20_000
PICTURE = Picture("a" * 64, "image/jpeg", 1200, 800, len(DATA), alt="Rye, cut open")
BLOB = {"$type": "blob", "ref": {"$link": "bafkreirye"}, "mimeType": "image/jpeg", "size": len(DATA)}


async def test_a_picture_becomes_part_of_the_record() -> None:
    fake = FakeBluesky({UPLOAD: {"blob": BLOB}})
    one = connector(fake)
    remote = await one.upload(PICTURE, DATA, direct=False)
    (asked,) = fake.asked(UPLOAD)
    assert asked.content == DATA
    assert asked.headers["content-type"] == "image/jpeg"
    assert asked.headers["content-length"] == str(len(DATA))
    assert "atproto-proxy" not in asked.headers
    draft = reply(one, mention(), pictures=(replace(PICTURE, remote=remote),))
    first, second = await one.send(draft), await one.send(draft)
    assert first.remote_id == second.remote_id
    assert len(fake.records) == 1
    assert fake.bodies(PUT)[0]["record"]["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [{"image": BLOB, "alt": "Rye, cut open", "aspectRatio": {"width": 1200, "height": 800}}],
    }
    found = await one.find(draft)
    assert found is not None
    assert found.remote_id == first.remote_id


async def test_a_picture_is_handed_over_again_after_the_session_was_renewed() -> None:
    fresh = {"accessJwt": jwt(number=1), "refreshJwt": "r1"}
    fake = FakeBluesky({
        UPLOAD: [failure(400, "ExpiredToken"), {"blob": BLOB}],
        "com.atproto.server.refreshSession": fresh,
    })  # fmt: skip
    assert json.loads(await connector(fake).upload(PICTURE, DATA, direct=False)) == {"blob": BLOB}
    assert [each.content for each in fake.asked(UPLOAD)] == [DATA, DATA]


async def test_direct_messages_take_no_pictures() -> None:
    fake = FakeBluesky()
    one = connector(fake)
    assert not one.capabilities.picture_direct
    with pytest.raises(RefusedError, match="take no pictures"):
        await one.upload(PICTURE, DATA, direct=True)
    draft = replace(reply(one, mention(), pictures=(PICTURE,)), visibility=Visibility.DIRECT)
    with pytest.raises(RefusedError, match="take no pictures"):
        await one.send(draft)
    assert not fake.requests


async def test_what_was_not_handed_over_or_is_gone_again() -> None:
    fake = FakeBluesky()
    one = connector(fake)
    with pytest.raises(RefusedError, match="was not handed over"):
        await one.send(reply(one, mention(post()), pictures=(PICTURE,)))
    fake.routes[PUT] = failure(400, "InvalidRequest", "Could not find blob: bafkreirye")
    held = replace(PICTURE, remote=json.dumps({"blob": BLOB}))
    with pytest.raises(RefusedError, match="no longer has the picture") as caught:
        await one.send(reply(one, mention(post()), pictures=(held,)))
    assert caught.value.code == "BlobNotFound"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (failure(413, "PayloadTooLarge", "request entity too large"), RefusedError, "too large for your"),
        (failure(400, "BlobTooLarge", "too large"), RefusedError, "too large for your"),
        (httpx.Response(413, text="<html>"), RefusedError, "too large for your"),
        (failure(400, "InvalidMimeType", "no such type"), RefusedError, "no such type"),
        ({"blob": {}}, BadAnswerError, "did not say where"),
        ({}, BadAnswerError, "did not say where"),
        (httpx.ReadTimeout("x"), NetworkError, "too long"),
    ],
)
async def test_what_may_go_wrong(answer: Json | httpx.Response | Exception, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        await connector(FakeBluesky({UPLOAD: answer})).upload(PICTURE, DATA, direct=False)
    assert not isinstance(caught.value, UncertainError)


def test_what_the_platform_can_do() -> None:
    able = connector(FakeBluesky()).capabilities
    assert (able.max_pictures, able.picture_bytes, able.picture_side) == (4, 1_000_000, 2000)
    assert able.threads
    assert not able.spoilers
