"""Avatars and attached pictures: fetched when shown, kept on disk up to a limit."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from app.http import Http

MAX_PICTURE = 5_000_000
MAX_CACHE = 200_000_000
SWEEP_EVERY = 100


class Pictures:
    """A cache below `folder`; the least recently used go first."""

    def __init__(self, folder: Path, http: Callable[[], Http], *, limit: int = MAX_CACHE) -> None:
        self._folder, self._http, self._limit = folder, http, limit
        self._running: dict[str, asyncio.Future[bytes]] = {}
        self._written = 0

    def _path(self, url: str) -> Path:
        return self._folder / hashlib.sha256(url.encode()).hexdigest()[:40]

    async def fetch(self, url: str) -> bytes:
        """The picture's bytes, from disk or from the network. Raises `ServiceError`."""
        if (running := self._running.get(url)) is not None:
            return await asyncio.shield(running)
        running = asyncio.ensure_future(self._fetch(url))
        self._running[url] = running
        try:
            return await asyncio.shield(running)
        finally:
            if running.done():
                self._running.pop(url, None)
            else:
                running.add_done_callback(lambda _: self._running.pop(url, None))

    async def _fetch(self, url: str) -> bytes:
        path = self._path(url)
        held = await asyncio.to_thread(_read, path)
        if held is not None:
            return held
        content = await self._http().download(url, MAX_PICTURE)
        await asyncio.to_thread(self._keep, path, content)
        return content

    def _keep(self, path: Path, content: bytes) -> None:
        with contextlib.suppress(OSError):  # a full disk costs the cache, not the picture
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_bytes(content)
            part.replace(path)
            self._written += 1
            if self._written % SWEEP_EVERY == 1:
                self.sweep()

    def sweep(self) -> None:
        """Bring the cache under its limit."""
        files = [(entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in os.scandir(self._folder)]
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._limit:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
                total -= size


def _read(path: Path) -> bytes | None:
    try:
        content = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    return content
