"""One connected account: how it is, how far it is read, and what can be done."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui import icons, theme
from ui.accounts.states import AccountWords
from ui.widgets import Chip, ElidedLabel, Label, LinkButton
from ui.widgets.flow import Flow

SHORT = 110  # characters of notes that are shown without being asked for


class AccountLine(QWidget):
    """`wanted` tells which button was pressed: a key of `buttons`. "notes" it sees to by itself."""

    wanted = Signal(str, str)  # what, account id

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said: AccountWords | None = None
        self._reading = self._open = False
        self._glyph = QLabel(self)
        self._handle = ElidedLabel("", self, weight=600)
        self._state = Chip("", self)
        self._platform = Label("", self, size=12, colour="muted", wrap=True)
        self._why = Label("", self, size=12, wrap=True)
        self._complete = Label("", self, size=12, colour="muted", wrap=True, tabular=True)
        self._gaps = Label("", self, size=12, colour="warn", wrap=True)
        self._ends = Label("", self, size=12, wrap=True)
        self._notes = Label("", self, size=12, colour="muted", wrap=True)
        self.buttons = {
            "read": LinkButton(self.tr("Read now"), self),
            "sign_in": LinkButton(self.tr("Sign in again"), self),
            "limits": LinkButton(self.tr("Limits and costs"), self),
            "pause": LinkButton(self.tr("Pause"), self),
            "notes": LinkButton("", self),
            "remove": LinkButton(self.tr("Remove\u2026"), self),
        }
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._handle, 1)
        head.addWidget(self._state)
        self._does = QWidget(self)
        flow = Flow(self._does)
        for what, button in self.buttons.items():
            button.clicked.connect(lambda _on=False, what=what: self._ask(what))
            flow.addWidget(button)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addLayout(head)
        for label in self._labels():
            texts.addWidget(label)
        texts.addSpacing(4)
        texts.addWidget(self._does)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 8)
        row.setSpacing(12)
        row.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        theme.signals.changed.connect(self._restyle)
        self._restyle()

    def show_words(self, words: AccountWords) -> None:
        """The same account, as it is now. Nothing is touched where nothing changed."""
        if words == self._said:
            return
        self._said = words
        self._handle.set_whole(words.handle)
        self._platform.setText(words.platform)
        for label, text in (
            (self._why, words.why), (self._ends, words.ends), (self._complete, words.complete),
            (self._gaps, words.gaps), (self._notes, words.notes),
        ):  # fmt: skip
            label.setText(text)
            label.setVisible(bool(text))
        self._why.set_colour("warn" if words.tone == "warn" else "text")
        self._ends.set_colour("warn" if words.soon else "muted")
        pause = self.tr("Go on") if words.paused else self.tr("Pause")
        self.buttons["pause"].setText(pause)
        self._show_notes()
        for button in self.buttons.values():
            button.setAccessibleName(f"{button.text()}: {words.handle}")
        self.buttons["sign_in"].setVisible(words.signs_in)
        self.buttons["limits"].setVisible(words.meters)
        self._check()
        self._show_glyph()

    def set_reading(self, reading: bool) -> None:
        """It is being read just now."""
        if reading != self._reading:
            self._reading = reading
            self._check()

    def texts(self) -> list[str]:
        """What it says, top to bottom."""
        shown = [label.text() for label in self._labels() if not label.isHidden()]
        return [self._handle.whole(), self._state.text(), *shown]

    def _labels(self) -> tuple[Label, ...]:
        return self._platform, self._why, self._ends, self._complete, self._gaps, self._notes

    def _ask(self, what: str) -> None:
        if self._said is None:
            return
        if what == "notes":
            self._open = not self._open
            self._show_notes()
        else:
            self.wanted.emit(what, self._said.id)

    def _show_notes(self) -> None:
        """Long ones, where somebody asks for them."""
        words, button = self._said, self.buttons["notes"]
        if words is None:
            return
        long = len(words.notes) > SHORT
        self._notes.setVisible(bool(words.notes) and (self._open or not long))
        button.setVisible(long)
        button.setText(self.tr("Show less") if self._open else self.tr("Good to know"))
        button.setAccessibleName(f"{button.text()}: {words.handle}")

    def _check(self) -> None:
        """State and what can be done meanwhile. A disabled button would lose the focus, so reading stays pressable."""
        words = self._said
        if words is None:
            return
        state = words.busy or (self.tr("Being read") if self._reading else words.state)
        self._state.set_text(state, "info" if words.busy or self._reading else words.tone)
        for what, button in self.buttons.items():
            button.setEnabled(not words.busy and not (what == "read" and words.paused))
        sentences = (words.why, words.complete, words.gaps, words.ends)
        self.setAccessibleName(" ".join([f"{words.handle}, {words.platform}: {state}.", *filter(None, sentences)]))

    def _restyle(self) -> None:
        c = theme.tokens()
        # under the words above them, and told from these by their colour
        self._does.setStyleSheet(
            f"QPushButton {{ color: {c.accent.name()}; padding: 1px 0; }}"
            f" QPushButton:hover {{ color: {c.text.name()}; }} QPushButton:disabled {{ color: {c.faint.name()}; }}"
        )
        self._show_glyph()

    def _show_glyph(self) -> None:
        if self._said is not None:
            ink = theme.tokens().text
            self._glyph.setPixmap(icons.pixmap(self._said.glyph, 20, ink, self.devicePixelRatioF()))
