"""Reading accounts and sending replies from the terminal."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.domain import ReplyState
from app.errors import KeyringError
from app.instance import Instance
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from app.store import replies
from tests.app.cli.running import Run, told


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


def test_a_reply_for_later_stays_in_the_outbox(run: Run, practice: None) -> None:
    run("sync", "--once")
    [row] = told(run("feed", "--json", "--limit", "1"))
    result = run("reply", row["id"], "--text", "Soon.", "--later", "in 2 hours")
    assert (result.exit_code, result.stdout.split()[0]) == (0, "held")
    [held] = told(run("outbox", "--json"))
    assert (held["state"], held["not_before"][:16]) == ("held", result.stdout.split()[1][:16])
    assert run("reply", row["id"], "--text", "Soon.", "--later", "some day").exit_code == 1
    assert "no time at which" in run("reply", row["id"], "--text", "Hm.", "--later", "when they answer").stderr
    assert "usually there" in run("reply", row["id"], "--text", "Hm.", "--later", "usual").stderr
    assert len(told(run("outbox", "--json"))) == 1


def test_a_long_reply_leaves_as_a_thread(run: Run, practice: None) -> None:
    run("sync", "--once")
    row = next(row for row in told(run("feed", "--json", "--limit", "50")) if row["platform_name"] == "Mastodon")
    text = "This is a sentence of a reply that is much too long for one post. " * 16
    result = run("reply", row["id"], "--text", text, "--no-hold", "--split", patience=30)
    assert result.exit_code == 0, result.output
    parts = [row for row in told(run("outbox", "--json")) if row["parts"] > 1]
    assert sorted(row["part"] for row in parts) == [1, 2, 3]
    assert "part 2 of 3" in run("outbox").stdout


def test_a_picture_needs_words(run: Run, practice: None, tmp_path: Path) -> None:
    run("sync", "--once")
    [row] = told(run("feed", "--json", "--limit", "1"))
    (tmp_path / "oven.png").write_bytes(b"no picture")
    result = run("reply", row["id"], "--text", "Look.", "--picture", str(tmp_path / "oven.png"))
    assert (result.exit_code, "one --alt for each" in result.stderr) == (1, True)
    result = run("reply", row["id"], "--text", "Look.", "--picture", str(tmp_path / "oven.png"), "--alt", "An oven")
    assert (result.exit_code, told(run("outbox", "--json"))) == (1, [])
