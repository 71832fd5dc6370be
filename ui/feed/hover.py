"""What triage went by, told over a row that the pointer rests on."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from app.rows import Explanation
from ui.feed.view import FeedView


class Explains(Protocol):
    """What is asked of the inbox."""

    async def explain(self, id_: str) -> Explanation:
        """The words that moved a conversation's newest message."""


class Hover(QObject):
    """Asks only where the pointer rests; a row that has nothing to tell stays silent."""

    def __init__(self, view: FeedView, source: Explains) -> None:
        super().__init__(view)
        self._view, self._source = view, source
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return super().eventFilter(watched, event)
        row = self._view.row_at(event.pos().y())
        if row is not None:
            self._ask(row.id, event.globalPos())
        return True

    def _ask(self, conversation: str, where: QPoint) -> None:
        from ui import ops  # brings asyncio, which the first paint does not need

        def tell(found: Explanation) -> None:
            told = self.words(found)
            if told and self._view.viewport().underMouse():
                QToolTip.showText(where, told, self._view)

        if ops.ready():
            ops.run(self._view, self._source.explain(conversation), done=tell, quiet=True)

    def words(self, found: Explanation) -> str:
        """The tool tip, "" for none. No markup in it, so that Qt takes what people wrote for plain text."""
        quoted = ", ".join(f"\u201c{word.replace('<', '').replace('&', '')}\u201d" for word in found.words)
        lines = [self.tr("Words that weighed: %1").replace("%1", quoted)] if quoted else []
        if found.unsure:
            lines.append(self.tr("Not sure about this one."))
        return "\n".join(lines)
