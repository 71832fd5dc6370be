"""Length as X counts it, and graphemes counted the quick way."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from app.text import all_links, graphemes, length


def weighted(text: str) -> int:
    return length(text, 23, weighted=True)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("Übergrößen", 10),
        ("日本語", 6),
        ("привет", 6),
        ("e\u0301", 1),  # NFC makes one of them
        ("“quoted”", 8),
        ("…", 2),
        ("👨\u200d👩\u200d👧\u200d👦", 2),
        ("👍🏽", 2),
        ("🇩🇪🇫🇷", 4),
        ("1\ufe0f\u20e3", 2),
        ("\u00a9", 1),
        ("\u00a9\ufe0f", 2),
        ("❤\ufe0f", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
        ("https://maplerye.example/a/very/long/way/to/the/cake", 23),
        ("see https://maplerye.example/x.", 4 + 23 + 1),
        ("see maplerye.com", 4 + 23),
        ("see maplerye.co.uk/cakes!", 4 + 23 + 1),
        ("thanks.it was good", 18),
        ("mail jana@maplerye.com", 22),
        ("v1.2 and e.g. this", 18),
    ],
)
def test_it_counts_as_x_does(text: str, count: int) -> None:
    assert weighted(text) == count


_heavy = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
_light = st.characters(min_codepoint=0x41, max_codepoint=0x17F, categories=["Lu", "Ll"])


@given(st.text(_heavy), st.text(_light))
def test_each_character_weighs_one_or_two(heavy: str, light: str) -> None:
    assert length(heavy, None, weighted=True) == 2 * len(heavy)
    assert length(light, None, weighted=True) == len(unicodedata.normalize("NFC", light))


@given(st.text(max_size=80))
def test_the_weight_lies_between_the_characters_and_twice_as_many(text: str) -> None:
    whole = unicodedata.normalize("NFC", text)
    count = length(text, None, weighted=True)
    assert count <= 2 * len(whole)
    assert count == length(whole, None, weighted=True)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_line_break_parts_what_is_counted(one: str, two: str) -> None:
    assert length(f"{one}\n{two}", None, weighted=True) == sum(length(t, None, weighted=True) for t in (one, "\n", two))


@given(st.text(max_size=80))
def test_graphemes_are_the_same_counted_slowly(text: str) -> None:
    assert graphemes(text) == len(regex.findall(r"\X", text))


@given(st.text(max_size=200))
def test_links_are_in_order_and_apart(text: str) -> None:
    end = 0
    for start, to in all_links(text):
        assert end <= start < to <= len(text)
        end = to
