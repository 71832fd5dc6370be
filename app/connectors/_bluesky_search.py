"""Brand search on Bluesky: app.bsky.feed.searchPosts, newest first, one search for each term.

The lexicon leaves the syntax of `q` open and recommends Lucene's: a phrase stands in quotation marks. A mark holds
one mark of `_bluesky_pull` for each term, which moves with the term's last page.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from app.connectors import _bluesky_pull as reading
from app.connectors._bluesky_items import Reader, each, list_at, object_of, text_at, when
from app.connectors._bluesky_session import Session
from app.connectors._bluesky_text import stamp
from app.domain import Gap, Kind, Mention, Page
from app.search_stream import Query

FIELDS = frozenset({"words", "phrases", "handles", "hashtags"})
_PAGES = 10  # of 100 posts, for one term and one reading


def terms(query: Query) -> list[str]:
    """What is asked for, one search each. Marks that mean something to a search engine are taken out."""
    plain = [" ".join(word.replace('"', " ").split()) for word in query.words]
    plain += ['"' + " ".join(phrase.replace('"', " ").split()) + '"' for phrase in query.phrases]
    plain += [f"@{handle.lstrip('@')}" for handle in query.handles]
    plain += [f"#{tag.lstrip('#＃')}" for tag in query.hashtags]  # noqa: RUF001
    return [term for term in dict.fromkeys(plain) if term.strip('#@" ')]


async def search(
    session: Session, reader: Reader, query: Query, mark: str | None, since: datetime
) -> AsyncIterator[Page]:
    """Yield what is new for each term; a post that two terms find comes once a reading."""
    wanted = terms(query)
    marks = {term: text for term, text in object_of(mark).items() if term in wanted and isinstance(text, str)}
    told: set[str] = set()
    for term in wanted:
        known = reading.Mark(marks.get(term), since)
        cursor, oldest = "", datetime.now(UTC)
        for number in range(1, _PAGES + 1):
            params = [("q", term), ("sort", "latest"), ("since", stamp(known.floor)), ("limit", "100")]
            params += [("cursor", cursor)] if cursor else []
            answer = await session.get("app.bsky.feed.searchPosts", params)
            posts = [one for one in list_at(answer, "posts") if isinstance(one, dict)]
            now = datetime.now(UTC)
            times = [when(text_at(one, "indexedAt"), text_at(one, "record", "createdAt"), now=now) for one in posts]
            oldest = min([oldest, *times])
            fresh = [one for one, at in zip(posts, times, strict=True) if known.seen(one, at)]
            fresh = [one for one in fresh if not reader.is_ours(uri := text_at(one, "uri")) and uri not in told]
            told |= {text_at(one, "uri") for one in fresh}
            await reading.add_followers(session, reader, fresh)
            found: list[Mention] = await asyncio.to_thread(each, fresh, lambda one: reader.mention(one, Kind.SEARCH))
            following, gap = text_at(answer, "cursor"), None
            ends = not following or following == cursor
            if not ends and number == _PAGES:
                gap = Gap(
                    "search", known.floor, oldest, "Too many posts were found to read them all. Narrow the search."
                )
            if ends or gap:
                marks[term] = known.text(oldest if gap else None)
            yield replace(Page(tuple(found), gap=gap), mark=msgspec.json.encode(marks).decode())
            if ends:
                break
            cursor = following
