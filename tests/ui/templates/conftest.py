"""The templates window over a shelf of three."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication

from tests.ui.fakes import FakeRuntime
from tests.ui.fakes_answering import TemplateShelf
from tests.ui.templates.hands import HOURS, SORRY, THANKS
from ui.templates import window as module
from ui.templates.window import TemplatesWindow


@pytest.fixture
def shelf(runtime: FakeRuntime) -> TemplateShelf:
    made = TemplateShelf(runtime.bus)
    made.put(SORRY, THANKS, HOURS)
    runtime.templates = made  # type: ignore[assignment]
    return made


@pytest.fixture
def page(
    themed: QApplication, runtime: FakeRuntime, shelf: TemplateShelf, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TemplatesWindow]:
    monkeypatch.setattr(module, "CHECK_AFTER", 5)
    page = TemplatesWindow(runtime, "maple")  # type: ignore[arg-type]
    page.resize(980, 700)
    page.show()
    yield page
    if shiboken6.isValid(page):
        shiboken6.delete(page)
