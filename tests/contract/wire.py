"""Between a connector and a platform in memory: every request and every answer is held against the description."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs

import httpx

ABSENT = "is not described"
Params = dict[str, list[str]]


class Description(Protocol):
    """Tells what of a request or of an answer is not described. Paths come without the check's `prefix`."""

    def wrong(self, method: str, path: str, params: Params, body: Any) -> list[str]: ...

    def undescribed(self, method: str, path: str, status: int, body: Any) -> list[str]: ...


class Judge(Protocol):
    """Tells what of a request is not described, by its values as well; see `prism`."""

    async def wrong(self, request: httpx.Request, path: str) -> list[str]: ...


@dataclass(frozen=True)
class Check:
    """One description. It is asked about the addresses ("host/path") that `covers` fits."""

    by: Description
    covers: str = ".*"
    prefix: str = ""  # of real paths, which the description leaves out

    def fits(self, request: httpx.Request) -> bool:
        """Whether to ask it."""
        return re.fullmatch(self.covers, request.url.host + request.url.path) is not None


@dataclass
class Contract(httpx.AsyncBaseTransport):
    """Collects what is wrong. `listed` are calls, parameters and fields that no description has: pattern and reason.

    A pattern is held against "METHOD path", "METHOD path what is wrong with it" and "METHOD path <- field".
    """

    world: Callable[[httpx.Request], httpx.Response]
    checks: tuple[Check, ...]
    listed: Mapping[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)  # patterns of `listed` that were needed
    kept: dict[str, tuple[httpx.Request, httpx.Response]] = field(default_factory=dict)  # one of each kind
    described: list[tuple[Check, httpx.Request]] = field(default_factory=list)  # all that a check knows

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer = self.world(request)
        call = f"{request.method} {request.url.path}"
        if self._is_listed(call):
            return answer
        checks = [check for check in self.checks if check.fits(request)]
        if not checks:
            self.faults.append(f"{call}: no description covers {request.url.host}")
        self.kept.setdefault(re.sub(r"/[^/]*\d[^/]*", "/*", call), (request, answer))
        for check in checks:
            told = [f"{call} {fault}" for fault in _wrong(check, request)]
            if told[:1] != [f"{call} {ABSENT}"]:
                told += [f"{call} <- {fault}" for fault in _undescribed(check, request, answer)]
                self.described.append((check, request))
            self._tell(told)
        return answer

    async def judge(self, prism: Judge, check: Check) -> None:
        """Let prism read what `check` knows. Afterwards, so that it has to read no other paths."""
        for by, request in self.described:
            if by is check:
                path = request.url.path.removeprefix(check.prefix)
                self._tell([f"{request.method} {request.url.path} {one}" for one in await prism.wrong(request, path)])

    def _tell(self, faults: list[str]) -> None:
        self.faults += [fault for fault in faults if not self._is_listed(fault)]

    def deaf(self) -> list[str]:
        """What could be spoiled in the kept requests and answers without anybody telling."""
        found = []
        for call, (request, answer) in self.kept.items():
            for check in self.checks:
                if check.fits(request):
                    found += [f"{call} {what}" for what in _deaf(check, request, answer)]
        return found

    def _is_listed(self, what: str) -> bool:
        found = [pattern for pattern in self.listed if re.fullmatch(pattern, what)]
        self.used.update(found)
        return bool(found)


def _deaf(check: Check, request: httpx.Request, answer: httpx.Response) -> Iterator[str]:
    path = request.url.path.removeprefix(check.prefix)
    params, body = parse_qs(request.url.query.decode(), keep_blank_values=True), _body(request)
    before = check.by.wrong(request.method, path, params, body)
    for name in params:
        if check.by.wrong(request.method, path, _renamed(params, name), body) == before:
            yield f"parameter {name}"
    for name in body if isinstance(body, dict) else ():
        if check.by.wrong(request.method, path, params, _renamed(body, name)) == before:
            yield f"field {name}"
    told = _json(answer)
    before = check.by.undescribed(request.method, path, answer.status_code, told)
    spoiled = list(_spoiled(told)) if answer.status_code < 400 else []
    if spoiled and all(
        check.by.undescribed(request.method, path, answer.status_code, each) == before for each in spoiled
    ):
        yield "<- anything"


def _spoiled(told: Any) -> Iterator[Any]:
    """The answer with an unknown field, at the top or anywhere below it."""
    if isinstance(told, dict):
        yield {**told, "unheard_of": 1}
        for key, value in told.items():
            yield from ({**told, key: each} for each in _spoiled(value))
    elif isinstance(told, list) and told:
        yield from ([each, *told[1:]] for each in _spoiled(told[0]))


def _renamed(given: dict[str, Any], name: str) -> dict[str, Any]:
    return {key + "_renamed" if key == name else key: value for key, value in given.items()}


def _wrong(check: Check, request: httpx.Request) -> list[str]:
    path = request.url.path.removeprefix(check.prefix)
    params = parse_qs(request.url.query.decode(), keep_blank_values=True)
    faults = check.by.wrong(request.method, path, params, _body(request))
    return [ABSENT] if f"{request.method} {path} {ABSENT}" in faults else faults  # nothing to say about the rest


def _undescribed(check: Check, request: httpx.Request, answer: httpx.Response) -> list[str]:
    body = _json(answer)
    if answer.status_code >= 400 or body is None:
        return []
    return check.by.undescribed(request.method, request.url.path.removeprefix(check.prefix), answer.status_code, body)


def _json(answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.content)
    except ValueError:
        return None


def _body(request: httpx.Request) -> Any:
    """JSON, or a form as lists of values; None for bytes and parts."""
    if not request.content:
        return None
    if "json" in request.headers.get("content-type", ""):
        return json.loads(request.content)
    if "form-urlencoded" in request.headers.get("content-type", ""):
        return parse_qs(request.content.decode(), keep_blank_values=True)
    return None
