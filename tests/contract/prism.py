"""A validating mock per platform: prism reads the description and says what is wrong with a request."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.contract.specs import JSON
from tests.live.servers.install import require

START = 60  # seconds
VERBS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def judging(spec: JSON, only: Collection[str]) -> JSON:
    """The description of these paths, without its answers and what only they need.

    Then prism answers 200 or its own complaint. With them it would send the description's examples, tell of these
    examples' mistakes as well, and read for 4 to 14 seconds before it listens.
    """
    paths: JSON = {}
    for path in only:
        item = spec["paths"][path]
        paths[path] = {
            key: {**value, "responses": {"200": {"description": "Taken."}}} if key in VERBS else value
            for key, value in item.items()
        }
    slim: JSON = {**spec, "paths": paths, "servers": [{"url": "/"}]}
    for path in slim["paths"].values():
        for key in VERBS & path.keys():
            path[key].pop("servers", None)
            path[key].pop("callbacks", None)
    needed: dict[str, set[str]] = {"securitySchemes": set(spec.get("components", {}).get("securitySchemes", ()))}
    waiting: list[Any] = [paths]
    while waiting:
        for reference in _references(waiting.pop()):
            kind, _, name = reference.removeprefix("#/components/").partition("/")
            name = name.replace("~1", "/").replace("~0", "~")
            if name not in needed.setdefault(kind, set()):
                needed[kind].add(name)
                waiting.append(spec["components"][kind][name])
    slim["components"] = {
        kind: {name: spec["components"][kind][name] for name in sorted(names)}
        for kind, names in needed.items()
        if names
    }
    return slim


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _references(each)


class Prism:
    """`prism mock` on a loopback port. It has no state: its answers are not used, only its judgement."""

    def __init__(self, spec: JSON, only: Collection[str], folder: Path) -> None:
        self._file = folder / "openapi.json"
        self._file.write_text(json.dumps(judging(spec, only)), encoding="utf-8")
        self._log = folder / "prism.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Prism:
        home = require("prism")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = ["node", str(home / "node_modules/@stoplight/prism-cli/dist/index.js"), "mock", "-h", "127.0.0.1",
                   "-p", str(self.port), str(self._file)]  # fmt: skip
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, "NO_COLOR": "1"}
            )
        end = time.monotonic() + START
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                time.sleep(0.1)
            else:
                return self
        self.__exit__()
        raise RuntimeError(f"prism did not start:\n{self._log.read_text(errors='replace')[-2000:]}")

    def __exit__(self, *_exc: object) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def judge(self) -> Judge:
        """Connections to it, for one event loop."""
        return Judge(f"http://127.0.0.1:{self.port}")


class Judge:
    """Asks prism what it thinks of requests. `close` it."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._client = httpx.AsyncClient(timeout=20, trust_env=False)  # its validators are built at the first call

    async def wrong(self, request: httpx.Request, path: str) -> list[str]:
        """What of `request` is not as described; `path` is its path as the description writes it."""
        query = request.url.query.decode()
        url = f"{self._base}{path}" + (f"?{query}" if query else "")
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in ("host", "content-length")
        }
        answer = await self._client.request(request.method, url, headers=headers, content=request.content)
        return complaints(answer)

    async def close(self) -> None:
        """Drop the connections."""
        await self._client.aclose()


def complaints(answer: httpx.Response) -> list[str]:
    """What prism says in its header or, where it refused the request, in the body of its own."""
    faults = []
    told, decoder = answer.headers.get("sl-violations", ""), json.JSONDecoder()
    at = told.find("[") + 1
    while at and at < len(told):  # cut at 8 kB, so one by one
        try:
            violation, at = decoder.raw_decode(told, at)
        except ValueError:
            break
        at += 1
        if violation.get("location", [])[:1] == ["request"]:  # the others are of its own examples
            faults.append(_words(violation["location"][1:], violation))
    try:
        body: Any = answer.json()
    except ValueError:
        body = None
    if answer.status_code >= 400 and isinstance(body, dict) and "stoplight.io" in str(body.get("type")):
        found = [_words(one.get("location", []), one) for one in body.get("validation", ())]
        faults += found or [f"{answer.status_code}: {body.get('title')}"]
    elif answer.status_code >= 400 and not faults:
        faults.append(f"{answer.status_code}: {answer.text[:200]}")
    return list(dict.fromkeys(faults))


def _words(place: list[Any], violation: JSON) -> str:
    return f"{'.'.join(map(str, place))}: {violation.get('message', '')}".lstrip(": ")
