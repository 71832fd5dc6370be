"""usage: what the platforms count or charge. It only reads, and works while the window runs."""

from __future__ import annotations

import click

from app.cli import output
from app.cli.session import client_of, client_option, data_option, json_option, session


@click.command("usage")
@client_option
@json_option
@data_option
def usage_command(client: str | None, as_json: bool) -> None:
    """What the platforms count or charge, how much is used, and the caps that were set."""
    from app import amounts
    from app.cli.reading import Names

    with session().reading() as runtime:
        chosen = client_of(runtime, client)
        wanted = None if chosen is None else chosen.id
        names = Names(runtime)
        found = [
            (account, row)
            for account in runtime.metering.metered()
            if wanted in (None, account.client_id)
            for row in runtime.metering.meters(account.id)
        ]
        if as_json:
            output.as_json(
                {
                    "account": account.handle, "account_id": account.id,
                    "client": names.clients.get(account.client_id, ""), "platform": account.platform,
                    "unit": row.unit, "title": row.title, "used": row.used, "limit": row.limit, "cap": row.cap,
                    "currency": row.currency, "period": row.period, "ends": row.ends, "reached": row.reached,
                    "shared": row.shared, "note": row.note,
                }
                for account, row in found
            )  # fmt: skip
            return
        for account, row in found:
            used = amounts.amount(row.used, row.currency, row.unit)
            whole = "" if row.most is None else f" of {amounts.amount(row.most, row.currency, row.unit)}"
            place = output.one_line(f"{account.handle} · {names.platforms.get(account.id, account.platform)}", 50)
            output.say(f"{place}  {row.title}: {used}{whole}{'  ' + row.note if row.note else ''}")
        if not found:
            output.note("No account here is on a platform that counts or charges.")
