"""Pictures: fetched once, kept on disk, and never beyond the limit."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from app.errors import NetworkError
from app.pictures import Pictures


class Web:
    """In place of `Http`: counts, waits, fails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.trouble: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def download(self, url: str, max_bytes: int) -> bytes:
        self.asked.append(url)
        await self.gate.wait()
        if self.trouble is not None:
            raise self.trouble
        return url.encode() * 10


def pictures(folder: Path, web: Web, limit: int = 10_000) -> Pictures:
    return Pictures(folder / "pictures", lambda: web, limit=limit)  # type: ignore[arg-type, return-value]


async def test_a_picture_comes_from_the_network_once(tmp_path: Path) -> None:
    web = Web()
    cache = pictures(tmp_path, web)
    assert await cache.fetch("https://a/1") == b"https://a/1" * 10
    web.trouble = NetworkError("No network.")
    assert await cache.fetch("https://a/1") == b"https://a/1" * 10
    assert await pictures(tmp_path, web).fetch("https://a/1"), "also after a restart"
    assert web.asked == ["https://a/1"]
    if sys.platform != "win32":
        assert (tmp_path / "pictures").stat().st_mode & 0o077 == 0


async def test_many_who_ask_at_once_share_one_download(tmp_path: Path) -> None:
    web = Web()
    web.gate.clear()
    cache = pictures(tmp_path, web)
    asking = [asyncio.ensure_future(cache.fetch("https://a/1")) for _ in range(5)]
    await asyncio.sleep(0.05)
    asking[0].cancel()  # a row that was scrolled away takes nothing from the others
    web.gate.set()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [b"https://a/1" * 10] * 4
    assert len(web.asked) == 1


async def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    web = Web()
    web.trouble = NetworkError("No network.")
    cache = pictures(tmp_path, web)
    for _ in range(2):
        with pytest.raises(NetworkError):
            await cache.fetch("https://a/1")
    web.trouble = None
    assert await cache.fetch("https://a/1")
    assert len(web.asked) == 3


async def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    web = Web()
    cache = pictures(tmp_path, web, limit=250)
    for number in range(4):
        await cache.fetch(f"https://a/{number}")
    for number, file in enumerate(sorted((tmp_path / "pictures").iterdir(), key=lambda path: path.read_bytes())):
        os.utime(file, (1000 + number, 1000 + number))
    await cache.fetch("https://a/0")  # looked at just now
    cache.sweep()
    web.asked.clear()
    for number in range(4):
        await cache.fetch(f"https://a/{number}")
    assert web.asked == ["https://a/1", "https://a/2"]


async def test_a_cache_that_cannot_be_written_costs_no_picture(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("a file where the folder should be")
    assert await pictures(tmp_path, Web()).fetch("https://a/1") == b"https://a/1" * 10


def test_a_name_never_leaves_the_folder(tmp_path: Path) -> None:
    asyncio.run(pictures(tmp_path, Web()).fetch("https://a/../../../etc/passwd?x=\x00"))
    assert [path.name for path in tmp_path.iterdir()] == ["pictures"]
    assert len(list((tmp_path / "pictures").iterdir())) == 1
