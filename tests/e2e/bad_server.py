"""A server on loopback that speaks Mastodon's API just as far as it is in the mood to."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TOKEN = "planted-token-91c7d"
Trouble = Callable[["Handler"], None]


def note(number: int, text: str, **more: Any) -> dict[str, Any]:
    """A mention as the server tells it; `more` replaces keys of the status."""
    at = datetime.now(UTC).isoformat()
    status = {
        "id": str(1000 + number), "created_at": at, "content": f"<p>{text}</p>", "visibility": "public",
        "account": {"id": f"p{number}", "acct": f"guest{number}", "display_name": f"Guest {number}"},
        "mentions": [{"id": "1", "acct": "shop"}], **more,
    }  # fmt: skip
    return {"id": str(number), "type": "mention", "created_at": at, "status": status}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: BadServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if self.server.trouble is not None and path.startswith(self.server.where):
            self.close_connection = True
            self.server.trouble(self)
        else:
            self.good(path)

    do_POST = do_GET

    def good(self, path: str) -> None:
        """As Mastodon would."""
        if path == "/api/v2/instance":
            self.reply({"domain": "shop.example", "version": "4.3.0"})
        elif path == "/api/v1/accounts/verify_credentials":
            self.reply({"id": "1", "acct": "shop", "display_name": "The shop"})
        elif path == "/api/v1/notifications":
            known = "min_id=" in self.path or "max_id=" in self.path
            self.reply([] if known else self.server.notes)
        elif path.startswith("/api/v1/accounts/"):
            self.reply([])
        elif path == "/api/v1/statuses":
            self.reply([one["status"] for one in self.server.notes if isinstance(one, dict) and "status" in one])
        elif path.endswith("/context"):
            self.reply({"ancestors": [], "descendants": []})
        else:
            self.reply({"error": "Record not found"}, 404)

    def reply(self, content: Any, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """An answer; text goes as it is, everything else as JSON."""
        body = (content if isinstance(content, str) else json.dumps(content)).encode("utf-8", "surrogatepass")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class BadServer(ThreadingHTTPServer):
    """`trouble` answers what begins with `where`; all else is answered well."""

    daemon_threads = True

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.notes: list[Any] = []
        self.trouble: Trouble | None = None
        self.where = "/"
        self.secure = certificate is not None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Its base address."""
        return f"http{'s' if self.secure else ''}://127.0.0.1:{self.server_port}"

    def handle_error(self, *arguments: object) -> None:
        """A client that hangs up is none."""

    def stop(self) -> None:
        """End it."""
        self.shutdown()
        self.server_close()
        self._thread.join()


def certificate(folder: Path) -> Path:
    """Key and certificate for loopback in one file, which is also its own authority."""
    path = folder / "loopback.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "key.pem"), "-out", str(path)],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + (folder / "key.pem").read_text())
    return path


# Kinds of trouble


def says(content: Any, status: int = 200, kind: str = "application/json", **headers: str) -> Trouble:
    """An answer like any other, with the wrong thing in it."""
    return lambda handler: handler.reply(content, status, kind, **headers)


def circles(handler: Handler) -> None:
    """A redirect to itself, a little longer each time."""
    handler.reply("", 302, Location=f"{urlsplit(handler.path).path}?again")


def huge(handler: Handler) -> None:
    """100 MB, one piece after the other, as long as somebody takes them."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(100_000_000))
    handler.end_headers()
    piece = b"[" + b" " * 999_999
    for _ in range(100):
        handler.wfile.write(piece)


def hangs_up(handler: Handler) -> None:
    """Fewer bytes than were promised."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'[{"id": "1", "type"')
