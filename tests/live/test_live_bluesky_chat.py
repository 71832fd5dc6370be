"""Direct messages through the real server, which passes them on to the message service.

That service is not to be had: a few lines stand in for it. What is real here is the permission of the app
password, and the way through the server.
"""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.connectors.bluesky import BlueskyConnector
from app.domain import Account, Kind, Mention, OwnPost, Reply, ReplyState, Visibility
from app.errors import UncertainError
from app.http import Http
from tests.live.servers import BlueskyNetwork, MakeProxy, NotInstalled
from tests.values import replace


class MessageService(ThreadingHTTPServer):
    """One conversation between alice and bob."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.messages: list[dict[str, Any]] = []
        self.members: list[dict[str, str]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def say(self, did: str, text: str) -> dict[str, Any]:
        said = {
            "$type": "chat.bsky.convo.defs#messageView",
            "id": f"m{len(self.messages)}",
            "rev": "r",
            "text": text,
            "sender": {"did": did},
            "sentAt": datetime.now(UTC).isoformat(),
        }
        self.messages.insert(0, said)
        return said


class Handler(BaseHTTPRequestHandler):
    """Answers what chat.bsky.convo.* promises."""

    server: MessageService

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        last = {"lastMessage": self.server.messages[0]} if self.server.messages else {}
        convo = {"id": "c1", "rev": "r", "members": self.server.members, "muted": False, "unreadCount": 0, **last}
        name = place.path.rpartition(".")[2]
        if name == "listConvos":
            self._answer({"convos": [convo]})
        elif name in ("getConvo", "getConvoForMembers"):
            self._answer({"convo": convo})
        else:
            assert parse_qs(place.query)["convoId"] == ["c1"]
            self._answer({"messages": self.server.messages})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sender = self.server.members[0]["did"]
        self._answer(self.server.say(sender, body["message"]["text"]))

    def _answer(self, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def service() -> Iterator[MessageService]:
    with MessageService() as service:
        thread = threading.Thread(target=service.serve_forever, daemon=True)
        thread.start()
        yield service
        service.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def network(service: MessageService) -> Iterator[BlueskyNetwork]:
    try:
        network = BlueskyNetwork(mode="pds", chat_url=service.base)
    except NotInstalled as error:
        pytest.fail(str(error), pytrace=False)
    with network:
        people = (network.alice, network.bob)
        service.members[:] = [{"did": one.did, "handle": one.handle} for one in people]
        yield network


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    http = Http()
    yield http
    await http.close()


async def signed_in(http: Http, network: BlueskyNetwork, password: str, server: str = "") -> BlueskyConnector:
    fields = {"handle": network.alice.handle, "password": password, "server": server or network.pds}
    who = await BlueskyConnector.sign_in(http, fields)

    async def save(_: dict[str, str]) -> None:
        """The session outlives the test."""

    account = Account("a", "c", "bluesky", who.server, who.remote_id, who.handle, who.name, data=who.data)
    return BlueskyConnector(account, who.secret, http, save)


async def pulled(one: BlueskyConnector, mark: str | None = None) -> tuple[list[Mention], list[OwnPost], str | None]:
    mentions: list[Mention] = []
    own: list[OwnPost] = []
    async for page in one.pull("messages", mark, since=datetime.now(UTC) - timedelta(days=30)):
        mentions += page.mentions
        own += page.own
        mark = page.mark or mark
    return mentions, own, mark


async def test_a_message_is_read_and_answered_once(
    network: BlueskyNetwork, service: MessageService, http: Http, fault_proxy: MakeProxy
) -> None:
    proxy = fault_proxy(network.pds)
    one = await signed_in(http, network, network.alice.dm_app_password, proxy.base)
    assert one.capabilities.direct_messages
    assert await one.check() == ""
    _, _, mark = await pulled(one)
    service.say(network.bob.did, "Is my cake ready?")
    (asked,), _, mark = await pulled(one, mark)
    assert (asked.kind, asked.text, asked.author.handle) == (Kind.MESSAGE, "Is my cake ready?", network.bob.handle)
    now = datetime.now(UTC)
    reply = Reply(
        "r", "v", "a", asked.remote_id, "It is.", Visibility.DIRECT, ReplyState.CLAIMED, now, now, to_extra=asked.extra
    )
    reply = replace(reply, prepared=one.prepare(reply))
    assert await one.find(reply) is None
    proxy.drop_answer("POST", "/xrpc/chat.bsky.convo.sendMessage")
    with pytest.raises(UncertainError):
        await one.send(reply)
    found = await one.find(reply)
    assert found is not None
    assert (await one.send(reply)).remote_id == found.remote_id
    assert [message["text"] for message in service.messages] == ["It is.", "Is my cake ready?"]
    _, own, _ = await pulled(one, mark)
    assert [post.remote_id for post in own] == [found.remote_id]


async def test_a_password_without_the_permission_is_told_so(network: BlueskyNetwork, http: Http) -> None:
    one = await signed_in(http, network, network.alice.app_password)
    assert not one.capabilities.direct_messages
    one._dm = True  # as if the token had not told
    assert await one.check() == "Direct messages need an app password with that permission."
    assert await pulled(one) == ([], [], None)
