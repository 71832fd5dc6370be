"""YouTube's comments in memory, as the discovery document of v3 has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from app.connectors.base import Connector
from app.connectors.youtube import API, SCOPE, YouTubeConnector
from app.domain import Account, Reply, ReplyState, Visibility
from app.http import Http

from .google_oauth import Tokens, problem

JSON = dict[str, Any]
NOW = datetime.now(UTC).replace(microsecond=0)
ME, ANA, CAT = "UCmaple", "UCana", "UCcat"
NAMES = {ME: "@maplerye", ANA: "@ana", CAT: "@cat"}
THREADS = {
    "part", "allThreadsRelatedToChannelId", "maxResults", "order", "textFormat", "moderationStatus", "pageToken",
}  # fmt: skip
COMMENTS = {"part", "id", "parentId", "maxResults", "textFormat", "pageToken"}


@dataclass
class FakeYouTube:
    """One channel, one video. `comments` by id; a reply's id begins with its thread's."""

    comments: dict[str, JSON] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    fail: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    tokens: Tokens = field(default_factory=lambda: Tokens(SCOPE))
    channels: list[str] = field(default_factory=lambda: [ME])
    empty_pages: int = 0
    shown_replies: int = 5
    connector: type[Connector] = YouTubeConnector
    renewable: bool = True
    n: int = 0

    # --- the world of the kit ---------------------------------------------------------------------

    def account(self) -> Account:
        return Account("a", "c", "youtube", API, ME, "@maplerye", "Maple & Rye", data='{"shared":false}')

    def secret(self) -> dict[str, str]:
        return {
            "token": self.tokens.token, "refresh_token": self.tokens.refresh, "client_id": "app",
            "client_secret": "s3cret-app",
        }  # fmt: skip

    def write(self, text: str, *, at: datetime) -> str:
        return str(self.comment(ANA, text, at=at)["id"])

    def change(self, remote_id: str, text: str) -> bool:
        said = self.comments[remote_id]["snippet"]
        said |= {"textOriginal": text, "textDisplay": text, "updatedAt": stamp(datetime.now(UTC))}
        return True

    def remove(self, remote_id: str) -> bool:
        for one in [one for one in self.comments if one == remote_id or one.startswith(f"{remote_id}.")]:
            del self.comments[one]
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.comment(ME, text, at=at, parent=remote_id.partition(".")[0])
        return True

    def ours(self) -> list[str]:
        return [one["snippet"]["textOriginal"] for one in self.comments.values() if author(one) == ME]

    def end_token(self) -> None:
        self.tokens.token = "s3cret-ended"

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "POST" and request.url.path == "/youtube/v3/comments"

    def limited(self) -> httpx.Response:
        answer = problem(403, "rateLimitExceeded", "Too many.")
        answer.headers["retry-after"] = "10"
        return answer

    # --- what is there -----------------------------------------------------------------------------

    def comment(self, who: str, text: str, *, at: datetime = NOW, parent: str = "", status: str = "published") -> JSON:
        self.n += 1
        id_ = f"{parent}.r{self.n}" if parent else f"Ugx{self.n}"
        said = {
            "authorDisplayName": NAMES[who], "authorChannelId": {"value": who}, "textOriginal": text,
            "textDisplay": text, "publishedAt": stamp(at), "updatedAt": stamp(at), "channelId": ME, "videoId": "vid1",
            "moderationStatus": status, "authorProfileImageUrl": "https://yt3.example/a.jpg",
            "authorChannelUrl": f"http://www.youtube.com/{NAMES[who]}", **({"parentId": parent} if parent else {}),
        }  # fmt: skip
        self.comments[id_] = {"kind": "youtube#comment", "id": id_, "snippet": said}
        return self.comments[id_]

    def below(self, root: str) -> list[JSON]:
        found = [one for one in self.comments.values() if one["snippet"].get("parentId") == root]
        return sorted(found, key=lambda one: str(one["snippet"]["publishedAt"]), reverse=True)

    # --- answering ---------------------------------------------------------------------------------

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if (failed := self.fail(request)) is not None:
            return failed
        if (token := self.tokens.answer(request)) is not None:
            return token
        if request.headers.get("authorization") != f"Bearer {self.tokens.token}":
            return problem(401, "authError", "Invalid Credentials", "UNAUTHENTICATED")
        path, params = request.url.path, dict(request.url.params)
        if request.method == "GET" and path == "/youtube/v3/commentThreads":
            return self._threads(params)
        if request.method == "GET" and path == "/youtube/v3/comments":
            return self._listed(params)
        if request.method == "GET" and path == "/youtube/v3/channels":
            if params.keys() - {"part", "mine", "maxResults"} or params.get("mine") != "true" or "part" not in params:
                return bad("channels")
            items = [
                {"id": one, "snippet": {"title": f"Channel {one}", "customUrl": NAMES[one]}} for one in self.channels
            ]
            return httpx.Response(200, json={"items": items})
        if request.method == "POST" and path == "/youtube/v3/comments":
            return self._insert(params, json.loads(request.content))
        if request.method == "POST" and path == "/youtube/v3/comments/setModerationStatus":
            return self._moderate(params)
        return bad(path)

    def _threads(self, params: JSON) -> httpx.Response:
        wrong = params.keys() - THREADS or set(params.get("part", "x").split(",")) - {"id", "snippet", "replies"}
        status = params.get("moderationStatus", "published")
        if wrong or status not in ("published", "heldForReview", "likelySpam"):
            return bad("commentThreads")
        if params.get("allThreadsRelatedToChannelId") != ME:
            return problem(404, "channelNotFound")
        roots = [one for one in self.comments.values() if "parentId" not in one["snippet"]]
        roots = [one for one in roots if status in {state(each) for each in (one, *self.below(one["id"]))}]
        if status == "published":
            roots = [one for one in roots if state(one) == status]
        roots.sort(key=lambda one: (str(one["snippet"]["publishedAt"]), str(one["id"])), reverse=True)
        return self._paged(roots, params, lambda one: self._thread(one, status))

    def _thread(self, top: JSON, status: str) -> JSON:
        replies = [one for one in self.below(top["id"]) if state(one) == status]
        said = {
            "channelId": ME, "videoId": "vid1", "topLevelComment": top, "canReply": top.get("canReply", True),
            "totalReplyCount": len(replies), "isPublic": True,
        }  # fmt: skip
        shown = {"replies": {"comments": replies[: self.shown_replies]}} if replies else {}
        return {"kind": "youtube#commentThread", "id": top["id"], "snippet": said, **shown}

    def _listed(self, params: JSON) -> httpx.Response:
        if params.keys() - COMMENTS or ("id" in params) == ("parentId" in params) or params.get("part") != "snippet":
            return bad("comments")
        if "id" in params:
            if "maxResults" in params:
                return bad("maxResults goes not with id")
            asked = params["id"].split(",")
            return httpx.Response(200, json={"items": [self.comments[one] for one in asked if one in self.comments]})
        if params["parentId"] not in self.comments:
            return problem(404, "commentNotFound")
        return self._paged([one for one in self.below(params["parentId"]) if state(one) == "published"], params)

    def _paged(
        self, found: list[JSON], params: JSON, shape: Callable[[JSON], JSON] = lambda one: one
    ) -> httpx.Response:
        size = int(params.get("maxResults", "20"))
        if not 1 <= size <= 100:
            return bad("maxResults")
        token = params.get("pageToken", "")
        if token and not token.startswith("QUF"):
            return problem(400, "invalidPageToken")
        time, _, id_ = token.removeprefix("QUF").partition("|")
        if time.strip("0"):
            found = [one for one in found if (str(one["snippet"]["publishedAt"]), str(one["id"])) < (time, id_)]
        if self.empty_pages and "parentId" not in params:
            self.empty_pages -= 1
            return httpx.Response(200, json={"items": [], "nextPageToken": "QUF" + "0" * (self.empty_pages + 1)})
        some = found[:size]
        body: JSON = {"items": [shape(one) for one in some]}
        if len(found) > size:
            body["nextPageToken"] = f"QUF{some[-1]['snippet']['publishedAt']}|{some[-1]['id']}"
        return httpx.Response(200, json=body)

    def _insert(self, params: JSON, sent: JSON) -> httpx.Response:
        said = sent.get("snippet", {})
        if params != {"part": "snippet"} or sent.keys() != {"snippet"} or said.keys() != {"parentId", "textOriginal"}:
            return bad("comments.insert")
        parent = self.comments.get(said["parentId"])
        if parent is None or "parentId" in parent["snippet"]:
            return problem(404, "parentCommentNotFound")
        if state(parent) != "published":
            return problem(403, "parentCommentIsPrivate")
        if len(said["textOriginal"]) > 10_000:
            return problem(400, "commentTextTooLong")
        made = self.comment(ME, said["textOriginal"], at=datetime.now(UTC), parent=parent["id"])
        return httpx.Response(200, json=made)

    def _moderate(self, params: JSON) -> httpx.Response:
        allowed = ("published", "heldForReview", "rejected")
        if params.keys() != {"id", "moderationStatus"} or params["moderationStatus"] not in allowed:
            return bad("setModerationStatus")
        if params["id"] not in self.comments:
            return problem(404, "commentNotFound")
        self.comments[params["id"]]["snippet"]["moderationStatus"] = params["moderationStatus"]
        return httpx.Response(204)


def author(one: JSON) -> str:
    return str(one["snippet"]["authorChannelId"]["value"])


def state(one: JSON) -> str:
    return str(one["snippet"]["moderationStatus"])


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def bad(what: str) -> httpx.Response:
    return problem(400, "badRequest", f"Invalid: {what}", "INVALID_ARGUMENT")


def world() -> FakeYouTube:
    """A fresh one."""
    return FakeYouTube()


def connector(server: Callable[[httpx.Request], httpx.Response], **more: Any) -> YouTubeConnector:
    """Our channel on `server`; `saved` collects what goes to the keyring, `counts` is what counts."""
    saved: list[dict[str, str]] = more.pop("saved", [])
    fake = server if isinstance(server, FakeYouTube) else FakeYouTube()

    async def save(changed: dict[str, str]) -> None:
        saved.append(changed)

    http = Http(transport=httpx.MockTransport(server))
    http.counts = more.get("counts")
    account = fake.account()
    if "data" in more:
        from tests.values import replace

        account = replace(account, data=more["data"])
    return YouTubeConnector(account, fake.secret(), http, save)


def a_reply(to: str, text: str = "Thank you.", **more: Any) -> Reply:
    now = datetime.now(UTC)
    return Reply("r1", "v1", "a", to, text, Visibility.PUBLIC, ReplyState.CLAIMED, now, now, **more)
