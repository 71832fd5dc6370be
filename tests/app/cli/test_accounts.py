"""Accounts at the terminal, and the token that stays in the keyring."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

from app.connectors.base import AppKeys, Basics, Capabilities, Idempotency, SignInField, SignInForm
from app.domain import Account, Identity
from app.errors import InputError, KeyringError, SignInError
from app.secrets import MemorySecrets
from tests.app.cli.running import TOKEN, Run, told


def _signing_in(monkeypatch: pytest.MonkeyPatch, outcome: Identity | Exception) -> None:
    from app.connectors.mastodon import MastodonConnector

    async def sign_in(cls: object, http: object, fields: dict[str, str]) -> Identity:
        assert fields["token"] == TOKEN
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def check(self: object) -> str:
        return ""

    async def pull(self: object, stream: str, mark: str | None, *, since: object):  # type: ignore[no-untyped-def]
        if stream == "none":
            yield None

    monkeypatch.setattr(MastodonConnector, "sign_in", classmethod(sign_in))
    monkeypatch.setattr(MastodonConnector, "check", check)
    monkeypatch.setattr(MastodonConnector, "pull", pull)


ADD = ("account", "add", "mastodon", "--server", "social.example", "--token-stdin", "--client", "Maple")


def test_an_account_comes_and_goes_and_its_token_stays_in_the_keyring(
    run: Run, folder: Path, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    _signing_in(monkeypatch, Identity("7", "@m@social.example", "M", "https://social.example", {"token": TOKEN}))
    added = run(*ADD, stdin=f"{TOKEN}\n")
    assert added.exit_code == 0, added.output
    [account] = told(run("account", "list", "--json"))
    assert (account["client"], account["platform"], account["state"]) == ("Maple", "mastodon", "ok")
    assert secrets.get(account["id"]) == {"token": TOKEN}
    again = run(*ADD[:-1], "Other", stdin=f"{TOKEN}\n")
    assert (again.exit_code, "connected already" in again.stderr) == (1, True)
    exported = run("export").stdout
    assert '"Other"' not in exported
    assert '"type":"account"' in exported
    for text in (added.output, again.output, exported):
        assert TOKEN not in text
    for file in folder.rglob("*"):
        assert not file.is_file() or TOKEN.encode() not in file.read_bytes(), file
    assert run("account", "remove", "nobody").exit_code == 1
    assert run("account", "remove", "@m@social.example").exit_code == 0
    assert secrets.get(account["id"]) is None
    assert told(run("account", "list", "--json")) == []


@pytest.mark.parametrize(
    "error",
    [
        SignInError("Mastodon no longer accepts this sign-in. Sign in again."),
        KeyringError("The system keychain is locked. Unlock it, then try again."),
        InputError("Type it again."),
    ],
)
def test_what_goes_wrong_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    _signing_in(monkeypatch, error)
    result = run(*ADD, stdin=f"{TOKEN}\n")
    assert (result.exit_code, result.stderr.strip(), result.stdout) == (1, str(error), "")


def test_no_secret_on_standard_input(run: Run) -> None:
    result = run(*ADD, stdin="\n")
    assert (result.exit_code, "standard input" in result.stderr) == (1, True)


# Any platform, by its form


APP_KEYS = ("planted-app-id-77", "planted-app-secret-77")


class Pages(Basics):
    """A platform with an app of the person's own, a secret, and several pages for one sign-in."""

    platform: ClassVar[str] = "pages"
    title: ClassVar[str] = "Pages"
    form: ClassVar[SignInForm] = SignInForm(
        (SignInField("site_name", "Site"), SignInField("password", "Password", secret=True)), (), (),
        app=AppKeys("pages", (SignInField("client_id", "App ID"), SignInField("client_secret", "App secret")),
                    help_url="https://developers.example/"),
    )  # fmt: skip
    asked: ClassVar[list[dict[str, str]]] = []
    refuses: ClassVar[str] = ""
    count: ClassVar[int] = 3

    def __init__(self, account: Account, secret: dict[str, str], http: object, save_secret: object) -> None:
        self.account = account
        self.capabilities = Capabilities("Pages", ("all",), Idempotency.LOOK, 500)

    @classmethod
    async def sign_in(cls, http: object, fields: dict[str, str]) -> tuple[Identity, ...]:
        cls.asked.append(dict(fields))
        return tuple(
            Identity(f"p{n}", f"@page{n}", f"Page {n}", "https://pages.example", {"token": f"{TOKEN}-{n}"},
                     data='{"what": "Page"}')
            for n in range(1, cls.count + 1)
        )  # fmt: skip

    async def check(self) -> str:
        if self.account.remote_id == self.refuses:
            raise SignInError("This page does not allow it.")
        return ""

    async def pull(self, stream: str, mark: str | None, *, since: object):  # type: ignore[no-untyped-def]
        if stream == "none":
            yield None


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> type[Pages]:
    from app import connectors

    module = ModuleType("app.connectors.pages")
    module.CONNECTOR = Pages  # type: ignore[attr-defined]
    names = connectors._names()
    monkeypatch.setitem(sys.modules, "app.connectors.pages", module)
    monkeypatch.setattr(connectors, "_names", lambda: (*names, "pages"))
    for name, value in (("asked", []), ("refuses", ""), ("count", 3)):
        monkeypatch.setattr(Pages, name, value)
    return Pages


PAGE_ADD = ("account", "add", "pages", "--site-name", "shop", "--client", "Maple")


def test_a_platform_asks_on_standard_input_what_is_secret(
    run: Run, folder: Path, secrets: MemorySecrets, pages: type[Pages]
) -> None:
    missing = run(*PAGE_ADD)
    assert (missing.exit_code, "--password-stdin" in missing.stderr) == (2, True)
    unasked = run(*PAGE_ADD, "--password-stdin", stdin="pw\n")
    assert (unasked.exit_code, "--app-stdin" in unasked.stderr) == (2, True)
    typed = "\n".join((*APP_KEYS, "pw")) + "\n"
    listed = run(*PAGE_ADD, "--app-stdin", "--password-stdin", stdin=typed)
    assert (listed.exit_code, "--pick" in listed.stderr) == (1, True)
    assert listed.stdout.splitlines()[0].split() == ["1", "Page", "1", "@page1", "Page"]
    as_json = run(*PAGE_ADD, "--app-stdin", "--password-stdin", "--json", stdin=typed)
    assert [(row["number"], row["handle"], row["what"]) for row in json.loads(as_json.stdout)][1] == (
        2, "@page2", "Page",
    )  # fmt: skip
    assert secrets._kept == {}, "nothing was added, so nothing is kept"
    added = run(*PAGE_ADD, "--app-stdin", "--password-stdin", "--pick", "2", "--pick", "page 3", stdin=typed)
    assert added.exit_code == 0, added.output
    accounts = told(run("account", "list", "--json"))
    assert [account["handle"] for account in accounts] == ["@page2", "@page3"]
    assert pages.asked[-1] == {
        "site_name": "shop", "client_id": APP_KEYS[0], "client_secret": APP_KEYS[1], "password": "pw",
    }  # fmt: skip
    # the app is known from now on
    pages.refuses = "p1"
    failed = run(*PAGE_ADD, "--password-stdin", "--pick", "all", stdin="pw\n")
    assert (failed.exit_code, failed.stderr.strip()) == (1, "@page1 was not added. This page does not allow it.")
    pages.refuses = ""
    known = run(*PAGE_ADD, "--password-stdin", "--pick", "@page2", stdin="pw\n")
    assert "connected already" in known.stderr
    assert "None of them is 9" in run(*PAGE_ADD, "--password-stdin", "--pick", "9", stdin="pw\n").stderr
    for result in (listed, as_json, added, failed, known):
        assert "planted" not in result.output
    for file in folder.rglob("*"):
        assert not file.is_file() or b"planted" not in file.read_bytes(), file
    [client] = {account["client_id"] for account in accounts}
    assert secrets.get(f"app/{client}/pages") == {"client_id": APP_KEYS[0], "client_secret": APP_KEYS[1]}
    assert run("account", "forget-app", "pages", "--client", "maple").exit_code == 0
    assert secrets.get(f"app/{client}/pages") is None
    assert run("account", "forget-app", "nowhere", "--client", "maple").exit_code == 1


def test_every_platform_has_a_command_with_its_own_options(run: Run, pages: type[Pages]) -> None:
    from app.connectors import connectors

    shown = run("account", "add", "--help").output
    for key, kind in connectors().items():
        local = getattr(kind, "local", False)
        assert (f"\n  {key} " in shown) is not local
        if local:
            assert run("account", "add", key).exit_code == 2
            continue
        options = run("account", "add", key, "--help").output
        for field in kind.form.fields:
            assert field.secret or f"--{field.key.replace('_', '-')}" in options
        assert ("--app-stdin" in options) is (kind.form.app is not None)


def test_the_documented_commands_stay(run: Run) -> None:
    mastodon = run("account", "add", "mastodon", "--help").output
    assert all(option in mastodon for option in ("--server", "--token-stdin", "--client"))
    bluesky = run("account", "add", "bluesky", "--help").output
    assert all(option in bluesky for option in ("--handle", "--server", "--password-stdin", "--client"))
    result = run("account", "add", "bluesky", "--handle", "maplerye.com", "--client", "M")
    assert (result.exit_code, "--password-stdin" in result.stderr) == (2, True)


def test_the_list_tells_when_a_sign_in_ends(run: Run, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = datetime.now(UTC) + timedelta(days=9, hours=3)
    secret = {"token": TOKEN, "sign_in_ends": ends.isoformat()}
    _signing_in(monkeypatch, Identity("7", "@m@social.example", "M", "https://social.example", secret))
    assert run(*ADD, stdin=f"{TOKEN}\n").exit_code == 0
    assert "The sign-in ends in 9 days. Sign in again before that: everything is kept." in run("account", "list").stdout
    [account] = told(run("account", "list", "--json"))
    assert datetime.fromisoformat(account["sign_in_ends"]) == ends


def test_signing_in_again_keeps_everything(run: Run, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    _signing_in(monkeypatch, Identity("7", "@m@social.example", "M", "https://social.example", {"token": TOKEN}))
    assert run(*ADD, stdin=f"{TOKEN}\n").exit_code == 0
    [account] = told(run("account", "list", "--json"))
    again = ("account", "add", "mastodon", "--server", "social.example", "--token-stdin", "--again")
    fresh = {"token": f"{TOKEN}-2"}
    _signing_in(monkeypatch, Identity("7", "@m@social.example", "M", "https://social.example", fresh))
    result = run(*again, "m@social.example", stdin=f"{TOKEN}\n")
    assert (result.exit_code, "Everything was kept" in result.stdout) == (0, True), result.output
    assert secrets.get(account["id"]) == fresh
    _signing_in(monkeypatch, Identity("8", "@n@social.example", "N", "https://social.example", fresh))
    other = run(*again, account["id"], stdin=f"{TOKEN}\n")
    assert (other.exit_code, "another account" in other.stderr) == (1, True)
    assert run(*again, "nobody", stdin=f"{TOKEN}\n").exit_code == 1
    assert run(*again[:-1], stdin=f"{TOKEN}\n").exit_code == 2


def test_several_that_came_with_one_sign_in_are_renewed_together(
    run: Run, secrets: MemorySecrets, pages: type[Pages]
) -> None:
    typed = "\n".join((*APP_KEYS, "pw")) + "\n"
    added = run(*PAGE_ADD, "--app-stdin", "--password-stdin", "--pick", "1", "--pick", "2", stdin=typed)
    assert added.exit_code == 0, added.output
    again = run("account", "add", "pages", "--site-name", "shop", "--password-stdin", "--again", "@page1", stdin="pw\n")
    assert again.stdout.splitlines() == ["@page1 is signed in again. Everything was kept.", "@page2 came with it."]
    assert secrets.get(told(run("account", "list", "--json"))[1]["id"]) == {"token": f"{TOKEN}-2"}


def test_an_account_is_paused_and_goes_on(run: Run, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    _signing_in(monkeypatch, Identity("7", "@m@social.example", "M", "https://social.example", {"token": TOKEN}))
    assert run(*ADD, stdin=f"{TOKEN}\n").exit_code == 0
    paused = run("account", "pause", "@m@social.example")
    assert (paused.exit_code, paused.stdout) == (
        0, "@m@social.example is paused. Nothing is read or sent until it goes on.\n"
    )  # fmt: skip
    assert "Nothing is read or sent until you let it go on." in run("account", "list").stdout
    (account,) = json.loads(run("account", "list", "--json").stdout)
    assert account["state"] == "paused"
    assert run("account", "go-on", account["id"]).stdout == "@m@social.example goes on.\n"
    (account,) = json.loads(run("account", "list", "--json").stdout)
    assert (account["state"], account["why"]) == ("ok", "")
    assert run("account", "pause", "nobody").exit_code == 1
