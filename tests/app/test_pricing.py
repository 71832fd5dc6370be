"""What a reply costs, and its words without their links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.connectors.base import Price
from app.pricing import cost_of, without_links
from app.text import all_links

X = Price("USD", read=0.005, post=0.015, post_with_link=0.2, direct=0.015)


def test_a_link_costs_thirteen_times_more() -> None:
    text = "Here is the way: https://maplerye.example/visit"
    found = cost_of(X, [text], text, direct=False)
    assert found is not None
    assert (found.amount, found.without, found.links, found.plain) == (0.2, 0.015, 1, "Here is the way")
    plain = cost_of(X, ["We open at eight."], "We open at eight.", direct=False)
    assert plain is not None
    assert (plain.amount, plain.links, plain.plain) == (0.015, 0, "")


def test_each_part_is_a_post_of_its_own_and_a_message_has_its_own_price() -> None:
    parts = ["One 1/2", "Two https://a.example 2/2"]
    found = cost_of(X, parts, "One Two https://a.example", direct=False)
    assert found is not None
    assert (found.amount, found.without) == (pytest.approx(0.215), pytest.approx(0.03))
    direct = cost_of(X, parts, "One Two https://a.example", direct=True)
    assert direct is not None
    assert (direct.amount, direct.links) == (0.03, 0)
    assert cost_of(Price("USD"), ["https://a.example"], "https://a.example", direct=False) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("See https://a.example for more", "See for more"),
        ("See https://a.example.", "See."),
        ("See (https://a.example)", "See ()"),
        ("https://a.example", ""),
        ("Two\nhttps://a.example\nlines", "Two\n\nlines"),
        ("www.maplerye.com is ours", "is ours"),
        ("Nothing here", "Nothing here"),
    ],
)
def test_without_links(text: str, plain: str) -> None:
    assert without_links(text) == plain


@given(st.text(max_size=60), st.sampled_from(["https://a.example/b?c=d", "www.maplerye.com", "http://x.example"]))
def test_no_link_is_left(words: str, link: str) -> None:
    assert not all_links(without_links(f"{words} {link} {words}"))
