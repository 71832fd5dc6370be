"""What is suggested, what came after, what is said again and again; and the wall between clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import Contact, Visibility
from app.events import Changes
from app.rows import Outcome
from app.rules import Rule, Then, When
from app.store import priorities
from app.store import templates as rows
from tests.app.platform import START, Shop
from tests.app.template_bench import DEV, Bench, run


@pytest.fixture
def bench(shop: Shop) -> Bench:
    return Bench(shop)


# Suggesting


def suggest(bench: Bench, conversation: str, limit: int = 3) -> list[Any]:
    return run(bench.use.suggest(conversation, limit))


def test_what_answered_messages_like_this_comes_first(bench: Bench) -> None:
    hours = bench.keep("We are open {opening_hours}", name="Opening hours")
    sorry = bench.keep("So sorry, it comes today", name="Late")
    for number, text in enumerate(
        ["where is my order", "my order is late", "where is my late order", "the order is late"]
    ):
        asked = bench.hear(text, author=Contact(f"q{number}", f"Q {number}", f"@q{number}"))
        bench.answer(asked, "So sorry", template=sorry.id, language="en")
    bench.answer(bench.hear("are you open on sunday", author=DEV), "yes", template=hours.id, language="en")
    found = suggest(bench, bench.hear("where is my order? it is late"))
    assert [one.template_id for one in found][:1] == [sorry.id]
    assert found[0].why.startswith("Answered 4 messages like this: “")
    assert found[0].text == "So sorry, it comes today"
    assert hours.id not in [one.template_id for one in found]


def test_a_past_reply_is_offered_without_what_is_another_customers(bench: Bench) -> None:
    asked = bench.hear("do you bake gluten free bread, order 4812?", author=DEV)
    bench.answer(asked, "Hi Dev, yes, every Friday. Your order 4812 has it.")
    bench.shop.clock.forward(days=3)
    found = suggest(bench, bench.hear("Do you have gluten free bread?"))
    assert found[0].why == "You answered Dev P. with this on 24 Nov."
    assert found[0].template_id == ""
    assert found[0].reply_text == "Hi Jana, yes, every Friday. Your order [order] has it."
    assert [found[0].reply_text[start:end] for start, end, _ in found[0].stops] == ["[order]"]


def test_a_templates_own_words_speak_for_it(bench: Bench) -> None:
    made = bench.keep("Our gluten free bread comes on Fridays", name="Gluten")
    bench.keep("Something else", name="Else")
    found = suggest(bench, bench.hear("is there gluten free bread"))
    assert [one.template_id for one in found] == [made.id]
    assert found[0].why == "Its words are like this message: “gluten”, “free”, “bread”."


def test_what_a_rule_names_comes_first(bench: Bench) -> None:
    bench.keep("Our gluten free bread comes on Fridays", name="Gluten")
    ruled = bench.keep("Call us", name="Call", client_id="c1")
    other = bench.keep("Not ours", name="Theirs", client_id="c2")
    rule = Rule("r1", "Big orders", When(words=("order",)), Then(template=ruled.id), client_id="c1")
    bench.write(lambda db: priorities.set_rules(db, "c1", [rule]))
    tags = (f"template:{ruled.id}", f"template:{other.id}", "template:gone")
    found = suggest(bench, bench.hear("gluten free bread to order", tags=tags))
    assert [one.name for one in found] == ["Call", "Gluten"]
    assert found[0].why == "Your rule “Big orders” suggests it."


def test_near_duplicates_are_one_suggestion(bench: Bench) -> None:
    for number, name in enumerate(["Dev Patel", "Ana Silva", "Tom Reed"]):
        who = Contact(f"q{number}", name, f"@q{number}")
        asked = bench.hear("is the cake vegan", author=who)
        bench.answer(asked, f"Hi {name.split()[0]}, the cake on Saturdays is vegan, the others are not.")
        bench.shop.clock.forward(days=1)
    found = suggest(bench, bench.hear("which cake is vegan?"))
    assert len(found) == 1
    assert found[0].why.startswith("You answered 3 messages like this with it, last Tom R. on 26 Nov")
    assert found[0].reply_text.startswith("Hi Jana,")


def test_a_past_reply_that_a_template_says_too_is_the_template(bench: Bench) -> None:
    made = bench.keep("Hi {first_name}, the cake on Saturdays is vegan, the others are not.", name="Vegan")
    bench.answer(
        bench.hear("is the cake vegan", author=DEV), "Hi Dev, the cake on Saturdays is vegan, the others are not."
    )
    found = suggest(bench, bench.hear("vegan cake?"))
    assert [one.template_id for one in found] == [made.id]
    assert found[0].why == "Answered “is the cake vegan”"


def test_no_word_of_another_client_is_suggested(bench: Bench) -> None:
    shared = bench.keep("Thank you for asking", name="Shared")
    theirs = bench.hear("when does my bicycle repair finish", account="a2", author=DEV)
    bench.answer(theirs, "The Fern secret is Tuesday", template="")
    again = bench.hear(
        "when does the bicycle repair finish, please", account="a2", author=Contact("p9", "Ann B", "@ann")
    )
    bench.answer(again, "Thank you for asking", template=shared.id, language="en")
    ours = bench.hear("when does my bicycle repair finish")
    assert suggest(bench, ours) == [], "neither the reply nor the use of the shared template"
    assert shared.id in [one.template_id for one in suggest(bench, theirs)]


SAID = st.lists(st.sampled_from("order late cake vegan open sunday refund bread".split()), min_size=1, max_size=4)  # noqa: SIM905


@settings(max_examples=12, deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), SAID, SAID, st.booleans()), min_size=1, max_size=8), asked=SAID)
def test_the_wall_stands_whatever_was_answered(
    steps: list[tuple[bool, list[str], list[str], bool]], asked: list[str], tmp_path_factory: Any
) -> None:
    shop = Shop(Path(tmp_path_factory.mktemp("shop")))
    try:
        bench = Bench(shop)
        shared = bench.keep("bread cake", name="Shared")
        own = {
            client: bench.keep(f"{client} order late", name=f"Of {client}", client_id=client) for client in ("c1", "c2")
        }
        for number, (theirs, question, reply, with_template) in enumerate(steps):
            client, account = ("c2", "a2") if theirs else ("c1", "a1")
            who = Contact(f"q{number}", f"{client} Person", f"@q{number}")
            one = bench.hear(f"{client} {' '.join(question)}", account=account, author=who)
            template = (own[client] if number % 2 else shared).id if with_template else ""
            bench.answer(one, f"{client} {' '.join(reply)}", template=template)
        for account, other in (("a1", "c2"), ("a2", "c1")):
            one = bench.hear(" ".join(asked), account=account)
            told = [
                part for found in suggest(bench, one) for part in (found.name, found.text, found.why, found.reply_text)
            ]
            told += [part for hit in bench.use.search("", one) for part in (hit.name, hit.text)]
            assert not [part for part in told if other in part]

    finally:
        shop.db.close()


def test_a_reply_that_just_left_is_known(bench: Bench) -> None:
    one = bench.hear("is the cake vegan", author=DEV)
    assert suggest(bench, one) == []
    bench.answer(one, "On Saturdays it is.")
    other = bench.hear("is this cake vegan")
    assert [one.reply_text for one in suggest(bench, other)] == ["On Saturdays it is."]
    bench.shop.bus.publish(Changes(everything=True))
    assert len(suggest(bench, other)) == 1


def test_what_was_said_here_already_is_not_suggested_again(bench: Bench) -> None:
    one = bench.hear("is the cake vegan", author=DEV)
    bench.answer(one, "On Saturdays it is.")
    assert suggest(bench, one) == []


def test_no_direct_message_is_suggested_for_the_public(bench: Bench) -> None:
    asked = bench.hear("is the cake vegan", author=DEV, visibility=Visibility.DIRECT)
    bench.answer(asked, "For you it is.", visibility="direct")
    assert suggest(bench, bench.hear("is the cake vegan?")) == []
    private = bench.hear("is the cake vegan?", visibility=Visibility.DIRECT)
    assert [one.reply_text for one in suggest(bench, private)] == ["For you it is."]


def test_a_message_without_words_gets_no_suggestion(bench: Bench) -> None:
    bench.keep("Hello you", name="Hello")
    assert suggest(bench, bench.hear("👍")) == []
    assert suggest(bench, bench.hear(" ")) == []


# Uses and outcomes


def test_uses_are_counted_once_for_each_reply(bench: Bench) -> None:
    made = bench.keep()
    one = bench.hear("hello?")
    for _ in range(2):
        bench.write(
            lambda db: rows.used(
                db, made.id, reply_id="same", conversation=int(one), client_id="c1", language="en", variant=0,
                at=bench.shop.clock(),
            )
        )  # fmt: skip
    found = bench.use.all("")[0]
    assert (found.uses, found.used_at) == (1, START)
    assert bench.use.search("", one)[0].uses == 1


def test_what_came_after_is_counted(bench: Bench) -> None:
    made = bench.keep()
    for number, after in enumerate(["positive", "negative", "neutral", None, "late"]):
        who = Contact(f"q{number}", f"Q {number}", f"@q{number}")
        one = bench.hear("hello?", author=who, thread=f"t{number}")
        bench.answer(one, "Sorry", template=made.id, language="en")
        root = f"m{bench.number - 1}"
        if after == "late":
            bench.shop.clock.forward(days=8)
            bench.hear("thanks", author=who, mood="positive", reply_to=root, thread=f"t{number}")
        elif after:
            bench.shop.clock.forward(minutes=5)
            bench.hear("x", author=who, mood=after, reply_to=root, thread=f"t{number}")
    assert bench.use.outcome(made.id) == Outcome(5, 1, 1, 2)
    bench.write(lambda db: rows.settle(db, bench.shop.clock()))
    assert bench.use.outcome(made.id) == Outcome(5, 1, 1, 2)
    one = bench.hear("hello?", author=DEV, thread="new")
    bench.answer(one, "Sorry", template=made.id, language="en")
    assert bench.use.outcome(made.id) == Outcome(6, 1, 1, 2), "nobody knows yet"


# Out of what is written every day


def test_ten_answers_alike_may_as_well_be_a_template(bench: Bench) -> None:
    names = ["Ada A", "Ben B", "Cleo C", "Dan D", "Eve E", "Fay F", "Gus G", "Hal H", "Ida I", "Jon J"]
    for number, name in enumerate(names):
        one = bench.hear("open?", author=Contact(f"q{number}", name, f"@q{number}"))
        if number == 9:
            assert run(bench.use.repeated()) == []
        bench.answer(one, f"Hi {name.split()[0]}, we are open from nine to six, order {number}.")
        bench.shop.clock.forward(days=1)
    found = run(bench.use.repeated())
    assert [(one.client_id, one.count) for one in found] == [("c1", 10)]
    assert found[0].text == "Hi {first_name|there}, we are open from nine to six, order 9."
    run(bench.use.decline(found[0]))
    assert run(bench.use.repeated()) == []


def test_it_is_not_offered_where_a_template_says_it_already(bench: Bench) -> None:
    for number in range(12):
        one = bench.hear("open?", author=Contact(f"q{number}", f"Q{number} X", f"@q{number}"))
        bench.answer(one, "We are open from nine to six every day of the week.")
    assert len(run(bench.use.repeated())) == 1
    bench.keep("Hi {first_name|there}, we are open from nine to six every day of the week.")
    assert run(bench.use.repeated()) == []


def test_what_came_from_a_template_or_lies_back_too_far_does_not_count(bench: Bench) -> None:
    made = bench.keep("We are open from nine to six.", name="x", client_id="c2")
    for number in range(12):
        who = Contact(f"q{number}", f"Q{number} X", f"@q{number}")
        bench.answer(bench.hear("open?", author=who, account="a2"), "We are open from nine to six.", template=made.id)
        bench.answer(bench.hear("open?", author=who), "We are open from nine to six.")
    assert [one.client_id for one in run(bench.use.repeated())] == ["c1"]
    bench.shop.clock.forward(days=31)
    assert run(bench.use.repeated()) == []
