"""account add PLATFORM: one command for all, made from the platform's own sign-in form."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from app.cli import output
from app.cli.session import WORDS, Failure, data_option, interactive, secret_from_stdin, session

if TYPE_CHECKING:
    from app.accounts import BrowserSignIn, Choices, SignInTest
    from app.connectors.base import SignInField, SignInForm
    from app.domain import Account
    from app.runtime import Runtime


class Platforms(click.Group):
    """A command per platform. What it asks for is what the dialog asks for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from app.connectors import connectors

        return [key for key, kind in connectors().items() if not getattr(kind, "local", False)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from app.connectors import connectors

        kind = connectors().get(cmd_name)
        if kind is None or getattr(kind, "local", False):
            return None
        return _command(cmd_name, kind.form)


def _command(platform: str, form: SignInForm) -> click.Command:
    secrets = [field for field in form.fields if field.secret and not _is_token(field, form)]
    options: list[click.Parameter] = []
    extra = [field for field in form.app.fields if field.optional] if form.app is not None else []
    for field in [*form.fields, *extra]:
        if not field.secret:
            told = field.hint or f"{field.label}." + (f" As in {field.placeholder}." if field.placeholder else "")
            options.append(
                click.Option([_option(field.key)], type=WORDS, required=not field.optional, help=told,
                             metavar=field.key.upper())
            )  # fmt: skip
    if any(_is_token(field, form) for field in form.fields):
        told = "Read an access token from standard input; no browser."
        options.append(click.Option(["--token-stdin"], is_flag=True, help=told))
    if secrets:
        told = f"Read from standard input, one a line: {_listed(secrets)}."
        options.append(click.Option([_secrets_option(secrets)], is_flag=True, help=told))
    if form.app is not None:
        told = (
            f"Read the keys of your own app from standard input, first, one a line: {_listed(form.app.fields)}."
            " They are kept in the keychain and asked for once a client."
        )
        options.append(click.Option(["--app-stdin"], is_flag=True, help=told))
    options += [
        click.Option(["--client"], type=WORDS, metavar="NAME", help="Whose account this is; made if new."),
        click.Option(["--again"], type=WORDS, metavar="ID",
                     help="Sign in again to this account, by id or handle. Everything is kept."),
        click.Option(["--pick"], type=WORDS, multiple=True, metavar="WHICH",
                     help="Where a sign-in manages several: number, handle or name, or “all”. May be repeated."),
        click.Option(["--json", "as_json"], is_flag=True, help="Where there are several: list them as JSON."),
    ]  # fmt: skip

    def run(client: str | None, again: str | None, pick: Sequence[str], as_json: bool, **given: Any) -> None:
        if not client and not again:
            raise click.UsageError("Missing option '--client'.")
        flag = _secrets_option(secrets).strip("-").replace("-", "_") if secrets else ""
        if secrets and not given.get(flag) and not interactive():
            raise click.UsageError(f"Give {_listed(secrets)} on standard input, with {_secrets_option(secrets)}.")
        fields = {
            field.key: given.get(field.key.replace("-", "_").lower()) or ""
            for field in [*form.fields, *extra]
            if not field.secret
        }
        asked = _Asked(platform, form, secrets, fields, bool(given.get("token_stdin")), bool(given.get("app_stdin")))
        if again:
            session().run(lambda runtime: _again(runtime, asked, again))
        elif session().run(lambda runtime: _sign_in(runtime, asked, client or "", pick, as_json)):
            raise Failure("", 1)

    where = "in the browser" if form.browser else "with what you type"
    command = click.Command(platform, params=options, callback=run, help=f"Sign in to {platform}, {where}.")
    return data_option(command)


class _Asked:
    """What was given on the command line."""

    def __init__(
        self, platform: str, form: SignInForm, secrets: Sequence[SignInField], fields: dict[str, str],
        token: bool, app: bool,
    ) -> None:  # fmt: skip
        self.platform, self.form, self.secrets, self.fields = platform, form, secrets, fields
        self.token, self.app = token, app

    async def read(self, runtime: Runtime, client_id: str) -> dict[str, str]:
        """All fields: what is secret is read from standard input now, the keys of the app first."""
        found = dict(self.fields)
        if self.form.app is not None:
            keys = self.form.app.fields
            if not self.app and not await runtime.accounts.app_known(self.platform, client_id):
                if not interactive():
                    raise click.UsageError(
                        f"{self.platform} needs the keys of an app of your own. Give them on standard input, with"
                        f" --app-stdin, one a line: {_listed(keys)}. {self.form.app.help_url}".strip()
                    )
                self.app = True
            if self.app:
                found |= {field.key: secret_from_stdin(field.label) for field in keys if not field.optional}
        if self.token:
            found["token"] = secret_from_stdin("Access token")
        for field in self.secrets:
            if not field.optional:
                found[field.key] = secret_from_stdin(field.label)
        return found

    @property
    def browser(self) -> bool:
        """Whether it goes on in the browser."""
        return self.form.browser and not self.token


def _is_token(field: SignInField, form: SignInForm) -> bool:
    return form.browser and field.key == "token"


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _secrets_option(secrets: Sequence[SignInField]) -> str:
    return f"{_option(secrets[0].key)}-stdin" if len(secrets) == 1 else "--secrets-stdin"


def _listed(fields: Sequence[SignInField]) -> str:
    return ", ".join(field.label[:1].lower() + field.label[1:] for field in fields if not field.optional)


async def _result(runtime: Runtime, asked: _Asked, client_id: str, account_id: str = "") -> SignInTest | Choices:
    fields = await asked.read(runtime, client_id)
    if asked.browser:
        return await _browser(runtime, asked.platform, fields, client_id, account_id)
    return await runtime.accounts.sign_in(asked.platform, fields, client_id, account_id=account_id)


async def _again(runtime: Runtime, asked: _Asked, wanted: str) -> None:
    from app.accounts import SignInTest

    known = [one for one in runtime.inbox.accounts() if one.platform == asked.platform]
    account = account_of(known, wanted)
    test = await _result(runtime, asked, account.client_id, account.id)
    assert isinstance(test, SignInTest), "there is nothing to choose where the account is known"
    await runtime.accounts.again(account.id, test)
    output.say(f"{account.handle} is signed in again. Everything was kept.")
    for one in test.also:
        output.say(f"{one.identity.handle} came with it.")
    if test.note:
        output.note(test.note)


async def _sign_in(runtime: Runtime, asked: _Asked, client: str, picks: Sequence[str], as_json: bool) -> bool:
    """Sign in and add; whether something that was chosen could not be added."""
    wanted = " ".join(client.split()).casefold()
    client_id = next((one.id for one in runtime.inbox.clients() if one.name.casefold() == wanted), "")
    result = await _result(runtime, asked, client_id)
    from app.accounts import Choices

    if isinstance(result, Choices):
        return await _add_several(runtime, result, client, picks, as_json)
    await _add(runtime, result, client)
    return False


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


async def _add_several(
    runtime: Runtime, choices: Choices, client: str, picks: Sequence[str], as_json: bool
) -> bool:  # fmt: skip
    if not picks:
        _show(choices, as_json)
        if not interactive():
            raise Failure(f"This sign-in manages {len(choices.found)}. Choose with --pick, and sign in once more.")
        picks = str(click.prompt("Which ones? Numbers, handles, or all", err=True)).replace(",", " ").split()
    numbers = _numbers(choices, picks)
    owner = (await runtime.accounts.client_named(client)).id
    results = await runtime.accounts.connect(choices, dict.fromkeys(numbers, owner))
    for one in results:
        name = choices.found[one.number].identity.handle
        if one.account is None:
            output.note(f"{name} was not added. {one.why}")
            continue
        output.say(f"{one.account.handle} is connected for {' '.join(client.split())}. Its id is {one.account.id}.")
        if one.note:
            output.note(one.note)
    return any(one.account is None for one in results)


def _numbers(choices: Choices, picks: Sequence[str]) -> list[int]:
    """Which ones are meant, without those that are connected already where all are. Raises `Failure`."""
    found: list[int] = []
    for pick in picks:
        if pick.casefold() == "all":
            matching = [number for number, one in enumerate(choices.found) if not one.account_id]
            if not matching:
                raise Failure("All of them are connected already.")
            found += matching
            continue
        wanted = pick.strip().lstrip("@").casefold()
        matching = [
            number
            for number, one in enumerate(choices.found)
            if wanted
            in (one.identity.handle.lstrip("@").casefold(), one.identity.name.casefold(), one.identity.remote_id)
        ]
        if not matching and wanted.isdecimal() and 1 <= int(wanted[:9]) <= len(choices.found):
            matching = [int(wanted) - 1]
        if len(matching) != 1:
            what = f"{len(matching)} of them are called {pick}" if matching else f"None of them is {pick}"
            raise Failure(f"{what}. Give the number from the list.")
        found += matching
    for number in found:
        if choices.found[number].account_id:
            raise Failure(f"{choices.found[number].identity.handle} is connected already.")
    return list(dict.fromkeys(found))


def _show(choices: Choices, as_json: bool) -> None:
    if as_json:
        output.as_json(
            {
                "number": number, "handle": one.identity.handle, "name": one.identity.name, "what": one.what,
                "remote_id": one.identity.remote_id, "account": one.account_id, "note": one.identity.note,
            }
            for number, one in enumerate(choices.found, 1)
        )  # fmt: skip
        return
    for number, one in enumerate(choices.found, 1):
        parts = [one.identity.name, one.identity.handle, one.what]
        shown = "  ".join(output.one_line(part, 60) for part in dict.fromkeys(parts) if part)
        output.say(f"{number:>3}  {shown}{'  connected already' if one.account_id else ''}")


async def _browser(
    runtime: Runtime, platform: str, fields: dict[str, str], client_id: str, account_id: str
) -> SignInTest | Choices:  # fmt: skip
    sign_in = await runtime.accounts.begin(platform, fields, client_id, account_id=account_id)
    output.say("Open this page in your browser and allow Carelane there:")
    output.say(sign_in.url)
    sys.stdout.flush()
    await asyncio.to_thread(_open, sign_in.url)
    if sign_in.trouble and not interactive():
        await sign_in.cancel()
        raise Failure(f"{sign_in.trouble} That needs a terminal.")
    if sign_in.trouble:
        output.note(sign_in.trouble)
    return await _back(sign_in, runtime.accounts.form(platform).paste or "the code")


def _open(url: str) -> None:
    """A browser is a convenience: without one, the address on the screen does."""
    import webbrowser

    with contextlib.suppress(webbrowser.Error, OSError):
        webbrowser.open(url)


async def _back(sign_in: BrowserSignIn, what: str) -> SignInTest | Choices:
    """Whichever comes first: the browser's answer, or a code or an address that somebody pastes."""
    waiting = asyncio.create_task(sign_in.wait())
    if not interactive():
        return await waiting
    output.note(f"Or paste {what}, or the whole address of the page, then press Enter.")
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


def account_of(found: Sequence[Account], wanted: str) -> Account:
    """The account of this id or handle. Raises `Failure`."""
    exact = [account for account in found if account.id == wanted]
    handle = wanted.strip().lstrip("@").casefold()
    matching = exact or [account for account in found if account.handle.lstrip("@").casefold() == handle]
    if not matching:
        raise Failure(f"There is no account {wanted}. “carelane account list” shows the ids.")
    if len(matching) > 1:
        raise Failure(f"{wanted} is the handle of {len(matching)} accounts. Give the id instead.")
    return matching[0]
