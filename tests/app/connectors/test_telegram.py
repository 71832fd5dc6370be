"""Telegram bots: what updates become, when they are confirmed, and what is sent."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.connectors.telegram import TelegramConnector
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

from .fake_telegram import BOT, GROUP, TOKEN, TelegramWorld, fault

DATA = Path(__file__).parents[2] / "data" / "telegram"
NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=30)


def out(world: Any) -> Http:
    return Http(transport=httpx.MockTransport(world))


def connector(world: Any) -> TelegramConnector:
    async def save(_: dict[str, str]) -> None:
        raise AssertionError("nothing rotates")

    known = world if isinstance(world, TelegramWorld) else TelegramWorld()
    return TelegramConnector(known.account(), known.secret(), out(world), save)


def a_reply(to: str, text: str = "It is.", **more: Any) -> Reply:
    return Reply("r1", "v1", "a", to, text, Visibility.DIRECT, ReplyState.CLAIMED, NOW, NOW, **more)


async def read(bot: TelegramConnector, mark: str | None = None) -> list[Page]:
    return [page async for page in bot.pull("updates", mark, since=SINCE)]


async def mentions(bot: TelegramConnector) -> dict[str, Mention]:
    return {one.remote_id: one for page in await read(bot) for one in page.mentions}


# --- signing in -------------------------------------------------------------------------------------


async def test_sign_in_with_a_token() -> None:
    world = TelegramWorld()
    who = await TelegramConnector.sign_in(out(world), {"token": f" {TOKEN}\n"})
    assert isinstance(who, Identity)
    assert (who.remote_id, who.handle, who.name) == (str(BOT), "@maplerye_bot", "Maple & Rye")
    assert who.server == "https://api.telegram.org"
    assert who.note == ""
    assert "s3cret" not in repr(who) + who.data
    world.hears_all = False
    assert "/setprivacy" in (await TelegramConnector.sign_in(out(world), {"token": TOKEN})).note
    assert "/setprivacy" in await connector(world).check()


async def test_sign_in_elsewhere_only_on_this_computer() -> None:
    world = TelegramWorld()
    for given, used in (("http://127.0.0.1:8081/", "http://127.0.0.1:8081"), ("https://evil.example", None)):
        who = await TelegramConnector.sign_in(out(world), {"token": TOKEN, "server": given})
        assert who.server == (used or "https://api.telegram.org")


@pytest.mark.parametrize(
    "typed", ["", "abc", "110201543", f"{TOKEN} {TOKEN}", "110201543:../../etc/passwd/xxxxxxxxxxxxxxx"]
)
async def test_what_is_no_token_is_not_sent(typed: str) -> None:
    world = TelegramWorld()
    with pytest.raises(InputError, match="BotFather"):
        await TelegramConnector.sign_in(out(world), {"token": typed})
    assert not world.requests


async def test_a_bot_that_another_program_uses() -> None:
    world = TelegramWorld()
    world.webhook = "https://hooks.example/secret-path"
    with pytest.raises(ForbiddenError, match=r"hooks\.example") as caught:
        await TelegramConnector.sign_in(out(world), {"token": TOKEN})
    assert "secret-path" not in str(caught.value)
    with pytest.raises(ForbiddenError, match="webhook"):
        await read(connector(world))
    said = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    with pytest.raises(ForbiddenError, match="Another program receives"):
        await read(connector(lambda _: fault(409, said)))


async def test_the_token_is_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = TelegramWorld()
    asked = world.write("hello", at=NOW)
    for answer in (
        httpx.Response(500),
        httpx.Response(302, headers={"Location": "/elsewhere"}),
        fault(400, "Bad Request"),
    ):
        world.fail = lambda _, answer=answer: answer  # type: ignore[misc]
        for call in (read(connector(world)), connector(world).send(a_reply(asked))):
            with pytest.raises(ServiceError) as caught:
                await call
            assert "s3cret" not in f"{caught.value!r}"

    def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no way to {request.url}")

    with pytest.raises(ServiceError):
        await read(connector(cut))
    assert "bot[hidden]" in caplog.text
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(connector(world))


# --- reading ---------------------------------------------------------------------------------------


async def test_kinds_and_fields_as_documented() -> None:
    answer = json.loads((DATA / "updates.json").read_text("utf-8"))
    [page] = await read(connector(lambda _: httpx.Response(200, json=answer)))
    found = {one.remote_id: one for one in page.mentions}
    assert {name: one.kind for name, one in found.items()} == {
        "501:11": Kind.MESSAGE,
        "-100777:12": Kind.MENTION,
        "-100778:13": Kind.REPLY,
        "501:16": Kind.MESSAGE,
        "bc1:601:21": Kind.MESSAGE,
    }
    first = found["501:11"]
    assert first.text == "Is the rye bread ready?"  # edited in the same page
    assert first.edited_at is not None
    assert (first.visibility, first.thread) == (Visibility.DIRECT, "chat::501")
    assert first.window_closes_at is None
    assert found["501:16"].text == "[Photo]\nIt came like this"
    assert not found["501:16"].media  # its address would hold the token
    public, inner = found["-100777:12"], found["-100778:13"]
    assert (public.visibility, public.url) == (Visibility.PUBLIC, "https://t.me/breadlovers/12")
    assert (inner.visibility, inner.url) == (Visibility.FOLLOWERS, "https://t.me/c/778/13")
    assert inner.reply_to == "-100778:9"
    assert json.loads(inner.extra)["topic"] == 3
    business = found["bc1:601:21"]
    assert business.window_closes_at == business.posted_at + timedelta(hours=24)
    assert [(one.remote_id, one.text, one.thread) for one in page.own] == [("bc1:601:22", "We do.", business.thread)]
    assert page.gone == ("bc1:601:19", "bc1:601:20")
    assert page.gap is not None
    assert page.gap.why.startswith("1 message could not be read")
    assert json.loads(page.mark or "")["next"] == 713


async def test_a_page_is_confirmed_only_once_it_is_saved() -> None:
    world = TelegramWorld()
    written = [world.write(f"number {n}", at=NOW) for n in range(150)]
    bot = connector(world)
    async for page in bot.pull("updates", None, since=SINCE):
        assert world.confirmed == 0
        assert len(page.mentions) == 100
        break  # as at a crash, before the page was saved
    seen: list[str] = []
    mark = None
    async for page in bot.pull("updates", None, since=SINCE):
        seen += [one.remote_id for one in page.mentions]
        mark = page.mark
    assert seen == written
    assert len(world.updates) == 50  # the last page waits for the next call
    assert await read(bot, mark) == []
    assert world.updates == []


async def test_a_call_says_what_it_wants_and_waits_shortly() -> None:
    world = TelegramWorld()
    await read(connector(world))
    body = json.loads(world.requests[0].content)
    assert body["timeout"] <= 2
    assert "business_message" in body["allowed_updates"]
    assert "offset" not in body


async def test_being_closed_for_more_than_a_day_is_a_gap() -> None:
    world = TelegramWorld()
    bot = connector(world)
    [first] = await read(bot)
    assert first.gap is None
    assert await read(bot, first.mark) == []
    long_ago = (NOW - timedelta(hours=30)).isoformat()
    mark = json.dumps({"next": 7, "came": long_ago, "asked": long_ago})
    [page] = await read(bot, mark)
    assert page.gap is not None
    assert page.gap.since == NOW - timedelta(hours=30)
    assert "24 hours" in page.gap.why
    assert await read(bot, page.mark) == []


async def test_after_a_silent_week_numbers_start_anywhere() -> None:
    world = TelegramWorld()
    world.update_id = 100
    asked = world.write("hello again", at=NOW)
    week = (NOW - timedelta(days=8)).isoformat()
    mark = json.dumps({"next": 9_001, "came": week, "asked": NOW.isoformat()})
    bot = connector(world)
    [page] = await read(bot, mark)
    assert [one.remote_id for one in page.mentions] == [asked]
    assert json.loads(page.mark or "")["next"] == 102


# --- answering -------------------------------------------------------------------------------------


async def test_a_reply_answers_the_message() -> None:
    world = TelegramWorld()
    asked = world.write("Is it ready?", at=NOW)
    bot = connector(world)
    sent = await bot.send(a_reply(asked, "It is & waits <here>"))
    body = json.loads(world.requests[-1].content)
    assert body == {
        "chat_id": 501, "text": "It is & waits <here>", "reply_parameters": {"message_id": int(asked.split(":")[1])},
    }  # fmt: skip
    assert sent.remote_id == f"501:{world.n}"
    again = await bot.send(a_reply(sent.remote_id, "And fresh", to_extra=sent.extra))  # the next part of a long one
    assert json.loads(world.requests[-1].content)["reply_parameters"] == {"message_id": world.n - 1}
    assert again.remote_id == f"501:{world.n}"


async def test_topics_and_business_chats() -> None:
    world = TelegramWorld()
    topic = world.message("@maplerye_bot hi", at=NOW, chat=GROUP, is_topic_message=True, message_thread_id=3)
    world.tell("message", topic)
    business = world.message("hi", at=NOW, business_connection_id="bc1")
    world.tell("business_message", business)
    bot = connector(world)
    for one in (await mentions(bot)).values():
        await bot.send(a_reply(one.remote_id, to_extra=one.extra))
    sent = [json.loads(each.content) for each in world.requests if each.url.path.endswith("sendMessage")]
    assert [each.get("message_thread_id") for each in sent] == [3, None]
    assert [each.get("business_connection_id") for each in sent] == [None, "bc1"]


async def test_a_group_that_became_a_supergroup() -> None:
    world = TelegramWorld()
    asked = world.message("@maplerye_bot hi", at=NOW, chat={"id": -55, "type": "group", "title": "Street"})
    world.moved[-55] = -100888
    sent = await connector(world).send(a_reply(f"-55:{asked['message_id']}"))
    assert sent.remote_id.startswith("-100888:")
    assert world.ours() == ["It is."]


@pytest.mark.parametrize(
    ("status", "said", "error", "words"),
    [
        (400, "Bad Request: message to be replied not found", GoneError, "no longer there"),
        (400, "Bad Request: chat not found", GoneError, "no longer there"),
        (400, "Bad Request: message is too long", RefusedError, "message is too long"),
        (401, "Unauthorized", SignInError, "BotFather"),
        (403, "Forbidden: bot was blocked by the user", ForbiddenError, "stopped the bot"),
        (403, "Forbidden: bot was kicked from the supergroup chat", ForbiddenError, "kicked"),
        (404, "Not Found", SignInError, "BotFather"),
        (500, "Internal Server Error", UncertainError, "may have arrived"),
    ],
)
async def test_errors_become_sentences(status: int, said: str, error: type[ServiceError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        await connector(lambda _: fault(status, said)).send(a_reply("501:41"))
    assert str(caught.value).endswith(".")


async def test_a_limit_says_how_long() -> None:
    with pytest.raises(RateLimitError, match="35 seconds") as caught:
        await connector(lambda _: fault(429, "Too Many Requests: retry after 35", retry_after=35)).send(
            a_reply("501:41")
        )
    assert 30 < (caught.value.until - datetime.now(UTC)).total_seconds() <= 35


async def test_what_is_refused_before_it_leaves() -> None:
    world = TelegramWorld()
    for text in (" \n", "x" * 4097, "\N{BREAD}" * 2100):
        with pytest.raises(RefusedError):
            await connector(world).send(a_reply("501:41", text))
    with pytest.raises(GoneError):
        await connector(world).send(a_reply("odd"))
    assert not world.requests


async def test_nobody_can_tell_whether_it_arrived() -> None:
    with pytest.raises(UncertainError, match="decide"):
        await connector(TelegramWorld()).find(a_reply("501:41"))
    answer = {"ok": True, "result": {"message": "odd"}}
    with pytest.raises(UncertainError):
        await connector(lambda _: httpx.Response(200, json=answer)).send(a_reply("501:41"))


async def test_likes_and_read_marks() -> None:
    world = TelegramWorld()
    world.write("hi", at=NOW)
    world.tell("business_message", world.message("hi", at=NOW, business_connection_id="bc1"))
    bot = connector(world)
    plain, business = (await mentions(bot)).values()
    await bot.like(plain, True)
    place = tuple(map(int, plain.remote_id.split(":")))
    assert world.liked[place] == [{"type": "emoji", "emoji": "\N{THUMBS UP SIGN}"}]  # type: ignore[index]
    await bot.like(plain, False)
    assert world.liked[place] == []  # type: ignore[index]
    with pytest.raises(InputError):
        await bot.like(business, True)
    await bot.mark_read(plain)
    assert not world.read
    await bot.mark_read(business)
    assert world.read[0]["business_connection_id"] == "bc1"


async def test_a_chat_cannot_be_read_and_nothing_is_called_gone() -> None:
    world = TelegramWorld()
    world.write("hi", at=NOW)
    bot = connector(world)
    [one] = (await mentions(bot)).values()
    assert not (await bot.thread(one)).gone
    assert not (await bot.look([one.remote_id])).gone
