"""What an Instagram account's connector reads, on an Instagram in memory that refuses what is not described."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.connectors._instagram_wire import names
from app.domain import Kind, Page, Visibility
from app.errors import InputError

from .fake_instagram import InstagramWorld, shop
from .meta_desk import NOW, found, gaps, mentions, own, pull
from .meta_graph import answer

DATA = Path(__file__).parents[2] / "data" / "instagram"


async def documented(stream: str) -> list[Page]:
    world = InstagramWorld()
    answers = json.loads((DATA / "documented.json").read_text("utf-8"))

    def serve(request: httpx.Request) -> httpx.Response | None:
        edge = request.url.path.rpartition("/")[2]
        return answer(answers[edge]) if edge in answers else None

    world.fail = serve
    return [each async for each in shop(world).pull(stream, None, since=datetime(2026, 11, 1, tzinfo=UTC))]


async def test_comments_as_documented() -> None:
    pages = await documented("comments")
    seen, ours = mentions(pages), own(pages)
    first, last = seen["18000003"], seen["18000005"]
    assert (first.kind, first.thread, first.reply_to, first.text) == (
        Kind.COMMENT, "18000003", "", "Mine was stale again",
    )  # fmt: skip
    assert (first.author.handle, first.author.remote_id) == ("@bob", "20")
    assert first.url == "https://www.instagram.com/p/AAA/"
    assert (last.kind, last.thread, last.reply_to) == (Kind.REPLY, "18000003", "18000003")
    assert (ours["18000004"].reply_to, ours["18000004"].thread) == ("18000003", "18000003")
    assert seen["18000002"].author.name == "Unknown"
    assert gaps(pages)[0].startswith("1 entry could not be read")


async def test_tags_and_messages_as_documented() -> None:
    tags = mentions(await documented("tags"))
    assert {each.kind for each in tags.values()} == {Kind.MENTION}
    assert (tags["tag_17800001"].media[0].kind, tags["tag_17800001"].media[0].preview) == (
        "video", "https://scontent.example/v.jpg",
    )  # fmt: skip
    assert json.loads(tags["tag_17800001"].extra).get("named") == "1"
    assert "named" not in json.loads(tags["tag_17800002"].extra)
    pages = await documented("messages")
    asked, said = mentions(pages)["aWdfZAG1_3"], own(pages)["aWdfZAG1_2"]  # ours by name: the id is another one
    assert (asked.kind, asked.visibility, asked.author.handle) == (Kind.MESSAGE, Visibility.DIRECT, "@eve")
    assert asked.window_closes_at == asked.posted_at + timedelta(hours=24)
    assert said.thread == asked.thread


async def test_customers_below_one_post_are_conversations_of_their_own() -> None:
    world = InstagramWorld()
    bob = world.comment("bob", "Stale", world.own_post)
    ann = world.comment("ann", "Lovely", world.own_post)
    again = world.comment("bob", "Still stale", bob["id"])
    seen = await found(shop(world), "comments")
    assert {seen[bob["id"]].thread, seen[ann["id"]].thread} == {bob["id"], ann["id"]}
    assert (seen[again["id"]].thread, seen[again["id"]].reply_to) == (bob["id"], bob["id"])


async def test_an_answer_below_an_old_comment_is_found() -> None:
    world = InstagramWorld()
    old = world.comment("bob", "Old", world.own_post, at=NOW - timedelta(days=10))
    for n in range(120):
        world.comment("ann", f"Comment {n}", world.own_post, at=NOW - timedelta(days=5, minutes=-n))
    page = shop(world)
    pages, mark = await pull(page, "comments")
    assert len(mentions(pages)) == 121
    before = len(world.requests)
    _, mark = await pull(page, "comments", mark)
    assert len(world.requests) - before == 1  # the count is the same
    late = world.comment("bob", "Any news?", old["id"], at=NOW)
    pages, _ = await pull(page, "comments", mark)
    assert late["id"] in mentions(pages)


async def test_what_hides_behind_an_unchanged_count_is_found_within_a_day() -> None:
    world = InstagramWorld()
    old = world.comment("bob", "Old", world.own_post, at=NOW - timedelta(days=10))
    spam = world.comment("cy", "Spam", world.own_post, at=NOW - timedelta(days=9))
    for n in range(120):
        world.comment("ann", f"Comment {n}", world.own_post, at=NOW - timedelta(days=5, minutes=-n))
    page = shop(world)
    _, mark = await pull(page, "comments")
    world.remove(spam["id"])
    late = world.comment("bob", "Any news?", old["id"], at=NOW - timedelta(minutes=5))
    pages, mark = await pull(page, "comments", mark)
    assert late["id"] not in mentions(pages)
    told = json.loads(mark or "")
    told["deep"] = (NOW - timedelta(days=2)).isoformat()
    pages, _ = await pull(page, "comments", json.dumps(told))
    assert late["id"] in mentions(pages)


async def test_many_answers_to_one_comment() -> None:
    world = InstagramWorld()
    top = world.comment("bob", "Who wants bread?", world.own_post, at=NOW - timedelta(hours=9))
    for n in range(130):
        world.comment("ann", f"Me {n}", top["id"], at=NOW - timedelta(hours=8, minutes=-n))
    page = shop(world)
    seen = await found(page, "comments")
    assert len(seen) == 131
    assert len((await page.thread(seen[top["id"]])).mentions) == 131


async def test_posts_beyond_ninety_days_are_not_read() -> None:
    world = InstagramWorld()
    for n in range(60):
        world.picture(f"Post {n}", at=NOW - timedelta(days=95 + n))
    await pull(shop(world), "comments")
    assert len(world.requests) == 2


async def test_a_post_of_long_ago_that_is_tagged_today() -> None:
    world = InstagramWorld()
    for n in range(70):
        world.tag(f"Post {n}", at=NOW - timedelta(days=n))
    page = shop(world)
    pages, mark = await pull(page, "tags")
    assert len(mentions(pages)) == 31
    pages, mark = await pull(page, "tags", mark)
    assert mentions(pages) == {}
    old = world.tag("Throwback with @maplerye", at=NOW - timedelta(days=400))
    new = world.tag("Today", at=NOW)
    pages, mark = await pull(page, "tags", mark)
    assert set(mentions(pages)) == {f"tag_{old['id']}", f"tag_{new['id']}"}
    pages, _ = await pull(page, "tags", mark)
    assert mentions(pages) == {}


async def test_messages_are_not_read_without_the_permission() -> None:
    world = InstagramWorld()
    page = shop(world, scopes="instagram_basic instagram_manage_comments")
    assert page.capabilities.streams == ("comments", "tags")
    assert not page.capabilities.private_reply
    assert "direct messages" in await page.check()
    with pytest.raises(InputError):
        await pull(page, "messages")


async def test_thread_and_look() -> None:
    world = InstagramWorld()
    bob = world.comment("bob", "Stale", world.own_post, at=NOW - timedelta(hours=3))
    ours = world.comment("maplerye", "@bob Sorry", bob["id"], at=NOW - timedelta(hours=2))
    again = world.comment("bob", "@maplerye Thanks", bob["id"], at=NOW - timedelta(hours=1))
    tag = world.tag("Breakfast with @maplerye")
    message = world.message("bob", "Hello")
    page = shop(world)
    seen = await found(page, "comments")
    thread = await page.thread(seen[again["id"]])
    assert [each.remote_id for each in thread.mentions] == [bob["id"], again["id"]]
    assert [each.remote_id for each in thread.own] == [ours["id"]]
    tagged = (await found(page, "tags"))[f"tag_{tag['id']}"]
    assert [each.text for each in (await page.thread(tagged)).mentions] == ["Breakfast with @maplerye"]
    asked = (await found(page, "messages"))[message["id"]]
    assert [each.remote_id for each in (await page.thread(asked)).mentions] == [message["id"]]
    looked = await page.look([bob["id"], ours["id"], tagged.remote_id, message["id"], "999"])
    assert {each.text for each in looked.mentions} == {"Stale", "Breakfast with @maplerye", "Hello"}
    assert [each.remote_id for each in looked.own] == [ours["id"]]
    assert looked.gone == ("999",)
    world.remove(bob["id"])
    assert (await page.thread(seen[bob["id"]])).gone == (bob["id"],)


@pytest.mark.parametrize(
    ("text", "named"),
    [("@maplerye hi", True), ("hi @MapleRye!", True), ("@maplerye.", True), ("@maplerye.shop", False), ("", False)],
)
def test_names(text: str, named: bool) -> None:
    assert names(text, "maplerye") is named
