"""Carelane's core in child processes that can be killed at any moment.

A parent with everything imported forks a child per job, so that a kill hits
the work and not the start of Python. A job is one JSON line on standard
input; the child's answer is one JSON line in the file that the job names.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from app.domain import Account, Client, Lane, ReplyState
from app.paths import Paths
from app.runtime import Runtime
from app.store import accounts as rows
from app.store import replies

MINE = "FROM reply WHERE origin = 'carelane' AND conversation = ?"
FINAL = (ReplyState.SENT, ReplyState.BLOCKED, ReplyState.REFUSED, ReplyState.CANCELLED)


class FileSecrets:
    """A keyring for tests: the driver must not depend on one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def aget(self, account_id: str) -> dict[str, str] | None:
        """What the file holds."""
        return json.loads(self._path.read_text()) if self._path.exists() else None

    async def aset(self, account_id: str, secret: dict[str, str]) -> None:
        """Write it whole, then put it in place."""
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(secret))
        part.replace(self._path)

    async def adelete(self, account_id: str) -> None:
        """Forget it."""
        self._path.unlink(missing_ok=True)


def runtime(data: str) -> Runtime:
    """The core on a data folder, with the secret beside it."""
    paths = Paths.find(data)
    return Runtime(paths, secrets=FileSecrets(paths.data / "secret.json"), look_again=1.0)


async def connect(data: str, account: dict[str, str], secret: dict[str, str]) -> dict[str, Any]:
    """Make a client and an account that has been connected for a day."""
    core = runtime(data)
    now = datetime.now(UTC)
    await FileSecrets(core.paths.data / "secret.json").aset("a1", secret)

    def fill(db: Any) -> None:
        rows.add_client(db, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", now))
        rows.add_account(db, Account(id="a1", client_id="c1", **account), now - timedelta(days=1))  # type: ignore[arg-type]

    await core.db.write(fill)
    await core.stop()
    return {}


async def pull(data: str) -> dict[str, Any]:
    """Read the account once; return what is open."""
    core = runtime(data)
    try:
        await core.puller.pull("a1")
        found = [row for lane in (Lane.CARE, Lane.TODAY, Lane.THANKS) for row in core.inbox.feed_page(lane)]
        return {"open": [{"id": row.id, "text": row.text, "state": row.state} for row in found]}
    finally:
        await core.stop()


async def answer(data: str, conversation: str, text: str) -> dict[str, Any]:
    """Keep the draft, hand the reply to the ledger, and send; this is what gets killed."""
    core = runtime(data)
    await core.inbox.save_draft(conversation, text)
    await core.outbox.answer(conversation, text, hold=False)
    return await _send(core, conversation, 20)


async def settle(data: str, conversation: str, text: str, seconds: float = 45) -> dict[str, Any]:
    """The next start: what the kill left is brought to its end; a draft that was not sent yet is sent."""
    core = runtime(data)
    number = (int(conversation),)
    known = core.db.reader().execute(f"SELECT count(*) {MINE}", number).fetchone()[0]
    drafts = [text for (text,) in core.db.reader().execute("SELECT text FROM draft WHERE conversation = ?", number)]
    if not known:
        await core.outbox.answer(conversation, text, hold=False)
    return {**await _send(core, conversation, seconds), "ledger": known, "drafts": drafts}


async def _send(core: Runtime, conversation: str, seconds: float) -> dict[str, Any]:
    await core.outbox.recover()
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        await core.outbox.push()
        found = core.db.reader().execute(f"SELECT id {MINE}", (int(conversation),)).fetchall()
        states = [replies.get(core.db.reader(), id_) for (id_,) in found]
        if states and all(reply is not None and reply.state in FINAL for reply in states):
            break
        await asyncio.sleep(0.1)
    kept = [asdict(reply) for (id_,) in found if (reply := replies.get(core.db.reader(), id_)) is not None]
    await core.stop()
    return {"replies": kept}


JOBS = {"connect": connect, "pull": pull, "answer": answer, "settle": settle}


def main() -> None:
    """Fork a child for each line; say its process id; wait for it before the next."""
    from app.connectors import connector_class, platforms

    for platform in platforms():
        connector_class(platform)
    import httpx  # noqa: F401 - imported before the fork, as the child's first request would

    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                result = asyncio.run(JOBS[job["do"]](**job["with"]))
                Path(job["to"]).write_text(json.dumps(result, default=str))
            except BaseException:  # noqa: BLE001 - a fork must not return into its parent's loop
                traceback.print_exc()
            finally:
                os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
