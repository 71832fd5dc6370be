"""Accounts at the terminal, and the token that stays in the keyring."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain import Identity
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
