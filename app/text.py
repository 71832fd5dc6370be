"""Remote text made plain, once, at the border; and counting text the way platforms do."""

from __future__ import annotations

import html as html_
import importlib
import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

ELLIPSIS = "…"

# --- HTML ----------------------------------------------------------------------------------

_LONGEST_HTML = 60_000  # characters; the rest would be cut from the text anyway
_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"</p>\s*<p(?:\s[^<>]*)?>", re.IGNORECASE)
# what Mastodon and its kin send: these, with quoted attributes. Anything else goes through nh3
_PLAIN_TAG = re.compile(r"</?(?:p|a|span|b|i|strong|em|u|del)(?:\s+[a-z-]+=\"[^\"<>]*\")*\s*>")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_NO_TAG = re.compile(r"<(?=[^\s<>]*(?:@|://)[^\s<>]*>)|<(?![a-zA-Z/!?])")  # <bob@example.com>, <3, a < b
_TOKEN = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+=\"[^\"]*\")*)\s*/?>")
_ALT = re.compile(r"\balt=\"([^\"]*)\"")
_DROPPED = frozenset({"script", "style", "template", "iframe", "noscript", "noembed", "noframes", "title", "textarea"})
_BLOCKS = frozenset(["p", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "table", "figure"])
_LINES = frozenset(["div", "li", "tr", "dt", "dd", "section", "article", "header", "footer", "figcaption"])
_KEPT = _BLOCKS | _LINES | {"br", "hr", "a", "span", "code", "td", "th", "q", "img"}


def html_to_text(html: str) -> str:
    """Return the text of an HTML fragment, with lines, lists and quotes kept and links as their text.

    Mastodon shortens links by hiding parts of them; here they come out whole.
    Scripts and styles are dropped with their content. What is no HTML at all
    (snac2 sends text unescaped) keeps its lines. The result still wants `clean`.
    """
    if "<" not in html:
        return html_.unescape(html).strip() if "&" in html else html.strip()
    text = html
    if "\n" in text or "  " in text:
        if not re.search(r"<(?:p|br|div|li|pre)\b", text, re.IGNORECASE):
            text = text.replace("\r\n", "\n").replace("\n", "<br>")
        elif "<pre" not in text.lower():
            text = _SPACE.sub(" ", text)
    text = _PARAGRAPHS.sub("\n\n", _BREAK.sub("\n", text))
    text = _PLAIN_TAG.sub("", text)
    if "<" in text:
        return _any_html(html)
    if "&" in text:
        text = html_.unescape(text)
    return text.strip()


def _any_html(html: str) -> str:
    html = html[:_LONGEST_HTML]
    if _SURROGATES.search(html):
        html = _SURROGATES.sub("\ufffd", html)
    if "\n" in html and not re.search(r"<(?:p|br|div|li|pre|table)\b", html, re.IGNORECASE):
        html = html.replace("\n", "<br>")
    return _Writer().run(_cleaner().clean(_NO_TAG.sub("&lt;", html)))


@cache
def _cleaner() -> Any:
    return importlib.import_module("nh3").Cleaner(
        tags=set(_KEPT), clean_content_tags=set(_DROPPED), attributes={"img": {"alt"}}, link_rel=None
    )


class _Writer:
    """Turns well-formed HTML into lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line = ""
        self._marker = ""  # bullet or number that waits for the first word of its item
        self._lists: list[int] = []  # -1 for bullets, else the number reached
        self._quotes = 0
        self._pre = 0
        self._gap = False  # a block ended: an empty line before the next word

    def run(self, html: str) -> str:
        at = 0
        for found in _TOKEN.finditer(html):
            self._words(html[at : found.start()])
            self._tag(found[2], bool(found[1]), found[3])
            at = found.end()
        self._words(html[at:])
        self._end_line()
        return "\n".join(self._lines).strip()

    def _words(self, raw: str) -> None:
        if not raw:
            return
        text = html_.unescape(raw)
        if self._pre:
            first, *rest = text.split("\n")
            self._add(first)
            for line in rest:
                self._end_line(keep=True)
                self._add(line)
            return
        text = _SPACE.sub(" ", text)
        if not self._line:
            text = text.lstrip(" ")
        if text:
            self._add(text)

    def _add(self, text: str) -> None:
        if text and not self._line:
            if self._gap and self._lines and self._lines[-1]:
                self._lines.append("> " * self._quotes if self._quotes and self._lines[-1][0] == ">" else "")
            self._gap = False
            self._line = "> " * self._quotes + "  " * max(0, len(self._lists) - 1) + self._marker
            self._marker = ""
        self._line += text

    def _end_line(self, *, keep: bool = False) -> None:
        if self._line or keep:
            self._lines.append(self._line.rstrip(" "))
        self._line = ""

    def _tag(self, name: str, closing: bool, attributes: str) -> None:
        if name == "br":
            self._end_line(keep=True)
        elif name == "img":
            alt = _ALT.search(attributes)
            self._words(alt[1] if alt else "")
        elif name in ("td", "th"):
            if self._line and not closing:
                self._add(" ")
        elif name in _BLOCKS or name == "hr":
            nested = name in ("ul", "ol") and len(self._lists) > (0 if not closing else 1)
            item = name == "p" and bool(self._marker)  # <li><p>
            self._end_line()
            self._gap = self._gap or not (nested or item)
            self._nest(name, -1 if closing else 1)
        elif name in _LINES:
            self._end_line()
            if name == "li" and not closing:
                self._gap = self._gap and not self._in_list_already()
                self._marker = "• "
                if self._lists and self._lists[-1] >= 0:
                    self._lists[-1] += 1
                    self._marker = f"{self._lists[-1]}. "

    def _in_list_already(self) -> bool:
        return bool(self._lines) and bool(re.match(r"(?:> )*\s*(?:• |\d+\. )", self._lines[-1]))

    def _nest(self, name: str, step: int) -> None:
        if name == "blockquote":
            self._quotes = min(max(0, self._quotes + step), 8)
        elif name == "pre":
            self._pre = max(0, self._pre + step)
        elif name in ("ul", "ol"):
            if step > 0:
                self._lists.append(0 if name == "ol" else -1)
            elif self._lists:
                self._lists.pop()


# --- cleaning ------------------------------------------------------------------------------

_SURROGATES = re.compile("[\ud800-\udfff]")
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# controls, directional overrides and isolates, invisible characters without a use in text, and
# "tag" characters but for those that make a flag (England's is 🏴 and six of them)
_HOSTILE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u206f\u200b\u2060-\u2065"
    "\ufeff\ufff9-\ufffb\u180e]|(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0000-\U000e007f]+"
)
_PILED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_MANY_LINES = re.compile(r"\n(?:[ \u00a0]*\n){2,}")


def clean(text: str, limit: int = 10_000) -> str:
    """Return `text` fit to keep and to paint: at most `limit` characters, cut between graphemes with "…".

    NFC; newlines are "\\n" and at most two in a row; no controls, NUL, lone
    surrogates, directional overrides or hidden characters, and no towers of
    accents. What emoji, Indic and Arabic scripts need stays (joiners, U+FE0F).
    Doing it twice changes nothing.
    """
    if not (text.isascii() and text.isprintable()):
        if not text.replace("\n", "").isprintable():  # nothing hostile is printable
            text = _NEWLINES.sub("\n", text.replace("\t", " "))
            text = _HOSTILE.sub("", text)
        if not text.isascii():
            text = _PILED.sub(r"\1", unicodedata.normalize("NFC", text))
        if "\n\n" in text or "\n " in text or "\n\u00a0" in text:
            text = _MANY_LINES.sub("\n\n", text)
    text = text.strip()
    return text if len(text) <= limit else _cut(text, limit).rstrip() + ELLIPSIS


def _cut(text: str, limit: int) -> str:
    """Return the start of `text`, whole graphemes, with room for the ellipsis."""
    room = max(0, limit - len(ELLIPSIS))
    if text[: room + 1].isascii():
        return text[:room]
    end = 0
    for found in _grapheme().finditer(text, 0, room + 64):
        if found.end() > room:
            break
        end = found.end()
    return text[:end]


@cache
def _grapheme() -> Any:
    return importlib.import_module("regex").compile(r"\X")  # 15 ms, and most texts never ask


# --- counting and shortening -----------------------------------------------------------------------

_URL = re.compile(r"\bhttps?://[^\s<>\"“”]{1,2000}", re.IGNORECASE)
_URL_TAIL = ".,;:!?'»…"


def graphemes(text: str) -> int:
    """Return how many characters a person sees."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    rest = _INSIDE.sub("", text)  # most of a text is plain, and twenty times as fast to count
    return len(text) - len(rest) + len(_grapheme().findall(rest))


_INSIDE = re.compile(r"(?<=[ -~])[ -~]+(?=[ -~])")


def length(text: str, url_length: int | None = None, weighted: bool = False) -> int:
    """Return the graphemes of `text` with every link counted as `url_length`, if that is given.

    `weighted` counts as X does: Latin, Greek, Cyrillic, Arabic and Indic letters and the usual marks are 1, emoji
    and every other character 2, after NFC, and addresses without "https://" are links too.
    """
    count, found = graphemes, links
    if weighted:
        text, count, found = unicodedata.normalize("NFC", text), _weight, all_links
    if url_length is None or ("://" not in text and not (weighted and "." in text)):
        return count(text)
    total = at = 0
    for start, end in found(text):
        total += count(text[at:start]) + url_length
        at = end
    return total + count(text[at:])


# docs.x.com, "Counting characters", and twitter-text's configuration v3: the ranges that weigh 1
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_TWO = "\u4e00"  # any character that weighs 2


def _weight(text: str) -> int:
    if text.isascii():
        return len(text)
    text = _emoji().sub(_TWO, text)
    return len(text) + len(_HEAVY.findall(text))


@cache
def _emoji() -> Any:
    """One emoji as it is seen: flags, keycaps, skin tones and families are one each, U+00A9 only if it is shown so."""
    one = r"(?:[\p{Emoji}&&\p{ExtPict}--[©®]]|[©®](?=\ufe0f))(?:\ufe0f|\p{Emoji_Modifier})?"
    return importlib.import_module("regex").compile(
        rf"(?V1)\p{{RI}}\p{{RI}}|[0-9#*]\ufe0f?\u20e3|{one}(?:[\U000e0020-\U000e007e]+\U000e007f)?(?:\u200d{one})*"
    )


_BARE = re.compile(
    r"(?<![\w@.$#/:-])((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,4})([a-z]{2,12})(?![\w@-]|\.[a-z])"
    r"(/[^\s<>\"“”]{0,2000})?",
    re.IGNORECASE | re.ASCII,
)
_ENDINGS = frozenset(
    ("com", "net", "org", "info", "biz", "shop", "store", "app", "dev", "social", "site", "online", "club", "eu", "tv")
)


def all_links(text: str) -> list[tuple[int, int]]:
    """As `links`, with addresses that begin without "https://"."""
    places = links(text)
    for found in _BARE.finditer(text):
        start, end = found.span()
        ending = found[2].lower()
        # a country's ending alone is no sign: "thanks.it" is a missing space more often than a site
        sure = ending in _ENDINGS or (len(ending) == 2 and (found[1].count(".") > 1 or found[3]))
        if sure and not any(start < to and end > at for at, to in places):
            places.append((start, start + len(found[0].rstrip(_URL_TAIL))))
    return sorted(places)


def links(text: str) -> list[tuple[int, int]]:
    """Return where the http(s) addresses in `text` start and end, without the punctuation after them."""
    places = []
    for found in _URL.finditer(text):
        address = found[0]
        while address:
            if address[-1] in _URL_TAIL or (address[-1] == ")" and address.count(")") > address.count("(")):
                address = address[:-1]
            else:
                break
        if len(address) > len("https://"):
            places.append((found.start(), found.start() + len(address)))
    return places


def first_line(text: str) -> str:
    """Return the first line that holds anything."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def snippet(text: str, n: int) -> str:
    """Return `text` on one line, at most `n` characters, cut between words where one ends close by."""
    line = " ".join(text[: n * 4 + 64].split()) if len(text) > n * 4 + 64 else " ".join(text.split())
    if len(line) <= n:
        return line
    short = _cut(line, n)
    space = short.rfind(" ")
    if not line[len(short)].isspace() and space > len(short) // 2:
        short = short[:space]
    return short.rstrip() + ELLIPSIS


# --- time ------------------------------------------------------------------------------------------

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = re.compile(r"\d{9,13}(?:\.\d+)?", re.ASCII)
_AHEAD = timedelta(minutes=10)  # a clock that is this far off is believed


def parse_time(value: object, now: datetime) -> datetime | None:
    """Return a platform's date as aware UTC, None for nonsense.

    Takes ISO 8601 (without a zone: UTC), mail dates, and epoch seconds or
    milliseconds as number or text. What lies more than ten minutes ahead is
    given as `now`: nothing can have been written tomorrow, and a timer would
    otherwise never come due.
    """
    try:
        at = _time(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if at is None or at < _EPOCH:
        return None
    return now if at > now + _AHEAD else at


def _time(value: object) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, datetime):
        at = value
    elif isinstance(value, int | float):
        return _from_epoch(float(value))
    elif isinstance(value, str):
        text = value.strip()
        if "-" not in text and _SECONDS.fullmatch(text):
            return _from_epoch(float(text))
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            if "," not in text and text.count(" ") < 3:
                return None
            at = parsedate_to_datetime(text)
    else:
        return None
    if at.tzinfo is UTC:  # "Z", by far the most common
        return at
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _from_epoch(seconds: float) -> datetime | None:
    if not math.isfinite(seconds) or seconds <= 0:
        return None
    if seconds > 1e11:
        seconds /= 1000
    return _EPOCH + timedelta(seconds=seconds)
