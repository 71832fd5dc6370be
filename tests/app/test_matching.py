"""What a stream looks for is found, in every script, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching import holds, matches
from app.search_stream import Query

WORDS = st.text(alphabet="abcdefghij", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        (Query(words=("rye",)), "Their RYE is good", True),
        (Query(words=("rye",)), "a ryegrass lawn", False),
        (Query(words=("café",)), "the best cafe here", True),
        (Query(words=("cafe",)), "im CAFÉ nebenan", True),
        (Query(phrases=("maple rye",)), "maple  rye, please", True),
        (Query(phrases=("maple rye",)), "maple & rye", True),
        (Query(phrases=("maple rye",)), "rye with maple", False),
        (Query(handles=("@maplerye",)), "ask @MapleRye.", True),
        (Query(handles=("@maplerye",)), "ask @maplerye2", False),
        (Query(handles=("@maplerye",)), "mail shop@maplerye now", False),
        (Query(hashtags=("sourdough",)), "so good #Sourdough!", True),
        (Query(hashtags=("sourdough",)), "sourdough without a sign", False),
        (Query(hashtags=("sour",)), "#sourdough", False),
        (Query(words=("パン",)), "おいしいパンを買った", True),
        (Query(words=("面包",)), "我喜欢面包店", True),
        (Query(words=("rye",), without=("whisky",)), "rye whisky", False),
        (Query(words=("rye",), without=("whisky",)), "rye bread", True),
        (Query(words=("rye",), places=("Leeds",)), "rye in leeds", True),
        (Query(words=("rye",), places=("Leeds",)), "rye in York", False),
        (Query(words=("rye",), places=("r/baking",)), "rye", True),  # a place of the platform's own
        (Query(words=("c++",)), "learn c++ now", True),
        (Query(words=("rye",)), "", False),
    ],
)
def test_terms(query: Query, text: str, found: bool) -> None:
    assert matches(query, text) is found


def test_a_language_that_is_told_must_fit_and_one_that_is_not_may() -> None:
    query = Query(words=("rye",), languages=("de",))
    assert matches(query, "rye", "de-AT")
    assert not matches(query, "rye", "en")
    assert matches(query, "rye", "")


def test_what_the_platform_looked_at_is_not_looked_at_again() -> None:
    stemmed = Query(words=("bakery",))
    assert not matches(stemmed, "all these bakeries")
    assert matches(stemmed, "all these bakeries", asked={"words"})
    both = Query(words=("bakery",), hashtags=("rye",))
    assert not matches(both, "all these bakeries", asked={"words"})  # it may have been found for the tag's sake
    assert not matches(Query(words=("rye",), without=("whisky",)), "rye whisky", asked={"words", "without"})


@given(st.lists(WORDS, min_size=1, max_size=6), st.integers(0, 5))
def test_a_word_is_found_exactly_where_it_stands(words: list[str], at: int) -> None:
    wanted = words[at % len(words)]
    text = " ".join(words)
    assert matches(Query(words=(wanted,)), text)
    assert holds(wanted, text)
    assert not matches(Query(words=(wanted,), without=(wanted,)), text)
    rest = [word for word in words if word != wanted]
    assert not matches(Query(words=(wanted,)), " ".join(rest))


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_can_be_looked_for_and_looked_at(text: str, term: str) -> None:
    matches(Query(words=(term,), phrases=(term,), handles=(term,), hashtags=(term,), places=(term,)), text)
