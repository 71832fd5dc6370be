from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import clean, first_line, graphemes, html_to_text, length, links, parse_time, snippet

NOW = datetime(2025, 3, 14, 12, 0, tzinfo=UTC)
ANY_TEXT = st.text(alphabet=st.characters(), max_size=300)
NASTY = st.text(
    alphabet=st.sampled_from(
        "aé \n\r\t\x00\x85\u2028\u202e\u2066\u200b\u200d\ufe0f\u0301\u0958\ud800\udc00👩👍🏽🇩🇪\U000e0067🏴…\u00a0"
    ),
    max_size=80,
)
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

TOOT = (
    '<p><span class="h-card" translate="no"><a href="https://m.example/@maple" class="u-url mention">@'
    "<span>maple</span></a></span> it hasn&#39;t come, see "
    '<a href="https://example.com/orders/2025/03/123" target="_blank" rel="nofollow noopener">'
    '<span class="invisible">https://</span><span class="ellipsis">example.com/orders/2025</span>'
    '<span class="invisible">/03/123</span></a></p><p>Thanks &amp; bye 😀<br />Second line</p>'
)


def test_a_toot_becomes_lines_with_whole_links() -> None:
    assert html_to_text(TOOT) == (
        "@maple it hasn't come, see https://example.com/orders/2025/03/123\n\nThanks & bye 😀\nSecond line"
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("just text", "just text"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<p>a</p>\n<p>b</p>", "a\n\nb"),
        ("<p>a<br>b<br/>c</p>", "a\nb\nc"),
        ("<p>a\n   b</p>", "a b"),
        ("<ul><li>one</li><li>two</li></ul>", "• one\n• two"),
        ("<ol><li>one</li><li>two</li></ol><p>end</p>", "1. one\n2. two\n\nend"),
        ("<p>he said</p><blockquote><p>no</p></blockquote><p>so</p>", "he said\n\n> no\n\nso"),
        ("<pre><code>a\n  b</code></pre>", "a\n  b"),
        ('<p>hi<script>alert("1")</script><style>p{}</style> there</p>', "hi there"),
        ('<p>x <img src="x" alt="😀"> y</p>', "x 😀 y"),
        ("<p onclick='a>b'>text</p>", "text"),
        ("<!-- hidden --><p>seen</p>", "seen"),
        # snac2 sends text as it was typed
        ("I <3 this & that", "I <3 this & that"),
        ("1 < 2\nand 3 > 2", "1 < 2\nand 3 > 2"),
        ("mail <bob@example.com>", "mail <bob@example.com>"),
        ("first\nsecond <b>bold</b>", "first\nsecond bold"),
        ("open <b>never closed", "open never closed"),
        ("cut <a href=", "cut"),
    ],
)
def test_html(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.text(alphabet=st.sampled_from("<>/pbra \n\"'=&;lt!-divscript\ud800\x00"), max_size=120))
def test_html_of_any_kind_is_survived(html: str) -> None:
    text = clean(html_to_text(html))
    assert not FORBIDDEN.search(text)


@pytest.mark.parametrize(
    "html", ['<a "' * 20_000, "<" * 50_000, "<div>" * 20_000, "<p " * 50_000, "</p> " * 50_000, "&#" * 50_000]
)
def test_html_made_to_take_long_ends(html: str) -> None:
    assert len(clean(html_to_text(html))) <= 10_000


@given(ANY_TEXT | NASTY)
def test_clean_twice_is_clean_once_and_holds_nothing_hostile(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not FORBIDDEN.search(once)
    assert unicodedata.is_normalized("NFC", once)
    once.encode()  # no lone surrogate is left


@given(ANY_TEXT | NASTY, st.integers(1, 40))
def test_clean_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    short = clean(text, limit)
    assert len(short) <= limit
    assert clean(short, limit) == short


def test_clean_takes_out_what_can_deceive() -> None:
    assert clean("pay\u202eline\u2066\x00\x07 \ufeffnow\u200b") == "payline now"
    assert clean("hi\U000e0041\U000e0042") == "hi"
    assert clean("a" + "\u0301" * 5000) == "á" + "\u0301" * 5
    assert clean("a\r\nb\u2028c\n\n\n\n \n d") == "a\nb\nc\n\n d"


def test_clean_keeps_what_scripts_and_emoji_need() -> None:
    england = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    for text in ("👩‍👩‍👧‍👦", "❤️", england, "می‌خواهم", "क्‍ष", "مرحبا"):
        assert clean(text) == unicodedata.normalize("NFC", text)


def test_cutting_keeps_an_emoji_family_whole() -> None:
    family = "👩‍👩‍👧‍👦"
    assert clean(f"abc{family}def", 9) == "abc…"
    assert clean(f"abc{family}def", 11) == f"abc{family}…"


def test_counting() -> None:
    assert graphemes("abc") == 3
    assert graphemes("👩‍👩‍👧‍👦é🇩🇪") == 3
    assert graphemes("a\r\nb") == 3
    assert length("see https://example.com/a/long/path, ok", 23) == len("see , ok") + 23
    assert length("see https://example.com") == len("see https://example.com")
    assert length("🇩🇪 https://a.example/x https://b.example", 23) == 2 + 23 + 1 + 23
    assert length("://", 23) == 3


@given(ANY_TEXT)
def test_a_text_without_links_counts_its_graphemes(text: str) -> None:
    assert length(text.replace("://", ""), 23) == graphemes(text.replace("://", ""))


def test_links_end_before_punctuation() -> None:
    text = "(https://example.com/a_(b)) and https://x.example/?q=1."
    assert [text[a:b] for a, b in links(text)] == ["https://example.com/a_(b)", "https://x.example/?q=1"]


def test_first_line_and_snippet() -> None:
    assert first_line("\n \n  hello \nworld") == "hello"
    assert first_line("") == ""
    assert snippet("short\n\ntext", 40) == "short text"
    assert snippet("one two three four five six", 14) == "one two three…"
    assert snippet("one two three four five six", 12) == "one two…"
    assert snippet("x" * 100, 10) == "x" * 9 + "…"


@given(ANY_TEXT | NASTY, st.integers(1, 60))
def test_a_snippet_is_one_short_line(text: str, n: int) -> None:
    line = snippet(text, n)
    assert len(line) <= n
    assert "\n" not in line


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2025-03-14T11:00:00.123Z", datetime(2025, 3, 14, 11, 0, 0, 123000, UTC)),
        ("2025-03-14T11:00:00", datetime(2025, 3, 14, 11, tzinfo=UTC)),
        ("2025-03-14 12:30:00+02:00", datetime(2025, 3, 14, 10, 30, tzinfo=UTC)),
        ("2025-03-14", datetime(2025, 3, 14, tzinfo=UTC)),
        ("Fri, 14 Mar 2025 11:00:00 GMT", datetime(2025, 3, 14, 11, tzinfo=UTC)),
        ("Fri Mar 14 11:00:00 +0000 2025", datetime(2025, 3, 14, 11, tzinfo=UTC)),
        (1741950000, datetime(2025, 3, 14, 11, tzinfo=UTC)),
        (1741950000000, datetime(2025, 3, 14, 11, tzinfo=UTC)),
        ("1741950000", datetime(2025, 3, 14, 11, tzinfo=UTC)),
        ("2025-03-14T12:05:00Z", NOW + timedelta(minutes=5)),
        ("2025-03-14T12:11:00Z", NOW),
        ("9999-12-31T23:59:59Z", NOW),
        ("0001-01-01T00:00:00+10:00", None),
        ("1969-12-31T00:00:00Z", None),
        (datetime(2025, 3, 14, 13, tzinfo=timezone(timedelta(hours=2))), datetime(2025, 3, 14, 11, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
        ("a, b", None),
        (None, None),
        (True, None),
        (0, None),
        (-5, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ([], None),
    ],
)
def test_dates(value: object, at: datetime | None) -> None:
    assert parse_time(value, NOW) == at


@given(st.text(max_size=40) | st.integers() | st.floats() | st.none())
def test_a_date_is_utc_and_not_ahead_or_none(value: object) -> None:
    at = parse_time(value, NOW)
    assert at is None or (at.tzinfo is UTC and at <= NOW + timedelta(minutes=10))
