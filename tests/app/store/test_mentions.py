from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import ConversationState, Gap, Kind, Lane, Mention, OwnPost, Page
from app.runtime import judge
from app.store import accounts, details, feed
from app.store.mentions import save_page
from app.store.threads import save_thread
from tests.app.platform import START, Shop, mention
from tests.values import replace


def save(shop: Shop, *mentions: Mention, own: tuple[OwnPost, ...] = (), **more: object) -> None:
    page = Page(mentions=mentions, own=own, **more)  # type: ignore[arg-type]
    shop.db.submit(lambda db: save_page(db, "a1", "notifications", page, judge, shop.clock())).result()


def conversations(shop: Shop) -> list[tuple[str, str, int]]:
    query = "SELECT state, lane, unanswered FROM conversation ORDER BY n"
    return [tuple(row) for row in shop.db.reader().execute(query)]


def total(shop: Shop) -> dict[str, int]:
    return {lane: n for lane, n in shop.db.reader().execute("SELECT lane, total FROM lane_count") if n}


def test_a_page_and_its_mark_are_saved_together(shop: Shop) -> None:
    gap = Gap("notifications", None, START, "40 older ones cannot be read.")
    save(shop, mention("m1"), mark="m1", gap=gap)
    assert accounts.mark(shop.db.reader(), "a1", "notifications") == "m1"
    assert [found.why for found in accounts.gaps(shop.db.reader(), "a1")] == [gap.why]
    assert total(shop) == {"today": 1}


def test_known_items_change_nothing(shop: Shop) -> None:
    save(shop, mention("m1"), mention("m1"), mention("m2"))
    before = shop.db.reader().execute("SELECT * FROM mention ORDER BY n").fetchall()
    save(shop, mention("m2"), mention("m1"))
    assert shop.db.reader().execute("SELECT * FROM mention ORDER BY n").fetchall() == before
    assert len(before) == 2


def test_an_answer_to_a_known_message_joins_its_conversation(shop: Shop) -> None:
    save(shop, mention("m1", at=START - timedelta(minutes=9)))
    save(shop, mention("m2", "and the rye?", reply_to="m1"))
    assert conversations(shop) == [("open", "today", 2)]


def test_what_is_new_may_be_answered_already(shop: Shop) -> None:
    answer = OwnPost("a1", "o1", "from my phone", START + timedelta(minutes=1), reply_to="m1")
    save(shop, mention("m1"), own=(answer,))
    assert conversations(shop) == [("waiting", "waiting", 0)]


def test_two_answers_to_an_unknown_post_are_one_conversation(shop: Shop) -> None:
    save(shop, mention("m1", reply_to="ours"), mention("m2", reply_to="ours"), mention("m3", thread="root"))
    assert len(conversations(shop)) == 2


def test_an_edit_keeps_the_earlier_wording_and_is_found_by_search(shop: Shop) -> None:
    save(shop, mention("m1", "the croissant was stale"))
    save(shop, mention("m1", "the baguette was stale", edited_at=START))
    (item,) = details.items(shop.db.reader(), 1)
    assert [text for _, text in item.history] == ["the croissant was stale"]
    assert feed.search(shop.db.reader(), "croissant") == []
    assert [row.id for row in feed.search(shop.db.reader(), "bagu")] == ["1"]


def test_a_deleted_message_is_kept_marked_and_has_no_clock(shop: Shop) -> None:
    save(shop, mention("m1"))
    save(shop, gone=("m1",))
    (item,) = details.items(shop.db.reader(), 1)
    assert item.deleted
    assert conversations(shop) == [("closed", "done", 0)]


def test_a_reply_from_elsewhere_stops_the_clock_even_when_it_is_read_first(shop: Shop) -> None:
    answer = OwnPost("a1", "o1", "from my phone", START + timedelta(minutes=1), reply_to="m1")
    save(shop, own=(answer,))
    assert conversations(shop) == []
    save(shop, mention("m1"))
    assert conversations(shop) == [("waiting", "waiting", 0)]


def test_a_thread_brings_parts_together_and_loses_no_draft(shop: Shop) -> None:
    save(shop, mention("m1"))
    save(shop, mention("m3", reply_to="m2"))
    drafts = "INSERT INTO draft (conversation, text, updated_at) VALUES (1, 'one', 0), (2, 'two', 0)"
    shop.db.submit(lambda db: db.execute(drafts) and None).result()
    thread = (mention("m1"), mention("m2", kind=Kind.CONTEXT, reply_to="m1"), mention("m3", reply_to="m2"))
    shop.db.submit(lambda db: save_thread(db, 2, thread, (), (), judge, shop.clock())).result()
    assert [row[2] for row in conversations(shop)] == [2]
    (draft,) = shop.db.reader().execute("SELECT text FROM draft").fetchone()
    assert "one" in draft
    assert "two" in draft
    assert total(shop) == {"today": 1}


def test_context_gets_no_timer_but_becomes_a_mention_when_it_addresses_us(shop: Shop) -> None:
    save(shop, mention("m1"))
    shop.db.submit(
        lambda db: save_thread(db, 1, (mention("m2", "no?", kind=Kind.CONTEXT),), (), (), judge, shop.clock())
    ).result()
    assert conversations(shop)[0][2] == 1
    save(shop, mention("m2", "no?", at=START))
    assert conversations(shop)[0][2] == 2


def test_hostile_text_is_stored_as_it_is_read_and_searched_safely(shop: Shop) -> None:
    save(shop, mention("m1", "Robert'); DROP TABLE mention;-- \u202e <script>alert(1)</script> 👩‍👩‍👧‍👦"))
    for words in ('"', "' OR 1=1", "NEAR(", "script*", "*", "a AND", "-", "👩‍👩‍👧‍👦"):
        feed.search(shop.db.reader(), words)
    assert len(feed.search(shop.db.reader(), "drop tab")) == 1


def test_removing_an_account_takes_everything_of_it(shop: Shop) -> None:
    save(shop, mention("m1", "croissant"), own=(OwnPost("a1", "o1", "croissant", START, reply_to="m1"),))
    shop.db.submit(lambda db: accounts.remove_account(db, "a1")).result()
    for table in ("mention", "reply", "contact", "conversation", "account", "mark", "draft"):
        assert shop.db.reader().execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert shop.db.reader().execute("SELECT count(*) FROM search WHERE search MATCH 'croissant'").fetchone() == (0,)
    assert total(shop) == {}


def test_history_has_no_timer_and_yesterday_has(shop: Shop) -> None:
    save(shop, mention("old", at=START - timedelta(days=5)), mention("new", at=START - timedelta(hours=1)))
    assert [row[0] for row in conversations(shop)] == [ConversationState.SEEN, ConversationState.OPEN]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_of_arrival_does_not_matter(shop: Shop, data: st.DataObject) -> None:
    """However a history is cut into pages, repeated and shuffled, the same conversations stand the same way."""
    seed = data.draw(st.integers(0, 10_000))
    rng = random.Random(seed)
    account = f"p{seed}-{rng.random()}"
    found: list[Mention] = []
    for i in range(rng.randint(2, 12)):
        parent = rng.choice(found).remote_id if found and rng.random() < 0.6 else ""
        root = next((m.thread or m.remote_id for m in found if m.remote_id == parent), "")
        at = START - timedelta(hours=10) + timedelta(minutes=i)
        found.append(mention(f"{account}-{i}", "hello?", at, reply_to=parent, thread=root))
    results = []
    for turn in range(2):
        name = f"{account}-{turn}"
        shop.db.submit(lambda db, name=name: _copy_account(db, name)).result()  # type: ignore[misc]
        mine = [replace(m, account_id=name) for m in found]
        order = mine + rng.choices(mine, k=3)
        rng.shuffle(order)
        while order:
            size = rng.randint(1, 4)
            page, order = Page(mentions=tuple(order[:size])), order[size:]
            shop.db.submit(lambda db, p=page, n=name: save_page(db, n, "s", p, judge, shop.clock())).result()  # type: ignore[misc]
        query = "SELECT root, state, unanswered, posted_at, due_at FROM conversation WHERE account_id = ? ORDER BY root"
        results.append(shop.db.reader().execute(query, (name,)).fetchall())
        kept = dict(shop.db.reader().execute("SELECT lane, count(*) FROM conversation GROUP BY lane").fetchall())
        assert kept == total(shop), "the kept counts agree with counting"
    assert results[0] == results[1]


def _copy_account(db: object, name: str) -> None:
    db.execute(  # type: ignore[attr-defined]
        "INSERT INTO account SELECT ?, client_id, platform, server, ?, handle, name, state, why, checked_at,"
        " connected_at, data, service FROM account WHERE id = 'a1'",
        (name, name),
    )


def test_lanes_page_by_keyset_without_loss_or_repeat(shop: Shop) -> None:
    save(shop, *(mention(f"m{i}", "hello?", START - timedelta(minutes=i % 7)) for i in range(250)))
    seen, after = [], None
    while rows := feed.feed_page(shop.db.reader(), Lane.TODAY, after=after, limit=40):
        seen += [row.id for row in rows]
        after = rows[-1].key
    assert len(seen) == len(set(seen)) == 250
    back, before = [], feed.FeedKey(2**62, "")
    while rows := feed.feed_page(shop.db.reader(), Lane.TODAY, before=before, limit=40):
        back = [row.id for row in rows] + back
        before = rows[0].key
    assert back == seen
