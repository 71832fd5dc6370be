"""What moved messages taught, and the way to forget it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.priorities import ALL
from ui import ops
from ui.ports import Priorities
from ui.widgets import Label, LinkButton


class TaughtLine(QWidget):
    """Hidden where nothing was learned; learning is always one client's, never all clients'."""

    def __init__(self, use: Priorities, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._use, self._client = use, ALL
        self.text = Label("", self, colour="muted")
        self.forget = LinkButton(self.tr("Forget"), self)
        self.forget.setAccessibleName(self.tr("Forget what moved messages taught for this client"))
        self.forget.clicked.connect(self._forget)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.text)
        row.addWidget(self.forget)

    def show_client(self, client_id: str) -> None:
        """Tell how much this client's judgement has learned."""
        self._client = client_id
        count = self._use.taught(client_id) if client_id != ALL else 0
        self.setVisible(count > 0)
        self.text.setText(self.tr("Learned from messages that you moved: %n", "", count))

    def _forget(self) -> None:
        client = self._client
        ops.run(self, self._use.forget(client), busy=self.forget, done=lambda _none: self.show_client(client))
