"""A Bluesky server made of recorded answers, behind an httpx transport.

`tests/data/bluesky` holds what @atproto/pds 0.5.35 and @atproto/bsky 0.0.280 answered: {"status","body"}.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from app.connectors.bluesky import BlueskyConnector
from app.domain import Account, Kind, Mention, Page, Reply, ReplyState, Visibility
from app.http import Http
from tests.app.connectors.kit import World
from tests.values import replace

DATA = Path(__file__).parents[2] / "data" / "bluesky"
ALICE = "did:plc:m5g5hrdnfhyw354aqegm65kr"  # owns the shop
BOB = "did:plc:aqzrau3i3tqfee4zj6cxerts"
PDS = "https://pds.example.com"
SINCE = datetime(2026, 10, 25, tzinfo=UTC)

Json = dict[str, Any]
Answer = Json | httpx.Response | Exception
Route = Answer | list[Answer] | Callable[[httpx.Request], Answer]


def recorded(name: str) -> Json:
    """A recorded answer's body."""
    body: Json = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))["body"]
    return body


def answer_of(name: str) -> httpx.Response:
    """A recorded answer, with its status."""
    told = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return httpx.Response(told["status"], json=told["body"], headers=told.get("headers"))


def failure(status: int, code: str, message: str = "") -> httpx.Response:
    """An error as XRPC servers write it."""
    return httpx.Response(status, json={"error": code, "message": message})


def jwt(scope: str = "com.atproto.appPass", *, lives: float = 7200, number: int = 0, ago: float = 0) -> str:
    """A token that claims what a real one does; its signature is none."""
    issued = time.time() - ago
    told = {"scope": scope, "sub": ALICE, "iat": issued, "exp": issued + lives, "n": number}
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in
                    (b'{"typ":"at+jwt"}', json.dumps(told).encode(), b"none"))  # fmt: skip


def nsid(request: httpx.Request) -> str:
    """The method that a request calls, or its whole address."""
    path = request.url.path
    return path.removeprefix("/xrpc/") if path.startswith("/xrpc/") else f"{request.url.host}{path}"


class FakeBluesky:
    """Answers by method name; what is not told is 501, as on a server that lacks it."""

    def __init__(self, routes: dict[str, Route] | None = None) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[httpx.Request] = []
        self.records: dict[str, Json] = {}  # by rkey
        self.http = Http(transport=httpx.MockTransport(self._answer))

    def asked(self, method: str) -> list[httpx.Request]:
        """Requests of one method."""
        return [one for one in self.requests if nsid(one) == method]

    def bodies(self, method: str) -> list[Json]:
        """JSON bodies of one method."""
        return [json.loads(one.content) for one in self.asked(method)]

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        self.requests.append(request)
        name = nsid(request)
        if name in self.routes:
            route = self.routes[name]
            if isinstance(route, list):
                route = route.pop(0) if len(route) > 1 else route[0]
            answer = route(request) if callable(route) and not isinstance(route, Exception) else route
        else:
            answer = self._default(name, request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(200, json=answer) if isinstance(answer, dict) else answer

    def _default(self, name: str, request: httpx.Request) -> Answer:
        if name == "com.atproto.repo.putRecord":
            return self._put(json.loads(request.content))
        if name == "com.atproto.repo.getRecord":
            held = self.records.get(request.url.params["rkey"])
            return held or answer_of("getRecord_missing")
        return failure(501, "MethodNotImplemented", "Method Not Implemented")

    def _put(self, body: Json) -> Answer:
        """As the reference server: the same again is no change, other content is InvalidSwap."""
        held = self.records.get(body["rkey"])
        uri = f"at://{body['repo']}/{body['collection']}/{body['rkey']}"
        if held is None:
            self.records[body["rkey"]] = {"uri": uri, "cid": f"bafy{len(self.records)}", "value": body["record"]}
            commit = {"cid": "bafycommit", "rev": "3n2zxaqduik2a"}
            return {"uri": uri, "cid": self.records[body["rkey"]]["cid"], "commit": commit}
        if held["value"] == body["record"]:
            return {"uri": uri, "cid": held["cid"], "validationStatus": "valid"}
        return failure(400, "InvalidSwap", f"Record was at {held['cid']}")


def account(*, dm: bool = True) -> Account:
    data = json.dumps({"pds": PDS, "did": ALICE, "dm": dm})
    return Account("a1", "c1", "bluesky", PDS, ALICE, "alice.test", "Alice", data=data)


def connector(
    fake: FakeBluesky,
    *,
    secret: dict[str, str] | None = None,
    saved: list[dict[str, str]] | None = None,
    dm: bool = True,
) -> BlueskyConnector:
    """A signed-in connector; `saved` collects the secrets that it keeps."""

    async def save(changed: dict[str, str]) -> None:
        if saved is not None:
            saved.append(changed)

    return BlueskyConnector(account(dm=dm), secret or {"access": jwt(), "refresh": "r0"}, fake.http, save)


async def pulled(one: BlueskyConnector, stream: str, mark: str | None = None, since: datetime = SINCE) -> list[Page]:
    """All pages of a pull."""
    return [page async for page in one.pull(stream, mark, since=since)]


def post(number: int = 0, text: str = "Hello", *, did: str = BOB, at: datetime | None = None, **record: Any) -> Json:
    """A post's view."""
    written = (at or datetime(2026, 11, 24, 6, tzinfo=UTC) - timedelta(minutes=number)).isoformat()
    name = "bob.test" if did == BOB else "alice.test"
    return {
        "uri": f"at://{did}/app.bsky.feed.post/3mzzzzzzz{number:04d}".replace("0", "a").replace("1", "b"),
        "cid": f"bafy{number}",
        "author": {"did": did, "handle": name, "displayName": name.split(".")[0].title()},
        "record": {"$type": "app.bsky.feed.post", "text": text, "createdAt": written, **record},
        "indexedAt": written,
    }


def note(view: Json, reason: str = "mention") -> Json:
    """A notification of a post."""
    return {**view, "reason": reason, "isRead": True}


def mention(view: Json | None = None, **more: Any) -> Mention:
    """A mention as the store gives it back."""
    from app.connectors._bluesky_items import Reader

    read = Reader("a1", ALICE, "alice.test").mention(view or post(), Kind.MENTION)
    assert read is not None
    return replace(read, **more)


def reply(one: BlueskyConnector, to: Mention, text: str = "We open at eight.", **more: Any) -> Reply:
    """A reply that is about to leave."""
    now = datetime.now(UTC)
    made = Reply("r1", "v1", "a1", to.remote_id, text, Visibility.PUBLIC, ReplyState.CLAIMED, now, now,
                 to_extra=to.extra, **more)  # fmt: skip
    return replace(made, prepared=one.prepare(made))


def world() -> World:
    """A fresh one for the connector test kit."""
    from tests.app.connectors.bluesky_world import BlueskyWorld  # which is built upon this file

    return BlueskyWorld()
