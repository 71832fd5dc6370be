"""suggest, and templates list, import and export. They work while the window runs: it sees what changed by itself."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli import output
from app.cli.session import (
    WORDS,
    Failure,
    client_of,
    client_option,
    conversation_of,
    data_option,
    interactive,
    json_option,
    session,
)

if TYPE_CHECKING:
    from app.domain import Template
    from app.template_files import Preview

TOLD = 20  # bad lines and new templates that are named one by one
SHARED = "shared"


@click.command("suggest")
@click.argument("id_", metavar="ID", type=WORDS)
@click.option("--limit", type=click.IntRange(1, 20), default=3, show_default=True)
@json_option
@data_option
def suggest_command(id_: str, limit: int, as_json: bool) -> None:
    """What may answer conversation ID, best first, each with the reason. Nothing leaves this computer."""
    with session().reading() as runtime:
        conversation = conversation_of(runtime, id_)
        found = asyncio.run(runtime.templates.suggest(conversation, limit))
        if as_json:
            output.as_json(
                {
                    "name": one.name, "why": one.why, "score": one.score, "template": one.template_id or None,
                    "text": one.reply_text or runtime.templates.fill(one.template_id, conversation).text,
                }
                for one in found
            )  # fmt: skip
            return
        for place, one in enumerate(found, 1):
            output.say(f"{place}. {output.one_line(one.name, 60)} · {output.one_line(one.why, 200)}")
            output.say(f"   {output.one_line(one.text, 200)}")
        if not found:
            output.note("Nothing like this was answered before, and no template fits.")


@click.group("templates")
@data_option
def templates_command() -> None:
    """Saved replies: list, import and export."""


def _row(template: Template, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": template.id, "client": names.get(template.client_id) if template.client_id else None,
        "folder": template.folder, "name": template.name, "shortcut": template.shortcut,
        "texts": [{"language": text.language, "variants": list(text.variants)} for text in template.texts],
        "uses": template.uses, "used_at": template.used_at,
    }  # fmt: skip


@templates_command.command("list")
@client_option
@json_option
@data_option
def list_templates(client: str | None, as_json: bool) -> None:
    """All templates; with --client, that client's and the shared ones."""
    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        names = {one.id: one.name for one in runtime.inbox.clients()}
        found = [one for one in runtime.templates.all() if chosen is None or one.client_id in ("", chosen.id)]
        if as_json:
            output.as_json(_row(one, names) for one in found)
            return
        for one in found:
            owner = names.get(one.client_id, SHARED) if one.client_id else SHARED
            place = f"{one.folder}/{one.name}" if one.folder else one.name
            shortcut = f" /{one.shortcut}" if one.shortcut else ""
            languages = ", ".join(text.language for text in one.texts if text.language)
            output.say(
                output.one_line(
                    f"{owner} · {place}{shortcut}{f' ({languages})' if languages else ''} · sent {one.uses} times", 200
                )
            )
        if not found:
            output.note("There are no templates yet. “carelane templates import” brings some in.")


@templates_command.command("import")
@click.argument("file", type=click.Path(allow_dash=True))
@click.option(
    "--client", "client", type=WORDS, metavar="NAME", help="Whose they are; without it all clients share them."
)
@click.option("--yes", is_flag=True, help="Keep them; without it, only say what is there.")
@data_option
def import_templates(file: str, client: str | None, yes: bool) -> None:
    """Read saved replies of Hootsuite, Zendesk, Chatwoot, Gorgias or Carelane from FILE (CSV or JSON).

    First says what the file holds. Fields of the other program become Carelane's; one that Carelane does not have
    becomes a blank to fill by hand. What is there already, word for word, is not kept twice.
    """
    data = _bytes(file)
    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        client_id = chosen.id if chosen else ""
        preview = asyncio.run(runtime.templates.read(data, os.path.basename(file), client_id))
        fresh = len(preview.templates) - preview.known
        _tell(preview, fresh)
        if not fresh:
            raise Failure("There is nothing new in this file.")
        if not yes and not (interactive() and click.confirm("Keep them?", err=True)):
            output.note("Nothing was kept. Run it again with --yes to keep them.")
            return
        kept = asyncio.run(runtime.templates.take(preview))
    output.say(f"{len(kept)} templates were kept for {chosen.name if chosen else 'all clients'}.")


def _bytes(file: str) -> bytes:
    from app.wording.carried import LARGEST

    if file == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with open(file, "rb") as source:
            return source.read(LARGEST + 1)
    except FileNotFoundError:
        raise Failure(f"There is no file {file}. Check its name and folder.") from None
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}.") from error


def _tell(preview: Preview, fresh: int) -> None:
    bad = f", {len(preview.bad)} that cannot be used" if preview.bad else ""
    output.say(f"{preview.source}: {fresh} new, {preview.known} known{bad}.")
    for one in preview.templates[:TOLD]:
        shortcut = f" /{one.shortcut}" if one.shortcut else ""
        pictures = f" ({_pictures(len(one.pictures))})" if one.pictures else ""
        text = output.one_line(one.texts[0].variants[0], 100)
        output.say(f"  {output.one_line(one.name + shortcut, 50)}: {text}{pictures}")
    if len(preview.templates) > TOLD:
        output.say(f"  … and {len(preview.templates) - TOLD} more.")
    for line, why in preview.bad[:TOLD]:
        output.note(f"Line {line}: {why}")
    if len(preview.bad) > TOLD:
        output.note(f"… and {len(preview.bad) - TOLD} more that cannot be used.")


@templates_command.command("export")
@click.argument("file", type=click.Path(allow_dash=True))
@client_option
@data_option
def export_templates(file: str, client: str | None) -> None:
    """Write templates to FILE: CSV for a spreadsheet if its name ends with .csv, else JSON; "-" is standard output.

    All of them, or exactly one client's. JSON has the pictures along; counts are left out.
    """
    form = "csv" if Path(file).suffix.casefold() in (".csv", ".tsv", ".txt") else "json"
    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        owner = chosen.id if chosen else None
        data = asyncio.run(runtime.templates.write(owner, form))
        left_out = sum(len(one.pictures) for one in runtime.templates.all(owner)) if form == "csv" else 0
    if file == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        Path(file).write_bytes(data)
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.") from error
    output.say(f"The templates are in {file}.")
    _tell_left_out(left_out)


def _pictures(count: int) -> str:
    return "one picture" if count == 1 else f"{count} pictures"


def _tell_left_out(count: int) -> None:
    if count:
        verb = "is" if count == 1 else "are"
        words = _pictures(count).capitalize()
        output.note(f"{words} of the templates {verb} not in it. A file whose name ends with .json has them along.")
