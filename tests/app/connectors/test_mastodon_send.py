"""Replies: each leaves once, names the person, and is found again when nobody knows whether it left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Visibility
from app.errors import RefusedError, UncertainError
from app.text import length
from tests.values import replace

from .fake_mastodon import ALL, GOTOSOCIAL, MASTODON, SNAC, FakeServer, Habits, a_reply, connector

each_server = pytest.mark.parametrize("habits", ALL, ids=lambda habits: habits.name)


# --- sending ------------------------------------------------------------------------------------


@each_server
async def test_send(habits: Habits) -> None:
    server = FakeServer(habits)
    asked = server.mention(spoiler_text="complaint")
    shop = connector(server)
    prepared = shop.prepare(a_reply(asked["id"]))
    answer = a_reply(asked["id"], to_handle="@bob", prepared=prepared, spoiler="complaint")
    sent = await shop.send(answer)
    assert server.sent() == {
        "status": "@bob It is on its way.",
        "in_reply_to_id": asked["id"],
        "visibility": "public",
        "language": "en",
        "spoiler_text": "complaint",
    }
    assert sent.remote_id == server.mine()[0]["id"]
    assert sent.url
    assert server.requests[-1].headers["idempotency-key"] == "r1"
    await shop.send(answer)
    assert len(server.mine()) == (1 if habits.key_honoured else 2)  # why an uncertain send is looked up first


@pytest.mark.parametrize(
    ("parent", "wanted", "result"),
    [
        ("public", Visibility.PUBLIC, "public"),
        ("public", Visibility.DIRECT, "direct"),
        ("unlisted", Visibility.PUBLIC, "unlisted"),
        ("private", Visibility.UNLISTED, "private"),
        ("direct", Visibility.PUBLIC, "direct"),
        ("local", Visibility.PUBLIC, "private"),
    ],
)
async def test_a_reply_is_never_more_public_than_what_it_answers(parent: str, wanted: Visibility, result: str) -> None:
    server = FakeServer()
    asked = server.mention(visibility=parent)
    await connector(server).send(a_reply(asked["id"], visibility=wanted))
    assert server.sent()["visibility"] == result


@pytest.mark.parametrize(
    ("text", "posted"),
    [
        ("Hello", "@bob@elsewhere.example Hello"),
        ("Hello @bob@elsewhere.example.", "Hello @bob@elsewhere.example."),
        ("Hello @Bob@Elsewhere.example", "Hello @Bob@Elsewhere.example"),
        ("Hello @bob", "@bob@elsewhere.example Hello @bob"),
        ("Hello x@bob@elsewhere.example", "@bob@elsewhere.example Hello x@bob@elsewhere.example"),
        ("@bob@elsewhere.example.org hi", "@bob@elsewhere.example @bob@elsewhere.example.org hi"),
    ],
)
async def test_the_person_is_named_once(text: str, posted: str) -> None:
    server = FakeServer()
    bob = {**server.person("bob"), "acct": "bob@elsewhere.example"}
    asked = server.mention(account=bob)
    await connector(server).send(a_reply(asked["id"], text))
    assert server.sent()["status"] == posted


@pytest.mark.parametrize("text", ["Hello", "Hello @bob", "Hello @bob@shop.example"])
async def test_somebody_of_our_own_server(text: str) -> None:
    """snac2 gives the server with everybody, and does not read one with a port."""
    server = FakeServer(SNAC)
    asked = server.mention(account={**server.person("bob"), "acct": "bob@shop.example"})
    await connector(server).send(a_reply(asked["id"], text))
    assert server.sent()["status"] == ("@bob Hello" if text == "Hello" else text)


@pytest.mark.parametrize("habits", [MASTODON, SNAC], ids=lambda habits: habits.name)
@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.DIRECT])
async def test_the_next_part_of_a_long_reply(habits: Habits, visibility: Visibility) -> None:
    """Below our own post nobody is named by it, and what is private would reach none."""
    server = FakeServer(habits)
    asked = server.mention()
    shop = connector(server)
    first = await shop.send(a_reply(asked["id"], "One (1/2)", visibility=visibility, to_handle="@bob"))
    second = a_reply(
        first.remote_id, "Two (2/2)", id="r2", visibility=visibility, to_handle="@bob", to_extra=first.extra
    )
    sent = await shop.send(second)
    private = visibility is Visibility.DIRECT
    assert server.sent()["status"] == ("@bob Two (2/2)" if private else "Two (2/2)")
    assert server.sent()["in_reply_to_id"] == first.remote_id
    assert server.sent()["visibility"] == visibility
    found = await shop.find(second)
    assert found is not None
    assert found.remote_id == sent.remote_id


@given(text=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=70))
async def test_what_fits_beside_the_name_leaves(text: str) -> None:
    """The room that the composer shows is the room that there is."""
    server = FakeServer()
    asked = server.mention(account={**server.person("bob"), "acct": "bob@elsewhere.example"})
    shop = connector(server, data='{"max_characters":60}')
    able = shop.capabilities.towards("@bob@elsewhere.example")
    assert able.max_graphemes == 60 - len("@bob ")
    assert shop.capabilities.towards("").max_graphemes == 60
    if length(text, 23) <= able.max_graphemes:
        await shop.send(a_reply(asked["id"], text, to_handle="@bob@elsewhere.example"))


async def test_too_long_or_empty_never_leaves() -> None:
    server = FakeServer(SNAC)  # would take both
    asked = server.mention()
    shop = connector(server, data='{"max_characters":60}')
    for text in ("", " \n\u200b\x00", "x" * 56):
        with pytest.raises(RefusedError):
            await shop.send(a_reply(asked["id"], text))
    assert not server.mine()
    await shop.send(a_reply(asked["id"], "x" * 55))
    await shop.send(a_reply(asked["id"], "👩‍👩‍👧‍👦" * 20 + " https://shop.example/" + "y" * 400))
    with pytest.raises(RefusedError, match="61 characters"):
        await shop.send(a_reply(asked["id"], "👩‍👩‍👧‍👦" * 56))


@pytest.mark.parametrize("habits", [MASTODON, GOTOSOCIAL], ids=lambda habits: habits.name)
async def test_the_server_refuses_the_text(habits: Habits) -> None:
    server = FakeServer(habits)
    asked = server.mention()
    with pytest.raises(RefusedError, match="Mastodon refused this: Validation failed: Text is too long"):
        await connector(server, data='{"max_characters":5000}').send(a_reply(asked["id"], "x" * 600))


@pytest.mark.parametrize("body", ["", "<html>busy</html>", '{"ok":true}', '{"id":', "null", '{"id":""}'])
async def test_a_good_answer_without_an_id_is_uncertain(body: str) -> None:
    server = FakeServer()
    asked = server.mention()
    server.fail = lambda request: httpx.Response(200, text=body) if request.method == "POST" else None
    with pytest.raises(UncertainError):
        await connector(server).send(a_reply(asked["id"]))


# --- finding what may have been sent --------------------------------------------------------------


@each_server
async def test_find_after_an_answer_was_lost(habits: Habits) -> None:
    server = FakeServer(habits)
    asked = server.mention(visibility=habits.direct)
    shop = connector(server)
    answer = a_reply(asked["id"], "It **is** ready: https://shop.example/a?b=1 _soon_", created_at=datetime.now(UTC))
    assert await shop.find(answer) is None

    def lose(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            server.fail = lambda _: None
            server(request)
            raise httpx.ReadTimeout("gone", request=request)
        return None

    server.fail = lose
    with pytest.raises(UncertainError):
        await shop.send(answer)
    ours = server.mine()[0]
    ours["content"] = '<p><a href="u">@<span>bob</span></a> It <b>is</b> ready: <a href="h">shop…</a> soon</p>'
    ours["content"] = ours["content"].replace("shop…", "https://shop.example/a?b=1")
    found = await shop.find(answer)
    assert found is not None
    assert found.remote_id == ours["id"]


async def test_find_does_not_take_another_reply_for_ours() -> None:
    server = FakeServer()
    asked, other = server.mention(), server.mention("@maplerye other")
    answer = a_reply(asked["id"], "Thank you!", created_at=datetime.now(UTC))
    before = datetime.now(UTC) - timedelta(minutes=5)
    server.post("maplerye", "@bob Thank you!", to=asked["id"], at=before)  # an older, equal one
    server.post("maplerye", "@bob Thank you!", to=other["id"])  # to another post
    server.post("maplerye", "@bob Thank you very much!", to=asked["id"])  # other words
    server.post("ann", "@bob Thank you!", to=asked["id"])  # somebody else
    assert await connector(server).find(answer) is None
    mine = server.post("maplerye", "@bob Thank you!", to=asked["id"], at=datetime.now(UTC))
    found = await connector(server).find(answer)
    assert found is not None
    assert found.remote_id == mine["id"]


async def test_find_with_a_clock_that_is_wrong() -> None:
    """Ours is ten minutes ahead: the server's stamp lies before the reply was written."""
    server = FakeServer()
    asked = server.mention()
    answer = a_reply(asked["id"], "Yes", created_at=datetime.now(UTC))
    mine = server.post("maplerye", "@bob Yes", to=asked["id"], at=datetime.now(UTC) - timedelta(minutes=10))

    def slow_clock(request: httpx.Request) -> httpx.Response:
        response = server(request)
        response.headers["date"] = f"{datetime.now(UTC) - timedelta(minutes=10):%a, %d %b %Y %H:%M:%S} GMT"
        return response

    found = await connector(slow_clock).find(answer)
    assert found is not None
    assert found.remote_id == mine["id"]
    assert await connector(server).find(answer) is None


async def test_find_when_the_parent_is_gone() -> None:
    server = FakeServer()
    asked = server.mention()
    server.post("maplerye", "@bob Yes", to=None, at=datetime.now(UTC))  # Mastodon forgets the parent then
    del server.posts[asked["id"]]
    assert await connector(server).find(a_reply(asked["id"], "Yes")) is not None
    assert await connector(server).find(a_reply(asked["id"], "No")) is None


async def test_find_says_when_it_cannot_be_sure() -> None:
    server = FakeServer()
    asked = server.mention()
    answer = a_reply(asked["id"], created_at=datetime.now(UTC) - timedelta(hours=1))
    for n in range(450):
        server.post("maplerye", f"number {n}", at=datetime.now(UTC))
    with pytest.raises(UncertainError):
        await connector(server).find(answer)
    assert await connector(server).find(replace(answer, created_at=datetime.now(UTC) + timedelta(hours=1))) is None
