"""Discourse: notifications and the posts behind them, topics, replies, likes and search."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.connectors.discourse import DiscourseConnector
from app.domain import Identity, Kind, Mention, Page, Reply, ReplyState, Visibility
from app.errors import (
    AddressError,
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
from app.search_stream import Query

from .fake_discourse import BASE, KEY, ME, DiscourseWorld, fault

DATA = Path(__file__).parents[2] / "data" / "discourse"
NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)
FIELDS = {"server": "maplerye.example/forum/", "user": f"@{ME}", "key": KEY}


def out(world: Any) -> Http:
    return Http(transport=httpx.MockTransport(world))


def connector(world: Any) -> DiscourseConnector:
    async def save(_: dict[str, str]) -> None:
        raise AssertionError("nothing rotates")

    known = world if isinstance(world, DiscourseWorld) else DiscourseWorld()
    return DiscourseConnector(known.account(), known.secret(), out(world), save)


def a_reply(to: str | int, text: str = "It is on its way.", **more: Any) -> Reply:
    fields: dict[str, Any] = {"created_at": datetime.now(UTC), "not_before": NOW, **more}
    return Reply("r1", "v1", "a", str(to), text, Visibility.PUBLIC, ReplyState.CLAIMED, **fields)


async def read(shop: DiscourseConnector, mark: str | None = None, stream: str = "notifications") -> list[Page]:
    return [page async for page in shop.pull(stream, mark, since=SINCE)]


async def mentions(shop: DiscourseConnector, mark: str | None = None) -> dict[str, Mention]:
    return {one.remote_id: one for page in await read(shop, mark) for one in page.mentions}


# --- signing in -------------------------------------------------------------------------------------


async def test_sign_in_to_a_community_below_a_folder() -> None:
    world = DiscourseWorld()
    who = await DiscourseConnector.sign_in(out(world), FIELDS)
    assert isinstance(who, Identity)
    assert (who.remote_id, who.handle, who.name) == ("7", f"@{ME}@maplerye.example/forum", "Maple & Rye")
    assert who.server == BASE
    assert json.loads(who.data) == {"what": "Maple & Rye friends"}
    assert "s3cret" not in repr(who) + who.data
    assert await connector(world).check() == ""


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"key": "no key!"}, InputError, "API key"),
        ({"user": "two words"}, InputError, "user name"),
        ({"server": "http://maplerye.example"}, AddressError, "https"),
        ({"server": "maplerye.example"}, AddressError, "folder"),
        ({"key": "another"}, SignInError, "API key"),
        ({"user": "somebody"}, SignInError, "API key"),
    ],
)
async def test_sign_in_that_goes_wrong(changed: dict[str, str], error: type[ServiceError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        await DiscourseConnector.sign_in(out(DiscourseWorld()), {**FIELDS, **changed})
    assert str(caught.value).endswith(".")


# --- reading ---------------------------------------------------------------------------------------


async def test_kinds_and_fields_as_described() -> None:
    topic = json.loads((DATA / "topic.json").read_text("utf-8"))
    at = NOW.isoformat()
    notes = [
        {"id": 3, "notification_type": 9, "created_at": at, "topic_id": 12, "post_number": 2, "data": {}},
        {"id": 2, "notification_type": 1, "created_at": at, "topic_id": 12, "post_number": 2, "data": {}},
        {"id": 1, "notification_type": 5, "created_at": at, "topic_id": 12, "post_number": 3, "data": {}},
        {"id": "odd"},
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/notifications.json"):
            return httpx.Response(200, json={"notifications": notes, "total_rows_notifications": 4})
        return httpx.Response(200, json=topic)

    shop = connector(answer)
    [page] = await read(shop)
    found = {one.remote_id: one for one in page.mentions}
    assert {name: one.kind for name, one in found.items()} == {
        "102": Kind.MENTION,
        "105": Kind.QUOTE,
        "106": Kind.REPLY,
    }
    first = found["102"]
    assert first.text == "@MapleRye do you?\nOn Sundays too?"
    assert first.url == f"{BASE}/t/sourdough-rye/12/2"
    assert first.edited_at == datetime(2026, 11, 20, 10, 9, tzinfo=UTC)
    assert (first.author.name, first.author.handle) == ("Bob Baker", "@bob")
    assert first.author.avatar == "https://maplerye.example/forum/user_avatar/x/bob/96/1.png"
    assert json.loads(first.extra) == {"topic": 12, "number": 2, "private": False, "notification": 3}
    assert found["106"].text == "Thanks"
    assert found["106"].reply_to == "103"
    assert {one.thread for one in page.mentions} == {"topic:12"}
    assert [(one.remote_id, one.reply_to) for one in page.own] == [("103", "102")]
    assert page.gap is not None
    assert page.gap.why.startswith("1 notification could not be read")
    assert await read(shop, page.mark) == []


async def test_one_notification_stands_for_several_posts() -> None:
    """Discourse keeps one for each topic, at the first post that was not read."""
    world = DiscourseWorld()
    posts = [world.post(f"number {n}", topic=world.main, at=NOW - timedelta(minutes=9 - n), to=1) for n in range(5)]
    world.note(posts[0], 2, at=NOW)
    assert set(await mentions(connector(world))) == {str(one["id"]) for one in posts}


async def test_a_long_topic_is_read_from_where_it_was_left() -> None:
    world = DiscourseWorld()
    for n in range(300):
        world.post(f"old {n}", topic=world.main, at=NOW - timedelta(days=2, minutes=300 - n), to=1)
    for each in list(world.posts)[50:90]:
        del world.posts[each]  # numbers have holes from here on
    late = [world.post(f"new {n}", topic=world.main, at=NOW, to=1) for n in range(45)]
    world.note(late[0], 2, at=NOW)
    shop = connector(world)
    [page] = await read(shop)
    assert {one.remote_id for one in page.mentions} == {str(one["id"]) for one in late}
    assert page.gap is None
    assert len(world.requests) < 12


async def test_too_many_posts_for_one_reading_are_a_gap() -> None:
    world = DiscourseWorld()
    first = world.post("start", topic=world.main, at=NOW, to=1)
    for n in range(500):
        world.post(f"number {n}", topic=world.main, at=NOW, to=1)
    world.note(first, 2, at=NOW)
    [page] = await read(connector(world))
    assert len(page.mentions) >= 250
    assert page.gap is not None
    assert "Who bakes rye?" in page.gap.why


async def test_messages_and_watched_topics() -> None:
    world = DiscourseWorld()
    private, watched = world.topic("An order", private=True), world.topic("News")
    letter = world.post("Where is it?", topic=private, at=NOW)
    told = world.post("A new oven", topic=watched, at=NOW)
    world.note(letter, 6, at=NOW)
    world.note(told, 9, at=NOW)
    category = world.post("A question", topic=world.topic("Help"), at=NOW)
    world.note(category, 36, at=NOW)
    shop = connector(world)
    found = await mentions(shop)
    assert found[str(category["id"])].kind is Kind.COMMENT
    message, watching = found[str(letter["id"])], found[str(told["id"])]
    assert (message.kind, message.visibility) == (Kind.MESSAGE, Visibility.DIRECT)
    assert (watching.kind, watching.visibility) == (Kind.COMMENT, Visibility.PUBLIC)
    looked = await connector(world).look([message.remote_id])
    assert looked.mentions[0].visibility is Visibility.DIRECT  # a post alone does not tell
    await shop.send(a_reply(message.remote_id, "It left this morning."))
    thread = await shop.thread(message)
    assert [one.visibility for one in thread.own] == [Visibility.DIRECT]


async def test_a_topic_that_is_gone_costs_nothing_else() -> None:
    world = DiscourseWorld()
    other = world.topic("Gone")
    world.note(world.post("hello", topic=other, at=NOW), 1, at=NOW)
    written = world.write("still here", at=NOW)
    del world.topics[other]
    assert set(await mentions(connector(world))) == {written}


async def test_many_notifications_are_deleted_between_two_pages() -> None:
    world = DiscourseWorld()
    written = [world.write(f"number {n}", at=NOW - timedelta(minutes=200 - n)) for n in range(200)]
    shop, seen = connector(world), set()
    async for page in shop.pull("notifications", None, since=SINCE):
        seen |= {one.remote_id for one in page.mentions}
        world.notes = world.notes[:100] if len(world.notes) > 100 else world.notes
    assert set(written[:100]) <= seen


async def test_own_posts_from_elsewhere() -> None:
    world = DiscourseWorld()
    asked = world.write("Do you?", at=NOW - timedelta(minutes=5))
    shop = connector(world)
    mark = (await read(shop, stream="own"))[-1].mark
    assert await read(shop, mark, "own") == []
    for n in range(65):
        world.answer(asked, f"We do {n}", at=NOW + timedelta(seconds=n))
    pages = await read(shop, mark, "own")
    assert len([one for page in pages for one in page.own]) == 65
    assert await read(shop, pages[-1].mark, "own") == []


async def test_look_and_thread_see_what_was_deleted() -> None:
    world = DiscourseWorld()
    one, two, three = (world.write(f"number {n}", at=NOW) for n in range(3))
    shop = connector(world)
    found = await mentions(shop)
    world.change(one, "changed")
    world.posts[int(two)]["user_deleted"] = True
    world.remove(three)
    seen = await shop.look([one, two, three])
    assert [(each.text, each.edited_at is not None) for each in seen.mentions] == [("changed", True)]
    assert seen.gone == (two, three)
    assert two in (await shop.thread(found[one])).gone
    assert three in (await shop.thread(found[three])).gone
    world.fail = lambda _: httpx.Response(404, text="<html>")  # some proxy's, not the community's word
    assert not (await shop.look([one])).gone


# --- answering -------------------------------------------------------------------------------------


async def test_a_reply_below_a_post_and_no_second_one() -> None:
    world = DiscourseWorld()
    asked = world.write("Do you?", at=NOW)
    shop = connector(world)
    reply = a_reply(asked, "We <3 rye.\n# 1\n> every day")
    assert await shop.find(reply) is None
    sent = await shop.send(reply)
    made = world.posts[int(sent.remote_id)]
    assert (made["topic_id"], made["reply_to_post_number"]) == (world.main, world.posts[int(asked)]["post_number"])
    assert world.ours() == [reply.text]
    assert (await shop.send(reply)).remote_id == sent.remote_id  # refused as too similar, and it is ours
    found = await shop.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id
    later = a_reply(asked, reply.text, created_at=datetime.now(UTC) + timedelta(minutes=9))
    with pytest.raises(RefusedError, match="too similar"):
        await shop.send(later)
    assert await shop.find(a_reply(world.write("Me too", at=NOW), reply.text)) is None


async def test_a_reply_that_waits_for_a_moderator() -> None:
    world = DiscourseWorld()
    asked = world.write("Do you?", at=NOW)
    world.moderated = True
    assert (await connector(world).send(a_reply(asked))).remote_id == "pending:5"


async def test_nothing_is_posted_below_what_is_gone() -> None:
    world = DiscourseWorld()
    one, two = world.write("Do you?", at=NOW), world.write("And you?", at=NOW)
    world.remove(one)
    world.posts[int(two)]["deleted_at"] = NOW.isoformat()
    for each in (one, two):
        with pytest.raises(GoneError):
            await connector(world).send(a_reply(each))
    with pytest.raises(RefusedError, match="empty"):
        await connector(world).send(a_reply(two, " "))
    assert not world.ours()


async def test_an_answer_that_does_not_say_where_it_is() -> None:
    world = DiscourseWorld()
    asked = world.write("Do you?", at=NOW)
    world.fail = lambda request: httpx.Response(200, json={}) if request.method == "POST" else None
    with pytest.raises(UncertainError):
        await connector(world).send(a_reply(asked))


@pytest.mark.parametrize(
    ("status", "kind", "said", "error", "words"),
    [
        (
            403,
            "invalid_access",
            "You are not permitted to view the requested resource.",
            ForbiddenError,
            "not permitted",
        ),
        (403, "invalid_access", "… The API username or key is invalid.", SignInError, "API key"),
        (404, "not_found", "Not found", GoneError, "deleted"),
        (422, "", "Body is too short (minimum is 20 characters)", RefusedError, "too short"),
    ],
)
async def test_errors_become_sentences(
    status: int, kind: str, said: str, error: type[ServiceError], words: str
) -> None:
    world = DiscourseWorld()
    asked = world.write("Do you?", at=NOW)
    world.fail = lambda request: fault(status, kind, said) if request.method == "POST" else None
    with pytest.raises(error, match=words) as caught:
        await connector(world).send(a_reply(asked))
    assert str(caught.value).endswith(".")


async def test_a_limit_says_how_long() -> None:
    world = DiscourseWorld()
    with pytest.raises(RateLimitError, match="10 seconds") as caught:
        await read(connector(lambda _: world.limited()))
    assert 5 < (caught.value.until - datetime.now(UTC)).total_seconds() <= 10


async def test_likes_and_read_marks() -> None:
    world = DiscourseWorld()
    written = world.write("Lovely bread", at=NOW)
    shop = connector(world)
    [mention] = (await mentions(shop)).values()
    await shop.like(mention, True)
    assert world.liked == {int(written)}
    await shop.like(mention, False)
    assert not world.liked
    await shop.mark_read(mention)
    [looked] = (await shop.look([written])).mentions
    await shop.mark_read(looked)  # a look does not know the notification: it is found
    assert world.read == [world.notes[0]["id"]] * 2


async def test_search() -> None:
    world = DiscourseWorld()
    hits = [world.post(f"Maple & Rye number {n}", topic=world.main, at=NOW - timedelta(minutes=n)) for n in range(70)]
    world.post("Maple & Rye is us", topic=world.main, at=NOW, by=ME)
    shop = connector(world)
    query = Query(phrases=("Maple & Rye",), words=("nothing",))
    pages = [page async for page in shop.search(query, None, since=SINCE)]
    found = {one.remote_id: one for page in pages for one in page.mentions}
    assert set(found) == {str(one["id"]) for one in hits}
    assert {one.kind for one in found.values()} == {Kind.SEARCH}
    assert [page async for page in shop.search(query, pages[-1].mark, since=SINCE)] == []
    late = world.post("About Maple & Rye", topic=world.main, at=NOW)
    again = [page async for page in shop.search(query, pages[-1].mark, since=SINCE)]
    assert [one.remote_id for page in again for one in page.mentions] == [str(late["id"])]
