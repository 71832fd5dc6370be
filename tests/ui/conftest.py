"""Qt without a screen, in a known theme, with fresh fakes. Any Qt warning fails a test (pyproject)."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("CARELANE_THEME", "light")
os.environ.setdefault("CARELANE_TEXT", "100")

from PySide6.QtWidgets import QApplication

from tests.ui.fakes import FakeRuntime
from ui import theme

Settle = Callable[[], Awaitable[None]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # QTBUG-36543: the offscreen platform says this of every window
    for item in items:
        if "tests/ui" in item.path.as_posix():
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints"))


@pytest.fixture
def themed(qapp: QApplication) -> QApplication:
    """The application with Carelane's fonts, palette and style sheet."""
    theme.apply(qapp)
    return qapp


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
