"""Limits and costs: bars with their numbers in words, the cap, and what will be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.domain import Account
from app.events import Changes
from tests.ui.conftest import Settle
from tests.ui.fakes_conversation import Runtime
from tests.ui.fakes_metering import FakeMetering, a_meter
from tests.values import replace
from ui.accounts.meters import MetersDialog
from ui.bridge import Bridge

SHOP = Account("x1", "maple", "x", "https://api.x.com", "1", "@maplerye", "Maple & Rye", service="X")
OTHER = replace(SHOP, id="x2", client_id="north", handle="@northline")


@pytest.fixture
def core() -> Runtime:
    return Runtime()


@pytest.fixture
def metering(core: Runtime) -> FakeMetering:
    found = core.metering
    found.accounts = [SHOP, OTHER]
    found.rows = {
        "x1": [
            a_meter(),
            a_meter(unit="posts", title="Replies in 24 hours", used=12.0, limit=10_000.0, cap=None, capped=False,
                    currency="", period="24h", ends=None, note="", shared=("@maplerye2",)),
        ],
        "x2": [a_meter(account_id="x2", cap=None, used=0.0, note="")],
    }  # fmt: skip
    return found


@pytest.fixture
def page(themed: QApplication, core: Runtime, metering: FakeMetering) -> Iterator[MetersDialog]:
    page = MetersDialog(core, "maple", None, bridge=Bridge(core.bus))  # type: ignore[arg-type]
    page.show()
    page.activateWindow()
    yield page
    if shiboken6.isValid(page):
        shiboken6.delete(page)


def test_numbers_stand_in_words(page: MetersDialog) -> None:
    cost, posts = page.lines["x1", "usd"], page.lines["x1", "posts"]
    assert cost.texts() == [
        "Cost this month", "$7.42 of $10.00 used", "At this pace the cap of $10.00 for X is reached on 27 November.",
        "Begins anew on 1 December.",
    ]  # fmt: skip
    assert posts.texts() == [
        "Replies in 24 hours", "12 of 10,000 used", "Over the last 24 hours. Counted together with @maplerye2.",
    ]  # fmt: skip
    assert cost.accessibleName().startswith("Cost this month: $7.42 of $10.00 used.")
    assert not posts.field.isVisible()


def test_one_client_or_all(page: MetersDialog) -> None:
    assert {account for account, _ in page.lines} == {"x1"}
    page.show_client(None)
    assert {account for account, _ in page.lines} == {"x1", "x2"}
    assert page.lines["x2", "usd"].texts()[1] == "$0.00 used"  # without a cap there is no whole


async def test_a_cap_is_set_with_enter_and_taken_away(
    page: MetersDialog, metering: FakeMetering, settle: Settle
) -> None:
    field = page.lines["x1", "usd"].field
    assert field.text() == "$10.00"
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "12,50")
    QTest.keyClick(field, Qt.Key.Key_Return)
    await settle()
    field.clear()
    page.lines["x1", "usd"].set.click()
    await settle()
    assert metering.caps == [("x1", "usd", 12.5), ("x1", "usd", None)]


async def test_what_is_no_number_is_said_in_place(page: MetersDialog, metering: FakeMetering, settle: Settle) -> None:
    line = page.lines["x1", "usd"]
    line.field.setText("ten")
    line.keep()
    await settle()
    assert line.texts()[-1].startswith("Type the cap as a number")
    assert metering.caps == []


def test_it_follows_and_what_is_typed_stays(page: MetersDialog, core: Runtime, metering: FakeMetering) -> None:
    line = page.lines["x1", "usd"]
    QTest.keyClicks(line.field, "5")
    typed = line.field.text()
    metering.rows["x1"][0] = a_meter(used=9.0, cap=20.0)
    core.bus.publish(Changes(accounts=frozenset(["x1"])))
    QApplication.processEvents()
    assert page.lines["x1", "usd"] is line
    assert line.texts()[1] == "$9.00 of $20.00 used"
    assert line.field.text() == typed


def test_nothing_to_count(themed: QApplication, core: Runtime) -> None:
    page = MetersDialog(core, None, None)  # type: ignore[arg-type]
    page.show()
    assert page.lines == {}
    shiboken6.delete(page)


@pytest.mark.usefixtures("metering")
def test_the_command_and_the_side_bars_menu_open_it(themed: QApplication) -> None:
    from tests.ui.fakes import FakeRuntime
    from tests.ui.fakes_rows import NOW
    from ui.window import MainWindow

    runtime = FakeRuntime()
    runtime.metering.accounts = list(runtime.inbox.accounts_list)
    window = MainWindow(runtime, lambda: NOW)  # type: ignore[arg-type]
    window.show()
    window.do("usage")
    first = window.findChildren(MetersDialog)
    window.side.wanted.emit("usage")
    assert window.findChildren(MetersDialog) == first
    assert len(first) == 1
    id_, item = next(iter(window.side.accounts.items()))
    item.customContextMenuRequested.emit(item.rect().center())
    menu = window.side.findChild(QMenu)
    assert menu is not None
    next(action for action in menu.actions() if action.text() == "Limits and costs").trigger()
    (page,) = window.findChildren(MetersDialog)
    assert page._client_id == next(one.client_id for one in runtime.inbox.accounts_list if one.id == id_)
    menu.close()
    window.close()
    shiboken6.delete(window)
