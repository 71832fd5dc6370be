"""A paused account: nothing is read or sent, what waits says so, and all of it goes on afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from app.accounts import PAUSED, Accounts, SignInTest
from app.domain import Account, Reply
from app.errors import InputError, NetworkError, PausedError, SignInError
from app.outbox_checks import PAUSED as WAITS
from app.pool import Pool
from app.presence import Presence
from app.secrets import MemorySecrets
from app.store import accounts as rows
from app.store import replies
from app.sync.schedule import Schedule
from tests.app.accounts_desk import SHOP, Connector, opened
from tests.app.accounts_desk import Desk as SignInDesk
from tests.app.platform import Shop, lose_answer
from tests.values import replace


class Desk:
    """A shop whose account can be paused."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.accounts = Accounts(shop.db, cast(Pool, shop.pool), shop.bus, cast(Any, None), now=shop.clock)
        self.checked: list[str | None] = []
        self.accounts.check = self.checked.append
        self.accounts.wake_outbox = shop.outbox.wake

    @property
    def account(self) -> Account:
        found = rows.account(self.shop.db.reader(), "a1")
        assert found is not None
        return found

    def reply(self, reply: Reply) -> Reply:
        found = replies.get(self.shop.db.reader(), reply.id)
        assert found is not None
        return found

    def activity(self) -> list[str]:
        found = self.shop.db.reader().execute("SELECT what FROM activity WHERE account_id = 'a1' ORDER BY n")
        return [what for (what,) in found if what.startswith("account_")]


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop)


async def answer(desk: Desk, **more: Any) -> Reply:
    desk.shop.world.write("m1")
    await desk.shop.pull()
    return await desk.shop.outbox.answer("1", "On its way.", **{"hold": False, **more})


async def test_it_is_kept_and_told_and_said_once(desk: Desk) -> None:
    await desk.accounts.pause("a1", True)
    await desk.accounts.pause("a1", True)
    assert (desk.account.state, desk.account.why) == ("paused", PAUSED)
    assert desk.shop.changes[-1].accounts == {"a1"}
    assert desk.checked == []
    await desk.accounts.pause("a1", False)
    await desk.accounts.pause("a1", False)
    assert (desk.account.state, desk.account.why) == ("ok", "")
    assert desk.checked == ["a1"], "it is read at once"
    assert desk.activity() == ["account_paused", "account_went_on"]
    with pytest.raises(InputError, match="no such account"):
        await desk.accounts.pause("nobody", True)


async def test_what_waits_says_so_and_leaves_afterwards(desk: Desk) -> None:
    reply = await answer(desk)
    await desk.accounts.pause("a1", True)
    for _ in range(3):
        await desk.shop.outbox.push()
        desk.shop.clock.forward(minutes=10)
    held = desk.reply(reply)
    assert (held.state, held.why, desk.shop.world.sends) == ("held", WAITS, 0)
    await desk.shop.outbox.send_now(reply.id)
    await desk.shop.outbox.push()
    assert (desk.reply(reply).why, desk.shop.world.sends) == (WAITS, 0), "not even when it is hurried"
    await desk.accounts.pause("a1", False)
    assert desk.reply(reply).why == "", "at once, not when the sender comes by"
    assert desk.shop.changes[-1].replies == {reply.id}
    await desk.shop.outbox.push()
    assert (desk.reply(reply).state, desk.shop.world.sends) == ("sent", 1)


async def test_a_reply_for_later_and_an_undo_window_keep_their_time(desk: Desk) -> None:
    at = desk.shop.clock() + timedelta(hours=1)
    reply = await answer(desk, not_before=at)
    await desk.accounts.pause("a1", True)
    await desk.shop.outbox.push()
    assert desk.reply(reply).why == "", "it is not the pause that it waits for"
    await desk.accounts.pause("a1", False)
    assert desk.reply(reply).not_before == at


async def test_what_is_uncertain_is_not_looked_for_before_it_goes_on(desk: Desk) -> None:
    reply = await answer(desk)
    desk.shop.world.after_send = lose_answer
    await desk.shop.outbox.push()
    await desk.accounts.pause("a1", True)
    await desk.shop.outbox.push()
    assert desk.reply(reply).state == "unconfirmed"
    await desk.accounts.pause("a1", False)
    await desk.shop.outbox.push()
    assert desk.reply(reply).state == "sent"
    assert len(desk.shop.world.own) == 1


async def test_a_pause_while_the_thread_is_read_again_holds_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = await answer(desk)
    connector = await desk.shop.pool.get("a1")
    thread = connector.thread

    async def slow(mention: Any) -> Any:
        await desk.accounts.pause("a1", True)
        return await thread(mention)

    monkeypatch.setattr(connector, "thread", slow)
    await desk.shop.outbox.push()
    assert (desk.reply(reply).state, desk.shop.world.sends) == ("held", 0)


async def test_other_accounts_go_on(tmp_path: Path) -> None:
    shop = Shop(tmp_path, accounts=2)
    desk = Desk(shop)
    await desk.accounts.pause("a1", True)
    shop.world.write("m1", account_id="a2")
    await shop.puller.pull("a2")
    reply = await shop.outbox.answer("1", "On its way.", hold=False)
    await shop.outbox.push()
    assert desk.reply(reply).state == "sent"
    shop.db.close()


async def test_nothing_is_read_and_a_failure_does_not_end_the_pause(desk: Desk) -> None:
    shop = desk.shop
    await desk.accounts.pause("a1", True)
    shop.world.write("m1")
    work = Schedule(shop.db, shop.puller, shop.bus, Presence(in_front=True), now=shop.clock, battery=lambda: False)
    task = asyncio.create_task(work.run())
    await asyncio.sleep(0.2)
    work.check_now("a1")
    await asyncio.sleep(0.2)
    assert desk.account.checked_at is None
    for error in (SignInError("Sign in again."), NetworkError("No network."), None):
        await work.report("a1", error)
        assert (desk.account.state, desk.account.why) == ("paused", PAUSED)
    desk.accounts.check = work.check_now
    await desk.accounts.pause("a1", False)
    async with asyncio.timeout(5):
        while desk.account.checked_at is None:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert shop.db.reader().execute("SELECT count(*) FROM mention").fetchone() == (1,)


async def test_a_reading_that_runs_ends_and_is_not_called_complete(desk: Desk) -> None:
    await desk.accounts.pause("a1", True)
    desk.shop.world.write("m1")
    assert await desk.shop.puller.pull("a1") == 0
    assert desk.account.checked_at is None
    await desk.accounts.pause("a1", False)
    assert await desk.shop.puller.pull("a1") == 1, "nothing of it is lost"


async def test_no_connector_is_handed_out(desk: Desk) -> None:
    await desk.accounts.pause("a1", True)
    pool = Pool(desk.shop.db, MemorySecrets(), cast(Any, None))
    with pytest.raises(PausedError, match="@maplerye is paused"):
        await pool.get("a1")


async def test_what_would_go_is_counted(desk: Desk) -> None:
    await answer(desk, not_before=desk.shop.clock() + timedelta(hours=1))
    desk.shop.world.write("m2")
    await desk.shop.pull()
    contents = await desk.accounts.contents("a1")
    assert (contents.messages, contents.drafts, contents.waiting) == (2, 0, 1)
    assert (await desk.accounts.contents("nobody")).messages == 0


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInDesk]:
    yield from opened(tmp_path, monkeypatch)


async def test_a_new_sign_in_does_not_end_the_pause(door: SignInDesk) -> None:
    account = await door.add()
    await door.accounts.pause(account.id, True)
    await door.accounts.again(account.id, SignInTest("fake", replace(SHOP, secret={"token": "new"}), "", 0, None))
    (known,) = door.known()
    assert (known.state, door.secrets.get(account.id)) == ("paused", {"token": "new"})


async def test_what_is_paused_can_be_removed_and_its_platform_is_told(door: SignInDesk) -> None:
    account = await door.add()
    await door.accounts.pause(account.id, True)
    assert await door.accounts.remove(account.id) == "Fake was told to end this sign-in."
    assert (Connector.revoked, door.known()) == (["me"], [])
