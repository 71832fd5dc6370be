"""Hours and promises: what is typed is read at once, what would change is said, nothing is kept before Save."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest
import shiboken6
from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDateEdit, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.errors import StoreError
from app.timers import OneOff, OpeningHours, Target, Targets
from tests.ui.conftest import Settle
from tests.ui.fakes import NOW, FakeRuntime
from tests.values import replace
from ui.clients import HoursDialog, open_hours
from ui.clients.hours import country_name
from ui.widgets import Toast
from ui.widgets.check import TickBox
from ui.window import MainWindow


@pytest.fixture
async def dialog(themed: QApplication, runtime: FakeRuntime, settle: Settle) -> AsyncIterator[HoursDialog]:
    made = HoursDialog(runtime, "okafor", now=lambda: NOW)  # type: ignore[arg-type]
    made.show()
    await settle()
    yield made
    if shiboken6.isValid(made):
        made.close()
        await settle()
        shiboken6.delete(made)


async def test_shows_what_is_kept_and_the_worked_example(dialog: HoursDialog) -> None:
    assert dialog.windowTitle() == "Hours and promises of Dr. Okafor Dental"
    assert [field.edit.text() for field in dialog.week.days] == ["09:00-17:00"] * 5 + ["", ""]
    assert dialog.zone.data() == "Europe/Berlin"
    assert dialog.targets.boxes["negative"].currentText() == "30 min"
    assert dialog.targets.boxes["review"].currentText() == "same day"
    assert dialog.targets.boxes["platform:bluesky"].currentText() == "as everything else"
    assert dialog.example.text() == "A complaint on Friday 16:45 is due Monday 09:15."
    assert dialog.save.isEnabled()


async def test_what_would_change_is_said_while_typing(dialog: HoursDialog) -> None:
    dialog.week.days[4].set_text("9-18")
    assert dialog.example.text() == "A complaint on Friday 16:45 is due Friday 17:15. Until now: Monday 09:15."
    dialog.targets.boxes["negative"].setEditText("2 h")
    assert dialog.example.text() == "A complaint on Friday 16:45 is due Monday 09:45. Until now: Monday 09:15."
    dialog.targets.boxes["mention"].setEditText("45")
    assert "Friday 17:30" in dialog.example.text(), "the shortest promise that fits"
    dialog.week.around.setChecked(True)
    assert "Friday 17:30" in dialog.example.text()
    for field in dialog.week.days:
        field.set_text("")
    assert dialog.valid(), "hidden hours do not matter"


@pytest.mark.parametrize(
    ("typed", "why"), [("nine", "not understood"), ("9-13, 12-17", "block before"), ("9-25", "no time of day")]
)
async def test_hours_that_cannot_be_read_are_said_beside_the_field(dialog: HoursDialog, typed: str, why: str) -> None:
    field = dialog.week.days[1]
    field.set_text(typed)
    assert why in field.error.text()
    assert field.error.isVisible()
    assert why in field.edit.accessibleDescription()
    assert not dialog.save.isEnabled()
    field.set_text("9-12")
    assert not field.error.isVisible()
    assert dialog.save.isEnabled()


async def test_promises_that_cannot_be_read_are_said(dialog: HoursDialog) -> None:
    box = dialog.targets.boxes["question"]
    for typed in ("soon", "0", "-5", "99999 h", ""):
        box.setEditText(typed)
        assert box.error.isVisible(), typed
        assert not dialog.save.isEnabled()
    for typed, minutes in (("90", 90), ("1 h", 60), ("45 min", 45), ("Same Day", None), ("3 hours", 180)):
        box.setEditText(typed)
        assert box.read() == Target(minutes)
    assert dialog.save.isEnabled()


async def test_holidays_of_a_place_are_listed_and_count(dialog: HoursDialog, settle: Settle) -> None:
    assert not dialog.region.isEnabled()
    dialog.country.pick("DE")
    await settle()
    dialog.region.pick("BY")
    await settle()
    lines = dialog.next.text().splitlines()
    assert len(lines) == 5
    assert lines[0] == "Fri 25 Dec 2026 \u00b7 Christmas Day"
    assert "Epiphany" in dialog.next.text()
    assert dialog.hours().why_closed(date(2027, 1, 6)) is not None
    dialog.country.pick("FR")
    await settle()
    assert dialog.region.data() == "", "a region of another country is none"
    dialog.country.pick("")
    await settle()
    assert "Choose a country" in dialog.next.text()


async def test_a_list_is_searched_by_typing_and_never_left_half_typed(dialog: HoursDialog) -> None:
    edit = dialog.zone.lineEdit()
    assert edit is not None
    for typed, zone in (
        ("chic", "America/Chicago"), ("europe", "America/Chicago"), ("nowhere", "America/Chicago"),
        ("europe/paris", "Europe/Paris"),
    ):  # fmt: skip
        edit.setText(typed)
        edit.editingFinished.emit()
        assert (dialog.zone.data(), edit.text()) == (zone, zone)
    assert country_name("DE") == "Germany"
    assert country_name("ZZZ") == "ZZZ"


async def test_days_that_are_different(dialog: HoursDialog, settle: Settle) -> None:
    days = dialog.days
    days.date.setDate(QDate(2026, 12, 24))
    days.hours.set_text("9-13")
    days.name.setText("  Christmas  Eve ")
    days.add.click()
    days.date.setDate(QDate(2026, 11, 27))
    days.name.setText("Stocktaking")
    QTest.keyClick(days.name, Qt.Key.Key_Return)
    assert days.lines() == [
        "Fri 27 Nov 2026 \u00b7 closed \u00b7 Stocktaking",
        "Thu 24 Dec 2026 \u00b7 09:00-13:00 \u00b7 Christmas Eve",
    ]
    assert days.hours.edit.text() == days.name.text() == ""
    assert "due Monday 09:30. Until now: Monday 09:15." in dialog.example.text(), "Friday is stocktaking"
    days.hours.set_text("late")
    assert not days.add.isEnabled()
    remove = next(b for b in days.findChildren(QPushButton) if b.accessibleName().startswith("Remove Fri 27"))
    remove.click()
    await settle()
    assert days.days() == [OneOff(date(2026, 12, 24), ((540, 780),), "Christmas Eve")]


async def test_save_keeps_all_of_it_and_tells_how_far_it_is(
    dialog: HoursDialog, runtime: FakeRuntime, settle: Settle
) -> None:
    runtime.clients.gate = asyncio.Event()
    dialog.week.days[5].set_text("18:00-02:00")
    dialog.targets.boxes["platform:bluesky"].setEditText("1 h")
    dialog.targets.boxes["vip"].setEditText("10 min")
    dialog.country.pick("DE")
    await settle()
    dialog.save.click()
    await settle()
    assert dialog.example.text() == "Working out due times again: 500 of 1,200. You may close this."
    assert not dialog.save.isEnabled()
    dialog.keep()  # twice is once
    runtime.clients.gate.set()
    await settle()
    [(client, hours, targets)] = runtime.clients.saved
    assert client == "okafor"
    assert hours == OpeningHours([*[[(540, 1020)]] * 5, [(1080, 1560)]], zone="Europe/Berlin", country="DE")
    assert targets == Targets({"platform:bluesky": Target(60), "vip": Target(10)})
    assert not dialog.isVisible()


async def test_what_fails_is_told_and_can_be_tried_again(
    dialog: HoursDialog, runtime: FakeRuntime, settle: Settle
) -> None:
    runtime.clients.fails = StoreError("The disk is full. Free some space, then try again.")
    dialog.save.click()
    await settle()
    assert dialog.banner.failed()
    assert "disk is full" in dialog.banner.text()
    assert dialog.save.isEnabled()
    runtime.clients.fails = None
    dialog.save.click()
    await settle()
    assert runtime.clients.saved


async def test_cancel_keeps_nothing(dialog: HoursDialog, runtime: FakeRuntime) -> None:
    dialog.week.days[0].set_text("")
    dialog.cancel.click()
    assert runtime.clients.saved == []


async def test_every_control_has_a_name(dialog: HoursDialog) -> None:
    for kind in (QLineEdit, QComboBox, QPushButton, QDateEdit, TickBox):
        for control in dialog.findChildren(kind):
            inner = control.objectName().startswith("qt_")
            assert inner or control.accessibleName(), control
    assert len({field.edit.accessibleName() for field in dialog.week.days}) == 7


async def test_scrolling_past_a_choice_does_not_change_it(dialog: HoursDialog) -> None:
    for field in (dialog.targets.boxes["negative"], dialog.zone, dialog.days.date):
        before = field.text() if isinstance(field, QDateEdit) else field.currentText()
        wheel = QWheelEvent(
            QPointF(5, 5), QPointF(field.mapToGlobal(QPoint(5, 5))), QPoint(), QPoint(0, -120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(field, wheel)
        assert (field.text() if isinstance(field, QDateEdit) else field.currentText()) == before


async def test_a_box_is_ticked_by_key_and_by_its_words(themed: QApplication, qtbot: QtBot) -> None:
    box = TickBox("Around the clock")
    qtbot.addWidget(box)
    box.resize(box.sizeHint())
    box.show()
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(box.width() - 4, box.height() // 2))
    assert box.isChecked()
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert not box.isChecked()
    assert not box.grab().isNull()


async def test_a_client_that_has_gone_is_told(themed: QApplication, runtime: FakeRuntime, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    assert open_hours(window, runtime, "nobody") is None  # type: ignore[arg-type]
    assert window.findChild(Toast).text() == "This client is no longer there."


async def test_the_command_opens_it_for_the_client_that_is_looked_at(
    themed: QApplication, runtime: FakeRuntime, settle: Settle, qtbot: QtBot
) -> None:
    window = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    await settle()

    def shown() -> list[str]:
        found = [one for one in window.findChildren(HoursDialog) if one.isVisible()]
        names = [one.windowTitle().removeprefix("Hours and promises of ") for one in found]
        for one in found:
            one.close()
        return names

    window.do("hours")
    window.do("hours")
    assert shown() == ["Maple & Rye"], "that of the open conversation, and once"
    await settle()
    window.show_client("northline")
    window.do("hours")
    assert shown() == ["Northline Cycles"]
    await settle()
    window.show_client(None)
    runtime.inbox.rows.clear()
    window.open_conversation("")
    window.do("hours")
    assert shown() == []
    assert window.findChild(Toast).text() == "Choose a client in the side bar first."
    runtime.inbox.clients_list = [replace(runtime.inbox.clients_list[2])]
    window.do("hours")
    assert shown() == ["Dr. Okafor Dental"], "the only one"
    await settle()
    window.close()
    await settle()
