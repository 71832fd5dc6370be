"""LinkedIn in memory: one page with posts and comments. Refuses calls without its headers, or with other parameters."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx

from app.connectors.linkedin import LinkedinConnector
from app.domain import Account
from app.http import Http

BASE = "https://api.linkedin.com"
PAGE = "urn:li:organization:77"
POST = "urn:li:share:500"
ACTIVITY = "urn:li:activity:500"
APP = ("cid-s3cret", "csec-s3cret")
JSON = dict[str, Any]


@dataclass
class FakeLinkedIn:
    posts: dict[str, JSON] = field(default_factory=dict)
    comments: dict[str, JSON] = field(default_factory=dict)
    liked: set[str] = field(default_factory=set)
    requests: list[httpx.Request] = field(default_factory=list)
    token: str = "access-s3cret-1"
    refresh: str = "refresh-s3cret-1"
    refreshes: bool = True
    empty_pages: int = 0  # before the comments, with a next link
    n: int = 1000
    renewable: bool = True
    connector = LinkedinConnector

    def __post_init__(self) -> None:
        self.post(POST)

    def post(self, urn: str, at: datetime | None = None) -> None:
        ms = int((at or datetime.now(UTC) - timedelta(days=1)).timestamp() * 1000)
        self.posts[urn] = {"id": urn, "createdAt": ms, "publishedAt": ms, "author": PAGE, "commentary": "Bread"}

    @staticmethod
    def fail(_: httpx.Request) -> httpx.Response | None:
        return None

    def account(self) -> Account:
        return Account("a", "c", "linkedin", BASE, PAGE, "maplerye", "Maple & Rye")

    def secret(self) -> dict[str, str]:
        return {"token": self.token, "refresh_token": self.refresh, "client_id": APP[0], "client_secret": APP[1]}

    def write(self, text: str, *, at: datetime, who: str = "urn:li:person:ana", below: str = "",
              post: str = POST) -> str:  # fmt: skip
        self.n += 1
        activity = post.replace("share", "activity")
        urn, ms = f"urn:li:comment:({activity},{self.n})", int(at.timestamp() * 1000)
        self.comments[urn] = {
            "id": str(self.n), "commentUrn": urn, "actor": who, "object": activity, "message": {"text": text},
            "created": {"time": ms, "actor": who}, "lastModified": {"time": ms, "actor": who},
            **({"parentComment": below} if below else {}),
        }  # fmt: skip
        return urn

    def change(self, remote_id: str, text: str) -> bool:
        one = self.comments[remote_id]
        one |= {"message": {"text": text}, "lastModified": {"time": one["created"]["time"] + 60_000}}
        return True

    def remove(self, remote_id: str) -> bool:
        del self.comments[remote_id]
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.write(text, at=at, who=PAGE, below=remote_id)
        return True

    def ours(self) -> list[str]:
        return [each["message"]["text"] for each in self.comments.values() if each["actor"] == PAGE]

    def end_token(self) -> None:
        self.token += "0"

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "POST" and request.url.path.endswith("/comments")

    def limited(self) -> httpx.Response:
        return httpx.Response(429, headers={"retry-after": "10"}, json={"status": 429, "message": "Throttled"})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        raw, params = request.url.raw_path.decode().split("?")[0], dict(request.url.params)
        if raw == "/oauth/v2/accessToken":
            return self._tokens(request)
        if raw == "/oauth/v2/revoke":
            return httpx.Response(200)
        head = request.headers
        if head.get("x-restli-protocol-version") != "2.0.0" or len(head.get("linkedin-version", "")) != 6:
            return refuse(400, "version headers")
        if head.get("authorization") != f"Bearer {self.token}":
            return refuse(401, "The token used in the request has expired")
        parts = raw.removeprefix("/rest/").split("/")
        if any(sign in part for part in parts[1:] for sign in ":,") and parts[0] != "reactions":
            return refuse(400, "URN is not encoded")
        keys = [unquote(part) for part in parts]
        match (request.method, keys):
            case ("GET", ["organizationAcls"]):
                acls = [{"organization": PAGE, "role": "ADMINISTRATOR", "state": "APPROVED"},
                        {"organizationTarget": "urn:li:organization:78", "role": "ADMINISTRATOR"},
                        {"organization": "urn:li:organization:79", "role": "ANALYST"}]  # fmt: skip
                good = params.get("q") == "roleAssignee" and not set(params) - {"q", "state", "start", "count", "role"}
                return httpx.Response(200, json={"elements": acls}) if good else refuse(400, "q")
            case ("GET", ["organizations", number]):
                return httpx.Response(200, json={"localizedName": f"Shop {number}", "vanityName": f"shop{number}"})
            case ("GET", ["posts"]):
                return self._posts(request, params)
            case ("GET", ["socialActions", urn, "comments"]):
                return self._list(urn, params)
            case ("GET", ["socialActions", urn, "comments", number]):
                one = self.comments.get(f"urn:li:comment:({urn},{number})")
                return httpx.Response(200, json=self._shown(one)) if one else refuse(404, "Not found")
            case ("POST", ["socialActions", urn, "comments"]):
                return self._create(urn, json.loads(request.content))
            case ("POST", ["reactions"]):
                body = json.loads(request.content)
                if params != {"actor": PAGE} or set(body) != {"root", "reactionType"}:
                    return refuse(400, "reaction")
                self.liked.add(body["root"])
                return httpx.Response(201, headers={"x-restli-id": "r"})
            case ("DELETE", ["reactions", key]):
                urn = key.removeprefix(f"(actor:{PAGE},entity:").removesuffix(")")
                if "urn:" in parts[1] or urn not in self.liked:
                    return refuse(404, "no reaction")
                self.liked.discard(urn)
                return httpx.Response(204)
        return refuse(400, f"no such call {raw}")

    def _shown(self, one: JSON) -> JSON:
        below = sum(each.get("parentComment") == one["commentUrn"] for each in self.comments.values())
        return one | ({"commentsSummary": {"aggregatedTotalComments": below}} if below else {})

    def _posts(self, request: httpx.Request, params: dict[str, str]) -> httpx.Response:
        if params.get("author") != PAGE or request.headers.get("x-restli-method") != "FINDER" or (
            set(params) - {"q", "author", "count", "start", "sortBy"}
        ):  # fmt: skip
            return refuse(400, "posts")
        return page(list(reversed(self.posts.values())), params)

    def _list(self, urn: str, params: dict[str, str]) -> httpx.Response:
        if set(params) - {"start", "count"}:
            return refuse(400, "comments")
        if urn in self.posts:
            activity = urn.replace("share", "activity")
            found = [e for e in self.comments.values() if e["object"] == activity and not e.get("parentComment")]
        elif urn in self.comments:
            found = [e for e in self.comments.values() if e.get("parentComment") == urn]
        else:
            return refuse(404, "Not found")
        shown = [self._shown(each) for each in reversed(found)]
        if self.empty_pages:
            skip, size = self.empty_pages * int(params["count"]), int(params["count"])
            start = int(params["start"])
            some = shown[max(0, start - skip) : max(0, start - skip + size)] if start >= skip else []
            links = [{"rel": "next", "href": "x"}] if start + size < skip + len(shown) else []
            return httpx.Response(200, json={"elements": some, "paging": {"start": start, "links": links}})
        return page(shown, params)

    def _create(self, urn: str, body: JSON) -> httpx.Response:
        if set(body) != {"actor", "object", "parentComment", "message"} or body["actor"] != PAGE:
            return refuse(400, "body")
        if urn != body["parentComment"] or urn not in self.comments or self.comments[urn].get("parentComment"):
            return refuse(404, "no such comment")
        if self.comments[urn]["object"] != body["object"] or not body["message"]["text"]:
            return refuse(400, "object")
        name = self.write(body["message"]["text"], at=datetime.now(UTC), who=PAGE, below=urn)
        return httpx.Response(201, json=self.comments[name], headers={"x-restli-id": str(self.n)})

    def _tokens(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        if (form.get("client_id"), form.get("client_secret")) != APP:
            return httpx.Response(401, json={"error": "invalid_client"})
        if form.get("code", "good") != "good" or form.get("refresh_token", self.refresh) != self.refresh:
            return httpx.Response(400, json={"error": "invalid_request"})
        if form["grant_type"] == "refresh_token":
            self.token += "n"
        more = {"refresh_token": self.refresh, "refresh_token_expires_in": 31_536_000} if self.refreshes else {}
        return httpx.Response(200, json={"access_token": self.token, "expires_in": 5_184_000, "scope": "a,b", **more})


def page(entries: list[JSON], params: dict[str, str]) -> httpx.Response:
    start, count = int(params.get("start", "0")), int(params.get("count", "10"))
    links = [{"rel": "next", "href": "x"}] if start + count < len(entries) else []
    paging = {"start": start, "count": count, "links": links}
    return httpx.Response(200, json={"elements": entries[start : start + count], "paging": paging})


def refuse(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"status": status, "code": "X", "message": message})


def world() -> FakeLinkedIn:
    return FakeLinkedIn()


def connector(server: Any, saved: list[dict[str, str]] | None = None) -> LinkedinConnector:
    async def save(fresh: dict[str, str]) -> None:
        assert saved is not None
        saved.append(fresh)

    http = Http(transport=httpx.MockTransport(server))
    return LinkedinConnector(server.account(), server.secret(), http, save)
