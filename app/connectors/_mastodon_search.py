"""Brand search on a Mastodon server: hashtag timelines everywhere, words where the server has full-text search.

docs.joinmastodon.org/methods/timelines#tag and /methods/search. A server without Elasticsearch answers a search for
words with an empty list and no word of why, so `NOTE` says it. A mark holds one mark of `_mastodon_pull` for each
term: each term is a list of its own, read upwards with overlap and with holes that outlive a break.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from app.connectors import _mastodon_pull as reading
from app.connectors._mastodon_wire import Item, Me, Status, decoded, item, lenient, status_id
from app.domain import Kind, Page
from app.errors import GoneError
from app.http import Response, decode
from app.search_stream import Query

Call = Callable[..., Awaitable[Response]]
FIELDS = frozenset({"words", "phrases", "handles", "hashtags"})
NOTE = (
    "Hashtags are found on every server. Words, phrases and names are found only on servers with full-text search, "
    "and only in posts whose authors allow it."
)


class _Found(msgspec.Struct):
    statuses: list[msgspec.Raw] = []


def terms(query: Query) -> list[str]:
    """What is asked for, one list each: "#maple", "rye bread", '"maple & rye"', "@maplerye"."""
    asked = [f"#{tag.lstrip('#＃')}" for tag in query.hashtags]  # noqa: RUF001
    asked += [" ".join(word.split()) for word in query.words]
    asked += ['"' + " ".join(phrase.replace('"', " ").split()) + '"' for phrase in query.phrases]
    asked += [f"@{handle.lstrip('@')}" for handle in query.handles]
    return [term for term in dict.fromkeys(asked) if term.strip('#@" ')]


async def search(call: Call, me: Me, query: Query, mark: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield what is new for each term; a post that two terms find comes twice."""
    wanted = terms(query)
    marks = {term: text for term, text in _read(mark).items() if term in wanted}
    for term in wanted:
        try:
            async for page in reading.pull(_fetch(call, me, term), "search", marks.get(term), since):
                if page.mark is not None:
                    marks[term] = page.mark
                yield replace(page, mark=msgspec.json.encode(marks).decode())
        except GoneError:
            continue  # a server that has no such list; the others go on


def _fetch(call: Call, me: Me, term: str) -> reading.Fetch:
    async def timeline(cursor: dict[str, str]) -> list[Item]:
        path = f"/api/v1/timelines/tag/{quote(term[1:], safe='')}"
        response = await call("GET", path, params={"limit": str(reading.LIMIT), **cursor})
        raws = await decode(response, list[msgspec.Raw], platform="mastodon")
        return await asyncio.to_thread(_items, raws, me)

    async def found(cursor: dict[str, str]) -> list[Item]:
        params = {"q": term, "type": "statuses", "limit": str(reading.LIMIT), **cursor}
        answer = await decode(await call("GET", "/api/v2/search", params=params), _Found, platform="mastodon")
        return await asyncio.to_thread(_items, answer.statuses, me)

    return timeline if term.startswith("#") else found


def _items(raws: list[Any], me: Me) -> list[Item]:
    """Others' public posts as `Kind.SEARCH`, in the server's order; our own keep their place and say nothing."""
    result = []
    for name, status in decoded(raws, Status, "search"):
        if status is None:
            result.append(Item(name, damaged=True))
            continue
        one = item(status, me)
        boosted = lenient(status.reblog, dict[str, Any]) is not None
        found = None if one.mention is None or boosted else replace(one.mention, kind=Kind.SEARCH)
        result.append(Item(status_id(name, me), one.at, mention=found))
    return result


def _read(mark: str | None) -> dict[str, str]:
    try:
        return msgspec.json.decode(mark or "{}", type=dict[str, str])
    except msgspec.DecodeError:
        return {}
