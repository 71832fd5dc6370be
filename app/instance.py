"""One Carelane per data folder. A second start asks the first one to come to the front."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

from app.errors import InUseError, StoreError

if TYPE_CHECKING:
    import asyncio

if os.name == "nt":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(4096)  # beyond the text, which stays readable to others
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class Instance:
    """Holds the lock; the system releases it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Raises `InUseError` if another process holds it."""
        self.path = folder / "lock"
        self._server: asyncio.Server | None = None
        try:
            self._file = open(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise StoreError(f"Carelane may not write to {folder}. Check the rights of that folder.") from error
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            raise InUseError("Carelane is already running on this data folder.") from error

    async def listen(self, raised: Callable[[], None]) -> None:
        """Call `raised` whenever another start asks for it."""
        import asyncio
        import hmac
        import json
        import secrets

        token = secrets.token_hex(16)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(2):
                    if hmac.compare_digest(await reader.read(64), token.encode()):
                        raised()
                        writer.write(b"ok")
                        await writer.drain()
            writer.close()

        self._server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps({"port": port, "token": token}))
        self._file.flush()

    async def close(self) -> None:
        """Let another start have the folder."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.release()

    def release(self) -> None:
        """Give the lock back."""
        self._file.close()


def ask_to_front(folder: Path) -> bool:
    """Ask the running Carelane to show its window. False if nobody answered."""
    import json
    import socket

    try:
        told = json.loads((folder / "lock").read_text(encoding="utf-8"))
        with socket.create_connection(("127.0.0.1", told["port"]), timeout=2) as line:
            line.sendall(str(told["token"]).encode())
            return line.recv(8) == b"ok"
    except (OSError, ValueError, KeyError, TypeError):
        return False
