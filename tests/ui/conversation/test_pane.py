"""A conversation opens from the store, follows what changes, and does what is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain import ConversationState
from app.errors import NetworkError, StoreError
from app.events import Changes
from tests.ui.conftest import Settle
from tests.ui.conversation.conftest import meta
from tests.ui.fakes_conversation import Runtime, jana, said, today
from tests.values import replace
from ui.conversation.pane import ConversationPane
from ui.widgets import Toast


async def test_opens_from_the_store_and_refreshes(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.show_conversation("1")
    assert meta(pane) == ["12:41 \u00b7 seen by 2.1k followers", "12:58"]
    assert pane.header.where() == "@janaw@mastodon.social \u00b7 Mastodon \u00b7 public post"
    assert pane.messages.notes() == ["Today"]
    await settle()
    assert core.inbox.called("open") == [("1",)]


async def test_no_network_shows_the_stored_thread_without_a_complaint(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    core.inbox.fails["open"] = NetworkError("No network.")
    pane.show_conversation("1")
    await settle()
    assert len(pane.messages.bubbles()) == 2
    assert pane.window().findChild(Toast) is None


async def test_unchanged_bubbles_are_kept(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.show_conversation("1")
    before = pane.messages.bubbles()
    detail = core.inbox.details["1"]
    new = said(3, "Thank you, I will come over.", today(13, 2))
    core.inbox.details["1"] = replace(detail, items=(*detail.items, new))
    core.bus.publish(Changes(conversations=frozenset(["1"])))
    await settle()
    after = pane.messages.bubbles()
    assert after[:2] == before
    assert len(after) == 3


async def test_other_conversations_do_not_disturb(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.show_conversation("1")
    await settle()
    seen: list[object] = []
    pane.detail_changed.connect(seen.append)
    core.bus.publish(Changes(conversations=frozenset(["2"])))
    await settle()
    assert seen == []
    core.bus.publish(Changes(everything=True))
    await settle()
    assert len(seen) == 1


async def test_conversation_that_is_gone_leaves_the_empty_state(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    pane.show_conversation("1")
    del core.inbox.details["1"]
    core.bus.publish(Changes(conversations=frozenset(["1"])))
    await settle()
    assert pane.conversation_id == ""
    assert not pane.composer.isVisible()


async def test_snooze_and_done_are_carried_out(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.show_conversation("1")
    done: list[str] = []
    pane.finished.connect(done.append)
    until = datetime.now(UTC) + timedelta(hours=3)
    pane.open_snooze()
    assert pane.snoozer is not None
    pane.snoozer.chosen.emit(until)
    pane.header.done_menu.actions()[1].trigger()
    await settle()
    assert core.inbox.called("snooze") == [("1", until)]
    assert core.inbox.called("close") == [("1", "no_answer")]
    assert done == ["1", "1"]


async def test_done_can_be_reopened(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.inbox.details["1"] = jana(row=replace(jana().row, state=ConversationState.CLOSED))
    pane.show_conversation("1")
    assert pane.header._done.isHidden()
    pane.header._reopen.click()
    await settle()
    assert core.inbox.called("reopen") == [("1",)]


async def test_a_store_that_fails_is_told(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.inbox.fails["close"] = StoreError("The disk is full. Free some space, then try again.")
    pane.show_conversation("1")
    pane.close_conversation("spam")
    await settle()
    assert pane.window().findChild(Toast).text() == "The disk is full. Free some space, then try again."


async def test_keys_from_the_window(pane: ConversationPane, core: Runtime) -> None:
    left: list[bool] = []
    pane.left.connect(lambda: left.append(True))
    pane.show_conversation("1")
    pane.window().activateWindow()
    pane.reply()
    assert pane.composer.editor.edit.hasFocus()
    QTest.keyClick(pane.composer.editor.edit, Qt.Key.Key_Escape)
    assert left == [True]
