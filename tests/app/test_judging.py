"""A message is judged by its own client's minutes, rules, zone and VIPs, as they are now."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app.domain import Account, Client, Reason
from app.events import Changes
from app.judging import Judge
from app.rules import Rule, Then, When
from app.store import accounts, learned, priorities
from app.triage import learning
from app.triage.learning import NOTHING
from app.triage.model import model
from tests.app.platform import START, Shop, mention

ANGRY = mention("m1", "This is unacceptable")


@pytest.fixture
def judge(shop: Shop) -> Judge:
    return Judge(shop.db)


def keep(shop: Shop, client: str, *rules: Rule, **minutes: int) -> None:
    def write(db: Any) -> None:
        priorities.set_rules(db, client, rules)
        priorities.set_weights(db, client, minutes)

    shop.db.submit(write).result()


def add_client(shop: Shop, account: str, zone: str = "UTC", platform: str = "fake", data: str = "{}") -> None:
    def write(db: Any) -> None:
        client = f"of-{account}"
        accounts.add_client(db, Client(client, client, "#d9a441", zone, "", START))
        accounts.add_account(db, Account(account, client, platform, "", account, "@x", "X", data=data), START)

    shop.db.submit(write).result()


def test_minutes_of_the_client_else_of_all_else_the_usual_ones(shop: Shop, judge: Judge) -> None:
    assert judge(ANGRY).reasons == (Reason("anger", -20),)
    keep(shop, "", anger=-30)
    judge.refresh()
    assert judge(ANGRY).reasons == (Reason("anger", -30),)
    keep(shop, "c1", anger=-5)
    judge.refresh()
    assert judge(ANGRY).reasons == (Reason("anger", -5),)


def test_rules_for_all_come_before_the_clients_own(shop: Shop, judge: Judge) -> None:
    keep(shop, "c1", Rule("own", "Own", When(moods=("negative",)), Then("thanks")))
    keep(shop, "", Rule("all", "All", When(moods=("negative",)), Then("care")))
    judged = judge(ANGRY)
    assert [reason.name for reason in judged.reasons] == ["anger", "rule:all", "rule:own"]
    assert "lane:thanks" in judged.tags
    assert "lane:care" not in judged.tags
    assert judge.plain(ANGRY).reasons == (Reason("anger", -20),)
    assert judge.with_rules(ANGRY, judge.plain(ANGRY)) == judged


def test_an_account_that_was_just_added_is_known(shop: Shop, judge: Judge) -> None:
    judge(ANGRY)
    add_client(shop, "a2")
    keep(shop, "of-a2", anger=-50)
    assert judge(mention("m1", "This is unacceptable", account_id="a2")).reasons == (Reason("anger", -50),)


def test_nobodys_message_is_judged_by_what_holds_for_all(judge: Judge) -> None:
    assert judge(mention("m1", "This is unacceptable", account_id="nobody")).reasons == (Reason("anger", -20),)


def test_the_bus_makes_it_read_again(shop: Shop, judge: Judge) -> None:
    shop.bus.subscribe(Changes, judge.follow)
    judge(ANGRY)
    keep(shop, "c1", anger=-50)
    shop.bus.publish(Changes(counts=True))
    assert judge(ANGRY).reasons == (Reason("anger", -20),)
    shop.bus.publish(Changes(clients=frozenset(["c1"])))
    assert judge(ANGRY).reasons == (Reason("anger", -50),)


def test_times_are_told_in_the_clients_zone_and_an_archive_tells_its_platform(shop: Shop, judge: Judge) -> None:
    add_client(shop, "a2", "Asia/Tokyo", "archive", '{"platform": "facebook"}')
    evening = Rule("r", "Evening", When(platforms=("facebook",), start=18 * 60, end=19 * 60), Then(minutes=-1))
    keep(shop, "of-a2", evening)
    at = START  # 09:00 UTC is 18:00 in Tokyo
    assert judge(mention("m1", "hello", at, account_id="a2")).reasons == (Reason("rule:r", -1),)
    assert judge(mention("m1", "hello", at - timedelta(minutes=1), account_id="a2")).reasons == ()


def test_what_the_person_taught_comes_before_the_rules_and_stays_with_its_client(shop: Shop) -> None:
    words = mention("m1", "my sister has the same coat")
    judge = Judge(shop.db)
    assert judge(words).mood == "neutral"

    def teach(db: sqlite3.Connection) -> None:
        taught = NOTHING
        for _ in range(3):
            taught = learning.teach(taught, model().scores(words.text), words.text, "care", model())
        learned.set_to(db, "c1", taught, START)

    shop.db.submit(teach).result()
    keep(shop, "c1", Rule("r", "R", When(moods=("negative",)), Then(minutes=-1)))
    judge.refresh()
    assert judge(words).mood == "negative"
    assert judge(words).reasons[-1] == Reason("rule:r", -1)
    assert learned.of(shop.db.reader(), "c2") == NOTHING


def test_any_thread_may_ask_while_it_is_read_again(shop: Shop, judge: Judge) -> None:
    keep(shop, "c1", anger=-7)

    def ask(number: int) -> tuple[Reason, ...]:
        if number % 10 == 0:
            judge.refresh()
        return judge(ANGRY).reasons

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(200))) == {(Reason("anger", -7),)}
