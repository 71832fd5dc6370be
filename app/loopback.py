"""The browser's way back after a sign-in: a tiny web server on a free loopback port, for one answer."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from urllib.parse import parse_qs, urlsplit

from app.errors import SignInError

_PAGE = (
    "<!doctype html><meta charset=utf-8><title>Carelane</title><body style='font:16px sans-serif;margin:15vh auto;"
    "max-width:26em;color:#1f1d1a'><h1 style='font-size:22px'>{title}</h1><p>{text}</p>"
)


class Loopback:
    """Waits for `/callback?code=…&state=…`. Answers with another state are turned away and the wait goes on."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._answer: asyncio.Future[str] | None = None
        self.state = ""
        self.uri = ""

    async def start(self) -> str:
        """Listen on 127.0.0.1 and return the redirect address."""
        self._answer = asyncio.get_running_loop().create_future()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=16_384)
        self.uri = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/callback"
        return self.uri

    async def code(self, patience: float = 600.0) -> str:
        """The code that the browser brought. Raises `SignInError` when refused or too late."""
        assert self._answer is not None, "start first"
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(self._answer)
        except TimeoutError:
            raise SignInError("The browser did not come back. Try again, or paste the code by hand.") from None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status, title, text = "404 Not Found", "Nothing here", "This page belongs to a sign-in of Carelane."
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
        if method != "GET" or target.path != "/callback":
            return "404 Not Found", "Nothing here", "This page belongs to a sign-in of Carelane."
        query = {key: values[0] for key, values in parse_qs(target.query).items()}
        if not hmac.compare_digest(query.get("state", "").encode(), self.state.encode()):
            return (
                "400 Bad Request",
                "Not this sign-in",
                "This answer belongs to another sign-in. Start again in Carelane.",
            )
        assert self._answer is not None, "listening"
        if not self._answer.done():
            if "code" in query:
                self._answer.set_result(query["code"])
            else:
                refused = SignInError("The sign-in was refused in the browser. Nothing was connected.")
                self._answer.set_exception(refused)
        if "code" in query:
            return "200 OK", "Signed in", "You can close this page and go back to Carelane."
        return "200 OK", "Not signed in", "Nothing was connected. You can close this page."

    async def close(self) -> None:
        """Stop listening."""
        if self._answer is not None and not self._answer.done():
            self._answer.cancel()
        elif self._answer is not None and not self._answer.cancelled():
            self._answer.exception()  # looked at, so that nobody is told that it was not
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
