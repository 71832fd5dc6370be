from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.counter import Counter
from tests.app.desk import Desk
from tests.app.outbox_hands import PICTURE
from tests.app.platform import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A client with one account on a platform in memory, and a store on disk."""
    shop = Shop(tmp_path)
    yield shop
    shop.db.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.shop.db.close()


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """A desk whose replies are followed up."""
    counter = Counter(tmp_path)
    yield counter
    counter.shop.db.close()


@pytest.fixture
def ready(shop: Shop) -> Shop:
    """Somebody has written, and the platform takes everything."""
    shop.world.able = {"max_pictures": 2, "spoilers": True, "picture_direct": True}
    shop.pictures = {PICTURE.id: b"png", "cd" * 32: b"jpg"}
    shop.world.write("m1", spoiler="food", extra="extra of m1")
    return shop
