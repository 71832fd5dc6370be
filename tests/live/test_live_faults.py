"""Every fault of a bad line, on real servers: never two, never none, never another's, never after cancel, in order."""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.connectors.bluesky import BlueskyConnector
from app.connectors.mastodon import MastodonConnector
from app.domain import Account, Client, Identity, Reply, ReplyState
from app.errors import InputError
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from app.store import accounts as rows
from app.store import replies

from .faults import Card, DealingProxy
from .servers import BlueskyNetwork, BlueskyPerson, SnacServer

SEEDS = tuple(map(int, os.environ.get("CARELANE_FAULT_SEEDS", "4").split()))
CUSTOMERS = 10
GUESTS = tuple(f"faultguest{n}" for n in range(CUSTOMERS))
SETTLED_WITHIN = 60  # seconds
CLIENTS = {"a1": Client("c1", "Maple & Rye", "#d9a441", "UTC", "", datetime.now(UTC)),
           "a2": Client("c2", "Old Oak Cycles", "#3f7d58", "UTC", "", datetime.now(UTC))}  # fmt: skip
DONE = (ReplyState.SENT, ReplyState.CANCELLED)


@dataclass(frozen=True)
class Posted:
    """One post of a shop's, as its own server has it."""

    account: str
    text: str
    id: str
    parent: str
    at: str  # sorts as they were made


@dataclass
class Desk:
    """The core in front of a server, and the replies that were handed to it."""

    core: Runtime
    proxy: DealingProxy
    asked: list[tuple[str, str]]  # account and remote id of each customer's message
    singles: list[Reply] = field(default_factory=list)
    thread: list[Reply] = field(default_factory=list)
    pair: list[Reply] = field(default_factory=list)
    cancelled: list[Reply] = field(default_factory=list)

    def now(self, reply: Reply) -> Reply:
        """As the ledger has it."""
        found = replies.get(self.core.db.reader(), reply.id)
        assert found is not None, "a reply never leaves the ledger"
        return found

    @property
    def all(self) -> list[Reply]:
        return [self.now(one) for one in (*self.thread, *self.pair, *self.singles, *self.cancelled)]


async def desk_of(folder: Path, proxy: DealingProxy, who: dict[str, Identity], platform: str) -> Desk:
    """Two clients with an account each, which has been connected for a day."""
    core = Runtime(Paths.find(folder), secrets=MemorySecrets(), look_again=1.0)
    for id_, one in who.items():
        assert proxy.target not in one.server + one.data, "signed in behind the proxy's back"
        await core.secrets().aset(id_, one.secret)

    def fill(db: sqlite3.Connection) -> None:
        for id_, one in who.items():
            client = CLIENTS[id_]
            rows.add_client(db, client)
            account = Account(id_, client.id, platform, one.server, one.remote_id, one.handle, one.name, data=one.data)
            rows.add_account(db, account, datetime.now(UTC) - timedelta(days=1))

    await core.db.write(fill)
    return Desk(core, proxy, [])


async def hand_over(desk: Desk) -> None:
    """A thread of three, two replies to one customer, one that is taken back at once, and seven more."""
    core = desk.core
    for account in CLIENTS:
        await core.puller.pull(account)

    def conversation(remote_id: str) -> str:
        find = "SELECT conversation FROM mention WHERE remote_id = ?"
        return str(core.db.reader().execute(find, (remote_id,)).fetchone()[0])

    numbers = [conversation(remote_id) for _, remote_id in desk.asked]
    account = rows.account(core.db.reader(), desk.asked[0][0])
    assert account is not None
    room = core.pool.capabilities(account).max_graphemes
    long = " ".join(f"Line {n} of how the dough is made." for n in range(room * 5 // 2 // 34))
    first = await core.outbox.answer(numbers[0], long, hold=False, split=True)
    steps = "SELECT id FROM reply WHERE step = ? ORDER BY part"
    found = [replies.get(core.db.reader(), id_) for (id_,) in core.db.reader().execute(steps, (first.step,))]
    desk.thread = [part for part in found if part is not None]
    assert len(desk.thread) == 3
    for word in ("First", "Second"):
        desk.pair.append(await core.outbox.answer(numbers[1], f"{word} to you.", hold=False))
    back = await core.outbox.answer(numbers[2], "Taken back at once.", hold=False)
    await core.outbox.cancel(back.id)
    desk.cancelled.append(back)
    for n, number in enumerate(numbers[3:], 3):
        desk.singles.append(await core.outbox.answer(number, f"It leaves today, number {n}.", hold=False))


async def take_one_back(desk: Desk) -> None:
    """Cancel one that has been tried in vain; one that may have left cannot be taken back."""
    for reply in desk.singles:
        kept = desk.now(reply)
        if kept.state is ReplyState.UNCONFIRMED:
            with pytest.raises(InputError, match="already left"):
                await desk.core.outbox.cancel(reply.id)
        elif kept.state is ReplyState.HELD and kept.tries:
            await desk.core.outbox.cancel(reply.id)
            desk.singles.remove(reply)
            desk.cancelled.append(reply)
            return


async def settle(desk: Desk) -> None:
    """Round after round, the network coming back in between; after each, what has not left says why."""
    core, end = desk.core, time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < end:
        await core.outbox.push()
        for reply in desk.all:
            assert reply.state is not ReplyState.CLAIMED, "a round ends with nothing under way"
            assert reply.state in DONE or reply.why, f"no reason is shown: {reply}"
        if len(desk.cancelled) < 2:
            await take_one_back(desk)
        if all(reply.state in DONE for reply in desk.all):
            return
        core.outbox.network_back()
        await asyncio.sleep(0.1)


def wanted(desk: Desk) -> dict[tuple[str, str], str]:
    """What must be on the server: the parent by account and text."""
    found = {(one.account_id, one.text): one.to_remote_id for one in (*desk.pair, *desk.singles)}
    under = desk.thread[0].to_remote_id
    for part in desk.thread:
        found[part.account_id, part.text] = under
        under = desk.now(part).remote_id
    return found


def hold_to_the_truth(desk: Desk, there: list[Posted]) -> None:
    """Compare the ledger with what the server has; `there` was read past the proxy."""
    told = f"dealt: {[f'{what}: {card}' for what, card in desk.proxy.dealt]}"
    states = {reply.text[:40]: (reply.state, reply.why) for reply in desk.all}
    must = wanted(desk)
    assert Counter((one.account, one.text) for one in there) == Counter(must.keys()), f"{states}\n{told}"
    for one in there:
        assert one.parent == must[one.account, one.text], f"{one}\n{told}"
    assert {reply.remote_id for reply in desk.all if reply.state is ReplyState.SENT} == {one.id for one in there}
    assert {desk.now(reply).state for reply in desk.cancelled} == {ReplyState.CANCELLED}, told
    assert all(reply.state in DONE for reply in desk.all), f"{states}\n{told}"
    at = {one.text: one.at for one in there}
    for row in (desk.thread, desk.pair):
        times = [at[reply.text] for reply in row]
        assert times == sorted(times), f"{times}\n{told}"
    assert not desk.proxy.sends, f"faults that never struck: {desk.proxy.sends}\n{told}"
    assert desk.proxy.sent() == len(must), f"the server was given one twice\n{told}"


async def run(desk: Desk, truth: Callable[[], list[Posted]]) -> None:
    before = {one.id for one in await asyncio.to_thread(truth)}
    try:
        await hand_over(desk)
        desk.proxy.armed = True
        await settle(desk)
        desk.proxy.armed = False
        struck = {card for _, card in desk.proxy.dealt}
        assert struck == set(Card), f"faults that never struck: {set(Card) - struck}"
        there = [one for one in await asyncio.to_thread(truth) if one.id not in before]
        hold_to_the_truth(desk, there)
    finally:
        await desk.core.stop()


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_bad_line_to_bluesky(bluesky: BlueskyNetwork, tmp_path: Path, seed: int) -> None:
    shops = {id_: bluesky.add_account(f"shop{id_}x{seed}") for id_ in CLIENTS}
    customers = [bluesky.add_account(f"guest{n}x{seed}") for n in range(CUSTOMERS)]

    def is_send(request: object) -> bool:
        return getattr(request, "path", "") == "/xrpc/com.atproto.repo.putRecord"

    with DealingProxy(bluesky.pds, seed, is_send) as proxy:
        who = {id_: await _bluesky_sign_in(shop, proxy) for id_, shop in shops.items()}
        desk = await desk_of(tmp_path / "data", proxy, who, "bluesky")
        for n, guest in enumerate(customers):
            account = ("a1", "a2")[n % 2]
            post = guest.post(f"@{shops[account].handle} where is order {n}?", mention=shops[account])
            shops[account].wait_notification(post)
            desk.asked.append((account, post.uri))

        def truth() -> list[Posted]:
            return [
                Posted(id_, kept["value"]["text"], kept["uri"], kept["value"]["reply"]["parent"]["uri"],
                       kept["uri"].rpartition("/")[2])
                for id_, shop in shops.items() for kept in shop.records()
            ]  # fmt: skip

        await run(desk, truth)


async def _bluesky_sign_in(shop: BlueskyPerson, proxy: DealingProxy) -> Identity:
    from app.http import Http

    http = Http()
    fields = {"handle": f"@{shop.handle}", "password": shop.app_password, "server": proxy.base}
    who = await BlueskyConnector.sign_in(http, fields)
    await http.close()
    return who


@pytest.fixture(scope="module")
def snac_people(snac: SnacServer) -> SnacServer:
    """Two shops and their guests, of this file's own."""
    for name in ("faultrye", "faultoak", *GUESTS):
        snac.add_user(name)
    return snac


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_bad_line_to_a_server_that_ignores_the_key(snac_people: SnacServer, tmp_path: Path, seed: int) -> None:
    snac, names = snac_people, {"a1": "faultrye", "a2": "faultoak"}

    def is_send(request: object) -> bool:
        return (getattr(request, "method", ""), getattr(request, "path", "")) == ("POST", "/api/v1/statuses")

    with DealingProxy(snac.base, seed, is_send) as proxy:
        who = {id_: await _snac_sign_in(snac.person(name).token, proxy) for id_, name in names.items()}
        desk = await desk_of(tmp_path / "data", proxy, who, "mastodon")
        asked = []
        for n, name in enumerate(GUESTS):
            account = ("a1", "a2")[n % 2]
            asked.append((account, snac.person(name).post(f"@{names[account]} where is order {n}?")["id"]))
        for account, id_ in asked:
            snac.person(names[account]).wait_notification(id_)
            desk.asked.append((account, _kept(id_)))

        def truth() -> list[Posted]:
            return [one for id_, name in names.items() for one in _snac_posts(snac, id_, name)]

        await run(desk, truth)


async def _snac_sign_in(token: str, proxy: DealingProxy) -> Identity:
    from app.http import Http

    http = Http()
    who = await MastodonConnector.sign_in(http, {"server": proxy.base, "token": token})
    await http.close()
    # snac2 takes 100,000 characters; most servers take 500, and a thread has parts of that size
    return replace(who, data=json.dumps({**json.loads(who.data), "max_characters": 500}))


def _kept(id_: str) -> str:
    """The part of a status id of snac2's that an edit does not change, as the connector keeps it."""
    return "0" * 10 + id_[10:]


def _snac_posts(snac: SnacServer, account: str, name: str) -> list[Posted]:
    person = snac.person(name)
    place = f"/api/v1/accounts/{person.account['id']}/statuses"
    posts = []
    newest_first = person.call("GET", place, params={"limit": "100"}).ok()
    for n, status in enumerate(reversed(newest_first)):  # its ids and times tell the second, the list the order
        plain = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", status["content"]))).strip()
        text = re.sub(r"^@\s?\S+ ", "", plain)  # the name that the connector puts in front
        parent = _kept(status["in_reply_to_id"] or "")
        posts.append(Posted(account, text, _kept(status["id"]), parent, f"{n:03}"))
    return posts
