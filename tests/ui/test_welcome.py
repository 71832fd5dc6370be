"""The first start."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.welcome import Welcome


def test_two_ways_in_by_mouse_and_by_keyboard(themed: QApplication, qtbot: QtBot) -> None:
    welcome = Welcome()
    qtbot.addWidget(welcome)
    welcome.resize(1040, 680)
    welcome.show()
    got: list[str] = []
    welcome.practise.connect(lambda: got.append("practise"))
    welcome.add_account.connect(lambda: got.append("account"))
    welcome.practise_card.click()
    QTest.keyClick(welcome.account_card, Qt.Key.Key_Space)
    QTest.keyClick(welcome.account_card, Qt.Key.Key_Return)
    assert got == ["practise", "account", "account"]
    welcome.set_busy(True)
    welcome.practise_card.click()
    assert len(got) == 3


def test_cards_say_what_they_do(themed: QApplication, qtbot: QtBot) -> None:
    welcome = Welcome()
    qtbot.addWidget(welcome)
    assert welcome.practise_card.accessibleName() == "Practise first"
    assert "Nothing leaves this computer" in welcome.practise_card.accessibleDescription()
    welcome.set_platforms(["Bluesky", "Mastodon"])
    assert welcome.account_card.accessibleDescription() == "Bluesky or Mastodon"


def test_halves_stand_on_each_other_where_it_is_narrow(themed: QApplication, qtbot: QtBot) -> None:
    welcome = Welcome()
    qtbot.addWidget(welcome)
    welcome.show()
    welcome.resize(1000, 700)
    assert welcome._halves.direction() == welcome._halves.Direction.LeftToRight
    welcome.resize(600, 700)
    assert welcome._halves.direction() == welcome._halves.Direction.TopToBottom
