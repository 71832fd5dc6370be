"""The person's own developer keys: once per client and family, in the keyring alone, gone with the last account."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import logs
from app.accounts import Choices, SignInTest
from app.domain import Account, Identity
from app.errors import InputError, KeyringError, StoreError
from app.store import accounts as rows
from app.transfer import export
from tests.app.accounts_desk import KEYS, Connector, Desk, opened

OTHER = {"client_id": "planted-app-2", "client_secret": "planted-app-secret-2"}
PAGES = tuple(
    Identity(f"p{number}", f"@p{number}", f"P {number}", "https://example.social", {"token": f"planted-p-{number}-xx"})
    for number in range(3)
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    yield from opened(tmp_path, monkeypatch)


async def client(desk: Desk, name: str = "Maple") -> str:
    return (await desk.accounts.client_named(name)).id


async def connected(desk: Desk, number: int, client_id: str, keys: dict[str, str] | None = None) -> Account:
    Connector.identity = PAGES[number]
    test = await desk.accounts.sign_in("sister", KEYS if keys is None else keys, client_id)
    assert isinstance(test, SignInTest)
    return await desk.accounts.add(test, client_id)


async def test_they_are_asked_once_and_used_from_then_on(desk: Desk) -> None:
    maple = await client(desk)
    assert not await desk.accounts.app_known("sister", maple)
    with pytest.raises(InputError, match="App ID, App secret"):
        await desk.accounts.begin("sister", {}, maple)
    with pytest.raises(InputError, match="of your Meta app first"):
        await desk.accounts.sign_in("sister", {"client_id": "only half"}, maple)
    await connected(desk, 0, maple)
    assert await desk.accounts.app_known("sister", maple)
    assert desk.secrets.get(f"app/{maple}/meta") == KEYS
    sign_in = await desk.accounts.begin("sister", {"page": "x"}, maple)
    await sign_in.cancel()
    assert Connector.begun[-1] == {"page": "x", **KEYS}


async def test_they_are_kept_once_something_was_added_and_not_before(desk: Desk) -> None:
    maple = await client(desk)
    Connector.identity = PAGES[0]
    await desk.accounts.sign_in("sister", KEYS, maple)
    assert desk.secrets._kept == {}


async def test_another_client_types_its_own(desk: Desk) -> None:
    maple, north = await client(desk), await client(desk, "North")
    await connected(desk, 0, maple)
    with pytest.raises(InputError):
        await desk.accounts.sign_in("sister", {}, north)
    await connected(desk, 1, north, OTHER)
    assert desk.secrets.get(f"app/{north}/meta") == OTHER
    assert desk.secrets.get(f"app/{maple}/meta") == KEYS
    # a page that one client's app brought becomes the other's: that one's own app stays
    Connector.identity = PAGES
    found = await desk.accounts.sign_in("sister", {}, maple)
    assert isinstance(found, Choices)
    await desk.accounts.connect(found, {2: north})
    assert desk.secrets.get(f"app/{north}/meta") == OTHER


async def test_a_page_for_a_client_without_an_app_brings_the_keys_along(desk: Desk) -> None:
    maple, north = await client(desk), await client(desk, "North")
    Connector.identity = PAGES
    found = await desk.accounts.sign_in("sister", KEYS, maple)
    assert isinstance(found, Choices)
    await desk.accounts.connect(found, {0: maple, 1: north})
    assert desk.secrets.get(f"app/{north}/meta") == KEYS, "it signs in through this app from then on"


async def test_an_account_of_a_client_with_another_app_is_not_renewed_through_this_one(desk: Desk) -> None:
    maple, north = await client(desk), await client(desk, "North")
    first = await connected(desk, 0, maple)
    second = await connected(desk, 1, north, OTHER)
    Connector.identity = PAGES
    test = await desk.accounts.sign_in("sister", {}, maple, account_id=first.id)
    assert isinstance(test, SignInTest)
    assert test.also == ()
    await desk.accounts.again(first.id, test)
    assert desk.secrets.get(second.id) == PAGES[1].secret


async def test_changed_keys_take_the_place_of_the_old_ones(desk: Desk) -> None:
    maple = await client(desk)
    account = await connected(desk, 0, maple)
    test = await desk.accounts.sign_in("sister", OTHER, maple, account_id=account.id)
    assert isinstance(test, SignInTest)
    await desk.accounts.again(account.id, test)
    assert desk.secrets.get(f"app/{maple}/meta") == OTHER


async def test_they_go_with_the_clients_last_account_of_the_family(desk: Desk) -> None:
    maple, north = await client(desk), await client(desk, "North")
    first, second = await connected(desk, 0, maple), await connected(desk, 1, maple)
    await connected(desk, 2, north)
    await desk.accounts.remove(first.id)
    assert await desk.accounts.app_known("sister", maple)
    await desk.accounts.remove(second.id)
    assert not await desk.accounts.app_known("sister", maple)
    assert await desk.accounts.app_known("sister", north)


async def test_they_can_be_forgotten_while_accounts_go_on(desk: Desk) -> None:
    maple = await client(desk)
    account = await connected(desk, 0, maple)
    await desk.accounts.forget_app("sister", maple)
    assert not await desk.accounts.app_known("sister", maple)
    assert desk.secrets.get(account.id) is not None
    await desk.accounts.forget_app("fake", maple)  # a platform without one
    assert not await desk.accounts.app_known("fake", maple)


async def test_an_add_that_fails_keeps_no_keys(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    maple = await client(desk)
    Connector.identity = PAGES[0]
    test = await desk.accounts.sign_in("sister", KEYS, maple)
    assert isinstance(test, SignInTest)

    def full(*arguments: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(rows, "add_account", full)
    with pytest.raises(StoreError):
        await desk.accounts.add(test, maple)
    assert desk.secrets._kept == {}


async def test_a_locked_keychain_is_told(desk: Desk) -> None:
    maple = await client(desk)
    Connector.identity = PAGES[0]
    test = await desk.accounts.sign_in("sister", KEYS, maple)
    assert isinstance(test, SignInTest)
    desk.secrets.locked = True
    with pytest.raises(KeyringError):
        await desk.accounts.add(test, maple)
    assert desk.known() == []


def look_through(folder: Path) -> None:
    written = [file for file in folder.rglob("*") if file.is_file()]
    assert {".log", ".db"} <= {file.suffix for file in written}
    for file in written:
        assert b"planted" not in file.read_bytes(), file


async def test_keys_are_nowhere_but_in_the_keyring(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / "log"
    folder.mkdir()
    handler = logs.start(folder)
    try:
        maple = await client(desk)
        account = await connected(desk, 0, maple)
        sign_in = await desk.accounts.begin("sister", {}, maple)
        shown = [repr(sign_in), repr(await sign_in.paste("good"))]
        await sign_in.cancel()
        with pytest.raises(InputError) as caught:
            await desk.accounts.apps.of("sister", {"client_id": KEYS["client_id"]}, "")
        logging.getLogger("app").error("a bug", exc_info=caught.value)  # as a crash is reported
        shown += [str(caught.value), repr(await desk.pool.get(account.id)), caplog.text]
        shown.append(b"".join(export(desk.db)).decode())
    finally:
        logs.stop(handler)
    for text in shown:
        assert "planted" not in text
    look_through(tmp_path)
    assert desk.secrets.get(f"app/{maple}/meta") == KEYS


def test_an_app_is_called_by_its_family(desk: Desk) -> None:
    assert desk.accounts.app_title("sister") == "Meta"
    assert desk.accounts.app_title("fake") == "Fake"
