"""Pictures of a reply: handed over with their words, waited for, and named in the post."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from app.connectors import _mastodon_media as media
from app.connectors import _mastodon_sign_in as signing
from app.connectors._mastodon_wire import Instance
from app.domain import Picture
from app.errors import NetworkError, RefusedError, ServerError, SignInError, UncertainError
from app.http import decode
from app.http.answers import Response
from tests.values import replace

from .fake_mastodon import ALL, MASTODON, SNAC, FakeServer, Habits, a_reply, connector

DATA = bytes(range(256)) * 300 + b"\r\n--\r\n"
PICTURE = Picture("a" * 64, "image/jpeg", 300, 200, len(DATA), alt="Rye, cut “open”\n🥖")


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "_PAUSES", (0.0, 0.0, 0.0))


@pytest.mark.parametrize("habits", ALL, ids=lambda habits: habits.name)
async def test_a_reply_with_pictures(habits: Habits) -> None:
    server = FakeServer(habits)
    asked = server.mention()
    shop = connector(server)
    remotes = [await shop.upload(one, DATA, direct=False) for one in (PICTURE, replace(PICTURE, alt=""))]
    first, second = server.media.values()
    alt = "Rye, cut “open” 🥖" if habits is SNAC else PICTURE.alt  # which would lose the second line
    assert (first["data"], first["description"], first["mime"], first["name"]) == (
        DATA, alt, "image/jpeg", "picture.jpg",
    )  # fmt: skip
    assert second["description"] is None
    pictures = tuple(replace(PICTURE, remote=remote) for remote in remotes)
    await shop.send(a_reply(asked["id"], pictures=pictures))
    assert server.sent()["media_ids"] == list(server.media)
    assert server.sent()["sensitive"] is False
    assert "spoiler_text" not in server.sent()


async def test_a_content_warning_is_for_the_pictures_too() -> None:
    server = FakeServer()
    asked = server.mention(spoiler_text="complaint")
    shop = connector(server)
    picture = replace(PICTURE, remote=await shop.upload(PICTURE, DATA, direct=True))
    await shop.send(a_reply(asked["id"], pictures=(picture,), spoiler="food, mould"))
    assert (server.sent()["spoiler_text"], server.sent()["sensitive"]) == ("food, mould", True)
    with pytest.raises(RefusedError, match="characters long"):
        await shop.send(a_reply(asked["id"], "x" * 490, spoiler="a long warning"))


@pytest.mark.usefixtures("_no_pauses")
async def test_a_server_that_takes_its_time() -> None:
    server = FakeServer(work=2)
    assert await connector(server).upload(PICTURE, DATA, direct=False)
    assert len([each for each in server.requests if each.method == "GET"]) == 2
    server.work = 99
    with pytest.raises(ServerError, match="still at work") as caught:
        await connector(server).upload(PICTURE, DATA, direct=False)
    assert caught.value.retry
    server.fail = lambda request: httpx.Response(422, json={"error": "x"}) if request.method == "GET" else None
    with pytest.raises(RefusedError, match="could not read the picture"):
        await connector(server).upload(PICTURE, DATA, direct=False)
    server.fail = lambda request: httpx.Response(404) if request.method == "GET" else None
    assert await connector(server).upload(PICTURE, DATA, direct=False)  # posting tells


@pytest.mark.parametrize("status", [404, 405])
async def test_a_server_that_knows_only_the_older_call(status: int) -> None:
    server = FakeServer(Habits("old", v2_media=False, missing=(status, "")))
    assert await connector(server).upload(PICTURE, DATA, direct=False)
    assert [each.url.path for each in server.requests] == ["/api/v2/media", "/api/v1/media"]


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (httpx.Response(422, json={"error": "Validation failed: File is bad."}), RefusedError, "It says: Validation"),
        (httpx.Response(413, text="<html>too large</html>"), RefusedError, "It is too large for it"),
        (httpx.Response(400), RefusedError, "did not take the picture. Try"),
        (httpx.Response(401), SignInError, "Sign in again"),
        (httpx.Response(503), ServerError, "503"),
        (httpx.ReadTimeout("x"), NetworkError, "too long"),
    ],
)
async def test_what_may_go_wrong(answer: httpx.Response | Exception, kind: type[Exception], words: str) -> None:
    """A lost answer is not uncertain: nobody sees a picture that no post names."""

    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(kind, match=words) as caught:
        await connector(handle).upload(PICTURE, DATA, direct=False)
    assert not isinstance(caught.value, UncertainError)


async def test_a_picture_that_was_never_handed_over_stops_the_reply() -> None:
    server = FakeServer()
    asked = server.mention()
    for remote in ("", "{}", "nonsense"):
        with pytest.raises(RefusedError, match="was not handed over"):
            await connector(server).send(a_reply(asked["id"], pictures=(replace(PICTURE, remote=remote),)))
    assert not server.mine()


async def test_a_reply_with_pictures_is_found_by_its_words() -> None:
    server = FakeServer()
    asked = server.mention()
    shop = connector(server)
    picture = replace(PICTURE, remote=await shop.upload(PICTURE, DATA, direct=False))
    answer = a_reply(asked["id"], pictures=(picture,))
    sent = await shop.send(answer)
    found = await shop.find(answer)
    assert found is not None
    assert found.remote_id == sent.remote_id


# --- limits ---------------------------------------------------------------------------------------


async def kept(configuration: Any) -> dict[str, Any]:
    content = httpx.Response(200, json={"version": "4.4.3", "domain": "x", "configuration": configuration}).content
    return signing.limits(await decode(Response(200, {}, content, ""), Instance))


async def test_the_servers_own_limits_are_kept_and_used() -> None:
    told = {
        "statuses": {"max_media_attachments": 6},
        "media_attachments": {
            "supported_mime_types": ["image/webp", "image/png", "image/jpeg", "video/mp4"],
            "description_limit": 900, "image_size_limit": 16_777_216, "image_matrix_limit": 4_000_000,
        },
    }  # fmt: skip
    import json

    able = connector(FakeServer(), data=json.dumps(await kept(told))).capabilities
    assert (able.max_pictures, able.picture_bytes, able.picture_side, able.max_alt) == (6, 16_777_216, 2000, 900)
    assert able.picture_types == ("image/jpeg", "image/png")
    assert able.spoilers
    assert able.threads
    assert able.picture_direct


@pytest.mark.parametrize(
    "told",
    [None, {}, {"media_attachments": None}, {"media_attachments": []}, {"media_attachments": {
        "image_size_limit": "16 MB", "image_matrix_limit": -1, "description_limit": True, "supported_mime_types": 3}},
     {"statuses": {}, "media_attachments": {"supported_mime_types": ["video/mp4", 7]}}],
)  # fmt: skip
async def test_a_server_that_says_little_or_nonsense(told: Any) -> None:
    assert await kept(told) == {"domain": "x"}
    able = connector(FakeServer()).capabilities
    assert (able.max_pictures, able.picture_bytes, able.max_alt) == (4, 8_000_000, 1500)
    assert able.picture_types == ("image/jpeg", "image/png", "image/gif")


async def test_a_server_without_pictures() -> None:
    assert (await kept({"statuses": {"max_media_attachments": 0}}))["max_pictures"] == 0
    assert connector(FakeServer(), data='{"max_pictures":0}').capabilities.max_pictures == 0


async def test_pictures_can_be_handed_over_together() -> None:
    server = FakeServer(MASTODON)
    shop = connector(server)
    found = await asyncio.gather(*(shop.upload(PICTURE, DATA, direct=False) for _ in range(4)))
    assert len(set(found)) == 4
