"""Facebook in memory, as far as a Page's connector speaks with it. What the node specifications lack is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx

from app.connectors.base import Connector
from app.connectors.facebook import FacebookConnector
from app.domain import Account
from tests.values import replace

from .meta_desk import NOW, no_save, over
from .meta_graph import JSON, Field, Refused, answer, empty, fault, fields_of, given, only, page, shaped, stamp

BASE = "https://graph.facebook.com"
PAGE = "1001"
APP = ("77001", "app-s3cret")
DATA = '{"scopes":"pages_messaging pages_manage_engagement pages_read_engagement pages_read_user_content"}'

# names of fields and edges that the connector may ask for, by node; tests/contract has the whole descriptions
POST = {"id", "message", "story", "created_time", "updated_time", "permalink_url", "from", "full_picture", "comments"}
COMMENT = {"id", "message", "created_time", "from", "parent", "attachment", "permalink_url", "can_reply_privately",
           "private_reply_conversation", "is_hidden"}  # fmt: skip
RATING = {"created_time", "has_rating", "has_review", "rating", "recommendation_type", "review_text", "reviewer",
          "open_graph_story"}  # fmt: skip
CONVERSATION = {"id", "link", "updated_time", "can_reply", "unread_count", "messages"}
MESSAGE = {"id", "created_time", "from", "to", "message", "attachments", "sticker"}
ME = {"id", "name"}
MANAGED = {"id", "name", "username", "access_token", "tasks", "picture", "instagram_business_account"}


class FacebookWorld:
    """One Page, and Bob who writes to it."""

    connector: ClassVar[type[Connector]] = FacebookConnector
    renewable: ClassVar[bool] = False
    messenger: ClassVar[str] = "MESSENGER"  # `platform` of the conversations
    most_bytes: ClassVar[int] = 100_000

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.fail: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
        self.token = "s3cret-page"
        self.n = 500
        self.posts: dict[str, JSON] = {}
        self.tagged: dict[str, JSON] = {}
        self.comments: dict[str, JSON] = {}
        self.ratings: dict[str, JSON] = {}
        self.conversations: dict[str, JSON] = {}
        self.messages: dict[str, JSON] = {}
        self.stories: set[str] = set()
        self.liked: set[str] = set()
        self.seen: list[str] = []
        self.closed_ratings = False
        self.window_closed = False
        self.empty_pages = 0  # so many lists of comments come empty, with a next link
        self.heavy = 100  # posts a page that Facebook can bear
        self.pages: list[JSON] = [
            {"id": PAGE, "name": "Maple & Rye", "username": "maplerye", "access_token": "s3cret-page",
             "tasks": ["MODERATE"], "picture": {"data": {"url": "https://img.example/1.jpg"}}},
            {"id": "1002", "name": "Maple & Rye Leeds", "access_token": "s3cret-leeds", "tasks": ["MODERATE"]},
        ]  # fmt: skip
        self.scopes = ["pages_show_list", "pages_read_engagement", "pages_read_user_content", "pages_manage_engagement",
                       "pages_messaging", "pages_manage_metadata"]  # fmt: skip
        self.own_post = self.post("maplerye", "Rye bread today", at=NOW - timedelta(days=40))["id"]

    # --- World ---------------------------------------------------------------------------------

    def account(self) -> Account:
        return Account("a", "c1", "facebook", BASE, PAGE, "@maplerye", "Maple & Rye", data=DATA)

    def secret(self) -> dict[str, str]:
        return {"token": "s3cret-page"}

    def write(self, text: str, *, at: datetime) -> str:
        name: str = self.comment("bob", text, self.own_post, at=at)["id"]
        return name

    def change(self, remote_id: str, text: str) -> bool:
        (self.comments.get(remote_id) or self.posts[remote_id])["message"] = text
        return True

    def remove(self, remote_id: str) -> bool:
        self.comments.pop(remote_id, None)
        self.posts.pop(remote_id, None)
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.comment("maplerye", text, remote_id, at=at)
        return True

    def ours(self) -> list[str]:
        every = [*self.comments.values(), *self.messages.values()]
        mine = [each for each in every if each["from"]["id"] == PAGE]
        return [each["message"] for each in sorted(mine, key=lambda each: (each["created_time"], each["n"]))]

    def end_token(self) -> None:
        self.token = "another"

    def is_send(self, request: httpx.Request) -> bool:
        path = request.url.path
        return request.method == "POST" and (path.endswith(("/comments", "/messages")))

    def limited(self) -> httpx.Response:
        usage = '{"1001":[{"type":"pages","call_count":100,"total_cputime":20,"total_time":30,'
        usage += '"estimated_time_to_regain_access":0}]}'
        return fault(32, "(#32) Page request limit reached", status=403, headers={"x-business-use-case-usage": usage})

    # --- what is there -------------------------------------------------------------------------

    def who(self, name: str) -> JSON:
        known: dict[str, JSON] = {
            "maplerye": {"id": PAGE, "name": "Maple & Rye"},
            "bob": {"id": "20", "name": "Bob Baker"},
        }
        return known.get(name, {"id": "21", "name": name.title()})

    def _next(self) -> int:
        self.n += 1
        return self.n

    def post(self, who: str, text: str, *, at: datetime = NOW, **more: Any) -> JSON:
        n = self._next()
        node: JSON = {"id": f"{PAGE}_{n}", "n": n, "from": self.who(who), "message": text, "created_time": stamp(at),
                "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{n}", **more}  # fmt: skip
        self.posts[node["id"]] = node
        return node

    def tag(self, text: str, *, at: datetime = NOW) -> JSON:
        n = self._next()
        node: JSON = {"id": f"21_{n}", "n": n, "from": self.who("ann"), "message": text, "created_time": stamp(at)}
        self.tagged[node["id"]] = node
        return node

    def comment(self, who: str, text: str, on: str, *, at: datetime = NOW, **more: Any) -> JSON:
        above = self.comments.get(on)
        top = (above.get("parent") or above) if above else None  # Facebook has two levels
        post = above["post"] if above else on
        above_it = {"parent": {"id": top["id"], "from": top["from"]}} if top else {}
        n = self._next()
        node: JSON = {"id": f"{post.partition('_')[2] or post}_{n}", "n": n, "post": post, "from": self.who(who),
                "message": text, "created_time": stamp(at), **above_it,
                "permalink_url": f"https://www.facebook.com/c/{n}", **more}  # fmt: skip
        self.comments[node["id"]] = node
        return node

    def rate(self, text: str, kind: str = "negative", *, at: datetime = NOW) -> JSON:
        story = f"8{self._next()}"
        self.stories.add(story)
        node: JSON = {"id": story, "created_time": stamp(at), "has_rating": False, "has_review": bool(text),
                "review_text": text, "recommendation_type": kind, "reviewer": self.who("ann"),
                "open_graph_story": {"id": story}}  # fmt: skip
        self.ratings[story] = node
        return node

    def message(self, who: str, text: str, *, at: datetime = NOW, person: str = "bob") -> JSON:
        conversation = f"t_{self.who(person)['id']}"
        n = self._next()
        ours = who == "maplerye"
        node: JSON = {"id": f"m_{n}", "n": n, "conversation": conversation, "from": self.who(who), "message": text,
                "to": {"data": [self.who(person if ours else "maplerye")]}, "created_time": stamp(at)}  # fmt: skip
        self.messages[node["id"]] = node
        held = self.conversations.setdefault(
            conversation, {"id": conversation, "link": f"/{PAGE}/inbox/1/", "updated_time": ""}
        )
        held["updated_time"] = max(held["updated_time"], stamp(at))
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
        found = re.fullmatch(r"/v25\.0/(.+)", request.url.path)
        if not found:
            raise Refused(2500, "Unknown path components")
        asked = given(request)
        parts = found[1].split("/")
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if "access_token" in asked and parts != ["oauth", "access_token"]:
            raise Refused(100, "the token belongs in the header")
        if parts == ["oauth", "access_token"]:
            return self._trade(asked)
        if parts == ["debug_token"]:
            return self._debug(asked, bearer)
        if parts == ["me", "accounts"]:
            return self._accounts(asked, bearer, request)
        if bearer != self.token:
            raise Refused(190, "Error validating access token", sub=463, status=400)
        if parts == ["me"]:
            only(asked)
            return answer(shaped({"id": PAGE, "name": "Maple & Rye"}, fields_of(asked.get("fields", "id")), ME))
        return answer(self._route(request, parts, asked))

    def _route(self, request: httpx.Request, parts: list[str], asked: JSON) -> Any:
        method, url = request.method, str(request.url.copy_with(query=None))
        match (method, parts):
            case ("GET", [str(me), ("feed" | "tagged") as edge]) if me == PAGE:
                only(asked, *(("include_hidden", "show_expired", "with") if edge == "feed" else ()))
                if int(asked.get("limit", 25)) > self.heavy:
                    raise Refused(
                        1, "Please reduce the amount of data you're asking for, then retry your request", status=500
                    )
                nodes = list((self.posts if edge == "feed" else self.tagged).values())
                cut, paging = page(nodes, asked, url)
                return {"data": [self._post(each, fields_of(asked["fields"])) for each in cut], "paging": paging}
            case ("GET", [str(me), "ratings"]) if me == PAGE:
                only(asked)
                if self.closed_ratings:
                    raise Refused(12, "(#12) This field is deprecated for versions v22.0 and higher")
                cut, paging = page(list(self.ratings.values()), asked, url)
                rows = [shaped(each, fields_of(asked["fields"]), RATING) for each in cut]
                return {"data": [{key: row[key] for key in row if key != "id"} for row in rows], "paging": paging}
            case ("GET", [str(me), "conversations"]) if me == PAGE:
                only(asked, "folder", "platform", "tags", "user_id")
                if asked.get("platform") != self.messenger:
                    raise Refused(100, "platform")
                cut, paging = page(list(self.conversations.values()), asked, url, by="updated_time")
                return {
                    "data": [self._conversation(each, fields_of(asked["fields"]), url) for each in cut],
                    "paging": paging,
                }
            case ("GET", [str(name), "messages"]):
                only(asked, "source")
                if name not in self.conversations:
                    raise Refused(100, "no such object", sub=33)
                nodes = [each for each in self.messages.values() if each["conversation"] == name]
                return self._some(nodes, asked, url, MESSAGE, fields_of(asked["fields"]))
            case ("POST", [str(me), "messages"]) if me == PAGE:
                return self._send(request, asked)
            case ("GET", [str(name), "comments"]):
                only(asked, "filter", "live_filter", "order", "since")
                self._there(name)
                return self._below(name, asked, fields_of(asked["fields"]), url)
            case ("POST", [str(name), "comments"]):
                only(asked, "message", "attachment_id", "attachment_url", "attachment_share_url")
                self._there(name)
                if not asked.get("message", "").strip() or len(asked["message"]) > 8000:
                    raise Refused(100, "(#100) message")
                return {"id": self.comment("maplerye", asked["message"], name, at=datetime.now(UTC))["id"]}
            case (("POST" | "DELETE"), [str(name), "likes"]):
                only(asked, "feedback_source", "nectar_module", "tracking")
                self._there(name)
                (self.liked.add if method == "POST" else self.liked.discard)(name)
                return {"success": True}
            case ("POST", [str(name)]):
                only(asked, "is_hidden", "message", "attachment_id")
                if name not in self.comments and name not in self.posts:
                    raise Refused(100, "no such object", sub=33)
                (self.comments.get(name) or self.posts[name])["is_hidden"] = asked["is_hidden"] == "true"
                return {"success": True}
            case ("GET", [str(name)]):
                only(asked)
                return self._node(name, fields_of(asked["fields"]))
        raise Refused(2500, f"{method} {'/'.join(parts)} is not described")

    def _there(self, name: str) -> None:
        if name not in {**self.posts, **self.tagged, **self.comments} and name not in self.stories:
            raise Refused(100, f"Unsupported request. Object with ID '{name}' does not exist", sub=33)

    def _node(self, name: str, asked: list[Field]) -> JSON:
        if name in self.messages:
            return shaped(self.messages[name], asked, MESSAGE)
        self._there(name)
        if name in self.comments:
            return shaped({**self.comments[name]}, asked, COMMENT)
        return self._post((self.posts.get(name) or self.tagged[name]), asked)

    def _post(self, node: JSON, asked: list[Field]) -> JSON:
        found = shaped(node, asked, POST)
        for each in asked:
            if each.name == "comments":
                found["comments"] = self._below(
                    node["id"], each.asked, each.inside, f"{BASE}/v25.0/{node['id']}/comments"
                )
        return found

    def _below(self, name: str, asked: JSON, inside: list[Field], url: str) -> JSON:
        """`filter=stream` gives all levels by time; a comment's own edge gives the answers to it."""
        only(asked, "filter", "live_filter", "order", "since")
        if asked.get("filter") != "stream" or asked.get("order") not in ("chronological", "reverse_chronological"):
            raise Refused(100, "by rank, as Facebook likes it")
        at_least = stamp(datetime.fromtimestamp(int(asked.get("since", 0)), UTC))
        below = [one for one in self.comments.values() if name in (one["post"], one.get("parent", {}).get("id"))]
        nodes = [one for one in below if one["created_time"] >= at_least]
        return self._some(nodes, asked, url, COMMENT, inside, newest_first=asked["order"] != "chronological")

    def _some(self, nodes: list[JSON], asked: JSON, url: str, described: set[str], inside: list[Field],
              *, newest_first: bool = True) -> JSON:  # fmt: skip
        if self.empty_pages and url.endswith("/comments"):
            self.empty_pages -= 1
            cut, paging = empty(asked, url, newest_first=newest_first)
        else:
            cut, paging = page(nodes, asked, url, newest_first=newest_first)
        return {
            "data": [each if each.get("broken") else shaped(each, inside, described) for each in cut],
            "paging": paging,
        }

    def _conversation(self, node: JSON, asked: list[Field], url: str) -> JSON:
        found = shaped(node, asked, CONVERSATION)
        for each in asked:
            if each.name == "messages":
                nodes = [one for one in self.messages.values() if one["conversation"] == node["id"]]
                found["messages"] = self._some(nodes, each.asked, url, MESSAGE, each.inside)
        return found

    def _send(self, request: httpx.Request, asked: JSON) -> JSON:
        if not request.headers["content-type"].startswith("application/json"):
            raise Refused(100, "JSON, please")
        only(asked, "recipient", "message", "messaging_type", "sender_action", "tag", "reply_to", "notification_type")
        to = asked["recipient"]
        if asked.get("sender_action"):
            self.seen.append(to["id"])
            return {"recipient_id": to["id"]}
        text = asked["message"]["text"]
        kinds = ("RESPONSE", "MESSAGE_TAG")
        if asked.get("messaging_type") not in kinds or len(text) > 2000 or len(text.encode()) >= self.most_bytes:
            raise Refused(100, "(#100) message")
        person = "bob"
        if "comment_id" in to or "post_id" in to:
            target = self.comments.get(to.get("comment_id", "")) or self.posts.get(to.get("post_id", ""))
            if target is None:
                raise Refused(100, "no such object", sub=33)
            if target.get("private_reply_conversation"):
                raise Refused(10900, "(#10900) Activity already replied to")
            target["private_reply_conversation"] = {"id": f"t_{target['from']['id']}"}
            target["can_reply_privately"] = False
            person = "bob" if target["from"]["id"] == "20" else "ann"
        elif self.window_closed and asked.get("tag") != "HUMAN_AGENT":
            raise Refused(10, "(#10) This message is sent outside of allowed window.", sub=2018278)
        sent = self.message("maplerye", text, at=datetime.now(UTC), person=person)
        return {"recipient_id": "20", "message_id": sent["id"]}

    # --- signing in ----------------------------------------------------------------------------

    def _trade(self, asked: JSON) -> httpx.Response:
        if (asked.get("client_id"), asked.get("client_secret")) != APP:
            raise Refused(101, "Error validating application. Invalid application ID.")
        if asked.get("grant_type") == "fb_exchange_token":
            if asked.get("fb_exchange_token") != "s3cret-short":
                raise Refused(190, "Malformed access token", sub=0)
            return answer({"access_token": "s3cret-long", "token_type": "bearer", "expires_in": 5183944})
        if asked.get("code") != "good" or not asked.get("redirect_uri"):
            raise Refused(100, "This authorization code has been used.", sub=36009)
        return answer({"access_token": "s3cret-short", "token_type": "bearer", "expires_in": 5200})

    def _debug(self, asked: JSON, bearer: str) -> httpx.Response:
        if bearer != "|".join(APP) or asked.get("input_token") != "s3cret-long":
            raise Refused(190, "token")
        ends = int((NOW + timedelta(days=89)).timestamp())
        return answer({"data": {"app_id": APP[0], "type": "USER", "scopes": self.scopes, "is_valid": True,
                                "expires_at": 0, "data_access_expires_at": ends}})  # fmt: skip

    def _accounts(self, asked: JSON, bearer: str, request: httpx.Request) -> httpx.Response:
        only(asked)
        if bearer != "s3cret-long":
            raise Refused(190, "token")
        cut, paging = page(self.pages, asked, str(request.url.copy_with(query=None)), by="id", newest_first=False)
        return answer({"data": [shaped(each, fields_of(asked["fields"]), MANAGED) for each in cut], "paging": paging})


def world() -> FacebookWorld:
    return FacebookWorld()


def shop(world: FacebookWorld, **data: str) -> FacebookConnector:
    account = world.account()
    if data:
        account = replace(account, data=json.dumps({**json.loads(account.data), **data}))
    return FacebookConnector(account, world.secret(), over(world), no_save)
