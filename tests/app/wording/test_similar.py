"""Which texts are alike."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.wording import memory, similar
from app.wording.memory import Memory, Past
from app.wording.similar import Corpus, bare, groups, overlap, pieces

WORDS = st.lists(st.sampled_from("bread cake late order refund oven cold open sunday price".split()), max_size=6)  # noqa: SIM905
TEXTS = WORDS.map(" ".join)


def test_what_asks_the_same_comes_first() -> None:
    corpus: Corpus[str] = Corpus()
    for key, text in (
        ("late", "where is my order, it is late"),
        ("late2", "My orders are still not here. So late."),
        ("open", "are you open on sunday"),
        ("thanks", "lovely bread, thank you"),
    ):
        corpus.add(key, text)
    found = corpus.like("Where's my order?? so late")
    assert [one.key for one in found[:2]] == ["late", "late2"]
    assert found[0].score > 0.4
    assert all(one.key != "thanks" for one in found)
    assert corpus.shared("late", "ORDER late, bread") == ["ORDER", "late"]


def test_names_links_and_accents_do_not_count() -> None:
    corpus: Corpus[int] = Corpus()
    corpus.add(1, "@maplerye Wo ist die Lieferung? https://x.example/a")
    assert corpus.like("lieferungen")[0].score > 0.5
    assert corpus.like("https://x.example/a @maplerye") == []
    corpus.add(2, "pão está frío")
    assert corpus.like("pao esta frio")[0].key == 2


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=12), TEXTS)
def test_likeness_lies_between_nothing_and_the_same(texts: list[str], asked: str) -> None:
    corpus: Corpus[int] = Corpus()
    for number, text in enumerate(texts):
        corpus.add(number, text)
    for one in corpus.like(asked):
        assert 0 < one.score <= 1.000001
        if texts[one.key] == asked:
            assert one.score > 0.999


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.none() | TEXTS), max_size=30), TEXTS)
def test_texts_that_come_and_go_leave_no_trace(steps: list[tuple[int, str | None]], asked: str) -> None:
    corpus: Corpus[int] = Corpus()
    kept: dict[int, str] = {}
    for key, text in steps:
        if text is None:
            corpus.remove(key)
            kept.pop(key, None)
        else:
            corpus.add(key, text)
            kept[key] = text
    fresh: Corpus[int] = Corpus()
    for key, text in kept.items():
        fresh.add(key, text)
    assert {one.key for one in corpus.like(asked)} == {one.key for one in fresh.like(asked)}
    assert len(corpus) == len(kept)


def test_what_differs_from_customer_to_customer_is_left_out() -> None:
    first = bare("Hi Jana, your order #4812 left today: https://t.example/1", ("Jana Whitfield",))
    second = bare("Hi Dev, your order #77 left today: https://t.example/2", ("Dev",))
    assert first == second
    assert overlap(pieces(first), pieces(second)) == 1.0


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=20))
def test_every_text_is_in_one_group_at_most(texts: list[str]) -> None:
    found = groups(texts)
    places = [place for group in found for place in group]
    assert len(places) == len(set(places))
    assert [len(group) for group in found] == sorted((len(group) for group in found), reverse=True)
    for group in found:
        for place in group:
            assert overlap(pieces(texts[group[0]]), pieces(texts[place])) >= similar.SAME


def test_a_chain_of_small_changes_is_not_one_group() -> None:
    words = [f"w{chr(97 + n)}" for n in range(24)]
    chain = [" ".join(words[start : start + 10]) for start in range(0, 15, 2)]
    assert all(len(group) < 4 for group in groups(chain))


def test_a_reply_for_somebody_else_tells_nothing_of_the_first() -> None:
    text, stops = similar.again(
        "@dev Hi Dev, order 4812 is on its way to dev@x.example. Call 030-999, not 5551234.",
        "I am Dev, order 4812, dev@x.example, 5551234", ("Dev Patel", "Dev"), "Jana", "4812", "77",
    )  # fmt: skip
    assert text == "Hi Jana, order 77 is on its way to [address]. Call 030-999, not [number]."
    assert [(text[start:end], name) for start, end, name in stops] == [("[address]", "address"), ("[number]", "number")]
    assert similar.again("Hi Dev, sorry.", "late", ("Dev",), "").text == "Hi, sorry."
    assert similar.again("Order 4812 left.", "4812?", (), "", "4812").text == "Order [order] left."


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["4812", "a@b.example", "Dev", "bread", "AB-77", ", ", " ", "[number]"]), max_size=12),
    st.lists(st.sampled_from(["4812", "a@b.example", "AB-77", "late"]), max_size=4),
)
def test_nothing_that_the_other_told_is_left(reply: list[str], asked: list[str]) -> None:
    text, stops = similar.again(" ".join(reply), " ".join(asked), ("Dev",), "", "4812")
    for told in asked:
        assert told == "late" or told not in text
    assert "Dev" not in text
    at = 0
    for start, end, name in stops:
        assert at <= start
        assert text[start:end] == f"[{name}]"
        at = end


def past(n: int, asked: str, text: str, template: str = "", author: str = "Dev Patel") -> Past:
    return Past(n, text, n * 1000, template, asked, author, "@dev")


def test_replies_that_say_the_same_are_one_idea() -> None:
    known = Memory()
    known.add(
        [
            past(1, "where is my order", "Hi Dev, it left the oven and comes today."),
            past(
                2,
                "hello, where is my order please, Friday",
                "Hi Jana, it left the oven and comes today.",
                author="Jana W",
            ),
            past(3, "late, where is the order", "We are so sorry, we forgot all about it and bake it again."),
        ]
    )
    found = known.ideas("where is my order?", 3)
    assert [(one.times, one.newest.n if one.newest else 0) for one in found] == [(2, 2), (1, 3)]


def test_the_newest_are_remembered() -> None:
    known = Memory()
    known.add(past(n, f"order w{n}", "reply") for n in range(1, memory.MOST + 40))
    assert len(known) == memory.MOST
    assert known.mark == (memory.MOST + 39, (memory.MOST + 39) * 1000)
    known.add([past(memory.MOST + 39, "order", "reply")])
    assert len(known) == memory.MOST


def test_a_fingerprint_knows_what_is_nearly_the_same_and_holds_no_word() -> None:
    prints = [tuple(memory.fingerprint("Hi {first_name|there}, we are open every day from nine to six."))]
    assert memory.like_any("Hi {first_name|you}, we are open every day from nine to six.", prints)
    assert not memory.like_any("We are sorry about the cold bread of yesterday evening.", prints)


def test_a_reply_becomes_a_template_that_reads_as_itself() -> None:
    assert memory.as_template("Hi Dev, {so} it is. Dev's", "Dev Patel") == (
        "Hi {first_name|there}, {{so}} it is. {first_name|there}'s"
    )
