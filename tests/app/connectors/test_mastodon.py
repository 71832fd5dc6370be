"""What is read, answered and looked up, on a server with each server's habits."""

from __future__ import annotations

import json
from dataclasses import replace
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
    UncertainError,
)

from .fake_mastodon import (
    ALL,
    GOTOSOCIAL,
    MASTODON,
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


# --- sending ------------------------------------------------------------------------------------


@each_server
async def test_send(habits: Habits) -> None:
    server = FakeServer(habits)
    asked = server.mention(spoiler_text="complaint")
    shop = connector(server)
    answer = a_reply(asked["id"], to_handle="@bob", prepared=shop.prepare(a_reply(asked["id"])))
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
