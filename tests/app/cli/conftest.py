"""The command in this process, with secrets in memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import cli
from app.cli.session import Session
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from tests.app.cli.running import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def secrets() -> MemorySecrets:
    return MemorySecrets()


@pytest.fixture
def run(folder: Path, secrets: MemorySecrets) -> Run:
    def call(*arguments: str, stdin: str | bytes | None = None, patience: float = 5.0) -> Result:
        found = CliRunner().invoke(
            cli, arguments, obj=Session(data=str(folder), secrets=secrets, patience=patience), input=stdin
        )
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found

    return call


@pytest.fixture
def practice(folder: Path, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    """The practice shop, without its bad days."""
    monkeypatch.setattr("app.connectors._practice_world.World.trouble", lambda self, moment: None)

    async def open_shop() -> None:
        runtime = Runtime(Paths.find(folder), secrets=secrets)
        await runtime.accounts.practise()
        await runtime.stop()

    asyncio.run(open_shop())
