"""The feed: pages around the viewport, an order that holds, and a list that stands still while somebody reads."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import WHEN_THEY_ANSWER, ConversationState, Kind, Lane, ReplyState
from app.events import Changes
from app.rows import Explanation, FeedKey
from tests.ui.conftest import Settle
from tests.ui.fakes import NOW, FakeRuntime, make_row, picture_rows
from tests.values import replace
from ui import theme
from ui.feed import words
from ui.feed.column import FeedColumn
from ui.feed.delegate import row_height
from ui.feed.model import KEPT, PAGE, FeedModel
from ui.feed.ring import STEPS, face
from ui.feed.view import FeedView


def many(count: int) -> list[object]:
    return [make_row(number, due=10 + number) for number in range(1, count + 1)]


def shown(runtime: FakeRuntime, qtbot: QtBot, *, height: int = 700) -> FeedView:
    model = FeedModel(runtime.inbox, lambda: NOW)
    view = FeedView(model, lambda: NOW)
    model.setParent(view)
    qtbot.addWidget(view)
    runtime.bus.subscribe(Changes, lambda changes: model.follow(changes, view.near()))
    model.show(Lane.CARE, None)
    view.setGeometry(200, 40, 424, height)  # the offscreen pointer rests at 0, 0
    view.show()
    QApplication.processEvents()
    return view


def model_of(view: FeedView) -> FeedModel:
    model = view.model()
    assert isinstance(model, FeedModel)
    return model


def ids(model: FeedModel) -> list[str]:
    return [row.id for at in range(model.rowCount()) if (row := model.row(at)) is not None]


def pixel(view: FeedView, conversation: str) -> int:
    return view.rowViewportPosition(model_of(view).find(conversation))


# model


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


# holding still


def test_chosen_row_keeps_its_place_when_others_arrive_above(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(80))
    view = shown(runtime, qtbot)
    view.choose(2)
    before = pixel(view, "3")
    runtime.inbox.put(*(make_row(500 + number, due=number / 10) for number in range(7)))
    QApplication.processEvents()
    assert pixel(view, "3") == before
    assert view.conversation() == "3"
    assert view.new_above() == 7
    view.show_new()
    assert view.verticalScrollBar().value() == 0
    assert view.new_above() == 0


def test_short_list_holds_still_too(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(3))
    view = shown(runtime, qtbot, height=800)
    view.choose(0)
    before = pixel(view, "1")
    runtime.inbox.put(make_row(90, due=1), make_row(91, due=2))
    QApplication.processEvents()
    assert pixel(view, "1") == before
    assert view.new_above() == 2
    view.verticalScrollBar().setValue(0)
    QApplication.processEvents()
    assert view.verticalScrollBar().maximum() == 0
    assert pixel(view, "90") == 0


def test_row_under_the_cursor_holds_in_the_middle_of_a_lane(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(400))
    view = shown(runtime, qtbot)
    view.verticalScrollBar().setValue(40 * row_height() + 37)
    before = pixel(view, "44")
    runtime.inbox.put(*(make_row(600 + number, due=10.5 + number) for number in range(20)))
    runtime.inbox.drop("3", "5", "8")
    QApplication.processEvents()
    assert pixel(view, "44") == before


def test_at_the_top_with_nothing_chosen_the_newest_shows(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(30))
    view = shown(runtime, qtbot)
    runtime.inbox.put(make_row(90, due=1))
    assert pixel(view, "90") == 0
    assert view.new_above() == 0


def test_a_row_that_leaves_by_itself_does_not_choose_another(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(10))
    view = shown(runtime, qtbot)
    view.choose(3)
    heard: list[str] = []
    view.chosen.connect(heard.append)
    runtime.inbox.put(replace(runtime.inbox.rows["4"], lane=Lane.WAITING))
    QApplication.processEvents()
    assert heard == []
    assert view.conversation() == "4"
    view.step(1)
    assert heard == ["5"]


def test_a_row_that_moves_stays_chosen(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(10))
    view = shown(runtime, qtbot)
    view.choose(3)
    heard: list[str] = []
    view.chosen.connect(heard.append)
    runtime.inbox.put(make_row(4, due=0))
    assert heard == []
    assert view.selectionModel().selectedRows()[0].row() == 0


def test_keys_walk_home_and_end(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime(many(3000))
    view = shown(runtime, qtbot)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.conversation() == "3000"
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.conversation() == "1"
    view.step(1)
    assert view.conversation() == "2"
    view.step(-5)
    assert view.conversation() == "1"


def test_end_at_once_stays_at_the_end(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(5000)), qtbot)
    view.choose_last()
    QApplication.processEvents()
    assert view.conversation() == "5000"
    assert ids(model_of(view))[-1] == "5000"
    assert model_of(view).rowCount() <= 3 * PAGE
    view.forget()
    bar = view.verticalScrollBar()
    for _ in range(400):
        bar.setValue(bar.value() - 400)
    assert model_of(view).rowCount() <= KEPT
    assert int(ids(model_of(view))[0]) > 2000


def test_click_chooses_even_the_current_row(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(5)), qtbot)
    view.setFocus()
    heard: list[str] = []
    view.chosen.connect(heard.append)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 20))
    assert heard == ["1"]


def test_scrolling_reads_on_before_the_end_shows(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(1000)), qtbot)
    bar = view.verticalScrollBar()
    for _ in range(200):
        bar.setValue(bar.value() + 500)
        QApplication.processEvents()
        assert bar.value() + view.viewport().height() <= model_of(view).rowCount() * row_height()
    assert ids(model_of(view))[-1] == "1000"


# the tick


def test_only_rings_that_moved_are_painted(themed: QApplication, qtbot: QtBot) -> None:
    rows = [
        make_row(1, due=11, posted_at=NOW - timedelta(minutes=1)),
        make_row(2, due=60 * 24 * 30 + 90, posted_at=NOW - timedelta(days=3)),
    ]
    view = shown(FakeRuntime(rows), qtbot)
    view.stale_rings(NOW)
    assert view.stale_rings(NOW).isEmpty()
    region = view.stale_rings(NOW + timedelta(seconds=30))
    assert not region.isEmpty()
    assert region.boundingRect().bottom() < row_height()
    assert region.boundingRect().width() <= theme.px(40) + 2


def test_hidden_window_has_no_tick(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(5)), qtbot)
    qtbot.waitUntil(view._timer.isActive)
    view.hide()
    view._tick()
    assert not view._timer.isActive()
    view.show()
    QApplication.processEvents()
    qtbot.waitUntil(view._timer.isActive)


def test_ring_faces() -> None:
    def of(due: float | None, **more: object) -> tuple[str, str, int]:
        shown = face(make_row(1, due=due, **{"age": 10.0, "tags": (), **more}), NOW)
        return shown.text, shown.colour, shown.step

    assert of(-1) == ("late", "danger", STEPS)
    assert of(10) == ("10m", "danger", STEPS // 2)
    assert of(0.5)[0] == "1m"
    assert of(20)[:2] == ("20m", "warn")
    assert of(89)[:2] == ("1h", "ok")
    assert of(380)[:2] == ("6h", "ok")
    assert of(20, tags=("praise",))[1] == "love"
    assert of(-20, tags=("praise",))[:2] == ("late", "danger")
    assert of(60 * 49)[0] == "2d"
    assert face(make_row(1, due=None, state=ConversationState.WAITING), NOW).glyph == "ellipsis"
    back = FeedKey(round((NOW + timedelta(hours=2)).timestamp() * 1000), "1")
    asleep = make_row(1, state=ConversationState.SNOOZED, key=back, snoozed_until=NOW + timedelta(days=2))
    assert face(asleep, NOW).text == "2h", "when it is back, not when it was told to be"
    never = replace(asleep, key=FeedKey(round(WHEN_THEY_ANSWER.timestamp() * 1000), "1"))
    assert face(never, NOW).glyph == "moon"
    assert words.due_words(never, NOW) == "snoozed until they answer"


# words


def test_chips() -> None:
    row = make_row(1, tags=("anger", "second_message", "stars:1", "lang:es", "followers:18000", "secret_key"))
    assert [(chip.text, chip.tone) for chip in words.chips(row, NOW)] == [
        ("Angry", "danger"), ("2nd message", "warn"), ("1 star", "danger"), ("Spanish", "plain"),
        ("18k followers", "plain"),
    ]  # fmt: skip
    assert words.chips(replace(row, tags=(), has_draft=True), NOW)[0].text == "Draft"
    assert words.chips(replace(row, tags=(), sending=ReplyState.CLAIMED), NOW)[0].text == "Sending"
    closing = words.chips(replace(row, tags=(), window_closes_at=NOW + timedelta(minutes=50)), NOW)[0]
    assert (closing.text, closing.tone) == ("Mastodon closes in 50 min", "warn")


def test_the_platform_window_is_a_clock_of_its_own_in_words() -> None:
    row = make_row(1, platform="facebook", service="Facebook", kind=Kind.MESSAGE, tags=())

    def said(minutes: float, **more: Any) -> tuple[str, str]:
        closes = NOW + timedelta(minutes=minutes)
        found = words.chips(replace(row, window_closes_at=closes, **more), NOW)[-1]
        return found.text, found.tone

    assert said(200) == ("Messenger closes in 3 h", "plain")
    assert said(119) == ("Messenger closes in 1 h", "warn")
    assert said(0.5) == ("Messenger closes in 1 min", "warn")
    assert said(-1) == ("Messenger takes no more replies", "warn")
    assert said(59, platform="instagram", service="Instagram") == ("Instagram closes in 59 min", "warn")
    assert said(59, kind=Kind.COMMENT) == ("Facebook closes in 59 min", "warn")
    assert said(25 * 60) == ("Direct message", "plain"), "a day off is soon enough to be told"


def test_small_numbers() -> None:
    assert [words.short_count(n) for n in (999, 1000, 2100, 18000, 1_200_000)] == [
        "999",
        "1k",
        "2.1k",
        "18k",
        "1.2M",
    ]


def test_a_row_is_spoken() -> None:
    row = replace(picture_rows()[0], tags=("anger", "second_message"))
    assert words.spoken(row, NOW).startswith(
        "Jana Whitfield, Mastodon, due in 11 minutes, angry, 2nd message: hello? Party"
    )
    assert "late by 5 minutes" in words.spoken(make_row(1, due=-5), NOW)
    review = make_row(1, platform="google", kind=Kind.REVIEW)
    assert "Google review" in words.spoken(review, NOW)


def test_model_speaks_to_screen_readers(themed: QApplication, runtime: FakeRuntime) -> None:
    model = FeedModel(runtime.inbox, lambda: NOW)
    model.show(Lane.CARE, None)
    said = model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert str(said).startswith("Jana Whitfield, Mastodon, due in 11 minutes")


# looks


NASTY = [
    make_row(1, author="", text=""),
    make_row(2, author="محمد", text="مرحبا، هل لديكم خبز الجاودار اليوم؟ " * 9),
    make_row(3, author="👩‍👩‍👧‍👦" * 40, text="🎂" * 280),
    make_row(4, author="x" * 300, text="y" * 280, tags=("anger", "question", "refund", "praise", "order") * 4),
    make_row(5, author="a\nb", text="line\n\n\nline\r\nline\u2028line\x00 \u202egnp.exe"),
    make_row(6, due=None, state=ConversationState.CLOSED, platform="a_new_one"),
]


@pytest.mark.parametrize("width", [60, 300, 424, 900])
def test_hostile_rows_paint(themed: QApplication, qtbot: QtBot, width: int) -> None:
    view = shown(FakeRuntime(NASTY), qtbot)
    view.resize(width, 700)
    assert not view.grab().isNull()


def test_right_to_left_text_stands_right(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime([make_row(1, text="مرحبا"), make_row(2, text="hello")]), qtbot)
    image = view.grab().toImage()

    def inked(left: int, right: int, top: int) -> bool:
        ground = theme.tokens().panel.rgb()
        return any(
            image.pixelColor(x, y).rgb() != ground for x in range(left, right) for y in range(top + 36, top + 50)
        )

    assert not inked(72, 200, 0)
    assert inked(330, 408, 0)
    assert inked(72, 200, row_height())
    assert not inked(330, 408, row_height())


def test_selection_shows_ground_and_bar(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(4)), qtbot)
    view.choose(1)
    image = view.grab().toImage()
    top = row_height()
    assert image.pixelColor(1, top + 50) == theme.tokens().accent
    assert image.pixelColor(10, top + 5) == theme.tokens().sel
    assert image.pixelColor(10, top - 20) == theme.tokens().panel


def test_benchmark_helper_paints_a_page(themed: QApplication, qtbot: QtBot) -> None:
    view = shown(FakeRuntime(many(40)), qtbot)
    assert paint_frames(view, 3) == 3


def paint_frames(view: FeedView, frames: int) -> int:
    """Paint the whole viewport `frames` times, a third of a page further each time. For benchmarks."""
    image = QImage(view.viewport().size(), QImage.Format.Format_ARGB32_Premultiplied)
    bar = view.verticalScrollBar()
    for _ in range(frames):
        bar.setValue(bar.value() + view.viewport().height() // 3)
        painter = QPainter(image)
        view.viewport().render(painter, QPoint())
        painter.end()
    return frames


# column


def test_empty_lanes_say_what_to_do(themed: QApplication, qtbot: QtBot) -> None:
    runtime = FakeRuntime([make_row(1, lane=Lane.TODAY)])
    column = FeedColumn(runtime.inbox, lambda: NOW)
    qtbot.addWidget(column)
    column.show()
    heard: list[str] = []
    column.wanted.connect(heard.append)
    for lane in Lane:
        column.show_lane(lane, None)
        if lane is Lane.TODAY:
            assert not column.empty.isVisible()
        else:
            assert column.empty.isVisible()
            assert column.empty.heading()
    column.show_lane(Lane.CARE, None)
    column.empty.chosen.emit()
    assert heard == ["lane.today"]
    runtime.inbox.accounts_list = []
    column.show_lane(Lane.CARE, None)
    column.empty.chosen.emit()
    assert heard == ["lane.today", "add_account"]


def test_search_field(themed: QApplication, qtbot: QtBot, runtime: FakeRuntime) -> None:
    column = FeedColumn(runtime.inbox, lambda: NOW)
    qtbot.addWidget(column)
    column.show()
    column.show_lane(Lane.CARE, None)
    assert column.summary_text() == "3 due within 30 min · 4 more today · 96% same day"
    column.focus_search()
    qtbot.keyClicks(column.field, "almond")
    qtbot.waitUntil(lambda: ids(column.model) == ["4"])
    qtbot.keyClick(column.field, Qt.Key.Key_Return)
    assert column.view.conversation() == "4"
    qtbot.keyClicks(column.field, " nothing")
    qtbot.waitUntil(lambda: column.empty.heading() == "Nothing found")
    qtbot.keyClick(column.field, Qt.Key.Key_Escape)
    assert len(ids(column.model)) == 8
    assert column.field.text() == ""


async def test_the_pointer_over_a_row_is_told_what_weighed(themed: QApplication, qtbot: QtBot, settle: Settle) -> None:
    runtime = FakeRuntime(many(3))
    runtime.inbox.explanations["1"] = Explanation(("refund", "<b>late</b>"), unsure=True)
    column = FeedColumn(runtime.inbox, lambda: NOW)
    qtbot.addWidget(column)
    column.resize(400, 600)
    column.show()
    column.model.show(Lane.CARE, None)
    await settle()
    words = column.hover.words(runtime.inbox.explanations["1"])
    assert "refund" in words
    assert "<" not in words, "what people wrote is no markup"
    assert "Not sure" in words
    assert column.hover.words(Explanation()) == ""
    asked: list[str] = []
    column.hover._ask = lambda conversation, where: asked.append(conversation)  # type: ignore[method-assign]
    point = QPoint(50, 10)
    QApplication.sendEvent(column.view.viewport(), QHelpEvent(QEvent.Type.ToolTip, point, point))
    first = column.model.row(0)
    assert first is not None
    assert asked == [first.id]
    far = QPoint(50, 5_000)
    QApplication.sendEvent(column.view.viewport(), QHelpEvent(QEvent.Type.ToolTip, far, far))
    assert len(asked) == 1
