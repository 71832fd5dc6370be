"""Above what a search found: which one found it, and joining in or letting it pass."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app.domain import Lane
from app.rows import ConversationDetail
from ui import theme
from ui.composer.rows import TwoGroups
from ui.conversation import words
from ui.conversation.links import open_link
from ui.widgets import Label, PrimaryButton, QuietButton


class FoundBar(QWidget):
    """Shown for what lies in Listening, and for what the platform takes no reply to."""

    joined = Signal()
    passed = Signal()
    author_muted = Signal()
    word_muted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._url = ""
        self.text = Label("", self, colour="muted", wrap=True)
        self.join = PrimaryButton(self.tr("Join in"), self, hint=self.tr("Answer it, with a timer from now on (A)"))
        self.let_pass = QuietButton(self.tr("Let it pass"), self, hint=self.tr("It needs nothing from you (L)"))
        self.mute = QuietButton(self.tr("Mute\u2026"), self, hint=self.tr("Do not hear of it again"))
        self.website = QuietButton(self.tr("Open the website"), self, hint=self.tr("Answer it there"))
        self.menu = QMenu(self)
        self.menu.setAccessibleName(self.tr("Mute"))
        self._author = self.menu.addAction("")
        self._author.triggered.connect(lambda _on=False: self.author_muted.emit())
        self.menu.addAction(self.tr("Posts with a word\u2026")).triggered.connect(
            lambda _on=False: self.word_muted.emit()
        )
        self.join.clicked.connect(lambda _on=False: self.joined.emit())
        self.let_pass.clicked.connect(lambda _on=False: self.passed.emit())
        self.mute.clicked.connect(lambda _on=False: self._open_menu())
        self.website.clicked.connect(lambda _on=False: open_link(self._url))
        row = TwoGroups(self, stretch_left=True)
        row.left.addWidget(self.text, 1)
        for button in (self.join, self.website, self.let_pass, self.mute):
            row.right.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 20, 9)
        column.addWidget(row)
        theme.signals.changed.connect(self.update)
        self.hide()

    def set_detail(self, detail: ConversationDetail) -> None:
        """Show what belongs to this conversation, or hide."""
        listening = detail.row.lane is Lane.LISTENING
        self._url = detail.url
        self.setVisible(listening or bool(detail.no_reply))
        if self.isHidden():
            return
        self.text.setText(" ".join([*([_found(self, detail)] if listening else []), detail.no_reply]).strip())
        self.join.setVisible(listening and not detail.no_reply)
        self.website.setVisible(bool(detail.no_reply) and bool(detail.url))
        self.let_pass.setVisible(listening)
        self.mute.setVisible(listening)
        name = words.one_line(detail.row.author or detail.row.handle)
        self._author.setText(self.tr("Everything by %1").replace("%1", name).replace("&", "&&"))

    def _open_menu(self) -> None:
        self.menu.setActiveAction(self.menu.actions()[0])
        self.menu.popup(self.mute.mapToGlobal(QPoint(0, self.mute.height() + 4)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), c.panel)
        painter.fillRect(0, self.height() - 1, self.width(), 1, c.line)


def _found(bar: QWidget, detail: ConversationDetail) -> str:
    names = ", ".join(words.one_line(name) for _id, name in detail.found_by)
    text = bar.tr("Found by %1.").replace("%1", names) if names else bar.tr("Found by a search.")
    if detail.copies == 1:
        text += " " + bar.tr("One more post says the same.")
    elif detail.copies:
        text += " " + bar.tr("%n more posts say the same.", None, detail.copies)
    return text
