"""Search streams: what is found lands in Listening once, and joining in starts a clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.connectors.base import Capabilities
from app.domain import Account, Contact, ConversationState, Kind, Lane, Mention, Page
from app.errors import InputError, NetworkError
from app.listening import Listening
from app.rows import FeedRow
from app.runtime import judge
from app.search_stream import Query, SearchStream
from app.store import accounts as rows
from app.stream_reading import StreamReader
from tests.app.desk import Desk
from tests.app.platform import FakeConnector, mention
from tests.values import replace

STREAM = SearchStream("", "c1", "Our rye", Query(words=("rye",)))


class Searchable(FakeConnector):
    """A platform whose search finds every post with one of the words, two a page."""

    @property
    def capabilities(self) -> Capabilities:
        import dataclasses

        return dataclasses.replace(super().capabilities, searches=self.world.able.get("searches", frozenset({"words"})))  # type: ignore[arg-type]

    async def search(self, query: Query, mark: str | None, *, since: datetime) -> AsyncIterator[Page]:
        if self.world.trouble:
            raise self.world.trouble
        posts = self.world.posts.get(self.account_id, [])  # type: ignore[attr-defined]
        start = int(mark or 0)
        for at in range(start, len(posts), 2):
            yield Page(mentions=tuple(posts[at : at + 2]), mark=str(min(at + 2, len(posts))))


class Room(Desk):
    """A desk whose client listens."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.shop.world.able = {}
        self.shop.world.posts = {}  # type: ignore[attr-defined]
        self.shop.pool._make = Searchable
        self.undo: list[object] = []
        self.reader = StreamReader(self.shop.db, self.shop.pool, self.shop.bus, judge, now=self.shop.clock)  # type: ignore[arg-type]
        self.listening = Listening(
            self.shop.db, self.reader, self.shop.bus, remember=self.undo.append, now=self.shop.clock
        )

    def post(self, id_: str, text: str, *, account: str = "a1", **more: object) -> Mention:
        author = Contact(f"p-{id_}", f"Guest {id_}", f"@{id_}")
        given: dict[str, object] = {"author": author, "kind": Kind.SEARCH, "account_id": account, **more}
        found = mention(id_, text, self.shop.clock(), **given)
        self.shop.world.posts.setdefault(account, []).append(found)  # type: ignore[attr-defined]
        return found

    async def second_account(self, client: str = "c1", platform: str = "fake") -> None:
        account = Account("a2", client, platform, "https://example.social", "me2", "@second", "Second")
        await self.shop.db.write(lambda db: rows.add_account(db, account, self.shop.clock() - timedelta(days=1)))

    async def listen(self, stream: SearchStream = STREAM) -> SearchStream:
        kept = await self.listening.save(stream)
        await self.listening.check(kept.id)
        return kept

    def lane(self, lane: Lane) -> list[FeedRow]:
        return self.inbox.feed_page(lane)

    async def take_back(self) -> None:
        back = self.undo.pop()
        await self.shop.db.write(back)  # type: ignore[arg-type]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path)
    yield room
    room.shop.db.close()


async def test_found_posts_lie_in_listening_without_a_clock(room: Room) -> None:
    for n, what in enumerate(("Where is rye sold on a Sunday?", "My rye never rises", "rye rye rye all day long")):
        room.post(f"s{n}", what)
    stream = await room.listen()
    found = room.lane(Lane.LISTENING)
    assert len(found) == 3
    assert all(row.due_at is None for row in found)
    row = room.listening.streams("c1")[0]
    assert (row.found, row.undecided, row.reads, row.why) == (3, 3, 3, "")
    assert row.checked_at == room.shop.clock()
    assert await room.listening.check(stream.id) == 0
    assert room.listening.streams("c1")[0].found == 3


async def test_joining_in_starts_the_clock_now_and_can_be_undone(room: Room) -> None:
    room.post("s1", "Is there rye bread in town?")
    await room.listen()
    room.shop.clock.forward(hours=5)
    await room.listening.join("1")
    row = room.row("1")
    assert row.lane in (Lane.CARE, Lane.TODAY)
    assert row.due_at is not None
    assert row.due_at > room.shop.clock()
    assert room.listening.streams()[0].joined == 1
    await room.take_back()
    assert room.row("1").lane is Lane.LISTENING
    assert room.listening.streams()[0].joined == 0


async def test_letting_it_pass_ends_it(room: Room) -> None:
    room.post("s1", "rye is fine")
    await room.listen()
    await room.listening.let_pass("1")
    assert not room.lane(Lane.LISTENING)
    assert room.listening.streams()[0].passed == 1
    await room.take_back()
    assert len(room.lane(Lane.LISTENING)) == 1


async def test_a_mention_is_no_find(room: Room) -> None:
    await room.write("m1", "Do you have rye?")
    with pytest.raises(InputError, match="not found by a search"):
        await room.listening.let_pass("1")


async def test_what_addresses_us_is_not_found_once_more(room: Room) -> None:
    await room.write("m1", "@maplerye is the rye fresh?")
    room.post("m1", "@maplerye is the rye fresh?")
    stream = await room.listen()
    assert not room.lane(Lane.LISTENING)
    assert room.listening.streams()[0].found == 0
    room.post("m1", "@maplerye is the rye fresh? edited")
    await room.listening.check(stream.id)
    kinds = room.shop.db.reader().execute("SELECT kind, text FROM mention").fetchall()
    assert kinds == [("mention", "@maplerye is the rye fresh? edited")]


async def test_a_find_that_turns_out_to_address_us_gets_its_clock(room: Room) -> None:
    """Whoever let it pass did not know that it asks us."""
    room.post("m1", "Is the rye fresh?")
    await room.listen()
    await room.listening.let_pass("1")
    await room.write("m1", "Is the rye fresh?")
    row = room.row("1")
    assert row.state is ConversationState.OPEN
    assert row.due_at is not None


async def test_another_account_of_the_client_finds_the_same_post_once(room: Room) -> None:
    await room.second_account()
    room.post("s1", "rye is fine")
    room.post("s1", "rye is fine", account="a2")
    await room.listen()
    assert len(room.lane(Lane.LISTENING)) == 1


async def test_near_copies_are_one_with_a_count(room: Room) -> None:
    news = "Maple and Rye recalls its almond rye croissants after an allergen was missing on the label"
    for n in range(4):
        room.post(f"s{n}", f"{news} (seen by {'abcd'[n]})")
    room.post("other", "Nothing beats a slice of dark rye with butter in the morning")
    await room.listen()
    assert len(room.lane(Lane.LISTENING)) == 2
    assert len(room.listening.copies("1")) == 3
    count = room.shop.db.reader().execute("SELECT copies FROM conversation WHERE n = 1").fetchone()[0]
    assert count == 3
    assert room.listening.streams()[0].found == 2
    room.reader._stories.clear()  # a new start knows them too
    room.post("late", f"{news} (seen late)")
    await room.listening.check(room.listening.streams()[0].stream.id)
    assert len(room.listening.copies("1")) == 4


async def test_our_own_posts_and_muted_ones_are_left_out(room: Room) -> None:
    room.post("own", "our rye is fresh", author=Contact("me1", "Maple & Rye", "@maplerye"))
    spammer = Contact("p-spam", "Deals", "@deals")
    room.post("s1", "rye whisky on sale today for you", author=spammer)
    stream = await room.listen()
    assert [row.text for row in room.lane(Lane.LISTENING)] == ["rye whisky on sale today for you"]
    assert await room.listening.mute_author(room.lane(Lane.LISTENING)[0].id) == 1
    room.post("s2", "more rye whisky from us again and again", author=spammer)
    await room.listening.mute_word("c1", "vodka")
    room.post("s3", "rye or VODKA")
    room.post("s4", "rye at last")
    await room.listening.check(stream.id)
    assert [row.text for row in room.lane(Lane.LISTENING)] == ["rye at last"]
    assert {one.label for one in room.listening.muted("c1")} == {"vodka", "Deals"}
    await room.take_back()  # the word
    assert [one.kind for one in room.listening.muted("c1")] == ["author"]
    await room.take_back()
    assert not room.listening.muted("c1")
    assert len(room.lane(Lane.LISTENING)) == 2


async def test_an_account_of_another_client_is_never_asked(room: Room) -> None:
    from app.domain import Client

    await room.shop.db.write(
        lambda db: rows.add_client(db, Client("c2", "Oak", "#000000", "UTC", "", room.shop.clock()))
    )
    await room.second_account("c2")
    room.post("s1", "rye of another", account="a2")
    await room.listen()
    assert not room.lane(Lane.LISTENING)
    with pytest.raises(InputError, match="another client"):
        room.listening.checked(replace(STREAM, accounts=("a2",)))


async def test_a_line_that_breaks_is_told_and_what_came_before_is_kept(room: Room) -> None:
    room.post("s1", "rye one")
    stream = await room.listen()
    room.shop.world.trouble = NetworkError("Fake cannot be reached.")
    assert await room.listening.check(stream.id) == 0
    row = room.listening.streams()[0]
    assert row.why == "@maplerye: Fake cannot be reached."
    assert row.found == 1
    room.shop.world.trouble = None
    await room.listening.check(stream.id)
    assert room.listening.streams()[0].why == ""


async def test_a_stream_without_a_platform_to_ask_says_so(room: Room) -> None:
    room.shop.world.able = {"searches": frozenset()}
    await room.listen()
    assert "None of this client's accounts can be searched" in room.listening.streams()[0].why


async def test_it_is_read_again_when_it_is_due(room: Room) -> None:
    room.post("s1", "rye one")
    stream = await room.listen()
    room.post("s2", "rye two and nothing else at all")
    assert await room.reader.check(stream, only_due=True) == 0
    room.shop.clock.forward(minutes=11)
    assert await room.reader.check(stream, only_due=True) == 1


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (Query(), "at least one word"),
        (Query(without=("x",)), "at least one word"),
        (Query(hashtags=("two words",)), "holds a space"),
        (Query(words=tuple(f"w{n}" for n in range(41))), "more than 40"),
    ],
)
async def test_what_cannot_be_looked_for(room: Room, query: Query, why: str) -> None:
    with pytest.raises(InputError, match=why):
        room.listening.checked(replace(STREAM, query=query))


async def test_terms_are_cleaned_and_a_name_is_found(room: Room) -> None:
    query = Query(words=(" rye ", "rye", "“bread”"), hashtags=("#sour",), handles=("maplerye",))
    kept = room.listening.checked(replace(STREAM, name=" ", query=query))
    assert kept.query == Query(words=("rye", "bread"), hashtags=("sour",), handles=("@maplerye",))
    assert kept.name == "rye"
    await room.listening.save(STREAM)
    with pytest.raises(InputError, match="already"):
        room.listening.checked(replace(STREAM, name="OUR RYE"))


async def test_a_stream_that_is_always_let_past_offers_to_be_narrowed(room: Room) -> None:
    for n in range(21):
        words = ["stone", "wood", "glass", "paper", "cloth", "water", "light"]
        text = f"rye whisky tasting number {n} at the {words[n % 7]} house with {words[n % 5]} and {n * n}"
        room.post(f"s{n}", text, author=Contact("bar" if n % 2 else f"p{n}", "Bar", "@bar"))
    stream = await room.listen()
    ids = [row.id for row in room.lane(Lane.LISTENING)]
    assert not room.listening.streams()[0].narrow
    await room.listening.let_pass(ids)
    assert room.listening.streams()[0].narrow
    found = room.listening.narrowing(stream.id)
    assert "whisky" in dict(found.words)
    assert "rye" not in dict(found.words)
    assert found.authors[0][:2] == ("fake:bar", "Bar")
    await room.listening.narrow(stream.id, ["whisky"])
    assert not room.listening.streams()[0].narrow
    room.post("later", "rye whisky once more, of all things on this day")
    await room.listening.check(stream.id)
    assert not room.lane(Lane.LISTENING)


async def test_deleting_a_stream_and_bringing_it_back(room: Room) -> None:
    room.post("s1", "rye one")
    stream = await room.listen()
    await room.listening.delete(stream.id)
    assert not room.listening.streams()
    assert len(room.lane(Lane.LISTENING)) == 1, "what was found stays"
    await room.take_back()
    assert room.listening.streams()[0].found == 1
    assert await room.listening.check(stream.id) == 0


async def test_trying_out_keeps_nothing(room: Room) -> None:
    room.post("s1", "rye one")
    found = await room.listening.try_out("c1", STREAM)
    assert [(one.text, one.account) for one in found] == [("rye one", "@maplerye")]
    assert not room.lane(Lane.LISTENING)
    assert not room.listening.streams()


async def test_what_reading_costs_is_counted(room: Room) -> None:
    from app.connectors.base import Price

    room.shop.world.able = {"price": Price("USD", read=0.005), "searches": frozenset({"hashtags"})}
    for n in range(4):
        room.post(f"s{n}", "rye" if n == 0 else f"nothing of the kind {n}")
    await room.listen()
    row = room.listening.streams()[0]
    assert (row.reads, round(row.cost, 4), row.currency, row.found) == (4, 0.02, "USD", 1)
