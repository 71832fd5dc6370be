"""What happened in the core, as typed events, and the bus that carries them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

log = logging.getLogger(__name__)


class Changes(Struct, frozen=True, gc=False):
    """Keys that a write touched. Views re-read only these."""

    conversations: frozenset[str] = frozenset()
    replies: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()  # conversations that the feed has not held before
    counts: bool = False  # lane counts moved
    everything: bool = False  # too many to name: read again what is on the screen

    def __bool__(self) -> bool:
        return bool(
            self.conversations or self.replies or self.accounts or self.clients or self.counts or self.everything
        )

    def __or__(self, other: Changes) -> Changes:
        return Changes(
            self.conversations | other.conversations,
            self.replies | other.replies,
            self.accounts | other.accounts,
            self.clients | other.clients,
            self.new | other.new,
            self.counts or other.counts,
            self.everything or other.everything,
        )


class SyncProgress(Struct, frozen=True, gc=False):
    """An account is being read. `done` items so far; `running` False ends it."""

    account_id: str
    done: int
    running: bool


class RankingProgress(Struct, frozen=True, gc=False):
    """A client's open conversations are put in order again, or get other due times.

    `running` False ends it, finished or stopped.
    """

    client_id: str
    done: int
    total: int
    running: bool


class NetworkState(Struct, frozen=True, gc=False):
    """Whether the network answers, and since when this holds (aware, UTC)."""

    online: bool
    since: datetime


class Notice(Struct, frozen=True, gc=False):
    """A sentence for the person that belongs to no single call."""

    text: str
    account_id: str = ""
    error: bool = True


class BrandAlarm(Struct, frozen=True, gc=False):
    """Far more unhappy messages than usual came in within an hour. `text` says what they share."""

    client_id: str
    text: str
    conversations: tuple[str, ...]  # newest first


class RaiseWindow(Struct, frozen=True, gc=False):
    """A second start asks the first one to come to the front."""


Event = Changes | SyncProgress | NetworkState | Notice | RaiseWindow | RankingProgress | BrandAlarm
_E = TypeVar("_E", bound=Event)


class Bus:
    """Hands events to subscribers in order, on the caller's thread (the loop's)."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[..., None]]] = {}

    def subscribe(self, kind: type[_E], handler: Callable[[_E], None]) -> Callable[[], None]:
        """Call `handler` for each event of `kind`. Returns the call that ends it."""
        handlers = self._handlers.setdefault(kind, [])
        handlers.append(handler)

        def unsubscribe() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Deliver `event`. A handler that fails is logged as the bug it is; the others still run."""
        for handler in tuple(self._handlers.get(type(event), ())):
            try:
                handler(event)
            except Exception:
                log.exception("an event handler failed")
