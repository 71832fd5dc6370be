"""What a Page's connector answers, likes, hides and marks; what goes wrong in it, and how often it may call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.connectors.facebook import FacebookConnector
from app.domain import Visibility
from app.errors import (
    ForbiddenError,
    GoneError,
    InputError,
    RateLimitError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
    UncertainError,
)

from .fake_facebook import PAGE, FacebookWorld, shop
from .meta_desk import NOW, Counted, mentions, no_save, over, pull, to
from .meta_graph import answer, fault, given


async def test_a_private_reply_goes_once_and_within_seven_days() -> None:
    world = FacebookWorld()
    bob = world.comment("bob", "Where is my order?", world.own_post)
    old = world.comment("bob", "Old", world.own_post, at=NOW - timedelta(days=8))
    visitor = world.post("ann", "Call me")
    page = shop(world)
    found = mentions((await pull(page, "feed"))[0])
    assert page.capabilities.private_once
    sent = await page.send(to(found[bob["id"]], "Which number?", visibility=Visibility.DIRECT))
    assert sent.remote_id in world.messages
    assert given(world.requests[-1])["recipient"] == {"comment_id": bob["id"]}
    with pytest.raises(RefusedError, match="one private reply"):
        await page.send(to(found[bob["id"]], "And?", visibility=Visibility.DIRECT))
    with pytest.raises(RefusedError, match="seven days"):
        await page.send(to(found[old["id"]], visibility=Visibility.DIRECT))
    await page.send(to(found[visitor["id"]], visibility=Visibility.DIRECT))
    assert given(world.requests[-1])["recipient"] == {"post_id": visitor["id"]}


async def test_a_private_reply_that_is_unclear() -> None:
    world = FacebookWorld()
    bob = world.comment("bob", "Where is my order?", world.own_post, can_reply_privately=True)
    visitor = world.post("ann", "Call me")
    page = shop(world)
    found = mentions((await pull(page, "feed"))[0])
    reply = to(found[bob["id"]], "Which number?", visibility=Visibility.DIRECT)
    assert await page.find(reply) is None
    sent = await page.send(reply)
    again = await page.find(reply)
    assert again is not None
    assert again.remote_id == sent.remote_id
    with pytest.raises(UncertainError, match="inbox"):  # a post does not say whether it was answered
        await page.find(to(found[visitor["id"]], visibility=Visibility.DIRECT))


async def test_messages_within_the_window_and_after_it() -> None:
    world = FacebookWorld()
    new = world.message("bob", "Hello", at=NOW - timedelta(hours=1))
    page = shop(world)
    asked = mentions((await pull(page, "messages"))[0])[new["id"]]
    sent = await page.send(to(asked, "Hello Bob"))
    body = given(world.requests[-1])
    assert (body["recipient"], body["messaging_type"]) == ({"id": "20"}, "RESPONSE")
    found = await page.find(to(asked, "Hello Bob"))
    assert found is not None
    assert found.remote_id == sent.remote_id
    assert [each.remote_id for each in (await page.thread(asked)).own] == [sent.remote_id]
    world.window_closed = True
    with pytest.raises(RefusedError, match="once the customer has written"):
        await page.send(to(asked, "Are you there?"))


async def test_a_human_agent_has_seven_days() -> None:
    world = FacebookWorld()
    old = world.message("bob", "Hello", at=NOW - timedelta(days=3))
    world.window_closed = True
    page = shop(world, human_agent="yes")
    asked = mentions((await pull(page, "messages"))[0])[old["id"]]
    assert asked.window_closes_at == asked.posted_at + timedelta(days=7)
    assert page.capabilities.window == timedelta(days=7)
    await page.send(to(asked, "Hello Bob"))
    assert given(world.requests[-1])["tag"] == "HUMAN_AGENT"


@pytest.mark.parametrize("text", ["", " \u200b ", "x" * 8001])
async def test_what_facebook_would_refuse_does_not_leave(text: str) -> None:
    world = FacebookWorld()
    one = world.write("Hello", at=NOW)
    page = shop(world)
    asked = mentions((await pull(page, "feed"))[0])[one]
    before = len(world.requests)
    with pytest.raises(RefusedError):
        await page.send(to(asked, text))
    assert len(world.requests) == before
    with pytest.raises(RefusedError, match="2000"):
        await page.send(to(asked, "x" * 2001, visibility=Visibility.DIRECT))


async def test_an_answer_to_an_answer_is_found_below_the_first_comment() -> None:
    world = FacebookWorld()
    bob = world.comment("bob", "Stale", world.own_post)
    ann = world.comment("ann", "Mine too", bob["id"])
    page = shop(world)
    asked = mentions((await pull(page, "feed"))[0])[ann["id"]]
    assert await page.find(to(asked)) is None
    sent = await page.send(to(asked))
    found = await page.find(to(asked))
    assert found is not None
    assert found.remote_id == sent.remote_id
    world.comments.clear()
    assert await page.find(to(asked)) is None


async def test_a_comment_that_takes_no_answer_leaves_it_to_the_one_above() -> None:
    world = FacebookWorld()
    bob = world.comment("bob", "Stale", world.own_post)
    ann = world.comment("ann", "Mine too", bob["id"])
    page = shop(world)
    asked = mentions((await pull(page, "feed"))[0])[ann["id"]]
    world.fail = lambda request: (
        fault(100, "(#100) Cannot reply") if request.method == "POST" and ann["id"] in request.url.path else None
    )
    sent = await page.send(to(asked))
    found = await page.find(to(asked))
    assert found is not None
    assert found.remote_id == sent.remote_id
    world.fail = lambda request: fault(100, "(#100) no") if request.method == "POST" else None
    with pytest.raises(RefusedError):
        await page.send(to(asked))


async def test_what_is_elsewhere_is_not_ours_to_hide() -> None:
    world = FacebookWorld()
    tag = world.tag("Breakfast")
    page = shop(world)
    with pytest.raises(InputError, match="your own Page"):
        await page.hide(mentions((await pull(page, "tagged"))[0])[tag["id"]], True)


async def test_like_hide_and_read() -> None:
    world = FacebookWorld()
    bob = world.comment("bob", "Buy followers", world.own_post)
    story = world.rate("Fine", "positive")["id"]
    world.message("bob", "Hello")
    page = shop(world)
    comment = mentions((await pull(page, "feed"))[0])[bob["id"]]
    review = mentions((await pull(page, "reviews"))[0])[f"review_{story}"]
    message = next(iter(mentions((await pull(page, "messages"))[0]).values()))
    await page.like(comment, True)
    await page.like(review, True)
    assert world.liked == {bob["id"], story}
    await page.like(comment, False)
    assert world.liked == {story}
    await page.hide(comment, True)
    assert world.comments[bob["id"]]["is_hidden"]
    await page.hide(comment, False)
    assert not world.comments[bob["id"]]["is_hidden"]
    with pytest.raises(InputError):
        await page.hide(review, True)
    with pytest.raises(InputError):
        await page.like(message, True)
    await page.mark_read(message)
    assert world.seen == ["20"]
    before = len(world.requests)
    await page.mark_read(comment)
    await page.revoke()
    assert len(world.requests) == before


# --- errors and limits ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "sub", "error", "sentence"),
    [
        (190, 460, SignInError, "password was changed"),
        (190, 0, SignInError, "Sign in again"),
        (102, 0, SignInError, "Sign in again"),
        (4, 0, RateLimitError, "wait"),
        (17, 0, RateLimitError, "wait"),
        (32, 0, RateLimitError, "wait"),
        (613, 0, RateLimitError, "wait"),
        (80001, 0, RateLimitError, "wait"),
        (368, 0, ForbiddenError, "breaking its rules"),
        (10, 0, ForbiddenError, "does not allow"),
        (283, 0, ForbiddenError, "does not allow"),
        (100, 33, GoneError, "deleted"),
        (100, 0, RefusedError, "refused"),
        (506, 0, RefusedError, "same text twice"),
        (551, 0, RefusedError, "blocked"),
        (2, 0, ServerError, "tries again"),
        (999, 0, ServiceError, "999"),
    ],
)
async def test_errors_become_sentences(code: int, sub: int, error: type[ServiceError], sentence: str) -> None:
    world = FacebookWorld()
    world.fail = lambda _: fault(code, "told\u0000 so.", sub=sub)
    with pytest.raises(error) as caught:
        await shop(world).check()
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.code == str(code)


async def test_a_limit_says_how_long_and_the_headers_are_read() -> None:
    world = FacebookWorld()
    http, counts = over(world), Counted()
    http.counts = counts
    page = FacebookConnector(world.account(), world.secret(), http, no_save)
    case = '{"1001":[{"type":"pages","call_count":12,"total_cputime":80,"total_time":3,'
    case += '"estimated_time_to_regain_access":7}]}'
    headers = {"x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":25}', "x-business-use-case-usage": case}
    world.fail = lambda _: httpx.Response(200, json={"id": PAGE}, headers=headers)
    assert await page.check() != "x"
    assert counts.levels == [("a", "percent", 80), ("a", "percent of the app", 28)]
    world.fail = lambda _: fault(4, status=400, headers=headers)
    with pytest.raises(RateLimitError) as caught:
        await page.check()
    assert timedelta(minutes=6) < caught.value.until - datetime.now(UTC) < timedelta(minutes=8)
    assert {meter.unit for meter in page.capabilities.meters} == {"percent", "percent of the app"}


async def test_check_knows_its_page() -> None:
    world = FacebookWorld()
    world.fail = lambda _: answer({"id": "1002", "name": "Another"})
    with pytest.raises(SignInError, match="another Page"):
        await shop(world).check()
    account = world.account()
    with pytest.raises(SignInError):
        await FacebookConnector(account, {}, over(world), no_save).check()
