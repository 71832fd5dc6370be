"""A key in the composer until it is painted, with a draft of 3,000 characters, beside a bare text field's."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator

from tests.benchmarks.measure import Line, percentile

KEYS, KEY_LIMIT, RATIO_LIMIT = 400, 8.0, 3.0
DRAFT = (
    "Gr\u00fc\u00dfe, Jana: teh order 4471 is on its way \U0001f4e6. See https://example.org/orders/4471 for it. " * 40
)[:3000]


def run() -> Iterator[Line]:
    """Both in the same run, key by key in turn."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QTextCursor
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QPlainTextEdit

    from tests.ui.fakes_conversation import Runtime, jana
    from ui import theme
    from ui.composer.editor import lines_of
    from ui.conversation.pane import ConversationPane

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    theme.apply(app)
    bare = QPlainTextEdit()
    bare.setFont(theme.font(13))
    bare.resize(520, 160)
    bare.setPlainText(DRAFT)
    bare.show()
    core = Runtime(jana(max_graphemes=5000, max_bytes=20_000, weighted=False))

    async def both() -> tuple[list[float], list[float]]:
        pane = ConversationPane(core)
        pane.resize(560, 800)
        pane.show()
        pane.show_conversation("1")
        edit = pane.composer.editor.edit
        edit.setPlainText(DRAFT)
        edit.setFocus()
        costs: dict[QPlainTextEdit, list[float]] = {edit: [], bare: []}
        for one in costs:
            cursor = one.textCursor()
            cursor.setPosition(1500, QTextCursor.MoveMode.MoveAnchor)
            one.setTextCursor(cursor)
            lines_of(one, 200)
        for _ in range(80):  # until the draft is saved, looked at and marked
            app.processEvents()
            await asyncio.sleep(0.01)
        assert len(edit.extraSelections()) >= 30, "misspelt words are marked"
        for number in range(KEYS):
            key = (Qt.Key.Key_A, Qt.Key.Key_E, Qt.Key.Key_Space, Qt.Key.Key_Backspace)[number % 4]
            for one, found in costs.items():
                start = time.thread_time()
                QTest.keyClick(one, key)
                one.viewport().repaint()
                app.processEvents()
                found.append((time.thread_time() - start) * 1000)
        pane.close()
        return costs[edit], costs[bare]

    ours, theirs = asyncio.run(both())
    ours, theirs = ours[20:], theirs[20:]  # the first ones fill caches
    yield Line(
        "a key in a draft of 3,000 characters, to paint: median",
        percentile(ours, 0.5), "ms", percentile(theirs, 0.5), RATIO_LIMIT,
    )  # fmt: skip
    yield Line("a key in a draft of 3,000 characters, to paint: p95", percentile(ours, 0.95), "ms", limit=KEY_LIMIT)
    yield Line("a key in a draft of 3,000 characters, to paint: longest", max(ours), "ms")
