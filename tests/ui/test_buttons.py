"""Buttons are pressed by every key that people try."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QVBoxLayout

from ui.widgets import PrimaryButton, QuietButton


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_the_button_with_the_focus_is_pressed_once(themed: QApplication, key: Qt.Key) -> None:
    dialog = QDialog()
    column = QVBoxLayout(dialog)
    pressed: list[str] = []
    for button in (PrimaryButton("Add account", dialog), QuietButton("Cancel", dialog)):
        button.clicked.connect(partial(_press, pressed, button.text()))
        column.addWidget(button)
    dialog.show()
    button.setFocus()
    QTest.keyClick(button, key)
    assert pressed == ["Cancel"]
    assert dialog.isVisible()
    dialog.close()


def _press(pressed: list[str], name: str, _on: bool = False) -> None:
    pressed.append(name)
