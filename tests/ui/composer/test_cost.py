"""What a reply costs is said quietly, and its link goes with one key and comes back with another."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.connectors.base import Price
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime
from tests.ui.fakes_metering import X
from ui.composer.cost import CostLine
from ui.conversation.pane import ConversationPane

LINKED = "The way \U0001f9c1 is here: https://maplerye.example/visit, Jana."


@pytest.fixture
def paid(core: Runtime) -> None:
    core.metering.price = X


def type_(pane: ConversationPane, text: str) -> CostLine:
    pane.composer.editor.edit.setPlainText(text)
    pane.composer.cost.look_again()
    return pane.composer.cost


async def test_nothing_is_said_where_nothing_is_charged(pane: ConversationPane) -> None:
    assert type_(pane, LINKED).isHidden()


@pytest.mark.usefixtures("paid")
async def test_the_cost_stands_below_the_text(pane: ConversationPane) -> None:
    cost = type_(pane, "We open at eight.")
    assert cost.text() == "This reply costs $0.015."
    assert cost.buttons() == []
    cost = type_(pane, LINKED)
    assert cost.text() == "This reply costs $0.20 because of its link. Without it: $0.015."
    assert [button.text() for button in cost.buttons()] == ["Take the link out"]
    assert type_(pane, "").isHidden()
    assert type_(pane, "https://maplerye.example").buttons() == []  # nothing would be left


@pytest.mark.usefixtures("paid")
async def test_several_links_and_a_direct_message(pane: ConversationPane) -> None:
    cost = type_(pane, "One https://a.example and two https://b.example here")
    assert cost.text() == "This reply costs $0.20 because of its links. Without them: $0.015."
    assert cost.buttons()[0].text() == "Take the links out"
    pane.composer.toggle_private()
    cost.look_again()
    assert cost.text() == "This reply costs $0.015."


@pytest.mark.usefixtures("paid")
async def test_the_link_goes_and_undo_brings_it_back(pane: ConversationPane) -> None:
    edit = pane.composer.editor.edit
    QTest.keyClicks(edit, "Hi. ")
    edit.textCursor().insertText(LINKED)
    cost = pane.composer.cost
    cost.look_again()
    cost.buttons()[0].click()
    assert edit.whole() == "Hi. The way \U0001f9c1 is here:, Jana."
    assert cost.text() == "This reply costs $0.015."
    assert edit.hasFocus()
    QTest.keyClick(edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert edit.whole() == f"Hi. {LINKED}"


@pytest.mark.usefixtures("paid")
async def test_the_key_does_the_same_and_nothing_where_there_is_no_link(pane: ConversationPane) -> None:
    edit = pane.composer.editor.edit
    edit.setPlainText("See https://a.example")
    pane.commands()["cheaper"]()
    assert edit.whole() == "See"
    pane.commands()["cheaper"]()
    assert edit.whole() == "See"


@pytest.mark.usefixtures("paid")
async def test_it_follows_the_keys(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    QTest.keyClicks(pane.composer.editor.edit, "Hello")
    await settle()
    for _ in range(8):
        await settle()
    assert pane.composer.cost.text() == "This reply costs $0.015."
    core.metering.price = Price("USD", post=0.01, post_with_link=0.01)
    assert type_(pane, "See https://a.example").text() == "This reply costs $0.01."
