"""import and export."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import BinaryIO

import click

from app.cli import output
from app.cli.session import WORDS, Failure, client_of, client_option, data_option, session

LARGE = 5_000_000  # bytes from which on progress is told
TOLD = 20  # bad lines that are named one by one


@click.command("import")
@click.argument("file", type=click.Path(allow_dash=True))
@click.option(
    "--client", "client", type=WORDS, metavar="NAME", required=True, help="Whose mentions these are; made if new."
)
@data_option
def import_command(file: str, client: str) -> None:
    """Read mentions from FILE, one JSON object a line; "-" is standard input.

    Keys: id text author handle posted_at platform kind visibility url reply_to thread language followers
    rating. All but text may be missing. A line that cannot be used is named and left out; all others are
    kept. The same file again adds nothing. An export brings its answers too, and each conversation stands as
    it did.
    """
    from app import clock
    from app.transfer import Importer

    run = session()
    with ExitStack() as closing:
        source, large = _source(file, closing)
        runtime = closing.enter_context(run.reading())
        owner = asyncio.run(runtime.accounts.client_named(client))
        importer = Importer(runtime.db, owner, runtime.judge, clock.now)
        try:
            done = importer.run(source, bad=_Bad(), progress=_progress(large))
        except KeyboardInterrupt:
            raise Failure(f"Stopped. {importer.done.new} new mentions were kept.", 130) from None
    if done.skipped > TOLD:
        output.note(f"… and {done.skipped - TOLD} more lines that could not be used.")
    skipped = f", {done.skipped} skipped" if done.skipped else ""
    passed = f", {done.passed} other lines passed over" if done.passed else ""
    output.say(f"{done.new} new, {done.known} known{skipped}{passed}.")
    if done.skipped and not (done.new or done.known):
        raise Failure("No line of this file could be used.")


def _source(file: str, closing: ExitStack) -> tuple[BinaryIO, bool]:
    """The open file, and whether it is large enough to tell how far it is."""
    if file == "-":
        return sys.stdin.buffer, True
    try:
        source = closing.enter_context(open(file, "rb"))  # noqa: SIM115 - the stack closes it
        return source, os.fstat(source.fileno()).st_size >= LARGE
    except FileNotFoundError:
        raise Failure(f"There is no file {file}. Check its name and folder.") from None
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}.") from error


class _Bad:
    """Names the first bad lines."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, number: int, why: str) -> None:
        self._told += 1
        if self._told <= TOLD:
            output.note(f"Line {number} {why}. It was skipped.")


def _progress(large: bool) -> Callable[[int], None]:
    """Tell how far it is, once in two seconds; on a line of its own, so that it can be logged too."""
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if large and time.monotonic() - told >= 2:
            told = time.monotonic()
            output.note(f"{done:,} lines read …")

    return tell


@click.command("export")
@client_option
@click.option("--json", "as_json", is_flag=True, help="The default: one JSON object a line.")
@data_option
def export_command(client: str | None, as_json: bool) -> None:
    """Write everything, or one client's part, as lines of JSON. No tokens or passwords: those are not stored."""
    del as_json
    from app.transfer import export

    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        for line in export(runtime.db, chosen.id if chosen else None):
            sys.stdout.write(f"{output.safe_json(line)}\n")  # click.echo flushes each line: twice the time
        sys.stdout.flush()
