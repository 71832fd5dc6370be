"""After a change, what is open stands as if it had been judged so from the start."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import Account, Contact, Kind, Lane, Mention, OwnPost, Page
from app.errors import InputError
from app.events import Changes, RankingProgress
from app.judging import Judge
from app.priorities import ALL, Draft, Priorities
from app.ranking import Ranking
from app.rules import Rule, Then, When
from app.store import accounts as account_rows
from app.store import conversations, priorities
from app.store.mentions import save_page
from tests.app.platform import START, Shop, mention

TEXTS = (
    "hello?", "This is unacceptable, I want a refund NOW!!", "Love it, thank you so much", "When do you open today?",
    "my order never arrived", "there was glass in the bread", "I will call my lawyer", "nice", "¿Tienen mesa hoy?",
)  # fmt: skip


@dataclass
class World:
    """A shop with its judge."""

    shop: Shop

    def __post_init__(self) -> None:
        self.judge = Judge(self.shop.db)
        self.shop.bus.subscribe(Changes, self.judge.follow)
        self.progress: list[RankingProgress] = []
        self.shop.bus.subscribe(RankingProgress, self.progress.append)

    def use(self) -> tuple[Priorities, Ranking]:
        ranking = Ranking(self.shop.db, self.shop.bus, self.judge, now=self.shop.clock)
        return Priorities(self.shop.db, self.shop.bus, self.judge, ranking, now=self.shop.clock), ranking

    def save(self, mentions: Sequence[Mention], own: Sequence[OwnPost] = ()) -> None:
        page = Page(mentions=tuple(mentions), own=tuple(own))
        self.shop.db.submit(lambda db: save_page(db, "a1", "s", page, self.judge, self.shop.clock())).result()

    def rank(self, client: str, draft: Draft) -> None:
        async def go() -> None:
            priorities_, ranking = self.use()
            await priorities_.save(client, draft)
            await ranking.settle()

        asyncio.run(go())

    def standings(self) -> list[tuple[Any, ...]]:
        return (
            self.shop.db.reader()
            .execute(f"SELECT n, {', '.join(conversations.STANDING)} FROM conversation ORDER BY n")
            .fetchall()
        )

    def row(self, number: int = 1) -> dict[str, Any]:
        cursor = self.shop.db.reader().execute("SELECT * FROM conversation WHERE n = ?", (number,))
        return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))


@pytest.fixture
def world(shop: Shop) -> World:
    return World(shop)


def rule(id_: str, then: Then, **when: Any) -> Rule:
    return Rule(id_, f"Rule {id_}", When(**when), then)


def test_new_minutes_move_what_is_open(world: World) -> None:
    world.save([mention("m1", "This is unacceptable")])
    before = world.row()
    world.rank("c1", Draft({"anger": -25, "question": -3}))
    after = world.row()
    assert after["care_by"] == after["sort_at"] == before["care_by"] - 5 * 60_000
    assert after["due_at"] == before["due_at"]
    assert world.progress[-1] == RankingProgress("c1", 1, 1, False)


def test_a_weight_that_was_nothing_counts_without_judging_again(world: World) -> None:
    world.save([mention("m1", "When do you open today?")])
    before = world.row()
    world.rank(ALL, Draft({"question": -30}))
    assert world.row()["care_by"] == before["care_by"] - 30 * 60_000


def test_the_second_message_weighs_as_the_client_says(world: World) -> None:
    world.rank("c1", Draft({"second_message": -40}))
    world.save([mention("m1", "hello?")])
    world.shop.clock.forward(minutes=5)
    world.save([mention("m2", "hello??", world.shop.clock(), reply_to="m1", thread="m1")])
    assert '["second_message",-40]' in world.row()["reasons"]
    world.rank("c1", Draft({"second_message": -10}))
    assert '["second_message",-10]' in world.row()["reasons"]


def test_own_minutes_win_over_those_for_all(world: World) -> None:
    world.save([mention("m1", "This is unacceptable")])
    world.rank(ALL, Draft({"anger": -60}))
    assert '["anger",-60]' in world.row()["reasons"]
    world.rank("c1", Draft({"anger": -1}))
    assert '["anger",-1]' in world.row()["reasons"]
    world.rank("c1", Draft())
    assert '["anger",-60]' in world.row()["reasons"]


@pytest.mark.parametrize(
    ("lane", "expected"), [("care", "care"), ("thanks", "thanks"), ("noise", "noise"), ("normal", "today")]
)
def test_a_rule_gives_the_lane_at_once_and_for_what_comes(world: World, lane: str, expected: str) -> None:
    world.save([mention("m1", "do you sell flour, there is no rush at all?")])
    assert world.row()["lane"] == Lane.TODAY
    world.rank("c1", Draft(rules=(rule("r1", Then(lane=lane), words=("flour",)),)))
    world.save([mention("m2", "flour?")])
    assert [world.row(n)["lane"] for n in (1, 2)] == [expected, expected]
    assert '["rule:r1",0]' in world.row()["reasons"]
    world.rank("c1", Draft())
    assert world.row()["lane"] == Lane.TODAY
    assert "rule" not in world.row()["reasons"] + world.row()["tags"]


def test_what_turned_urgent_is_not_hidden_by_an_older_rule(world: World) -> None:
    world.rank("c1", Draft(rules=(rule("r1", Then(lane="noise"), words=("giveaway",)),)))
    world.save([mention("m1", "giveaway")])
    assert world.row()["lane"] == Lane.NOISE
    world.save([mention("m2", "there was glass in the bread", reply_to="m1", thread="m1")])
    assert world.row()["lane"] == Lane.CARE


def test_a_person_has_the_last_word(world: World) -> None:
    world.save([mention("m1", "hello?")])
    world.shop.db.submit(lambda db: conversations.place(db, [1], "thanks", world.shop.clock())).result()
    world.rank("c1", Draft(rules=(rule("r1", Then(lane="noise"), words=("hello",)),)))
    assert world.row()["lane"] == Lane.THANKS


def test_a_vip_moves_at_once(world: World) -> None:
    world.save([mention("m1", "hello?")])
    world.rank("c1", Draft(rules=(rule("r1", Then(minutes=-20), vip=True),)))
    before = world.row()["care_by"]

    async def go() -> None:
        use, _ = world.use()
        contact = use.contact("1")
        assert contact is not None
        assert not contact[1]
        await use.set_vip(contact[0], True)
        assert [(vip.name, vip.contact) for vip in use.vips("c1")] == [("Jana Whitfield", contact[0])]

    asyncio.run(go())
    assert '["rule:r1",-20]' in world.row()["reasons"]
    assert world.row()["care_by"] < before


def test_the_rules_of_one_client_do_not_touch_another(world: World, shop: Shop) -> None:
    def other(db: Any) -> None:
        from app.domain import Client

        account_rows.add_client(db, Client("c2", "Other", "#d9a441", "UTC", "", START))
        account_rows.add_account(db, Account("a2", "c2", "fake", "", "me2", "@o", "O"), START - timedelta(days=1))
        save_page(db, "a2", "s", Page(mentions=(mention("m1", "refund", account_id="a2"),)), world.judge, START)

    shop.db.submit(other).result()
    before = world.standings()
    world.rank("c1", Draft({"refund": -100}, (rule("r1", Then(lane="noise"), words=("refund",)),)))
    assert world.standings() == before
    world.rank(ALL, Draft({"refund": -100}, (rule("r2", Then(lane="noise"), words=("refund",)),)))
    assert world.standings() != before


def test_stopping_leaves_the_rest_and_a_restart_finishes_what_was_asked(world: World) -> None:
    world.save([mention(f"m{n}", "unacceptable") for n in range(3)])

    async def ask_only() -> None:
        use, _ = world.use()
        await use.save("c1", Draft({"anger": -50}))

    asyncio.run(ask_only())
    assert priorities.pending(world.shop.db.reader()) == {"c1": "weights"}
    world.shop.reopen()
    again = World(world.shop)

    async def started() -> None:
        _, ranking = again.use()
        task = asyncio.create_task(ranking.run())
        while priorities.pending(again.shop.db.reader()):
            await asyncio.sleep(0.005)
        task.cancel()

    asyncio.run(started())
    assert '["anger",-50]' in again.row(3)["reasons"]


def test_the_same_asked_again_meanwhile_is_done_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.save([mention(f"m{n}", "unacceptable") for n in range(6)])
    monkeypatch.setattr("app.ranking.WEIGHED_AT_ONCE", 2)

    async def go() -> None:
        use, ranking = world.use()
        await use.save("c1", Draft({"anger": -50}))
        jobs: list[asyncio.Task[None]] = []

        def other(_progress: RankingProgress) -> None:
            if not jobs:
                jobs.append(asyncio.create_task(use.save("c1", Draft({"anger": -70}))))

        world.shop.bus.subscribe(RankingProgress, other)
        await ranking.settle()
        await jobs[0]

    asyncio.run(go())
    assert {world.row(n)["reasons"] for n in range(1, 7)} == {'[["anger",-70]]'}
    assert priorities.pending(world.shop.db.reader()) == {}


def test_what_is_not_known_is_not_asked_for_for_ever(world: World) -> None:
    world.shop.db.submit(lambda db: priorities.set_pending(db, {"c1": "", "c2": "tomorrow"})).result()
    asyncio.run(world.use()[1].settle())
    assert priorities.pending(world.shop.db.reader()) == {}


def test_stop_ends_it_between_two_transactions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.save([mention(f"m{n}", "unacceptable") for n in range(6)])
    monkeypatch.setattr("app.ranking.WEIGHED_AT_ONCE", 2)

    async def go() -> int:
        _, ranking = world.use()
        world.shop.db.submit(lambda db: priorities.set_weights(db, "c1", {"anger": -50})).result()
        world.shop.bus.subscribe(RankingProgress, lambda _event: ranking.stop())
        return await ranking.again("c1", ["weights"])

    assert asyncio.run(go()) == 2
    assert world.progress[-1] == RankingProgress("c1", 2, 6, False)


def test_what_is_wrong_is_told_and_nothing_is_kept(world: World) -> None:
    with pytest.raises(InputError):
        world.rank("c1", Draft(rules=(Rule("r1", "", When(vip=True), Then(minutes=1)),)))
    with pytest.raises(InputError):
        world.rank("c1", Draft({"no such reason": 3}))
    reader = world.shop.db.reader()
    assert (priorities.rules(reader, "c1"), priorities.weights(reader, "c1")) == ((), {})


ways = st.builds(
    lambda minutes, rules: Draft(minutes, tuple(rules)),
    st.dictionaries(st.sampled_from(["anger", "refund", "question", "second_message", "order"]), st.integers(-90, 90)),
    st.lists(
        st.builds(
            lambda words, moods, lane, minutes, tag: (
                When(words=words, moods=moods, vip=False),
                Then(lane, minutes, tag),
            ),
            st.sampled_from([("refund",), ("bread", "open"), ("you so much",)]),
            st.sampled_from([(), ("negative",)]),
            st.sampled_from(["", "care", "normal", "thanks", "noise"]),
            st.integers(-60, 60),
            st.sampled_from(["", "Mine"]),
        ).filter(lambda made: made[1] != Then()),
        max_size=4,
    ).map(lambda made: [Rule(f"r{n}", f"R{n}", when, then) for n, (when, then) in enumerate(made)]),
)
arrivals = st.lists(
    st.tuples(st.sampled_from(TEXTS), st.integers(0, 3), st.integers(0, 200), st.booleans()), min_size=1, max_size=8
)


@settings(max_examples=40, deadline=None)
@given(arrivals, st.lists(ways, min_size=1, max_size=3))
def test_ranked_again_is_judged_from_scratch(said: list[tuple[str, int, int, bool]], drafts: list[Draft]) -> None:
    """Whatever was set before, the end is as if the last draft had held when everything came in."""
    messages = [
        mention(
            f"m{n}", text, START - timedelta(minutes=minutes), thread=f"t{home}", reply_to=f"t{home}",
            kind=Kind.MESSAGE if direct else Kind.MENTION, author=Contact(f"p{home}", f"P{home}", f"@p{home}"),
        )
        for n, (text, home, minutes, direct) in enumerate(said)
    ]  # fmt: skip
    with TemporaryDirectory() as one, TemporaryDirectory() as two:
        ranked, fresh = World(Shop(Path(one))), World(Shop(Path(two)))
        try:
            ranked.save(messages)
            for draft in drafts:
                ranked.rank("c1", draft)
            fresh.rank("c1", drafts[-1])
            fresh.save(messages)
            assert ranked.standings() == fresh.standings()
        finally:
            ranked.shop.db.close()
            fresh.shop.db.close()
