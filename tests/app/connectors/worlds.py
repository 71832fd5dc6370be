"""Every platform's world, found by name, and what the connector test kit asks of each."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

import tests.app.connectors as package
from app.connectors import connector_class
from app.connectors.base import Capabilities, Connector
from app.domain import Account, Mention
from app.errors import ServiceError
from app.http import Http
from tests.app.connectors.driver import Kept, read
from tests.app.connectors.kit import World

WITHOUT = {
    "practice": "it has no network: its world lies inside the connector, and test_practice.py drives it",
    "archive": "it has no network: it shows what was read from a file and pulls nothing",
    "pinterest": "its API has nobody's words, only how many comments there are; test_pinterest.py drives it",
}
WORLDS: dict[str, Callable[[], World]] = {}
BROKEN: dict[str, str] = {}  # those that cannot even be made; the others are tested all the same
for _module in pkgutil.iter_modules(package.__path__):
    if _module.name.startswith("fake_"):
        try:
            _found = importlib.import_module(f"{package.__name__}.{_module.name}")
            if hasattr(_found, "world"):
                _found.world()
                WORLDS[_module.name.removeprefix("fake_")] = _found.world
        except Exception as error:  # noqa: BLE001 - whatever it is, its own test tells it
            BROKEN[_module.name.removeprefix("fake_")] = repr(error)
NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=20)

each_platform = pytest.mark.parametrize("platform", sorted(WORLDS))


def able(platform: str) -> Capabilities:
    """The capabilities of a platform, by an account of its world, or an empty one."""
    account = WORLDS[platform]().account() if platform in WORLDS else Account("a", "c", platform, "", "", "", "")

    async def save(_: dict[str, str]) -> None:
        await asyncio.sleep(0)

    return connector_class(platform)(
        account, {}, Http(transport=httpx.MockTransport(lambda _: None)), save
    ).capabilities  # type: ignore[arg-type, return-value]


answering = pytest.mark.parametrize("platform", sorted(name for name in WORLDS if able(name).replies))


def backlog(world: World, count: int, *, until: datetime | None = None, days: float = 0.0) -> list[str]:
    """So many messages, a minute apart or spread over so many days."""
    end = until or datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    gap = timedelta(days=days) / count if days else timedelta(minutes=1)
    return [world.write(f"Message {n}", at=(end - gap * (count - n)).replace(microsecond=0)) for n in range(count)]


def spread(platform: str) -> float:
    """Days over which messages may lie so that the platform still shows them, and that no overlap covers."""
    return min(able(platform).history_days, 8) * 0.7


async def first(shop: Connector, remote_id: str) -> Mention:
    kept = Kept()
    await read(shop, kept, since=SINCE)
    return kept.mentions[remote_id]


def kind_of(error: ServiceError | None) -> type[ServiceError] | None:
    return None if error is None else type(error)
