"""The wall: nothing that follows a reply to one client's customer is seen by another client."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import Account, Client, Contact, Mention, Profile, Triage, Visibility
from app.events import Bus
from app.followups import FollowUps
from app.runtime import judge
from app.store import accounts, clients, endings
from app.store import followups as rows
from app.store.db import Database
from app.store.mentions import save_messages
from app.transfer import export
from tests.app.counter import Counter
from tests.app.platform import JANA, START, FakeClock, mention


class World:
    """Two clients in one store."""

    def __init__(self, folder: Path) -> None:
        self.db = Database(folder / "carelane.db")
        self.clock = FakeClock()
        self.use = FollowUps(self.db, Bus(), remember=lambda back: None, now=self.clock)
        self.db.submit(self._fill).result()

    def _fill(self, db: sqlite3.Connection) -> None:
        for id_ in ("c1", "c2"):
            profile = Profile(review_url=f"https://{id_}.example/review")
            accounts.add_client(db, Client(id_, id_, "#d9a441", "UTC", "", START, profile))
            account = Account(f"a-{id_}", id_, "fake", "https://example.social", id_, f"@{id_}", id_)
            accounts.add_account(db, account, START - timedelta(days=400))
            clients.set_profile(db, id_, profile)


def _ask(db: sqlite3.Connection, number: int, kind: str, now: datetime) -> None:
    found = endings.ending(db, number)
    assert found is not None
    endings.record(db, number, found, kind, endings.ASKED, now)


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
                await world.db.write(lambda db, n=n, act=act: _ask(db, n, act, world.clock()))  # type: ignore[misc]
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
