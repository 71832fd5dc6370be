"""Why this is first, who wrote, and the note about them."""

from __future__ import annotations

from typing import Any

import shiboken6
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain import Kind, ReplyState
from app.rows import ThreadItem
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime, a_reply, jana, today
from tests.values import replace
from ui.context import ContextPanel
from ui.conversation.pane import ConversationPane


async def test_why_tells_which_clock_runs_and_the_platforms_own(core: Runtime, qtbot: QtBot, themed: object) -> None:
    panel = ContextPanel(core)
    qtbot.addWidget(panel)
    reasons: dict[str, Any] = {"reasons": (), "care_by": None, "target_name": "same day"}
    answered = ThreadItem(None, a_reply(sent_at=today(12, 20)))
    first, *rest = jana().items
    clock = replace(jana().row, posted_at=today(12, 41), platform="facebook", kind=Kind.MESSAGE)
    panel.show_conversation(jana(**reasons, row=clock))
    assert panel.why() == [("First reply due (same day)", "13:11")]
    panel.show_conversation(jana(**reasons, row=clock, items=(answered, first, *rest)))
    assert panel.why() == [("Next reply due (same day)", "13:11")]
    after = ThreadItem(None, a_reply(ReplyState.HELD))
    panel.show_conversation(jana(**reasons, row=clock, items=(first, *rest, after)))
    assert panel.why()[0][0] == "First reply due (same day)", "a reply that has not left is none"
    later = replace(clock, window_closes_at=today(17, 30))
    panel.show_conversation(jana(**reasons, row=later))
    assert panel.why() == [("First reply due (same day)", "13:11"), ("Messenger closes", "17:30")]
    sooner = replace(clock, window_closes_at=today(13, 11))
    panel.show_conversation(jana(**reasons, row=sooner, promised_at=today(18)))
    assert panel.why() == [("Messenger closes", "13:11"), ("First reply due (same day)", "18:00")]
    panel.show_conversation(jana(**reasons, row=sooner))
    assert panel.why() == [("Messenger closes", "13:11")]


async def test_why_and_who(pane: ConversationPane, core: Runtime, qtbot: QtBot) -> None:
    panel = ContextPanel(core)
    qtbot.addWidget(panel)
    pane.detail_changed.connect(panel.show_conversation)
    pane.show_conversation("1")
    assert panel.why() == [
        ("First reply due (30 min target)", "13:11"),
        ("Angry tone", "\u221220 min"),
        ("Second message", "\u221215 min"),
        ("Asks for a refund", "\u221210 min"),
        ("Care by", "12:26"),
    ]
    assert panel.who() == [
        ("Customer since", "Mar 2025"),
        ("Conversations", "4"),
        ("Usual mood", "Friendly"),
        ("Followers", "2.1k"),
    ]
    core.inbox.details["2"] = jana("2", due_at=None, care_by=None, earlier=())
    pane.show_conversation("2")
    assert panel.why() == [("Nobody waits for a reply here.", "")]


async def test_note_is_saved_for_the_one_it_was_written_about(
    pane: ConversationPane, core: Runtime, qtbot: QtBot, settle: Settle
) -> None:
    panel = ContextPanel(core)
    qtbot.addWidget(panel)
    panel.show()
    pane.detail_changed.connect(panel.show_conversation)
    pane.show_conversation("1")
    panel.note.setPlainText("Likes rye.")
    pane.show_conversation("2")
    await settle()
    assert core.inbox.called("set_note") == [("1", "Likes rye.")]
    assert panel.note.toPlainText() == jana().note


async def test_note_is_saved_when_the_panel_is_put_away(core: Runtime, themed: QApplication, settle: Settle) -> None:
    panel = ContextPanel(core)
    panel.show()
    panel.show_conversation(jana())
    panel.note.setPlainText("Ask Tom.")
    panel.hide()
    await panel.close_down()
    shiboken6.delete(panel)
    assert core.inbox.called("set_note") == [("1", "Ask Tom.")]
