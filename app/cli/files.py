"""import and export."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import BinaryIO

import click

from app.cli import output
from app.cli.session import Failure, client_of, client_option, data_option, session

LARGE = 5_000_000  # bytes from which on progress is told
TOLD = 20  # bad lines that are named one by one


@click.command("import")
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--client", "client", metavar="NAME", required=True, help="Whose mentions these are; made if new.")
@data_option
def import_command(file: str, client: str) -> None:
    """Read mentions from FILE, one JSON object a line; "-" is standard input.

    Keys: id text author handle posted_at platform kind visibility url reply_to language followers. All but
    text may be missing. A line that cannot be used is named and left out; all others are kept. The same file
    again adds nothing.
    """
    from app import clock
    from app.runtime import judge
    from app.transfer import Importer

    run = session()
    with ExitStack() as closing:
        source, large = _source(file, closing)
        runtime = closing.enter_context(run.reading())
        owner = run_now(runtime.accounts.client_named, client)
        importer = Importer(runtime.db, owner, judge, clock.now)
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


def run_now[T](call, *arguments):  # placeholder
    ...
