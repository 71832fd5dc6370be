"""One way to send a request. (Contract; the body follows.)"""
from __future__ import annotations
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from app.errors import ServiceError

@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]  # keys in lower case
    content: bytes
    url: str

ErrorMap = Callable[[Response], ServiceError | None]

class Http:
    async def send(
        self, method: str, url: str, *, account: str = "", platform: str = "", params: Any = None, json: Any = None,
        data: Mapping[str, str] | None = None, content: bytes | None = None, headers: Mapping[str, str] | None = None,
        errors: ErrorMap | None = None, writes: bool = False, home: str = "", max_bytes: int = 10_000_000, timeout: float = 20.0,
    ) -> Response:
        raise ServiceError("not yet")
    async def close(self) -> None: ...
