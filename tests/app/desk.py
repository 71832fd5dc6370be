"""A shop with somebody at its inbox, for tests."""

from __future__ import annotations

from pathlib import Path

from app.domain import Lane
from app.inbox import Inbox
from app.rows import FeedRow
from tests.app.platform import Shop


class Desk:
    """A shop with somebody at its inbox."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder)
        shop = self.shop
        self.inbox = Inbox(shop.db, shop.puller._pool, shop.puller, shop.bus, now=shop.clock)

    async def write(self, remote_id: str, text: str = "When do you open?", **more: object) -> None:
        self.shop.world.write(remote_id, text, **more)
        await self.shop.pull()

    def lanes(self) -> dict[str, Lane]:
        return {row.id: lane for lane in Lane for row in self.inbox.feed_page(lane)}

    def row(self, id_: str = "1") -> FeedRow:
        return self.inbox.feed_rows([id_])[id_]

    def activity(self) -> list[str]:
        return [what for (what,) in self.shop.db.reader().execute("SELECT what FROM activity ORDER BY n")]
