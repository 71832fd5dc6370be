"""Reddit: signing in, lists, threads, replies and what Reddit refuses with the status 200."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from app.connectors import _reddit_wire as wire
from app.connectors.reddit import REDIRECT, RedditConnector
from app.domain import Identity, Kind, Mention, Page, Reply, ReplyState, Visibility
from app.errors import (
    ForbiddenError,
    GoneError,
    InputError,
    RateLimitError,
    RefusedError,
    ServiceError,
    SignInError,
    UncertainError,
)
from app.http import Http

from .fake_reddit import ME, RedditWorld, errors, listing

DATA = Path(__file__).parents[2] / "data" / "reddit"
NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)
APP = {"client_id": "app", "client_secret": "s3cret-app"}


def out(world: Any) -> Http:
    return Http(transport=httpx.MockTransport(world))


def connector(world: Any, saved: list[dict[str, str]] | None = None) -> RedditConnector:
    async def save(secret: dict[str, str]) -> None:
        assert saved is not None, "nothing was to be renewed"
        saved.append(secret)

    known = world if isinstance(world, RedditWorld) else RedditWorld()
    return RedditConnector(known.account(), known.secret(), out(world), save)


def a_reply(to: str, text: str = "We do.", **more: Any) -> Reply:
    fields: dict[str, Any] = {"created_at": datetime.now(UTC), "not_before": NOW, **more}
    return Reply("r1", "v1", "a", to, text, Visibility.PUBLIC, ReplyState.CLAIMED, **fields)


async def read(shop: RedditConnector, mark: str | None = None, stream: str = "inbox") -> list[Page]:
    return [page async for page in shop.pull(stream, mark, since=SINCE)]


async def mentions(shop: RedditConnector, stream: str = "inbox") -> dict[str, Mention]:
    return {one.remote_id: one for page in await read(shop, stream=stream) for one in page.mentions}


# --- signing in -------------------------------------------------------------------------------------


async def test_sign_in_in_the_browser_for_good() -> None:
    world = RedditWorld()
    world.moderates = True
    asked = await RedditConnector.begin(out(world), APP, REDIRECT)
    query = parse_qs(urlsplit(asked.url).query)
    assert asked.url.startswith("https://www.reddit.com/api/v1/authorize?")
    assert (query["duration"], query["redirect_uri"], query["response_type"]) == (["permanent"], [REDIRECT], ["code"])
    assert "code_challenge" not in query
    who = await RedditConnector.finish(out(world), asked, f"{REDIRECT}?state={asked.state}&code=good#_")
    assert isinstance(who, Identity)
    assert (who.remote_id, who.handle, who.server) == ("t2_me", f"u/{ME}", "https://oauth.reddit.com")
    assert json.loads(who.data) == {"moderates": True}
    assert who.secret["refresh_token"] == "s3cret-refresh"
    assert "s3cret" not in repr(who) + who.data + repr(asked)


async def test_sign_in_that_goes_wrong() -> None:
    world = RedditWorld()
    asked = await RedditConnector.begin(out(world), APP, REDIRECT)
    with pytest.raises(SignInError, match="did not accept"):  # told with the status 200
        await RedditConnector.finish(out(world), asked, "bad")
    with pytest.raises(SignInError, match="another sign-in"):
        await RedditConnector.finish(out(world), asked, f"{REDIRECT}?state=other&code=good")
    with pytest.raises(SignInError, match="not allowed"):
        await RedditConnector.finish(out(world), asked, f"{REDIRECT}?state={asked.state}&error=access_denied")
    with pytest.raises(InputError, match="secret"):
        await RedditConnector.begin(out(world), {"client_id": "app"}, REDIRECT)
    with pytest.raises(InputError, match="browser"):
        await RedditConnector.sign_in(out(world), {})


async def test_a_token_is_renewed_and_the_call_repeated() -> None:
    world, saved = RedditWorld(), []
    world.write("hello", at=NOW)
    world.end_token()
    shop = connector(world, saved)
    assert len(await mentions(shop)) == 1
    assert saved[0]["token"] == "s3cret-access-1"
    assert saved[0]["refresh_token"] == "s3cret-refresh"
    assert await shop.check() == ""
    await shop.revoke()
    assert world.requests[-1].url == "https://www.reddit.com/api/v1/revoke_token"


async def test_reddit_is_told_who_calls() -> None:
    world = RedditWorld()
    await read(connector(world))
    assert world.requests[-1].headers["user-agent"] == f"desktop:carelane:1 (by /u/{ME})"


# --- reading ---------------------------------------------------------------------------------------


async def test_kinds_and_fields_as_recorded() -> None:
    answer = json.loads((DATA / "inbox.json").read_text("utf-8"))
    [page] = await read(connector(lambda _: httpx.Response(200, json=answer)))
    found = {one.remote_id: one for one in page.mentions}
    assert {name: one.kind for name, one in found.items()} == {
        "t4_2r17c8r": Kind.MESSAGE,
        "t1_da2g9oh": Kind.MENTION,
        "t1_da2g9oa": Kind.REPLY,
        "t1_da2g9ob": Kind.COMMENT,
        "t4_2r17c8s": Kind.MESSAGE,
    }
    message, named = found["t4_2r17c8r"], found["t1_da2g9oh"]
    assert (message.text, message.visibility, message.thread) == (
        "An order\n\nDo you deliver?", Visibility.DIRECT, "t4_2r17c8r",
    )  # fmt: skip
    assert (named.text, named.reply_to) == ("But u/maplerye, where?", "t3_5d7tk7")
    assert named.url == "https://www.reddit.com/r/baking/comments/5d7tk7/calling_test/da2g9oh/"
    assert (named.author.handle, named.author.remote_id) == ("u/ann", "t2_ann")
    assert json.loads(named.extra)["link"] == "t3_5d7tk7"
    assert found["t4_2r17c8s"].author.name == "r/baking"
    assert found["t4_2r17c8s"].thread == "t4_2r00000"
    assert page.gap is not None
    assert page.gap.why.startswith("1 entry could not be read")


async def test_own_words_from_elsewhere() -> None:
    world = RedditWorld()
    asked = world.write("Do you?", at=NOW)
    ours = world.comment("We do", at=NOW, author=ME, parent=asked)
    letter = world.message("Do you deliver?", at=NOW)
    sent = world.message("We do.", at=NOW, author=ME, parent=letter["name"])
    shop = connector(world)
    [page] = await read(shop, stream="comments")
    assert [(one.remote_id, one.reply_to) for one in page.own] == [(ours["name"], asked)]
    [page] = await read(shop, stream="sent")
    assert [(one.remote_id, one.thread) for one in page.own] == [(sent["name"], letter["name"])]


async def test_the_list_ends_after_a_thousand_and_that_is_said() -> None:
    world = RedditWorld()
    world.write("first", at=NOW - timedelta(days=2))
    shop = connector(world)
    mark = (await read(shop))[-1].mark
    for n in range(1200):
        world.write(f"number {n}", at=NOW - timedelta(minutes=1200 - n))
    pages = await read(shop, mark)
    assert sum(len(page.mentions) for page in pages) == 1000
    [gap] = [page.gap for page in pages if page.gap]
    assert "thousand" in gap.why


async def test_a_page_may_end_at_something_that_was_deleted() -> None:
    """Then `after` leads nowhere: what stands above it is tried."""
    world = RedditWorld()
    early = world.write("early", at=NOW - timedelta(hours=5))
    shop = connector(world)
    mark = (await read(shop))[-1].mark
    written = [world.write(f"number {n}", at=NOW - timedelta(minutes=150 - n)) for n in range(150)]
    seen: set[str] = set()
    async for page in shop.pull("inbox", mark, since=SINCE):
        seen |= {one.remote_id for one in page.mentions}
        if len(seen) == 100:
            world.remove(written[50])  # where the first page ended
    assert set(written) <= seen
    assert early in seen  # and nothing is said to be missing


async def test_few_calls_are_left_for_replies() -> None:
    world = RedditWorld()
    asked = world.write("hello", at=NOW)
    world.left = 6.0
    shop = connector(world)
    await read(shop)
    with pytest.raises(RateLimitError) as caught:
        await read(shop)
    assert 300 < (caught.value.until - datetime.now(UTC)).total_seconds() <= 369
    assert (await shop.send(a_reply(asked))).remote_id


async def test_modmail_is_read_whole_and_answered_by_name() -> None:
    world = RedditWorld()
    world.moderates = True
    world.mail_message("ik72", "bob", "Why was I banned?")
    world.mail_message("ik72", "ann", "note to all", mod=True, internal=True)
    world.mail_message("ik72", "ann", "We look into it", mod=True)
    shop = connector(world)
    assert "modmail" in shop.capabilities.streams
    [page] = await read(shop, stream="modmail")
    [mention] = page.mentions
    assert mention.text == "About a ban\n\nWhy was I banned?"
    assert (mention.kind, mention.thread) == (Kind.MESSAGE, "modmail:ik72")
    assert [one.text for one in page.own] == ["We look into it"]
    reply = a_reply(mention.remote_id, "You may come back.")
    sent = await shop.send(reply)
    assert dict(parse_qsl(world.requests[-1].content.decode()))["isAuthorHidden"] == "false"
    found = await shop.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id
    thread = await shop.thread(mention)
    assert [one.text for one in thread.own] == ["We look into it", "You may come back."]
    await shop.mark_read(mention)
    assert world.read == ["ik72"]
    [again] = await read(shop, page.mark, "modmail")
    assert len(again.own) == 2


async def test_a_thread_around_a_comment() -> None:
    world = RedditWorld()
    top = world.comment("Anybody?", at=NOW - timedelta(minutes=9), author="ann")
    ours = world.comment("We do", at=NOW - timedelta(minutes=8), author=ME, parent=top["name"])
    asked = world.comment("Since when?", at=NOW - timedelta(minutes=7), parent=ours["name"], kind="comment_reply")
    gone = world.comment("[deleted]", at=NOW, author="[deleted]", parent=top["name"])
    shop = connector(world)
    thread = await shop.thread((await mentions(shop))[asked["name"]])
    assert [(one.remote_id, one.kind) for one in thread.mentions[1:]] == [
        (top["name"], Kind.CONTEXT),
        (asked["name"], Kind.REPLY),
    ]
    assert thread.mentions[0].text == "Who bakes rye?"
    assert [one.remote_id for one in thread.own] == [ours["name"]]
    assert thread.gone == (gone["name"],)


async def test_a_conversation_in_messages() -> None:
    world = RedditWorld()
    first = world.message("Do you deliver?", at=NOW - timedelta(minutes=3))
    world.message("We do", at=NOW - timedelta(minutes=2), author=ME, parent=first["name"])
    last = world.message("Thanks", at=NOW - timedelta(minutes=1), parent=first["name"])
    shop = connector(world)
    thread = await shop.thread((await mentions(shop))[last["name"]])
    assert [one.remote_id for one in thread.mentions] == [first["name"], last["name"]]
    assert {one.thread for one in (*thread.mentions, *thread.own)} == {first["name"]}


async def test_look_sees_what_was_deleted_removed_or_is_missing() -> None:
    world = RedditWorld()
    one, two, three = (world.write(f"number {n}", at=NOW) for n in range(3))
    world.change(one, "changed")
    world.things[two]["data"] |= {"body": "[removed]", "body_html": ""}
    del world.things[three]
    seen = await connector(world).look([one, two, three, "t4_abc", "modmail:a:b"])
    assert [(each.text, each.edited_at is not None) for each in seen.mentions] == [("changed", True)]
    assert set(seen.gone) == {two, three}


# --- answering -------------------------------------------------------------------------------------


async def test_a_reply_is_posted_found_and_not_doubled() -> None:
    world = RedditWorld()
    asked = world.write("Do you?", at=NOW)
    shop = connector(world)
    reply = a_reply(asked, "We do.\n# 1 rye\n> every day")
    assert await shop.find(reply) is None
    sent = await shop.send(reply)
    form = dict(parse_qsl(world.requests[-1].content.decode()))
    assert form == {"thing_id": asked, "text": "We do.  \n\\# 1 rye  \n\\> every day", "api_type": "json"}
    assert world.ours() == [reply.text]
    found = await shop.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id
    later = a_reply(asked, reply.text, created_at=datetime.now(UTC) + timedelta(minutes=9))
    assert await shop.find(later) is None
    assert await shop.find(a_reply(world.write("Me too", at=NOW), reply.text)) is None


async def test_a_message_is_answered_and_found() -> None:
    world = RedditWorld()
    asked = world.message("Do you deliver?", at=NOW)["name"]
    shop = connector(world)
    sent = await shop.send(a_reply(asked))
    found = await shop.find(a_reply(asked))
    assert found is not None
    assert found.remote_id == sent.remote_id


async def test_find_looks_below_the_comment_where_the_own_list_is_late() -> None:
    world = RedditWorld()
    asked = world.write("Do you?", at=NOW)
    shop = connector(world)
    [mention] = (await mentions(shop)).values()
    sent = await shop.send(a_reply(asked))
    world.fail = lambda request: listing([]) if request.url.path.startswith("/user/") else None
    found = await shop.find(a_reply(asked, to_extra=mention.extra))
    assert found is not None
    assert found.remote_id == sent.remote_id


@pytest.mark.parametrize(
    ("code", "said", "error", "words"),
    [
        ("DELETED_COMMENT", "that comment has been deleted", GoneError, "deleted"),
        ("THREAD_LOCKED", "locked", ForbiddenError, "locked"),
        ("TOO_OLD", "that's a piece of history now", ForbiddenError, "archived"),
        ("BANNED_FROM_SUBREDDIT", "you are banned", ForbiddenError, "may not write"),
        ("TOO_LONG", "this is too long (max: 10000)", RefusedError, "too long"),
        ("SOMETHING_NEW", "no", RefusedError, "refused"),
    ],
)
async def test_errors_with_the_status_of_success(code: str, said: str, error: type[ServiceError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        await connector(lambda _: errors([code, said, "parent"])).send(a_reply("t1_abc"))
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("said", "more", "seconds"),
    [
        ("Looks like you've been doing that a lot. Take a break for 9 minutes before trying again.", {}, 540),
        ("you are doing that too much. try again in 37 seconds.", {}, 37),
        ("Take a break for 3 hours before trying again.", {}, 3600),
        ("Take a break.", {"ratelimit": 12.5}, 12),
        ("Take a break.", {}, 60),
    ],
)
async def test_a_limit_in_words(said: str, more: dict[str, float], seconds: float) -> None:
    world = connector(lambda _: errors(["RATELIMIT", said, "ratelimit"], **more))
    with pytest.raises(RateLimitError) as caught:
        await world.send(a_reply("t1_abc"))
    assert abs((caught.value.until - datetime.now(UTC)).total_seconds() - seconds) < 2


@pytest.mark.parametrize("body", [{"json": {"errors": []}}, {"json": {"errors": [], "data": {"things": []}}}, {}, []])
async def test_an_answer_that_does_not_say_where_it_is(body: Any) -> None:
    with pytest.raises(UncertainError):
        await connector(lambda _: httpx.Response(200, json=body)).send(a_reply("t1_abc"))


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        ({"message": "Forbidden", "error": 403, "reason": "private"}, {}, "private"),
        ({"message": "Forbidden", "error": 403}, {}, "does not allow"),
        ({"message": "Forbidden"}, {"www-authenticate": 'Bearer error="insufficient_scope"'}, "allow all"),
    ],
)
async def test_what_is_forbidden(body: Any, headers: dict[str, str], words: str) -> None:
    with pytest.raises(ForbiddenError, match=words):
        await read(connector(lambda _: httpx.Response(403, json=body, headers=headers)))


async def test_votes_and_read_marks() -> None:
    world = RedditWorld()
    world.write("Lovely bread", at=NOW)
    shop = connector(world)
    [mention] = (await mentions(shop)).values()
    await shop.like(mention, True)
    assert world.votes == {mention.remote_id: "1"}
    await shop.like(mention, False)
    assert world.votes == {mention.remote_id: "0"}
    await shop.mark_read(mention)
    assert world.read == [mention.remote_id]
    assert not shop.capabilities.hides


def test_lines_stay_lines() -> None:
    assert wire.markdown("a\nb\n\nc\n") == "a  \nb\n\nc"
    assert wire.essence("**We** do.\n# 1") == wire.essence("We do\n\\# 1")
