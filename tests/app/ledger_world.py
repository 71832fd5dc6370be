"""What the ledger's machine plays with: a platform and a disk that a person, a crash and every error can interrupt."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from typing import Any

from app.connectors.base import Capabilities, Idempotency, Thread
from app.domain import Mention, Reply, ReplyState, Sent
from app.errors import (
    BadAnswerError,
    ForbiddenError,
    NetworkError,
    RefusedError,
    ServerError,
    SignInError,
    UncertainError,
)
from app.store.db import Database
from tests.app.platform import FakeConnector

Hook = Callable[[Reply | None], Awaitable[None]]  # None while a thread is read or a picture is handed over
FINAL = (ReplyState.SENT, ReplyState.CANCELLED)
EXPLAINED = (ReplyState.BLOCKED, ReplyState.REFUSED, ReplyState.UNCONFIRMED)
PARTS = 3  # of what is split
BEFORE = {  # nothing was posted
    "lost": UncertainError("The line broke."),
    "down": ServerError("It is down."),
    "unreachable": NetworkError("No network."),
    "refused": RefusedError("Too rude."),
    "forbidden": ForbiddenError("The account is suspended."),
    "signed out": SignInError("Sign in again."),
    "garbled": BadAnswerError("HTML instead of data."),
    "a mistake of ours": RuntimeError("nobody foresaw this"),
}
AFTER = {  # it was posted, and the answer is no help
    "lost": UncertainError("The line broke."),
    "down": ServerError("It is down."),
    "garbled": BadAnswerError("HTML instead of data."),
    "a mistake of ours": RuntimeError("nobody foresaw this"),
}


class Connector(FakeConnector):
    """Honours record keys, may show every post of ours twice, and lets a person or a crash in at every step."""

    async def thread(self, mention: Mention) -> Thread:
        world = self.world
        if world.while_reading is not None:
            await world.while_reading(None)
        found = await super().thread(mention)
        root = world.root(mention.remote_id)
        own = found.own * 2 if world.echo else found.own
        return Thread(found.mentions, own, tuple(gone for gone in world.gone if world.root(gone) == root))

    async def send(self, reply: Reply) -> Sent:
        if self.world.idempotency == Idempotency.RECORD and (there := await FakeConnector.find(self, reply)):
            return there
        return await super().send(reply)


def raising(error: Exception) -> Hook:
    async def fail(reply: Reply | None) -> None:
        raise error.with_traceback(None)

    return fail


def in_parts(text: str, able: Capabilities) -> list[str]:
    """A thread with a part for each line."""
    lines = text.split("\n")
    return [f"{line} ({n}/{len(lines)})" for n, line in enumerate(lines, 1)]


def names_another(conversation: str, text: str) -> str:
    """What the person is asked about."""
    return "It names another client." if "another client" in text else ""


class Killed(BaseException):
    """The process is no more. No handler of ours may catch it."""


@contextlib.contextmanager
def killed_at(db: Database, write: int, committed: bool) -> Iterator[Callable[[], bool]]:
    """End the process at the `write`th write from now, behind or before it. Yields whether that has happened."""
    submit, seen = db.submit, 0

    def count(function: Callable[..., Any]) -> Future[Any]:
        nonlocal seen
        seen += 1
        if seen < write:
            return submit(function)
        if seen == write and committed:
            submit(function).result()
        raise Killed

    db.submit = count  # type: ignore[method-assign]
    try:
        yield lambda: seen >= write
    except BaseException as error:
        if not _all_killed(error):
            raise
    finally:
        del db.submit


def _all_killed(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_all_killed(one) for one in error.exceptions)
    return isinstance(error, Killed)
