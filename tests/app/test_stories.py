"""Near-copies are folded, and what only looks alike is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.stories import Stories, link_key, print_of, same

NEWS = "Maple and Rye recalls its almond croissants after an allergen was missing on the label"
WORD = st.text(alphabet="abcdefghijklmnop", min_size=2, max_size=7)
POST = st.lists(WORD, min_size=8, max_size=30, unique=True)


def like(one: str, other: str) -> bool:
    return same(print_of(one), print_of(other))


def test_copies() -> None:
    assert like(NEWS, NEWS.upper() + " !!")
    assert like(NEWS, f"RT @news: {NEWS}")
    assert like(NEWS, f"{NEWS} https://news.example/a?utm_source=x")
    assert like(NEWS, f"Oh no. {NEWS} (via @town)")
    assert not like(NEWS, "The almond croissants of Maple and Rye are the best that I ever had")
    assert not like(NEWS, "")


def test_the_same_page_with_like_words_is_the_same_story() -> None:
    link = "https://www.news.example/recall/"
    assert like(f"Recall of croissants {link}", "A recall of almond croissants http://news.example/recall#top")
    assert not like(f"Recall of croissants {link}", f"What a lovely shop front they have {link}")
    home = "https://maplerye.example/"
    assert not like(f"good bread {home}", f"good bread there is none {home}")  # a shop's own address tells nothing


def test_short_posts_are_the_same_word_for_word_alone() -> None:
    assert like("love this bakery", "Love this bakery!")
    assert not like("love this bakery", "love this shop")
    assert not like("wow", "wow")  # one word is no story


def test_links() -> None:
    assert link_key("https://www.A.example/b/?utm=1#c") == "a.example/b"
    assert link_key("http://a.example") == ""
    assert link_key("http://[") == ""


@given(POST, st.integers(0, 29))
def test_a_copy_with_a_word_more_is_found_whoever_is_first(words: list[str], at: int) -> None:
    text = " ".join(words)
    other = " ".join([*words[: at % len(words)], "zzz", *words[at % len(words) :]])
    assert like(text, text)
    if len(words) >= 12:
        assert like(text, other)
    assert like(text, other) == like(other, text)


@given(POST, POST)
def test_texts_without_a_common_word_are_never_the_same(one: list[str], other: list[str]) -> None:
    other = [word for word in other if word not in one]
    assert not like(" ".join(one), " ".join(other))


@given(st.lists(st.tuples(st.integers(1, 6), POST), max_size=12))
def test_the_index_finds_what_comparing_with_each_finds(posts: list[tuple[int, list[str]]]) -> None:
    stories, kept = Stories(), dict[int, str]()
    for key, words in posts:
        text = " ".join(words)
        slow = min((k for k, held in kept.items() if like(text, held)), default=None)
        assert stories.lead_of(text) == slow
        stories.add(key, text)
        kept[key] = text


def test_the_oldest_are_forgotten() -> None:
    stories = Stories(kept=2)
    texts = [f"{NEWS} number {'abc'[n] * 9} {'xyz'[n] * 5} {'klm'[n] * 20} and so on it goes" for n in range(3)]
    for n, text in enumerate(["a b c d e f g h", *texts]):
        stories.add(n, text)
    assert stories.lead_of("a b c d e f g h") is None
    assert not [part for part, holders in stories._by.items() if not holders]
