"""The log file: for its owner alone, without secrets, and never in the way."""

from __future__ import annotations

import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import logs


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    handler = logs.start(tmp_path)
    yield tmp_path / "carelane.log"
    logs.stop(handler)


def test_secrets_are_taken_out(log: Path) -> None:
    logging.getLogger("app.test").info("GET /x?access_token=abcdef123456 with %s", "Bearer tok-123456789")
    try:
        raise ValueError("password=hunter22")
    except ValueError:
        logging.getLogger("app.test").exception("failed")
    text = log.read_text(encoding="utf-8")
    assert "app.test" in text
    assert not [word for word in ("abcdef123456", "tok-123456789", "hunter22") if word in text]


@pytest.mark.skipif(sys.platform == "win32", reason="rights are another thing there")
def test_only_the_owner_reads_it(log: Path) -> None:
    log.touch(mode=0o644)
    logging.getLogger("app.test").info("hello")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_it_rotates(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(60):
        logging.getLogger("app.test").info("x" * 100_000)
    files = sorted(log.parent.glob("carelane.log*"))
    assert len(files) == logs.FILES + 1
    assert all(file.stat().st_size <= logs.FILE_BYTES for file in files)


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    handler = logs.start(tmp_path / "file")  # a file where the folder should be
    try:
        logging.getLogger("app.test").info("hello")
    finally:
        logs.stop(handler)
    assert capsys.readouterr().err == ""


def test_libraries_that_log_addresses_are_quiet(log: Path) -> None:
    logging.getLogger("httpx").info("GET https://x.example/search?q=words")
    assert not log.exists() or "words" not in log.read_text(encoding="utf-8")
