"""Google Business Profile in memory: reviews (v4), accounts and locations (v1)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from app.connectors.base import Connector
from app.connectors.google_reviews import API, SCOPE, GoogleReviewsConnector
from app.domain import Account, Reply, ReplyState, Visibility
from app.http import Http

from .google_oauth import Tokens, problem

JSON = dict[str, Any]
NOW = datetime.now(UTC).replace(microsecond=0)
PLACE = "accounts/1/locations/2"
MASK = {"name", "title", "storefrontAddress", "metadata"}


@dataclass
class FakeReviews:
    """One location with its reviews."""

    reviews: dict[str, JSON] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    fail: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    tokens: Tokens = field(default_factory=lambda: Tokens(SCOPE))
    accounts: list[JSON] = field(default_factory=lambda: [{"name": "accounts/1", "accountName": "Maple & Rye"}])
    places: dict[str, list[JSON]] = field(default_factory=dict)
    empty_pages: int = 0
    offsets: bool = False  # page tokens count entries, so that a deletion pushes some over the edge
    tokens_die: bool = False
    rejects: bool = False
    connector: type[Connector] = GoogleReviewsConnector
    renewable: bool = True
    n: int = 0

    # --- the world of the kit ---------------------------------------------------------------------

    def account(self) -> Account:
        data = '{"maps":"https://maps.google.com/?cid=2","shared":false,"verified":true}'
        return Account("a", "c", "google_reviews", API, PLACE, "Maple & Rye, Main Street 1", "Maple & Rye", data=data)

    def secret(self) -> dict[str, str]:
        return {
            "token": self.tokens.token, "refresh_token": self.tokens.refresh, "client_id": "app",
            "client_secret": "s3cret-app",
        }  # fmt: skip

    def write(self, text: str, *, at: datetime, stars: str = "TWO") -> str:
        self.n += 1
        id_ = f"AbC{self.n}"
        self.reviews[id_] = {
            "name": f"{PLACE}/reviews/{id_}", "reviewId": id_, "starRating": stars, "comment": text,
            "reviewer": {"displayName": "Ana", "profilePhotoUrl": "https://lh3.example/a.jpg"},
            "createTime": stamp(at), "updateTime": stamp(at),
        }  # fmt: skip
        return id_

    def change(self, remote_id: str, text: str, *, at: datetime | None = None) -> bool:
        self.reviews[remote_id] |= {"comment": text, "updateTime": stamp(at or datetime.now(UTC))}
        return True

    def remove(self, remote_id: str) -> bool:
        del self.reviews[remote_id]
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.reviews[remote_id]["reviewReply"] = {"comment": text, "updateTime": stamp(at)}
        return True

    def ours(self) -> list[str]:
        return [one["reviewReply"]["comment"] for one in self.reviews.values() if "reviewReply" in one]

    def end_token(self) -> None:
        self.tokens.token = "s3cret-ended"

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "PUT"

    def limited(self) -> httpx.Response:
        answer = problem(
            429, "RATE_LIMIT_EXCEEDED", "Quota exceeded for quota metric 'Requests'.", "RESOURCE_EXHAUSTED"
        )
        answer.headers["retry-after"] = "10"
        return answer

    # --- answering ---------------------------------------------------------------------------------

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if (failed := self.fail(request)) is not None:
            return failed
        if (token := self.tokens.answer(request)) is not None:
            return token
        if request.headers.get("authorization") != f"Bearer {self.tokens.token}":
            return problem(401, "authError", "Request had invalid authentication credentials.", "UNAUTHENTICATED")
        path, params = request.url.path, dict(request.url.params)
        if request.method == "GET" and path == "/v1/accounts":
            return self._paged(self.accounts, "accounts", params, {"pageSize", "pageToken"}, 20)
        if request.method == "GET" and (found := re.fullmatch(r"/v1/(accounts/\w+)/locations", path)):
            if not params.get("readMask") or set(params["readMask"].split(",")) - MASK:
                return bad("readMask")
            allowed = {"pageSize", "pageToken", "readMask"}
            return self._paged(self.places.get(found[1], []), "locations", params, allowed, 100)
        if request.method == "GET" and path == f"/v4/{PLACE}/reviews":
            if params.get("orderBy", "updateTime desc") not in ("updateTime desc", "rating", "rating desc"):
                return bad("orderBy")
            listed = sorted(self.reviews.values(), key=lambda one: str(one["updateTime"]), reverse=True)
            return self._paged(listed, "reviews", params, {"pageSize", "pageToken", "orderBy"}, 50)
        found = re.fullmatch(rf"/v4/{PLACE}/reviews/(\w+)(/reply)?", path)
        if found is None or params:
            return bad(path)
        if found[1] not in self.reviews:
            return problem(404, "notFound", "Requested entity was not found.", "NOT_FOUND")
        if request.method == "GET" and not found[2]:
            return httpx.Response(200, json=self.reviews[found[1]])
        return self._put(found[1], json.loads(request.content)) if request.method == "PUT" and found[2] else bad(path)

    def _put(self, id_: str, sent: JSON) -> httpx.Response:
        if sent.keys() != {"comment"} or not 0 < len(sent["comment"].encode()) <= 4096:
            return bad("comment")
        reply = {"comment": sent["comment"], "updateTime": stamp(datetime.now(UTC)), "reviewReplyState": "PENDING"}
        if self.rejects:
            reply |= {"reviewReplyState": "REJECTED", "policyViolation": "OFF_TOPIC"}
        self.reviews[id_]["reviewReply"] = reply
        return httpx.Response(200, json=reply)

    def _paged(self, listed: list[JSON], key: str, params: JSON, allowed: set[str], most: int) -> httpx.Response:
        size = int(params.get("pageSize", "10"))
        if params.keys() - allowed or not 1 <= size <= most:
            return bad(str(params))
        token = params.get("pageToken", "")
        if token and self.tokens_die:
            return bad("Page token is invalid.")
        names = [one.get("name", "") for one in listed]
        start = int(token[1:]) if token.startswith("@") else 0
        if token and not token.startswith("@"):  # behind the entry of that name, or of that time
            name, _, time = token.partition("|")
            after = [n for n, one in enumerate(listed) if str(one.get("updateTime", "")) < time]
            start = names.index(name) + 1 if name in names else (after[0] if after else len(listed))
        total = {"totalReviewCount": len(listed)} if key == "reviews" else {}
        if self.empty_pages:
            self.empty_pages -= 1
            return httpx.Response(200, json={**total, "nextPageToken": "@" + "0" * (self.empty_pages + 1)})
        some = listed[start : start + size]
        body: JSON = {key: some, **total} if some else dict(total)
        if start + size < len(listed):
            last = some[-1]
            body["nextPageToken"] = (
                f"@{start + size}" if self.offsets else f"{last['name']}|{last.get('updateTime', '')}"
            )
        return httpx.Response(200, json=body)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def bad(what: str) -> httpx.Response:
    return problem(400, "badRequest", f"Invalid value: {what}", "INVALID_ARGUMENT")


def place(number: int, **more: Any) -> JSON:
    """A location as the picker gets it."""
    address = {"addressLines": [f"Street {number}"], "locality": "Town"}
    metadata = {"mapsUri": f"https://maps.google.com/?cid={number}", "hasVoiceOfMerchant": True}
    return {"name": f"locations/{number}", "title": "Maple & Rye", "storefrontAddress": address, "metadata": metadata,
            **more}  # fmt: skip


def world() -> FakeReviews:
    """A fresh one."""
    return FakeReviews()


def connector(server: Callable[[httpx.Request], httpx.Response], **more: Any) -> GoogleReviewsConnector:
    """Our location on `server`; `saved` collects what goes to the keyring."""
    saved: list[dict[str, str]] = more.pop("saved", [])
    fake = server if isinstance(server, FakeReviews) else FakeReviews()

    async def save(changed: dict[str, str]) -> None:
        saved.append(changed)

    account = fake.account()
    if "data" in more:
        from tests.values import replace

        account = replace(account, data=more["data"])
    http = Http(transport=httpx.MockTransport(server))
    return GoogleReviewsConnector(account, more.get("secret", fake.secret()), http, save)


def a_reply(to: str, text: str = "We are sorry.") -> Reply:
    now = datetime.now(UTC)
    return Reply("r1", "v1", "a", to, text, Visibility.PUBLIC, ReplyState.CLAIMED, now, now + timedelta(seconds=1))
