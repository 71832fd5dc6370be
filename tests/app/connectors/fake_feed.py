"""A feed in memory: strict about what it is asked, with ETag and Last-Modified, and pages where a test wants them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

import httpx

from app.connectors.feed import FeedConnector
from app.domain import Account
from app.http import Http

BASE = "https://news.example"
PATH = "/feed"
KEY = "s3cret"


@dataclass
class Item:
    name: str
    text: str
    at: datetime | None


@dataclass
class FakeFeed:
    """`items` are oldest first; `size` is what one page shows."""

    size: int = 1000
    paged: bool = False
    conditional: bool = True
    items: list[Item] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    dead: bool = False
    renewable: bool = False
    connector = FeedConnector
    n: int = 0

    @staticmethod
    def fail(_: httpx.Request) -> httpx.Response | None:
        return None

    def account(self) -> Account:
        return Account("a", "c", "feed", BASE, "f1", "news.example", "Town news")

    def secret(self) -> dict[str, str]:
        return {"url": f"{BASE}{PATH}?key={KEY}"}

    def write(self, text: str, *, at: datetime | None) -> str:
        self.n += 1
        self.items.append(Item(f"urn:news:{self.n}", text, at))
        return self.items[-1].name

    def change(self, remote_id: str, text: str) -> bool:
        next(item for item in self.items if item.name == remote_id).text = text
        return True

    def remove(self, remote_id: str) -> bool:
        self.items = [item for item in self.items if item.name != remote_id]
        return False

    def answer(self, remote_id: str, text: str, *, at: datetime) -> bool:
        return False

    def ours(self) -> list[str]:
        return []

    def end_token(self) -> None:
        self.dead = True

    def is_send(self, request: httpx.Request) -> bool:
        return False

    def limited(self) -> httpx.Response:
        return httpx.Response(429, headers={"retry-after": "10"}, text="slow down")

    def rss(self, page: int = 1) -> str:
        newest = list(reversed(self.items))
        shown = newest[(page - 1) * self.size : page * self.size]
        more = f'<atom:link rel="next" href="{PATH}?key={KEY}&amp;paged={page + 1}"/>' if (
            self.paged and page * self.size < len(newest)
        ) else ""  # fmt: skip
        entries = "".join(
            f"<item><guid isPermaLink='false'>{item.name}</guid><title>{escape(item.text)}</title>"
            f"<link>{BASE}/{item.name.rpartition(':')[2]}</link>"
            + (f"<pubDate>{format_datetime(item.at)}</pubDate>" if item.at else "")
            + "</item>"
            for item in shown
        )
        head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">'
        return f"{head}<channel><title>Town news</title>{more}{entries}</channel></rss>"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        params = dict(request.url.params)
        if request.method != "GET" or request.content or set(params) - {"key", "paged"}:
            return httpx.Response(400, text="what is that?")
        if request.url.path != PATH:
            return httpx.Response(404, text="<html>not here</html>")
        if self.dead or params.get("key") != KEY:
            return httpx.Response(401, text="no")
        body = self.rss(int(params.get("paged", "1")))
        tag = f'"{hash(body)}"'
        if self.conditional and request.headers.get("if-none-match") == tag:
            return httpx.Response(304)
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        headers = {"content-type": "application/rss+xml", "date": now} | ({"etag": tag} if self.conditional else {})
        return httpx.Response(200, content=body.encode(), headers=headers)


def world() -> FakeFeed:
    return FakeFeed()


def connector(feed: object, saved: list[dict[str, str]] | None = None, **secret: str) -> FeedConnector:
    async def save(fresh: dict[str, str]) -> None:
        assert saved is not None
        saved.append(fresh)

    http = Http(transport=httpx.MockTransport(feed))  # type: ignore[arg-type]
    plain = FakeFeed()
    return FeedConnector(plain.account(), secret or plain.secret(), http, save)
