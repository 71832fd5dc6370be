"""A WordPress site in memory: comments, on hold or public, and an application password. Strict about parameters."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx

from app.connectors.base import Connector
from app.connectors.wordpress import WordpressConnector
from app.domain import Account
from tests.app.connectors.kit import Trouble, World

BASE = "https://maplerye.example"
ME = 7
JSON = dict[str, Any]
LIST = {"context", "page", "per_page", "search", "after", "author", "author_exclude", "before", "exclude", "include",
        "offset", "order", "orderby", "parent", "parent_exclude", "post", "status", "type", "_fields"}  # fmt: skip
NEW = {"author", "author_email", "author_name", "author_url", "content", "date", "date_gmt", "parent", "post", "status"}
EVERYWHERE = ("read", "edit_posts", "moderate_comments")


def fault(status: int, code: str, message: str = "Sorry.") -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": message, "data": {"status": status}})


class WordpressWorld:
    """One site with one post, and our user."""

    connector: ClassVar[type[Connector]] = WordpressConnector
    renewable: ClassVar[bool] = False

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.fail: Trouble = lambda _: None
        self.password = "abcds3cretefghijklmnopqr"
        self.comments: dict[int, JSON] = {}
        self.rights = EVERYWHERE
        self.rest = "/wp-json"
        self.home = BASE
        self.version = "6.9"
        self.passwords = True
        self.revoked = False
        self.unseen: set[int] = set()  # counted, and left out of the pages
        self.n = 100

    # --- as the kit sees it ----------------------------------------------------------------------

    def account(self) -> Account:
        data = json.dumps({"rest": self.rest, "moderates": "moderate_comments" in self.rights})
        return Account("a", "c1", "wordpress", self.home, str(ME), "maplerye.example", "Maple & Rye", data=data)

    def secret(self) -> dict[str, str]:
        return {"user": "owner", "password": "abcds3cretefghijklmnopqr"}

    def write(self, text: str, *, at: datetime) -> str:
        return str(self.comment(text, at=at)["id"])

    def comment(
        self, text: str, *, at: datetime, parent: int = 0, author: int = 0, status: str = "approved", post: int = 1
    ) -> JSON:
        self.n += 1
        one: JSON = {
            "id": self.n, "post": post, "parent": parent, "author": author,
            "author_name": "Maple &amp; Rye" if author == ME else "Bob Baker", "author_url": "",
            "date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "date_gmt": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "content": {"rendered": self.rendered(html.escape(text, quote=False))},
            "link": f"{BASE}/2026/11/rye/#comment-{self.n}", "status": status, "type": "comment",
            "author_avatar_urls": {"96": "https://secure.gravatar.com/avatar/0bob?s=96&d=mm&r=g"},
            "meta": [],
        }  # fmt: skip
        self.comments[self.n] = one
        return one

    @staticmethod
    def rendered(content: str) -> str:
        """As wpautop and wptexturize leave it."""
        return "<p>" + content.replace("'", "&#8217;").replace("\n", "<br />\n") + "</p>\n"

    def change(self, remote_id: str, text: str) -> bool:
        self.comments[int(remote_id)]["content"]["rendered"] = self.rendered(html.escape(text, quote=False))
        return True

    def remove(self, remote_id: str) -> bool:
        self.comments.pop(int(remote_id), None)
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.comment(text, at=at, parent=int(remote_id), author=ME)
        return True

    def ours(self) -> list[str]:
        mine = (one["content"]["rendered"] for one in self.comments.values() if one["author"] == ME)
        return [
            html.unescape(text.strip().removeprefix("<p>").removesuffix("</p>").replace("<br />\n", "\n")).replace(
                "\N{RIGHT SINGLE QUOTATION MARK}", "'"
            )
            for text in mine
        ]

    def end_token(self) -> None:
        self.password = "another"

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "POST" and self._route(request) == "/wp/v2/comments"

    def limited(self) -> httpx.Response:
        """WordPress has no limits; the servers before it do."""
        return httpx.Response(429, text="Too many requests", headers={"Retry-After": "10"})

    # --- answers -----------------------------------------------------------------------------------

    def _route(self, request: httpx.Request) -> str:
        if self.rest == "/wp-json":
            return request.url.path.removeprefix("/wp-json") if request.url.path.startswith("/wp-json") else ""
        return request.url.params.get("rest_route", "")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        route, params = self._route(request), dict(request.url.params)
        params.pop("rest_route", None)
        known = f"Basic {b64encode(f'owner:{self.password}'.encode()).decode()}"
        rights = self.rights if request.headers.get("authorization") == known else ()
        if request.method == "HEAD":
            return httpx.Response(200, headers={"Link": f'<{self.home}{self.rest}/>; rel="https://api.w.org/"'})
        if request.url.path == "/wp-links-opml.php":
            return httpx.Response(200, text=f'<?xml version="1.0"?><!-- generator="WordPress/{self.version}" -->')
        if route == "/":
            return httpx.Response(200, json=self.index())
        if route == "/wp/v2/users/me" and request.method == "GET":
            if not rights:
                return fault(401, "rest_not_logged_in", "You are not currently logged in.")
            return httpx.Response(200, json={
                "id": ME, "name": "Rye", "slug": "owner", "capabilities": dict.fromkeys(rights, True)
            })  # fmt: skip
        if route.startswith("/wp/v2/users/me/application-passwords") and rights:
            self.revoked = request.method == "DELETE" or self.revoked
            return httpx.Response(200, json={"uuid": "u-1", "name": "Carelane"})
        if route == "/wp/v2/comments":
            return self._list(params, rights) if request.method == "GET" else self._new(request, rights)
        name = route.removeprefix("/wp/v2/comments/")
        if route != name and name.isdigit():
            return self._one(int(name), request, rights)
        return fault(404, "rest_no_route", "No route was found matching the URL and request method.")

    def index(self) -> JSON:
        page = {"application-passwords": {"endpoints": {"authorization": f"{BASE}/wp-admin/authorize-application.php"}}}
        return {
            "name": "Maple &amp; Rye", "url": BASE, "home": BASE, "namespaces": ["oembed/1.0", "wp/v2"],
            "authentication": page if self.passwords else [],
        }  # fmt: skip

    def _list(self, params: dict[str, str], rights: tuple[str, ...]) -> httpx.Response:
        if unknown := set(params) - LIST:
            return fault(400, "rest_invalid_param", f"Unknown: {unknown}")
        if not 1 <= int(params.get("per_page", "10")) <= 100:
            return fault(400, "rest_invalid_param")
        status = params.get("status", "approve")
        if "edit_posts" not in rights and status != "approve":
            return fault(403 if rights else 401, "rest_forbidden_param", "Query parameter not permitted: status")
        wanted = {"approve": ("approved",), "hold": ("hold",), "all": ("approved", "hold")}[status]
        found = [one for one in self.comments.values() if one["status"] in wanted]
        if after := params.get("after"):
            start = datetime.fromisoformat(after).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
            found = [one for one in found if one["date_gmt"] > start]
        for key in ("parent", "include", "post"):
            if key in params:
                ids = [int(each) for each in params[key].split(",")]
                found = [one for one in found if one["id" if key == "include" else key] in ids]
        field = {"date_gmt": "date_gmt", "id": "id"}[params.get("orderby", "date_gmt")]
        found.sort(key=lambda one: (one[field], one["id"]), reverse=params.get("order", "desc") == "desc")
        start_at, size = int(params.get("offset", "0")), int(params.get("per_page", "10"))
        page = found[start_at : start_at + size]
        page = [one for one in page if one["id"] not in self.unseen]
        return httpx.Response(200, json=page, headers={"X-WP-Total": str(len(found)),
                                                       "X-WP-TotalPages": str(-(-len(found) // size))})  # fmt: skip

    def _one(self, name: int, request: httpx.Request, rights: tuple[str, ...]) -> httpx.Response:
        one = self.comments.get(name)
        if one is None:
            return fault(404, "rest_comment_invalid_id", "Invalid comment ID.")
        if one["status"] != "approved" and "moderate_comments" not in rights:
            return fault(403 if rights else 401, "rest_cannot_read")
        if request.method == "POST":
            if "moderate_comments" not in rights:
                return fault(403 if rights else 401, "rest_cannot_edit")
            body = json.loads(request.content)
            status = {"approve": "approved", "hold": "hold"}[body["status"]]
            if set(body) != {"status"} or one["status"] == status:
                return fault(500, "rest_comment_failed_edit", "Updating comment status failed.")
            one["status"] = status
        return httpx.Response(200, json=one)

    def _new(self, request: httpx.Request, rights: tuple[str, ...]) -> httpx.Response:
        if not rights:
            return fault(401, "rest_comment_login_required")
        body = json.loads(request.content)
        if set(body) - NEW or not isinstance(body.get("parent"), int) or not body.get("post"):
            return fault(400, "rest_invalid_param", "Invalid parameter(s)")
        content = body["content"]
        if not content.strip():
            return fault(400, "rest_comment_content_invalid", "Invalid comment content.")
        for one in self.comments.values():
            same = (one["post"], one["parent"], one["author"]) == (body["post"], body["parent"], ME)
            if same and one["content"]["rendered"] == self.rendered(content):
                return fault(409, "comment_duplicate", "Duplicate comment detected.")
        status = "approved" if "moderate_comments" in rights else "hold"
        one = self.comment("", at=datetime.now(UTC), parent=body["parent"], author=ME, status=status, post=body["post"])
        one["content"]["rendered"] = self.rendered(content)
        return httpx.Response(201, json=one)


def many(site: WordpressWorld, count: int, *, newest: datetime) -> list[str]:
    """So many comments, a minute apart, oldest first."""
    return [site.write(f"number {n}", at=newest - timedelta(minutes=count - n)) for n in range(count)]


def world() -> World:
    return WordpressWorld()
