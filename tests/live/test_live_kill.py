"""kill -9 at random moments around a send: never two replies, never none."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.servers import BlueskyNetwork, SnacServer, wait_until

MOMENTS = int(os.environ.get("CARELANE_KILLS", "30"))
ROOT = Path(__file__).parents[2]


class Driver:
    """Talks to `tests.live.driver`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.driver"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=ROOT,
        )  # fmt: skip
        self.jobs = 0

    def run(self, do: str, *, kill_after: float | None = None, **given: Any) -> dict[str, Any] | None:
        """Carry out a job; None if it was killed before it was done."""
        self.jobs += 1
        to = self.folder / f"answer-{self.jobs}.json"
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, "with": given, "to": str(to)}) + "\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        killer = None
        if kill_after is not None:
            killer = threading.Timer(kill_after, lambda: _kill(child))
            killer.start()
        self.process.stdout.readline()
        if killer is not None:
            killer.cancel()
        return json.loads(to.read_text()) if to.exists() else None

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    driver = Driver(tmp_path)
    yield driver
    driver.close()


def one_reply(driver: Driver, data: str, conversation: str, text: str, kill_after: float | None) -> bool:
    """Answer, with a kill; start again; it must be sent. Returns whether the kill hit."""
    done = driver.run("answer", data=data, conversation=conversation, text=text, kill_after=kill_after)
    settled = driver.run("settle", data=data, conversation=conversation, text=text)
    assert settled is not None
    if not settled["ledger"]:
        assert settled["drafts"] in ([text], []), "killed before the ledger: the draft is kept, or was not yet typed"
    (reply,) = settled["replies"]
    assert reply["state"] == "sent", reply
    assert reply["remote_id"]
    return done is None


def round_after_round(driver: Driver, data: str, conversations: dict[str, str], seed: int) -> None:
    """The first round is not killed and tells how long a send takes; the others are, at random moments of it."""
    rng = random.Random(seed)
    killed, whole = 0, 0.0
    for text, conversation in conversations.items():
        began = time.monotonic()
        if not whole:
            done = driver.run("answer", data=data, conversation=conversation, text=text)
            assert done is not None
            whole = time.monotonic() - began
            continue
        killed += one_reply(driver, data, conversation, text, rng.uniform(0.0, whole * 1.1))
    assert killed >= MOMENTS // 2, f"only {killed} of {MOMENTS} kills hit a send that took {whole:.2f} s"


def opened(driver: Driver, data: str, count: int) -> dict[str, str]:
    """Conversations by the text of our answer, once all mentions have come."""

    def all_there() -> list[dict[str, str]] | None:
        found = driver.run("pull", data=data)
        rows = found["open"] if found else []
        return rows if len(rows) == count else None

    rows = wait_until(all_there, f"{count} mentions", timeout=60, every=0.5)
    return {f"It is on its way, {row['text'].split()[-1]}": row["id"] for row in rows}


def test_on_bluesky_never_two_and_never_none(bluesky: BlueskyNetwork, driver: Driver, tmp_path: Path) -> None:
    shop, bob = bluesky.alice, bluesky.add_account("kim")
    session = shop.sign_in(shop.app_password)
    account = {
        "platform": "bluesky", "server": bluesky.pds, "remote_id": shop.did, "handle": shop.handle, "name": "Shop",
        "data": json.dumps({"pds": bluesky.pds, "did": shop.did, "dm": False, "typed": True}), "service": "Bluesky",
    }  # fmt: skip
    data = str(tmp_path / "data")
    secret = {"access": session["accessJwt"], "refresh": session["refreshJwt"]}
    driver.run("connect", data=data, account=account, secret=secret)
    before = len((driver.run("pull", data=data) or {"open": []})["open"])
    posts = [bob.post(f"@{shop.handle} where is order {n}?", mention=shop) for n in range(MOMENTS + 1)]
    for post in posts:
        shop.wait_notification(post)
    conversations = opened(driver, data, before + len(posts))
    mine = {text: id_ for text, id_ in conversations.items() if text.removeprefix("It is on its way, ")[:-1].isdigit()}
    round_after_round(driver, data, mine, 1)
    for number, post in enumerate(posts):
        wait_until(lambda post=post: len(bob.replies(post, by=shop)) >= 1, "the reply")  # type: ignore[misc]
        found = bob.replies(post, by=shop)
        assert len(found) == 1, found
        assert f"It is on its way, {number}?" in json.dumps(found[0], default=str)


def test_on_a_server_that_ignores_the_key_never_two_and_never_none(
    snac: SnacServer, driver: Driver, tmp_path: Path
) -> None:
    who = snac.owner.call("GET", "/api/v1/accounts/verify_credentials").json()
    account = {
        "platform": "mastodon", "server": snac.base, "remote_id": who["id"], "handle": "@owner", "name": "Shop",
        "data": "{}", "service": "Mastodon",
    }  # fmt: skip
    data = str(tmp_path / "data")
    driver.run("connect", data=data, account=account, secret={"token": snac.token("owner")})
    before = len((driver.run("pull", data=data) or {"open": []})["open"])
    posts = [snac.visitor.post(f"@owner where is order {n}?") for n in range(MOMENTS + 1)]
    conversations = opened(driver, data, before + len(posts))
    mine = {text: id_ for text, id_ in conversations.items() if text.removeprefix("It is on its way, ")[:-1].isdigit()}
    round_after_round(driver, data, mine, 2)
    for post in posts:
        found = snac.owner.replies(post["id"], by="owner")
        assert len(found) == 1, found
