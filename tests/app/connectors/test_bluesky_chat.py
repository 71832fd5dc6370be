"""Direct messages, by answers shaped as the lexicons chat.bsky.convo.* say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.connectors import _bluesky_chat as chat
from app.domain import Kind, Reply, Visibility
from app.errors import ForbiddenError, GoneError, RefusedError, ServerError, UncertainError
from tests.values import replace

from .fake_bluesky import ALICE, BOB, FakeBluesky, Json, answer_of, connector, failure, mention, pulled, reply

CONVOS = "chat.bsky.convo.listConvos"
MESSAGES = "chat.bsky.convo.getMessages"
SEND = "chat.bsky.convo.sendMessage"
MEMBERS = [{"did": ALICE, "handle": "alice.test"}, {"did": BOB, "handle": "bob.test", "displayName": "Bob"}]


def said(name: str, text: str, *, by: str = BOB, ago: float = 60, **more: Any) -> Json:
    at = (datetime.now(UTC) - timedelta(seconds=ago)).isoformat()
    view = {"$type": "chat.bsky.convo.defs#messageView", "id": name, "rev": "r", "text": text}
    return {**view, "sender": {"did": by}, "sentAt": at, **more}


def convo(name: str, last: Json, **more: Any) -> Json:
    return {"id": name, "rev": "r", "members": MEMBERS, "muted": False, "unreadCount": 1, "lastMessage": last, **more}


def talk(*messages: Json) -> FakeBluesky:
    """One conversation, newest message first."""
    fake = FakeBluesky({CONVOS: {"convos": [convo("c1", messages[0])]}, MESSAGES: {"messages": list(messages)}})
    fake.routes["chat.bsky.convo.getConvo"] = {"convo": convo("c1", messages[0])}
    fake.routes["chat.bsky.convo.getConvoForMembers"] = {"convo": convo("c1", messages[0])}
    fake.routes[SEND] = lambda request: said("new", json.loads(request.content)["message"]["text"], by=ALICE, ago=0)
    return fake


async def test_messages_are_mentions_that_only_we_can_read() -> None:
    fake = talk(
        said("m3", "Thanks", by=ALICE, ago=10),
        {"$type": "chat.bsky.convo.defs#deletedMessageView", "id": "m2", "sender": {"did": BOB}, "sentAt": "x"},
        {"$type": "chat.bsky.convo.defs#systemMessageView", "id": "m9", "data": {}},
        said("m1", "Is my cake ready?\x00", ago=90, replyTo={"id": "m0"}),
        {"text": "no id"},
        4,  # type: ignore[arg-type]
    )
    (page,) = await pulled(connector(fake), "messages")
    (asked,) = page.mentions
    assert (asked.remote_id, asked.thread, asked.reply_to) == ("chat/c1/m1", "chat/c1", "chat/c1/m0")
    assert (asked.kind, asked.visibility, asked.author.name) == (Kind.MESSAGE, Visibility.DIRECT, "Bob")
    assert asked.text == "Is my cake ready?"
    assert [one.text for one in page.own] == ["Thanks"]
    assert page.gone == ("chat/c1/m2",)
    assert page.mark is not None
    assert {request.headers["atproto-proxy"] for request in fake.requests} == {"did:web:api.bsky.chat#bsky_chat"}


async def test_only_conversations_that_moved_are_read() -> None:
    fake = talk(said("m1", "Hi", ago=3600))
    one = connector(fake)
    (first,) = await pulled(one, "messages")
    fake.routes[CONVOS] = {
        "convos": [
            convo("c2", said("n1", "New", ago=1)),
            convo("group", said("g1", "All", ago=2), kind={"$type": "chat.bsky.convo.defs#groupConvo"}),
            {"id": "empty"},
            None,
            convo("c3", said("o1", "Old", ago=90_000)),
        ]
    }
    fake.routes[MESSAGES] = {"messages": [said("n1", "New", ago=1), said("n0", "Older", ago=90_000)]}
    (second,) = await pulled(one, "messages", first.mark)
    assert [found.remote_id for found in second.mentions] == ["chat/c2/n1"]
    assert len(fake.asked(MESSAGES)) == 2


async def test_too_many_messages_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "_MESSAGE_PAGES", 2)
    fake = talk(said("m1", "Hi"))
    fake.routes[MESSAGES] = lambda request: {
        "messages": [said(f"m{request.url.params.get('cursor', '')}x", "Hi")],
        "cursor": request.url.params.get("cursor", "") + "x",
    }
    (page,) = await pulled(connector(fake), "messages")
    assert page.gap is not None
    assert "too many direct messages" in page.gap.why


@pytest.mark.parametrize(
    "answer",
    [
        answer_of("listConvos"),
        *(failure(status, "X") for status in (500, 502)),
        failure(400, "InvalidToken", "Bad token method"),
    ],
)
async def test_without_a_service_or_the_permission_there_is_nothing(answer: httpx.Response) -> None:
    fake = FakeBluesky({CONVOS: answer})
    one = connector(fake)
    assert await pulled(one, "messages") == []
    assert await pulled(one, "messages") == []
    assert len(fake.asked(CONVOS)) == 1


async def test_a_password_without_the_permission_is_not_even_tried() -> None:
    fake = FakeBluesky()
    assert await pulled(connector(fake, dm=False), "messages") == []
    assert fake.requests == []


async def test_a_service_that_falls_silent_is_no_quiet_day() -> None:
    fake = talk(said("m1", "Hi"))
    one = connector(fake)
    (page,) = await pulled(one, "messages")
    fake.routes[CONVOS] = failure(502, "UpstreamFailure")
    with pytest.raises(ServerError):
        await pulled(one, "messages", page.mark)
    fake.routes[CONVOS] = failure(400, "InvalidRequest", "Bad cursor")
    with pytest.raises(RefusedError):
        await pulled(one, "messages")


async def drafted(fake: FakeBluesky, text: str = "It is ready.") -> tuple[Any, Reply]:
    one = connector(fake)
    (page,) = await pulled(one, "messages")
    return one, replace(reply(one, page.mentions[0], text), visibility=Visibility.DIRECT)


async def test_an_answer_goes_into_the_conversation() -> None:
    fake = talk(said("m1", "Is my cake ready?"))
    one, draft = await drafted(fake)
    sent = await one.send(draft)
    assert sent.remote_id == "chat/c1/new"
    assert fake.bodies(SEND) == [{"convoId": "c1", "message": {"text": "It is ready."}}]


async def test_a_message_is_looked_for_before_it_is_sent() -> None:
    fake = talk(said("m1", "Is my cake ready?"))
    one, draft = await drafted(fake)
    fake.routes[MESSAGES] = {"messages": [said("m2", "It is ready.", by=ALICE, ago=0), said("m1", "Is …")]}
    assert (await one.send(draft)).remote_id == "chat/c1/m2"
    assert fake.bodies(SEND) == []


@pytest.mark.parametrize(
    "messages",
    [
        [said("m2", "It is ready.", by=BOB, ago=0), said("m1", "Is …")],
        [said("m1", "Is …", ago=5), said("m0", "It is ready.", by=ALICE, ago=10)],  # before what is answered
        [said("m2", "It is ready.", by=ALICE, ago=500)],  # before the first try
        [],
    ],
)
async def test_what_is_not_our_message(messages: list[Json]) -> None:
    fake = talk(said("m1", "Is my cake ready?"))
    one, draft = await drafted(fake)
    fake.routes[MESSAGES] = {"messages": messages}
    assert await one.find(draft) is None


async def test_an_endless_conversation_is_not_called_certain() -> None:
    fake = talk(said("m1", "Is my cake ready?"))
    one, draft = await drafted(fake)
    fake.routes[MESSAGES] = {"messages": [said("mx", "And?", ago=0)], "cursor": "more"}
    with pytest.raises(UncertainError, match="Look on Bluesky"):
        await one.find(draft)


@pytest.mark.parametrize("answer", [failure(502, "UpstreamFailure"), httpx.ReadError("cut"), {"id": ""}])
async def test_a_message_that_may_have_left_is_uncertain(answer: Any) -> None:
    fake = talk(said("m1", "Is my cake ready?"))
    one, draft = await drafted(fake)
    fake.routes[SEND] = answer
    with pytest.raises(UncertainError):
        await one.send(draft)


async def test_a_public_conversation_is_continued_in_private() -> None:
    fake = talk(said("m0", "Earlier", ago=9000))
    one = connector(fake)
    draft = replace(reply(one, mention(), "Let us talk here."), visibility=Visibility.DIRECT)
    await one.send(draft)
    assert fake.asked("chat.bsky.convo.getConvoForMembers")[0].url.params["members"] == BOB
    assert fake.bodies(SEND)[0]["convoId"] == "c1"
    fake.routes["chat.bsky.convo.getConvoForMembers"] = failure(400, "MessagesDisabled")
    with pytest.raises(RefusedError, match="Answer in public"):
        await one.send(draft)
    fake.routes["chat.bsky.convo.getConvoForMembers"] = {"convo": None}
    with pytest.raises(ServerError):
        await one.send(draft)
    with pytest.raises(GoneError):
        await one.send(replace(draft, to_extra="", to_remote_id="x"))


async def test_messages_have_limits_of_their_own() -> None:
    fake = talk(said("m1", "Is my cake ready?"))
    one, draft = await drafted(fake, "x" * 1000)
    await one.send(draft)
    with pytest.raises(RefusedError, match="at most 1000"):
        await one.send(replace(draft, text="x" * 1001))
    with pytest.raises(ForbiddenError, match="Direct messages need"):
        await connector(fake, dm=False).send(draft)


async def test_a_conversation_is_read_oldest_first_and_looked_at_again() -> None:
    fake = talk(said("m3", "And?", ago=1), said("m2", "Soon", by=ALICE, ago=30), said("m1", "Ready?"))
    one = connector(fake)
    (page,) = await pulled(one, "messages")
    thread = await one.thread(page.mentions[0])
    assert [found.text for found in thread.mentions] == ["Ready?", "And?"]
    assert [found.text for found in thread.own] == ["Soon"]
    deleted = {"$type": "chat.bsky.convo.defs#deletedMessageView", "id": "m1", "sender": {"did": BOB}}
    fake.routes[MESSAGES] = {"messages": [said("m3", "And?"), deleted]}
    looked = await one.look(["chat/c1/m1", "chat/c1/m3"])
    assert looked.gone == ("chat/c1/m1",)
    assert [found.remote_id for found in looked.mentions] == ["chat/c1/m3"]
    fake.routes[MESSAGES] = failure(400, "InvalidConvo")
    assert await one.look(["chat/c1/m1"]) == await one.thread(page.mentions[0])
