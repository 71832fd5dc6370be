"""Threads in memory. What Meta's collection of calls does not have is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx

from app.connectors.base import Connector
from app.connectors.threads import ThreadsConnector
from app.domain import Account

from .meta_desk import NOW, no_save, over
from .meta_graph import JSON, Refused, answer, empty, fault, fields_of, given, only, page, shaped, stamp

BASE = "https://graph.threads.net"
APP = ("88001", "app-s3cret")
ME = "3001"

POST = {"id", "media_product_type", "media_type", "media_url", "gif_url", "permalink", "owner", "username", "text",
        "timestamp", "shortcode", "thumbnail_url", "children", "is_quote_post", "quoted_post", "has_replies",
        "alt_text", "is_verified", "profile_picture_url"}  # fmt: skip
REPLY = (POST - {"owner"}) | {"is_reply", "is_reply_owned_by_me", "root_post", "replied_to", "hide_status",
                              "reply_audience"}  # fmt: skip
PROFILE = {"id", "username", "name", "is_verified", "threads_profile_picture_url", "threads_biography"}
CONTAINER = {"id", "status", "error_message"}
QUOTA = {"quota_usage", "config", "reply_quota_usage", "reply_config"}


class ThreadsWorld:
    """One profile, and Bob who writes to it."""

    connector: ClassVar[type[Connector]] = ThreadsConnector
    renewable: ClassVar[bool] = False

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.fail: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
        self.token = "s3cret-long"
        self.n = 700
        self.posts: dict[str, JSON] = {}
        self.named: set[str] = set()  # posts that mention us
        self.containers: dict[str, JSON] = {}
        self.slow = 0  # so often a new container is not ready when asked for
        self.refuses = ""  # why a container fails
        self.hidden: set[str] = set()
        self.empty_pages = 0  # so many pages of a conversation come empty, with a next link
        self.root = self.post("maplerye", "Rye bread today", at=NOW - timedelta(days=2))["id"]

    # --- World ---------------------------------------------------------------------------------

    def account(self) -> Account:
        return Account("a", "c1", "threads", BASE, ME, "@maplerye", "Maple & Rye")

    def secret(self) -> dict[str, str]:
        ends = (datetime.now(UTC) + timedelta(days=50)).isoformat()
        later = (datetime.now(UTC) + timedelta(days=20)).isoformat()
        return {"token": "s3cret-long", "refresh_token": "s3cret-long", "expires_at": ends, "sign_in_ends": ends,
                "renew_after": later}  # fmt: skip

    def write(self, text: str, *, at: datetime) -> str:
        name: str = self.post("bob", text, to=self.root, at=at)["id"]
        return name

    def change(self, remote_id: str, text: str) -> bool:
        self.posts[remote_id]["text"] = text
        return True

    def remove(self, remote_id: str) -> bool:
        self.posts.pop(remote_id, None)
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.post("maplerye", text, to=remote_id, at=at)
        return True

    def ours(self) -> list[str]:
        mine = [each for each in self.posts.values() if each["username"] == "maplerye" and each.get("replied_to")]
        return [each["text"] for each in sorted(mine, key=lambda each: (each["timestamp"], each["n"]))]

    def end_token(self) -> None:
        self.token = "another"

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "POST" and request.url.path.endswith("/threads_publish")

    def limited(self) -> httpx.Response:
        return fault(4, "Application request limit reached", status=403,
                     headers={"x-app-usage": '{"call_count":100,"total_time":5,"total_cputime":5}'})  # fmt: skip

    # --- what is there -------------------------------------------------------------------------

    def post(self, who: str, text: str, *, to: str = "", at: datetime = NOW, **more: Any) -> JSON:
        self.n += 1
        above = self.posts.get(to)
        node: JSON = {"id": f"17{self.n:06}", "n": self.n, "username": who, "text": text, "timestamp": stamp(at),
                      "media_type": "TEXT_POST", "permalink": f"https://www.threads.net/@{who}/post/{self.n}",
                      **more}  # fmt: skip
        if to:
            root = above.get("root_post", {}).get("id", to) if above else to
            node |= {"is_reply": True, "is_reply_owned_by_me": who == "maplerye", "replied_to": {"id": to},
                     "root_post": {"id": root}}  # fmt: skip
        self.posts[node["id"]] = node
        return node

    def mention(self, text: str = "@maplerye hello", *, at: datetime = NOW, who: str = "ann") -> JSON:
        node = self.post(who, text, at=at)
        self.named.add(node["id"])
        return node

    # --- what it answers -----------------------------------------------------------------------

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        try:
            return self._answer(request)
        except Refused as refused:
            return refused.answer()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        asked, path = given(request), request.url.path
        if path == "/oauth/access_token" and request.method == "POST":
            return self._trade(asked)
        if path in ("/access_token", "/refresh_access_token") and request.method == "GET":
            return self._lasting(path, asked)
        if not path.startswith("/v1.0/"):
            raise Refused(2500, "Unknown path components")
        if asked.get("access_token") != self.token or "authorization" in request.headers:
            raise Refused(190, "Invalid OAuth access token", status=401)
        return answer(
            self._route(request.method, path.removeprefix("/v1.0/"), asked, str(request.url.copy_with(query=None)))
        )

    def _route(self, method: str, path: str, asked: JSON, url: str) -> Any:
        mine = [each for each in self.posts.values() if each["username"] == "maplerye"]
        match (method, path.split("/")):
            case ("GET", ["me"]):
                only(asked)
                node = {"id": ME, "username": "maplerye", "name": "Maple & Rye",
                        "threads_profile_picture_url": "https://img.example/1.jpg"}  # fmt: skip
                return shaped(node, fields_of(asked["fields"]), PROFILE)
            case ("GET", ["me", "threads"]):
                only(asked, "since", "until", "before")
                return self._page([each for each in mine if not each.get("replied_to")], asked, url, POST)
            case ("GET", ["me", "replies"]):
                only(asked, "since", "until", "before")
                return self._page([each for each in mine if each.get("replied_to")], asked, url, REPLY)
            case ("GET", ["me", "mentions"]):
                only(asked, "since", "until", "before")
                if int(asked.get("since", 1688540400)) < 1688540400:
                    raise Refused(100, "since is too early")
                return self._page(
                    self._since([self.posts[n] for n in self.named if n in self.posts], asked), asked, url, POST
                )
            case ("GET", ["keyword_search"]):
                return self._search(asked, url)
            case ("GET", ["me", "threads_publishing_limit"]):
                only(asked)
                used = len([each for each in mine if each.get("replied_to")])
                quota = {
                    "id": "",
                    "reply_quota_usage": used,
                    "reply_config": {"quota_total": 1000, "quota_duration": 86400},
                }
                found = shaped(quota, fields_of(asked["fields"]), QUOTA)
                return {"data": [{key: found[key] for key in found if key != "id"}]}
            case ("POST", ["me", "threads"]):
                return self._make(asked)
            case ("POST", ["me", "threads_publish"]):
                return self._publish(asked)
            case ("GET", [str(name), ("replies" | "conversation") as edge]):
                only(asked, "reverse")
                return self._below(name, edge, asked, url)
            case ("POST", [str(name), "manage_reply"]):
                only(asked, "hide")
                self._there(name)
                (self.hidden.add if asked["hide"] == "true" else self.hidden.discard)(name)
                return {"success": True}
            case ("GET", [str(name)]):
                only(asked)
                if name in self.containers:
                    return self._state(self.containers[name], asked)
                self._there(name)
                return shaped(self._known(self.posts[name]), fields_of(asked["fields"]), POST)
        raise Refused(2500, f"{method} {path} is not described")

    def _there(self, name: str) -> None:
        if name not in self.posts:
            raise Refused(100, "Object does not exist", sub=33)

    def _known(self, node: JSON) -> JSON:
        below = any(each.get("replied_to", {}).get("id") == node["id"] for each in self.posts.values())
        return {**node, "has_replies": below}

    def _page(
        self, nodes: list[JSON], asked: JSON, url: str, described: set[str], *, newest_first: bool = True
    ) -> JSON:
        if self.empty_pages and url.endswith("/conversation"):
            self.empty_pages -= 1
            cut, paging = empty(asked, url, newest_first=newest_first)
        else:
            cut, paging = page(nodes, asked, url, by="timestamp", newest_first=newest_first)
        inside = fields_of(asked["fields"])
        return {"data": [each if each.get("broken") else shaped(self._known(each), inside, described) for each in cut],
                "paging": paging}  # fmt: skip

    def _since(self, nodes: list[JSON], asked: JSON) -> list[JSON]:
        since = stamp(datetime.fromtimestamp(int(asked.get("since", 0)), UTC))
        return [each for each in nodes if each["timestamp"] >= since]

    def _below(self, name: str, edge: str, asked: JSON, url: str) -> JSON:
        self._there(name)
        if edge == "conversation" and self.posts[name].get("replied_to"):
            raise Refused(100, "only the post at the top has a conversation")
        if self.posts[name]["username"] != "maplerye":
            raise Refused(10, "Application does not have permission for this action")
        key = "root_post" if edge == "conversation" else "replied_to"
        nodes = [each for each in self.posts.values() if each.get(key, {}).get("id") == name]
        return self._page(nodes, asked, url, REPLY, newest_first=asked.get("reverse", "true") == "true")

    def _search(self, asked: JSON, url: str) -> JSON:
        only(asked, "q", "search_type", "search_mode", "since", "until")
        if asked["search_type"] not in ("TOP", "RECENT") or asked.get("search_mode", "KEYWORD") not in (
            "KEYWORD",
            "TAG",
        ):
            raise Refused(100, "search_type")
        wanted = ("#" if asked.get("search_mode") == "TAG" else "") + asked["q"].lower()
        nodes = self._since([each for each in self.posts.values() if wanted in each["text"].lower()], asked)
        return self._page(nodes, asked, url, POST)

    def _make(self, asked: JSON) -> JSON:
        only(asked, "media_type", "text", "reply_to_id", "reply_control", "link_attachment")
        if asked["media_type"] != "TEXT" or not asked["text"].strip() or len(asked["text"]) > 500:
            raise Refused(100, "text")
        self._there(asked["reply_to_id"])
        self.n += 1
        one = {"id": f"18{self.n:06}", "status": "FINISHED", "left": self.slow, "text": asked["text"],
               "to": asked["reply_to_id"]}  # fmt: skip
        self.containers[one["id"]] = one
        return {"id": one["id"]}

    def _state(self, one: JSON, asked: JSON) -> JSON:
        shown = {**one, "error_message": self.refuses or None}
        if self.refuses:
            shown["status"] = "ERROR"
        elif one["left"]:
            one["left"] -= 1
            shown["status"] = "IN_PROGRESS"
        return shaped(shown, fields_of(asked["fields"]), CONTAINER)

    def _publish(self, asked: JSON) -> JSON:
        only(asked, "creation_id")
        one = self.containers.get(asked["creation_id"])
        if one is None or one["left"]:
            raise Refused(24, "The requested resource does not exist", sub=4279009)
        if one["status"] != "PUBLISHED":
            one["status"] = "PUBLISHED"
            one["post"] = self.post("maplerye", one["text"], to=one["to"], at=datetime.now(UTC))["id"]
        return {"id": one["post"]}

    # --- signing in ----------------------------------------------------------------------------

    def _trade(self, asked: JSON) -> httpx.Response:
        only(asked, "client_id", "client_secret", "code", "grant_type", "redirect_uri")
        if (asked["client_id"], asked["client_secret"]) != APP or asked["code"] != "good":
            raise Refused(100, "Error validating verification code.")
        return answer({"access_token": "s3cret-short", "user_id": ME})

    def _lasting(self, path: str, asked: JSON) -> httpx.Response:
        kind = "th_exchange_token" if path == "/access_token" else "th_refresh_token"
        only(asked, "grant_type", *(("client_secret",) if kind == "th_exchange_token" else ()))
        wanted = "s3cret-short" if kind == "th_exchange_token" else self.token
        if asked.get("grant_type") != kind or asked.get("access_token") != wanted:
            raise Refused(190, "Error validating access token", sub=463)
        if kind == "th_refresh_token":
            self.n += 1
            self.token = f"s3cret-long{self.n}"
        return answer({"access_token": self.token, "token_type": "bearer", "expires_in": 5183944})


def world() -> ThreadsWorld:
    return ThreadsWorld()


def shop(world: ThreadsWorld) -> ThreadsConnector:
    return ThreadsConnector(world.account(), world.secret(), over(world), no_save)
