from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from app.domain import Gap, Kind, OwnPost, Page
from app.errors import NetworkError
from app.events import SyncProgress
from app.store import accounts, feed
from app.sync.pull import ROWS_A_TRANSACTION, joined, slices
from tests.app.platform import START, Shop, mention


async def test_new_mentions_come_with_their_mark_and_are_told(shop: Shop) -> None:
    shop.world.write("m1")
    shop.world.write("m2")
    told: list[SyncProgress] = []
    shop.bus.subscribe(SyncProgress, told.append)
    await shop.pull()
    assert accounts.mark(shop.db.reader(), "a1", "notifications") == "2"
    assert shop.changes[-1].conversations == {"1", "2"}
    assert (told[0].running, told[-1].running, told[-1].done) == (True, False, 2)
    account = accounts.account(shop.db.reader(), "a1")
    assert account is not None
    assert account.checked_at == shop.clock()


async def test_trouble_leaves_the_mark_and_ends_the_progress(shop: Shop) -> None:
    told: list[SyncProgress] = []
    shop.bus.subscribe(SyncProgress, told.append)
    shop.world.trouble = NetworkError("No network.")
    with pytest.raises(NetworkError):
        await shop.pull()
    assert accounts.mark(shop.db.reader(), "a1", "notifications") is None
    assert not told[-1].running


async def test_an_answer_from_elsewhere_stops_the_timer(shop: Shop) -> None:
    shop.world.write("m1")
    await shop.pull()
    shop.clock.forward(minutes=3)
    shop.world.own.append(OwnPost("a1", "o1", "from my phone", shop.clock(), "m1"))
    await shop.pull()
    assert feed.feed_rows(shop.db.reader(), ["1"])["1"].state == "waiting"


async def test_a_conversation_that_began_elsewhere_is_read_whole(shop: Shop) -> None:
    shop.world.write("root", "A post of somebody else", kind=Kind.CONTEXT)
    shop.world.mentions.clear()
    shop.world.write("m1", "what do you say, bakery?", reply_to="root")
    shop.world.mentions.insert(0, mention("root", "A post of somebody else", kind=Kind.CONTEXT))
    await shop.pull()
    assert shop.db.reader().execute("SELECT count(*) FROM mention WHERE conversation = 1").fetchone() == (2,)


async def test_edits_and_deletions_of_open_messages_are_followed(shop: Shop) -> None:
    shop.world.write("m1", "wrong")
    shop.world.write("m2", "gone soon")
    await shop.pull()
    shop.world.edit("m1", "right")
    shop.world.delete("m2")
    shop.clock.forward(minutes=6)
    await shop.pull()
    rows = shop.db.reader().execute("SELECT text, deleted_at IS NOT NULL FROM mention ORDER BY n").fetchall()
    assert rows == [("right", 0), ("gone soon", 1)]


def test_a_large_page_is_cut_and_the_mark_comes_last() -> None:
    page = Page(mentions=tuple(mention(f"m{i}") for i in range(1201)), mark="end")
    parts = list(slices(page))
    assert [len(part.mentions) for part in parts] == [ROWS_A_TRANSACTION, ROWS_A_TRANSACTION, 201]
    assert [part.mark for part in parts] == [None, None, "end"]
    assert tuple(m for p in parts for m in p.mentions) == page.mentions


def test_small_pages_are_saved_together_in_their_order() -> None:
    pages = [Page(mentions=tuple(mention(f"m{n}.{i}") for i in range(40)), mark=str(n)) for n in range(30)]
    found = list(joined(pages))
    assert [(len(page.mentions), page.mark) for page in found] == [(480, "11"), (480, "23"), (240, "29")]
    assert [m for page in found for m in page.mentions] == [m for page in pages for m in page.mentions]


def test_nothing_of_a_page_is_lost_where_pages_are_joined() -> None:
    own = OwnPost("a1", "o1", "hello", START)
    gap = Gap("notifications", None, START, "Too many.")
    pages = [Page(own=(own,), mark="1"), Page(gone=("m1",)), Page(mark="2", gap=gap), Page(mark="3"), Page()]
    assert list(joined(pages)) == [Page(own=(own,), gone=("m1",), mark="1"), Page(mark="2", gap=gap), Page(mark="3")]
    assert list(joined([Page()])) == []


async def test_pages_that_came_before_the_line_broke_are_kept_with_their_mark(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = await shop.puller._pool.get("a1")
    pages = [Page(mentions=(mention(f"m{n}"),), mark=str(n)) for n in range(3)]

    async def pull(stream: str, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        for page in pages:
            yield page
        raise NetworkError("No network.")

    monkeypatch.setattr(connector, "pull", pull)
    with pytest.raises(NetworkError):
        await shop.pull()
    assert accounts.mark(shop.db.reader(), "a1", "notifications") == "2"
    assert shop.db.reader().execute("SELECT count(*) FROM mention").fetchone() == (3,)
