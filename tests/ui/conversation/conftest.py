"""A conversation beside another, on the screen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication

from tests.ui.fakes_conversation import Runtime, jana, said, today
from ui.bridge import Bridge
from ui.conversation.pane import ConversationPane


@pytest.fixture
def core() -> Runtime:
    return Runtime(jana(), jana("2", items=(said(7, "Do you have gluten free?", today(9)),)))


@pytest.fixture
def pane(themed: QApplication, core: Runtime) -> Iterator[ConversationPane]:
    pane = ConversationPane(core, bridge=Bridge(core.bus))
    pane.resize(540, 800)
    pane.show()
    yield pane
    pane.close()
    shiboken6.delete(pane)


def meta(pane: ConversationPane) -> list[str]:
    return [bubble.meta() for bubble in pane.messages.bubbles()]
