"""Hours and promises that change while people wait: every open conversation gets the due time that holds now."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from app.clients import Clients
from app.domain import Account, Client, ConversationState, Kind
from app.errors import GoneError, InputError
from app.events import Changes, RankingProgress
from app.inbox import Inbox
from app.judging import Judge
from app.ranking import Ranking
from app.store import accounts, details, priorities
from app.store import clients as rows
from app.store.feed import feed_rows
from app.timers import OneOff, OpeningHours, Target, Targets, add_working
from tests.app.platform import START, Shop, mention
from tests.values import replace

MINUTE = timedelta(minutes=1)
OFFICE = OpeningHours([[(540, 1020)]] * 5, zone="Europe/Berlin")


@pytest.fixture
def desk(shop: Shop) -> Clients:
    return use(shop)[0]


def use(shop: Shop) -> tuple[Clients, Ranking]:
    ranking = Ranking(shop.db, shop.bus, Judge(shop.db), now=shop.clock)
    return Clients(shop.db, shop.bus, ranking, now=shop.clock), ranking


def hear(shop: Shop, heard: Callable[[RankingProgress], object]) -> None:
    def filtered(progress: RankingProgress) -> None:
        if progress.running:
            heard(progress)

    shop.bus.subscribe(RankingProgress, filtered)


async def fill(shop: Shop, count: int) -> None:
    """`count` questions, a minute apart; START is a Tuesday at 10 in Berlin."""
    shop.world.mentions = [
        mention(
            f"m{n}",
            "When do you open? Do you have any bread?",
            START + n * MINUTE,
            author=replace(PERSON, remote_id=f"p{n}"),
        )
        for n in range(count)
    ]
    await shop.pull()


PERSON = mention("x").author


def due(shop: Shop) -> dict[str, datetime | None]:
    numbers = [str(n) for (n,) in shop.db.reader().execute("SELECT n FROM conversation ORDER BY n")]
    return {id_: row.due_at for id_, row in feed_rows(shop.db.reader(), numbers).items()}


async def test_new_hours_move_what_is_open(shop: Shop, desk: Clients) -> None:
    await fill(shop, 3)
    assert due(shop)["1"] == START + 120 * MINUTE, "around the clock"
    shop.clock.forward(minutes=5)
    shop.changes.clear()
    evening = OpeningHours([[(1080, 1320)]] * 7, zone="Europe/Berlin")
    assert await desk.set_hours("c1", evening) == 3
    assert due(shop)["1"] == datetime(2026, 11, 24, 19, tzinfo=UTC), "two hours from 18:00 in Berlin"
    assert desk.promises("c1").hours == evening
    assert desk.promises("c1").client.zone == "Europe/Berlin"
    assert any(told.clients == {"c1"} for told in shop.changes)
    assert shop.changes[-1].everything
    assert shop.changes[-1].counts


async def test_new_targets_move_what_is_open_and_what_comes(shop: Shop, desk: Clients) -> None:
    await fill(shop, 2)
    await desk.set_targets("c1", Targets(question=Target(45)))
    assert due(shop) == {"1": START + 45 * MINUTE, "2": START + 46 * MINUTE}
    shop.world.mentions.append(mention("m9", "Do you have rye bread?", START + 9 * MINUTE, author=PERSON))
    await shop.pull()
    assert due(shop)["3"] == START + 54 * MINUTE
    await desk.set_targets("c1", Targets({"platform:fake": Target(5)}))
    assert due(shop)["3"] == START + 14 * MINUTE
    assert desk.promises("c1").targets.changed() == {"platform:fake": Target(5)}
    await desk.set_targets("c1", Targets())
    assert due(shop)["3"] == START + 129 * MINUTE


async def test_what_is_answered_or_closed_is_left_alone(shop: Shop, desk: Clients) -> None:
    await fill(shop, 2)
    await shop.db.write(
        lambda db: db.execute("UPDATE conversation SET state = 'closed', lane = 'done', due_at = 5 WHERE n = 1")
    )
    assert await desk.set_hours("c1", OFFICE) == 1
    row: tuple[str, int] = shop.db.reader().execute("SELECT state, due_at FROM conversation WHERE n = 1").fetchone()
    assert row == ("closed", 5)


async def test_snoozed_ones_get_their_new_deadline_and_sleep_on(shop: Shop, desk: Clients) -> None:
    await fill(shop, 1)
    until = int((START + timedelta(days=1)).timestamp() * 1000)
    await shop.db.write(
        lambda db: db.execute(
            "UPDATE conversation SET snoozed_until = ?, snoozed_n = 1, state = 'snoozed', lane = 'snoozed'", (until,)
        )
    )
    await desk.set_targets("c1", Targets(question=Target(2 * 1440)))
    row = feed_rows(shop.db.reader(), ["1"])["1"]
    assert row.state is ConversationState.SNOOZED
    assert row.due_at is not None


async def test_many_are_done_in_batches_with_other_writes_between(
    shop: Shop, desk: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ranking.PROMISED_AT_ONCE", 4)
    await fill(shop, 11)
    heard: list[tuple[int, int]] = []
    between: list[int] = []

    def tell(progress: RankingProgress) -> None:
        heard.append((progress.done, progress.total))
        shop.db.submit(lambda db: between.append(progress.done))

    hear(shop, tell)
    assert await desk.set_targets("c1", Targets(question=Target(20))) == 11
    assert heard == [(4, 11), (8, 11), (11, 11)]
    assert between == [4, 8, 11]
    assert shop.changes[-1].everything
    assert not shop.changes[-1].conversations
    assert set(due(shop).values()) == {START + (20 + n) * MINUTE for n in range(11)}


async def test_what_was_interrupted_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ranking.PROMISED_AT_ONCE", 2)
    await fill(shop, 6)
    desk, _ranking = use(shop)
    job: asyncio.Task[int]
    hear(shop, lambda _progress: job.cancel())
    job = asyncio.create_task(desk.set_targets("c1", Targets(question=Target(20))))
    with pytest.raises(asyncio.CancelledError):
        await job
    assert START + 125 * MINUTE in due(shop).values(), "the last ones were not reached"
    assert "promises" in priorities.pending(shop.db.reader())["c1"]
    shop.reopen()  # the program ended right then
    desk, ranking = use(shop)
    running = asyncio.create_task(ranking.run())
    await settled(shop)
    assert set(due(shop).values()) == {START + (20 + n) * MINUTE for n in range(6)}
    # and a change that is given up while the loop runs is finished by it
    hear(shop, lambda _progress: job.cancel())
    job = asyncio.create_task(desk.set_targets("c1", Targets(question=Target(30))))
    with pytest.raises(asyncio.CancelledError):
        await job
    await settled(shop)
    assert set(due(shop).values()) == {START + (30 + n) * MINUTE for n in range(6)}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def settled(shop: Shop) -> None:
    """Wait until nothing is to be ranked any more."""
    async with asyncio.timeout(5):
        while priorities.pending(shop.db.reader()):
            await asyncio.sleep(0.01)


async def test_what_an_earlier_version_left_is_finished(shop: Shop) -> None:
    await fill(shop, 2)
    changed = Targets(question=Target(20)).changed()

    def left(db: sqlite3.Connection) -> None:
        rows.set_targets(db, "c1", changed)
        accounts.add_setting(db, "local/promises/c1", "true")

    await shop.db.write(left)
    _desk, ranking = use(shop)
    running = asyncio.create_task(ranking.run())
    async with asyncio.timeout(5):
        while due(shop) != {"1": START + 20 * MINUTE, "2": START + 21 * MINUTE}:
            await asyncio.sleep(0.01)
    await settled(shop)
    assert not priorities.has_old_pending(shop.db.reader())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_who_promises_again_while_it_is_worked_out_is_followed_to_the_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ranking.PROMISED_AT_ONCE", 2)
    await fill(shop, 6)
    desk, _ranking = use(shop)
    second: list[asyncio.Task[int]] = []

    def again(progress: RankingProgress) -> None:
        if not second:  # two of six have their new time already
            second.append(asyncio.create_task(desk.set_targets("c1", Targets(question=Target(30)))))

    hear(shop, again)
    assert await desk.set_targets("c1", Targets(question=Target(20))) == 6
    assert await second[0] == 6
    assert set(due(shop).values()) == {START + (30 + n) * MINUTE for n in range(6)}
    assert priorities.pending(shop.db.reader()) == {}


async def test_stopping_to_rank_keeps_promises(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ranking.PROMISED_AT_ONCE", 2)
    await fill(shop, 6)
    desk, ranking = use(shop)
    hear(shop, lambda _progress: ranking.stop())
    await desk.set_targets("c1", Targets(question=Target(20)))
    assert set(due(shop).values()) == {START + (20 + n) * MINUTE for n in range(6)}


async def test_holidays_and_days_with_a_name_hold_for_what_is_open(shop: Shop, desk: Clients) -> None:
    await fill(shop, 1)
    hours = OpeningHours(
        [[(540, 1020)]] * 5, zone="Europe/Berlin", country="US", days=[OneOff(date(2026, 11, 24), (), "Stocktaking")]
    )
    await desk.set_promises("c1", hours=hours, targets=Targets(question=Target(10 * 60)))
    # the rest of Tuesday is stocktaking, Wednesday has eight hours, Thursday is Thanksgiving
    assert due(shop)["1"] == datetime(2026, 11, 27, 10, tzinfo=UTC)
    assert due(shop)["1"] == add_working(START, 600, hours)


async def test_a_place_that_nobody_knows_is_said_and_nothing_changes(shop: Shop, desk: Clients) -> None:
    with pytest.raises(InputError, match="No public holidays"):
        await desk.set_hours("c1", OpeningHours([[(540, 1020)]], country="XX"))
    with pytest.raises(GoneError):
        await desk.set_targets("nobody", Targets())
    with pytest.raises(GoneError):
        desk.promises("nobody")
    assert desk.promises("c1").hours == OpeningHours()
    assert priorities.pending(shop.db.reader()) == {}


async def test_a_place_is_shown_with_its_next_holidays(shop: Shop, desk: Clients) -> None:
    zones, countries = await desk.places()
    assert "Europe/Berlin" in zones
    assert "DE" in countries
    place = await desk.place("DE", "BY", date(2026, 12, 20), "en_US")
    assert ("BY", "Bayern") in place.regions
    assert place.next[0] == (date(2026, 12, 25), "Christmas Day")
    assert (date(2027, 1, 6), "Epiphany") in place.next
    elsewhere = await desk.place("GB", "BY", date(2026, 12, 20))
    assert len(elsewhere.next) == 5, "a region of another country is none"


async def test_a_vip_waits_half_an_hour_on_every_road(shop: Shop, desk: Clients) -> None:
    shop.world.write("m1", "good morning", author=PERSON)
    await shop.pull()
    await shop.db.write(lambda db: db.execute("UPDATE contact SET vip = 1"))
    shop.clock.forward(minutes=1)
    shop.world.write("m2", "something else", author=PERSON, thread="another")
    await shop.pull()
    assert due(shop)["2"] == START + 31 * MINUTE, "when it is saved"
    assert due(shop)["1"] != START + 30 * MINUTE
    await desk.set_hours("c1", OpeningHours())
    assert due(shop)["1"] == START + 30 * MINUTE, "when it is worked out again"


async def test_holidays_are_at_hand_before_the_side_bar_asks(shop: Shop, desk: Clients) -> None:
    hours = OpeningHours([[(540, 1020)]] * 7, country="SE", zone="Europe/Stockholm")
    await shop.db.write(lambda db: rows.set_hours(db, "c1", hours.zone, hours.to_json()))
    await shop.db.write(
        lambda db: accounts.add_client(db, Client("c2", "Unreadable", "#000000", "UTC", "nonsense", START))
    )
    assert not hours.at_hand(START)
    shop.changes.clear()
    await desk.warm()
    assert hours.at_hand(START)
    assert shop.changes == [Changes(clients=frozenset(["c1"]))]


async def test_platforms_of_a_client_are_named(shop: Shop, desk: Clients) -> None:
    account = Account("a2", "c1", "bluesky", "", "me2", "@b", "B", service="Bluesky")
    await shop.db.write(lambda db: accounts.add_account(db, account, START))
    assert dict(desk.promises("c1").platforms)["bluesky"] == "Bluesky"
    assert Kind.MESSAGE.value in Targets().all()


@pytest.mark.parametrize(("minutes", "promised"), [(40, START + 120 * MINUTE), (300, None)])
async def test_a_window_that_closes_first_is_the_deadline_and_the_promise_is_still_known(
    shop: Shop, minutes: int, promised: datetime | None
) -> None:
    closes = START + minutes * MINUTE
    shop.world.mentions = [mention("m1", "Do you have bread?", START, author=PERSON, window_closes_at=closes)]
    await shop.pull()
    found = details.detail(shop.db.reader(), "1", max_graphemes=500, max_bytes=None, url_length=None, can_direct=True)
    assert found is not None
    assert found.due_at == min(closes, START + 120 * MINUTE)
    assert found.row.window_closes_at == closes
    assert (found.promised_at, found.target_name) == (promised, "2 h")


async def test_the_side_bar_does_not_wait_for_holidays(shop: Shop, desk: Clients) -> None:
    inbox = Inbox(shop.db, None, shop.puller, shop.bus, now=shop.clock)  # type: ignore[arg-type]
    hours = OpeningHours([[(540, 1020)]] * 7, country="NO", zone="Europe/Oslo")
    await shop.db.write(lambda db: rows.set_hours(db, "c1", hours.zone, hours.to_json()))
    assert inbox.opening("c1") == ""
    await desk.warm()
    assert inbox.opening("c1") == "Open until 17:00"
    assert inbox.opening("c1", datetime(2026, 12, 25, 11, tzinfo=UTC)) == "Closed"
    always = OpeningHours([[(540, 1020)]] * 7, around=True)
    await desk.set_hours("c1", always)
    assert inbox.opening("c1") == "", "around the clock"
