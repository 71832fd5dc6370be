"""Before an account is removed: what goes, what stays, and what waits to leave."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.rows import AccountContents
from ui import theme
from ui.accounts.states import AccountWords
from ui.widgets import Heading, Label, QuietButton


def tr(text: str) -> str:
    """Translated, in the dialog's context."""
    return QCoreApplication.translate("RemoveDialog", text)


def counted(number: int, one: str, many: str) -> str:
    """ "1 draft", "1,204 messages"."""
    return tr(one) if number == 1 else tr(many).replace("%1", f"{number:,}")


def waits(number: int) -> str:
    """What becomes of replies that have not left, "" where there are none."""
    if not number:
        return ""
    if number == 1:
        return tr("1 reply waits to leave from it. It goes, too, and nobody gets it.")
    return tr("%1 replies wait to leave from it. They go, too, and nobody gets them.").replace("%1", str(number))


def goes(contents: AccountContents) -> str:
    """What is taken off this computer."""
    messages = counted(contents.messages, "1 message", "%1 messages")
    drafts = counted(contents.drafts, "1 draft", "%1 drafts")
    if not contents.messages and not contents.drafts:
        return tr("Nothing was read through it yet. Its sign-in is taken off this computer.")
    what = tr("%1 and %2").replace("%1", messages).replace("%2", drafts) if contents.drafts else messages
    shape = tr("%1 that belong to it are taken off this computer, with its answers, promises and its sign-in.")
    if contents.messages == 1 and not contents.drafts:
        shape = tr("%1 that belongs to it is taken off this computer, with its answers, promises and its sign-in.")
    return shape.replace("%1", what)


def stays(words: AccountWords, client: str) -> str:
    """What is not touched."""
    rest = tr("The client %1 stays, with its templates, rules and hours.").replace("%1", client)
    if not words.signs_in:
        return rest
    platform = words.platform.split(" \u00b7 ")[0]
    shape = tr("The account itself stays at %1, with all that was posted there.")
    return f"{shape.replace('%1', platform)} {rest}"


class RemoveDialog(QDialog):
    """Asks before everything of an account goes. `removed` is the answer; closing it keeps the account."""

    removed = Signal()

    def __init__(
        self, words: AccountWords, client: str, contents: AccountContents, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)  # something would be lost
        title = self.tr("Remove %1?").replace("%1", words.handle)
        self.setWindowTitle(title)
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(28, 24, 28, 8)
        column.setSpacing(10)
        column.addWidget(Heading(title, body, level=1))
        waiting = waits(contents.waiting)
        if waiting:
            column.addWidget(Label(waiting, body, colour="danger", weight=500, wrap=True))
        column.addWidget(Label(goes(contents), body, wrap=True))
        column.addWidget(Label(stays(words, client), body, colour="muted", wrap=True))
        column.addWidget(Label(self.tr("This cannot be undone. To stop for a while, pause it."), body, wrap=True))
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        self.keep = QuietButton(self.tr("Keep it"), self)
        self.remove = QuietButton(self.tr("Remove it"), self, name=self.tr("Remove %1").replace("%1", words.handle))
        self.keep.clicked.connect(self.reject)
        self.remove.clicked.connect(self._remove)
        foot = QHBoxLayout()
        foot.setContentsMargins(28, 8, 28, 20)
        foot.setSpacing(10)
        foot.addStretch(1)
        foot.addWidget(self.remove)
        foot.addWidget(self.keep)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addLayout(foot)
        self.setAccessibleDescription(" ".join(self.texts()))
        wide = theme.px(480)
        high = max(column.totalHeightForWidth(wide), theme.px(120)) + foot.sizeHint().height()
        self.resize(QSize(wide, high).boundedTo(self.screen().availableSize() * 0.9))
        self.keep.setFocus()

    def texts(self) -> list[str]:
        """All that is said, top to bottom."""
        return [label.text() for label in self.findChildren(Label)]

    def _remove(self) -> None:
        self.removed.emit()
        self.accept()
