"""The language of templates: what is read, what is filled in, and that nobody's name is ever read as a template."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import Template, TemplateText
from app.wording import check, fields
from app.wording.fields import Block, Field, escape, fill, parse, placeholder, problems, write

NAMES = st.sampled_from(["first_name", "order", "agent", "amount", "opening_hours"])
PLAIN = st.text(max_size=12)
DEFAULTS = st.one_of(st.none(), st.text(st.characters(exclude_characters="{}\n"), max_size=8))
FIELD = st.builds(lambda name, default: Field(name, default), NAMES, DEFAULTS) | st.builds(
    lambda name: Field(name, blank=True), NAMES
)
PIECES = st.recursive(
    st.one_of(PLAIN, FIELD),
    lambda inner: st.builds(
        lambda name, without, parts: Block(name, without, tuple(parts)),
        NAMES,
        st.booleans(),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


def joined(parts: list[fields.Part]) -> tuple[fields.Part, ...]:
    """Without empty texts, and with neighbours joined, as reading makes them."""
    made: list[fields.Part] = []
    for part in parts:
        if isinstance(part, Block):
            part = Block(part.name, part.without, joined(list(part.parts)))
        if isinstance(part, str) and made and isinstance(made[-1], str):
            made[-1] += part
        elif part != "":
            made.append(part)
    return tuple(made)


def depth(parts: tuple[fields.Part, ...]) -> int:
    return max((1 + depth(part.parts) for part in parts if isinstance(part, Block)), default=0)


def nested_twice(parts: tuple[fields.Part, ...], above: tuple[str, ...] = ()) -> bool:
    return any(
        part.name in above or nested_twice(part.parts, (*above, part.name)) for part in parts if isinstance(part, Block)
    )


@settings(deadline=None)
@given(st.text(max_size=400))
def test_hostile_text_is_read_without_an_error(text: str) -> None:
    whole = parse(text)
    problems(text)
    result = fill(whole.parts, {})
    assert all(result.text[start:end] == placeholder(name) for start, end, name in result.stops)


@settings(deadline=None)
@given(st.text("{}?!/|abc_ \n", max_size=200))
def test_braces_in_any_order_are_read_without_an_error(text: str) -> None:
    result = fill(parse(text).parts, {"a": "x", "b": "{c}"})
    at = 0
    for start, end, name in result.stops:
        assert at <= start < end <= len(result.text)
        assert result.text[start:end] == placeholder(name)
        at = end


@settings(deadline=None)
@given(st.text(max_size=200))
def test_what_is_escaped_stands_as_it_was(text: str) -> None:
    assert fill(parse(escape(text)).parts, {}).text == text
    assert parse(escape(text)).problems == ()


@settings(deadline=None)
@given(st.lists(PIECES, max_size=6))
def test_what_is_written_reads_as_the_same(pieces: list[fields.Part]) -> None:
    parts = joined(pieces)
    if depth(parts) <= fields.DEEPEST and not nested_twice(parts):
        assert parse(write(parts)).parts == parts


@settings(deadline=None)
@given(st.lists(PIECES, max_size=6), st.dictionaries(NAMES, st.text(max_size=60)))
def test_no_value_is_ever_read_as_a_template(pieces: list[fields.Part], values: dict[str, str]) -> None:
    parts = joined(pieces)
    result = fill(parts, values)
    # the same with values that hold no brace: as many blanks, with the same names
    plain = {name: "x" if fields.value(text) else "" for name, text in values.items()}
    assert [name for *_, name in result.stops] == [name for *_, name in fill(parts, plain).stops]
    for start, end, name in result.stops:
        assert result.text[start:end] == placeholder(name)


@settings(deadline=None)
@given(st.text(max_size=2000))
def test_values_are_one_clean_line(text: str) -> None:
    made = fields.value(text)
    assert "\n" not in made
    assert "\r" not in made
    assert "\u202e" not in made
    assert len(made) <= fields.LONGEST_VALUE + 1


def test_the_four_ways_to_write_a_field() -> None:
    template = "Hi {first_name|there}, {order} for {amount?} by {Agent}."
    filled = fill(parse(template).parts, {"agent": "Mo", "amount": "9"})
    assert filled.text == "Hi there, [order] for [amount] by Mo."
    assert [name for *_, name in filled.stops] == ["order", "amount"], "a blank is filled by hand, always"
    assert [filled.text[start:end] for start, end, _ in filled.stops] == ["[order]", "[amount]"]


def test_conditions_stand_where_they_hold_and_leave_no_hole() -> None:
    template = "We are sorry. {?order}Order {order} is late.{/order}{!order}Which order is it?{/order} Bye."
    parts = parse(template).parts
    assert fill(parts, {"order": "77"}).text == "We are sorry. Order 77 is late. Bye."
    assert fill(parts, {}).text == "We are sorry. Which order is it? Bye."
    assert fill(parse("A {?order}x{/order} b").parts, {}).text == "A b"
    assert fill(parse("A\n{?order}x{/order}\nb").parts, {}).text == "A\nb"
    assert fill(parts, {"order": "77"}).stops == ()


def test_braces_are_written_twice() -> None:
    assert fill(parse("{{first_name}} and {{ }} and } and {").parts, {"first_name": "x"}).text == (
        "{first_name} and { } and } and {"
    )


def test_a_name_that_looks_like_a_template_stays_a_name() -> None:
    filled = fill(parse("Hi {first_name}, bye").parts, {"first_name": "{order} {?a}b{/a}\nBcc: x", "order": "1"})
    assert filled.text == "Hi {order} {?a}b{/a} Bcc: x, bye"
    assert filled.stops == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no text"),
        ("  \n", "no text"),
        ("Hi {firstname}", "{firstname} is not a field"),
        ("{?order}late", "{?order} is never ended"),
        ("late{/order}", "never begun"),
        ("{?order}{!agent}x{/order}", "{!agent} is never ended"),
        ("x" * 10_001, "longer than 10,000"),
        ("{?a}" * 12 + "{/a}" * 12, "deep"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    found = problems(text)
    assert any(said in one for one in found), found
    assert all(one.endswith(".") and "!" not in one.replace("{!", "") for one in found)


def test_a_good_template_has_no_problem() -> None:
    assert problems("Hi {first_name|there}{?order}, {order}{/order} {news?} {{x}}") == []


def template(**more: object) -> Template:
    given: dict[str, object] = {"name": "Late", "texts": (TemplateText("en", ("Sorry",)),), **more}
    return Template(id="", **given)  # type: ignore[arg-type]


def test_a_template_is_checked_whole() -> None:
    assert check.problems(template(), set()) == []
    assert "name" in check.problems(template(name=" "), set())[0]
    assert check.problems(template(texts=()), set()) == ["There is no text yet. Write one."]
    assert check.problems(template(texts=(TemplateText("en", (" ",)),)), set()) == ["There is no text yet. Write one."]
    assert "spaces" in check.problems(template(shortcut="a b"), set())[0]
    assert "/sor already" in check.problems(template(shortcut="sor"), {"sor"})[0]
    two = template(texts=(TemplateText("en", ("a", "{x}")), TemplateText("de", ("b", ""))))
    assert [one.partition(":")[0] for one in check.problems(two, set())] == ["en, wording 2", "de, wording 2"]


@settings(deadline=None)
@given(
    st.builds(
        Template,
        id=st.just("x"),
        name=st.text(max_size=30),
        folder=st.text("ab/ \n", max_size=20),
        shortcut=st.text(max_size=20),
        texts=st.lists(
            st.builds(
                TemplateText, st.sampled_from(["en", "de", "pt_BR", ""]), st.lists(st.text(max_size=30)).map(tuple)
            ),
            max_size=4,
        ).map(tuple),
    )
)
def test_tidying_twice_is_tidying_once(made: Template) -> None:
    once = check.tidy(made)
    assert check.tidy(once) == once
    assert len({text.language for text in once.texts}) == len(once.texts)
    assert all(text.variants for text in once.texts)
