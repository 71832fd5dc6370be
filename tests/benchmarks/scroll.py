"""Scrolling through a million rows, and forty that arrive while somebody reads."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from app import clock
from app.connectors._mastodon_wire import Me, notifications
from app.domain import Lane, Page
from app.events import Changes
from app.inbox import Inbox
from app.runtime import judge
from app.store.mentions import save_page
from tests.benchmarks import data
from tests.benchmarks.measure import Line, percentile
from tests.values import replace

FRAMES, FRAME_LIMIT, ARRIVAL_LIMIT = 600, 10.0, 5.0


class Held:
    """A store whose writes are seen at once and never kept: one connection, one transaction, rolled back."""

    def __init__(self) -> None:
        self.raw = sqlite3.connect(data.million() / "carelane.db", isolation_level=None)
        self.raw.execute("BEGIN IMMEDIATE")

    def reader(self) -> sqlite3.Connection:
        """The connection."""
        return self.raw

    def arrive(self, count: int, seed: int) -> Changes:
        """Save that many new mentions."""
        raws = msgspec.json.decode(data.answers(count, page=count, seed=seed)[0], type=list[msgspec.Raw])
        items = notifications(raws, Me("a1", "me", "shop@example.social"))
        mentions = [item.mention for item in items if item.mention is not None]
        page = Page(mentions=tuple(replace(one, remote_id=f"{seed}-{one.remote_id}") for one in mentions))
        return save_page(self.raw, "a1", "notifications", page, judge, clock.now())

    def close(self) -> None:
        """Forget what was written."""
        self.raw.execute("ROLLBACK")
        self.raw.close()


def run() -> Iterator[Line]:
    """Frames by wheel and by page, then arrivals."""
    from PySide6.QtWidgets import QApplication

    from ui import theme
    from ui.feed.model import FeedModel
    from ui.feed.view import FeedView

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    theme.apply(app)
    store = Held()
    nothing: Any = None
    inbox = Inbox(store, nothing, nothing, nothing)  # type: ignore[arg-type]
    model = FeedModel(inbox, clock.now)
    view = FeedView(model, clock.now)
    view.setGeometry(300, 300, 424, 820)  # away from the mouse: what is under it would be held instead
    model.show(Lane.CARE, None)
    view.show()
    app.processEvents()
    bar = view.verticalScrollBar()

    def frame(by: int) -> float:
        start = time.thread_time()
        bar.setValue(bar.value() + by)
        view.viewport().update()  # the whole of it, though a scroll that moves pixels may paint less
        app.processEvents()
        return (time.thread_time() - start) * 1000

    for name, by in (("by the wheel, 60 pixels", 60), ("held down, a third of the screen", 270), ("back up", -270)):
        frames = [frame(by) for _ in range(FRAMES)]
        yield Line(f"scrolling {name}: a frame, median", percentile(frames, 0.5), "ms")
        yield Line(f"scrolling {name}: a frame, p95", percentile(frames, 0.95), "ms", limit=FRAME_LIMIT)
        yield Line(f"scrolling {name}: a frame, longest", max(frames), "ms")
    yield from arrivals(app, store, model, view)
    view.close()
    store.close()


def arrivals(app: Any, store: Held, model: Any, view: Any) -> Iterator[Line]:
    """Pages of forty around the row that is read; it must stay where it is on the screen."""
    model.show(Lane.CARE, None)
    app.processEvents()
    view.verticalScrollBar().setValue(3000)
    app.processEvents()
    view.choose(view.near() + 2)
    app.processEvents()
    middle = model.row(view.near() + 2).key.at
    costs: list[float] = []
    jump = came = 0
    for turn in range(9):
        changes = store.arrive(40, turn + 10)
        # half of them above, half below the row that is read, within the rows in memory
        numbers = sorted(int(number) for number in changes.new)
        for place, number in enumerate(numbers):
            by = middle + (place - 20) * 3_000
            store.raw.execute(
                "UPDATE conversation SET lane = 'care', sort_at = ?, care_by = ?, state = 'open' WHERE n = ?",
                (by, by, number),
            )
        at = view.visualRect(model.index(model.find(view.conversation()), 0)).y()
        rows = model.rowCount()
        start = time.thread_time()
        model.follow(changes, view.near())
        costs.append((time.thread_time() - start) * 1000)
        came += model.rowCount() - rows
        app.processEvents()
        jump = max(jump, abs(view.visualRect(model.index(model.find(view.conversation()), 0)).y() - at))
    assert came >= 300, f"only {came} of 360 rows came in"
    yield Line(
        "40 arrive while somebody reads: on the window's thread", percentile(costs, 0.5), "ms", limit=ARRIVAL_LIMIT
    )
    yield Line("40 arrive while somebody reads: longest of nine", max(costs), "ms")
    yield Line("40 arrive while somebody reads: the row moves by", float(jump), "px", limit=0.0)
