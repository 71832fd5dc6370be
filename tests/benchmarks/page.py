"""A feed page of 100 at the start, the middle and the end of a lane, for all clients and for one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial

from app.domain import Lane
from app.rows import FeedKey, FeedRow
from app.store import feed
from tests.benchmarks import data
from tests.benchmarks.measure import Line, alternate

LIMIT, TIMES, SIZE = 3.0, 200, 100


def keys(db: sqlite3.Connection, lane: Lane, client: str | None) -> dict[str, FeedKey | None]:
    """A row after which a page begins, at each place. Looked up with OFFSET, which is why it is not measured."""
    where, values = ("client_id = ? AND lane = ?", [client, lane.value]) if client else ("lane = ?", [lane.value])
    (count,) = db.execute(f"SELECT count(*) FROM conversation WHERE {where}", values).fetchone()
    found: dict[str, FeedKey | None] = {"start": None}
    for name, offset in (("middle", count // 2), ("end", count - SIZE - 1)):
        at, n = db.execute(
            f"SELECT sort_at, n FROM conversation WHERE {where} ORDER BY sort_at, n LIMIT 1 OFFSET {offset}", values
        ).fetchone()
        found[name] = FeedKey(at, str(n))
    return found


def raw_page(db: sqlite3.Connection, lane: Lane, client: str | None, after: FeedKey | None) -> Callable[[], object]:
    """The same columns with a plain keyset query, as tuples."""
    where, values = "v.lane = ?", [lane.value]
    if client:
        where, values = f"v.client_id = ? AND {where}", [client, *values]
    numbers: list[int] = []
    if after:
        where, numbers = f"{where} AND (v.sort_at, v.n) > (?, ?)", [after.at, int(after.id)]
    sql = (
        f"SELECT {feed._COLUMNS} FROM conversation v CROSS JOIN account a ON a.id = v.account_id WHERE {where}"
        " ORDER BY v.sort_at, v.n LIMIT ?"
    )
    return lambda: db.execute(sql, (*values, *numbers, SIZE)).fetchall()


def repeat(work: Callable[[], object], times: int = TIMES) -> None:
    """Do it often, since once is below the clock's grain."""
    for _ in range(times):
        work()


def run() -> Iterator[Line]:
    """A line a place."""
    db = sqlite3.connect(f"{(data.million() / 'carelane.db').as_uri()}?mode=ro", uri=True)
    for lane in (Lane.CARE, Lane.DONE):
        for client in (None, "c2"):
            for place, after in keys(db, lane, client).items():
                plain = raw_page(db, lane, client, after)

                def page(
                    lane: Lane = lane, client: str | None = client, after: FeedKey | None = after
                ) -> list[FeedRow]:
                    return feed.feed_page(db, lane, client=client, after=after, limit=SIZE)

                assert [row.id for row in page()] == [str(row[0]) for row in plain()]  # type: ignore[attr-defined]
                subject, baseline = alternate(partial(repeat, page), partial(repeat, plain))
                yield Line(
                    f"page of 100, lane {lane}, {client or 'all clients'}, {place}",
                    subject / TIMES * 1000, "ms", baseline / TIMES * 1000, LIMIT,
                )  # fmt: skip
    rows = feed.feed_page(db, Lane.CARE, limit=SIZE)
    ids = [row.id for row in rows[:40]]
    for name, work in (
        ("40 rows read again by id", lambda: feed.feed_rows(db, ids)),
        ("kept counts of every lane", lambda: feed.counts(db, None, rows[0].newest_at)),
        ("search for a common word, newest first, 50 rows", lambda: feed.search(db, "oven")),
        ("search for a word that is being typed (co…)", lambda: feed.search(db, "co")),
    ):
        taken, _ = alternate(partial(repeat, work, 20), lambda: None)
        yield Line(name, taken / 20 * 1000, "ms", limit=25.0 if "common" in name else 4.0)  # HOUSE section 12
    db.close()
