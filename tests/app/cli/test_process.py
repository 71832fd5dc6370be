"""The command as a process: its start, its streams and its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import cli
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from tests.app.cli.running import ROOT, Run, command, lines, told


def test_the_start_brings_little(folder: Path) -> None:
    code = (
        "import sys, app.cli; heavy = {'httpx', 'keyring', 'sqlite_utils', 'sqlite3', 'asyncio', 'msgspec', 'PySide6'}"
        "; sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    version = command("--version", data=folder)
    assert (version.returncode, version.stdout.strip()) == (0, b"carelane 0.1.0")
    assert not folder.exists()


def test_real_processes_speak_utf8_and_end_quietly(folder: Path) -> None:
    row = json.dumps({"text": "Grüße 🍰 مرحبا", "author": "Zoë"}, ensure_ascii=False).encode()
    poor = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = command("import", "-", "--client", "Café", data=folder, stdin=row, **poor)
    assert (done.returncode, done.stdout) == (0, b"1 new, 0 known.\n"), done.stderr
    assert "Grüße 🍰 مرحبا" in command("feed", "--client", "Café", data=folder, **poor).stdout.decode()
    assert command("search", "Grüße", data=folder, **poor).stdout
    missing = command("import", "nowhere.jsonl", "--client", "C", data=folder)
    assert (missing.returncode, missing.stdout) == (1, b"")
    assert missing.stderr.decode() == "There is no file nowhere.jsonl. Check its name and folder.\n"


def test_a_reader_that_goes_away(folder: Path) -> None:
    many = "\n".join(json.dumps({"id": str(n), "text": "word " * 200}) for n in range(300)).encode()
    assert command("import", "-", "--client", "C", data=folder, stdin=many).returncode == 0
    environment = {**os.environ, "CARELANE_DATA": str(folder), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "app", "export"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 0


@pytest.mark.skipif(os.name != "posix", reason="Ctrl+C is a signal there")
def test_ctrl_c_takes_a_held_reply_back(folder: Path) -> None:
    import signal

    assert command("import", "-", "--client", "C", data=folder, stdin=b'{"text": "hello?"}').returncode == 0
    environment = {**os.environ, "CARELANE_DATA": str(folder), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "app", "reply", "1", "--text", "Too quick"], env=environment, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        assert b"held" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        told_back = process.stderr.read().decode()
        assert process.wait(20) == 130
    assert "taken back" in told_back
    assert "Traceback" not in told_back
    [shown] = json.loads(command("show", "1", "--json", data=folder).stdout)
    assert shown["draft"] == "Too quick"


def test_a_damaged_database_and_back(run: Run, folder: Path) -> None:
    run("import", "-", "--client", "C", stdin=lines(*({"text": f"text {n} " * 50} for n in range(400))))

    async def copy() -> None:
        runtime = Runtime(Paths.find(folder), secrets=MemorySecrets())
        await asyncio.to_thread(runtime.db.copy, "daily")
        await runtime.stop()

    asyncio.run(copy())
    assert "in order" in run("restore").stdout
    path = folder / "carelane.db"
    path.write_bytes(b"not a database at all" * 1000)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").unlink()
    result = run("feed")
    assert result.exit_code == 1
    assert "damaged" in result.stderr
    doctor = run("doctor")
    assert doctor.exit_code == 1
    assert "carelane restore" in doctor.stdout
    assert run("restore").exit_code == 1  # nobody there to say yes
    assert path.read_bytes().startswith(b"not a database")
    done = run("restore", "--yes")
    assert done.exit_code == 0, done.output
    assert len(told(run("feed", "--json", "--limit", "1000"))) == 400
    assert list(folder.glob("carelane-damaged-*.db"))


def test_the_window_is_started_without_importing_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def replace(program: str, arguments: list[str], environment: dict[str, str]) -> None:
        started.append((arguments, environment))

    monkeypatch.setattr("os.execve", replace)
    monkeypatch.setattr("subprocess.call", lambda arguments, env: started.append((arguments, env)) or 0)
    CliRunner().invoke(cli, ["--practice", "--data", str(folder)])
    arguments, environment = started[0]  # the real execve does not come back
    assert arguments[2:] == ["-m", "ui", "--practice", "--data", str(folder)]
    assert str(ROOT) in environment["PYTHONPATH"]
