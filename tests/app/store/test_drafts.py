"""Drafts and what was given up: nothing that somebody wrote is lost, and nothing that they threw away nags."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import Deeds, Picture, Writing
from app.store import accounts, drafts
from app.store.migrations import migrate
from tests.app.desk import Desk
from tests.app.platform import START

LONG = "Hi Jana, we are sorry about the cake."
WHOLE = Writing(
    text="Hi Jana, [order]",
    cursor=9,
    private=True,
    public_line="We sent you a message.",
    spoiler="",
    pictures=(Picture("ab" * 32, "image/png", 2, 1, 99, "A cake", remote='{"id":"7"}'),),
    template="t1",
    language="de-AT",
    variant=2,
    stops=((9, 16),),
    deeds=Deeds(tags=("cake",), snooze="tomorrow 9", close="done", private=True),
    promise="refund",
    promise_at=START,
)


def database() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    return db


def texts(db: sqlite3.Connection, number: int = 1) -> list[tuple[str, str]]:
    return [(one.writing.text, one.why) for one in drafts.abandoned(db, number)]


def test_all_that_belongs_to_a_draft_comes_back() -> None:
    db = database()
    assert drafts.read(db, 1) is None
    drafts.save(db, 1, WHOLE, START)
    assert drafts.read(db, 1) == (WHOLE, START)
    later = START + timedelta(seconds=9)
    drafts.save(db, 1, Writing("other"), later)
    assert drafts.read(db, 1) == (Writing("other"), later)
    db.close()


def test_a_long_draft_that_stood_is_kept_when_it_is_emptied() -> None:
    db = database()
    drafts.save(db, 1, Writing(LONG), START)
    drafts.save(db, 1, Writing("  "), START + timedelta(seconds=5))
    assert drafts.read(db, 1) is None
    assert texts(db) == [(LONG, "emptied")]
    db.close()


def test_a_short_one_and_one_that_did_not_stand_are_not() -> None:
    db = database()
    drafts.save(db, 1, Writing("Hi Jana"), START)
    drafts.save(db, 1, Writing(""), START + timedelta(minutes=5))
    drafts.save(db, 1, Writing(LONG), START + timedelta(minutes=6))
    drafts.save(db, 1, Writing(""), START + timedelta(minutes=6, seconds=1))
    drafts.save(db, 1, Writing(""), START + timedelta(minutes=7))
    assert texts(db) == []
    db.close()


def test_what_is_taken_away_key_by_key_is_kept_as_it_was() -> None:
    db = database()
    for seconds, end in enumerate((10, len(LONG), 30, 12, 3, 0)):
        drafts.save(db, 1, Writing(LONG[:end]), START + timedelta(seconds=seconds))
    assert texts(db) == [(LONG, "emptied")]
    db.close()


def test_what_was_written_anew_is_kept_as_it_is_now() -> None:
    db = database()
    for seconds, text in enumerate((LONG, "Something else that is long", "Dear Jana, thank you so much", "", "")):
        drafts.save(db, 1, Writing(text), START + timedelta(seconds=4 * seconds))
    assert texts(db) == [("Dear Jana, thank you so much", "emptied")]
    db.close()


def test_a_picture_alone_is_a_draft() -> None:
    db = database()
    drafts.save(db, 1, Writing("", pictures=WHOLE.pictures), START)
    assert drafts.read(db, 1) == (Writing("", pictures=WHOLE.pictures), START)
    db.close()


def test_twenty_are_kept_for_ninety_days_and_each_text_once() -> None:
    db = database()
    for day in range(40):
        db.execute("DELETE FROM draft")
        drafts.save(db, 1, Writing(f"{LONG} {day % 30}", template=str(day)), START + timedelta(days=day))
        drafts.archive(db, 1, "closed", START + timedelta(days=day))
    kept = drafts.abandoned(db, 1)
    assert [one.writing.template for one in kept] == [str(day) for day in range(39, 19, -1)]
    assert len({one.writing.text for one in kept}) == 20
    assert drafts.abandoned(db, 1, START + timedelta(days=38)) == kept[:2]
    assert drafts.archive(db, 1, "closed", START) is None
    drafts.save(db, 2, Writing(LONG), START + timedelta(days=120))
    drafts.archive(db, 2, "closed", START + timedelta(days=120))
    assert min(one.at for one in drafts.abandoned(db, 1)) >= START + timedelta(days=30)
    db.close()


def test_what_cannot_be_read_costs_all_but_the_text() -> None:
    for data in ("{}", "[]", "no json", '{"text":"old","cursor":3,"stops":[[0,1]]}', '{"stops":1}'):
        assert drafts.writing_of("Hi", data) == Writing("Hi")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "short", LONG, LONG[:25], LONG[:8], "A wholly different text here"]),
                  st.integers(0, 20)),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_the_archive_holds_only_what_was_a_draft_and_is_gone(steps: list[tuple[str, int]]) -> None:
    db = database()
    at, written = START, set()
    for text, seconds in steps:
        at += timedelta(seconds=seconds)
        drafts.save(db, 1, Writing(text), at)
        written.add(text)
        found = drafts.read(db, 1)
        assert (found[0].text if found else "") == text
    for one in drafts.abandoned(db, 1):
        assert one.writing.text in written
        assert len(one.writing.text) >= drafts.WORTH
        assert one.why == "emptied"
    db.close()


async def test_a_feed_row_knows_of_its_draft(desk: Desk) -> None:
    await desk.write("1")
    await desk.inbox.save_draft("1", "", Writing(pictures=WHOLE.pictures))
    assert desk.row().has_draft
    await desk.inbox.save_draft("1", "")
    assert not desk.row().has_draft


async def test_an_account_that_is_taken_away_takes_its_drafts_along(desk: Desk) -> None:
    await desk.write("1")
    await desk.inbox.save_draft("1", LONG)
    await desk.inbox.close("1", "not for us")
    await desk.inbox.save_draft("1", LONG + " Again.")

    def remove(db: sqlite3.Connection) -> None:
        accounts.remove_account(db, "a1")

    desk.shop.db.submit(remove).result()
    db = desk.shop.db.reader()
    assert db.execute("SELECT count(*) FROM draft").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM draft_archive").fetchone() == (0,)
