"""The line under the search field: what becomes of the promises, seldom looked up, never in the way."""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.pace import Outlook
from tests.ui.conftest import Settle
from tests.ui.fakes import NOW, FakeInbox, FakeRuntime
from ui.feed.column import FeedColumn
from ui.feed.pace_line import PaceLine
from ui.widgets import LinkButton


@pytest.fixture
def line(themed: QApplication, runtime: FakeRuntime, qtbot: QtBot) -> PaceLine:
    made = PaceLine(runtime.inbox, lambda: NOW)
    qtbot.addWidget(made)
    made.resize(420, 20)
    made.show()
    return made


def at(hour: int, minute: int = 0) -> datetime:
    return NOW.astimezone().replace(hour=hour, minute=minute)


def asked(runtime: FakeRuntime) -> list[object]:
    return [call[1:] for call in runtime.inbox.calls if call[0] == "outlook"]


def test_words(line: PaceLine) -> None:
    line._show(Outlook(at(17, 30), breaks=3, first="1", name="Jana Whitfield"))
    assert line.text() == "At your pace, 3 promises break by 17:30. Take Jana first."
    line._show(Outlook(at(17, 30), first="1", name="Jana Whitfield"))
    assert line.text() == "You will keep every promise until 17:30."
    line._show(Outlook(at(0), late=2, first="1", name="Jana Whitfield"))
    assert line.text() == "2 are late, the others hold until midnight. Take Jana first."


async def test_it_looks_seldom(line: PaceLine, runtime: FakeRuntime, settle: Settle) -> None:
    line.look()
    assert asked(runtime) == [], "not before the loop runs"
    line.start()
    for _ in range(50):
        line.look()
        line.tick()
    await settle()
    assert asked(runtime) == [(None, "")], "many changes are one look"
    line._pause.timeout.emit()
    line._pause.stop()
    line._again()
    await settle()
    assert len(asked(runtime)) <= 2
    line.show_client("maple")
    await settle()
    assert asked(runtime)[-1] == ("maple", ""), "another client is looked up at once"


async def test_who_comes_first_is_one_press_away(line: PaceLine, runtime: FakeRuntime, qtbot: QtBot) -> None:
    line._show(Outlook(at(17, 30), breaks=3, first="4", name="Ben & Co"))
    button = next(one for one in line.findChildren(LinkButton) if "first" in one.text())
    with qtbot.waitSignal(line.chosen) as caught:
        button.click()
    assert caught.args == ["4"]


async def test_until_when_can_be_chosen(line: PaceLine, runtime: FakeRuntime, qtbot: QtBot, settle: Settle) -> None:
    line.start()
    await settle()
    line._offer()
    menu = next(menu for menu in line.findChildren(QMenu) if menu.isVisible())
    assert menu.actions()[0].text() == "Closing time"
    with qtbot.waitSignal(line.stop_changed) as caught:
        menu.actions()[2].trigger()
    menu.close()
    await settle()
    assert asked(runtime)[-1] == (None, caught.args[0])


async def test_the_list_stands_where_it_stood(
    themed: QApplication, runtime: FakeRuntime, qtbot: QtBot, settle: Settle
) -> None:
    assert isinstance(runtime.inbox, FakeInbox)
    column = FeedColumn(runtime.inbox, lambda: NOW)
    qtbot.addWidget(column)
    column.resize(424, 700)
    column.show()
    await settle()
    before = column.view.geometry(), column.view.parentWidget().geometry()
    column.pace.start()
    await settle()
    assert column.pace.text()
    column.view.marks.mark_all()
    await settle()
    assert (column.view.geometry(), column.view.parentWidget().geometry()) == before
