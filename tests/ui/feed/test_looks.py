"""Rows as they are painted."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import ConversationState
from tests.ui.fakes import FakeRuntime, make_row
from tests.ui.feed.shown import many, paint_frames, shown
from ui import theme
from ui.feed.delegate import row_height

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
