"""The browser's way back after a sign-in: a tiny web server on a loopback port, for one answer."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import socket
from urllib.parse import parse_qs, urlsplit

from app.errors import InputError, SignInError
from app.text import clean

_PAGE = (
    "<!doctype html><meta charset=utf-8><title>Carelane</title><body style='font:16px sans-serif;margin:15vh auto;"
    "max-width:26em;color:#1f1d1a'><h1 style='font-size:22px'>{title}</h1><p>{text}</p>"
)
_NOTHING = ("404 Not Found", "Nothing here", "This page belongs to a sign-in of Carelane.")
_HOSTS = {"localhost": ("127.0.0.1", "::1"), "127.0.0.1": ("127.0.0.1",), "::1": ("::1",)}
_BY_HAND = (
    "Allow access on the page. It then leads to an address that shows nothing useful: copy that whole address from the"
    " browser's address bar and paste it here."
)


class Loopback:
    """Waits for `/callback?code=…&state=…`. Answers with another state are turned away and the wait goes on."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._answer: asyncio.Future[str] | None = None
        self._path = "/callback"
        self.state = ""
        self.uri = ""
        self.trouble = ""  # why the browser cannot come back by itself, and what to do, in words

    async def start(self, redirect: str = "") -> str:
        """Listen and return the redirect address: any free port of 127.0.0.1, or the one that `redirect` names.

        What cannot be listened to (a port that is taken, a page elsewhere) is told in `trouble`: the address is
        then pasted by hand.
        """
        self._answer = asyncio.get_running_loop().create_future()
        if not redirect:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=16_384)
            self._servers.append(server)
            self.uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback"
            return self.uri
        self.uri = redirect
        try:
            parts = urlsplit(redirect)
            hosts, port = _HOSTS.get(parts.hostname or "", ()), parts.port or 80
        except ValueError:
            raise InputError("The redirect address cannot be used. Type it as it is entered in the app.") from None
        if not hosts or parts.scheme != "http":
            self.trouble = _BY_HAND
            return self.uri
        self._path = parts.path or "/"
        for host in hosts:
            try:
                self._servers.append(await self._listen(host, port))
            except OSError as error:
                if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    continue  # a computer without IPv6
                # the browser may take either of the two: half a way back is none
                await self._release()
                self.trouble = (
                    f"Another program uses port {port} of this computer, so the browser cannot come back by itself."
                    f" End that program and start again, or go on by hand. {_BY_HAND}"
                )
                break
        if not self._servers and not self.trouble:
            self.trouble = _BY_HAND
        return self.uri

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return await asyncio.start_server(self._serve, host, port, family=family, limit=16_384)

    async def code(self, patience: float = 600.0) -> str:
        """What the browser brought: the code, or the whole address where it holds something else than a code.

        Raises `SignInError` when refused or too late.
        """
        assert self._answer is not None, "start first"
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(self._answer)
        except TimeoutError:
            raise SignInError("The browser did not come back. Try again, or paste the code by hand.") from None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status, title, text = _NOTHING
        try:
            async with asyncio.timeout(10):
                line = (await reader.readline()).decode("latin-1")
                while (await reader.readline()).strip():
                    pass
            status, title, text = self._take(line)
        except (TimeoutError, ValueError, ConnectionError):
            pass
        body = _PAGE.format(title=title, text=text).encode()
        with contextlib.suppress(ConnectionError):
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
                "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        writer.close()

    def _take(self, line: str) -> tuple[str, str, str]:
        method, _, rest = line.partition(" ")
        target = urlsplit(rest.rpartition(" ")[0])
        if method != "GET" or target.path != self._path:
            return _NOTHING
        query = {key: values[0] for key, values in parse_qs(target.query).items()}
        if not hmac.compare_digest(query.pop("state", "").encode(), self.state.encode()):
            return (
                "400 Bad Request",
                "Not this sign-in",
                "This answer belongs to another sign-in. Start again in Carelane.",
            )
        refused = "error" in query or query.get("success") == "false" or not query
        assert self._answer is not None, "listening"
        if not self._answer.done():
            if refused:
                self._answer.set_exception(_refusal(query))
            else:
                # some platforms bring no code but a password or a payload: their connector reads the address
                self._answer.set_result(query.get("code") or f"{self.uri.partition('?')[0]}?{target.query}")
        if refused:
            return "200 OK", "Not signed in", "Nothing was connected. You can close this page."
        return "200 OK", "Signed in", "You can close this page and go back to Carelane."

    async def leave(self) -> None:
        """The page leads elsewhere after all: the address is pasted by hand."""
        self.trouble = _BY_HAND
        await self._release()

    async def close(self) -> None:
        """Stop listening."""
        if self._answer is not None and not self._answer.done():
            self._answer.cancel()
        elif self._answer is not None and not self._answer.cancelled():
            self._answer.exception()  # looked at, so that nobody is told that it was not
        await self._release()

    async def _release(self) -> None:
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
            await server.wait_closed()


def _refusal(query: dict[str, str]) -> SignInError:
    code = query.get("error", "")
    said = "" if code in ("", "access_denied") else clean(query.get("error_description", code))[:200]
    why = f" It says: “{said}”" if said else ""
    return SignInError(f"The sign-in was refused in the browser. Nothing was connected.{why}", code=code)
