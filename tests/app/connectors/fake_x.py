"""X in memory, as its descriptions 2.166 and 2.167 have it: what they do not allow is refused with 400."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx

from app.connectors._x_wire import id_at, time_of
from app.connectors.base import Connector
from app.connectors.x import XConnector
from app.domain import Account, Reply, ReplyState, Visibility
from app.http import Http
from tests.app.connectors.x_fields import DM_FIELDS, FIELDS, USER_FIELDS

BASE = "https://api.x.com"
JSON = dict[str, Any]
NOW = datetime.now(UTC).replace(microsecond=0)
ME, ANA, CAT = "11", "21", "22"
USERS = {ME: "maplerye", ANA: "ana", CAT: "cat"}
ID = re.compile(r"[0-9]{1,19}")

PAGED = {"max_results", "pagination_token"}
IDS = {"since_id", "until_id"}


class Bad(Exception):
    """The description does not allow this."""


@dataclass
class FakeX:
    """`posts` and `messages` by id. Ids hold their time, as on X."""

    version: str = "2.166"
    posts: dict[str, JSON] = field(default_factory=dict)
    messages: dict[str, JSON] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    fail: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    token: str = "s3cret-1"
    refresh: str = "s3cret-refresh-1"
    hidden: set[str] = field(default_factory=set)
    silent: bool = False  # unknown fields are overlooked instead of refused
    page_size: int = 100  # a smaller one than was asked for
    tokens_die: bool = False
    empty_pages: int = 0  # so many come first, with a next link
    scope: str = "tweet.read tweet.write users.read dm.read dm.write tweet.moderate.write offline.access"
    revoked: list[str] = field(default_factory=list)
    connector: type[Connector] = XConnector
    renewable: bool = True
    n: int = 0

    # --- the world of the kit ---------------------------------------------------------------------

    def account(self) -> Account:
        return Account("a", "c", "x", BASE, ME, "@maplerye", "Maple & Rye", data='{"direct":true}')

    def secret(self) -> dict[str, str]:
        return {
            "token": self.token, "refresh_token": self.refresh, "client_id": "app", "client_secret": "s3cret-app",
        }  # fmt: skip

    def write(self, text: str, *, at: datetime) -> str:
        return str(self.post(ANA, text, at=at, parent=self.root())["id"])

    def change(self, remote_id: str, text: str) -> bool:
        """An edit is a new post with the same history."""
        old = self.posts[remote_id]
        new = self.post(ANA, text, at=(time_of(remote_id) or NOW) + timedelta(seconds=1), parent=old["parent"])
        versions = [*old["versions"], new["id"]]
        for one in versions:
            self.posts[one]["versions"] = versions
        return True

    def remove(self, remote_id: str) -> bool:
        for one in self.posts.pop(remote_id)["versions"]:
            self.posts.pop(one, None)
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.post(ME, f"@ana {text}", at=at, parent=remote_id)
        return True

    def ours(self) -> list[str]:
        found = [one for one in self.posts.values() if one["author_id"] == ME and one["parent"]]
        return [re.sub(r"^(@\w+ )+", "", one["text"]) for one in sorted(found, key=lambda one: int(one["id"]))]

    def end_token(self) -> None:
        self.token = "s3cret-2"

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "POST" and (request.url.path == "/2/tweets" or request.url.path.endswith("/messages"))

    def limited(self) -> httpx.Response:
        reset = str(int((datetime.now(UTC) + timedelta(seconds=10)).timestamp()))
        headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
        return httpx.Response(429, json=body, headers=headers)

    # --- what is there -----------------------------------------------------------------------------

    def root(self) -> str:
        """A post of ours from long ago, below which customers write."""
        found = [one for one in self.posts if self.posts[one]["text"] == "Fresh rye, every day"]
        return found[0] if found else str(self.post(ME, "Fresh rye, every day", at=NOW - timedelta(days=99))["id"])

    def next_id(self, at: datetime) -> str:
        self.n += 1
        return str(int(id_at(at)) + self.n)

    def post(self, who: str, text: str, *, at: datetime = NOW, parent: str = "", **more: Any) -> JSON:
        id_ = self.next_id(at)
        above = self.posts.get(parent, {})
        one = {
            "id": id_, "text": text, "author_id": who, "parent": parent, "versions": [id_], "lang": "en",
            "conversation_id": above.get("conversation_id", parent or id_), "to": above.get("author_id", ""), **more,
        }  # fmt: skip
        self.posts[id_] = one
        return one

    def message(self, who: str, text: str, *, at: datetime = NOW, talk: str = f"{ME}-{ANA}") -> JSON:
        id_ = self.next_id(at)
        one = {
            "id": id_, "text": text, "event_type": "MessageCreate", "sender_id": who, "dm_conversation_id": talk,
            "created_at": stamp(at),
        }  # fmt: skip
        self.messages[id_] = one
        return one

    # --- answering ---------------------------------------------------------------------------------

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if (failed := self.fail(request)) is not None:
            return failed
        path, method = request.url.path, request.method
        if path.startswith("/2/oauth2/"):
            return self._oauth(path, request)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return problem(401, "Unauthorized", "Unauthorized")
        try:
            if method == "GET":
                return self._get(path, dict(request.url.params))
            return self._write(method, path, json.loads(request.content))
        except Bad as error:
            said = "One or more parameters to your request was invalid."
            kind = "https://api.x.com/2/problems/invalid-request"
            body = {"errors": [{"message": str(error), "parameters": {}}], "detail": said, "type": kind}
            return httpx.Response(400, json={**body, "title": "Invalid Request", "status": 400})

    def _oauth(self, path: str, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        if "authorization" not in request.headers and "client_id" not in form:
            return httpx.Response(401, json={"error": "unauthorized_client"})
        if path == "/2/oauth2/revoke":
            self.revoked.append(form["token"])
            return httpx.Response(200, json={"revoked": True})
        good = form.get("code") == "good" and "code_verifier" in form and "redirect_uri" in form
        if form["grant_type"] == "refresh_token":
            good = form["refresh_token"] == self.refresh
        if not good:
            return httpx.Response(400, json={"error": "invalid_request", "error_description": "Value was invalid."})
        self.n += 1
        self.token, self.refresh = f"s3cret-{self.n + 100}", f"s3cret-refresh-{self.n + 100}"
        return httpx.Response(200, json={
            "token_type": "bearer", "expires_in": 7200, "access_token": self.token, "refresh_token": self.refresh,
            "scope": self.scope,
        })  # fmt: skip

    def _check(self, params: dict[str, str], allowed: set[str], fields: dict[str, set[str]]) -> None:
        for name, value in params.items():
            if name in fields:
                if wrong := set(value.split(",")) - fields[name]:
                    raise Bad(
                        f"The `{name}` query parameter value [{', '.join(sorted(wrong))}] is not one of the fields"
                    )
            elif name not in allowed:
                if self.silent and name.endswith(".fields"):
                    continue
                raise Bad(f"The query parameter [{name}] is not one of the fields or parameters")
        if self.silent and "expansions" in params:
            return
        for name in IDS & params.keys():
            if not ID.fullmatch(params[name]):
                raise Bad(f"{name} is no id")

    def _get(self, path: str, params: dict[str, str]) -> httpx.Response:
        fields = FIELDS[self.version]
        if path == "/2/users/me":
            self._check(params, set(), {"user.fields": USER_FIELDS})
            user = {"id": ME, "username": "maplerye", "name": "Maple & Rye", "subscription_type": "None"}
            return httpx.Response(200, json={"data": user})
        if path == f"/2/users/{ME}/mentions":
            self._check(params, PAGED | IDS, fields)
            return self._listed([one for one in self.posts.values() if self._names_us(one)], params, 5)
        if path == f"/2/users/{ME}/tweets":
            self._check(params, PAGED | IDS | {"exclude"}, fields)
            return self._listed([one for one in self.posts.values() if one["author_id"] == ME], params, 5)
        if path == "/2/tweets/search/recent":
            self._check(params, PAGED | IDS | {"query"}, fields)
            if "since_id" in params and (time_of(params["since_id"]) or NOW) < NOW - timedelta(days=7):
                raise Bad("'since_id' must be a tweet id created after the last seven days")
            if not 1 <= len(params["query"]) <= 512:
                raise Bad("query is too long")
            return self._listed([one for one in self.posts.values() if found_by(params["query"], one)], params, 10)
        if path == "/2/tweets":
            self._check(params, {"ids"}, fields)
            ids = params["ids"].split(",")
            if len(ids) > 100:
                raise Bad("ids")
            body = self._bodies([self.posts[one] for one in ids if one in self.posts], params)
            body["errors"] = [missing(one) for one in ids if one not in self.posts]
            return httpx.Response(200, json={key: value for key, value in body.items() if value})
        return self._get_messages(path, params)

    def _get_messages(self, path: str, params: dict[str, str]) -> httpx.Response:
        found = list(self.messages.values())
        if path.startswith("/2/dm_conversations/"):
            talk = path.removeprefix("/2/dm_conversations/").removesuffix("/dm_events")
            found = [one for one in found if talk in (one["dm_conversation_id"], f"with/{other(one)}")]
        elif path != "/2/dm_events":
            return problem(404, "Not Found", "Not Found")
        self._check(params, PAGED, DM_FIELDS)
        found.sort(key=lambda one: -int(one["id"]))
        some, meta = self._cut(found, params, 1)
        shown = set(params.get("dm_event.fields", "").split(",")) | {"id", "event_type", "text"}
        data = []
        for one in some:
            data.append({key: value for key, value in one.items() if key in shown})
            if "sender_id" in params.get("expansions", ""):
                data[-1]["sender_id"] = one.get("sender_id")
        users = [user(one) for one in dict.fromkeys(one.get("sender_id", "") for one in some) if one in USERS]
        return httpx.Response(200, json={"data": data, "includes": {"users": users}, "meta": meta})

    def _names_us(self, one: JSON) -> bool:
        return "@maplerye" in str(one.get("text")) or one.get("to") == ME

    def _listed(self, found: list[JSON], params: dict[str, str], least: int) -> httpx.Response:
        found = sorted(found, key=lambda one: -int(one["id"]))
        found = [one for one in found if int(one["id"]) > int(params.get("since_id", "0"))]
        found = [one for one in found if int(one["id"]) < int(params.get("until_id", str(1 << 63)))]
        some, meta = self._cut(found, params, least)
        return httpx.Response(200, json={**self._bodies(some, params), "meta": meta})

    def _cut(self, found: list[JSON], params: dict[str, str], least: int) -> tuple[list[JSON], JSON]:
        size = int(params.get("max_results", "10"))
        if not least <= size <= 100:
            raise Bad("max_results")
        size = min(size, self.page_size)
        if token := params.get("pagination_token", ""):
            if not token.startswith("below") or self.tokens_die:
                raise Bad("The pagination_token is not valid")
            found = [one for one in found if int(one["id"]) < int(token.removeprefix("below"))]
        if self.empty_pages:
            self.empty_pages -= 1
            return [], {"result_count": 0, "next_token": token or "below" + "9" * 19}
        some = found[:size]
        meta: JSON = {"result_count": len(some)}
        if some and least > 1:  # messages have no such ids
            meta |= {"newest_id": some[0]["id"], "oldest_id": some[-1]["id"]}
        if len(found) > size:
            meta["next_token"] = "below" + some[-1]["id"].zfill(20)
        return some, meta

    def _bodies(self, found: list[JSON], params: dict[str, str]) -> JSON:
        """With the fields that were asked for, under the names of this version."""
        old = self.version == "2.166"
        asked = set(params.get("tweet.fields" if old else "post.fields", "").split(","))
        asked |= set(params.get("expansions", "").split(",")) | {"id", "text"}
        data = []
        for one in found:
            whole = {key: value for key, value in one.items() if key not in ("parent", "versions", "to")}
            whole["created_at"] = whole.get("created_at", stamp(time_of(one["id"]) or NOW))
            whole["edit_history_tweet_ids" if old else "edit_history_post_ids"] = one["versions"]
            if one["parent"]:
                link = [{"type": "replied_to", "id": one["parent"]}]
                whole["referenced_tweets" if old else "referenced_posts"] = link
            if one["to"]:
                whole["in_reply_to_user_id"] = one["to"]
            if "entities" not in whole:
                names = [name for name in USERS.values() if f"@{name}" in str(one["text"])]
                whole["entities"] = {"mentions": [{"username": name, "start": 0, "end": 1} for name in names]}
            data.append({key: value for key, value in whole.items() if key in asked})
        users = [user(one) for one in dict.fromkeys(one["author_id"] for one in found) if one in USERS]
        return {"data": data, "includes": {"users": users}} if data else {}

    def _write(self, method: str, path: str, body: JSON) -> httpx.Response:
        if (method, path) == ("POST", "/2/tweets"):
            return self._publish(body)
        if method == "PUT" and (found := re.fullmatch(r"/2/tweets/(\d+)/hidden", path)):
            if body.keys() != {"hidden"} or not isinstance(body["hidden"], bool):
                raise Bad("hidden")
            root = self.posts.get(self.posts[found[1]]["conversation_id"], {})
            if root.get("author_id") != ME:
                return problem(403, "Forbidden", "You can only hide replies to your own posts.")
            (self.hidden.add if body["hidden"] else self.hidden.discard)(found[1])
            return httpx.Response(200, json={"data": {"hidden": body["hidden"]}})
        talk = path.removeprefix("/2/dm_conversations/").removesuffix("/messages")
        if method == "POST" and path.endswith("/messages") and (talk.startswith("with/") or talk.isdigit()):
            if body.keys() != {"text"} or not body["text"]:
                raise Bad("text")
            who = talk.removeprefix("with/")
            made = self.message(ME, body["text"], at=datetime.now(UTC), talk=f"{ME}-{who}" if "/" in talk else talk)
            data = {"dm_conversation_id": made["dm_conversation_id"], "dm_event_id": made["id"]}
            return httpx.Response(201, json={"data": data})
        return problem(404, "Not Found", "Not Found")

    def _publish(self, body: JSON) -> httpx.Response:
        if body.keys() != {"text", "reply"} or body["reply"].keys() != {"in_reply_to_tweet_id"}:
            raise Bad("body")
        parent = self.posts.get(body["reply"]["in_reply_to_tweet_id"])
        if parent is None:
            text = "You attempted to reply to a Tweet that is deleted or not visible to you."
            return problem(403, "Forbidden", text)
        if parent["author_id"] != ME and not self._names_us(parent):
            text = "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged"
            return problem(403, "Forbidden", f"{text} by the author of the post you are replying to.")
        if body["text"] in self.ours():
            return problem(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content.")
        name = USERS[parent["author_id"]]
        made = self.post(ME, f"@{name} {body['text']}", at=datetime.now(UTC), parent=parent["id"])
        return httpx.Response(201, json={"data": {"id": made["id"], "text": made["text"]}})


def found_by(query: str, one: JSON) -> bool:
    """As far as the tests ask."""
    if found := re.match(r"conversation_id:(\d+) \(from:(\d+) OR from:(\d+)\)", query):
        return one["conversation_id"] == found[1] and one["author_id"] in (found[2], found[3])
    terms = re.split(r" OR ", query.split(")")[0].strip("(").split(" -")[0])
    return one["author_id"] != ME and any(term.strip('"').lower() in str(one["text"]).lower() for term in terms)


def other(one: JSON) -> str:
    pair = str(one["dm_conversation_id"]).split("-")
    return next((each for each in pair if each != ME), "")


def user(id_: str) -> JSON:
    name = USERS[id_]
    return {"id": id_, "username": name, "name": name.title(), "public_metrics": {"followers_count": 3}}


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def missing(id_: str) -> JSON:
    return {
        "resource_id": id_, "parameter": "ids", "resource_type": "tweet", "title": "Not Found Error", "value": id_,
        "type": "https://api.x.com/2/problems/resource-not-found", "detail": f"Could not find tweet [{id_}].",
    }  # fmt: skip


def body(request: httpx.Request) -> Any:
    return json.loads(request.content)


def problem(status: int, title: str, detail: str, kind: str = "about:blank") -> httpx.Response:
    return httpx.Response(status, json={"title": title, "detail": detail, "type": kind, "status": status})


def world() -> FakeX:
    """A fresh one."""
    return FakeX()


def connector(server: Callable[[httpx.Request], httpx.Response], **more: Any) -> XConnector:
    """Our account on `server`; `saved` collects what goes to the keyring, `counts` is what counts."""
    saved: list[dict[str, str]] = more.pop("saved", [])
    fake = server if isinstance(server, FakeX) else FakeX()
    http = Http(transport=httpx.MockTransport(server))
    http.counts = more.pop("counts", None)

    async def save(changed: dict[str, str]) -> None:
        saved.append(changed)

    account = fake.account()
    if "data" in more:
        from tests.values import replace

        account = replace(account, data=more.pop("data"))
    return XConnector(account, more.pop("secret", fake.secret()), http, save)


def a_reply(to: str, text: str = "It is on its way.", **more: Any) -> Reply:
    made: JSON = {"visibility": Visibility.PUBLIC, "created_at": datetime.now(UTC), "not_before": NOW}
    return Reply("r1", "v1", "a", to, text, state=ReplyState.CLAIMED, **{**made, **more})
