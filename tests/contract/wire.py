"""Between a connector and a platform in memory: every request and every answer is held against the description."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs

import httpx

from tests.app.connectors.kit import World
from tests.contract.prism import Prism


class Answers(Protocol):
    """Tells what of an answer is not described."""

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]: ...


class Requests(Protocol):
    """Tells what of a request is not described."""

    def wrong(self, method: str, path: str, params: dict[str, list[str]], body: Any) -> list[str]: ...


@dataclass
class Contract(httpx.AsyncBaseTransport):
    """Collects what is wrong. `listed` are calls and fields that no description has, each with its reason."""

    world: World
    answers: Answers | None = None
    requests: Requests | None = None
    prism: Prism | None = None
    prefix: str = ""  # of real paths, which the description leaves out
    listed: Mapping[str, str] = field(default_factory=dict)  # pattern of "METHOD path" or "METHOD path field": why
    faults: list[str] = field(default_factory=list)
    seen: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer = self.world(request)
        call = f"{request.method} {request.url.path}"
        if not self._is_listed(call):
            self.seen += 1
            self.faults += [
                f"request {call}: {fault}"
                for fault in await self._wrong(request)
                if not self._is_listed(f"{call} {fault}")
            ]
            self.faults += [
                f"answer {call}: {fault}" for fault in self._undescribed(request, answer)
                if not self._is_listed(f"{call} {fault}")
            ]  # fmt: skip
        return answer

    async def _wrong(self, request: httpx.Request) -> list[str]:
        path = request.url.path.removeprefix(self.prefix)
        if self.prism is not None:
            return await self.prism.wrong(request, path)
        if self.requests is None:
            return []
        params = parse_qs(request.url.query.decode(), keep_blank_values=True)
        return self.requests.wrong(request.method, path, params, _body(request))

    def _undescribed(self, request: httpx.Request, answer: httpx.Response) -> list[str]:
        if self.answers is None or answer.status_code >= 400 or not answer.content:
            return []
        try:
            body = json.loads(answer.content)
        except ValueError:
            return []
        path = request.url.path.removeprefix(self.prefix)
        return self.answers.undescribed(request.method, path, answer.status_code, body)

    def _is_listed(self, what: str) -> bool:
        return any(re.fullmatch(pattern, what) for pattern in self.listed)


def _body(request: httpx.Request) -> Any:
    """JSON, or a form as lists of values."""
    if not request.content:
        return None
    if "json" in request.headers.get("content-type", ""):
        return json.loads(request.content)
    if "form-urlencoded" in request.headers.get("content-type", ""):
        return parse_qs(request.content.decode(), keep_blank_values=True)
    return None
