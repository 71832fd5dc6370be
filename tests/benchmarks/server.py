"""A Mastodon on loopback, as a process of its own, so that its work is not counted.

`python -m tests.benchmarks.server N`: each account (told by its token) has N notifications. Prints its port.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from app import clock
from tests.benchmarks import data


class Server:
    """Answers what the connector asks."""

    def __init__(self, count: int) -> None:
        dice, now = random.Random(3), clock.now()
        self._notes = [
            data.notification(n, now - (count - n) * timedelta(minutes=20), dice) for n in range(count, 0, -1)
        ]
        self._bytes = [json.dumps(note, ensure_ascii=False).encode() for note in self._notes]
        self._status = {note["status"]["id"]: json.dumps(note["status"]).encode() for note in self._notes}

    def answer(self, target: str) -> bytes:
        """The JSON for a request."""
        parts = urlsplit(target)
        asked = dict(parse_qsl(parts.query))
        if parts.path == "/api/v1/notifications":
            if "min_id" in asked:
                return b"[]"
            first = 0
            if "max_id" in asked:
                first = len(self._notes) - int(asked["max_id"]) % 100_000 + 1
            return b"[" + b",".join(self._bytes[first : first + int(asked.get("limit", "40"))]) + b"]"
        if parts.path.endswith("/context"):
            return b'{"ancestors":[],"descendants":[]}'
        if parts.path.endswith("/statuses") and "accounts" in parts.path:
            return b"[]"
        if parts.path == "/api/v1/statuses":
            ids = [value for name, value in parse_qsl(parts.query) if name == "id[]"]
            return b"[" + b",".join(self._status[one] for one in ids if one in self._status) + b"]"
        return self._status.get(parts.path.rsplit("/", 1)[-1], b"{}")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = self.answer(head.split(b" ", 2)[1].decode())
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    + f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(Server(int(sys.argv[1])).serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
