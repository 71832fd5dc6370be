"""Keys, addresses, handles and rich text."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.connectors._bluesky_text import (
    TID_DIGITS,
    at_uri,
    facets,
    handle_of,
    new_tid,
    spans,
    tid_of,
    tid_time,
    web_url,
)
from app.errors import InputError

DIDS = {"bob.test": "did:plc:bob"}


def test_tids_are_unique_valid_and_sorted_even_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [new_tid() for _ in range(2000)]
    monkeypatch.setattr("app.connectors._bluesky_text.time.time_ns", lambda: 1)
    made += [new_tid() for _ in range(2000)]
    assert made == sorted(set(made))
    assert all(len(tid) == 13 and tid[0] in "234567abcdefghij" for tid in made)
    assert all(set(tid) <= set(TID_DIGITS) for tid in made)


@given(st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1), st.integers(0, 1023))
def test_tids_sort_as_their_times_do(one: int, other: int, clock: int) -> None:
    assert (tid_of(one, clock) < tid_of(other, clock)) == (one < other)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
def test_a_tid_gives_its_time_back(at: datetime) -> None:
    at = at.replace(tzinfo=UTC)
    assert tid_time(tid_of((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1), 7)) == at


@pytest.mark.parametrize("key", ["", "self", "zzzzzzzzzzzzz", "3jzfcijpj2z2a1", "3JZFCIJPJ2Z2A", "0000000000000"])
def test_other_keys_have_no_time(key: str) -> None:
    assert tid_time(key) is None


def test_a_new_tid_is_of_now() -> None:
    at = tid_time(tid_of(time.time_ns() // 1000))
    assert at is not None
    assert abs((datetime.now(UTC) - at).total_seconds()) < 5


# --- facets ----------------------------------------------------------------------------------------

words = st.sampled_from(
    [
        *("👩‍👩‍👧‍👦", "日本語", "é", "e\u0301", "🇩🇪", "plain", "@bob.test", "https://maplerye.com/日本?x=ü", "#brot"),
        *("#日本", "שלום", "maplerye.com", "(https://example.com/a_(b))", "@nobody", "x@y.com", "#", "@", "…", "\n"),
    ]
)


@given(st.lists(st.one_of(words, st.text(max_size=8)), max_size=12).map(" ".join))
def test_facets_cut_utf8_exactly_where_their_text_is(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    raw, end = text.encode(), 0
    for facet in facets(text, DIDS):
        index, feature = facet["index"], facet["features"][0]
        assert end <= index["byteStart"] < index["byteEnd"] <= len(raw)
        end = index["byteEnd"]
        part = raw[index["byteStart"] : end].decode()  # raises where a character is cut
        kind = feature["$type"].rpartition("#")[2]
        if kind == "link":
            assert feature["uri"] in (part, f"https://{part}")
        elif kind == "mention":
            assert DIDS[part.removeprefix("@").lower()] == feature["did"]
        else:
            assert part[0] in "#＃"  # noqa: RUF001
            assert part[1:] == feature["tag"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://maplerye.com/menu.", [("link", "https://maplerye.com/menu")]),
        ("(https://en.wikipedia.org/wiki/Rye_(bread))", [("link", "https://en.wikipedia.org/wiki/Rye_(bread)")]),
        ("(see maplerye.com/a)", [("link", "https://maplerye.com/a")]),
        ("at maplerye.com, daily", [("link", "https://maplerye.com")]),
        ("Thanks.It was great", []),
        ("write to shop@maplerye.com", []),
        ("thanks @Bob.test!", [("mention", "bob.test")]),
        ("(@bob.test)", [("mention", "bob.test")]),
        ("@bob.test.", [("mention", "bob.test")]),
        ("@bob alone, a@b.com", []),
        ("#Brot, #1 #a1 #日本語。", [("tag", "Brot"), ("tag", "a1"), ("tag", "日本語")]),
        ("https://a.com#frag @b.example", [("link", "https://a.com#frag"), ("mention", "b.example")]),
        ("http:// https://", []),
        ("bäckerei.de, maplerye.co.uk!", [("link", "https://bäckerei.de"), ("link", "https://maplerye.co.uk")]),
        (
            "vai su www.panificio.it oppure panificio.it/orari.",
            [("link", "https://www.panificio.it"), ("link", "https://panificio.it/orari")],
        ),
        ("grazie.it is no site, v1.2/3 neither", []),
        (
            "“https://maplerye.com/a” and [maplerye.com]",
            [("link", "https://maplerye.com/a"), ("link", "https://maplerye.com")],
        ),
        ("看 https://maplerye.com/菜单。", [("link", "https://maplerye.com/菜单")]),
        ("(https://maplerye.com/a))…", [("link", "https://maplerye.com/a")]),
        ("“@bob.test” and «@b.example»", [("mention", "bob.test"), ("mention", "b.example")]),
        ("me@www.maplerye.it/x", []),
        ("#a_b-c! ##x #🥐 #\ufe0f #12.5", [("tag", "a_b-c"), ("tag", "#x"), ("tag", "🥐")]),
        ("https://[bad", []),
    ],
)
def test_what_is_a_link_a_mention_or_a_tag(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(span.kind, span.value) for span in spans(text)] == expected


def test_a_handle_that_nobody_has_stays_plain() -> None:
    assert facets("@bob.test and @gone.test", DIDS) == [
        {
            "index": {"byteStart": 0, "byteEnd": 9},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:bob"}],
        }
    ]


def test_hostile_texts_do_not_take_long() -> None:
    began = time.perf_counter()
    for text in ("a." * 5000, "#" * 10_000, "@" + "a." * 5000, "https://" + "(" * 9000, "a-" * 5000, "(" * 10_000):
        spans(text)
    assert time.perf_counter() - began < 2


# --- handles and addresses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("@maplerye.com", "maplerye.com"),
        ("  MapleRye.com \n", "maplerye.com"),
        ("maplerye", "maplerye.bsky.social"),
        ("\u202a@maplerye.bsky.social\u202c", "maplerye.bsky.social"),
        ("https://bsky.app/profile/maplerye.com", "maplerye.com"),
        ("https://bsky.app/profile/maplerye.com/post/3k?x=1", "maplerye.com"),
        ("bsky.app/profile/did:plc:m5g5hrdnfhyw354aqegm65kr", "did:plc:m5g5hrdnfhyw354aqegm65kr"),
        ("at://maplerye.com", "maplerye.com"),
        ("did:web:maplerye.com", "did:web:maplerye.com"),
        ("https://maplerye.com/", "maplerye.com"),
    ],
)
def test_handles_as_people_type_them(typed: str, expected: str) -> None:
    assert handle_of(typed) == expected


@pytest.mark.parametrize("typed", ["", "@", "shop@maplerye.com", "maple rye", "-a-.com", "a..b", "x" * 300, "1.2.3.4"])
def test_what_is_no_handle(typed: str) -> None:
    with pytest.raises(InputError, match="Bluesky handle"):
        handle_of(typed)


def test_addresses_of_posts() -> None:
    uri = "at://did:plc:bob/app.bsky.feed.post/3k"
    assert at_uri(uri) == ("did:plc:bob", "app.bsky.feed.post", "3k")
    assert web_url(uri, "bob.test") == "https://bsky.app/profile/bob.test/post/3k"
    assert web_url(uri, "handle.invalid") == "https://bsky.app/profile/did:plc:bob/post/3k"
    assert web_url("at://did:plc:bob/app.bsky.graph.follow/3k", "bob.test") == ""
    assert [at_uri(bad) for bad in (None, "", "at://x", "at://a//c", "https://a/b/c")] == [None] * 5
