"""What tests of the outbox look at again and again."""

from __future__ import annotations

from app.domain import Picture, Reply
from app.store import replies
from tests.app.platform import JANA, Shop
from tests.values import replace

PICTURE = Picture("ab" * 32, "image/png", 100, 80, 2000, alt="An oven")


async def ask(shop: Shop, count: int = 1, account: int = 1) -> list[str]:
    """Questions of as many people; the conversations' ids."""
    before = {id_ for (id_,) in shop.db.reader().execute("SELECT n FROM conversation")}
    for _ in range(count):
        number = len(shop.world.mentions) + 1
        who = replace(JANA, remote_id=f"p{number}", handle=f"@p{number}@example.social")
        shop.world.write(f"m{number}", account_id=f"a{account}", author=who)
    await shop.pull()
    return [str(id_) for (id_,) in shop.db.reader().execute("SELECT n FROM conversation") if id_ not in before]


def now(shop: Shop, reply: Reply) -> Reply:
    found = replies.get(shop.db.reader(), reply.id)
    assert found is not None
    return found


def activity(shop: Shop) -> list[str]:
    return [what for (what,) in shop.db.reader().execute("SELECT what FROM activity ORDER BY n")]
