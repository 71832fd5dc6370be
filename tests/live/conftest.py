"""Servers for the tests below this folder, each started once, when the first test asks for it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.live.servers import (
    BlueskyNetwork,
    FaultProxy,
    Keyring,
    MakeProxy,
    MastodonMock,
    NotInstalled,
    SnacServer,
    WordPressServer,
)

HERE = Path(__file__).parent
Server = TypeVar("Server", bound=contextlib.AbstractContextManager[Any])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything below this folder as live."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("live")


def _running(start: Callable[[], Server]) -> Iterator[Server]:
    """Start a server and stop it at the end; one that is not installed is a failure, not a skip."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the test servers run on Linux only")
    try:
        server = start()
    except NotInstalled as error:
        pytest.fail(str(error), pytrace=False)
    with server:
        yield server


@pytest.fixture(scope="session")
def snac() -> Iterator[SnacServer]:
    """snac2 with `owner` and `visitor`."""
    yield from _running(SnacServer)


@pytest.fixture(scope="session")
def mastodon_mock() -> Iterator[MastodonMock]:
    """mastodon-mock with `owner` and `visitor`."""
    yield from _running(MastodonMock)


@pytest.fixture(scope="session")
def bluesky() -> Iterator[BlueskyNetwork]:
    """The whole Bluesky network: alice owns the shop, bob writes."""
    yield from _running(BlueskyNetwork)


@pytest.fixture(scope="session")
def bluesky_pds() -> Iterator[BlueskyNetwork]:
    """PDS and PLC alone: sessions and records, no notifications."""
    yield from _running(lambda: BlueskyNetwork(mode="pds"))


@pytest.fixture(scope="session")
def gnome_keyring() -> Iterator[Keyring]:
    """An open keyring, shared: a test that locks it must open it again."""
    yield from _running(Keyring)


@pytest.fixture(scope="session")
def wordpress() -> Iterator[WordPressServer]:
    """A WordPress with `owner`, whose comments are held."""
    yield from _running(WordPressServer)


@pytest.fixture
def fault_proxy() -> Iterator[MakeProxy]:
    """Call it with a server's address for a `FaultProxy` that ends with the test."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the test servers run on Linux only")
    with contextlib.ExitStack() as proxies:

        def make(target: str, **options: Any) -> FaultProxy:
            return proxies.enter_context(FaultProxy(target, **options))

        yield make
