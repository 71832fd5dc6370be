"""sync and reply: they speak to platforms, so they need the data folder for themselves."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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
@click.option("--split", is_flag=True, help="A text that is too long leaves as a numbered thread.")
@click.option(
    "--later", type=WORDS, metavar="WHEN", help="Send then: “tomorrow 9”, or “usual” for when they are there."
)
@click.option(
    "--picture", "pictures", multiple=True, type=click.Path(exists=True, dir_okay=False), help="Send this picture too."
)
@click.option("--alt", "alts", multiple=True, type=WORDS, metavar="TEXT", help="What the picture shows, one for each.")
@data_option
def reply_command(
    id_: str, text: str, no_hold: bool, split: bool, later: str | None, pictures: tuple[str, ...], alts: tuple[str, ...]
) -> None:
    """Answer a conversation, and wait until the platform has the reply. Ctrl+C takes it back while it is held.

    With --later it is left in the outbox, and leaves when Carelane or “carelane sync --once” runs at that time.
    """
    from app.errors import InUseError

    if len(alts) != len(pictures):
        raise Failure("Give one --alt for each --picture: what it shows, for those who cannot see it.")
    wish = Wish(text, not no_hold, split, later, tuple(zip(pictures, alts, strict=True)))
    if later is not None:
        _told_later(session().run(lambda runtime: _put(runtime, id_, wish)))
        return

    run = session()
    patience = run.patience

    async def push(runtime: Runtime) -> Reply:
        await runtime.outbox.recover()
        sending = asyncio.create_task(runtime.outbox.run())
        try:
            return await _answer(runtime, id_, wish, patience)
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending

    async def watch(runtime: Runtime) -> Reply:
        return await _answer(runtime, id_, wish, patience)

    try:
        reply = run.run(push, locked=True)
    except InUseError:  # the window sends it
        reply = run.run(watch)
    _end(reply)


class Wish(NamedTuple):
    """A reply as it was asked for."""

    text: str
    hold: bool
    split: bool
    later: str | None
    pictures: tuple[tuple[str, str], ...]  # file and what it shows


async def _put(runtime: Runtime, id_: str, wish: Wish) -> Reply:
    """Write the reply into the outbox; the first part of a thread."""
    from msgspec.structs import replace

    from app.domain import Writing

    conversation = conversation_of(runtime, id_)
    pictures = []
    for file, alt in wish.pictures:
        data = await asyncio.to_thread(Path(file).read_bytes)
        picture = await runtime.composing.add_picture(conversation, data, Path(file).name)
        pictures.append(replace(picture, alt=alt))
    return await runtime.outbox.answer(
        conversation, wish.text, hold=wish.hold, split=wish.split, not_before=_time(runtime, conversation, wish.later),
        writing=Writing(wish.text, pictures=tuple(pictures)),
    )  # fmt: skip


def _time(runtime: Runtime, conversation: str, later: str | None) -> datetime | None:
    from app import clock, snooze
    from app.store import conversations

    if later is None:
        return None
    if later.strip().casefold() == "usual":
        usual = runtime.outbox.usual_time(conversation)
        if usual is None:
            raise Failure("They wrote too seldom to tell when they are usually there. Name a time.")
        return usual
    at = snooze.read(later, clock.now(), conversations.zone_of(runtime.db.reader(), [int(conversation)]))
    if at == snooze.WHEN_THEY_ANSWER:
        raise Failure("That is no time at which a reply could leave. Try “tomorrow 9”.")
    return at


def _told_later(reply: Reply) -> None:
    if reply.block:
        raise Failure(f"{reply.state}: {output.one_line(reply.why, 400)}")
    output.say(f"held {reply.not_before.isoformat()} {reply.id}")


async def _answer(runtime: Runtime, id_: str, wish: Wish, patience: float) -> Reply:
    """Write the reply, then tell each state until one is final or patience ends. Of a thread, its last part tells."""
    from app.domain import ReplyState
    from app.store import replies

    written = await _put(runtime, id_, wish)
    first = replies.siblings(runtime.db.reader(), written)[-1]
    final = (ReplyState.SENT, ReplyState.REFUSED, ReplyState.BLOCKED, ReplyState.CANCELLED)
    told: tuple[str, str] | None = None
    end = time.monotonic() + patience
    reply = first
    try:
        while True:
            reply = replies.get(runtime.db.reader(), first.id) or reply
            halt = _halted(replies.siblings(runtime.db.reader(), reply))
            if halt is not None:
                return halt
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


def _halted(step: list[Reply]) -> Reply | None:
    """The part that needs a person, so that those behind it do not leave."""
    from app.domain import ReplyState

    return next((part for part in step if part.state in (ReplyState.REFUSED, ReplyState.BLOCKED)), None)


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
