"""A Discourse community in memory, below a folder of its site. Strict about parameters."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx

from app.connectors.base import Connector
from app.connectors.discourse import DiscourseConnector
from app.domain import Account
from tests.app.connectors.kit import Trouble, World

BASE = "https://maplerye.example/forum"
ME = "MapleRye"
KEY = "s3cret0123456789abcdef"
JSON = dict[str, Any]
PARAMS = {  # docs.discourse.org, and the controllers where they are silent
    "/notifications.json": {"limit", "offset"},
    "/user_actions.json": {"username", "filter", "offset"},
    "/search.json": {"q", "page"},
}
NEW = {"raw", "topic_id", "reply_to_post_number", "title", "category", "target_recipients", "archetype"}


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def fault(status: int, kind: str, said: str, **extras: Any) -> httpx.Response:
    body: JSON = {"errors": [said], "error_type": kind}
    return httpx.Response(status, json=body | ({"extras": extras} if extras else {}))


class DiscourseWorld:
    """One topic, in which bob answers us."""

    connector: ClassVar[type[Connector]] = DiscourseConnector
    renewable: ClassVar[bool] = False

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.fail: Trouble = lambda _: None
        self.key = KEY
        self.topics: dict[int, JSON] = {}
        self.posts: dict[int, JSON] = {}
        self.notes: list[JSON] = []  # oldest first
        self.liked: set[int] = set()
        self.read: list[int] = []
        self.moderated = False
        self.staff = False
        self.empty_pages = 0
        self.n = 100
        self.main = self.topic("Who bakes rye?")
        self.post("We do", topic=self.main, at=datetime(2026, 1, 1, tzinfo=UTC), by=ME)

    # --- as the kit sees it ----------------------------------------------------------------------

    def account(self) -> Account:
        return Account("a", "c1", "discourse", BASE, "7", f"@{ME}@maplerye.example/forum", "Maple & Rye")

    def secret(self) -> dict[str, str]:
        return {"key": KEY}

    def topic(self, title: str, *, private: bool = False) -> int:
        self.n += 1
        self.topics[self.n] = {"id": self.n, "title": title, "archetype": "private_message" if private else "regular",
                               "slug": "a-topic", "next": 1}  # fmt: skip
        return self.n

    def post(self, text: str, *, topic: int, at: datetime, by: str = "bob", to: int = 0, cooked: str = "") -> JSON:
        self.n += 1
        number, self.topics[topic]["next"] = self.topics[topic]["next"], self.topics[topic]["next"] + 1
        parents = [each for each in self.posts.values() if (each["topic_id"], each["post_number"]) == (topic, to)]
        one: JSON = {
            "id": self.n, "topic_id": topic, "post_number": number, "username": by, "name": by.title(),
            "user_id": 7 if by == ME else 20, "cooked": cooked or self.cook(text), "created_at": stamp(at),
            "updated_at": stamp(at), "version": 1, "post_type": 1, "topic_slug": "a-topic",
            "reply_to_post_number": to or None, "avatar_template": "/user_avatar/maplerye.example/bob/{size}/1.png",
            "reply_to_user": {"username": parents[0]["username"]} if parents else None,
            "deleted_at": None, "user_deleted": False,
        }  # fmt: skip
        self.posts[self.n] = one
        return one

    @staticmethod
    def cook(text: str) -> str:
        plain = html.escape(text, quote=False).replace("\\#", "#").replace("\\&gt;", "&gt;")
        return "<p>" + plain.replace("\n", "<br>\n") + "</p>"

    def note(self, post: JSON, kind: int, *, at: datetime) -> JSON:
        self.n += 1
        one: JSON = {"id": self.n, "user_id": 7, "notification_type": kind, "read": False, "created_at": stamp(at),
                     "post_number": post["post_number"], "topic_id": post["topic_id"], "slug": "a-topic",
                     "data": {"topic_title": "…", "original_post_id": post["id"]}}  # fmt: skip
        self.notes.append(one)
        return one

    def write(self, text: str, *, at: datetime) -> str:
        one = self.post(text, topic=self.main, at=at, to=1)
        self.note(one, 2, at=at)
        return str(one["id"])

    def change(self, remote_id: str, text: str) -> bool:
        self.posts[int(remote_id)] |= {"cooked": self.cook(text), "version": 2, "updated_at": stamp(datetime.now(UTC))}
        return True

    def remove(self, remote_id: str) -> bool:
        gone = self.posts.pop(int(remote_id))
        place = (gone["topic_id"], gone["post_number"])
        self.notes = [each for each in self.notes if (each["topic_id"], each["post_number"]) != place]
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        parent = self.posts[int(remote_id)]
        self.post(text, topic=parent["topic_id"], at=at, by=ME, to=parent["post_number"])
        return True

    def ours(self) -> list[str]:
        mine = [each["cooked"] for each in self.posts.values() if each["username"] == ME][1:]
        return [html.unescape(one.removeprefix("<p>").removesuffix("</p>").replace("<br>\n", "\n")) for one in mine]

    def end_token(self) -> None:
        self.key = "another"

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "POST" and request.url.path == "/forum/posts.json"

    def limited(self) -> httpx.Response:
        said = "You’ve performed this action too many times, please try again in 10 seconds."  # noqa: RUF001
        return fault(429, "rate_limit", said, wait_seconds=10, time_left="10 seconds")

    # --- answers -----------------------------------------------------------------------------------

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        if not request.url.path.startswith("/forum/"):
            return httpx.Response(404, text="<html>another site</html>")
        path, params = request.url.path.removeprefix("/forum"), request.url.params
        sent = (request.headers.get("api-key"), request.headers.get("api-username", "").lower())
        if sent != (self.key, ME.lower()):
            return fault(403, "invalid_access", "You are not permitted to view the requested resource. "
                         "The API username or key is invalid.")  # fmt: skip
        if path in PARAMS and set(params) - PARAMS[path]:
            return fault(400, "invalid_parameters", f"{set(params) - PARAMS[path]}")
        body = json.loads(request.content) if request.content else {}
        if request.method != "GET":
            return self._write(request.method, path, body, params)
        if path == "/site/basic-info.json":
            return httpx.Response(200, json={"title": "Maple & Rye friends"})
        if path == "/notifications.json":
            return self._notifications(int(params.get("offset", "0")), int(params["limit"]))
        if path == "/user_actions.json":
            return self._actions(params)
        if path == "/search.json":
            return self._search(params["q"], int(params["page"]))
        if path.startswith("/u/"):
            known = path.removesuffix(".json").lower() == f"/u/{ME.lower()}"
            return (
                httpx.Response(200, json={"user": {"id": 7, "username": ME, "name": "Maple & Rye"}})
                if known
                else fault(404, "not_found", "The requested URL or resource could not be found.")
            )
        return self._posts(path, params)

    def _notifications(self, offset: int, limit: int) -> httpx.Response:
        assert limit <= 60
        if self.empty_pages > 0:
            self.empty_pages -= 1
            return httpx.Response(200, json={"notifications": [], "total_rows_notifications": len(self.notes)})
        every = sorted(self.notes, key=lambda each: (each["created_at"], each["id"]), reverse=True)
        return httpx.Response(200, json={
            "notifications": every[offset : offset + limit], "total_rows_notifications": len(every),
            "seen_notification_id": 1, "load_more_notifications": f"/forum/notifications?offset={offset + limit}",
        })  # fmt: skip

    def _actions(self, params: httpx.QueryParams) -> httpx.Response:
        assert params["username"] == ME
        mine = [each for each in reversed(self.posts.values()) if each["username"] == ME and each["post_number"] > 1]
        mine = [each for each in mine if self.topics[each["topic_id"]]["archetype"] == "regular"]
        start = int(params["offset"])
        return httpx.Response(200, json={"user_actions": [
            {"action_type": 5, "created_at": each["created_at"], "post_id": each["id"], "topic_id": each["topic_id"],
             "post_number": each["post_number"], "excerpt": "…"}
            for each in mine[start : start + 30]
        ]})  # fmt: skip

    def _search(self, question: str, page: int) -> httpx.Response:
        term = question.split('"')[1].lower()
        assert " order:latest after:" in question
        hits = [each for each in reversed(self.posts.values()) if term in html.unescape(each["cooked"]).lower()]
        some = hits[(page - 1) * 50 : page * 50]
        keys = ("id", "topic_id", "post_number", "username", "name", "created_at", "avatar_template")
        shown = [{key: each[key] for key in keys} | {"blurb": each["cooked"][3:40]} for each in some]
        more = True if len(hits) > page * 50 else None
        return httpx.Response(200, json={"posts": shown, "grouped_search_result": {"more_full_page_results": more}})

    def _posts(self, path: str, params: httpx.QueryParams) -> httpx.Response:
        parts = path.removesuffix(".json").strip("/").split("/")
        missing = fault(404, "not_found", "The requested URL or resource could not be found.")
        if parts[0] == "posts":
            found = self.posts.get(int(parts[1])) if parts[1].isdigit() else None
            return httpx.Response(200, json=found) if found else missing
        if parts[0] != "t" or int(parts[1]) not in self.topics:
            return missing
        topic = self.topics[int(parts[1])]
        posts = [each for each in self.posts.values() if each["topic_id"] == topic["id"]]
        if len(parts) == 3 and parts[2] == "posts":
            ids = [int(each) for each in params.get_list("post_ids[]")]
            assert 0 < len(ids) <= 20
            return httpx.Response(200, json={"post_stream": {"posts": [each for each in posts if each["id"] in ids]}})
        about = {key: topic[key] for key in ("id", "title", "archetype", "slug")}
        return httpx.Response(
            200, json={**about, "post_stream": {"posts": posts[:20], "stream": [p["id"] for p in posts]}}
        )

    def _write(self, method: str, path: str, body: JSON, params: httpx.QueryParams) -> httpx.Response:
        if (method, path) == ("PUT", "/notifications/mark-read.json"):
            self.read.append(body["id"])
            return httpx.Response(200, json={"success": "OK"})
        if (method, path) == ("POST", "/post_actions.json"):
            assert body == {"id": body["id"], "post_action_type_id": 2}
            self.liked.add(body["id"])
            return httpx.Response(200, json=self.posts[body["id"]])
        if method == "DELETE" and path.startswith("/post_actions/"):
            assert params["post_action_type_id"] == "2"
            self.liked.discard(int(path.split("/")[2].removesuffix(".json")))
            return httpx.Response(200, json={})
        if (method, path) != ("POST", "/posts.json") or set(body) - NEW or body.get("topic_id") not in self.topics:
            return fault(404, "not_found", "The requested URL or resource could not be found.")
        if not body["raw"].strip():
            return httpx.Response(422, json={"action": "create_post", "errors": ["Body can't be blank"]})
        recent = stamp(datetime.now(UTC) - timedelta(minutes=5))
        same = [each for each in self.posts.values() if each["username"] == ME and each["created_at"] > recent]
        if not self.staff and any(each["cooked"] == self.cook(body["raw"]) for each in same):
            said = "Body is too similar to what you recently posted"
            return httpx.Response(422, json={"action": "create_post", "errors": [said]})
        if self.moderated:
            return httpx.Response(200, json={"success": True, "action": "enqueued", "pending_post": {"id": 5}})
        one = self.post(body["raw"], topic=body["topic_id"], at=datetime.now(UTC), by=ME,
                        to=body.get("reply_to_post_number", 0))  # fmt: skip
        return httpx.Response(200, json=one)


def world() -> World:
    return DiscourseWorld()
