"""Qt without a screen, in a known theme, with fresh fakes. Any Qt warning fails a test (pyproject)."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("CARELANE_THEME", "light")
os.environ.setdefault("CARELANE_TEXT", "100")

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from tests.ui.fakes import FakeRuntime
from ui import theme

Settle = Callable[[], Awaitable[None]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # the offscreen platform says so of every window: it has no window manager to ask
    for item in items:
        if "tests/ui" in item.path.as_posix():
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[QApplication]:
    """The application with Carelane's fonts, palette and style sheet; windows of the test are gone after it."""
    theme.apply(qapp)
    yield qapp
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def runtime() -> FakeRuntime:
    """The rows of the design pictures."""
    return FakeRuntime()


@pytest.fixture
def settle(qapp: QApplication) -> Settle:
    """Await it: Qt and the loop have nothing left to do."""

    async def turn() -> None:
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            qapp.processEvents()
            await asyncio.sleep(0.002)

    return turn
