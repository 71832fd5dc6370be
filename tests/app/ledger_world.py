"""What the ledger's machine plays with: a platform that a person, a crash and every error can interrupt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from app.connectors.base import Idempotency, Thread
from app.domain import Mention, Reply, ReplyState, Sent
from app.errors import (
    BadAnswerError,
    ForbiddenError,
    GoneError,
    NetworkError,
    RefusedError,
    ServerError,
    SignInError,
    UncertainError,
)
from tests.app.platform import FakeConnector

Hook = Callable[[Reply | None], Awaitable[None]]  # None while a thread is read
FINAL = (ReplyState.SENT, ReplyState.CANCELLED)
EXPLAINED = (ReplyState.BLOCKED, ReplyState.REFUSED, ReplyState.UNCONFIRMED)
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
    """Knows threads apart, honours record keys, and lets a person or a crash in at every step."""

    while_reading: Hook | None = None
    root: Callable[[str], str]

    async def thread(self, mention: Mention) -> Thread:
        if self.while_reading is not None:
            await self.while_reading(None)
        if self.world.trouble:
            raise self.world.trouble
        if mention.remote_id in self.world.gone:
            raise GoneError("The message is no longer there.")
        root = self.root(mention.remote_id)
        return Thread(
            tuple(m for m in self.world.mentions if self.root(m.remote_id) == root),
            tuple(post for post in self.world.own if self.root(post.reply_to) == root),
            tuple(gone for gone in self.world.gone if self.root(gone) == root),
        )

    async def send(self, reply: Reply) -> Sent:
        if self.world.idempotency == Idempotency.RECORD and (there := await FakeConnector.find(self, reply)):
            return there
        return await super().send(reply)


def raising(error: Exception) -> Hook:
    async def fail(reply: Reply | None) -> None:
        raise error.with_traceback(None)

    return fail
