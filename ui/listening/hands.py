"""What is done about a find: joining in, letting it pass, muting."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from app.domain import Lane
from app.rows import ConversationDetail
from ui import ops
from ui.listening.bar import FoundBar
from ui.ports import Runtime


class Finds(QObject):
    """Carries out what the bar over a find offers. `ended` tells the conversation that needs nothing more."""

    ended = Signal(str)
    joined = Signal(str)

    def __init__(self, runtime: Runtime, parent: QWidget) -> None:
        super().__init__(parent)
        self._runtime, self._widget = runtime, parent
        self._detail: ConversationDetail | None = None
        self.bar = FoundBar(parent)
        self.bar.joined.connect(self.join)
        self.bar.passed.connect(self.let_pass)
        self.bar.author_muted.connect(self.mute_author)
        self.bar.word_muted.connect(self.ask_word)

    def set_detail(self, detail: ConversationDetail | None) -> None:
        """The conversation that is shown."""
        self._detail = detail
        if detail is not None:
            self.bar.set_detail(detail)

    def commands(self) -> dict[str, Callable[[], object]]:
        """Its keys."""
        return {"join": self.join, "let_pass": self.let_pass}

    def join(self) -> None:
        """It gets a timer, and the cursor goes into the reply."""
        id_ = self._undecided()
        if id_ and self._detail is not None and not self._detail.no_reply:
            ops.run(self._widget, self._runtime.listening.join(id_), done=lambda _none: self.joined.emit(id_))

    def let_pass(self) -> None:
        """It needs nothing."""
        id_ = self._undecided()
        if id_:
            self._end(id_, self._runtime.listening.let_pass(id_))

    def mute_author(self) -> None:
        """Nothing more of them."""
        id_ = self._undecided()
        if id_:
            self._end(id_, self._runtime.listening.mute_author(id_))

    def ask_word(self) -> None:
        """Which word nobody wants to hear of."""
        detail = self._detail
        if detail is None or not self._undecided():
            return
        dialog = QInputDialog(self._widget)
        dialog.setWindowTitle(self.tr("Mute a word"))
        dialog.setLabelText(self.tr("Posts with this word or phrase stay out of Listening:"))
        client, id_ = detail.row.client_id, detail.row.id
        dialog.textValueSelected.connect(lambda word: self._end(id_, self._runtime.listening.mute_word(client, word)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _undecided(self) -> str:
        detail = self._detail
        return detail.row.id if detail is not None and detail.row.lane is Lane.LISTENING else ""

    def _end(self, id_: str, change: Coroutine[Any, Any, object]) -> None:
        def done(count: object) -> None:
            self.ended.emit(id_)
            if isinstance(count, int):
                ops.tell(self._widget, self._muted(count))

        ops.run(self._widget, change, done=done)

    def _muted(self, count: int) -> str:
        if count == 1:
            return self.tr("Muted. 1 post went with it. Ctrl+Z brings it back.")
        return self.tr("Muted. %n posts went with it. Ctrl+Z brings them back.", None, count)
