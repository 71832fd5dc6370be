"""The pool: one live connector per account, and where its secret lies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain import Account, Client
from app.errors import GoneError, KeyringError, NetworkError, SignInError, StoreError
from app.http import Http
from app.pool import Pool
from app.secrets import MemorySecrets
from app.store import accounts as rows
from app.store.db import Database
from tests.app.platform import START, Shop
from tests.values import replace


class Locked(MemorySecrets):
    async def aget(self, account_id: str) -> dict[str, str] | None:
        raise KeyringError("The system keychain is locked.")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(tmp_path / "carelane.db")

    def fill(connection: object) -> None:
        rows.add_client(connection, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", START))  # type: ignore[arg-type]
        for account in (
            Account("a1", "c1", "mastodon", "https://shop.example", "1", "@shop@shop.example", "The shop"),
            Account("a2", "c1", "practice", "", "p", "@p", "Practice", data='{"as": "Bluesky", "seed": 1}'),
        ):
            rows.add_account(connection, account, START)  # type: ignore[arg-type]

    db.submit(fill).result()
    yield db
    db.close()


def pool(db: Database, secrets: MemorySecrets | None = None) -> Pool:
    return Pool(db, secrets or MemorySecrets(), Http)


async def test_one_connector_however_many_ask_at_once(db: Database) -> None:
    secrets = MemorySecrets()
    secrets.set("a1", {"token": "t"})
    known = pool(db, secrets)
    found = await asyncio.gather(*(known.get("a1") for _ in range(5)))
    assert len(set(map(id, found))) == 1
    await known.drop("a1")
    assert await known.get("a1") is not found[0], "after a new sign-in, a new one"
    await known.close()


async def test_what_is_missing_is_told(db: Database) -> None:
    with pytest.raises(SignInError, match=r"no password for @shop@shop\.example"):
        await pool(db).get("a1")
    with pytest.raises(GoneError, match="no longer connected"):
        await pool(db).get("nobody")
    with pytest.raises(KeyringError, match="locked"):
        await pool(db, Locked()).get("a1")


async def test_a_failed_look_is_forgotten_once_the_secret_is_there(db: Database) -> None:
    secrets = MemorySecrets()
    known = pool(db, secrets)
    with pytest.raises(SignInError):
        await known.get("a1")
    secrets.set("a1", {"token": "t"})
    await known.get("a1")


async def test_practice_needs_no_keyring(db: Database) -> None:
    known = pool(db, Locked())
    assert (await known.get("a2")).capabilities.name == "Bluesky"
    assert known.store_for("mastodon") is not known.store_for("practice")
    store = known.store_for("practice")
    await store.aset("a2", {"world": "{}"})
    assert await store.aget("a2") == {"world": "{}"}
    await store.adelete("a2")
    await store.adelete("a2")
    assert await store.aget("a2") == {}


def test_capabilities_need_neither_a_secret_nor_a_network(db: Database) -> None:
    known = pool(db, Locked())
    account = rows.account(db.reader(), "a1")
    assert account is not None
    assert known.capabilities(account).name == "Mastodon"


async def test_a_new_secret_tells_when_its_sign_in_ends(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = MemorySecrets()
    known = pool(db, secrets)
    account = rows.account(db.reader(), "a1")
    assert account is not None
    db.submit(lambda one: rows.update_account(one, "a1", data='{"limit":7}')).result()
    save = known.make(replace(account, platform="bluesky"), {})._session._save  # type: ignore[attr-defined]
    await save({"token": "t2", "sign_in_ends": "2027-01-01T00:00:00+00:00"})
    known_data = rows.account(db.reader(), "a1")
    assert known_data is not None
    assert known_data.data == '{"limit":7,"token_expires_at":"2027-01-01T00:00:00+00:00"}'

    def full(*arguments: object, **more: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(rows, "set_account_data", full)
    await save({"token": "t3"})
    assert secrets.get("a1") == {"token": "t3"}, "the secret is kept, whatever the store says"


async def test_a_late_save_of_an_old_sign_in_is_thrown_away(db: Database) -> None:
    secrets = MemorySecrets()
    secrets.set("a1", {"token": "old"})
    known = pool(db, secrets)
    account = rows.account(db.reader(), "a1")
    assert account is not None
    old = known.make(replace(account, platform="bluesky"), {})._session._save  # type: ignore[attr-defined]
    first = await known.get("a1")
    # as another process does it
    secrets.set("a1", {"token": "new"})
    db.submit(lambda one: rows.set_account_data(one, "a1", sign_in="second")).result()
    await old({"token": "renewed from the old one"})
    assert secrets.get("a1") == {"token": "new"}
    assert await known.get("a1") is not first, "it is made from the new secret"
    db.submit(lambda one: rows.remove_account(one, "a1")).result()
    secrets.delete("a1")
    await old({"token": "risen"})
    assert secrets.get("a1") is None
    with pytest.raises(GoneError):
        await known.get("a1")


@pytest.mark.parametrize(
    ("data", "values", "after"),
    [
        ("{}", {"a": "1"}, '{"a":"1"}'),
        ('{"b": [1], "a": "0"}', {"a": "1"}, '{"b":[1],"a":"1"}'),
        ('{"b": [1], "a": "0"}', {"a": None}, '{"b":[1]}'),
        ('{"b": [1]}', {"a": None}, '{"b": [1]}'),
        ("damaged", {"a": "1"}, '{"a":"1"}'),
        ("[]", {"a": "1"}, '{"a":"1"}'),
    ],
)
def test_one_key_changes_and_all_others_stay(data: str, values: dict[str, str | None], after: str) -> None:
    assert rows.merged(data, values) == after


@pytest.mark.parametrize("trouble", [KeyringError("The keychain is locked."), SignInError("Sign in again.")])
async def test_a_reply_whose_secret_cannot_be_had_waits_and_says_why(shop: Shop, trouble: Exception) -> None:
    shop.world.write("m1")
    await shop.pull()
    await shop.outbox.answer("1", "Coming.", hold=False)
    connectors = shop.outbox._pool
    get = connectors.get

    async def fail(account_id: str) -> None:
        raise trouble

    connectors.get = fail  # type: ignore[assignment, method-assign]
    await shop.outbox.push()
    (row,) = shop.outbox.rows()
    assert (row.reply.state, row.reply.why) == ("held", str(trouble))
    connectors.get = get  # type: ignore[method-assign]
    shop.clock.forward(minutes=1)
    await shop.outbox.push()
    assert shop.states() == ["sent"]


async def test_an_unconfirmed_reply_stays_so_while_the_account_cannot_be_asked(shop: Shop) -> None:
    shop.world.write("m1")
    await shop.pull()
    await shop.outbox.answer("1", "Coming.", hold=False)
    shop.world.trouble = None
    shop.world.find_trouble = NetworkError("No network.")

    async def lose(reply: object) -> None:
        from app.errors import UncertainError

        raise UncertainError("The line broke.")

    shop.world.after_send = lose
    for _ in range(3):
        await shop.outbox.push()
    assert shop.states() == ["unconfirmed"]
    shop.world.find_trouble = None
    await shop.outbox.push()
    assert (shop.states(), len(shop.world.own)) == (["sent"], 1)
