"""What is read, answered and looked up, on a server with each server's habits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.domain import Kind, Mention, Visibility
from app.errors import (
    BadAnswerError,
    ForbiddenError,
    GoneError,
    RateLimitError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
)

from .fake_mastodon import (
    ALL,
    GOTOSOCIAL,
    NOW,
    SNAC,
    FakeServer,
    Habits,
    a_reply,
    by_id,
    connector,
    recorded,
    reply,
)

SINCE = NOW - timedelta(days=30)
each_server = pytest.mark.parametrize("habits", ALL, ids=lambda habits: habits.name)


async def read(server: Any, **more: Any) -> dict[str, Mention]:
    pages = [page async for page in connector(server, **more).pull("notifications", None, since=SINCE)]
    return by_id(mention for page in pages for mention in page.mentions)


def serving(notes: object) -> Any:
    def answer(request: httpx.Request) -> httpx.Response:
        return reply([] if "max_id" in request.url.params else notes)

    return answer


# --- what a notification becomes ----------------------------------------------------------------


async def test_kinds_and_fields_as_documented() -> None:
    notes = recorded("documented")["notifications"]["body"]
    for note in notes:
        note["created_at"] = note["status"]["created_at"] = NOW.isoformat()
    found = await read(serving(notes))
    assert {name: mention.kind for name, mention in found.items()} == {
        "901": Kind.MENTION,
        "902": Kind.REPLY,
        "903": Kind.MESSAGE,
        "904": Kind.QUOTE,
        "905": Kind.SEARCH,
    }
    first = found["901"]
    assert first.text == "@maplerye My order https://elsewhere.example/orders/2026/11/20/17 came broken.\nTwice."
    assert first.visibility is Visibility.FOLLOWERS
    assert (first.spoiler, first.language, first.thread) == ("complaint", "en", "")
    assert first.media[0].alt == "A broken loaf"
    assert first.media[0].preview.endswith("77-small.png")
    assert (first.author.handle, first.author.name) == ("@bob@elsewhere.example", "Bob Baker")
    assert first.author.followers == 0
    assert first.author.avatar.startswith("https://")
    assert found["902"].reply_to == "900"
    assert found["902"].edited_at == datetime(2026, 11, 20, 10, 2, 30, tzinfo=UTC)
    assert found["902"].visibility is Visibility.UNLISTED
    assert json.loads(first.extra)["acct"] == "@bob@elsewhere.example"


@pytest.mark.parametrize("name", ["snac", "mock"])
async def test_what_real_servers_sent(name: str) -> None:
    answers = recorded(name)
    me = answers["me"]["body"]["id"]
    software = '{"software":"snac"}' if name == "snac" else "{}"
    notes = answers["notifications"]["body"]
    for note in notes:
        note["created_at"] = NOW.isoformat()
    found = await read(serving(notes), remote_id=me, handle="@owner@shop.example", data=software)
    assert sorted(mention.kind for mention in found.values()) == [Kind.MENTION, Kind.MESSAGE, Kind.REPLY]
    assert all("visitor" in mention.author.handle for mention in found.values())
    order = next(mention for mention in found.values() if mention.kind is Kind.MENTION)
    assert "order" in order.text
    if name == "snac":  # leaves HTML as it was typed
        assert "<" not in order.text
        assert "alert" not in order.text


async def test_odd_items_are_survived_and_a_bad_one_does_not_cost_the_page(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = FakeServer()
    good = server.mention("@maplerye fine")
    orphan = server.mention("@maplerye who am I", account=None)
    twice = server.mention("@maplerye twice", mentions=[{"id": "1"}, {"id": "1"}])
    server.notes.insert(0, server.notes[0])
    none = server.mention("@maplerye nobody named", mentions=[])
    zoneless = server.mention("@maplerye zoneless", created_at=NOW.replace(tzinfo=None).isoformat())
    future = server.mention("@maplerye from tomorrow", created_at="2199-01-01T00:00:00Z")
    nul = server.mention("@maplerye a\x00b \u202e\u2066c")
    long = server.mention("x" * 10_000)
    script = server.mention("@maplerye <script>alert(1)</script><img src=x onerror=alert(2)>fine")
    odd = server.mention("@maplerye odd", media_attachments=[None, 5, {"url": "https://a.example/b"}], quote=3)
    server.notes.insert(0, {"id": "damaged-1", "type": "mention", "status": {"id": ["no"]}})
    server.notes.insert(0, {"type": "mention"})
    server.notes.insert(0, server.note(None))
    found = await read(server)
    assert set(found) == {each["id"] for each in (good, orphan, twice, none, zoneless, future, nul, long, script, odd)}
    assert (found[orphan["id"]].author.name, found[orphan["id"]].author.handle) == ("Unknown", "")
    assert found[none["id"]].kind is Kind.MENTION
    assert found[zoneless["id"]].posted_at == NOW
    assert found[future["id"]].posted_at <= datetime.now(UTC)
    assert "\x00" not in found[nul["id"]].text
    assert "\u202e" not in found[nul["id"]].text
    assert len(found[long["id"]].text) == 10_000
    assert "alert" not in found[script["id"]].text
    assert "fine" in found[script["id"]].text
    assert [media.kind for media in found[odd["id"]].media] == ["other"]
    assert "entry 3 of notifications is damaged" in caplog.text


async def test_a_damaged_entry_is_said_once() -> None:
    server = FakeServer()
    server.mention()
    server.notes.insert(0, {"id": server.next_id(), "type": "mention", "status": {"id": ["no"]}})
    shop, mark, gaps = connector(server), None, []
    for _ in range(3):
        async for page in shop.pull("notifications", mark, since=SINCE):
            mark = page.mark or mark
            gaps += [page.gap] if page.gap else []
    assert len(gaps) == 1
    assert gaps[0].why.startswith("1 entry could not be read")


async def test_an_unknown_visibility_is_never_taken_for_public() -> None:
    server = FakeServer()
    status = server.mention(visibility="mutuals_only")
    assert (await read(server))[status["id"]].visibility is Visibility.FOLLOWERS


async def test_snac_says_private_for_a_direct_message() -> None:
    server = FakeServer(SNAC)
    status = server.mention(visibility="private")
    assert (await read(server))[status["id"]].kind is Kind.MESSAGE


async def test_an_edit_on_snac_is_the_same_post() -> None:
    """Its ids begin with the time of the last edit."""
    server = FakeServer(SNAC)
    first = server.mention()
    await connector(server).send(a_reply(first["id"]))
    ours = server.mine()[0]
    edited = {**first, "id": "1795505209" + first["id"][10:], "content": "@maplerye changed"}
    answer = {**ours, "id": "1795505210" + ours["id"][10:], "in_reply_to_id": edited["id"]}
    context = {"ancestors": [], "descendants": [answer]}
    server.fail = lambda request: reply(context if request.url.path.endswith("/context") else edited)
    seen = await connector(server).look([first["id"]])
    assert [(each.remote_id, each.text) for each in seen.mentions] == [(first["id"], "@maplerye changed")]
    thread = await connector(server).thread(seen.mentions[0])
    assert {each.thread for each in (*thread.mentions, *thread.own)} == {first["id"]}
    assert thread.own[0].reply_to == first["id"]


async def test_a_server_that_refuses_the_newer_types() -> None:
    server = FakeServer()
    server.mention()
    server.fail = lambda request: reply({"error": "bad type"}, 400) if "quote" in str(request.url) else None
    assert len(await read(server)) == 1


# --- threads ------------------------------------------------------------------------------------


@each_server
async def test_thread(habits: Habits) -> None:
    server = FakeServer(habits)
    root = server.post("ann", "Who bakes rye?", at=NOW - timedelta(minutes=9))
    asked = server.mention("@maplerye do you?", to=root["id"], at=NOW - timedelta(minutes=8))
    ours = server.post("maplerye", "@bob We do", to=asked["id"], at=NOW - timedelta(minutes=7))
    thanks = server.mention("@maplerye thanks", to=ours["id"], at=NOW - timedelta(minutes=6))
    aside = server.post("ann", "nice", to=asked["id"], at=NOW - timedelta(minutes=5))
    mention = (await read(server))[asked["id"]]
    thread = await connector(server).thread(mention)
    assert [each.remote_id for each in thread.mentions] == [each["id"] for each in (root, asked, thanks, aside)]
    assert [each.kind for each in thread.mentions] == [Kind.CONTEXT, Kind.MENTION, Kind.REPLY, Kind.CONTEXT]
    assert [each.remote_id for each in thread.own] == [ours["id"]]
    assert {each.thread for each in (*thread.mentions, *thread.own)} == {root["id"]}
    assert thread.own[0].reply_to == asked["id"]


@each_server
async def test_a_deleted_post(habits: Habits) -> None:
    server = FakeServer(habits)
    asked, other = server.mention(), server.mention("@maplerye other", edited_at=NOW.isoformat())
    mention = (await read(server))[asked["id"]]
    del server.posts[asked["id"]]
    assert (await connector(server).thread(mention)).gone == (asked["id"],)
    seen = await connector(server).look([asked["id"], other["id"], asked["id"]])
    assert seen.gone == (asked["id"],)
    assert seen.mentions[0].edited_at == NOW
    with pytest.raises(GoneError):  # snac2 and the mock would have published it as a post of its own
        await connector(server).send(a_reply(asked["id"]))
    assert not server.mine()


async def test_look_asks_for_twenty_at_once_where_it_can() -> None:
    server, old = FakeServer(), FakeServer(GOTOSOCIAL)
    assert len((await connector(server).look(server.mentions(45))).mentions) == 45
    assert len(server.requests) == 3
    assert len((await connector(old).look(old.mentions(45))).mentions) == 45
    assert len(old.requests) == 46  # one that found out


# --- errors ---------------------------------------------------------------------------------------


@each_server
async def test_a_dead_token(habits: Habits) -> None:
    server = FakeServer(habits, token="another")
    shop = connector(server)
    with pytest.raises(SignInError, match="Sign in again"):
        await shop.check()
    with pytest.raises(SignInError):
        [page async for page in shop.pull("notifications", None, since=SINCE)]
    with pytest.raises(SignInError):
        await shop.send(a_reply("1"))


async def test_check() -> None:
    server = FakeServer()
    assert await connector(server).check() == ""
    with pytest.raises(SignInError, match="another account"):
        await connector(server, remote_id="2").check()
    server.fail = lambda _: httpx.Response(422)  # snac2, for a dead token
    with pytest.raises(SignInError):
        await connector(server).check()


@pytest.mark.parametrize(
    ("status", "body", "error", "sentence"),
    [
        (403, '{"error":"This action is outside the authorized scopes"}', ForbiddenError, "allow all"),
        (403, '{"error":"Your login is currently disabled"}', ForbiddenError, "Your login is currently disabled."),
        (403, "<html>", ForbiddenError, "does not allow"),
        (404, "<h1>404</h1>", GoneError, "deleted"),
        (410, '{"error":"Gone"}', GoneError, "deleted"),
        (422, '{"error":"Validation\\u0000 failed"}', RefusedError, "Validation failed."),
        (429, '{"error":"Too many requests"}', RateLimitError, ""),
        (500, "<html>", ServerError, ""),
        (503, "", ServerError, ""),
        (418, "", ServiceError, ""),
        (200, "<html>", BadAnswerError, "web page"),
        (200, '[{"id":', BadAnswerError, "damaged"),
    ],
)
async def test_errors_become_sentences(status: int, body: str, error: type[ServiceError], sentence: str) -> None:
    shop = connector(lambda _: httpx.Response(status, text=body))
    with pytest.raises(error) as caught:
        [page async for page in shop.pull("own", None, since=SINCE)]
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


async def test_a_rate_limit_tells_until_when() -> None:
    """X-RateLimit-Reset is an ISO time (docs.joinmastodon.org/api/rate-limits)."""
    until = (datetime.now(UTC) + timedelta(minutes=4)).replace(microsecond=0)
    headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": until.isoformat()}
    shop = connector(lambda _: httpx.Response(429, json={"error": "Too many requests"}, headers=headers))
    with pytest.raises(RateLimitError) as caught:
        await shop.check()
    assert abs(caught.value.until - until) < timedelta(seconds=5)
