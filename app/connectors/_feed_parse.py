"""What a feed says, made into items; and the feed that a site's page names. Runs in a worker thread.

RSS 0.9 to 2.0 and Atom are read by feedparser, well-formed or not. Google Alerts' feeds are Atom whose links lead
through google.com; here they are the real addresses.
"""

from __future__ import annotations

import calendar
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from app.domain import Contact, Kind, Media, Mention
from app.errors import BadAnswerError
from app.http import Response
from app.text import clean, first_line, html_to_text, parse_time

MOST_ENTRIES = 1000  # of one page of a feed
LONGEST_KEY = 200  # characters of an entry's own id; a longer one is replaced by its hash
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+xml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what it is known by, and a hash of what it says."""

    mention: Mention
    dated: bool  # it has a date of its own; else the time is that of the feed, or of reading
    print: str

    @property
    def name(self) -> str:
        """What a mark keeps of its id."""
        return short(self.mention.remote_id)


@dataclass(frozen=True, slots=True)
class Document:
    """One page of a feed, newest first as far as dates tell."""

    title: str
    language: str
    entries: tuple[Entry, ...]
    next: str = ""  # RFC 5005: the page with older entries
    damaged: int = 0  # entries that say nothing
    broken: bool = False  # not well-formed: what came after the flaw may be missing


def short(text: str, size: int = 12) -> str:
    """Return a hash of a text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:size]


def parse(answer: Response, account_id: str, now: datetime) -> Document:
    """Read an answer as a feed. Raises `BadAnswerError` for what is none."""
    import io

    import feedparser

    # as a stream: bytes alone would be tried as the name of a file
    told = {"content-location": answer.url, "content-type": answer.headers.get("content-type", "")}
    found: Any = feedparser.parse(
        io.BytesIO(answer.content), response_headers=told, sanitize_html=False, resolve_relative_uris=False
    )
    if not found.get("version") and not found.entries:
        raise BadAnswerError("This address has no news feed any more. Look for its new address on the site.")
    head: Any = found.feed
    broken = type(found.get("bozo_exception")).__name__.startswith("SAX")
    title = _plain(head.get("title")) or _host(answer.url)
    language = str(head.get("language") or "")[:20]
    at = _moment(head, now) or _http_date(answer, now) or now
    raws = [each for each in found.entries[:MOST_ENTRIES] if _says(each)]
    ids = [str(each.get("id") or each.get("link") or "").strip() for each in raws]
    entries = tuple(
        _entry(raw, account_id, answer.url, title, language, at, now, twice=ids.count(name) > 1 if name else False)
        for raw, name in zip(raws, ids, strict=True)
    )
    following = next((each.get("href", "") for each in head.get("links", ()) if each.get("rel") == "next"), "")
    unique = {entry.mention.remote_id: entry for entry in entries}
    return Document(
        title,
        language,
        tuple(sorted(unique.values(), key=lambda entry: entry.mention.posted_at, reverse=True)),
        urljoin(answer.url, following) if following else "",
        len(found.entries[:MOST_ENTRIES]) - len(raws),
        broken,
    )


def _says(raw: Any) -> bool:
    return any(raw.get(key) for key in ("title", "summary", "content", "link"))


def _entry(raw: Any, account_id: str, base: str, title: str, language: str, at: datetime, now: datetime, *,
           twice: bool) -> Entry:  # fmt: skip
    # what feedparser takes for plain text is no HTML: "<brackets>" stay
    plain = (raw.get("title_detail") or {}).get("type") == "text/plain"
    head = clean(str(raw.get("title") or "")) if plain else _plain(raw.get("title"))
    contents = raw.get("content") or ()
    body = _plain(contents[0].get("value") if contents else raw.get("summary"))
    link = unwrapped(urljoin(base, str(raw.get("link") or "")))
    url = link if link.startswith(("https://", "http://")) else ""
    key = str(raw.get("id") or "").strip() or link or f"{head}\n{body}"
    if twice:  # a feed that gives all its entries one id
        key = f"{key}#{short(link + head, 8)}"
    if len(key) > LONGEST_KEY or not key.isprintable():
        key = f"sha256:{short(key, 40)}"
    text = body if body and first_line(body).startswith(head.rstrip(".…")) else f"{head}\n\n{body}".strip()
    own = _moment(raw, now)
    updated = _moment(raw, now, ("updated_parsed",))
    author = _author(raw, url or base, title)
    mention = Mention(
        account_id=account_id,
        remote_id=key,
        author=author,
        text=clean(text) or url,
        posted_at=own or at,
        kind=Kind.SEARCH,
        url=url,
        language=language,
        media=_media(raw, base),
        edited_at=updated if updated and own and updated > own else None,
    )
    return Entry(mention, own is not None, short(f"{mention.text}\n{url}", 8))


def unwrapped(link: str) -> str:
    """Return the address that a link of Google Alerts leads to; other links stay as they are."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    if parts.path != "/url" or not host.startswith("google."):
        return link
    query = parse_qs(parts.query)
    real = (query.get("url") or query.get("q") or [""])[0]
    return real if real.startswith(("https://", "http://")) else link


def _author(raw: Any, url: str, title: str) -> Contact:
    source = raw.get("source") or {}
    name = _plain(raw.get("author")) or _plain(source.get("title") if hasattr(source, "get") else "")
    host = _host(url)
    name = name or (host if title.startswith("Google Alert") else title)
    return Contact(remote_id=f"{host}/{short(name)}", name=clean(name, 120) or host, handle=host)


def _media(raw: Any, base: str) -> tuple[Media, ...]:
    found = []
    for each in [*(raw.get("enclosures") or ()), *(raw.get("media_content") or ())][:8]:
        kind = str(each.get("type") or each.get("medium") or "")
        address = urljoin(base, str(each.get("href") or each.get("url") or ""))
        if address.startswith("https://") and kind.startswith("image"):
            found.append(Media(address))
    return tuple({each.url: each for each in found}.values())


def _plain(value: Any) -> str:
    return clean(html_to_text(str(value))) if value else ""


def _moment(raw: Any, now: datetime, keys: tuple[str, ...] = ("published_parsed", "updated_parsed")) -> datetime | None:
    for key in keys:
        if told := dict.get(raw, key):  # feedparser's own would warn, and give one date for the other
            try:
                return parse_time(calendar.timegm(told), now)
            except (ValueError, TypeError, OverflowError):
                continue
    return None


def _http_date(answer: Response, now: datetime) -> datetime | None:
    told = answer.headers.get("last-modified", "")
    return parse_time(told, now) if told else None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


class _Links(HTMLParser):
    """Collects <link rel="alternate"> of a page's head."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []  # title and address
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        told = {key: value or "" for key, value in attrs}
        if tag == "base":
            self.base = self.base or told.get("href", "")
        if tag != "link" or "alternate" not in told.get("rel", "").lower().split():
            return
        if told.get("type", "").split(";")[0].strip().lower() in _FEED_TYPES and told.get("href"):
            self.found.append((told.get("title", ""), told["href"]))


def feed_of_page(answer: Response) -> str:
    """Return the address of the feed that a page names, "" for none; a feed of comments only if there is no other."""
    reader = _Links()
    reader.feed(answer.content.decode("utf-8", "replace"))
    base = urljoin(answer.url, reader.base)
    found = sorted(reader.found, key=lambda each: "comment" in (each[0] + each[1]).lower())
    return next((url for _, href in found if (url := urljoin(base, href)).startswith(("https://", "http://"))), "")


def is_feed(answer: Response) -> bool:
    """Tell whether an answer is a feed, whatever it calls itself."""
    try:
        parse(answer, "", datetime.now(UTC))
    except BadAnswerError:
        return False
    return True
