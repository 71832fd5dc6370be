"""sync and reply: they speak to platforms, so they need the data folder for themselves."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from typing import TYPE_CHECKING

import click

from app.cli import output
from app.cli.session import RUNNING, WORDS, Failure, conversation_of, data_option, session

if TYPE_CHECKING:
    from app.domain import Account, Reply
    from app.runtime import Runtime

LOOK = 0.1  # seconds between looks at the ledger
SIDE_BY_SIDE = 8


@click.command("sync")
@click.option("--once", is_flag=True, required=True, help="Read each account once, send what is due, and end.")
@data_option
def sync_command(once: bool) -> None:
    """Read every account, and send the replies that are due."""
    del once
    from app.errors import InUseError

    try:
        failed = session().run(_sync, locked=True)
    except InUseError:
        raise Failure(RUNNING) from None
    if failed:
        raise Failure("")  # each account's line said why


async def _sync(runtime: Runtime) -> bool:
    from app import clock
    from app.store.conversations import advance

    await runtime.outbox.recover()
    await runtime.db.write(lambda db: advance(db, clock.now()))
    found = [account for account in runtime.inbox.accounts() if account.state != "paused"]
    if not runtime.inbox.accounts():
        output.note("No account is connected yet. “carelane account add --help” tells how.")
    gate = asyncio.Semaphore(SIDE_BY_SIDE)
    results = await asyncio.gather(*(_read(runtime, account, gate) for account in found))
    await runtime.outbox.push()
    return not all(results)


async def _read(runtime: Runtime, account: Account, gate: asyncio.Semaphore) -> bool:
    from app.errors import ServiceError
    from app.store.transfer import mentions_since, stored_mentions

    label = f"{output.one_line(runtime.inbox.platform_name(account), 20)} {output.one_line(account.handle, 60)}"
    before = stored_mentions(runtime.db.reader())
    async with gate:
        try:
            await runtime.puller.pull(account.id)
        except ServiceError as error:
            await runtime.schedule.report(account.id, error)
            output.note(f"{label}: {output.one_line(str(error), 400)}")
            return False
    await runtime.schedule.report(account.id, None)
    new = mentions_since(runtime.db.reader(), account.id, before)
    output.say(f"{label}: {new} new")
    sys.stdout.flush()
    return True


@click.command("reply")
@click.argument("id_", type=WORDS, metavar="ID")
@click.option("--text", type=WORDS, metavar="TEXT", required=True, help="What to say.")
@click.option("--no-hold", is_flag=True, help="Send at once, without the seconds in which it can be taken back.")
@data_option
def reply_command(id_: str, text: str, no_hold: bool) -> None:
    """Answer a conversation, and wait until the platform has the reply. Ctrl+C takes it back while it is held."""
    from app.errors import InUseError

    run = session()
    patience = run.patience

    async def push(runtime: Runtime) -> Reply:
        await runtime.outbox.recover()
        sending = asyncio.create_task(runtime.outbox.run())
        try:
            return await _answer(runtime, id_, text, no_hold, patience)
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending

    async def watch(runtime: Runtime) -> Reply:
        return await _answer(runtime, id_, text, no_hold, patience)

    try:
        reply = run.run(push, locked=True)
    except InUseError:  # the window sends it
        reply = run.run(watch)
    _end(reply)


async def _answer(runtime: Runtime, id_: str, text: str, no_hold: bool, patience: float) -> Reply:
    """Write the reply, then tell each state until one is final or patience ends."""
    from app.domain import ReplyState
    from app.store import replies

    first = await runtime.outbox.answer(conversation_of(runtime, id_), text, hold=not no_hold)
    final = (ReplyState.SENT, ReplyState.REFUSED, ReplyState.BLOCKED, ReplyState.CANCELLED)
    told: tuple[str, str] | None = None
    end = time.monotonic() + patience
    reply = first
    try:
        while True:
            reply = replies.get(runtime.db.reader(), first.id) or reply
            if reply.state in final or time.monotonic() >= end:
                return reply
            if (reply.state, reply.why) != told:
                told = (reply.state, reply.why)
                wait = round((reply.not_before - output.utc_now()).total_seconds())
                hold = f" for {wait} s, Ctrl+C takes it back" if reply.state == ReplyState.HELD and wait > 0 else ""
                why = f": {output.one_line(reply.why, 300)}" if reply.why else ""
                output.note(f"{reply.state}{hold}{why}")
            await asyncio.sleep(LOOK)
    except asyncio.CancelledError:  # Ctrl+C
        with contextlib.suppress(Exception):
            await runtime.outbox.cancel(first.id)
            output.note("The reply was taken back. Its text is the draft again.")
        raise


def _end(reply: Reply) -> None:
    from app.domain import ReplyState

    why = output.one_line(reply.why, 400)
    if reply.state == ReplyState.SENT:
        output.say(f"sent {reply.remote_id}" + (f" {output.one_line(reply.url, 300)}" if reply.url else ""))
        return
    if reply.state in (ReplyState.REFUSED, ReplyState.BLOCKED):
        raise Failure(f"{reply.state}: {why}")
    if reply.state == ReplyState.CANCELLED:
        raise Failure("The reply was taken back before it left.")
    later = "It stays in the outbox and leaves when Carelane or “carelane sync --once” runs."
    raise Failure(f"Not sent yet ({reply.state}{': ' + why if why else ''}). {later}")
