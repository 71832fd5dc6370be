"""The transport below `Http`: connection pools that look where they connect to.

Imported lazily, in a worker thread. The name is resolved once, and the very
addresses that were checked are connected to, so a name cannot mean something
public when looked at and something private when used (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import logging
import time
import urllib.request
from collections.abc import AsyncIterator, Iterable
from typing import Any, NoReturn
from urllib.parse import urlsplit

import anyio
import httpcore
import httpx

from app.errors import AddressError
from app.http.addresses import PRIVATE, Resolve, is_local_name, is_public

_FIRST_TRY = 3.0  # seconds for an address while there are others: IPv6 that leads nowhere is common
_KEEP = 30.0


class _Guard(httpcore.AnyIOBackend):
    """Connects to the addresses of a name after looking at them."""

    def __init__(self, resolve: Resolve, *, private: bool) -> None:
        self._resolve = resolve
        self._private = private
        self._worked: dict[str, str] = {}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as in the base class
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        ends = time.monotonic() + (timeout or 60.0)
        try:
            async with asyncio.timeout(timeout):
                found = list(await self._resolve(host, port))
        except TimeoutError:
            raise httpcore.ConnectTimeout("name lookup took too long") from None
        except OSError as error:
            raise httpcore.ConnectError(f"no such host: {error}") from error
        if not self._private and not all(is_public(address) for address in found):
            raise AddressError(PRIVATE.format(host=host))
        failure: Exception = httpcore.ConnectError("no address")
        for index, address in enumerate(self._ordered(host, found)):
            left = ends - time.monotonic()
            if left <= 0:
                break
            last = index == len(found) - 1
            try:
                stream = await super().connect_tcp(
                    address, port, left if last else min(left, _FIRST_TRY), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                self._worked[host] = address
                return stream
        raise failure

    def _ordered(self, host: str, found: list[str]) -> list[str]:
        """The one that worked before first, then IPv6 and IPv4 in turn."""
        six, four = [a for a in found if ":" in a], [a for a in found if ":" not in a]
        mixed = [a for pair in zip(six, four, strict=False) for a in pair]
        rest = six[len(four) :] or four[len(six) :]
        worked = self._worked.get(host)
        return sorted([*mixed, *rest], key=lambda address: address != worked)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except _HTTPCORE_ERRORS as error:
            _translate(error)

    async def aclose(self) -> None:
        await self._stream.aclose()


class Wire(httpx.AsyncBaseTransport):
    """Two pools: one that enters private networks, for accounts that live there, and one that never does."""

    def __init__(self, resolve: Resolve) -> None:
        """Reads certificates, httpx's and the system's (a firm's own authority): 60 ms, so off the loop."""
        for name in ("httpcore", "httpx", "hpack"):  # at DEBUG they write headers down
            logging.getLogger(name).setLevel(logging.WARNING)
        self._context = httpx.create_ssl_context()
        self._context.load_default_certs()
        self._local = self._pool(_Guard(resolve, private=True))
        self._public = self._pool(_Guard(resolve, private=False))
        # A write never leaves on a kept connection, which may be dead already: then nobody could tell whether it
        # arrived, and it would have to be settled by looking.
        self._fresh = {private: self._pool(_Guard(resolve, private=private), kept=0) for private in (True, False)}
        proxies = urllib.request.getproxies()
        self._proxies = {
            scheme: pool
            for scheme in ("http", "https")
            if (pool := self._proxy(proxies.get(scheme) or proxies.get("all") or "")) is not None
        }
        anyio.run(anyio.sleep, 0)  # imports its asyncio part here, not on the loop

    def _pool(self, guard: _Guard, *, kept: int = 16) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            ssl_context=self._context,
            max_connections=None,  # Http counts
            max_keepalive_connections=kept,
            keepalive_expiry=_KEEP,
            network_backend=guard,
        )

    def _proxy(self, address: str) -> httpcore.AsyncHTTPProxy | None:
        """A proxy resolves names itself, so there the addresses cannot be looked at."""
        if urlsplit(address).scheme not in ("http", "https"):
            return None
        url = httpx.Proxy(address)
        return httpcore.AsyncHTTPProxy(
            proxy_url=str(url.url),
            proxy_auth=url.raw_auth,
            ssl_context=self._context,
            max_connections=None,
            keepalive_expiry=_KEEP,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send. The request's extension `private` tells that it may enter a private network."""
        host = request.url.host
        private = bool(request.extensions.get("private"))
        pool: httpcore.AsyncConnectionPool = self._local if private else self._public
        if request.extensions.get("fresh"):
            pool = self._fresh[private]
        if self._proxies and not is_local_name(host) and not urllib.request.proxy_bypass(host):
            pool = self._proxies.get(request.url.scheme, pool)
        sent = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": request.extensions.get("timeout", {})},
        )
        try:
            answer = await pool.handle_async_request(sent)
        except _HTTPCORE_ERRORS as error:
            _translate(error)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Stream(answer.stream))

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in (self._local, self._public, *self._fresh.values(), *self._proxies.values()):
            await pool.aclose()


_HTTPCORE_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


def _translate(error: Exception) -> NoReturn:
    """Raise httpx's error of the same name, so that one set is caught above whatever the transport."""
    for kind in type(error).__mro__:
        same = getattr(httpx, kind.__name__, None)
        if isinstance(same, type) and issubclass(same, httpx.TransportError):
            raise same(str(error)) from error
    raise error
