"""A validating mock per platform: prism reads the description and says what is wrong with a request."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx

from tests.contract.specs import JSON
from tests.live.servers.install import require

START = 60  # seconds


class Prism:
    """`prism mock` on a loopback port. It has no state: its answers are not used, only its judgement."""

    def __init__(self, spec: JSON, folder: Path) -> None:
        self._file = folder / "openapi.json"
        self._file.write_text(json.dumps(spec), encoding="utf-8")
        self._log = folder / "prism.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.AsyncClient(timeout=20, trust_env=False)  # its validators are built at the first call
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

    async def wrong(self, request: httpx.Request, path: str) -> list[str]:
        """What of `request` is not as described; `path` is its path as the description writes it."""
        query = request.url.query.decode()
        url = f"http://127.0.0.1:{self.port}{path}" + (f"?{query}" if query else "")
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in ("host", "content-length")
        }
        answer = await self._client.request(request.method, url, headers=headers, content=request.content)
        told = answer.headers.get("sl-violations")
        faults = [_words(one) for one in json.loads(told)] if told else []
        faults = [fault for fault in faults if fault]
        if not faults and answer.status_code in (401, 404, 405, 415, 422) and _problem(answer):
            faults.append(f"{answer.status_code}: {_problem(answer)}")
        return faults

    async def close(self) -> None:
        """Drop the connections."""
        await self._client.aclose()


def _words(violation: JSON) -> str:
    """A violation of the request; prism tells of its own examples as well."""
    place = violation.get("location", [])
    if place[:1] != ["request"]:
        return ""
    return f"{'.'.join(map(str, place[1:]))}: {violation.get('message', '')}"


def _problem(answer: httpx.Response) -> str:
    """Prism's own complaint, told apart from an example in the description by its type."""
    try:
        body: Any = answer.json()
    except ValueError:
        return ""
    kind = str(body.get("type", "")) if isinstance(body, dict) else ""
    return f"{body.get('title')}: {body.get('detail')}" if "stoplight.io" in kind else ""
