"""The Mastodon of `fake_mastodon.py` as a `World` of the connector test kit."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx

from app.connectors.base import Connector
from app.connectors.mastodon import MastodonConnector
from app.domain import Account
from tests.app.connectors.fake_mastodon import BASE, JSON, FakeServer, reply


class MastodonWorld(FakeServer):
    """mastodon.social, in short: one shop, and bob who writes to it."""

    connector: ClassVar[type[Connector]] = MastodonConnector
    renewable: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.token = "s3cret-token"
        self.liked: set[str] = set()
        self.read_up_to = ""
        self.read_conversations: list[str] = []

    def account(self) -> Account:
        return Account("a", "c1", "mastodon", BASE, "1", "@maplerye@shop.example", "Maple & Rye")

    def secret(self) -> dict[str, str]:
        return {"token": "s3cret-token"}

    def post(self, who: str, text: str, **more: Any) -> JSON:
        """A server escapes what people write."""
        return super().post(who, html.escape(text, quote=False).replace("\n", "<br />"), **more)

    def write(self, text: str, *, at: datetime) -> str:
        status = self.post("bob", text, at=at, mentions=[self.named("maplerye")])
        self.notes.insert(0, self.note(status, at=at))
        self.notes.sort(key=lambda note: str(note["id"]), reverse=True)
        name: str = status["id"]
        return name

    def change(self, remote_id: str, text: str) -> bool:
        self.posts[remote_id]["content"] = f"<p>{html.escape(text, quote=False)}</p>"
        self.posts[remote_id]["edited_at"] = datetime.now(UTC).isoformat()
        return True

    def remove(self, remote_id: str) -> bool:
        self.posts.pop(remote_id, None)
        self.notes = [note for note in self.notes if note["status"]["id"] != remote_id]
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.post("maplerye", text, to=remote_id, at=at)
        return True

    def ours(self) -> list[str]:
        texts = (post["content"].removeprefix("<p>").removesuffix("</p>") for post in self.mine())
        return [html.unescape(text.replace("<br />", "\n")) for text in texts]

    def end_token(self) -> None:
        self.token = "another"

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "POST" and request.url.path == "/api/v1/statuses"

    def limited(self) -> httpx.Response:
        reset = (datetime.now(UTC) + timedelta(seconds=10)).isoformat()
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        return httpx.Response(429, json={"error": "Too many requests"}, headers=headers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        found = self._deed(request)
        return found if found is not None else super().__call__(request)

    def _deed(self, request: httpx.Request) -> httpx.Response | None:
        """Likes, marks and searches, which `FakeServer` does not know."""
        path, method, params = request.url.path, request.method, request.url.params
        known = (
            path.endswith(("/favourite", "/unfavourite", "/read"))
            or path in ("/api/v1/markers", "/api/v1/conversations", "/api/v2/search")
            or path.startswith("/api/v1/timelines/tag/")
        )
        if not known:
            return None
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return httpx.Response(401, json={"error": "The access token is invalid"})
        if path.endswith(("/favourite", "/unfavourite")):
            name = path.split("/")[-2]
            if name not in self.posts:
                return self._missing()
            (self.liked.add if path.endswith("/favourite") else self.liked.discard)(name)
            return reply(self.posts[name])
        if path == "/api/v1/markers":
            if method == "POST":
                self.read_up_to = httpx.Response(200, content=request.content).json()["notifications"]["last_read_id"]
            return reply({"notifications": {"last_read_id": self.read_up_to}} if self.read_up_to else {})
        if path.endswith("/read"):
            self.read_conversations.append(path.split("/")[-2])
            return reply({})
        posts = [each for each in sorted(self.posts.values(), key=lambda one: one["id"], reverse=True)]
        if path == "/api/v1/conversations":
            direct = [each for each in posts if each["visibility"] == "direct"]
            return reply([{"id": f"7{each['id']}", "last_status": each} for each in direct])
        wanted = f"#{path.rpartition('/')[2]}" if "/tag/" in path else params["q"].strip('"')
        if "/tag/" not in path and params.get("type") != "statuses":
            return httpx.Response(422, json={"error": "type"})
        hits = self._cut([each for each in posts if wanted.lower() in each["content"].lower()], dict(params))
        return reply(hits if "/tag/" in path else {"statuses": hits, "accounts": [], "hashtags": []})
