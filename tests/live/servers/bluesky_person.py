"""Somebody on the Bluesky test network: writes, edits, deletes and looks."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from .processes import wait_until
from .wire import Answer, call

JSON = dict[str, Any]
POST = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class Post:
    """A record of ours or of somebody else."""

    uri: str
    cid: str

    @property
    def rkey(self) -> str:
        return self.uri.rsplit("/", 1)[1]

    @property
    def ref(self) -> dict[str, str]:
        """As other records refer to it."""
        return {"uri": self.uri, "cid": self.cid}


_last_tid = 0
_tid_lock = threading.Lock()


def new_tid() -> str:
    """Return a new record key: 13 characters that sort by time."""
    global _last_tid
    with _tid_lock:
        _last_tid = max(_last_tid + 1, time.time_ns() // 1000)
        number = _last_tid << 10 | secrets.randbelow(1024)
    digits = "234567abcdefghijklmnopqrstuvwxyz"
    return "".join(digits[number >> shift & 31] for shift in range(60, -1, -5))


def now() -> str:
    """Return the time as records hold it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class BlueskyPerson:
    """One account; signs in once, when first needed, and refreshes its session by itself."""

    def __init__(
        self,
        pds: str,
        *,
        handle: str,
        did: str,
        password: str,
        app_password: str = "",
        dm_app_password: str = "",
    ) -> None:
        self.pds = pds
        self.handle = handle
        self.did = did
        self.password = password
        self.app_password = app_password
        self.dm_app_password = dm_app_password  # may also read direct messages
        self._session: JSON | None = None

    # --- requests ------------------------------------------------------------------------------

    def sign_in(self, password: str | None = None) -> JSON:
        """Return a new session (`accessJwt`, `refreshJwt`, …) apart from the person's own."""
        body = {"identifier": self.handle, "password": password or self.password}
        session: JSON = call("POST", f"{self.pds}/xrpc/com.atproto.server.createSession", json=body).ok()
        return session

    def get(self, nsid: str, params: Mapping[str, str] | None = None, *, token: str | None = None) -> Answer:
        """Call a query, with the person's own session unless `token` is given."""
        return self._call("GET", nsid, params=params, token=token)

    def do(self, nsid: str, body: JSON | None = None, *, token: str | None = None) -> Answer:
        """Call a procedure, likewise."""
        return self._call("POST", nsid, json=body, token=token)

    def _call(self, method: str, nsid: str, *, token: str | None, **more: Any) -> Answer:
        url = f"{self.pds}/xrpc/{nsid}"
        if token is not None:
            return call(method, url, token=token, **more)
        if self._session is None:
            self._session = self.sign_in()
        answer = call(method, url, token=self._session["accessJwt"], **more)
        if answer.status == 400 and b'"ExpiredToken"' in answer.body:
            refresh = f"{self.pds}/xrpc/com.atproto.server.refreshSession"
            renewed = call("POST", refresh, token=self._session["refreshJwt"])
            self._session = renewed.json() if renewed.status == 200 else self.sign_in()
            answer = call(method, url, token=self._session["accessJwt"], **more)
        return answer

    def new_app_password(self, name: str, *, privileged: bool = False) -> str:
        """Create an app password; `privileged` ones may read direct messages."""
        body = {"name": name, "privileged": privileged}
        made: str = self.do("com.atproto.server.createAppPassword", body).ok()["password"]
        return made

    def revoke_app_password(self, name: str = "test") -> None:
        """Revoke an app password and the sessions made with it ("test" is `app_password`)."""
        self.do("com.atproto.server.revokeAppPassword", {"name": name}).ok()

    # --- writing -------------------------------------------------------------------------------

    def put_record(self, collection: str, rkey: str, record: JSON, **more: Any) -> Answer:
        """Write a record under a chosen key; `more` such as swapRecord=None."""
        body = {"repo": self.did, "collection": collection, "rkey": rkey, "record": record, **more}
        return self.do("com.atproto.repo.putRecord", body)

    def post(
        self,
        text: str,
        *,
        reply_to: Post | str | None = None,
        mention: BlueskyPerson | str | None = None,
        quote_of: Post | str | None = None,
        langs: list[str] | None = None,
    ) -> Post:
        """Publish a post.

        `reply_to` and `quote_of` are posts or their at:// addresses. `mention`
        is a person or a DID; "@handle" is put before the text if it lacks it.
        """
        record: JSON = {"$type": POST, "text": text, "createdAt": now(), "langs": langs or ["en"]}
        if mention is not None:
            did = mention if isinstance(mention, str) else mention.did
            name = self._handle_of(did) if isinstance(mention, str) else mention.handle
            at = f"@{name}"
            if at not in text:
                record["text"] = text = f"{at} {text}"
            start = len(text[: text.index(at)].encode())
            place = {"byteStart": start, "byteEnd": start + len(at.encode())}
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
            record["facets"] = [{"index": place, "features": [feature]}]
        if reply_to is not None:
            parent, value = self.record(reply_to)
            root = value.get("reply", {}).get("root", parent.ref)
            record["reply"] = {"root": root, "parent": parent.ref}
        if quote_of is not None:
            record["embed"] = {"$type": "app.bsky.embed.record", "record": self.record(quote_of)[0].ref}
        made = self.put_record(POST, new_tid(), record).ok()
        return Post(made["uri"], made["cid"])

    def edit(self, post: Post, text: str) -> Post:
        """Replace the text of one's own post (facets go); it keeps its address and gets a new cid."""
        _, record = self.record(post)
        record.pop("facets", None)
        made = self.put_record(POST, post.rkey, {**record, "text": text}).ok()
        return Post(made["uri"], made["cid"])

    def delete(self, post: Post) -> None:
        """Delete one's own post."""
        body = {"repo": self.did, "collection": POST, "rkey": post.rkey}
        self.do("com.atproto.repo.deleteRecord", body).ok()

    # --- looking -------------------------------------------------------------------------------

    def record(self, post: Post | str) -> tuple[Post, JSON]:
        """Return a record as its owner's PDS has it now, whoever owns it."""
        uri = post if isinstance(post, str) else post.uri
        did, collection, rkey = uri.removeprefix("at://").split("/")
        params = {"repo": did, "collection": collection, "rkey": rkey}
        found = call("GET", f"{self.pds}/xrpc/com.atproto.repo.getRecord", params=params).ok()
        return Post(found["uri"], found["cid"]), found["value"]

    def records(self, collection: str = POST) -> list[JSON]:
        """Return the newest 100 of the person's own records: {uri, cid, value}; works in mode "pds"."""
        params = {"repo": self.did, "collection": collection, "limit": "100"}
        found: list[JSON] = call("GET", f"{self.pds}/xrpc/com.atproto.repo.listRecords", params=params).ok()["records"]
        return found

    def _handle_of(self, did: str) -> str:
        params = {"repo": did}
        found: str = call("GET", f"{self.pds}/xrpc/com.atproto.repo.describeRepo", params=params).ok()["handle"]
        return found

    def notifications(self, limit: int = 50) -> list[JSON]:
        """Return the newest notifications."""
        params = {"limit": str(limit)}
        found: list[JSON] = self.get("app.bsky.notification.listNotifications", params).ok()["notifications"]
        return found

    def thread(self, post: Post | str) -> JSON:
        """Return the thread view of a post."""
        params = {"uri": post if isinstance(post, str) else post.uri, "depth": "10"}
        thread: JSON = self.get("app.bsky.feed.getPostThread", params).ok()["thread"]
        return thread

    def replies(self, post: Post | str, *, by: BlueskyPerson | None = None) -> list[JSON]:
        """Return the posts right below `post` as the AppView shows them."""
        below = [node["post"] for node in self.thread(post).get("replies", []) if "post" in node]
        return [seen for seen in below if by is None or seen["author"]["did"] == by.did]

    def indexed(self, post: Post | str) -> JSON | None:
        """Return the AppView's view of a post, or None while (or when) it has none."""
        uri = post if isinstance(post, str) else post.uri
        answer = self.get("app.bsky.feed.getPosts?uris=" + quote(uri, safe=""))
        return next(iter(answer.ok()["posts"]), None)

    def wait_indexed(self, post: Post, *, timeout: float = 20) -> JSON:
        """Wait until the AppView shows this version of a post; do so before others answer it."""

        def there() -> JSON | None:
            seen = self.indexed(post)
            return seen if seen and seen["cid"] == post.cid else None

        return wait_until(there, f"{post.uri} in the AppView", timeout=timeout)

    def wait_gone(self, post: Post, *, timeout: float = 20) -> None:
        """Wait until the AppView no longer shows a post."""
        wait_until(lambda: self.indexed(post) is None, f"{post.uri} to go", timeout=timeout)

    def wait_notification(
        self,
        about: Post | str | None = None,
        *,
        reason: str | None = None,
        where: Callable[[JSON], bool] = lambda _: True,
        timeout: float = 20,
    ) -> JSON:
        """Wait for a notification whose record is `about`, for `reason` ("reply", "mention", …)."""
        uri = about.uri if isinstance(about, Post) else about

        def there() -> JSON | None:
            for seen in self.notifications():
                if (uri is None or seen["uri"] == uri) and reason in (None, seen["reason"]) and where(seen):
                    return seen
            return None

        return wait_until(there, f"a notification for {self.handle} ({reason}, {uri})", timeout=timeout)
