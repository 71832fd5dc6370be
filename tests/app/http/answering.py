"""A server that answers as a test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.errors import (
    ServiceError,
)
from app.http import Http

Handler = Callable[[httpx.Request], Any]
SITE = "https://m.example"
START = 1_741_950_000.0  # 2025-03-14 11:00 UTC


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


def answering(handler: Handler | httpx.Response | Exception, **options: Any) -> Http:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(handler, Exception):
            raise handler
        found = handler(request) if callable(handler) else handler
        assert isinstance(found, httpx.Response)
        return found

    return Http(transport=httpx.MockTransport(handle), **options)


def status(code: int, **options: Any) -> Handler:
    return lambda _: httpx.Response(code, **options)


async def fails(http: Http, kind: type[ServiceError], method: str = "GET", url: str = SITE, **options: Any) -> Any:
    options.setdefault("platform", "mastodon")
    with pytest.raises(ServiceError) as caught:
        await http.send(method, url, **options)
    assert type(caught.value) is kind, repr(caught.value)
    assert str(caught.value).endswith(".")
    return caught.value
