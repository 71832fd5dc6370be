"""Standing searches: what is listened for."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct


class Query(Struct, frozen=True, gc=False, omit_defaults=True):
    """What to look for. A post matches with any of words, phrases, handles or hashtags, in any of places and languages.

    None of `without` may be in it. Words are compared without regard to case and marks.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()  # in this order, next to each other
    handles: tuple[str, ...] = ()  # "@maplerye", as people write it
    hashtags: tuple[str, ...] = ()  # without the sign
    without: tuple[str, ...] = ()  # words and phrases
    places: tuple[str, ...] = ()  # names that must be in the text, or the platform's own places: "r/baking"
    languages: tuple[str, ...] = ()  # BCP 47


class SearchStream(Struct, frozen=True, gc=False):
    """A standing brand search of a client."""

    id: str
    client_id: str
    name: str
    query: Query
    accounts: tuple[str, ...] = ()  # ids of those that are asked; none: all of the client's that can search
    enabled: bool = True
    created_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    narrowed_at: datetime | None = None  # when narrowing was last offered and answered
