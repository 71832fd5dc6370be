from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.desk import Desk
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
