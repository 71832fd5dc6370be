from __future__ import annotations

import asyncio
import gzip
import json
import logging
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import httpx
import msgspec
import pytest

from app.errors import (
    AddressError,
    BadAnswerError,
    BreakerOpenError,
    ForbiddenError,
    GoneError,
    NetworkError,
    RateLimitError,
    RefusedError,
    ServerError,
    ServiceError,
    SignInError,
    UncertainError,
)
from app.http import Http, RedactingFilter, Response, decode, redact

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


# --- requests --------------------------------------------------------------------------------------


async def test_a_request_goes_out_as_asked_and_comes_back() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"ok": True}, headers={"X-Thing": "1", "Set-Cookie": "a=b"})

    http = answering(handle)
    params = {"types[]": ["mention", "poll"], "limit": 40, "min_id": None}
    answer = await http.send("get", f"{SITE}/api?x=1", params=params, headers={"Authorization": "Bearer t"})
    assert (answer.status, answer.headers["x-thing"], json.loads(answer.content)) == (200, "1", {"ok": True})
    assert str(seen[0].url) == f"{SITE}/api?x=1&types%5B%5D=mention&types%5B%5D=poll&limit=40"
    assert seen[0].headers["authorization"] == "Bearer t"
    await http.send("POST", SITE, json={"a": "ü"}, writes=True)
    await http.send("POST", SITE, data={"a": "ü&"})
    await http.send("POST", SITE, content=b"raw", headers={"content-type": "image/png"})
    assert seen[1].content == '{"a":"ü"}'.encode()
    assert seen[1].headers["content-type"] == "application/json"
    assert seen[2].content == b"a=%C3%BC%26"
    assert seen[3].headers["content-type"] == "image/png"
    assert all("cookie" not in request.headers for request in seen)  # two accounts would share them
    await http.close()


async def test_at_most_eight_at_once_and_a_reply_does_not_queue_behind_reads() -> None:
    now, most, replied = 0, 0, asyncio.Event()
    hold = asyncio.Event()

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if request.method == "POST":
            replied.set()
        else:
            await hold.wait()
        now -= 1
        return httpx.Response(200)

    http = Http(transport=httpx.MockTransport(handle))
    reads = [asyncio.create_task(http.send("GET", SITE)) for _ in range(30)]
    await asyncio.sleep(0.01)
    assert most == 7
    await asyncio.wait_for(http.send("POST", SITE, writes=True), 1)
    assert replied.is_set()
    assert most == 8
    hold.set()
    await asyncio.gather(*reads)
    assert most <= 8


# --- what a status means ---------------------------------------------------------------------------

KINDS = {
    401: SignInError, 403: ForbiddenError, 451: ForbiddenError, 404: GoneError, 410: GoneError,
    408: ServerError, 425: ServerError, 413: RefusedError, 422: RefusedError, 429: RateLimitError,
}  # fmt: skip


@pytest.mark.parametrize("code", range(400, 504))
async def test_every_status_has_its_error_and_a_plain_sentence(code: int) -> None:
    kind = KINDS.get(code, ServerError if code >= 500 else ServiceError)
    error = await fails(answering(status(code, html="<h1>no</h1>")), kind)
    assert error.status == code
    assert "Mastodon" in str(error)
    assert "<" not in str(error)
    unsure = code >= 500 or code in (408, 425)
    await fails(answering(status(code)), UncertainError if unsure else kind, "POST", writes=True)


async def test_the_connector_is_asked_first() -> None:
    def own(answer: Response) -> ServiceError | None:
        code = json.loads(answer.content)["code"]
        return ForbiddenError("Taken down.", code=code) if code == "down" else None

    error = await fails(answering(status(400, json={"code": "down"})), ForbiddenError, errors=own)
    assert error.code == "down"
    await fails(answering(status(422, json={"code": ""})), RefusedError, errors=own)


async def test_a_connectors_server_error_does_not_make_a_write_certain() -> None:
    error = await fails(
        answering(status(502)), UncertainError, "POST", writes=True, errors=lambda _: ServerError("x.", code="Upstream")
    )
    assert error.code == "Upstream"


@pytest.mark.parametrize(
    ("failure", "read", "write"),
    [
        (httpx.ConnectError("refused"), NetworkError, NetworkError),
        (httpx.ConnectTimeout("slow"), NetworkError, NetworkError),
        (httpx.ReadTimeout("slow"), NetworkError, UncertainError),
        (httpx.WriteError("gone"), NetworkError, UncertainError),
        (httpx.ReadError("gone"), NetworkError, UncertainError),
        (httpx.RemoteProtocolError("closed"), NetworkError, UncertainError),
        (httpx.LocalProtocolError("bad header"), SignInError, SignInError),
    ],
)
async def test_a_line_that_breaks(failure: Exception, read: type[ServiceError], write: type[ServiceError]) -> None:
    await fails(answering(failure), read)
    await fails(answering(failure), write, "POST", writes=True)


async def test_a_bad_certificate_is_named() -> None:
    http = answering(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] expired"))
    assert "certificate" in str(await fails(http, NetworkError))


async def test_a_token_with_strange_characters_is_a_sign_in_problem() -> None:
    await fails(answering(status(200)), SignInError, headers={"Authorization": "Bearer “x”"})


# --- bodies ----------------------------------------------------------------------------------------


class Stream(httpx.AsyncByteStream):
    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self.parts = parts
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self.parts:
            yield part

    async def aclose(self) -> None:
        self.closed = True


async def test_100_mb_are_not_held() -> None:
    given = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(1600):
            given += 65536
            yield b"x" * 65536

    stream = Stream(parts())
    tracemalloc.start()
    error = await fails(answering(status(200, stream=stream)), BadAnswerError, max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "1 MB" in str(error)
    assert given < 2_000_000
    assert peak < 8_000_000
    assert stream.closed


async def test_a_bomb_of_100_mb_in_100_kb_is_not_unpacked() -> None:
    packed = gzip.compress(bytes(100_000_000), 9)

    async def parts() -> AsyncIterator[bytes]:
        yield packed

    tracemalloc.start()
    http = answering(status(200, stream=Stream(parts()), headers={"Content-Encoding": "gzip"}))
    await fails(http, BadAnswerError, max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


async def test_gzip_is_unpacked_and_a_damaged_one_told() -> None:
    async def parts(data: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(data), 10):
            yield data[at : at + 10]

    good = gzip.compress(b'{"a": 1}' * 50)
    for data, encoding, fine in ((good, "gzip", True), (good[:-9], "gzip", False), (b"nope", "gzip", False),
                                 (b"x", "br", False), (b"", "gzip", True)):  # fmt: skip
        options = {"headers": {"Content-Encoding": encoding}}
        http = answering(lambda _, d=data, o=options: httpx.Response(200, stream=Stream(parts(d)), **o))
        if fine:
            assert (await http.send("GET", SITE)).content in (b'{"a": 1}' * 50, b"")
        else:
            await fails(http, BadAnswerError)
            await fails(http, UncertainError, "POST", writes=True)


async def test_a_write_whose_answer_is_too_large_may_have_been_carried_out() -> None:
    await fails(answering(status(200, content=b"x" * 2000)), UncertainError, "POST", writes=True, max_bytes=1000)


async def test_a_large_error_page_is_still_that_error() -> None:
    await fails(answering(status(404, content=b"x" * 200_000)), GoneError, max_bytes=1000)


async def test_an_answer_that_drips_ends() -> None:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b"x"

    await fails(answering(lambda _: httpx.Response(200, stream=Stream(parts()))), NetworkError, timeout=0.03)
    http = answering(lambda _: httpx.Response(200, stream=Stream(parts())))
    await fails(http, UncertainError, "POST", writes=True, timeout=0.03)


# --- redirects and addresses -----------------------------------------------------------------------


def to(place: str, code: int = 302) -> Handler:
    return lambda request: (
        httpx.Response(code, headers={"Location": place})
        if request.url.path == "/"
        else (httpx.Response(200, text=str(request.url)))
    )


async def test_redirects_are_followed_and_tokens_stay_home() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        hop = {"/": "/b", "/b": "https://other.example/c"}.get(request.url.path)
        return httpx.Response(307, headers={"Location": hop}) if hop else httpx.Response(200)

    secret = {"Authorization": "Bearer t", "X-Api-Key": "k", "Accept": "a/b"}
    answer = await answering(handle).send("GET", f"{SITE}/", headers=secret)
    assert answer.url == "https://other.example/c"
    for name in ("authorization", "x-api-key"):
        assert [name in request.headers for request in seen] == [True, True, False]
    assert seen[2].headers["accept"] == "a/b"


async def test_a_loop_of_redirects_ends() -> None:
    calls = 0

    def handle(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(301, headers={"Location": "/"})

    await fails(answering(handle), AddressError)
    assert calls == 6


@pytest.mark.parametrize(
    "place",
    ["http://m.example/x", "ftp://m.example/x", "file:///etc/passwd", "javascript:1", "https://127.0.0.1/x",
     "https://localhost/x", "https://10.0.0.7/x", "https://[::1]/x", "https://169.254.169.254/meta",
     "https://2130706433/x", "https://127.1/x", "https://[::ffff:192.168.0.1]/x", "https://[64:ff9b::7f00:1]/x",
     "https://100.64.0.1/", "https://0.0.0.0/", "https://printer.local/x", "https://router/", "https://224.0.0.1/",
     "https://u:p@other.example/x", "https://", "//", "https://exa mple/", "https://[bad/"],
)  # fmt: skip
async def test_redirects_that_are_refused(place: str) -> None:
    await fails(answering(to(place)), AddressError, url=f"{SITE}/", home=SITE)


@pytest.mark.parametrize(
    "url",
    ["http://m.example/", "https://192.168.1.5/", "https://[fe80::1]/", "nonsense", "", "ftp://m.example",
     "https://exa mple.com", "https://a:b@m.example/", "https://m.example:99999/", "https://\ud800/"],
)  # fmt: skip
async def test_first_addresses_that_are_refused(url: str) -> None:
    await fails(answering(status(200)), AddressError, url=url)


async def test_a_server_at_home_may_be_private_and_plain() -> None:
    home = "http://127.0.0.1:8080"
    http = answering(to("http://localhost:9/x"))
    assert (await http.send("GET", f"{home}/", home=home)).content == b"http://localhost:9/x"
    await fails(answering(to("http://x.example/")), AddressError, url="https://nas.lan/", home="https://nas.lan")
    lan = "https://nas.lan"
    assert (await answering(to("https://10.0.0.2/y")).send("GET", f"{lan}/", home=lan)).status == 200


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_post_is_not_repeated_elsewhere(code: int) -> None:
    calls: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        return httpx.Response(code, headers={"Location": "/x"})

    await fails(answering(handle), AddressError, "POST")
    await fails(answering(handle), UncertainError if code in (302, 303) else AddressError, "POST", writes=True)
    assert calls == ["POST", "POST"]


async def test_a_redirect_to_nowhere() -> None:
    await fails(answering(status(302)), BadAnswerError)
    assert (await answering(status(304)).send("GET", SITE)).status == 304


async def test_names_that_lead_into_a_private_network() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        found = {"m.example": ["1.1.1.1"], "evil.example": ["1.1.1.1", "127.0.0.1"], "nas.example": ["10.0.0.2"]}
        if host not in found:
            raise OSError("no such host")
        return found[host]

    http = answering(status(200), resolve=resolve)
    await http.send("GET", SITE)
    await fails(http, AddressError, url="https://evil.example")
    with pytest.raises(NetworkError):
        await http.send("GET", "https://missing.example")
    await http.send("GET", "https://nas.example", home="https://nas.example")
    await http.send("GET", "https://10.0.0.9", home="https://nas.example")
    await fails(http, AddressError, url="https://10.0.0.9", home=SITE)


@pytest.fixture
async def server() -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/break" not in head:
            cut = b"9" if b"/cut" in head else b""
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2" + cut + b"\r\n\r\nhi")
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    listening.close()


async def test_over_a_real_socket(server: str) -> None:
    http = Http()
    answer = await http.send("GET", server, home=server)
    assert answer.content == b"hi"
    await fails(http, NetworkError, url=f"{server}/cut", home=server)
    await fails(http, UncertainError, "POST", url=f"{server}/cut", home=server, writes=True)
    await fails(http, UncertainError, "POST", url=f"{server}/break", home=server, writes=True)
    await fails(http, NetworkError, "POST", url="http://127.0.0.1:9", home="http://127.0.0.1:9", writes=True)
    await http.close()


async def test_the_address_that_is_connected_to_is_the_one_that_was_looked_at(server: str) -> None:
    """A name that resolves inwards is refused at the very moment of connecting."""
    asked = 0

    async def resolve(host: str, port: int) -> Sequence[str]:
        nonlocal asked
        asked += 1
        return ["127.0.0.1"]

    http = Http(resolve=resolve)
    await fails(http, AddressError, url="https://rebound.example/", home="")
    assert asked == 1
    await fails(http, NetworkError, url="https://home.example:9/", home="https://home.example:9")
    await http.close()


# --- limits and breakers: more in test_limits.py ---------------------------------------------------


async def test_an_exhausted_account_waits_without_network() -> None:
    calls = 0
    clock = Clock()

    def handle(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        left = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2025-03-14T11:05:00Z"}
        return httpx.Response(200, headers=left)

    http = answering(handle, clock=clock)
    await http.send("GET", SITE, account="a")
    error = await fails(http, RateLimitError, account="a")
    assert error.until.timestamp() == START + 300
    assert "5 minutes" in str(error)
    await fails(http, RateLimitError, "POST", account="a", writes=True)
    assert calls == 1
    await http.send("GET", SITE, account="b")
    await http.send("GET", "https://other.example", account="a")
    clock.now += 301
    await http.send("GET", SITE, account="a")
    assert calls == 4


async def test_the_last_calls_are_kept_for_replies() -> None:
    left = {"ratelimit-limit": "100", "ratelimit-remaining": "5", "ratelimit-reset": str(int(START) + 60)}
    http = answering(status(200, headers=left), clock=Clock())
    await http.send("GET", SITE)
    await fails(http, RateLimitError)
    await http.send("POST", SITE, writes=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "90"}, 90),
        ({"Retry-After": "Fri, 14 Mar 2025 11:02:00 GMT"}, 120),
        ({"Retry-After": "999999"}, 3600),
        ({"X-RateLimit-Limit": "3", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2025-03-14T11:00:40.5Z"}, 40.5),
        ({"ratelimit-limit": "3", "ratelimit-remaining": "0", "ratelimit-reset": str(int(START + 30))}, 30),
        ({}, None),
        ({"Retry-After": "soon"}, None),
    ],
)
async def test_429_says_until_when(headers: dict[str, str], seconds: float | None) -> None:
    clock = Clock()
    http = answering(status(429, headers=headers), clock=clock)
    error = await fails(http, RateLimitError, account="a")
    wait = error.until.timestamp() - START
    assert 60 <= wait <= 90 if seconds is None else wait == pytest.approx(seconds)
    again = await fails(http, RateLimitError, account="a")
    assert again.until == error.until


async def test_the_breaker_opens_probes_and_closes() -> None:
    clock, calls, up = Clock(), 0, False

    def handle(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(200 if up else 503)

    http = answering(handle, clock=clock)
    for _ in range(5):
        await fails(http, ServerError, account="a")
    error = await fails(http, BreakerOpenError, account="a")
    assert 2.5 <= error.until.timestamp() - START <= 5
    assert calls == 5
    clock.now += 5
    await fails(http, ServerError, account="a")  # the probe
    await fails(http, BreakerOpenError, account="a")
    clock.now += 10
    up = True
    await http.send("GET", SITE, account="a")
    await http.send("GET", SITE, account="a")
    assert calls == 8


async def test_only_one_probe_and_a_cancelled_one_gives_its_place_back() -> None:
    clock, hold = Clock(), asyncio.Event()
    down = True

    async def handle(_: httpx.Request) -> httpx.Response:
        if down:
            raise httpx.ConnectError("down")
        await hold.wait()
        return httpx.Response(200)

    http = Http(transport=httpx.MockTransport(handle), clock=clock)
    for _ in range(5):
        await fails(http, NetworkError)
    down = False
    clock.now += 6
    probe = asyncio.create_task(http.send("GET", SITE))
    await asyncio.sleep(0.01)
    await fails(http, BreakerOpenError)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    hold.set()
    assert (await http.send("GET", SITE)).status == 200


async def test_trip_and_reset() -> None:
    clock = Clock()
    http = answering(status(200), clock=clock)
    http.trip(f"{SITE}/api/v1/statuses", "a", 900, "Mastodon blocks this account.")
    error = await fails(http, BreakerOpenError, account="a")
    assert str(error) == "Mastodon blocks this account."
    assert error.until.timestamp() == START + 900
    await http.send("GET", SITE, account="b")
    http.reset("b")
    await fails(http, BreakerOpenError, account="a")
    http.reset("a")
    await http.send("GET", SITE, account="a")
    http.trip("m.example", "a", 900, "No.")
    http.reset()
    await http.send("GET", SITE, account="a")


async def test_answers_that_are_no_failures_of_the_server_leave_the_breaker_closed() -> None:
    http = answering(status(404))
    for _ in range(8):
        await fails(http, GoneError)


# --- decoding --------------------------------------------------------------------------------------


class Post(msgspec.Struct):
    id: str
    text: str = ""


def answer(content: bytes, **options: Any) -> Response:
    return Response(200, {}, content, SITE, "mastodon", **options)


async def test_json_becomes_typed() -> None:
    assert await decode(answer(b'[{"id":"1"}]'), list[Post]) == [Post("1")]
    many = json.dumps([{"id": str(n)} for n in range(3000)]).encode()
    assert len(await decode(answer(many), list[Post])) == 3000
    assert await decode(answer(b"\xef\xbb\xbf[]"), list[Post]) == []


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (rb'{"id":"1","text":"a\u0000b"}', "a\0b"),
        (b'{"id":"1","text":"a\0b"}', "a b"),
        (rb'{"id":"1","text":"a\ud83db"}', "a\ufffdb"),
        (rb'{"id":"1","text":"\ud83d\ude00 \ude00"}', "😀 \ufffd"),
        (rb'{"id":"1","text":"\\ud83d \ud83d"}', "\\ud83d \ufffd"),
        (b'{"id":"1","text":"a\xffb"}', "a\ufffdb"),
    ],
)
async def test_broken_characters_do_not_cost_the_answer(content: bytes, text: str) -> None:
    assert (await decode(answer(content), Post)).text == text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\n <html>", "web page"),
        (b'{"id":"1","te', "cut off"),
        (b"", "empty"),
        (b"  ", "empty"),
        (b'{"id":1}', "does not know"),
        (b"{}", "does not know"),
        (b"null", "does not know"),
        (b"hello", "damaged"),
        (b'{"id":"' + b"x" * 20_000, "cut off"),
    ],
)
async def test_answers_that_are_no_answers(content: bytes, words: str) -> None:
    with pytest.raises(BadAnswerError, match=words) as caught:
        await decode(answer(content), Post)
    assert "Mastodon" in str(caught.value)
    with pytest.raises(UncertainError):
        await decode(answer(content, writes=True), Post)


async def test_deep_json_is_survived() -> None:
    with pytest.raises(BadAnswerError):
        await decode(answer(b"[" * 100_000), list[Any])


# --- pictures, logs, start -------------------------------------------------------------------------


async def test_pictures() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        kind = {"/a.png": "image/png", "/a.svg": "image/svg+xml", "/a": "text/html"}[request.url.path]
        return httpx.Response(200, content=b"x" * 100, headers={"Content-Type": kind})

    http = answering(handle)
    assert len(await http.download(f"{SITE}/a.png", 1000)) == 100
    for url, size, kind in (
        (f"{SITE}/a.svg", 1000, BadAnswerError),
        (f"{SITE}/a", 1000, BadAnswerError),
        (f"{SITE}/a.png", 10, BadAnswerError),
        ("http://m.example/a.png", 1000, AddressError),
        ("https://127.0.0.1/a.png", 1000, AddressError),
    ):
        with pytest.raises(kind):
            await http.download(url, size)
    home = "http://127.0.0.1:3000"
    assert await http.download(f"{home}/a.png", 1000, home=home)


PLANTED = "pLaNtEd-s3cret_0123456789"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-Nature_1"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {PLANTED}",
        f"headers={{'Authorization': 'Bearer {PLANTED}', 'a': 'b'}}",
        f"[(b'authorization', b'Bearer {PLANTED}')]",
        f"GET https://x.example/?access_token={PLANTED}&limit=4",
        f"https://x.example/cb?code={PLANTED}&state=1",
        f'{{"accessJwt": "{PLANTED}", "did": "d"}}',
        f"{{'password': '{PLANTED}'}}",
        f"client_secret={PLANTED}",
        f"Cookie: session={PLANTED}; b=c",
        f"https://user:{PLANTED}@x.example/",
        f"got {JWT} back",
    ],
)
def test_secrets_are_taken_out_of_logs(text: str) -> None:
    shown = redact(text)
    assert PLANTED not in shown
    assert "sig-Nature" not in shown
    record = logging.LogRecord("x", 10, "f", 1, "%s", (text,), None)
    assert RedactingFilter().filter(record)
    assert PLANTED not in record.getMessage()
    assert redact(redact(text)) == shown


def test_what_is_no_secret_stays() -> None:
    text = "GET https://x.example/api/v1/statuses/1: 200, 42 bytes. The token was bad. keyboard=qwerty"
    assert redact(text) == text


async def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    http = answering(lambda request: httpx.Response(200 if "ok" in request.url.path else 500, text=PLANTED))
    secret = {"Authorization": f"Bearer {PLANTED}"}
    query = {"access_token": PLANTED}
    await http.send("POST", f"{SITE}/ok", params=query, json=PLANTED, headers=secret)
    error = await fails(http, ServerError, "POST", f"{SITE}/no", params=query, json=PLANTED, headers=secret)
    assert PLANTED not in str(error)
    assert "/ok" in caplog.text
    assert PLANTED not in caplog.text


def test_importing_does_not_import_httpx() -> None:
    code = "import sys, app.http; sys.exit(any(m in sys.modules for m in ('httpx', 'httpcore', 'anyio', 'msgspec')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
