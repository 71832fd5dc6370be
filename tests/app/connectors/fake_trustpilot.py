"""Trustpilot in memory: refuses what its collection of requests does not have."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx

from app.connectors.trustpilot import TrustpilotConnector
from app.domain import Account
from app.http import Http
from app.oauth import basic

BASE = "https://api.trustpilot.com"
UNIT = "u1"
APP = ("key-s3cret", "secret-s3cret")
# Business unit private reviews.bru
PARAMS = {"orderBy", "internalLocationId", "page", "language", "stars", "perPage", "tagGroup", "tagValue",
          "ignoreTagValueCase", "responded", "referenceId", "referralEmail", "reported", "startDateTime",
          "endDateTime", "source", "username", "findReviewer"}  # fmt: skip
JSON = dict[str, Any]


def text_of(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class FakeTrustpilot:
    reviews: dict[str, JSON] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    token: str = "access-s3cret-1"
    refresh: str = "refresh-s3cret-1"
    per_page: int = 100  # the most that the server gives
    n: int = 0
    renewable: bool = True
    connector = TrustpilotConnector

    @staticmethod
    def fail(_: httpx.Request) -> httpx.Response | None:
        return None

    def account(self) -> Account:
        return Account("a", "c", "trustpilot", BASE, UNIT, "maplerye.example", "Maple & Rye")

    def secret(self) -> dict[str, str]:
        return {"token": self.token, "refresh_token": self.refresh, "client_id": APP[0], "client_secret": APP[1],
                "user_id": "b1"}  # fmt: skip

    def write(self, text: str, *, at: datetime) -> str:
        self.n += 1
        name = f"r{self.n:04d}"
        self.reviews[name] = {
            "id": name, "stars": 2, "title": "", "text": text, "language": "en", "createdAt": text_of(at),
            "updatedAt": None, "consumer": {"id": f"c{self.n}", "displayName": "Ana"}, "companyReply": None,
        }  # fmt: skip
        return name

    def change(self, remote_id: str, text: str) -> bool:
        self.reviews[remote_id] |= {"text": text, "updatedAt": text_of(datetime.now(UTC))}
        return True

    def remove(self, remote_id: str) -> bool:
        del self.reviews[remote_id]
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.reviews[remote_id]["companyReply"] = {"text": text, "authorBusinessUserId": "b1",
                                                   "createdAt": text_of(at), "updatedAt": None}  # fmt: skip
        return True

    def ours(self) -> list[str]:
        replies = [each["companyReply"] for each in self.reviews.values() if each["companyReply"]]
        return [each["text"] for each in sorted(replies, key=lambda each: str(each["createdAt"]))]

    def end_token(self) -> None:
        self.token += "0"

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "POST" and request.url.path.endswith("/reply")

    def limited(self) -> httpx.Response:
        return httpx.Response(429, headers={"retry-after": "10"}, json={"message": "Too many requests"})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        path, params = request.url.path.removeprefix("/v1"), dict(request.url.params)
        if path == "/business-units/find":
            if request.headers.get("apikey") != APP[0] or set(params) != {"name"}:
                return httpx.Response(401, json={"message": "Unknown apikey"})
            known = {"id": UNIT, "displayName": "Maple & Rye"}
            return httpx.Response(200, json=known) if params["name"] == "maplerye.example" else httpx.Response(404)
        if path.startswith("/oauth/oauth-business-users-for-applications/"):
            return self._tokens(request, path.rpartition("/")[2])
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return httpx.Response(401, json={"message": "Invalid access token"})
        if path == f"/private/business-units/{UNIT}/reviews" and request.method == "GET":
            return self._list(params)
        if path.startswith("/private/reviews/"):
            return self._one(request, path.split("/")[3:])
        return httpx.Response(400, json={"message": f"no such call: {path}"})

    def _list(self, params: dict[str, str]) -> httpx.Response:
        if set(params) - PARAMS or params.get("orderBy", "createdat.desc") not in ("createdat.desc", "createdat.asc"):
            return httpx.Response(400, json={"message": f"unknown parameter {set(params) - PARAMS}"})
        size = min(int(params.get("perPage", "20")), self.per_page)
        if not 1 <= int(params.get("perPage", "20")) <= 100:
            return httpx.Response(400, json={"message": "perPage"})
        found = sorted(self.reviews.values(), key=lambda each: (each["createdAt"], each["id"]), reverse=True)
        for key, sign in (("startDateTime", 1), ("endDateTime", -1)):
            if key in params:
                limit = datetime.strptime(params[key], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
                found = [e for e in found if (datetime.fromisoformat(e["createdAt"]) - limit) * sign >= timedelta(0)]
        start = (int(params.get("page", "1")) - 1) * size
        return httpx.Response(200, json={"links": [], "reviews": found[start : start + size]})

    def _one(self, request: httpx.Request, rest: list[str]) -> httpx.Response:
        review = self.reviews.get(rest[0])
        if review is None:
            return httpx.Response(404, json={"message": "Review not found"})
        if request.method == "GET" and len(rest) == 1:
            return httpx.Response(200, json=review)
        if request.method == "POST" and rest[1:] == ["reply"]:
            body = json.loads(request.content)
            if set(body) != {"authorBusinessUserId", "message"} or not body["message"]:
                return httpx.Response(400, json={"message": "authorBusinessUserId is missing"})
            self.answer(rest[0], body["message"], at=datetime.now(UTC))
            return httpx.Response(201)
        return httpx.Response(400, json={"message": "no such call"})

    def _tokens(self, request: httpx.Request, what: str) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        if request.headers.get("authorization") != basic(*APP) or request.method != "POST":
            return httpx.Response(401, json={"message": "Unknown apikey"})
        if what == "revoke":
            return httpx.Response(200 if set(form) == {"token"} else 400)
        if what == "accesstoken":
            good = form == {"grant_type": "password", "username": "mo@maplerye.example", "password": "pw-s3cret"}
        else:
            good = form == {"grant_type": "refresh_token", "refresh_token": self.refresh}
            self.token, self.refresh = (self.token + "n", self.refresh + "n") if good else (self.token, self.refresh)
        if not good:
            return httpx.Response(401, json={"message": "Invalid credentials"})
        return httpx.Response(200, json={"access_token": self.token, "refresh_token": self.refresh,
                                         "expires_in": "359999", "refresh_token_expires_in": "2591999"})  # fmt: skip


def world() -> FakeTrustpilot:
    return FakeTrustpilot()


def connector(server: FakeTrustpilot, saved: list[dict[str, str]] | None = None, **secret: str) -> TrustpilotConnector:
    async def save(fresh: dict[str, str]) -> None:
        assert saved is not None
        saved.append(fresh)

    http = Http(transport=httpx.MockTransport(server))
    return TrustpilotConnector(server.account(), {**server.secret(), **secret}, http, save)
