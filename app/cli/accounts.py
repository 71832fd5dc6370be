"""account add, list and remove. They work while the window runs: it sees new accounts by itself."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from app.cli import output
from app.cli.session import WORDS, Failure, data_option, interactive, json_option, secret_from_stdin, session

if TYPE_CHECKING:
    from app.accounts import BrowserSignIn, SignInTest
    from app.domain import Account
    from app.runtime import Runtime


@click.group("account")
@data_option
def account_command() -> None:
    """Connect, list and remove accounts."""


@account_command.group("add")
@data_option
def add() -> None:
    """Connect an account to a client."""


@add.command("mastodon")
@click.option("--server", type=WORDS, metavar="URL", required=True, help="The server, as in mastodon.social.")
@click.option("--token-stdin", is_flag=True, help="Read an access token from standard input; no browser.")
@click.option(
    "--client", "client", type=WORDS, metavar="NAME", required=True, help="Whose account this is; made if new."
)
@data_option
def add_mastodon(server: str, token_stdin: bool, client: str) -> None:
    """Sign in to Mastodon, in the browser or with an access token."""
    if token_stdin:
        fields = {"server": server, "token": secret_from_stdin("Access token")}
        session().run(lambda runtime: _typed(runtime, "mastodon", fields, client))
    else:
        session().run(lambda runtime: _browser(runtime, "mastodon", {"server": server}, client))


@add.command("bluesky")
@click.option("--handle", type=WORDS, metavar="HANDLE", required=True, help="The handle, as in maplerye.bsky.social.")
@click.option("--server", type=WORDS, metavar="URL", help="Its server, where it cannot be found from the handle.")
@click.option("--password-stdin", is_flag=True, help="Read the app password from standard input.")
@click.option(
    "--client", "client", type=WORDS, metavar="NAME", required=True, help="Whose account this is; made if new."
)
@data_option
def add_bluesky(handle: str, server: str | None, password_stdin: bool, client: str) -> None:
    """Sign in to Bluesky with an app password."""
    if not password_stdin and not interactive():
        raise click.UsageError("Give the app password on standard input, with --password-stdin.")
    fields = {"handle": handle, "server": server or "", "password": secret_from_stdin("App password")}
    session().run(lambda runtime: _typed(runtime, "bluesky", fields, client))


async def _typed(runtime: Runtime, platform: str, fields: Mapping[str, str], client: str) -> None:
    await _add(runtime, await runtime.accounts.sign_in(platform, fields), client)


async def _add(runtime: Runtime, test: SignInTest, client: str) -> None:
    identity = test.identity
    known = {(account.platform, account.server, account.remote_id) for account in runtime.inbox.accounts()}
    if (test.platform, identity.server, identity.remote_id) in known:
        owner = ""  # refused by `add`, without making a client for nothing
    else:
        owner = (await runtime.accounts.client_named(client)).id
    account = await runtime.accounts.add(test, owner)
    output.say(f"{account.handle} is connected for {' '.join(client.split())}. Its id is {account.id}.")
    if test.note:
        output.note(test.note)


async def _browser(runtime: Runtime, platform: str, fields: Mapping[str, str], client: str) -> None:
    sign_in = await runtime.accounts.begin(platform, fields)
    output.say("Open this page in your browser and allow Carelane there:")
    output.say(sign_in.url)
    sys.stdout.flush()
    await asyncio.to_thread(_open, sign_in.url)
    await _add(runtime, await _back(sign_in), client)


def _open(url: str) -> None:
    """A browser is a convenience: without one, the address on the screen does."""
    import webbrowser

    with contextlib.suppress(webbrowser.Error, OSError):
        webbrowser.open(url)


async def _back(sign_in: BrowserSignIn) -> SignInTest:
    """Whichever comes first: the browser's answer, or a code that somebody pastes."""
    waiting = asyncio.create_task(sign_in.wait())
    if not interactive():
        return await waiting
    output.note("Or paste the code that the page shows, then press Enter.")
    loop = asyncio.get_running_loop()
    pasted: asyncio.Future[str] = loop.create_future()

    def take(text: str) -> None:
        if not pasted.done():
            pasted.set_result(text)

    def read() -> None:
        while (line := sys.stdin.readline()) and not line.strip():
            pass
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(take, line.strip())

    # A thread that may be left behind: nothing can end a read of the terminal.
    threading.Thread(target=read, name="paste", daemon=True).start()
    both: set[asyncio.Future[Any]] = {waiting, pasted}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if waiting.done() or not pasted.result():
        return await waiting
    try:
        return await sign_in.paste(pasted.result())
    finally:
        waiting.cancel()
        await sign_in.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting


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
                    "gaps": runtime.accounts.gaps(account.id),
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
            for gap in runtime.accounts.gaps(account.id):
                output.say(f"  not readable: {output.one_line(gap, 200)}")
        if not found:
            output.note("No account is connected yet. “carelane account add --help” tells how.")


def _state(account: Account) -> str:
    if account.state != "ok":
        return output.one_line(account.why or account.state, 200)
    return f"read {output.when(account.checked_at)}" if account.checked_at else "not read yet"


@account_command.command("remove")
@click.argument("account_id", type=WORDS, metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def remove(account_id: str, yes: bool) -> None:
    """Forget an account (by id or handle), its secret, and all that was read through it on this computer."""
    run = session()
    with run.reading() as runtime:
        account = _one(runtime.inbox.accounts(), account_id)
    if not yes and interactive():
        question = f"Remove {output.one_line(account.handle, 60)} and everything that was read through it?"
        click.confirm(question, abort=True, err=True)
    run.run(lambda runtime: runtime.accounts.remove(account.id))
    output.say(f"{account.handle} was removed. Nothing was changed on its platform.")


def _one(found: list[Account], wanted: str) -> Account:
    exact = [account for account in found if account.id == wanted]
    handle = wanted.strip().lstrip("@").casefold()
    matching = exact or [account for account in found if account.handle.lstrip("@").casefold() == handle]
    if not matching:
        raise Failure(f"There is no account {wanted}. “carelane account list” shows the ids.")
    if len(matching) > 1:
        raise Failure(f"{wanted} is the handle of {len(matching)} accounts. Give the id instead.")
    return matching[0]
