"""How much room a reply has left, by the platform's own way of counting."""

from __future__ import annotations

from dataclasses import dataclass

from app.text import length


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


def room(text: str, max_graphemes: int, max_bytes: int | None, url_length: int | None) -> Room:
    """What `text` leaves of the limits."""
    used = length(text, url_length)
    size = None if max_bytes is None else max_bytes - len(text.encode("utf-8", "surrogatepass"))
    return Room(max_graphemes - used, size)
