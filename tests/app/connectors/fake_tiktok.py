"""The TikTok API for Business in memory: refuses, inside its envelope, what python-tiktok does not ask."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from app.connectors.tiktok import TiktokConnector
from app.domain import Account
from app.http import Http

BASE = "https://business-api.tiktok.com"
ME = "open-1"
APP = ("appid-s3cret", "secret-s3cret")
JSON = dict[str, Any]
LISTED = {"business_id", "video_id", "comment_ids", "include_replies", "status", "sort_field", "sort_order", "cursor",
          "max_count"}  # fmt: skip
REPLIES = (LISTED | {"comment_id"}) - {"comment_ids", "include_replies"}


@dataclass
class FakeTikTok:
    videos: list[str] = field(default_factory=lambda: ["v1"])
    comments: dict[str, JSON] = field(default_factory=dict)  # oldest first
    requests: list[httpx.Request] = field(default_factory=list)
    deeds: list[tuple[str, str, str]] = field(default_factory=list)
    token: str = "access-s3cret-1"
    refresh: str = "refresh-s3cret-1"
    empty_pages: int = 0
    n: int = 1000
    renewable: bool = True
    connector = TiktokConnector

    @staticmethod
    def fail(_: httpx.Request) -> httpx.Response | None:
        return None

    def account(self) -> Account:
        return Account("a", "c", "tiktok", BASE, ME, "@maplerye", "Maple & Rye")

    def secret(self) -> dict[str, str]:
        return {"token": self.token, "refresh_token": self.refresh, "client_id": APP[0], "client_secret": APP[1]}

    def write(self, text: str, *, at: datetime, video: str = "v1", below: str = "", owner: bool = False) -> str:
        self.n += 1
        name = str(self.n)
        self.comments[name] = {
            "comment_id": name, "video_id": video, "unique_identifier": "u1", "create_time": int(at.timestamp()),
            "text": text, "owner": owner, "username": "maplerye" if owner else "ana", "display_name": "Ana",
            "status": "PUBLIC", **({"parent_comment_id": below} if below else {}),
        }  # fmt: skip
        return f"{video}:{name}"

    def change(self, remote_id: str, text: str) -> bool:
        return False

    def remove(self, remote_id: str) -> bool:
        del self.comments[remote_id.partition(":")[2]]
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.write(text, at=at, below=remote_id.partition(":")[2], owner=True)
        return True

    def ours(self) -> list[str]:
        return [each["text"] for each in self.comments.values() if each["owner"]]

    def end_token(self) -> None:
        self.token += "0"

    def is_send(self, request: httpx.Request) -> bool:
        return request.url.path.endswith("/business/comment/reply/create/")

    def limited(self) -> httpx.Response:
        return envelope(code=40100, message="Too many requests")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        path, params = request.url.path.removeprefix("/open_api/v1.3/"), dict(request.url.params)
        body: JSON = json.loads(request.content or b"{}")
        if path.startswith("tt_user/oauth2/"):
            return self._tokens(path.split("/")[2], body)
        if request.headers.get("access-token") != self.token:
            return envelope(code=40105, message="Access token is incorrect or has been revoked")
        if (params or body).get("business_id") != ME:
            return envelope(code=40002, message="business_id: Missing data")
        match (request.method, path):
            case ("GET", "business/get/"):
                return envelope({"username": "maplerye", "display_name": "Maple & Rye"})
            case ("GET", "business/video/list/"):
                if set(params) - {"business_id", "fields", "filters", "cursor", "max_count"} or (
                    int(params["max_count"]) > 20 or "item_id" not in json.loads(params["fields"])
                ):  # fmt: skip
                    return envelope(code=40002, message="video list")
                found = [{"item_id": each, "share_url": f"https://www.tiktok.com/@maplerye/video/{each}",
                          "comments": sum(one["video_id"] == each for one in self.comments.values())}
                         for each in self.videos]  # fmt: skip
                return paged("videos", found, params)
            case ("GET", "business/comment/list/"):
                return self._list(params)
            case ("GET", "business/comment/reply/list/"):
                if set(params) - REPLIES or int(params["max_count"]) > 30:
                    return envelope(code=40002, message="reply list")
                below = [e for e in self.comments.values() if e.get("parent_comment_id") == params["comment_id"]]
                return paged("comments", below, params)
            case ("POST", "business/comment/reply/create/"):
                return self._create(body)
            case ("POST", "business/comment/like/" | "business/comment/hide/"):
                what = path.split("/")[2]
                wanted = {"business_id", "comment_id", "action"} | ({"video_id"} if what == "hide" else set())
                if set(body) != wanted or body["action"] not in (what.upper(), f"UN{what.upper()}"):
                    return envelope(code=40002, message=what)
                self.deeds.append((what, body["comment_id"], body["action"]))
                return envelope({})
        return envelope(code=40006, message=f"no such path {path}")

    def _list(self, params: dict[str, str]) -> httpx.Response:
        if set(params) - LISTED or not 0 < int(params["max_count"]) <= 30 or params["video_id"] not in self.videos:
            return envelope(code=40002, message="comment list")
        found = [e for e in reversed(self.comments.values()) if e["video_id"] == params["video_id"]]
        if "comment_ids" in params:
            names = json.loads(params["comment_ids"])
            found = [each for each in found if each["comment_id"] in names]
        else:
            found = [each for each in found if not each.get("parent_comment_id")]
        shown = []
        for one in found:
            below = [e for e in self.comments.values() if e.get("parent_comment_id") == one["comment_id"]]
            with_replies = {"reply_list": below[:3]} if params.get("include_replies") == "true" else {}
            shown.append({**one, "replies": len(below), **with_replies})
        return paged("comments", shown, params, empty=self.empty_pages if "comment_ids" not in params else 0)

    def _create(self, body: JSON) -> httpx.Response:
        if set(body) != {"business_id", "video_id", "comment_id", "text"} or not 0 < len(body["text"]) <= 150:
            return envelope(code=40002, message="text: Length must be between 1 and 150")
        one = self.comments.get(body["comment_id"])
        if one is None or one.get("parent_comment_id") or one["video_id"] != body["video_id"]:
            return envelope(code=40002, message="comment_id: no such comment")
        self.write(body["text"], at=datetime.now(UTC), video=body["video_id"], below=body["comment_id"], owner=True)
        return envelope(self.comments[str(self.n)])

    def _tokens(self, what: str, body: JSON) -> httpx.Response:
        if (body.pop("client_id", ""), body.pop("client_secret", "")) != APP:
            return envelope(code=40002, message="client")
        if what == "revoke":
            return envelope({}) if set(body) == {"access_token"} else envelope(code=40002, message="revoke")
        if what == "token":
            good = set(body) == {"grant_type", "auth_code", "redirect_uri"} and body["auth_code"] == "good"
        else:
            good = body == {"grant_type": "refresh_token", "refresh_token": self.refresh}
            self.token += "n" if good else ""
        if not good:
            return envelope(code=40002, message="Authorization code is expired")
        return envelope({"access_token": self.token, "refresh_token": self.refresh, "expires_in": 86_400,
                         "refresh_token_expires_in": 31_536_000, "open_id": ME, "scope": "comment.list"})  # fmt: skip


def envelope(data: JSON | None = None, *, code: int = 0, message: str = "OK") -> httpx.Response:
    return httpx.Response(200, json={"code": code, "message": message, "request_id": "1", "data": data})


def paged(name: str, entries: list[JSON], params: dict[str, str], *, empty: int = 0) -> httpx.Response:
    size = int(params["max_count"])
    skip, start = empty * size, int(params.get("cursor", "0"))
    some = entries[max(0, start - skip) : max(0, start - skip + size)] if start >= skip else []
    return envelope({name: some, "cursor": start + size, "has_more": start + size < skip + len(entries)})


def world() -> FakeTikTok:
    return FakeTikTok()


def connector(server: Any, saved: list[dict[str, str]] | None = None) -> TiktokConnector:
    async def save(fresh: dict[str, str]) -> None:
        assert saved is not None
        saved.append(fresh)

    http = Http(transport=httpx.MockTransport(server))
    return TiktokConnector(server.account(), server.secret(), http, save)
