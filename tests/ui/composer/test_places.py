"""Laws of counting and of places in a text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from app.domain import Picture, Writing
from app.text import length
from tests.values import replace
from ui.composer.length import room
from ui.composer.outgoing import same
from ui.composer.places import from_qt, qt_length, to_qt
from ui.composer.stops import Stops

SIGNS = st.sampled_from(
    ["a", "Z", "7", " ", "\n", "\u0301", "\u200d", "\ufe0f", "\u20e3", "#", "\U0001f468", "\U0001f1e9",
     "\u00e9", "\u3042", "https://a.example/b", "b.example", ".", "@", "\u0915", "\u094d", "\u1100", "\u1161"]
)  # fmt: skip
TEXTS = st.lists(SIGNS, max_size=40).map("".join)


@given(TEXTS, st.sampled_from([None, 23]), st.booleans())
def test_counting_by_pieces_is_counting_the_whole(text: str, url_length: int | None, weighted: bool) -> None:
    assert room(text, 500, None, url_length, weighted).graphemes == 500 - length(text, url_length, weighted)


@given(TEXTS, st.data())
def test_places_for_qt_and_back(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    (there,) = to_qt(text, [place])
    assert there == len(text[:place].encode("utf-16-le")) // 2
    assert from_qt(text, there) == place
    assert qt_length(text) == len(text.encode("utf-16-le")) // 2


@given(st.lists(st.tuples(st.sampled_from(["Hi ", "\U0001f44b", "\n", "x"]), st.floats(0, 1)), max_size=8))
def test_a_blank_is_found_wherever_edits_around_it_move_it(qapp: QApplication, edits: list[tuple[str, float]]) -> None:
    edit = QPlainTextEdit("Order {order} is with us")
    stops = Stops(edit)
    stops.add([(6, 13, "order")])
    for text, share in edits:
        ((start, end),) = stops.places()
        size = edit.document().characterCount() - 1
        whole = edit.document().toRawText().encode("utf-16-le")
        between = {at for at in range(size) if 0xDC <= whole[2 * at + 1] <= 0xDF}  # no cursor stands within an emoji
        outside = [at for at in (*range(start + 1), *range(end, size + 1)) if at not in between]
        cursor = QTextCursor(edit.document())
        cursor.setPosition(outside[min(len(outside) - 1, int(share * len(outside)))])
        cursor.insertText(text)
    ((start, end),) = stops.places()
    cursor = QTextCursor(edit.document())
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    assert cursor.selectedText() == "{order}"
    cursor.insertText("4471")
    assert stops.places() == ()
    edit.undo()
    assert len(stops.places()) == 1


def test_what_is_worth_saving() -> None:
    writing = Writing(text="Hi", cursor=2, pictures=(Picture("p", "image/png", 1, 1, 1),))
    assert same(writing, replace(writing, cursor=0))
    assert same(writing, replace(writing, pictures=(Picture("p", "image/png", 1, 1, 1, remote="{}"),)))
    assert not same(writing, replace(writing, pictures=()))
    assert not same(writing, replace(writing, private=True))
