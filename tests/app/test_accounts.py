"""Accounts: what is tried is not stored, what is added has its secret first, what is removed leaves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.accounts import SignInTest
from app.domain import Mention, Page
from app.errors import InputError, KeyringError, SignInError, StoreError
from app.store import accounts as rows
from tests.app.accounts_desk import SHOP, Connector, Desk, opened
from tests.app.platform import Platform
from tests.values import replace


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    yield from opened(tmp_path, monkeypatch)


def page(desk: Desk, *names: str) -> Page:
    world = Platform(desk.clock)
    desk.clock.forward(minutes=1)
    return Page(mentions=tuple(world.write(name) for name in names))


# Signing in


def test_practice_is_no_platform_to_sign_in_to(desk: Desk) -> None:
    assert desk.accounts.platforms() == [("fake", "Fake"), ("sister", "Sister")]


async def test_a_test_reads_a_little_and_stores_nothing(desk: Desk) -> None:
    Connector.pages = [page(desk, "m1", "m2"), Page(), page(desk, "m3"), page(desk, "beyond the third page")]
    test = await desk.accounts.sign_in("fake", {"token": "planted-7c1"})
    newest: Mention = Connector.pages[2].mentions[0]
    assert (test.identity, test.found, test.newest_at, test.note) == (SHOP, 3, newest.posted_at, "Listed only.")
    assert (desk.known(), desk.secrets.get("test"), desk.count("mention"), desk.changes) == ([], None, 0, [])
    assert Connector.closed == 1
    assert "planted" not in repr(test), "a secret is never shown"


async def test_an_account_without_mentions_is_fine(desk: Desk) -> None:
    test = await desk.accounts.sign_in("fake", {})
    assert (test.found, test.newest_at) == (0, None)


async def test_a_test_that_fails_releases_what_it_held(desk: Desk) -> None:
    Connector.trouble = SignInError("Sign in again.")
    with pytest.raises(SignInError):
        await desk.accounts.sign_in("fake", {})
    assert Connector.closed == 1


async def test_a_secret_that_was_renewed_during_the_test_is_the_one_that_is_kept(desk: Desk) -> None:
    Connector.rotates = True
    test = await desk.accounts.sign_in("fake", {})
    assert replace(test.identity, secret={}) == replace(SHOP, secret={}), "all else stays"
    account = await desk.accounts.add(test, (await desk.accounts.client_named("C")).id)
    assert desk.secrets.get(account.id) == {"token": "second"}


async def test_a_browser_sign_in_takes_a_pasted_code(desk: Desk) -> None:
    sign_in = await desk.accounts.begin("fake", {})
    assert sign_in.url == "https://example.social/allow"
    with pytest.raises(InputError, match="no code"):
        await sign_in.paste("  ")
    with pytest.raises(SignInError):
        await sign_in.paste("wrong")
    assert (await sign_in.paste(" good\n")).identity == SHOP
    await sign_in.cancel()


async def test_a_browser_that_comes_back_ends_the_wait(desk: Desk) -> None:
    sign_in = await desk.accounts.begin("fake", {})
    waiting = asyncio.ensure_future(sign_in.wait())
    await asyncio.sleep(0)
    address = sign_in._authorization.data["redirect"]
    host, port = address.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    path = "/" + address.split("/", 3)[3]
    writer.write(f"GET {path}?code=good&state=state-1 HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    await reader.read()
    writer.close()
    assert (await asyncio.wait_for(waiting, 5)).identity == SHOP
    with pytest.raises(OSError, match=r".*"):
        await asyncio.open_connection(host, int(port))


async def test_a_sign_in_that_cannot_begin_leaves_nothing_open(desk: Desk) -> None:
    Connector.trouble = SignInError("No.")
    with pytest.raises(SignInError):
        await desk.accounts.begin("fake", {})


# Adding


async def test_the_secret_is_kept_before_the_account(desk: Desk) -> None:
    account = await desk.add()
    assert desk.secrets.rows_when_set == 0
    assert desk.secrets.get(account.id) == {"token": "planted-7c1"}
    assert [(a.id, a.handle, a.service) for a in desk.known()] == [(account.id, "@maplerye", "Fake")]
    assert desk.checked == [account.id], "its history is read at once"
    assert any(account.id in changes.accounts for changes in desk.changes)
    assert not any(b"planted" in file.read_bytes() for file in desk.db.path.parent.glob("carelane.db*"))


async def test_a_locked_keyring_adds_nothing(desk: Desk) -> None:
    desk.secrets.locked = True
    with pytest.raises(KeyringError):
        await desk.add()
    assert (desk.known(), desk.checked) == ([], [])


async def test_a_store_that_fails_takes_the_secret_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await desk.accounts.client_named("Maple & Rye")

    def full(*arguments: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(rows, "add_account", full)
    with pytest.raises(StoreError):
        await desk.accounts.add(SignInTest("fake", SHOP, "", 0, None), client.id)
    assert desk.secrets._kept == {}


async def test_one_identity_is_connected_once(desk: Desk) -> None:
    await desk.add()
    with pytest.raises(InputError, match="@maplerye is connected already"):
        await desk.add(client="Another client")
    other = replace(SHOP, server="https://other.social")
    found = await asyncio.gather(desk.add(other), desk.add(other), return_exceptions=True)
    assert sorted(isinstance(one, InputError) for one in found) == [False, True]
    assert len(desk.known()) == len(desk.secrets._kept) == 2


# Again


async def test_signing_in_again_keeps_everything_and_takes_the_new_secret(desk: Desk) -> None:
    account = await desk.add()
    await desk.db.write(lambda db: rows.update_account(db, account.id, state="sign_in", why="Sign in again."))
    before = await desk.pool.get(account.id)
    fresh = replace(SHOP, secret={"token": "new"}, handle="@maple", name="Maple")
    await desk.accounts.again(account.id, SignInTest("fake", fresh, "", 0, None))
    (known,) = desk.known()
    assert (known.id, known.state, known.why, known.handle, known.name) == (account.id, "ok", "", "@maple", "Maple")
    after = await desk.pool.get(account.id)
    assert after is not before
    assert after.secret == {"token": "new"}  # type: ignore[attr-defined]
    assert desk.checked[-1] == account.id


@pytest.mark.parametrize("change", [{"remote_id": "else"}, {"server": "https://other.social"}])
async def test_another_identity_changes_nothing(desk: Desk, change: dict[str, str]) -> None:
    account = await desk.add()
    other = replace(SHOP, handle="@other", secret={"token": "theirs"}, **change)
    with pytest.raises(InputError, match=r"another account\. Nothing was changed"):
        await desk.accounts.again(account.id, SignInTest("fake", other, "", 0, None))
    assert desk.secrets.get(account.id) == {"token": "planted-7c1"}
    assert desk.known()[0].handle == "@maplerye"


async def test_an_identity_that_moved_house_is_the_same(desk: Desk) -> None:
    account = await desk.add(replace(SHOP, remote_id="did:plc:maple"))
    moved = replace(SHOP, remote_id="did:plc:maple", server="https://new.house", secret={"token": "new"})
    await desk.accounts.again(account.id, SignInTest("fake", moved, "", 0, None))
    assert desk.known()[0].server == "https://new.house"


async def test_an_account_that_is_gone_cannot_be_signed_in_again(desk: Desk) -> None:
    with pytest.raises(InputError):
        await desk.accounts.again("nobody", SignInTest("fake", SHOP, "", 0, None))
    assert desk.secrets._kept == {}


# Removing


async def test_removing_erases_the_secret_and_what_was_read(desk: Desk) -> None:
    account, other = await desk.add(), await desk.add(replace(SHOP, remote_id="2"))
    await desk.pool.get(account.id)
    await desk.accounts.remove(account.id)
    assert [kept.id for kept in desk.known()] == [other.id]
    assert desk.secrets.get(account.id) is None
    assert desk.secrets.get(other.id) is not None
    assert Connector.closed == 1
    with pytest.raises(InputError, match="no such account"):
        await desk.accounts.remove(account.id)


# Clients


async def test_a_client_has_one_name(desk: Desk) -> None:
    made = await desk.accounts.create_client("  Maple   &  Rye ")
    assert made.name == "Maple & Rye"
    with pytest.raises(InputError, match="already"):
        await desk.accounts.create_client("MAPLE & RYE")
    with pytest.raises(InputError, match="name of the business"):
        await desk.accounts.create_client(" \n ")
    assert (await desk.accounts.client_named("maple   & rye ")).id == made.id
    found = await asyncio.gather(*(desk.accounts.create_client("Two") for _ in range(2)), return_exceptions=True)
    assert sorted(isinstance(one, InputError) for one in found) == [False, True]
    assert (await desk.accounts.create_client("Another")).color != made.color


# Practice


async def test_practising_twice_is_practising_once(desk: Desk) -> None:
    await asyncio.gather(desk.accounts.practise(), desk.accounts.practise())
    await desk.accounts.practise()
    assert [account.service for account in desk.known()] == ["Mastodon", "Bluesky", "Google reviews"]
    assert len(rows.clients(desk.db.reader())) == 1
    assert desk.secrets._kept == {}, "practice needs no keyring"
    assert None in desk.checked


async def test_the_end_of_practice_leaves_nothing(desk: Desk) -> None:
    real = await desk.add(client="A real client")
    await desk.accounts.practise()
    await desk.accounts.end_practice()
    assert [account.id for account in desk.known()] == [real.id]
    assert [client.name for client in rows.clients(desk.db.reader())] == ["A real client"]
    assert [desk.count(table) for table in ("mention", "conversation", "reply", "draft", "contact", "mark")] == [0] * 6
    left = desk.db.reader().execute("SELECT key FROM setting WHERE key LIKE 'local/%'").fetchall()
    assert left == []
    assert desk.secrets.get(real.id) is not None


async def test_a_bakery_of_that_name_that_is_real_outlives_practice(desk: Desk) -> None:
    real = await desk.add(client="Maple & Rye")
    await desk.accounts.practise()
    await desk.accounts.end_practice()
    assert [account.id for account in desk.known()] == [real.id]
    assert [client.name for client in rows.clients(desk.db.reader())] == ["Maple & Rye"]
