"""Qt without a screen, in a known theme, with fresh fakes. Any Qt warning fails a test (pyproject)."""

from __future__ import annotations

import os

import pytest

if "DISPLAY" not in os.environ or os.environ.get("CARELANE_SCREEN") != "1":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("CARELANE_THEME", "light")
os.environ.setdefault("CARELANE_TEXT", "100")

from PySide6.QtWidgets import QApplication

from tests.ui.fakes import FakeRuntime
from ui import theme


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture
def themed(qapp: QApplication) -> QApplication:
    """The application with Carelane's fonts, palette and style sheet."""
    theme.apply(qapp)
    return qapp


@pytest.fixture
def runtime() -> FakeRuntime:
    """The rows of the design pictures."""
    return FakeRuntime()
