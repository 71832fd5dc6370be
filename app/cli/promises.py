"""promises and quotes: what replies promised, and the kind words that may be quoted."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from app.cli import output
from app.cli.session import WORDS, Failure, client_of, client_option, data_option, json_option, session

if TYPE_CHECKING:
    from app.domain import Promise

COUNTED = timedelta(days=30)


@click.command("promises")
@client_option
@click.option("--all", "ended", is_flag=True, help="Also those that have ended.")
@json_option
@data_option
def promises_command(client: str | None, ended: bool, as_json: bool) -> None:
    """List what was promised and is still open, soonest first, and how many promises were kept."""
    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        id_ = chosen.id if chosen else None
        found = runtime.followups.promises(id_, open_only=not ended)
        names = {one.id: one.name for one in runtime.inbox.clients()}
        rows = runtime.inbox.feed_rows({one.conversation_id for one in found})
        now = output.utc_now()
        kept, broken, _ = runtime.followups.counts(id_, now - COUNTED)

        def told(one: Promise) -> dict[str, Any]:
            row = rows.get(one.conversation_id)
            return {
                "id": one.id, "conversation": one.conversation_id, "client": names.get(one.client_id, ""),
                "client_id": one.client_id, "author": row.author if row else "", "handle": row.handle if row else "",
                "kind": one.kind, "text": one.text, "made_at": one.made_at, "due_at": one.due_at, "state": one.state,
                "ended_at": one.ended_at, "late": one.state == "open" and one.due_at < now,
            }  # fmt: skip

        if as_json:
            output.as_json(map(told, found))
            return
        for one in found:
            line = told(one)
            when = output.until(one.due_at, now) if one.state == "open" else one.state
            words = output.one_line(one.text, 60)
            who = output.one_line(line["author"] or line["handle"], 30)
            place = f"{line['client']} · {who}"
            output.say(f"{one.conversation_id:>6}  {when:<16} {one.kind:<11} {place}  {words}".rstrip())
        if not found:
            output.say("Nothing is promised.")
        if kept or broken:
            output.say(f"In the last 30 days: {kept} kept, {broken} not kept.")


@click.command("quotes")
@click.option("--client", "client", type=WORDS, metavar="NAME", required=True, help="Whose quotes.")
@click.option("--csv", "csv", type=click.Path(dir_okay=False), metavar="FILE", help="Write those with leave to FILE.")
@json_option
@data_option
def quotes_command(client: str, csv: str | None, as_json: bool) -> None:
    """List the kind words that leave to quote was asked for, newest first."""
    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        assert chosen is not None, "the option is required"
        if csv is not None:
            _write(csv, asyncio.run(runtime.followups.write_quotes(chosen.id, "csv")))
            return
        found = runtime.followups.quotes(chosen.id)
    if as_json:
        output.as_json(
            {
                "id": one.id, "client": chosen.name, "client_id": one.client_id, "conversation": one.conversation_id,
                "author": one.author, "handle": one.handle, "platform": one.platform, "text": one.text,
                "url": one.url, "leave": one.leave, "asked_at": one.at,
            }
            for one in found
        )  # fmt: skip
        return
    for one in found:
        leave = {"yes": "may be quoted", "no": "not to be quoted"}.get(one.leave, "no word yet")
        output.say(f"{leave:<17} {output.one_line(one.author or one.handle, 30)}: {output.one_line(one.text, 100)}")
    if not found:
        output.say("No quotes yet.")


def _write(file: str, data: bytes) -> None:
    if file == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        # readable by nobody else: it names people
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(data)
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}. Choose another place.") from error
