"""`Http`: sends a request the careful way, follows redirects by hand and says in plain words what failed."""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from app.errors import (
    AddressError,
    BadAnswerError,
    NetworkError,
    RateLimitError,
    ServerError,
    ServiceError,
    SignInError,
)
from app.http import addresses
from app.http.answers import ErrorMap, Response, default_error, speaking, uncertain
from app.http.body import PIECE, Body, pieces_of, read_body
from app.http.limits import Breakers, Key, RateLimits, retry_after
from app.http.redact import redact

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

_MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_ERROR_BODY = 64_000  # bytes of an error's or a redirect's body that are read
_TOTAL = 3  # a call may last this many times its `timeout`, so that one that drips ends
_SAFE_ELSEWHERE = ("accept", "accept-language")
_PICTURES = "image/avif,image/webp,image/png,image/jpeg,image/gif,image/*;q=0.5"


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: httpx.URL
    name: str  # who answers, as a sentence begins
    platform: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    errors: ErrorMap | None
    writes: bool
    home: str
    max_bytes: int
    timeout: float
    picture: bool = False
    whole: float = 0.0  # seconds for the whole call, 0: `_TOTAL` times `timeout`


class Counts(Protocol):
    """What keeps count of what the platforms count or charge, account by account; see `Capabilities.meters`."""

    def spend(self, account: str, unit: str, amount: float) -> None:
        """It was used up."""

    def afford(self, account: str, unit: str, amount: float, *, writes: bool) -> None:
        """Raise `RateLimitError` where it would go over a limit, or over the cap that the person set."""

    def level(self, account: str, unit: str, used: float, until: datetime | None) -> None:
        """The platform itself told how much is used."""


class Http:
    """The way out, one for the whole program and one event loop."""

    def __init__(
        self,
        *,
        transport: Any = None,
        clock: Callable[[], float] = time.time,
        max_in_flight: int = 8,
        user_agent: str = "Carelane",
        resolve: addresses.Resolve | None = None,
    ) -> None:
        """`transport`: an httpx transport for tests; names are then looked up only if `resolve` is given."""
        self._transport = transport
        self._given = transport is not None
        self._resolve = resolve or (None if self._given else addresses.resolve)
        # a transport of ours looks at addresses itself, as it connects
        self._gate = addresses.Gate(self._resolve, clock, before=self._given)
        self._clock = clock
        self._user_agent = user_agent
        self._limits = RateLimits(clock)
        self._breakers = Breakers(clock)
        self._slots = asyncio.Semaphore(max_in_flight)
        self._reading = asyncio.Semaphore(max(1, max_in_flight - 1))  # one slot is always a reply's
        self._downloads = asyncio.Semaphore(max(1, max_in_flight // 3))
        self._starting = asyncio.Lock()
        self._httpx: Any = None
        self.counts: Counts | None = None

    def afford(self, account: str, unit: str, amount: float = 1.0, *, writes: bool = False) -> None:
        """Before a call that is counted: raise `RateLimitError` where it would go over a limit. Costs no network."""
        if self.counts is not None and account:
            self.counts.afford(account, unit, amount, writes=writes)

    def spend(self, account: str, unit: str, amount: float = 1.0) -> None:
        """After it: so much was used up."""
        if self.counts is not None and account:
            self.counts.spend(account, unit, amount)

    def level(self, account: str, unit: str, used: float, until: datetime | None = None) -> None:
        """The platform told how much of its own limit is used, up to `until`."""
        if self.counts is not None and account:
            self.counts.level(account, unit, used, until)

    async def send(
        self,
        method: str,
        url: str,
        *,
        account: str = "",
        platform: str = "",
        params: Any = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        errors: ErrorMap | None = None,
        writes: bool = False,
        home: str = "",
        max_bytes: int = 10_000_000,
        timeout: float = 20.0,  # noqa: ASYNC109 - for each wait, not for the whole
        whole: float = 0.0,
    ) -> Response:
        """Send one request and return its answer; every status from 400 up is raised as a `ServiceError`.

        `errors` is asked first what such an answer means. `platform` names the
        server in sentences. `home` is the base address that the person gave
        (never one that a server told): plain http and private networks are
        entered only if it is there itself. `timeout` is for connecting and for
        each wait for bytes, or to get rid of 64 kB; the whole call ends after
        `whole` seconds, or three times `timeout`. See `body.upload_time`.

        With `writes`, whatever may have been carried out without our knowing is
        an `UncertainError`; every other error means that it was not. Parameters
        that are None are left out.
        """
        sent, kind = dict(headers or {}), ""
        if json is not None:
            import msgspec

            content, kind = msgspec.json.encode(json), "application/json"
        elif data is not None:
            content, kind = urlencode(data).encode(), "application/x-www-form-urlencoded"
        if kind and not any(key.lower() == "content-type" for key in sent):
            sent["Content-Type"] = kind
        await self._start()
        target = self._parse(url, params)
        call = _Call(
            method.upper(), target, speaking(platform, target.host), platform, sent, content,
            errors, writes, home, max_bytes, timeout, whole=whole,
        )  # fmt: skip
        return await self._queued(call, account)

    async def download(self, url: str, max_bytes: int = 5_000_000, *, home: str = "") -> bytes:
        """Return a picture: over https, from a public address (or where `home` is), an image but no SVG."""
        await self._start()
        target = self._parse(url, None)
        call = _Call(
            "GET", target, speaking("", target.host), "", {"Accept": _PICTURES}, None,
            None, False, home, max_bytes, 20.0, picture=True,
        )  # fmt: skip
        async with self._downloads:
            return (await self._queued(call, "")).content

    def trip(self, host_or_url: str, account: str, seconds: float, why: str) -> None:
        """Pause the calls of `account` on that host; `why` is the sentence that they raise."""
        self._breakers.trip((addresses.netloc(host_or_url), account), seconds, why)

    def reset(self, account: str | None = None) -> None:
        """Let calls through again: after a new sign-in, or (None: all accounts) when the network is back."""
        self._breakers.reset(account)
        if account is not None:
            self._limits.forget(account)
        self._gate.forget()

    async def close(self) -> None:
        """Close the connections. A transport that was given is its giver's to close."""
        if self._transport is not None and not self._given:
            transport, self._transport = self._transport, None
            await transport.aclose()

    # --- one call ------------------------------------------------------------------------------

    async def _queued(self, call: _Call, account: str) -> Response:
        key = (addresses.netloc(str(call.url)), account)
        self._limits.admit(key, call.url.path, writes=call.writes, name=call.name)
        self._breakers.check(key, call.name)
        if call.writes:
            async with self._slots:
                return await self._counted(call, key)
        async with self._reading, self._slots:
            return await self._counted(call, key)

    async def _counted(self, call: _Call, key: Key) -> Response:
        """Ask limits and breaker again, since the wait may have been long; call; tell them how it went."""
        self._limits.admit(key, call.url.path, writes=call.writes, name=call.name)
        self._breakers.enter(key, call.name)
        pause = 0.0
        try:
            answer = await self._follow(call)
            if addresses.netloc(answer.url) == key[0]:
                self._limits.learn(key, call.url.path, answer.headers)
            if answer.status >= 400:
                if answer.status == 503 and (until := retry_after(answer.headers, self._clock())) is not None:
                    pause = until - self._clock()
                raise self._error(call, key, answer)
        except (NetworkError, ServerError):
            self._breakers.failed(key, pause=pause)
            raise
        except ServiceError as error:
            # an address that is not gone to says nothing about the server
            (self._breakers.left if isinstance(error, AddressError) else self._breakers.succeeded)(key)
            raise
        except BaseException:
            self._breakers.left(key)
            raise
        self._breakers.succeeded(key)
        return answer

    def _error(self, call: _Call, key: Key, answer: Response) -> ServiceError:
        error = call.errors(answer) if call.errors is not None else None
        if isinstance(error, RateLimitError):
            self._limits.block(key, error.until.timestamp())
            return error
        if error is None and answer.status == 429:
            return self._limits.refused(key, answer.headers, call.name)
        error = error or default_error(answer, call.name)
        if call.writes and isinstance(error, ServerError):
            # a gateway may answer 502 or 504 while the server behind it goes on and posts
            lost = uncertain(call.name, answer.status)
            lost.code = error.code
            return lost
        return error

    async def _follow(self, call: _Call) -> Response:
        """Send and follow redirects; the address is judged anew at each."""
        moved, for_good = "", True
        for _ in range(_MAX_REDIRECTS + 1):
            private = await self._gate.judge(call.url, call.home)
            try:
                answer = await self._exchange(call, private=private)
            except NetworkError as error:
                # A server may close a kept connection just as it is used again (snac2 does so at each request).
                if call.method not in ("GET", "HEAD") or not isinstance(
                    error.__cause__, self._httpx.RemoteProtocolError | self._httpx.ReadError
                ):
                    raise
                answer = await self._exchange(call, private=private)
            place = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not place:
                if 300 <= answer.status < 400 and answer.status != 304:
                    text = f"{call.name} points elsewhere without saying where."
                    raise BadAnswerError(text, status=answer.status)
                return replace(answer, moved=moved) if moved else answer
            if call.method not in ("GET", "HEAD"):
                if call.writes and answer.status in (302, 303):  # these often mean "done, look here"
                    raise uncertain(call.name, answer.status)
                raise AddressError(
                    f"{call.name} has moved. Check the server's address and sign in again.",
                    status=answer.status,
                )
            call = self._redirected(call, place)
            for_good = for_good and answer.status in (301, 308)
            moved = str(call.url) if for_good else moved
        raise AddressError(f"{call.name} sends Carelane in circles. Check the server's address.")

    def _redirected(self, call: _Call, place: str) -> _Call:
        try:
            target = call.url.join(place)
        except (self._httpx.InvalidURL, ValueError):
            raise AddressError(f"{call.name} points to an address that is none.") from None
        if target.scheme != call.url.scheme and (call.url.scheme, target.scheme) != ("http", "https"):
            raise AddressError(f"{call.name} points to an address that is not secure. It was not followed.")
        if target.host != call.url.host or target.port not in (call.url.port, None):
            headers = {key: value for key, value in call.headers.items() if key.lower() in _SAFE_ELSEWHERE}
            return replace(call, url=target, headers=headers)
        return replace(call, url=target)

    async def _exchange(self, call: _Call, *, private: bool) -> Response:
        """One request and its answer, without regard to what the answer means."""
        httpx, began = self._httpx, time.monotonic()
        wait = {"connect": call.timeout, "read": call.timeout, "write": call.timeout, "pool": call.timeout}
        headers = {"Accept": "application/json", "User-Agent": self._user_agent, **call.headers}
        headers = {key: value for key, value in headers.items() if key.lower() != "accept-encoding"}
        try:
            content: Any = call.content
            if content is not None and len(content) > PIECE:  # in one piece, all of it would have to leave in one wait
                headers["Content-Length"] = str(len(content))
                content = pieces_of(content)
            request = httpx.Request(
                call.method, call.url, headers={**headers, "Accept-Encoding": "gzip"}, content=content,
                extensions={"timeout": wait, "private": private, "fresh": call.writes},
            )  # fmt: skip
        except (ValueError, UnicodeEncodeError):
            raise _bad_header(call.name) from None
        try:
            async with asyncio.timeout(call.whole or call.timeout * _TOTAL):
                answer = await self._transport.handle_async_request(request)
                try:
                    limit = call.max_bytes if answer.status_code < 300 else min(call.max_bytes, _ERROR_BODY)
                    kept = {key.lower(): value for key, value in answer.headers.items()}
                    if call.picture and answer.status_code < 300:
                        _check_picture(kept.get("content-type", ""), call.name)
                    body = await read_body(answer.stream, kept.get("content-encoding", ""), limit)
                finally:
                    await answer.aclose()
        except httpx.LocalProtocolError:
            raise _bad_header(call.name) from None
        except (httpx.TransportError, httpx.StreamError, TimeoutError) as error:
            log.debug("%s %s failed: %s", call.method, addresses.shown(str(call.url)), redact(repr(error)))
            raise self._lost(call, error) from error
        log.debug(
            "%s %s: %s, %s bytes, %.0f ms", call.method, addresses.shown(str(call.url)), answer.status_code,
            len(body.content), (time.monotonic() - began) * 1000,
        )  # fmt: skip
        self._check_body(call, answer.status_code, body)
        return Response(answer.status_code, kept, body.content, str(call.url), call.platform, call.writes)

    def _lost(self, call: _Call, error: Exception) -> NetworkError:
        httpx, name = self._httpx, call.name
        before = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
        if call.writes and not isinstance(error, (*before, httpx.UnsupportedProtocol)):
            return uncertain(name)
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            return NetworkError(f"{name} took too long to answer. Carelane tries again by itself.")
        if isinstance(error, httpx.ConnectError):
            if "CERTIFICATE" in str(error).upper():
                return NetworkError(
                    f"{name} could not prove that it is {call.url.host}: its certificate is not valid. "
                    "Check this computer's clock and the server's address."
                )
            return NetworkError(f"{name} cannot be reached. Check the network and the server's address.")
        if isinstance(error, httpx.ProxyError):
            return NetworkError(f"{name} cannot be reached: this network's proxy refused the connection.")
        return NetworkError(f"The connection to {name} broke. Carelane tries again by itself.")

    def _check_body(self, call: _Call, status: int, body: Body) -> None:
        """Raise where a good answer could not be read whole; of errors and redirects a part is enough."""
        if not body.flaw or status >= 300:
            return
        if call.writes:
            raise uncertain(call.name, status)
        text = f"The answer of {call.name} is damaged or was cut off. Try again."
        if body.flaw == "large":
            size = f"{call.max_bytes / 1e6:.0f} MB" if call.max_bytes >= 1e6 else f"{call.max_bytes} bytes"
            text = f"The answer of {call.name} is larger than {size}. It was not read."
        raise BadAnswerError(text, status=status)

    # --- getting ready -------------------------------------------------------------------------

    async def _start(self) -> None:
        """Import httpx and make the transport, once, in a worker thread."""
        if self._httpx is not None and self._transport is not None:
            return
        async with self._starting:
            if self._httpx is None:
                self._httpx = await asyncio.to_thread(importlib.import_module, "httpx")
            if self._transport is None:
                assert self._resolve is not None
                wire = await asyncio.to_thread(importlib.import_module, "app.http.wire")
                self._transport = await asyncio.to_thread(wire.Wire, self._resolve)

    def _parse(self, url: str, params: Any) -> httpx.URL:
        if isinstance(params, Mapping):
            params = {key: value for key, value in params.items() if value is not None}
        elif params is not None:
            params = [(key, value) for key, value in params if value is not None]
        try:
            parsed = self._httpx.URL(url.strip())
            found: httpx.URL = parsed.copy_merge_params(params) if params else parsed
        except (self._httpx.InvalidURL, ValueError):
            raise AddressError(f"“{addresses.shown(url)}” is not an address that Carelane can use.") from None
        return found


def _bad_header(name: str) -> SignInError:
    return SignInError(f"The sign-in for {name} holds characters that cannot be sent. Sign in again.")


def _check_picture(kind: str, name: str) -> None:
    kind = kind.split(";")[0].strip().lower()
    if not kind.startswith("image/") or "svg" in kind:
        raise BadAnswerError(f"{name} sent something else than a picture.")
