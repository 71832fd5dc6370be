"""Over a find: join in, let it pass, mute; and a message that takes no reply through the API."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QMenu

from app.domain import Lane
from app.events import Changes
from app.rows import Able
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime, jana
from tests.values import replace
from ui.conversation import message_menu
from ui.conversation.pane import ConversationPane
from ui.widgets import Toast


def show(pane: ConversationPane, core: Runtime, **more: object) -> None:
    detail = jana()
    row = replace(detail.row, lane=Lane.LISTENING)
    core.inbox.details["1"] = replace(detail, row=row, found_by=(("s1", "Our rye"),), **more)
    pane.show_conversation("1")
    pane.refresh()


async def test_a_find_says_which_search_found_it(pane: ConversationPane, core: Runtime) -> None:
    show(pane, core, copies=3)
    assert pane.finds.bar.isVisible()
    assert pane.finds.bar.text.text() == "Found by Our rye. 3 more posts say the same."
    pane.show_conversation(None)
    core.inbox.details["1"] = jana()
    pane.show_conversation("1")
    assert not pane.finds.bar.isVisible()


async def test_joining_in_puts_the_cursor_into_the_reply(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    show(pane, core)
    pane.commands()["join"]()
    await settle()
    assert core.listening.calls == [("join", "1")]
    assert pane.composer.editor.hasFocus()


async def test_letting_it_pass_goes_on(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    finished: list[str] = []
    pane.finished.connect(finished.append)
    show(pane, core)
    pane.finds.bar.let_pass.click()
    await settle()
    assert core.listening.calls == [("let_pass", "1")]
    assert finished == ["1"]


async def test_muting(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    show(pane, core)
    pane.finds.bar.mute.click()
    pane.finds.bar.menu.actions()[0].trigger()
    pane.finds.bar.menu.close()
    await settle()
    assert core.listening.calls == [("mute_author", "1")]
    toast = pane.window().findChild(Toast)
    assert toast is not None
    assert toast.text() == "Muted. 2 posts went with it. Ctrl+Z brings them back."
    pane.finds.ask_word()
    dialog = pane.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("vodka")
    dialog.accept()
    await settle()
    assert core.listening.calls[-1] == ("mute_word", "maple", "vodka")


async def test_keys_do_nothing_to_what_is_no_find(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    pane.show_conversation("1")
    pane.commands()["join"]()
    pane.commands()["let_pass"]()
    await settle()
    assert core.listening.calls == []


async def test_what_takes_no_reply_says_why_and_opens_the_website(pane: ConversationPane, core: Runtime) -> None:
    show(pane, core, no_reply="Pinterest's interface has no comments.", url="https://pin.example/1")
    assert not pane.composer.isVisible()
    assert "has no comments" in pane.finds.bar.text.text()
    assert not pane.finds.bar.join.isVisible()
    assert pane.finds.bar.website.isVisible()
    core.inbox.details["1"] = jana()
    core.bus.publish(Changes(conversations=frozenset(["1"])))
    pane.refresh()
    assert pane.composer.isVisible()


async def test_the_menu_of_a_message(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.moderation.can = Able(True, False, ("spam", "personal_data"), "", "", True)
    pane.show_conversation("1")
    item = pane.messages.bubbles()[0].item
    menu = message_menu.build(core, item, "1", pane)  # type: ignore[arg-type]
    assert menu is not None
    named = {action.text(): action for action in menu.actions()}
    named["Like"].trigger()
    named["Mark as read on the platform"].trigger()
    hide = named["Hide it from others, because it is"].menu()
    assert isinstance(hide, QMenu)
    assert [action.text() for action in hide.actions()] == ["Spam", "Somebody's personal data"]
    hide.actions()[0].trigger()
    await settle()
    assert item.mention is not None
    id_ = item.mention.id
    assert core.moderation.calls == [("like", id_, True), ("mark_read", "1"), ("hide", id_, "spam")]


async def test_criticism_cannot_be_hidden_and_says_why(pane: ConversationPane, core: Runtime) -> None:
    core.moderation.can = Able(why_not="This is criticism. It is answered, and not hidden.")
    pane.show_conversation("1")
    menu = message_menu.build(core, pane.messages.bubbles()[0].item, "1", pane)  # type: ignore[arg-type]
    assert menu is not None
    hide = next(action for action in menu.actions() if action.text() == "Hide it")
    assert not hide.isEnabled()
    assert hide.toolTip().startswith("This is criticism")


async def test_the_key_opens_the_menu_of_the_newest_message(pane: ConversationPane, core: Runtime) -> None:
    pane.show_conversation("1")
    pane.commands()["message_menu"]()
    menu = next(one for one in pane.findChildren(QMenu) if one.isVisible())
    assert menu.activeAction() is not None
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert not menu.isVisible()
