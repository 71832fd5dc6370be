"""How much room a reply has left, by the platform's own way of counting."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from app.text import length

# a character never reaches from a space into a letter or digit behind it, and neither does a link
_PIECES = re.compile(r"(?<=[ \n])(?=[A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Room:
    """What is left of a platform's limits; negative when the text is too long."""

    graphemes: int
    bytes: int | None

    @property
    def fits(self) -> bool:
        """Whether the platform would take it."""
        return self.graphemes >= 0 and (self.bytes is None or self.bytes >= 0)

    @property
    def by_bytes(self) -> bool:
        """Whether the limit in bytes is the one that is reached first."""
        return self.bytes is not None and self.bytes < self.graphemes


def room(text: str, max_graphemes: int, max_bytes: int | None, url_length: int | None, weighted: bool = False) -> Room:
    """What `text` leaves of the limits. Words that were counted before are not counted again."""
    used = sum(_length(piece, url_length, weighted) for piece in _PIECES.split(text))
    size = None if max_bytes is None else max_bytes - len(text.encode("utf-8", "surrogatepass"))
    return Room(max_graphemes - used, size)


@lru_cache(maxsize=4096)
def _length(piece: str, url_length: int | None, weighted: bool) -> int:
    return length(piece, url_length, weighted)
