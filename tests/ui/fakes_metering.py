"""Meters and prices for the screens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.connectors.base import Price
from app.domain import Account
from app.pricing import cost_of
from app.rows import MeterRow, ReplyCost

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
X = Price("USD", read=0.005, post=0.015, post_with_link=0.2, direct=0.015)


def a_meter(**more: Any) -> MeterRow:
    """The cost of an account on X, with a cap that will be met."""
    values: dict[str, Any] = {
        "account_id": "x1", "unit": "usd", "title": "Cost this month", "used": 7.415, "limit": None, "cap": 10.0,
        "capped": True, "currency": "USD", "period": "month", "ends": datetime(2026, 12, 1, tzinfo=UTC),
        "reached": NOW + timedelta(days=3), "shared": (),
        "note": "At this pace the cap of $10.00 for X is reached on 27 November.",
    }  # fmt: skip
    return MeterRow(**{**values, **more})


class FakeMetering:
    """Meters by account, and a price for every reply where the test gives one."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self.rows: dict[str, list[MeterRow]] = {}
        self.caps: list[tuple[str, str, float | None]] = []
        self.price: Price | None = None

    def metered(self) -> list[Account]:
        return self.accounts

    def meters(self, account: str) -> list[MeterRow]:
        return self.rows.get(account, [])

    async def set_cap(self, account: str, unit: str, amount: float | None) -> None:
        self.caps.append((account, unit, amount))

    def reply_cost(
        self, conversation_id: str, text: str, *, direct: bool = False, parts: Sequence[str] = ()
    ) -> ReplyCost | None:
        if self.price is None or not text.strip():
            return None
        return cost_of(self.price, list(parts) or [text], text, direct=direct)
