"""What a reply costs on a platform that charges, and how it would cost less. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from app.connectors.base import Price
from app.rows import ReplyCost
from app.text import all_links


def cost_of(price: Price, parts: Sequence[str], text: str, *, direct: bool) -> ReplyCost | None:
    """The cost of `text`, which leaves as `parts`; None where that is free. Each part is a post of its own."""
    linked = 0 if direct else sum(bool(all_links(part)) for part in parts)
    each = price.direct if direct else price.post
    cost = each * (len(parts) - linked) + price.post_with_link * linked
    if cost <= 0:
        return None
    if not linked or price.post_with_link <= price.post:
        return ReplyCost(cost, price.currency, 0, cost)
    return ReplyCost(cost, price.currency, len(all_links(text)), price.post * len(parts), without_links(text))


def without_links(text: str) -> str:
    """The same words without their addresses, and without the gaps that these leave."""
    kept, at = "", 0
    for start, end in all_links(text):
        before, after = text[at:start], text[end : end + 1]
        if (not after or after.isspace() or after in ".,;:!?)") and before.endswith(" "):
            before = before.rstrip(" ")
        kept, at = kept + before, end
    lines = (kept + text[at:]).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip().removesuffix(":").rstrip()
