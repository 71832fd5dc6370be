"""After the reply: promises that come back, offers, and whom we may ask for a review or a quote."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import (
    Account,
    Client,
    Contact,
    ConversationState,
    Kind,
    Lane,
    Mention,
    Profile,
    Triage,
    Visibility,
    Writing,
)
from app.errors import GoneError, InputError
from app.events import Bus, Changes
from app.followups import FollowUps, amount_of, harmless_cell
from app.outbox import Outbox
from app.pool import Pool
from app.runtime import judge
from app.store import accounts, clients, endings, priorities, ranking
from app.store import followups as rows
from app.store.conversations import advance, restand
from app.store.db import Database
from app.store.mentions import save_messages
from app.store.threads import save_thread
from app.timers import Target
from app.transfer import export
from app.wording import asking
from tests.app.desk import Desk
from tests.app.platform import JANA, START, FakeClock, FakePool, mention

SHOP = (
    '{"zone": "UTC", "week": {"mon": ["09:00-18:00"], "tue": ["09:00-18:00"], "wed": ["09:00-18:00"],'
    ' "thu": ["09:00-18:00"], "fri": ["09:00-18:00"]}}'
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


class Counter:
    """A desk whose replies are followed up."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.shop, self.clock = self.desk.shop, self.desk.shop.clock
        shop = self.shop
        pool = cast("Pool", FakePool(shop.world))
        shop.outbox = Outbox(
            shop.db, pool, shop.bus, judge, now=shop.clock, look_again=0.0, after_sent=rows.note_promise
        )  # fmt: skip
        self.use = FollowUps(shop.db, shop.bus, now=shop.clock)
        self.do(lambda db: clients.set_hours(db, "c1", "UTC", SHOP))
        self.profile(review_url="https://example.com/review", currency="EUR")

    def do(self, change: Callable[[sqlite3.Connection], object]) -> None:
        self.shop.db.submit(change).result()

    def profile(self, **known: object) -> None:
        self.do(lambda db: clients.set_profile(db, "c1", Profile(**known)))  # type: ignore[arg-type]

    async def reply(self, text: str, **writing: object) -> None:
        written = Writing(text=text, **writing)  # type: ignore[arg-type]
        await self.shop.outbox.answer("1", text, hold=False, writing=written)
        await self.shop.outbox.push()
        assert self.shop.states()[-1] == "sent"

    async def later(self, **span: float) -> None:
        self.clock.forward(**span)
        await self.shop.db.write(lambda db: advance(db, self.clock()))

    def at_time(self, at: str) -> None:
        self.clock.at = utc(at)
        self.do(lambda db: advance(db, self.clock()))

    def activity(self) -> list[str]:
        return self.desk.activity()


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    counter = Counter(tmp_path)
    yield counter
    counter.shop.db.close()


# Promises


async def test_a_promise_comes_back_on_its_day_although_the_customer_is_silent(counter: Counter) -> None:
    await counter.desk.write("m1", "The cake was stale.")
    await counter.reply("So sorry. We will refund you by Thursday.")
    (made,) = counter.use.promises()
    assert (made.kind, made.due_at, made.state) == ("refund", utc("2026-11-26 18:00"), "open")
    assert made.text == "We will refund you by Thursday"
    assert counter.desk.row().state == ConversationState.WAITING
    counter.at_time("2026-11-26 08:59")
    assert counter.desk.row().lane == Lane.WAITING
    counter.at_time("2026-11-26 09:00")
    row = counter.desk.row()
    assert (row.state, row.lane, row.due_at, row.tags[0]) == (
        ConversationState.OPEN, Lane.CARE, utc("2026-11-26 18:00"), "promise"
    )  # fmt: skip
    detail = counter.desk.inbox.conversation("1")
    assert detail is not None
    assert detail.target_name == "promise"
    assert [one.id for one in detail.promises] == [made.id]

    counter.do(lambda db: ranking.reweigh(db, [1], priorities.minutes(db, "c1"), counter.clock()))
    assert counter.desk.row().lane == Lane.CARE, "ranking again leaves it there"

    await counter.use.end(made.id, "kept")
    assert counter.desk.row().state == ConversationState.WAITING
    assert counter.use.promises() == []
    assert counter.use.counts("c1", START) == (1, 0, 0)
    assert counter.shop.changes[-1] == Changes(frozenset(["1"]), counts=True)
    await counter.use.end(made.id, "open")
    assert counter.desk.row().lane == Lane.CARE
    assert counter.use.counts(None, START) == (0, 0, 1)
    assert [what for what in counter.activity() if what.startswith("promise")] == [
        "promised", "promise_ended", "promise_ended"
    ]  # fmt: skip


async def test_closed_and_put_away_it_comes_back_all_the_same(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("I'll call you on Thursday.")
    await counter.desk.inbox.close("1", "done")
    counter.at_time("2026-11-26 09:00")
    assert counter.desk.row().lane == Lane.CARE
    (made,) = counter.use.promises()
    await counter.use.move(made.id, utc("2026-11-30 12:00"))
    assert counter.desk.row().state == ConversationState.CLOSED
    await counter.desk.write("m2", "Thanks for the call. When do you open?", reply_to="m1")
    plan = counter.desk.inbox.snooze_plan("1", "in 2 weeks")
    await counter.desk.inbox.snooze("1", plan.until)
    counter.at_time("2026-11-30 09:00")
    assert counter.desk.row().lane == Lane.CARE
    with pytest.raises(InputError, match="move the promise"):
        await counter.desk.inbox.snooze("1", counter.clock() + timedelta(hours=2))
    with pytest.raises(InputError, match="whether it was kept"):
        await counter.desk.inbox.close("1", "done")
    await counter.desk.write("m3", "Hello?", thread="t3")
    await counter.desk.inbox.close(["1", "2"], "done")
    assert (counter.desk.row("1").lane, counter.desk.row("2").state) == (Lane.CARE, ConversationState.CLOSED)
    await counter.desk.inbox.undo()
    assert counter.desk.row("2").state == ConversationState.OPEN


async def test_the_plan_of_putting_away_tells_of_the_promise(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("I'll call you on Thursday.")
    counter.clock.forward(minutes=5)
    await counter.desk.write("m2", "Great, which number?", reply_to="m1")
    assert counter.desk.inbox.snooze_plan("1", "in 2 weeks").back < utc("2026-11-26 09:00"), "their question is due"
    counter.do(lambda db: clients.set_targets(db, "c1", {"question": Target(40 * 60)}))
    counter.do(lambda db: restand(db, [1], counter.clock()))
    plan = counter.desk.inbox.snooze_plan("1", "in 2 weeks")
    assert (plan.back, plan.due) == (utc("2026-11-26 09:00"), utc("2026-11-26 18:00"))


async def test_the_persons_own_choice_wins(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("We will refund you.", promise="-")
    assert counter.use.promises() == []
    at = utc("2026-12-03 10:00")
    await counter.reply("Leave it to me.", promise="voucher", promise_at=at)
    assert [(one.kind, one.due_at) for one in counter.use.promises()] == [("voucher", at)]
    await counter.reply("We will send a voucher, and I'll call you tomorrow.", promise="call")
    assert [(one.kind, one.due_at) for one in counter.use.promises()] == [
        ("call", utc("2026-11-25 18:00")), ("voucher", at)
    ]  # fmt: skip


async def test_what_is_promised_again_is_one_promise(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("We will refund you.")
    await counter.reply("As I said, we will refund you.")
    assert len(counter.use.promises()) == 1
    await counter.reply("We will refund you by Thursday.")
    assert [one.due_at for one in counter.use.promises()] == [utc("2026-11-26 18:00")]
    assert counter.use.counts("c1", START) == (0, 0, 1), "moved in time, it is neither kept nor broken"
    counter.at_time("2026-11-27 10:00")
    await counter.reply("We will refund you on Monday.")
    assert counter.use.counts("c1", START) == (0, 1, 1), "it was late already"


async def test_an_answer_keeps_the_promise_to_answer(counter: Counter) -> None:
    await counter.desk.write("m1")
    await counter.reply("I'll get back to you tomorrow.")
    assert [one.kind for one in counter.use.promises()] == ["answer"]
    counter.at_time("2026-11-25 12:00")
    assert counter.desk.row().lane == Lane.CARE
    await counter.reply("Here it is: we open at nine.")
    assert counter.use.promises() == []
    assert counter.use.counts("c1", START) == (1, 0, 0)
    assert counter.desk.row().state == ConversationState.WAITING


async def test_kept_too_late_counts_as_broken(counter: Counter) -> None:
    await counter.desk.write("m1")
    made = await counter.use.promise("1", "call", counter.clock() + timedelta(hours=1))
    await counter.later(hours=2)
    await counter.use.end(made.id, "kept")
    assert counter.use.counts("c1", START) == (0, 1, 0)
    other = await counter.use.promise("1", "call", counter.clock() + timedelta(hours=1))
    await counter.use.end(other.id, "dropped")
    assert counter.use.counts("c1", START) == (0, 1, 0)


async def test_a_promise_by_hand(counter: Counter) -> None:
    await counter.desk.write("m1")
    assert counter.use.usual_due("1", "call") == utc("2026-11-25 18:00")
    assert counter.use.due_of("1", "I'll call you on Friday at 11 am.") == utc("2026-11-27 11:00")
    assert counter.use.due_of("1", "Hello.") is None
    assert (counter.use.noticed("We'll call you."), counter.use.noticed("Hello.")) == ("call", "")
    made = await counter.use.promise("1", "other", utc("2026-11-27 11:00"), "bring  the\ncake")
    assert (made.text, made.client_id, made.reply_id) == ("bring the cake", "c1", "")
    for wrong in (
        counter.use.promise("1", "moon", utc("2026-11-27 11:00")),
        counter.use.promise("1", "call", START),
        counter.use.promise("1", "call", START + timedelta(days=400)),
        counter.use.move(made.id, START),
        counter.use.end(made.id, "lost"),
    ):
        with pytest.raises(InputError):
            await wrong
    for gone in (
        counter.use.promise("77", "call", utc("2026-11-27 11:00")),
        counter.use.promise("x", "call", utc("2026-11-27 11:00")),
        counter.use.move("77", utc("2026-11-27 11:00")),
        counter.use.end("77", "kept"),
    ):
        with pytest.raises(GoneError):
            await gone
    await counter.use.end(made.id, "kept")
    with pytest.raises(InputError, match="Open it again"):
        await counter.use.move(made.id, utc("2026-11-28 11:00"))


async def test_a_promise_survives_when_two_conversations_become_one(counter: Counter) -> None:
    await counter.desk.write("m1", thread="t1")
    await counter.desk.write("m2", thread="t2")
    made = await counter.use.promise("2", "call", counter.clock() + timedelta(hours=5))
    both = tuple(counter.shop.world.mentions)
    await counter.shop.db.write(lambda db: save_thread(db, 1, both, (), (), judge, counter.clock()))
    assert [(one.id, one.conversation_id) for one in counter.use.promises()] == [(made.id, "1")]
    await counter.later(hours=4)
    assert counter.desk.row("1").tags[0] == "promise"


# Amends


async def test_what_was_offered_is_recorded_and_leaves_with_an_export(counter: Counter) -> None:
    await counter.desk.write("m1")
    made = await counter.use.offer("1", "voucher", " 12,5 ", "", "by  post")
    assert (made.amount, made.currency, made.note) == ("12.50", "EUR", "by post")
    other = await counter.use.offer("1", "apology", "", "USD", "")
    assert (other.amount, other.currency) == ("", "")
    detail = counter.desk.inbox.conversation("1")
    assert detail is not None
    assert {one.id for one in detail.amends} == {made.id, other.id}
    await counter.use.promise("1", "call", counter.clock() + timedelta(days=1))
    lines = [json.loads(line) for line in export(counter.shop.db, "c1")]
    found = {line["type"]: line for line in lines}
    assert found["amends"]["conversation"] == found["promise"]["conversation"] == "1"
    assert found["promise"]["due_at"].startswith("2026-11-25T09:00")
    assert not [line for line in export(counter.shop.db, "c2") if b'"amends"' in line or b'"promise"' in line]
    await counter.use.take_back_offer(made.id)
    with pytest.raises(GoneError):
        await counter.use.take_back_offer(made.id)
    assert counter.activity()[-1] == "offer_taken_back"
    for kind, amount, currency in (("moon", "", ""), ("refund", "a lot", ""), ("refund", "5", "XXX")):
        with pytest.raises(InputError):
            await counter.use.offer("1", kind, amount, currency, "")
    counter.profile()
    with pytest.raises(InputError, match="Name the currency"):
        await counter.use.offer("1", "refund", "5", "", "")


@pytest.mark.parametrize(("typed", "kept"), [("", ""), ("5", "5"), ("007", "7"), ("1.5", "1.50"), ("1,05", "1.05")])
def test_amounts(typed: str, kept: str) -> None:
    assert amount_of(typed) == kept


@given(st.text(max_size=12))
def test_an_amount_is_a_plain_number_or_refused(typed: str) -> None:
    try:
        kept = amount_of(typed)
    except InputError:
        return
    assert kept == "" or float(kept) > 0
    assert amount_of(kept) == kept


# Happy endings


async def praised(counter: Counter, remote_id: str = "m1", text: str = "Thank you, the best cake ever!") -> None:
    await counter.desk.write(remote_id, text)


async def test_a_happy_customer_may_be_asked_once(counter: Counter) -> None:
    await praised(counter)
    assert counter.use.may_ask("1") == ("review", "quote")
    assert "https://example.com/review" in counter.use.ask_text("1", "review")
    await counter.use.asked("1", "review")
    assert counter.use.may_ask("1") == ()
    with pytest.raises(InputError):
        await counter.use.asked("1", "quote")
    await counter.later(days=100)
    await counter.desk.write("m2", "Lovely again, thank you!", thread="t2")
    assert counter.use.may_ask("2") == ()
    await counter.later(days=90)
    assert counter.use.may_ask("2") == ("review", "quote")
    await counter.use.not_now("2")
    assert counter.use.may_ask("2") == counter.use.may_ask("1") == ()


async def test_nobody_is_asked_who_complained_and_was_not_made_happy(counter: Counter) -> None:
    await counter.desk.write("m1", "This is terrible, the cake was stale and nobody answers!", thread="t1")
    assert counter.desk.row().mood == "negative"
    await counter.later(days=2)
    assert counter.use.may_ask("1") == ()
    await counter.reply("We will refund you tomorrow.")
    await counter.later(hours=1)
    await counter.desk.write("m2", "Wow, thank you, you are wonderful!", reply_to="m1", thread="t1")
    assert counter.desk.row().mood == "positive"
    assert counter.use.may_ask("1") == (), "not while something is promised"
    await counter.use.end(counter.use.promises()[0].id, "kept")
    assert counter.use.may_ask("1") == ("review", "quote"), "made happy"
    await counter.later(days=1)
    await counter.desk.write("m3", "Terrible again, I am disappointed.", thread="t3")
    assert counter.use.may_ask("1") == (), "another conversation of theirs ended badly"


async def test_a_complaint_in_somebody_elses_thread_counts(counter: Counter) -> None:
    tom = Contact("p-tom", "Tom", "@tom@example.social")
    await counter.desk.write("m1", "Your bread is terrible, I am so disappointed.", thread="t1")
    await counter.later(minutes=5)
    await counter.desk.write("m2", "Same here?", thread="t1", author=tom)
    counter.clock.forward(days=-1)
    await counter.desk.write("m0", "Thank you, wonderful cake!", thread="t0")
    counter.clock.forward(days=1)
    number = next(id_ for id_, lane in counter.desk.lanes().items() if lane == Lane.THANKS)
    assert counter.use.may_ask(number) == ()


async def test_where_asking_would_be_wrong(counter: Counter) -> None:
    await counter.desk.write("m1", "When do you open?", thread="t1")
    assert counter.use.may_ask("1") == ()
    assert counter.use.may_ask("99") == counter.use.may_ask("x") == ()
    await praised(counter, "m2")
    counter.profile(review_url="javascript:alert(1)")
    assert counter.use.may_ask("2") == ("quote",)
    with pytest.raises(InputError, match="no review address"):
        counter.use.ask_text("2", "review")
    with pytest.raises(InputError):
        counter.use.ask_text("2", "money")
    counter.profile(review_url="https://example.com/review")
    await counter.desk.write("m3", "Great bakery, five stars, I recommend it!", thread="t3", kind=Kind.REVIEW, rating=5)
    assert counter.use.may_ask("3") == ("quote",), "a review platform"
    assert counter.use.may_ask("2") == ("quote",), "they left a review already"


async def test_the_same_person_on_two_accounts_is_one(counter: Counter) -> None:
    await praised(counter)

    def second(db: sqlite3.Connection) -> None:
        accounts.add_account(
            db,
            Account("a2", "c1", "fake", "https://example.social", "me2", "@rye", "Rye"),
            START - timedelta(days=1),
        )
        said = mention("z1", "Thank you, wonderful!", START, account_id="a2")
        save_messages(db, "a2", [said], (), judge, START)

    counter.do(second)
    assert counter.use.may_ask("2") == ("review", "quote")
    await counter.use.asked("1", "review")
    assert counter.use.may_ask("2") == ()


async def test_quotes_need_leave_and_a_person_decides(counter: Counter) -> None:
    await praised(counter, text="=Best cake ever, thank you!")
    await counter.use.asked("1", "quote")
    (quote,) = counter.use.quotes("c1")
    assert (quote.text, quote.author, quote.leave) == ("=Best cake ever, thank you!", "Jana Whitfield", "")
    assert await counter.use.write_quotes("c1", "txt") == b""
    await counter.later(hours=1)
    await counter.desk.write("m2", "Yes of course!", reply_to="m1")
    assert counter.use.heard_leave(quote.id) == "yes"
    assert counter.use.quotes("c1")[0].leave == "", "only a person decides"
    await counter.use.set_leave(quote.id, "yes")
    table = (await counter.use.write_quotes("c1", "csv")).decode("utf-8-sig").splitlines()
    assert table[0] == "date,author,handle,platform,text,url"
    assert '"\'=Best cake ever, thank you!"' in table[1]
    assert ",'@jana@example.social," in table[1]
    assert "\u201c=Best cake ever".encode() in await counter.use.write_quotes("c1", "txt")
    await counter.use.set_leave(quote.id, "no")
    assert await counter.use.write_quotes("c1", "txt") == b""
    for wrong in (counter.use.set_leave(quote.id, "maybe"), counter.use.write_quotes("c1", "pdf")):
        with pytest.raises(InputError):
            await wrong
    with pytest.raises(GoneError):
        await counter.use.set_leave("77", "yes")
    assert counter.use.heard_leave("77") == ""


@given(st.text(max_size=20))
def test_no_cell_is_a_formula(cell: str) -> None:
    assert not harmless_cell(cell).lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
    for start in ("=", "+", "-", "@", "\t", "\r", " =", "\uff1d"):
        assert harmless_cell(f"{start}{cell}").startswith("'")


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Yes of course", "yes"), ("yes, but not my name", ""), ("Ja, gerne", "yes"), ("Kein Problem!", "yes"),
        ("Oui bien s\u00fbr", "yes"), ("Claro que s\u00ed", "yes"), ("Sim, claro", "yes"),
        ("S\u00ec, volentieri", "yes"), ("Where?", ""), ("Sure?", ""),
        ("No thanks", "no"), ("Lieber nicht", "no"), ("Non merci", "no"), ("N\u00e3o", "no"),
        ("I said yes to the dress", ""),
    ],
)  # fmt: skip
def test_a_yes_and_a_no(text: str, heard: str) -> None:
    assert asking.answer(text) == heard


@pytest.mark.parametrize("language", [*asking.TEXTS, "xx", "de-AT", ""])
def test_asking_offers_nothing_in_return(language: str) -> None:
    for kind in ("review", "quote"):
        text = asking.ask(kind, language, "https://example.com/r")
        assert ("https://example.com/r" in text) == (kind == "review")
        assert not any(word in text.lower() for word in ("voucher", "discount", "gutschein", "star", "stern", "!"))


# The wall


class World:
    """Two clients in one store."""

    def __init__(self, folder: Path) -> None:
        self.db = Database(folder / "carelane.db")
        self.clock = FakeClock()
        self.use = FollowUps(self.db, Bus(), now=self.clock)
        self.db.submit(self._fill).result()

    def _fill(self, db: sqlite3.Connection) -> None:
        for id_ in ("c1", "c2"):
            profile = Profile(review_url=f"https://{id_}.example/review")
            accounts.add_client(db, Client(id_, id_, "#d9a441", "UTC", "", START, profile))
            account = Account(f"a-{id_}", id_, "fake", "https://example.social", id_, f"@{id_}", id_)
            accounts.add_account(db, account, START - timedelta(days=400))
            clients.set_profile(db, id_, profile)


def _verdict(mood: str) -> Triage:
    return Triage(mood, (), ("praise",) if mood == "positive" else ())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["c1", "c2"]),
            st.sampled_from(["jana", "tom"]),
            st.sampled_from(["positive", "negative", "neutral"]),
            st.sampled_from(["", "review", "quote", "not_now"]),
        ),
        min_size=1,
        max_size=8,
    )
)
async def test_nothing_of_one_client_shows_up_for_another(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str, str]]
) -> None:
    world = World(tmp_path_factory.mktemp("wall"))
    asked: dict[tuple[str, str], int] = {}
    moods: dict[tuple[str, str], list[str]] = {}
    try:
        for n, (client, person, mood, act) in enumerate(steps, 1):
            world.clock.forward(hours=1)
            said = Mention(
                f"a-{client}", f"m{n}", Contact(f"p-{person}", person, f"@{person}"), f"{client} words {n}",
                world.clock(), visibility=Visibility.PUBLIC,
            )  # fmt: skip
            await world.db.write(
                lambda db, said=said, mood=mood: save_messages(  # type: ignore[misc]
                    db, said.account_id, [said], (), lambda _: _verdict(mood), world.clock()
                )
            )
            moods.setdefault((client, person), []).append(mood)
            id_ = str(n)
            may = world.use.may_ask(id_)
            unhappy = (
                "negative" in moods[client, person]
                and "positive"
                not in moods[client, person][
                    len(moods[client, person]) - moods[client, person][::-1].index("negative") :
                ]
            )
            wanted = mood == "positive" and (client, person) not in asked and not unhappy
            assert bool(may) == wanted, "decided by this client's own history alone"
            if act == "not_now":
                await world.use.not_now(id_)
                asked[client, person] = n
            elif act in may:
                await world.use.asked(id_, act)
                asked[client, person] = n
        for client in ("c1", "c2"):
            quotes = world.use.quotes(client)
            assert all(quote.client_id == client and quote.text.startswith(client) for quote in quotes)
            for quote in quotes:
                await world.use.set_leave(quote.id, "yes")
            other = "c2" if client == "c1" else "c1"
            assert f"{other} words".encode() not in await world.use.write_quotes(client, "csv")
            assert f"{other} words".encode() not in await world.use.write_quotes(client, "txt")
            assert all(one.client_id == client for one in world.use.promises(client))
            lines = [json.loads(line) for line in export(world.db, client)]
            assert {line["client_id"] for line in lines if line["type"] in ("asked", "quote")} <= {client}
    finally:
        world.db.close()


def test_removing_an_account_takes_its_follow_ups_along(counter: Counter) -> None:
    def fill(db: sqlite3.Connection) -> None:
        save_messages(db, "a1", [mention("m1", "Thank you, wonderful!", author=JANA)], (), judge, START)
        rows.add(db, 1, "call", START + timedelta(days=1), "", START)
        rows.offer(db, 1, "gift", "", "", "", START)
        found = endings.ending(db, 1)
        assert found is not None
        endings.record(db, 1, found, "quote", "asked", START)
        accounts.remove_account(db, "a1")

    counter.do(fill)
    for table in ("promise", "amends", "asked", "quote"):
        assert counter.shop.db.reader().execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
