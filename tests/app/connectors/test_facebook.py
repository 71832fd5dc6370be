"""What a Page's connector reads, on a Facebook in memory that refuses what is not described."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.connectors.facebook import FacebookConnector
from app.domain import Kind, Visibility
from app.errors import InputError, RefusedError

from .fake_facebook import FacebookWorld, shop
from .meta_desk import NOW, SINCE, mentions, no_save, over, own, pull, to
from .meta_graph import answer, fault

DATA = Path(__file__).parents[2] / "data" / "facebook"


def recorded(world: FacebookWorld) -> None:
    answers = json.loads((DATA / "documented.json").read_text("utf-8"))

    def serve(request: httpx.Request) -> httpx.Response | None:
        edge = request.url.path.rpartition("/")[2]
        return answer({"data": []} if "after" in request.url.params else answers[edge]) if edge in answers else None

    world.fail = serve


async def test_comments_and_visitors_as_documented() -> None:
    world = FacebookWorld()
    recorded(world)
    page = FacebookConnector(world.account(), world.secret(), over(world), no_save)
    pages = [each async for each in page.pull("feed", None, since=datetime(2026, 11, 1, tzinfo=UTC))]
    found, ours = mentions(pages), own(pages)
    assert set(found) == {"77_1", "77_3", "1001_78"}
    first = found["77_1"]
    assert (first.kind, first.thread, first.reply_to, first.text) == (Kind.COMMENT, "77_1", "", "Mine was stale again")
    assert (first.author.name, first.author.remote_id) == ("Bob Baker", "20")
    assert first.media[0].url == "https://scontent.example/loaf.jpg"
    assert found["77_3"].author.name == "Unknown"
    assert (found["1001_78"].kind, found["1001_78"].thread) == (Kind.MENTION, "1001_78")
    assert found["1001_78"].media[0].url.endswith("door.jpg")
    assert (ours["77_2"].reply_to, ours["77_2"].thread) == ("77_1", "77_1")
    gaps = [each.gap for each in pages if each.gap]
    assert len(gaps) == 1
    assert gaps[0].why.startswith("1 entry could not be read")


async def test_recommendations_and_messages_as_documented() -> None:
    world = FacebookWorld()
    recorded(world)
    since = datetime(2026, 11, 1, tzinfo=UTC)
    reviews = mentions([each async for each in shop(world).pull("reviews", None, since=since)])
    assert {each.rating for each in reviews.values()} == {1, 4}
    assert {each.kind for each in reviews.values()} == {Kind.REVIEW}
    assert reviews["review_900"].text == "Cold coffee"
    pages = [each async for each in shop(world).pull("messages", None, since=since)]
    asked, said = mentions(pages)["m_3"], own(pages)["m_2"]
    assert (asked.kind, asked.visibility, asked.thread) == (Kind.MESSAGE, Visibility.DIRECT, "t_100")
    assert asked.window_closes_at == asked.posted_at + timedelta(hours=24)
    assert asked.media[0].preview.endswith("x-small.jpg")
    assert asked.url == "https://www.facebook.com/1001/inbox/100/"
    assert (said.thread, said.visibility) == ("t_100", Visibility.DIRECT)


async def test_customers_below_one_post_are_conversations_of_their_own() -> None:
    world = FacebookWorld()
    bob = world.comment("bob", "Stale", world.own_post)
    ann = world.comment("ann", "Lovely", world.own_post)
    again = world.comment("bob", "Still stale", bob["id"])
    pages, _ = await pull(shop(world), "feed")
    found = mentions(pages)
    assert {found[bob["id"]].thread, found[ann["id"]].thread} == {bob["id"], ann["id"]}
    assert (found[again["id"]].thread, found[again["id"]].reply_to) == (bob["id"], bob["id"])


async def test_a_late_comment_on_an_older_post_is_found_and_a_quiet_page_is_cheap() -> None:
    world = FacebookWorld()
    for n in range(60):
        world.post("maplerye", f"Post {n}", at=NOW - timedelta(days=n % 50, minutes=n))
    page = shop(world)
    _, mark = await pull(page, "feed")
    before = len(world.requests)
    late = world.comment("bob", "I only saw this now", world.own_post, at=NOW)
    pages, mark = await pull(page, "feed", mark)
    assert late["id"] in mentions(pages)
    assert len(world.requests) - before == 3  # 61 posts, 25 a page


async def test_a_comment_that_facebook_held_back_is_found_within_a_day() -> None:
    world = FacebookWorld()
    world.write("New", at=NOW)
    page = shop(world)
    _, mark = await pull(page, "feed")
    held = world.write("Held back for three days", at=NOW - timedelta(days=3))
    pages, mark = await pull(page, "feed", mark)
    assert held not in mentions(pages)
    told = json.loads(mark or "")
    told["deep"] = (NOW - timedelta(days=2)).isoformat()
    pages, _ = await pull(page, "feed", json.dumps(told))
    assert held in mentions(pages)


async def test_posts_beyond_ninety_days_end_the_reading() -> None:
    world = FacebookWorld()
    for n in range(80):
        world.post("maplerye", f"Post {n}", at=NOW - timedelta(days=95 + n))
    await pull(shop(world), "feed")
    assert len(world.requests) == 1


async def test_fewer_posts_are_asked_for_where_that_is_too_much() -> None:
    world = FacebookWorld()
    world.heavy = 10
    one = world.write("Stale", at=NOW)
    pages, _ = await pull(shop(world), "feed")
    assert one in mentions(pages)
    assert [request.url.params["limit"] for request in world.requests] == ["25", "5"]


async def test_a_pull_that_broke_goes_on_and_then_looks_again() -> None:
    world = FacebookWorld()
    for n in range(60):
        world.comment(
            "bob", f"Comment {n}", world.post("maplerye", "Post", at=NOW - timedelta(days=n % 30, minutes=n))["id"]
        )
    page = shop(world)
    mark = None
    async for each in page.pull("feed", None, since=SINCE):
        mark = each.mark
        break
    newest = world.comment("bob", "Meanwhile", world.post("maplerye", "New", at=NOW)["id"])
    pages, mark = await pull(page, "feed", mark)
    assert newest["id"] in mentions(pages)
    everything = {each["id"] for each in world.comments.values()}
    first = {each["id"] for each in world.comments.values()} - set(mentions(pages))
    assert len(first) <= 25
    assert everything


async def test_a_cursor_that_facebook_forgot_starts_the_sweep_anew() -> None:
    world = FacebookWorld()
    one = world.write("Stale", at=NOW)
    mark = json.dumps({"since": SINCE.isoformat(), "started": NOW.isoformat(), "after": "nonsense", "pages": 3})
    pages, _ = await pull(shop(world), "feed", mark)
    assert one in mentions(pages)


async def test_tags_bring_the_post_and_answers_to_us_alone() -> None:
    world = FacebookWorld()
    post = world.tag("Had breakfast at Maple & Rye")
    world.comment("cy", "Looks good", post["id"])
    ours = world.comment("maplerye", "Thank you", post["id"])
    reply = world.comment("ann", "See you soon", ours["id"])
    pages, _ = await pull(shop(world), "tagged")
    assert {name: each.kind for name, each in mentions(pages).items()} == {
        post["id"]: Kind.MENTION,
        reply["id"]: Kind.REPLY,
    }
    assert own(pages)[ours["id"]].reply_to == post["id"]
    assert {each.thread for each in mentions(pages).values()} == {each.thread for each in own(pages).values()}


async def test_closed_recommendations_are_said_once() -> None:
    world = FacebookWorld()
    world.closed_ratings = True
    page, mark = shop(world), None
    told = []
    for _ in range(3):
        pages, mark = await pull(page, "reviews", mark)
        told += [each.gap for each in pages if each.gap]
    assert len(told) == 1
    assert "recommendations" in told[0].why
    assert len(world.requests) == 1  # asked again after a day


async def test_our_answer_to_a_recommendation_is_seen() -> None:
    world = FacebookWorld()
    story = world.rate("Cold coffee")["id"]
    page = shop(world)
    pages, mark = await pull(page, "reviews")
    review = mentions(pages)[f"review_{story}"]
    sent = await page.send(to(review))
    assert world.comments[sent.remote_id]["post"] == story
    pages, _ = await pull(page, "reviews", mark)
    assert own(pages)[sent.remote_id].reply_to == review.remote_id
    assert [each.remote_id for each in (await page.thread(review)).own] == [sent.remote_id]
    found = await page.find(to(review))
    assert found is not None
    assert found.remote_id == sent.remote_id
    with pytest.raises(RefusedError, match="in public"):
        await page.send(to(review, visibility=Visibility.DIRECT))


async def test_a_long_conversation_is_read_on_and_what_cannot_be_is_a_gap() -> None:
    world = FacebookWorld()
    for n in range(45):
        world.message("bob", f"Line {n}", at=NOW - timedelta(minutes=60 - n))
    pages, _ = await pull(shop(world), "messages")
    assert len(mentions(pages)) == 45
    assert not [each.gap for each in pages if each.gap]

    def older(request: httpx.Request) -> httpx.Response | None:
        return fault(100, "deleted", sub=33) if request.url.path.endswith("/messages") else None

    world.fail = older
    pages, _ = await pull(shop(world), "messages")
    assert len(mentions(pages)) == 20
    assert next(each.gap.why for each in pages if each.gap).startswith("Of a conversation the 20 newest")


async def test_messages_are_not_read_without_the_permission() -> None:
    world = FacebookWorld()
    page = shop(world, scopes="pages_read_engagement")
    assert page.capabilities.streams == ("feed", "tagged", "reviews")
    assert not page.capabilities.direct_messages
    assert "Messenger" in await page.check()
    with pytest.raises(InputError):
        await pull(page, "messages")


async def test_thread_of_a_comment() -> None:
    world = FacebookWorld()
    bob = world.comment("bob", "Stale", world.own_post, at=NOW - timedelta(hours=3))
    ours = world.comment("maplerye", "Sorry", bob["id"], at=NOW - timedelta(hours=2))
    again = world.comment("bob", "Thanks", ours["id"], at=NOW - timedelta(hours=1))
    world.comment("ann", "Lovely", world.own_post)
    page = shop(world)
    found = mentions((await pull(page, "feed"))[0])
    thread = await page.thread(found[again["id"]])
    assert [each.remote_id for each in thread.mentions] == [bob["id"], again["id"]]
    assert [each.remote_id for each in thread.own] == [ours["id"]]
    world.remove(again["id"])
    assert (await page.thread(found[again["id"]])).gone == (again["id"],)
    world.remove(bob["id"])
    assert (await page.thread(found[bob["id"]])).gone == (bob["id"],)


async def test_look_tells_new_words_and_what_is_gone() -> None:
    world = FacebookWorld()
    bob = world.comment("bob", "Stale", world.own_post)
    visitor = world.post("ann", "Open on Sunday?")
    tag = world.tag("Breakfast")
    message = world.message("bob", "Hello")
    page = shop(world)
    world.change(bob["id"], "Stale and dry")
    seen = await page.look([bob["id"], visitor["id"], tag["id"], message["id"], "9_9", "review_1"])
    assert {each.remote_id: each.text for each in seen.mentions} == {
        bob["id"]: "Stale and dry", visitor["id"]: "Open on Sunday?", tag["id"]: "Breakfast", message["id"]: "Hello",
    }  # fmt: skip
    assert seen.gone == ("9_9",)
