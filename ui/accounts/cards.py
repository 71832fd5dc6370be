"""Cards: a choice that is pressed like a button, a list of promises, and what a sign-in came to."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ui import icons, theme
from ui.conversation.words import body
from ui.widgets import Card, Label


class ChoiceCard(QAbstractButton):
    """A title and a sentence; `primary` is the one that most people want."""

    def __init__(
        self, title: str, words: str, parent: QWidget | None = None, *, primary: bool = False, glyph: str = ""
    ) -> None:
        """`glyph` is the name of an icon that stands before the words."""
        super().__init__(parent)
        self._primary = primary
        self._glyph = QLabel(self) if glyph else None
        self._glyph_name = glyph
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 14, 16, 14)
        row.setSpacing(12)
        if self._glyph is not None:
            self._glyph.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            row.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        row.addLayout(column, 1)
        for label in (
            Label(title, self, weight=600, wrap=True),
            Label(words, self, colour="muted", wrap=True) if words else None,
        ):
            if label is not None:
                label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
                label.setForegroundRole(QPalette.ColorRole.WindowText)  # inside a button it would be ButtonText
                column.addWidget(label)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        column.addStretch(1)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        if self._glyph is not None:
            ratio = self.devicePixelRatioF()
            self._glyph.setPixmap(icons.pixmap(self._glyph_name, 20, theme.tokens().text, ratio))
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.heightForWidth(width) if layout is not None else 0

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else QSize(200, 48)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
            event.accept()
            return
        super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        c = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = self.hasFocus()
        strong = focus or self._primary or self.underMouse()
        painter.setPen(QPen(c.accent if strong else c.line, 2 if focus else 1))
        painter.setBrush(c.sel if self.isDown() else c.accent_soft if self._primary else c.panel)
        inset = 1.0 if focus else 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 12, 12)


class Promises(Card):
    """ "Carelane can" or "Carelane never" with its lines."""

    def __init__(self, title: str, lines: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.body.setSpacing(2)
        self.body.addWidget(Label(title, self, weight=600))
        self.body.addSpacing(4)
        for line in lines:
            self.body.addWidget(Label(line, self, colour="muted", wrap=True))
        self.body.addStretch(1)
        self.setAccessibleName(f"{title}: {', '.join(lines)}")


class Banner(Card):
    """What came of it: it works, or the sentence that says why not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, ground="accent_soft", edge="", padding=14)
        self._words = Label("", self, wrap=True)
        self._words.setTextFormat(Qt.TextFormat.RichText)
        self._said = ("", "", False)
        self.body.addWidget(self._words)
        self.hide()
        theme.signals.changed.connect(self._tell)

    def works(self, title: str, text: str) -> None:
        """Good news, the title in the accent."""
        self._said = (title, body(text), False)
        self._tell()
        self.show()

    def fails(self, text: str) -> None:
        """The sentence of a `ServiceError`."""
        self._said = ("", body(text), True)
        self._tell()
        self.show()

    def clear(self) -> None:
        """Nothing to say."""
        self._said = ("", "", False)
        self.hide()

    def text(self) -> str:
        """What it says, without its looks."""
        return " ".join(part for part in self._said[:2] if part)

    def failed(self) -> bool:
        """Whether it tells a failure."""
        return self._said[2]

    def _tell(self) -> None:
        title, text, bad = self._said
        c = theme.tokens()
        self.set_look("danger_soft" if bad else "accent_soft", "")
        ink = c.danger if bad else c.muted
        strong = f'<b style="font-weight:600;color:{c.ok.name()}">{html.escape(title)}</b> ' if title else ""
        self._words.setText(f'{strong}<span style="color:{ink.name()}">{html.escape(text)}</span>')
        self.setAccessibleName(self.text())
        self._words.setAccessibleName(self.text())
