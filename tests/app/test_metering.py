"""Counting what platforms count or charge: windows, caps, room for replies, pace, and what a crash costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.connectors.base import Meter, Price
from app.domain import Account, Client, Visibility
from app.errors import InputError, RateLimitError, StoreError
from app.events import Notice
from app.http import Http
from app.metering import Metering
from app.paths import Paths
from app.runtime import Runtime
from app.secrets import MemorySecrets
from app.store import accounts, sending, usage
from tests.app.platform import Shop

COST = Meter("usd", "Cost this month", "month", shared=True, capped=True, currency="USD")
UNITS = Meter("units", "Units today", "day", 10_000, zone="America/Los_Angeles")
POINTS = Meter("points", "Points this hour", "hour", 5_000)
X = Price("USD", read=0.005, post=0.015, post_with_link=0.2, direct=0.015)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Shop]:
    """Two accounts of one client, on a platform that counts and charges."""
    shop = Shop(tmp_path, accounts=2)
    shop.world.able = {"meters": (COST, UNITS, POINTS), "price": X}
    shop.db.submit(lambda db: db.execute("UPDATE account SET client_id = 'c1'")).result()
    shop.clock.at = datetime(2026, 11, 10, 12, tzinfo=UTC)
    yield shop
    shop.db.close()


def metering(shop: Shop, woken: list[str] | None = None) -> Metering:
    told = woken if woken is not None else []
    return Metering(shop.db, shop.pool, shop.bus, now=shop.clock, woken=told.append)  # type: ignore[arg-type]


def used(one: Metering, unit: str, account: str = "a1") -> float:
    return next(row.used for row in one.meters(account) if row.unit == unit)


async def test_windows_slide_or_begin_anew(two: Shop) -> None:
    one = metering(two)
    for unit in ("usd", "units", "points"):
        one.spend("a1", unit, 10)
    two.clock.at += timedelta(minutes=50)
    one.spend("a1", "points", 5)
    assert used(one, "points") == 15
    two.clock.at += timedelta(minutes=12)
    assert used(one, "points") == 5
    two.clock.at = datetime(2026, 11, 11, 7, 59, tzinfo=UTC)
    assert used(one, "units") == 10
    two.clock.at = datetime(2026, 11, 11, 8, 0, tzinfo=UTC)
    assert used(one, "units") == 0
    two.clock.at = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    assert used(one, "usd") == 10
    two.clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    assert used(one, "usd") == 0


async def test_accounts_of_one_app_share_a_count_and_others_do_not(two: Shop) -> None:
    one = metering(two)
    one.spend("a1", "usd", 1)
    one.spend("a2", "usd", 2)
    one.spend("a1", "units", 7)
    assert used(one, "usd", "a1") == used(one, "usd", "a2") == 3
    assert (used(one, "units", "a1"), used(one, "units", "a2")) == (7, 0)
    assert next(row.shared for row in one.meters("a1") if row.unit == "usd") == ("@shop2",)
    await one.flush()
    owners = {owner for (owner,) in two.db.reader().execute("SELECT owner FROM usage")}
    assert owners == {"app/c1/fake", "account/a1"}


async def test_counts_outlive_the_program_but_for_the_last_seconds(two: Shop) -> None:
    one = metering(two)
    one.spend("a1", "usd", 1.5)
    await one.flush()
    one.spend("a1", "usd", 9)  # lost with the crash
    assert used(metering(two), "usd") == 1.5
    await one.close()
    assert used(metering(two), "usd") == 10.5


async def test_a_full_disk_keeps_the_counts_for_later(two: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    one = metering(two)
    one.spend("a1", "usd", 1.5)

    def full(db: sqlite3.Connection, batch: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(usage, "add", full)
        with pytest.raises(StoreError):
            await one.flush()
        await one.close()
    await one.flush()
    assert used(metering(two), "usd") == 1.5


async def test_a_limit_refuses_and_says_when_it_opens(two: Shop) -> None:
    one = metering(two)
    one.spend("a1", "units", 9_960)
    one.afford("a1", "units", 40, writes=True)
    with pytest.raises(RateLimitError) as caught:
        one.afford("a1", "units", 50, writes=True)
    assert caught.value.until == datetime(2026, 11, 11, 8, tzinfo=UTC)
    assert "Units today: 10,000 of 10,000" in str(caught.value)
    one.spend("a1", "points", 5_000)
    two.clock.at += timedelta(minutes=30)
    with pytest.raises(RateLimitError) as sliding:
        one.afford("a1", "points", 3, writes=True)
    left = sliding.value.until - two.clock.at
    assert timedelta(minutes=29) <= left <= timedelta(minutes=32)
    two.clock.at = sliding.value.until + timedelta(minutes=1)
    one.afford("a1", "points", 3, writes=True)


async def test_reading_stops_before_replies_do(two: Shop) -> None:
    one = metering(two)
    await one.set_cap("a1", "usd", 10.0)
    one.spend("a2", "usd", 9.0)
    with pytest.raises(RateLimitError, match="kept for replies"):
        one.afford("a1", "usd", 0.005, writes=False)
    one.afford("a1", "usd", 0.2, writes=True)
    one.spend("a1", "usd", 0.9)
    with pytest.raises(RateLimitError) as caught:
        one.afford("a1", "usd", 0.2, writes=True)
    assert str(caught.value) == (
        "The cap of $10.00 for Fake is used up. Nothing leaves until 1 December, or until you raise the cap."
    )
    assert caught.value.until == datetime(2026, 12, 1, tzinfo=UTC)


async def test_no_meter_no_account_and_no_cap_never_stand_in_the_way(two: Shop) -> None:
    one = metering(two)
    for account, unit in (("a1", "bananas"), ("nobody", "usd"), ("", "usd")):
        one.spend(account, unit, 5)
        one.afford(account, unit, 1e9, writes=False)
        one.level(account, unit, 5, None)
    one.spend("a1", "usd", 1e6)
    one.afford("a1", "usd", 1e6, writes=False)
    assert one.meters("nobody") == []
    with pytest.raises(InputError):
        await one.set_cap("a1", "units", 5)
    with pytest.raises(InputError):
        await one.set_cap("a1", "usd", float("nan"))


async def test_the_platforms_own_word_counts_more(two: Shop) -> None:
    one = metering(two)
    one.spend("a1", "units", 100)
    one.level("a1", "units", 4_000, None)
    assert used(one, "units") == 4_000
    one.level("a1", "units", 50, None)
    assert used(one, "units") == 50
    await one.flush()
    assert used(metering(two), "units") == 50
    until = two.clock.at + timedelta(minutes=3)
    one.level("a1", "points", 5_000, until)
    with pytest.raises(RateLimitError) as caught:
        one.afford("a1", "points", 1, writes=True)
    assert caught.value.until == until


async def test_reading_slows_so_that_the_rest_of_the_month_is_covered(two: Shop) -> None:
    one = metering(two)
    await one.set_cap("a1", "usd", 10.0)
    for _ in range(8):
        one.spend("a1", "usd", 0.01)
        seconds = one.pace("a1", 120.0)
    rest = (datetime(2026, 12, 1, tzinfo=UTC) - two.clock.at).total_seconds()
    left = 9.0 - used(one, "usd")
    assert seconds > 120
    assert rest / seconds * 0.01 * 2 == pytest.approx(left, rel=0.05)  # two accounts draw on it
    for _ in range(40):  # nothing new came, nothing was charged
        seconds = one.pace("a1", 120.0)
    assert seconds == 120.0


async def test_what_only_the_platform_counts_slows_the_reading_too(two: Shop) -> None:
    """Meta's headers: per cent of an hour's allowance."""
    two.world.able = {"meters": (Meter("percent", "Meta's allowance", "hour", 100.0),)}
    one, seconds = metering(two), 0.0
    for reading in range(1, 12):
        one.level("a1", "percent", reading * 5.0, None)
        seconds = one.pace("a1", 30.0)
    assert seconds == pytest.approx(3600 / 90 * 5, rel=0.05)
    one.level("a1", "percent", 91.0, None)
    with pytest.raises(RateLimitError, match="100 %"):
        one.afford("a1", "percent", 1, writes=False)
    one.afford("a1", "percent", 1, writes=True)


async def test_a_reply_does_not_slow_the_reading(two: Shop) -> None:
    one = metering(two)
    await one.set_cap("a1", "usd", 10.0)
    one.afford("a1", "usd", 0.2, writes=True)
    one.spend("a1", "usd", 0.2)
    assert one.pace("a1", 120.0) == 120.0


async def test_a_search_waits_longer_where_the_cap_would_be_met(two: Shop) -> None:
    one = metering(two)
    assert one.stretch("a1", 3600.0) == 3600.0
    await one.set_cap("a1", "usd", 10.0)
    for _ in range(72):
        one.spend("a1", "usd", 0.05)
        two.clock.at += timedelta(hours=1)
    seconds = one.stretch("a1", 3600.0)  # 5.40 left for reading, at 1.20 a day, and 17 days to go
    assert seconds == pytest.approx(3600 * 17.5 / (5.4 / 1.2), rel=0.06)
    one.spend("a1", "usd", 6.0)
    assert one.stretch("a1", 3600.0) == 24 * 3600
    assert one.stretch("nobody", 3600.0) == 3600.0


async def test_reaching_a_cap_is_told_days_ahead_and_once(two: Shop) -> None:
    one = metering(two)
    told: list[Notice] = []
    two.bus.subscribe(Notice, told.append)
    await one.set_cap("a1", "usd", 10.0)
    for _ in range(72):
        one.spend("a1", "usd", 0.05)
        two.clock.at += timedelta(hours=1)
    row = next(row for row in one.meters("a1") if row.unit == "usd")
    assert row.reached is not None
    assert timedelta(days=3) < row.reached - two.clock.at < timedelta(days=7)
    day = row.reached.astimezone()
    assert row.note == f"At this pace the cap of $10.00 for Fake is reached on {day.day} November."
    assert one.note("a1") == row.note
    await one._tell()
    await one._tell()
    await metering(two)._tell()  # after a restart too
    assert [notice.text for notice in told] == [row.note]


async def test_a_higher_cap_lets_go_what_waited_for_it(two: Shop) -> None:
    woken: list[str] = []
    one = metering(two, woken)
    await one.set_cap("a1", "usd", 0.0)
    with pytest.raises(RateLimitError) as caught:
        one.afford("a1", "usd", 0.2, writes=True)
    now, until = two.clock.at, caught.value.until

    def wait(db: sqlite3.Connection) -> None:
        sending.pause(db, "a1", now, until, str(caught.value))
        sending.pause(db, "a2", now, until, "The platform paused this account.")

    two.db.submit(wait).result()
    await one.set_cap("a1", "usd", 5.0)
    assert sending.pause_of(two.db.reader(), "a1", now) is None
    assert sending.pause_of(two.db.reader(), "a2", now) is not None
    assert woken == ["a1", "a2"] * 2
    one.afford("a1", "usd", 0.2, writes=True)
    await one.set_cap("a1", "usd", None)
    one.afford("a1", "usd", 500, writes=True)


async def test_what_a_reply_costs(two: Shop) -> None:
    one = metering(two)
    two.world.write("1", "Where are you?")
    two.world.write("2", "psst", visibility=Visibility.DIRECT)
    await two.pull()
    found = one.reply_cost("1", "Here: https://maplerye.example")
    assert found is not None
    assert (found.amount, found.without, found.plain) == (0.2, 0.015, "Here")
    private = one.reply_cost("1", "Here: https://maplerye.example", direct=True)
    assert private is not None
    assert (private.amount, private.links) == (0.015, 0)
    answered = one.reply_cost("2", "Here: https://maplerye.example")
    assert answered is not None
    assert answered.links == 0
    assert one.reply_cost("1", "  ") is None
    two.world.able = {}
    assert metering(two).reply_cost("1", "Hello") is None


async def test_old_counts_and_those_of_removed_accounts_go(two: Shop) -> None:
    now = two.clock.at

    def fill(db: sqlite3.Connection) -> None:
        usage.add(db, [("account/a1", "units", now - timedelta(days=500), 1), ("account/gone", "units", now, 1),
                       ("account/a1", "units", now, 1), ("stream/s", "reads", now, 1), ("app/c1/x", "usd", now, 1),
                       ("app/gone/x", "usd", now, 1)])  # fmt: skip
        usage.set_cap(db, "account/gone", "usd", 5)
        usage.prune(db, now)

    two.db.submit(fill).result()
    assert {owner for (owner,) in two.db.reader().execute("SELECT owner FROM usage")} == {
        "account/a1",
        "stream/s",
        "app/c1/x",
    }
    assert usage.caps(two.db.reader()) == {}


async def test_http_asks_and_tells(two: Shop) -> None:
    one = metering(two)
    http = Http(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    http.counts = one
    http.spend("a1", "points", 5_000)
    with pytest.raises(RateLimitError):
        http.afford("a1", "points", 3, writes=True)
    http.level("a1", "points", 10)
    http.afford("a1", "points", 3, writes=True)


async def test_a_reply_over_the_cap_waits_with_the_sentence_and_leaves_when_it_is_raised(two: Shop) -> None:
    """From the outbox: the connector asks before it posts, so nothing has left."""
    one = metering(two)
    await one.set_cap("a1", "usd", 0.0)
    two.world.write("1", "Where are you?")
    await two.pull()

    async def priced(_: object) -> None:
        one.afford("a1", "usd", 0.015, writes=True)
        one.spend("a1", "usd", 0.015)

    two.world.before_send = priced
    await two.outbox.answer("1", "Here we are.", hold=False)
    await two.outbox.push()
    assert two.states() == ["held"]
    assert two.outbox.rows()[0].reply.why.startswith("The cap of $0.00 for Fake is used up.")
    assert two.world.own == []
    await two.outbox.push()
    assert two.world.own == []
    await one.set_cap("a1", "usd", 5.0)
    await two.outbox.push()
    assert two.states() == ["sent"]
    assert used(one, "usd") == 0.015


async def test_the_runtime_gives_it_to_http_and_keeps_its_counts_as_it_stops(tmp_path: Path) -> None:
    def start() -> Runtime:
        http = Http(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
        return Runtime(Paths.find(tmp_path / "data"), secrets=MemorySecrets(), http=http)

    runtime = start()
    data = '{"pds":"https://pds.example.com"}'
    shop = Account("b1", "c1", "bluesky", "https://pds.example.com", "did:plc:a", "maplerye.com", "M", data=data)

    def fill(db: sqlite3.Connection) -> None:
        accounts.add_client(db, Client("c1", "Maple & Rye", "#d9a441", "UTC", "", datetime.now(UTC)))
        accounts.add_account(db, shop, datetime.now(UTC))

    await runtime.db.write(fill)
    runtime.http().spend("b1", "points", 3)
    assert [row.used for row in runtime.metering.meters("b1")] == [3, 0]
    await runtime.stop()
    again = start()
    assert [row.used for row in again.metering.meters("b1")] == [3, 0]
    await again.stop()
