"""Instagram in memory, behind the Facebook of `fake_facebook.py`. What the node specifications lack is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx

from app.connectors.base import Connector
from app.connectors.instagram import SCOPES, InstagramConnector
from app.domain import Account
from tests.values import replace

from .fake_facebook import BASE, PAGE, FacebookWorld
from .meta_desk import NOW, no_save, over
from .meta_graph import JSON, Field, Refused, answer, empty, fault, fields_of, given, only, page, shaped, stamp

ME = "17841400001"
DATA = json.dumps({"page": PAGE, "scopes": " ".join(SCOPES)})
MEDIA = {"id", "caption", "timestamp", "permalink", "username", "comments_count", "media_type", "media_url",
         "thumbnail_url", "comments"}  # fmt: skip
COMMENT = {"id", "text", "timestamp", "username", "from", "hidden", "like_count", "media", "parent_id", "replies"}


class InstagramWorld(FacebookWorld):
    """One professional account, and Bob who writes to it."""

    connector: ClassVar[type[Connector]] = InstagramConnector
    messenger: ClassVar[str] = "INSTAGRAM"
    most_bytes: ClassVar[int] = 1000

    def __init__(self) -> None:
        self.media: dict[str, JSON] = {}
        self.tags: dict[str, JSON] = {}
        super().__init__()
        self.posts.clear()
        self.scopes = list(SCOPES)
        self.pages[0]["instagram_business_account"] = {
            "id": ME, "username": "maplerye", "name": "Maple & Rye", "profile_picture_url": "https://img.example/2.jpg",
        }  # fmt: skip
        self.own_post = self.picture("Rye bread today", at=NOW - timedelta(days=20))["id"]

    # --- World ---------------------------------------------------------------------------------

    def account(self) -> Account:
        return Account("a", "c1", "instagram", BASE, ME, "@maplerye", "Maple & Rye", data=DATA)

    def change(self, remote_id: str, text: str) -> bool:
        return False  # Instagram has no edits of comments

    def remove(self, remote_id: str) -> bool:
        kept = [each for each in self.comments.values() if remote_id not in (each["id"], each.get("parent_id"))]
        self.comments = {each["id"]: each for each in kept}
        self.tags.pop(remote_id, None)
        return True

    def ours(self) -> list[str]:
        said = [(each["timestamp"], each["n"], each["text"]) for each in self.comments.values()
                if each["username"] == "maplerye"]  # fmt: skip
        said += [(each["created_time"], each["n"], each["message"]) for each in self.messages.values()
                 if each["from"]["id"] == ME]  # fmt: skip
        return [text for _, _, text in sorted(said)]

    def is_send(self, request: httpx.Request) -> bool:
        return request.method == "POST" and request.url.path.endswith(("/replies", "/messages", "/mentions"))

    def limited(self) -> httpx.Response:
        usage = '{"1001":[{"type":"instagram","call_count":100,"total_cputime":20,"total_time":30,'
        usage += '"estimated_time_to_regain_access":0}]}'
        return fault(80002, "(#80002) There have been too many calls to this Instagram account.", status=403,
                     headers={"x-business-use-case-usage": usage})  # fmt: skip

    # --- what is there -------------------------------------------------------------------------

    def who(self, name: str) -> JSON:
        return {"id": {"maplerye": ME, "bob": "20"}.get(name, "21"), "username": name}

    def picture(self, caption: str, *, at: datetime = NOW) -> JSON:
        n = self._next()
        node: JSON = {"id": f"179{n:05}", "n": n, "caption": caption, "timestamp": stamp(at), "username": "maplerye",
                      "permalink": f"https://www.instagram.com/p/{n}/"}  # fmt: skip
        self.media[node["id"]] = node
        return node

    def tag(self, text: str, *, at: datetime = NOW) -> JSON:
        n = self._next()
        node: JSON = {"id": f"178{n:05}", "n": n, "caption": text, "timestamp": stamp(at), "username": "ann",
                      "media_type": "IMAGE", "media_url": "https://img.example/t.jpg",
                      "permalink": f"https://www.instagram.com/p/{n}/"}  # fmt: skip
        self.tags[node["id"]] = node
        return node

    def comment(self, who: str, text: str, on: str, *, at: datetime = NOW, **more: Any) -> JSON:
        above = self.comments.get(on)
        top = (above.get("parent_id") or above["id"]) if above else ""
        n = self._next()
        post = above["post"] if above else on
        node: JSON = {"id": f"180{n:06}", "n": n, "post": post, "text": text, "username": who, "timestamp": stamp(at),
                      "from": self.who(who), "media": {"id": post}, **more}  # fmt: skip
        if top:
            node["parent_id"] = top
        self.comments[node["id"]] = node
        return node

    # --- what it answers -----------------------------------------------------------------------

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v25.0/").split("/")
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if bearer == self.token and not path[0].startswith(("me", "oauth", "debug")):
            found = self._mine(request, path, given(request), str(request.url.copy_with(query=None)))
            if found is not None:
                return answer(found)
        return super()._answer(request)

    def _mine(self, request: httpx.Request, path: list[str], asked: JSON, url: str) -> Any:
        match (request.method, path):
            case ("GET", [str(me)]) if me == ME:
                only(asked)
                return shaped({"id": ME, "username": "maplerye", "name": "Maple & Rye"}, fields_of(asked["fields"]),
                              {"id", "username", "name"})  # fmt: skip
            case ("GET", [str(me), ("media" | "tags") as edge]) if me == ME:
                only(asked, *(("since", "until") if edge == "media" else ()))
                cut, paging = page(
                    list((self.media if edge == "media" else self.tags).values()), asked, url, by="timestamp"
                )
                return {"data": [self._media(each, fields_of(asked["fields"])) for each in cut], "paging": paging}
            case ("POST", [str(me), "mentions"]) if me == ME:
                only(asked, "media_id", "comment_id", "message")
                if "@maplerye" not in self.tags[asked["media_id"]]["caption"]:
                    raise Refused(100, "Commenting on photos in which you were tagged is not supported")
                return {"id": self.comment("maplerye", asked["message"], asked["media_id"], at=datetime.now(UTC))["id"]}
            case ("GET", [str(name), ("comments" | "replies") as edge]) if name.isdigit():
                only(asked)
                if name not in (self.media if edge == "comments" else self.comments):
                    raise Refused(100, "no such object", sub=33)
                return self._below(name, asked, fields_of(asked["fields"]), url)
            case ("POST", [str(name), "replies"]):
                only(asked, "message")
                if name not in self.comments:
                    raise Refused(100, "no such object", sub=33)
                if self.comments[name].get("parent_id") or self.comments[name].get("hidden"):
                    raise Refused(100, "You can only reply to top-level comments")
                if not asked["message"].strip() or len(asked["message"]) > 2200:
                    raise Refused(100, "message")
                return {"id": self.comment("maplerye", asked["message"], name, at=datetime.now(UTC))["id"]}
            case ("POST", [str(name)]) if name in self.comments:
                only(asked, "hide", "ad_id")
                self.comments[name]["hidden"] = asked["hide"] == "true"
                return {"success": True}
            case ("GET", [str(name)]) if name.isdigit():
                only(asked)
                if name in self.comments:
                    return shaped(
                        {key: self.comments[name].get(key) for key in COMMENT}, fields_of(asked["fields"]), COMMENT
                    )
                if name not in {**self.media, **self.tags}:
                    raise Refused(100, "no such object", sub=33)
                return self._media({**self.media, **self.tags}[name], fields_of(asked["fields"]))
        return None

    def _media(self, node: JSON, asked: list[Field]) -> JSON:
        count = len([each for each in self.comments.values() if each["post"] == node["id"]])
        found = shaped({**node, "comments_count": count}, asked, MEDIA)
        for each in asked:
            if each.name == "comments":
                found["comments"] = self._below(
                    node["id"], each.asked, each.inside, f"{BASE}/v25.0/{node['id']}/comments"
                )
        return found

    def _below(self, name: str, asked: JSON, inside: list[Field], url: str) -> JSON:
        only(asked)
        top = name in self.comments
        wanted = (name, None) if top else (None, name)
        nodes = [each for each in self.comments.values()
                 if (each.get("parent_id"), None if top else each["post"]) == wanted]  # fmt: skip
        if self.empty_pages and not top:
            self.empty_pages -= 1
            cut, paging = empty(asked, url, newest_first=True)
        else:
            cut, paging = page(nodes, asked, url, by="timestamp", newest_first=not top)
        return {"data": [self._comment(each, inside) for each in cut], "paging": paging}

    def _comment(self, node: JSON, inside: list[Field]) -> JSON:
        if node.get("broken"):
            return node
        found = shaped({key: node.get(key) for key in COMMENT}, inside, COMMENT)
        for each in inside:
            if each.name == "replies":
                answers = self._below(node["id"], each.asked, each.inside, f"{BASE}/v25.0/{node['id']}/replies")
                if answers["data"]:
                    found["replies"] = answers
        return found


def world() -> InstagramWorld:
    return InstagramWorld()


def shop(world: InstagramWorld, **data: str) -> InstagramConnector:
    account = world.account()
    if data:
        account = replace(account, data=json.dumps({**json.loads(account.data), **data}))
    return InstagramConnector(account, world.secret(), over(world), no_save)
