"""What keeps the store quick at a million rows, without a clock: how SQLite goes about each question."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

import pytest

from app.domain import Lane
from app.rows import FeedKey
from app.store import conversations, details, endings, feed, followups
from app.store.migrations import migrate
from tests.app.platform import START

FEED = "SEARCH v USING INDEX conversation_feed (lane=?"
CLIENT_FEED = "SEARCH v USING INDEX conversation_client_feed (client_id=? AND lane=?"


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """An empty store; without statistics SQLite plans as it does for a new user."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    yield db
    db.close()


def plans(db: sqlite3.Connection, ask: Callable[[], object]) -> list[str]:
    """The plan of every SELECT that `ask` sends, a line a step."""
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    ask()
    db.set_trace_callback(None)
    queries = [query for query in asked if query.lstrip().startswith("SELECT")]
    assert queries
    return [row[3] for query in queries for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]


def scans(lines: list[str]) -> list[str]:
    """Steps that read a whole table. json_each is a list of keys that we hand in, `recent` has fifty rows."""
    harmless = ("SCAN json_each", "SCAN CONSTANT ROW", "SCAN (subquery", "SCAN recent", "SCAN search VIRTUAL TABLE")
    return [line for line in lines if line.startswith("SCAN") and not line.startswith(harmless)]


@pytest.mark.parametrize("client", [None, "c1"])
@pytest.mark.parametrize(
    "place", [{}, {"after": FeedKey(5, "7")}, {"before": FeedKey(5, "7")}], ids=["start", "after", "before"]
)
def test_a_feed_page_is_one_walk_along_an_index(
    db: sqlite3.Connection, client: str | None, place: dict[str, FeedKey]
) -> None:
    lines = plans(db, lambda: feed.feed_page(db, Lane.CARE, client=client, **place))  # type: ignore[arg-type]
    assert lines[0].startswith(CLIENT_FEED if client else FEED), lines
    if place:
        assert "AND sort_at" in lines[0], lines  # the key is looked up in the index, not passed over row by row
    assert not [line for line in lines if "TEMP B-TREE" in line or "MATERIALIZE" in line], lines
    assert scans(lines) == []


def test_rows_are_read_again_by_their_numbers(db: sqlite3.Connection) -> None:
    assert scans(plans(db, lambda: feed.feed_rows(db, ["1", "2"]))) == []


@pytest.mark.parametrize("client", [None, "c1"])
def test_counts_are_kept_and_not_counted(db: sqlite3.Connection, client: str | None) -> None:
    db.execute("INSERT INTO lane_count VALUES ('c1', 'care', 5)")
    lines = plans(db, lambda: feed.counts(db, client, START))
    about = [line for line in lines if "conversation" in line or line.startswith("SEARCH v") or " v " in line]
    assert all("USING COVERING INDEX" in line and "sort_at<" in line for line in about), lines
    assert [line for line in scans(lines) if line != "SCAN lane_count"] == []


def test_search_takes_the_newest_without_sorting(db: sqlite3.Connection) -> None:
    lines = plans(db, lambda: feed.search(db, "oven cold"))
    lines = [line for line in lines if "search_config" not in line]  # FTS5 reads its settings once a connection
    assert lines[0].startswith("SCAN search VIRTUAL TABLE INDEX"), lines
    assert not [line for line in lines if "TEMP B-TREE" in line], lines


def test_threads_to_complete_are_found_by_number(db: sqlite3.Connection) -> None:
    assert scans(plans(db, lambda: feed.partial(db, ["1"], 20))) == []


def test_opening_a_conversation_reads_no_table_whole(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO client (id, name, color, zone, created_at) VALUES ('c1', 'Maple', '#fff', 'UTC', 0)")
    db.execute(
        "INSERT INTO account (id, client_id, platform, server, remote_id, handle, name, connected_at)"
        " VALUES ('a1', 'c1', 'fake', '', 'me', '@maple', 'Maple', 0)"
    )
    db.execute(
        "INSERT INTO contact (n, account_id, remote_id, name, handle, first_at) VALUES (1, 'a1', 'p', 'P', '@p', 0)"
    )
    db.execute(
        "INSERT INTO conversation (n, account_id, client_id, root, contact, posted_at, newest_at, state, lane, sort_at)"
        " VALUES (1, 'a1', 'c1', 'r', 1, 0, 0, 'open', 'care', 0)"
    )
    lines = plans(
        db, lambda: details.detail(db, "1", max_graphemes=500, max_bytes=None, url_length=None, can_direct=True)
    )
    assert scans(lines) == [], lines
    # three earlier talks and one newest message, promises and offers may be sorted, since these are a person's own few
    assert len([line for line in lines if "TEMP B-TREE" in line]) <= 3, lines


def test_what_was_promised_and_whom_to_ask_is_found_by_an_index(db: sqlite3.Connection) -> None:
    lines = plans(db, lambda: conversations.advance(db, START))
    assert [line for line in lines if "conversation_promised" in line], lines
    assert not [line for line in scans(lines) if not line.startswith(("SCAN client", "SCAN json_each"))], lines
    asked = plans(
        db,
        lambda: (
            endings.ending(db, 1),
            endings.asked_since(db, (1,), START),
            endings.unhappy_since(db, (1,), START),
            endings.left_review(db, (1,)),
            endings.quoted(db, "c1", 1),
            followups.of_conversation(db, 1),
            followups.promises(db, None, open_only=True),
        ),
    )
    assert not [line for line in scans(asked) if not line.startswith(("SCAN t VIRTUAL", "SCAN client"))], asked
    assert [line for line in asked if "mention_complaint" in line], asked
