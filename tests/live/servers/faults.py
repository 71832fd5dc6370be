"""A reverse proxy on loopback that breaks chosen requests on purpose.

    with FaultProxy(server.base) as proxy:
        lost = proxy.drop_answer("POST", "/api/v1/statuses")
        …  # the app talks to proxy.base; the server gets the post, the app never hears of it
        lost.wait_hit()

A fault applies to the next `times` requests that match (`None`: to all). When
several match, the one added last wins. Everything runs in one thread of its
own; all methods may be called from the test's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json as json_
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from .faultwire import BadMessage, Fault, Head, Match, Message, SeenRequest, read_head, read_message, relay
from .processes import free_port, wait_until

T = TypeVar("T")
_TEXTS = ("application/json", "application/jrd+json", "application/activity+json", "text/")


class FaultProxy:
    """The proxy; `base` is what the app should be told instead of `target`."""

    def __init__(self, target: str, *, rewrite: bool = True, also: Mapping[str, str] | None = None) -> None:
        """Stand in front of `target`, an http://host:port.

        With `rewrite`, text answers that name `target` name the proxy instead, so that nobody
        learns the way around it; `also` replaces further addresses in the same way.
        """
        self.target = target.rstrip("/")
        parts = urlsplit(self.target)
        assert parts.scheme == "http", target
        assert parts.hostname, target
        assert parts.port, target
        self._upstream = ("127.0.0.1", parts.port)
        self.port = free_port()
        self.base = f"http://{parts.hostname}:{self.port}"
        self._replace: dict[bytes, bytes] = {}
        if rewrite:
            self._replace[self.target.encode()] = self.base.encode()
            self._replace[parts.netloc.encode()] = urlsplit(self.base).netloc.encode()
        for old, new in (also or {}).items():
            self._replace[old.encode()] = new.encode()
        self.requests: list[SeenRequest] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._thread.start()
        self.come_back()

    # --- what a test can ask for ---------------------------------------------------------------

    def delay(self, seconds: float, method: str = "*", path: Match = "*", *, times: int | None = 1) -> Fault:
        """Wait before the request is forwarded."""
        return self._add(Fault("delay", method, path, times, seconds=seconds))

    def drop_request(self, method: str = "*", path: Match = "*", *, times: int | None = 1) -> Fault:
        """Close the connection; the server never sees the request."""
        return self._add(Fault("drop request", method, path, times))

    def drop_answer(self, method: str = "*", path: Match = "*", *, times: int | None = 1) -> Fault:
        """Forward the request, wait for the answer, and close the connection instead of passing it on."""
        return self._add(Fault("drop answer", method, path, times))

    def answer(
        self,
        status: int,
        body: bytes | str | dict[str, Any] | list[Any] = b"",
        method: str = "*",
        path: Match = "*",
        *,
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
    ) -> Fault:
        """Answer in the server's place; a dict or list is sent as JSON."""
        more = dict(headers or {})
        if isinstance(body, dict | list):
            body = json_.dumps(body)
            more.setdefault("Content-Type", "application/json")
        raw = body.encode() if isinstance(body, str) else body
        return self._add(Fault("answer", method, path, times, status=status, body=raw, headers=more))

    def cut(
        self,
        keep: float = 0.5,
        method: str = "*",
        path: Match = "*",
        *,
        clean: bool = True,
        times: int | None = 1,
    ) -> Fault:
        """Pass on the first part of the answer's body (`keep` of 1).

        `clean`: as a whole HTTP message with broken content. Otherwise the
        connection is closed in the middle of the promised length.
        """
        return self._add(Fault("cut", method, path, times, keep=keep, clean=clean))

    def hold_request(self, method: str = "*", path: Match = "*", *, times: int | None = 1) -> Fault:
        """Keep the request until `release()`, then forward it (not if the client is gone)."""
        return self._add(Fault("hold request", method, path, times))

    def hold_answer(self, method: str = "*", path: Match = "*", *, times: int | None = 1) -> Fault:
        """Forward the request, and keep the answer until `release()`."""
        return self._add(Fault("hold answer", method, path, times))

    def clear(self) -> None:
        """Forget all faults (held requests go on) and all seen requests."""
        with self._lock:
            for fault in self._faults:
                fault.release()
            self._faults.clear()
            self.requests.clear()

    def go_down(self) -> None:
        """Refuse new connections and cut those that are open."""
        self._call(self._close())

    def come_back(self) -> None:
        """Listen again on the same port."""
        self._call(self._listen())

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Be down inside the block."""
        self.go_down()
        try:
            yield
        finally:
            self.come_back()

    def seen(self, method: str = "*", path: Match = "*") -> list[SeenRequest]:
        """Return the requests so far that match, oldest first."""
        probe = Fault("answer", method, path, None)
        with self._lock:
            return [request for request in self.requests if probe.matches(request)]

    def wait_request(self, method: str = "*", path: Match = "*", *, count: int = 1, timeout: float = 20) -> SeenRequest:
        """Wait until `count` matching requests have arrived; return the latest."""
        found = wait_until(
            lambda: seen if len(seen := self.seen(method, path)) >= count else None,
            f"request {count} of {method} {path} at the proxy",
            timeout=timeout,
            every=0.01,
        )
        return found[-1]

    def close(self) -> None:
        """End the proxy and its thread."""
        if self._loop.is_closed():
            return
        self.clear()
        self.go_down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- inside --------------------------------------------------------------------------------

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(
                self._client, "127.0.0.1", self.port, limit=2**20, reuse_address=True
            )

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, EOFError, BadMessage, asyncio.CancelledError):
            pass  # gone, or taken down; either way the connection is closed below
        finally:
            self._writers.discard(writer)
            writer.transport.abort() if writer.transport.get_write_buffer_size() == 0 else writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Handle one request; return whether the connection stays open."""
        asked = await read_message(reader)
        method, url, _ = asked.head.first.split(" ", 2)
        path, _, query = url.partition("?")
        headers = {name.lower(): value for name, value in asked.head.fields}
        request = SeenRequest(method, path, query, headers, asked.body, time.monotonic())
        with self._lock:
            self.requests.append(request)
            fault = next((f for f in reversed(self._faults) if f.matches(request)), None)
            if fault is not None:
                fault.hits.append(request)
                request.fault = fault.kind
        kind = fault.kind if fault else None
        if fault is not None and kind == "delay":
            fault.reached += 1
            await asyncio.sleep(fault.seconds)
        elif fault is not None and kind == "hold request":
            fault.reached += 1
            await self._held(fault, reader)
        elif fault is not None and kind == "drop request":
            fault.reached += 1
            return False
        elif fault is not None and kind == "answer":
            fields = [*fault.headers.items(), ("Content-Length", str(len(fault.body)))]
            head = Head(f"HTTP/1.1 {fault.status} Fault", fields)
            body = b"" if method == "HEAD" or fault.status in (204, 304) else fault.body
            writer.write(head.to_bytes() + body)
            request.status = fault.status
            fault.reached += 1
            await writer.drain()
            return headers.get("connection", "").lower() != "close"
        if "upgrade" in headers or "text/event-stream" in headers.get("accept", ""):
            request.forwarded = True
            await relay(asked, reader, writer, self._upstream)
            return False
        try:
            told = await self._forward(asked, method)
        except (OSError, EOFError) as error:
            told = Message(Head("HTTP/1.1 502 Bad Gateway", []), f"{self.target}: {error}".encode())
        else:
            request.forwarded = True
        return await self._tell(told, request, fault, reader, writer)

    async def _forward(self, asked: Message, method: str) -> Message:
        """Send the request to the server on a connection of its own, and return its answer."""
        reader, writer = await asyncio.open_connection(*self._upstream, limit=2**20)
        try:
            head = asked.head.without("connection", "accept-encoding", "transfer-encoding", "content-length")
            head = head.replaced("host", urlsplit(self.target).netloc)
            head.fields += [("Connection", "close"), ("Accept-Encoding", "identity")]
            if asked.body or method in ("POST", "PUT", "PATCH"):
                head.fields.append(("Content-Length", str(len(asked.body))))
            writer.write(head.to_bytes() + asked.body)
            await writer.drain()
            while True:
                answer = await read_head(reader)
                if not answer.first.split(" ", 2)[1].startswith("1"):
                    break
            return await read_message(reader, answer, no_body=method == "HEAD")
        finally:
            writer.transport.abort()

    async def _tell(
        self,
        told: Message,
        request: SeenRequest,
        fault: Fault | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Pass the answer on, as far as the fault lets us."""
        if fault is not None and fault.kind == "drop answer":
            fault.reached += 1
            return False
        if fault is not None and fault.kind == "hold answer":
            fault.reached += 1
            await self._held(fault, reader)
        head, body = self._rewritten(told)
        if request.method != "HEAD":  # whose Content-Length speaks of a body that is not there
            head = head.without("content-length")
            head.fields.append(("Content-Length", str(len(body))))
        if fault is not None and fault.kind == "cut":
            body = body[: int(len(body) * fault.keep)]
            if fault.clean:
                head = head.replaced("content-length", str(len(body)))
        request.status = int(told.head.first.split(" ", 2)[1])
        writer.write(head.to_bytes() + body)
        await writer.drain()
        if fault is not None and fault.kind == "cut":
            fault.reached += 1
            return fault.clean
        return request.headers.get("connection", "").lower() != "close"

    def _rewritten(self, told: Message) -> tuple[Head, bytes]:
        head = told.head.without("connection", "keep-alive", "transfer-encoding")
        body = told.body
        if head.get("content-encoding") == "gzip":  # some servers ignore `identity`
            body = gzip.decompress(body)
            head = head.without("content-encoding")
        texts = head.get("content-type").startswith(_TEXTS)
        for old, new in self._replace.items():
            head.fields = [
                (name, value.replace(old.decode(), new.decode())) if name.lower() in ("location", "link") else
                (name, value)
                for name, value in head.fields
            ]  # fmt: skip
            if texts:
                body = body.replace(old, new)
        return head, body

    async def _held(self, fault: Fault, reader: asyncio.StreamReader) -> None:
        """Wait for `release()`; a client that is gone by then never gets its turn."""
        while not fault.released.is_set():
            if reader.at_eof():
                raise EOFError
            await asyncio.sleep(0.005)
        if reader.at_eof():
            raise EOFError


class MakeProxy(Protocol):
    """What the fixture `fault_proxy` is: call it with a server's address."""

    def __call__(self, target: str, **options: Any) -> FaultProxy: ...


__all__ = ["Fault", "FaultProxy", "MakeProxy", "Match", "SeenRequest"]
