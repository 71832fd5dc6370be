"""An alarm is raised at three times the usual, once, and says what the messages share."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app import brand_alarm
from app.brand_alarm import FEWEST, TIMES, rises
from app.domain import Contact
from app.events import BrandAlarm
from tests.app.platform import Shop

ANGRY = "I am furious, the almond croissants made my son ill, this is disgusting"


async def write(shop: Shop, count: int, text: str = ANGRY, *, ago: timedelta = timedelta(minutes=5)) -> None:
    for n in range(count):
        author = Contact(f"p{len(shop.world.mentions)}", f"Guest {n}", f"@guest{n}")
        shop.world.write(f"m{len(shop.world.mentions)}", f"{text} {n}", author=author)
        shop.world.mentions[-1:] = [_at(shop, ago - timedelta(seconds=n))]
    await shop.pull()


def _at(shop: Shop, ago: timedelta):  # type: ignore[no-untyped-def]
    from tests.values import replace

    return replace(shop.world.mentions[-1], posted_at=shop.clock() - ago)


async def look(shop: Shop, client_id: str = "c1") -> BrandAlarm | None:
    return await shop.db.write(lambda db: brand_alarm.look(db, client_id, "Maple & Rye", shop.clock()))


async def test_many_at_once(shop: Shop) -> None:
    await write(shop, 2, "The bread was stale and awful, I want my money back", ago=timedelta(days=6))
    assert await look(shop) is None
    await write(shop, 6)
    alarm = await look(shop)
    assert alarm is not None
    assert alarm.text.startswith("Maple & Rye: 6 unhappy messages from 6 people within an hour, usually 1 in ")
    assert "“almond”" in alarm.text or "“croissants”" in alarm.text
    assert len(alarm.conversations) == 6
    assert await look(shop) is None, "told twice"
    shop.clock.forward(hours=7)
    assert await look(shop) is None, "it is over"
    await write(shop, 30)
    assert await look(shop) is not None


async def test_what_is_usual_raises_nothing(shop: Shop) -> None:
    for hour in range(48, 0, -1):
        await write(shop, 4, ago=timedelta(hours=hour, minutes=30))
    await write(shop, 6)
    assert await look(shop) is None


async def test_a_new_client_knows_nothing_usual_yet(shop: Shop) -> None:
    await write(shop, 20)
    assert await look(shop) is None


async def test_one_client_never_hears_of_another(tmp_path) -> None:  # type: ignore[no-untyped-def]
    shop = Shop(tmp_path, 2)
    await write(shop, 1, "It was horrible and I hate it", ago=timedelta(days=3))
    await write(shop, 9)
    assert await look(shop, "c2") is None
    assert await look(shop, "c1") is not None
    shop.db.close()


@given(st.integers(0, 500), st.integers(0, 5000), st.integers(1, 28))
def test_the_rule(recent: int, before: int, days: int) -> None:
    told = rises(recent, before, timedelta(days=days))
    assert told == (recent >= FEWEST and recent >= TIMES * before / (days * 24))
