from __future__ import annotations

import random
import statistics
import string
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Contact, Kind, Reason, Triage
from app.errors import InputError
from app.rules import Facts, Rule, Rules, Then, When, checked, without_rules
from tests.app.platform import START, mention
from tests.values import replace

PLAIN = Triage("neutral", (Reason("question", 0),), ("question",), "en")


def rule(id_: str = "r1", *, then: Then | None = None, enabled: bool = True, **when: object) -> Rule:
    return Rule(id_, f"Rule {id_}", When(**when), then or Then(minutes=-10), enabled)  # type: ignore[arg-type]


def holds(
    text: str = "hello", at: datetime = START, facts: Facts | None = None, judged: Triage = PLAIN, **when: object
) -> bool:
    more = when.pop("mention", {})
    found = Rules([rule(**when)]).matching(mention("m1", text, at, **more), judged, facts or Facts())  # type: ignore[arg-type]
    return bool(found)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("refund", "I want a REFUND now", True),
        ("refund", "I was refunded", False),  # whole words
        ("refund", "#refund", True),
        ("money back", "my money  back, please", True),
        ("money back", "money is back", False),
        ("cafe", "le Café", True),
        ("café", "the cafe", True),
        ("schon", "schön", False),  # another word in German
        ("schön", "SCHÖN", True),
        ("can't pay", "I can\u2019t pay", True),
        ("wi-fi", "no wi fi here", True),
        ("allergie", "à cause de l'allergie", True),
        ("退款", "我要退款谢谢", True),
        ("ตั๋ว", "ขอตั๋วหน่อย", True),
        ("🔥", "the shop is on 🔥!", True),
        ("c.*", "c and more", True),  # never a pattern
        ("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", False),
        ("a", "", False),
    ],
)
def test_words_are_whole_and_never_patterns(words: str, text: str, expected: bool) -> None:
    assert holds(text, words=("nothing at all", words)) is expected


def test_a_content_warning_is_read_too() -> None:
    assert holds("look", words=("glass",), mention={"spoiler": "Glass in the bread"})


@pytest.mark.parametrize(
    ("when", "given_", "expected"),
    [
        ({"platforms": ("mastodon",)}, {"facts": Facts("mastodon")}, True),
        ({"platforms": ("mastodon",)}, {"facts": Facts("bluesky")}, False),
        ({"kinds": ("review",)}, {"mention": {"kind": Kind.REVIEW}}, True),
        ({"kinds": ("review",)}, {}, False),
        ({"moods": ("negative", "neutral")}, {}, True),
        ({"moods": ("negative",)}, {}, False),
        ({"languages": ("de", "es")}, {"mention": {"language": "de-AT"}}, True),
        ({"languages": ("en",)}, {}, True),  # as triage found
        ({"languages": ("de",)}, {}, False),
        ({"followers": 2000}, {}, True),
        ({"followers": 3000}, {}, False),
        ({"followers": 1}, {"mention": {"author": Contact("x", "X", "@x")}}, False),
        ({"contacts": ("JANA@example.social",)}, {}, True),
        ({"contacts": ("@somebody@example.social",)}, {}, False),
        ({"vip": True}, {"facts": Facts(vip=True)}, True),
        ({"vip": True}, {}, False),
        ({"vip": True, "contacts": ("@jana@example.social",)}, {}, True),
    ],
)  # fmt: skip
def test_conditions(when: dict[str, object], given_: dict[str, object], expected: bool) -> None:
    assert holds(**when, **given_) is expected  # type: ignore[arg-type]


def test_every_condition_must_hold() -> None:
    assert holds("refund please", words=("refund",), followers=2000)
    assert not holds("refund please", words=("refund",), followers=5000)
    assert not holds("hello", words=("refund",), followers=2000)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-27T21:30+00:00", True),  # Friday 22:30 in Berlin
        ("2026-11-28T00:59+00:00", True),  # the small hours belong to Friday's evening
        ("2026-11-28T01:00+00:00", False),
        ("2026-11-28T21:30+00:00", False),  # Saturday
        ("2026-11-27T20:59+00:00", False),  # 21:59
    ],
)
def test_times_are_the_clients_and_may_pass_midnight(at: str, expected: bool) -> None:
    berlin = Facts(zone=ZoneInfo("Europe/Berlin"))
    assert holds(at=datetime.fromisoformat(at), facts=berlin, days=(4,), start=22 * 60, end=2 * 60) is expected


def test_what_a_rule_leaves_on_a_message() -> None:
    rules = Rules(
        [
            rule("a", words=("refund",), then=Then(lane="thanks", minutes=-15, tag="Money")),
            rule("b", moods=("neutral",), then=Then(lane="care", template="t1")),
        ]
    )
    assert rules.apply(mention("m1", "a refund"), PLAIN, Facts()) == Triage(
        "neutral",
        (Reason("question", 0), Reason("rule:a", -15), Reason("rule:b", 0)),
        ("question", "tag:Money", "template:t1", "lane:care"),
        "en",
    )


def test_the_thread_around_a_message_is_left_alone() -> None:
    assert not Rules([rule(moods=("neutral",))]).matching(mention("m1", kind=Kind.CONTEXT), PLAIN, Facts())


some_rules = st.lists(
    st.builds(
        lambda words, moods, lane, minutes, tag, enabled: (words, moods, lane, minutes, tag, enabled),
        st.lists(st.sampled_from(["refund", "bread", "late again", "thanks"]), max_size=2).map(tuple),
        st.sampled_from([(), ("neutral",), ("negative",)]),
        st.sampled_from(["", "care", "normal", "thanks", "noise"]),
        st.integers(-60, 60),
        st.sampled_from(["", "One", "Two"]),
        st.booleans(),
    ),
    max_size=8,
).map(
    lambda made: [
        Rule(f"r{n}", f"Rule {n}", When(words=words, moods=moods), Then(lane, minutes, tag), enabled)
        for n, (words, moods, lane, minutes, tag, enabled) in enumerate(made)
    ]
)
texts = st.lists(
    st.sampled_from(["the", "bread", "is", "late", "again", "refund", "thanks", "never"]), max_size=12
).map(" ".join)


@given(some_rules, texts)
def test_all_that_hold_apply_in_order(rules: list[Rule], text: str) -> None:
    message = mention("m1", text)
    holding = [one for one in rules if one.enabled and Rules([one]).matching(message, PLAIN, Facts())]
    assert Rules(rules).matching(message, PLAIN, Facts()) == holding
    judged = Rules(rules).apply(message, PLAIN, Facts())
    added = judged.reasons[len(PLAIN.reasons) :]
    assert added == tuple(Reason(f"rule:{one.id}", one.then.minutes) for one in holding)
    lanes = [one.then.lane for one in holding if one.then.lane]
    assert [tag for tag in judged.tags if tag.startswith("lane:")] == [f"lane:{lane}" for lane in lanes[-1:]]
    assert {one.then.tag for one in holding if one.then.tag} == {
        tag.removeprefix("tag:") for tag in judged.tags if tag.startswith("tag:")
    }


@given(some_rules, texts)
def test_a_rule_that_is_off_is_as_good_as_absent(rules: list[Rule], text: str) -> None:
    message = mention("m1", text)
    without = Rules([one for one in rules if one.enabled])
    assert Rules(rules).apply(message, PLAIN, Facts()) == without.apply(message, PLAIN, Facts())


@given(some_rules, texts)
def test_rules_can_be_taken_off_a_message_again(rules: list[Rule], text: str) -> None:
    assert without_rules(Rules(rules).apply(mention("m1", text), PLAIN, Facts())) == PLAIN


@given(st.text(), st.text(min_size=1))
def test_no_text_and_no_word_can_break_it(text: str, word: str) -> None:
    message = mention("m1", text)
    Rules([rule(words=(word,))]).apply(message, PLAIN, Facts())


def test_what_is_kept_is_tidy_and_makes_sense() -> None:
    kept = checked(
        Rule(
            "a", "  My  rule ", When(words=(" late  again ", "late again", " "), days=tuple(range(7))), Then(tag=" x ")
        )
    )
    assert kept == Rule("a", "My rule", When(words=("late again",)), Then(tag="x"))
    assert checked(kept) == kept


@pytest.mark.parametrize(
    "wrong",
    [
        Rule("a", " ", When(vip=True), Then(minutes=1)),
        Rule("a", "x", When(), Then(minutes=1)),
        Rule("a", "x", When(vip=True), Then()),
        Rule("a", "x", When(vip=True), Then(lane="done")),
        Rule("a", "x", When(vip=True), Then(minutes=99_999)),
        Rule("a", "x", When(vip=True), Then(tag="x" * 31)),
        Rule("a", "x", When(start=5), Then(minutes=1)),
        Rule("a", "x", When(start=5, end=1500), Then(minutes=1)),
        Rule("a", "x", When(words=("x" * 101,)), Then(minutes=1)),
        Rule("a", "x", When(days=(9,)), Then(minutes=1)),
    ],
)
def test_nonsense_is_told(wrong: Rule) -> None:
    with pytest.raises(InputError):
        checked(wrong)


def test_fifty_rules_take_a_message_in_time() -> None:
    dice = random.Random(1)
    words = ["".join(dice.choices(string.ascii_lowercase, k=6)) for _ in range(500)]
    rules = Rules(
        [
            rule(f"r{n}", words=tuple(dice.choices(words, k=10)), moods=("neutral",) * (n % 2), start=0, end=600 + n)
            for n in range(50)
        ]
    )
    messages = [
        mention(str(n), " ".join(dice.choices(words, k=40)), START + n * timedelta(minutes=1)) for n in range(200)
    ]
    facts = Facts("mastodon", ZoneInfo("Europe/Berlin"))
    taken = []
    for _ in range(5):
        start = time.process_time()
        for one in messages:
            rules.apply(one, PLAIN, facts)
        taken.append((time.process_time() - start) / len(messages))
    assert statistics.median(taken) < 200e-6


def test_a_mention_is_never_changed() -> None:
    message = mention("m1", "refund", START.astimezone(UTC))
    before = replace(message)
    Rules([rule(words=("refund",))]).apply(message, PLAIN, Facts())
    assert message == before
