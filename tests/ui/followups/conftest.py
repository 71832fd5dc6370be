"""A shop with two clients, and what it promised."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication

from tests.ui.fakes_answering import FollowUpBook
from tests.ui.fakes_conversation import Runtime
from tests.ui.followups.hands import MAPLE
from tests.values import replace
from ui.context import ContextPanel


@pytest.fixture
def core() -> Runtime:
    made = Runtime()
    made.inbox.clients_list = [MAPLE, replace(MAPLE, id="north", name="Northline Cycles")]
    made.followups = FollowUpBook(made.bus)  # type: ignore[assignment]
    return made


@pytest.fixture
def book(core: Runtime) -> FollowUpBook:
    assert isinstance(core.followups, FollowUpBook)
    return core.followups


@pytest.fixture
def panel(themed: QApplication, core: Runtime) -> Iterator[ContextPanel]:
    panel = ContextPanel(core)  # type: ignore[arg-type]
    panel.resize(272, 900)
    panel.show()
    panel.activateWindow()
    yield panel
    panel.close()
    shiboken6.delete(panel)
