"""What a person's hands do in the composer."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.ui.conftest import Settle
from ui.composer.editor import TextEdit
from ui.conversation.pane import ConversationPane

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
REST = 0.45  # seconds after which everything that waits for the keys to rest has happened


def edit(pane: ConversationPane) -> TextEdit:
    return pane.composer.editor.edit


def type_in(pane: ConversationPane, text: str) -> None:
    QTest.keyClicks(edit(pane), text)


def press(pane: ConversationPane, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(edit(pane), key, held)


def send(pane: ConversationPane) -> None:
    press(pane, Qt.Key.Key_Return, CONTROL)


async def rest(settle: Settle) -> None:
    await asyncio.sleep(REST)
    await settle()
