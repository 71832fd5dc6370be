"""A numbered thread: every part fits, nothing is lost, and nothing is cut that must stay whole."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InputError
from app.text import graphemes, length
from app.wording.split import MOST, parts

_NUMBER = re.compile(r" \((\d+)/(\d+)\)\Z")


def plain(found: tuple[str, ...]) -> list[str]:
    """The parts without their numbers, which are checked on the way."""
    if len(found) == 1:
        return list(found)
    texts = []
    for n, part in enumerate(found, 1):
        number = _NUMBER.search(part)
        assert number is not None
        assert (int(number[1]), int(number[2])) == (n, len(found))
        texts.append(part[: number.start()])
    return texts


def squeezed(text: str) -> str:
    return "".join(text.split())


_words = st.one_of(
    st.text("abcdefgh ,.!?\n", min_size=1, max_size=40),
    st.text(min_size=1, max_size=12).filter(lambda text: "\ud800" not in text),
    st.sampled_from(
        [
            "https://maplerye.example/orders/1042?x=1",
            "@maplerye@mastodon.social",
            "#sourdough",
            "jana@example.com",
            "👨‍👩‍👧‍👦",
            "🇩🇪🇫🇷",
            "1️⃣",
            "नमस्ते",
            "日本語のとても長い文章です。",
            "e\u0301\u0323",
            "maplerye.com",
            "x" * 90,
        ]
    ),
)
texts = st.lists(_words, min_size=1, max_size=60).map(" ".join)
limits = st.tuples(
    st.integers(60, 300), st.one_of(st.none(), st.integers(260, 3000)), st.one_of(st.none(), st.just(23)), st.booleans()
)


@settings(max_examples=300, deadline=None)
@given(texts, limits)
def test_every_part_fits_and_nothing_is_lost(text: str, limit: tuple[int, int | None, int | None, bool]) -> None:
    room, max_bytes, url_length, weighted = limit
    found = parts(text, limit=room, max_bytes=max_bytes, url_length=url_length, weighted=weighted)
    assert squeezed("".join(plain(found))) == squeezed(text)
    assert len(found) <= MOST
    for part in found:
        assert length(part, url_length, weighted) <= room
        assert max_bytes is None or len(part.encode()) <= max_bytes
    if len(found) > 1:
        assert all(part.strip() for part in plain(found))


@settings(max_examples=200, deadline=None)
@given(texts)
def test_links_names_and_tags_stay_whole(text: str) -> None:
    whole = {
        "https://maplerye.example/orders/1042?x=1", "@maplerye@mastodon.social", "#sourdough", "jana@example.com",
    }  # fmt: skip
    apart = " ".join(word for word in text.split() if word in whole or word.isalpha())
    if not apart:
        return
    cut = [word for part in plain(parts(apart, limit=60, url_length=23)) for word in part.split()]
    assert [word for word in cut if word in whole] == [word for word in apart.split() if word in whole]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("abcdefgh", min_size=1, max_size=20), min_size=1, max_size=200))
def test_words_stay_whole_where_they_fit(words: list[str]) -> None:
    found = plain(parts(" ".join(words), limit=60))
    assert [word for part in found for word in part.split()] == words


def test_a_text_that_fits_is_left_as_it_is() -> None:
    assert parts("  Thank you, Jana.  ", limit=300) == ("Thank you, Jana.",)
    assert parts("x" * 300, limit=300) == ("x" * 300,)
    assert parts("", limit=10) == ("",)


def test_it_is_cut_behind_sentences() -> None:
    text = "We are sorry about the cake. " * 3 + "A new one is baked for you today, and Mr. Rye brings it himself."
    found = plain(parts(text, limit=90))
    assert found[0] == "We are sorry about the cake. We are sorry about the cake."
    assert found[-1].endswith("Mr. Rye brings it himself.")


def test_a_title_a_date_and_an_initial_end_no_sentence() -> None:
    text = "It is ready on the 24. November at the shop of Dr. J. Whitfield in the old street " + "word " * 20
    first = plain(parts(text, limit=80))[0]
    assert not first.endswith((" 24.", " Dr.", " J."))


def test_bytes_count_too() -> None:
    found = parts("ह" * 900, limit=2000, max_bytes=600)
    assert all(len(part.encode()) <= 600 for part in found)
    assert len(found) == 5


def test_graphemes_are_never_torn() -> None:
    family = "👨‍👩‍👧‍👦"
    found = plain(parts(family * 100, limit=60))
    assert sum(graphemes(part) for part in found) == 100
    assert all(part == family * graphemes(part) for part in found)


def test_ten_parts_and_more_have_room_for_two_digits() -> None:
    found = parts("Sorry about that. " * 60, limit=60)
    assert 10 <= len(found) <= MOST
    assert all(len(part) <= 60 for part in found)


@pytest.mark.parametrize(
    ("text", "limit"),
    [("x" * 30_000, 100), ("https://maplerye.example/" + "x" * 400 + " and more", 300)],
)
def test_what_cannot_be_cut_is_said(text: str, limit: int) -> None:
    with pytest.raises(InputError, match=r"Shorten it, then send again\.$"):
        parts(text, limit=limit)


def test_long_texts_are_cut_at_once() -> None:
    text = ("We are so sorry, Jana, and a new cake is on its way 🎂 to you. " * 50)[:3000]
    parts(text, limit=300, max_bytes=3000)
    best = 1.0
    for _ in range(5):
        began = time.process_time()
        parts(text, limit=300, max_bytes=3000)
        best = min(best, time.process_time() - began)
    assert best < 0.05
