"""A proxy that deals faults from a seeded deck: one card for each send, another for each read.

Every card of the deck is dealt once, so a run that used it up has met each of
its faults, and behind it everything passes: what is not settled then never is.
The order of the cards is the seed's; which account draws one is the hurry of
the moment.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from .servers.faults import FaultProxy
from .servers.faultwire import Head, Message, SeenRequest


class Card(StrEnum):
    """What happens to one request."""

    PASS = "passes"
    DELAY = "delayed"
    DROP = "dropped before it was forwarded"
    LIMITED = "429 in the server's place"
    FAILED = "500 in the server's place"
    LOST = "forwarded, and its answer dropped"
    GATEWAY = "forwarded, and answered with 502"
    CUT = "forwarded, and its answer cut off"


ARRIVES = frozenset({Card.PASS, Card.DELAY, Card.LOST, Card.GATEWAY, Card.CUT})
# A send that does not arrive is sent again, so as many replies as there are cards that arrive use up the deck.
SENDS = {
    Card.PASS: 3, Card.DELAY: 2, Card.LOST: 3, Card.GATEWAY: 2, Card.CUT: 1,
    Card.DROP: 2, Card.LIMITED: 2, Card.FAILED: 2,
}  # fmt: skip
READS = {Card.PASS: 16, Card.DELAY: 4, Card.DROP: 3, Card.FAILED: 3, Card.LIMITED: 1}
DELAY_SECONDS = 0.3


def deck(cards: Mapping[Card, int], rng: random.Random) -> list[Card]:
    """The cards in an order of the seed's, dealt from the end; the last one passes, so that none is left over."""
    made = [card for card, count in cards.items() for _ in range(count)]
    made.remove(Card.PASS)
    rng.shuffle(made)
    return [Card.PASS, *made]


def limited() -> dict[str, str]:
    """What platforms say with a 429: the seconds, and the time in the ways of Mastodon and of Bluesky."""
    reset = int(time.time()) + 2
    iso = datetime.fromtimestamp(reset, UTC).isoformat().replace("+00:00", "Z")
    return {
        "Retry-After": "1", "Content-Type": "application/json",
        "X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": iso,
        "RateLimit-Limit": "3000", "RateLimit-Remaining": "0", "RateLimit-Reset": str(reset),
    }  # fmt: skip


class DealingProxy(FaultProxy):
    """Passes everything on until it is `armed`; what is neither a send nor a GET it passes on always."""

    def __init__(self, target: str, seed: int, is_send: Callable[[SeenRequest], bool], **options: Any) -> None:
        super().__init__(target, **options)
        rng = random.Random(seed)
        self.sends, self.reads = deck(SENDS, rng), deck(READS, rng)
        self.dealt: list[tuple[str, Card]] = []  # method and path, and what became of it
        self.armed = False
        self._is_send = is_send
        self._drawn: dict[int, Card] = {}  # by the id of a request, all of which `requests` keeps
        self._limit = self.answer(429, '{"error":"RateLimitExceeded"}', path=self._if(Card.LIMITED), times=None)
        self.answer(500, '{"error":"InternalServerError"}', path=self._if(Card.FAILED),
                    headers={"Content-Type": "application/json"}, times=None)  # fmt: skip
        self.delay(DELAY_SECONDS, path=self._if(Card.DELAY), times=None)
        self.drop_request(path=self._if(Card.DROP), times=None)
        self.drop_answer(path=self._if(Card.LOST), times=None)
        self.cut(path=self._if(Card.CUT), clean=False, times=None)

    def sent(self) -> int:
        """How many sends the server was given."""
        return sum(card in ARRIVES for what, card in self.dealt if not what.startswith("GET"))

    def _if(self, card: Card) -> Callable[[SeenRequest], bool]:
        return lambda request: self._card(request) is card

    def _card(self, request: SeenRequest) -> Card:
        known = self._drawn.get(id(request))
        if known is not None:
            return known
        card, is_send = Card.PASS, self._is_send(request)
        if self.armed and (is_send or request.method == "GET"):
            cards = self.sends if is_send else self.reads
            card = cards.pop() if cards else Card.PASS
            self.dealt.append((f"{request.method} {request.path}", card))
        if card is Card.LIMITED:
            self._limit.headers = limited()
        self._drawn[id(request)] = card
        return card

    async def _tell(self, told: Message, request: SeenRequest, *more: Any) -> bool:
        if self._drawn.get(id(request)) is Card.GATEWAY:
            told = Message(Head("HTTP/1.1 502 Bad Gateway", [("Content-Type", "text/html")]), b"<h1>Bad gateway</h1>")
        return await super()._tell(told, request, *more)
