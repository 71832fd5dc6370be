"""The `carelane` command, in this process with secrets in memory and as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import cli, output
from app.cli.session import Session
from app.domain import Identity, ReplyState
from app.errors import InputError, KeyringError, SignInError
from app.instance import Instance
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from app.store import replies

ROOT = Path(__file__).parents[2]
TOKEN = "planted-token-5f3a9"
Run = Callable[..., Result]


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


def lines(*rows: dict[str, object]) -> str:
    return "\n".join(json.dumps(row) for row in rows)


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def practice(folder: Path, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    """The practice shop, without its bad days."""
    monkeypatch.setattr("app.connectors._practice_world.World.trouble", lambda self, moment: None)

    async def open_shop() -> None:
        runtime = Runtime(Paths.find(folder), secrets=secrets)
        await runtime.accounts.practise()
        await runtime.stop()

    asyncio.run(open_shop())


def command(*arguments: str, data: Path, stdin: bytes | None = None, **more: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "CARELANE_DATA": str(data), "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments], input=stdin, env=environment, capture_output=True, check=False
    )


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


@pytest.mark.parametrize("words", [["feed"], ["search", "cake"], ["outbox"], ["account", "list"]])
def test_an_empty_folder_is_no_error(run: Run, words: list[str]) -> None:
    assert told(run(*words, "--json")) == []
    assert run(*words).exit_code == 0


def test_usage_errors_end_with_2(run: Run) -> None:
    for words in (
        ["nonsense"], ["feed", "--lane", "x"], ["feed", "--limit", "0"], ["sync"], ["reply", "1"],
        ["import", "f"], ["search"], ["account", "add", "mastodon"],
        ["account", "add", "bluesky", "--handle", "a.b", "--client", "C"],
    ):  # fmt: skip
        assert run(*words).exit_code == 2, words


def test_data_may_stand_before_and_after(tmp_path: Path) -> None:
    for number, words in enumerate(
        (["--data", "{}", "feed"], ["feed", "--data", "{}"], ["account", "list", "--data", "{}"])
    ):
        place = tmp_path / str(number)
        result = CliRunner().invoke(cli, [word.format(place) for word in words])
        assert result.exit_code == 0, result.output
        assert (place / "carelane.db").exists()


def test_feed_show_and_search(run: Run) -> None:
    text = lines(
        {
            "id": "1",
            "text": "My cake is broken, I want a refund!",
            "author": "Ana",
            "posted_at": "2026-03-02T09:00:00Z",
        },
        {
            "id": "2",
            "text": "Open on Sunday?",
            "author": "Bob",
            "posted_at": "2026-03-02T08:00:00Z",
            "platform": "google",
        },
    )
    assert run("import", "-", "--client", "Maple & Rye", stdin=text).exit_code == 0
    feed = told(run("feed", "--json", "--client", "maple & rye"))
    assert sorted(row["author"] for row in feed) == ["Ana", "Bob"]
    assert [row["care_by"] for row in feed] == sorted(row["care_by"] for row in feed)
    assert len(told(run("feed", "--json", "--limit", "1"))) == 1
    assert {row["lane"] for row in told(run("feed", "--json", "--lane", "care"))} == {"care"}
    found = told(run("search", "broken", "cake", "--json"))
    assert [row["author"] for row in found] == ["Ana"]
    [shown] = told(run("show", found[0]["id"], "--json"))
    assert shown["items"][0]["text"].startswith("My cake")
    assert shown["items"][0]["at"] == "2026-03-02T09:00:00Z"
    assert told(run("show", shown["items"][0]["id"], "--json")) == [shown]
    assert "My cake is broken" in run("show", found[0]["id"]).stdout
    assert "Ana" in run("feed").stdout


@pytest.mark.parametrize("id_", ["7", "x", "²", "9" * 40, "no/such", "-1"])
def test_what_is_not_there_is_said(run: Run, id_: str) -> None:
    result = run("show", "--", id_)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no conversation" in result.stderr
    assert "Traceback" not in result.output


def test_a_client_that_is_not_there(run: Run) -> None:
    run("import", "-", "--client", "Maple", stdin='{"text": "a"}')
    for words in (["feed"], ["search", "a"], ["export"]):
        result = run(*words, "--client", "Ny")
        assert result.exit_code == 1
        assert result.stderr.strip() == "There is no client called Ny. Known clients: Maple."


def test_remote_text_cannot_drive_the_terminal(run: Run) -> None:
    nasty = "a\x1b[2J\x1b]0;title\x07b\x9b31mc\x7f\u202ed"
    assert not set(output.harmless(nasty)) & set("\x1b\x07\x9b\x7f\u202e")
    assert "\x7f" not in output.safe_json(json.dumps("a\x7f\x9b", ensure_ascii=False).encode())
    assert json.loads(output.safe_json(json.dumps("a\x7f\x9b", ensure_ascii=False).encode())) == "a\x7f\x9b"
    run("import", "-", "--client", "C\x1b[31m", stdin=lines({"text": nasty, "author": "\x1b[31mX"}))
    for words in (["feed"], ["show", "1"], ["account", "list"]):
        assert "\x1b" not in run(*words).output


def test_spans_of_time() -> None:
    assert [output.span(m) for m in (0, 5, 65, 1500, 5000)] == ["0 min", "5 min", "1 h 5 min", "1 d 1 h", "3 d"]


def test_a_reply_to_a_file_is_refused_in_words(run: Run) -> None:
    run("import", "-", "--client", "C", stdin='{"text": "hello?"}')
    result = run("reply", "1", "--text", "Hi", "--no-hold")
    assert result.exit_code == 1
    assert "This came from a file, so it cannot be answered from here." in result.stderr
    assert told(run("outbox", "--json"))[0]["state"] == "refused"


def test_sync_and_reply_with_the_practice_shop(run: Run, practice: None) -> None:
    first = run("sync", "--once")
    assert first.exit_code == 0, first.output
    assert sum(line.endswith(" new") for line in first.stdout.splitlines()) == 3
    [row] = told(run("feed", "--json", "--limit", "1"))
    result = run("reply", row["id"], "--text", "We are on it.", "--no-hold", patience=30)
    assert result.exit_code == 0, result.output
    [sent] = told(run("outbox", "--json"))
    assert sent["state"] == "sent"
    assert result.stdout.split()[:2] == ["sent", sent["remote_id"]]
    assert run("reply", row["id"], "--text", "  ").exit_code == 1
    assert "too long" in run("reply", row["id"], "--text", "x" * 20_000).stderr


def test_a_held_reply_that_does_not_leave_in_time(run: Run, practice: None) -> None:
    run("sync", "--once")
    [row] = told(run("feed", "--json", "--limit", "1"))
    result = run("reply", row["id"], "--text", "Soon.", patience=0.3)
    assert result.exit_code == 1
    assert "Not sent yet (held)" in result.stderr
    assert told(run("outbox", "--json"))[0]["state"] == "held"


def test_while_the_window_runs(run: Run, folder: Path, practice: None) -> None:
    run("sync", "--once")
    [row] = told(run("feed", "--json", "--limit", "1"))
    lock = Instance(folder)
    try:
        result = run("sync", "--once")
        assert (result.exit_code, result.stderr.strip()) == (1, "Carelane is running and does this by itself.")
        assert run("feed").exit_code == run("doctor").exit_code == 0
        assert run("import", "-", "--client", "C", stdin='{"text": "x"}').exit_code == 0
        result = run("reply", row["id"], "--text", "Hi", "--no-hold", patience=0.3)
        assert (result.exit_code, told(run("outbox", "--json"))[0]["state"]) == (1, "held")
    finally:
        lock.release()


async def test_a_reply_is_watched_while_the_window_sends(folder: Path, run: Run) -> None:
    runtime = Runtime(Paths.find(folder), secrets=MemorySecrets())
    await asyncio.to_thread(run, "import", "-", "--client", "C", stdin='{"text": "x"}')

    async def window() -> None:
        while not (held := replies.in_state(runtime.db.reader(), ReplyState.HELD)):
            await asyncio.sleep(0.02)
        await runtime.db.write(
            lambda db: replies.set_state(db, held[0].id, ReplyState.BLOCKED, why="They wrote again.")
        )

    sending = asyncio.create_task(window())
    result = await asyncio.to_thread(run, "reply", "1", "--text", "Hi", "--no-hold")
    await sending
    await runtime.stop()
    assert (result.exit_code, "blocked: They wrote again." in result.stderr) == (1, True)


def _signing_in(monkeypatch: pytest.MonkeyPatch, outcome: Identity | Exception) -> None:
    from app.connectors.mastodon import MastodonConnector

    async def sign_in(cls: object, http: object, fields: dict[str, str]) -> Identity:
        assert fields["token"] == TOKEN
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def check(self: object) -> str:
        return ""

    async def pull(self: object, stream: str, mark: str | None, *, since: object):  # type: ignore[no-untyped-def]
        if stream == "none":
            yield None

    monkeypatch.setattr(MastodonConnector, "sign_in", classmethod(sign_in))
    monkeypatch.setattr(MastodonConnector, "check", check)
    monkeypatch.setattr(MastodonConnector, "pull", pull)


ADD = ("account", "add", "mastodon", "--server", "social.example", "--token-stdin", "--client", "Maple")


def test_an_account_comes_and_goes_and_its_token_stays_in_the_keyring(
    run: Run, folder: Path, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    _signing_in(monkeypatch, Identity("7", "@m@social.example", "M", "https://social.example", {"token": TOKEN}))
    added = run(*ADD, stdin=f"{TOKEN}\n")
    assert added.exit_code == 0, added.output
    [account] = told(run("account", "list", "--json"))
    assert (account["client"], account["platform"], account["state"]) == ("Maple", "mastodon", "ok")
    assert secrets.get(account["id"]) == {"token": TOKEN}
    again = run(*ADD[:-1], "Other", stdin=f"{TOKEN}\n")
    assert (again.exit_code, "connected already" in again.stderr) == (1, True)
    exported = run("export").stdout
    assert '"Other"' not in exported
    assert '"type":"account"' in exported
    for text in (added.output, again.output, exported):
        assert TOKEN not in text
    for file in folder.rglob("*"):
        assert not file.is_file() or TOKEN.encode() not in file.read_bytes(), file
    assert run("account", "remove", "nobody").exit_code == 1
    assert run("account", "remove", "@m@social.example").exit_code == 0
    assert secrets.get(account["id"]) is None
    assert told(run("account", "list", "--json")) == []


@pytest.mark.parametrize(
    "error",
    [
        SignInError("Mastodon no longer accepts this sign-in. Sign in again."),
        KeyringError("The system keychain is locked. Unlock it, then try again."),
        InputError("Type it again."),
    ],
)
def test_what_goes_wrong_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    _signing_in(monkeypatch, error)
    result = run(*ADD, stdin=f"{TOKEN}\n")
    assert (result.exit_code, result.stderr.strip(), result.stdout) == (1, str(error), "")


def test_no_secret_on_standard_input(run: Run) -> None:
    result = run(*ADD, stdin="\n")
    assert (result.exit_code, "standard input" in result.stderr) == (1, True)


def test_a_failing_account_does_not_stop_the_others(run: Run, practice: None, secrets: MemorySecrets) -> None:
    import app.connectors.practice as shop

    real = shop.PracticeConnector.pull

    async def pull(self: Any, stream: str, mark: str | None, *, since: Any):  # type: ignore[no-untyped-def]
        if self.capabilities.name == "Bluesky":
            raise KeyringError("The system keychain is locked. Unlock it, then try again.")
        async for page in real(self, stream, mark, since=since):
            yield page

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop.PracticeConnector, "pull", pull)
        result = run("sync", "--once")
    assert result.exit_code == 1
    assert "keychain is locked" in result.stderr
    assert result.stdout.count(" new\n") == 2
    assert "keychain is locked" in run("account", "list").stdout


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
