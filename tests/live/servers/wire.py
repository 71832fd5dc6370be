"""Plain HTTP for the test's own side: no redirects, no proxies, no exception for a status."""

from __future__ import annotations

import http.client
import json as json_
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; `headers` ignore case."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the decoded body, or fail showing what it was instead."""
        try:
            return json_.loads(self.body)
        except ValueError:
            raise AssertionError(f"{self.status}, and not JSON: {self.text[:300]!r}") from None

    def ok(self) -> Any:
        """Return the decoded body of a 2xx answer (None when empty), or fail showing the answer."""
        assert 200 <= self.status < 300, f"status {self.status}: {self.text[:500]}"
        return self.json() if self.body else None


def call(
    method: str,
    url: str,
    *,
    token: str | None = None,
    params: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    json: Any = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> Answer:
    """Send one request over a connection of its own."""
    parts = urlsplit(url)
    assert parts.hostname
    target = parts.path or "/"
    query = "&".join(filter(None, [parts.query, urlencode(params or {})]))
    if query:
        target += f"?{query}"
    sent: dict[str, str] = {"Connection": "close"}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    if form is not None:
        body = urlencode(form).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    elif json is not None:
        body = json_.dumps(json).encode()
        sent["Content-Type"] = "application/json"
    sent.update(headers or {})
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request(method, target, body=body, headers=sent)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def answers(url: str) -> bool:
    """Tell whether `url` gives a 200 within a second."""
    try:
        return call("GET", url, timeout=1).status == 200
    except (OSError, http.client.HTTPException):
        return False
