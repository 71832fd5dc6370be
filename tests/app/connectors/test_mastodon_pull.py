"""Marks, overlap, holes and gaps: nothing is read twice for nothing, and nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest

from app.connectors import _mastodon_pull as reading
from app.domain import Gap, Page
from app.errors import InputError, NetworkError
from tests.values import replace

from .fake_mastodon import ALL, MASTODON, NOW, SNAC, FakeServer, Habits, connector, ids, reply

SINCE = NOW - timedelta(days=30)
each_server = pytest.mark.parametrize("habits", ALL, ids=lambda habits: habits.name)


class Store:
    """What the store does with pages: it keeps the items, and the mark with them."""

    def __init__(self, server: FakeServer, stream: str = "notifications") -> None:
        self.server = server
        self.stream = stream
        self.shop = connector(server)
        self.mark: str | None = None
        self.seen: list[str] = []
        self.gaps: list[Gap] = []

    async def pull(self, stop_after: int | None = None) -> list[Page]:
        """Pull; a break after so many pages is a crash between two transactions."""
        pages = []
        async for page in self.shop.pull(self.stream, self.mark, since=SINCE):
            pages.append(page)
            self.mark = page.mark or self.mark
            self.seen += ids([page]) + [own.remote_id for own in page.own]
            self.gaps += [page.gap] if page.gap else []
            if stop_after is not None and len(pages) >= stop_after:
                break
        return pages

    async def requests(self) -> int:
        """Pull once more, and return how many requests that took."""
        before = len(self.server.requests)
        await self.pull()
        return len(self.server.requests) - before


@each_server
async def test_first_pull_goes_back_thirty_days(habits: Habits) -> None:
    server = FakeServer(replace(habits, newest_known=10_000))
    too_old = server.mentions(50, newest=SINCE - timedelta(minutes=1))
    wanted = server.mentions(130)
    store = Store(server)
    await store.pull()
    assert sorted(store.seen) == sorted(wanted)
    assert not set(store.seen) & set(too_old)
    assert not store.gaps
    assert await store.requests() == 1  # nothing new
    assert len(store.seen) == 130


@each_server
@pytest.mark.parametrize("waiting", [1, 19, 39, 40, 41, 250])
async def test_what_came_since_is_read_whole(habits: Habits, waiting: int) -> None:
    """Of snac2, whose min_id gives the newest, as of the others, which give the next."""
    server = FakeServer(replace(habits, newest_known=10_000))
    first = server.mentions(30, newest=NOW - timedelta(days=2))
    store = Store(server)
    await store.pull()
    new = server.mentions(waiting)
    await store.pull()
    assert sorted(store.seen) == sorted([*first, *new])
    assert len(store.seen) == len(set(store.seen))
    assert not store.gaps
    assert await store.requests() == 1


@each_server
async def test_from_nothing(habits: Habits) -> None:
    server = FakeServer(habits)
    store = Store(server)
    await store.pull()
    assert store.mark
    new = server.mentions(60)
    await store.pull()
    assert sorted(store.seen) == sorted(new)


@each_server
@pytest.mark.parametrize("stop_after", [1, 2, 3])
async def test_an_interrupted_first_pull_leaves_no_hole(habits: Habits, stop_after: int) -> None:
    server = FakeServer(replace(habits, newest_known=10_000))
    wanted = server.mentions(200, newest=NOW - timedelta(hours=1))
    store = Store(server)
    await store.pull(stop_after)
    wanted += server.mentions(90)  # come while we are away
    await store.pull(stop_after)
    await store.pull()
    assert sorted(store.seen) == sorted(wanted)
    assert not store.gaps
    assert '"holes":[]' in (store.mark or "")


@each_server
async def test_a_line_that_breaks_at_every_request(habits: Habits) -> None:
    server = FakeServer(replace(habits, newest_known=10_000))
    wanted = server.mentions(150)
    store = Store(server)
    count = 0

    def fail(_: httpx.Request) -> httpx.Response | None:
        nonlocal count
        count += 1
        if count % 3 == 2:
            raise httpx.ConnectError("no route")
        return None

    server.fail = fail
    for _ in range(20):
        try:
            await store.pull()
        except NetworkError:
            continue
    assert sorted(set(store.seen)) == sorted(wanted)


async def test_late_arrivals_within_the_overlap() -> None:
    server = FakeServer(MASTODON)
    server.mentions(40)
    store = Store(server)
    await store.pull()
    late = server.mention("@maplerye late")
    server.notes.insert(10, server.notes.pop(0))
    server.notes[10]["id"] = server.notes[11]["id"] + "5"  # between two that were read
    store.seen.clear()
    await store.pull()
    assert store.seen == [late["id"]]


async def test_snac_serves_no_more_than_the_newest() -> None:
    server = FakeServer(SNAC)  # the newest 64, docs: mastoapi.c, notify_list
    server.mentions(30, newest=NOW - timedelta(days=2))
    store = Store(server)
    await store.pull()
    new = server.mentions(100)
    await store.pull()
    assert set(new[-64:]) <= set(store.seen)
    assert len(store.gaps) == 1
    assert store.gaps[0].since == NOW - timedelta(days=2)
    assert store.gaps[0].why.endswith(".")
    await store.pull()
    assert len(store.gaps) == 1


async def test_cleared_notifications_are_no_gap() -> None:
    server = FakeServer(MASTODON)
    server.mentions(30)
    store = Store(server)
    await store.pull()
    server.notes.clear()
    new = server.mentions(5)
    await store.pull()
    assert set(new) <= set(store.seen)
    assert not store.gaps


async def test_too_many_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_DOWN", 3)
    server = FakeServer(MASTODON)
    wanted = server.mentions(400)
    store = Store(server)
    await store.pull()
    assert sorted(store.seen) == sorted(wanted[-160:])
    assert [gap.since for gap in store.gaps] == [SINCE]
    assert "too many" in store.gaps[0].why
    await store.pull()
    assert len(store.gaps) == 1


async def test_what_one_pull_does_not_reach_the_next_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UP", 2)
    server = FakeServer(MASTODON)
    wanted = server.mentions(30, newest=NOW - timedelta(days=1))
    store = Store(server)
    await store.pull()
    wanted += server.mentions(200)
    for _ in range(6):
        await store.pull()
    assert sorted(store.seen) == sorted(wanted)


@pytest.mark.parametrize("habit", ["same", "endless"])
async def test_a_server_that_never_ends(habit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_DOWN", 5)
    monkeypatch.setattr(reading, "MAX_UP", 5)
    server = FakeServer(MASTODON)
    count = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        server.notes.clear()
        if habit == "endless" or count == 1:
            server.mentions(40)
        server.requests.append(request)
        return reply(server.notes)

    shop, mark = connector(answer), None
    for _ in range(2):
        async for page in shop.pull("notifications", mark, since=SINCE):
            mark = page.mark or mark
    assert count < 25


@each_server
async def test_own_posts(habits: Habits) -> None:
    server = FakeServer(habits)
    old = [server.post("maplerye", f"n {n}", at=NOW - timedelta(days=1))["id"] for n in range(70)]
    boost = server.post("maplerye", "boost", reblog={"id": "5"})["id"]
    server.post("bob", "not ours")
    store = Store(server, "own")
    await store.pull()
    assert sorted(store.seen) == sorted(old)
    asked = server.mention()
    new = [server.post("maplerye", f"@bob answer {n}", to=asked["id"])["id"] for n in range(45)]
    pages = await store.pull()
    assert sorted(store.seen) == sorted([*old, *new])
    assert boost not in store.seen
    assert {own.reply_to for page in pages for own in page.own} == {asked["id"]}
    assert await store.requests() == 1
    assert not store.gaps


async def test_likes_and_boosts_are_passed_over() -> None:
    server = FakeServer(SNAC)  # does not look at types[]
    liked = server.post("maplerye", "bread")
    wanted = server.mentions(3)
    server.notes[1:1] = [server.note(liked, "favourite"), {"id": "1", "type": "follow", "created_at": None}]
    store = Store(server)
    await store.pull()
    assert sorted(store.seen) == sorted(wanted)


@pytest.mark.parametrize("mark", ["", "{", "[]", '{"recent":"x"}', "110000000000001"])
async def test_a_mark_that_cannot_be_read_starts_anew(mark: str) -> None:
    server = FakeServer(MASTODON)
    wanted = server.mentions(50)
    store = Store(server)
    store.mark = mark
    await store.pull()
    assert sorted(store.seen) == sorted(wanted)


async def test_asks_as_documented() -> None:
    """docs.joinmastodon.org/methods/notifications: min_id, not since_id, which skips when many wait."""
    server = FakeServer(MASTODON)
    server.mentions(60)
    store = Store(server)
    await store.pull()
    await store.pull()
    asked: Sequence[httpx.Request] = server.requests
    assert not [request for request in asked if "since_id" in request.url.params]
    assert "min_id" in asked[-1].url.params
    assert asked[-1].url.params.get_list("types[]") == ["mention", "quote", "status"]
    assert asked[-1].url.params["include_filtered"] == "true"
    assert asked[-1].headers["authorization"] == "Bearer t"
    with pytest.raises(InputError):
        [page async for page in store.shop.pull("likes", None, since=SINCE)]
