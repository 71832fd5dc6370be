"""The model keeps a window of a lane, and reads no more than what changed."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import Lane
from app.events import Changes
from app.rows import FeedKey
from tests.ui.fakes import NOW, FakeRuntime, make_row
from tests.ui.feed.shown import ids, many, model_of, pixel, shown
from tests.values import replace
from ui.feed.delegate import row_height
from ui.feed.model import KEPT, PAGE, FeedModel


def test_first_page_only(themed: QApplication) -> None:
    runtime = FakeRuntime(many(1000))
    model = FeedModel(runtime.inbox, lambda: NOW)
    model.show(Lane.CARE, None)
    assert ids(model) == [str(number) for number in range(1, PAGE + 1)]
    assert len(runtime.inbox.calls) == 1
    assert model.canFetchMore()


def test_pages_follow_without_gap_or_repeat(themed: QApplication) -> None:
    model = FeedModel(FakeRuntime(many(950)).inbox, lambda: NOW)
    model.show(Lane.CARE, None)
    while model.canFetchMore():
        model.fetchMore()
    assert ids(model) == [str(number) for number in range(1, 951)]


def test_window_is_bounded_both_ways(themed: QApplication) -> None:
    model = FeedModel(FakeRuntime(many(4000)).inbox, lambda: NOW)
    model.show(Lane.CARE, None)
    while model.canFetchMore():
        model.fetchMore()
        assert model.rowCount() <= KEPT
    assert ids(model)[-1] == "4000"
    assert not model.at_top
    while not model.at_top:
        model.fetch_before()
        assert model.rowCount() <= KEPT
    assert ids(model)[0] == "1"


def test_end_and_top_at_once(themed: QApplication) -> None:
    runtime = FakeRuntime(many(5000))
    model = FeedModel(runtime.inbox, lambda: NOW)
    model.show(Lane.CARE, None)
    model.show_end()
    assert ids(model)[-1] == "5000"
    assert model.rowCount() == PAGE
    model.show_top()
    assert ids(model)[0] == "1"
    assert len(runtime.inbox.calls) == 3


def test_keys_that_are_equal_sort_by_number(themed: QApplication) -> None:
    same = [replace(make_row(number), key=FeedKey(5, str(number))) for number in (2, 10, 9, 100)]
    runtime = FakeRuntime(same)
    model = FeedModel(runtime.inbox, lambda: NOW)
    model.show(Lane.CARE, None)
    assert ids(model) == ["2", "9", "10", "100"]
    runtime.inbox.put(replace(make_row(50), key=FeedKey(5, "50")))
    model.follow(Changes(conversations=frozenset({"50"})))
    assert ids(model) == ["2", "9", "10", "50", "100"]


def test_changes_read_only_what_they_name(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(50))
    view = shown(runtime, qtbot)
    runtime.inbox.calls.clear()
    runtime.inbox.put(make_row(60, due=25.5))
    assert [call[0] for call in runtime.inbox.calls] == ["feed_rows"]
    assert runtime.inbox.calls[0][1] == {"60"}
    assert ids(model_of(view))[14:17] == ["15", "60", "16"]


def test_insert_move_remove_and_replace(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(5))
    model = model_of(shown(runtime, qtbot))
    runtime.inbox.put(make_row(9, due=1))
    assert ids(model) == ["9", "1", "2", "3", "4", "5"]
    runtime.inbox.put(make_row(9, due=13.5))
    assert ids(model) == ["1", "2", "3", "9", "4", "5"]
    runtime.inbox.put(replace(make_row(2, due=12), lane=Lane.DONE))
    assert ids(model) == ["1", "3", "9", "4", "5"]
    runtime.inbox.put(replace(make_row(3, due=13), text="Edited"))
    row = model.row(1)
    assert row is not None
    assert row.text == "Edited"
    runtime.inbox.drop("4", "5")
    assert ids(model) == ["1", "3", "9"]


def test_other_clients_stay_out(themed: QApplication) -> None:
    runtime = FakeRuntime([make_row(1), replace(make_row(2), client_id="northline")])
    model = FeedModel(runtime.inbox, lambda: NOW)
    model.show(Lane.CARE, "maple")
    runtime.inbox.put(replace(make_row(3), client_id="northline"))
    model.follow(Changes(conversations=frozenset({"3", "2"})))
    assert ids(model) == ["1"]


def test_arrivals_beyond_the_window_are_left_to_their_page(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(500))
    view = shown(runtime, qtbot)
    model = model_of(view)
    before = model.rowCount()
    runtime.inbox.put(make_row(9000, due=450.5))
    assert model.rowCount() == before
    while model.canFetchMore():
        model.fetchMore()
    assert "9000" in ids(model)
    assert len(set(ids(model))) == 501


@pytest.mark.parametrize("seed", range(6))
def test_random_changes_end_where_a_fresh_read_ends(themed: QApplication, qtbot: QtBot, seed: int) -> None:
    dice = random.Random(seed)
    runtime = FakeRuntime(many(300))
    view = shown(runtime, qtbot)
    model = model_of(view)
    for _ in range(60):
        match dice.randrange(5):
            case 0:
                runtime.inbox.put(*(make_row(dice.randrange(1, 900), due=dice.uniform(0, 400)) for _ in range(9)))
            case 1:
                runtime.inbox.drop(*(str(dice.randrange(1, 900)) for _ in range(5)))
            case 2:
                model.fetch_after()
            case 3:
                one = str(dice.randrange(1, 300))
                if one in runtime.inbox.rows:
                    runtime.inbox.put(replace(runtime.inbox.rows[one], lane=dice.choice(list(Lane))))
            case _:
                runtime.bus.publish(Changes(everything=True))
    held = ids(model)
    every = [row.id for row in runtime.inbox.feed_page(Lane.CARE, limit=5000)]
    assert len(set(held)) == len(held)
    start = every.index(held[0])
    assert held == every[start : start + len(held)]
    assert (start == 0) == model.at_top or start == 0


def test_everything_reads_the_window_again(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(900))
    view = shown(runtime, qtbot)
    model = model_of(view)
    for _ in range(7):
        model.fetch_after()
    view.verticalScrollBar().setValue(400 * row_height())
    first = model.row(view.near())
    assert first is not None
    y = pixel(view, first.id)
    for number in (2, 395, 396):
        del runtime.inbox.rows[str(number)]
    runtime.inbox.put(make_row(2000, due=406.5))
    runtime.bus.publish(Changes(everything=True))
    assert pixel(view, first.id) == y
    assert "395" not in ids(model)
    assert "2000" in ids(model)


def test_a_lane_whose_rows_all_went_reads_on(themed: QApplication) -> None:
    runtime = FakeRuntime(many(300))
    model = FeedModel(runtime.inbox, lambda: NOW)
    model.show(Lane.CARE, None)
    for gone in ids(model):
        del runtime.inbox.rows[gone]
    model.follow(Changes(everything=True))
    assert ids(model) == [row.id for row in runtime.inbox.feed_page(Lane.CARE, limit=100)]
    assert not model.at_end


def test_search_shows_what_is_found(themed: QApplication, runtime: FakeRuntime) -> None:
    model = FeedModel(runtime.inbox, lambda: NOW)
    model.show_found("almond")
    assert ids(model) == ["4"]
    assert not model.canFetchMore()
    runtime.inbox.put(replace(runtime.inbox.rows["4"], text="almond, edited"), new=False)
    model.follow(Changes(conversations=frozenset({"4"})))
    row = model.row(0)
    assert row is not None
    assert row.text == "almond, edited"


def test_model_speaks_to_screen_readers(themed: QApplication, runtime: FakeRuntime) -> None:
    model = FeedModel(runtime.inbox, lambda: NOW)
    model.show(Lane.CARE, None)
    said = model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert str(said).startswith("Jana Whitfield, Mastodon, due in 11 minutes")
