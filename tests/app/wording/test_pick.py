"""Which language and which wording."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import TemplateText
from app.wording.pick import text_for, variant

TAGS = ("en", "de", "fr", "pt-BR", "pt-PT", "es", "")


def texts(*languages: str) -> list[TemplateText]:
    return [TemplateText(language, ("x",)) for language in languages]


def test_the_messages_language_then_any_then_the_usual_one_then_english() -> None:
    known = texts("en", "de", "pt-BR")
    assert text_for(known, "de") == 1
    assert text_for(known, "de-CH") == 1
    assert text_for(known, "pt_PT") == 2
    assert text_for(known, "fr", "de") == 1
    assert text_for(known, "fr", "it") == 0
    assert text_for(known, "") == 0
    assert text_for(texts("de", "fr"), "it") == 0
    assert text_for(texts("de", ""), "it", "de") == 1
    assert text_for(texts("pt-PT", "pt-BR"), "pt-BR") == 1
    assert text_for(texts("", "de"), "") == 0
    assert text_for(texts("de", "en"), "") == 1


@settings(deadline=None)
@given(st.lists(st.sampled_from(TAGS), min_size=1, max_size=5), st.sampled_from(TAGS), st.sampled_from(TAGS))
def test_a_text_in_the_messages_language_is_never_passed_over(known: list[str], wanted: str, usual: str) -> None:
    place = text_for(texts(*known), wanted, usual)
    assert 0 <= place < len(known)
    if wanted in known:
        assert known[place] == wanted


@settings(deadline=None)
@given(st.integers(1, 6), st.lists(st.integers(0, 7), max_size=20), st.none() | st.integers(0, 7))
def test_nobody_gets_the_same_wording_twice_in_a_row(count: int, used: list[int], last: int | None) -> None:
    chosen = variant(count, used, last)
    assert 0 <= chosen < count
    if count > 1:
        assert chosen != last
        never = set(range(count)) - set(used) - {last}
        assert not never or chosen in never


@settings(deadline=None)
@given(st.integers(2, 6))
def test_ten_replies_in_a_row_take_turns(count: int) -> None:
    used: list[int] = []
    for _ in range(10):
        used.insert(0, variant(count, used))
    for start in range(len(used) - count):
        assert len(set(used[start : start + count])) == count
