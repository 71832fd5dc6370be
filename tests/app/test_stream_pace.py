"""A search looks less often where what it costs must last."""

from __future__ import annotations

from datetime import timedelta

from app.runtime import judge
from app.store import accounts
from app.store.streams import Mark
from app.stream_reading import EVERY, StreamReader
from tests.app.platform import Shop


def test_a_limit_that_must_last_draws_the_looks_out(shop: Shop) -> None:
    usual = StreamReader(shop.db, shop.pool, shop.bus, judge, now=shop.clock)  # type: ignore[arg-type]
    slow = StreamReader(
        shop.db, shop.pool, shop.bus, judge, now=shop.clock, stretch=lambda _account, seconds: seconds * 3,  # type: ignore[arg-type]
    )  # fmt: skip
    account = accounts.account(shop.db.reader(), "a1")
    assert account is not None
    for reader, factor in ((usual, 1), (slow, 3)):
        due = shop.clock.at - EVERY * factor
        assert reader._due(account, Mark())
        assert reader._due(account, Mark(checked_at=due))
        assert not reader._due(account, Mark(checked_at=due + timedelta(seconds=1)))
