"""Priorities and rules: edited live, tried on the last year, saved, and told in "Why this is first"."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QListWidget, QSpinBox, QWidget

from app.domain import Reason
from app.errors import ServiceError
from app.events import RankingProgress
from app.outlook import Outlook
from app.priorities import Draft
from app.rows import Explanation
from app.rules import Rule, Then, When
from tests.ui.conftest import Settle
from tests.ui.fakes import FakeRuntime
from tests.ui.fakes_conversation import Runtime, jana
from tests.values import replace
from ui.context import ContextPanel
from ui.rules import dialog as module
from ui.rules import words
from ui.rules.dialog import RulesDialog, open_rules

WHOLESALE = Rule(
    "r1", "Wholesale", When(words=("big order",), platforms=("bluesky",)), Then("care", -15, "Trade"), True, "maple"
)
NIGHT = Rule("r2", "Night", When(days=(5, 6), start=1320, end=360), Then(minutes=30), True, "maple")


@pytest.fixture
def dialog(themed: QApplication, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> Iterator[RulesDialog]:
    monkeypatch.setattr(module, "TRY_AFTER", 5)
    runtime.priorities.drafts["maple"] = Draft({"anger": -30}, (WHOLESALE, NIGHT))
    dialog = RulesDialog(runtime, client_id="maple")  # type: ignore[arg-type]
    dialog.show()
    yield dialog
    if shiboken6.isValid(dialog):
        dialog.done(0)
        shiboken6.delete(dialog)


async def test_it_shows_what_holds_and_every_control_has_a_name(dialog: RulesDialog, settle: Settle) -> None:
    await settle()
    assert dialog.scope.currentText() == "Maple & Rye"
    assert not dialog.isModal()
    assert dialog.weights.box("anger").value() == -30
    assert dialog.weights.box("refund").value() == -10
    assert [dialog.rules.list.item(n).text().split("\n")[0] for n in range(2)] == ["Wholesale", "Night"]
    assert not dialog.save_button.isEnabled()
    dialog.edit_rule("r1")
    for kind in (QAbstractButton, QSpinBox, QComboBox, QLineEdit, QListWidget):
        for widget in dialog.findChildren(kind):
            if widget.isVisibleTo(dialog) and widget.objectName() != "qt_spinbox_lineedit":
                assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()), widget


async def test_the_last_year_follows_what_is_edited(dialog: RulesDialog, runtime: FakeRuntime, settle: Settle) -> None:
    dialog.weights.box("anger").setValue(-45)
    await settle()
    assert dialog.outlook.text() == (
        "In the last 12 months, this would have moved 41 items, 2 of them complaints. 40 sooner, 1 later."
    )
    assert runtime.priorities.calls[-1] == ("outlook", "maple", Draft({"anger": -45}, (WHOLESALE, NIGHT)))
    runtime.priorities.answer = Outlook(1, 1, 500, 900, 1, 0)
    dialog.rules.list.setCurrentRow(1)
    dialog.rules.move_by(-1)
    await settle()
    assert dialog.outlook.text() == (
        "In the last 12 months, this would have moved 1 item, 1 of them a complaint."
        " Counted in the newest 500 of 900 items."
    )
    dialog.weights.box("anger").setValue(-30)
    dialog.rules.move_by(1)
    await settle()
    assert "Change something" in dialog.outlook.text()
    assert not dialog.save_button.isEnabled()


async def test_looking_can_be_stopped_and_the_newest_edit_wins(
    dialog: RulesDialog, runtime: FakeRuntime, settle: Settle
) -> None:
    runtime.priorities.gate = asyncio.Event()
    dialog.weights.box("anger").setValue(-45)
    await settle()
    assert dialog.outlook.text() == "Looking at the last 12 months\u2026"
    dialog.outlook._stop.click()
    await settle()
    assert dialog.outlook.text() == "Stopped. You can save all the same."
    dialog.weights.box("anger").setValue(-50)
    await settle()
    dialog.weights.box("anger").setValue(-55)
    runtime.priorities.gate.set()
    await settle()
    looked = [call[2].minutes["anger"] for call in runtime.priorities.calls if call[0] == "outlook"]
    assert looked == [-45, -50, -55]
    assert "41 items" in dialog.outlook.text()


async def test_save_keeps_each_client_by_itself_and_tells_how_far_the_order_is(
    dialog: RulesDialog, runtime: FakeRuntime, settle: Settle
) -> None:
    dialog.weights.box("anger").setValue(-45)
    dialog.scope.setCurrentIndex(0)
    dialog.weights.box("refund").setValue(0)
    dialog.scope.setCurrentIndex(dialog.scope.findData("maple"))
    assert dialog.weights.box("anger").value() == -45, "what is not saved is kept while another client is shown"
    dialog.save_button.click()
    await settle()
    saved = [(call[1], dict(call[2].minutes)) for call in runtime.priorities.calls if call[0] == "save"]
    assert saved == [("maple", {"anger": -45}), ("", {"refund": 0})]
    assert not dialog.save_button.isEnabled()
    runtime.bus.publish(RankingProgress("maple", 2000, 100_000, True))
    assert dialog.outlook.text() == "Saved. Putting open items in order\u2026"
    dialog.outlook._stop.click()
    assert runtime.priorities.calls[-1] == ("stop_ranking",)
    runtime.bus.publish(RankingProgress("maple", 100_000, 100_000, False))
    assert dialog.outlook.text() == "Saved. Everything that is open is in its new order."


async def test_what_could_not_be_saved_is_told(dialog: RulesDialog, runtime: FakeRuntime, settle: Settle) -> None:
    runtime.priorities.trouble = ServiceError("The disk is full.")
    dialog.weights.box("anger").setValue(-45)
    dialog.save_button.click()
    await settle()
    assert dialog.outlook.text() == "The disk is full."
    assert dialog.save_button.isEnabled()


async def test_a_rule_is_made_with_the_keyboard(dialog: RulesDialog, settle: Settle) -> None:
    dialog.tabs.setCurrentIndex(1)
    QTest.mouseClick(dialog.rules.add, Qt.MouseButton.LeftButton)
    editor = dialog.editor()
    assert editor is not None
    QTest.keyClick(editor.name, Qt.Key.Key_Return)
    assert editor.banner.text() == "Give the rule a name."
    QTest.keyClicks(editor.name, "Allergy")
    QTest.keyClicks(editor.words, "nuts,  gluten free ,")
    QTest.keyClick(editor.name, Qt.Key.Key_Return)
    assert "does nothing yet" in editor.banner.text()
    editor.lane.setCurrentIndex(editor.lane.findData("care"))
    editor.moods.choose(("negative",))
    editor.vip.setChecked(True)
    editor.timed.setChecked(True)
    QTest.keyClick(editor.words, Qt.Key.Key_Return)
    assert dialog.editor() is None
    made = dialog.draft().rules[-1]
    assert (made.name, made.client_id, made.enabled) == ("Allergy", "maple", True)
    assert made.when == When(words=("nuts", "gluten free"), moods=("negative",), vip=True, start=1080, end=480)
    assert made.then == Then("care")
    await settle()
    assert dialog.save_button.isEnabled()


async def test_an_edited_rule_that_was_not_touched_is_the_same(dialog: RulesDialog, settle: Settle) -> None:
    when = When(kinds=("review",), languages=("xx",), followers=5, contacts=("@a",))
    other = Rule("r3", "All", when, Then("noise", 5, "T", "gone"), False, "maple")
    for rule in (WHOLESALE, NIGHT, other):
        dialog.rules.keep(rule)
        dialog.edit_rule(rule.id)
        editor = dialog.editor()
        assert editor is not None
        assert editor.rule() == rule
        dialog.reject()
        assert dialog.isVisible(), "Escape leaves the editor first"
    await settle()


async def test_delete_can_be_undone_and_space_switches(dialog: RulesDialog, settle: Settle) -> None:
    dialog.tabs.setCurrentIndex(1)
    rows = dialog.rules.list
    rows.setFocus()
    rows.setCurrentRow(0)
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    assert dialog.draft().rules == (NIGHT,)
    dialog.rules.undo.click()
    assert dialog.draft().rules == (WHOLESALE, NIGHT)
    QTest.keyClick(rows, Qt.Key.Key_Space)
    assert [rule.enabled for rule in dialog.draft().rules] == [False, True]
    QTest.keyClick(rows, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert [rule.id for rule in dialog.draft().rules] == ["r2", "r1"]
    await settle()


async def test_changes_are_not_lost_unsaid(dialog: RulesDialog, settle: Settle) -> None:
    dialog.weights.box("anger").setValue(-45)
    dialog.close()
    assert dialog.isVisible()
    assert "not saved" in dialog.outlook.text()
    dialog.close()
    assert not dialog.isVisible()
    await settle()


async def test_a_vip_goes_and_comes_back(dialog: RulesDialog, runtime: FakeRuntime, settle: Settle) -> None:
    dialog.tabs.setCurrentIndex(2)
    assert dialog.vips.list.count() == 1
    dialog.vips.remove.click()
    await settle()
    assert dialog.vips.list.count() == 0
    assert runtime.priorities.calls[-1] == ("set_vip", 7, False)
    assert "No VIPs yet" in dialog.vips._hint.text()


async def test_one_dialog_a_window(themed: QApplication, runtime: FakeRuntime, settle: Settle) -> None:
    window = QWidget()
    first = open_rules(window, runtime)  # type: ignore[arg-type]
    assert open_rules(window, runtime) is first  # type: ignore[arg-type]
    first.close()
    await settle()
    window.deleteLater()


def test_rules_in_words() -> None:
    platforms = {"bluesky": "Bluesky"}
    assert words.sentence(WHOLESALE, platforms, {}) == (
        "If it says \u201cbig order\u201d and it is Bluesky: \u221215 min, to Care now, tag Trade"
    )
    assert words.sentence(NIGHT, {}, {}) == (
        "If it comes on Saturday or Sunday and it comes from 22:00 to 06:00: +30 min"
    )


async def test_why_this_is_first_names_rules_and_what_they_did(themed: QApplication, settle: Settle) -> None:
    detail = jana()
    reasons = (Reason("anger", -20), Reason("rule:r1", -15), Reason("rule:gone", 0))
    core = Runtime(replace(detail, reasons=reasons))
    core.priorities.drafts["maple"] = Draft({}, (WHOLESALE,))
    core.priorities.contacts[detail.row.id] = (7, False)
    panel = ContextPanel(core)  # type: ignore[arg-type]
    panel.show_conversation(replace(detail, reasons=reasons))
    assert panel.why()[1:4] == [
        ("Angry tone", "\u221220 min"),
        ("Rule \u201cWholesale\u201d: to Care now, tag Trade", "\u221215 min"),
        ("A rule that was deleted", ""),
    ]
    panel.vip.click()
    await settle()
    assert core.priorities.calls[-1] == ("set_vip", 7, True)
    core.priorities.trouble = ServiceError("This person is no longer there.")
    panel.vip.click()
    await settle()
    assert panel.vip.isChecked(), "what could not be saved is not shown as if it were"
    shiboken6.delete(panel)


async def test_what_was_taught_is_told_and_forgotten_by_one_click(
    dialog: RulesDialog, runtime: FakeRuntime, settle: Settle
) -> None:
    await settle()
    assert not dialog.taught.isVisible(), "nothing was learned"
    runtime.priorities.learned["maple"] = 12
    dialog.taught.show_client("maple")
    assert dialog.taught.isVisible()
    assert "12" in dialog.taught.text.text()
    dialog.taught.forget.click()
    await settle()
    assert "maple" not in runtime.priorities.learned
    assert not dialog.taught.isVisible()


async def test_words_that_weighed_are_told_under_the_sum(themed: QApplication, settle: Settle) -> None:
    detail = jana()
    runtime = Runtime(detail)
    runtime.inbox.explanations[detail.row.id] = Explanation(("refund", "second time"), unsure=True)
    panel = ContextPanel(runtime)  # type: ignore[arg-type]
    panel.show()
    panel.show_conversation(detail)
    await settle()
    assert panel.chips.texts() == ("refund", "second time")
    assert "refund" in panel.chips.accessibleName()
    assert panel.unsure.isVisible()
    panel.show_conversation(replace(detail, row=replace(detail.row, id="other")))
    await settle()
    assert not panel.chips.isVisible(), "nothing is told of another conversation"
    assert not panel.unsure.isVisible()
    panel.close()
