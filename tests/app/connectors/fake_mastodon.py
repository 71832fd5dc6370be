"""A Mastodon-API server in memory, with the habits of each of the real ones, for the connector's tests.

The habits are those that were seen on real servers; `tests/live/test_live_mastodon.py` meets two of these.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from app.connectors.mastodon import MastodonConnector
from app.domain import Account, Mention, Page, Reply, ReplyState, Visibility
from app.http import Http
from tests.app.connectors.kit import World

BASE = "https://shop.example"
DATA = Path(__file__).parents[2] / "data" / "mastodon"
NOW = datetime.now(UTC).replace(microsecond=0)
JSON = dict[str, Any]
Handler = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class Habits:
    """One column of the table of differences."""

    name: str
    key_honoured: bool = True
    min_id_is_since: bool = False
    cursors_on_own: bool = True
    newest_known: int = 10_000  # notifications that the server serves at all
    unauthorized: tuple[int, str] = (401, '{"error":"The access token is invalid"}')
    missing: tuple[int, str] = (404, '{"error":"Record not found"}')
    bad_text: int = 422  # 200: taken
    takes_missing_parent: bool = False
    v2: bool = True
    many: bool = True
    types: bool = True
    new_id: Callable[[int], str] = str
    direct: str = "direct"
    mentions: bool = True
    v2_media: bool = True


MASTODON = Habits("mastodon", new_id=lambda n: str(110_000_000_000_000_000 + n))
GOTOSOCIAL = Habits(
    "gotosocial",
    key_honoured=False,
    unauthorized=(401, '{"error":"Unauthorized: token not recognised"}'),
    bad_text=400,
    many=False,
    new_id=lambda n: f"01HZ{n:022d}",
)
SNAC = Habits(
    "snac",
    key_honoured=False,
    min_id_is_since=True,
    cursors_on_own=False,
    newest_known=64,
    unauthorized=(401, ""),
    missing=(404, "<h1>404 Not Found (snac/2.75)</h1>"),
    bad_text=200,
    takes_missing_parent=True,
    v2=False,
    many=False,
    types=False,
    new_id=lambda n: f"0000000000{n:08d}d368a50f1453ecd00bfb22ff",
    direct="private",
    mentions=False,
)
MOCK = Habits("mock", takes_missing_parent=True, new_id=lambda n: str(1_795_505_902_108 + n))
ALL = (MASTODON, GOTOSOCIAL, SNAC, MOCK)


@dataclass
class FakeServer:
    """`notes` and `posts` are newest first, as they are served."""

    habits: Habits = MASTODON
    notes: list[JSON] = field(default_factory=list)
    posts: dict[str, JSON] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    keys: dict[str, JSON] = field(default_factory=dict)
    token: str = "t"
    fail: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    n: int = 1000
    media: dict[str, JSON] = field(default_factory=dict)
    work: int = 0  # how often a new picture is not ready yet when asked for

    def next_id(self) -> str:
        self.n += 1
        return self.habits.new_id(self.n)

    def person(self, who: str) -> JSON:
        remote_id = {"maplerye": "1", "bob": "20"}.get(who, "21")
        return {"id": remote_id, "username": who, "acct": who, "display_name": who.title(), "followers_count": 0}

    def named(self, who: str) -> JSON:
        """As a post names somebody: no more is told of them there."""
        return {key: value for key, value in self.person(who).items() if key in ("id", "username", "acct")}

    def post(self, who: str, text: str, *, to: str | None = None, at: datetime = NOW, **more: Any) -> JSON:
        parent = self.posts.get(to or "", {})
        named = [self.named("maplerye")] if "@maplerye" in text and self.habits.mentions else []
        status = {
            "id": self.next_id(), "account": self.person(who), "created_at": at.isoformat(), "mentions": named,
            "content": f"<p>{text}</p>", "visibility": "public", "in_reply_to_id": to, "language": "en",
            "in_reply_to_account_id": parent.get("account", {}).get("id"), "url": f"{BASE}/@{who}/{self.n}", **more,
        }  # fmt: skip
        self.posts[status["id"]] = status
        return status

    def mention(self, text: str = "@maplerye hello", *, at: datetime = NOW, **more: Any) -> JSON:
        status = self.post("bob", text, at=at, **more)
        self.notes.insert(0, self.note(status, at=at))
        return status

    def note(self, status: JSON | None, kind: str = "mention", *, at: datetime = NOW) -> JSON:
        return {"id": self.next_id(), "type": kind, "created_at": at.isoformat(), "status": status}

    def mentions(self, count: int, *, newest: datetime = NOW) -> list[str]:
        """Add `count` mentions a minute apart, and return their ids, oldest first."""
        times = [newest - timedelta(minutes=count - 1 - n) for n in range(count)]
        return [self.mention(f"@maplerye number {n}", at=at)["id"] for n, at in enumerate(times)]

    # --- what it answers -----------------------------------------------------------------------

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        path, method = request.url.path, request.method
        if path in ("/api/v1/instance", "/api/v2/instance"):
            v2 = "v2" in path
            return self._missing() if v2 and not self.habits.v2 else reply(self.instance(v2=v2))
        if request.headers.get("authorization") != f"Bearer {self.token}":
            status, body = self.habits.unauthorized
            return httpx.Response(status, text=body)
        params = dict(request.url.params.multi_items())
        if path == "/api/v1/accounts/verify_credentials":
            return reply(self.person("maplerye"))
        if path == "/api/v1/notifications":
            return reply(self._notifications(request.url.params))
        if path == "/api/v1/accounts/1/statuses":
            mine = [each for each in reversed(self.posts.values()) if each["account"]["id"] == "1"]
            return reply(self._cut(mine, params) if self.habits.cursors_on_own else mine)
        if path == "/api/v1/statuses":
            return self._publish(request) if method == "POST" else self._many(request)
        if path in ("/api/v2/media", "/api/v1/media") and method == "POST":
            return self._take(request) if "v2" not in path or self.habits.v2_media else self._missing()
        if path.startswith("/api/v1/media/"):
            return self._progress(path.rpartition("/")[2])
        name = path.removeprefix("/api/v1/statuses/").removesuffix("/context")
        if name not in self.posts:
            return self._missing()
        return reply(self._context(name) if path.endswith("/context") else self.posts[name])

    def instance(self, *, v2: bool = True) -> JSON:
        version = "4.0.0 (not true; really snac/2.75)" if self.habits is SNAC else "4.4.3"
        limits = {"max_characters": 500, "characters_reserved_per_url": 23}
        return {"domain" if v2 else "uri": "shop.example", "version": version,
                "configuration": {"statuses": limits}}  # fmt: skip

    def _missing(self) -> httpx.Response:
        return httpx.Response(self.habits.missing[0], text=self.habits.missing[1])

    def _notifications(self, params: httpx.QueryParams) -> list[JSON]:
        notes = self.notes[: self.habits.newest_known]
        if self.habits.types:
            notes = [each for each in notes if each.get("type") in params.get_list("types[]")]
        return self._cut(notes, dict(params))

    def _cut(self, entries: list[JSON], params: dict[str, str]) -> list[JSON]:
        limit = int(params.get("limit", "20"))
        if below := params.get("max_id"):
            entries = [each for each in entries if each.get("id", "") < below]
        if above := params.get("min_id"):
            entries = [each for each in entries if each.get("id", "") > above]
            return entries[:limit] if self.habits.min_id_is_since else entries[-limit:]
        return entries[:limit]

    def _many(self, request: httpx.Request) -> httpx.Response:
        if not self.habits.many:
            return self._missing()
        ids = request.url.params.get_list("id[]")
        return reply([self.posts[each] for each in ids if each in self.posts])

    def _context(self, name: str) -> JSON:
        above, at = [], self.posts[name].get("in_reply_to_id")
        while at in self.posts:
            above.insert(0, self.posts[at])
            at = self.posts[at].get("in_reply_to_id")
        below, known = [], {name}
        for each in self.posts.values():
            if each.get("in_reply_to_id") in known:
                known.add(each["id"])
                below.append(each)
        return {"ancestors": above, "descendants": below}

    def _publish(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        key = request.headers["idempotency-key"]
        if self.habits.key_honoured and key in self.keys:
            return reply(self.keys[key])
        if self.habits.bad_text != 200 and (not body["status"] or len(body["status"]) > 500):
            return httpx.Response(self.habits.bad_text, json={"error": "Validation failed: Text is too long"})
        if body["in_reply_to_id"] not in self.posts and not self.habits.takes_missing_parent:
            return self._missing()
        word = self.habits.direct if body["visibility"] == "direct" else body["visibility"]
        status = self.post("maplerye", body["status"], to=body["in_reply_to_id"], at=datetime.now(UTC), visibility=word)
        self.keys[key] = status
        return reply(status)

    def _take(self, request: httpx.Request) -> httpx.Response:
        """Read the form as a mail reader would, which is another's eye on what was built."""
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        parts = message_from_bytes(head + request.content, policy=HTTP).iter_parts()
        found: JSON = {part.get_param("name", header="content-disposition"): part for part in parts}
        told = found.get("description")
        one = {
            "id": self.next_id(), "type": "image", "url": None if self.work else "u", "left": self.work,
            "description": told and told.get_payload(decode=True).decode(), "name": found["file"].get_filename(),
            "mime": found["file"].get_content_type(), "data": found["file"].get_payload(decode=True),
        }  # fmt: skip
        self.media[one["id"]] = one
        return reply({key: one[key] for key in ("id", "type", "url", "description")}, 202 if self.work else 200)

    def _progress(self, name: str) -> httpx.Response:
        if name not in self.media:
            return self._missing()
        self.media[name]["left"] -= 1
        return reply({"id": name, "type": "image"}, 206 if self.media[name]["left"] > 0 else 200)

    def mine(self) -> list[JSON]:
        return [each for each in self.posts.values() if each["account"]["id"] == "1"]

    def sent(self) -> JSON:
        """The body of the last POST of a status."""
        last = [each for each in self.requests if each.method == "POST"][-1]
        body: JSON = json.loads(last.content)
        return body


def reply(value: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=value, headers={"date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")})


def form(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.content.decode()))


def account(**more: Any) -> Account:
    fields: JSON = {"remote_id": "1", "handle": "@maplerye@shop.example", "name": "Maple & Rye", "server": BASE}
    return Account("a1", "c1", "mastodon", **{**fields, **more})


async def _no_save(_: dict[str, str]) -> None:
    raise AssertionError("Mastodon's secret never changes")


def connector(server: Handler, **more: Any) -> MastodonConnector:
    if isinstance(server, FakeServer) and server.habits is SNAC:
        more.setdefault("data", '{"software":"snac"}')
    http = Http(transport=httpx.MockTransport(server))
    return MastodonConnector(account(**more), {"token": "t"}, http, _no_save)


def recorded(name: str) -> dict[str, JSON]:
    """The answers that were recorded, or written after the documentation, by their short names."""
    answers: dict[str, JSON] = json.loads((DATA / f"{name}.json").read_text("utf-8"))["answers"]
    return answers


def a_reply(to: str, text: str = "It is on its way.", **more: Any) -> Reply:
    fields: JSON = {"visibility": Visibility.PUBLIC, "state": ReplyState.CLAIMED, "created_at": NOW, "not_before": NOW}
    return Reply(more.pop("id", "r1"), "v1", "a1", to, text, **{**fields, **more})


def ids(pages: Iterable[Page]) -> list[str]:
    return [mention.remote_id for page in pages for mention in page.mentions]


def by_id(mentions: Iterable[Mention]) -> dict[str, Mention]:
    return {mention.remote_id: mention for mention in mentions}


def world() -> World:
    """A fresh one for the connector test kit."""
    from tests.app.connectors.mastodon_world import MastodonWorld  # which is built upon this file

    return MastodonWorld()
