"""The whole road, with nothing replaced: a real network, a real keyring, the real window, a real keyboard."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.servers import BlueskyNetwork, Keyring, MastodonMock, SnacServer, wait_until
from tests.live.servers.processes import Process

ROOT = Path(__file__).parents[2]
WAIT = 60.0


class Desk:
    """A person's computer: a screen, a keyring, a data folder."""

    def __init__(self, keyring: Keyring, data: Path) -> None:
        self.keyring, self.data = keyring, data
        keep = {name: os.environ[name] for name in ("DISPLAY", "XAUTHORITY") if name in os.environ}
        self.env = {"CARELANE_DATA": str(data), "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "xcb", **keep}
        self.process: Process | None = None

    def carelane(self, *arguments: str, stdin: str = "") -> str:
        """Run the command; its output. It must succeed."""
        done = self.keyring.run(
            [sys.executable, "-m", "app.cli", *arguments], env=self.env, cwd=ROOT, input=stdin, timeout=90
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def open_window(self) -> None:
        """Start the window and wait until it is on the screen."""
        self.process = self.keyring.start(
            [sys.executable, "-m", "ui"], env=self.env, cwd=ROOT, log=self.data.parent / "window.log"
        )
        wait_until(self.window, "the window", timeout=WAIT, every=0.25)

    def window(self) -> str:
        """The window's number on the screen, "" while there is none."""
        found = self.xdotool("search", "--onlyvisible", "--name", "Carelane")
        return found.split()[-1] if found.split() else ""

    def xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments], env={**os.environ, **self.env}, capture_output=True, text=True, check=False
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Type keys into the window."""
        self.xdotool("windowfocus", "--sync", self.window())
        self.xdotool("key", "--delay", "60", *keys)

    def write(self, text: str) -> None:
        """Type a text."""
        self.xdotool("type", "--delay", "15", text)

    def rows(self, query: str) -> list[Any]:
        """Ask the database, as a reader beside the running program."""
        db = sqlite3.connect(f"file:{self.data / 'carelane.db'}?mode=ro", uri=True)
        try:
            return db.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            db.close()

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process = None

    def close(self) -> None:
        """End what runs."""
        if self.process is not None:
            self.process.stop()

    def log(self) -> str:
        """What the window's process wrote."""
        return (self.data.parent / "window.log").read_text(errors="replace")


@pytest.fixture
def desk(gnome_keyring: Keyring, tmp_path: Path) -> Iterator[Desk]:
    if "DISPLAY" not in os.environ:
        pytest.fail("This test needs a screen: run it by dev.py test, or under xvfb-run -a.")
    desk = Desk(gnome_keyring, tmp_path / "data")
    yield desk
    desk.close()


def answer_by_keyboard(desk: Desk, text: str, mentions: int = 1) -> None:
    """The first conversation is chosen; R, the text, Ctrl+Enter; wait for the platform's id."""
    wait_until(
        lambda: len(desk.rows("SELECT 1 FROM conversation WHERE state = 'open'")) >= mentions, "the mention",
        timeout=WAIT, every=0.25,
    )  # fmt: skip

    def drafted() -> bool:
        if not desk.rows("SELECT 1 FROM draft"):
            desk.press("Escape", "j", "r")
            desk.write(text)
        return desk.rows("SELECT text FROM draft") == [(text,)]

    wait_until(drafted, "the draft on disk", timeout=WAIT, every=1.0)
    desk.press("ctrl+Return")
    wait_until(
        lambda: desk.rows("SELECT remote_id FROM reply WHERE state = 'sent' AND origin = 'carelane'"), "the sent reply",
        timeout=WAIT, every=0.25,
    )  # fmt: skip


def no_secret_on_disk(desk: Desk, secrets: list[str]) -> None:
    """No file of the data folder, and nothing that was printed, holds a secret."""
    for file in [*desk.data.rglob("*"), desk.data.parent / "window.log"]:
        if file.is_file():
            content = file.read_bytes()
            for secret in secrets:
                assert secret.encode() not in content, f"{file.name} holds a secret"


def test_a_mention_on_bluesky_is_answered_from_the_desktop(bluesky: BlueskyNetwork, desk: Desk) -> None:
    shop, kim = bluesky.alice, bluesky.add_account("wren")
    password = shop.app_password
    desk.carelane(
        "account", "add", "bluesky", "--handle", shop.handle, "--server", bluesky.pds, "--password-stdin",
        "--client", "Maple & Rye", stdin=password + "\n",
    )  # fmt: skip
    post = kim.post(f"@{shop.handle} my order is missing and I am angry, I want a refund", mention=shop)
    shop.wait_notification(post)
    desk.open_window()
    answer_by_keyboard(desk, "We are so sorry. Please send us your order number.")
    wait_until(lambda: kim.replies(post, by=shop), "the reply", timeout=20)
    assert len(kim.replies(post, by=shop)) == 1
    found = [n for n in kim.notifications() if n["reason"] == "reply" and n["author"]["did"] == shop.did]
    assert len(found) == 1, "exactly one reply in the customer's notifications"
    stored = json.loads(desk.carelane("outbox", "--json"))
    assert stored[0]["state"] == "sent", stored
    no_secret_on_disk(desk, [password])
    assert "Traceback" not in desk.log(), desk.log()


def test_a_kill_of_the_window_loses_nothing(bluesky: BlueskyNetwork, desk: Desk) -> None:
    shop, kim = bluesky.alice, bluesky.add_account("ada")
    desk.carelane(
        "account", "add", "bluesky", "--handle", shop.handle, "--server", bluesky.pds, "--password-stdin",
        "--client", "Maple & Rye", stdin=shop.app_password + "\n",
    )  # fmt: skip
    post = kim.post(f"@{shop.handle} my cake is wrong, I want a refund", mention=shop)
    shop.wait_notification(post)
    desk.open_window()
    wait_until(lambda: desk.rows("SELECT 1 FROM conversation WHERE state = 'open'"), "the mention", timeout=WAIT)

    def typed() -> bool:
        if not desk.rows("SELECT 1 FROM draft"):
            desk.press("Escape", "j", "r")
            desk.write("Half of a sente")
        return desk.rows("SELECT text FROM draft") == [("Half of a sente",)]

    wait_until(typed, "the draft", timeout=WAIT, every=1.0)
    desk.kill()
    assert desk.rows("SELECT text FROM draft") == [("Half of a sente",)]
    desk.open_window()
    desk.press("Escape", "j", "r", "ctrl+End")
    desk.write("nce.")
    wait_until(lambda: desk.rows("SELECT text FROM draft") == [("Half of a sentence.",)], "the draft", timeout=WAIT)
    desk.press("ctrl+Return")
    wait_until(lambda: desk.rows("SELECT 1 FROM reply WHERE state = 'held'"), "the undo window", timeout=20)
    desk.kill()
    desk.open_window()
    wait_until(lambda: kim.replies(post, by=shop), "the reply", timeout=WAIT)
    wait_until(lambda: desk.rows("SELECT 1 FROM reply WHERE state = 'sent'"), "its platform id", timeout=20)
    assert len(kim.replies(post, by=shop)) == 1


def test_a_mention_on_snac_is_answered_from_the_desktop(snac: SnacServer, desk: Desk) -> None:
    token = snac.token("owner")
    desk.carelane(
        "account", "add", "mastodon", "--server", snac.base, "--token-stdin", "--client", "Maple & Rye",
        stdin=token + "\n",
    )  # fmt: skip
    status = snac.visitor.post("@owner my order is missing and I am angry, I want a refund")
    snac.owner.wait_notification(status["id"])
    desk.open_window()
    answer_by_keyboard(desk, "We are so sorry. Please send us your order number.")
    found = snac.owner.replies(status["id"], by="owner")
    assert len(found) == 1
    no_secret_on_disk(desk, [token])


def test_a_mention_on_mastodon_mock_is_answered_from_the_command_line(mastodon_mock: MastodonMock, desk: Desk) -> None:
    desk.carelane(
        "account", "add", "mastodon", "--server", mastodon_mock.base, "--token-stdin", "--client", "Maple & Rye",
        stdin=mastodon_mock.owner_token + "\n",
    )  # fmt: skip
    status = mastodon_mock.visitor.post("@owner my order is missing and I am angry, I want a refund")
    mastodon_mock.owner.wait_notification(status["id"])
    desk.carelane("sync", "--once")
    rows = json.loads(desk.carelane("feed", "--json"))
    mine = [row for row in rows if "refund" in row["text"]]
    assert len(mine) == 1
    desk.carelane("reply", str(mine[0]["id"]), "--text", "Yes, it is.", "--no-hold")
    assert len(mastodon_mock.owner.replies(status["id"], by="owner")) == 1
