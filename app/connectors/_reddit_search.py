"""Brand search among Reddit's posts: www.reddit.com/dev/api#GET_search. Comments cannot be searched there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
from msgspec.structs import replace

from app.connectors import _reddit_pull as reading
from app.connectors._reddit_session import Session
from app.connectors._reddit_wire import Item, Listing, Me, items
from app.domain import Page
from app.search_stream import Query

FIELDS = frozenset({"words", "phrases", "handles", "hashtags"})
LONGEST = 512  # "q: a string no longer than 512 characters"
_PLACE = re.compile(r"/?r/(\w{2,50})/?", re.ASCII | re.IGNORECASE)


def questions(query: Query) -> list[str]:
    """What is asked, as few times as its length allows: '"rye bread" OR maplerye', in communities if any are named."""
    names = [found[1] for place in query.places if (found := _PLACE.fullmatch(place.strip()))]
    within = " OR ".join(f"subreddit:{name}" for name in dict.fromkeys(names))
    words = [*query.words, *query.phrases, *(each.lstrip("@") for each in query.handles)]
    words += [tag.lstrip("#") for tag in query.hashtags]
    # everything in quotes: otherwise a sign in it could be taken for an operator
    terms = [f'"{plain}"' for word in words if (plain := " ".join(re.sub(r'["\\]', " ", word).split()))]
    asked: list[str] = []
    room = LONGEST - len(within) - 10
    for term in dict.fromkeys(terms):
        if asked and len(asked[-1]) + len(term) + 4 <= room:
            asked[-1] += f" OR {term}"
        else:
            asked.append(term)
    return [f"({each}) AND ({within})" if within else each for each in asked]


async def search(session: Session, me: Me, query: Query, mark: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield what is new for each question; a post that two find comes twice."""
    asked = questions(query)
    marks = {question: text for question, text in _read(mark).items() if question in asked}
    for question in asked:

        async def fetch(after: str, question: str = question) -> tuple[list[Item], str]:
            params = {"q": question, "sort": "new", "type": "link", "limit": str(reading.LIMIT), "t": "all"}
            listing = await session.get("/search", Listing, {**params, **({"after": after} if after else {})})
            found = await asyncio.to_thread(lambda: items(listing.data.children, me, search=True))
            return [replace(one, own=None) for one in found], listing.data.after or ""

        async for page in reading.pull(fetch, "search", marks.get(question), since):
            if page.mark is not None:
                marks[question] = page.mark
            yield replace(page, mark=msgspec.json.encode(marks).decode())


def _read(mark: str | None) -> dict[str, str]:
    try:
        return msgspec.json.decode(mark or "{}", type=dict[str, str])
    except msgspec.DecodeError:
        return {}
