"""A small Bluesky network in memory, as a `World` of the connector test kit.

Shapes and habits: lexicons app.bsky.*, com.atproto.* and chat.bsky.convo.*, and what the reference servers do.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx

from app.connectors.base import Connector
from app.connectors.bluesky import BlueskyConnector
from app.domain import Account
from tests.app.connectors.fake_bluesky import ALICE, BOB, PDS, Json, answer_of, failure, jwt, nsid
from tests.app.connectors.kit import Trouble, body

POST, LIKE = "app.bsky.feed.post", "app.bsky.feed.like"
_KNOWN = {
    "app.bsky.notification.listNotifications": {"reasons", "limit", "cursor", "priority", "seenAt"},
    "app.bsky.feed.getPosts": {"uris"},
    "app.bsky.actor.getProfiles": {"actors"},
    "app.bsky.feed.getPostThread": {"uri", "depth", "parentHeight"},
    "app.bsky.feed.searchPosts": {"q", "sort", "since", "until", "mentions", "author", "lang", "limit", "cursor"},
    "com.atproto.repo.listRecords": {"repo", "collection", "limit", "cursor", "reverse"},
    "com.atproto.repo.getRecord": {"repo", "collection", "rkey", "cid"},
    "com.atproto.server.getSession": set(),
    "chat.bsky.convo.listConvos": {"limit", "cursor", "readState", "status"},
}


class BlueskyWorld:
    """One server, our shop on it, and bob who writes to it."""

    connector: ClassVar[type[Connector]] = BlueskyConnector
    renewable: ClassVar[bool] = True

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.fail: Trouble = lambda _: None
        self.empty_pages = 0  # so many lists come empty, with a cursor, before the next full one
        self.posts: dict[str, Json] = {}  # by address: {at, record, cid, did}
        self.records: dict[tuple[str, str], Json] = {}  # our repository, by collection and key
        self.seen_at = ""
        self._n = 0
        self._dead: set[str] = set()
        self._pairs = 0

    # --- World ---------------------------------------------------------------------------------

    def account(self) -> Account:
        data = json.dumps({"pds": PDS, "did": ALICE, "dm": False})
        return Account("a", "c1", "bluesky", PDS, ALICE, "alice.test", "Alice", data=data)

    def secret(self) -> dict[str, str]:
        return self._pair()

    def write(self, text: str, *, at: datetime) -> str:
        self._n += 1
        uri = f"at://{BOB}/{POST}/3m{self._n:06d}zzzzz".replace("0", "a").replace("1", "b")
        index = {"byteStart": 0, "byteEnd": 1}
        facet = {"index": index, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": ALICE}]}
        record = {"$type": POST, "text": text, "createdAt": at.isoformat(), "langs": ["en"], "facets": [facet]}
        self.posts[uri] = {"at": at, "record": record, "cid": f"bafy{self._n}", "did": BOB}
        return uri

    def change(self, remote_id: str, text: str) -> bool:
        held = self.posts[remote_id]
        self._n += 1
        self.posts[remote_id] = {**held, "record": {**held["record"], "text": text}, "cid": f"bafy{self._n}"}
        return True

    def remove(self, remote_id: str) -> bool:
        self.posts.pop(remote_id, None)
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        to = {"uri": remote_id, "cid": self.posts[remote_id]["cid"]}
        record = {"$type": POST, "text": text, "createdAt": at.isoformat(), "reply": {"root": to, "parent": to}}
        self._n += 1
        self._keep(POST, f"3n{self._n:06d}zzzzz".replace("0", "a").replace("1", "b"), record, at)
        return True

    def ours(self) -> list[str]:
        return [one["value"]["text"] for (kind, _), one in self.records.items() if kind == POST]

    def end_token(self) -> None:
        self._dead.add(f"access-{self._pairs}")

    def is_send(self, request: httpx.Request) -> bool:
        return nsid(request) == "com.atproto.repo.putRecord" and body(request)["collection"] == POST

    def limited(self) -> httpx.Response:
        reset = str(int((datetime.now(UTC) + timedelta(seconds=10)).timestamp()))
        headers = {"ratelimit-limit": "3000", "ratelimit-remaining": "0", "ratelimit-reset": reset}
        what = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        return httpx.Response(429, json=what, headers={**headers, "ratelimit-policy": "3000;w=300"})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        name, bearer = nsid(request), request.headers.get("authorization", "").removeprefix("Bearer ")
        if name == "com.atproto.server.refreshSession":
            if bearer != f"s3cret-refresh-{self._pairs}":
                return failure(400, "ExpiredToken", "Token has been revoked")
            made = self._pair()
            told = {"accessJwt": made["access"], "refreshJwt": made["refresh"], "did": ALICE, "handle": "alice.test"}
            return _json(told)
        if not bearer.endswith(f".s3cret-access-{self._pairs}") or f"access-{self._pairs}" in self._dead:
            return failure(400, "ExpiredToken", "Token has expired")
        if request.method == "GET" and name in _KNOWN and set(request.url.params) - _KNOWN[name]:
            return failure(400, "InvalidRequest", "Unknown parameter")
        answer: Callable[[httpx.Request], httpx.Response] | None = getattr(self, f"_{name.rpartition('.')[2]}", None)
        return failure(501, "MethodNotImplemented") if answer is None else answer(request)

    # --- methods, by the last part of their names ------------------------------------------------

    def _listNotifications(self, request: httpx.Request) -> httpx.Response:
        wanted = sorted(((one["at"].isoformat(), uri) for uri, one in self.posts.items()), reverse=True)
        some, cursor = self._page(wanted, request)
        notes = [{**self._view(uri), "reason": "mention", "isRead": False} for _, uri in some]
        for note in notes:
            del note["viewer"]  # a post as such has that
        return _json({"notifications": notes, "seenAt": self.seen_at or "2026-01-01T00:00:00.000Z", **cursor})

    def _searchPosts(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        term = params["q"].strip('"').lower()
        wanted = sorted(
            (
                (one["at"].isoformat(), uri)
                for uri, one in self.posts.items()
                if term in one["record"]["text"].lower()
                and one["at"] >= datetime.fromisoformat(params.get("since", "2020-01-01T00:00:00Z"))
            ),
            reverse=True,
        )
        some, cursor = self._page(wanted, request)
        return _json({"posts": [self._view(uri) for _, uri in some], **cursor})

    def _page(self, wanted: list[tuple[str, str]], request: httpx.Request) -> tuple[list[tuple[str, str]], Json]:
        below = request.url.params.get("cursor", "")
        if self.empty_pages and below:
            self.empty_pages -= 1
            return [], {"cursor": below + " "}
        if below:
            time, _, uri = below.strip().partition("::")
            wanted = [one for one in wanted if one < (time, uri)]
        some = wanted[: int(request.url.params.get("limit", "50"))]
        return some, {"cursor": "::".join(some[-1])} if len(wanted) > len(some) else {}

    def _getPosts(self, request: httpx.Request) -> httpx.Response:
        uris = request.url.params.get_list("uris")
        if len(uris) > 25:
            return failure(400, "InvalidRequest", "too many uris")
        return _json({"posts": [self._view(uri) for uri in uris if uri in self.posts]})

    def _getProfiles(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params.get_list("actors")
        return _json({"profiles": [{"did": one, "handle": "bob.test", "followersCount": 7} for one in asked]})

    def _getPostThread(self, request: httpx.Request) -> httpx.Response:
        uri = request.url.params["uri"]
        if uri not in self.posts:
            return failure(400, "NotFound", f"Post not found: {uri}")
        return _json({"thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._view(uri), "replies": []}})

    def _listRecords(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        keys = sorted((key for kind, key in self.records if kind == params["collection"]), reverse=True)
        keys = [key for key in keys if not params.get("cursor") or key < params["cursor"]][: int(params["limit"])]
        found = [_told(self.records[params["collection"], key]) for key in keys]
        return _json({"records": found, **({"cursor": keys[-1]} if keys else {})})

    def _getRecord(self, request: httpx.Request) -> httpx.Response:
        held = self.records.get((request.url.params["collection"], request.url.params["rkey"]))
        return answer_of("getRecord_missing") if held is None else _json(_told(held))

    def _putRecord(self, request: httpx.Request) -> httpx.Response:
        told = body(request)
        key = (told["collection"], told["rkey"])
        held = self.records.get(key)
        if held is not None and held["value"] == told["record"]:
            return _json({"uri": held["uri"], "cid": held["cid"]})
        if held is not None and "swapRecord" in told:
            return failure(400, "InvalidSwap", f"Record was at {held['cid']}")
        made = self._keep(*key, told["record"], datetime.now(UTC))
        if told["collection"] == LIKE:
            self.posts[told["record"]["subject"]["uri"]]["like"] = made["uri"]
        return _json({"uri": made["uri"], "cid": made["cid"], "commit": {"cid": "bafycommit", "rev": "3n2zxaqduik2a"}})

    def _deleteRecord(self, request: httpx.Request) -> httpx.Response:
        told = body(request)
        gone = self.records.pop((told["collection"], told["rkey"]), None)
        for post in self.posts.values():
            if gone is not None and post.get("like") == gone["uri"]:
                del post["like"]
        return _json({})

    def _updateSeen(self, request: httpx.Request) -> httpx.Response:
        self.seen_at = body(request)["seenAt"]
        return httpx.Response(200)

    def _getSession(self, request: httpx.Request) -> httpx.Response:
        return _json({"did": ALICE, "handle": "alice.test", "active": True})

    # --- parts -----------------------------------------------------------------------------------

    def _pair(self) -> dict[str, str]:
        self._pairs += 1
        claims = jwt(number=self._pairs).rpartition(".")[0]
        return {"access": f"{claims}.s3cret-access-{self._pairs}", "refresh": f"s3cret-refresh-{self._pairs}"}

    def _keep(self, collection: str, key: str, record: Json, at: datetime) -> Json:
        made = {
            "uri": f"at://{ALICE}/{collection}/{key}",
            "cid": f"bafyr{len(self.records)}",
            "value": record,
            "at": at,
        }
        self.records[collection, key] = made
        return made

    def _view(self, uri: str) -> Json:
        one: dict[str, Any] = self.posts[uri]
        author = {"did": BOB, "handle": "bob.test", "displayName": "Bob"}
        viewer = {"like": one["like"]} if one.get("like") else {}
        made = {"uri": uri, "cid": one["cid"], "author": author, "record": one["record"], "viewer": viewer}
        return {**made, "indexedAt": one["at"].isoformat()}


def _told(held: Json) -> Json:
    return {key: value for key, value in held.items() if key != "at"}


def _json(value: Json) -> httpx.Response:
    return httpx.Response(200, content=json.dumps(value), headers={"content-type": "application/json"})
