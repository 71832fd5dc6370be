"""Reddit in memory: inbox, own comments, private messages, threads, modmail, search. Strict about parameters."""

from __future__ import annotations

import html
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import httpx

from app.connectors.base import Connector
from app.connectors.reddit import RedditConnector
from app.domain import Account
from tests.app.connectors.kit import Trouble, World

JSON = dict[str, Any]
ME = "maplerye"
LISTS = ("/message/inbox", "/message/sent", f"/user/{ME}/comments", "/search", "/subreddits/mine/moderator")
LIST = {"limit", "after", "before", "count", "raw_json"}
FORMS = {  # www.reddit.com/dev/api
    "/api/comment": {"api_type", "thing_id", "text"},
    "/api/vote": {"id", "dir"},
    "/api/read_message": {"id"},
    "/api/mod/conversations/read": {"conversationIds"},
}


def name36(number: int) -> str:
    digits = ""
    while number:
        number, left = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[left] + digits
    return digits or "0"


def errors(*each: list[str], **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"json": {"errors": list(each), **more}})


class RedditWorld:
    """maplerye, and bob who writes to it in r/baking."""

    connector: ClassVar[type[Connector]] = RedditConnector
    renewable: ClassVar[bool] = True

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.fail: Trouble = lambda _: None
        self.token, self.renewals = "s3cret-access-0", 0
        self.things: dict[str, JSON] = {}  # by fullname, oldest first
        self.inbox: list[str] = []
        self.votes: dict[str, str] = {}
        self.read: list[str] = []
        self.mail: dict[str, JSON] = {}
        self.moderates = False
        self.left = 900.0
        self.empty_pages = 0
        self.n = 50_000
        self.post("Who bakes rye?", author="ann", at=datetime(2026, 1, 1, tzinfo=UTC))

    # --- as the kit sees it ----------------------------------------------------------------------

    def account(self) -> Account:
        data = '{"moderates":true}' if self.moderates else "{}"
        return Account("a", "c1", "reddit", "https://oauth.reddit.com", "t2_me", f"u/{ME}", ME, data=data)

    def secret(self) -> dict[str, str]:
        return {"token": "s3cret-access-0", "refresh_token": "s3cret-refresh", "client_id": "app",
                "client_secret": "s3cret-app"}  # fmt: skip

    def _add(self, kind: str, data: JSON) -> JSON:
        self.n += 1
        id_ = name36(self.n)
        at = int(data.pop("at").timestamp())
        thing = {"kind": kind, "data": {"id": id_, "name": f"{kind}_{id_}", "created_utc": float(at), **data}}
        self.things[thing["data"]["name"]] = thing
        return thing["data"]  # type: ignore[no-any-return]

    def post(self, title: str, *, author: str, at: datetime, body: str = "") -> JSON:
        data = self._add("t3", {"at": at, "author": author, "title": title, "subreddit": "baking", "edited": False,
                                "selftext": body, "selftext_html": self.marked(body) if body else None})  # fmt: skip
        data["permalink"] = f"/r/baking/comments/{data['id']}/a_post/"
        return data

    @staticmethod
    def marked(text: str) -> str:
        """As Reddit's Markdown does, for what the tests write."""
        plain = html.escape(text, quote=False).replace("  \n", "<br/>\n").replace("\\#", "#").replace("\\&gt;", "&gt;")
        return f'<!-- SC_OFF --><div class="md"><p>{plain}</p>\n</div><!-- SC_ON -->'

    def comment(self, text: str, *, at: datetime, author: str = "bob", parent: str = "", kind: str = "") -> JSON:
        link = self.link(parent)
        data = self._add("t1", {
            "at": at, "author": author, "author_fullname": f"t2_{author}", "body": text, "body_html": self.marked(text),
            "parent_id": parent or link, "link_id": link, "subreddit": "baking", "edited": False,
        })  # fmt: skip
        data["permalink"] = f"/r/baking/comments/{link.removeprefix('t3_')}/a_post/{data['id']}/"
        if kind:
            self.inbox.append(data["name"])
            data["type"] = kind
        return data

    def link(self, parent: str) -> str:
        known = self.things.get(parent)
        if known is None:
            return next(name for name in self.things if name.startswith("t3_"))
        return known["data"].get("link_id") or known["data"]["name"]

    def message(self, text: str, *, at: datetime, author: str = "bob", parent: str = "") -> JSON:
        first = self.things[parent]["data"].get("first_message_name") or parent if parent else None
        data = self._add("t4", {
            "at": at, "author": author, "dest": ME, "subject": "An order", "body": text, "body_html": self.marked(text),
            "parent_id": parent or None, "first_message_name": first, "subreddit": None, "context": "",
        })  # fmt: skip
        if author != ME:
            self.inbox.append(data["name"])
        return data

    def write(self, text: str, *, at: datetime) -> str:
        return str(self.comment(text, at=at, kind="comment_reply")["name"])

    def change(self, remote_id: str, text: str) -> bool:
        data = self.things[remote_id]["data"]
        data |= {"body": text, "body_html": self.marked(text), "edited": datetime.now(UTC).timestamp() // 1}
        return True

    def remove(self, remote_id: str) -> bool:
        """The thing stays, without its words; it leaves the inbox."""
        data = self.things[remote_id]["data"]
        data |= {"author": "[deleted]", "body": "[deleted]", "body_html": self.marked("[deleted]")}
        self.inbox.remove(remote_id)
        return True

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        self.comment(text, at=at, author=ME, parent=remote_id)
        return True

    def ours(self) -> list[str]:
        mine = [each["data"] for each in self.things.values() if each["data"].get("author") == ME]
        return [one["body"].replace("  \n", "\n").replace("\\#", "#").replace("\\>", ">") for one in mine]

    def end_token(self) -> None:
        self.renewals += 1
        self.token = f"s3cret-access-{self.renewals}"

    def is_send(self, request: httpx.Request) -> bool:
        return request.url.path == "/api/comment"

    def limited(self) -> httpx.Response:
        return httpx.Response(429, json={"message": "Too Many Requests", "error": 429},
                              headers={"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "10"})  # fmt: skip

    # --- answers -----------------------------------------------------------------------------------

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        path, method = request.url.path, request.method
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True)) if method == "POST" else {}
        if path in ("/api/v1/access_token", "/api/v1/revoke_token"):
            return self._tokens(request, form)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return httpx.Response(401, json={"message": "Unauthorized", "error": 401})
        self.left -= 1
        found = self._form(path, form) if method == "POST" else self._get(path, dict(request.url.params))
        found.headers["x-ratelimit-remaining"], found.headers["x-ratelimit-reset"] = str(self.left), "369"
        found.headers["x-ratelimit-used"] = "7"
        return found

    def _tokens(self, request: httpx.Request, form: JSON) -> httpx.Response:
        if request.headers.get("authorization") != f"Basic {b64encode(b'app:s3cret-app').decode()}":
            return httpx.Response(401, json={"message": "Unauthorized", "error": 401})
        if request.url.path.endswith("revoke_token"):
            return httpx.Response(204)
        good = form.get("code") == "good" and form.get("redirect_uri", "").startswith("http://localhost:47623/")
        if form["grant_type"] == "authorization_code" and not good:
            return httpx.Response(200, json={"error": "invalid_grant"})
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != "s3cret-refresh":
            return httpx.Response(400, json={"message": "Bad Request", "error": 400})
        scope = "identity read history privatemessages submit vote modmail mysubreddits"
        return httpx.Response(200, json={"access_token": self.token, "token_type": "bearer", "expires_in": 86400,
                                         "refresh_token": "s3cret-refresh", "scope": scope})  # fmt: skip

    def _get(self, path: str, params: dict[str, str]) -> httpx.Response:
        assert params.pop("raw_json") == "1"
        if path == "/api/v1/me":
            return httpx.Response(
                200, json={"id": "me", "name": ME, "icon_img": "https://styles.redditmedia.com/a.png"}
            )
        if path in LISTS:
            if wrong := set(params) - LIST - ({"q", "sort", "type", "t"} if path == "/search" else set()):
                return httpx.Response(400, json={"message": f"Bad Request {wrong}", "error": 400})
            return self._list(path, params)
        if path == "/api/info":
            names = params["id"].split(",")
            assert len(names) <= 100
            return listing([self.things[name] for name in names if name in self.things])
        if path.startswith("/comments/"):
            return self._thread(path.rpartition("/")[2], params)
        if path.startswith("/message/messages/"):
            first = f"t4_{path.rpartition('/')[2]}"
            if first not in self.things:
                return httpx.Response(404, json={"message": "Not Found", "error": 404})
            below = [each for each in self.things.values() if each["data"].get("first_message_name") == first]
            return listing([nest(self.things[first], below)])
        if path == "/api/mod/conversations":
            heads = sorted(self.mail.values(), key=lambda one: one["conversation"]["lastUpdated"], reverse=True)
            ids = [one["conversation"]["id"] for one in heads]
            start = ids.index(params["after"]) + 1 if "after" in params else 0
            some = ids[start : start + int(params["limit"])]
            return httpx.Response(200, json={
                "conversations": {id_: self.mail[id_]["conversation"] for id_ in some}, "conversationIds": some,
                "messages": {}, "viewerId": "t2_me",
            })  # fmt: skip
        if (mail := self.mail.get(path.rpartition("/")[2])) and path.startswith("/api/mod/conversations/"):
            assert params == {"markRead": "false"}
            return httpx.Response(200, json=mail)
        return httpx.Response(404, json={"message": "Not Found", "error": 404})

    def _list(self, path: str, params: dict[str, str]) -> httpx.Response:
        names = list(self.things)
        if path == "/message/inbox":
            names = [name for name in names if name in self.inbox]
        elif path == "/search":
            words = [each.strip('"() ').lower() for each in params["q"].partition(" AND ")[0].split(" OR ")]
            titles = {name: str(self.things[name]["data"].get("title", "")).lower() for name in names}
            names = [name for name in names if any(word and word in titles[name] for word in words)]
        elif path == "/subreddits/mine/moderator":
            names = names[:1] if self.moderates else []
        else:
            kind = "t4" if path == "/message/sent" else "t1"
            mine = {name for name, each in self.things.items() if each["data"].get("author") == ME}
            names = [name for name in names if name in mine and name.startswith(kind)]
        every = list(self.things)
        names.sort(key=lambda name: (self.things[name]["data"]["created_utc"], every.index(name)), reverse=True)
        names = names[:1000]
        start = 0
        if self.empty_pages > 0:
            self.empty_pages -= 1
            return listing([], after=params.get("after", "t0_top"))
        if (after := params.get("after", "t0_top")) != "t0_top":
            if after not in names:
                return listing([])
            start = names.index(after) + 1
        page = names[start : start + int(params.get("limit", "25"))]
        more = page[-1] if page and page[-1] != names[-1] else None
        return listing([self.things[name] for name in page], after=more)

    def _thread(self, link: str, params: dict[str, str]) -> httpx.Response:
        if set(params) - {"comment", "context", "limit", "depth", "sort"} or f"t3_{link}" not in self.things:
            return httpx.Response(404, json={"message": "Not Found", "error": 404})
        comments = [each for each in self.things.values() if each["data"].get("link_id") == f"t3_{link}"]
        top = f"t3_{link}"
        if asked := self.things.get(f"t1_{params.get('comment')}"):
            top = asked["data"]["parent_id"]
            while top.startswith("t1_"):
                top = self.things[top]["data"]["parent_id"]
        first = [nest(each, comments) for each in comments if each["data"]["parent_id"] == top]
        return httpx.Response(200, json=[
            {"kind": "Listing", "data": {"children": [self.things[f"t3_{link}"]], "after": None}},
            {"kind": "Listing", "data": {"children": [*first, {"kind": "more", "data": {"id": "_"}}], "after": None}},
        ])  # fmt: skip

    def _form(self, path: str, form: JSON) -> httpx.Response:
        head, _, last = path.rpartition("/")
        if head == "/api/mod/conversations" and last in self.mail:
            assert set(form) == {"body", "isAuthorHidden", "isInternal"}
            self.mail_message(last, ME, form["body"], mod=True)
            return httpx.Response(201, json=self.mail[last])
        if path not in FORMS or set(form) - FORMS[path]:
            return httpx.Response(400, json={"message": "Bad Request", "error": 400})
        if path == "/api/vote":
            assert form["dir"] in ("1", "0", "-1")
            self.votes[form["id"]] = form["dir"]
            return httpx.Response(200, json={})
        if path in ("/api/read_message", "/api/mod/conversations/read"):
            self.read += form.values()
            return httpx.Response(200, json={})
        assert form["api_type"] == "json"
        parent = self.things.get(form["thing_id"])
        if not form["text"].strip():
            return errors(["NO_TEXT", "we need something here", "text"])
        if parent is None or parent["data"].get("author") == "[deleted]":
            return errors(["DELETED_COMMENT", "that comment has been deleted", "parent"])
        made = self.message if parent["kind"] == "t4" else self.comment
        data = made(form["text"], at=datetime.now(UTC), author=ME, parent=form["thing_id"])
        return httpx.Response(200, json={"json": {"errors": [], "data": {"things": [self.things[data["name"]]]}}})

    def mail_message(self, id_: str, author: str, text: str, *, mod: bool = False, internal: bool = False) -> None:
        self.n += 1
        now = datetime.now(UTC).isoformat()
        head = {"id": id_, "subject": "About a ban", "isInternal": False, "owner": {"displayName": "baking"}}
        whole = self.mail.setdefault(id_, {"conversation": head, "messages": {}})
        whole["conversation"]["lastUpdated"] = now
        whole["messages"][name36(self.n)] = {
            "id": name36(self.n), "date": now, "body": self.marked(text), "bodyMarkdown": text, "isInternal": internal,
            "author": {"name": author, "isMod": mod},
        }  # fmt: skip


def nest(thing: JSON, below: list[JSON]) -> JSON:
    """A thing with its replies inside, as threads come."""
    name = thing["data"]["name"]
    replies = [nest(each, below) for each in below if each["data"].get("parent_id") == name]
    inside = {"kind": "Listing", "data": {"children": replies, "after": None}} if replies else ""
    return {"kind": thing["kind"], "data": {**thing["data"], "replies": inside}}


def listing(things: list[JSON], *, after: str | None = None) -> httpx.Response:
    return httpx.Response(200, json={"kind": "Listing", "data": {"children": things, "after": after, "before": None}})


def world() -> World:
    return RedditWorld()
