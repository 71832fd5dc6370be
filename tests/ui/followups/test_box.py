"""Promises, offers and happy endings in the panel beside a conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import shiboken6
from PySide6.QtCore import QDateTime, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.errors import InputError, ServiceError
from app.rows import ConversationDetail
from tests.ui.conftest import Settle
from tests.ui.fakes_answering import FollowUpBook, a_promise, a_quote
from tests.ui.fakes_conversation import Runtime, jana
from tests.ui.followups.hands import VOUCHER, press, shown, toast, told
from tests.values import replace
from ui.context import ContextPanel
from ui.followups import words
from ui.followups.dialogs import OfferDialog, PromiseDialog
from ui.widgets import LinkButton


def test_without_any_there_are_two_things_to_do(panel: ContextPanel) -> None:
    panel.show_conversation(jana())
    box = panel.follow_ups
    assert told(box) == []
    assert [link.text() for link in box.links()] == ["Add a promise\u2026", "Record what was offered\u2026"]
    panel.show_conversation(None)
    assert box.links() == []


def test_promises_say_when_and_how_they_ended(panel: ContextPanel) -> None:
    promises = (
        a_promise(hours=-30),
        a_promise("p2", kind="call", text="I will call\u202e you\n" * 20),
        a_promise("p3", "kept", text=""),
        a_promise("p4", "broken", text=""),
        a_promise("p5", "dropped", text=""),
    )
    panel.show_conversation(jana(promises=promises, amends=(VOUCHER,)))
    lines = told(panel.follow_ups)
    assert lines[0] == "Promised"
    assert lines[1].startswith("Refund, late since ")
    assert lines[2] == "\u201cWe will send your money back\u201d"
    assert lines[3].startswith("Call by ")
    assert "\u202e" not in lines[4]
    assert len(lines[4]) <= 93
    assert lines[5:] == [
        "Refund: kept", "Refund: not kept", "Refund: no longer needed", "Made right", "Voucher, 20.00 EUR, by post",
    ]  # fmt: skip
    names = [link.accessibleName() for link in panel.follow_ups.links()]
    assert all(names)
    assert len(set(names)) == len(names), "each says what it is about"


def test_it_is_built_again_only_where_something_changed(panel: ContextPanel, book: FollowUpBook) -> None:
    panel.show_conversation(jana())
    before = panel.follow_ups.links()
    panel.show_conversation(jana("2"))
    assert panel.follow_ups.links() == before, "going from one to the next costs nothing"
    promise = a_promise()
    panel.show_conversation(jana(promises=(promise,)))
    with_promise = panel.follow_ups.links()
    assert with_promise != before
    panel.show_conversation(jana(promises=(promise,), draft="Hello"))
    assert panel.follow_ups.links() == with_promise
    book.may["1"] = ("quote",)
    panel.show_conversation(jana(promises=(promise,)))
    assert panel.follow_ups.links() != with_promise


async def test_a_promise_is_kept_broken_dropped_and_opened_again(
    panel: ContextPanel, book: FollowUpBook, settle: Settle
) -> None:
    book.listed = [a_promise()]

    def show() -> None:
        panel.show_conversation(jana(promises=tuple(book.listed)))

    show()
    for name, state in (("Kept", "kept"), ("Open again", "open"), ("Not kept", "broken"), ("Open again", "open")):
        press(panel.follow_ups, name)
        await settle()
        assert book.calls[-1] == ("end", "p1", state)
        show()
        assert panel.focusWidget() in panel.follow_ups.links(), "the keyboard stays where it was"
    change = press(panel.follow_ups, "Change")
    menu = shown(panel.follow_ups, QMenu)
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    await settle()
    assert change.text() == "Change\u2026"
    assert book.calls[-1] == ("end", "p1", "dropped")


async def test_another_time(panel: ContextPanel, book: FollowUpBook, settle: Settle) -> None:
    book.listed = [a_promise(hours=-5)]
    panel.show_conversation(jana(promises=tuple(book.listed)))
    press(panel.follow_ups, "Change")
    QTest.keyClick(shown(panel.follow_ups, QMenu), Qt.Key.Key_Return)
    dialog = shown(panel.follow_ups, PromiseDialog)
    assert not dialog.isModal()
    assert not dialog.kind.isEnabled()
    assert dialog.who.text() == "Jana Whitfield, for Maple & Rye"
    assert abs(dialog.until.at() - book.due) < timedelta(seconds=1), "not a time that has passed"
    assert dialog.until.accessibleName() == "Until"
    at = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=3)
    dialog.until.setDateTime(QDateTime.fromMSecsSinceEpoch(int(at.timestamp() * 1000)))
    assert book.called("move") == []
    QTest.keyClick(dialog.until, Qt.Key.Key_Return)
    await settle()
    assert book.called("move") == [("p1", at)]
    assert not shiboken6.isValid(dialog) or not dialog.isVisible()


async def test_a_promise_is_added_and_stays_on_the_screen_until_it_is_kept(
    panel: ContextPanel, book: FollowUpBook, settle: Settle
) -> None:
    panel.show_conversation(jana())
    press(panel.follow_ups, "Add a promise")
    dialog = shown(panel.follow_ups, PromiseDialog)
    panel.show_conversation(jana("2"))
    assert dialog.focusWidget() is dialog.kind
    dialog.kind.setCurrentIndex(dialog.kind.findData("call"))
    book.fails = InputError("Choose a time that is still to come.")
    dialog.keep.click()
    await settle()
    assert dialog.isVisible()
    assert dialog.banner.text() == "Choose a time that is still to come."
    book.fails = None
    dialog.keep.click()
    await settle()
    ((conversation, kind, at, text),) = book.called("promise")[1:]
    assert (conversation, kind, text) == ("1", "call", ""), "of the person that it was opened for"
    assert abs(at - book.due) < timedelta(seconds=1)
    press(panel.follow_ups, "Add a promise")
    dialog = shown(panel.follow_ups, PromiseDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert len(book.called("promise")) == 2


async def test_an_offer_is_recorded_and_taken_out(
    panel: ContextPanel, core: Runtime, book: FollowUpBook, settle: Settle
) -> None:
    panel.show_conversation(jana())
    press(panel.follow_ups, "Record what was offered")
    dialog = shown(panel.follow_ups, OfferDialog)
    assert dialog.currency.text() == "CHF", "the client's"
    for widget in (dialog.kind, dialog.amount, dialog.currency, dialog.note):
        assert dialog.focusWidget() is widget
        assert widget.accessibleName()
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert dialog.focusWidget() is dialog.cancel
    QTest.keyClicks(dialog.amount, " 20 ")
    QTest.keyClicks(dialog.note, "by post")
    QTest.keyClick(dialog.note, Qt.Key.Key_Return)
    await settle()
    assert book.called("offer") == [("1", "voucher", "20", "CHF", "by post")]
    panel.show_conversation(jana(amends=(VOUCHER,)))
    press(panel.follow_ups, "Take out: Voucher")
    await settle()
    assert book.called("take_back_offer") == [("a1",)]
    assert toast(panel).text() == "Taken out: Voucher, 20.00 EUR, by post"
    button = toast(panel).findChild(LinkButton)
    assert isinstance(button, LinkButton)
    button.click()
    await settle()
    assert core.inbox.calls[-1][0] == "undo", "what the undo key takes back too"


async def test_what_is_said_of_a_promise_can_be_undone(
    panel: ContextPanel, core: Runtime, book: FollowUpBook, settle: Settle
) -> None:
    book.listed = [a_promise()]
    panel.show_conversation(jana(promises=tuple(book.listed)))
    for name, text in (("Kept", "Kept: Refund"), ("Not kept", "Not kept: Refund")):
        press(panel.follow_ups, name)
        await settle()
        assert toast(panel).text() == text
        button = toast(panel).findChild(LinkButton)
        assert isinstance(button, LinkButton)
        before = len(core.inbox.calls)
        button.click()
        await settle()
        assert [call[0] for call in core.inbox.calls[before:]] == ["undo"]
    press(panel.follow_ups, "Add a promise")
    shown(panel.follow_ups, PromiseDialog).keep.click()
    await settle()
    assert toast(panel).text().startswith("Promised: Answer by ")
    press(panel.follow_ups, "Record what was offered")
    shown(panel.follow_ups, OfferDialog).keep.click()
    await settle()
    assert toast(panel).text().startswith("Recorded: ")


async def test_a_happy_ending_is_asked_once(panel: ContextPanel, book: FollowUpBook, settle: Settle) -> None:
    inserted: list[tuple[str, str]] = []
    panel.insert_wanted.connect(lambda *put: inserted.append(put))
    book.may["1"] = ("review", "quote")
    panel.show_conversation(jana())
    assert told(panel.follow_ups)[0] == "A happy ending"
    press(panel.follow_ups, "Ask for a review")
    await settle()
    assert inserted == [("May we ask for a review?", "review")]
    asking = [link.text() for link in panel.follow_ups.links() if not link.isEnabled()]
    assert asking == ["Ask for a review", "Ask for leave to quote"], "it is in the reply; nobody is asked twice"
    panel.show_conversation(jana())
    assert all(link.isEnabled() for link in panel.follow_ups.links()), "it was taken out of the reply again"
    book.may.pop("1")
    panel.show_conversation(jana())
    assert told(panel.follow_ups) == []
    book.may["2"] = ("quote",)
    panel.show_conversation(jana("2"))
    press(panel.follow_ups, "Not now")
    await settle()
    assert book.called("not_now") == [("2",)]
    assert len(inserted) == 1


async def test_a_yes_to_being_quoted_is_heard_where_it_arrives(
    panel: ContextPanel, book: FollowUpBook, settle: Settle
) -> None:
    book.quoted = [a_quote("q1", conversation_id="1"), a_quote("q2", conversation_id="2")]
    panel.show_conversation(jana())
    assert "May we quote them?" not in told(panel.follow_ups), "they have not answered yet"
    book.heard = {"q1": "yes", "q2": "no"}
    panel.show_conversation(jana())
    assert told(panel.follow_ups)[:2] == ["May we quote them?", "They seem to have said yes."]
    press(panel.follow_ups, "They said yes")
    await settle()
    assert book.called("set_leave") == [("q1", "yes")], "a person decides"
    panel.show_conversation(jana())
    assert "May we quote them?" not in told(panel.follow_ups)
    panel.show_conversation(jana("2"))
    assert "They seem to have said no." in told(panel.follow_ups)


async def test_nothing_is_put_in_where_it_may_not_be_asked(
    panel: ContextPanel, book: FollowUpBook, settle: Settle
) -> None:
    inserted: list[tuple[str, str]] = []
    panel.insert_wanted.connect(lambda *put: inserted.append(put))
    book.may["1"] = ("review",)
    panel.show_conversation(jana())
    book.fails = ServiceError("Jana was asked four months ago.")
    press(panel.follow_ups, "Ask for a review")
    await settle()
    assert inserted == []
    assert toast(panel).text() == "Jana was asked four months ago."


def test_tab_goes_through_the_box_before_what_stands_below(panel: ContextPanel) -> None:
    panel.show_conversation(jana(promises=(a_promise(),)))
    for link in panel.follow_ups.links():
        link.setFocus()
        QTest.keyClick(link, Qt.Key.Key_Tab)
    assert panel.focusWidget() is not None
    reached = panel.focusWidget()
    assert reached not in panel.follow_ups.links()
    first = panel.follow_ups.links()[0]
    first.setFocus()
    for link in panel.follow_ups.links():
        assert panel.focusWidget() is link
        QTest.keyClick(link, Qt.Key.Key_Tab)


def test_the_end_of_a_day_is_told_as_that_day() -> None:
    now = datetime(2026, 11, 24, 12).astimezone()
    midnight = datetime(2026, 11, 26).astimezone(UTC)
    assert words.promised(replace(a_promise(), due_at=midnight), now) == "Refund by tomorrow 23:59"


def test_a_detail_without_a_name(panel: ContextPanel) -> None:
    detail: ConversationDetail = jana()
    panel.show_conversation(replace(detail, row=replace(detail.row, author="")))
    panel.follow_ups.ask_promise()
    assert shown(panel.follow_ups, PromiseDialog).who.text() == "@janaw@mastodon.social, for Maple & Rye"
