"""doctor and restore: what is wrong, and putting a good copy in the place of a damaged database."""

from __future__ import annotations

import asyncio

import click

from app.cli import output
from app.cli.session import Failure, data_option, interactive, json_option, session


@click.command("doctor")
@json_option
@data_option
def doctor_command(as_json: bool) -> None:
    """Look at everything that Carelane needs; one line each, with what to do. Ends with 1 if anything is wrong."""
    from app.doctor import examine

    run = session()
    findings = asyncio.run(examine(run.paths(), secrets=run.secrets, http=run.http))
    if as_json:
        output.as_json(
            {"check": found.check, "ok": found.state != "bad", "state": found.state, "text": found.text}
            for found in findings
        )
    else:
        for found in findings:
            mark = {"ok": "ok  ", "note": "note", "bad": "BAD "}[found.state]
            output.say(f"{mark}  {output.one_line(found.check, 60)}: {output.one_line(found.text, 400)}")
    if any(found.state == "bad" for found in findings):
        raise Failure("")


@click.command("restore")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def restore_command(yes: bool) -> None:
    """Put the last good copy in the place of a damaged database. The damaged one is kept."""
    from app.doctor import damage, last_good_copy
    from app.store_recovery import restore_copy

    paths = session().paths()
    found = damage(paths)
    if not found:
        output.say("The database is in order. Nothing was changed.")
        return
    output.note(f"The database is damaged: {output.one_line(found, 200)}.")
    copy = last_good_copy(paths)
    if copy is None:
        raise Failure("There is no good copy of it. It was left as it is.")
    made = output.when(output.from_stamp(copy.stat().st_mtime))
    output.note(f"The last good copy is {copy.name}, made {made}. What came after it is read again where the "
                "platforms still have it; drafts and notes since then are only in the damaged file.")  # fmt: skip
    if not yes:
        if not interactive():
            raise Failure("Nothing was changed. Add --yes to put this copy in place.")
        click.confirm("Put it in place?", abort=True, err=True)
    kept = restore_copy(paths, copy)
    output.say(f"{copy.name} is in place. The damaged file is kept as {kept.name}.")
