"""Brand search in a community: /search.json, a question for each term, newest first.

Operators are on meta.discourse.org/t/search-filters ("order:latest", "after:2026-11-20", quotes for phrases). A mark
holds, for each term, the newest hits and the time of the newest one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from app.connectors._discourse_wire import Me, Post, is_ours, mention
from app.domain import Gap, Kind, Page
from app.http import Response, decode
from app.search_stream import Query
from app.text import parse_time

FIELDS = frozenset({"words", "phrases", "handles", "hashtags"})
PAGES = 10  # as many as Discourse answers (search_controller.rb)
KNOWN = 500  # all that those hold
Call = Callable[..., Awaitable[Response]]


class _Sum(msgspec.Struct):
    more_full_page_results: bool | str | None = None


class _Hit(msgspec.Struct):
    """A post as the search shows it: without its text, which `blurb` begins."""

    id: int
    topic_id: int
    post_number: int
    username: str = ""
    name: str | None = ""
    created_at: str = ""
    blurb: str = ""
    avatar_template: str = ""


class _Found(msgspec.Struct):
    posts: list[msgspec.Raw] = []
    grouped_search_result: _Sum | None = None


class _Mark(msgspec.Struct):
    at: datetime
    ids: list[int] = []


def terms(query: Query) -> list[str]:
    """One question each; in quotes, so that nothing in it is an operator."""
    words = [*query.words, *query.phrases, *(f"@{each.lstrip('@')}" for each in query.handles)]
    words += [tag.lstrip("#") for tag in query.hashtags]
    plain = (" ".join(word.replace('"', " ").split()) for word in words)
    return list(dict.fromkeys(f'"{each}"' for each in plain if each.strip("@")))


async def search(call: Call, me: Me, query: Query, mark: str | None, since: datetime) -> AsyncIterator[Page]:
    """Yield what is new for each term; a post that two terms find comes twice."""
    asked = terms(query)
    try:
        marks = msgspec.json.decode(mark or "{}", type=dict[str, _Mark])
    except msgspec.DecodeError:
        marks = {}
    marks = {term: known for term, known in marks.items() if term in asked}
    for term in asked:
        known = marks.get(term) or _Mark(since)
        # by the day, and a day more, since the community's day may be another than ours
        day = (known.at - timedelta(days=1)).strftime("%Y-%m-%d")
        hits: dict[int, Post] = {}
        more, number = True, 0
        while more and number < PAGES:
            number += 1
            params = {"q": f"{term} order:latest after:{day}", "page": str(number)}
            found = await decode(await call("GET", "/search.json", params=params), _Found, platform="Discourse")
            some = _posts(found.posts)
            hits.update((post.id, post) for post in some)
            told = found.grouped_search_result
            more = bool(told and told.more_full_page_results) and not {post.id for post in some} & set(known.ids)
        gap = None
        if more:
            why = "There were more hits than the community shows. The older ones are left out: narrow the search."
            gap = Gap("search", since, None, why)
        now = datetime.now(UTC)
        times = {id_: parse_time(post.created_at, now) or now for id_, post in hits.items()}
        fresh = [
            hits[id_] for id_ in hits if id_ not in known.ids and times[id_] >= since and not is_ours(hits[id_], me)
        ]
        if not fresh and gap is None and term in marks:
            continue
        ids = sorted(hits, key=lambda id_: times[id_], reverse=True)
        marks[term] = _Mark(max([known.at, *times.values()]), list(dict.fromkeys([*ids, *known.ids]))[:KNOWN])
        yield Page(
            mentions=tuple(mention(one, me, private=False, by_number={}, kind=Kind.SEARCH) for one in fresh),
            mark=msgspec.json.encode(marks).decode(),
            gap=gap,
        )


def _posts(raws: list[msgspec.Raw]) -> list[Post]:
    """Hits as posts: what the search says of the text stands for it."""
    found = []
    for raw in raws:
        try:
            hit = msgspec.json.decode(raw, type=_Hit)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        found.append(
            Post(hit.id, hit.topic_id, hit.post_number, hit.username, hit.name, hit.blurb, hit.created_at,
                 avatar_template=hit.avatar_template)
        )  # fmt: skip
    return found
