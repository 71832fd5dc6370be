"""What every connector must stand in reading, each against its own platform in memory: see `kit.World`."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from random import Random

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.connectors import platforms
from app.errors import NetworkError, RateLimitError, ServerError, ServiceError, SignInError, UncertainError
from tests.app.connectors.driver import Kept, Wire, read, settle
from tests.app.connectors.kit import World
from tests.app.connectors.worlds import (
    BROKEN,
    NOW,
    SINCE,
    WITHOUT,
    WORLDS,
    backlog,
    each_platform,
    kind_of,
    spread,
)

EXAMPLES = int(os.environ.get("CARELANE_KIT_EXAMPLES", "6"))  # of what moves while a list is read


@pytest.fixture
def wire(platform: str) -> Wire:
    world: World = WORLDS[platform]()
    assert world.account().id == "a"
    return Wire(world)


@pytest.mark.parametrize("platform", platforms())
def test_every_platform_has_a_world(platform: str) -> None:
    assert platform not in BROKEN, BROKEN[platform]
    assert platform in WORLDS or platform in WITHOUT, f"tests/app/connectors/fake_{platform}.py has no world()"


# --- reading ---------------------------------------------------------------------------------------


@each_platform
async def test_a_backlog_of_ten_pages_comes_whole(wire: Wire) -> None:
    first_lot = backlog(wire.world, 120, until=NOW - timedelta(days=2))
    shop, _ = wire.connect()
    kept = Kept()
    await settle(shop, kept, since=SINCE)
    assert set(kept.mentions) == set(first_lot)
    many = backlog(wire.world, min(10 * max(kept.largest, 20) + 5, 1100))
    await settle(shop, kept, since=SINCE)
    missing = set(many) - set(kept.mentions)
    assert not missing or kept.gaps, f"{len(missing)} of {len(many)} are missing, and no gap tells it"
    assert set(kept.mentions) <= {*first_lot, *many}
    for id_, one in kept.mentions.items():
        assert one.account_id == "a", id_
        assert one.posted_at.tzinfo is not None
    assert all(one.why.endswith(".") for one in kept.gaps)


@each_platform
async def test_a_second_reading_is_short(wire: Wire) -> None:
    backlog(wire.world, 90)
    shop, _ = wire.connect()
    kept = Kept()
    await settle(shop, kept, since=SINCE)
    whole = len(wire.world.requests)
    await read(shop, kept, since=SINCE)
    again = len(wire.world.requests) - whole
    late = wire.world.write("One more", at=datetime.now(UTC))
    await read(shop, kept, since=SINCE)
    assert late in kept.mentions
    assert again <= max(12, whole), f"{again} requests to hear that there is nothing new"


@each_platform
@pytest.mark.parametrize("minutes", [-10, 10])
async def test_the_server_has_another_time_than_we(wire: Wire, minutes: int) -> None:
    wire.ahead = timedelta(minutes=minutes)
    theirs = datetime.now(UTC).replace(microsecond=0) + wire.ahead
    written = [wire.world.write(f"Early {n}", at=theirs - timedelta(minutes=30 - n)) for n in range(5)]
    shop, _ = wire.connect()
    kept = Kept()
    await read(shop, kept, since=SINCE)
    for n in range(3):
        written.append(wire.world.write(f"Late {n}", at=theirs + timedelta(seconds=n)))
        await read(shop, kept, since=SINCE)
    assert set(kept.mentions) == set(written)


@each_platform
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
    database=None,
)
@given(
    deeds=st.lists(st.sampled_from(["write", "remove", "break", "fail", "nothing"]), min_size=1, max_size=8),
    seed=st.integers(0, 99),
)
async def test_nothing_is_lost_while_the_list_moves(platform: str, deeds: list[str], seed: int) -> None:
    """Customers write and delete between pages, and pulls break: in the end all that stays is there, once."""
    world, dice = WORLDS[platform](), Random(seed)
    wire, kept = Wire(world), Kept()
    alive = backlog(world, 130, days=spread(platform))
    every = set(alive)
    plan = iter(deeds)

    class Broken(Exception):
        """The pull ends here, as at a crash."""

    def once(_: httpx.Request) -> httpx.Response:
        world.fail = lambda _: None
        return httpx.Response(503)

    def between() -> None:
        deed = next(plan, "")
        if deed == "write":
            alive.append(world.write("Meanwhile", at=datetime.now(UTC).replace(microsecond=0)))
            every.add(alive[-1])
        elif deed == "remove":
            world.remove(alive.pop(dice.randrange(len(alive))))
        elif deed == "break":
            raise Broken
        elif deed == "fail":  # the next request
            world.fail = once

    for _ in range(len(deeds) + 2):
        shop, _http = wire.connect()
        try:
            await read(shop, kept, since=SINCE, between=between)
        except (Broken, ServerError):
            continue
    world.fail = lambda _: None  # the last deed may have been left over
    shop, _http = wire.connect()
    await settle(shop, kept, since=SINCE)
    assert not set(alive) - set(kept.mentions), "lost"
    assert set(kept.mentions) <= every, "an id that nobody wrote"


@each_platform
async def test_a_pull_that_breaks_goes_on_from_its_mark(platform: str, wire: Wire) -> None:
    written = backlog(wire.world, 150, days=spread(platform))
    kept = Kept()
    for allowed in (1, 2, 3, 5):
        left = allowed

        def cut(_: httpx.Request) -> Exception | None:
            nonlocal left
            left -= 1
            return httpx.ReadError("cut") if left < 0 else None

        wire.cut_before = cut
        shop, _ = wire.connect()
        error: ServiceError | None = None
        try:
            await read(shop, kept, since=SINCE)
        except ServiceError as caught:
            error = caught
        assert error is None or (isinstance(error, NetworkError) and not isinstance(error, UncertainError))
    wire.cut_before = lambda _: None
    shop, _ = wire.connect()
    await settle(shop, kept, since=SINCE)
    assert set(kept.mentions) == set(written)


@each_platform
async def test_an_empty_page_with_a_next_link_is_not_the_end(wire: Wire) -> None:
    if not hasattr(wire.world, "empty_pages"):
        pytest.skip("this world has no empty pages to give")
    written = backlog(wire.world, 230)
    wire.world.empty_pages = 2
    shop, _ = wire.connect()
    kept = Kept()
    await settle(shop, kept, since=SINCE)
    assert set(kept.mentions) == set(written)


@each_platform
async def test_edits_deletions_and_our_own_words_from_elsewhere(wire: Wire) -> None:
    world = wire.world
    kept_one, changed, removed = (world.write(f"Message {n}", at=NOW - timedelta(minutes=9 - n)) for n in range(3))
    shop, _ = wire.connect()
    kept = Kept()
    await read(shop, kept, since=SINCE)
    if world.answer(kept_one, "We are on it", at=datetime.now(UTC)):
        await settle(shop, kept, since=SINCE)
        seen = [*kept.own.values(), *(await shop.thread(kept.mentions[kept_one])).own]
        assert any("We are on it" in one.text for one in seen)
    changes, goes = world.change(changed, "Message 1, changed"), world.remove(removed)
    again = Kept()
    again.marks = kept.marks
    await read(shop, again, since=SINCE)
    looked = await shop.look([kept_one, changed, removed])
    told = {one.remote_id: one.text for one in (*again.mentions.values(), *looked.mentions)}
    gone = again.gone | set(looked.gone)
    if changes:
        assert told[changed] == "Message 1, changed"
    if goes:
        assert removed in gone
    assert not {kept_one, changed} & gone


# --- signing in ------------------------------------------------------------------------------------


@each_platform
async def test_the_token_dies_in_the_middle(platform: str, wire: Wire) -> None:
    if not wire.world.secret():
        pytest.skip("nobody signs in to it")
    written = backlog(wire.world, 150, days=spread(platform))
    shop, _ = wire.connect()
    kept = Kept()
    ended = False

    def between() -> None:
        nonlocal ended
        if not ended:
            ended = True
            wire.world.end_token()

    if not wire.world.renewable:
        with pytest.raises(SignInError) as caught:  # noqa: PT012 - a first reading may end before it asks again
            await read(shop, kept, since=SINCE, between=between)
            await read(shop, kept, since=SINCE)
        assert str(caught.value).endswith(".")
        assert not wire.saved
        return
    await read(shop, kept, since=SINCE, between=between)
    await settle(shop, kept, since=SINCE)
    assert set(kept.mentions) == set(written)
    assert len(wire.saved) == 1, "one renewal, kept before it is used"


@each_platform
async def test_two_calls_at_once_renew_once(wire: Wire) -> None:
    backlog(wire.world, 3)
    if not wire.world.renewable:
        pytest.skip("its token lives until it is taken back")
    shop, _ = wire.connect()
    wire.world.end_token()
    wire.delay = 0.005
    stores = [Kept(), Kept(), Kept()]
    await asyncio.gather(*(read(shop, kept, since=SINCE) for kept in stores))
    assert [len(kept.mentions) for kept in stores] == [3, 3, 3]
    assert len(wire.saved) == 1


@each_platform
async def test_a_reading_that_is_taken_back_holds_nothing_up(wire: Wire) -> None:
    """The account was removed, or the program ends: cancelled anywhere, in the middle of a renewal too."""
    written = backlog(wire.world, 3)
    shop, _ = wire.connect()
    for turns in range(0, 24, 2):
        if wire.world.renewable and turns % 6 == 0:
            wire.world.end_token()
        task = asyncio.create_task(read(shop, Kept(), since=SINCE))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    kept = Kept()
    async with asyncio.timeout(10):
        try:
            await settle(shop, kept, since=SINCE)
        except SignInError:  # the new token went with the answer that nobody waited for
            assert wire.world.renewable
            return
    assert set(kept.mentions) == set(written)


# --- what a platform answers -------------------------------------------------------------------------


@each_platform
async def test_each_status_on_a_read(platform: str) -> None:
    wrong = []
    for status in range(400, 600):
        world = WORLDS[platform]()
        wire, kept = Wire(world), Kept()
        written = world.write("Hello", at=NOW)
        world.fail = lambda _, status=status: httpx.Response(status)
        shop, _ = wire.connect()
        error: ServiceError | None = None
        try:
            await read(shop, kept, since=SINCE)
        except ServiceError as caught:
            error = caught
        assert error is None or str(error).endswith("."), f"{status}: {error}"
        told = error is not None or bool(kept.gaps)
        if status == 429:
            right = isinstance(error, RateLimitError)
        elif status == 401 and world.secret():
            right = isinstance(error, SignInError)
        elif status >= 500 or status in (408, 425):
            right = error is not None and error.retry and not isinstance(error, UncertainError)
        else:  # only these may mean, without a word of why, that somebody must sign in again
            right = told and (not isinstance(error, SignInError) or status in (400, 403))
        if not right or isinstance(error, UncertainError):
            wrong.append((status, kind_of(error)))
        world.fail = lambda _: None
        shop, _ = wire.connect()
        await settle(shop, kept, since=SINCE)
        if written not in kept.mentions:
            wrong.append((status, None))
    assert not wrong, f"wrong class, or lost afterwards: {wrong[:12]}"


@each_platform
async def test_a_limit_says_when_it_ends(wire: Wire) -> None:
    wire.world.write("Hello", at=NOW)
    wire.world.fail = lambda _: wire.world.limited()
    shop, _ = wire.connect()
    with pytest.raises(RateLimitError) as caught:
        await read(shop, Kept(), since=SINCE)
    wait = (caught.value.until - datetime.now(UTC)).total_seconds()
    assert 0 < wait <= 3600
    assert str(caught.value).endswith(".")
