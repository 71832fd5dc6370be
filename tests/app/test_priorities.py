"""Trying an order on the last twelve months, and the draft that it is made of."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app import outlook
from app.domain import Contact, OwnPost
from app.outlook import Outlook
from app.priorities import Draft, Priorities
from app.rules import Rule, Then, When
from tests.app.platform import START, Shop, mention
from tests.app.test_ranking import World


@pytest.fixture
def world(shop: Shop) -> World:
    return World(shop)


def look(world: World, draft: Draft, client: str = "c1") -> Outlook:
    async def go() -> Outlook:
        return await world.use()[0].outlook(client, draft)

    return asyncio.run(go())


def fill(world: World) -> None:
    """A hundred days: each tenth message is angry, each fifth asks for flour."""
    for day in range(100):
        at = START - timedelta(days=day, hours=1)
        text = "This is unacceptable" if day % 10 == 0 else "do you have flour" if day % 5 == 0 else "nice bread"
        person = Contact(f"p{day}", f"Person {day}", f"@p{day}")
        world.save([mention(f"m{day}", text, at, author=person)])


def rule(then: Then, **when: Any) -> Rule:
    return Rule("r1", "Mine", When(**when), then)


def test_nothing_changed_moves_nothing(world: World) -> None:
    fill(world)
    assert look(world, Draft()) == Outlook(0, 0, 100, 100)


def test_it_counts_what_would_have_moved_and_the_complaints_among_it(world: World) -> None:
    fill(world)
    assert look(world, Draft({"anger": -10})) == Outlook(10, 10, 100, 100, later=10)
    flour = look(world, Draft(rules=(rule(Then(lane="care"), words=("flour",)),)))
    assert (flour.moved, flour.complaints) == (10, 0)
    both = look(world, Draft({"anger": -10}, (rule(Then(minutes=-30), words=("flour",)),)))
    assert (both.moved, both.complaints, both.sooner, both.later) == (20, 10, 10, 10)


def test_less_than_five_minutes_is_the_same_place(world: World) -> None:
    fill(world)
    assert look(world, Draft({"anger": -16})).moved == 0
    assert look(world, Draft({"anger": -15})).moved == 10


def test_what_was_answered_long_ago_counts_too(world: World) -> None:
    world.save([mention("m1", "unacceptable", START - timedelta(days=40))])
    world.save([], [OwnPost("a1", "o1", "sorry", START - timedelta(days=39), reply_to="m1")])
    world.save([mention("m2", "unacceptable", START - timedelta(days=400), author=Contact("x", "X", "@x"))])
    assert look(world, Draft({"anger": 30})) == Outlook(1, 1, 1, 1, later=1)


def test_a_second_message_is_one_only_while_the_first_waits(world: World) -> None:
    at = START - timedelta(days=3)
    world.save(
        [mention("m1", "hello?", at), mention("m2", "hello??", at + timedelta(hours=1), thread="m1", reply_to="m1")]
    )
    assert look(world, Draft({"second_message": -60})).moved == 1
    world.save([], [OwnPost("a1", "o1", "yes?", at + timedelta(minutes=30), reply_to="m1", thread="m1")])
    assert look(world, Draft({"second_message": -60})).moved == 0


def test_it_ends_in_time_and_says_how_far_it_came(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world)
    monkeypatch.setattr(outlook, "AT_ONCE", 30)
    monkeypatch.setattr(outlook, "SECONDS", 0.0)
    assert look(world, Draft({"anger": 0})) == Outlook(0, 0, 0, 100)


def test_it_can_be_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world)
    monkeypatch.setattr(outlook, "AT_ONCE", 1)
    heard: list[tuple[int, int]] = []

    async def go() -> None:
        use: Priorities = world.use()[0]
        task = asyncio.create_task(use.outlook("c1", Draft(), progress=lambda done, total: heard.append((done, total))))
        while not heard:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())
    assert heard[-1][0] < 100
    assert heard[0] == (1, 100)


def test_the_outlook_of_all_clients_reads_each_with_its_own_minutes(world: World) -> None:
    fill(world)
    world.rank("c1", Draft({"anger": -20 - 30}))
    assert look(world, Draft({"anger": 60}), client="").moved == 0, "its own minutes win"
    world.rank("c1", Draft())
    assert look(world, Draft({"anger": 60}), client="").moved == 10


def test_minutes_that_are_the_usual_ones_are_not_kept(world: World) -> None:
    world.rank("c1", Draft({"anger": -20, "refund": -11}))
    assert world.use()[0].draft("c1").minutes == {"refund": -11}


def test_rules_come_back_as_they_were_saved(world: World) -> None:
    made = Rule(
        "r9", "Weekend", When(words=("late again",), platforms=("fake",), days=(5, 6), start=60, end=120, vip=True),
        Then("care", -5, "Tag", "t1"), False, "c1",
    )  # fmt: skip
    world.rank("c1", Draft(rules=(made, Rule("r8", "B", When(vip=True), Then(minutes=1), True, "c1"))))
    use = world.use()[0]
    assert use.draft("c1").rules[0] == made
    assert use.rule("r9") == made
    assert use.rule("gone") is None
    assert use.platforms("c1") == [("fake", "Fake")]
