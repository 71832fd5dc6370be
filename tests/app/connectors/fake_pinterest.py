"""Pinterest's pins in memory, with counts of comments; refuses what its description does not have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from app.connectors.pinterest import PinterestConnector
from app.domain import Account
from app.http import Http
from app.oauth import basic

BASE = "https://api.pinterest.com"
APP = ("cid-s3cret", "csec-s3cret")
JSON = dict[str, Any]


@dataclass
class FakePinterest:
    pins: list[JSON] = field(default_factory=list)  # newest first
    size: int = 250
    requests: list[httpx.Request] = field(default_factory=list)
    token: str = "access-s3cret-1"
    refresh: str = "refresh-s3cret-1"

    @staticmethod
    def fail(_: httpx.Request) -> httpx.Response | None:
        return None

    def pin(self, name: str, comments: int | None, *, title: str = "Sourdough") -> JSON:
        metrics = None if comments is None else {"lifetime_metrics": {"comment": comments, "impression": 3}}
        one = {"id": name, "title": title, "created_at": "2026-10-01T20:10:40", "pin_metrics": metrics}
        self.pins.insert(0, one)
        return one

    def account(self) -> Account:
        return Account("a", "c", "pinterest", BASE, "1", "@maplerye", "Maple & Rye")

    def secret(self) -> dict[str, str]:
        return {"token": self.token, "refresh_token": self.refresh, "client_id": APP[0], "client_secret": APP[1]}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if failed := self.fail(request):
            return failed
        path, params = request.url.path, dict(request.url.params)
        if path == "/v5/oauth/token":
            return self._tokens(request)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return httpx.Response(401, json={"code": 2, "message": "Authentication failed."})
        if path == "/v5/user_account" and not params:
            return httpx.Response(200, json={"id": "1", "username": "maplerye", "business_name": "Maple & Rye"})
        if path == "/v5/pins":
            known = {"page_size", "pin_metrics", "bookmark", "pin_filter", "include_protected_pins", "pin_type"}
            if set(params) - known or not 1 <= int(params.get("page_size", "25")) <= 250:
                return httpx.Response(400, json={"code": 1, "message": "Invalid parameters"})
            start, size = int(params.get("bookmark", "0")), min(self.size, int(params.get("page_size", "25")))
            shown = self.pins[start : start + size]
            if params.get("pin_metrics") != "true":
                shown = [{**pin, "pin_metrics": None} for pin in shown]
            following = str(start + size) if start + size < len(self.pins) else None
            return httpx.Response(200, json={"items": shown, "bookmark": following})
        found = [pin for pin in self.pins if path == f"/v5/pins/{pin['id']}"]
        if found:
            return httpx.Response(200, json=found[0])
        return httpx.Response(404, json={"code": 50, "message": "Pin not found."})

    def _tokens(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        if request.headers.get("authorization") != basic(*APP):
            return httpx.Response(401, json={"code": 2, "message": "Authentication failed."})
        if form.get("code", "good") != "good" or form.get("refresh_token", self.refresh) != self.refresh:
            return httpx.Response(400, json={"code": 1, "message": "Invalid request."})
        if form["grant_type"] == "refresh_token":
            self.token += "n"
        more = {"refresh_token": self.refresh, "refresh_token_expires_in": 5_184_000}
        return httpx.Response(200, json={"access_token": self.token, "token_type": "bearer", "expires_in": 2_592_000,
                                         "scope": "pins:read", **more})  # fmt: skip


def connector(server: Any, saved: list[dict[str, str]] | None = None) -> PinterestConnector:
    async def save(fresh: dict[str, str]) -> None:
        assert saved is not None
        saved.append(fresh)

    http = Http(transport=httpx.MockTransport(server))
    return PinterestConnector(server.account(), server.secret(), http, save)
