"""What an Instagram account's connector answers and hides, and how it signs in."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.connectors.instagram import SCOPES, InstagramConnector
from app.domain import Identity, Visibility
from app.errors import InputError, RefusedError, SignInError, UncertainError
from tests.values import replace

from .fake_facebook import APP, PAGE
from .fake_instagram import ME, InstagramWorld, shop
from .meta_desk import NOW, found, no_save, over, to
from .meta_graph import answer, fault, given


async def test_an_answer_to_an_answer_goes_below_the_first_comment_and_names_the_person() -> None:
    world = InstagramWorld()
    bob = world.comment("bob", "Stale", world.own_post)
    ann = world.comment("ann", "Mine too", bob["id"])
    page = shop(world)
    seen = await found(page, "comments")
    sent = await page.send(to(seen[ann["id"]], "We are sorry."))
    assert world.comments[sent.remote_id]["text"] == "@ann We are sorry."
    assert world.requests[-1].url.path.endswith(f"/{bob['id']}/replies")
    again = await page.find(to(seen[ann["id"]], "We are sorry."))
    assert again is not None
    assert again.remote_id == sent.remote_id
    assert await page.find(to(seen[bob["id"]], "We are sorry.")) is None  # that one answers Ann
    sent = await page.send(to(seen[bob["id"]], "Sorry, Bob."))
    assert world.comments[sent.remote_id]["text"] == "Sorry, Bob."


async def test_a_hidden_or_deleted_comment_takes_no_answer() -> None:
    world = InstagramWorld()
    bob = world.comment("bob", "Stale", world.own_post)
    page = shop(world)
    asked = (await found(page, "comments"))[bob["id"]]
    world.comments[bob["id"]]["hidden"] = True
    with pytest.raises(RefusedError):
        await page.send(to(asked))
    world.comments.clear()
    assert await page.find(to(asked)) is None


async def test_posts_that_tag_us() -> None:
    world = InstagramWorld()
    named, silent = world.tag("With @maplerye"), world.tag("Breakfast")
    page = shop(world)
    seen = await found(page, "tags")
    sent = await page.send(to(seen[f"tag_{named['id']}"], "Thank you"))
    assert given(world.requests[-1]) == {"media_id": named["id"], "message": "Thank you"}
    assert sent.remote_id
    before = len(world.requests)
    with pytest.raises(RefusedError, match="only where its caption names you"):
        await page.send(to(seen[f"tag_{silent['id']}"]))
    with pytest.raises(RefusedError, match="private"):
        await page.send(to(seen[f"tag_{named['id']}"], visibility=Visibility.DIRECT))
    with pytest.raises(UncertainError, match="then decide"):
        await page.find(to(seen[f"tag_{named['id']}"]))
    assert len(world.requests) == before


async def test_private_replies() -> None:
    world = InstagramWorld()
    bob = world.comment("bob", "Where is my order?", world.own_post)
    old = world.comment("bob", "Old", world.own_post, at=NOW - timedelta(days=8))
    page = shop(world)
    seen = await found(page, "comments")
    reply = to(seen[bob["id"]], "Which number?", visibility=Visibility.DIRECT, to_handle="@bob")
    assert await page.find(reply) is None
    sent = await page.send(reply)
    assert given(world.requests[-1])["recipient"] == {"comment_id": bob["id"]}
    assert world.requests[-1].url.path == f"/v25.0/{PAGE}/messages"
    again = await page.find(reply)
    assert again is not None
    assert again.remote_id == sent.remote_id
    other = world.comment("ann", "Where is mine?", world.own_post)
    seen = await found(page, "comments")
    assert await page.find(to(seen[other["id"]], "Which number?", visibility=Visibility.DIRECT)) is None  # Bob's
    with pytest.raises(RefusedError, match="one private reply"):
        await page.send(reply)
    with pytest.raises(RefusedError, match="seven days"):
        await page.send(to(seen[old["id"]], visibility=Visibility.DIRECT))


async def test_a_private_reply_to_nobody_known_is_a_persons_to_settle() -> None:
    world = InstagramWorld()
    bob = world.comment("bob", "Where is my order?", world.own_post)
    bob["username"] = bob["from"] = None
    page = shop(world)
    asked = (await found(page, "comments"))[bob["id"]]
    assert asked.author.name == "Unknown"
    with pytest.raises(UncertainError, match="then decide"):
        await page.find(to(asked, visibility=Visibility.DIRECT))


async def test_messages() -> None:
    world = InstagramWorld()
    one = world.message("bob", "Hello", at=NOW - timedelta(hours=1))
    page = shop(world)
    asked = (await found(page, "messages"))[one["id"]]
    sent = await page.send(to(asked, "Hello Bob"))
    assert given(world.requests[-1])["recipient"] == {"id": "20"}
    again = await page.find(to(asked, "Hello Bob"))
    assert again is not None
    assert again.remote_id == sent.remote_id
    with pytest.raises(RefusedError, match="bytes"):
        await page.send(to(asked, "🍞" * 250))
    await page.send(to(asked, "x" * 999))
    world.window_closed = True
    with pytest.raises(RefusedError, match="once the customer has written"):
        await page.send(to(asked, "Are you there?"))
    human = shop(world, human_agent="yes")
    old = world.message("bob", "Old", at=NOW - timedelta(days=3))
    asked = (await found(human, "messages"))[old["id"]]
    await human.send(to(asked, "Hello Bob"))
    assert given(world.requests[-1])["tag"] == "HUMAN_AGENT"
    assert human.capabilities.window == timedelta(days=7)


@pytest.mark.parametrize("text", ["", " \u200b ", "x" * 2201])
async def test_what_instagram_would_refuse_does_not_leave(text: str) -> None:
    world = InstagramWorld()
    one = world.write("Hello", at=NOW)
    page = shop(world)
    asked = (await found(page, "comments"))[one]
    before = len(world.requests)
    with pytest.raises(RefusedError):
        await page.send(to(asked, text))
    assert len(world.requests) == before


async def test_hide_and_no_like() -> None:
    world = InstagramWorld()
    one = world.write("Buy followers", at=NOW)
    tag = world.tag("Breakfast")
    page = shop(world)
    asked = (await found(page, "comments"))[one]
    await page.hide(asked, True)
    assert world.comments[one]["hidden"]
    await page.hide(asked, False)
    assert not world.comments[one]["hidden"]
    with pytest.raises(InputError):
        await page.hide((await found(page, "tags"))[f"tag_{tag['id']}"], True)
    assert not page.capabilities.likes
    with pytest.raises(InputError):
        await page.like(asked, True)
    before = len(world.requests)
    await page.revoke()
    assert len(world.requests) == before


async def test_an_account_that_is_no_longer_linked() -> None:
    world = InstagramWorld()
    world.fail = lambda _: fault(100, "no such object", sub=33)
    with pytest.raises(SignInError, match="Link it again"):
        await shop(world).check()
    world.fail = lambda _: answer({"id": "1", "username": "x"})
    with pytest.raises(SignInError, match="another account"):
        await shop(world).check()
    with pytest.raises(SignInError):
        await InstagramConnector(world.account(), {}, over(world), no_save).check()


# --- signing in -----------------------------------------------------------------------------------

TYPED = {"client_id": APP[0], "client_secret": APP[1]}
REDIRECT = "http://localhost:47623/callback"


async def sign_in(world: InstagramWorld, **more: str) -> tuple[Identity, ...]:
    begun = await InstagramConnector.begin(over(world), {**TYPED, **more}, REDIRECT)
    assert parse_qs(urlsplit(begun.url).query)["scope"] == [",".join(SCOPES)]
    return await InstagramConnector.finish(over(world), begun, "good")


async def test_signing_in_gives_the_accounts_behind_the_pages() -> None:
    world = InstagramWorld()
    (who,) = await sign_in(world, human_agent="yes")  # the second Page has none
    assert (who.remote_id, who.handle, who.name) == (ME, "@maplerye", "Maple & Rye")
    assert who.avatar == "https://img.example/2.jpg"
    assert json.loads(who.data) == {
        "page": PAGE, "scopes": " ".join(SCOPES), "human_agent": "yes", "what": "Instagram account",
    }  # fmt: skip
    assert who.secret["token"] == "s3cret-page"
    assert who.secret["sign_in_ends"]
    assert "s3cret" not in repr(who) + who.data
    account = replace(world.account(), data=who.data)
    assert await InstagramConnector(account, who.secret, over(world), no_save).check() == ""
    assert InstagramConnector.form.app is not None
    assert InstagramConnector.form.app.family == "meta"


async def test_pages_without_an_account() -> None:
    world = InstagramWorld()
    world.pages[0].pop("instagram_business_account")
    with pytest.raises(SignInError, match="Linked accounts"):
        await sign_in(world)


async def test_a_pasted_token() -> None:
    world = InstagramWorld()
    assert len(await InstagramConnector.sign_in(over(world), {"token": "s3cret-long"})) == 1
    with pytest.raises(InputError):
        await InstagramConnector.sign_in(over(world), {})
