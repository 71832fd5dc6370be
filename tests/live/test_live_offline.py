"""The network is taken away and brought back: what was sent meanwhile leaves, each once."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.domain import Account, Client
from app.events import NetworkState
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from app.store import accounts as rows
from app.store import feed
from tests.live.conftest import MakeProxy
from tests.live.servers import BlueskyNetwork, SnacServer, wait_until


async def until(check: object, seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not check():  # type: ignore[operator]
            await asyncio.sleep(0.05)


async def runtime_on(folder: Path, account: Account, secret: dict[str, str]) -> Runtime:
    core = Runtime(Paths.find(folder), secrets=MemorySecrets(), look_again=1.0)
    await core.secrets().aset("a1", secret)
    now = datetime.now(UTC)

    def fill(db: object) -> None:
        rows.add_client(db, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", now))  # type: ignore[arg-type]
        rows.add_account(db, account, now - timedelta(days=1))  # type: ignore[arg-type]

    await core.db.write(fill)
    return core


async def test_replies_written_offline_leave_once_when_the_network_is_back(
    bluesky: BlueskyNetwork, fault_proxy: MakeProxy, tmp_path: Path
) -> None:
    shop, kim = bluesky.alice, bluesky.add_account("noor")
    proxy = fault_proxy(bluesky.pds)
    session = shop.sign_in(shop.app_password)
    data = json.dumps({"pds": proxy.base, "did": shop.did, "dm": False, "typed": True})
    account = Account("a1", "c1", "bluesky", proxy.base, shop.did, shop.handle, "Shop", data=data, service="Bluesky")
    secret = {"access": session["accessJwt"], "refresh": session["refreshJwt"]}
    posts = [kim.post(f"@{shop.handle} question {n}?", mention=shop) for n in range(5)]
    for post in posts:
        shop.wait_notification(post)
    core = await runtime_on(tmp_path / "data", account, secret)
    states: list[bool] = []
    core.bus.subscribe(NetworkState, lambda event: states.append(event.online))
    await core.start()
    reader = core.db.reader()
    count = "SELECT count(*) FROM mention m JOIN contact c ON c.n = m.contact WHERE c.handle LIKE '%noor%'"
    await until(lambda: reader.execute(count).fetchone() == (5,))
    with proxy.down():
        found = [row for row in feed.search(reader, "question", limit=50) if "noor" in row.handle]
        assert len(found) == 5, "reading and searching need no network"
        await core.inbox.save_draft(found[0].id, "half a sentence")
        for row in found:
            await core.outbox.answer(row.id, f"Answer to {row.text.split()[-1]}", hold=False)
        await until(lambda: reader.execute("SELECT count(*) FROM reply WHERE why <> ''").fetchone() == (5,))
        core.schedule.check_now()
        await until(lambda: states and states[-1] is False)
        assert reader.execute("SELECT DISTINCT state FROM reply WHERE origin = 'carelane'").fetchall() == [("held",)]
    core.schedule.check_now()
    left = "SELECT count(*) FROM reply WHERE state = 'sent' AND origin = 'carelane'"
    await until(lambda: reader.execute(left).fetchone() == (5,), 60)
    await until(lambda: states[-1] is True)
    await core.stop()
    for post in posts:
        wait_until(lambda post=post: kim.replies(post, by=shop), "the reply")  # type: ignore[misc]
        assert len(kim.replies(post, by=shop)) == 1


async def test_an_answer_lost_on_the_way_back_is_settled_by_looking(
    snac: SnacServer, fault_proxy: MakeProxy, tmp_path: Path
) -> None:
    proxy = fault_proxy(snac.base)
    who = snac.owner.call("GET", "/api/v1/accounts/verify_credentials").json()
    account = Account(
        "a1", "c1", "mastodon", proxy.base, who["id"], "@owner", "Shop", data='{"software": "snac"}', service="Mastodon"
    )
    status = snac.visitor.post("@owner will the answer be lost?")
    snac.owner.wait_notification(status["id"])
    core = await runtime_on(tmp_path / "data", account, {"token": snac.token("owner")})
    await core.puller.pull("a1")
    (row,) = [row for row in feed.search(core.db.reader(), "lost") if "answer be" in row.text]
    proxy.drop_answer("POST", "/api/v1/statuses")
    reply = await core.outbox.answer(row.id, "It was not.", hold=False)
    await core.start()
    state = "SELECT state FROM reply WHERE id = ?"
    await until(lambda: core.db.reader().execute(state, (reply.id,)).fetchone() == ("sent",))
    assert len(proxy.seen("POST", "/api/v1/statuses")) == 1, "nothing was sent a second time"
    await core.stop()
    assert len(snac.owner.replies(status["id"], by="owner")) == 1
