"""A composer in its conversation, with saved replies to put in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication

from app.domain import Deeds
from app.rows import Filled, Suggestion, TemplateHit
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime, jana, said, today
from ui.bridge import Bridge
from ui.conversation.pane import ConversationPane

HITS = [
    TemplateHit("sorry", "Sorry, to DM", "Complaints", "sorry", "Hi {first_name}, I am so sorry. Could you send…"),
    TemplateHit("lost", "Order lost", "Complaints", "lost", "Order {order} is with {carrier} now."),
    TemplateHit("thanks", "Thank you", "Praise", "thanks", "Thank you, Jana. You made our day."),
]
FILLED = {
    "sorry": Filled("sorry", "Hi Jana, I am so sorry. Please send us a message.", (), "en", 1, Deeds(private=True)),
    "lost": Filled(
        "lost", "\U0001f4e6 Order {order} is with {carrier} now.", ((8, 15, "order_number"), (24, 33, "carrier")),
        "en", 0, Deeds(("refund",), "tomorrow 9", "answered"),
    ),
    "thanks": Filled("thanks", "Thank you, Jana.", (), "en", 0),
}  # fmt: skip
SUGGESTIONS = [
    Suggestion("Thank you & more", "Thank you, Jana.", "Nine of ten were happy after it.", 0.9, "thanks"),
    Suggestion("As you wrote to Tom", "It is ready", "It answered a message like this one.", 0.8, "", "It is ready."),
]


@pytest.fixture
def core() -> Runtime:
    made = Runtime(
        jana(max_pictures=2, language="en-US"),
        jana("2", items=(said(7, "Do you have gluten free?", today(9)),), draft="Yes, we do."),
    )
    made.templates.hits, made.templates.filled = list(HITS), dict(FILLED)
    return made


@pytest.fixture
async def pane(themed: QApplication, core: Runtime, settle: Settle) -> AsyncIterator[ConversationPane]:
    pane = ConversationPane(core, bridge=Bridge(core.bus))
    pane.resize(560, 800)
    pane.show()
    pane.activateWindow()
    pane.show_conversation("1")
    pane.reply()
    await settle()
    yield pane
    pane.close()
    shiboken6.delete(pane)
