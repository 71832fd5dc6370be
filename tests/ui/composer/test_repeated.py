"""Answers that are alike are offered as a template: once, quietly, and only where they belong."""

from __future__ import annotations

from app.rows import Repeated
from tests.ui.composer.hands import edit, send
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime
from ui.conversation.pane import ConversationPane

ALIKE = Repeated("maple", "Hi {first_name}, your cake is ready & waits for you at the counter until six o'clock.", 12)


async def answer(pane: ConversationPane, settle: Settle, text: str = "It is ready.") -> None:
    edit(pane).setPlainText(text)
    send(pane)
    await settle()


async def test_alike_answers_are_offered_after_one_more(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.templates.alike = [ALIKE]
    assert pane.repeated.text() == ""
    await answer(pane, settle)
    assert pane.repeated.text().startswith("12 answers of this month are like \u201cHi {first_name}, your cake is")
    assert [button.text() for button in pane.repeated.buttons()] == ["Save\u2026", "Not now"]


async def test_not_now_is_kept(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.templates.alike = [ALIKE]
    await answer(pane, settle)
    pane.repeated.buttons()[1].click()
    await settle()
    assert pane.repeated.text() == ""
    assert core.templates.declined == [ALIKE]


async def test_another_clients_answers_are_never_shown(pane: ConversationPane, core: Runtime, settle: Settle) -> None:
    core.templates.alike = [Repeated("northline", "Your bike is ready.", 11)]
    await answer(pane, settle)
    assert pane.repeated.text() == ""
    core.templates.alike = [ALIKE]
    pane.repeated.clock = lambda: 1e9
    await answer(pane, settle, "Again.")
    assert pane.repeated.text()
    pane.repeated.for_client("northline")
    assert pane.repeated.text() == ""


async def test_a_months_answers_are_not_compared_after_each(
    pane: ConversationPane, core: Runtime, settle: Settle
) -> None:
    await answer(pane, settle)
    core.templates.alike = [ALIKE]
    await answer(pane, settle, "Again.")
    assert pane.repeated.text() == ""
