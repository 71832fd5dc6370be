"""Which promise holds: the shortest of all that fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Kind
from app.errors import InputError
from app.timers import USUAL, OpeningHours, Target, Targets, due_at, due_by, target_for
from app.timers.targets import KINDS, known

MINUTE = timedelta(minutes=1)
OFFICE = OpeningHours([[(540, 1020)]] * 5, zone="Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def test_the_usual_promises() -> None:
    posted = at("2026-10-16T10:00")
    assert due_at(Kind.MENTION, "negative", ("question",), posted, OFFICE) == (posted + 30 * MINUTE, "30 min")
    assert due_at(Kind.MESSAGE, "positive", (), posted, OFFICE)[1] == "30 min"
    assert due_at(Kind.MENTION, "neutral", ("question",), posted, OFFICE) == (posted + 120 * MINUTE, "2 h")
    assert due_at(Kind.REVIEW, "positive", ("praise",), posted, OFFICE) == (at("2026-10-16T17:00"), "same day")
    assert due_at(Kind.REVIEW, "positive", (), at("2026-10-16T17:00"), OFFICE)[0] == at("2026-10-19T17:00")
    assert due_at(Kind.MENTION, "neutral", (), posted, OFFICE)[1] == "same day"
    assert due_at(Kind.MENTION, "positive", ("praise",), posted, OFFICE, vip=True)[1] == "30 min"


def test_the_worked_example() -> None:
    assert due_at("mention", "negative", (), at("2026-10-16T16:45"), OFFICE) == (at("2026-10-19T09:15"), "30 min")


@pytest.mark.parametrize(
    ("message", "chosen", "name"),
    [
        ((Kind.MENTION, "neutral", ()), {"mention": Target(60)}, "1 h"),
        ((Kind.REPLY, "neutral", ()), {"mention": Target(60)}, "same day"),
        ((Kind.MENTION, "negative", ()), {"mention": Target(60)}, "30 min"),
        ((Kind.MENTION, "negative", ()), {"mention": Target(10)}, "10 min"),
        ((Kind.MESSAGE, "negative", ()), {"negative": Target(240), "message": Target(90)}, "90 min"),
        ((Kind.MESSAGE, "neutral", ("question",)), {"message": Target()}, "2 h"),
        ((Kind.MENTION, "neutral", ()), {"other": Target(45)}, "45 min"),
        ((Kind.MENTION, "positive", ("praise",)), {"other": Target(45)}, "same day"),
        ((Kind.REVIEW, "neutral", ()), {"review": Target(2 * 1440)}, "48 h"),
        ((Kind.REVIEW, "positive", ("praise",)), {"review": Target(2 * 1440)}, "same day"),
        ((Kind.MENTION, "neutral", ()), {"platform:bluesky": Target(15)}, "15 min"),
        ((Kind.MENTION, "neutral", ()), {"platform:mastodon": Target(15)}, "same day"),
    ],
)
def test_the_shortest_that_fits_holds(
    message: tuple[str, str, tuple[str, ...]], chosen: dict[str, Target], name: str
) -> None:
    assert target_for(*message, Targets(chosen), platform="bluesky").name == name
    assert target_for(*message, Targets(chosen).on("bluesky")).name == name


def test_a_vip_has_half_an_hour_unless_set_otherwise() -> None:
    assert target_for("mention", "neutral", (), vip=True).name == "30 min"
    assert target_for("mention", "neutral", (), Targets(vip=Target(10)), vip=True).name == "10 min"
    assert target_for("mention", "neutral", (), Targets(vip=Target()), vip=True).name == "same day"
    assert target_for("mention", "negative", (), Targets(vip=Target()), vip=True).name == "30 min"


targets = st.builds(Target, st.none() | st.integers(1, 30 * 1440))
names = st.sampled_from([*USUAL, *KINDS, "platform:bluesky", "platform:google"])
messages = st.tuples(
    st.sampled_from([kind.value for kind in Kind]),
    st.sampled_from(["negative", "neutral", "positive"]),
    st.sets(st.sampled_from(["question", "praise", "refund"])),
    st.booleans(),
)


@given(st.dictionaries(names, targets), messages, names, targets)
def test_a_further_promise_never_makes_anybody_wait_longer(
    chosen: dict[str, Target], message: tuple[str, str, set[str], bool], name: str, more: Target
) -> None:
    kind, mood, tags, vip = message

    def minutes(promises: Targets) -> int:
        found = target_for(kind, mood, tags, promises, platform="bluesky", vip=vip).minutes
        return 1440 if found is None else found

    if name in Targets(chosen).all() or name == "other":
        return
    before, after = Targets(chosen), Targets({**chosen, name: more})
    fits_nothing = target_for(kind, mood, tags, before, platform="bluesky", vip=vip) == before.all()["other"]
    assert minutes(after) <= minutes(before) or fits_nothing


@given(st.dictionaries(names, targets))
def test_targets_survive_json_and_the_table(chosen: dict[str, Target]) -> None:
    promises = Targets(chosen)
    assert Targets.from_json(promises.to_json()) == promises
    stored = Targets(known((name, target.minutes) for name, target in promises.changed().items()))
    assert stored == promises
    assert hash(stored) == hash(promises)
    assert promises.on("bluesky").all() == promises.all()
    assert promises.on("bluesky") != promises


def test_a_kind_may_be_told_by_its_word() -> None:
    for kind, mood, vip in product(Kind, ("negative", "neutral"), (False, True)):
        assert target_for(kind, mood, ("question",), vip=vip) is target_for(kind.value, mood, ("question",), vip=vip)


def test_what_cannot_be_promised_is_said() -> None:
    assert Targets.from_json("") == Targets()
    assert Targets.from_json('{"question": 90}').question.name == "90 min"
    for bad in (
        "[]", '{"negative": "soon"}', '{"negative": 0}', '{"negative": 1e9}', '{"other": 999999}', '{"x": 1}',
        '{"vip": true}', '{"platform:": 5}', "{",
    ):  # fmt: skip
        with pytest.raises(InputError):
            Targets.from_json(bad)
    with pytest.raises(InputError, match="no target called"):
        Targets(surprise=Target(5))
    with pytest.raises(AttributeError):
        _ = Targets().quote


def test_what_a_newer_version_stored_is_left_out() -> None:
    assert known([("negative", 5), ("weather", 5), ("vip", 0), ("review", None)]) == {
        "negative": Target(5),
        "review": Target(),
    }


@given(st.none() | st.integers(1, 30 * 1440))
def test_a_target_is_known_by_its_name(minutes: int | None) -> None:
    assert Target.from_name(Target(minutes).name) == Target(minutes)


def test_other_words_are_no_target() -> None:
    assert [Target.from_name(words) for words in ("", "soon", "x min", "5 d", "-5 min")] == [None] * 5
    assert due_by(Target(), at("2026-10-16T10:00"), OFFICE) == at("2026-10-16T17:00")
