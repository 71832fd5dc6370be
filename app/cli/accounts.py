"""account add, list, pause and remove. They work while the window runs: it sees new accounts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app import expiry
from app.cli import output
from app.cli.adding import Platforms, account_of
from app.cli.session import WORDS, Failure, client_of, data_option, interactive, json_option, session

if TYPE_CHECKING:
    from app.domain import Account


@click.group("account")
@data_option
def account_command() -> None:
    """Connect, list, pause and remove accounts."""


@account_command.group("add", cls=Platforms)
@data_option
def add() -> None:
    """Connect an account to a client."""


@account_command.command("list")
@json_option
@data_option
def list_accounts(as_json: bool) -> None:
    """All accounts and how they are."""
    with session().reading() as runtime:
        clients = {client.id: client.name for client in runtime.inbox.clients()}
        found = runtime.inbox.accounts()
        if as_json:
            output.as_json(
                {
                    "id": account.id, "client": clients.get(account.client_id, ""), "client_id": account.client_id,
                    "platform": account.platform, "platform_name": runtime.inbox.platform_name(account),
                    "server": account.server, "handle": account.handle, "name": account.name,
                    "state": account.state, "why": account.why, "checked_at": account.checked_at,
                    "sign_in_ends": expiry.ends(account.data), "gaps": runtime.accounts.gaps(account.id),
                }
                for account in found
            )  # fmt: skip
            return
        for account in found:
            output.say(
                f"{account.id}  {output.one_line(runtime.inbox.platform_name(account), 20)}  "
                f"{output.one_line(account.handle, 60)}  "
                f"{output.one_line(clients.get(account.client_id, ''), 40)}  {_state(account)}"
            )
            ends = expiry.sentence(account.data, output.utc_now()) if account.state != "sign_in" else ""
            if ends:
                output.say(f"  {ends}")
            for gap in runtime.accounts.gaps(account.id):
                output.say(f"  not readable: {output.one_line(gap, 200)}")
        if not found:
            output.note("No account is connected yet. “carelane account add --help” tells how.")


def _state(account: Account) -> str:
    if account.state != "ok":
        return output.one_line(account.why or account.state, 200)
    return f"read {output.when(account.checked_at)}" if account.checked_at else "not read yet"


@account_command.command("pause")
@click.argument("account_id", type=WORDS, metavar="ID")
@data_option
def pause(account_id: str) -> None:
    """Read and send nothing through an account (by id or handle) until it goes on."""
    _pause(account_id, paused=True)


@account_command.command("go-on")
@click.argument("account_id", type=WORDS, metavar="ID")
@data_option
def go_on(account_id: str) -> None:
    """End the pause of an account. What waits leaves, and it is read from where it was."""
    _pause(account_id, paused=False)


def _pause(account_id: str, *, paused: bool) -> None:
    run = session()
    with run.reading() as runtime:
        account = account_of(runtime.inbox.accounts(), account_id)
    run.run(lambda runtime: runtime.accounts.pause(account.id, paused))
    handle = output.one_line(account.handle, 60)
    output.say(f"{handle} is paused. Nothing is read or sent until it goes on." if paused else f"{handle} goes on.")


@account_command.command("remove")
@click.argument("account_id", type=WORDS, metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def remove(account_id: str, yes: bool) -> None:
    """Forget an account (by id or handle), its secret, and all that was read through it on this computer."""
    run = session()
    with run.reading() as runtime:
        account = account_of(runtime.inbox.accounts(), account_id)
    if not yes and interactive():
        question = f"Remove {output.one_line(account.handle, 60)} and everything that was read through it?"
        click.confirm(question, abort=True, err=True)
    said = run.run(lambda runtime: runtime.accounts.remove(account.id))
    output.say(f"{account.handle} was removed. {said}")


@account_command.command("forget-app")
@click.argument("platform", type=WORDS, metavar="PLATFORM")
@click.option("--client", "client", type=WORDS, metavar="NAME", required=True, help="Whose app it is.")
@data_option
def forget_app(platform: str, client: str) -> None:
    """Take the keys of a client's own app out of the keychain. Its accounts go on."""
    run = session()
    with run.reading() as runtime:
        if platform not in dict(runtime.accounts.platforms()):
            raise Failure(f"There is no platform {platform}. “carelane account add --help” lists them.")
        known = client_of(runtime, client)
    assert known is not None, "the option is required"
    run.run(lambda runtime: runtime.accounts.forget_app(platform, known.id))
    output.say(f"The keys are no longer kept for {known.name}.")
